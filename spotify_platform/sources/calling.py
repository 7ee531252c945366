"""How every source is called: one pace, one way to try again, one meaning of what is refused.

A client gives a function that asks once, and raises `RefusedCallError` for a status of 400 or more. What comes of it:
what the function gives, or `DeferredError` where the source asks for patience beyond `PATIENCE`, or
`SourceUnavailableError` where it does not answer in `ATTEMPTS` attempts; any other refusal is the client's to explain.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from spotify_platform.errors import DeferredError, PermanentError, SourceUnavailableError
from spotify_platform.sources.allowance import Allowance

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

ATTEMPTS = 5
FIRST_WAIT = 1.0
"""Seconds before the second attempt where the source does not say; each further wait is twice as long."""
PATIENCE = 60.0
"""Seconds that are waited where a source asks for it; a longer wait ends the work as deferred."""
NEXT_QUOTA = 24 * 3600.0
"""Seconds until a quota is asked again that the source calls used up, without saying until when."""
QUOTA = "QUOTA_EXCEEDED"


class RefusedCallError(PermanentError):
    """A source answered with a status of 400 or more; names of headers are in small letters."""

    def __init__(self, source: str, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        super().__init__(f"{source} refuses a call ({status})")
        self.status = status
        self.headers = headers
        self.body = body


@dataclass(frozen=True)
class Clock:
    """Time as it passes; another one in tests."""

    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class SlowDownError(SourceUnavailableError):
    """The source asks to wait for so many seconds."""

    def __init__(self, source: str, seconds: float) -> None:
        super().__init__(f"{source} asks to wait for {seconds:,.0f} s")
        self.seconds = seconds


@dataclass
class Caller:
    """Calls one source, at most `per_second` times a second however many threads call, within its allowance."""

    source: str
    per_second: float
    clock: Clock = field(default_factory=Clock)
    allowance: Allowance | None = None
    calls: int = 0
    _free_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def call(self, ask: Callable[[], T]) -> T:
        """Ask until there is an answer."""
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        retrying = Retrying(
            retry=retry_if_exception_type(SourceUnavailableError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self.clock.sleep,
            reraise=True,
        )
        return retrying(self._once, ask)

    def _once(self, ask: Callable[[], T]) -> T:
        if self.allowance:
            self.allowance.take()
        self._keep_pace()
        try:
            return ask()
        except RefusedCallError as refusal:
            if refusal.status == 429 or (refusal.status == 503 and "retry-after" in refusal.headers):
                told = self._told_to_wait(refusal)
                if self.allowance and isinstance(told, DeferredError):
                    self.allowance.close(told.resume_at)
                raise told from None
            if refusal.status >= 500:
                raise SourceUnavailableError(f"{self.source} does not answer now ({refusal.status})") from None
            raise

    def _keep_pace(self) -> None:
        """Wait for the next of evenly spaced moments."""
        with self._lock:
            now = self.clock.monotonic()
            begin = max(now, self._free_at)
            self._free_at = begin + 1 / self.per_second
            self.calls += 1
        if begin > now:
            self.clock.sleep(begin - now)

    def _told_to_wait(self, refusal: RefusedCallError) -> DeferredError | SlowDownError:
        now = self.clock.now()
        headers = refusal.headers
        asked = retry_after(headers.get("retry-after") or headers.get("x-ratelimit-reset-in"), now)
        spent = QUOTA.encode() in refusal.body
        if spent or (asked or 0) > PATIENCE:
            return DeferredError(self.source, now + dt.timedelta(seconds=NEXT_QUOTA if asked is None else asked))
        return SlowDownError(self.source, FIRST_WAIT if asked is None else asked)


def _wait(state: "RetryCallState") -> float:
    """Seconds before the next attempt: as asked, and longer each time."""
    error = state.outcome.exception() if state.outcome else None
    backoff = FIRST_WAIT * 2.0 ** (state.attempt_number - 1)
    return max(error.seconds, backoff) if isinstance(error, SlowDownError) else backoff


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Seconds that the header asks for, which may be a number or a date; None where it says nothing readable."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or dt.UTC) - now).total_seconds()
    return min(max(seconds, 0.0), 366 * 86_400.0) if seconds == seconds else None
