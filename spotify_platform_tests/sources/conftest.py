"""Shared by the tests of clients: a server that answers as it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spotify_platform_tests.sources.apis import Apis
from spotify_platform_tests.sources.scripted import Scripted, scripted


@pytest.fixture
def served() -> Iterator[Scripted]:
    with scripted() as server:
        yield server


@pytest.fixture
def apis(served: Scripted, home: Path, monkeypatch: pytest.MonkeyPatch) -> Apis:
    """Every API, at a pace for tests."""
    for source in ("spotify", "lastfm", "reccobeats", "musicbrainz"):
        monkeypatch.setattr(f"spotify_platform.sources.{source}.PER_SECOND", 1000)
    return Apis(served, home)
