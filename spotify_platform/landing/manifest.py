"""The manifest: one immutable record of every file that landed, and which of them count now.

A record is a JSON object that is written once, under the file's id, if no other stands there: so the
same bytes land once for ever, and two landers cannot clobber each other. Receipts tell, once, what
became of a file's rows; they never change either.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any

from spotify_platform.lake.interface import Lake
from spotify_platform.landing.format import Kind

MANIFEST = "manifest"
RECEIPTS = "receipts"
MANIFEST_COLUMNS: dict[str, str] = {
    "file_id": "VARCHAR",
    "name": "VARCHAR",
    "kind": "VARCHAR",
    "format": "VARCHAR",
    "source": "VARCHAR",
    "precedence": "SMALLINT",
    "identity": "VARCHAR",
    "sha256": "VARCHAR",
    "content_sha256": "VARCHAR",
    "size": "BIGINT",
    "rows_read": "BIGINT",
    "rows": "BIGINT",
    "rejected": "BIGINT",
    "period_start": "DATE",
    "period_end": "DATE",
    "region_code": "VARCHAR",
    "listener": "VARCHAR",
    "door": "VARCHAR",
    "landed_at": "VARCHAR",
    "modified_at": "VARCHAR",
    "supersedes": "VARCHAR",
    "is_current": "BOOLEAN",
    "arrival": "BIGINT",
}
FOUND_COLUMNS = ("is_current", "arrival")
"""The last ones, which follow from the other records."""
RECEIPT_COLUMNS: dict[str, str] = {
    "file_id": "VARCHAR",
    "table_name": "VARCHAR",
    "rows_read": "BIGINT",
    "loaded": "BIGINT",
    "duplicate": "BIGINT",
    "skipped": "BIGINT",
    "rejected": "BIGINT",
    "reasons": "VARCHAR",
}


@dataclass(frozen=True)
class LandedFile:
    """One record. Dates and times are ISO texts, `months` are yyyymm; `rows_read` = `rows` + `rejected`.

    `kind` is that of its rows, `kinds` are all that it brings; `repairs` is what had to be made good to read it, or was
    left out; `listener` whose export it is; `layout` tells which columns its candidate rows have, where it is known.
    """

    file_id: str
    name: str
    kind: Kind
    format: str
    source: str
    precedence: int
    identity: str | None
    sha256: str
    content_sha256: str
    size: int
    rows_read: int
    rows: int
    rejected: int
    period_start: str | None
    period_end: str | None
    months: tuple[int, ...]
    region_code: str | None
    door: str
    landed_at: str
    modified_at: str
    supersedes: str | None = None
    forced: bool = False
    reasons: Mapping[str, int] = field(default_factory=dict)
    kinds: tuple[Kind, ...] = ()
    repairs: tuple[str, ...] = ()
    listener: str | None = None
    layout: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", tuple(self.kinds) or (self.kind,))

    @property
    def object_names(self) -> tuple[str, ...]:
        """What the file's objects in the raw layer are called after; members of one zip share the first."""
        return (self.sha256, self.content_sha256, self.file_id)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "LandedFile":
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        return cls(**{**known, "months": tuple(data["months"]), "repairs": tuple(data.get("repairs", ()))})


@dataclass(frozen=True)
class Receipt:
    """What became of one file's rows in one table when it was first built with them."""

    file_id: str
    table_name: str
    rows_read: int
    loaded: int
    duplicate: int
    skipped: int
    rejected: int
    reasons: Mapping[str, int]


def read_manifest(lake: Lake) -> list[LandedFile]:
    """Every record, in the order of arrival."""
    stamp = lake.stamp(MANIFEST)
    return list(_read_once(lake, stamp) if stamp else _read(lake))  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _read_once(lake: Lake, stamp: str) -> list[LandedFile]:
    """What stands while the stamp is the same: each step of a run reads the manifest, and it grows for years."""
    return _read(lake)


def _read(lake: Lake) -> list[LandedFile]:
    return sorted((LandedFile.from_json(data) for _, data in lake.read_jsons(MANIFEST)), key=_arrived)


def _arrived(file: LandedFile) -> tuple[str, str]:
    return file.landed_at, file.file_id


def record(lake: Lake, file: LandedFile) -> bool:
    """Write a record; False where the file had landed before, or just did elsewhere."""
    return lake.put_json_if_absent(f"{MANIFEST}/{file.file_id}.json", file.to_json())


def version_of(file: LandedFile) -> tuple[str, int, str, str]:
    """What decides between files of one identity: a person's word, then coverage, then age, then content.

    Nothing in it depends on the order of arrival, but for a person's word.
    """
    return (file.landed_at if file.forced else "", file.rows, file.modified_at, file.content_sha256)


def current_files(files: Iterable[LandedFile]) -> list[LandedFile]:
    """The files that count: the newest version of each identity, and all files without one."""
    files = list(files)
    newest: dict[str, LandedFile] = {}
    for file in files:
        if file.identity and (file.identity not in newest or version_of(file) > version_of(newest[file.identity])):
            newest[file.identity] = file
    return [file for file in files if not file.identity or newest[file.identity] is file]


def read_receipts(lake: Lake) -> list[Receipt]:
    """Every receipt, by file and table."""
    return [Receipt(**entry) for _, data in lake.read_jsons(RECEIPTS) for entry in data["tables"]]


def record_receipts(lake: Lake, file_id: str, receipts: Sequence[Receipt]) -> bool:
    """Write a file's receipts, one for each table; False where it has them already."""
    return lake.put_json_if_absent(f"{RECEIPTS}/{file_id}.json", {"tables": [asdict(receipt) for receipt in receipts]})


def without_receipt(files: Iterable[LandedFile], receipts: Iterable[Receipt]) -> list[LandedFile]:
    """Files that landed and have not been built into their tables yet."""
    known = {receipt.file_id for receipt in receipts}
    return [file for file in files if file.file_id not in known]


def manifest_rows(files: Sequence[LandedFile]) -> list[tuple[Any, ...]]:
    """The manifest as rows of `MANIFEST_COLUMNS`."""
    current = {file.file_id for file in current_files(files)}
    ordered = sorted(files, key=_arrived)
    recorded = attrgetter(*(column for column in MANIFEST_COLUMNS if column not in FOUND_COLUMNS))
    return [(*recorded(file), file.file_id in current, arrival) for arrival, file in enumerate(ordered)]


def landed_months(files: Iterable[LandedFile]) -> list[int]:
    """Months that any of the files has rows in, ascending, as yyyymm."""
    return sorted({month for file in files for month in file.months})


def iso(moment: dt.datetime | float) -> str:
    """A moment in UTC, to the microsecond, as text that sorts."""
    if isinstance(moment, float):
        moment = dt.datetime.fromtimestamp(moment, dt.UTC)
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
