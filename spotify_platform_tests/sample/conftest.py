from collections.abc import Callable
from pathlib import Path

import pytest

from spotify_platform.sample.world import WorldSize, write_world

REAL_DATA = Path(__file__).resolve().parents[2].parent / "shared" / "realdata"


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the default world, written once."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, WorldSize())
    return folder


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """The path of a real file; the test is skipped where there is none."""

    def find(name: str) -> Path:
        path = REAL_DATA / name
        if not path.exists():
            pytest.skip(f"no real data at {path}")
        return path

    return find
