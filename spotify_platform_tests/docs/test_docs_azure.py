"""What docs/azure.md and the files beside it say: checked against the code, Dagster, MLflow and Azurite."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import warnings
from pathlib import Path
from typing import Any

import click
import dagster as dg
import pytest
import requests
import typer
import yaml

from spotify_platform.azure import StorageAccount
from spotify_platform.cli import app
from spotify_platform.environment import PREFIX, Environment

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "azure"
PAGE = (ROOT / "docs" / "azure.md").read_text(encoding="utf-8")
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
BASH = "\n".join(BLOCKS).replace("\\\n", " ")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMPOSE = yaml.safe_load(FILES["compose.yaml"])
DAGSTER = yaml.safe_load(FILES["dagster.yaml"])
HERE_ONLY = ("storage", "compute_logs", "python_logs")
"""What a deployment has of its own in dagster.yaml."""
START_SECONDS = 60


def words_after(program: str, text: str) -> list[list[str]]:
    """The arguments of every call of a program in shell text."""
    before = r"^(?:[A-Z_]+=\S+ +)*|&& +|\(|exec code +"
    calls = re.findall(rf"(?:{before}){program} +([a-z].*)", text, re.MULTILINE)
    return [shlex.split(call.split("&&")[0], comments=True) for call in calls]


def leaf(command: Any, arguments: list[str]) -> tuple[Any, set[str]]:
    """The command that the arguments name, and the options that they give it."""
    arguments = list(arguments)
    while isinstance(command, click.Group) or hasattr(command, "get_command"):
        found = command.get_command(click.Context(command), arguments[0])
        assert found is not None, arguments
        command = found
        arguments.pop(0)
    return command, {word.partition("=")[0] for word in arguments if word.startswith("-")}


def options_of(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}


# The page


@pytest.mark.parametrize(
    "arguments",
    words_after("spotify-platform", "\n".join([BASH, *re.findall(r"`(spotify-platform [^`]+)`", PAGE)])),
    ids=" ".join,
)
def test_every_command_of_the_page_exists_with_its_options(arguments: list[str]) -> None:
    command, given = leaf(typer.main.get_command(app), arguments)
    assert given <= options_of(command)


def test_the_page_runs_doctor_before_it_builds() -> None:
    named = [words[0] for words in words_after("spotify-platform", BASH)]
    assert {"doctor", "run", "upload", "sql"} <= set(named)
    assert named.index("doctor") < named.index("run")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][:40])
def test_every_block_of_commands_is_valid_for_the_shell(block: str) -> None:
    checked = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True)
    assert checked.stderr == ""


def test_every_variable_of_the_platform_is_a_setting() -> None:
    said = "\n".join([PAGE, *FILES.values()])
    named = {name.lower() for name in re.findall(rf"{PREFIX}(\w+)", said)}
    assert named <= set(Environment.model_fields)


def test_every_link_leads_to_a_file_or_a_heading() -> None:
    headings = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", PAGE, re.M)
    }
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", PAGE) if not target.startswith("https://")]
    assert targets
    for target in targets:
        name, _, heading = target.partition("#")
        assert (ROOT / "docs" / name).exists()
        assert not heading or heading in headings


def test_every_file_that_the_page_names_exists_and_every_file_is_named() -> None:
    named = set(re.findall(r"docs/azure/([\w.]+\w)", PAGE)) | set(re.findall(r"\]\(azure/([\w.]+)\)", PAGE))
    assert named <= set(FILES)
    assert set(FILES) - named <= {"Dockerfile.dockerignore"}


def test_every_make_target_of_the_page_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {words[0] for words in words_after("make", BASH)} <= set(targets)


@pytest.fixture(scope="module")
def mlflow_cli() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of itself on import
        from mlflow.cli import cli

    return cli


def test_the_mlflow_command_of_the_page_exists_with_its_options(mlflow_cli: Any) -> None:
    calls = words_after("mlflow", BASH)
    assert calls
    for arguments in calls:
        command, given = leaf(mlflow_cli, arguments)
        assert given <= options_of(command)


# compose.yaml


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".yml", ".yaml"))])
def test_every_yaml_file_can_be_read(name: str) -> None:
    assert isinstance(yaml.safe_load(FILES[name]), dict)


def interpolated(text: str, values: dict[str, str]) -> str:
    """As compose fills in ${NAME:?} and ${NAME:-default}. Raises KeyError where the first is missing."""

    def value(found: re.Match[str]) -> str:
        name, how, default = found.groups()
        return values[name] if how == ":?" else values.get(name) or default

    return re.sub(r"\$\{(\w+)(:\?|:-)([^}]*)\}", value, text)


def test_ports_are_published_on_this_machine_alone() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert published
    for port in published:
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


def test_what_compose_asks_for_is_in_the_file_of_settings_and_nothing_else() -> None:
    listed = set(re.findall(r"^(?:# )?([A-Z_]+)=", FILES["settings.env"], re.MULTILINE))
    text = FILES["compose.yaml"]
    required, optional = set(re.findall(r"\$\{(\w+):\?", text)), set(re.findall(r"\$\{(\w+):-", text))
    passed_on = {name for name, value in COMPOSE["x-platform"]["environment"].items() if value is None}
    assert required <= listed
    assert listed <= required | optional | passed_on


def test_the_settings_that_compose_gives_are_a_whole_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    filled = {
        "STORAGE_ACCOUNT": "spotify",
        "POSTGRES_PASSWORD": "x",
        f"{PREFIX}DATABRICKS_HOST": "https://adb-1.2.azuredatabricks.net",
        f"{PREFIX}DATABRICKS_VOLUME": "/Volumes/main/spotify/platform",
        f"{PREFIX}SQL_SERVER": "spotify.sql.azuresynapse.net",
        f"{PREFIX}SQL_DATABASE": "spotify",
    }
    for name, value in COMPOSE["services"]["code"]["environment"].items():
        if name.startswith(PREFIX) and value is not None:
            monkeypatch.setenv(name, interpolated(value, filled))
    environment = Environment.load()
    assert (environment.lake, environment.compute, environment.warehouse) == ("azure", "databricks", "synapse")
    assert environment.active_world == "data"
    assert environment.storage_url == "https://spotify.blob.core.windows.net"
    host, port = str(environment.mlflow_tracking_uri).removeprefix("http://").split(":")
    assert f"--port {port}" in COMPOSE["services"][host]["command"]


def test_every_command_of_compose_exists_with_its_options(mlflow_cli: Any) -> None:
    from dagster._cli import create_dagster_cli
    from dagster._daemon.cli import create_dagster_daemon_cli
    from dagster_webserver.cli import dagster_webserver

    programs = {
        "dagster": create_dagster_cli(),
        "dagster-daemon": create_dagster_daemon_cli(),
        "dagster-webserver": dagster_webserver,
        "mlflow": mlflow_cli,
    }
    services = COMPOSE["services"]
    lines = [shlex.split(interpolated(s["command"], {})) for s in services.values() if "command" in s]
    lines.append(services["code"]["healthcheck"]["test"][1:])
    assert len(lines) == 5
    for program, *arguments in lines:
        command, given = leaf(programs[program], arguments)
        assert given <= options_of(command)


def test_the_code_server_is_where_the_workspace_looks_for_it() -> None:
    from dagster._core.workspace.load import location_origins_from_yaml_paths

    [origin] = location_origins_from_yaml_paths([str(FOLDER / "workspace.yaml")])
    [project] = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    served = COMPOSE["services"][origin.host]["command"]
    assert f"--port {origin.port}" in served
    assert f"--module-name {project['python_module']['module_name']}" in served
    assert origin.location_name == project["python_module"]["location_name"]
    assert f"--location-name {origin.location_name}" in served


# dagster.yaml


def instance_folder(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Path:
    """A DAGSTER_HOME with the deployment's dagster.yaml; what is changed to None is left out."""
    for name in ("POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_PASSWORD", "LOGS_ACCOUNT"):
        monkeypatch.setenv(f"DAGSTER_{name}", name.lower())
    folder.mkdir()
    config = {name: value for name, value in {**DAGSTER, **changes}.items() if value is not None}
    (folder / "dagster.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def test_dagster_takes_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster._core.instance.ref import InstanceRef

    ref = InstanceRef.from_dir(str(instance_folder(tmp_path / "home", monkeypatch)))
    assert ref.storage_data is not None
    assert (ref.storage_data.module_name, ref.storage_data.class_name) == ("dagster_postgres", "DagsterPostgresStorage")
    assert ref.compute_logs_data is not None
    assert ref.compute_logs_data.class_name == "AzureBlobComputeLogManager"
    assert ref.settings is not None
    assert ref.settings["telemetry"] == {"enabled": False}


def test_a_deployment_differs_from_a_laptop_in_where_it_keeps_things_alone() -> None:
    laptop = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    assert {name: value for name, value in DAGSTER.items() if name not in HERE_ONLY} == laptop


def test_every_variable_of_the_configuration_is_set_by_compose() -> None:
    wanted = set(re.findall(r"env: (\w+)", FILES["dagster.yaml"]))
    assert wanted
    assert wanted <= set(COMPOSE["x-platform"]["environment"])
    assert wanted <= set(re.findall(r"`(\w+)`", PAGE)), "whoever runs the image elsewhere must know them"


def test_postgres_is_reached_with_the_driver_that_is_installed() -> None:
    postgres = pytest.importorskip("dagster_postgres.utils", reason="dagster-postgres is in the extra `deploy`")
    import sqlalchemy
    from dagster._config import validate_config

    values = {"hostname": "postgres", "username": "platform", "password": "x"}
    config = {"postgres_db": {**DAGSTER["storage"]["postgres"]["postgres_db"], **values}}
    assert validate_config(postgres.pg_config(), config).success
    url = postgres.pg_url_from_config(config)
    assert url == "postgresql+psycopg2://platform:x@postgres:5432/dagster"
    assert sqlalchemy.create_engine(url).driver == "psycopg2"
    assert COMPOSE["services"]["mlflow"]["environment"]["MLFLOW_BACKEND_STORE_URI"].startswith("postgresql+psycopg2://")


def test_what_a_step_says_is_read_back_from_the_storage_account(
    azurite: StorageAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from azure.storage.blob import BlobServiceClient
    from dagster_azure.blob import compute_log_manager

    def emulated(*_: object) -> BlobServiceClient:
        return BlobServiceClient(azurite.endpoint, azurite.key)

    monkeypatch.setattr(compute_log_manager, "create_blob_client", emulated)
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "true")

    @dg.asset
    def talkative() -> None:
        print("said on standard output")

    def home(name: str) -> Path:
        logs = {**DAGSTER["compute_logs"]}
        logs["config"] = {**logs["config"], "local_dir": str(tmp_path / f"{name}_logs")}
        return instance_folder(tmp_path / name, monkeypatch, storage=None, python_logs=None, compute_logs=logs)

    with emulated() as service, azurite.container(DAGSTER["compute_logs"]["config"]["container"]) as container:
        with dg.DagsterInstance.from_config(str(home("worker"))) as worker:
            run = dg.materialize([talkative], instance=worker)
            [key] = [
                event.logs_captured_data.file_key
                for event in run.all_events
                if event.event_type_value == "LOGS_CAPTURED"
            ]
        with dg.DagsterInstance.from_config(str(home("webserver"))) as webserver:
            data = webserver.compute_log_manager.get_log_data([run.run_id, "compute_logs", key])
        stored = [blob.name for blob in container.list_blobs()]
        assert service.account_name == azurite.name
    assert data.stdout == b"said on standard output\n"
    assert all(name.startswith(f"dagster/storage/{run.run_id}/") for name in stored)


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_a_failed_step_is_told_to_opentelemetry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.instrumentation.logging import handler
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

    provider, exported = LoggerProvider(shutdown_on_exit=False), InMemoryLogRecordExporter()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exported))
    monkeypatch.setattr(handler, "get_logger_provider", lambda: provider)

    @dg.asset
    def broken() -> None:
        raise ValueError("broken on purpose")

    home = instance_folder(tmp_path / "home", monkeypatch, storage=None, compute_logs=None)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert not dg.materialize([broken], instance=instance, raise_on_error=False).success
    told = [log.log_record for log in exported.get_finished_logs()]
    failures = [log for log in told if log.severity_number is not None and log.severity_number.value >= 17]
    for event in re.findall(r'has_any \("(\w+)", "(\w+)"\)', PAGE)[0]:
        assert any(event in str(log.body) for log in failures)


