"""The order in which files arrive, their names and their number of copies change no table."""

import shutil
from pathlib import Path
from typing import Any

from spotify_platform.environment import Environment
from spotify_platform.landing.manifest import read_manifest
from spotify_platform.operations.backfill import Outdated
from spotify_platform.resources import lake_of
from spotify_platform.warehouse.published import open_published
from spotify_platform_tests.conftest import SmallWorld
from spotify_platform_tests.reliability.test_reliability_backfill import old_in
from spotify_platform_tests.reliability.worlds import (
    build_without_checks,
    changed,
    contents,
    environment_of,
    land_files,
)

ARRIVAL = ("cleandata.chart_accounting", "cleandata.catalog_accounting")
CREDIT = ("cleandata.chart_conflicts.credited_outcome", "cleandata.chart_conflicts.reason")
"""A row that several files bring is credited to the one that came first: the only trace of the order."""


def totals(environment: Environment) -> list[tuple[Any, ...]]:
    """Rows by month and outcome, whichever file they are credited to."""
    with open_published(environment.published_file) as connection:
        return connection.execute(
            "SELECT 'charts', year, month, outcome, reason, SUM(outcome_rows) FROM cleandata.chart_accounting "
            "GROUP BY ALL UNION ALL SELECT 'catalog', 0, 0, outcome, reason, SUM(outcome_rows) "
            "FROM cleandata.catalog_accounting GROUP BY ALL UNION ALL SELECT 'playlists', 0, 0, outcome, reason, "
            "SUM(outcome_rows) FROM cleandata.playlist_accounting GROUP BY ALL ORDER BY ALL"
        ).fetchall()


def assert_same_tables(small_world: SmallWorld, environment: Environment) -> None:
    expected = contents(small_world.environment, omit=(*ARRIVAL, *CREDIT))
    assert changed(expected, contents(environment, omit=(*ARRIVAL, *CREDIT))) == []
    assert totals(environment) == totals(small_world.environment)


def test_the_files_meet_in_every_way_that_could_depend_on_order(small_world: SmallWorld) -> None:
    """The world of these tests would show an order that matters: it has repeats, ties and outranked rows."""
    with open_published(small_world.environment.published_file) as connection:
        [(ties, outranked, repeats, superseded, several, runs, listed, featured)] = connection.execute("""
            SELECT (SELECT COUNT(*) FROM cleandata.charts WHERE is_tied),
                   (SELECT COUNT(*) FROM cleandata.chart_conflicts WHERE reason LIKE 'outranked%'),
                   (SELECT COUNT(*) FROM cleandata.chart_conflicts WHERE outcome = 'duplicate'),
                   (SELECT COUNT(*) FROM raw.manifest WHERE NOT is_current),
                   (SELECT COUNT(*) FROM (SELECT track_id FROM cleandata.track_popularity
                                          GROUP BY ALL HAVING COUNT(*) > 1)),
                   (SELECT COUNT(*) FROM marts.track_chart_runs),
                   (SELECT COUNT(*) FROM cleandata.playlist_tracks),
                   (SELECT COUNT(*) FROM cleandata.tracks WHERE features_provider = 'kaggle_top50')""").fetchall()
    assert min(ties, outranked, repeats, superseded, several, runs - 100, listed, featured) > 0
    assert {row[3] for row in totals(small_world.environment)} == {"loaded", "duplicate", "skipped"}


def test_files_in_any_order_give_the_same_tables(small_world: SmallWorld, tmp_path: Path) -> None:
    """Of any two files that are built in one run the later one comes first here."""
    files = small_world.files[::-1]
    environment = environment_of(tmp_path)
    for first in range(2):
        land_files(environment, files[first::2])
        build_without_checks(environment)
    assert_same_tables(small_world, environment)


def test_copies_under_other_names_leave_nothing_to_build(
    copy_of_small_world: Environment, small_world: SmallWorld, tmp_path: Path
) -> None:
    copies = [shutil.copy2(path, tmp_path / f"copy {number}.csv") for number, path in enumerate(small_world.files)]
    landed = land_files(copy_of_small_world, map(Path, copies))
    assert {outcome.status for outcome in landed} == {"already landed"}
    assert len(read_manifest(lake_of(copy_of_small_world))) == len(small_world.files)
    assert old_in(copy_of_small_world) == Outdated({}, frozenset())
