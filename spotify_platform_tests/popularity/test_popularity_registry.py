"""Trainings in a real MLflow store: what is kept of them, which version serves, and what it answers."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spotify_platform.errors import PermanentError
from spotify_platform.popularity import tracking
from spotify_platform.popularity.boosting import Boosting
from spotify_platform.popularity.features import RAW_COLUMNS
from spotify_platform.popularity.models import SeedForest
from spotify_platform.popularity.tracking import (
    CHALLENGER,
    CHAMPION,
    MODEL_NAME,
    ModelStore,
    connected,
    load_champion,
    predict,
    register_champion,
)
from spotify_platform_tests.popularity.conftest import (
    HISTORY,
    PLAN,
    STRICT,
    Trained,
    catalogue,
    learnable,
    model_store,
)


@pytest.fixture
def store(tmp_path: Path, trained: Trained) -> ModelStore:
    """The first training's store, to be trained in again. Its runs keep their files where they were written."""
    copy = model_store(tmp_path)
    shutil.copyfile(trained.store.database, copy.database)
    return copy


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """A yardstick of a tenth of the trees, for tests of the registry that look at no score."""
    from sklearn.ensemble import RandomForestRegressor

    def small() -> Any:
        return RandomForestRegressor(10, random_state=42)

    monkeypatch.setattr("spotify_platform.popularity.models.seed_forest", small)


def _versions(store: ModelStore) -> dict[int, Any]:
    with connected(store) as client:
        return {int(found.version): found for found in client.search_model_versions(f"name='{MODEL_NAME}'")}


def _run(store: ModelStore, run_id: str) -> Any:
    with connected(store) as client:
        return client.get_run(run_id)


def _runs(store: ModelStore) -> set[str]:
    with connected(store) as client:
        return {run.info.run_id for run in tracking._runs(client, store, "")}


def _files(store: ModelStore, run_id: str, folder: str) -> set[str]:
    with connected(store) as client:
        return {Path(file.path).name for file in client.list_artifacts(run_id, folder)}


def test_a_run_is_kept_of_the_yardstick_and_of_each_candidate(trained: Trained) -> None:
    registration = trained.registration
    assert registration.new
    assert list(registration.run_ids) == ["seed_forest", "small_strict", "small_history"]
    for name, run_id in registration.run_ids.items():
        run = _run(trained.store, run_id)
        assert run.info.status == "FINISHED"
        assert run.data.params["name"] == name
        assert run.data.params["plan_folds"] == "3"
        assert run.data.tags["data_fingerprint"] == trained.data.fingerprint
        assert run.data.tags["snapshot"] == "2020-01-21"
        assert run.data.metrics["score"] == pytest.approx(registration.scores[name])


def test_a_run_holds_each_recipe_and_each_measure_of_each_protocol(trained: Trained) -> None:
    run = _run(trained.store, trained.registration.run_ids["small_history"])
    assert run.data.params["num_leaves"] == "15"
    assert run.data.params["artist_history"] == "True"
    results = trained.registration.results.set_index(["model", "protocol"])
    for protocol in ("cold", "warm", "temporal"):
        for measure in ("r2", "mse", "mse_ratio", "spearman", "top_decile_lift"):
            expected = results.loc[("small_history", protocol), measure]
            assert run.data.metrics[f"{protocol}_{measure}"] == pytest.approx(expected), (protocol, measure)
    assert _run(trained.store, trained.registration.run_ids["seed_forest"]).data.metrics["warm_mse_ratio"] == 1


def test_a_run_names_the_data_it_was_made_from(trained: Trained) -> None:
    (used,) = _run(trained.store, trained.registration.run_ids["small_strict"]).inputs.dataset_inputs
    assert used.dataset.name == "popularity_features"
    assert used.dataset.digest == trained.data.fingerprint[:32]
    assert {tag.key: tag.value for tag in used.tags}["snapshot"] == "2020-01-21"
    assert json.loads(used.dataset.profile)["num_rows"] == len(trained.data.tracks)


