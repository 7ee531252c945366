"""Answers become rows with nothing lost: real ones of Spotify, and such as have fields missing."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing.formats.api_answers import SEPARATOR
from spotify_platform.landing.land import API, Door, land
from spotify_platform.lookups import subjects
from spotify_platform.lookups.journal import Journal
from spotify_platform.lookups.subjects import Answer, Subject, write
from spotify_platform_tests.conftest import LIMITS
from spotify_platform_tests.landing.writing import PROPERTY
from spotify_platform_tests.lookups.desks import track, track_id

DAY = "2024-05-01"
ARTIST = "3TVXtAsR1Inumwj472S9r4"


def landed(lake: FolderLake, folder: Path, subject: Subject, answers: dict[str, Any]) -> Path:
    """The file of these answers, which has landed without a rejected row."""
    path = folder / f"{subject}.parquet"
    write(subject, [Answer(id, DAY, body) for id, body in answers.items()], path)
    [outcome] = land(lake, path, Door(API), LIMITS)
    assert outcome.file, outcome.reason
    assert (outcome.file.format, outcome.file.rows, outcome.file.rejected) == (subject.format.name, len(answers), 0)
    assert (outcome.file.door, outcome.file.reasons) == ("api", {})
    return path


def candidates(lake: FolderLake, sql: str, *names: str) -> list[tuple[Any, ...]]:
    return query(lake, sql, *(("candidates", name) for name in names))


def tracks_of(realdata: Path) -> dict[str, Any]:
    files = (realdata / "spotify_api" / "playlists_2023").glob("playlist_items_*.json")
    items = [item for file in sorted(files) for item in json.loads(file.read_text(encoding="utf-8"))]
    return {item["track"]["id"]: item["track"] for item in items if item["track"] and item["track"]["id"]}


def features_of(realdata: Path) -> dict[str, Any]:
    files = (realdata / "spotify_api" / "playlists_2023").glob("audio_features_*.json")
    found = [entry for file in sorted(files) for entry in json.loads(file.read_text(encoding="utf-8"))]
    return {entry["id"]: entry for entry in found if entry}


def test_real_tracks_lose_nothing(lake: FolderLake, realdata: Path, tmp_path: Path) -> None:
    answers = tracks_of(realdata)
    assert len(answers) > 200
    file = landed(lake, tmp_path, subjects.TRACKS, answers)
    names = "title, artist_credit, isrc, album_id, album_name, album_type, duration_ms, explicit, popularity"
    rows = candidates(
        lake,
        f"SELECT track_id, {names}, CAST(release_date AS VARCHAR), release_date_precision FROM candidates.track_rows",
        "track_rows",
    )
    assert len(rows) == len(answers)
    for id, title, credit, isrc, *album, duration, explicit, popularity, released, precision in rows:
        answer = answers[id]
        assert title.split() == answer["name"].split()
        assert credit.split() == ", ".join(artist["name"] for artist in answer["artists"]).split()
        assert isrc == answer["external_ids"].get("isrc", "").upper().replace("-", "") or None
        assert album[0::2] == [answer["album"]["id"], answer["album"]["album_type"]]
        assert (duration, explicit, popularity) == (answer["duration_ms"], answer["explicit"], answer["popularity"])
        assert precision == answer["album"]["release_date_precision"]
        assert released.startswith(answer["album"]["release_date"])
    sql = "SELECT track_id, artist_id FROM candidates.track_rows JOIN candidates.track_row_artists USING (file_id, record) ORDER BY record, position"
    listed: dict[str, list[str]] = {}
    for id, artist in candidates(lake, sql, "track_rows", "track_row_artists"):
        listed.setdefault(id, []).append(artist)
    assert listed == {id: [artist["id"] for artist in answer["artists"]] for id, answer in answers.items()}
    assert raw_answers(file) == list(answers.values()), "all of an answer stays in the file"


def test_real_audio_features_lose_nothing(lake: FolderLake, realdata: Path, tmp_path: Path) -> None:
    answers = features_of(realdata)
    assert len(answers) > 200
    file = landed(lake, tmp_path, subjects.SPOTIFY_FEATURES, answers)
    names = ("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness")
    more = ("liveness", "valence", "tempo", "time_signature")
    rows = candidates(lake, f"SELECT track_id, {', '.join((*names, *more))} FROM candidates.track_rows", "track_rows")
    undetected = {("tempo", 0), ("time_signature", 0), ("key", -1)}
    assert {id: values for id, *values in rows} == {
        id: [None if (name, answer[name]) in undetected else answer[name] for name in (*names, *more)]
        for id, answer in answers.items()
    }
    assert raw_answers(file) == list(answers.values())


def raw_answers(file: Path) -> list[Any]:
    import pyarrow.parquet as pq

    return [json.loads(text) for text in pq.read_table(file, columns=["answer"]).column(0).to_pylist()]


MANGLED: dict[str, Any] = {
    "empty": {},
    "nulls": dict.fromkeys(track(track_id(1))),
    "texts": dict.fromkeys(track(track_id(1)), "?"),
    "lists": {name: [] for name in track(track_id(1))},
    "numbers": dict.fromkeys(track(track_id(1)), 1.5),
    "names": {"artists": [{"name": "A␟B", "id": None}, {"id": ARTIST}, None, {"name": "C", "id": ARTIST}]},
    "album": {"album": {"release_date": "0000", "release_date_precision": "year"}},
    "odd": {
        "name": "half \ud800",
        "duration_ms": 0,
        "popularity": 101,
        "external_ids": {"isrc": "unknown"},
        "album": {"release_date": "2019-02-30", "release_date_precision": "day"},
    },
}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=4), children, max_size=3),
    max_leaves=6,
)
KEYS = ("id", "name", "artists", "album", "external_ids", "isrc", "duration_ms", "explicit", "popularity", "genres")
MORE_KEYS = ("followers", "total", "release_date", "release_date_precision", "tags", "weight", "energy", "label")
OBJECTS = st.dictionaries(st.sampled_from((*KEYS, *MORE_KEYS)), JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
SUBJECTS = (
    *(subjects.TRACKS, subjects.ALBUMS, subjects.ARTISTS, subjects.RECCOBEATS),
    *(subjects.GENRES, subjects.TAGS),
)


@settings(PROPERTY, max_examples=25)
@given(answer=OBJECTS | st.builds(lambda body: {"artists": [body, body], "tags": [body], "genres": [body]}, OBJECTS))
def test_any_answer_can_be_journaled_and_written(answer: Any, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.remove()
    journal.append([Answer(track_id(1), DAY, answer)])
    read = journal.read()
    assert len(read) == 1
    for subject in SUBJECTS:
        write(subject, read, tmp_path / "answers.parquet")
    row = subjects.track_row("x", answer)
    assert (row["artist_names"] or "").count(SEPARATOR) == (row["artist_ids"] or "").count(SEPARATOR)


@pytest.mark.parametrize("answer", MANGLED.values(), ids=MANGLED)
def test_what_an_answer_lacks_is_missing_and_rejects_nothing(answer: Any, lake: FolderLake, tmp_path: Path) -> None:
    landed(lake, tmp_path, subjects.TRACKS, {track_id(1): answer})
    [found] = candidates(
        lake, "SELECT track_id, popularity, explicit, release_date FROM candidates.track_rows", "track_rows"
    )
    assert found == (track_id(1), None, None, None)


def test_artists_keep_their_ids_and_their_places_where_names_are_missing(lake: FolderLake, tmp_path: Path) -> None:
    landed(lake, tmp_path, subjects.TRACKS, {track_id(1): MANGLED["names"]})
    sql = "SELECT position, artist_name, artist_id FROM candidates.track_row_artists ORDER BY 1"
    assert candidates(lake, sql, "track_row_artists") == [(1, "A B", None), (2, "C", ARTIST)]


def test_a_track_has_the_id_that_was_asked_for(lake: FolderLake, tmp_path: Path) -> None:
    landed(lake, tmp_path, subjects.TRACKS, {track_id(1): track(track_id(2))})
    assert candidates(lake, "SELECT track_id, title FROM candidates.track_rows", "track_rows") == [
        (track_id(1), "Song 2")
    ]


def test_an_artist_brings_genres_and_followers_and_no_popularity_that_is_not_told(
    lake: FolderLake, tmp_path: Path
) -> None:
    told = {"name": "SZA", "genres": ["r&b", "pop, sort of"], "followers": {"href": None, "total": 9}}
    landed(lake, tmp_path, subjects.ARTISTS, {ARTIST: told, "x": {"name": "Y", "followers": None, "popularity": 0}})
    columns = "artist_id, artist_name, followers, popularity"
    rows = candidates(lake, f"SELECT {columns} FROM candidates.artist_rows ORDER BY record", "artist_rows")
    assert rows == [(ARTIST, "SZA", 9, None), ("x", "Y", None, 0)]
    genres = candidates(
        lake,
        "SELECT record, position, genre, weight FROM candidates.artist_row_genres ORDER BY ALL",
        "artist_row_genres",
    )
    assert genres == [(1, 1, "r&b", None), (1, 2, "pop, sort of", None)]


def test_tags_keep_their_weights(lake: FolderLake, tmp_path: Path) -> None:
    tags = [{"name": "hip-hop", "weight": 100}, {"name": "usa", "weight": None}, {"name": "rap", "weight": 0}]
    landed(lake, tmp_path, subjects.TAGS, {"SZA": {"tags": tags}, "Nobody": {"tags": []}})
    rows = candidates(
        lake, "SELECT genre, weight FROM candidates.artist_row_genres ORDER BY position", "artist_row_genres"
    )
    assert rows == [("hip-hop", 100), ("usa", None), ("rap", 0)]


def test_genres_are_an_ids_and_bring_no_name(lake: FolderLake, tmp_path: Path) -> None:
    """MusicBrainz spells some names otherwise, and whose a name is stays Spotify's to tell."""
    genres = [{"name": "trip hop", "weight": 100}, {"name": "downtempo", "weight": 46}]
    landed(lake, tmp_path, subjects.GENRES, {ARTIST: {"mbid": "x", "genres": genres}, "y": {"mbid": "z", "genres": []}})
    columns = "artist_id, artist_name, followers, popularity, CAST(as_of AS VARCHAR)"
    assert candidates(lake, f"SELECT {columns} FROM candidates.artist_rows ORDER BY record", "artist_rows") == [
        (ARTIST, None, None, None, DAY),
        ("y", None, None, None, DAY),
    ]
    rows = candidates(
        lake, "SELECT record, genre, weight FROM candidates.artist_row_genres ORDER BY position", "artist_row_genres"
    )
    assert rows == [(1, "trip hop", 100), (1, "downtempo", 46)]


