"""What listeners say of themselves: where their days begin, and which plays they do not want counted.

Kept in the lake as one JSON object for each time it was said; the latest counts. Plays are never changed by it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.interface import Lake

LISTENERS = "listeners"
What = Literal["artist", "album", "track"]
WHATS: tuple[What, ...] = ("artist", "album", "track")
FIRST = dt.datetime(2008, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(2060, 1, 1, tzinfo=dt.UTC)
"""Between these all plays lie for which hours are told."""


@dataclass(frozen=True, order=True)
class Exclusion:
    """One thing that is not to be counted: the name of an artist or album, or a track's id; `set_name` says why."""

    what: What
    name: str
    set_name: str = "not mine"


@dataclass(frozen=True)
class Listener:
    """Settings of one listener. `time_zone` is an IANA name."""

    alias: str
    time_zone: str = "UTC"
    exclusions: tuple[Exclusion, ...] = ()

    def in_zone(self, time_zone: str) -> Self:
        """Raises `ConfigurationError` for a zone that nobody knows."""
        _zone(time_zone)
        return replace(self, time_zone=time_zone)

    def without(self, exclusions: Iterable[Exclusion]) -> Self:
        """The same, with these not counted."""
        return replace(self, exclusions=tuple(sorted({*self.exclusions, *exclusions})))

    def counting(self, what: What, name: str) -> Self:
        """The same, with this counted again. Raises `ConfigurationError` where it was."""
        kept = tuple(e for e in self.exclusions if (e.what, e.name.lower()) != (what, name.lower()))
        if kept == self.exclusions:
            raise ConfigurationError(f"{what} {name!r} is counted for {self.alias} as it is")
        return replace(self, exclusions=kept)

    def to_json(self) -> dict[str, Any]:
        return {"time_zone": self.time_zone, "exclusions": [asdict(e) for e in self.exclusions]}

    @classmethod
    def from_json(cls, alias: str, data: Mapping[str, Any]) -> Self:
        return cls(alias, data["time_zone"], tuple(Exclusion(**entry) for entry in data["exclusions"]))


def read_listeners(lake: Lake) -> dict[str, Listener]:
    """Settings by alias, of those who said any."""
    found = {}
    for name, data in lake.read_jsons(LISTENERS):  # in the order of their times
        alias = name.split("/")[-2]
        found[alias] = Listener.from_json(alias, data)
    return found


def listener_of(lake: Lake, alias: str) -> Listener:
    return read_listeners(lake).get(alias, Listener(alias))


def save(lake: Lake, listener: Listener, now: dt.datetime) -> None:
    """Make these the settings of the listener."""
    stamp = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
    lake.put_json_if_absent(f"{LISTENERS}/{listener.alias}/{stamp}.json", listener.to_json())


def exclusion_rows(listeners: Iterable[Listener]) -> tuple[tuple[str, str, str, str], ...]:
    """(listener, what, name, set_name) of everything that is not counted."""
    return tuple((one.alias, e.what, e.name, e.set_name) for one in listeners for e in one.exclusions)


def offset_rows(listeners: Iterable[Listener]) -> tuple[tuple[str, int, int, int], ...]:
    """(listener, begin_second, end_second, offset_seconds): how far local time is from UTC, and in which seconds."""
    return tuple((one.alias, *span) for one in listeners for span in _spans(one.time_zone))


def _spans(time_zone: str) -> Sequence[tuple[int, int, int]]:
    zone = _zone(time_zone)
    begins = [(FIRST, _offset(zone, FIRST)), *_changes(zone)]
    ends = [begin for begin, _ in begins[1:]] + [LAST]
    return [
        (int(begin.timestamp()), int(end.timestamp()), offset)
        for (begin, offset), end in zip(begins, ends, strict=True)
    ]


def _changes(zone: dt.tzinfo) -> Iterator[tuple[dt.datetime, int]]:
    """The moments (UTC) at which the offset changes, and the new offset in seconds."""
    week = dt.timedelta(days=7)  # no zone has changed twice within one since 2008
    moment = FIRST
    while moment < LAST:
        before, after = moment, moment + week
        if _offset(zone, before) != _offset(zone, after):
            while after - before > dt.timedelta(seconds=1):
                middle = before + (after - before) // 2
                middle = middle.replace(microsecond=0)
                before, after = (middle, after) if _offset(zone, middle) == _offset(zone, before) else (before, middle)
            yield after, _offset(zone, after)
        moment += week


def _offset(zone: dt.tzinfo, moment: dt.datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _zone(time_zone: str) -> dt.tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(time_zone)
    except (KeyError, OSError, ValueError):
        raise ConfigurationError(f"{time_zone!r} is no time zone; one is Europe/Berlin, or America/New_York") from None
