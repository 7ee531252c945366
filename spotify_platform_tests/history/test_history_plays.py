"""Two people's histories on the way to the star schema: each play once, by their own clock, and gone when they say so."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError
from spotify_platform.landing.land import Door, land
from spotify_platform.landing.manifest import Receipt, read_manifest, read_receipts
from spotify_platform.listeners import Exclusion, Listener, save
from spotify_platform.operations.forgetting import LAKE_TABLES, WAREHOUSE_TABLES, _left, forget
from spotify_platform.resources import lake_of, warehouse_of
from spotify_platform.running import build
from spotify_platform_tests.landing.histories import (
    CANARIES,
    account,
    export,
    extended,
    listed,
    playlist,
    recent,
    track_uri,
    write_json,
    write_zip,
)
from spotify_platform_tests.reliability.worlds import LIMITS, environment_of, undrawn

SELECTION = " or ".join(
    f'key:"{key}"'
    for key in ("cleandata/*", "warehouse/*", "marts/listener_top_changes", "raw/receipts", "published/*")
)
EVE = "2020-12-31T23:30:00Z"
SECRET = "a song that only ben plays"

ANNAS = [
    extended("2020-05-01T08:00:00Z", track_uri(1), 180_000),
    extended("2020-05-01T08:00:00Z", track_uri(2), 180_000),  # offline plays end at one moment
    extended("2020-05-01T08:00:00Z", track_uri(1), 180_000),  # the same play again
    extended("2020-05-01T08:03:00Z", track_uri(1), 180_000),  # a repeat
    extended("2020-05-01T08:04:00Z", track_uri(3), 29_999),
    extended("2020-05-01T09:00:00Z"),
    extended("2020-05-01T09:10:00Z", None, master_metadata_track_name="Local", master_metadata_album_artist_name="X"),
    extended("2020-05-01T10:00:00Z", None, spotify_episode_uri="spotify:episode:1", episode_name="E"),
    extended(EVE, track_uri(1), 180_000),
]
LATER = [ANNAS[0], ANNAS[3], extended("2021-02-01T00:00:00Z", track_uri(4))]
BENS = [
    extended(EVE, track_uri(1), 180_000),
    extended("2020-05-01T08:00:00Z", track_uri(9), master_metadata_track_name=SECRET),
]


def tops(day: str, *titles: str) -> tuple[str, Any]:
    """What somebody hears most on a day."""
    items = [{"id": track_uri(number)[-22:], "name": title} for number, title in enumerate(titles, start=1)]
    listed = [
        {"item_type": "track", "time_range": "short_term", "rank": rank, **item}
        for rank, item in enumerate(items, start=1)
    ]
    return f"tops-{day}.json", {"snapshot_date": day, "tops": listed}


ACCOUNT = [
    account("2020-05-01 08:00", "Song 1"),  # the extended history covers this time
    account("2021-06-01 12:00", "SONG 1!"),
    account("2021-06-01 12:00", "SONG 1!"),  # minutes are coarse: a second play
    account("2021-06-01 12:05", "Nobody Knows"),
]


ANNAS_PLAYLISTS = {"playlists": [playlist("Kitchen", listed(1), listed(2), modified="2024-06-28")]}
BENS_PLAYLISTS = {"playlists": [playlist("Kitchen", listed(9, SECRET), modified="2024-06-28")]}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Two listeners, of whom one says where she lives and what she does not want counted."""
    folder = tmp_path_factory.mktemp("plays")
    environment = environment_of(folder / "home")
    lake = lake_of(environment)
    inbox = [
        ("anna", write_zip(folder / "a" / "data.zip", export(Streaming_History_Audio_2020_1=ANNAS))),
        (
            "anna",
            write_zip(
                folder / "b" / "data.zip",
                export("MyData", Streaming_History_Audio_2020_1=LATER, Playlist1=ANNAS_PLAYLISTS),
            ),
        ),
        ("anna", write_json(folder / "StreamingHistory_music_0.json", ACCOUNT)),
        (
            "anna",
            write_json(folder / "recent.json", recent(("2021-06-01T12:00:30.1Z", 1), ("2021-07-01T08:00:00Z", 5))),
        ),
        ("ben", write_json(folder / "endsong_0.json", BENS)),
        ("ben", write_json(folder / "Playlist1.json", BENS_PLAYLISTS)),
        *(
            (listener, write_json(folder / listener / name, document))
            for listener, *days in (
                ("anna", tops("2021-06-01", "Song 1"), tops("2021-06-02", "Song 1", "Song 2")),
                ("ben", tops("2021-06-01", SECRET), tops("2021-06-02", "Song 1", SECRET)),
            )
            for name, document in days
        ),
    ]
    for listener, path in inbox:
        for outcome in land(lake, path, Door(listener=listener), LIMITS):
            assert outcome.status in ("landed", "ignored"), outcome.reason
    said = Listener("anna").in_zone("Europe/Berlin").without([Exclusion("track", track_uri(2)[-22:], "kids")])
    save(lake, said, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    with undrawn():
        result = build(environment, selection=SELECTION)
    assert result.succeeded, (result.failures, result.checks)
    return environment


def ask(environment: Environment, sql: str) -> list[tuple[Any, ...]]:
    return warehouse_of(environment).select(sql)[1]


def receipts_of(environment: Environment, ending: str) -> Receipt:
    lake = lake_of(environment)
    [file] = [file for file in read_manifest(lake) if file.name.endswith(ending) or ending in file.door]
    [receipt] = [receipt for receipt in read_receipts(lake) if receipt.file_id == file.file_id]
    return receipt


def test_every_play_stands_once_whatever_the_exports_repeat(environment: Environment) -> None:
    found = ask(
        environment,
        "SELECT listener, history, COUNT(*) FROM warehouse.fact_stream GROUP BY ALL ORDER BY ALL",
    )
    assert found == [("anna", "account", 3), ("anna", "extended", 9), ("anna", "recent", 1), ("ben", "extended", 2)]


def test_repeats_and_plays_that_end_together_are_kept(environment: Environment) -> None:
    first = "listener = 'anna' AND played_at < TIMESTAMP '2020-05-01 08:03:30'"
    found = ask(environment, f"SELECT title FROM warehouse.fact_stream WHERE {first} ORDER BY played_at, title")
    assert found == [("Song 1",), ("Song 2",), ("Song 1",)]


def test_the_accounts_say_what_became_of_every_play_and_what_it_lacks(environment: Environment) -> None:
    [first, second] = [
        receipt
        for file in read_manifest(lake_of(environment))
        for receipt in read_receipts(lake_of(environment))
        if file.file_id == receipt.file_id and file.name.endswith("Audio_2020_1.json")
    ]
    assert (first.rows_read, first.loaded, first.duplicate) == (9, 8, 1)
    assert first.reasons == {"without a URI": 1, "without any metadata": 1}
    assert (second.rows_read, second.loaded, second.duplicate) == (3, 1, 2)
    account = receipts_of(environment, "music_0.json")
    assert (account.rows_read, account.loaded, account.skipped) == (4, 3, 1)
    assert account.reasons["a better history covers the time"] == 1
    assert receipts_of(environment, "recent.json").skipped == 1


def test_names_alone_are_matched_with_what_the_listener_played_before(environment: Environment) -> None:
    query = "SELECT title, track_id FROM cleandata.streams WHERE history = 'account' ORDER BY played_at, title"
    first = track_uri(1)[-22:]
    assert ask(environment, query) == [("SONG 1!", first), ("SONG 1!", first), ("Nobody Knows", None)]


def test_days_and_hours_are_those_of_the_listener(environment: Environment) -> None:
    query = (
        f"SELECT listener, local_date, local_hour FROM warehouse.fact_stream WHERE played_at = '{EVE[:-1]}' ORDER BY 1"
    )
    assert ask(environment, query) == [("anna", dt.date(2021, 1, 1), 0), ("ben", dt.date(2020, 12, 31), 23)]
    summer = "SELECT DISTINCT local_hour FROM warehouse.fact_stream WHERE title = 'Song 3'"
    assert ask(environment, summer) == [(10,)]


def test_what_is_not_counted_is_there_and_says_so(environment: Environment) -> None:
    query = "SELECT title, exclusion FROM warehouse.fact_stream WHERE exclusion IS NOT NULL"
    assert ask(environment, query) == [("Song 2", "kids")]


def test_a_short_play_is_kept_and_is_no_stream(environment: Environment) -> None:
    query = "SELECT title, is_stream FROM warehouse.fact_stream WHERE ms_played < 30000"
    assert ask(environment, query) == [("Song 3", False)]


def test_tracks_of_histories_are_in_the_dimension(environment: Environment) -> None:
    query = "SELECT title, artist_credit FROM warehouse.dim_track ORDER BY title"
    assert ("Song 4", "Ana Sol") in ask(environment, query)


def test_playlists_of_one_name_are_those_of_two_people(environment: Environment) -> None:
    query = "SELECT listener, playlist_id, last_date, tracks FROM warehouse.dim_playlist ORDER BY listener"
    assert ask(environment, query) == [
        ("anna", "name:Kitchen/anna", dt.date(2024, 7, 1), 2),
        ("ben", "name:Kitchen/ben", dt.date(2024, 6, 28), 1),
    ]
    lake = lake_of(environment)
    files = {file.file_id: file.listener for file in read_manifest(lake) if file.kind == "playlists"}
    receipts = {files[r.file_id]: (r.rows_read, r.loaded) for r in read_receipts(lake) if r.file_id in files}
    assert receipts == {"anna": (2, 2), "ben": (1, 1)}


def everything_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Each file with its bytes, and of what is packed also what it says."""
    for path in (p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += str(duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()).encode()
        elif data.startswith(b"SQLite format 3"):
            with sqlite3.connect(path) as connection:
                data += "\n".join(connection.iterdump()).encode()
        yield path, data


def test_nothing_personal_is_in_any_file_of_the_home(environment: Environment) -> None:
    found = [
        path for path, data in everything_below(environment.home) if any(c.encode() in data for c in CANARIES.values())
    ]
    assert found == []


def test_a_listener_who_is_forgotten_is_in_no_file_any_more(environment: Environment, tmp_path: Path) -> None:
    """The last of the module's tests: it changes the world."""
    before = [path for path, data in everything_below(environment.home) if SECRET.encode() in data]
    assert before
    landed = read_manifest(lake_of(environment))
    bens, annas = ([file for file in landed if file.listener == listener] for listener in ("ben", "anna"))
    found = dict(_left(environment, "ben", bens, annas))
    tables = {".".join(table) for table in LAKE_TABLES} - {"cleandata.stream_matches", "cleandata.listening_gaps"}
    assert found.keys() == {"raw", *tables, *(f"published {'.'.join(table)}" for table in WAREHOUSE_TABLES)}
    with undrawn():
        forgotten = forget(environment, "ben")
    assert (forgotten.files, forgotten.plays, forgotten.places, forgotten.left) == (4, 2, 1, {})
    for schema, table in WAREHOUSE_TABLES:
        assert ask(environment, f"SELECT DISTINCT listener FROM {schema}.{table}") == [("anna",)]
    assert ask(environment, "SELECT playlist_id FROM warehouse.dim_playlist") == [("name:Kitchen/anna",)]
    assert [path for path, data in everything_below(environment.home) if SECRET.encode() in data] == []
    with pytest.raises(ConfigurationError, match="known are anna"):
        forget(environment, "ben")
