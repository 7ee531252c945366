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
from spotify_platform.garbage import collecting_seldom
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
    landed = read_manifest(lake_of(environment))
    if not landed:
        raise ConfigurationError(
            f"nothing has landed in the world {environment.active_world!r} yet; start with: upload FILE"
        )

    def parts(graph: Any, instance: "dg.DagsterInstance") -> list[Part]:
        wanted = _selected(graph, instance, selection, None if files is None else list(files))
        touched = landed_months(landed) if files is None else touched_months(files, landed)
        if not touched and files is not None:
            built = instance.get_latest_materialization_events(list(wanted))
            wanted -= {key for key in wanted if graph.get(key).is_partitioned and built.get(key)}
        ranges = _ranges(touched if touched else landed_months(landed), months, as_one=files is None)
        return split(graph, wanted, ranges)

    return run_parts(environment, parts, watch)


@dataclass(frozen=True)
class Part:
    """One run: what it builds, and for which contiguous months; None where nothing in it has months."""

    assets: frozenset["dg.AssetKey"]
    months: MonthRange | None


def split(graph: Any, assets: "Iterable[dg.AssetKey]", ranges: list[MonthRange]) -> list[Part]:
    """One run where the months are one range; else one for each, and a last one for what has no months."""
    assets = frozenset(assets)
    if len(ranges) == 1:
        return [Part(assets, ranges[0])] if assets else []
    monthly = frozenset(key for key in assets if graph.get(key).is_partitioned)
    parts = [Part(monthly, months) for months in ranges if monthly]
    return [*parts, Part(assets - monthly, None)] if assets - monthly else parts


Planner = Callable[[Any, "dg.DagsterInstance"], list[Part]]
"""Says what to run, by the asset graph and the instance."""


def plan_now(environment: Environment, parts: Planner) -> list[Part]:
    """What `run_parts` would run."""
    from spotify_platform.definitions import build_definitions

    with instance_of(environment) as instance:
        return parts(build_definitions(environment).resolve_asset_graph(), instance)


def run_parts(
    environment: Environment,
    parts: Planner,
    watch: Watcher = lambda progress: None,
    begin: Callable[[Part], None] = lambda part: None,
) -> RunResult:
    """One run after another, as planned when nothing else runs; `begin` is told of each.

    What has no months is not built on months that failed.
    """
    result = RunResult()
    with collecting_seldom(), instance_of(environment) as instance, _alone(instance, environment):
        definitions = _watched(environment, watch)
        for part in parts(definitions.resolve_asset_graph(), instance):
            if part.months or result.succeeded:
                begin(part)
                _execute(definitions, instance, part.assets, part.months, result)
    return result


ASKED_BY = ("charts", "streams", "listener_tops", "playlist_tracks", "track_artists")
"""The tables of cleandata by which is known what to ask sources for."""


def ask_sources(environment: Environment, watch: Watcher = lambda progress: None) -> RunResult:
    """Ask the sources that answer calls for what is missing, and land it. Playlists are asked for first, and what others
    are asked by is built then."""
    result = run_job(environment, "land_playlists", watch)
    if result.succeeded:
        asked_by = " or ".join(f'+key:"cleandata/{table}"' for table in ASKED_BY)
        result = build(environment, selection=asked_by, watch=watch)
    jobs = ("ask", "land_kaggle_charts") if environment.active_world == "sample" else ("ask",)
    for job in jobs:  # the real Kaggle sends gigabytes, and so only to whoever asks it by name
        if result.succeeded:
            result = run_job(environment, job, watch)
    return result


def run_job(environment: Environment, job_name: str, watch: Watcher = lambda progress: None) -> RunResult:
    """One run of a whole job."""
    result = RunResult()
    with collecting_seldom(), instance_of(environment) as instance, _alone(instance, environment):
        definitions = _watched(environment, watch)
        _execute(definitions, instance, None, None, result, job_name)
    return result


def _watched(environment: Environment, watch: Watcher) -> "dg.Definitions":
    """The definitions, with a logger that tells of steps."""
    import dagster as dg

    from spotify_platform.definitions import build_definitions

    loggers = dg.Definitions(loggers={"progress": _progress_logger(watch)})
    return dg.Definitions.merge(build_definitions(environment), loggers)


def report_landed(environment: Environment, files: Iterable[LandedFile]) -> None:
    """Show landed files in the Dagster UI, as a materialization of the raw asset of each kind."""
    import dagster as dg

    from spotify_platform.metadata import landing_metadata

    files = list(files)
    with instance_of(environment) as instance:
        for kind in sorted({kind for file in files for kind in file.kinds}):
            landed = [file for file in files if kind in file.kinds]
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
        return chosen(selection, graph)
    if files is None:
        return buildable
    roots = {dg.AssetKey(["raw", kind]) for file in files for kind in file.kinds}
    below: set[dg.AssetKey] = set()
    waiting = list(roots)
    while waiting:
        for child in graph.get(waiting.pop()).child_keys - below:
            below.add(child)
            waiting.append(child)
    built = instance.get_latest_materialization_events(list(buildable))
    return (below & buildable) | {key for key in buildable if built.get(key) is None}


def chosen(selection: str, graph: Any) -> set["dg.AssetKey"]:
    """The assets of a selection that can be built. Raises `ConfigurationError` where it is unreadable or empty."""
    import dagster as dg

    from spotify_platform.defs.jobs import NOT_BUILT

    hint = 'it is written as in the Dagster UI, such as group:marts or key:"warehouse/*"'
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            found = set(dg.AssetSelection.from_string(selection).resolve(graph))
    except dg.DagsterError as error:
        raise ConfigurationError(f"the selection {selection!r} cannot be read ({error}); {hint}") from None
    if not found:
        raise ConfigurationError(f"the selection {selection!r} chooses no asset; {hint}")
    return (found & set(graph.materializable_asset_keys)) - NOT_BUILT.resolve(graph)


def _execute(
    definitions: "dg.Definitions",
    instance: "dg.DagsterInstance",
    keys: "Iterable[dg.AssetKey] | None",
    months: MonthRange | None,
    result: RunResult,
    job_name: str = "everything",
) -> None:
    """One run; what it finds is added to `result`."""
    job = definitions.resolve_job_def(job_name)
    done = job.execute_in_process(
        instance=instance,
        asset_selection=None if keys is None else sorted(keys),
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
