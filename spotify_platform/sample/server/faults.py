"""What goes wrong on request: for which endpoint, after how many calls, how often."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Fault:
    """What befalls a call.

    endpoint: a name such as "spotify tracks/{id}", or a pattern such as "spotify *".
    status: in place of the true answer; None leaves that, to be slow or cut short.
    headers, body: sent with the status; a body of None is what the source says itself.
    cut: the connection ends in the middle of the body that was promised.
    delay: seconds before the answer.
    after: how many calls pass first. times: how many fail then; None is all of them.
    """

    endpoint: str = "*"
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    cut: bool = False
    delay: float = 0.0
    after: int = 0
    times: int | None = 1


def rate_limited(endpoint: str = "*", retry_after: str | None = "1", *, after: int = 0, times: int | None = 1) -> Fault:
    """Too many calls at once. `retry_after` is the header as it is sent: seconds, an HTTP date, or garbage."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(endpoint, 429, headers, after=after, times=times)


def quota_exceeded(
    endpoint: str = "spotify *", retry_after: str | None = "85771", *, after: int = 0, times: int | None = None
) -> Fault:
    """The quota of a development-mode app is used up, for a day or so."""
    body = '{"error": {"status": 429, "message": "Quota exceeded", "reason": "QUOTA_EXCEEDED"}}'
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(endpoint, 429, headers, body, after=after, times=times)


def lastfm_error(code: int, endpoint: str = "lastfm *", *, after: int = 0, times: int | None = 1) -> Fault:
    """An error of Last.fm that comes with HTTP 200."""
    body = f'{{"error": {code}, "message": "error {code} on request", "links": []}}'
    return Fault(endpoint, 200, {}, body, after=after, times=times)


@dataclass
class Faults:
    """The faults that are planned. The first that matches a call befalls it; one that lets it pass has counted it."""

    plan: list[tuple[Fault, "itertools.count[int]"]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self.plan += [(fault, itertools.count()) for fault in faults]

    def clear(self) -> None:
        with self._lock:
            self.plan.clear()

    def befalling(self, endpoint: str) -> Fault | None:
        """What befalls this call."""
        with self._lock:
            for fault, seen in self.plan:
                if fnmatchcase(endpoint, fault.endpoint):
                    number = next(seen) - fault.after
                    if number >= 0 and (fault.times is None or number < fault.times):
                        return fault
        return None
