"""Spark jobs as they are started: by Dagster Pipes, as a process of this machine and on a workspace's wire."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.compute import local_spark
from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.compute.local_spark import LocalSpark
from spotify_platform.compute.spark import Launcher, SparkCompute
from spotify_platform.contract import Column, Contract
from spotify_platform.errors import BusyError, PlatformError, SourceUnavailableError
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.sql.model import SqlModel

pytest.importorskip("dagster_databricks", reason="the extra databricks is not installed")

from dagster._core.errors import DagsterExecutionInterruptedError
from databricks.sdk.clock import RealClock
from databricks.sdk.core import Config

from spotify_platform.compute.databricks import WHEEL, Databricks
from spotify_platform_tests.fakes.databricks import Workspace
from spotify_platform_tests.fakes.spark import InThisProcess, build_table, defaults_for_small_tables
from spotify_platform_tests.reliability.worlds import PROJECT

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    # Dagster's own Pipes session still asks for run_id and dagster_run.
    pytest.mark.filterwarnings(r"ignore:AssetExecutionContext\.\w+ is deprecated:DeprecationWarning"),
]

TABLE = ("cleandata", "plays")
CONTRACT = Contract(
    "Plays of tracks.",
    (Column("track_id", "VARCHAR", "Track."), Column("streams", "BIGINT", "Streams.", minimum=0)),
    grain=("track_id",),
)


def plays(streams: str) -> SqlModel:
    return SqlModel(*TABLE, f"SELECT 'a' AS track_id, {streams} AS streams")


GOOD, OTHER = plays("CAST(1 AS BIGINT)"), plays("CAST(2 AS BIGINT)")
NO_NUMBER = plays("CAST(CASE WHEN 1 = 1 THEN 'many' ELSE '1' END AS BIGINT)")
BROKEN = plays("CAST(-1 AS BIGINT)")


@pytest.fixture(autouse=True)
def quick_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipes looks for messages more often, and gives up on missing ones after a second instead of ten."""
    monkeypatch.setattr("dagster._core.pipes.utils.DEFAULT_SLEEP_INTERVAL", 0.05)
    monkeypatch.setattr("dagster._core.pipes.utils.WAIT_FOR_LOGS_AFTER_EXECUTION_INTERVAL", 0)


@pytest.fixture
def any_lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


@pytest.fixture
def built_before(any_lake: FolderLake) -> None:
    """The table is there already; DuckDB built it, for no process need start for that."""
    DuckDBCompute(any_lake, threads=2, memory_limit="1GB", scratch=any_lake.root / "scratch").build(GOOD, CONTRACT)


