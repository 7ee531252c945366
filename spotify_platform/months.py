"""Months as the platform counts them: contiguous ranges of calendar months, written 2020-01 or 202001."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from spotify_platform.errors import ConfigurationError

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@dataclass(frozen=True, order=True)
class MonthRange:
    """Contiguous months, both ends included, as yyyymm."""

    first: int
    last: int

    @property
    def start(self) -> dt.date:
        return dt.date(self.first // 100, self.first % 100, 1)

    @property
    def end(self) -> dt.date:
        """The first day after the range."""
        return start_of(following(self.last))

    def __iter__(self) -> Iterator[int]:
        month = self.first
        while month <= self.last:
            yield month
            month = following(month)

    def __str__(self) -> str:
        """As `parse` reads it."""
        first, last = (f"{month // 100}-{month % 100:02d}" for month in (self.first, self.last))
        return first if first == last else f"{first}:{last}"

    @property
    def keys(self) -> tuple[str, str]:
        """First and last as Dagster's monthly partition keys."""
        return self.start.isoformat(), start_of(self.last).isoformat()

    @property
    def run_tags(self) -> dict[str, str]:
        """The tags that make one Dagster run of exactly these months."""
        first, last = self.keys
        return {RANGE_START: first, RANGE_END: last}

    @classmethod
    def of_tags(cls, tags: Mapping[str, str]) -> "MonthRange | None":
        """The months of a run by its tags; None for a run of none."""
        return cls.of_keys(tags[RANGE_START], tags[RANGE_END]) if RANGE_START in tags else None

    @property
    def partitions(self) -> list[dict[str, str]]:
        """Each month as Delta's partition values."""
        return [{"year": str(month // 100), "month": str(month % 100)} for month in self]

    @classmethod
    def of_keys(cls, first: str, last: str) -> "MonthRange":
        return cls(_of_date(dt.date.fromisoformat(first)), _of_date(dt.date.fromisoformat(last)))

    @classmethod
    def parse(cls, text: str) -> "MonthRange":
        """`2020-01:2020-06` or `2020-01`. Raises `ConfigurationError` for anything else."""
        month = r"(20\d\d)-(0[1-9]|1[0-2])"
        if found := re.fullmatch(f"{month}(?::{month})?", text.strip(), re.ASCII):
            first = int(found[1] + found[2])
            last = int(found[3] + found[4]) if found[3] else first
            if first <= last:
                return cls(first, last)
        raise ConfigurationError(f"months are written 2020-01 or 2020-01:2020-06, not {text!r}")


def following(month: int) -> int:
    return month + 1 if month % 100 < 12 else month + 89


def start_of(month: int) -> dt.date:
    return dt.date(month // 100, month % 100, 1)


def contiguous(months: Iterable[int]) -> list[MonthRange]:
    """The months as the fewest ranges that cover exactly them."""
    ranges: list[MonthRange] = []
    for month in sorted(set(months)):
        if ranges and following(ranges[-1].last) == month:
            ranges[-1] = MonthRange(ranges[-1].first, month)
        else:
            ranges.append(MonthRange(month, month))
    return ranges


def _of_date(date: dt.date) -> int:
    return date.year * 100 + date.month
