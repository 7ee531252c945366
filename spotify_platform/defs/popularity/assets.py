"""The popularity model: features, a judged and registered champion, batch predictions."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import (
    ARTIST_NAME,
    DURATION,
    EXPLICIT,
    GENRE,
    POPULARITY,
    POPULARITY_AS_OF,
    RELEASE_DATE,
    RELEASE_PRECISION,
    SUBGENRE,
    TITLE,
)
from spotify_platform.defs.catalog.tables import (
    FEATURES as AUDIO,
)
from spotify_platform.defs.charts.tables import TRACK_ID
from spotify_platform.defs.tables import FOLLOW, OWNERS, WAREHOUSE_POOL, warehouse_check, warehouse_table
from spotify_platform.environment import Environment
from spotify_platform.metadata import definition_metadata

if TYPE_CHECKING:
    import pyarrow as pa

    from spotify_platform.popularity.tracking import Store

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
        *AUDIO,
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
    "What the champion expects of every track with audio features, in the world of its snapshot.",
    (
        TRACK_ID,
        Column("predicted_popularity", "DOUBLE", "Expected popularity, 0 to 100.", minimum=0, maximum=100),
        Column("artist_tracks_used", "BIGINT", "Tracks of the artist that the expectation rests on.", minimum=0),
        Column("model_version", "BIGINT", "Version of spotify_popularity in the registry.", minimum=1),
        Column("snapshot", "VARCHAR", "Day on which the popularity it learned from was seen."),
    ),
    grain=("track_id",),
)
FEATURES_KEY = dg.AssetKey(["ml", "popularity_features"])
MODEL_KEY = dg.AssetKey(["ml", "popularity_model"])
EVALUATION_KEY = dg.AssetKey(["ml", "popularity_evaluation"])
PREDICTIONS_KEY = dg.AssetKey(["ml", "popularity_predictions"])
FEATURES = {"features": dg.AssetIn(key=FEATURES_KEY)}


def _shared(contract: Contract) -> dict[str, Any]:
    return {
        "ins": FEATURES,
        "deps": [MODEL_KEY],
        "io_manager_key": "warehouse_io_manager",
        "group_name": "popularity",
        "owners": OWNERS,
        "kinds": {"python", "duckdb"},
        "pool": WAREHOUSE_POOL,
        "description": contract.description,
        "metadata": definition_metadata(contract),
        "automation_condition": FOLLOW,
    }


@dg.asset(
    key=MODEL_KEY,
    ins=FEATURES,
    group_name="popularity",
    owners=OWNERS,
    kinds={"mlflow", "lightgbm"},
    pool=WAREHOUSE_POOL,
    automation_condition=FOLLOW,
    description=(
        "Candidates judged on honest folds beside the yardstick; the better one, trained on all tracks, is registered "
        "as spotify_popularity@champion in MLflow. The same tracks again train nothing."
    ),
)
def popularity_model(
    context: dg.AssetExecutionContext, features: Any, environment: dg.ResourceParam[Environment]
) -> dg.MaterializeResult[None]:
    from spotify_platform.errors import PermanentError
    from spotify_platform.metadata import image_markdown
    from spotify_platform.popularity.evaluation import summary
    from spotify_platform.popularity.plots import protocol_bars

    store = _store(environment)
    try:
        trained = _trained(features, environment, store)
    except PermanentError as reason:
        context.log.warning(f"no model: {reason}")
        return dg.MaterializeResult(metadata={"unavailable": str(reason)})
    table = summary(trained.results)
    return dg.MaterializeResult(
        metadata={
            "version": trained.version or 0,
            "champion": trained.champion or 0,
            "decision": trained.decision,
            "trained_now": trained.new,
            "scores": dg.MetadataValue.json(dict(trained.scores)),
            "summary": dg.MetadataValue.json(_records(table)),
            "verdicts": dg.MetadataValue.json(_records(trained.verdicts)),
            "plot": dg.MetadataValue.md(image_markdown(protocol_bars(table), "Squared error against the yardstick")),
        }
    )


@dg.asset(key=EVALUATION_KEY, **_shared(POPULARITY_EVALUATION))  # type: ignore[untyped-decorator]
def popularity_evaluation(features: Any, environment: dg.ResourceParam[Environment]) -> Any:
    """The scores of the training, found again; empty where there was none."""
    from spotify_platform.errors import PermanentError

    store = _store(environment)
    try:
        return _trained(features, environment, store).results
    except PermanentError:
        return _empty(POPULARITY_EVALUATION)


@dg.asset(key=PREDICTIONS_KEY, **_shared(POPULARITY_PREDICTIONS))  # type: ignore[untyped-decorator]
def popularity_predictions(features: Any, environment: dg.ResourceParam[Environment]) -> Any:
    """Predictions as a frame; empty where there is no champion."""
    from spotify_platform.errors import PermanentError
    from spotify_platform.popularity.tracking import load_champion, predict

    store = _store(environment)
    try:
        champion = load_champion(store)
    except PermanentError:
        return _empty(POPULARITY_PREDICTIONS)
    return predict(champion, features.to_pandas())


popularity_evaluation_checks = warehouse_check(EVALUATION_KEY, POPULARITY_EVALUATION)
popularity_predictions_checks = warehouse_check(PREDICTIONS_KEY, POPULARITY_PREDICTIONS)


def _trained(features: "pa.Table", environment: Environment, store: "Store") -> Any:
    from spotify_platform.popularity.dataset import training_set
    from spotify_platform.popularity.folds import QUICK, THOROUGH
    from spotify_platform.popularity.tracking import register_champion

    plan = QUICK if environment.evaluation == "quick" else THOROUGH
    return register_champion(store, training_set(features.to_pandas()), plan)


def _store(environment: Environment) -> "Store":
    """The server that is named, else a file of the world. On a server the worlds stay apart by their names."""
    from spotify_platform.popularity.tracking import MODEL_NAME, ModelServer, ModelStore

    if environment.mlflow_tracking_uri:
        name = MODEL_NAME if environment.active_world == "data" else f"{MODEL_NAME}_{environment.active_world}"
        return ModelServer(environment.mlflow_tracking_uri, name)
    return ModelStore(environment.mlflow_root / "mlflow.db", environment.mlflow_root / "artifacts")


def _records(table: Any) -> list[dict[str, Any]]:
    """Rows as plain data; what is not defined is null."""
    return json.loads(table.to_json(orient="records"))  # type: ignore[no-any-return]


def _empty(contract: Contract) -> "pa.Table":
    import pyarrow as pa

    from spotify_platform.lake.delta import arrow_type

    return pa.schema([(name, arrow_type(type)) for name, type in contract.types.items()]).empty_table()
