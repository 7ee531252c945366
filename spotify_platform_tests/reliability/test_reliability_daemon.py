"""The real daemon: a file dropped into the inbox is landed, its month is built, and the rest follows."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest

from spotify_platform.environment import Environment
from spotify_platform.running import instance_of
from spotify_platform_tests.reliability.worlds import child_environ, write_official

BOUND = 240
"""Seconds on a busy machine from the drop to the built month, and from there to the published version. Sensors look
every 15 s, the automation every 30 s, and it needs two or three looks."""

MONTH = "2017-03-01"
MONTHLY = (
    *("cleandata/chart_conflicts", "cleandata/charts", "cleandata/chart_accounting"),
    *("warehouse/fact_chart_entry", "marts/chart_run_month", "marts/track_region_month"),
)
OF_MONTHS = ("marts/top_charts", "marts/track_chart_runs", "raw/receipts", "published/warehouse")
FOLLOWERS = ("cleandata/tracks", "warehouse/dim_track", "warehouse/dim_date", *OF_MONTHS)


def key_of(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("/"))


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
    command = [sys.executable, "-m", "dagster._daemon", "run", "-m", "spotify_platform_tests.reliability.without_model"]
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


def test_a_dropped_file_is_landed_built_and_published_by_the_daemon(
    daemon: Path, copy_of_small_world: Environment, tmp_path: Path
) -> None:
    world = copy_of_small_world
    with instance_of(world) as instance:

        def version(name: str) -> int:
            """Number of an asset's latest materialization; 0 where it has none."""
            records = instance.fetch_materializations(key_of(name), limit=1).records
            return records[0].storage_id if records else 0

        def months(name: str) -> dict[str, int]:
            """Each month that was ever built, with the number of its latest materialization."""
            kind = dg.DagsterEventType.ASSET_MATERIALIZATION
            return dict(instance.get_latest_storage_id_by_partition(key_of(name), kind))

        def beats() -> bool:
            return "SENSOR" in instance.get_daemon_heartbeats()

        wait_until("the daemon checks its sensors", beats, BOUND, daemon)
        months_before = {name: months(name) for name in MONTHLY}
        before = {name: version(name) for name in FOLLOWERS}
        dropped = write_official(tmp_path, "de", "daily", "2017-03-08", 9)
        shutil.move(dropped, world.inbox / dropped.name)

        def month_is_built() -> bool:
            return all(MONTH in months(name) for name in MONTHLY)

        def all_have_followed() -> bool:
            built = max(months(name)[MONTH] for name in MONTHLY)
            newest = {name: version(name) for name in FOLLOWERS}
            derived = all(newest[name] > built for name in OF_MONTHS)
            return derived and all(before[n] < newest[n] <= newest["published/warehouse"] for n in FOLLOWERS)

        wait_until(f"{MONTH} is built", month_is_built, BOUND, daemon)
        for name in MONTHLY:
            assert {month: at for month, at in months(name).items() if month != MONTH} == months_before[name], name
        wait_until(f"{', '.join(FOLLOWERS)} follow", all_have_followed, BOUND, daemon)
        for name in MONTHLY:
            assert {month: at for month, at in months(name).items() if month != MONTH} == months_before[name], name
        assert [run.job_name for run in instance.get_runs() if run.status is dg.DagsterRunStatus.FAILURE] == []

    from spotify_platform.warehouse.published import select

    query = (
        "SELECT (SELECT COUNT(*) FROM warehouse.fact_chart_entry WHERE year(chart_date) = 2017), "
        "(SELECT COUNT(*) FROM marts.top_charts WHERE year(month_start) = 2017), "
        "(SELECT loaded FROM raw.receipts JOIN raw.manifest USING (file_id) WHERE period_start = '2017-03-08')"
    )
    assert select(world.published_file, query, world.lake_root)[1] == [(9, 9, 9)]
    assert list(world.inbox.iterdir()) == []
