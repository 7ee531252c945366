"""The fake workspace behaves as Databricks does towards the real SDK and the real Pipes clients."""

import fcntl
import io
import json
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("dagster_databricks", reason="the databricks extra is not installed")

import dagster as dg
from dagster_databricks.pipes import (
    PipesDatabricksClient,
    PipesDatabricksServerlessClient,
    PipesUnityCatalogVolumesContextInjector,
    PipesUnityCatalogVolumesMessageReader,
)
from databricks.sdk import WorkspaceClient
from databricks.sdk.clock import RealClock
from databricks.sdk.core import Config
from databricks.sdk.errors import (
    AlreadyExists,
    BadRequest,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    ResourceDoesNotExist,
    Unauthenticated,
)
from databricks.sdk.service import compute, jobs

from spotify_platform_tests.fakes.databricks import Workspace

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    # Dagster's own Pipes session still asks for run_id and dagster_run.
    pytest.mark.filterwarnings(r"ignore:AssetExecutionContext\.\w+ is deprecated:DeprecationWarning"),
]

ENVIRONMENTS = [
    jobs.JobEnvironment(
        environment_key="default",
        spec=compute.Environment(environment_version="2", dependencies=["dagster-pipes==1.13.27"]),
    )
]
CLUSTER = compute.ClusterSpec(spark_version="15.4.x-scala2.12", num_workers=0, spark_env_vars={"REGION": "north"})

HAS_ROWS = dg.AssetCheckSpec("has_rows", asset="chart")

# Serverless tasks and existing clusters get the Pipes parameters as arguments, new clusters as variables.
PIPES = """
import sys, time, types
import dagster_pipes as dp

# The writer looks at its buffer once a second and then waits for the captured output: not needed here.
dp.time = types.SimpleNamespace(time=time.time, sleep=lambda seconds: time.sleep(0.02))
dp.PipesStdioLogWriterChannel.WAIT_FOR_TEE_SECONDS = 0.1

def opened():
    by_arguments = "--dagster-pipes-context" in sys.argv
    return dp.open_dagster_pipes(
        params_loader=dp.PipesCliArgsParamsLoader() if by_arguments else dp.PipesEnvVarParamsLoader(),
        context_loader=dp.PipesUnityCatalogVolumesContextLoader(),
        message_writer=dp.PipesUnityCatalogVolumesMessageWriter(interval=0),
    )
"""
REPORT = """
with opened() as pipes:
    pipes.report_asset_check("has_rows", passed=True, metadata={"rows": 3})
    pipes.report_asset_materialization(metadata={"rows": 3, "arguments": len(sys.argv) - 1})
"""
RAISE = """
with opened() as pipes:
    raise ValueError("no such chart")
"""


class Naps(RealClock):
    """The SDK's clock, which notes how long it would have slept between two attempts."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "databricks") as workspace:
        yield workspace


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def client(workspace: Workspace, naps: Naps) -> WorkspaceClient:
    return connect(workspace, workspace.token, naps)


def connect(workspace: Workspace, token: str, clock: RealClock) -> WorkspaceClient:
    return WorkspaceClient(config=Config(host=workspace.host, token=token, auth_type="pat", clock=clock))


@pytest.fixture
def volume(workspace: Workspace) -> str:
    return workspace.volume("main", "pipes", "io")


@pytest.fixture
def script(volume: str) -> Callable[[str], str]:
    """Puts a job's source into the volume."""

    def write(source: str) -> str:
        path = Path(volume) / "job.py"
        path.write_text(source)
        return str(path)

    return write


