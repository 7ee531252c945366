"""The popularity model: features, a judged and registered champion, batch predictions."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import (
    ARTIST_NAME,
    DURATION,
    EXPLICIT,
    FEATURES,
    GENRE,
    POPULARITY,
    POPULARITY_AS_OF,
    RELEASE_DATE,
    RELEASE_PRECISION,
    SUBGENRE,
    TITLE,
)
from spotify_platform.defs.charts.tables import TRACK_ID
from spotify_platform.defs.tables import FOLLOW, OWNERS, WAREHOUSE_POOL, warehouse_checks, warehouse_table
from spotify_platform.environment import Environment
from spotify_platform.metadata import definition_metadata

if TYPE_CHECKING:
    import pyarrow as pa

HERE = Path(__file__).parent

POPULARITY_FEATURES = Contract(
    "What the popularity model may know of a track, and the popularity it is to learn.",
    (
        TRACK_ID,
        TITLE,
        Column("artist_id", "VARCHAR", "First artist of the credit.", required=False, missing="no artist is known"),
        Column("artist_name", "VARCHAR", ARTIST_NAME.description, required=False, missing="no artist is known"),
        POPULARITY,
        POPULARITY_AS_OF,
        DURATION,
        EXPLICIT,
        RELEASE_DATE,
        RELEASE_PRECISION,
        GENRE,
        SUBGENRE,
        *FEATURES,
    ),
    grain=("track_id",),
)

popularity_features = warehouse_table(
    HERE / "popularity_features.sql", POPULARITY_FEATURES, schema="ml", group="popularity"
)

POPULARITY_EVALUATION = Contract(
    "How good every model is: one row per protocol, fold and model; the yardstick's leaky score stands beside.",
    (
        Column("protocol", "VARCHAR", "cold: unseen artists; warm: unseen songs; temporal: later releases."),
        Column("seed", "BIGINT", "Seed of the split."),
        Column("fold", "BIGINT", "Number of the fold."),
        Column("model", "VARCHAR", "Model, or a simple mean."),
        Column("train_tracks", "BIGINT", "Tracks learned from.", minimum=1),
        Column("test_tracks", "BIGINT", "Tracks judged on.", minimum=1),
        Column("r2", "DOUBLE", "Share of the variance explained.", required=False, missing="nothing varies"),
        Column("mse", "DOUBLE", "Mean squared error.", minimum=0),
        Column(
            "mse_ratio",
            "DOUBLE",
            "Squared error against the yardstick's on the same fold.",
            required=False,
            minimum=0,
            missing="the yardstick makes no error",
        ),
        Column("spearman", "DOUBLE", "Correlation of ranks.", required=False, missing="the prediction does not vary"),
        Column(
            "top_decile_lift", "DOUBLE", "Lift in the top tenth.", required=False, minimum=0, missing="nothing varies"
        ),
    ),
    grain=("protocol", "seed", "fold", "model"),
)
POPULARITY_PREDICTIONS = Contract(
    "What the champion expects of every track with audio features.",
    (
        TRACK_ID,
        Column("predicted_popularity", "DOUBLE", "Expected popularity, 0 to 100.", minimum=0, maximum=100),
        Column("model_version", "BIGINT", "Version of spotify_popularity in the registry.", minimum=1),
    ),
    grain=("track_id",),
)
FEATURES_KEY = dg.AssetKey(["ml", "popularity_features"])
EVALUATION_KEY = dg.AssetKey(["ml", "popularity_evaluation"])


def _shared(contract: Contract) -> dict[str, Any]:
    return {
        "io_manager_key": "warehouse_io_manager",
        "group_name": "popularity",
        "owners": OWNERS,
        "kinds": {"python", "duckdb"},
        "pool": WAREHOUSE_POOL,
        "description": contract.description,
        "metadata": definition_metadata(contract),
        "automation_condition": FOLLOW,
    }


@dg.asset(  # type: ignore[untyped-decorator]
    key=EVALUATION_KEY, ins={"features": dg.AssetIn(key=FEATURES_KEY)}, **_shared(POPULARITY_EVALUATION)
)
def popularity_evaluation(
    context: dg.AssetExecutionContext, features: Any, environment: dg.ResourceParam[Environment]
) -> Any:
    """Scores as a frame; empty, with the reason as metadata, where the tracks do not suffice."""
    from spotify_platform.errors import PermanentError
    from spotify_platform.metadata import image_markdown
    from spotify_platform.popularity.dataset import training_set
    from spotify_platform.popularity.evaluation import evaluate, summary, verdicts
    from spotify_platform.popularity.models import HISTORY_MODEL
    from spotify_platform.popularity.plots import importance_bars, predicted_against_actual, protocol_bars

    try:
        evaluation = evaluate(training_set(features.to_pandas()), _plan(environment))
    except PermanentError as reason:
        context.log.warning(f"no model can be judged: {reason}")
        context.add_output_metadata({"unavailable": str(reason)})
        return _empty(POPULARITY_EVALUATION)
    name = HISTORY_MODEL.name
    figures = {
        "protocols": protocol_bars(summary(evaluation.results)),
        "predicted_against_actual": predicted_against_actual(evaluation.held_out, name),
        "importance": importance_bars(evaluation.importance, name),
    }
    context.add_output_metadata(
        {
            **{title: dg.MetadataValue.md(image_markdown(figure, title)) for title, figure in figures.items()},
            "summary": dg.MetadataValue.json(_records(summary(evaluation.results))),
            "verdicts": dg.MetadataValue.json(_records(verdicts(evaluation.results))),
            "not_measured": dg.MetadataValue.json({u.protocol: u.reason for u in evaluation.unmeasurable}),
        }
    )
    return evaluation.results


def _plan(environment: Environment) -> Any:
    from spotify_platform.popularity.folds import QUICK, THOROUGH

    return QUICK if environment.evaluation == "quick" else THOROUGH


def _records(table: Any) -> list[dict[str, Any]]:
    """Rows as plain data; what is not defined is null."""
    import json

    return json.loads(table.to_json(orient="records"))  # type: ignore[no-any-return]


@dg.asset(
    key=["ml", "popularity_model"],
    ins={"features": dg.AssetIn(key=FEATURES_KEY), "scores": dg.AssetIn(key=EVALUATION_KEY)},
    group_name="popularity",
    owners=OWNERS,
    kinds={"mlflow", "lightgbm"},
    pool=WAREHOUSE_POOL,
    automation_condition=FOLLOW,
    description="The better candidate, trained on all tracks and registered as spotify_popularity@champion in MLflow.",
)
def popularity_model(
    context: dg.AssetExecutionContext, features: Any, scores: Any, environment: dg.ResourceParam[Environment]
) -> dg.MaterializeResult[None]:
    from spotify_platform.popularity.dataset import training_set
    from spotify_platform.popularity.evaluation import best_candidate, summary
    from spotify_platform.popularity.models import CANDIDATES
    from spotify_platform.popularity.plots import protocol_bars
    from spotify_platform.popularity.tracking import register_champion

    results = scores.to_pandas()
    if results.empty:
        return dg.MaterializeResult(metadata={"unavailable": "no model could be judged"})
    best, why = best_candidate(results, [candidate.name for candidate in CANDIDATES])
    if best is None:
        return dg.MaterializeResult(metadata={"unavailable": why})
    tracks = training_set(features.to_pandas())
    figures = {"protocols": protocol_bars(summary(results))}
    champion = register_champion(environment.mlflow_root, tracks, results, _plan(environment), best, figures)
    return dg.MaterializeResult(
        metadata={
            "version": champion.version,
            "model": champion.model,
            "mse_ratio_to_yardstick": champion.mse_ratio,
            "registered_now": champion.is_new,
        }
    )


@dg.asset(  # type: ignore[untyped-decorator]
    key=["ml", "popularity_predictions"],
    ins={"features": dg.AssetIn(key=FEATURES_KEY)},
    deps=[popularity_model],
    **_shared(POPULARITY_PREDICTIONS),
)
def popularity_predictions(features: Any, environment: dg.ResourceParam[Environment]) -> Any:
    """Predictions as a frame; empty where there is no champion."""
    from spotify_platform.popularity.tracking import champion, predict

    if champion(environment.mlflow_root) is None or not features.num_rows:
        return _empty(POPULARITY_PREDICTIONS)
    return predict(environment.mlflow_root, features.to_pandas())


popularity_evaluation_checks = warehouse_checks(EVALUATION_KEY, POPULARITY_EVALUATION)
popularity_predictions_checks = warehouse_checks(dg.AssetKey(["ml", "popularity_predictions"]), POPULARITY_PREDICTIONS)


def _empty(contract: Contract) -> "pa.Table":
    import pyarrow as pa

    from spotify_platform.lake.delta import ARROW_TYPES

    fields = [(name, getattr(pa, ARROW_TYPES[type])()) for name, type in contract.types.items()]
    return pa.schema(fields).empty_table()
