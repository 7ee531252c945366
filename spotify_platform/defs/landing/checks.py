"""Accounting: every row of every landed file is loaded, duplicate, skipped or rejected, and stands where it should."""

import datetime as dt
from typing import Any

import dagster as dg

from spotify_platform.landing.accounting import ACCOUNTS, TARGETS
from spotify_platform.landing.format import Kind
from spotify_platform.months import MonthRange

WARN_REJECTED_SHARE = 0.05
"""Above one row in twenty something is wrong with the source, not with a few rows."""


def _accounting_check(kind: Kind) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=list(ACCOUNTS[kind]),
        name="rows_are_accounted_for",
        additional_deps=[list(TARGETS[kind])],
        blocking=True,
        description="Rows read = loaded + duplicate + skipped + rejected, and the loaded ones are in the table.",
    )
    def rows_are_accounted_for(
        context: dg.AssetCheckExecutionContext, lake: dg.ResourceParam[Any]
    ) -> dg.AssetCheckResult:
        from spotify_platform.landing.accounting import differences, unbalanced
        from spotify_platform.landing.manifest import iso

        run = context.instance.get_run_record_by_id(context.run.run_id)
        started = iso(run.start_time) if run and run.start_time else iso(dt.datetime.now(dt.UTC))
        months = MonthRange.of_tags(context.run.tags) or ()
        wrong = differences(lake, kind, months, started)
        files = unbalanced(lake, kind, months, started)
        return dg.AssetCheckResult(
            passed=not wrong and not files,
            metadata={
                "differences": dg.MetadataValue.json([d.__dict__ for d in wrong[:50]]),
                "files_that_do_not_add_up": dg.MetadataValue.json([r.file_id for r in files[:50]]),
            },
        )

    return rows_are_accounted_for


accounting_checks = [_accounting_check(kind) for kind in TARGETS]


@dg.asset_check(
    asset=["cleandata", "rejects"],
    name="few_rows_are_rejected",
    description="No landed file has more than one unreadable row in twenty.",
)
def few_rows_are_rejected(lake: dg.ResourceParam[Any]) -> dg.AssetCheckResult:
    from spotify_platform.landing.manifest import current_files, read_manifest

    files = current_files(read_manifest(lake))
    bad = {f.name: round(f.rejected / f.rows_read, 4) for f in files if f.rejected > WARN_REJECTED_SHARE * f.rows_read}
    return dg.AssetCheckResult(
        passed=not bad, severity=dg.AssetCheckSeverity.WARN, metadata={"shares": dg.MetadataValue.json(bad)}
    )
