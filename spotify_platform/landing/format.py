"""A source format as one declared mapping: how to recognise a file, and what each column becomes.

A format module in `formats/` defines `FORMATS`; adding a format is adding one such file. Nothing here
reads a file: `recognise` compares headers, `parse` turns the declarations into one query.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["charts", "catalog"]

CHARTS = ("top200", "viral50")
CADENCES = ("daily", "weekly")
TRENDS = ("MOVE_UP", "MOVE_DOWN", "SAME_POSITION", "NEW_ENTRY", "RE_ENTRY")
FIRST_CHART_DATE = dt.date(2013, 1, 1)


@dataclass(frozen=True)
class Read:
    """How one target column is read from one raw column.

    `reader` is a SQL macro of `readers.sql`, or as_region_code; it gives null for what it cannot read. A value
    that cannot be read, a missing required one, or one outside the range or the accepted words rejects the row,
    naming the raw column. `absent` lists raw values that stand for a missing one.
    """

    raw: str
    reader: str
    says: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    accepted: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """A target column that is the same for the whole file: a SQL expression, or `:name` from the file's facts."""

    expression: str


@dataclass(frozen=True)
class Derived:
    """A target column computed from other target columns, or from a raw one by the name "raw …"."""

    expression: str


@dataclass(frozen=True)
class FileFacts:
    """What stands nowhere in the rows: from the file's name, or told by the person who lands it."""

    region_code: str | None = None
    cadence: str | None = None
    date: dt.date | None = None


@dataclass(frozen=True)
class Format:
    """One source format.

    `precedence` decides between sources that cover the same chart or track: the lowest wins.
    `identity` is a template over the facts; files of one identity supersede one another, files without
    identity are united.
    """

    name: str
    title: str
    kind: Kind
    source: str
    precedence: int
    header: tuple[str, ...]
    columns: Mapping[str, Read | Given | Derived]
    label: tuple[str, str, str] | None = None
    artists: tuple[str, str] | None = None
    name_pattern: str = ""
    needs: tuple[str, ...] = ()
    identity: str = ""
    snapshot: dt.date | None = None
    example: str = ""

    def facts_from_name(self, name: str) -> dict[str, str]:
        """The groups of `name_pattern` found in a file name; empty where it does not match."""
        found = re.search(self.name_pattern, name) if self.name_pattern else None
        return {key: value for key, value in found.groupdict().items() if value} if found else {}
