import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from spotify_platform.sample.server.serving import SampleServer, serving
from spotify_platform.sample.world import WorldSize, write_world
from spotify_platform.sources.clients import Clients

REAL_DATA = Path(__file__).resolve().parents[2].parent / "shared" / "realdata"
SERVED = WorldSize(chart_rows=2_000, catalog_tracks=1_300)
NOW = dt.datetime(2026, 11, 20, 18, 30, tzinfo=dt.UTC)
http = httpx.Client(verify=False)
"""One for all: each would read all certificates anew, though none is asked for here."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the default world, written once."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, WorldSize())
    return folder


@pytest.fixture(scope="session")
def served_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what servers need is kept."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="session")
def served_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files of the served world."""
    folder = tmp_path_factory.mktemp("files")
    write_world(folder, SERVED)
    return folder


@pytest.fixture(scope="session")
def one_server(served_folder: Path) -> Iterator[SampleServer]:
    with serving(SERVED, served_folder) as server, http:
        yield server


@pytest.fixture
def server(one_server: SampleServer) -> SampleServer:
    """The server of a small world, as if it had just started: with extended quota, at `NOW`."""
    one_server.faults.clear()
    one_server.calls.clear()
    one_server.accounts.revoke()
    one_server.accounts.consents = True
    one_server.moment = NOW
    one_server.spotify.mode = "extended"
    return one_server


@pytest.fixture
def clients(server: SampleServer, tmp_path: Path) -> Iterator[Clients]:
    """The platform's clients of it, with the listener's login."""
    with closing(server.clients(tmp_path / "keys")) as made:
        yield made


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """The path of a real file; the test is skipped where there is none."""

    def find(name: str) -> Path:
        path = REAL_DATA / name
        if not path.exists():
            pytest.skip(f"no real data at {path}")
        return path

    return find
