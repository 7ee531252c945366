"""Months as contiguous ranges, as Dagster's partition keys and as Delta's partitions."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.errors import ConfigurationError
from spotify_platform.months import MonthRange, contiguous, following, start_of

MONTHS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)).map(lambda day: day.year * 100 + day.month)
DETERMINED = settings(deadline=None, derandomize=True, database=None)


def test_december_is_followed_by_january() -> None:
    assert [following(month) for month in (202001, 202011, 202012)] == [202002, 202012, 202101]


@settings(DETERMINED)
@given(month=MONTHS)
def test_the_following_month_starts_a_calendar_month_later(month: int) -> None:
    days = (start_of(following(month)) - start_of(month)).days
    assert 28 <= days <= 31
    assert start_of(following(month)).day == 1


def test_a_range_runs_from_its_first_to_its_last_month() -> None:
    months = MonthRange(201911, 202002)
    assert list(months) == [201911, 201912, 202001, 202002]
    assert (months.start, months.end) == (dt.date(2019, 11, 1), dt.date(2020, 3, 1))
    assert months.keys == ("2019-11-01", "2020-02-01")
    assert months.partitions[1:3] == [{"year": "2019", "month": "12"}, {"year": "2020", "month": "1"}]


@settings(DETERMINED)
@given(first=MONTHS, length=st.integers(0, 40))
def test_partition_keys_lead_back_to_the_range(first: int, length: int) -> None:
    last = first
    for _ in range(length):
        last = following(last)
    months = MonthRange(first, last)
    assert MonthRange.of_keys(*months.keys) == months
    assert len(list(months)) == len(months.partitions) == length + 1


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("2020-01", MonthRange(202001, 202001)),
        (" 2013-01:2020-12 ", MonthRange(201301, 202012)),
        ("2020-06:2020-06", MonthRange(202006, 202006)),
    ],
)
def test_months_are_parsed(text: str, months: MonthRange) -> None:
    assert MonthRange.parse(text) == months


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2020",
        "2020-13",
        "2020-00",
        "2020-1",
        "2020-06:2020-05",
        "2020-01:",
        "2020-01..2020-02",
        "0000-01",
        "٢٠٢٠-٠١",
    ],
)
def test_anything_else_is_refused_with_what_is_right(text: str) -> None:
    with pytest.raises(ConfigurationError, match="2020-01 or 2020-01:2020-06, not"):
        MonthRange.parse(text)


@settings(DETERMINED)
@given(months=st.lists(MONTHS, max_size=30))
def test_months_become_the_fewest_ranges_that_cover_exactly_them(months: list[int]) -> None:
    ranges = contiguous(months)
    assert [month for found in ranges for month in found] == sorted(set(months))
    assert all(following(left.last) < right.first for left, right in pairwise(ranges))
