"""What is wrong now: failed runs, failed checks, stale sources, as Dagster's own records have it; and ended logins.

An incident has one key from its first sign to its end, however often it is tried again meanwhile: who tells of it
remembers the keys, and tells of each once. What follows from an incident is none of its own.
"""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from spotify_platform.environment import Environment
from spotify_platform.landing.manifest import iso
from spotify_platform.months import MonthRange

if TYPE_CHECKING:
    import dagster as dg

LOOK_BACK = dt.timedelta(days=3)
"""How long a failed run counts: what is tried every day has long been tried again by then."""
OF_CHECKS = {"DagsterAssetCheckFailedError", "ContractBreachError"}
"""Errors that say that a check failed; the check itself tells more."""

Kind = Literal["run", "check", "source", "login"]
Freshness = Literal["fresh", "late", "stale", "unknown"]


@dataclass(frozen=True)
class Incident:
    """What is wrong (one line), why, where to look, what to do, and since when (ISO, UTC)."""

    key: str
    kind: Kind
    what: str
    why: str
    look: str
    do: str
    since: str


def open_incidents(
    instance: "dg.DagsterInstance", graph: Any, environment: Environment, now: dt.datetime
) -> list[Incident]:
    """Everything that is wrong now, oldest first. `graph` is an asset graph."""
    ui = environment.ui_url
    of_graph = [*failed_runs(instance, ui, now), *failed_checks(instance, graph, ui), *stale(instance, graph, ui)]
    found = [*of_graph, *ended_logins(environment, now)]
    return sorted(found, key=lambda incident: (incident.since, incident.key))


@dataclass(frozen=True)
class Failure:
    """A run that failed: its failed steps and why the first of them did; no step where it failed before any."""

    run: "dg.DagsterRun"
    steps: tuple[str, ...]
    why: str
    ended: float

    @property
    def months(self) -> MonthRange | None:
        return MonthRange.of_tags(self.run.tags)

    @property
    def key(self) -> str:
        return " ".join(["run", _job(self.run), *([str(self.months)] if self.months else []), *self.steps])

    def is_settled_by(self, run: "dg.DagsterRun") -> bool:
        """Whether a later run that succeeded built what this one did not."""
        built_months = MonthRange.of_tags(run.tags)
        if self.months and not (built_months and set(self.months) <= set(built_months)):
            return False
        if not run.asset_selection:
            return run.job_name in (self.run.job_name, "everything")
        built = {key.to_python_identifier() for key in run.asset_selection}
        return bool(self.steps) and set(self.steps) <= built


def failed_runs(instance: "dg.DagsterInstance", ui: str, now: dt.datetime) -> list[Incident]:
    """Runs that failed lately, were not tried again by Dagster, and whose work no later run did.

    A run whose every failed step tells of a failed check is left to the check.
    """
    import dagster as dg

    status = dg.DagsterRunStatus
    lately = dg.RunsFilter(statuses=[status.SUCCESS, status.FAILURE], updated_after=now - LOOK_BACK)
    failures: dict[str, Failure] = {}
    for record in sorted(instance.get_run_records(lately), key=lambda record: record.end_time or 0):
        run = record.dagster_run
        if run.status is status.SUCCESS:
            failures = {key: failure for key, failure in failures.items() if not failure.is_settled_by(run)}
        elif run.tags.get("dagster/will_retry") != "true":
            failure = _failure(instance, run, record.end_time or now.timestamp())
            if failure and failure.key not in failures:
                failures[failure.key] = failure
    return [_of_run(failure, ui) for failure in failures.values()]


def _failure(instance: "dg.DagsterInstance", run: "dg.DagsterRun", ended: float) -> Failure | None:
    import dagster as dg

    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    steps: dict[str, str] = {}
    why = "it ended before its first step"
    of_checks = True
    for record in instance.get_records_for_run(run.run_id, of_type=kinds).records:
        event = record.event_log_entry.get_dagster_event()
        data: Any = event.event_specific_data
        chain = list(_causes(getattr(data, "error", None)))
        if event.event_type is dg.DagsterEventType.RUN_FAILURE:
            why = chain[-1].message.strip() if chain else event.message or why
        elif not OF_CHECKS & {error.cls_name for error in chain}:
            of_checks = False
            steps[event.step_key or ""] = chain[-1].message.strip() if chain else "it gave no reason"
        else:
            steps[event.step_key or ""] = ""
    if steps and of_checks:
        return None
    reasons = [f"{step}: {reason}" for step, reason in steps.items() if reason]
    return Failure(run, tuple(sorted(steps)), "\n".join(reasons) or why, ended)


def _causes(error: Any) -> Iterable[Any]:
    while error:
        yield error
        error = error.cause


def _job(run: "dg.DagsterRun") -> str:
    """A run that automation asked for has no job of its own."""
    return "automation" if run.job_name.startswith("__") else run.job_name


def _of_run(failure: Failure, ui: str) -> Incident:
    months = f" for {failure.months}" if failure.months else ""
    steps = ", ".join(step.replace("__", "/") for step in failure.steps)
    return Incident(
        failure.key,
        "run",
        f"{_job(failure.run)} failed{months}" + (f" in {steps}" if steps else ""),
        failure.why,
        f"{ui}/runs/{failure.run.run_id}",
        "remove the cause; what was not built is built by: spotify-platform backfill",
        iso(failure.ended),
    )


