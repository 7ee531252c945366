"""Answers on this machine's disk until they have landed: a killed run loses none.

Each append is one write of whole lines, so that what was answered is either there or was never taken in; a line that is
torn, as when the power fails, is left out and its id asked for again.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from spotify_platform.lookups.subjects import Answer


@dataclass(frozen=True)
class Journal:
    """An append-only file of JSON lines."""

    file: Path

    def append(self, answers: Iterable[Answer]) -> None:
        lines = "".join(json.dumps(answer.to_json()) + "\n" for answer in answers)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab", buffering=0) as file:
            file.write(lines.encode())

    def read(self) -> list[Answer]:
        """All answers, in the order in which they came."""
        found = []
        for line in self._bytes().splitlines():
            try:
                found.append(Answer(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found

    @property
    def digest(self) -> str:
        """A name for exactly these answers."""
        return hashlib.sha256(self._bytes()).hexdigest()[:16]

    def remove(self) -> None:
        self.file.unlink(missing_ok=True)

    def _bytes(self) -> bytes:
        return self.file.read_bytes() if self.file.exists() else b""
