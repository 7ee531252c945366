"""Which months wait to be built: pure, from what landed and what has its receipt."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from spotify_platform.landing.manifest import LandedFile, Receipt, landed_months, without_receipt
from spotify_platform.months import MonthRange, contiguous

EMPTY_MONTH = MonthRange(201701, 201701)


@dataclass(frozen=True)
class Build:
    """Contiguous months that wait, and a key that is the same until another file lands for them."""

    months: MonthRange
    key: str


def touched_months(files: Iterable[LandedFile], all_files: Iterable[LandedFile]) -> list[int]:
    """Months that the files have rows in, or that a file they supersede had."""
    known = {file.file_id: file for file in all_files}
    files = list(files)
    superseded = [known[file.supersedes] for file in files if file.supersedes in known]
    return sorted({month for file in [*files, *superseded] for month in file.months})


def builds(files: Iterable[LandedFile], receipts: Iterable[Receipt], stale: Iterable[int] = ()) -> list[Build]:
    """One build per contiguous range of months that files without a receipt touch, or that are `stale` (yyyymm).

    Its key names every file that landed for these months, so that a receipt which comes a moment after its rows were
    built does not look like something new.
    """
    files = list(files)
    waiting = touched_months(without_receipt(files, receipts), files)
    return [
        _build(months, [file.file_id for file in files if set(file.months) & set(months)])
        for months in contiguous([*waiting, *stale])
    ]


def first_build(files: Iterable[LandedFile], receipts: Iterable[Receipt]) -> list[Build]:
    """One build of all months, if any file waits: a world that was never built is built whole."""
    files = list(files)
    waiting = without_receipt(files, receipts)
    if not waiting:
        return []
    return [_build(whole_range(landed_months(files)), [file.file_id for file in waiting])]


def whole_range(months: list[int]) -> MonthRange:
    """From the first month to the last. Where only catalogues landed, any month will do: its tables are
    built empty, so that others can read them."""
    return MonthRange(months[0], months[-1]) if months else EMPTY_MONTH


def _build(months: MonthRange, file_ids: Iterable[str]) -> Build:
    digest = hashlib.sha256(" ".join(sorted(file_ids)).encode()).hexdigest()[:16]
    return Build(months, f"{months.first}-{months.last}:{digest}")
