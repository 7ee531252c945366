"""What a key was found able to do: remembered, so that what is forbidden is not asked for again at every run."""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from spotify_platform.sources.memory import Memory, moment

State = Literal["works", "forbidden", "unknown"]
ASK_AGAIN = dt.timedelta(days=30)
"""How long what was forbidden is taken to be so still: apps are given more, and lose what they had."""
RENEWED = dt.timedelta(days=1)
"""How often it is noted again that something still works."""
TOKEN = "token"
"""The ability to get a token at all, by the app's secret or a person's login."""
PART = "abilities"


@dataclass(frozen=True)
class Ability:
    """Whether an endpoint works for this key, and when (UTC) that was found."""

    state: State
    found_at: str

    @property
    def at(self) -> dt.datetime:
        found = moment(self.found_at)
        assert found, "what is damaged is not read"
        return found


@dataclass(frozen=True)
class Abilities:
    """The abilities of one key at one source."""

    memory: Memory
    now: Callable[[], dt.datetime] = field(default=lambda: dt.datetime.now(dt.UTC))

    def state(self, endpoint: str) -> State:
        """What is known of an endpoint; what was forbidden long ago is unknown."""
        found = self.all().get(endpoint)
        if found is None:
            return "unknown"
        is_old = self.now() - found.at > ASK_AGAIN
        return "unknown" if found.state == "forbidden" and is_old else found.state

    def note(self, endpoint: str, state: State) -> None:
        """Remember what was found."""
        known, now = self.all().get(endpoint), self.now()
        if known and known.state == state == "works" and now - known.at < RENEWED:
            return
        found = asdict(Ability(state, now.isoformat(timespec="seconds")))

        def edit(remembered: dict[str, Any]) -> None:
            remembered.setdefault(PART, {})[endpoint] = found

        self.memory.change(edit)

    def all(self) -> dict[str, Ability]:
        """What was found, by endpoint; what is damaged is forgotten."""
        kept = self.memory.read().get(PART)
        return {
            endpoint: Ability(entry["state"], entry["found_at"])
            for endpoint, entry in (kept.items() if isinstance(kept, dict) else ())
            if isinstance(entry, dict) and entry.get("state") in get_args(State) and moment(entry.get("found_at"))
        }
