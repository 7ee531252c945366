"""Which months wait: exactly those that files without a receipt touch, or a file that they supersede had."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.landing.manifest import LandedFile, Receipt
from spotify_platform.landing.pending import Build, builds, touched_months
from spotify_platform.months import MonthRange, following
from spotify_platform_tests.landing.writing import PROPERTY


def file(name: str, *months: int, supersedes: str | None = None) -> LandedFile:
    return LandedFile(
        file_id=name,
        name=name,
        kind="charts",
        format="f",
        source="s",
        precedence=1,
        identity=None,
        sha256="",
        content_sha256=name,
        size=1,
        rows_read=1,
        rows=1,
        rejected=0,
        period_start=None,
        period_end=None,
        months=months,
        region_code=None,
        door="d",
        landed_at=name,
        modified_at="",
        supersedes=supersedes,
    )


def receipt(name: str) -> Receipt:
    return Receipt(name, "cleandata.charts", 1, 1, 0, 0, 0, {})


def ranges(found: list[Build]) -> list[MonthRange]:
    return [build.months for build in found]


def test_contiguous_months_are_one_build_across_years() -> None:
    found = builds([file("a", 201911, 201912), file("b", 202001), file("c", 202003)], [])
    assert ranges(found) == [MonthRange(201911, 202001), MonthRange(202003, 202003)]


def test_nothing_waits_once_every_file_has_its_receipt() -> None:
    assert builds([file("a", 202001)], [receipt("a")]) == []
    assert builds([], []) == []


def test_a_file_without_months_asks_for_no_build() -> None:
    assert builds([file("catalogue")], []) == []


def test_months_of_a_superseded_file_wait_too() -> None:
    old, new = file("old", 202001, 202002), file("new", 202002, supersedes="old")
    assert ranges(builds([old, new], [receipt("old")])) == [MonthRange(202001, 202002)]
    assert ranges(builds([old, new], [receipt("old"), receipt("new")])) == []


def test_a_chain_of_versions_that_all_wait_touches_the_months_of_each() -> None:
    chain = [file("a", 202001), file("b", 202002, supersedes="a"), file("c", 202003, supersedes="b")]
    assert ranges(builds(chain, [receipt("a")])) == [MonthRange(202001, 202003)]


def test_the_key_stays_until_another_file_lands_for_the_months() -> None:
    files = [file("a", 202001), file("b", 202001), file("other", 202005)]
    first, other = builds(files, [])
    assert builds(files[::-1], []) == [first, other]
    assert builds([*files, file("later", 202007)], [])[:2] == [first, other]
    assert builds(files, [receipt("b")]) == [first, other], "its receipt came before that of the other"
    more, same = builds([*files, file("new", 202001)], [receipt("a"), receipt("b")])
    assert (more.months, same) == (first.months, other)
    assert more.key != first.key


def test_stale_months_are_built_with_those_that_wait() -> None:
    files = [file("a", 202001), file("b", 202002, 202005)]
    assert ranges(builds(files, [receipt("a"), receipt("b")], stale={202002})) == [MonthRange(202002, 202002)]
    assert ranges(builds(files, [receipt("b")], stale={202002, 202001})) == [MonthRange(202001, 202002)]


MONTHS = st.integers(0, 35).map(lambda n: 201900 + 100 * (n // 12) + n % 12 + 1)


@settings(PROPERTY, max_examples=100)
@given(months=st.lists(st.lists(MONTHS, max_size=4), max_size=5), built=st.sets(st.integers(0, 4)))
def test_builds_cover_exactly_the_waiting_months(months: list[list[int]], built: set[int]) -> None:
    files = [file(f"{n}", *found) for n, found in enumerate(months)]
    found = builds(files, [receipt(f"{n}") for n in built])
    waiting = [one for n, one in enumerate(files) if n not in built]
    covered = [month for build in found for month in build.months]
    assert covered == touched_months(waiting, files) == sorted({month for one in waiting for month in one.months})
    assert all(following(left.months.last) < right.months.first for left, right in itertools.pairwise(found))