def test_a_run_has_its_plots(trained: Trained) -> None:
    runs = trained.registration.run_ids
    assert _files(trained.store, runs["seed_forest"], "plots") == {"protocols.png"}
    for name in ("small_strict", "small_history"):
        plots = _files(trained.store, runs[name], "plots")
        assert plots == {"predicted_against_actual.png", "error_by_decile.png", "importance.png"}
    with connected(trained.store):
        import mlflow

        picture = mlflow.artifacts.download_artifacts(run_id=runs["small_history"], artifact_path="plots")
    for file in Path(picture).iterdir():
        assert file.read_bytes().startswith(b"\x89PNG")


def test_the_best_candidate_is_registered_as_champion_with_signature_and_example(trained: Trained) -> None:
    assert trained.registration.version == trained.registration.champion == 1
    assert trained.registration.scores["small_history"] == min(trained.registration.scores.values())
    champion = load_champion(trained.store)
    assert champion.recipe == HISTORY
    assert champion.run_id == trained.registration.run_ids["small_history"]
    assert (champion.fingerprint, champion.snapshot) == (trained.data.fingerprint, "2020-01-21")
    metadata = champion.model.metadata
    assert set(metadata.get_input_schema().input_names()) == set(RAW_COLUMNS) - {"track_id"}
    assert metadata.get_output_schema().input_names() == ["predicted_popularity", "artist_tracks_used"]
    assert metadata.saved_input_example_info is not None
    assert "first champion" in trained.registration.decision


def test_the_model_brings_its_own_requirements_and_not_the_projects_lock_file(trained: Trained) -> None:
    with connected(trained.store):
        import mlflow

        folder = Path(mlflow.artifacts.download_artifacts(f"models:/{MODEL_NAME}/1"))
    requirements = (folder / "requirements.txt").read_text()
    assert "lightgbm==" in requirements
    assert "spotify" not in requirements
    assert not list(folder.rglob("uv.lock"))


def test_the_same_training_again_adds_nothing(store: ModelStore, trained: Trained, few_trees: None) -> None:
    runs = _runs(store)
    again = register_champion(store, learnable(trained.frame.sample(frac=1, random_state=1)), PLAN, (STRICT, HISTORY))
    assert not again.new
    assert (again.version, again.champion, again.decision) == (1, 1, trained.registration.decision)
    assert again.run_ids == dict(trained.registration.run_ids)
    assert again.scores == pytest.approx(trained.registration.scores)
    pd.testing.assert_frame_equal(again.results, trained.registration.results, check_dtype=False)
    pd.testing.assert_frame_equal(
        again.verdicts, trained.registration.verdicts, check_dtype=False, check_index_type=False
    )
    assert _runs(store) == runs
    assert set(_versions(store)) == {1}


def test_changed_tracks_register_a_new_champion_and_returning_tracks_bring_back_the_old(
    store: ModelStore, trained: Trained, few_trees: None
) -> None:
    changed = trained.frame.assign(popularity=trained.frame["popularity"].where(trained.frame.index != 3, 99))
    second = register_champion(store, learnable(changed), PLAN, (STRICT, HISTORY))
    assert second.new
    assert (second.version, second.champion) == (2, 2)
    assert "the champion's recipe, learned from the current tracks" in second.decision
    assert load_champion(store).fingerprint != trained.data.fingerprint
    assert _versions(store)[1].tags["data_fingerprint"] == trained.data.fingerprint, "the old version stays"

    back = register_champion(store, trained.data, PLAN, (STRICT, HISTORY))
    assert not back.new
    assert back.champion == load_champion(store).version == 1


def test_a_candidate_that_is_not_better_than_the_champion_is_a_challenger(
    store: ModelStore, trained: Trained, few_trees: None
) -> None:
    weak = replace(HISTORY, name="weak", num_iterations=15)
    registration = register_champion(store, trained.data, PLAN, (weak,))
    assert (registration.version, registration.champion) == (2, 1)
    assert registration.decision.startswith("not better than version 1 on the same folds")
    assert load_champion(store).recipe == HISTORY
    with connected(store) as client:
        assert int(client.get_model_version_by_alias(MODEL_NAME, CHALLENGER).version) == 2
        assert int(client.get_model_version_by_alias(MODEL_NAME, CHAMPION).version) == 1


