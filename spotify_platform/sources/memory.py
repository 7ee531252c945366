"""What is remembered of the keys of sources, in one small JSON file that several processes may change."""

import datetime as dt
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Memory:
    """What is remembered of one key at one source. `key` tells keys apart and is no secret, such as an app's id.

    What cannot be read is taken for forgotten: all of it can be found out again.
    """

    file: Path
    source: str
    key: str

    def read(self) -> dict[str, Any]:
        found = self._everything().get(self._name)
        return found if isinstance(found, dict) else {}

    def change(self, edit: Callable[[dict[str, Any]], T]) -> T:
        """Let `edit` change what is remembered, and keep it at once: a process that is killed later has kept it."""
        from filelock import FileLock

        self.file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.file.with_suffix(".lock")):
            everything = self._everything()
            remembered = everything.get(self._name)
            remembered = remembered if isinstance(remembered, dict) else {}
            result = edit(remembered)
            text = json.dumps({**everything, self._name: remembered}, indent=1, sort_keys=True)
            write_private(self.file, text)
        return result

    @property
    def _name(self) -> str:
        return f"{self.source} {self.key}"

    def _everything(self) -> dict[str, Any]:
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def moment(text: Any) -> dt.datetime | None:
    """An ISO time that was kept, in UTC where it has no zone; None where it is damaged."""
    try:
        found = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def write_private(file: Path, text: str) -> None:
    """Replace a file at once by one that nobody but its owner may read."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as writing:
        writing.write(text)
    beside.replace(file)
