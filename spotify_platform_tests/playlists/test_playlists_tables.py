"""From landed playlists to the tables: what becomes of each place, and what came and went."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pytest

from spotify_platform_tests.catalog.shelf import Shelf, told
from spotify_platform_tests.catalog.shelf import models as models_of
from spotify_platform_tests.marts.star import contracts

MONDAY, TUESDAY, FRIDAY = "2026-03-02", "2026-03-03", "2026-03-06"


def shelf_of(*rows: Mapping[str, Any]) -> Shelf:
    """A lake in which these rows of one playlist landed, and a catalogue that knows one track by its name."""
    shelf = Shelf(told("known", artists=["Ana"], title="Named", duration_ms=1000))
    defaults = {"snapshot_date": MONDAY, "playlist_id": "p", "file_id": "best", "item_type": "track"}
    for record, row in enumerate(rows, start=1):
        values = {**defaults, "record": record, "position": record, **row}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        shelf.connection.execute(
            f"INSERT INTO candidates.playlist_rows ({names}) VALUES ({marks})", list(values.values())
        )
    return shelf


def test_a_track_is_known_by_its_id_or_else_by_its_name() -> None:
    shelf = shelf_of(
        {"track_id": "a", "title": "Named", "artist_credit": "Ana"},
        {"title": "named", "artist_credit": "ANA"},
        {"title": "Unknown", "artist_credit": "Ana"},
        {"track_id": "b"},
    )
    assert shelf.rows("playlist_tracks", "position, track_id, matched_by") == [
        (1, "a", "id"),
        (2, "known", "title and artists"),
        (4, "b", "id"),
    ]
    assert shelf.rows("track_matches", "title") == [("Unknown",), ("named",)]


def test_what_is_no_track_is_skipped_with_its_reason_and_counted() -> None:
    items = [
        {"item_type": kind, "title": "Named", "artist_credit": "Ana"} for kind in ("episode", "audiobook", "local")
    ]
    shelf = shelf_of({"track_id": "a"}, *items, {"item_type": "removed"}, {"title": "No artist"})
    assert shelf.rows("playlist_accounting", "outcome, reason, outcome_rows") == [
        ("loaded", "", 1),
        ("skipped", "it is a file of a listener, which has no id", 1),
        ("skipped", "it is an audiobook, no track", 1),
        ("skipped", "it is an episode, no track", 1),
        ("skipped", "it names no title or no artist", 1),
        ("skipped", "nothing is at this place any more", 1),
    ]
    columns = "places, tracks, episodes, local_files, removed"
    assert shelf.rows("playlist_snapshots", columns) == [(6, 1, 1, 1, 1)]


def test_of_two_files_with_one_place_the_better_source_is_loaded_and_the_first_credited() -> None:
    shelf = shelf_of(
        {"track_id": "poor", "file_id": "poor", "position": 1, "playlist_name": "Poor"},
        {"track_id": "best", "file_id": "best", "position": 1, "playlist_name": "Best"},
    )
    shelf.connection.execute("UPDATE candidates.files SET arrival = CASE file_id WHEN 'poor' THEN 1 ELSE 2 END")
    assert shelf.rows("playlist_tracks", "track_id, source_file_id") == [("best", "best")]
    assert shelf.rows("playlist_accounting", "file_id, outcome") == [("best", "duplicate"), ("poor", "loaded")]
    assert shelf.rows("playlist_snapshots", "playlist_name, source, places") == [("Best", "best", 1)]


def test_a_track_that_only_a_playlist_knows_is_a_track_with_its_artists() -> None:
    shelf = shelf_of({"track_id": "a", "title": "Song", "artist_credit": "Ana, Bo", "duration_ms": 5})
    assert shelf.rows("tracks", "title, artist_credit, duration_ms", "track_id = 'a'") == [("Song", "Ana, Bo", 5)]
    assert shelf.artists("a") == ["Ana", "Bo"]


def test_a_name_in_an_export_is_that_of_one_artist_whatever_commas_it_has() -> None:
    row = {"track_id": "a", "title": "Song", "artist_credit": "Now, Voyager"}
    assert shelf_of(row).artists("a") == ["Now", "Voyager"]
    exported = shelf_of(row)
    exported.connection.execute("UPDATE candidates.files SET source = 'account_playlists' WHERE file_id = 'best'")
    assert exported.artists("a") == ["Now, Voyager"]


def test_a_playlist_of_an_export_says_whose_it_is() -> None:
    shelf = shelf_of({"track_id": "a"}, {"track_id": "b", "playlist_id": "name:Kitchen/anna", "file_id": "poor"})
    shelf.connection.execute("UPDATE candidates.files SET listener = 'anna' WHERE file_id = 'poor'")
    assert shelf.rows("playlist_snapshots", "playlist_id, listener") == [("name:Kitchen/anna", "anna"), ("p", None)]


@pytest.fixture
def star() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of a playlist on three days: b goes, c comes, a moves; then all goes."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA warehouse")
        connection.execute("CREATE SCHEMA cleandata")
        connection.execute("CREATE TABLE warehouse.dim_track AS SELECT unnest(['a', 'b', 'c']) AS track_id, "
                           "upper(track_id) AS title, 'Ana' AS artist_credit")  # fmt: skip
        places = {MONDAY: "aba", TUESDAY: "cca", FRIDAY: ""}
        for name in ("playlist_tracks", "playlist_snapshots"):
            columns = contracts()[f"cleandata/{name}"].columns
            types = ", ".join(f"{column.name} {column.type}" for column in columns)
            connection.execute(f"CREATE TABLE cleandata.{name} ({types})")
        for day, tracks in places.items():
            about = [day, {FRIDAY: None}.get(day, f"Mix of {day}"), "spotify", max(len(tracks), 1), len(tracks)]
            connection.execute(
                "INSERT INTO cleandata.playlist_snapshots BY NAME SELECT ? AS snapshot_date, 'p' AS playlist_id, "
                "? AS playlist_name, ? AS source, ? AS places, ? AS tracks",
                about,
            )
            for position, track in enumerate(tracks, start=1):
                connection.execute(
                    "INSERT INTO cleandata.playlist_tracks BY NAME SELECT ? AS snapshot_date, 'p' AS playlist_id, "
                    "? AS position, ? AS track_id",
                    [day, position, track],
                )
        for name in ("dim_playlist", "fact_playlist_track", "fact_playlist_snapshot"):
            connection.execute(f"CREATE TABLE warehouse.{name} AS {models_of()[name]}")
        yield connection


def test_changes_are_between_days_on_which_a_playlist_was_seen(star: duckdb.DuckDBPyConnection) -> None:
    columns = "snapshot_date, previous_date, change, track_id, position"
    found = star.sql(f"SELECT {columns} FROM ({models_of()['playlist_changes']}) ORDER BY ALL").fetchall()
    monday, tuesday, friday = map(dt.date.fromisoformat, (MONDAY, TUESDAY, FRIDAY))
    assert found == [
        (tuesday, monday, "added", "c", 1),
        (tuesday, monday, "removed", "b", 2),
        (friday, tuesday, "removed", "a", 3),
        (friday, tuesday, "removed", "c", 1),
    ]


def test_a_playlist_is_called_what_it_was_last_called(star: duckdb.DuckDBPyConnection) -> None:
    columns = "playlist_name, first_date, last_date, snapshots, places, tracks"
    [found] = star.sql(f"SELECT {columns} FROM warehouse.dim_playlist").fetchall()
    assert found == (f"Mix of {TUESDAY}", dt.date.fromisoformat(MONDAY), dt.date.fromisoformat(FRIDAY), 3, 1, 0)
