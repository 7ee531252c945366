"""What the server was asked, so that a test can say what was asked too often."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

KEPT = 100_000
"""Calls that are remembered; older ones are forgotten."""


@dataclass
class Call:
    """One call: its endpoint, such as "spotify tracks/{id}", and the ids it asked for, in order.

    scheme: how it said who asks, such as "Bearer"; "" for nobody. status: what it got; 0 until it is answered.
    """

    endpoint: str
    ids: tuple[str, ...]
    scheme: str = ""
    status: int = 0


@dataclass(frozen=True)
class Calls:
    """The calls so far. `endpoint` is a name or a pattern such as "spotify *"."""

    made: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT))

    def count(self, endpoint: str = "*", status: int | None = None) -> int:
        return sum(1 for call in self.of(endpoint) if status in (None, call.status))

    def by_endpoint(self) -> Counter[str]:
        return Counter(call.endpoint for call in self.of())

    def by_id(self, endpoint: str = "*") -> Counter[str]:
        """How often each id was asked for, by itself or with others."""
        return Counter(id for call in self.of(endpoint) for id in call.ids)

    def by_batch(self, endpoint: str = "*") -> Counter[tuple[str, ...]]:
        """How often the same ids were asked for together."""
        return Counter(call.ids for call in self.of(endpoint))

    def of(self, endpoint: str = "*") -> Iterable[Call]:
        # `{` and `}` mean nothing to fnmatch, `[` stands in no name.
        return [call for call in tuple(self.made) if fnmatchcase(call.endpoint, endpoint)]

    def clear(self) -> None:
        self.made.clear()
