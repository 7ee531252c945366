"""Shared by the tests of look-ups."""

from pathlib import Path

import pytest

from spotify_platform.lake.folder import FolderLake
from spotify_platform_tests.lookups.desks import Bench


@pytest.fixture
def bench(lake: FolderLake, tmp_path: Path) -> Bench:
    return Bench(lake, tmp_path / "lookups")
