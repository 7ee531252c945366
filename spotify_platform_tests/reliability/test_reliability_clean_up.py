"""Retention on a built world: all that may go has gone, readers read on, and a new build is the same."""

import datetime as dt
from pathlib import Path

import dagster as dg

from spotify_platform.definitions import build_definitions
from spotify_platform.defs.jobs import MONTHLY
from spotify_platform.environment import Environment
from spotify_platform.operations.retention import Keep, Receipt, clean_up, plan, standing_runs
from spotify_platform.resources import lake_of, warehouse_of
from spotify_platform.running import build, instance_of
from spotify_platform_tests.reliability.worlds import build_without_checks, changed, contents, publish_again

CLEAN, PUBLISHED = 'key:"cleandata/*"', 'key:"published/*"'
NOTHING = Keep(*[dt.timedelta()] * 3)


def clean(environment: Environment) -> Receipt:
    """Remove everything that nobody needs, however young."""
    lake = lake_of(environment)
    tables = [("cleandata", folder.name) for folder in sorted((environment.lake_root / "cleandata").iterdir())]
    checks = build_definitions(environment).resolve_asset_graph().asset_check_keys
    now = dt.datetime.now(dt.UTC)
    with instance_of(environment) as instance:
        removals = plan(lake, tables, warehouse_of(environment).lake_files(), instance, checks, NOTHING, now)
        return clean_up(lake, instance, removals, now)


def parquet(environment: Environment) -> set[Path]:
    return set((environment.lake_root / "cleandata").rglob("*.parquet"))


def test_all_that_may_go_goes_and_a_new_build_is_the_same(copy_of_small_world: Environment) -> None:
    world = copy_of_small_world
    before = contents(world)
    build_without_checks(world, selection=CLEAN)
    files = parquet(world)
    first = clean(world)
    assert "superseded file" in first.totals()
    assert parquet(world) == files, "the published version still reads the files of the versions before"
    assert changed(before, contents(world)) == []

    publish_again(world)
    second = clean(world)
    assert second.totals().keys() == {"old table file"}
    assert len(parquet(world)) < len(files)
    assert second.bytes == sum(removal.bytes for removal in second.removed) > 0
    assert changed(before, contents(world)) == []
    assert clean(world).removed == []

    build_without_checks(world, selection=f"{CLEAN} or {PUBLISHED}")
    assert changed(before, contents(world)) == []


def test_runs_go_but_for_those_that_built_what_stands(copy_of_small_world: Environment) -> None:
    world = copy_of_small_world
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    for _ in range(2):
        assert build(world, selection='key:"warehouse/dim_date"').succeeded
    graph = build_definitions(world).resolve_asset_graph()
    with instance_of(world) as instance:
        keys = list(graph.materializable_asset_keys)
        monthly = sorted(MONTHLY.resolve(graph))

        def record() -> tuple[object, ...]:
            newest = instance.get_latest_materialization_events(keys)
            ids = {key: event.run_id for key, event in newest.items() if event}
            return ids, [dict(instance.get_latest_storage_id_by_partition(key, kind)) for key in monthly]

        known = record()
        runs = {run.run_id for run in instance.get_runs()}
    assert len(runs) == 3
    removed = {removal.name for removal in clean(world).removed if removal.what == "old run"}
    assert len(removed) == 1
    with instance_of(world) as instance:
        assert {run.run_id for run in instance.get_runs()} == runs - removed
        assert record() == known
        assert removed.isdisjoint(standing_runs(instance, graph.asset_check_keys))
    left = [path for path in world.dagster_home.rglob("*") if any(run_id in path.name for run_id in removed)]
    assert left == []
