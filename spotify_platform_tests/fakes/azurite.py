"""Azurite, Microsoft's emulator of Blob Storage, as a process of the tests."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spotify_platform.azure import StorageAccount

HOME = Path(sys.prefix) / "azurite"
"""Where `make install-test` puts it."""
ENTRY = HOME / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The published key of the emulator's account; no secret."""
FLAGS = ("--blobHost", "127.0.0.1", "--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry")
START_SECONDS = 60


def missing() -> str | None:
    """Why Azurite cannot run here, or None."""
    if not shutil.which("node"):
        return "Azurite needs Node.js, and there is no `node`"
    if not ENTRY.exists():
        return "Azurite is not installed; `make install-test` does it where there is npm"
    return None


@contextmanager
def running() -> Iterator[StorageAccount]:
    """An empty account on a free port, which is forgotten at the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        ["node", str(ENTRY), "--blobPort", str(port), *FLAGS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(process, port)
            yield StorageAccount(f"http://127.0.0.1:{port}/{ACCOUNT}", key=KEY)
        finally:
            process.terminate()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"Azurite ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"Azurite did not answer within {START_SECONDS} s")


def settings(account: StorageAccount) -> dict[str, str | None]:
    """The environment's settings of a lake in this account."""
    return {"lake": "azure", "storage_url": account.endpoint, "storage_key": account.key}
