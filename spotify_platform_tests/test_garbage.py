"""Garbage is looked for seldom where the graph is held, and as usual elsewhere."""

import gc
from collections.abc import Iterator

import pytest

from spotify_platform.definitions import defs
from spotify_platform.garbage import SELDOM, collecting_seldom


@pytest.fixture(autouse=True)
def _usual() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_after_a_block_garbage_is_looked_for_as_before() -> None:
    with collecting_seldom():
        assert gc.get_threshold() == SELDOM
    assert gc.get_threshold() == (700, 10, 10)


def test_a_process_of_dagsters_looks_for_it_seldom() -> None:
    defs()
    assert gc.get_threshold() == SELDOM
