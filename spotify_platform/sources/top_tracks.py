"""Top tracks of countries by Last.fm: asked for country by country, and written as files that land like any other.

What keeps one country from being told keeps it from no other. What would be the same for all of them ends the round:
a key that is missing or refused, or a source that gives no more before a time. What was told until then is kept.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from spotify_platform.errors import (
    DeferredError,
    MissingAbilityError,
    PermanentError,
    PlatformError,
    SourceUnavailableError,
)
from spotify_platform.landing.recognise import format_named
from spotify_platform.landing.regions import country_names

if TYPE_CHECKING:
    from spotify_platform.sources.lastfm import TopTrack

FORMAT = "lastfm_top_tracks"
PLACES = 50


class Source(Protocol):
    """What is asked: `spotify_platform.sources.lastfm.LastFm`."""

    def top_tracks(self, country: str, number: int) -> "list[TopTrack]": ...


@dataclass(frozen=True)
class Round:
    """What a round of questions came to, by the code of the country: lists, and why there is none.

    `ended` is what ended it before all countries were asked.
    """

    lists: "Mapping[str, list[TopTrack]]" = field(default_factory=dict)
    failed: Mapping[str, PlatformError] = field(default_factory=dict)
    ended: MissingAbilityError | DeferredError | None = None


def ask(source: Source, countries: Iterable[str], places: int = PLACES) -> Round:
    """Ask for the top tracks of each country, given by its code of ISO 3166-1 alpha-2."""
    lists: dict[str, list[TopTrack]] = {}
    failed: dict[str, PlatformError] = {}
    for code in countries:
        try:
            lists[code] = _list(source, code, places)
        except (MissingAbilityError, DeferredError) as end:
            return Round(lists, failed, end)
        except (PermanentError, SourceUnavailableError) as error:
            failed[code] = error
    return Round(lists, failed)


def _list(source: Source, code: str, places: int) -> "list[TopTrack]":
    """The list of a country, by the first of its names that is understood. Raises where that is none, or it is empty."""
    names = country_names(code)
    for name in names:
        try:
            found = source.top_tracks(name, places)
        except MissingAbilityError:
            raise
        except PermanentError:
            if name == names[-1]:
                raise
            continue
        if found:
            return found
    raise PermanentError(f"it has no list of {' or '.join(names) or code}")


def write(folder: Path, code: str, day: dt.date, tracks: "Iterable[TopTrack]") -> Path:
    """Write the list of a country and day as a file of the format `lastfm_top_tracks`; the file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {"snapshot_date": day.isoformat(), "country": code}
    rows = [{**about, **vars(track)} for track in tracks]
    numbers = {"rank": pa.int32(), "listeners": pa.int64(), "duration_ms": pa.int64()}
    schema = pa.schema([(name, numbers.get(name, pa.string())) for name in format_named(FORMAT).header])
    path = folder / f"lastfm-top-tracks-{code.lower()}-{day}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return path
