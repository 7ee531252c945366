"""Status and backfill on a built world: what is missing or stale is seen, said and built, and nothing else."""

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from spotify_platform.cli import app
from spotify_platform.definitions import build_definitions
from spotify_platform.defs.landing.sensors import upload_sensor
from spotify_platform.environment import PREFIX, Environment
from spotify_platform.landing.manifest import read_manifest, read_receipts
from spotify_platform.months import MonthRange
from spotify_platform.operations.backfill import CODE_VERSION, Outdated, outdated, plan_asked, plan_outdated
from spotify_platform.operations.incidents import failed_checks
from spotify_platform.operations.status import status_of
from spotify_platform.resources import lake_of
from spotify_platform.running import Part, instance_of
from spotify_platform_tests.reliability.conftest import SmallWorld
from spotify_platform_tests.reliability.without_model import without_model
from spotify_platform_tests.reliability.worlds import changed, contents, land_files, upgrade, write_official

MONTHLY = {
    *("cleandata/chart_conflicts", "cleandata/charts", "cleandata/chart_accounting"),
    *("warehouse/fact_chart_entry", "marts/chart_run_month", "marts/track_region_month"),
    *("marts/track_month", "marts/chart_day", "marts/trend_summary"),
}
NO_MODEL = '(key:"cleandata/*" or key:"warehouse/*" or key:"marts/*" or key:"raw/receipts" or key:"published/*")'


def graph_of(environment: Environment) -> Any:
    return without_model(build_definitions(environment)).resolve_asset_graph()


def old_in(environment: Environment) -> Outdated:
    lake = lake_of(environment)
    with instance_of(environment) as instance:
        return outdated(instance, graph_of(environment), read_manifest(lake), read_receipts(lake))


def names(assets: Any) -> set[str]:
    return {key.to_user_string() for key in assets}


def shown(part: Part) -> tuple[str, set[str]]:
    return str(part.months), names(part.assets)


def materialized(environment: Environment, name: str, month: str | None = None) -> None:
    with instance_of(environment) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization(name.split("/"), partition=month))


Ask = Callable[..., Result]


@pytest.fixture
def ask(copy_of_small_world: Environment) -> Ask:
    """`spotify-platform` on the small world, in this process."""
    variables = {f"{PREFIX}HOME": str(copy_of_small_world.home), f"{PREFIX}WORLD": "data", f"{PREFIX}THREADS": "2"}
    return lambda *arguments: CliRunner().invoke(app, list(arguments), env=variables, catch_exceptions=False)


def test_nothing_is_outdated_in_a_built_world(small_world: SmallWorld) -> None:
    old = old_in(small_world.environment)
    assert (old.months, old.others) == ({}, frozenset())
    assert plan_outdated(old) == []


def test_a_landed_file_makes_its_months_outdated_and_what_derives_from_them(
    copy_of_small_world: Environment, tmp_path: Path
) -> None:
    dropped = [write_official(tmp_path, "de", "daily", day, 3) for day in ("2019-06-01", "2019-07-01", "2020-02-07")]
    land_files(copy_of_small_world, dropped)
    old = old_in(copy_of_small_world)
    assert {month for months in old.months.values() for month in months} == {201906, 201907, 202002}
    assert names(old.months) == MONTHLY
    assert {"marts/top_charts", "raw/receipts", "published/warehouse", "cleandata/tracks"} <= names(old.others)
    first, second, last = map(shown, plan_outdated(old))
    assert (first, second) == (("2019-06:2019-07", MONTHLY), ("2020-02", MONTHLY))
    assert last == ("None", names(old.others))


def test_a_month_that_was_built_leaves_the_months_of_others_outdated(copy_of_small_world: Environment) -> None:
    materialized(copy_of_small_world, "warehouse/fact_chart_entry", "2020-02-01")
    old = old_in(copy_of_small_world)
    assert names(old.months) == {name for name in MONTHLY if name.startswith("marts/")}
    assert set(old.months.values()) == {frozenset({202002})}
    [part] = plan_outdated(old)
    assert shown(part) == ("2020-02", names(old.months) | names(old.others))
    assert {"marts/top_charts", "published/warehouse"} <= names(old.others)
    assert not any(name.startswith("cleandata/") for name in names(old.others))


