"""Worlds that are built once; a test that changes one works on a copy."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from spotify_platform.environment import Environment
from spotify_platform_tests.reliability.worlds import build_without_checks, land_files, write_small_world


@dataclass(frozen=True)
class SmallWorld:
    """A built world of 2020, and the files that landed in it."""

    environment: Environment
    files: list[Path]


def environment_of(home: Path) -> Environment:
    return Environment.load(home=home, world="data", threads=2, memory_limit="1GB")


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    """The small world, landed in the order of its list and built with every check."""
    from spotify_platform.running import build

    folder = tmp_path_factory.mktemp("small_world")
    files = write_small_world(folder / "files")
    environment = environment_of(folder / "home")
    land_files(environment, files)
    result = build(environment)
    assert result.succeeded, (result.failures, [name for name, passed in result.checks.items() if not passed])
    return SmallWorld(environment, files)


@pytest.fixture(scope="session")
def world_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Environment]:
    """Land batches of files in a home of their own, with a build after each batch."""

    def land_and_build(*batches: list[Path]) -> Environment:
        environment = environment_of(tmp_path_factory.mktemp("order") / "home")
        for batch in batches:
            land_files(environment, batch)
            build_without_checks(environment)
        return environment

    return land_and_build


@pytest.fixture
def copy_of_small_world(small_world: SmallWorld, tmp_path: Path) -> Environment:
    shutil.copytree(small_world.environment.home, tmp_path / "home")
    return environment_of(tmp_path / "home")
