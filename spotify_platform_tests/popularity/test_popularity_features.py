"""What the model may know: nothing that came after the release, nothing of the track's own popularity."""

import numpy as np
import pandas as pd
import pytest

from spotify_platform.popularity.boosting import feature_matrix
from spotify_platform.popularity.features import (
    AUDIO,
    HISTORY,
    KEYS,
    PRIOR_TRACKS,
    RAW_COLUMNS,
    STRICT,
    artist_history,
    title_key,
    track_features,
)
from spotify_platform_tests.popularity.conftest import catalogue, learnable

FORBIDDEN = ("popularity", "playlist", "stream", "rank", "follower", "listener", "chart", "album", "artist", "as_of")


def test_strict_features_hold_nothing_that_a_release_does_not_bring() -> None:
    assert not [name for name in STRICT if any(word in name for word in FORBIDDEN)]
    assert len(set(STRICT)) == len(STRICT)
    assert set(AUDIO) <= set(STRICT)


def test_strict_features_are_blind_to_popularity_artist_and_the_other_rows() -> None:
    frame = catalogue()
    other = frame.assign(
        popularity=frame["popularity"].to_numpy()[::-1],
        popularity_as_of=pd.Timestamp("2024-01-01"),
        artist_id="x",
        artist_name="Somebody",
        playlist_count=range(len(frame)),
    )
    strict = track_features(frame)[list(STRICT)]
    pd.testing.assert_frame_equal(strict, track_features(other)[list(STRICT)])
    alone = track_features(frame.head(1))[list(STRICT)].astype({"genre": object, "subgenre": object})
    pd.testing.assert_frame_equal(alone, strict.head(1).astype({"genre": object, "subgenre": object}))


def test_the_matrix_of_the_strict_model_is_the_strict_features() -> None:
    tracks = learnable(catalogue()).tracks
    assert tuple(feature_matrix(tracks, None)) == STRICT
    assert tuple(feature_matrix(tracks, tracks)) == (*STRICT, *HISTORY)


def test_artist_history_never_sees_the_popularity_of_the_rows_it_describes() -> None:
    tracks = learnable(catalogue()).tracks
    test, train = tracks.iloc[::4], tracks.drop(tracks.index[::4])
    seen = artist_history(test, train)
    pd.testing.assert_frame_equal(seen, artist_history(test.assign(popularity=0.0), train))
    pd.testing.assert_frame_equal(seen, artist_history(test.drop(columns="popularity"), train))


def test_the_history_of_a_training_track_leaves_out_its_own_song() -> None:
    tracks = learnable(catalogue()).tracks
    before = artist_history(tracks, tracks)
    row = int(tracks.index[tracks.duplicated(["artist_key", "title_key"])][0])
    song = tracks["song_group"] == tracks.loc[row, "song_group"]
    assert song.sum() > 1
    changed = tracks.assign(popularity=tracks["popularity"].where(~song, tracks["popularity"].mean()))
    # The mean of all is part of every history, so only what counts the artist's tracks can be compared.
    own = [name for name in HISTORY if name not in ("artist_mean", "artist_near", "artist_recent")]
    pd.testing.assert_frame_equal(before.loc[song, own], artist_history(changed, changed).loc[song, own])
    assert not before[own].equals(artist_history(changed, changed)[own]), "the other songs of the artist do see it"


def test_tracks_of_the_same_day_are_one_release_and_tell_nothing_of_each_other() -> None:
    tracks = learnable(
        catalogue(artists=1).assign(release_date=pd.Timestamp("2015-05-05"), release_date_precision="day")
    ).tracks
    assert (artist_history(tracks, tracks)["artist_tracks"] == 0).all()


def test_artist_history_counts_what_it_says() -> None:
    known = pd.DataFrame(
        {
            "artist_key": ["a", "a", "a", "b"],
            "title_key": ["one", "two", "three", "four"],
            "release_day": [0.0, 100.0, 900.0, 0.0],
            "release_day_latest": [0.0, 100.0, 900.0, 0.0],
            "popularity": [10.0, 30.0, 80.0, 40.0],
        }
    )
    asked = pd.DataFrame([["a", "new", 400.0, 400.0], ["nobody", "new", 400.0, 400.0]], columns=list(KEYS))
    known_artist, stranger = (artist_history(asked, known).iloc[row] for row in (0, 1))
    assert known_artist["artist_tracks"] == 3
    assert known_artist["artist_mean"] == pytest.approx((120 + PRIOR_TRACKS * 40) / (3 + PRIOR_TRACKS))
    assert (known_artist["artist_best"], known_artist["artist_worst"]) == (80, 10)
    assert known_artist["artist_spread"] == pytest.approx(np.std([10, 30, 80], ddof=1))
    assert known_artist["artist_latest"] == 30, "a later release is no history"
    assert known_artist["artist_gap_days"] == 300
    assert stranger["artist_tracks"] == 0
    assert stranger["artist_mean"] == stranger["artist_near"] == stranger["artist_recent"] == 40
    assert stranger[["artist_best", "artist_worst", "artist_spread", "artist_latest", "artist_gap_days"]].isna().all()


def test_artist_history_in_small_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tracks = learnable(catalogue()).tracks
    whole = artist_history(tracks, tracks)
    monkeypatch.setattr("spotify_platform.popularity.features.PAIRS_AT_ONCE", 50)
    pd.testing.assert_frame_equal(whole, artist_history(tracks, tracks))


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Halo", "halo"),
        ("HALO - Remastered 2011", "halo"),
        ("Halo (feat. Somebody)", "halo"),
        ("Halo [Club Remix]", "halo"),
        ("Halo (Live at the Arena) - Radio Edit", "halo"),
        ("Halo ft. Somebody", "halo"),
        ("Hálo!", "halo"),
        ("Halo (Part 2)", "halopart2"),
        ("Live", "live"),
        ("(Remix)", "remix"),
        ("夜に駆ける", "夜に駆ける"),
        ("???", "???"),
        ("  ", None),
        (None, None),
    ],
)
def test_a_title_key_names_the_song_and_not_the_edition(title: str | None, key: str | None) -> None:
    assert title_key(pd.Series([title], dtype=object)).iloc[0] == key


def test_a_date_is_read_only_as_far_as_its_precision_goes() -> None:
    day = pd.Timestamp("2015-05-20")
    frame = catalogue(4).assign(release_date=day, release_date_precision=["day", "month", "year", None])
    features = track_features(frame)
    first = pd.Timestamp(0) + pd.to_timedelta(features["release_day"], unit="D")
    last = pd.Timestamp(0) + pd.to_timedelta(features["release_day_latest"], unit="D")
    assert [d.date().isoformat() for d in first] == ["2015-05-20", "2015-05-01", "2015-01-01", "2015-01-01"]
    assert [d.date().isoformat() for d in last] == ["2015-05-20", "2015-05-31", "2015-12-31", "2015-12-31"]
    assert features["release_month"].isna().tolist() == [False, False, True, True]
    assert features["release_weekday"].isna().tolist() == [False, True, True, True]


def test_rows_of_nulls_and_no_rows_have_features_too() -> None:
    nothing = pd.DataFrame({name: [None, None] for name in RAW_COLUMNS})
    features = track_features(nothing)
    assert features[[name for name in STRICT if name != "release_precision"]].isna().all(axis=None)
    assert list(track_features(nothing.head(0))) == list(features)
    assert artist_history(features, learnable(catalogue()).tracks)["artist_tracks"].tolist() == [0, 0]
    assert artist_history(features.head(0), features.head(0).assign(popularity=[])).empty