# The images


def instructions(name: str) -> list[list[str]]:
    text = "\n".join(line for line in FILES[name].splitlines() if not line.lstrip().startswith("#"))
    return [shlex.split(line) for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def test_the_image_is_made_of_files_that_exist_and_are_let_through() -> None:
    allowed = {line[1:] for line in FILES["Dockerfile.dockerignore"].splitlines() if line.startswith("!")}
    copied = [word for words in instructions("Dockerfile") if words[0] == "COPY" for word in words[1:-1]]
    sources = [source.removeprefix("./") for source in copied if not source.startswith("--")]
    assert "pyproject.toml" in sources
    for source in sources:
        assert (ROOT / source).exists()
        assert source in allowed
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for packed in [*wheel["force-include"], *wheel["packages"], PROJECT["readme"]]:
        assert any(packed == source or packed.startswith(f"{source}/") for source in sources)


def test_the_image_installs_the_lock_file_with_extras_that_exist() -> None:
    synced = [words for words in instructions("Dockerfile") if words[1:3] == ["uv", "sync"]]
    assert len(synced) == 2
    for words in synced:
        assert {"--frozen", "--no-dev"} <= set(words)
        extras = [words[place + 1] for place, word in enumerate(words) if word == "--extra"]
        assert {"azure", "databricks"} <= set(extras) <= set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("name", ["Dockerfile", "serving.Dockerfile"])
def test_images_run_as_nobody_special_on_a_supported_python(name: str) -> None:
    lines = instructions(name)
    [image] = [words[1] for words in lines if words[0] == "FROM"]
    version = re.fullmatch(r"python:(\d+)\.(\d+)-slim", image)
    assert version is not None
    assert (int(version[1]), int(version[2])) >= (3, 11)
    [user] = [words[1] for words in lines if words[0] == "USER"]
    assert user in ("platform", "model")
    assert f"useradd --uid 10001 --create-home {user}" in FILES[name]


# Azure ML


@pytest.mark.filterwarnings("ignore")  # its packages warn on import of what they use of each other
def test_azure_ml_takes_the_endpoint_and_its_deployment(tmp_path: Path) -> None:
    from azure.ai.ml import load_online_deployment, load_online_endpoint

    for name in ("endpoint.yml", "deployment.yml", "serving.Dockerfile"):
        shutil.copy(FOLDER / name, tmp_path)
    endpoint = load_online_endpoint(tmp_path / "endpoint.yml")
    deployment = load_online_deployment(tmp_path / "deployment.yml")
    assert deployment.endpoint_name == endpoint.name
    assert endpoint.auth_mode == "aad_token"


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.ensemble import RandomForestRegressor

    def small() -> Any:
        return RandomForestRegressor(10, random_state=42)

    monkeypatch.setattr("spotify_platform.popularity.models.seed_forest", small)


def test_the_serving_image_answers_on_the_routes_that_azure_ml_asks(tmp_path: Path, few_trees: None) -> None:
    from spotify_platform.popularity.tracking import connected, register_champion
    from spotify_platform_tests.popularity.conftest import HISTORY, PLAN, catalogue, learnable, model_store

    deployment = yaml.safe_load(FILES["deployment.yml"])
    routes = deployment["environment"]["inference_config"]
    [(_, *command)] = [words for words in instructions("serving.Dockerfile") if words[0] == "CMD"]
    line = shlex.join(command).replace("'$AZUREML_MODEL_DIR", "'" + str(tmp_path))
    assert all(f"--port {route['port']}" in line for route in routes.values())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = line.replace("0.0.0.0", "127.0.0.1").replace(str(routes["scoring_route"]["port"]), str(port))

    store = model_store(tmp_path)
    register_champion(store, learnable(catalogue(200)), PLAN, (HISTORY,))
    with connected(store):
        import mlflow

        folder = tmp_path / deployment["model"]["path"]
        mlflow.artifacts.download_artifacts("models:/spotify_popularity@champion", dst_path=str(folder))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            ["sh", "-c", line], cwd=tmp_path, env=environ, stdout=log, stderr=log, start_new_session=True
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address + routes["readiness_route"]["path"], process, tmp_path / "log")
            asked = {"dataframe_records": [{"title": "A song", "energy": 0.7}]}
            answer = requests.post(address + routes["scoring_route"]["path"], json=asked, timeout=30)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    [prediction] = answer.json()["predictions"]
    assert 0 <= prediction["predicted_popularity"] <= 100


def wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(address, timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError(f"{address} did not answer: {log.read_text(errors='replace')[-2000:]}")