def test_a_candidate_that_is_better_than_the_champion_takes_its_place(tmp_path: Path, few_trees: None) -> None:
    store, data = model_store(tmp_path), learnable(catalogue())
    register_champion(store, data, PLAN, (replace(HISTORY, num_iterations=15),))
    registration = register_champion(store, data, PLAN, (replace(HISTORY, name="stronger"),))
    assert (registration.version, registration.champion) == (2, 2)
    assert registration.decision.startswith("better than version 1")


def test_a_candidate_that_is_worse_than_a_mean_is_not_registered(tmp_path: Path, few_trees: None) -> None:
    noise = np.random.default_rng(77).integers(0, 100, 150)
    store, frame = model_store(tmp_path), catalogue(150).assign(popularity=noise)
    registration = register_champion(store, learnable(frame), PLAN, (STRICT,))
    assert registration.version is registration.champion is None
    assert "no candidate is better than" in registration.decision
    assert not _versions(store)
    with pytest.raises(PermanentError, match="No version of spotify_popularity serves: train"):
        load_champion(store)
    again = register_champion(store, learnable(frame), PLAN, (STRICT,))
    assert not again.new
    assert again.decision == registration.decision


def test_an_interrupted_training_is_cleaned_up_and_done_again(
    store: ModelStore, few_trees: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, before = learnable(catalogue(seed=5)), _runs(store)

    def interrupted(*_: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tracking, "_register", interrupted)
        with pytest.raises(KeyboardInterrupt):
            register_champion(store, data, PLAN, (STRICT, HISTORY))
    left_behind = _runs(store) - before
    assert left_behind
    assert load_champion(store).version == 1, "the champion serves on"

    registration = register_champion(store, data, PLAN, (STRICT, HISTORY))
    assert registration.new
    assert registration.version == 2
    assert _runs(store) == before | set(registration.run_ids.values())


def test_two_trainings_of_the_same_tracks_predict_the_same(tmp_path: Path, trained: Trained) -> None:
    other = model_store(tmp_path)
    repeated = register_champion(other, learnable(catalogue()), PLAN, (STRICT, HISTORY))
    pd.testing.assert_frame_equal(repeated.results, trained.registration.results)
    asked = catalogue(60, seed=9)
    pd.testing.assert_frame_equal(predict(load_champion(other), asked), predict(load_champion(trained.store), asked))


def test_predictions_name_their_track_their_model_and_what_they_rest_on(trained: Trained) -> None:
    asked = catalogue(50, seed=9)
    asked.loc[0, ["artist_id", "artist_name"]] = "nobody"
    asked.index = asked.index + 1000
    answers = predict(load_champion(trained.store), asked)
    assert list(answers["track_id"]) == list(asked["track_id"])
    assert answers["predicted_popularity"].between(0, 100).all()
    assert answers["predicted_popularity"].nunique() > 20
    assert answers["artist_tracks_used"].iloc[0] == 0
    assert answers["artist_tracks_used"].iloc[1:].gt(0).mean() > 0.8
    assert set(answers["model_version"]) == {1}
    assert set(answers["snapshot"]) == {"2020-01-21"}


def test_a_track_gets_the_same_prediction_alone_as_among_others(trained: Trained) -> None:
    champion, asked = load_champion(trained.store), catalogue(20, seed=9)
    alone = [predict(champion, asked.iloc[[row]])["predicted_popularity"].iloc[0] for row in range(5)]
    assert alone == list(predict(champion, asked)["predicted_popularity"][:5])


def test_null_features_are_answered(trained: Trained) -> None:
    nulls = pd.DataFrame({name: [None, None] for name in RAW_COLUMNS}).assign(track_id=["x", "y"])
    partly = catalogue(2).assign(genre="never seen", release_date=None, explicit=None, tempo=np.nan)
    for asked in (nulls, partly, pd.concat([catalogue(3).astype(object), nulls.astype(object)])):
        answers = predict(load_champion(trained.store), asked)
        assert len(answers) == len(asked)
        assert answers["predicted_popularity"].between(0, 100).all()


def test_no_tracks_get_no_predictions(trained: Trained) -> None:
    answers = predict(load_champion(trained.store), catalogue().head(0))
    assert answers.empty
    assert list(answers) == ["track_id", "predicted_popularity", "artist_tracks_used", "model_version", "snapshot"]


def test_missing_columns_are_named(trained: Trained) -> None:
    with pytest.raises(PermanentError, match="lack the columns energy, title"):
        predict(load_champion(trained.store), catalogue(5).drop(columns=["title", "energy"]))


def test_there_is_no_champion_in_an_empty_store(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="train the popularity model"):
        load_champion(model_store(tmp_path / "new" / "folder"))


def test_a_store_is_left_as_mlflow_was_before(trained: Trained) -> None:
    with connected(trained.store):
        import mlflow

        assert mlflow.get_tracking_uri() == trained.store.uri
    assert mlflow.get_tracking_uri() != trained.store.uri


LOADS_ALONE = """
import sys
sys.path[:] = [path for path in sys.path if path not in ("", {project!r})]
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "spotify_platform":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
import mlflow, pandas
model = mlflow.pyfunc.load_model({folder!r})
answers = model.predict(pandas.read_pickle({asked!r}))
assert "spotify_platform" not in sys.modules
answers.to_json({answers!r}, double_precision=15)
"""


def test_a_saved_model_answers_in_a_process_without_this_package(trained: Trained, tmp_path: Path) -> None:
    with connected(trained.store):
        import mlflow

        saved = mlflow.artifacts.download_artifacts(f"models:/{MODEL_NAME}/1")
    folder = shutil.copytree(saved, tmp_path / "model")
    asked, project = catalogue(30, seed=9), Path(tracking.__file__).parents[2]
    asked.drop(columns=["track_id", "popularity", "popularity_as_of"]).to_pickle(tmp_path / "asked.pkl")
    code = LOADS_ALONE.format(
        project=str(project),
        folder=str(folder),
        asked=str(tmp_path / "asked.pkl"),
        answers=str(tmp_path / "answers.json"),
    )
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answers = pd.read_json(tmp_path / "answers.json", precise_float=True)
    expected = predict(load_champion(trained.store), asked)
    assert answers["predicted_popularity"].to_numpy() == pytest.approx(expected["predicted_popularity"].to_numpy())
    assert list(answers["artist_tracks_used"]) == list(expected["artist_tracks_used"])


def test_the_yardstick_is_a_forest_with_default_settings_on_the_audio_features() -> None:
    from sklearn.ensemble import RandomForestRegressor

    from spotify_platform.popularity.models import YARDSTICK, seed_forest

    assert type(seed_forest()) is RandomForestRegressor
    assert seed_forest().get_params() == RandomForestRegressor(random_state=42).get_params()
    sound = "danceability energy key loudness mode speechiness acousticness instrumentalness liveness valence tempo"
    assert isinstance(YARDSTICK, SeedForest)
    assert (*sound.split(), "duration_ms") == YARDSTICK.COLUMNS
    tracks = learnable(catalogue(90)).tracks
    columns = list(YARDSTICK.COLUMNS)
    forest = RandomForestRegressor(random_state=42).fit(tracks[columns].to_numpy(), tracks["popularity"].to_numpy())
    assert list(YARDSTICK.fit(tracks).predict(tracks)) == list(forest.predict(tracks[columns].to_numpy()))


def test_a_fitted_recipe_survives_being_saved(tmp_path: Path) -> None:
    from spotify_platform.popularity.boosting import FittedBoosting

    tracks = learnable(catalogue(90)).tracks
    for recipe in (STRICT, HISTORY, Boosting("odd", artist_history=True, num_iterations=3, min_data_in_leaf=2)):
        fitted = recipe.fit(tracks)
        fitted.save(tmp_path / recipe.name)
        loaded = FittedBoosting.load(tmp_path / recipe.name)
        assert loaded.recipe == recipe
        assert list(loaded.predict(tracks)) == list(fitted.predict(tracks))
