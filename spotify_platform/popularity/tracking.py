"""Runs, registry and serving of the popularity model, in MLflow: one SQLite file and a folder, or a server.

One experiment, one registered model. `register_champion` is the whole of a training: what was measured of
whom, which candidate was best, whether it serves. The same tracks, plan and recipes again find what is
there and add nothing. The version that serves has the alias `champion`; one that was not better has the
alias `challenger`.
"""

import contextlib
import hashlib
import importlib.metadata
import io
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from spotify_platform.errors import ConfigurationError, PermanentError, SourceUnavailableError
from spotify_platform.popularity import boosting, features, plots, serving
from spotify_platform.popularity.boosting import Boosting, FittedBoosting
from spotify_platform.popularity.dataset import TrainingSet
from spotify_platform.popularity.evaluation import (
    MEASURES,
    Evaluation,
    best_candidate,
    evaluate,
    scores,
    summary,
    verdicts,
)
from spotify_platform.popularity.features import AUDIO, RAW_COLUMNS, STRICT
from spotify_platform.popularity.folds import EvaluationPlan
from spotify_platform.popularity.models import CANDIDATES, YARDSTICK
from spotify_platform.popularity.serving import PREDICTED, TRACKS_USED

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.models import ModelSignature
    from mlflow.pyfunc import PyFuncModel

MODEL_NAME = "spotify_popularity"
CHAMPION, CHALLENGER = "champion", "challenger"
INPUTS = tuple(name for name in RAW_COLUMNS if name != "track_id")
TRAVELLING_MODULES = (features, boosting, serving)
NEEDED_PACKAGES = ("lightgbm", "numpy", "pandas", "pyarrow")
ANSWER_SECONDS = 10
RESULTS_FILE, VERDICTS_FILE = "evaluation/results.json", "evaluation/verdicts.json"
MLFLOW_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # A model's requirements are named; the lock file of whichever folder it is trained in is no part of it.
    "MLFLOW_UV_AUTO_DETECT": "false",
    # Standard output belongs to whoever asked; a server's pages would be named on it.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


@dataclass(frozen=True)
class ModelStore:
    """Where runs and models are kept: an SQLite file, and a folder for the files of runs and models."""

    name: ClassVar[str] = MODEL_NAME
    database: Path
    artifacts: Path

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.database.resolve()}"

    @property
    def artifact_location(self) -> str:
        return self.artifacts.resolve().as_uri()


@dataclass(frozen=True)
class ModelServer:
    """An MLflow server, by its address; it says itself where files lie. The experiment and the model have this name.

    Who we are it learns from MLflow's own variables, such as `MLFLOW_TRACKING_TOKEN`.
    """

    artifact_location: ClassVar[None] = None
    uri: str
    name: str = MODEL_NAME

    def __post_init__(self) -> None:
        if urlsplit(self.uri).scheme not in ("http", "https"):
            # Azure ML has its own scheme, and none of the calls with which MLflow 3 logs a model.
            raise ConfigurationError(
                f"{self.uri} is no address of an MLflow server; it begins with https:// or http://"
            )

    def require_answer(self) -> None:
        """Ask once and soon: MLflow itself would try again for minutes. Raises `SourceUnavailableError`."""
        import requests

        parts = urlsplit(self.uri)
        health = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/health"))
        try:
            answer = requests.get(health, timeout=ANSWER_SECONDS)
        except requests.RequestException as error:
            raise SourceUnavailableError(f"the MLflow server {self.uri} does not answer: {error}") from error
        if answer.status_code >= 500:
            raise SourceUnavailableError(f"the MLflow server {self.uri} is not well: {answer.status_code}")


Store = ModelStore | ModelServer


