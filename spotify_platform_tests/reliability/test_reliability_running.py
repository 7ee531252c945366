"""Running while others read, running into a failure, and running again after a kill."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from spotify_platform.cli import app
from spotify_platform.environment import Environment
from spotify_platform.warehouse.published import current_version, select
from spotify_platform_tests.conftest import SmallWorld
from spotify_platform_tests.reliability.worlds import (
    TIDYTUESDAY,
    WITHOUT_MODEL,
    build_without_checks,
    changed,
    child_environ,
    contents,
    environment_of,
    tidytuesday_rows,
    write,
    write_official,
)

CLI = """
import spotify_platform.summary
spotify_platform.summary.model_summary = lambda environment: None  # no model is trained here
from spotify_platform.cli import app; app()"""
LIMIT = 240
"""Seconds that a process may take on a busy machine."""


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is trained here, so a run tells of none at its end."""
    monkeypatch.setattr("spotify_platform.summary.model_summary", lambda environment: None)


def command(environment: Environment, *arguments: str) -> Result:
    variables = {**environment.variables(), "SPOTIFY_PLATFORM_THREADS": "2", "SPOTIFY_PLATFORM_MEMORY_LIMIT": "1GB"}
    return CliRunner().invoke(app, arguments, env=variables, catch_exceptions=False)


def selection(*keys: str) -> str:
    return " or ".join(f'key:"{key}"' for key in keys)


# --- readers

COUNTED = ("cleandata/charts", "warehouse/fact_chart_entry", "marts/track_region_month", "marts/top_charts")
ACCOUNTS = ("cleandata/chart_conflicts", "cleandata/chart_accounting", "raw/receipts")
PUBLISHED = "published/warehouse"
EVERY_COUNT = """
    SELECT number, rows, (SELECT COUNT(*) FROM warehouse.fact_chart_entry), (SELECT COUNT(*) FROM cleandata.charts),
           (SELECT SUM(loaded) FROM raw.receipts WHERE table_name = 'cleandata.charts'),
           (SELECT COUNT(*) FROM marts.track_region_month), (SELECT COUNT(*) FROM marts.top_charts)
    FROM published.version"""


