"""What sources are asked for, and how an answer becomes a row of a file that lands.

An answer is the source's own object as JSON; every field of it may be missing, and a missing number is null, never 0.
Nothing of an answer is lost: the row carries all of it as text.
"""

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.landing.format import Format
from spotify_platform.landing.formats import api_answers
from spotify_platform.landing.formats.api_answers import SEPARATOR
from spotify_platform.sources.web import object_of

if TYPE_CHECKING:
    import pyarrow as pa

ISRC = re.compile("[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
MISSING_FOR = dt.timedelta(days=30)
"""How long "no such id" is believed."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """What one source is asked for. `keeps` is how long an answer is good; `row` gives its columns but the last two."""

    provider: str
    kind: str
    format: Format
    row: Callable[[str, Any], Row]
    keeps: dt.timedelta = dt.timedelta(days=180)

    def __str__(self) -> str:
        return f"{self.provider}-{self.kind}"


@dataclass(frozen=True)
class Answer:
    """What a source answered when asked for an id, and the day (ISO); `body` None is "no such id"."""

    id: str
    asked_on: str
    body: Any

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "asked_on": self.asked_on, "body": self.body}


def track_row(id: str, answer: Any) -> Row:
    """A track object. The id is the one that was asked for: Spotify may answer with what stands in its place."""
    album, artists = object_of(answer.get("album")), _objects(answer.get("artists"))
    return {
        "track_id": id,
        "track_name": _text(answer.get("name")),
        "artist_names": _joined(_text(artist.get("name")) for artist in artists),
        "artist_ids": _joined(_text(artist.get("id")) for artist in artists),
        "album_id": _text(album.get("id")),
        "album_name": _text(album.get("name")),
        "album_type": _text(album.get("album_type")),
        "album_release_date": _date(album),
        "isrc": _isrc(answer),
        "duration_ms": _whole(answer.get("duration_ms"), 1, 86_400_000),
        "explicit": answer.get("explicit") if isinstance(answer.get("explicit"), bool) else None,
        "popularity": _whole(answer.get("popularity"), most=100),
    }


def album_row(id: str, answer: Any) -> Row:
    """An album object, with its first artist."""
    first = next(iter(_objects(answer.get("artists"))), {})
    return {
        "album_id": id,
        "album_name": _text(answer.get("name")),
        "album_type": _text(answer.get("album_type")),
        "artist_id": _text(first.get("id")),
        "artist_name": _text(first.get("name")),
        "release_date": _date(answer),
        "total_tracks": _whole(answer.get("total_tracks"), most=10**6),
        "label": _text(answer.get("label")),
        "upc": _text(object_of(answer.get("external_ids")).get("upc")),
        "popularity": _whole(answer.get("popularity"), most=100),
    }


def artist_row(id: str, answer: Any) -> Row:
    """An artist object."""
    genres = answer.get("genres")
    return {
        "artist_id": id,
        "artist_name": _text(answer.get("name")),
        "genres": _joined(map(_text, genres)) if isinstance(genres, list) else None,
        "followers": _whole(object_of(answer.get("followers")).get("total")),
        "popularity": _whole(answer.get("popularity"), most=100),
    }


def features_row(id: str, answer: Any) -> Row:
    """Audio features, under the names that Spotify gave them."""
    return {"track_id": id, **{name: _decimal(answer.get(name)) for name in api_answers.SPOTIFY_FEATURES_NAMES}}


def tags_row(name: str, answer: Any) -> Row:
    """The tags of an artist with their weights, most used first."""
    tags, weights = _weighed(answer.get("tags"))
    return {"artist_name": name, "tags": tags, "tag_weights": weights}


def genres_row(id: str, answer: Any) -> Row:
    """The genres of an artist with their weights, most votes first. The name is Spotify's to tell."""
    genres, weights = _weighed(answer.get("genres"))
    return {"artist_id": id, "genres": genres, "genre_weights": weights}


TRACKS = Subject("spotify", "tracks", api_answers.TRACKS, track_row)
ALBUMS = Subject("spotify", "albums", api_answers.ALBUMS, album_row)
ARTISTS = Subject("spotify", "artists", api_answers.ARTISTS, artist_row)
RECCOBEATS = Subject("reccobeats", "features", api_answers.RECCOBEATS, features_row, dt.timedelta(days=365))
SPOTIFY_FEATURES = Subject("spotify", "features", api_answers.SPOTIFY_FEATURES, features_row, dt.timedelta(days=365))
TAGS = Subject("lastfm", "tags", api_answers.TAGS, tags_row)
GENRES = Subject("musicbrainz", "genres", api_answers.GENRES, genres_row)


def write(subject: Subject, answers: Sequence[Answer], path: Path) -> None:
    """Write answers as a Parquet file of the subject's format; the same answers give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _type(name)) for name in subject.format.header])
    rows = [
        {
            **subject.row(answer.id, answer.body),
            "asked_on": dt.date.fromisoformat(answer.asked_on),
            "answer": json.dumps(answer.body, sort_keys=True),
        }
        for answer in answers
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")


def _type(column: str) -> "pa.DataType":
    import pyarrow as pa

    if column in ("duration_ms", "popularity", "followers", "total_tracks"):
        return pa.int64()
    if column in api_answers.SPOTIFY_FEATURES_NAMES:
        return pa.float64()
    return {"explicit": pa.bool_(), "asked_on": pa.date32()}.get(column, pa.string())


def _date(album: Mapping[str, Any]) -> str | None:
    """The release date, as long as its precision says; 2019-01-01 to the year is 2019. 0000 is none."""
    date = _text(album.get("release_date")) or ""
    length = {"year": 4, "month": 7}.get(str(album.get("release_date_precision")), 10)
    try:
        first = dt.date.fromisoformat(f"{date}-01-01"[:10] if len(date) < 7 else f"{date}-01"[:10])
    except ValueError:
        return None
    return date[:length] if 1800 <= first.year < 2100 else None


def _isrc(answer: Mapping[str, Any]) -> str | None:
    """The code of the recording; one that is no ISRC is none, since nothing else of the answer is wrong for that."""
    code = (_text(object_of(answer.get("external_ids")).get("isrc")) or "").upper().replace("-", "").replace(" ", "")
    return code if ISRC.fullmatch(code) else None


def _weighed(entries: Any) -> tuple[str | None, str | None]:
    """Names, and beside them their weights."""
    named = _objects(entries)
    weights = (_whole(entry.get("weight"), most=100) for entry in named)
    return (
        _joined(_text(entry.get("name")) for entry in named),
        _joined(None if weight is None else str(weight) for weight in weights),
    )


def _joined(parts: Iterable[str | None]) -> str | None:
    """The parts of a list as one text; empty where one is missing, so that lists stay in step."""
    return SEPARATOR.join((part or "").replace(SEPARATOR, " ") for part in parts) or None


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """A text that can be written as UTF-8: JSON may hold halves of characters."""
    return value.encode("utf-8", "replace").decode().strip() or None if isinstance(value, str) else None


def _decimal(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None


def _whole(value: Any, least: int = 0, most: int = 10**15) -> int | None:
    number = _decimal(value)
    return int(number) if number is not None and number.is_integer() and least <= number <= most else None
