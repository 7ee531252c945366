"""Python's search for cyclic garbage, in processes that hold Dagster's graph: it goes through all of its objects, which
stay as long as the process does, and with Python's own thresholds that is a tenth of a run."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (50_000, 20, 20)


def collect_seldom() -> None:
    """From now on, in this process."""
    gc.set_threshold(*SELDOM)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """The same for the length of a block."""
    usual = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*usual)
