"""Which format is this? By the header alone; the name only adds what stands nowhere in the rows."""

import datetime as dt
import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from spotify_platform.errors import AmbiguousFileError, ConfigurationError, UnknownFormatError
from spotify_platform.landing import formats
from spotify_platform.landing.declared import declared_formats
from spotify_platform.landing.format import FIRST_CHART_DATE, ITEM_TYPES, TIME_RANGES, FileFacts, Format
from spotify_platform.landing.regions import region_code

HISTORY = r"(?i)(StreamingHistory|Streaming_History|endsong)[\w-]*\.json$"
PLAYLISTS = r"(?i)Playlist\d*\.json$"
LISTENER = "me"
"""Whose export it is where nobody says."""


@cache
def known_formats() -> tuple[Format, ...]:
    """Every format that a module of `formats/` declares, by name."""
    modules = (importlib.import_module(f"{formats.__name__}.{m.name}") for m in pkgutil.iter_modules(formats.__path__))
    return tuple(sorted((format for module in modules for format in module.FORMATS), key=lambda f: f.name))


def formats_with(folder: Path | None) -> tuple[Format, ...]:
    """Every known format, and those that a person declares in a folder.

    Raises `ConfigurationError` where one of these cannot be read, or has the name of another.
    """
    known, declared = known_formats(), declared_formats(folder)
    taken = {format.name for format in known} | {format.source for format in known}
    for format in declared:
        if format.name in taken:
            raise ConfigurationError(f"{format.name}.toml in {folder} has the name of a known format; rename it")
    return known + declared


def format_named(name: str) -> Format:
    return next(format for format in known_formats() if format.name == name)


def is_known(header: tuple[str, ...], formats: Sequence[Format]) -> bool:
    return any(format.has_header(header) for format in formats)


def recognise(header: tuple[str, ...], formats: Sequence[Format] | None = None) -> Format:
    """The format with these columns, in any order; of several the one that reads most of them.

    Raises `UnknownFormatError` with the nearest formats and what differs: a column that is new, missing
    or renamed is never dropped in silence.
    """
    formats = known_formats() if formats is None else formats
    found = sorted(
        (format for format in formats if format.has_header(header)), key=lambda f: (f.ignores_others, -len(f.header))
    )
    if found:
        best = [
            f for f in found if (f.ignores_others, len(f.header)) == (found[0].ignores_others, len(found[0].header))
        ]
        if len(best) > 1:
            titles = " and ".join(format.title for format in best)
            raise AmbiguousFileError(f"{titles} both declare exactly these columns; take one of them away")
        return found[0].fitted(header)
    words = _words(header)
    nearest = sorted(formats, key=lambda f: -_likeness(words, _words(f.header)))[:3]
    described = "\n".join(f"  {format.title}: {_difference(header, format)}" for format in nearest)
    raise UnknownFormatError(f"no known format has this header. The nearest:\n{described}")


def is_history(name: str) -> bool:
    """Whether a file is called as a listening history in a privacy export, whatever the folder."""
    return bool(re.match(HISTORY, _basename(name)))


def is_playlists(name: str) -> bool:
    """Whether a file is called as the playlists in a privacy export, whatever the folder."""
    return bool(re.match(PLAYLISTS, _basename(name)))


def _basename(name: str) -> str:
    return re.split("[/!]", name)[-1]


def listener_alias(told: str | None) -> str:
    """The alias of a listener. Raises `ConfigurationError` for one that would make a strange name of a table's value."""
    alias = (told or LISTENER).strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", alias):
        raise ConfigurationError(f"--listener {told!r}: an alias has up to 32 letters, digits, - or _, such as anna")
    return alias