def test_an_album_brings_its_first_artist_its_label_and_its_code(lake: FolderLake, tmp_path: Path) -> None:
    album = {
        **track(track_id(1))["album"],
        "artists": [{"id": ARTIST, "name": "SZA"}, {"id": "x", "name": "Y"}],
        "total_tracks": 23,
        "label": "Top Dawg",
        "external_ids": {"upc": "0196589564955"},
    }
    landed(lake, tmp_path, subjects.ALBUMS, {"B1": album})
    columns = "album_id, artist_id, artist_name, total_tracks, label, upc, popularity, release_date_precision"
    rows = candidates(lake, f"SELECT {columns} FROM candidates.album_rows", "album_rows")
    assert rows == [("B1", ARTIST, "SZA", 23, "Top Dawg", "0196589564955", None, "month")]


def test_the_same_answers_are_the_same_file(lake: FolderLake, tmp_path: Path) -> None:
    answers = [Answer(track_id(n), DAY, track(track_id(n))) for n in range(3)]
    for name in ("one", "two"):
        write(subjects.TRACKS, answers, tmp_path / f"{name}.parquet")
    statuses = [land(lake, tmp_path / f"{name}.parquet", Door(API), LIMITS)[0].status for name in ("one", "two")]
    assert statuses == ["landed", "already landed"]
