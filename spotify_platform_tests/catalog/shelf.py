"""Candidate rows that a test writes down, and the catalogue tables that the platform's own SQL makes of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import spotify_platform.defs
from spotify_platform.landing.manifest import MANIFEST_COLUMNS
from spotify_platform.landing.parse import CANDIDATES

DEFS = Path(spotify_platform.defs.__path__[0])
PRECEDENCE = {
    "spotify": 5,
    "best": 10,
    "good": 20,
    "poor": 30,
    "charts": 40,
    "listeners": 50,
    "musicbrainz": 55,
    "lastfm": 60,
}
"""Sources, each of one file of its name."""


@cache
def models() -> dict[str, str]:
    """The SQL of the models of cleandata, by table."""
    return {file.stem: file.read_text(encoding="utf-8") for file in DEFS.rglob("*.sql")}


@dataclass(frozen=True)
class Told:
    """What a catalogue says of a track. Artists that it lists are told apart; a credit alone is not."""

    track: str
    values: dict[str, Any]
    source: str
    artists: tuple[str, ...]
    ids: tuple[str | None, ...] = ()


def told(track: str, source: str = "good", artists: Sequence[str] = (), ids: Sequence[str] = (), **values: Any) -> Told:
    """`ids` are those of the artists, if the source tells them."""
    credit = {"artist_credit": ", ".join(artists)} if artists else {}
    return Told(track, {**credit, **values}, source, tuple(artists), tuple(ids) or (None,) * len(artists))


@dataclass(frozen=True)
class Profile:
    """What a source answers of an artist, with genres and their weights, on a day."""

    name: str | None
    source: str = "spotify"
    id: str | None = None
    genres: tuple[tuple[str, int | None], ...] = ()
    as_of: str = "2024-05-01"
    followers: int | None = None


@dataclass(frozen=True)
class Album:
    """What Spotify answers of an album."""

    id: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Charted:
    """What a chart calls a track."""

    track: str
    credit: str
    title: str = "Song"


@dataclass(frozen=True)
class Heard:
    """What Last.fm lists, by the first artist as a rule."""

    title: str
    credit: str
    duration_ms: int | None = None
    rank: int = 1
    region: str = "DE"
    day: str = "2020-01-31"
    listeners: int | None = None


class Shelf:
    """An in-memory lake in which `rows` landed. Top tracks are those of Germany and the USA."""

    def __init__(self, *rows: Told | Charted | Heard | Profile | Album) -> None:
        import duckdb

        self.connection = duckdb.connect()
        catalogued = [row for row in rows if isinstance(row, Told)]
        charted = [row for row in rows if isinstance(row, Charted)]
        profiles = list(enumerate((row for row in rows if isinstance(row, Profile)), start=1))
        albums = [row for row in rows if isinstance(row, Album)]
        self._fill(
            "files", MANIFEST_COLUMNS, [{"file_id": s, "source": s, "precedence": p} for s, p in PRECEDENCE.items()]
        )
        contents: dict[str, list[dict[str, Any]]] = {
            "track_rows": [
                {"file_id": row.source, "record": n, "file_rows": 1, "track_id": row.track, **row.values}
                for n, row in enumerate(catalogued, start=1)
            ],
            "track_row_artists": [
                {"file_id": row.source, "record": n, "position": position, "artist_name": name, "artist_id": id}
                for n, row in enumerate(catalogued, start=1)
                for position, (name, id) in enumerate(zip(row.artists, row.ids, strict=True), start=1)
            ],
            "artist_rows": [
                {
                    "file_id": row.source,
                    "record": n,
                    "as_of": row.as_of,
                    "artist_id": row.id,
                    "artist_name": row.name,
                    "followers": row.followers,
                }
                for n, row in profiles
            ],
            "artist_row_genres": [
                {"file_id": row.source, "record": n, "position": position, "genre": genre, "weight": weight}
                for n, row in profiles
                for position, (genre, weight) in enumerate(row.genres, start=1)
            ],
            "album_rows": [
                {"file_id": "spotify", "record": n, "album_id": row.id, **row.values}
                for n, row in enumerate(albums, start=1)
            ],
            "chart_labels": [
                {"file_id": "charts", "label_id": n, "track_id": c.track, "title": c.title, "artist_credit": c.credit}
                for n, c in enumerate(charted)
            ],
            "top_track_rows": [
                {
                    "file_id": "listeners",
                    "record": n,
                    "snapshot_date": h.day,
                    "region_code": h.region,
                    "source": "lastfm",
                    "rank": h.rank,
                    "title": h.title,
                    "artist_credit": h.credit,
                    "listeners": h.listeners,
                    "duration_ms": h.duration_ms,
                }
                for n, h in enumerate((row for row in rows if isinstance(row, Heard)), start=1)
            ],
        }
        for name, types in CANDIDATES.items():
            self._fill(name, types, contents.get(name, []))
        self.connection.execute("CREATE SCHEMA cleandata")
        self.built: set[str] = set()
        self.keep(
            "top_track_countries", "FROM (VALUES ('DE', 'named'), ('US', NULL)) AS country(region_code, playlist_id)"
        )

    def _fill(self, table: str, types: dict[str, str], rows: Iterable[dict[str, Any]]) -> None:
        columns = ", ".join(f'"{name}" {type}' for name, type in types.items())
        self.connection.execute("CREATE SCHEMA IF NOT EXISTS candidates")
        self.connection.execute(f"CREATE TABLE candidates.{table} ({columns})")
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" * len(row))
            self.connection.execute(f"INSERT INTO candidates.{table} ({names}) VALUES ({marks})", list(row.values()))

    def keep(self, table: str, sql: str) -> None:
        """Take what a query gives for a table of cleandata."""
        self.connection.execute(f"CREATE TABLE cleandata.{table} AS {sql}")
        self.built.add(table)

    def _build(self, table: str) -> None:
        if table not in self.built:
            sql = models()[table]
            for upstream in sorted(set(re.findall(r"\bcleandata\.(\w+)", sql))):
                self._build(upstream)
            self.keep(table, sql)

    def rows(self, table: str, columns: str, where: str = "TRUE") -> list[tuple[Any, ...]]:
        """Columns of a table of cleandata, in the order of these columns."""
        self._build(table)
        sql = f"SELECT {columns} FROM cleandata.{table} WHERE {where} ORDER BY ALL"
        return self.connection.execute(sql).fetchall()

    def artists(self, track: str) -> list[str]:
        """Names of the artists of a track, in order."""
        return [name for _, name in self.rows("track_artists", "position, artist_name", f"track_id = '{track}'")]