def facts(
    format: Format,
    name: str,
    region: str | None,
    date: dt.date | None,
    latest: dt.date,
    listener: str | None = None,
    told: Mapping[str, str] | None = None,
) -> FileFacts:
    """What the rows do not say, from what the person told, from the document as a whole, and from the name, in this order.

    Nothing is younger than `latest`. Raises `AmbiguousFileError` with the question to answer.
    """
    found = {**format.facts_from_name(name), **(told or {})}
    top = top_list(found.get("href", "")) if "top" in format.needs else (None, None)
    if top is None:
        raise UnknownFormatError(
            "this is a page of Spotify's Web API, but not of what a listener hears most: its href is not that of "
            "/me/top/tracks or /me/top/artists"
        )
    what = f"{format.title} chart" if format.kind == "charts" else format.title
    told_region = region or found.get("region") if "region" in format.needs else None
    code = region_code(told_region or "")
    if "region" in format.needs and code is None:
        raise AmbiguousFileError(
            f"which region is this {format.title} chart of? The name does not tell"
            + (f" ({told_region!r} is no region)" if told_region else "")
            + f"; name it like {format.example}, or say --region us (or global)"
        )
    cadence = found.get("cadence")
    if "cadence" in format.needs and cadence is None:
        raise AmbiguousFileError(
            f"is this {format.title} chart daily or weekly? The name does not tell; name it like {format.example}"
        )
    day = date or _last_day(found, name)
    if "date" in format.needs and day is None:
        raise AmbiguousFileError(
            f"which day is this {what} of? The name does not tell; "
            f"name it like {format.example}, or say --date 2022-12-08"
        )
    if "date" in format.needs and day is not None and not FIRST_CHART_DATE <= day <= latest:
        raise AmbiguousFileError(
            f"no {format.kind.removesuffix('s').replace('_', ' ')} is of {day}: they begin on {FIRST_CHART_DATE} and "
            f"today is {latest}. Name the file like {format.example}, or say --date 2022-12-08"
        )
    if cadence and "cadence" not in format.needs and not format.name.endswith(cadence):
        raise AmbiguousFileError(
            f"the name says {cadence}, the columns say {format.title}; rename the file after what it is"
        )
    whose = listener_alias(listener) if "listener" in format.needs else None
    playlist = playlist_id(found) if "playlist" in format.needs else None
    if "playlist" in format.needs and playlist is None:
        raise AmbiguousFileError(
            f"which playlist is {name} of? Neither it nor its name tells; name it {format.example}"
        )
    told_offset = found.get("offset", "0")
    offset = int(told_offset) if told_offset.isdecimal() else 0
    return FileFacts(code, cadence, day, whose, found.get("medium"), playlist, offset, *top)


def playlist_id(told: Mapping[str, str]) -> str | None:
    """Spotify's id of a playlist, or name: and what it is called where none is told."""
    id = told.get("playlist_id") or "".join(re.findall(r"/playlists/([0-9A-Za-z]{22})(?:[/?]|$)", told.get("href", "")))
    return id or (f"name:{told['playlist']}" if told.get("playlist") else None)


def top_list(href: str) -> tuple[str, str] | None:
    """Item type and time range of the top items that an address asks for; None for any other address."""
    found = re.search(rf"/me/top/({'|'.join(ITEM_TYPES)})s(?:\?|$)", href)
    told = re.search(r"[?&]time_range=(\w+)", href)
    time_range = told[1] if told else "medium_term"  # as Spotify takes it where nothing is said
    return (found[1], time_range) if found and time_range in TIME_RANGES else None


def _last_day(found: Mapping[str, str], name: str) -> dt.date | None:
    """The last day that a chart counts, by the date or the range of dates in its name.

    A range of a week ends on the first day of the next one. One that names its last day instead is seven days long
    with it, or repeats it.
    """
    first, end = _date(found.get("date")), _date(found.get("end"))
    if first is None or "end" not in found:
        return first
    days = (end - first).days if end else None
    if end is None or days not in (0, 6, 7):
        raise AmbiguousFileError(f"{found['date']}--{found['end']} in {name} is no week; say --date with its last day")
    return end - dt.timedelta(days=1) if days == 7 else end


def identity_of(format: Format, known: FileFacts, handle: str | None) -> str | None:
    """The source identity of a file, or None: files with one supersede each other."""
    if not format.identity or ("{handle}" in format.identity and not handle):
        return None
    return format.identity.format(handle=handle, **asdict(known))


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _words(header: Iterable[str]) -> set[str]:
    return {name.strip().lower() for name in header}


def _likeness(left: set[str], right: set[str]) -> float:
    return len(left & right) / len(left | right)


def _difference(header: tuple[str, ...], format: Format) -> str:
    known = {*format.header, *format.optional}
    unknown = [] if format.ignores_others else [repr(c[:40]) for c in header if c not in known]
    parts: Mapping[str, list[str]] = {
        "missing": [repr(c) for c in format.header if c not in header],
        "unknown": unknown,
        "repeated": sorted({repr(c[:40]) for c in header if header.count(c) > 1}),
    }
    return "; ".join(f"{what} {', '.join(columns[:12])}" for what, columns in parts.items() if columns)