@pytest.fixture
def quick_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipes looks for messages more often, and gives up on missing ones after a second instead of ten."""
    monkeypatch.setattr("dagster._core.pipes.utils.DEFAULT_SLEEP_INTERVAL", 0.05)
    monkeypatch.setattr("dagster._core.pipes.utils.WAIT_FOR_LOGS_AFTER_EXECUTION_INTERVAL", 0)


def python_task(path: str, **compute_of_task: Any) -> jobs.SubmitTask:
    task = jobs.SparkPythonTask(python_file=path)
    return jobs.SubmitTask(task_key="job", spark_python_task=task, **compute_of_task)


def serverless_task(path: str) -> jobs.SubmitTask:
    return python_task(path, environment_key="default")


def submit(client: WorkspaceClient, path: str, **arguments: Any) -> int:
    run = client.jobs.submit(tasks=[serverless_task(path)], environments=ENVIRONMENTS, **arguments)
    run_id: int = run.bind()["run_id"]
    return run_id


def run_serverless(
    client: WorkspaceClient, volume: str, task: jobs.SubmitTask, checks: Sequence[dg.AssetCheckSpec] = (HAS_ROWS,)
) -> dg.ExecuteInProcessResult:
    pipes = PipesDatabricksServerlessClient(
        client, volume_path=volume, message_reader=quiet_reader(client, volume), poll_interval_seconds=0.05
    )
    return materialize(pipes, task, {"environments": ENVIRONMENTS}, checks)


def run_classic(client: WorkspaceClient, volume: str, task: jobs.SubmitTask) -> dg.ExecuteInProcessResult:
    pipes = PipesDatabricksClient(
        client,
        env={"TIER": "bronze"},
        context_injector=PipesUnityCatalogVolumesContextInjector(client=client, volume_path=volume),
        message_reader=quiet_reader(client, volume),
        poll_interval_seconds=0.05,
    )
    return materialize(pipes, task, {})


def quiet_reader(client: WorkspaceClient, volume: str) -> PipesUnityCatalogVolumesMessageReader:
    """Without the job's own output, whose capture by Pipes makes a job seconds longer."""
    return PipesUnityCatalogVolumesMessageReader(client=client, volume_path=volume, include_stdio_in_messages=False)


def materialize(
    pipes: Any,
    task: jobs.SubmitTask,
    arguments: dict[str, Any],
    checks: Sequence[dg.AssetCheckSpec] = (HAS_ROWS,),
) -> dg.ExecuteInProcessResult:
    @dg.asset(check_specs=checks)
    def chart(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        return pipes.run(context=context, task=task, submit_args=arguments).get_materialize_result()

    return dg.materialize([chart], raise_on_error=False)


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (materialization,) = result.asset_materializations_for_node("chart")
    return {name: value.value for name, value in materialization.metadata.items()}


def errors_of(result: dg.ExecuteInProcessResult) -> str:
    """The message of the failed step, and of what caused it."""
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    return str(failure.step_failure_data.error)


def log_of(client: WorkspaceClient, run_id: int) -> jobs.RunOutput:
    (task,) = client.jobs.get_run(run_id).tasks or []
    return client.jobs.get_run_output(task.run_id or 0)


# Pipes clients


@pytest.mark.usefixtures("quick_pipes")
def test_a_serverless_job_reports_metadata_and_a_check(
    workspace: Workspace, client: WorkspaceClient, volume: str, script: Callable[[str], str]
) -> None:
    pipes = PipesDatabricksServerlessClient(client, volume_path=volume, poll_interval_seconds=0.05)
    task = serverless_task(script(PIPES + REPORT))
    arguments = {"run_name": "chart", "idempotency_token": "one", "timeout_seconds": 60}
    result = materialize(pipes, task, {"environments": ENVIRONMENTS, **arguments})
    assert result.success
    assert metadata_of(result)["rows"] == 3
    assert metadata_of(result)["arguments"] == 4
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed, check.metadata["rows"].value) == ("has_rows", True, 3)
    (run,) = workspace.runs.values()
    assert (run.result_state, run.idempotency_token) == ("SUCCESS", "one")
    assert (run.payload["run_name"], run.payload["timeout_seconds"]) == ("chart", 60)
    assert run.dependencies == ("dagster-pipes==1.13.27",)


@pytest.mark.usefixtures("quick_pipes")
def test_pipes_leaves_nothing_in_the_volume(client: WorkspaceClient, volume: str, script: Callable[[str], str]) -> None:
    assert run_serverless(client, volume, serverless_task(script(PIPES + REPORT))).success
    assert list(Path(volume, "tmp").rglob("*")) == []


