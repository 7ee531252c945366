"""A test that changes the small world works on a copy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from spotify_platform.environment import Environment
from spotify_platform_tests.conftest import SmallWorld
from spotify_platform_tests.reliability.worlds import environment_of, publish_again, undrawn


@pytest.fixture(autouse=True)
def no_pictures() -> Iterator[None]:
    with undrawn():
        yield


@pytest.fixture
def copy_of_small_world(small_world: SmallWorld, tmp_path: Path) -> Environment:
    shutil.copytree(small_world.environment.home, tmp_path / "home")
    environment = environment_of(tmp_path / "home")
    publish_again(environment)  # what is published names the files of the lake by their full path
    return environment
