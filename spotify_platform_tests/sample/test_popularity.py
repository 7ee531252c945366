"""Popularity can be learned, but not by much: as in reality."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold

AUDIO = [
    "danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness",
    "liveness", "valence", "tempo",
]  # fmt: skip


@pytest.fixture(scope="module")
def tracks(world: Path) -> pd.DataFrame:
    frame = pd.read_csv(world / "spotify_songs.csv").dropna(subset=["track_name"]).drop_duplicates("track_id")
    frame["year"] = frame["track_album_release_date"].str[:4].astype(int)
    frame["month"] = pd.to_numeric(frame["track_album_release_date"].str[5:7]).fillna(6.5)
    frame["subgenre"] = frame["playlist_subgenre"].astype("category").cat.codes
    return frame.reset_index(drop=True)


def unseen_artists_r2(tracks: pd.DataFrame, columns: list[str], model: Any) -> float:
    features, target = tracks[columns], tracks["track_popularity"].to_numpy()
    predicted = np.zeros(len(tracks))
    for train, test in GroupKFold(4).split(features, target, tracks["track_artist"]):
        predicted[test] = model.fit(features.iloc[train], target[train]).predict(features.iloc[test])
    return float(r2_score(target, predicted))


def known_artist_r2(tracks: pd.DataFrame) -> float:
    """How well the mean of an artist's other tracks tells a track's popularity, where there are others."""
    overall = tracks["track_popularity"].mean()
    artists = tracks.groupby("track_artist")["track_popularity"]
    others = artists.transform("count") - 1
    mean_of_others = (artists.transform("sum") - tracks["track_popularity"] + 1.5 * overall) / (others + 1.5)
    known = others > 0
    return float(r2_score(tracks["track_popularity"][known], mean_of_others[known]))


def test_popularity_is_learnable_but_limited(tracks: pd.DataFrame) -> None:
    boosted = LGBMRegressor(n_estimators=120, learning_rate=0.05, num_leaves=15, n_jobs=1, verbose=-1, random_state=0)
    everything = unseen_artists_r2(tracks, [*AUDIO, "duration_ms", "year", "month", "subgenre"], boosted)
    assert 0.17 < everything < 0.36
    forest = RandomForestRegressor(n_estimators=60, n_jobs=1, random_state=0)
    audio_alone = unseen_artists_r2(tracks, AUDIO, forest)
    assert 0.01 < audio_alone < 0.12
    assert known_artist_r2(tracks) > audio_alone + 0.05


def test_popularity_is_spread_like_the_real_one(tracks: pd.DataFrame) -> None:
    popularity = tracks["track_popularity"]
    assert 35 < popularity.mean() < 47
    assert 17 < popularity.std() < 25
    assert 0.02 < (popularity == 0).mean() < 0.12