@dataclass(frozen=True)
class Registration:
    """What came of a training.

    `version` is the version this training registered, null where no candidate was good enough;
    `champion` the version that serves now, null where none ever was. `new` is false where the same
    training had been done before. `results` and `verdicts` are those of the evaluation module, `scores`
    the basis of the decision.
    """

    version: int | None
    champion: int | None
    decision: str
    new: bool
    run_ids: Mapping[str, str]
    scores: Mapping[str, float]
    results: "pd.DataFrame"
    verdicts: "pd.DataFrame"


@dataclass(frozen=True)
class Champion:
    """The serving version, loaded. `snapshot` is the day the popularity it learned from was seen, as ISO text."""

    model: "PyFuncModel"
    version: int
    run_id: str
    recipe: Boosting | None
    fingerprint: str
    snapshot: str


def register_champion(
    store: Store,
    data: TrainingSet,
    plan: EvaluationPlan,
    candidates: Sequence[Boosting] = CANDIDATES,
) -> Registration:
    """Measures the candidates, logs a run for each and for the yardstick, registers the best if it is any good.

    It is good enough if it scores better than the yardstick and every simple mean. It becomes the champion
    if there is none, if it is the champion's recipe with other tracks, or if it scores better than the
    champion's recipe does on the very same folds. Raises PermanentError where nothing can be measured.
    """
    key = _training_key(data, plan, candidates)
    with connected(store) as client:
        done = _runs(client, store, f"tags.training = '{key}' and tags.complete = 'true'")
        if done:
            return _done_before(client, store, done)
        for run in _runs(client, store, f"tags.training = '{key}'"):
            _forget(client, store, run.info.run_id)  # left behind by a training that was interrupted

        champion = _champion_version(client, store)
        incumbent = None if champion is None else _recipe(champion.tags)
        rivals = list(candidates)
        if champion is not None and incumbent is not None and incumbent not in rivals:
            incumbent = replace(incumbent, name=f"{CHAMPION}_v{champion.version}")
            rivals.append(incumbent)
        evaluation = evaluate(data, plan, rivals)
        best, reason = best_candidate(evaluation.results, [candidate.name for candidate in candidates])

        tags = {
            "training": key,
            "data_fingerprint": data.fingerprint,
            "snapshot": "" if data.snapshot is None else data.snapshot.isoformat(),
        }
        tables = _tables(evaluation)
        run_ids: dict[str, str] = {}
        version: int | None = None
        for model in (YARDSTICK, *candidates):
            with _run(client, store, model.name, tags) as run_id:  # type: ignore[attr-defined]
                run_ids[model.name] = run_id  # type: ignore[attr-defined]
                _log_evaluation(model, data, evaluation)
                _log_files(tables | _drawn(model, evaluation))
                if isinstance(model, Boosting) and model.name == best:
                    version = _register(client, store, run_id, model, data, tags)
        if version is None:
            decision = reason
        else:
            decision = _appoint(client, store, version, champion, incumbent, scores(evaluation.results), reason)
        for run_id in run_ids.values():
            client.set_tag(run_id, "decision", decision)
            client.set_tag(run_id, "version", "" if version is None else str(version))
        for run_id in run_ids.values():
            client.set_tag(run_id, "complete", "true")
        serving_now = _champion_version(client, store)
        return Registration(
            version=version,
            champion=None if serving_now is None else int(serving_now.version),
            decision=decision,
            new=True,
            run_ids=run_ids,
            scores=scores(evaluation.results),
            results=evaluation.results,
            verdicts=verdicts(evaluation.results),
        )


def load_champion(store: Store) -> Champion:
    """The version that serves. Raises PermanentError where none has been registered."""
    import mlflow

    with connected(store) as client:
        version = _champion_version(client, store)
        if version is None:
            raise PermanentError(
                f"No version of {store.name} serves: train the popularity model on tracks with a known "
                "popularity; the training says why if no candidate was good enough."
            )
        model = mlflow.pyfunc.load_model(f"models:/{store.name}/{version.version}")
    tags = version.tags
    return Champion(
        model=model,
        version=int(version.version),
        run_id=version.run_id,
        recipe=_recipe(tags),
        fingerprint=tags["data_fingerprint"],
        snapshot=tags["snapshot"],
    )


