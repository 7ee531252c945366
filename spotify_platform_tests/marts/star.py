"""A star schema of a few rows that a test writes down, and the marts that the platform's own SQL makes of it."""

import datetime as dt
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import spotify_platform.defs.marts
from spotify_platform.contract import Contract
from spotify_platform.environment import Environment
from spotify_platform_tests.defs.graph import Graph

MARTS = Path(spotify_platform.defs.marts.__path__[0])
TABLES = (
    *("dim_album", "dim_artist", "dim_date", "dim_genre", "dim_track", "bridge_artist_genre", "bridge_track_artist"),
    *("fact_chart_entry", "fact_top_track"),
)


@cache
def contracts() -> dict[str, Contract]:
    """The contracts of all tables, as `schema/table`."""
    return Graph.of(Environment.load()).contracts


@dataclass(frozen=True)
class Entry:
    """A chart entry."""

    day: str
    rank: int
    track: str
    streams: int | None = None
    region: str = "DE"
    chart: str = "top200"
    cadence: str = "daily"
    trend: str | None = None
    tied: bool = False

    def row(self) -> dict[str, Any]:
        return {
            "chart_date": self.day,
            "date_key": int(self.day.replace("-", "")),
            "region_code": self.region,
            "chart": self.chart,
            "cadence": self.cadence,
            "rank": self.rank,
            "is_tied": self.tied,
            "track_id": self.track,
            "streams": self.streams,
            "trend": self.trend,
        }


@dataclass(frozen=True)
class Listed:
    """A place on a list of top tracks. Without a track it is known from nowhere."""

    day: str
    rank: int
    song: str
    track: str | None = None
    source: str = "spotify"
    region: str = "DE"
    artist: str = "a"
    listeners: int | None = None
    streams: int | None = None

    def row(self) -> dict[str, Any]:
        return {
            "snapshot_date": self.day,
            "date_key": int(self.day.replace("-", "")),
            "region_code": self.region,
            "source": self.source,
            "rank": self.rank,
            "is_tied": False,
            "track_id": self.track,
            "song_key": self.song,
            "title": f"Title of {self.song}",
            "artist_credit": self.artist,
            "artist_id": self.artist,
            "artist_name": f"The {self.artist}",
            "streams": self.streams,
            "listeners": self.listeners,
        }


@dataclass(frozen=True)
class Song:
    """A track, by one artist of its own unless told; `known` are more columns of dim_track."""

    track: str
    artists: tuple[str, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def credited(self) -> tuple[str, ...]:
        return self.artists or (f"artist of {self.track}",)

    def row(self) -> dict[str, Any]:
        credit = ", ".join(self.credited)
        base = {"title": f"Song {self.track}", "artist_credit": credit, "primary_artist_id": self.credited[0]}
        return {"track_id": self.track, **base, **self.known}


def albums_of(songs: Iterable[Song]) -> list[dict[str, Any]]:
    """The albums that songs name, each by its first song's first artist."""
    found: dict[str, dict[str, Any]] = {}
    for song in songs:
        if album := song.known.get("album_id"):
            about = {"title": song.known.get("album_name"), "artist_name": f"The {song.credited[0]}", "tracks": 0}
            found.setdefault(album, {"album_id": album, **about})["tracks"] += 1
    return list(found.values())


class Star:
    """An in-memory warehouse of `entries` and `songs`; tracks of the charts that are no song have a name alone.

    `genres` are those of artists, all of one family. Rows lie in it in no order that means anything.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        songs: Iterable[Song] = (),
        genres: Sequence[tuple[str, str]] = (),
        listed: Iterable[Listed] = (),
    ) -> None:
        import duckdb
        import pyarrow as pa

        declared = contracts()
        from spotify_platform.defs.warehouse.dimensions import calendar  # Dagster warns of betas on a first import

        self.connection = duckdb.connect()
        entries, told = list(entries), {song.track: song for song in songs}
        tracks = {**{entry.track: Song(entry.track) for entry in entries}, **told}
        credits = [
            {"track_id": song.track, "artist_id": artist, "position": position}
            for song in tracks.values()
            for position, artist in enumerate(song.credited, start=1)
        ]
        artists = {credit["artist_id"] for credit in credits}
        days = [dt.date.fromisoformat(entry.day) for entry in entries] or [dt.date(2020, 1, 1)]
        rows = {
            "fact_chart_entry": [entry.row() for entry in entries],
            "fact_top_track": [place.row() for place in listed],
            "dim_track": [song.row() for song in tracks.values()],
            "dim_artist": [{"artist_id": artist, "artist_name": f"The {artist}", "tracks": 1} for artist in artists],
            "bridge_track_artist": credits,
            "dim_genre": [{"genre": genre, "family": "pop", "artists": 1} for genre in {genre for _, genre in genres}],
            "dim_album": albums_of(tracks.values()),
            "bridge_artist_genre": [
                {"artist_id": artist, "genre": genre, "provider": "a", "tracks": 1} for artist, genre in genres
            ],
            "dim_date": calendar(min(days), max(days)).to_pylist(),
        }
        for schema in ("warehouse", "marts"):
            self.connection.execute(f"CREATE SCHEMA {schema}")
        for name in TABLES:
            contract = declared[f"warehouse/{name}"]
            columns = ", ".join(f'"{column}" {type}' for column, type in contract.types.items())
            self.connection.execute(f"CREATE TABLE warehouse.{name} ({columns})")
            values = [[row.get(column) for column in contract.names] for row in rows[name]]
            random.Random(name).shuffle(values)
            if values:
                frame = pa.table(dict(zip(contract.names, zip(*values, strict=True), strict=True)))  # noqa: F841
                self.connection.execute(f"INSERT INTO warehouse.{name} FROM frame")
        self.built: set[str] = set()

    def build(self, mart: str) -> None:
        """Build a mart, and before it those that it reads."""
        if mart not in self.built:
            sql = (MARTS / f"{mart}.sql").read_text(encoding="utf-8")
            for upstream in sorted(set(re.findall(r"\bmarts\.(\w+)", sql))):
                self.build(upstream)
            self.connection.execute(f"CREATE TABLE marts.{mart} AS {sql}")
            self.built.add(mart)

    def rows(self, mart: str, columns: str, where: str = "TRUE") -> list[tuple[Any, ...]]:
        """Columns of a mart, in the order of these columns."""
        self.build(mart)
        return self.connection.execute(f"SELECT {columns} FROM marts.{mart} WHERE {where} ORDER BY ALL").fetchall()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The answer to a query over the star schema and the marts that it names."""
        for mart in sorted(set(re.findall(r"\bmarts\.(\w+)", sql))):
            self.build(mart)
        return self.connection.execute(sql).fetchall()