def failed_checks(instance: "dg.DagsterInstance", graph: Any, ui: str) -> list[Incident]:
    """Checks whose last evaluation failed with the severity of an error, whatever runs now."""
    import dagster as dg

    found = []
    for key, record in latest_evaluations(instance, graph.asset_check_keys).items():
        event = record.event.get_dagster_event() if record.event else None
        data: Any = event.event_specific_data if event else None
        if data is None or data.passed or data.severity is not dg.AssetCheckSeverity.ERROR:
            continue
        asset = key.asset_key.to_user_string()
        found.append(
            Incident(
                f"check {asset} {key.name}",
                "check",
                f"the check {key.name} of {asset} failed",
                "; ".join(filter(None, [data.description, *map(_shown, data.metadata.items())])) or "it gave no reason",
                f"{ui}/assets/{asset}?view=checks",
                f'remove the cause, then build it anew: spotify-platform backfill --select "key:\\"{asset}\\""',
                iso(record.create_timestamp),
            )
        )
    return found


def latest_evaluations(instance: "dg.DagsterInstance", keys: Iterable["dg.AssetCheckKey"]) -> Mapping[Any, Any]:
    """The last finished evaluation of each check that has one."""
    from dagster._core.storage.asset_check_execution_record import (
        COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES as COMPLETED,
    )

    storage = instance.event_log_storage
    latest = dict(storage.get_latest_asset_check_execution_by_key(list(keys)))
    for key, record in list(latest.items()):
        if record.status not in COMPLETED:  # it runs, or its run ended before it did
            before = storage.get_asset_check_execution_history(key, limit=1, status=COMPLETED)
            latest.pop(key)
            if before:
                latest[key] = before[0]
    return latest


def _shown(entry: tuple[str, Any]) -> str:
    name, value = entry
    return f"{name} {str(value.value)[:200]}"


def stale(instance: "dg.DagsterInstance", graph: Any, ui: str) -> list[Incident]:
    """Assets that are older than they promise, and nothing upstream of them is."""
    old = {key for key, state in freshness(instance, graph).items() if state == "stale"}
    found = []
    for key in sorted(old):
        if old & graph.get_ancestor_asset_keys(key):
            continue
        name = key.to_user_string()
        [record] = instance.get_asset_records([key])
        last = record.asset_entry.last_materialization
        since = iso(float(last.timestamp)) if last else ""
        policy = graph.get(key).freshness_policy_or_from_metadata
        found.append(
            Incident(
                f"source {name}",
                "source",
                f"{name} is stale",
                f"it was last renewed on {since[:10]}, and promises to be no older than {_promise(policy)}",
                f"{ui}/assets/{name}",
                "look whether its source has something new; land it: spotify-platform upload FILE --run",
                since,
            )
        )
    return found


def ended_logins(environment: Environment, now: dt.datetime) -> list[Incident]:
    """A login to Spotify that ends within a month, and then, as another incident, that it is over."""
    if not environment.spotify_client_id:
        return []
    from spotify_platform.resources import clients_of
    from spotify_platform.sources.login import ANNOUNCED, state_of

    login = state_of(clients_of(environment), now)
    if login.state not in ("ends soon", "over"):
        return []
    on = f"{login.at:%Y-%m-%d}" if login.at else "a day unknown"
    over = login.state == "over"
    since = login.at if over or not login.at else login.at - ANNOUNCED
    return [
        Incident(
            f"login Spotify {login.state}",
            "login",
            "the login to Spotify is over" if over else f"the login to Spotify ends on {on}",
            f"it ended on {on}, or was taken back then" if over else "Spotify ends every login after six months",
            "https://www.spotify.com/account/apps",
            f"log in again: spotify-platform login --world {environment.active_world}",
            iso((since or now).timestamp()),
        )
    ]


def _promise(policy: Any) -> str:
    window = getattr(policy, "fail_window", None)
    return f"{window.to_timedelta().days} days" if window else str(policy)


def freshness(instance: "dg.DagsterInstance", graph: Any) -> "dict[dg.AssetKey, Freshness]":
    """Every asset that promises to be fresh, and whether it is, as Dagster evaluates its policy."""
    from dagster._core.definitions.freshness_evaluator import FRESHNESS_EVALUATORS_BY_POLICY_TYPE
    from dagster._core.loader import LoadingContext

    class Loading(LoadingContext):
        instance: Any = None
        loaders: Any = None

    states: dict[str, Freshness] = {"PASS": "fresh", "WARN": "late", "FAIL": "stale"}

    async def evaluated() -> "dict[dg.AssetKey, Freshness]":
        context = Loading()
        context.instance, context.loaders = instance, {}
        found: dict[dg.AssetKey, Freshness] = {}
        for node in graph.asset_nodes:
            if policy := node.freshness_policy_or_from_metadata:
                evaluator = FRESHNESS_EVALUATORS_BY_POLICY_TYPE[type(policy)]()
                state = await evaluator.evaluate_freshness(context=context, node=node)
                found[node.key] = states.get(state.value, "unknown")
        return found

    return asyncio.run(evaluated())
