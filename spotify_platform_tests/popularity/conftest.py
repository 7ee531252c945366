"""Made-up catalogues with a signal to find, and one training shared by the tests that only look at it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from spotify_platform.popularity.boosting import Boosting
from spotify_platform.popularity.features import AUDIO
from spotify_platform.popularity.folds import EvaluationPlan

if TYPE_CHECKING:
    from spotify_platform.popularity.dataset import TrainingSet
    from spotify_platform.popularity.tracking import ModelStore, Registration

SMALL = {"num_iterations": 30, "learning_rate": 0.15, "num_leaves": 15, "min_data_in_leaf": 5}
STRICT = Boosting("small_strict", artist_history=False, **SMALL)
HISTORY = Boosting("small_history", artist_history=True, **SMALL)
PLAN = EvaluationPlan(folds=3)


def catalogue(tracks: int = 400, artists: int = 40, seed: int = 0) -> pd.DataFrame:
    """A feature table whose popularity follows the artist, the genre and the energy, with noise.

    Every tenth track is a remaster of an earlier one of the same artist; every fifteenth is dated by year only.
    """
    random = np.random.default_rng(seed)
    artist = random.integers(0, artists, tracks)
    fame = random.normal(0, 18, artists)
    genre = random.integers(0, 4, tracks)
    audio = {name: random.uniform(0, 1, tracks) for name in AUDIO}
    popularity = 45 + fame[artist] + 8 * (genre - 1.5) + 10 * audio["energy"] + random.normal(0, 6, tracks)
    frame = pd.DataFrame(
        {
            "track_id": [f"t{number:05d}" for number in range(tracks)],
            "title": [f"Song {number}" for number in range(tracks)],
            "artist_id": [f"a{number}" for number in artist],
            "artist_name": [f"Artist {number}" for number in artist],
            "release_date": pd.Timestamp("2010-01-01") + pd.to_timedelta(random.integers(0, 3650, tracks), unit="D"),
            "release_date_precision": "day",
            "genre": [f"genre {number}" for number in genre],
            "subgenre": [f"sub {number}" for number in genre],
            "time_signature": 4,
            "duration_ms": random.integers(120_000, 300_000, tracks),
            "explicit": random.random(tracks) < 0.3,
            "popularity": popularity.clip(0, 100).round().astype("int64"),
            "popularity_as_of": pd.Timestamp("2020-01-21"),
            **audio,
        }
    )
    frame.loc[frame.index % 15 == 14, "release_date_precision"] = "year"
    for copy in range(50, tracks, 10):
        original = copy - 50
        frame.loc[copy, ["artist_id", "artist_name"]] = frame.loc[original, ["artist_id", "artist_name"]].to_numpy()
        frame.loc[copy, "title"] = f"{frame.loc[original, 'title']} - Remastered 2019"
    return frame


def learnable(frame: pd.DataFrame) -> "TrainingSet":
    from spotify_platform.popularity.dataset import training_set

    return training_set(frame)


def model_store(folder: Path) -> "ModelStore":
    from spotify_platform.popularity.tracking import ModelStore

    return ModelStore(folder / "mlflow.db", folder / "artifacts")


@dataclass(frozen=True)
class Trained:
    store: "ModelStore"
    frame: pd.DataFrame
    data: "TrainingSet"
    registration: "Registration"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A first training. Only to be looked at: tests that train again do so in a copy."""
    from spotify_platform.popularity.tracking import register_champion

    store = model_store(tmp_path_factory.mktemp("trained"))
    frame = catalogue()
    data = learnable(frame)
    return Trained(store, frame, data, register_champion(store, data, PLAN, (STRICT, HISTORY)))
