"""What is asked for: what charts name, most played first; and no more than is missing."""

import shutil
from pathlib import Path

import pytest

from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing.land import API, Door, land
from spotify_platform.lookups import subjects, wanted
from spotify_platform.lookups.subjects import Answer, Subject, write
from spotify_platform_tests.conftest import LIMITS, SmallWorld
from spotify_platform_tests.lookups.desks import track

CHARTS, ARTISTS = ("cleandata", "charts"), ("cleandata", "track_artists")


@pytest.fixture(scope="module")
def built(small_world: SmallWorld, tmp_path_factory: pytest.TempPathFactory) -> FolderLake:
    """The lake of the small world, in which answers of its three most played tracks have landed."""
    folder = tmp_path_factory.mktemp("wanted")
    shutil.copytree(small_world.environment.lake_root, folder / "lake")
    lake = FolderLake(folder / "lake")
    best = wanted.tracks(lake)[:3]
    answers = {
        id: track("7", artists=[{"id": f"A{n}", "name": "A"}, {"id": "Z", "name": "Z"}]) for n, id in enumerate(best)
    }
    answer(lake, folder, subjects.TRACKS, answers)
    answer(lake, folder, subjects.ARTISTS, {"A1": {"name": "A", "genres": ["pop"]}, "Z": {"name": "Z", "genres": []}})
    return lake


def answer(lake: FolderLake, folder: Path, subject: Subject, answers: dict[str, object]) -> None:
    path = folder / f"{subject}.parquet"
    write(subject, [Answer(id, "2024-05-01", body) for id, body in answers.items()], path)
    [outcome] = land(lake, path, Door(API), LIMITS)
    assert outcome.status == "landed", outcome.reason


def test_the_most_played_tracks_come_first_and_those_without_plays_last(built: FolderLake) -> None:
    rows = query(built, "SELECT track_id, streams FROM cleandata.charts", CHARTS)
    plays: dict[str, tuple[int, int]] = {}
    for id, streams in rows:
        sum_, mentions = plays.get(id, (-1, 0))
        plays[id] = (sum_ if streams is None else max(sum_, 0) + streams, mentions + 1)
    expected = sorted(plays, key=lambda id: (-plays[id][0], -plays[id][1], id))
    assert wanted.tracks(built) == expected


def test_features_of_files_are_not_asked_for_and_those_of_apis_are_again(built: FolderLake, tmp_path: Path) -> None:
    before = wanted.tracks_without_features(built)
    known = query(built, "SELECT track_id FROM cleandata.tracks WHERE energy IS NOT NULL", ("cleandata", "tracks"))
    assert before == [id for id in wanted.tracks(built) if (id,) not in known] != []
    features = dict.fromkeys(("energy", "tempo"), 0.5)
    answer(built, tmp_path, subjects.RECCOBEATS, {before[0]: {**features, "tempo": 90.0}})
    assert wanted.tracks_without_features(built) == before, "it is the answer's age that decides"


def test_artists_and_albums_are_those_of_the_answers(built: FolderLake) -> None:
    assert wanted.artists(built) == ["Z", "A0", "A1", "A2"], "who is on three tracks is played most"
    assert wanted.albums(built) == ["B000000000000000000007"]


def test_genres_are_asked_for_where_spotify_has_named_none_or_was_not_asked(built: FolderLake, tmp_path: Path) -> None:
    assert wanted.artists_without_genres(built) == ["Z", "A0", "A2"], "of A1 it names one, of Z none"
    lake = FolderLake(tmp_path / "lake")
    shutil.copytree(built.root, lake.root)
    told = [{"name": "rock", "weight": 100}]
    answer(lake, tmp_path, subjects.GENRES, {"Z": {"genres": told}, "A1": {"genres": told}})
    assert wanted.artists_without_genres(lake) == ["Z", "A0", "A2"], "it is the answer's age that decides"


def test_tags_are_not_asked_for_where_a_source_that_knows_ids_names_a_genre(built: FolderLake, tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    shutil.copytree(built.root, lake.root)
    [(id, name)] = query(
        lake, "SELECT artist_id, artist_name FROM cleandata.track_artists ORDER BY ALL LIMIT 1", ARTISTS
    )
    assert name in wanted.artist_names(lake)
    answer(lake, tmp_path, subjects.GENRES, {id: {"genres": [{"name": "rock", "weight": 100}]}})
    assert name not in wanted.artist_names(lake)


def test_tags_are_asked_for_where_spotify_names_no_genre(built: FolderLake) -> None:
    names = wanted.artist_names(built)
    assert set(names) == {name for (name,) in query(built, "SELECT artist_name FROM cleandata.track_artists", ARTISTS)}
    assert len(names) == len(set(names))


def test_what_a_listener_hears_most_is_asked_for_too(built: FolderLake, monkeypatch: pytest.MonkeyPatch) -> None:
    tops = ("cleandata", "listener_tops")
    heard = query(built, "SELECT DISTINCT track_id FROM cleandata.listener_tops WHERE item_type = 'track'", tops)
    assert {(id,) for id in wanted.tracks(built)} >= set(heard)
    monkeypatch.setattr(wanted, "TRACKS", {tops: wanted.TRACKS[tops]})
    assert {(id,) for id in wanted.tracks(built)} == set(heard) != set()


def test_a_world_that_was_never_built_wants_nothing(lake: FolderLake) -> None:
    assert wanted.tracks(lake) == wanted.artists(lake) == wanted.artist_names(lake) == []
    assert wanted.artists_without_genres(lake) == []


def test_a_source_of_ids_more_is_one_line(built: FolderLake, monkeypatch: pytest.MonkeyPatch) -> None:
    of_playlists = "SELECT track_id, NULL AS plays, COUNT(*) AS mentions FROM {table} GROUP BY track_id"
    before = wanted.tracks(built)
    monkeypatch.setattr(wanted, "TRACKS", {**wanted.TRACKS, ("cleandata", "playlist_tracks"): of_playlists})
    assert set(wanted.tracks(built)) >= set(before)
    monkeypatch.setattr(wanted, "TRACKS", {("cleandata", "playlist_tracks"): of_playlists})
    listed = query(built, "SELECT DISTINCT track_id FROM cleandata.playlist_tracks", ("cleandata", "playlist_tracks"))
    assert {(id,) for id in wanted.tracks(built)} == set(listed) != set()
