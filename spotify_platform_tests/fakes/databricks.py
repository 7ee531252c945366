"""A Databricks workspace on this machine: its REST API over a folder, each job run a local Python process.

It follows the platform where a client can tell the difference (states, error codes, what is refused) and goes no
further: one Python task per run, Unity Catalog volumes, no notebooks, no clusters to manage, no DBFS root.
"""

import base64
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket
from tempfile import mkdtemp
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

LifeCycleState = Literal["PENDING", "RUNNING", "TERMINATING", "TERMINATED", "INTERNAL_ERROR"]
ResultState = Literal["SUCCESS", "FAILED", "CANCELED", "TIMEDOUT"]
Json = dict[str, Any]

OVER: tuple[LifeCycleState, ...] = ("TERMINATED", "INTERNAL_ERROR")
WORKSPACE_ID = "1234567890123456"
USER = "engineer@example.com"
CLUSTER_RUNTIME = "15.4"
LAUNCHER_VARIABLES = ("PATH", "HOME", "JAVA_HOME")
TOKEN_LENGTH = 64
PAGE = 1000
RUNS_PAGE = 25
GRACE_SECONDS = 1.0
WATCH_SECONDS = 0.02
# Where the Pipes clients let a job leave its messages.
MESSAGE_FILE = re.compile(r".*/\d+\.json")

# What the platform does with a wheel task: the named entry point, or else the function of that name in the package.
WHEEL_MAIN = """
import importlib, sys
from importlib import metadata
package, name, *parameters = sys.argv[1:]
sys.argv = [package, *parameters]
points = [point for point in metadata.distribution(package).entry_points if point.name == name]
function = points[0].load() if points else getattr(importlib.import_module(package.replace("-", "_")), name)
function()
"""


