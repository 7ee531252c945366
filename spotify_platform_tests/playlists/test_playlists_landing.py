"""Playlists as JSON: both generations of answers, and everything that can stand at a place."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.doctor import diagnose
from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing.land import Door, Outcome, land
from spotify_platform_tests.conftest import LIMITS

PLAYLIST = "37i9dQZF1DX4TiN7pMwV0Z"
DAY = dt.date(2026, 3, 1)
OWNER = "canary-of-an-owner"
ROWS = ("candidates", "playlist_rows")

Land = Callable[..., Outcome]


@pytest.fixture
def landing(lake: FolderLake, tmp_path: Path) -> Land:
    """Land a document under a name."""

    def landed(document: Any, name: str = "a.json", **door: Any) -> Outcome:
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        [outcome] = land(lake, path, Door(**door), LIMITS)
        return outcome

    return landed


def track(number: int, **more: Any) -> dict[str, Any]:
    id = f"{number:022d}"
    artists = [{"name": "Ana Sol", "id": f"{1:022d}"}, {"name": "Bo", "id": f"{2:022d}"}]
    about = {"type": "track", "id": id, "uri": f"spotify:track:{id}", "name": f"Song {number}", "artists": artists}
    return {**about, "popularity": number, "duration_ms": 180_000, **more}


def entry(item: Any, name: str = "item", **more: Any) -> dict[str, Any]:
    added_by = {"id": OWNER, "uri": f"spotify:user:{OWNER}"}
    return {"added_at": "2026-02-01T07:42:27Z", "added_by": added_by, "is_local": False, name: item, **more}


EPISODE = {"type": "episode", "id": "0" * 22, "uri": f"spotify:episode:{'0' * 22}", "name": "Talk", "duration_ms": 9}
LOCAL = {
    "type": "track",
    "id": None,
    "uri": "spotify:local:Ana:Album:Mine:180",
    "name": "Mine",
    "artists": [{"name": ""}],
}


def playlist(*items: Any, name: str = "items", **more: Any) -> dict[str, Any]:
    contents = {"items": list(items), "total": len(items)}
    about = {"id": PLAYLIST, "name": "Kitchen", "snapshot_id": "v1", "owner": {"id": OWNER, "display_name": OWNER}}
    return {**about, name: contents, **more}


def rows_of(lake: FolderLake, columns: str) -> list[tuple[Any, ...]]:
    return query(lake, f"SELECT {columns} FROM candidates.playlist_rows ORDER BY ALL", ROWS)


@pytest.mark.parametrize("generation", [("items", "item"), ("tracks", "track")])
def test_both_generations_of_answers_give_the_same_rows(
    lake: FolderLake, landing: Land, generation: tuple[str, str]
) -> None:
    contents, item = generation
    items = [track(1), EPISODE, LOCAL, None, track(2, popularity=None, artists=[])]
    entries = [entry(found, item, is_local=found is LOCAL) for found in items]
    outcome = landing(playlist(*entries, None, name=contents), f"playlist-{DAY}.json")
    assert outcome.file, outcome.reason
    found = outcome.file
    assert (found.format, found.rows_read, found.rows, found.identity) == (
        "playlist",
        6,
        6,
        f"playlist/{PLAYLIST}/{DAY}",
    )
    assert rows_of(lake, "position, item_type, track_id, title, artist_credit, popularity") == [
        (1, "track", f"{1:022d}", "Song 1", "Ana Sol, Bo", 1),
        (2, "episode", None, "Talk", None, None),
        (3, "local", None, "Mine", None, None),
        (4, "removed", None, None, None, None),
        (5, "track", f"{2:022d}", "Song 2", None, None),
        (6, "removed", None, None, None, None),
    ]
    about = "DISTINCT playlist_id, playlist_name, playlist_version, snapshot_date"
    assert rows_of(lake, about) == [(PLAYLIST, "Kitchen", "v1", DAY)]
    assert rows_of(lake, "DISTINCT added_at") == [(dt.datetime(2026, 2, 1, 7, 42, 27),), (None,)]


def test_nothing_is_kept_of_who_owns_a_playlist_and_who_added_what(lake: FolderLake, landing: Land) -> None:
    assert landing([entry(track(1))], f"mine-{DAY}.json").file
    assert landing(playlist(entry(track(1))), date=DAY).file
    held = [path for path in lake.root.rglob("*") if path.is_file()]
    assert len(held) > 4
    assert not [path for path in held if OWNER.encode() in path.read_bytes()]
    raw = query(lake, f"SELECT * FROM read_parquet('{lake.root}/rawdata/files/*/*.parquet', union_by_name = true)")
    assert len(raw) == 2
    assert OWNER not in str(raw)


def test_a_page_tells_its_playlist_and_where_it_begins(lake: FolderLake, landing: Land) -> None:
    href = f"https://api.spotify.com/v1/playlists/{PLAYLIST}/items?offset=50&limit=50"
    page = {"href": href, "offset": 50, "limit": 50, "total": 52, "items": [entry(track(1)), entry(track(2))]}
    outcome = landing(page, date=DAY)
    assert outcome.file, outcome.reason
    assert outcome.file.format == "playlist_page"
    assert rows_of(lake, "playlist_id, position") == [(PLAYLIST, 51), (PLAYLIST, 52)]
    first = landing({**page, "offset": 0, "href": href.replace("=50&", "=0&")}, "b.json", date=DAY)
    assert (first.status, landing({**page, "limit": 20}, "c.json", date=DAY, replace=True).status) == (
        "landed",
        "superseding",
    )


def test_a_playlist_of_which_only_the_first_page_is_there_says_so(lake: FolderLake, landing: Land) -> None:
    whole = playlist(entry(track(1)), entry(track(2)))
    first = {**whole, "items": {**whole["items"], "total": 3}}
    outcome = landing(first, date=DAY)
    assert outcome.file, outcome.reason
    assert outcome.file.repairs == ("it holds 2 of 3 rows; land the pages that follow it too",)
    href = f"https://api.spotify.com/v1/playlists/{PLAYLIST}/items?offset=2"
    assert landing({"href": href, "offset": 2, "items": [entry(track(3))]}, "b.json", date=DAY).file
    assert rows_of(lake, "position, title") == [(1, "Song 1"), (2, "Song 2"), (3, "Song 3")]


def test_a_bare_list_is_the_playlist_that_its_file_is_called(lake: FolderLake, landing: Land) -> None:
    outcome = landing([entry(track(1), "track")], f"My songs-{DAY}.json")
    assert outcome.file, outcome.reason
    assert outcome.file.repairs == ("not kept: added_by",)
    assert rows_of(lake, "playlist_id, snapshot_date, track_id") == [("name:My songs", DAY, f"{1:022d}")]


def test_a_file_that_tells_no_day_is_asked_for_it(landing: Land) -> None:
    refused = landing(playlist(entry(track(1))))
    assert refused.status == "refused"
    assert "which day is this playlist of Spotify's Web API of?" in refused.reason
    assert "--date" in refused.reason
    assert landing(playlist(entry(track(1))), date=DAY).status == "landed"


def test_the_day_in_the_document_is_its_day(landing: Land) -> None:
    outcome = landing({"snapshot_date": "2026-02-28", "playlist": playlist(entry(track(1)))}, f"a-{DAY}.json")
    assert outcome.file, outcome.reason
    assert outcome.file.period_start == "2026-02-28"


def test_doctor_says_when_the_playlist_of_each_country_was_seen(environment: Environment, landing: Land) -> None:
    def found(told: str) -> tuple[str, str]:
        settings = Environment.load(home=environment.home, world="data", top_playlists=told)
        [finding] = [finding for finding in diagnose(settings) if finding.what == "top playlists"]
        return finding.state, finding.found

    assert found("") == ("missing", "none")
    for day in (DAY, DAY - dt.timedelta(days=1)):
        assert landing(playlist(entry(track(1))), f"{day}.json", date=day).file
    assert found(f"DE={PLAYLIST}") == ("ok", f"DE seen on {DAY}")
    assert found(f"DE={PLAYLIST} US={'0' * 22}") == ("missing", f"DE seen on {DAY}, US never seen")


def test_a_value_that_cannot_be_is_a_rejected_row_and_counted(landing: Land) -> None:
    outcome = landing(playlist(entry(track(1)), entry(track(101))), date=DAY)
    assert outcome.file
    assert (outcome.file.rows_read, outcome.file.rows, outcome.file.rejected) == (2, 1, 1)
    assert outcome.file.reasons == {"popularity: expected a whole number from 0 to 100": 1}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("get-playlist.json", {"track": 2}),
        ("get-playlists-tracks.json", {"track": 1, "episode": 1}),
        ("get-playlists-tracks-union.json", {"track": 1, "episode": 1}),
        ("playlists_2023/playlist_items_Billie_Eilish.json", {"track": 60}),
        ("playlists_2023/playlist_items_Drake.json", {"track": 100}),
        ("playlists_2023/playlist_items_Dua_Lipa.json", {"track": 48}),
        ("playlists_2023/playlist_items_Ed_Sheeran.json", {"track": 80}),
    ],
)
def test_of_a_real_answer_nothing_is_lost(
    lake: FolderLake, realdata: Path, name: str, expected: dict[str, int]
) -> None:
    path = realdata / "spotify_api" / name
    [outcome] = land(lake, path, Door(date=DAY), LIMITS)
    assert outcome.file, outcome.reason
    assert (outcome.file.rows_read, outcome.file.rejected) == (sum(expected.values()), 0)
    document = json.loads(path.read_text(encoding="utf-8"))
    entries = document if isinstance(document, list) else document.get("items") or document["tracks"]["items"]
    items = [found["track"] for found in entries]
    wanted = [
        (
            place,
            item["type"],
            item["id"] if item["type"] == "track" else None,
            item["name"].strip(),
            ", ".join(artist["name"] for artist in item.get("artists", [])) or None,
            item.get("popularity"),
            item["duration_ms"],
        )
        for place, item in enumerate(items, start=1)
    ]
    columns = "position, item_type, track_id, title, artist_credit, popularity, duration_ms"
    assert rows_of(lake, columns) == wanted
    assert Counter(row[1] for row in wanted) == expected


ITEMS = st.one_of(
    st.none(),
    st.just(EPISODE),
    st.just(LOCAL),
    st.integers(1, 99).map(track),
    st.dictionaries(st.sampled_from(["name", "uri", "artists", "type", "popularity"]), st.none() | st.text(max_size=4)),
)


@settings(max_examples=15, deadline=None)
@given(items=st.lists(ITEMS, min_size=1, max_size=6))
def test_every_entry_is_a_row_or_a_reject(tmp_path_factory: pytest.TempPathFactory, items: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("playlist")
    path = folder / "playlist.json"
    path.write_text(json.dumps(playlist(*map(entry, items))), encoding="utf-8")
    lake = FolderLake(folder / "lake")
    [outcome] = land(lake, path, Door(date=DAY), LIMITS)
    assert outcome.file, outcome.reason
    assert outcome.file.rows + outcome.file.rejected == outcome.file.rows_read == len(items)
    kinds = {"episode": EPISODE, "local": LOCAL, "removed": None}
    for kind, item in kinds.items():
        places = [place for place, found in enumerate(items, start=1) if found == item]
        found = query(lake, f"SELECT position FROM candidates.playlist_rows WHERE item_type = '{kind}'", ROWS)
        assert set(places) <= {place for (place,) in found}
