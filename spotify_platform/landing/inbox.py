"""The inbox: a folder where files are dropped. What may be taken now, and how much of it at once.

Pure: it looks at a listing and says what to do, so no sensor and no clock is needed to test it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spotify_platform.lake.interface import Lake
from spotify_platform.landing.land import Door, Outcome, Resources, files_below, land
from spotify_platform.landing.manifest import read_manifest

CHUNK = 200
"""Files that one run lands: a backlog of ten thousand comes in fifty runs of bounded length."""

REFUSED = "refused"


@dataclass(frozen=True)
class Waiting:
    """A file in the inbox: its path below it, size in bytes, and when it last changed (seconds)."""

    name: str
    size: int
    modified: float

    @property
    def fingerprint(self) -> str:
        return f"{self.size}:{self.modified}"


@dataclass(frozen=True)
class Plan:
    """What to land now, a key that names exactly these files as they look, and the cursor for the next look."""

    take: tuple[str, ...]
    key: str
    cursor: str


def listing(inbox: Path) -> list[Waiting]:
    """The files that wait, by name; those that were refused are left out."""
    if not inbox.is_dir():
        return []
    found = []
    for path in files_below([inbox]):
        name = path.relative_to(inbox).as_posix()
        if not name.startswith(f"{REFUSED}/"):
            status = path.stat()
            found.append(Waiting(name, status.st_size, status.st_mtime))
    return found


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
        if now - file.modified >= settle_seconds and (file.name not in seen or seen[file.name] == file.fingerprint)
    ]
    chunk = settled[:CHUNK]
    looks = " ".join(f"{file.name}:{file.fingerprint}" for file in chunk)
    key = hashlib.sha256(looks.encode()).hexdigest()
    return Plan(
        tuple(file.name for file in chunk),
        key,
        json.dumps({file.name: file.fingerprint for file in waiting[: CHUNK * 2]}),
    )


def land_waiting(
    lake: Lake, inbox: Path, names: Sequence[str], resources: Resources, door: str = "inbox"
) -> list[Outcome]:
    """Land files of the inbox; each leaves it once its fate is known, refused ones with the reason beside them."""
    outcomes: list[Outcome] = []
    landed = read_manifest(lake)
    for name in names:
        path = inbox / name
        if not path.is_file():
            continue
        found = land(lake, path, Door(door), resources, landed)
        outcomes += found
        refusals = [outcome for outcome in found if outcome.status == REFUSED]
        if refusals:
            kept = inbox / REFUSED / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            path.replace(kept)
            reasons = "\n".join(f"{outcome.name}: {outcome.reason}" for outcome in refusals)
            kept.with_name(f"{kept.name}.reason.txt").write_text(reasons + "\n", encoding="utf-8")
        else:
            path.unlink()
    return outcomes
