"""What a key was found able to do: remembered, so that what is forbidden is not asked for again at every run."""

import datetime as dt
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

State = Literal["works", "forbidden", "unknown"]
ASK_AGAIN = dt.timedelta(days=30)
"""How long what was forbidden is taken to be so still: apps are given more, and lose what they had."""


@dataclass(frozen=True)
class Ability:
    """Whether an endpoint works for this key, and when (UTC) that was found."""

    state: State
    found_at: str


@dataclass
class Abilities:
    """The abilities of one key at one source, kept in `file` beside those of other keys.

    `key` tells keys apart and is no secret, such as an app's id.
    """

    file: Path
    source: str
    key: str
    now: Callable[[], dt.datetime] = field(default=lambda: dt.datetime.now(dt.UTC))

    def state(self, endpoint: str) -> State:
        """What is known of an endpoint; what was forbidden long ago is unknown."""
        found = self.all().get(endpoint)
        if found is None:
            return "unknown"
        is_old = self.now() - dt.datetime.fromisoformat(found.found_at) > ASK_AGAIN
        return "unknown" if found.state == "forbidden" and is_old else found.state

    def note(self, endpoint: str, state: State) -> None:
        """Remember what was found, at once: a process that is killed later has still found it."""
        known = self.all()
        if endpoint in known and known[endpoint].state == state == "works":
            return
        everything = self._read()
        of_key = {**known, endpoint: Ability(state, self.now().isoformat(timespec="seconds"))}
        everything[self._name] = {name: asdict(ability) for name, ability in sorted(of_key.items())}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        beside.write_text(json.dumps(everything, indent=1), encoding="utf-8")
        beside.replace(self.file)

    def all(self) -> dict[str, Ability]:
        """What was found, by endpoint."""
        found = self._read().get(self._name, {})
        return {endpoint: Ability(**ability) for endpoint, ability in found.items()}

    @property
    def _name(self) -> str:
        return f"{self.source} {self.key}"

    def _read(self) -> dict[str, dict[str, Any]]:
        """All keys' abilities; none where the file is missing or damaged, as they can be found out again."""
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
