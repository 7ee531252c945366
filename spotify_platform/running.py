"""Run the graph in this process: which months, which assets, with progress for whoever watches."""

import logging
import os
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError
from spotify_platform.landing.manifest import LandedFile, landed_months, read_manifest
from spotify_platform.landing.pending import touched_months, whole_range
from spotify_platform.months import MonthRange, contiguous
from spotify_platform.resources import lake_of

if TYPE_CHECKING:
    import dagster as dg


@dataclass(frozen=True)
class Progress:
    """One step has started or ended: `state` is started, succeeded, failed or skipped."""

    step: str
    state: str


@dataclass
class RunResult:
    """What came of one or more runs: which steps failed and why, and every check's outcome."""

    failures: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    checks: dict[tuple[str, str], bool] = field(default_factory=dict)
    warnings: dict[tuple[str, str], bool] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        return not self.failures and all(self.checks.values())


Watcher = Callable[[Progress], None]


def project_file(name: str) -> Path:
    """dagster.yaml or workspace.yaml: in the checkout's root, or packed into the wheel."""
    packed = Path(__file__).parent / name
    return packed if packed.exists() else Path(__file__).parent.parent / name


def prepare_instance(environment: Environment) -> Path:
    """Make the world's DAGSTER_HOME, with the current configuration. Returns the folder."""
    home = environment.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    environment.inbox.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project_file("dagster.yaml"), home / "dagster.yaml")
    return home


@contextmanager
def instance_of(environment: Environment) -> "Iterator[dg.DagsterInstance]":
    """The world's Dagster instance."""
    import dagster as dg

    from spotify_platform.sqlite_storage import quick_ref

    home = prepare_instance(environment)
    os.environ["DAGSTER_HOME"] = str(home)
    with dg.DagsterInstance.from_ref(quick_ref(home)) as instance:
        yield instance


def build(
    environment: Environment,
    *,
    selection: str | None = None,
    months: MonthRange | None = None,
    files: Iterable[LandedFile] | None = None,
    watch: Watcher = lambda progress: None,
) -> RunResult:
    """Build the graph, or what depends on `files`, for the months that landed.

    `selection` is Dagster's asset selection syntax. One contiguous range of months is one run; several
    are a run each for the monthly tables, and a last one for the others.
    """
    import dagster as dg

    from spotify_platform.definitions import build_definitions

    landed = read_manifest(lake_of(environment))
    if not landed:
        raise ConfigurationError(
            f"nothing has landed in the world {environment.active_world!r} yet; start with: upload FILE"
        )
    definitions = dg.Definitions.merge(
        build_definitions(environment), dg.Definitions(loggers={"progress": _progress_logger(watch)})
    )
    graph = definitions.resolve_asset_graph()
    result = RunResult()
    with instance_of(environment) as instance, _alone(instance, environment):
        wanted = _selected(graph, instance, selection, None if files is None else list(files))
        touched = landed_months(landed) if files is None else touched_months(files, landed)
        if not touched and files is not None:
            built = instance.get_latest_materialization_events(list(wanted))
            wanted -= {key for key in wanted if graph.get(key).is_partitioned and built.get(key)}
        ranges = _ranges(touched if touched else landed_months(landed), months, as_one=files is None)
        monthly = {key for key in wanted if graph.get(key).is_partitioned}
        if len(ranges) == 1:
            _execute(definitions, instance, wanted, ranges[0], result)
        else:
            for part in ranges:
                if monthly:
                    _execute(definitions, instance, monthly, part, result)
            if result.succeeded and wanted - monthly:
                _execute(definitions, instance, wanted - monthly, None, result)
    return result


def report_landed(environment: Environment, files: Iterable[LandedFile]) -> None:
    """Show landed files in the Dagster UI, as a materialization of the raw asset of each kind."""
    import dagster as dg

    from spotify_platform.metadata import landing_metadata

    files = list(files)
    with instance_of(environment) as instance:
        for kind in sorted({file.kind for file in files}):
            landed = [file for file in files if file.kind == kind]
            instance.report_runless_asset_event(
                dg.AssetMaterialization(asset_key=["raw", kind], metadata=landing_metadata(landed))
            )


HERE = {"spotify_platform/executed_by": "command line"}
"""Tag of the runs of this module, which no daemon watches."""


