"""How many calls a source still takes from a key: a budget of any 24 hours, and until when it asked to be left alone."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from spotify_platform.errors import DeferredError
from spotify_platform.sources.memory import Memory, moment

WINDOW = dt.timedelta(hours=24)
SPAN = dt.timedelta(minutes=10)
"""Calls are counted by spans of this length; each is forgotten a window after its end."""
CALLS, CLOSED = "calls", "closed_until"


@dataclass(frozen=True)
class Allowance:
    """The calls of one key. `calls_a_day` None is any number."""

    memory: Memory
    calls_a_day: int | None = None
    now: Callable[[], dt.datetime] = field(default=lambda: dt.datetime.now(dt.UTC))

    def take(self) -> None:
        """Count one call. Raises `DeferredError` where none is left, or the source is closed: then none was made."""
        now = self.now()

        def edit(remembered: dict[str, Any]) -> dt.datetime | None:
            closed = moment(remembered.get(CLOSED))
            if closed and closed > now:
                return closed
            spans = _recent(remembered.get(CALLS), now)
            if self.calls_a_day is not None and sum(spans.values()) >= self.calls_a_day:
                return min(spans, default=now) + SPAN + WINDOW
            begin = dt.datetime.fromtimestamp(now.timestamp() // SPAN.total_seconds() * SPAN.total_seconds(), dt.UTC)
            spans[begin] = spans.get(begin, 0) + 1
            remembered[CALLS] = {start.isoformat(): number for start, number in spans.items()}
            remembered.pop(CLOSED, None)
            return None

        resume_at = self.memory.change(edit)
        if resume_at:
            raise DeferredError(self.memory.source, resume_at)

    def close(self, until: dt.datetime) -> None:
        """Make no call before `until`, in this run or another."""
        self.memory.change(lambda remembered: remembered.update({CLOSED: until.isoformat()}))

    @property
    def used(self) -> int:
        """Calls of the last 24 hours."""
        return sum(_recent(self.memory.read().get(CALLS), self.now()).values())

    @property
    def closed_until(self) -> dt.datetime | None:
        """When the next call may be made, if not now."""
        closed = moment(self.memory.read().get(CLOSED))
        return closed if closed and closed > self.now() else None


def _recent(calls: Any, now: dt.datetime) -> dict[dt.datetime, int]:
    """The spans that count, with their calls."""
    found = {moment(begin): number for begin, number in (calls or {}).items()}
    return {begin: int(number) for begin, number in found.items() if begin and begin + SPAN + WINDOW > now}
