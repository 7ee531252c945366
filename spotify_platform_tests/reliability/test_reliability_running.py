"""Running again, running while others read, and running into a failure."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from spotify_platform.cli import app
from spotify_platform.environment import Environment
from spotify_platform.resources import lake_of, warehouse_of
from spotify_platform.warehouse.published import current_version, publish, select
from spotify_platform_tests.reliability.worlds import changed, child_environ, contents, write_official

pytestmark = pytest.mark.xdist_group("small world")

CLI = "from spotify_platform.cli import app; app()"
EVERY_COUNT = """
    SELECT number, rows, (SELECT COUNT(*) FROM warehouse.fact_chart_entry), (SELECT COUNT(*) FROM cleandata.charts),
           (SELECT COUNT(*) FROM marts.track_region_month), (SELECT COUNT(*) FROM marts.top_charts),
           (SELECT SUM(entries) FROM marts.track_chart_runs), (SELECT SUM(loaded) FROM raw.receipts
                                                               WHERE table_name = 'cleandata.charts')
    FROM published.version"""


def command(environment: Environment, *arguments: str) -> Result:
    variables = {**environment.variables(), "SPOTIFY_PLATFORM_THREADS": "2", "SPOTIFY_PLATFORM_MEMORY_LIMIT": "1GB"}
    return CliRunner().invoke(app, arguments, env=variables, catch_exceptions=False)


def test_a_second_run_of_the_sample_world_changes_no_table(home: Path) -> None:
    environment = Environment.load(home=home, world="sample", threads=2, memory_limit="1GB")
    first = command(environment, "run", "--world", "sample", "--scale", "0.01", "--json")
    assert first.exit_code == 0, first.stderr
    before = contents(environment)
    second = command(environment, "run", "--world", "sample", "--scale", "0.01", "--json")
    assert second.exit_code == 0, second.stderr
    assert changed(before, contents(environment)) == []
    reports: list[dict[str, Any]] = [json.loads(result.stdout) for result in (first, second)]
    assert [report["version"] for report in reports] == [1, 2]
    assert all(report["succeeded"] and all(c["passed"] for c in report["checks"]) for report in reports)
    sizes = {table["table"]: table["rows"] for table in reports[1]["tables"]}
    assert {name: content.rows for name, content in before.items()} == sizes


def test_every_answer_while_a_build_runs_is_of_one_whole_version(
    copy_of_small_world: Environment, tmp_path: Path
) -> None:
    """A process lands a file and builds; this one asks all the time. Each answer is all-old or all-new."""
    world = copy_of_small_world
    tables = [("cleandata", name.name) for name in sorted((world.lake_root / "cleandata").iterdir())]
    publish(warehouse_of(world), lake_of(world), tables, world.published_file, tolerance=0, published_at="again")
    file = write_official(tmp_path, "tr", "daily", "2020-03-05", 9)
    child = subprocess.Popen(
        [sys.executable, "-c", CLI, "upload", str(file), "--run", "--json"],
        env=child_environ(world, tmp_path / "bytecode"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    answers = []
    try:
        while child.poll() is None:
            answers += select(world.published_file, EVERY_COUNT, world.lake_root)[1]
    finally:
        child.kill()
        output, errors = child.communicate()
    assert child.returncode == 0, errors.decode()
    answers += select(world.published_file, EVERY_COUNT, world.lake_root)[1]
    assert json.loads(output)["files"][0]["loaded"] == 9
    assert {answer[0] for answer in answers} == {2, 3}
    for number, rows, facts, cleaned, by_month, top, entries, received in answers:
        counted = json.loads(str(rows))
        assert facts == cleaned == entries == received == counted["warehouse.fact_chart_entry"], number
        assert (by_month, top) == (counted["marts.track_region_month"], counted["marts.top_charts"]), number
    assert answers[-1][2] == answers[0][2] + 9  # type: ignore[operator]


def test_a_run_with_a_failed_step_ends_with_status_1_and_leaves_what_was_published(
    copy_of_small_world: Environment,
) -> None:
    world = copy_of_small_world
    before = current_version(world.published_file)
    candidates = sorted((world.lake_root / "rawdata" / "candidates" / "chart_entries").iterdir())
    candidates[0].write_bytes(b"PAR1 no longer")
    result = command(world, "run", "--world", "data", "--select", 'key:"cleandata/charts"', "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["succeeded"] is False
    assert list(report["failures"]) == ["cleandata__charts"]
    assert candidates[0].name in report["failures"]["cleandata__charts"]
    assert current_version(world.published_file) == before


def test_a_selection_that_names_no_asset_is_an_error_and_builds_nothing(copy_of_small_world: Environment) -> None:
    before = current_version(copy_of_small_world.published_file)
    result = command(copy_of_small_world, "run", "--world", "data", "--select", 'key:"marts/no_such_mart"')
    assert result.exit_code == 1
    assert "no_such_mart" in result.stderr
    assert current_version(copy_of_small_world.published_file) == before


def test_a_selection_that_cannot_be_read_is_told_in_a_sentence(copy_of_small_world: Environment) -> None:
    result = command(copy_of_small_world, "run", "--world", "data", "--select", "key:((")
    assert result.exit_code == 1
    assert "key:((" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_run_that_was_killed_in_a_warehouse_step_does_not_block_the_next(
    copy_of_small_world: Environment, tmp_path: Path
) -> None:
    """The dead run held the pool of the warehouse, and nobody else is there to free it."""
    killed = f"""
import os, signal
import spotify_platform.warehouse.io_manager as io_manager
io_manager.store = lambda *arguments, **named: os.kill(os.getpid(), signal.SIGKILL)
{CLI}
"""
    arguments = ["run", "--world", "data", "--select", 'key:"warehouse/dim_chart"', "--json"]
    variables = child_environ(copy_of_small_world, tmp_path / "bytecode")

    def child(script: str) -> "subprocess.CompletedProcess[bytes]":
        command = [sys.executable, "-c", script, *arguments]
        return subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, timeout=45, check=False)

    assert child(killed).returncode == -9
    after = child(CLI)
    assert after.returncode == 0, after.stderr.decode()


def test_catalogues_alone_can_be_built_in_a_new_home(home: Path, tmp_path: Path) -> None:
    from spotify_platform_tests.reliability.worlds import TIDYTUESDAY, tidytuesday_rows, write

    environment = Environment.load(home=home, world="data", threads=2, memory_limit="1GB")
    file = write(tmp_path / "songs.csv", TIDYTUESDAY, tidytuesday_rows(range(20)))
    result = command(environment, "upload", str(file), "--run", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["files"][0]["loaded"] == 20
    assert select(environment.published_file, "SELECT COUNT(*) FROM warehouse.dim_track", home)[1] == [(20,)]


def test_a_home_that_moved_can_still_be_read(copy_of_small_world: Environment) -> None:
    found = select(
        copy_of_small_world.published_file, "SELECT COUNT(*) FROM cleandata.charts", copy_of_small_world.lake_root
    )
    assert (
        found[1]
        == select(
            copy_of_small_world.published_file,
            "SELECT COUNT(*) FROM warehouse.fact_chart_entry",
            copy_of_small_world.lake_root,
        )[1]
    )
