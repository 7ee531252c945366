"""One small world, built once for all workers; a test that changes it works on a copy."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from spotify_platform.environment import Environment
from spotify_platform_tests.reliability.worlds import (
    WITHOUT_MODEL,
    environment_of,
    land_files,
    publish_again,
    write_small_world,
)


@dataclass(frozen=True)
class SmallWorld:
    """A built world of 2020, and the files that landed in it."""

    environment: Environment
    files: list[Path]


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    """The small world, landed in the order of its list and built with every check.

    The popularity model is left out: it takes longer than all the rest, and has tests of its own.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "small_world"
    with FileLock(folder.with_suffix(".lock")):
        files = write_small_world(folder / "files")
        environment = environment_of(folder / "home")
        if not environment.published_file.exists():
            _build(environment, files)
    return SmallWorld(environment, files)


def _build(environment: Environment, files: list[Path]) -> None:
    from spotify_platform.running import build

    land_files(environment, files)
    result = build(environment, selection=WITHOUT_MODEL)
    assert result.succeeded, (result.failures, [name for name, passed in result.checks.items() if not passed])


@pytest.fixture
def copy_of_small_world(small_world: SmallWorld, tmp_path: Path) -> Environment:
    shutil.copytree(small_world.environment.home, tmp_path / "home")
    environment = environment_of(tmp_path / "home")
    publish_again(environment)  # what is published names the files of the lake by their full path
    return environment