@dataclass(frozen=True)
class Request:
    """One call as it arrived: a JSON body decoded, a file's body as its bytes."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Reply:
    status: int = HTTPStatus.OK
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: Json, status: int = HTTPStatus.OK, **headers: str) -> Self:
        return cls(status, json.dumps(content).encode(), {"Content-Type": "application/json", **headers})


class ApiError(Exception):
    """A refusal in the platform's format."""

    def __init__(self, status: int, error_code: str, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.content: Json = {"error_code": error_code, "message": message}
        if reason is not None:
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
            self.content["details"] = [{**info, "domain": "filesystem.databricks.com"}]


def invalid(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "INVALID_PARAMETER_VALUE", message)


def unsupported(message: str) -> ApiError:
    return ApiError(HTTPStatus.NOT_IMPLEMENTED, "NOT_IMPLEMENTED", message)


@dataclass(frozen=True)
class Run:
    """A job run at one moment. The platform numbers the run and its task apart, and so does the output."""

    run_id: int
    task_run_id: int
    payload: Mapping[str, Any]
    started: int
    life_cycle_state: LifeCycleState = "PENDING"
    result_state: ResultState | None = None
    state_message: str = ""
    output: str = ""
    error: str | None = None
    error_trace: str | None = None
    ended: int | None = None

    @property
    def idempotency_token(self) -> str | None:
        return self.payload.get("idempotency_token")

    @property
    def task(self) -> Json:
        task: Json = self.payload["tasks"][0]
        return task

    @property
    def environment(self) -> Json | None:
        """The serverless environment of the task; none on a cluster."""
        specs: dict[str, Json] = {
            each["environment_key"]: each.get("spec") or {} for each in self.payload.get("environments") or ()
        }
        return specs.get(self.task.get("environment_key", ""))

    @property
    def dependencies(self) -> tuple[str, ...]:
        """What would be installed: pip requirements and wheels, as serverless and clusters each declare them."""
        if self.environment is not None:
            return tuple(self.environment.get("dependencies") or ())
        libraries = self.task.get("libraries") or ()
        return tuple(each.get("whl") or each["pypi"]["package"] for each in libraries if {"whl", "pypi"} & set(each))

    @property
    def timeout_seconds(self) -> int | None:
        limits = (self.payload.get("timeout_seconds"), self.task.get("timeout_seconds"))
        return min((limit for limit in limits if limit), default=None)

    @property
    def is_over(self) -> bool:
        return self.life_cycle_state in OVER


def check_submission(payload: Json) -> None:
    """Refuse what the platform refuses, in its words where they are known."""
    tasks = payload.get("tasks") or []
    if not tasks:
        raise invalid("At least one task must be specified.")
    if len(tasks) > 1:
        raise unsupported("This workspace runs one task per run.")
    if len(payload.get("idempotency_token") or "") > TOKEN_LENGTH:
        raise invalid(f"The idempotency token must have at most {TOKEN_LENGTH} characters.")
    for timed in (payload, tasks[0]):
        if not isinstance(timed.get("timeout_seconds", 0), int) or timed.get("timeout_seconds", 0) < 0:
            raise invalid("timeout_seconds must be a non-negative integer.")
    check_task(tasks[0])
    check_compute(tasks[0], payload.get("environments") or [])


def check_task(task: Json) -> None:
    key = task.get("task_key") or ""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", key):
        raise invalid(f"Invalid task key: '{key}'.")
    kinds = [name for name in task if name.endswith("_task")]
    if len(kinds) != 1:
        raise invalid(f"Task {key} must specify exactly one task type, got: {', '.join(kinds) or 'none'}.")
    kind = kinds[0]
    needed = {"spark_python_task": ("python_file",), "python_wheel_task": ("package_name", "entry_point")}
    if kind not in needed:
        raise unsupported(f"This workspace runs Python tasks only, not {kind}.")
    spec = task[kind]
    if missing := [name for name in needed[kind] if not spec.get(name)]:
        raise invalid(f"Missing required field {kind}.{missing[0]} of task {key}.")
    if not all(isinstance(parameter, str) for parameter in spec.get("parameters") or ()):
        raise invalid(f"The parameters of task {key} must be strings.")
    if spec.get("parameters") and spec.get("named_parameters"):
        raise invalid(f"Only one of parameters and named_parameters can be set in task {key}.")
    if kind == "spark_python_task" and not spec["python_file"].startswith("/"):
        raise invalid(f"Invalid Python file reference: {spec['python_file']}. It must be an absolute path.")


def check_compute(task: Json, environments: list[Json]) -> None:
    key = task["task_key"]
    chosen = [name for name in ("new_cluster", "existing_cluster_id", "environment_key") if task.get(name)]
    if len(chosen) > 1:
        raise invalid(f"Task {key} must use one kind of compute, got: {', '.join(chosen)}.")
    if task.get("new_cluster") and not task["new_cluster"].get("spark_version"):
        raise invalid(f"Missing required field new_cluster.spark_version of task {key}.")
    if chosen in (["new_cluster"], ["existing_cluster_id"]):
        return
    keys = [environment.get("environment_key") for environment in environments]
    if not chosen or not environments:
        raise invalid(
            f"An environment is required for serverless task {key}. Please define one using `environments` and "
            "`environment_key`. For more details, please refer to the API documentation."
        )
    if len(set(keys)) != len(keys):
        raise invalid("The environment keys of a run must be unique.")
    if task["environment_key"] not in keys:
        raise invalid(f"Task {key} refers to an undefined environment key: {task['environment_key']}.")
    for environment in environments:
        spec = environment.get("spec") or {}
        if not (spec.get("environment_version") or spec.get("client")):
            raise invalid(f"Environment {environment['environment_key']} must specify environment_version.")
    if task.get("libraries"):
        raise invalid("Libraries field is not supported for serverless task, please specify libraries in environment.")


def run_state(run: Run, *, of_task: bool) -> Json:
    """The older and the newer shape of the state; the run speaks of its task, the task of itself."""
    message = run.state_message
    if run.result_state == "FAILED" and not of_task:
        key = run.task["task_key"]
        message = f"Task {key} failed with message: {message}. This caused all downstream tasks to get skipped."
    state: Json = {
        "life_cycle_state": run.life_cycle_state,
        "state_message": message,
        "user_cancelled_or_timedout": run.result_state in ("CANCELED", "TIMEDOUT"),
    }
    status: Json = {"state": "TERMINATED" if run.is_over else run.life_cycle_state}
    if run.result_state is not None:
        state["result_state"] = run.result_state
        code = {"SUCCESS": "SUCCESS", "CANCELED": "USER_CANCELED", "TIMEDOUT": "CANCELED"}.get(
            run.result_state,
            "LIBRARY_INSTALLATION_ERROR" if run.life_cycle_state == "INTERNAL_ERROR" else "RUN_EXECUTION_ERROR",
        )
        kind = "SUCCESS" if run.result_state == "SUCCESS" else "CLIENT_ERROR"
        status["termination_details"] = {"code": code, "type": kind, "message": message}
    return {"state": state, "status": status}


def run_resource(run: Run, host: str, *, of_task: bool) -> Json:
    number = run.task_run_id if of_task else run.run_id
    resource: Json = {
        "run_id": number,
        "run_page_url": f"{host}/?o={WORKSPACE_ID}#job/{run.run_id}/run/{number}",
        "start_time": run.started,
        **run_state(run, of_task=of_task),
    }
    if run.ended is not None:
        resource |= {"end_time": run.ended, "run_duration": run.ended - run.started}
    if of_task:
        return {**run.task, **resource, "attempt_number": 0}
    return {
        **resource,
        "job_id": run.run_id,
        "run_name": run.payload.get("run_name") or "Untitled",
        "run_type": "SUBMIT_RUN",
        "format": "MULTI_TASK",
        "creator_user_name": USER,
        "tasks": [run_resource(run, host, of_task=True)],
    }


class Runs:
    """The jobs service: it starts a process per run, watches it, and ends it with everything it started."""

    def __init__(self, root: Path, environ: Mapping[str, str], host: str) -> None:
        self._root = root
        self._environ = environ
        self._host = host
        self._ids = itertools.count(1001)
        self._runs: dict[int, Run] = {}
        self._stops: dict[int, threading.Event] = {}
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()

    def snapshot(self) -> dict[int, Run]:
        with self._changed:
            return dict(self._runs)

    def wait(self, run_id: int, states: tuple[LifeCycleState, ...], timeout: float) -> Run:
        with self._changed:
            if not self._changed.wait_for(lambda: self._runs[run_id].life_cycle_state in states, timeout):
                raise TimeoutError(f"run {run_id} is {self._runs[run_id].life_cycle_state} after {timeout} s")
            return self._runs[run_id]

    def close(self) -> None:
        for stop in self._stops.values():
            stop.set()
        for thread in self._threads:
            thread.join()

    def submit(self, request: Request) -> Reply:
        payload = request.body or {}
        check_submission(payload)
        token = payload.get("idempotency_token")
        with self._changed:
            known = [run for run in self._runs.values() if token and run.idempotency_token == token]
            if known:
                return Reply.of({"run_id": known[0].run_id})
            run = Run(next(self._ids), next(self._ids), payload, started=now())
            self._runs[run.run_id] = run
            stop = self._stops[run.run_id] = threading.Event()
            thread = threading.Thread(target=self._execute, args=(run, stop), name=f"run-{run.run_id}")
            self._threads.append(thread)
        thread.start()
        return Reply.of({"run_id": run.run_id})

    def get(self, request: Request) -> Reply:
        run, of_task = self._find(request.query.get("run_id"))
        return Reply.of(run_resource(run, self._host, of_task=of_task))

    def get_output(self, request: Request) -> Reply:
        run, of_task = self._find(request.query.get("run_id"))
        if not of_task:
            # The platform says so of every run submitted as a list of tasks, a list of one included.
            raise invalid(
                "Retrieving the output of runs with multiple tasks is not supported. "
                "Please retrieve the output of each individual task run instead."
            )
        output: Json = {"metadata": run_resource(run, self._host, of_task=True)}
        if run.is_over:
            output |= {"logs": run.output, "logs_truncated": False}
        known = {"error": run.error, "error_trace": run.error_trace}
        return Reply.of(output | {name: value for name, value in known.items() if value is not None})

    def cancel(self, request: Request) -> Reply:
        run, _ = self._find((request.body or {}).get("run_id"))
        self._stops[run.run_id].set()
        return Reply.of({})

    def list(self, request: Request) -> Reply:
        query = request.query
        runs = sorted(self.snapshot().values(), key=lambda run: -run.run_id)
        if query.get("active_only") == "true":
            runs = [run for run in runs if not run.is_over]
        if query.get("completed_only") == "true":
            runs = [run for run in runs if run.is_over]
        size = min(int(query.get("limit", 20)) or RUNS_PAGE, RUNS_PAGE)
        return Reply.of(page("runs", [run_resource(run, self._host, of_task=False) for run in runs], query, size))

    def _find(self, number: object) -> tuple[Run, bool]:
        """A run by its number or by its task's, and whether it was the task's."""
        for run in self.snapshot().values():
            if str(number) in (str(run.run_id), str(run.task_run_id)):
                return run, str(number) == str(run.task_run_id)
        raise invalid(f"Run {number} does not exist.")

    def _change(self, run: Run, **changes: Any) -> None:
        with self._changed:
            self._runs[run.run_id] = replace(self._runs[run.run_id], **changes)
            self._changed.notify_all()

    def _execute(self, run: Run, stop: threading.Event) -> None:
        driver = self._root / "driver"
        driver.mkdir(exist_ok=True)
        folder = Path(mkdtemp(prefix=f"{run.run_id}-", dir=driver))
        log = folder / "output.log"
        try:
            process = self._launch(run, folder, log)
        except (OSError, zipfile.BadZipFile) as error:
            failed = {"result_state": "FAILED", "state_message": f"Library installation failed: {error}"}
            self._change(run, life_cycle_state="INTERNAL_ERROR", ended=now(), **failed)
            return
        self._change(run, life_cycle_state="RUNNING")
        stopped = watch(process, stop, run.timeout_seconds)
        self._change(run, life_cycle_state="TERMINATING")
        end_session(process)
        outcome = conclude(stopped, process.returncode, log.read_text(errors="replace"))
        self._change(run, life_cycle_state="TERMINATED", ended=now(), **outcome)

    def _launch(self, run: Run, folder: Path, log: Path) -> subprocess.Popen[bytes]:
        site = install_wheels(run, self._root, folder / "site")
        with log.open("wb") as sink:
            return subprocess.Popen(
                job_command(run, self._root),
                cwd=folder,
                env=job_environ(run, self._environ, site),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                # A session of its own, so that ending the run ends what the job started too.
                start_new_session=True,
            )


def now() -> int:
    return time.time_ns() // 1_000_000


def under(root: Path, path: str) -> Path:
    """Where a path of the platform is on this machine."""
    return root / path.lstrip("/") if path.startswith(("/Workspace/", "/Volumes/")) else Path(path)


def install_wheels(run: Run, root: Path, site: Path) -> Path | None:
    """Unpack the wheels a run brings along; pip requirements count as installed in this interpreter."""
    wheels = [name for name in run.dependencies if name.endswith(".whl")]
    for name in wheels:
        with zipfile.ZipFile(under(root, name)) as wheel:
            wheel.extractall(site)
    return site if wheels else None


def job_command(run: Run, root: Path) -> list[str]:
    if spec := run.task.get("spark_python_task"):
        target = [str(under(root, spec["python_file"]))]
    else:
        spec = run.task["python_wheel_task"]
        target = ["-c", WHEEL_MAIN, spec["package_name"], spec["entry_point"]]
    named = [f"--{name}={value}" for name, value in (spec.get("named_parameters") or {}).items()]
    return [sys.executable, "-u", *target, *named, *(spec.get("parameters") or ())]


def job_environ(run: Run, environ: Mapping[str, str], site: Path | None) -> dict[str, str]:
    """The driver's environment, which knows nothing of the launcher's beyond where the programs are."""
    found = {name: os.environ[name] for name in LAUNCHER_VARIABLES if name in os.environ}
    if run.environment is not None:
        version = run.environment.get("environment_version") or run.environment["client"]
        runtime = {"DATABRICKS_RUNTIME_VERSION": f"client.{version}", "IS_SERVERLESS": "TRUE"}
        return {**found, **runtime, **environ, **python_path(environ, site)}
    cluster = run.task.get("new_cluster") or {}
    version = ".".join(cluster["spark_version"].split(".")[:2]) if cluster else CLUSTER_RUNTIME
    declared = {**environ, **(cluster.get("spark_env_vars") or {})}
    return {**found, "DATABRICKS_RUNTIME_VERSION": version, **declared, **python_path(declared, site)}


def python_path(environ: Mapping[str, str], site: Path | None) -> dict[str, str]:
    entries = [str(site or ""), environ.get("PYTHONPATH", "")]
    joined = os.pathsep.join(entry for entry in entries if entry)
    return {"PYTHONPATH": joined} if joined else {}


def watch(process: subprocess.Popen[bytes], stop: threading.Event, timeout: int | None) -> ResultState | None:
    """Wait for the process; say CANCELED or TIMEDOUT if it has to be stopped instead."""
    deadline = time.monotonic() + (timeout or float("inf"))
    while process.poll() is None:
        if stop.wait(WATCH_SECONDS):
            return "CANCELED"
        if time.monotonic() > deadline:
            return "TIMEDOUT"
    return None


def end_session(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it left behind, as a cluster's end does."""
    with suppress(subprocess.TimeoutExpired):
        process.terminate()
        process.wait(GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pid in tuple(session_members(process.pid)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def session_members(session: int) -> Iterator[int]:
    """Those that left the process group but not the session, such as Spark's Python workers."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(entry.name)) == session:
                yield int(entry.name)


def conclude(stopped: ResultState | None, exit_code: int, output: str) -> dict[str, str | None]:
    if stopped is not None:
        message = "Run cancelled." if stopped == "CANCELED" else "Run timed out."
        return {"result_state": stopped, "state_message": message, "output": output, "error": message}
    if exit_code == 0:
        return {"result_state": "SUCCESS", "output": output}
    _, heading, rest = output.rpartition("Traceback (most recent call last):")
    trace = (heading + rest).strip() if heading else None
    return {
        "result_state": "FAILED",
        "state_message": "Workload failed, see run output for details",
        "output": output,
        "error": trace.splitlines()[-1] if trace else f"The Python process exited with exit code {exit_code}.",
        "error_trace": trace,
    }


def page(name: str, items: list[Json], query: Mapping[str, str], size: int) -> Json:
    """One page of a listing; the token is opaque to clients, and absent on the last page."""
    start = int(base64.urlsafe_b64decode(query["page_token"])) if query.get("page_token") else 0
    content: Json = {name: items[start : start + size]}
    if start + size < len(items):
        content["next_page_token"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return content


def missing(kind: str) -> ApiError:
    reason = f"FILES_API_{kind.upper()}_NOT_FOUND"
    return ApiError(HTTPStatus.NOT_FOUND, "NOT_FOUND", f"The {kind} being accessed is not found.", reason)


class Volumes:
    """The Files API over `<root>/Volumes`: a path means the same file to the API and to a job."""

    def __init__(self, root: Path) -> None:
        self._top = root / "Volumes"
        self._uploads = root / "uploads"
        self._uploads.mkdir(parents=True, exist_ok=True)
        self._losing: list[frozenset[str]] = []

    def create(self, catalog: str, schema: str, name: str) -> str:
        path = self._top / catalog / schema / name
        path.mkdir(parents=True, exist_ok=True)
        return str(path)

    @contextmanager
    def losing(self, methods: frozenset[str]) -> Iterator[None]:
        self._losing.append(methods)
        try:
            yield
        finally:
            self._losing.remove(methods)

    def serve(self, request: Request, kind: str, path: str) -> Reply:
        actions: dict[tuple[str, str], Callable[[Request, Path], Reply]] = {
            ("files", "GET"): self._read,
            ("files", "HEAD"): self._read,
            ("files", "PUT"): self._write,
            ("files", "DELETE"): self._delete,
            ("directories", "GET"): self._list,
            ("directories", "HEAD"): self._describe,
            ("directories", "PUT"): self._make,
            ("directories", "DELETE"): self._remove,
        }
        action = actions.get((kind, request.method))
        if action is None:
            raise ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", f"{request.method} is not supported.")
        return action(request, self._locate(path))

    def _locate(self, path: str) -> Path:
        place = Path(path).resolve()
        if not place.is_relative_to(self._top):
            raise ApiError(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", f"Invalid path, not in a volume: {path}")
        volume = place.relative_to(self._top).parts[:3]
        if len(volume) < 3 or not self._top.joinpath(*volume).is_dir():
            raise ApiError(HTTPStatus.NOT_FOUND, "NOT_FOUND", f"Volume '{'.'.join(volume)}' does not exist.")
        return place

    def _read(self, request: Request, place: Path) -> Reply:
        if self._losing and MESSAGE_FILE.fullmatch(str(place)) and place.is_file():
            lose(place, frozenset().union(*self._losing))
        if not place.is_file():
            raise missing("file")
        modified = formatdate(place.stat().st_mtime, usegmt=True)
        return Reply(
            body=place.read_bytes(),
            headers={"Content-Type": "application/octet-stream", "Last-Modified": modified},
        )

    def _write(self, request: Request, place: Path) -> Reply:
        if not place.parent.is_dir():
            raise missing("directory")
        if place.is_dir() or (place.exists() and request.query.get("overwrite") == "false"):
            reason = "FILES_API_FILE_ALREADY_EXISTS"
            message = "The file being created already exists."
            raise ApiError(HTTPStatus.CONFLICT, "ALREADY_EXISTS", message, reason)
        upload = self._uploads / uuid4().hex
        upload.write_bytes(request.body or b"")
        upload.replace(place)
        return Reply(HTTPStatus.NO_CONTENT)

    def _delete(self, request: Request, place: Path) -> Reply:
        if not place.is_file():
            raise missing("file")
        place.unlink()
        return Reply(HTTPStatus.NO_CONTENT)

    def _describe(self, request: Request, place: Path) -> Reply:
        if not place.is_dir():
            raise missing("directory")
        return Reply()

    def _list(self, request: Request, place: Path) -> Reply:
        if not place.is_dir():
            raise missing("directory")
        entries = [describe(child) for child in sorted(place.iterdir())]
        size = min(int(request.query.get("page_size", PAGE)) or PAGE, PAGE)
        return Reply.of(page("contents", entries, request.query, size))

    def _make(self, request: Request, place: Path) -> Reply:
        try:
            place.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ApiError(HTTPStatus.CONFLICT, "ALREADY_EXISTS", "A file of this path exists.") from error
        return Reply(HTTPStatus.NO_CONTENT)

    def _remove(self, request: Request, place: Path) -> Reply:
        if not place.is_dir():
            raise missing("directory")
        if any(place.iterdir()):
            reason = "FILES_API_DIRECTORY_IS_NOT_EMPTY"
            raise ApiError(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", "The directory is not empty.", reason)
        place.rmdir()
        return Reply(HTTPStatus.NO_CONTENT)


def describe(place: Path) -> Json:
    status = place.stat()
    entry: Json = {"path": str(place), "name": place.name, "is_directory": place.is_dir()}
    entry["last_modified"] = int(status.st_mtime * 1000)
    return entry if place.is_dir() else {**entry, "file_size": status.st_size}


def lose(place: Path, methods: frozenset[str]) -> None:
    """Drop the file, or of its messages only those of some methods."""
    kept = [line for line in place.read_text().splitlines() if methods and json.loads(line)["method"] not in methods]
    if kept:
        place.write_text("\n".join(kept))
    else:
        place.unlink()


@dataclass(eq=False)
class Fault:
    """What happens, a number of times, to calls whose "METHOD path" matches; no reply means a cut connection."""

    pattern: re.Pattern[str]
    times: int
    reply: Reply | None
    serve_first: bool = False


class Server(ThreadingHTTPServer):
    """Threads are joined and connections closed at the end, so that nothing outlives a test."""

    daemon_threads = False

    def __init__(self, answer: Callable[[Request, str], Reply | None]) -> None:
        self.answer = answer
        self.connections: set[socket] = set()
        super().__init__(("127.0.0.1", 0), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for connection in tuple(self.connections):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
        super().server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave together, otherwise each answer waits for a delayed acknowledgement.
    wbufsize = -1
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def serve(self) -> None:
        raw = self._read_body()
        url = urlsplit(self.path)
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        body = json.loads(raw) if raw and is_json else raw or None
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        reply = self.server.answer(
            Request(self.command, unquote(url.path), query, body), self.headers.get("Authorization", "")
        )
        if reply is None:
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, value in {**reply.headers, "x-databricks-org-id": WORKSPACE_ID}.items():
            self.send_header(name, value)
        if reply.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        # An upload without a length, which is also how an empty file is sent.
        chunks = b""
        while size := int(self.rfile.readline(), 16):
            chunks += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return chunks

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815 (the names http.server looks for)


class Workspace:
    """A workspace below `root`; `environ` is what every job finds in its environment besides the platform's own."""

    def __init__(self, root: Path, environ: Mapping[str, str] = {}) -> None:
        self.token = f"dapi{uuid4().hex}"
        self._root = root.resolve()
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._faults: list[Fault] = []
        self._volumes = Volumes(self._root)
        self._server = Server(self._answer)
        self._runs = Runs(self._root, dict(environ), self.host)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._runs.close()

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def requests(self) -> tuple[Request, ...]:
        with self._lock:
            return tuple(self._requests)

    @property
    def runs(self) -> dict[int, Run]:
        return self._runs.snapshot()

    def wait(self, run_id: int, *states: LifeCycleState, timeout: float = 30) -> Run:
        """The run once it is in one of these states; with none given, once it is over."""
        return self._runs.wait(run_id, states or OVER, timeout)

    def volume(self, catalog: str, schema: str, name: str) -> str:
        """Create a volume; its path serves the Files API, the Pipes clients and the jobs alike."""
        return self._volumes.create(catalog, schema, name)

    @contextmanager
    def failing(
        self,
        path_regex: str,
        status: int = HTTPStatus.SERVICE_UNAVAILABLE,
        times: int = 2,
        error_code: str = "TEMPORARILY_UNAVAILABLE",
        retry_after: int = 0,
    ) -> Iterator[None]:
        """Answer the next calls with an error instead; the pattern is searched for in "METHOD path"."""
        content = {"error_code": error_code, "message": f"The service answers {status} for now."}
        reply = Reply.of(content, status, **{"Retry-After": str(retry_after)})
        with self._fault(Fault(re.compile(path_regex), times, reply)):
            yield

    @contextmanager
    def cutting(self, path_regex: str, times: int = 1, *, served: bool = False) -> Iterator[None]:
        """Cut the connection of the next calls: before anything happens, or with only the answer lost."""
        with self._fault(Fault(re.compile(path_regex), times, None, serve_first=served)):
            yield

    @contextmanager
    def lose_messages(self, *methods: str) -> Iterator[None]:
        """Pipes message files vanish before they are read; given methods ("closed"), only such messages do."""
        with self._volumes.losing(frozenset(methods)):
            yield

    @contextmanager
    def _fault(self, fault: Fault) -> Iterator[None]:
        with self._lock:
            self._faults.append(fault)
        try:
            yield
        finally:
            with self._lock:
                self._faults.remove(fault)

    def _answer(self, request: Request, authorization: str) -> Reply | None:
        with self._lock:
            self._requests.append(request)
            call = f"{request.method} {request.path}"
            fault = next((each for each in self._faults if each.times and each.pattern.search(call)), None)
            if fault is not None:
                fault.times -= 1
        if fault is not None and not fault.serve_first:
            return fault.reply
        try:
            self._authenticate(authorization)
            reply = self._route(request)
        except ApiError as error:
            reply = Reply.of(error.content, error.status)
        except Exception as error:
            # A mistake in here must not look like a cut connection, which clients retry for minutes.
            content = {"error_code": "INTERNAL_ERROR", "message": repr(error)}
            reply = Reply.of(content, HTTPStatus.INTERNAL_SERVER_ERROR)
        return reply if fault is None else fault.reply

    def _authenticate(self, authorization: str) -> None:
        if not authorization.startswith("Bearer "):
            message = "Credential was not sent or was of an unsupported type for this API."
            raise ApiError(HTTPStatus.UNAUTHORIZED, "401", message)
        if authorization != f"Bearer {self.token}":
            raise ApiError(HTTPStatus.FORBIDDEN, "403", "Invalid access token.")

    def _route(self, request: Request) -> Reply:
        if match := re.fullmatch(r"/api/2\.0/fs/(files|directories)(/.*)", request.path):
            return self._volumes.serve(request, *match.groups())
        if match := re.fullmatch(r"/api/2\.[12]/jobs/runs/([a-z-]+)", request.path):
            action = {
                ("POST", "submit"): self._runs.submit,
                ("POST", "cancel"): self._runs.cancel,
                ("GET", "get"): self._runs.get,
                ("GET", "get-output"): self._runs.get_output,
                ("GET", "list"): self._runs.list,
            }.get((request.method, match[1]))
            if action is not None:
                return action(request)
        if (request.method, request.path) == ("GET", "/api/2.0/preview/scim/v2/Me"):
            return Reply.of({"id": "1", "userName": USER, "displayName": "Engineer", "active": True})
        if request.path.startswith("/api/2.0/dbfs/"):
            # What newer workspaces answer; it keeps clients on volumes.
            message = "Public DBFS root is disabled. Access is denied on path."
            raise ApiError(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", message)
        message = f"No API found for '{request.method} {request.path}'"
        raise ApiError(HTTPStatus.NOT_FOUND, "ENDPOINT_NOT_FOUND", message)
