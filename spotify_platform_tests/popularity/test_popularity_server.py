"""Trainings in a real MLflow server, which keeps the files too: what is on it, and what it answers."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError, PermanentError, SourceUnavailableError
from spotify_platform.popularity.tracking import (
    CHAMPION,
    MODEL_NAME,
    ModelServer,
    ModelStore,
    connected,
    load_champion,
    predict,
    register_champion,
)
from spotify_platform_tests.popularity.conftest import (
    HISTORY,
    PLAN,
    catalogue,
    learnable,
    model_store,
)

if TYPE_CHECKING:
    from spotify_platform.popularity.dataset import TrainingSet

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty MLflow server, which keeps its files where no client can reach them but through it."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files")),
    ]
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, env=environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        ) as process,
    ):
        try:
            wait_for(f"{address}/health", process, folder / "log")
            yield address
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(address, timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError(f"{address} did not answer: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def data() -> "TrainingSet":
    return learnable(catalogue(200))


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """A yardstick of a tenth of the trees: no test here looks at its score."""
    from sklearn.ensemble import RandomForestRegressor

    def small() -> Any:
        return RandomForestRegressor(10, random_state=42)

    monkeypatch.setattr("spotify_platform.popularity.models.seed_forest", small)


def test_a_training_on_a_server_is_the_one_that_a_file_keeps(
    server: str, data: "TrainingSet", tmp_path: Path, few_trees: None, capfd: pytest.CaptureFixture[str]
) -> None:
    remote, local = ModelServer(server), model_store(tmp_path)
    with pytest.raises(PermanentError, match="No version of spotify_popularity serves: train"):
        load_champion(remote)

    registration = register_champion(remote, data, PLAN, (HISTORY,))
    assert registration.new
    assert registration.version == registration.champion == 1
    assert registration.scores == pytest.approx(dict(register_champion(local, data, PLAN, (HISTORY,)).scores))
    asked = catalogue(40, seed=9)
    champion = load_champion(remote)
    assert champion.fingerprint == data.fingerprint
    assert list(predict(champion, asked)["predicted_popularity"]) == pytest.approx(
        list(predict(load_champion(local), asked)["predicted_popularity"])
    )

    again = register_champion(remote, data, PLAN, (HISTORY,))
    assert not again.new
    assert again.run_ids == dict(registration.run_ids)
    assert again.scores == pytest.approx(dict(registration.scores))
    assert capfd.readouterr().out == "", "standard output belongs to whoever asked"


def test_names_on_a_server_share_nothing_and_files_go_through_it(
    server: str, data: "TrainingSet", tmp_path: Path, few_trees: None
) -> None:
    one, other = (ModelServer(server, name=name) for name in ("world_one", "world_other"))
    registration = register_champion(one, data, PLAN, (HISTORY,))
    assert register_champion(other, data, PLAN, (HISTORY,)).new, "what one world has trained is no other world's"
    with connected(one) as client:
        import mlflow

        for store in (one, other):
            assert [int(found.version) for found in client.search_model_versions(f"name='{store.name}'")] == [1]
        for run_id in registration.run_ids.values():
            assert client.get_run(run_id).info.artifact_uri.startswith("mlflow-artifacts:/")
        files = {file.path for file in client.list_artifacts(registration.run_ids["seed_forest"])}
        saved = Path(mlflow.artifacts.download_artifacts(f"models:/{one.name}@{CHAMPION}", dst_path=str(tmp_path)))
    assert files == {"evaluation", "plots"}
    assert (saved / "MLmodel").is_file()


def test_a_server_that_does_not_answer_is_told_at_once() -> None:
    store = ModelServer(f"http://127.0.0.1:{free_port()}")
    began = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=f"the MLflow server {store.uri} does not answer"):
        load_champion(store)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("address", ["azureml://westeurope.api.azureml.ms/mlflow/v1.0", "mlflow.example.org"])
def test_an_address_of_no_server_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="no address of an MLflow server"):
        ModelServer(address)


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_the_environment_chooses_the_server_and_keeps_the_worlds_apart(home: Path) -> None:
    from spotify_platform.defs.popularity.assets import _store

    address = "https://mlflow.example.org"
    assert isinstance(_store(Environment.load(home=home, world="data")), ModelStore)
    data = _store(Environment.load(home=home, world="data", mlflow_tracking_uri=address))
    sample = _store(Environment.load(home=home, world="sample", mlflow_tracking_uri=address))
    assert data == ModelServer(address, MODEL_NAME)
    assert sample == ModelServer(address, "spotify_popularity_sample")


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_a_wrong_address_fails_a_step_and_is_not_taken_for_a_model_that_is_not_there(home: Path) -> None:
    from spotify_platform.defs.popularity.assets import popularity_evaluation, popularity_predictions

    environment = Environment.load(home=home, world="data", mlflow_tracking_uri="azureml://westeurope.api.azureml.ms")
    for asset in (popularity_evaluation, popularity_predictions):
        with pytest.raises(ConfigurationError, match="no address of an MLflow server"):
            asset(features=None, environment=environment)
