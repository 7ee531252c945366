"""Retention as an asset: each materialization is the receipt of what one clean-up removed."""

import datetime as dt
from typing import Any

import dagster as dg

from spotify_platform.defs.jobs import clean_up_job
from spotify_platform.defs.tables import LAKE_POOL, OWNERS
from spotify_platform.environment import Environment


@dg.asset(
    key=["operations", "clean_up"],
    group_name="operations",
    owners=OWNERS,
    kinds={"json"},
    pool=LAKE_POOL,
    description=(
        "Removes what nobody needs any more: files that a newer version superseded, files of old versions of Delta "
        "tables, old Dagster runs. What a table or the published version needs stays, however old."
    ),
)
def clean_up(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
) -> dg.MaterializeResult[None]:
    from spotify_platform.operations import retention

    now = dt.datetime.now(dt.UTC)
    removals = retention.plan_of(environment, context.instance, now)
    receipt = retention.clean_up(lake, context.instance, removals, now)
    for removal in receipt.removed:
        context.log.info(f"removed {removal.what} {removal.name}, {removal.bytes:,} bytes")
    return dg.MaterializeResult(
        metadata={
            "removed": len(receipt.removed),
            "size": receipt.bytes,
            "by_kind": dg.MetadataValue.json({what: list(total) for what, total in receipt.totals().items()}),
        }
    )


clean_up_schedule = dg.ScheduleDefinition(
    name="clean_up_schedule",
    job=clean_up_job,
    cron_schedule="47 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Once a night.",
)
