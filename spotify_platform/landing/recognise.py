"""Which format is this? By the header alone; the name only adds what stands nowhere in the rows."""

import codecs
import csv
import datetime as dt
import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from functools import cache

from spotify_platform.errors import AmbiguousFileError, BrokenFileError, UnknownFormatError
from spotify_platform.landing import formats
from spotify_platform.landing.files import Payload, open_payload
from spotify_platform.landing.format import FIRST_CHART_DATE, FileFacts, Format
from spotify_platform.landing.regions import region_code

HEADER_BYTES = 64 << 10


@cache
def known_formats() -> tuple[Format, ...]:
    """Every format that a module of `formats/` declares, by name."""
    modules = (importlib.import_module(f"{formats.__name__}.{m.name}") for m in pkgutil.iter_modules(formats.__path__))
    return tuple(sorted((format for module in modules for format in module.FORMATS), key=lambda f: f.name))


def format_named(name: str) -> Format:
    return next(format for format in known_formats() if format.name == name)


def read_header(payload: Payload) -> tuple[str, ...]:
    """The cells of the first line. Raises `BrokenFileError` where that is no line of a CSV."""
    with open_payload(payload) as file:
        start = file.read(HEADER_BYTES)
    first = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first in {b"{", b"["}:
        raise BrokenFileError("this is JSON, whatever its name says; chart and catalogue files are CSV")
    if first == b"<":
        raise BrokenFileError("this is a web page or XML, perhaps a login page that was saved; fetch the CSV again")
    try:
        line = re.split(rb"[\r\n]", start, maxsplit=1)[0].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BrokenFileError("the first line is not UTF-8 text, so this is no CSV that we know") from None
    if not line.strip():
        raise BrokenFileError("the first line is empty; the header must stand there")
    return tuple(next(csv.reader([line])))


def recognise(header: tuple[str, ...]) -> Format:
    """The format with exactly these columns, in any order.

    Raises `UnknownFormatError` with the nearest formats and what differs: a column that is new, missing
    or renamed is never dropped in silence.
    """
    for format in known_formats():
        if len(header) == len(format.header) and set(header) == set(format.header):
            return format
    nearest = sorted(known_formats(), key=lambda f: -_likeness(header, f.header))[:3]
    described = "\n".join(f"  {format.title}: {_difference(header, format.header)}" for format in nearest)
    raise UnknownFormatError(f"no known format has this header. The nearest:\n{described}")


def facts(format: Format, name: str, region: str | None, date: dt.date | None, latest: dt.date) -> FileFacts:
    """What the rows do not say, from the name and from what the person told; telling wins.

    No chart is younger than `latest`. Raises `AmbiguousFileError` with the question to answer.
    """
    found = format.facts_from_name(name)
    told_region = region or found.get("region") if "region" in format.needs else None
    code = region_code(told_region or "")
    if "region" in format.needs and code is None:
        raise AmbiguousFileError(
            f"which region is this {format.title} chart of? The name does not tell"
            + (f" ({told_region!r} is no region)" if told_region else "")
            + f"; name it like {format.example}, or say --region us (or global)"
        )
    day = date or _date(found.get("date"))
    if "date" in format.needs and day is None:
        raise AmbiguousFileError(
            f"which day is this {format.title} chart of? The name does not tell; "
            f"name it like {format.example}, or say --date 2022-12-08"
        )
    if "date" in format.needs and day is not None and not FIRST_CHART_DATE <= day <= latest:
        raise AmbiguousFileError(
            f"no chart is of {day}: they begin on {FIRST_CHART_DATE} and today is {latest}. "
            f"Name the file like {format.example}, or say --date 2022-12-08"
        )
    cadence = found.get("cadence")
    if cadence and not format.name.endswith(cadence):
        raise AmbiguousFileError(
            f"the name says {cadence}, the columns say {format.title}; rename the file after what it is"
        )
    return FileFacts(code, cadence, day)


def identity_of(format: Format, known: FileFacts, handle: str | None) -> str | None:
    """The source identity of a file, or None: files with one supersede each other."""
    if not format.identity or ("{handle}" in format.identity and not handle):
        return None
    return format.identity.format(region_code=known.region_code, date=known.date, handle=handle)


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _likeness(a: Iterable[str], b: Iterable[str]) -> float:
    left, right = {c.strip().lower() for c in a}, {c.strip().lower() for c in b}
    return len(left & right) / len(left | right)


def _difference(header: tuple[str, ...], expected: tuple[str, ...]) -> str:
    parts: Mapping[str, list[str]] = {
        "missing": [repr(c) for c in expected if c not in header],
        "unknown": [repr(c[:40]) for c in header if c not in expected],
        "repeated": sorted({repr(c[:40]) for c in header if header.count(c) > 1}),
    }
    return "; ".join(f"{what} {', '.join(columns[:12])}" for what, columns in parts.items() if columns)
