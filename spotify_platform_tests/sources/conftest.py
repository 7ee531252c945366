"""Shared by the tests of clients: a server that answers as it is told."""

from collections.abc import Iterator

import pytest

from spotify_platform_tests.sources.scripted import Scripted, scripted


@pytest.fixture
def served() -> Iterator[Scripted]:
    with scripted() as server:
        yield server