def test_every_answer_while_a_run_writes_is_of_one_whole_version(
    copy_of_small_world: Environment, tmp_path: Path
) -> None:
    """A process lands a file and builds; this one asks all the time. Each answer is all-old or all-new."""
    world = copy_of_small_world
    world.inbox.mkdir(exist_ok=True)
    write_official(world.inbox, "tr", "daily", "2020-03-05", 9)
    wanted = selection(*COUNTED, *ACCOUNTS, PUBLISHED)
    child = subprocess.Popen(
        [sys.executable, "-c", CLI, "run", "--world", "data", "--select", wanted, "--json"],
        env=child_environ(world),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    answers = []
    deadline = time.monotonic() + LIMIT
    try:
        while child.poll() is None and time.monotonic() < deadline:
            answers += select(world.published_file, EVERY_COUNT, world.lake_root)[1]
            time.sleep(0.05)  # leaves the processor to the writer
    finally:
        child.kill()
        _, errors = child.communicate()
    assert child.returncode == 0, errors.decode()
    answers += select(world.published_file, EVERY_COUNT, world.lake_root)[1]
    before, after = answers[0], answers[-1]
    assert {answer[0] for answer in answers} == {before[0], after[0]}
    assert after[0] == before[0] + 1  # type: ignore[operator]
    assert after[2] == before[2] + 9  # type: ignore[operator]
    for number, rows, facts, cleaned, received, by_month, top in answers:
        counted = json.loads(str(rows))
        assert facts == cleaned == received == counted["warehouse.fact_chart_entry"], number
        assert (by_month, top) == (counted["marts.track_region_month"], counted["marts.top_charts"]), number


@pytest.mark.xfail(
    strict=True, raises=Exception, reason="what is published names the files of the lake by their full path"
)
def test_a_home_that_moved_can_still_be_read(small_world: SmallWorld, tmp_path: Path) -> None:
    home = shutil.copytree(small_world.environment.home, tmp_path / "elsewhere")
    moved = environment_of(Path(home))
    query = "SELECT (SELECT COUNT(*) FROM cleandata.charts) = (SELECT COUNT(*) FROM warehouse.fact_chart_entry)"
    assert select(moved.published_file, query, moved.lake_root)[1] == [(True,)]


# --- failures


def test_a_run_with_a_failed_step_ends_with_status_1_and_leaves_what_was_published(
    copy_of_small_world: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dg.RetryPolicy, "calculate_delay", lambda policy, attempt: 0)
    world = copy_of_small_world
    before = current_version(world.published_file)
    candidates = sorted((world.lake_root / "rawdata" / "candidates" / "chart_entries").iterdir())
    candidates[0].write_bytes(b"PAR1 no longer")
    result = command(world, "run", "--world", "data", "--select", selection("cleandata/charts"), "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["succeeded"] is False
    assert list(report["failures"]) == ["cleandata__charts"]
    assert candidates[0].name in report["failures"]["cleandata__charts"]
    assert current_version(world.published_file) == before


@pytest.mark.parametrize("wanted", [selection("marts/no_such_mart"), "key:(("])
def test_a_selection_of_nothing_is_told_in_a_sentence_and_builds_nothing(
    copy_of_small_world: Environment, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotify_platform.running._execute", lambda *_: pytest.fail("something was built"))
    result = command(copy_of_small_world, "run", "--world", "data", "--select", wanted)
    assert result.exit_code == 1
    assert wanted.removeprefix('key:"').removesuffix('"') in result.stderr
    assert "Traceback" not in result.stderr


def test_catalogues_alone_can_be_built_and_published(home: Path, tmp_path: Path) -> None:
    environment = environment_of(home)
    environment.inbox.mkdir(parents=True)
    write(environment.inbox / "songs.csv", TIDYTUESDAY, tidytuesday_rows(range(20)))
    result = command(environment, "run", "--world", "data", "--select", WITHOUT_MODEL, "--json")
    assert result.exit_code == 0, result.stderr
    query = "SELECT (SELECT COUNT(*) FROM warehouse.dim_track), (SELECT SUM(loaded) FROM raw.receipts)"
    assert select(environment.published_file, query, environment.lake_root)[1] == [(20, 20)]


# --- kills

DIE = """
import os, signal
def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)
"""
KILLS = {
    "files of a table are written, and not committed": """
import spotify_platform.lake.folder as folder
commit = folder.commit_files
folder.commit_files = lambda uri, *rest, **named: (die if uri.endswith("/charts") else commit)(uri, *rest, **named)
""",
    "rows of a fact are inserted, and not committed": """
import spotify_platform.warehouse.duckdb as warehouse
require = warehouse.require
fatal = "warehouse.fact_chart_entry"
warehouse.require = lambda *arguments: (die if arguments[2] == fatal else require)(*arguments)
""",
    "a version is complete, and not yet published": """
import pathlib
replace = pathlib.Path.replace
pathlib.Path.replace = lambda path, to: (die if "published" in path.parts else replace)(path, to)
""",
}
KILLED = ("cleandata/chart_conflicts", "cleandata/charts", "warehouse/fact_chart_entry")
"""What is built up to the last of the kills, and once without one."""
HELP = "from spotify_platform_tests.reliability.worlds import *"


def run_child(
    environment: Environment, scratch: Path, script: str, *arguments: str
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=child_environ(environment),
        cwd=scratch,
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )


def test_a_build_that_was_killed_again_and_again_ends_like_one_that_was_not(
    small_world: SmallWorld, tmp_path: Path
) -> None:
    environment = environment_of(tmp_path / "home")
    shutil.copytree(small_world.environment.lake_root / "rawdata", environment.lake_root / "rawdata")
    shutil.rmtree(environment.lake_root / "rawdata" / "receipts")
    for when, patch in KILLS.items():
        build = f"build_without_checks(Environment.load(), selection={selection(*KILLED, PUBLISHED)!r})"
        killed = run_child(environment, tmp_path, f"{DIE}{patch}{HELP}; {build}")
        assert killed.returncode == -9, (when, killed.stderr.decode())
        assert current_version(environment.published_file) is None
    build_without_checks(environment, selection=selection(*KILLED, PUBLISHED))
    built = contents(environment)
    assert built.keys() >= {key.replace("/", ".") for key in KILLED}
    expected = contents(small_world.environment)
    assert changed({table: expected[table] for table in built}, built) == []


def test_no_half_published_version_is_left_for_ever(copy_of_small_world: Environment, tmp_path: Path) -> None:
    from spotify_platform_tests.reliability.worlds import publish_again

    kill = KILLS["a version is complete, and not yet published"]
    killed = run_child(copy_of_small_world, tmp_path, f"{DIE}{kill}{HELP}; publish_again(Environment.load())")
    assert killed.returncode == -9, killed.stderr.decode()
    publish_again(copy_of_small_world)
    assert [path.name for path in copy_of_small_world.published_file.parent.iterdir()] == ["spotify.duckdb"]


def test_a_run_that_was_killed_in_a_warehouse_step_does_not_block_the_next(
    copy_of_small_world: Environment, tmp_path: Path
) -> None:
    """The dead run held the pool of the warehouse, and nobody else is there to free it."""
    killed = f"{DIE}\nimport spotify_platform.warehouse.io_manager as io\nio.store = die\n{CLI}"
    arguments = ("run", "--world", "data", "--select", selection("warehouse/dim_chart"), "--json")
    assert run_child(copy_of_small_world, tmp_path, killed, *arguments).returncode == -9
    after = run_child(copy_of_small_world, tmp_path, CLI, *arguments)
    assert after.returncode == 0, after.stderr.decode()
