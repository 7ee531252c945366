"""The script that MLflow stores as the model: raw feature rows in, predicted popularity out.

It runs inside the registered model, beside a copy of this folder, and without this package.
"""

from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel


class PopularityModel(PythonModel):
    """Predicts from the raw columns of `ml.popularity_features`; unknown artists fall back to the strict features."""

    def load_context(self, context: Any) -> None:
        from pathlib import Path

        from popularity.boosting import FittedBoosting  # type: ignore[import-not-found]  # the copy beside it

        self.fitted = FittedBoosting.load(Path(context.artifacts["recipe"]))

    # Without type hints: MLflow would read them as the model's signature.
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        from popularity.features import track_features  # type: ignore[import-not-found]

        return self.fitted.predict(track_features(model_input))


set_model(PopularityModel())
