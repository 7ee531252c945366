"""Playlists of a privacy export: every place is a row of the playlist that it stands in, and nothing personal with it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing.land import Door, Outcome, land
from spotify_platform.landing.manifest import read_manifest
from spotify_platform_tests.conftest import LIMITS
from spotify_platform_tests.landing.histories import (
    CANARIES,
    account,
    export,
    listed,
    place,
    playlist,
    track_uri,
    write_json,
    write_zip,
)

ROWS = ("candidates", "playlist_rows")
MODIFIED, PACKED = dt.date(2024, 6, 28), dt.date(2024, 7, 1)

Land = Callable[..., Outcome]


@pytest.fixture
def landing(lake: FolderLake, tmp_path: Path) -> Land:
    """Land playlists as a file of anna's account data."""

    def landed(*playlists: Any, name: str = "Playlist1.json", listener: str = "anna", **door: Any) -> Outcome:
        path = write_json(tmp_path / name, {"playlists": list(playlists)})
        [outcome] = land(lake, path, Door(listener=listener, **door), LIMITS)
        return outcome

    return landed


def rows_of(lake: FolderLake, columns: str) -> list[tuple[Any, ...]]:
    return query(lake, f"SELECT {columns} FROM candidates.playlist_rows ORDER BY record", ROWS)


EPISODE = {"episodeName": "Talk", "showName": "Show", "episodeUri": "spotify:episode:" + "0" * 22}
OTHERS = (
    place(episode=EPISODE),
    place(audiobook={"any": "key"}),
    place(localTrack={"uri": "spotify:local:Ana:Album:Mine:180"}),
    place(),
    None,
)


def test_whatever_stands_at_a_place_is_a_row_of_its_playlist(lake: FolderLake, landing: Land) -> None:
    outcome = landing(playlist("Kitchen", listed(1), *OTHERS), playlist("Nothing"), playlist("Road", listed(2)))
    assert outcome.file, outcome.reason
    found = outcome.file
    assert (found.format, found.rows_read, found.rows, found.listener, found.identity) == (
        *("account_playlists", 7, 7, "anna"),
        None,
    )
    assert rows_of(lake, "playlist_id, position, item_type, track_id, title, artist_credit") == [
        ("name:Kitchen/anna", 1, "track", f"{1:022d}", "Song 1", "Ana Sol"),
        ("name:Kitchen/anna", 2, "episode", None, "Talk", None),
        ("name:Kitchen/anna", 3, "audiobook", None, None, None),
        ("name:Kitchen/anna", 4, "local", None, None, None),
        ("name:Kitchen/anna", 5, "removed", None, None, None),
        ("name:Kitchen/anna", 6, "removed", None, None, None),
        ("name:Road/anna", 1, "track", f"{2:022d}", "Song 2", "Ana Sol"),
    ]
    assert found.repairs == ("not kept: collaborators, description, numberOfFollowers",)
    about = "DISTINCT ON (playlist_id) playlist_name, snapshot_date, added_at"
    added = dt.datetime(2024, 6, 15)
    assert sorted(rows_of(lake, about)) == [("Kitchen", MODIFIED, added), ("Road", MODIFIED, added)]


def test_playlists_of_one_name_stay_apart_in_their_order(lake: FolderLake, landing: Land) -> None:
    kitchens = [playlist("Kitchen", listed(number), listed(number + 1)) for number in (1, 3, 5)]
    assert landing(*kitchens, playlist("Road", listed(7))).file
    assert rows_of(lake, "playlist_id, position, CAST(track_id AS INTEGER)") == [
        ("name:Kitchen/anna", 1, 1),
        ("name:Kitchen/anna", 2, 2),
        ("name:Kitchen (2)/anna", 1, 3),
        ("name:Kitchen (2)/anna", 2, 4),
        ("name:Kitchen (3)/anna", 1, 5),
        ("name:Kitchen (3)/anna", 2, 6),
        ("name:Road/anna", 1, 7),
    ]


def test_what_earlier_exports_do_not_tell_is_missing(lake: FolderLake, landing: Land) -> None:
    """In 2020 there were no URIs, no days of adding, and no audiobooks."""
    about = {"trackName": "Song", "artistName": "Tyler, The Creator", "albumName": "Album"}
    early = {"name": "Kitchen", "lastModifiedDate": "2020-10-22", "description": None, "numberOfFollowers": 0}
    items = [{"track": about, "episode": None, "localTrack": None}]
    assert landing({**early, "items": items}).file
    columns = "snapshot_date, item_type, track_id, title, artist_credit, added_at"
    assert rows_of(lake, columns) == [(dt.date(2020, 10, 22), "track", None, "Song", "Tyler, The Creator", None)]


