"""A file that waits to be built is not lost; one that a run should have built, and did not, is."""

from pathlib import Path

from spotify_platform.environment import Environment
from spotify_platform.landing.accounting import unbalanced
from spotify_platform.resources import lake_of
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
