"""A source format as one declared mapping: how to recognise a file, and what each column becomes.

A format module in `formats/` defines `FORMATS`; adding a format is adding one such file. Nothing here
reads a file: `recognise` compares headers, `parse` turns the declarations into one query.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["charts", "catalog", "playlists", "artists", "albums", "top_tracks", "plays", "listener_tops"]

CHARTS = ("top200", "viral50", "top50")
CADENCES = ("daily", "weekly")
DAYS = {"daily": 1, "weekly": 7}
TRENDS = ("MOVE_UP", "MOVE_DOWN", "SAME_POSITION", "NEW_ENTRY", "RE_ENTRY")
ITEM_TYPES = ("track", "artist")
TIME_RANGES = ("short_term", "medium_term", "long_term")
FIRST_CHART_DATE = dt.date(2013, 1, 1)
FIRST_PLAY_DATE = dt.date(2008, 10, 7)
"""The day that Spotify began."""


@dataclass(frozen=True)
class Read:
    """How one target column is read from one raw column.

    `reader` is a SQL macro of `readers.sql`, or as_region_code; it gives null for what it cannot read. A value
    that cannot be read, a missing required one, or one outside the range or the accepted words rejects the row,
    naming the raw column. `absent` lists raw values that stand for a missing one, `empty` is what an empty cell
    stands for.
    """

    raw: str
    reader: str
    says: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    accepted: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class Given:
    """A target column that is the same for the whole file: a SQL expression, or `:name` from the file's facts."""

    expression: str


@dataclass(frozen=True)
class Derived:
    """A target column computed from other target columns, or from a raw one by the name "raw …"."""

    expression: str


Columns = Mapping[str, Read | Given | Derived]


@dataclass(frozen=True)
class FileFacts:
    """What stands nowhere in the rows: from the file's name, or told by the person who lands it."""

    region_code: str | None = None
    cadence: str | None = None
    date: dt.date | None = None
    listener: str | None = None
    medium: str | None = None
    playlist: str | None = None
    page_offset: int = 0
    item_type: str | None = None
    time_range: str | None = None

    @property
    def period_start(self) -> dt.date | None:
        """The first day of a chart that is dated by its last."""
        return self.date - dt.timedelta(days=DAYS[self.cadence] - 1) if self.date and self.cadence else None


@dataclass(frozen=True)
class Document:
    """Where a JSON document holds the rows of its format. Paths are keys joined by points; `[0]` is a place in a list,
    and `[*]` are all of them, joined by ", ".

    `rows` are paths to the list of rows, of which the first that is there counts; none for a document that is a list.
    They begin at the document, or at each place of the list `within`, which then has rows of its own. `paths` are those
    of a raw column in a row, where they are not its name; `whole` those of raw columns that the document, or the place
    of that list, has for all of its rows; `place` is the raw column that is the place of a row in its list, from 1.
    """

    rows: tuple[str, ...] = ()
    within: str = ""
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place: str = ""

    def paths_of(self, name: str) -> tuple[str, ...]:
        return () if name in self.whole else self.paths.get(name, (name,))


@dataclass(frozen=True)
class Format:
    """One source format.

    `header` are the columns that a file must have, `optional` those that it may have; what reads an absent one is
    missing. Others are refused, unless `ignores_others`. `precedence` decides between sources that cover the same
    chart or track: the lowest wins. `identity` is a template over the facts; files of one identity supersede one
    another, files without identity are united.

    One that is a JSON `document` is told by what its rows have, and of it nothing is kept but the columns named; one
    that `is_personal` is kept in no other form. One that is `dated_by_archive` is of the day on which it was packed,
    where its archive tells and nothing else does.

    `columns` are those of the candidate table of its kind. A chart tells its tracks apart by `label`: the columns
    of track id, title and artists. Where its rows tell more of the track, `track` are the other columns of
    `track_rows`, and the file brings a catalogue too.

    A cell may list several things: `artists` are the raw column of a catalogue's and what stands between two of them
    ("" where there is one alone). `listed` are other columns of the table of the parts, by the raw ones that hold
    them in step, between `separator`: ids of these artists, or an artist's genres and their weights.
    """

    name: str
    title: str
    kind: Kind
    source: str
    precedence: int
    header: tuple[str, ...]
    columns: Columns
    optional: tuple[str, ...] = ()
    ignores_others: bool = False
    label: tuple[str, str, str] | None = None
    track: Columns = field(default_factory=dict)
    artists: tuple[str, str] | None = None
    listed: Mapping[str, str] = field(default_factory=dict)
    separator: str = ""
    name_pattern: str = ""
    needs: tuple[str, ...] = ()
    identity: str = ""
    snapshot: dt.date | None = None
    example: str = ""
    document: Document | None = None
    is_personal: bool = False
    dated_by_archive: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What a file brings, the kind of its rows first."""
        return (self.kind, "catalog") if self.track else (self.kind,)

    @property
    def label_columns(self) -> Columns:
        """What the label of a chart's row says, and all else that the row says of its track."""
        if self.label is None:
            return {}
        track, title, artist = self.label
        return {
            **self.track,
            "track_id": Read(track, "as_track_id", "a Spotify track id of 22 characters", required=True),
            "title": Read(title, "as_text", "a name"),
            "artist_credit": Read(artist, "as_text", "a name"),
        }

    @property
    def raw_columns(self) -> frozenset[str]:
        """The columns of a file that are read at all."""
        reads = [*self.columns.values(), *self.label_columns.values()]
        return frozenset(read.raw for read in reads if isinstance(read, Read)) | frozenset(self.listed.values())

    def has_header(self, header: tuple[str, ...]) -> bool:
        """Whether a table of this format can have these columns, in any order."""
        if self.document:
            return False
        found, needed = set(header), set(self.header)
        if len(found) != len(header) or not needed <= found:
            return False
        return self.ignores_others or found <= needed | set(self.optional)

    def fitted(self, header: tuple[str, ...]) -> "Format":
        """The format for a file with this header: what reads an optional column that is absent is missing."""
        absent = set(self.optional) - set(header)
        if not absent:
            return self
        return replace(self, columns=_without(self.columns, absent), track=_without(self.track, absent))

    def facts_from_name(self, name: str) -> dict[str, str]:
        """The groups of `name_pattern` found in a file name; empty where it does not match."""
        found = re.search(self.name_pattern, name) if self.name_pattern else None
        return {key: value for key, value in found.groupdict().items() if value} if found else {}


def _without(columns: Columns, absent: set[str]) -> Columns:
    """The columns, of which those read from an absent raw one are missing."""
    return {
        name: Given("NULL") if isinstance(read, Read) and read.raw in absent else read for name, read in columns.items()
    }