def predict(champion: Champion, frame: "pd.DataFrame") -> "pd.DataFrame":
    """For each row of a raw frame: track_id, predicted_popularity, artist_tracks_used, model_version, snapshot.

    Predictions are for the world of the champion's snapshot; for a track it learned from, they are no test
    of it. Raises PermanentError where columns are missing.
    """
    missing = sorted(set(RAW_COLUMNS) - set(frame.columns))
    if missing:
        raise PermanentError(f"The tracks to predict lack the columns {', '.join(missing)}.")
    answers = champion.model.predict(_inputs(frame)).reset_index(drop=True)  # type: ignore[attr-defined]
    answers.insert(0, "track_id", frame["track_id"].to_numpy())
    return answers.assign(model_version=champion.version, snapshot=champion.snapshot)


@contextlib.contextmanager
def connected(store: Store) -> "Iterator[MlflowClient]":
    """MLflow at this store, for the length of the block, and silent towards its makers."""
    os.environ.update(MLFLOW_SETTINGS)  # some are read when MLflow is imported
    import mlflow

    with warnings.catch_warnings():
        # MLflow 3.17 warns of itself, once, on import: its table definitions use what SQLAlchemy 2.1 deprecates,
        # and its own chat types use hints that it does not validate.
        warnings.filterwarnings("ignore", message="The ``noload`` loader strategy is deprecated")
        warnings.filterwarnings("ignore", message=".*Any type hint is inferred as AnyType")
        import mlflow.pyfunc
        import mlflow.store.model_registry.sqlalchemy_store
        import mlflow.store.tracking.sqlalchemy_store

    if isinstance(store, ModelServer):
        store.require_answer()
    else:
        store.database.parent.mkdir(parents=True, exist_ok=True)
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    mlflow.set_tracking_uri(store.uri)
    mlflow.set_registry_uri(store.uri)
    try:
        yield mlflow.MlflowClient(tracking_uri=store.uri, registry_uri=store.uri)
    finally:
        mlflow.set_tracking_uri(before[0])
        mlflow.set_registry_uri(before[1])


