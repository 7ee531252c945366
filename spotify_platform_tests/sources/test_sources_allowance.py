"""The budget of any 24 hours, as several processes and restarts see it."""

import datetime as dt
import itertools
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from spotify_platform.errors import DeferredError
from spotify_platform.sources.allowance import Allowance
from spotify_platform.sources.memory import Memory
from spotify_platform_tests.sources.scripted import START


class Days:
    def __init__(self, folder: Path, calls_a_day: int | None) -> None:
        self.now = START
        self.allowance = Allowance(Memory(folder / "sources.json", "Spotify", "app"), calls_a_day, lambda: self.now)

    def spend(self) -> int:
        """Calls until none is left; the time is then when the next may be made."""
        for calls in itertools.count():
            try:
                self.allowance.take()
            except DeferredError as deferred:
                self.now = deferred.resume_at
                return calls
        raise AssertionError


def test_no_24_hours_have_more_calls_than_the_budget(tmp_path: Path) -> None:
    days = Days(tmp_path, 10)
    for _ in range(4):
        days.allowance.take()
    days.now += dt.timedelta(hours=20)
    assert days.spend() == 6
    assert START + dt.timedelta(hours=24) <= days.now <= START + dt.timedelta(hours=24, minutes=20)
    assert days.spend() == 4, "the six of yesterday evening still count"
    assert days.now >= START + dt.timedelta(hours=44)
    assert days.allowance.used == 4


def test_another_key_has_a_budget_of_its_own(tmp_path: Path) -> None:
    days = Days(tmp_path, 3)
    assert days.spend() == 3
    other = replace(days.allowance, memory=replace(days.allowance.memory, key="other"))
    other.take()
    assert other.used == 1


def test_a_source_without_a_budget_is_still_left_alone_when_it_asks_for_it(tmp_path: Path) -> None:
    days = Days(tmp_path, None)
    days.allowance.take()
    until = START + dt.timedelta(hours=23, minutes=49)
    days.allowance.close(until)
    assert days.allowance.closed_until == until
    with pytest.raises(DeferredError, match="Spotify gives no more before 2026-03-02 11:49 UTC"):
        days.allowance.take()
    days.now = until
    days.allowance.take()
    assert (days.allowance.closed_until, days.allowance.used) == (None, 2)


def test_many_threads_spend_no_more_than_there_is(tmp_path: Path) -> None:
    days = Days(tmp_path, 40)
    taken = []

    def take() -> None:
        for _ in range(20):
            try:
                days.allowance.take()
            except DeferredError:
                continue
            taken.append(1)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 40


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"Spotify app": 7}', '{"Spotify app": {"calls": {"soon": 3}}}'])
def test_what_cannot_be_read_is_forgotten(tmp_path: Path, damage: str) -> None:
    days = Days(tmp_path, 2)
    days.allowance.memory.file.write_text(damage, encoding="utf-8")
    assert days.spend() == 2


def test_nobody_but_its_owner_reads_the_file(tmp_path: Path) -> None:
    days = Days(tmp_path, 2)
    days.allowance.take()
    assert stat.S_IMODE(days.allowance.memory.file.stat().st_mode) == 0o600
