"""Catalogues of any make: a TOML file in the home's folder `formats` says which of its columns is which.

    title = "My collection"
    artist_separator = ";"
    as_of = 2024-05-01

    [columns]
    track_id = "Spotify ID"
    title = "Name"
    artist_credit = "Artists"
    popularity = "Pop."

A file, CSV or Parquet, is known by having all the columns that are named; its others are ignored.
"""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from spotify_platform.errors import ConfigurationError
from spotify_platform.landing.columns import TRACK, date, track, written_by_pandas
from spotify_platform.landing.format import Format, Given

COLUMNS = tuple(name for name in (*TRACK, "as_of") if name != "release_date_precision")
"""What a column of a declared catalogue may be."""


class Declaration(BaseModel):
    """A declared catalogue. `as_of` is the day of its popularity and features, where no column says it; the lowest
    `precedence` wins between sources that know the same track."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    artist_separator: str = ""
    as_of: dt.date | None = None
    precedence: Annotated[int, Field(ge=1, le=1000)] = 50
    columns: dict[str, Annotated[str, Field(min_length=1)]]

    @field_validator("columns")
    @classmethod
    def _are_known(cls, columns: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(columns) - set(COLUMNS))
        if unknown:
            raise ValueError(f"there is no {', '.join(unknown)}; there are {', '.join(COLUMNS)}")
        if "track_id" not in columns:
            raise ValueError("track_id is missing: the column of Spotify's ids, links or URIs of the tracks")
        if len({raw.lower() for raw in columns.values()}) < len(set(columns.values())):
            raise ValueError("two columns differ in capitals only; rename one of them in the file")
        return columns


def declared_formats(folder: Path | None) -> tuple[Format, ...]:
    """The formats that the TOML files of a folder declare, by name. Raises `ConfigurationError` naming every mistake."""
    return tuple(_read(path) for path in sorted(folder.glob("*.toml"))) if folder else ()


def _read(path: Path) -> Format:
    try:
        declaration = Declaration.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}") from None
    except ValidationError as error:
        raise ConfigurationError(f"{path} is wrong:\n  " + "\n  ".join(_mistakes(error))) from None
    return _format(path.stem, declaration)


def _mistakes(error: ValidationError) -> list[str]:
    found = []
    for problem in error.errors():
        where = ".".join(map(str, problem["loc"]))
        if problem["type"] == "extra_forbidden":
            found.append(f"{where}: unknown; there are {', '.join(Declaration.model_fields)}")
        else:
            found.append(f"{where}: {problem['msg'].removeprefix('Value error, ')}")
    return found


def _format(name: str, declaration: Declaration) -> Format:
    raws = dict(declaration.columns)
    measured = raws.pop("as_of", None)
    columns = {**track(**raws), "as_of": date(measured, required=False) if measured else Given(":as_of")}
    artists = raws.get("artist_credit")
    return Format(
        name=name,
        title=declaration.title or f"{name} (declared)",
        kind="catalog",
        source=name,
        precedence=declaration.precedence,
        header=tuple(dict.fromkeys(declaration.columns.values())),
        ignores_others=True,
        columns=written_by_pandas(columns),
        # Without a separator artists are told apart as in a chart's credit, where known names stay whole.
        artists=(artists, declaration.artist_separator) if artists and declaration.artist_separator else None,
        snapshot=declaration.as_of,
        example=f"{name}.csv",
    )
