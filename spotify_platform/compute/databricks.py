"""Spark on Databricks: one job a table, submitted, followed and heard by Dagster Pipes through a volume.

The clients are built for every call, and what they do at an interruption is made right here: they cancel the
job and then return as if it had succeeded.
"""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spotify_platform.azure import credential
from spotify_platform.compute.pipes import closing_message, failures_told, remembering, within_a_step
from spotify_platform.compute.spark import Job
from spotify_platform.errors import ConfigurationError, JobFailedError, SourceUnavailableError

if TYPE_CHECKING:
    from dagster import AssetExecutionContext
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import SubmitTask

WHEEL = "spotify_platform_spark-0.1.0-py3-none-any.whl"
"""The program that builds a table, as `spark/databricks.yml` deploys it."""
PIPES = "dagster-pipes==1.13.27"
SCOPE = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"
"""Azure Databricks, whatever the workspace."""
SERVERLESS = "3"
"""Version of the serverless environment."""
TIMEOUT_SECONDS = 6 * 3600
GRANT = "grant it `CAN USE` of the compute, and READ and WRITE on the volume"


@dataclass(frozen=True)
class Databricks:
    """A `Launcher` in a workspace: serverless, or on a cluster. Without a token, Entra ID says who we are."""

    host: str
    volume: str
    token: str | None = field(default=None, repr=False)
    cluster: str | None = None
    poll_seconds: float = 5

    def launch(self, context: "AssetExecutionContext | None", job: Job) -> Mapping[str, Any]:
        from dagster_databricks.pipes import PipesDatabricksClient, PipesDatabricksServerlessClient

        with explained(self.host):
            workspace = self.client()
            folder = f"{self.volume}/runs/{job['token']}"
            injector, reader = _injector(workspace, folder), _reader(workspace, folder, self.poll_seconds)
            common: dict[str, Any] = {
                "client": workspace,
                "context_injector": injector,
                "message_reader": reader,
                "poll_interval_seconds": self.poll_seconds,
            }
            client = (
                _truthful(PipesDatabricksClient)(**common)
                if self.cluster
                else _truthful(PipesDatabricksServerlessClient)(volume_path=self.volume, **common)
            )
            with _failures_traced(client, workspace, job), failures_told(reader, job):
                client.run(
                    context=within_a_step(context),
                    extras={"job": {**job, "session": {}}},
                    task=self.task(),
                    submit_args=self.submit_args(job),
                )
            return closing_message(reader, job)

    def client(self) -> "WorkspaceClient":
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.core import Config

        if self.token:
            return WorkspaceClient(config=Config(host=self.host, token=self.token, auth_type="pat"))
        return WorkspaceClient(config=Config(host=self.host, credentials_strategy=_entra()))

    @property
    def wheel(self) -> str:
        """Where the deployment puts the program."""
        return f"{self.volume}/.internal/{WHEEL}"

    def task(self) -> "SubmitTask":
        from databricks.sdk.service import compute, jobs

        wheel = jobs.PythonWheelTask("spotify_platform_spark", "build-table")
        if not self.cluster:
            return jobs.SubmitTask("build_table", environment_key="spark", python_wheel_task=wheel)
        libraries = [compute.Library(whl=self.wheel), compute.Library(pypi=compute.PythonPyPiLibrary(PIPES))]
        return jobs.SubmitTask(
            "build_table", existing_cluster_id=self.cluster, libraries=libraries, python_wheel_task=wheel
        )

    def submit_args(self, job: Job) -> dict[str, Any]:
        """The same token again is answered with the job that it started, so a restarted step starts no second one."""
        from databricks.sdk.service import compute, jobs

        needs = compute.Environment(environment_version=SERVERLESS, dependencies=[self.wheel, PIPES])
        environments = [] if self.cluster else [jobs.JobEnvironment("spark", needs)]
        return {
            "run_name": f"spotify_platform {job['table']}",
            "idempotency_token": job["token"],
            "timeout_seconds": TIMEOUT_SECONDS,
            **({"environments": environments} if environments else {}),
        }


