"""What competes: the yardstick everything is measured by, the simple means, and the candidates.

A model has a name and `fit(tracks)`, over tracks with the columns of `track_features` and popularity; what
that returns has `predict(tracks)`, popularity as an array. Nothing is learned from any other row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from spotify_platform.popularity.boosting import Boosting
from spotify_platform.popularity.features import AUDIO

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Fitted(Protocol):
    def predict(self, tracks: "pd.DataFrame") -> "np.ndarray[Any, Any]": ...


class Model(Protocol):
    @property
    def name(self) -> str: ...

    def fit(self, tracks: "pd.DataFrame") -> Fitted: ...


@dataclass(frozen=True)
class _Rule:
    rule: Callable[["pd.DataFrame"], "np.ndarray[Any, Any]"]

    def predict(self, tracks: "pd.DataFrame") -> "np.ndarray[Any, Any]":
        return self.rule(tracks)


@dataclass(frozen=True)
class SeedForest:
    """The yardstick: a random forest with default settings on the audio features and the duration.

    It is what a notebook trains first: `RandomForestRegressor(random_state=42)`, then scored on a random
    split of rows, which flatters it. R² cannot be compared between splits, but the ratio of a model's
    squared error to this forest's on the same folds can, between data sets and over the years. So it is
    never tuned and never changed.
    """

    name: str = "seed_forest"

    COLUMNS = (*AUDIO, "duration_ms")

    def fit(self, tracks: "pd.DataFrame") -> Fitted:
        columns = list(self.COLUMNS)
        forest = seed_forest().fit(tracks[columns].to_numpy(), tracks["popularity"].to_numpy())
        return _Rule(lambda rows: forest.predict(rows[columns].to_numpy()))


def seed_forest() -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(random_state=42)


@dataclass(frozen=True)
class GroupMean:
    """The mean popularity of the training tracks that share `column`; of all where there is none."""

    name: str
    column: str | None

    def fit(self, tracks: "pd.DataFrame") -> Fitted:
        import numpy as np

        column, overall = self.column, float(tracks["popularity"].mean())
        if column is None:
            return _Rule(lambda rows: np.full(len(rows), overall))
        means = tracks.groupby(tracks[column].astype(object))["popularity"].mean()
        return _Rule(lambda rows: rows[column].astype(object).map(means).astype(float).fillna(overall).to_numpy())


YARDSTICK = SeedForest()
MEANS = (GroupMean("mean", None), GroupMean("subgenre_mean", "subgenre"), GroupMean("artist_mean", "artist_key"))
# Without the artist there is more to gain from small steps; with it the larger default steps do as well.
STRICT_MODEL = Boosting("lightgbm_strict", artist_history=False)
HISTORY_MODEL = Boosting("lightgbm_history", artist_history=True)
CANDIDATES = (STRICT_MODEL, HISTORY_MODEL)
