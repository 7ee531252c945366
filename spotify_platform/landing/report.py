"""What an upload answers about each file, for people and programs alike."""

from collections.abc import Iterable
from typing import Any

from spotify_platform.landing.accounting import TARGETS
from spotify_platform.landing.land import Outcome
from spotify_platform.landing.manifest import Receipt

COUNTS = ("rows_read", "loaded", "duplicate", "skipped", "rejected")


def file_report(outcome: Outcome, receipts: Iterable[Receipt]) -> dict[str, Any]:
    """Status, format, period and counts of one file; counts that only a build can tell are null until then.

    The counts are those of the table that its kind names first; `tables` has them for each that it feeds. A file that
    had landed before loads nothing: its readable rows are duplicates.
    """
    file = outcome.file
    report: dict[str, Any] = {
        "file": outcome.name,
        "status": outcome.status,
        "kind": file.kind if file else None,
        "format": file.format if file else None,
        "period_start": file.period_start if file else None,
        "period_end": file.period_end if file else None,
        "repairs": list(file.repairs) if file else [],
        **dict.fromkeys(COUNTS),
        "reasons": {outcome.reason: None} if outcome.reason else {},
        "tables": {},
    }
    if file is None:
        return report
    mine = [receipt for receipt in receipts if receipt.file_id == file.file_id]
    mine.sort(key=lambda receipt: receipt.table_name != ".".join(TARGETS[file.kind]))
    if outcome.status == "already landed":
        counts = {
            "rows_read": file.rows_read,
            "loaded": 0,
            "duplicate": file.rows,
            "skipped": 0,
            "rejected": file.rejected,
        }
        return {
            **report,
            **counts,
            "reasons": {"already landed": file.rows, **file.reasons},
            "tables": _tables(mine, counts),
        }
    if not mine:
        return {
            **report,
            "rows_read": file.rows_read,
            "rejected": file.rejected,
            "reasons": dict(file.reasons),
        }
    counts = {name: getattr(mine[0], name) for name in COUNTS}
    return {
        **report,
        **counts,
        "reasons": dict(mine[0].reasons),
        "tables": {r.table_name: _counts(r) for r in mine},
    }


def _tables(receipts: list[Receipt], counts: dict[str, int]) -> dict[str, dict[str, int]]:
    return {receipt.table_name: counts for receipt in receipts}


def _counts(receipt: Receipt) -> dict[str, int]:
    return {name: getattr(receipt, name) for name in COUNTS}
