"""Ten thousand files in the inbox: what a look costs is counted in files opened, not in seconds."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.definitions import build_definitions
from spotify_platform.environment import Environment
from spotify_platform.landing.inbox import CHUNK, land_waiting
from spotify_platform.resources import inbox_of, lake_of
from spotify_platform_tests.reliability.worlds import LIMITS, write_official

MANY = 10_000


class Opened:
    """Files that this process opens, as the interpreter itself reports them; a hook can never be taken away."""

    def __init__(self) -> None:
        self.below: Path | None = None
        self.names: list[str] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.below and event == "open" and str(arguments[0]).startswith(str(self.below)):
            self.names.append(Path(str(arguments[0])).name)

    @contextmanager
    def watch(self, below: Path) -> Iterator[list[str]]:
        self.names, self.below = [], below
        try:
            yield self.names
        finally:
            self.below = None


@pytest.fixture(scope="module")
def opened() -> Opened:
    return Opened()


@pytest.fixture
def crowded(environment: Environment) -> Environment:
    """A world in whose inbox ten thousand chart files wait, all of them old enough to be taken."""
    environment.inbox.mkdir(parents=True)
    content = write_official(environment.inbox, "de", "daily", "2020-03-05", 1).read_bytes()
    for number in range(MANY - 1):
        path = environment.inbox / f"waiting-{number:05d}.csv"
        path.write_bytes(content)
    return environment


@pytest.fixture
def sensor(crowded: Environment) -> dg.SensorDefinition:
    [found] = [each for each in build_definitions(crowded).sensors or () if each.name == "inbox_sensor"]
    assert isinstance(found, dg.SensorDefinition)
    return found


def look(
    sensor: dg.SensorDefinition, environment: Environment, instance: dg.DagsterInstance, cursor: str | None = None
) -> tuple[Any, str | None]:
    """What one look asks for, and the cursor for the next."""
    resources = {"environment": environment, "inbox": inbox_of(environment)}
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources)
    return sensor(context), context.cursor


def test_a_look_at_ten_thousand_files_opens_none_and_asks_for_one_bounded_run(
    crowded: Environment, sensor: dg.SensorDefinition, opened: Opened
) -> None:
    settled = Environment.load(home=crowded.home, world="data", inbox_settle_seconds=0)
    cursor, names_asked = None, []
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(2):
            with opened.watch(crowded.inbox) as names:
                asked, cursor = look(sensor, settled, instance, cursor)
            assert names == []
            assert isinstance(asked, dg.RunRequest)
            names_asked.append(asked.run_config["ops"]["land_inbox"]["config"]["names"])
            assert len(str(cursor)) < 200 * CHUNK
    assert len(names_asked[0]) == CHUNK
    assert names_asked[0] == names_asked[1], "until they are landed, it is the same files that are asked for"


def test_landing_what_a_look_asked_for_opens_nothing_else(crowded: Environment, opened: Opened) -> None:
    wanted = ["regional-de-daily-2020-03-05.csv"]
    with opened.watch(crowded.inbox) as names:
        outcomes = land_waiting(lake_of(crowded), inbox_of(crowded), wanted, LIMITS)
    assert [outcome.status for outcome in outcomes] == ["landed"]
    assert set(names) == set(wanted)
    assert sum(1 for _ in crowded.inbox.iterdir()) == MANY - 1


def test_no_look_is_taken_while_files_are_being_landed(
    crowded: Environment, sensor: dg.SensorDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        pytest.fail("the inbox was listed")

    monkeypatch.setattr("spotify_platform.landing.inbox.FolderInbox.listing", never)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_run(dg.DagsterRun(job_name="land_inbox_job", status=dg.DagsterRunStatus.STARTED))
        asked, _ = look(sensor, crowded, instance)
    assert isinstance(asked, dg.SkipReason)