@contextmanager
def explained(host: str) -> Iterator[None]:
    """Turn the SDK's errors into ours: what cannot help to be tried again, and what can."""
    from databricks.sdk import errors
    from requests import exceptions

    try:
        yield
    except (errors.Unauthenticated, errors.PermissionDenied) as error:
        raise ConfigurationError(f"{host} does not let us: {error}; {GRANT}") from error
    except (errors.TemporarilyUnavailable, errors.TooManyRequests, errors.InternalError, TimeoutError) as error:
        raise SourceUnavailableError(f"{host} is not available: {error}") from error
    except exceptions.ConnectionError as error:
        raise SourceUnavailableError(f"{host} does not answer: {error}") from error


def _entra() -> Any:
    """Databricks' SDK with the credential of all seams."""
    from databricks.sdk.credentials_provider import CredentialsStrategy

    class Entra(CredentialsStrategy):
        def auth_type(self) -> str:
            return "entra"

        def __call__(self, config: Any) -> Any:
            return lambda: {"Authorization": f"Bearer {credential().get_token(SCOPE).token}"}

    return Entra()


def _truthful(client: type[Any]) -> type[Any]:
    """A Pipes client that remembers its run, and tells an interruption after it has cancelled the job."""
    from dagster._core.errors import DagsterExecutionInterruptedError

    class Truthful(client):  # type: ignore[misc]
        run_id: int | None = None
        interrupted = False

        def run(self, **arguments: Any) -> Any:
            ended = super().run(**arguments)
            if self.interrupted:
                raise DagsterExecutionInterruptedError
            return ended

        def _poll_til_success(self, context: Any, run_id: int) -> None:
            self.run_id = run_id
            try:
                super()._poll_til_success(context, run_id)
            except DagsterExecutionInterruptedError:
                self.interrupted = True
                raise

    return Truthful


@contextmanager
def _failures_traced(client: Any, workspace: "WorkspaceClient", job: Job) -> Iterator[None]:
    """Add to a failure what the workspace knows of it."""
    try:
        yield
    except JobFailedError as error:
        if client.run_id is None:
            raise
        run = workspace.jobs.get_run(client.run_id)
        outputs = [workspace.jobs.get_run_output(task.run_id) for task in run.tasks or [] if task.run_id]
        traces = "\n".join(text for output in outputs for text in (output.error, output.error_trace) if text)
        raise JobFailedError(f"{error}\n{run.run_page_url or ''}\n{traces}".strip()) from error


def _injector(workspace: "WorkspaceClient", folder: str) -> Any:
    """Puts the job's context where a restarted step would put it too."""
    from dagster_databricks.pipes import PipesUnityCatalogVolumesContextInjector

    class Injector(PipesUnityCatalogVolumesContextInjector):
        @contextmanager
        def inject_context(self, context: Any) -> Iterator[dict[str, str]]:
            with _volume_folder(workspace, f"{folder}/context") as path:
                workspace.files.upload(f"{path}/context.json", io.BytesIO(json.dumps(context).encode()), overwrite=True)
                yield {"path": f"{path}/context.json"}

    return Injector(client=workspace, volume_path=folder)


def _reader(workspace: "WorkspaceClient", folder: str, seconds: float) -> Any:
    """Reads the job's messages where a restarted step would look for them too."""
    from dagster_databricks.pipes import PipesUnityCatalogVolumesMessageReader

    class Reader(remembering(PipesUnityCatalogVolumesMessageReader)):  # type: ignore[misc]
        @contextmanager
        def get_params(self) -> Iterator[dict[str, Any]]:
            with _volume_folder(workspace, f"{folder}/messages") as path:
                yield {"path": path, "include_stdio_in_messages": False}

    return Reader(client=workspace, volume_path=folder, interval=seconds, include_stdio_in_messages=False)


@contextmanager
def _volume_folder(workspace: "WorkspaceClient", folder: str) -> Iterator[str]:
    """A folder of the volume, removed at the end of the block; one that a killed process left is used again."""
    from dagster_databricks.pipes import delete_volume_directory_recursive

    workspace.files.create_directory(folder)
    try:
        yield folder
    finally:
        delete_volume_directory_recursive(workspace.files, folder)