@pytest.mark.parametrize(
    ("packed_on", "told", "expected"),
    [
        ((2024, 7, 1), {}, PACKED),
        ((2024, 7, 1), {"date": dt.date(2024, 8, 2)}, dt.date(2024, 8, 2)),
        ((1980, 1, 1), {}, MODIFIED),  # what a zip says that does not know
        ((2024, 6, 1), {}, MODIFIED),
        ((2099, 1, 1), {}, MODIFIED),
        ((2024, 0, 0), {}, MODIFIED),
    ],
)
def test_the_day_is_that_of_the_export_and_else_that_of_the_last_change(
    packed_on: tuple[int, int, int], told: dict[str, Any], expected: dt.date, lake: FolderLake, tmp_path: Path
) -> None:
    members = {"Playlist1.json": {"playlists": [playlist("Kitchen", listed(1))]}}
    [outcome] = land(lake, write_zip(tmp_path / "a.zip", members, packed_on), Door(**told), LIMITS)
    assert outcome.file, outcome.reason
    assert rows_of(lake, "snapshot_date") == [(expected,)]
    assert outcome.file.period_start == expected.isoformat()


def test_of_an_export_plays_and_playlists_land_and_nothing_else(lake: FolderLake, tmp_path: Path) -> None:
    plays = [account("2024-05-01 08:00", "Song 1")]
    files = {f"Playlist{n}": {"playlists": [playlist(f"List {n}", listed(n))]} for n in (1, 2)}
    members = export("Spotify Account Data", StreamingHistory_music_0=plays, **files)
    outcomes = land(lake, write_zip(tmp_path / "data.zip", members), Door(listener="anna"), LIMITS)
    assert {Path(o.name).name: o.status for o in outcomes} == {
        **dict.fromkeys(("Playlist1.json", "Playlist2.json", "StreamingHistory_music_0.json"), "landed"),
        **dict.fromkeys(("ReadMeFirst_ExtendedStreamingHistory.pdf", "Userdata.json"), "ignored"),
    }
    assert sorted(rows_of(lake, "playlist_id")) == [("name:List 1/anna",), ("name:List 2/anna",)]
    assert {file.listener for file in read_manifest(lake)} == {"anna"}
    raw = str(query(lake, f"SELECT * FROM read_parquet('{lake.root}/rawdata/**/*.parquet', union_by_name = true)"))
    assert track_uri(1) in raw
    assert "canary" not in raw
    held = [path.read_bytes() for path in lake.root.rglob("*") if path.is_file()]
    assert not [data for data in held if CANARIES["username"].encode() in data]


@pytest.mark.parametrize("playlists", [[], [playlist("Nothing"), playlist("Nothing either")]])
def test_an_export_without_any_place_is_passed_over(playlists: list[Any], landing: Land) -> None:
    assert landing(*playlists).status == "ignored"


@pytest.mark.parametrize("modified", [None, "yesterday", "2999-01-01"])
def test_a_playlist_of_no_day_is_rejected_place_by_place(modified: Any, lake: FolderLake, landing: Land) -> None:
    outcome = landing(playlist("Road", listed(1), listed(2), modified=modified), playlist("Kitchen", listed(3)))
    assert outcome.file
    assert (outcome.file.rows_read, outcome.file.rows, outcome.file.rejected) == (3, 1, 2)
    [reason] = outcome.file.reasons
    assert reason.startswith("lastModifiedDate: expected ")
    assert rows_of(lake, "playlist_id") == [("name:Kitchen/anna",)]


def test_places_that_are_no_list_are_refused_and_not_quoted(landing: Land) -> None:
    broken = {**playlist("Road"), "items": {"0": "canary of an item"}}
    outcome = landing(playlist("Kitchen", listed(1)), broken)
    assert outcome.status == "refused"
    assert "canary" not in outcome.reason


def test_the_same_playlists_of_two_people_are_refused_as_plays_are(landing: Land) -> None:
    assert landing(playlist("Kitchen", listed(1))).status == "landed"
    refused = landing(playlist("Kitchen", listed(1)), listener="ben")
    assert refused.status == "refused"
    assert "forget --listener anna" in refused.reason
