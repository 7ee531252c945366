"""What must never stand on both sides of a split."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spotify_platform.popularity.folds import (
    COLD,
    PROTOCOLS,
    ROW_SPLIT,
    TEMPORAL,
    WARM,
    EvaluationPlan,
    Fold,
    honest_folds,
    row_split,
)
from spotify_platform_tests.popularity.conftest import catalogue, learnable

ALL_FOLDS = EvaluationPlan(seeds=(0, 1), folds=3, folds_per_seed=3)


def _sides(tracks: pd.DataFrame, fold: Fold, column: str) -> tuple[set[object], set[object]]:
    return set(tracks.iloc[fold.train][column].dropna()), set(tracks.iloc[fold.test][column].dropna())


def _shared(tracks: pd.DataFrame, fold: Fold, column: str) -> set[object]:
    train, test = _sides(tracks, fold, column)
    return train & test


def _songs(tracks: pd.DataFrame, rows: np.ndarray) -> set[tuple[object, object]]:
    part = tracks.iloc[rows]
    return set(zip(part["artist_key"], part["title_key"], strict=True))


def test_every_protocol_is_measured_on_every_seed_and_fold() -> None:
    folds, refused = honest_folds(learnable(catalogue()).tracks, ALL_FOLDS)
    assert not refused
    counted = pd.Series([fold.protocol for fold in folds]).value_counts().to_dict()
    assert counted == {COLD: 6, WARM: 6, TEMPORAL: 1}


def test_a_track_never_crosses_folds() -> None:
    tracks = learnable(catalogue()).tracks
    for fold in honest_folds(tracks, ALL_FOLDS)[0]:
        assert not _shared(tracks, fold, "track_id"), fold.protocol
        assert len(fold.train)
        assert len(fold.test)


def test_the_folds_of_a_seed_hold_out_every_track_once() -> None:
    tracks = learnable(catalogue()).tracks
    for protocol in (COLD, WARM):
        for seed in ALL_FOLDS.seeds:
            tests = [f.test for f in honest_folds(tracks, ALL_FOLDS)[0] if (f.protocol, f.seed) == (protocol, seed)]
            assert sorted(np.concatenate(tests)) == list(range(len(tracks)))


def test_a_song_never_crosses_folds_under_another_edition_of_it() -> None:
    tracks = learnable(catalogue()).tracks
    assert tracks.duplicated(["artist_key", "title_key"]).sum() > 20, "the catalogue must hold remasters"
    for fold in honest_folds(tracks, ALL_FOLDS)[0]:
        assert not _songs(tracks, fold.train) & _songs(tracks, fold.test), fold.protocol


def test_a_random_split_of_rows_does_leak_songs_and_is_named_for_it() -> None:
    tracks = learnable(catalogue()).tracks
    fold = row_split(tracks)
    assert _songs(tracks, fold.train) & _songs(tracks, fold.test)
    assert fold.protocol == ROW_SPLIT
    assert fold.protocol not in PROTOCOLS


def test_an_artist_never_crosses_cold_folds() -> None:
    tracks = learnable(catalogue()).tracks
    cold = [fold for fold in honest_folds(tracks, ALL_FOLDS)[0] if fold.protocol == COLD]
    assert cold
    for fold in cold:
        assert not _shared(tracks, fold, "artist_key")


def test_warm_folds_do_share_artists() -> None:
    tracks = learnable(catalogue()).tracks
    warm = [fold for fold in honest_folds(tracks, ALL_FOLDS)[0] if fold.protocol == WARM]
    assert all(_shared(tracks, fold, "artist_key") for fold in warm)


def test_an_artist_of_several_spellings_and_ids_never_crosses_cold_folds() -> None:
    frame = catalogue()
    beyonce = frame.index[:60]
    frame.loc[beyonce, "artist_name"] = np.resize(["Beyoncé", "BEYONCE", "beyonce "], 60)
    frame.loc[beyonce, "artist_id"] = np.resize(["b1", "b2", None], 60)
    frame.loc[frame.index[60:80], "artist_name"] = "Queen Bey"  # another name, tied to the first by its id
    frame.loc[frame.index[60:80], "artist_id"] = "b1"
    data = learnable(frame)
    one = data.tracks.index[data.tracks["track_id"].isin(frame["track_id"][:80])]
    assert data.tracks.loc[one, "artist_group"].nunique() == 1
    for fold in honest_folds(data.tracks, ALL_FOLDS)[0]:
        if fold.protocol == COLD:
            assert len(set(one) & set(fold.test)) in (0, 80)


def test_temporal_trains_on_earlier_releases_only() -> None:
    frame = catalogue()
    data = learnable(frame)
    (fold,) = (fold for fold in honest_folds(data.tracks, ALL_FOLDS)[0] if fold.protocol == TEMPORAL)
    released = frame.set_index("track_id").loc[data.tracks["track_id"]]
    precision, date = released["release_date_precision"].to_numpy(), released["release_date"].to_numpy()
    latest = np.where(precision == "day", date, (pd.DatetimeIndex(date) + pd.offsets.YearEnd(0)).to_numpy())
    assert latest[fold.train].max() < date[fold.test].min()
    assert set(precision[fold.test]) == {"day"}, "a date known by year only may lie on either side"
    assert "year" in precision[fold.train]
    dated = int((precision == "day").sum())
    assert 0.1 * dated < len(fold.test) <= 0.2 * dated


def test_a_later_edition_of_an_old_song_is_no_new_release() -> None:
    frame = catalogue()
    old, new = frame["release_date"].idxmin(), frame["release_date"].idxmax()
    frame.loc[new, ["artist_id", "artist_name"]] = frame.loc[old, ["artist_id", "artist_name"]].to_numpy()
    frame.loc[[old, new], "release_date_precision"] = "day"
    data = learnable(frame.assign(title=frame["title"].where(frame.index != new, frame["title"][old] + " (Live)")))
    (fold,) = (fold for fold in honest_folds(data.tracks, ALL_FOLDS)[0] if fold.protocol == TEMPORAL)
    row = data.tracks.index[data.tracks["track_id"] == frame["track_id"][new]][0]
    assert row not in fold.test
    assert row not in fold.train


@pytest.mark.parametrize(
    ("change", "protocol", "reason"),
    [
        ({"artist_id": "a", "artist_name": "A"}, COLD, "of 1 artists"),
        ({"release_date_precision": "year"}, TEMPORAL, "only 0 tracks have a full release date"),
        ({"release_date": pd.Timestamp("2015-05-05")}, TEMPORAL, "are too few"),
    ],
)
def test_what_cannot_be_asked_is_named_with_its_reason(change: dict[str, object], protocol: str, reason: str) -> None:
    folds, refused = honest_folds(learnable(catalogue().assign(**change)).tracks, ALL_FOLDS)
    assert [refusal.protocol for refusal in refused] == [protocol]
    assert reason in refused[0].reason
    assert {fold.protocol for fold in folds} == set(PROTOCOLS) - {protocol}


def test_the_same_tracks_give_the_same_folds_whatever_their_order() -> None:
    frame = catalogue()
    ours, theirs = (learnable(f).tracks for f in (frame, frame.sample(frac=1, random_state=3)))
    for one, other in zip(honest_folds(ours, ALL_FOLDS)[0], honest_folds(theirs, ALL_FOLDS)[0], strict=True):
        assert set(ours.iloc[one.test]["track_id"]) == set(theirs.iloc[other.test]["track_id"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    artists=st.lists(st.integers(0, 12), min_size=40, max_size=80),
    titles=st.lists(
        st.sampled_from(["One", "One (Live)", "ONE - Remastered 2011", "Two", "Três", "3", ""]), min_size=80
    ),
    seed=st.integers(0, 5),
)
def test_no_catalogue_lets_an_artist_or_a_song_cross(artists: list[int], titles: list[str], seed: int) -> None:
    rows = len(artists)
    frame = catalogue(rows).assign(
        artist_name=[f"Artist {number}" for number in artists], artist_id=None, title=titles[:rows]
    )
    tracks = learnable(frame).tracks
    for fold in honest_folds(tracks, EvaluationPlan(seeds=(seed,), folds=2, folds_per_seed=2))[0]:
        group = "artist_group" if fold.protocol == COLD else "song_group"
        assert not _shared(tracks, fold, group)
        titled = tracks["title_key"].notna().to_numpy()
        train, test = (side[titled[side]] for side in (fold.train, fold.test))
        assert not _songs(tracks, train) & _songs(tracks, test)
