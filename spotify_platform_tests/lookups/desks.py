"""A desk in a lake of its own, a clock that a test sets, and a Spotify that answers without a network."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.manifest import LandedFile
from spotify_platform.lookups.look_up import Desk, Found, Progress, look_up
from spotify_platform.lookups.subjects import TRACKS, Subject
from spotify_platform.sources.abilities import Abilities
from spotify_platform.sources.allowance import Allowance
from spotify_platform.sources.calling import Caller, Clock
from spotify_platform.sources.memory import Memory
from spotify_platform.sources.spotify import Spotify
from spotify_platform_tests.conftest import LIMITS

START = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


def track_id(number: int) -> str:
    return f"{number:022d}"


def number_of(id: str) -> int:
    """A number for any id."""
    return int(id) if id.isdigit() else crc32(id.encode()) % 10_000


def track(id: str, **more: Any) -> dict[str, Any]:
    """A track object of a development-mode app: without popularity."""
    number = number_of(id)
    return {
        "id": id,
        "name": f"Song {number}",
        "artists": [{"id": f"A{number % 7:021d}", "name": f"Artist {number % 7}"}],
        "album": {
            "id": f"B{number:021d}",
            "name": f"Album {number}",
            "album_type": "album",
            "release_date": "2019-05",
            "release_date_precision": "month",
        },
        "external_ids": {"isrc": f"USRC1{number:07d}"},
        "duration_ms": 180_000 + number,
        "explicit": False,
        **more,
    }


@dataclass
class Bench:
    """A lake, a folder for journals, and the time; `told` is the log, `announced` what landed."""

    lake: FolderLake
    folder: Path
    now: dt.datetime = START
    told: list[str] = field(default_factory=list)
    announced: list[LandedFile] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return Desk(self.lake, self.folder, LIMITS, lambda: self.now, self.told.append, self.announced.append)

    def look_up(
        self,
        wanted: Iterable[str],
        ask: Callable[[Sequence[str]], Iterator[Found]],
        subject: Subject = TRACKS,
    ) -> Progress:
        return look_up(self.desk, subject, lambda lake: wanted, ask)


class Remembered(Memory):
    """A memory that is no file: for thousands of calls."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"), "Spotify", "app")
        object.__setattr__(self, "held", {})

    def read(self) -> dict[str, Any]:
        return self.held  # type: ignore[attr-defined,no-any-return]

    def change(self, edit: Callable[[dict[str, Any]], Any]) -> Any:
        return edit(self.read())


class DevelopmentApp:
    """What spotipy offers an app in development mode: single ids. Every tenth track does not exist."""

    def __init__(self) -> None:
        self.batches = 0
        self.asked: list[str] = []

    def tracks(self, ids: Sequence[str]) -> dict[str, Any]:
        from spotipy.exceptions import SpotifyException

        self.batches += 1
        raise SpotifyException(403, -1, "Forbidden", headers={})

    def track(self, id: str) -> dict[str, Any]:
        from spotipy.exceptions import SpotifyException

        self.asked.append(id)
        if int(id) % 10 == 9:
            raise SpotifyException(404, -1, "Not found", headers={})
        return track(id)


def client(api: Any, bench: Bench, calls_a_day: int) -> Spotify:
    """The platform's own client of such an app, with its budget, on the bench's clock."""
    memory = Remembered()
    allowance = Allowance(memory, calls_a_day, lambda: bench.now)
    clock = Clock(lambda: bench.now, lambda: 0.0, lambda seconds: None)
    return Spotify(api, Caller("Spotify", 1e9, clock, allowance), Abilities(memory, lambda: bench.now))