def _training_key(data: TrainingSet, plan: EvaluationPlan, candidates: Sequence[Boosting]) -> str:
    parts = [data.fingerprint, asdict(plan), [asdict(candidate) for candidate in candidates]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _experiment(client: "MlflowClient", store: Store) -> str:
    experiment = client.get_experiment_by_name(store.name)
    if experiment is not None:
        return experiment.experiment_id
    return client.create_experiment(store.name, artifact_location=store.artifact_location)


def _runs(client: "MlflowClient", store: Store, query: str) -> "list[Run]":
    return list(client.search_runs([_experiment(client, store)], filter_string=query))


@contextlib.contextmanager
def _run(client: "MlflowClient", store: Store, name: str, tags: Mapping[str, str]) -> Iterator[str]:
    import mlflow

    with mlflow.start_run(
        experiment_id=_experiment(client, store), run_name=name, tags=dict(tags), log_system_metrics=False
    ) as run:
        yield run.info.run_id


def _done_before(client: "MlflowClient", store: Store, runs: "list[Run]") -> Registration:
    import mlflow
    import pandas as pd

    run = runs[0]
    version = int(run.data.tags["version"]) if run.data.tags["version"] else None
    tables = {}
    for name in (RESULTS_FILE, VERDICTS_FILE):
        text = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{name}")
        tables[name] = pd.read_json(io.StringIO(text), orient="split", precise_float=True)
    champion = _champion_version(client, store)
    if version is not None and champion is not None and int(champion.version) != version:
        # The tracks of an earlier training are the current ones again, and so is what it learned.
        earlier = client.get_model_version(store.name, str(version))
        if _recipe(earlier.tags) == _recipe(champion.tags):
            client.set_registered_model_alias(store.name, CHAMPION, str(version))
            champion = earlier
    return Registration(
        version=version,
        champion=None if champion is None else int(champion.version),
        decision=run.data.tags["decision"],
        new=False,
        run_ids={str(found.info.run_name): found.info.run_id for found in runs},
        scores=scores(tables[RESULTS_FILE]),
        results=tables[RESULTS_FILE],
        verdicts=tables[VERDICTS_FILE],
    )


def _champion_version(client: "MlflowClient", store: Store) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version_by_alias(store.name, CHAMPION)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def _recipe(tags: Mapping[str, str]) -> Boosting | None:
    """Null where the recipe was written by code that had other ingredients, so it cannot be cooked again."""
    try:
        return Boosting(**json.loads(tags["recipe"]))
    except (KeyError, TypeError):
        return None


def _appoint(
    client: "MlflowClient",
    store: Store,
    version: int,
    champion: Any,
    incumbent: Boosting | None,
    score_of: Mapping[str, float],
    reason: str,
) -> str:
    """Gives the new version its alias and says why."""
    recipe = _recipe(client.get_model_version(store.name, str(version)).tags)
    assert recipe is not None
    if champion is None:
        alias, decision = CHAMPION, f"the first champion: {reason}"
    elif incumbent == recipe:
        alias, decision = CHAMPION, f"the champion's recipe, learned from the current tracks: {reason}"
    elif incumbent is None:
        alias, decision = CHAMPION, f"version {champion.version} cannot be trained again by this code: {reason}"
    else:
        better = score_of[recipe.name] < score_of[incumbent.name]
        alias = CHAMPION if better else CHALLENGER
        decision = (
            f"{'' if better else 'not '}better than version {champion.version} on the same folds "
            f"({score_of[recipe.name]:.3f} against {score_of[incumbent.name]:.3f}): {reason}"
        )
    client.set_registered_model_alias(store.name, alias, str(version))
    return decision


def _forget(client: "MlflowClient", store: Store, run_id: str) -> None:
    """Deletes a run and what it registered, but for a version that already serves: its successor will replace it."""
    for version in client.search_model_versions(f"run_id = '{run_id}'"):
        if not client.get_model_version(store.name, version.version).aliases:
            client.delete_model_version(store.name, version.version)
    client.delete_run(run_id)


def _log_evaluation(model: Any, data: TrainingSet, evaluation: Evaluation) -> None:
    import mlflow

    table = summary(evaluation.results)
    measures = [*MEASURES, *(f"{name}_sd" for name in MEASURES)]
    own_rows = table[table["model"] == model.name].set_index("protocol")[measures].stack()  # without the undefined
    metrics = {f"{protocol}_{measure}": float(value) for (protocol, measure), value in own_rows.items()}
    mlflow.log_metrics(metrics | {"score": scores(evaluation.results)[model.name]})
    own = asdict(model) if isinstance(model, Boosting) else {"name": model.name, "columns": [*AUDIO, "duration_ms"]}
    mlflow.log_params(own | {f"plan_{name}": value for name, value in asdict(evaluation.plan).items()})
    _log_dataset(data)


def _tables(evaluation: Evaluation) -> dict[str, bytes]:
    """What every run of a training keeps, by path."""
    tables = {RESULTS_FILE: evaluation.results, VERDICTS_FILE: verdicts(evaluation.results)}
    return {path: table.to_json(orient="split", double_precision=15).encode() for path, table in tables.items()}


def _drawn(model: Any, evaluation: Evaluation) -> dict[str, bytes]:
    """Pictures by path: a candidate's own, and the comparison of all models once, with the yardstick."""
    if isinstance(model, Boosting):
        figures = {
            "predicted_against_actual": plots.predicted_against_actual(evaluation.held_out, model.name),
            "error_by_decile": plots.error_by_decile(evaluation.held_out, model.name),
            "importance": plots.importance_bars(evaluation.importance, model.name),
        }
    else:
        figures = {"protocols": plots.protocol_bars(summary(evaluation.results))}
    return {f"plots/{name}.png": plots.png(figure) for name, figure in figures.items()}


def _log_files(files: Mapping[str, bytes]) -> None:
    import mlflow

    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            file = Path(folder, path)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
        mlflow.log_artifacts(folder)


def _log_dataset(data: TrainingSet) -> None:
    import mlflow
    import mlflow.data
    from mlflow.data.code_dataset_source import CodeDatasetSource

    snapshot = "unknown" if data.snapshot is None else data.snapshot.isoformat()
    dataset = mlflow.data.from_pandas(  # type: ignore[attr-defined]
        data.tracks[[*STRICT, "popularity"]].astype({"genre": "object", "subgenre": "object"}),
        source=CodeDatasetSource(tags={"table": "popularity_features"}),
        targets="popularity",
        name="popularity_features",
        digest=data.fingerprint[:32],
    )
    mlflow.log_input(dataset, context="training", tags={"snapshot": snapshot})


def _register(
    client: "MlflowClient", store: Store, run_id: str, recipe: Boosting, data: TrainingSet, tags: Mapping[str, str]
) -> int:
    """Learns from all tracks and registers what was learned, self-contained."""
    from mlflow.exceptions import MlflowException

    fitted = recipe.fit(data.tracks)
    with tempfile.TemporaryDirectory() as scratch:
        logged = _log_model(fitted, data, Path(scratch))
    with contextlib.suppress(MlflowException):
        client.create_registered_model(store.name, description="Popularity (0..100) of a track.")
    version = client.create_model_version(
        store.name,
        source=logged.model_uri,
        run_id=run_id,
        tags={**tags, "recipe": json.dumps(asdict(recipe))},
        model_id=logged.model_id,
    )
    return int(version.version)


def _log_model(fitted: FittedBoosting, data: TrainingSet, scratch: Path) -> Any:
    import mlflow

    package = _travelling_package(scratch)
    fitted.save(scratch / "fitted")
    return mlflow.pyfunc.log_model(
        name="model",
        loader_module=f"{package.name}.serving",
        data_path=str(scratch / "fitted"),
        code_paths=[str(package)],
        signature=_signature(),
        input_example=_inputs(data.raw.head(5)),
        pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in NEEDED_PACKAGES],
    )


