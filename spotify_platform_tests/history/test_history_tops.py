"""What a listener hears most, from landed documents and answers to the tables and the mart: once, by whom it is told best."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spotify_platform.lake.engine import connect
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.relations import bind
from spotify_platform.landing.formats.top_items import FORMATS
from spotify_platform.landing.land import Door, Outcome, land
from spotify_platform.landing.recognise import top_list
from spotify_platform_tests.catalog.shelf import Shelf, models
from spotify_platform_tests.landing.histories import write_json
from spotify_platform_tests.marts.star import contracts
from spotify_platform_tests.reliability.worlds import LIMITS

DAY = dt.date(2026, 3, 1)
ADDRESS = "https://api.spotify.com/v1/me/top/{}s?time_range={}&limit=50&offset={}"
CANARY = "canary-of-a-picture"
Land = Callable[..., Outcome]


def id_of(number: int) -> str:
    return f"{number:022d}"


def track(number: int, **more: Any) -> dict[str, Any]:
    """A track as the API told it before 2026."""
    artists = [
        {"id": id_of(n), "name": name, "uri": f"spotify:artist:{id_of(n)}"} for n, name in ((8, "Ana"), (9, "Bo"))
    ]
    album = {"name": "Album", "images": [{"url": CANARY}]}
    about = {"type": "track", "id": id_of(number), "name": f"Song {number}", "artists": artists, "album": album}
    return {**about, "popularity": number, "external_urls": {"spotify": CANARY}, **more}


def artist(number: int, **more: Any) -> dict[str, Any]:
    about = {"type": "artist", "id": id_of(number), "name": f"Artist {number}", "images": [{"url": CANARY}]}
    return {**about, "followers": {"total": 1}, **more}


def page(kind: str, *items: Any, span: str = "short_term", offset: int = 0, **more: Any) -> dict[str, Any]:
    """An answer of the API."""
    href = ADDRESS.format(kind, span, offset)
    return {"href": href, "items": list(items), "limit": 50, "offset": offset, "total": 4_000, "next": href, **more}


def document(*items: dict[str, Any], day: dt.date = DAY, **more: Any) -> dict[str, Any]:
    """One list of tracks as the platform writes it."""
    told = {"item_type": "track", "time_range": "short_term"}
    tops = [{**told, "rank": rank, **item, **more} for rank, item in enumerate(items, start=1)]
    return {"snapshot_date": day.isoformat(), "tops": tops}


@pytest.fixture
def lands(lake: FolderLake, tmp_path: Path) -> Land:
    def of(told: Any, name: str = "tops.json", **door: Any) -> Outcome:
        [outcome] = land(lake, write_json(tmp_path / name, told), Door(**door), LIMITS)
        return outcome

    return of


def rows(lake: FolderLake, columns: str, table: str = "listener_tops") -> list[tuple[Any, ...]]:
    """Columns of a table, as its model makes it of what has landed."""
    with connect() as connection:
        bind(connection, lake, [("candidates", "top_item_rows"), ("candidates", "files")])
        connection.execute("ATTACH ':memory:' AS cleandata")
        connection.execute(f"CREATE VIEW cleandata.listener_tops AS {models()['listener_tops']}")
        return connection.execute(f"SELECT {columns} FROM ({models()[table]}) ORDER BY ALL").fetchall()


def test_an_answer_that_a_person_saved_lands_as_the_list_that_its_address_names(lake: FolderLake, lands: Land) -> None:
    genres = {"genres": ["art pop", "jazz"], "popularity": 70}
    told = page("artist", artist(3, **genres), artist(4), span="long_term", offset=20)
    outcome = lands(told, f"top-artists-{DAY}.json", listener="Anna")
    assert outcome.file, outcome.reason
    found = outcome.file
    assert (found.format, found.listener, found.period_start, found.repairs) == ("top_items", "anna", str(DAY), ())
    columns = "listener, snapshot_date, item_type, time_range, rank, track_id, artist_id, name, popularity, genres"
    assert rows(lake, columns) == [
        ("anna", DAY, "artist", "long_term", 21, None, id_of(3), "Artist 3", 70, "art pop, jazz"),
        ("anna", DAY, "artist", "long_term", 22, None, id_of(4), "Artist 4", None, None),
    ]
    held = [path.read_bytes() for path in lake.root.rglob("*") if path.is_file()]
    assert len(held) > 3
    assert not [data for data in held if CANARY.encode() in data]


def test_what_newer_answers_lack_is_missing_and_never_0(lake: FolderLake, lands: Land) -> None:
    bare = {"id": id_of(2)}
    assert lands(page("track", track(1), bare), date=DAY).file
    columns = "rank, track_id, name, artist_credit, artist_ids, popularity"
    both = ("Ana, Bo", f"{id_of(8)}, {id_of(9)}")
    assert rows(lake, columns) == [(1, id_of(1), "Song 1", *both, 1), (2, id_of(2), None, None, None, None)]


@pytest.mark.parametrize(
    ("href", "told"),
    [
        ("https://api.spotify.com/v1/me/top/tracks", ("track", "medium_term")),
        ("https://api.spotify.com/v1/me/top/artists?offset=0&time_range=long_term", ("artist", "long_term")),
        ("https://api.spotify.com/v1/me/top/tracks?time_range=ever", None),
        ("https://api.spotify.com/v1/albums/1/tracks?offset=0", None),
        ("http://[", None),
    ],
)
def test_an_address_names_its_list(href: str, told: tuple[str, str] | None) -> None:
    assert top_list(href) == told


def test_what_is_another_page_or_tells_no_day_is_refused_with_what_to_do(lands: Land) -> None:
    album = {**page("track", track(1)), "href": "https://api.spotify.com/v1/albums/1/tracks"}
    assert "its href is not that of /me/top/tracks" in lands(album).reason
    assert "--date" in lands(page("track", track(1))).reason
    [whole, answer] = FORMATS
    assert {whole.is_personal, answer.is_personal} == {True}


def test_a_later_document_of_a_day_supersedes_and_another_listeners_does_not(lake: FolderLake, lands: Land) -> None:
    assert lands(document(track(1), track(2)), listener="me", replace=True).status == "landed"
    assert lands(document(track(3)), listener="me", replace=True).status == "superseding"
    assert lands(document(track(4)), listener="ben", replace=True).status == "landed"
    assert lands(document(track(5), day=DAY + dt.timedelta(days=1)), listener="me", replace=True).status == "landed"
    found = [("ben", DAY, id_of(4)), ("me", DAY, id_of(3)), ("me", DAY + dt.timedelta(days=1), id_of(5))]
    assert rows(lake, "listener, snapshot_date, track_id") == found
    same = lands(document(track(4)), listener="anna")
    assert same.status == "refused"
    assert "this is ben's already" in same.reason


def test_of_two_files_of_a_list_the_better_source_counts_whole_and_every_row_is_accounted_for(
    lake: FolderLake, lands: Land
) -> None:
    answers = [
        lands(page("track", *map(track, (1, 2, 3))), "a.json", date=DAY).file,
        lands(page("track", track(3), span="long_term"), "b.json", date=DAY).file,
        lands(page("track", track(4), span="long_term", offset=1), "c.json", date=DAY).file,
    ]
    written = lands(document(track(2), {"id": "short"})).file
    assert rows(lake, "time_range, rank, track_id") == [
        ("long_term", 1, id_of(3)),
        ("long_term", 2, id_of(4)),
        ("short_term", 1, id_of(2)),
    ]
    ids = [file.file_id for file in (*answers, written) if file]
    accounts = {file: told for file, *told in rows(lake, "*", "listener_top_accounting")}
    assert [accounts[id] for id in ids] == [
        ["duplicate", "another file tells the list", 3],
        ["loaded", "", 1],
        ["loaded", "", 1],
        ["loaded", "", 1],
    ]
    assert written
    assert (written.rows_read, written.rows, written.rejected) == (2, 1, 1)


def test_what_only_a_list_knows_is_a_track_with_its_artists_and_an_artist() -> None:
    shelf = Shelf()
    names = "file_id, record, listener, snapshot_date, item_type, time_range, rank, item_id, name, artist_credit"
    for row in (
        ("good", 1, "me", DAY, "track", "short_term", 1, "t", "Song", "Ana, Bo"),
        ("good", 2, "me", DAY, "track", "long_term", 1, "t", "Song", "Ana, Bo"),
        ("good", 3, "me", DAY, "artist", "short_term", 1, "c", "Chloé", None),
        ("good", 4, "me", DAY, "artist", "short_term", 2, "d", None, None),
    ):
        shelf.connection.execute(f"INSERT INTO candidates.top_item_rows ({names}) VALUES ({', '.join('?' * 10)})", row)
    assert shelf.rows("tracks", "track_id, title, artist_credit") == [("t", "Song", "Ana, Bo")]
    assert shelf.artists("t") == ["Ana", "Bo"]
    assert shelf.rows("artists", "artist_id, artist_name, tracks") == [
        ("c", "Chloé", 0),
        ("d", "d", 0),
        ("name:Ana", "Ana", 1),
        ("name:Bo", "Bo", 1),
    ]


@pytest.fixture
def star() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of a listener's tops on three days, of which one list was told on two alone; and of somebody else."""
    monday, tuesday, friday = ("2026-03-02", "2026-03-03", "2026-03-06")
    told = [
        *(
            ("me", day, "track", "short_term", places)
            for day, places in ((monday, "abc"), (tuesday, "bad"), (friday, "bad"))
        ),
        *(("me", day, "artist", "long_term", places) for day, places in ((monday, "xy"), (friday, "yxy"))),
        ("ben", tuesday, "track", "short_term", "q"),
    ]
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA cleandata")
        connection.execute("CREATE SCHEMA warehouse")
        columns = ", ".join(f"{c.name} {c.type}" for c in contracts()["cleandata/listener_tops"].columns)
        connection.execute(f"CREATE TABLE cleandata.listener_tops ({columns})")
        for listener, day, kind, span, places in told:
            for rank, item in enumerate(places, start=1):
                connection.execute(
                    "INSERT INTO cleandata.listener_tops BY NAME SELECT ? AS listener, ? AS snapshot_date, "
                    f"? AS item_type, ? AS time_range, ? AS rank, ? AS {kind}_id, upper({kind}_id) AS name",
                    [listener, day, kind, span, rank, item],
                )
        connection.execute(f"CREATE TABLE warehouse.fact_listener_top AS {models()['fact_listener_top']}")
        yield connection


def test_changes_are_between_days_on_which_a_list_was_told(star: duckdb.DuckDBPyConnection) -> None:
    columns = "listener, item_type, snapshot_date, previous_date, change, item_id, name, rank, previous_rank"
    found = star.sql(f"SELECT {columns} FROM ({models()['listener_top_changes']}) ORDER BY ALL").fetchall()
    monday, tuesday, friday = (dt.date(2026, 3, day) for day in (2, 3, 6))
    assert found == [
        ("me", "artist", friday, monday, "down", "x", "X", 2, 1),
        ("me", "artist", friday, monday, "up", "y", "Y", 1, 2),
        ("me", "track", tuesday, monday, "down", "a", "A", 2, 1),
        ("me", "track", tuesday, monday, "gone", "c", "C", None, 3),
        ("me", "track", tuesday, monday, "new", "d", "D", 3, None),
        ("me", "track", tuesday, monday, "up", "b", "B", 1, 2),
    ]