def asked_by_the_sensor(world: Environment) -> Any:
    with instance_of(world) as instance:
        context = dg.build_sensor_context(
            instance=instance,
            definitions=without_model(build_definitions(world)),
            resources={"lake": lake_of(world)},
        )
        return upload_sensor(context)


def test_the_sensor_asks_for_months_that_a_failed_run_left_half_built(copy_of_small_world: Environment) -> None:
    """The rows of their files are accounted for, so that no file waits for them any more."""
    assert isinstance(asked_by_the_sensor(copy_of_small_world), dg.SkipReason)
    materialized(copy_of_small_world, "cleandata/charts", "2020-02-01")
    [request] = asked_by_the_sensor(copy_of_small_world)
    assert request.job_name == "charts_by_month"
    assert request.tags == MonthRange(202002, 202002).run_tags


def test_the_sensor_asks_for_the_months_of_a_table_that_an_upgrade_changed(
    copy_of_small_world: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(monkeypatch, "marts/trend_summary")
    [request] = asked_by_the_sensor(copy_of_small_world)
    assert request.job_name == "charts_by_month"
    assert request.tags == MonthRange(202001, 202002).run_tags


def test_a_table_without_months_makes_what_derives_from_it_outdated_but_no_month(
    copy_of_small_world: Environment,
) -> None:
    materialized(copy_of_small_world, "warehouse/dim_track")
    old = old_in(copy_of_small_world)
    assert old.months == {}
    assert {"marts/top_charts", "published/warehouse"} <= names(old.others)
    assert "warehouse/dim_track" not in names(old.others)
    assert [part.months for part in plan_outdated(old)] == [None]


def test_what_other_code_built_is_stale_and_what_derives_from_it(
    copy_of_small_world: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as upgraded:
        upgrade(upgraded, "marts/top_charts")
        old = old_in(copy_of_small_world)
        assert (old.months, names(old.others)) == ({}, {"marts/top_charts", "published/warehouse"})
    upgrade(monkeypatch, "marts/chart_run_month")
    old = old_in(copy_of_small_world)
    assert names(old.months) == {f"marts/{name}" for name in ("chart_run_month", "track_region_month", "track_month")}
    assert set(old.months.values()) == {frozenset({202001, 202002})}
    assert {"marts/track_chart_runs", "published/warehouse"} <= names(old.others)


def test_a_month_that_this_code_has_built_is_not_stale(
    copy_of_small_world: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(monkeypatch, "marts/trend_summary")
    event = dg.AssetMaterialization(["marts", "trend_summary"], partition="2020-01-01", tags={CODE_VERSION: "another"})
    with instance_of(copy_of_small_world) as instance:
        instance.report_runless_asset_event(event)
    assert old_in(copy_of_small_world).months == {event.asset_key: frozenset({202002})}


def test_what_is_asked_for_is_built_whatever_its_state(small_world: SmallWorld) -> None:
    landed, graph = read_manifest(lake_of(small_world.environment)), graph_of(small_world.environment)
    [part] = plan_asked(graph, landed, MonthRange.parse("2020-01"), None)
    assert part.months == MonthRange(202001, 202001)
    assert names(part.assets) >= MONTHLY | {"marts/top_charts", "published/warehouse"}
    assert "cleandata/artists" not in names(part.assets), "no chart decides which artists there are"
    [part] = plan_asked(graph, landed, None, 'key:"marts/top_charts" or key:"raw/charts" or key:"operations/*"')
    assert shown(part) == ("2020-01:2020-02", {"marts/top_charts"})


def test_backfill_builds_what_waits_and_status_says_so_before_and_after(
    copy_of_small_world: Environment, ask: Ask, tmp_path: Path
) -> None:
    world = copy_of_small_world
    dropped = [write_official(tmp_path, "de", "daily", day, 3) for day in ("2019-06-01", "2020-02-07")]
    land_files(world, dropped)
    waiting = write_official(tmp_path / "later", "us", "daily", "2020-03-01", 3)
    shutil.copy(waiting, world.inbox / waiting.name)
    (world.inbox / "refused").mkdir()
    (world.inbox / "refused" / "odd.csv").write_text("a,b\n", encoding="utf-8")
    (world.inbox / "refused" / "odd.csv.reason.txt").write_text("unknown", encoding="utf-8")

    before = json.loads(ask("status", "--json").stdout)
    assert before["waits"]["inbox"] == [waiting.name]
    assert before["waits"]["refused"] == ["odd.csv"]
    assert sorted(before["waits"]["files"]) == sorted(path.name for path in dropped)
    assert before["waits"]["months"] == ["2019-06", "2020-02"]
    assert before["published"]["lacks"] == 2
    assert before["daemon"] is False
    screen = ask("status")
    for said in ("lacks 2 landed files", waiting.name, "odd.csv", "2019-06, 2020-02", "no daemon runs"):
        assert said in screen.stdout
    assert len(screen.stdout.splitlines()) <= 24

    told = ask("backfill", "2019-06:2020-02", "--select", NO_MODEL, "--dry-run", "--json")
    planned = json.loads(told.stdout)["runs"]
    assert [run["months"] for run in planned] == ["2019-06", "2020-01:2020-02", None]
    assert json.loads(ask("status", "--json").stdout)["waits"] == before["waits"], "a dry run builds nothing"

    done = ask("backfill", "2019-06:2020-02", "--select", NO_MODEL, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["runs"] == planned
    assert f"months 2019-06: {len(MONTHLY)} assets" in done.stderr
    after = json.loads(ask("status", "--json").stdout)
    assert (after["waits"]["files"], after["waits"]["months"]) == ([], [])
    assert after["published"]["number"] == before["published"]["number"] + 1
    assert after["published"]["lacks"] == 0
    assert contents(world)["warehouse.fact_chart_entry"].rows > 0


def test_status_names_what_failed_and_what_runs_and_ends_with_one(copy_of_small_world: Environment, ask: Ask) -> None:
    assert ask("status").exit_code == 0
    key = dg.AssetKey(["marts", "top_charts"])
    with instance_of(copy_of_small_world) as instance:
        [check, *_] = [k for k in graph_of(copy_of_small_world).asset_check_keys if k.asset_key == key]
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(asset_key=key, check_name=check.name, passed=False, description="three [rows]")
        )
        run = dg.DagsterRun("charts_by_month", status=dg.DagsterRunStatus.STARTED)
        tags = {f"dagster/asset_partition_range_{end}": "2020-02-01" for end in ("start", "end")}
        instance.add_run(run.with_tags(tags))
        assert len(failed_checks(instance, graph_of(copy_of_small_world), "http://ui")) == 1
    said = ask("status")
    assert said.exit_code == 1
    words = " ".join(said.stdout.replace("│", " ").split())
    assert f"the check {check.name} of marts/top_charts failed" in words
    assert "three [rows]" in words
    assert "charts_by_month for 2020-02, started" in words


def test_status_of_nothing_makes_nothing(environment: Environment) -> None:
    found = status_of(environment, dt.datetime.now(dt.UTC))
    assert found.published.number is None
    assert found.incidents == []
    assert not environment.home.exists()


@pytest.mark.parametrize("wrong", [("2020-13",), ("2031-01",), ("--select", 'key:"marts/nothing"')])
def test_a_backfill_of_nothing_is_told_as_such(ask: Ask, wrong: tuple[str, ...]) -> None:
    result = ask("backfill", *wrong)
    assert result.exit_code == 1
    assert "ConfigurationError" in result.stderr


def test_clean_up_says_what_would_go_and_then_removes_it(copy_of_small_world: Environment, ask: Ask) -> None:
    before = contents(copy_of_small_world)
    lake = lake_of(copy_of_small_world)
    lake.put_file(f"files/ab/{'0' * 64}.csv", copy_of_small_world.dagster_home / "dagster.yaml")
    [orphan] = [stored for stored in lake.objects("files") if "0" * 64 in stored.name]
    path = copy_of_small_world.lake_root / "rawdata" / orphan.name
    os.utime(path, (0, 0))
    would = json.loads(ask("clean-up", "--dry-run", "--json").stdout)
    assert [line["what"] for line in would["removed"]] == ["abandoned file"]
    assert path.exists()
    done = json.loads(ask("clean-up", "--json").stdout)
    assert (done["removed"], done["bytes"]) == (would["removed"], orphan.size)
    assert not path.exists()
    assert json.loads(ask("clean-up", "--json").stdout)["removed"] == []
    assert changed(before, contents(copy_of_small_world)) == []
    with instance_of(copy_of_small_world) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["operations", "clean_up"]))
        assert event is not None
