"""Parsing and landing of small files in a folder of their own."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spotify_platform.lake.engine import connect
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.dialect import read_head
from spotify_platform.landing.files import payloads, unpacked
from spotify_platform.landing.format import Format
from spotify_platform.landing.land import Door, Outcome, land
from spotify_platform.landing.parse import ROWS, Parsed, Source, parse
from spotify_platform.landing.recognise import facts, is_known, known_formats, recognise
from spotify_platform_tests.conftest import LIMITS

LANDED_ON = date(2026, 11, 21)


Artist = tuple[int, int, str]
"""Record, position, name."""
Reject = tuple[int, str, str]
"""Line, column, reason."""


@dataclass(frozen=True)
class Found:
    """What parsing wrote: the good rows (labels joined), the artists of a catalogue, the rejects, the days of charts
    that repeat a rank or a track, and what a chart says of its tracks."""

    parsed: Parsed
    rows: list[dict[str, Any]]
    artists: list[Artist]
    rejects: list[Reject]
    repeats: list[date]
    tracks: list[dict[str, Any]]


Parse = Callable[..., Found]


def parse_file(path: Path, scratch: Path, region: str | None = None, day: date | None = None) -> Found:
    """One file, or the only member of a zip, through recognising and parsing. Raises as these do."""
    [payload] = payloads(path)
    payload, prints = unpacked(payload, scratch)
    head = read_head(payload, lambda header: is_known(header, known_formats()))
    format = recognise(head.header)
    known = facts(format, payload.name, region, day, LANDED_ON)
    compression = "none" if payload.compression == "zip" else payload.compression
    with connect(threads=2, memory_limit="1GB") as connection:
        source = Source(
            path=payload.unpacked or payload.path,
            compression=compression,
            header=head.header,
            dialect=head.dialect,
            format=format,
            facts=known,
            file_id="f1",
            lines=prints.lines,
            ends_with_newline=prints.ends_with_newline,
            landed_on=LANDED_ON,
        )
        parsed = parse(connection, source, scratch)
    return Found(parsed, *_read(scratch, format))


def _read(
    folder: Path, format: Format
) -> tuple[list[dict[str, Any]], list[Artist], list[Reject], list[date], list[dict[str, Any]]]:
    kind = format.kind
    entries, labels = folder / "chart_entries.parquet", folder / "chart_labels.parquet"
    with connect(threads=2) as connection:
        rows = f"FROM '{folder}/{ROWS[kind]}.parquet'"
        if kind == "charts":
            rows = f"FROM '{entries}' JOIN '{labels}' USING (file_id, label_id)"
        good = _dicts(connection, f"SELECT * {rows} WHERE problem IS NULL ORDER BY record")
        tracks = []
        if format.track:
            tracks = _dicts(connection, f"SELECT * FROM '{folder}/track_rows.parquet' ORDER BY record")
        artists: list[Artist] = []
        repeats: list[date] = []
        if kind == "charts":
            days = f"SELECT chart_date FROM '{folder}/chart_repeats.parquet' ORDER BY ALL"
            repeats = [day for (day,) in connection.execute(days).fetchall()]
        if kind == "catalog":
            query = f"SELECT record, position, artist_name FROM '{folder}/track_row_artists.parquet' ORDER BY ALL"
            artists = connection.execute(query).fetchall()
        rejects = f"SELECT line, column_name, reason FROM '{folder}/rejected_rows.parquet' ORDER BY ALL"
        return good, artists, connection.execute(rejects).fetchall(), repeats, tracks


def _dicts(connection: Any, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture
def parsing(tmp_path: Path) -> Parse:
    """Parse a text or bytes as a file of that name."""
    numbers = itertools.count()

    def parsed(content: str | bytes, name: str, region: str | None = None, day: date | None = None) -> Found:
        folder = tmp_path / f"parsing-{next(numbers)}"
        (folder / "scratch").mkdir(parents=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return parse_file(folder / name, folder / "scratch", region, day)

    return parsed


@pytest.fixture
def landing(lake: FolderLake) -> Callable[..., list[Outcome]]:
    """Land a file in the test's lake."""

    def landed(path: Path, **door: Any) -> list[Outcome]:
        return land(lake, path, Door(**door), LIMITS)

    return landed
