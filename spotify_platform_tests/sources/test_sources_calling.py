"""Calling any source: pace, patience, and what each refusal means."""

import datetime as dt
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotify_platform.errors import DeferredError, SourceUnavailableError
from spotify_platform.sources.calling import ATTEMPTS, PATIENCE, Caller, RefusedCallError, retry_after
from spotify_platform_tests.sources.scripted import START, Waiting


def refused(status: int, body: bytes = b"{}", **headers: str) -> RefusedCallError:
    return RefusedCallError("Somewhere", status, {n.replace("_", "-"): v for n, v in headers.items()}, body)


class Source:
    """Gives these answers, one after another; an exception is raised."""

    def __init__(self, *answers: str | Exception) -> None:
        self.waiting = Waiting()
        self.caller = Caller("Somewhere", per_second=1000, clock=self.waiting.clock)
        self.answers = list(answers)

    def ask(self) -> str:
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def call(self) -> str:
        return self.caller.call(self.ask)


def test_calls_keep_their_pace_however_many_threads_call() -> None:
    waiting = Waiting()
    caller = Caller("Somewhere", per_second=5, clock=waiting.clock)
    threads = [threading.Thread(target=caller.call, args=(lambda: None,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caller.calls == 20
    assert caller._free_at >= 19 / 5


def test_one_after_another_calls_are_evenly_spaced() -> None:
    waiting = Waiting()
    caller = Caller("Somewhere", per_second=5, clock=waiting.clock)
    for _ in range(11):
        caller.call(lambda: None)
    assert waiting.passed == pytest.approx(10 / 5)


@pytest.mark.parametrize("passing", [refused(500), refused(502), SourceUnavailableError("cut short")])
def test_what_may_pass_is_tried_again_ever_later(passing: Exception) -> None:
    source = Source(passing, passing, passing, "all")
    assert source.call() == "all"
    assert [round(wait) for wait in source.waiting.slept if wait >= 1] == [1, 2, 4]


def test_who_never_answers_is_given_up() -> None:
    source = Source(*[refused(503)] * 10)
    with pytest.raises(SourceUnavailableError, match=r"Somewhere does not answer now \(503\)"):
        source.call()
    assert len(source.answers) == 10 - ATTEMPTS


def test_a_short_wait_is_waited() -> None:
    source = Source(refused(429, retry_after="7"), "all")
    assert source.call() == "all"
    assert 7 in source.waiting.slept


@pytest.mark.parametrize(
    "busy", [refused(503, retry_after="7"), refused(429, x_ratelimit_reset_in="7")], ids=["503", "reset in"]
)
def test_a_source_may_say_otherwise_how_long_to_wait(busy: RefusedCallError) -> None:
    source = Source(busy, "all")
    assert source.call() == "all"
    assert 7 in source.waiting.slept


@pytest.mark.parametrize("garbage", ["soon", "", "1e", "NaN", "-5", "Thu, 99 Foo 2026"])
def test_a_wait_that_cannot_be_read_is_a_short_one(garbage: str) -> None:
    source = Source(refused(429, retry_after=garbage), "all")
    assert source.call() == "all"
    assert 0 < source.waiting.passed < 3


@pytest.mark.parametrize(
    ("told", "until"),
    [
        ("85771", START + dt.timedelta(seconds=85_771)),
        ("48925.5", START + dt.timedelta(seconds=48_925.5)),
        ("Mon, 02 Mar 2026 03:04:05 GMT", dt.datetime(2026, 3, 2, 3, 4, 5, tzinfo=dt.UTC)),
        ("1e300", START + dt.timedelta(days=366)),
    ],
)
def test_a_long_wait_ends_the_work_at_once_and_says_until_when(told: str, until: dt.datetime) -> None:
    source = Source(refused(429, retry_after=told))
    with pytest.raises(DeferredError, match=f"Somewhere gives no more before {until:%Y-%m-%d %H:%M} UTC") as deferred:
        source.call()
    assert abs(deferred.value.resume_at - until) < dt.timedelta(seconds=1)
    assert source.waiting.passed == 0


def test_a_quota_that_is_used_up_is_not_waited_for_however_short() -> None:
    body = b'{"error": {"status": 429, "reason": "QUOTA_EXCEEDED"}}'
    for headers, hours in (({"retry_after": "30"}, 30 / 3600), ({}, 24)):
        with pytest.raises(DeferredError) as deferred:
            Source(refused(429, body, **headers)).call()
        assert abs(deferred.value.resume_at - START - dt.timedelta(hours=hours)) < dt.timedelta(seconds=1)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_any_other_refusal_is_the_clients_to_explain(status: int) -> None:
    source = Source(refused(status, b"why"), "all")
    with pytest.raises(RefusedCallError) as refusal:
        source.call()
    assert (refusal.value.status, refusal.value.body) == (status, b"why")


@given(st.text(max_size=40))
def test_any_header_is_none_or_a_number_of_seconds(value: str) -> None:
    seconds = retry_after(value, START)
    assert seconds is None or 0 <= seconds <= 366 * 86_400


def test_the_limit_of_patience_is_waited() -> None:
    source = Source(refused(429, retry_after=str(PATIENCE)), "all")
    assert source.call() == "all"
