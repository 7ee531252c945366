"""Which months wait to be built: pure, from what landed and what has its receipt."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from spotify_platform.landing.manifest import LandedFile, Receipt, without_receipt
from spotify_platform.months import MonthRange, contiguous


@dataclass(frozen=True)
class Build:
    """Contiguous months that wait, and a key that is the same as long as the same files wait for them."""

    months: MonthRange
    key: str


def touched_months(files: Iterable[LandedFile], all_files: Iterable[LandedFile]) -> list[int]:
    """Months that the files have rows in, or that a file they supersede had."""
    known = {file.file_id: file for file in all_files}
    files = list(files)
    superseded = [known[file.supersedes] for file in files if file.supersedes in known]
    return sorted({month for file in [*files, *superseded] for month in file.months})


def builds(files: Iterable[LandedFile], receipts: Iterable[Receipt]) -> list[Build]:
    """One build per contiguous range of months that files without a receipt touch."""
    files = list(files)
    waiting = without_receipt(files, receipts)
    found = []
    for months in contiguous(touched_months(waiting, files)):
        inside = [file.file_id for file in waiting if set(touched_months([file], files)) & set(months)]
        digest = hashlib.sha256(" ".join(sorted(inside)).encode()).hexdigest()[:16]
        found.append(Build(months, f"{months.first}-{months.last}:{digest}"))
    return found