@pytest.mark.usefixtures("quick_pipes")
def test_a_new_cluster_gets_the_parameters_as_variables(
    workspace: Workspace, client: WorkspaceClient, volume: str, script: Callable[[str], str]
) -> None:
    result = run_classic(client, volume, python_task(script(PIPES + REPORT), new_cluster=CLUSTER))
    assert result.success
    assert metadata_of(result)["arguments"] == 0
    (run,) = workspace.runs.values()
    variables = run.task["new_cluster"]["spark_env_vars"]
    assert set(variables) == {"REGION", "TIER", "DAGSTER_PIPES_CONTEXT", "DAGSTER_PIPES_MESSAGES"}


@pytest.mark.usefixtures("quick_pipes")
def test_an_existing_cluster_gets_the_parameters_as_arguments(
    client: WorkspaceClient, volume: str, script: Callable[[str], str]
) -> None:
    result = run_classic(client, volume, python_task(script(PIPES + REPORT), existing_cluster_id="1121-chart"))
    assert result.success
    assert metadata_of(result)["arguments"] == 4


@pytest.mark.usefixtures("quick_pipes")
@pytest.mark.parametrize(
    ("compute_of_task", "arguments"), [({"existing_cluster_id": "1"}, 6), ({"new_cluster": CLUSTER}, 2)]
)
def test_a_wheel_task_reports_like_a_script(
    client: WorkspaceClient, volume: str, compute_of_task: dict[str, Any], arguments: int
) -> None:
    library = compute.Library(whl=charts_wheel(volume, PIPES + "def main():" + REPORT.replace("\n", "\n    ")))
    wheel_task = jobs.PythonWheelTask(package_name="charts", entry_point="load", parameters=["--week", "3"])
    task = jobs.SubmitTask(task_key="job", python_wheel_task=wheel_task, libraries=[library], **compute_of_task)
    result = run_classic(client, volume, task)
    assert result.success
    assert metadata_of(result)["arguments"] == arguments


@pytest.mark.usefixtures("quick_pipes")
def test_a_job_that_raises_fails_the_asset(
    workspace: Workspace, client: WorkspaceClient, volume: str, script: Callable[[str], str]
) -> None:
    result = run_serverless(client, volume, serverless_task(script(PIPES + RAISE)))
    assert not result.success
    assert "Task job failed with message: Workload failed, see run output for details" in errors_of(result)
    (run,) = workspace.runs.values()
    assert (run.life_cycle_state, run.result_state) == ("TERMINATED", "FAILED")
    output = log_of(client, run.run_id)
    assert output.error == "ValueError: no such chart"
    assert "in <module>" in (output.error_trace or "")


@pytest.mark.usefixtures("quick_pipes")
def test_a_run_cancelled_from_outside_fails_the_asset(
    workspace: Workspace, client: WorkspaceClient, volume: str, script: Callable[[str], str]
) -> None:
    source = f"""
import time, urllib.request, json
request = urllib.request.Request(
    "{workspace.host}/api/2.2/jobs/runs/cancel",
    json.dumps({{"run_id": 1001}}).encode(),
    {{"Authorization": "Bearer {workspace.token}", "Content-Type": "application/json"}},
)
urllib.request.urlopen(request).close()
time.sleep(60)
"""
    result = run_serverless(client, volume, serverless_task(script(source)))
    assert not result.success
    assert "Run cancelled." in errors_of(result)
    assert workspace.runs[1001].result_state == "CANCELED"


@pytest.mark.usefixtures("quick_pipes")
def test_messages_that_vanish_leave_a_successful_run_without_metadata(
    workspace: Workspace, client: WorkspaceClient, volume: str, script: Callable[[str], str]
) -> None:
    with workspace.lose_messages():
        result = run_serverless(client, volume, serverless_task(script(PIPES + REPORT)), checks=())
    (run,) = workspace.runs.values()
    assert run.result_state == "SUCCESS"
    assert result.success
    assert "rows" not in metadata_of(result)


