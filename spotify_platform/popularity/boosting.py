"""The popularity model: LightGBM on strict features, with or without the artist's history.

Travels inside every registered model, so it imports its neighbours by relative names only.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .features import CATEGORIES, HISTORY, KEYS, STRICT, artist_history

if TYPE_CHECKING:
    import lightgbm
    import numpy as np
    import pandas as pd

BOOSTER_FILE = "booster.txt"
RECIPE_FILE = "recipe.json"
KNOWN_FILE = "known_tracks.parquet"


@dataclass(frozen=True)
class Boosting:
    """A recipe: all that decides, with the training tracks, what is learned. Names are LightGBM's own.

    The number of iterations is fixed: stopping early on the test fold would let the test choose the model.
    Wide trees with few candidate columns per node did best on unseen artists; more iterations than these
    gain on known artists and lose on later releases.
    """

    name: str
    artist_history: bool
    num_iterations: int = 225
    learning_rate: float = 0.04
    num_leaves: int = 128
    max_bin: int = 127
    min_data_in_leaf: int = 20
    feature_fraction_bynode: float = 0.25
    lambda_l2: float = 10.0
    seed: int = 0
    unknown_artist_weight: float = 0.1
    """With history, every training track is shown a second time as if nothing were known of its artist,
    with this weight. Without it the model learns that an artist without history is an obscure one, which
    holds for new tracks of a catalogue but not for an artist the catalogue has never met."""

    def fit(self, tracks: "pd.DataFrame") -> "FittedBoosting":
        """Learns from tracks with the columns of `track_features` and popularity."""
        import lightgbm
        import numpy as np
        import pandas as pd

        known = tracks[[*KEYS, "popularity"]].reset_index(drop=True) if self.artist_history else None
        matrix = feature_matrix(tracks, known)
        target = tracks["popularity"].to_numpy()
        weight = np.ones(len(target))
        if known is not None:
            stranger = feature_matrix(tracks.assign(artist_key=None), known)
            matrix = pd.concat([matrix, stranger], ignore_index=True)
            target = np.concatenate([target, target])
            weight = np.concatenate([weight, np.full(len(weight), self.unknown_artist_weight)])
        # Only the categories seen in training: another fold's must not shape the bins.
        matrix = matrix.assign(**{name: matrix[name].cat.remove_unused_categories() for name in CATEGORIES})
        booster = lightgbm.train(
            self._parameters(),
            lightgbm.Dataset(matrix, label=target, weight=weight, free_raw_data=True),
            num_boost_round=self.num_iterations,
        )
        return FittedBoosting(self, booster, known)

    def _parameters(self) -> dict[str, Any]:
        own = asdict(self)
        for name in ("name", "artist_history", "num_iterations", "unknown_artist_weight"):
            del own[name]
        # One thread, because several gain nothing on tables of this size and lose much on a busy machine;
        # it also makes the sums, and so the trees, the same on every run.
        return own | {
            "objective": "regression",
            "num_threads": 1,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }


@dataclass(frozen=True)
class FittedBoosting:
    """A trained recipe. `known` are the training tracks that artist history is looked up in, if it is used."""

    recipe: Boosting
    booster: "lightgbm.Booster"
    known: "pd.DataFrame | None"

    def matrix(self, tracks: "pd.DataFrame") -> "pd.DataFrame":
        return feature_matrix(tracks, self.known)

    def predict(self, tracks: "pd.DataFrame") -> "np.ndarray[Any, Any]":
        """Popularity 0..100 for each track with the columns of `track_features`."""
        return self.predict_matrix(self.matrix(tracks))

    def predict_matrix(self, matrix: "pd.DataFrame") -> "np.ndarray[Any, Any]":
        import numpy as np

        if matrix.empty:
            return np.empty(0)
        return np.clip(np.asarray(self.booster.predict(matrix, num_threads=1)), 0.0, 100.0)

    def save(self, folder: Path) -> None:
        """LightGBM's own text, JSON and Parquet: nothing that runs code when it is read."""
        folder.mkdir(parents=True, exist_ok=True)
        self.booster.save_model(folder / BOOSTER_FILE)
        (folder / RECIPE_FILE).write_text(json.dumps(asdict(self.recipe), indent=2))
        if self.known is not None:
            self.known.to_parquet(folder / KNOWN_FILE, index=False)

    @classmethod
    def load(cls, folder: Path) -> "FittedBoosting":
        import lightgbm
        import pandas as pd

        recipe = Boosting(**json.loads((folder / RECIPE_FILE).read_text()))
        known = pd.read_parquet(folder / KNOWN_FILE) if recipe.artist_history else None
        return cls(recipe, lightgbm.Booster(model_file=folder / BOOSTER_FILE), known)


def feature_matrix(tracks: "pd.DataFrame", known: "pd.DataFrame | None") -> "pd.DataFrame":
    """What the trees see: STRICT, then HISTORY where `known` tracks are given."""
    strict = tracks[list(STRICT)].reset_index(drop=True)
    if known is None:
        return strict
    return strict.assign(**artist_history(tracks, known).reset_index(drop=True)[list(HISTORY)])
