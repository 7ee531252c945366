"""A file that waits to be built is not lost; one that a run should have built, and did not, is."""

from pathlib import Path

from spotify_platform.environment import Environment
from spotify_platform.landing.accounting import differences, unbalanced
from spotify_platform.months import MonthRange
from spotify_platform.resources import compute_of, lake_of
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.catalog.shelf import DEFS
from spotify_platform_tests.marts.star import contracts
from spotify_platform_tests.reliability.worlds import land_files, write_official


def test_a_file_whose_months_were_not_built_with_it_is_not_missed_yet(
    copy_of_small_world: Environment, tmp_path: Path
) -> None:
    lake = lake_of(copy_of_small_world)
    assert unbalanced(lake, "charts", [202001, 202002], before="9") == []
    [landed] = land_files(copy_of_small_world, [write_official(tmp_path, "us", "daily", "2020-02-07", 3)])
    assert landed.file is not None
    assert unbalanced(lake, "charts", [], before="9") == []
    assert unbalanced(lake, "charts", [201912, 202001], before="9") == []
    assert unbalanced(lake, "charts", [202002], before=landed.file.landed_at) == [], "it landed when the run had begun"
    [lost] = unbalanced(lake, "charts", [202002], before="9")
    assert (lost.file_id, lost.rows_read, lost.loaded) == (landed.file.file_id, 3, 0)


def test_a_table_that_was_built_with_a_file_that_landed_meanwhile_is_judged_by_the_run_that_builds_it(
    copy_of_small_world: Environment, tmp_path: Path
) -> None:
    lake = lake_of(copy_of_small_world)
    assert differences(lake, "charts", (), before="9") == []
    [newer] = land_files(copy_of_small_world, [write_official(tmp_path, "de", "daily", "2020-02-05", 9)])
    assert newer.file is not None
    assert newer.status == "superseding"
    model = SqlModel.load("cleandata", DEFS / "charts" / "charts.sql")
    compute_of(copy_of_small_world).build(model, contracts()["cleandata/charts"], MonthRange(202002, 202002))
    [difference] = differences(lake, "charts", [202001, 202002], before="9")
    assert (difference.table, difference.month) == ("cleandata.charts", 202002)
    assert difference.found > difference.accounted
    assert differences(lake, "charts", (), before="9") == [difference]
    assert differences(lake, "charts", [202001, 202002], before=newer.file.landed_at) == [], "it landed meanwhile"
    assert differences(lake, "charts", [202001], before="9") == [], "another run builds that month"