@pytest.mark.usefixtures("quick_pipes")
def test_messages_that_vanish_fail_an_asset_that_owes_a_check(
    workspace: Workspace, client: WorkspaceClient, volume: str, script: Callable[[str], str]
) -> None:
    with workspace.lose_messages():
        result = run_serverless(client, volume, serverless_task(script(PIPES + REPORT)))
    assert "did not yield or return expected outputs" in errors_of(result)


@pytest.mark.usefixtures("quick_pipes")
def test_only_the_closing_message_can_vanish(
    workspace: Workspace,
    client: WorkspaceClient,
    volume: str,
    script: Callable[[str], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with workspace.lose_messages("closed"):
        result = run_serverless(client, volume, serverless_task(script(PIPES + REPORT)))
    assert metadata_of(result)["rows"] == 3
    assert "did not receive closed message" in capsys.readouterr().err


def test_a_client_with_its_defaults_meets_no_dbfs_root(client: WorkspaceClient, script: Callable[[str], str]) -> None:
    result = materialize(PipesDatabricksClient(client), python_task(script("pass"), new_cluster=CLUSTER), {})
    assert "Public DBFS root is disabled" in errors_of(result)


# Jobs


def test_a_job_sees_none_of_the_launchers_environment(
    tmp_path: Path, naps: Naps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_LAUNCHER", "hunter2")
    with Workspace(tmp_path / "databricks", environ={"LAKE": "bronze"}) as workspace:
        client = connect(workspace, workspace.token, naps)
        path = Path(workspace.volume("main", "pipes", "io"), "job.py")
        path.write_text("import json, os; print(json.dumps(dict(os.environ)))")
        environ = json.loads(workspace.wait(submit(client, str(path))).output)
    assert environ["LAKE"] == "bronze"
    assert environ["DATABRICKS_RUNTIME_VERSION"] == "client.2"
    allowed = {"PATH", "HOME", "JAVA_HOME", "LAKE", "DATABRICKS_RUNTIME_VERSION", "IS_SERVERLESS"}
    # What the C library and the interpreter add by themselves.
    assert set(environ) - allowed <= {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}


def test_a_new_cluster_adds_its_variables(
    workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    path = script("import os; print(os.environ['REGION'], os.environ['DATABRICKS_RUNTIME_VERSION'])")
    run = client.jobs.submit(tasks=[python_task(path, new_cluster=CLUSTER)]).bind()["run_id"]
    assert workspace.wait(run).output == "north 15.4\n"


def test_the_states_are_told_in_both_shapes(
    workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    run_id = submit(client, script("print('done')"))
    workspace.wait(run_id)
    run = client.jobs.get_run(run_id)
    assert run.state is not None
    assert run.state.life_cycle_state == jobs.RunLifeCycleState.TERMINATED
    assert run.state.result_state == jobs.RunResultState.SUCCESS
    assert run.status is not None
    assert run.status.state == jobs.RunLifecycleStateV2State.TERMINATED
    assert run.status.termination_details is not None
    assert run.status.termination_details.code == jobs.TerminationCodeCode.SUCCESS
    assert (run.run_page_url or "").startswith(workspace.host)
    assert log_of(client, run_id).logs == "done\n"


def test_the_output_belongs_to_the_task_and_not_to_the_run(
    workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    run_id = submit(client, script("pass"))
    with pytest.raises(InvalidParameterValue, match="each individual task run"):
        client.jobs.get_run_output(run_id)


def test_a_cancelled_run_takes_its_children_with_it(
    tmp_path: Path, workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    held, ready = tmp_path / "held", tmp_path / "ready"
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    run_id = submit(client, script(stubborn + holding(held, ready)))
    until(ready.exists)
    client.jobs.cancel_run(run_id)
    run = workspace.wait(run_id)
    assert (run.life_cycle_state, run.result_state) == ("TERMINATED", "CANCELED")
    assert is_free(held)


def test_what_a_job_leaves_behind_ends_with_its_run(
    tmp_path: Path, workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    held, ready = tmp_path / "held", tmp_path / "ready"
    run_id = submit(client, script(holding(held, ready).replace("time.sleep(60)\n", "")))
    assert workspace.wait(run_id).result_state == "SUCCESS"
    assert is_free(held)


def test_a_run_that_is_over_keeps_its_result_when_cancelled(
    workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    run_id = submit(client, script("pass"))
    workspace.wait(run_id)
    client.jobs.cancel_run(run_id)
    assert workspace.runs[run_id].result_state == "SUCCESS"


def test_closing_the_workspace_leaves_no_process(tmp_path: Path, naps: Naps) -> None:
    held, ready = tmp_path / "held", tmp_path / "ready"
    with Workspace(tmp_path / "databricks") as workspace:
        path = Path(workspace.volume("main", "pipes", "io"), "job.py")
        path.write_text(holding(held, ready))
        submit(connect(workspace, workspace.token, naps), str(path))
        until(ready.exists)
    assert is_free(held)


def test_a_run_past_its_timeout_is_stopped(
    workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    run_id = submit(client, script("import time; time.sleep(60)"), timeout_seconds=1)
    run = workspace.wait(run_id)
    assert (run.life_cycle_state, run.result_state) == ("TERMINATED", "TIMEDOUT")


def test_the_same_token_names_the_same_run_even_when_it_is_over(
    workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    path = script("print('once')")
    first = submit(client, path, idempotency_token="chart-1")
    again = submit(client, path, idempotency_token="chart-1")
    workspace.wait(first)
    afterwards = submit(client, path, idempotency_token="chart-1")
    other = submit(client, path, idempotency_token="chart-2")
    assert first == again == afterwards != other
    assert set(workspace.runs) == {first, other}


def test_a_token_of_more_than_64_characters_is_refused(client: WorkspaceClient, script: Callable[[str], str]) -> None:
    with pytest.raises(InvalidParameterValue, match="64 characters"):
        submit(client, script("pass"), idempotency_token="x" * 65)


def test_active_runs_are_listed(workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]) -> None:
    over = submit(client, script("pass"), run_name="over")
    workspace.wait(over)
    active = submit(client, script("import time; time.sleep(60)"), run_name="active")
    assert [run.run_name for run in client.jobs.list_runs(active_only=True)] == ["active"]
    assert [run.run_id for run in client.jobs.list_runs(limit=1)] == [active, over]


def test_a_wheel_task_runs_the_entry_point_of_its_wheel(
    workspace: Workspace, client: WorkspaceClient, volume: str
) -> None:
    wheel = charts_wheel(volume, "import sys\ndef main(): print(sys.argv[1:])\ndef other(): print('other')")
    environment = jobs.JobEnvironment("default", compute.Environment(environment_version="2", dependencies=[wheel]))

    def output(entry_point: str, **parameters: Any) -> str:
        wheel_task = jobs.PythonWheelTask(package_name="charts", entry_point=entry_point, **parameters)
        task = jobs.SubmitTask(task_key="job", environment_key="default", python_wheel_task=wheel_task)
        run_id = client.jobs.submit(tasks=[task], environments=[environment]).bind()["run_id"]
        return workspace.wait(run_id).output

    assert output("load", parameters=["--week", "3"]) == "['--week', '3']\n"
    assert output("load", named_parameters={"week": "3"}) == "['--week=3']\n"
    assert output("other") == "other\n"


def test_a_missing_wheel_fails_the_run_before_it_starts(
    workspace: Workspace, client: WorkspaceClient, volume: str, script: Callable[[str], str]
) -> None:
    spec = compute.Environment(environment_version="2", dependencies=[f"{volume}/absent.whl"])
    task = serverless_task(script("pass"))
    run = client.jobs.submit(tasks=[task], environments=[jobs.JobEnvironment("default", spec)]).bind()["run_id"]
    assert workspace.wait(run).life_cycle_state == "INTERNAL_ERROR"
    assert "Library installation failed" in workspace.runs[run].state_message


@pytest.mark.parametrize(
    ("task", "environments", "message"),
    [
        (python_task("/job.py"), None, "An environment is required for serverless task job"),
        (python_task("/job.py", environment_key="default"), None, "An environment is required"),
        (python_task("/job.py", environment_key="other"), ENVIRONMENTS, "undefined environment key: other"),
        (
            python_task("/job.py", environment_key="default", existing_cluster_id="1"),
            ENVIRONMENTS,
            "one kind of compute",
        ),
        (python_task("/job.py", new_cluster=compute.ClusterSpec(num_workers=1)), None, "spark_version"),
        (python_task("job.py", existing_cluster_id="1"), None, "absolute path"),
        (jobs.SubmitTask(task_key="job", existing_cluster_id="1"), None, "exactly one task type"),
        (
            python_task("/job.py", environment_key="default", libraries=[compute.Library(whl="/Volumes/a/b/c/d.whl")]),
            ENVIRONMENTS,
            "specify libraries in environment",
        ),
    ],
)
def test_a_submission_that_databricks_refuses_is_refused(
    workspace: Workspace,
    client: WorkspaceClient,
    task: jobs.SubmitTask,
    environments: list[jobs.JobEnvironment] | None,
    message: str,
) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        client.jobs.submit(tasks=[task], environments=environments)
    assert workspace.runs == {}


def test_a_run_that_does_not_exist_is_not_found(client: WorkspaceClient) -> None:
    with pytest.raises(ResourceDoesNotExist, match="Run 7 does not exist"):
        client.jobs.get_run(7)


# Access and files


def test_a_wrong_token_is_refused(workspace: Workspace, naps: Naps) -> None:
    with pytest.raises(PermissionDenied, match="Invalid access token"):
        connect(workspace, "dapi0", naps).current_user.me()
    basic = Config(host=workspace.host, username="a", password="b", auth_type="basic")
    with pytest.raises(Unauthenticated):
        WorkspaceClient(config=basic).current_user.me()


def test_the_user_is_known_and_the_unknown_is_not(client: WorkspaceClient) -> None:
    assert client.current_user.me().user_name == "engineer@example.com"
    with pytest.raises(NotFound, match="No API found"):
        client.clusters.get("1121-chart")


def test_files_come_back_byte_for_byte(workspace: Workspace, client: WorkspaceClient, volume: str) -> None:
    content = bytes(range(256)) * 5
    path = f"{volume}/week 3/ü.bin"
    client.files.create_directory(f"{volume}/week 3")
    client.files.upload(path, io.BytesIO(content))
    download = client.files.download(path)
    assert download.contents is not None
    assert download.contents.read() == content == Path(path).read_bytes()
    assert client.files.get_metadata(path).content_length == len(content)
    upload = next(request for request in workspace.requests if request.path.endswith(".bin"))
    assert (upload.method, upload.path, upload.body) == ("PUT", f"/api/2.0/fs/files{path}", content)


def test_an_existing_file_is_kept_unless_overwritten(client: WorkspaceClient, volume: str) -> None:
    client.files.upload(f"{volume}/a", io.BytesIO(b"old"))
    with pytest.raises(AlreadyExists):
        client.files.upload(f"{volume}/a", io.BytesIO(b"new"), overwrite=False)
    assert Path(volume, "a").read_bytes() == b"old"
    client.files.upload(f"{volume}/a", io.BytesIO(b"new"), overwrite=True)
    assert Path(volume, "a").read_bytes() == b"new"


def test_a_directory_is_listed_in_pages(workspace: Workspace, client: WorkspaceClient, volume: str) -> None:
    for name in "abc":
        client.files.upload(f"{volume}/{name}", io.BytesIO(b"12"))
    client.files.create_directory(f"{volume}/d/e")
    entries = list(client.files.list_directory_contents(volume, page_size=3))
    assert [(entry.name, entry.is_directory, entry.file_size) for entry in entries] == [
        ("a", False, 2),
        ("b", False, 2),
        ("c", False, 2),
        ("d", True, None),
    ]
    assert [request.method for request in workspace.requests][-2:] == ["GET", "GET"]


def test_only_an_empty_directory_is_deleted(client: WorkspaceClient, volume: str) -> None:
    client.files.create_directory(f"{volume}/d")
    client.files.upload(f"{volume}/d/a", io.BytesIO(b""))
    with pytest.raises(BadRequest, match="not empty"):
        client.files.delete_directory(f"{volume}/d")
    client.files.delete(f"{volume}/d/a")
    client.files.delete_directory(f"{volume}/d")
    with pytest.raises(NotFound):
        client.files.get_directory_metadata(f"{volume}/d")


def test_missing_files_are_not_found(client: WorkspaceClient, volume: str) -> None:
    for call in (client.files.download, client.files.delete, client.files.get_metadata):
        with pytest.raises(NotFound):
            call(f"{volume}/absent")
    with pytest.raises(NotFound):
        client.files.upload(f"{volume}/absent/a", io.BytesIO(b"1"))
    with pytest.raises(NotFound, match=r"Volume 'main\.pipes\.other' does not exist"):
        client.files.create_directory(volume.replace("/io", "/other"))


@pytest.mark.parametrize("path", ["/etc/passwd", "{volume}/../../../../../secret", "/Volumes/main/pipes/io/a"])
def test_paths_outside_of_the_volumes_are_refused(client: WorkspaceClient, volume: str, path: str) -> None:
    with pytest.raises(PermissionDenied):
        client.files.download(path.format(volume=volume))


# Faults


@pytest.mark.parametrize(("status", "code"), [(503, "TEMPORARILY_UNAVAILABLE"), (429, "REQUEST_LIMIT_EXCEEDED")])
def test_the_sdk_retries_what_is_temporary_after_the_wait_it_is_told(
    workspace: Workspace, client: WorkspaceClient, naps: Naps, status: int, code: str
) -> None:
    with workspace.failing("scim", status=status, times=2, error_code=code, retry_after=7):
        assert client.current_user.me().active
    assert len(workspace.requests) == 3
    assert [int(nap) for nap in naps.taken] == [7, 7]


def test_a_cut_connection_is_retried(workspace: Workspace, client: WorkspaceClient, naps: Naps) -> None:
    with workspace.cutting("scim", times=2):
        assert client.current_user.me().active
    assert [int(nap) for nap in naps.taken] == [1, 2]


def test_a_submission_whose_answer_is_lost_runs_once_with_a_token_and_twice_without(
    workspace: Workspace, client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    path = script("pass")
    with workspace.cutting("POST .*/submit", served=True):
        submit(client, path, idempotency_token="chart-1")
    assert len(workspace.runs) == 1
    with workspace.cutting("POST .*/submit", served=True):
        submit(client, path)
    assert len(workspace.runs) == 3


def test_a_lasting_error_reaches_the_caller(workspace: Workspace, client: WorkspaceClient, volume: str) -> None:
    with (
        workspace.failing("PUT .*/fs/files", status=403, times=1, error_code="PERMISSION_DENIED"),
        pytest.raises(PermissionDenied),
    ):
        client.files.upload(f"{volume}/a", io.BytesIO(b"1"))
    client.files.upload(f"{volume}/a", io.BytesIO(b"1"))


def charts_wheel(volume: str, source: str) -> str:
    path = f"{volume}/charts-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("charts.py", source)
        archive.writestr("charts-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: charts\nVersion: 1.0\n")
        archive.writestr("charts-1.0.dist-info/entry_points.txt", "[console_scripts]\nload = charts:main\n")
    return path


def holding(held: Path, ready: Path) -> str:
    """A job that shares a locked file with a child: the file is free once both are gone."""
    group = 0 if sys.platform == "linux" else None
    return f"""
import fcntl, pathlib, subprocess, sys, time
lock = open({str(held)!r}, "w")
fcntl.flock(lock, fcntl.LOCK_EX)
sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
subprocess.Popen(sleeping, pass_fds=[lock.fileno()], process_group={group})
pathlib.Path({str(ready)!r}).touch()
time.sleep(60)
"""


def is_free(held: Path) -> bool:
    """Whether the file's lock can be taken; the killed need a moment to let go."""
    with held.open() as file:
        until(lambda: try_lock(file))
    return True


def try_lock(file: io.TextIOWrapper) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def until(condition: Callable[[], bool], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