def _travelling_package(scratch: Path) -> Path:
    """The modules a model needs to answer, as a package named after their content.

    A model keeps the code it was trained with: under the name of this package it would silently get
    whatever version is installed where it is loaded, and two versions could not be loaded side by side.
    """
    sources = {Path(str(module.__file__)).name: module for module in TRAVELLING_MODULES}
    content = b"".join(Path(str(module.__file__)).read_bytes() for module in TRAVELLING_MODULES)
    package = scratch / f"popularity_model_{hashlib.sha256(content).hexdigest()[:12]}"
    package.mkdir()
    (package / "__init__.py").touch()
    for name, module in sources.items():
        shutil.copyfile(str(module.__file__), package / name)
    return package


def _signature() -> "ModelSignature":
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType

    # Whole numbers, booleans and dates arrive in several types, with and without nulls: MLflow's own types
    # would refuse some of them (an int64 is no "double" to it).
    texts = ("title", "artist_id", "artist_name", "release_date_precision", *features.CATEGORIES)
    inputs = [ColSpec(DataType.string if name in texts else AnyType(), name=name, required=False) for name in INPUTS]  # type: ignore[no-untyped-call]
    outputs = [ColSpec(DataType.double, name=PREDICTED), ColSpec(DataType.long, name=TRACKS_USED)]
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))  # type: ignore[arg-type]


def _inputs(frame: "pd.DataFrame") -> "pd.DataFrame":
    return frame[list(INPUTS)]
