"""How a registered model answers: MLflow calls `_load_pyfunc`, then `predict` with a raw feature frame.

Travels inside every registered model, so it imports its neighbours by relative names only.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from .boosting import FittedBoosting
from .features import track_features

if TYPE_CHECKING:
    import pandas as pd

PREDICTED, TRACKS_USED = "predicted_popularity", "artist_tracks_used"


class ServedModel:
    def __init__(self, fitted: FittedBoosting) -> None:
        self._fitted = fitted

    def predict(self, model_input: "pd.DataFrame") -> "pd.DataFrame":
        """PREDICTED (0..100) and TRACKS_USED, the artist's known songs it rests on, for each raw row in order."""
        import pandas as pd

        matrix = self._fitted.matrix(track_features(model_input))
        used = matrix["artist_tracks"] if "artist_tracks" in matrix else pd.Series(0.0, index=matrix.index)
        answers = {PREDICTED: self._fitted.predict_matrix(matrix), TRACKS_USED: used.astype("int64").to_numpy()}
        return pd.DataFrame(answers, index=model_input.index)


def _load_pyfunc(path: str) -> ServedModel:
    return ServedModel(FittedBoosting.load(Path(path)))
