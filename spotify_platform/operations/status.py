"""How a world is: what is fresh, what failed, what waits. Plain data, for a screen and for programs."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from spotify_platform.environment import Environment
from spotify_platform.landing.manifest import LandedFile, Receipt, iso, read_manifest, read_receipts, without_receipt
from spotify_platform.months import MonthRange
from spotify_platform.operations.incidents import Incident, ended_logins, freshness, open_incidents
from spotify_platform.resources import inbox_of, lake_of, warehouse_of

if TYPE_CHECKING:
    import dagster as dg

BEAT_SECONDS = 180
"""The daemon says every 30 s that it lives; a busy machine may be late."""


@dataclass(frozen=True)
class Source:
    """An asset that promises to be fresh: whether it is, and when (ISO, UTC) it was last renewed."""

    asset: str
    state: str
    renewed: str | None


@dataclass(frozen=True)
class Published:
    """What readers see, against what has landed: `lacks` are files that landed after it or wait to be built."""

    number: int | None
    published_at: str | None
    landed_at: str | None
    landed_until: str | None
    lacks: int


@dataclass(frozen=True)
class Unfinished:
    """A run that waits or works."""

    run_id: str
    job: str
    status: str
    months: str | None
    since: str


@dataclass(frozen=True)
class Waits:
    """What waits: files to be landed, refused files for a person, landed files and stale tables to be built."""

    inbox: Sequence[str]
    refused: Sequence[str]
    files: Sequence[str]
    months: Sequence[str]
    tables: Sequence[str]


@dataclass(frozen=True)
class Status:
    """How a world is at a moment."""

    world: str
    at: str
    daemon: bool
    published: Published
    waits: Waits
    sources: Sequence[Source] = ()
    runs: Sequence[Unfinished] = ()
    incidents: Sequence[Incident] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def status_of(environment: Environment, now: dt.datetime) -> Status:
    """Look at everything, change nothing."""
    lake, inbox = lake_of(environment), inbox_of(environment)
    landed, receipts = read_manifest(lake), read_receipts(lake)
    waiting = [file.name for file in inbox.listing()]
    base = {
        "world": environment.active_world,
        "at": iso(now),
        "published": _published(environment, landed, receipts),
    }
    files = [file.name for file in without_receipt(landed, receipts)]
    if not environment.dagster_home.exists():
        waits = Waits(waiting, inbox.refused(), files, [], [])
        return Status(**base, daemon=False, waits=waits, incidents=ended_logins(environment, now))  # type: ignore[arg-type]

    from spotify_platform.definitions import build_definitions
    from spotify_platform.operations.backfill import outdated
    from spotify_platform.running import instance_of

    graph = build_definitions(environment).resolve_asset_graph()
    with instance_of(environment) as instance:
        old = outdated(instance, graph, landed, receipts) if landed else None
        months = [str(months) for months in old.ranges] if old else []
        tables = sorted(key.to_user_string() for key in {*old.months, *old.others}) if old else []
        return Status(
            **base,  # type: ignore[arg-type]
            daemon=_beats(instance, now),
            waits=Waits(waiting, inbox.refused(), files, months, tables),
            sources=_sources(instance, graph),
            runs=_unfinished(instance),
            incidents=open_incidents(instance, graph, environment, now),
        )


def _published(environment: Environment, landed: Sequence[LandedFile], receipts: Sequence[Receipt]) -> Published:
    version = warehouse_of(environment).published()
    unbuilt = {file.file_id for file in without_receipt(landed, receipts)}
    later = [file for file in landed if not version or file.landed_at > version.published_at or file.file_id in unbuilt]
    return Published(
        version.number if version else None,
        version.published_at if version else None,
        max((file.landed_at for file in landed), default=None),
        max((file.period_end for file in landed if file.period_end), default=None),
        len(later),
    )


def _beats(instance: "dg.DagsterInstance", now: dt.datetime) -> bool:
    """Whether the daemon that runs sensors is there."""
    beat = instance.get_daemon_heartbeats().get("SENSOR")
    return beat is not None and now.timestamp() - beat.timestamp < BEAT_SECONDS


def _sources(instance: "dg.DagsterInstance", graph: Any) -> list[Source]:
    states = freshness(instance, graph)
    newest = instance.get_latest_materialization_events(list(states))
    return [
        Source(key.to_user_string(), state, iso(float(event.timestamp)) if (event := newest.get(key)) else None)
        for key, state in sorted(states.items())
    ]


def _unfinished(instance: "dg.DagsterInstance") -> list[Unfinished]:
    import dagster as dg

    from spotify_platform.defs.landing.sensors import UNFINISHED

    return [
        Unfinished(
            run.run_id,
            run.job_name,
            run.status.value,
            str(months) if (months := MonthRange.of_tags(run.tags)) else None,
            iso(record.create_timestamp),
        )
        for record in instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED))
        if (run := record.dagster_run)
    ]
