"""A day in fast time: the real daemon takes files as they come, and ends where a clean build of them would."""

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.definitions import build_definitions
from spotify_platform.defs.landing.sensors import UNFINISHED
from spotify_platform.environment import Environment
from spotify_platform.landing.manifest import current_files, read_manifest, read_receipts
from spotify_platform.operations.backfill import Outdated, outdated
from spotify_platform.resources import inbox_of, lake_of
from spotify_platform.running import instance_of
from spotify_platform_tests.reliability import fast_daemon, without_model
from spotify_platform_tests.reliability.conftest import SmallWorld
from spotify_platform_tests.reliability.test_reliability_order import ARRIVAL, CREDIT, totals
from spotify_platform_tests.reliability.worlds import (
    TIDYTUESDAY,
    build_without_checks,
    changed,
    child_environ,
    contents,
    environment_of,
    land_files,
    tidytuesday_rows,
    write,
    write_official,
)

BOUND = 600
"""Seconds on a busy machine for either half of the day. Sensors look every 3 to 15 s here, not every 15 or 30: what
remains is the time of some eight runs, each of which starts a process."""


BROKEN = "regional-de-daily-2017-05-01.csv.gz"


def wait_until(what: str, found: Callable[[], bool], seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what}\n{log.read_text(encoding='utf-8')[-6000:]}")
        time.sleep(2)


@pytest.fixture
def daemon(copy_of_small_world: Environment, tmp_path: Path) -> Iterator[Path]:
    """`dagster-daemon run` on a built world; yields its log. All of its processes end with the test."""
    with instance_of(copy_of_small_world):
        home = str(copy_of_small_world.dagster_home)
    log = tmp_path / "daemon.log"
    variables = child_environ(copy_of_small_world, DAGSTER_HOME=home, SPOTIFY_PLATFORM_INBOX_SETTLE_SECONDS="1")
    command = [sys.executable, "-m", fast_daemon.__name__, "run", "-m", without_model.__name__]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, env=variables, cwd=tmp_path, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield log
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the daemon to stop, then end whatever is left of its group: code server, runs."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(15)


def write_morning(folder: Path) -> list[Path]:
    """A later month before an earlier one, and a catalogue; beside them a file that was cut off on its way."""
    whole = gzip.compress(write_official(folder.parent, "de", "daily", "2017-05-01", 9).read_bytes())
    files = [
        write_official(folder, "de", "daily", "2017-03-08", 9),
        write_official(folder, "global", "weekly", "2017-03-09", 4),
        write(folder / "songs.csv", TIDYTUESDAY, tidytuesday_rows(range(50, 70))),
    ]
    (folder / BROKEN).write_bytes(whole[: len(whole) * 2 // 3])
    return files


def write_evening(folder: Path) -> list[Path]:
    """The earlier month, and a chart of the morning with more places."""
    return [
        write_official(folder, "de", "daily", "2017-02-20", 5),
        write_official(folder, "global", "weekly", "2017-03-09", 6),
    ]


def drop(world: Environment, folder: Path) -> None:
    """Copy a folder into the inbox; all of it appears at once."""
    aside = world.inbox / f".{folder.name}"
    shutil.copytree(folder, aside)
    aside.rename(world.inbox / folder.name)


def test_a_day_of_files_in_any_order_ends_as_a_clean_build_of_them(
    daemon: Path, copy_of_small_world: Environment, small_world: SmallWorld, tmp_path: Path
) -> None:
    world, lake = copy_of_small_world, lake_of(copy_of_small_world)
    morning, evening = write_morning(tmp_path / "morning"), write_evening(tmp_path / "evening")
    graph: Any = without_model.of_a_day(build_definitions(world)).resolve_asset_graph()
    with instance_of(world) as instance:

        def beats() -> bool:
            return "SENSOR" in instance.get_daemon_heartbeats()

        def old() -> Outdated:
            return outdated(instance, graph, read_manifest(lake), read_receipts(lake))

        def morning_has_landed() -> bool:
            return len(read_manifest(lake)) >= len(small_world.files + morning)

        def all_is_quiet() -> bool:
            """Nothing waits, nothing runs, and there is nothing that a backfill would build."""
            if inbox_of(world).listing() or len(read_manifest(lake)) < len(small_world.files + morning + evening):
                return False
            running = instance.get_runs_count(dg.RunsFilter(statuses=UNFINISHED))
            return not running and old() == Outdated({}, frozenset())

        wait_until("the daemon checks its sensors", beats, BOUND, daemon)
        assert old() == Outdated({}, frozenset())
        drop(world, tmp_path / "morning")
        wait_until("the morning's files have landed", morning_has_landed, BOUND, daemon)
        drop(world, tmp_path / "evening")

        clean = environment_of(tmp_path / "clean")
        land_files(clean, [*small_world.files, *morning, *evening])
        build_without_checks(clean, selection=dg.AssetSelection.assets(*graph.materializable_asset_keys))
        wait_until("all is built and quiet", all_is_quiet, BOUND, daemon)
        failed = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
        assert [run.job_name for run in failed] == []

    assert inbox_of(world).refused() == [f"morning/{BROKEN}"]
    assert len(read_manifest(lake)) - len(current_files(read_manifest(lake))) == 3, "one of the day, two before it"
    omitted = (*ARRIVAL, *CREDIT)
    expected, found = (contents(environment, omit=omitted) for environment in (clean, world))
    assert len(expected) > 40
    assert changed(expected, {table: found[table] for table in expected}) == []
    assert totals(world) == totals(clean)
