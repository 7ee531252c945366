"""A command in a process of its own, and what it took."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WORK = Path(tempfile.gettempdir(), "spotify-platform-benchmark")
"""Where samples are kept."""
PLATFORM = ("-c", "from spotify_platform.cli import app; app()")
"""Python's arguments for the command line of the platform."""


@dataclass(frozen=True)
class Cost:
    """What one process took: user + system CPU-seconds, seconds by the clock, peak memory in bytes."""

    cpu: float
    wall: float
    memory: float
    stages: Mapping[str, float] = field(default_factory=dict)


def measure(command: Sequence[str], work: Path, variables: Mapping[str, str] | None = None) -> Cost:
    """Run Python with these arguments to its end; what it prints is in `output.txt` of `work`.

    Raises `SystemExit` with that where the command fails.
    """
    output = work / "output.txt"
    # An installed program has its bytecode cached, and nobody else's settings.
    others = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    settings = {**others, "PYTHONPYCACHEPREFIX": str(work / "bytecode"), **(variables or {})}
    start = time.monotonic()
    with output.open("wb") as told:
        child = subprocess.Popen([sys.executable, *command], env=settings, stdout=told, stderr=told)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for: Popen must not do so again
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{output.read_text(encoding='utf-8', errors='replace')}")
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - start, memory)


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
