"""Exports of made-up listeners, whose truth is known: what the platform counts is what was written."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing.land import Door, land
from spotify_platform.sample.exports import LISTENERS, Export, Generation, Truth, write_export, write_exports
from spotify_platform.sample.world import WorldSize
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.reliability.worlds import LIMITS

pytestmark = pytest.mark.filterwarnings("ignore:Parameter `backfill_policy` of function `asset` is currently in beta")

PLAYS = 3_000
OUTCOMES = ("cleandata", "play_outcomes")
ACCOUNTS = ("cleandata", "stream_accounting")


def account_for(folder: Path, exports: dict[Path, Export], listener: str = "alma") -> tuple[Counter[str], Truth]:
    """What became of the rows of some exports of one life, and the truth of it."""
    from spotify_platform.defs.charts.tables import accounting_of
    from spotify_platform.defs.history import tables

    truth = write_exports(exports, LISTENERS[listener], plays=PLAYS, size=WorldSize.scaled(0.02)).union
    lake = FolderLake(folder / "lake")
    found: Counter[str] = Counter()
    for path in exports:
        for outcome in land(lake, path, Door(listener=listener), LIMITS):
            assert outcome.status in ("landed", "ignored", "already landed"), outcome.reason
            if outcome.status == "landed" and outcome.file and outcome.file.kind == "plays":
                found["read"] += outcome.file.rows_read
                found["rejected"] += outcome.file.rejected
    compute = DuckDBCompute(lake, LIMITS.threads, LIMITS.memory_limit, scratch=folder / "scratch")
    compute.build(SqlModel.load("cleandata", tables.HERE / "play_outcomes.sql"), tables.OUTCOMES_TABLE, None)
    compute.build(SqlModel.load("cleandata", tables.HERE / "stream_accounting.sql"), accounting_of("history"), None)
    for outcome, reason, rows in query(
        lake, f"SELECT outcome, reason, outcome_rows FROM {'.'.join(ACCOUNTS)}", ACCOUNTS
    ):
        found[outcome] += rows
        found[reason] += rows
    return found, truth


@pytest.mark.parametrize("generation", ["extended", "endsong"])
def test_every_row_of_an_export_has_the_fate_that_its_writer_knows(generation: Generation, tmp_path: Path) -> None:
    export = Export(generation, malformed=25)
    found, truth = account_for(tmp_path, {tmp_path / "data.zip": export})
    assert found["read"] == truth.rows
    assert found["rejected"] == truth.malformed == 25
    assert found["loaded"] == truth.plays
    assert found["duplicate"] == truth.duplicates
    assert found["without a URI"] == truth.without_uri
    assert found["without any metadata"] == truth.without_metadata


@pytest.mark.parametrize("generation", ["account", "old-account"])
def test_every_place_of_a_playlist_is_read_as_its_writer_knows(generation: Generation, tmp_path: Path) -> None:
    path, lake = tmp_path / "data.zip", FolderLake(tmp_path / "lake")
    truth = write_export(path, LISTENERS["ben"], plays=500, generation=generation, size=WorldSize.scaled(0.02))
    files = [outcome.file for outcome in land(lake, path, Door(listener="ben"), LIMITS) if outcome.file]
    [playlists] = [file for file in files if file.kind == "playlists"]
    assert (playlists.rows_read, playlists.rejected) == (sum(truth.playlists.values()), 0)
    table = ("candidates", "playlist_rows")
    assert dict(query(lake, "SELECT item_type, COUNT(*) FROM candidates.playlist_rows GROUP BY ALL", table)) == (
        truth.playlists
    )
    assert truth.playlists == {"track": 30, "episode": 1, "local": 1, "removed": 1}
    known = query(lake, "SELECT COUNT(track_id), COUNT(added_at) FROM candidates.playlist_rows", table)
    assert known == [(30, 33) if generation == "account" else (0, 0)]
    names = query(lake, "SELECT DISTINCT playlist_id FROM candidates.playlist_rows ORDER BY ALL", table)
    assert names == [("name:For the road/ben",), ("name:Mine (2)/ben",), ("name:Mine/ben",)]


def test_two_exports_that_overlap_count_each_play_once(tmp_path: Path) -> None:
    earlier = Export("extended", until=dt.date(2021, 12, 31))
    found, truth = account_for(tmp_path, {tmp_path / "a.zip": earlier, tmp_path / "b.zip": Export("extended")})
    assert found["loaded"] == truth.plays
    assert found["read"] >= found["loaded"] + found["duplicate"] > PLAYS


def test_account_data_adds_nothing_to_what_the_extended_history_covers(tmp_path: Path) -> None:
    exports = {tmp_path / "a.zip": Export("extended"), tmp_path / "b.zip": Export("account")}
    found, truth = account_for(tmp_path, exports)
    assert truth.covered
    assert found["skipped"] == truth.covered
    assert found["loaded"] == truth.plays
    assert found["read"] == truth.rows