def build(
    lake: FolderLake, launcher: Launcher, model: SqlModel, instance: dg.DagsterInstance | None = None
) -> dg.ExecuteInProcessResult:
    """Materialize the table in a run of its own, as an asset of the platform does."""

    @dg.asset(key=["cleandata", "plays"])
    def table(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        built = SparkCompute(lake, launcher).build(model, CONTRACT, context=context)
        return dg.MaterializeResult(metadata={"rows": built.rows_written, "version": built.state.version})

    return dg.materialize(
        [table],
        instance=instance,
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def error_of(done: dg.ExecuteInProcessResult) -> str:
    """Class and message of the innermost error of the one step that failed."""
    [failure] = [event for event in done.all_events if event.event_type_value == "STEP_FAILURE"]
    data: Any = failure.event_specific_data
    error = data.error
    while error.cls_name not in {cls.__name__ for cls in errors(PlatformError)} and error.cause:
        error = error.cause
    return f"{error.cls_name}: {error.message}"


def errors(cls: type[Exception]) -> Iterator[type[Exception]]:
    yield cls
    for below in cls.__subclasses__():
        yield from errors(below)


def stored(lake: FolderLake) -> list[tuple[Any, ...]]:
    return query(lake, "SELECT track_id, streams FROM cleandata.plays ORDER BY ALL", TABLE)


def materialized(done: dg.ExecuteInProcessResult) -> bool:
    return bool(done.get_asset_materialization_events())


# --- on this machine


@pytest.fixture
def local(tmp_path: Path, spark_server: str, monkeypatch: pytest.MonkeyPatch) -> LocalSpark:
    """Processes of this machine that use the Spark of the tests, so that none starts a JVM."""
    monkeypatch.setenv("SPARK_REMOTE", spark_server)
    return LocalSpark(threads=2, memory_megabytes=1000, scratch=tmp_path / "scratch")


def test_a_process_builds_the_table_and_says_so(local: LocalSpark, any_lake: FolderLake) -> None:
    done = build(any_lake, local, GOOD)
    [event] = done.get_asset_materialization_events()
    assert {name: value.value for name, value in event.materialization.metadata.items()} == {"rows": 1, "version": 0}
    assert stored(any_lake) == [("a", 1)]


@pytest.mark.usefixtures("built_before")
def test_a_process_that_fails_leaves_the_old_table_says_why_and_the_next_run_mends(
    local: LocalSpark, any_lake: FolderLake
) -> None:
    failed = build(any_lake, local, NO_NUMBER)
    assert (failed.success, materialized(failed), stored(any_lake)) == (False, False, [("a", 1)])
    assert "JobFailedError: cleandata.plays: " in error_of(failed)
    assert "'many'" in error_of(failed)
    assert build(any_lake, local, OTHER).success
    assert stored(any_lake) == [("a", 2)]


def test_the_traceback_of_a_process_stands_in_the_log_of_the_run(local: LocalSpark, any_lake: FolderLake) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        failed = build(any_lake, local, NO_NUMBER, instance)
        said = [str(entry.dagster_event) for entry in instance.all_logs(failed.run_id) if entry.dagster_event]
    [traced] = [text for text in said if "closed with exception" in text]
    assert "build_table.py" in traced


def test_a_contract_that_does_not_hold_is_told_as_such(local: LocalSpark, any_lake: FolderLake) -> None:
    assert "ContractBreachError" in error_of(build(any_lake, local, BROKEN))
    assert any_lake.state(TABLE) is None


def test_a_process_that_ends_without_its_closing_message_is_a_failure(
    local: LocalSpark, any_lake: FolderLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "silent.py"
    silent.write_text("import dagster_pipes\nwith dagster_pipes.open_dagster_pipes():\n    pass\n", encoding="utf-8")
    monkeypatch.setattr(local_spark, "program", lambda: silent)
    done = build(any_lake, local, GOOD)
    assert (done.success, materialized(done)) == (False, False)
    assert "closing message" in error_of(done)


def test_without_a_step_there_is_no_job(local: LocalSpark, any_lake: FolderLake) -> None:
    with pytest.raises(PlatformError, match="within a step of Dagster"):
        SparkCompute(any_lake, local).build(GOOD, CONTRACT)


def test_a_process_with_a_spark_of_its_own_builds_the_table(
    spark_server: str, any_lake: FolderLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a person runs it: a JVM, Delta by Maven, nothing left but the table."""
    for name in [name for name in os.environ if name.startswith("SPARK_")]:
        monkeypatch.delenv(name)  # PySpark tells its children of the server of the tests
    monkeypatch.setenv("SPARK_CONF_DIR", str(defaults_for_small_tables(tmp_path / "conf")))
    own = LocalSpark(threads=1, memory_megabytes=1000, scratch=tmp_path / "scratch")
    assert build(any_lake, own, GOOD).success
    assert stored(any_lake) == [("a", 1)]
    assert [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()] == []


def test_the_program_refuses_to_run_without_a_job() -> None:
    child = subprocess.run(
        [sys.executable, str(local_spark.program())], capture_output=True, text=True, check=False, timeout=60
    )
    assert child.returncode != 0
    assert "started by Dagster Pipes" in child.stderr


# --- on a workspace


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it is deployed."""
    folder = tmp_path_factory.mktemp("wheel")
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(built, cwd=PROJECT / "spark", check=True, capture_output=True, timeout=120)
    return folder / WHEEL


class Hurried(RealClock):
    """Waits of the SDK between two tries are left out."""

    def sleep(self, seconds: float) -> None:
        super().sleep(0)


@pytest.fixture
def workspace(tmp_path: Path, spark_server: str, wheel: Path) -> Iterator[Workspace]:
    """A workspace with the volume, and on it the wheel; its Spark is the one of the tests."""
    with Workspace(tmp_path / "workspace", {"SPARK_REMOTE": spark_server}) as running:
        deployed = Path(running.volume("main", "spotify", "platform")) / ".internal"
        deployed.mkdir(parents=True)
        (deployed / WHEEL).write_bytes(wheel.read_bytes())
        yield running


@pytest.fixture(params=["serverless", "cluster"])
def databricks(request: pytest.FixtureRequest, workspace: Workspace) -> Databricks:
    return of(workspace, "0101-cluster" if request.param == "cluster" else None)


@pytest.fixture
def serverless(workspace: Workspace) -> Databricks:
    return of(workspace)


def of(workspace: Workspace, cluster: str | None = None) -> Databricks:
    from databricks.sdk import WorkspaceClient

    class Quick(Databricks):
        def client(self) -> WorkspaceClient:
            return WorkspaceClient(config=Config(host=self.host, token=self.token, auth_type="pat", clock=Hurried()))

    volume = workspace.volume("main", "spotify", "platform")
    return Quick(workspace.host, volume, workspace.token, cluster, poll_seconds=0.2)


def left(workspace: Workspace) -> list[str]:
    """Files of runs that are over, which nobody needs."""
    runs = Path(workspace.volume("main", "spotify", "platform")) / "runs"
    return [path.name for path in runs.rglob("*") if path.is_file()]


def test_a_job_builds_the_table_and_leaves_nothing_on_the_volume(
    databricks: Databricks, workspace: Workspace, any_lake: FolderLake
) -> None:
    done = build(any_lake, databricks, GOOD)
    assert done.success, error_of(done)
    assert stored(any_lake) == [("a", 1)]
    [run] = workspace.runs.values()
    assert (run.result_state, run.payload["run_name"]) == ("SUCCESS", "spotify_platform cleandata.plays")
    assert run.timeout_seconds
    assert run.idempotency_token
    assert any("dagster-pipes==" in str(needed) for needed in run.dependencies)
    assert left(workspace) == []


@pytest.mark.usefixtures("built_before")
def test_a_job_that_fails_leaves_the_old_table_and_brings_its_traceback(
    serverless: Databricks, workspace: Workspace, any_lake: FolderLake
) -> None:
    failed = build(any_lake, serverless, NO_NUMBER)
    assert (failed.success, materialized(failed), stored(any_lake)) == (False, False, [("a", 1)])
    said = error_of(failed)
    assert "JobFailedError: cleandata.plays: " in said
    assert "'many'" in said
    assert "Traceback" in said
    assert "build_table.py" in said
    assert [run.result_state for run in workspace.runs.values()] == ["FAILED"]


class Interrupting:
    """Looks at a run, and at the second look is told to stop, as when a person terminates the Dagster run."""

    def __init__(self, get_run: Callable[..., Any], error: BaseException) -> None:
        self.get_run, self.error, self.looks = get_run, error, 0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.looks += 1
        if self.looks == 2:
            raise self.error
        return self.get_run(*arguments, **named)


def interrupted(databricks: Databricks, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> Databricks:
    client = databricks.client()
    monkeypatch.setattr(client.jobs, "get_run", Interrupting(client.jobs.get_run, error))
    monkeypatch.setattr(type(databricks), "client", lambda _: client)
    return databricks


def test_an_interruption_cancels_the_job_and_is_no_success(
    databricks: Databricks, workspace: Workspace, any_lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        done = build(any_lake, interrupted(databricks, DagsterExecutionInterruptedError(), patched), GOOD)
    assert (done.success, materialized(done)) == (False, False)
    assert "DagsterExecutionInterruptedError" in error_of(done)
    [number] = workspace.runs
    assert workspace.wait(number).result_state == "CANCELED"
    assert any_lake.state(TABLE) is None


def test_a_job_that_somebody_else_cancels_is_a_failure(
    serverless: Databricks, workspace: Workspace, any_lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serverless.client()
    get_run = client.jobs.get_run

    def cancelled(run_id: int) -> Any:
        client.jobs.cancel_run(run_id)
        return get_run(run_id)

    monkeypatch.setattr(client.jobs, "get_run", cancelled)
    monkeypatch.setattr(type(serverless), "client", lambda _: client)
    done = build(any_lake, serverless, GOOD)
    assert (done.success, materialized(done)) == (False, False)
    assert "JobFailedError" in error_of(done)


def test_a_job_whose_closing_message_is_lost_is_a_failure(
    serverless: Databricks, workspace: Workspace, any_lake: FolderLake
) -> None:
    with workspace.lose_messages("report_custom_message"):
        done = build(any_lake, serverless, GOOD)
    assert (done.success, materialized(done)) == (False, False)
    assert "closing message" in error_of(done)
    assert [run.result_state for run in workspace.runs.values()] == ["SUCCESS"]
    assert build(any_lake, serverless, OTHER).success
    assert stored(any_lake) == [("a", 2)]


def test_a_step_that_is_started_again_finds_its_job_and_starts_no_second_one(
    serverless: Databricks, workspace: Workspace, any_lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that waited for the job was killed: nothing was cleaned up, and the job went on."""
    monkeypatch.setattr("spotify_platform.compute.spark.token_of", lambda *_: "the-same-attempt")
    with monkeypatch.context() as patched:
        patched.setattr("dagster_databricks.pipes.delete_volume_directory_recursive", lambda *_: None)
        killed = build(any_lake, interrupted(serverless, MemoryError("killed"), patched), GOOD)
        assert not killed.success
    assert left(workspace) != []
    done = build(any_lake, of(workspace), GOOD)
    assert done.success, error_of(done)
    assert len(workspace.runs) == 1
    assert stored(any_lake) == [("a", 1)]
    state = any_lake.state(TABLE)
    assert state is not None
    assert state.version == 0
    assert left(workspace) == []


def test_the_same_token_writes_once(spark: Any, any_lake: FolderLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever starts a job twice: Delta takes in its rows once."""
    monkeypatch.setattr("spotify_platform.compute.spark.token_of", lambda *_: "the-same-attempt")
    compute = SparkCompute(any_lake, InThisProcess(spark))
    versions = [compute.build(GOOD, CONTRACT).state.version for _ in range(2)]
    assert versions == [0, 0]


def test_the_slower_of_two_writers_is_told_that_it_was(
    spark: Any, any_lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = SparkCompute(any_lake, InThisProcess(spark))
    compute.build(GOOD, CONTRACT)

    def slower(*_: Any) -> None:
        raise RuntimeError("[DELTA_CONCURRENT_APPEND] Files were added by a concurrent update.\nJVM stacktrace: …")

    with monkeypatch.context() as patched:
        patched.setattr(build_table(), "_write", slower)
        with pytest.raises(BusyError, match=r"concurrent update\.$"):
            compute.build(OTHER, CONTRACT)
    assert stored(any_lake) == [("a", 1)]


def test_where_no_rows_can_be_kept_the_table_is_built_all_the_same(
    spark: Any, any_lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on serverless Databricks, which refuses both to keep rows and to forget them."""

    def refused(*_: Any) -> None:
        raise RuntimeError("[NOT_SUPPORTED_WITH_SERVERLESS] PERSIST TABLE is not supported on serverless compute.")

    for method in ("persist", "unpersist"):
        monkeypatch.setattr(f"pyspark.sql.connect.dataframe.DataFrame.{method}", refused)
    SparkCompute(any_lake, InThisProcess(spark)).build(GOOD, CONTRACT)
    assert stored(any_lake) == [("a", 1)]


def test_a_workspace_that_is_busy_is_asked_again(
    serverless: Databricks, workspace: Workspace, any_lake: FolderLake
) -> None:
    with workspace.failing("POST .*/submit", status=503, times=2):
        assert build(any_lake, serverless, GOOD).success
    assert len(workspace.runs) == 1


@pytest.mark.usefixtures("built_before")
def test_a_workspace_that_fails_while_a_job_runs_is_a_failure_that_may_be_tried_again(
    serverless: Databricks, workspace: Workspace, any_lake: FolderLake
) -> None:
    with workspace.failing("GET .*/runs/get", status=500, times=1000, error_code="INTERNAL_ERROR"):
        done = build(any_lake, serverless, OTHER)
    assert (done.success, materialized(done)) == (False, False)
    assert SourceUnavailableError.__name__ in error_of(done)
    for number in workspace.runs:
        workspace.wait(number)
    assert build(any_lake, serverless, GOOD).success
    assert stored(any_lake) == [("a", 1)]


def test_a_wrong_token_says_what_to_grant(workspace: Workspace, any_lake: FolderLake) -> None:
    stranger = Databricks(workspace.host, workspace.volume("main", "spotify", "platform"), "wrong", poll_seconds=0.2)
    assert "grant it" in error_of(build(any_lake, stranger, GOOD))


def test_no_secret_of_a_workspace_is_shown() -> None:
    assert "s3cret" not in repr(Databricks("https://adb-1.2.azuredatabricks.net", "/Volumes/a/b/c", "s3cret"))


def test_the_wheel_is_the_one_that_the_platform_asks_for_and_needs_nothing_but_pipes(wheel: Path) -> None:
    import tomllib
    import zipfile

    from spotify_platform.compute.databricks import PIPES

    assert wheel.exists()
    project = tomllib.loads((PROJECT / "spark" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dependencies"] == [PIPES]
    assert "spotify_platform_spark/build_table.py" in zipfile.ZipFile(wheel).namelist()
