"""Sensors: dropped files are landed, landed files are built. Thin: what to do is decided by pure functions."""

import datetime as dt
from typing import Any

import dagster as dg

from spotify_platform.defs.jobs import charts_by_month, everything, land_inbox_job
from spotify_platform.environment import Environment

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
PUBLISHED = dg.AssetKey(["published", "warehouse"])


@dg.sensor(
    job=land_inbox_job,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Lands files of the inbox once they have stopped growing, in chunks.",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, inbox: dg.ResourceParam[Any], environment: dg.ResourceParam[Environment]
) -> Any:
    from spotify_platform.landing.inbox import plan

    if _in_progress(context, land_inbox_job.name):
        return dg.SkipReason("files are being landed")
    now = dt.datetime.now(dt.UTC).timestamp()
    decided = plan(inbox.listing(), context.cursor, now, environment.inbox_settle_seconds)
    context.update_cursor(decided.cursor)
    if not decided.take:
        return dg.SkipReason(f"nothing to take in {inbox}")
    # The files' looks are in the key, so a file that comes again under its name is taken again; the hour,
    # because Dagster remembers a key for ever, and the inbox is the truth: what still waits is tried again.
    return dg.RunRequest(
        run_key=f"{decided.key}:{_hour()}",
        run_config={"ops": {"land_inbox": {"config": {"names": list(decided.take)}}}},
    )


@dg.sensor(
    jobs=[charts_by_month, everything],
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Builds exactly the months that newly landed chart files touch, that an earlier run left half built, or whose "
        "SQL is another now, contiguous months in one run; what has no partitions follows by automation. The first "
        "build of a world is one run of everything."
    ),
)
def upload_sensor(context: dg.SensorEvaluationContext, lake: dg.ResourceParam[Any]) -> Any:
    from spotify_platform.landing.manifest import read_manifest, read_receipts
    from spotify_platform.landing.pending import builds, first_build
    from spotify_platform.operations.backfill import outdated

    if _in_progress(context, charts_by_month.name) or _in_progress(context, everything.name):
        return dg.SkipReason("landed files are being built")
    files, receipts = read_manifest(lake), read_receipts(lake)
    has_been_built = context.instance.get_latest_materialization_event(PUBLISHED) is not None
    if has_been_built:
        assert context.repository_def is not None
        old = outdated(context.instance, context.repository_def.asset_graph, files, receipts)
        waiting = builds(files, receipts, stale={month for months in old.months.values() for month in months})
    else:
        waiting = first_build(files, receipts)
    requests = [
        dg.RunRequest(
            job_name=charts_by_month.name if has_been_built else everything.name,
            run_key=f"{build.key}:{_hour()}",
            tags=build.months.run_tags,
        )
        for build in waiting
    ]
    return requests or dg.SkipReason("every landed month has been built")


def _in_progress(context: dg.SensorEvaluationContext, job_name: str) -> bool:
    """Whether a run of the job waits or works: the next one is asked for when it has ended."""
    unfinished = dg.RunsFilter(job_name=job_name, statuses=UNFINISHED)
    return bool(context.instance.get_run_records(unfinished, limit=1))


def _hour() -> int:
    return int(dt.datetime.now(dt.UTC).timestamp() // 3600)


automation = dg.AutomationConditionSensorDefinition(
    "automation",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
)