@contextmanager
def _alone(instance: "dg.DagsterInstance", environment: Environment) -> Iterator[None]:
    """One build at a time. Those that their process left unfinished are told as failed, and free their pools."""
    import dagster as dg
    from filelock import FileLock

    with FileLock(environment.dagster_home / "build.lock"):
        unfinished = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
        for run in instance.get_runs(dg.RunsFilter(statuses=unfinished, tags=HERE)):
            instance.report_run_failed(run, "its process ended before it did")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        yield


def _ranges(touched: list[int], asked: MonthRange | None, *, as_one: bool) -> list[MonthRange]:
    """The months to build: those touched, within those asked for."""
    wanted = [month for month in touched if asked is None or asked.first <= month <= asked.last]
    if touched and not wanted:
        raise ConfigurationError("no landed chart file has rows in those months")
    if as_one or not wanted:
        return [whole_range(wanted)]
    return contiguous(wanted)


def _selected(
    graph: Any, instance: "dg.DagsterInstance", selection: str | None, files: list[LandedFile] | None
) -> set["dg.AssetKey"]:
    """Assets to build. What depends on files includes what has never been built of their other upstream."""
    import dagster as dg

    from spotify_platform.defs.jobs import NOT_BUILT

    buildable = set(graph.materializable_asset_keys) - NOT_BUILT.resolve(graph)
    if selection:
        return _chosen(selection, graph) & buildable
    if files is None:
        return buildable
    roots = {dg.AssetKey(["raw", file.kind]) for file in files}
    below: set[dg.AssetKey] = set()
    waiting = list(roots)
    while waiting:
        for child in graph.get(waiting.pop()).child_keys - below:
            below.add(child)
            waiting.append(child)
    built = instance.get_latest_materialization_events(list(buildable))
    return (below & buildable) | {key for key in buildable if built.get(key) is None}


def _chosen(selection: str, graph: Any) -> set["dg.AssetKey"]:
    """The assets of a selection. Raises `ConfigurationError` where it cannot be read or chooses nothing."""
    import dagster as dg

    hint = 'it is written as in the Dagster UI, such as group:marts or key:"warehouse/*"'
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            chosen = set(dg.AssetSelection.from_string(selection).resolve(graph))
    except dg.DagsterError as error:
        raise ConfigurationError(f"the selection {selection!r} cannot be read ({error}); {hint}") from None
    if not chosen:
        raise ConfigurationError(f"the selection {selection!r} chooses no asset; {hint}")
    return chosen


def _execute(
    definitions: "dg.Definitions",
    instance: "dg.DagsterInstance",
    keys: set["dg.AssetKey"],
    months: MonthRange | None,
    result: RunResult,
) -> None:
    """One run; what it finds is added to `result`."""
    job = definitions.resolve_job_def("everything")
    done = job.execute_in_process(
        instance=instance,
        asset_selection=sorted(keys),
        tags={**HERE, **(months.run_tags if months else {})},
        run_config={"loggers": {"progress": {}}},
        raise_on_error=False,
    )
    for event in done.all_events:
        kind = event.event_type_value
        if kind == "STEP_FAILURE":
            result.failures[event.step_key or ""] = _reason(event)
        elif kind == "STEP_SKIPPED":
            result.skipped.append(event.step_key or "")
        elif kind == "ASSET_CHECK_EVALUATION":
            check: Any = event.event_specific_data
            name = (check.asset_key.to_user_string(), check.check_name)
            severe = check.severity.value == "ERROR"
            (result.checks if severe else result.warnings)[name] = check.passed
    if not done.success and not result.failures:
        result.failures["run"] = "the run failed before its first step; see the Dagster UI"


def _reason(event: Any) -> str:
    """The innermost message of a step's failure, without the stack."""
    error = event.event_specific_data.error
    while error.cause:
        error = error.cause
    return str(error.message).strip()


class _StepHandler(logging.Handler):
    STATES: Mapping[str, str] = {
        "STEP_START": "started",
        "STEP_SUCCESS": "succeeded",
        "STEP_FAILURE": "failed",
        "STEP_SKIPPED": "skipped",
    }

    def __init__(self, watch: Watcher) -> None:
        super().__init__()
        self.watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is not None and event.event_type_value in self.STATES:
            self.watch(Progress(event.step_key or "", self.STATES[event.event_type_value]))


def _progress_logger(watch: Watcher) -> Any:
    """A Dagster logger that tells steps instead of printing events."""
    import dagster as dg

    @dg.logger
    def progress(_context: Any) -> logging.Logger:
        logger = logging.Logger("spotify_platform.progress", level=logging.DEBUG)
        logger.addHandler(_StepHandler(watch))
        return logger

    return progress
