"""The inbox: where files are dropped. What may be taken now, and how much of it at once.

`plan` is pure: it looks at a listing and says what to do, so no sensor and no clock is needed to test it.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from spotify_platform.lake.interface import Lake
from spotify_platform.landing.land import Door, Outcome, Resources, files_below, land
from spotify_platform.landing.manifest import read_manifest

CHUNK = 200
"""Files that one run lands: a backlog of ten thousand comes in fifty runs of bounded length."""

REFUSED = "refused"
REASON = ".reason.txt"
"""What is added to the name of a refused file for that of the reasons."""


@dataclass(frozen=True)
class Waiting:
    """A file in the inbox: its path below it, what it looks like, and when it last changed (seconds)."""

    name: str
    look: str
    modified: float


@dataclass(frozen=True)
class Plan:
    """What to land now, a key that names exactly these files as they look, and the cursor for the next look."""

    take: tuple[str, ...]
    key: str
    cursor: str


class Inbox(Protocol):
    """A place where files wait until they are landed."""

    def listing(self) -> list[Waiting]:
        """The files that wait; those that were refused are left out."""

    def refused(self) -> list[str]:
        """Names of the files that were refused and kept."""

    def take(self, name: str) -> AbstractContextManager["Taken | None"]:
        """One of the files as a local one, for the length of the block; None where it is gone."""


class Taken(Protocol):
    """A file on its way out of the inbox; as long as neither is asked for, it stays."""

    @property
    def path(self) -> Path: ...

    def remove(self) -> None: ...

    def refuse(self, reasons: str) -> None:
        """Move it below `refused/`, with the reasons beside it."""


@dataclass(frozen=True)
class FolderInbox:
    """An `Inbox` in a local folder."""

    folder: Path

    def __str__(self) -> str:
        return str(self.folder)

    def listing(self) -> list[Waiting]:
        if not self.folder.is_dir():
            return []
        found = []
        for path in files_below([self.folder]):
            name = path.relative_to(self.folder).as_posix()
            if not name.startswith(f"{REFUSED}/"):
                status = path.stat()
                found.append(Waiting(name, f"{status.st_size}:{status.st_mtime}", status.st_mtime))
        return found

    def refused(self) -> list[str]:
        kept = self.folder / REFUSED
        found = files_below([kept]) if kept.is_dir() else []
        return [path.relative_to(kept).as_posix() for path in found if not path.name.endswith(REASON)]

    @contextmanager
    def take(self, name: str) -> "Iterator[TakenFile | None]":
        path = self.folder / name
        yield TakenFile(path, self.folder / REFUSED / name) if path.is_file() else None


@dataclass(frozen=True)
class TakenFile:
    """A file of a folder; it is landed from where it lies."""

    path: Path
    refused: Path

    def remove(self) -> None:
        self.path.unlink()

    def refuse(self, reasons: str) -> None:
        self.refused.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(self.refused)
        self.refused.with_name(f"{self.refused.name}{REASON}").write_text(reasons, encoding="utf-8")


def plan(waiting: Sequence[Waiting], cursor: str | None, now: float, settle_seconds: float) -> Plan:
    """Take files that have not changed since the last look nor within `settle_seconds`, by name.

    The cursor remembers what each waiting file looked like. A file that still grows looks different at
    every look, however short the time between two writes.
    """
    seen: Mapping[str, str] = json.loads(cursor) if cursor else {}
    waiting = sorted(waiting, key=lambda file: file.name)
    settled = [
        file
        for file in waiting
        if now - file.modified >= settle_seconds and (file.name not in seen or seen[file.name] == file.look)
    ]
    chunk = settled[:CHUNK]
    looks = " ".join(f"{file.name}:{file.look}" for file in chunk)
    key = hashlib.sha256(looks.encode()).hexdigest()
    return Plan(
        tuple(file.name for file in chunk),
        key,
        json.dumps({file.name: file.look for file in waiting[: CHUNK * 2]}),
    )


def whose(name: str) -> str | None:
    """The listener whose export a file of the inbox is: it lies in `listeners/ALIAS/`, or nobody says."""
    found = re.match(r"listeners/([a-zA-Z0-9][a-zA-Z0-9_-]{0,31})/", name)
    return found[1] if found else None


def land_waiting(
    lake: Lake, inbox: Inbox, names: Sequence[str], resources: Resources, door: str = "inbox"
) -> list[Outcome]:
    """Land files of the inbox; each leaves it once its fate is known, refused ones with the reason beside them."""
    outcomes: list[Outcome] = []
    landed = read_manifest(lake)
    for name in names:
        with inbox.take(name) as taken:
            if taken is None:
                continue
            found = land(lake, taken.path, Door(door, listener=whose(name)), resources, landed)
            outcomes += found
            refusals = [outcome for outcome in found if outcome.status == REFUSED]
            if refusals:
                taken.refuse("".join(f"{outcome.name}: {outcome.reason}\n" for outcome in refusals))
            else:
                taken.remove()
    return outcomes
