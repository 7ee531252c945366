"""Models measured on the same folds, and what follows from it.

R² says little between splits: the spread of the test rows differs. So every squared error is divided by
the yardstick's on the same fold, and a model's `score` is the mean of that ratio over the protocols: below
1 is better than the yardstick, and lower is better. One rule for every decision (`best_candidate`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import PermanentError
from spotify_platform.popularity.boosting import Boosting, FittedBoosting
from spotify_platform.popularity.dataset import TrainingSet
from spotify_platform.popularity.folds import (
    COLD,
    PROTOCOLS,
    TEMPORAL,
    WARM,
    EvaluationPlan,
    Fold,
    Unmeasurable,
    honest_folds,
    row_split,
)
from spotify_platform.popularity.models import (
    CANDIDATES,
    HISTORY_MODEL,
    MEANS,
    STRICT_MODEL,
    YARDSTICK,
    Model,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MEASURES = ("r2", "mse", "mse_ratio", "spearman", "top_decile_lift")
PERMUTATION_ROWS = 1_000
PERMUTATION_GAIN = 0.01
"""Features with a smaller share of the gain are not shuffled: it would cost most of the time and show nothing."""


@dataclass(frozen=True)
class Evaluation:
    """What was measured.

    `results` has one row per protocol, seed, fold and model: train_tracks, test_tracks and MEASURES, NaN
    where a measure is undefined. Rows of the protocol ROW_SPLIT are recall, not skill. `held_out` has one
    row per protocol, model and held-out track of the first fold: track_id, popularity, predicted.
    `importance` has one row per candidate and feature, measured on the first fold of the warmest protocol:
    gain (share of the total) and permutation (added squared error when the feature is shuffled).
    """

    plan: EvaluationPlan
    results: "pd.DataFrame"
    held_out: "pd.DataFrame"
    importance: "pd.DataFrame"
    unmeasurable: tuple[Unmeasurable, ...]


@dataclass(frozen=True)
class Gate:
    """What a model reaches on the public data set of 28,352 tracks that the recipe was chosen on.

    On other data a gate is information, not a condition: a catalogue may be harder or easier.
    """

    protocol: str
    model: str
    measure: str
    at_most: float | None = None
    at_least: float | None = None
    below: str | None = None
    """Another model, whose value is to be undercut."""


GATES = (
    Gate(COLD, STRICT_MODEL.name, "mse_ratio", at_most=0.82),
    Gate(COLD, STRICT_MODEL.name, "mse_ratio", below="subgenre_mean"),
    Gate(COLD, STRICT_MODEL.name, "spearman", at_least=0.47),
    Gate(COLD, STRICT_MODEL.name, "top_decile_lift", at_least=3.2),
    Gate(WARM, HISTORY_MODEL.name, "mse_ratio", at_most=0.67),
    Gate(WARM, HISTORY_MODEL.name, "mse_ratio", below="artist_mean"),
    Gate(WARM, HISTORY_MODEL.name, "spearman", at_least=0.60),
    Gate(WARM, HISTORY_MODEL.name, "top_decile_lift", at_least=4.4),
    Gate(TEMPORAL, HISTORY_MODEL.name, "mse_ratio", at_most=0.55),
)


def evaluate(data: TrainingSet, plan: EvaluationPlan, candidates: Sequence[Boosting] = CANDIDATES) -> Evaluation:
    """Fits and scores the yardstick, the means and the candidates on every fold of the plan.

    Raises PermanentError where not one protocol can be measured.
    """
    import pandas as pd

    folds, unmeasurable = honest_folds(data.tracks, plan)
    if not folds:
        reasons = "; ".join(f"{refusal.protocol}: {refusal.reason}" for refusal in unmeasurable)
        raise PermanentError(f"No honest fold can be made of these tracks, so no model can be judged ({reasons}).")

    explained = min(folds, key=lambda fold: ((WARM, TEMPORAL, COLD).index(fold.protocol), fold.seed, fold.number))
    rows: list[dict[str, Any]] = []
    held_out: list[pd.DataFrame] = []
    importance: list[pd.DataFrame] = []
    for fold in [*folds, row_split(data.tracks)]:
        train, test = data.tracks.iloc[fold.train], data.tracks.iloc[fold.test]
        yardstick: float | None = None
        models: Iterable[Model] = (YARDSTICK, *MEANS, *candidates)
        for model in models if fold.protocol in PROTOCOLS else (YARDSTICK,):
            fitted = model.fit(train)
            predicted = fitted.predict(test)
            measures = score(test["popularity"].to_numpy(), predicted)
            yardstick = measures["mse"] if yardstick is None else yardstick
            ratio = measures["mse"] / yardstick if yardstick else float("nan")
            rows.append(_identity(fold, model) | {"mse_ratio": ratio} | measures)
            if fold.protocol in PROTOCOLS and fold.seed == plan.seeds[0] and fold.number == 0:
                held_out.append(_held_out(fold, model, test, predicted))
            if fold is explained and isinstance(fitted, FittedBoosting):
                importance.append(feature_importance(fitted, test, plan.permutation_repeats))
    results = pd.DataFrame(rows)
    order = [name for name in results.columns if name not in MEASURES]
    return Evaluation(
        plan,
        results[[*order, *MEASURES]],
        pd.concat(held_out, ignore_index=True),
        pd.concat(importance, ignore_index=True),
        tuple(unmeasurable),
    )


def score(actual: "np.ndarray[Any, Any]", predicted: "np.ndarray[Any, Any]") -> dict[str, float]:
    """r2, mse, spearman and top_decile_lift; NaN where equal values leave a measure undefined."""
    import numpy as np
    from scipy.stats import spearmanr
    from sklearn.metrics import mean_squared_error, r2_score

    varied = bool(np.ptp(actual) > 0)
    ranked = varied and bool(np.ptp(predicted) > 0)
    return {
        "r2": float(r2_score(actual, predicted)) if varied else float("nan"),
        "mse": float(mean_squared_error(actual, predicted)),
        "spearman": float(spearmanr(actual, predicted).statistic) if ranked else float("nan"),
        "top_decile_lift": top_decile_lift(actual, predicted) if varied else float("nan"),
    }


def top_decile_lift(actual: "np.ndarray[Any, Any]", predicted: "np.ndarray[Any, Any]") -> float:
    """How many times likelier a track predicted in the top decile is to be in the actual one.

    A decile is all that reaches the 90th percentile, so equal values are in or out together: a model that
    predicts one value for all has the lift 1.
    """
    import numpy as np

    top = actual >= np.quantile(actual, 0.9)
    chosen = predicted >= np.quantile(predicted, 0.9)
    return float(top[chosen].mean() / top.mean())


def feature_importance(fitted: FittedBoosting, test: "pd.DataFrame", repeats: int) -> "pd.DataFrame":
    """model, feature, gain (share of the split gain in training), permutation (added mse on held-out tracks).

    Permutation is NaN where the gain's share is below PERMUTATION_GAIN.
    """
    import numpy as np
    import pandas as pd

    if len(test) > PERMUTATION_ROWS:
        test = test.sample(PERMUTATION_ROWS, random_state=0)
    matrix, actual = fitted.matrix(test), test["popularity"].to_numpy()
    whole = score(actual, fitted.predict_matrix(matrix))["mse"]
    gain = np.asarray(fitted.booster.feature_importance("gain"), dtype="float64")
    generator = np.random.default_rng(0)
    orders = [generator.permutation(len(matrix)) for _ in range(repeats)]

    def added_error(feature: str) -> float:
        shuffled = (matrix.assign(**{feature: matrix[feature].array[order]}) for order in orders)
        return float(np.mean([score(actual, fitted.predict_matrix(x))["mse"] - whole for x in shuffled]))

    gain = gain / gain.sum() if gain.any() else gain
    permutation = [
        added_error(name) if share >= PERMUTATION_GAIN else float("nan")
        for name, share in zip(matrix, gain, strict=True)
    ]
    return pd.DataFrame(
        {"model": fitted.recipe.name, "feature": list(matrix), "gain": gain, "permutation": permutation}
    )


def summary(results: "pd.DataFrame") -> "pd.DataFrame":
    """One row per protocol and model: each measure's mean over seeds, and `<measure>_sd` between seeds.

    Folds are averaged within their seed first. The deviation is NaN where there is one seed.
    """
    import pandas as pd

    by_seed = results.groupby(["protocol", "model", "seed"], sort=False)[list(MEASURES)].mean()
    groups = by_seed.groupby(["protocol", "model"], sort=False)
    deviations = groups.std().add_suffix("_sd")
    return pd.concat([groups.mean(), deviations], axis="columns").reset_index()


def verdicts(results: "pd.DataFrame") -> "pd.DataFrame":
    """The gates against the means over seeds: protocol, model, measure, value, bound, rule, passed.

    A gate of a protocol or model that was not measured is left out.
    """
    import pandas as pd

    means = summary(results).set_index(["protocol", "model"])
    rows = []
    for gate in GATES:
        if (gate.protocol, gate.model) not in means.index:
            continue
        value = float(means.loc[(gate.protocol, gate.model), gate.measure])
        if gate.below is not None:
            bound, rule = float(means.loc[(gate.protocol, gate.below), gate.measure]), f"below {gate.below}"
            passed = value < bound
        elif gate.at_most is not None:
            bound, rule, passed = gate.at_most, "at most", value <= gate.at_most
        else:
            bound = float(gate.at_least or 0.0)
            rule, passed = "at least", value >= bound
        rows.append(
            {
                "protocol": gate.protocol,
                "model": gate.model,
                "measure": gate.measure,
                "value": value,
                "rule": rule,
                "bound": bound,
                "passed": passed,
            }
        )
    columns = ["protocol", "model", "measure", "value", "rule", "bound", "passed"]
    return pd.DataFrame(rows, columns=columns)


def scores(results: "pd.DataFrame") -> dict[str, float]:
    """Each model's score: its squared error as a share of the yardstick's, mean over the honest protocols."""
    means = summary(results[results["protocol"].isin(PROTOCOLS)])
    return {str(name): float(value) for name, value in means.groupby("model")["mse_ratio"].mean().items()}


def best_candidate(results: "pd.DataFrame", candidates: Iterable[str]) -> tuple[str | None, str]:
    """The candidate with the lowest score if it beats the yardstick and every simple mean, and why or why not."""
    score_of = scores(results)
    best = min(candidates, key=score_of.__getitem__)
    rivals = (YARDSTICK.name, *(mean.name for mean in MEANS))
    strongest = min(rivals, key=score_of.__getitem__)
    comparison = f"{best} scores {score_of[best]:.3f}, {strongest} {score_of[strongest]:.3f}"
    if score_of[best] < score_of[strongest]:
        return best, comparison
    return None, f"no candidate is better than {strongest}: {comparison}"


def _identity(fold: Fold, model: Model) -> dict[str, Any]:
    return {
        "protocol": fold.protocol,
        "seed": fold.seed,
        "fold": fold.number,
        "model": model.name,
        "train_tracks": len(fold.train),
        "test_tracks": len(fold.test),
    }


def _held_out(fold: Fold, model: Model, test: "pd.DataFrame", predicted: "np.ndarray[Any, Any]") -> "pd.DataFrame":
    kept = test[["track_id", "popularity"]].reset_index(drop=True)
    return kept.assign(protocol=fold.protocol, model=model.name, predicted=predicted)
