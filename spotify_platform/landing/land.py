"""Landing: the one path by which bytes enter a world, whatever door they came through.

Recognise, parse to candidate rows, store the bytes, and last of all write the manifest record: a file
that is not in the manifest has not landed, so a crash at any point leaves nothing half done.
"""

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from spotify_platform.errors import BrokenFileError, EmptyFileError, OutdatedFileError, RefusedFileError
from spotify_platform.lake.engine import connect
from spotify_platform.lake.interface import Lake
from spotify_platform.landing.dialect import Dialect, read_head
from spotify_platform.landing.documents import Flattened, flattened
from spotify_platform.landing.files import DOCUMENT, SUFFIXES, Fingerprint, Payload, payloads, unpacked
from spotify_platform.landing.format import FileFacts, Format
from spotify_platform.landing.manifest import (
    LandedFile,
    current_files,
    iso,
    read_manifest,
    record,
    version_of,
)
from spotify_platform.landing.parse import Parsed, Source, layout_of, parse, tables_of
from spotify_platform.landing.recognise import (
    facts,
    format_named,
    formats_with,
    identity_of,
    is_history,
    is_known,
    is_playlists,
    recognise,
)

Status = Literal["landed", "already landed", "superseding", "ignored", "refused"]
API = "api"
"""The door by which answers of sources come in; their bytes stay for a time only."""
SMALL = 16 << 20
"""Bytes of content for which a second thread costs more than it saves."""
ID_LENGTH = 12
"""Characters of the content's hash that make a file id: short enough for engines to keep inline."""


@dataclass(frozen=True)
class Door:
    """How a file came in, and what the person who brought it says about it."""

    name: str = "upload"
    region: str | None = None
    date: dt.date | None = None
    replace: bool = False
    handle: str | None = None
    listener: str | None = None


@dataclass(frozen=True)
class Resources:
    """What parsing may use: of the machine, and formats that a person declared in a folder."""

    threads: int
    memory_limit: str
    formats: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one payload; `file` is its record unless it was refused."""

    name: str
    status: Status
    file: LandedFile | None = None
    reason: str = ""


def land(
    lake: Lake, path: Path, door: Door, resources: Resources, landed: list[LandedFile] | None = None
) -> list[Outcome]:
    """Land a file, or each member of a zip. Refusals are outcomes, not exceptions.

    `landed` is the manifest as it was read; what lands is appended, so that many files in a row read it once.
    """
    try:
        found = payloads(path)
    except RefusedFileError as refusal:
        return [Outcome(path.name, "refused", reason=str(refusal))]
    landed = read_manifest(lake) if landed is None else landed
    is_export = any(is_history(payload.name) for payload in found)
    return [
        Outcome(payload.name, "ignored", reason="it holds neither plays nor playlists, so nothing of it is kept")
        if is_export and not (is_history(payload.name) or is_playlists(payload.name))
        else _land_payload(lake, payload, door, resources, landed)
        for payload in found
    ]


def _land_payload(lake: Lake, payload: Payload, door: Door, resources: Resources, landed: list[LandedFile]) -> Outcome:
    size = payload.path.stat().st_size
    try:
        with tempfile.TemporaryDirectory(prefix="landing-") as folder:
            scratch = Path(folder)
            payload, prints = unpacked(payload, scratch)
            for file in landed:
                if prints.content_sha256 == file.content_sha256:
                    _refuse_another_listener(file, door.listener)
                    return Outcome(payload.name, "already landed", file)
            file = _superseding(_parse(payload, prints, door, resources, scratch), landed)
            for table in tables_of(file.kinds):
                lake.put_file(candidate_object(table, file.file_id), scratch / f"{table}.parquet")
            stripped = scratch / DOCUMENT
            if stripped.exists() and format_named(file.format).is_personal:  # only that is kept which is read
                lake.put_file(raw_object(file.content_sha256, SUFFIXES["parquet"]), stripped)
            else:
                suffix = SUFFIXES[payload.compression]
                suffix = suffix.replace(".csv", ".json") if stripped.exists() else suffix
                lake.put_file(raw_object(file.sha256, suffix), payload.path)
        after = payload.path.stat()
        if (size, payload.modified_at) != (after.st_size, after.st_mtime):
            raise BrokenFileError("the file changed while it was read; land it again when it is complete")
    except EmptyFileError as empty:
        return Outcome(payload.name, "ignored", reason=str(empty))
    except RefusedFileError as refusal:
        return Outcome(payload.name, "refused", reason=str(refusal))
    new = record(lake, file)
    landed.append(file)
    if not new:
        return Outcome(payload.name, "already landed", file)
    return Outcome(payload.name, "superseding" if file.supersedes else "landed", file)


def _parse(payload: Payload, prints: Fingerprint, door: Door, resources: Resources, scratch: Path) -> LandedFile:
    """Recognise and parse into `scratch`; the record of what was found."""
    formats = formats_with(resources.formats)
    now = dt.datetime.now(dt.UTC)
    file_id = prints.content_sha256[:ID_LENGTH]
    threads = resources.threads if prints.content_size > SMALL else 1
    limits = (threads, resources.memory_limit, scratch)

    def known_of(format: Format, told: Mapping[str, str]) -> FileFacts:
        latest = now.date()
        if format.dated_by_archive and payload.packed_on and payload.packed_on <= latest:
            told = {"date": payload.packed_on.isoformat(), **told}
        return facts(format, payload.name, door.region, door.date, latest=latest, listener=door.listener, told=told)

    if prints.is_json:
        with connect(*limits) as connection:
            document = flattened(connection, payload, formats, scratch)
            format, known = document.format, known_of(document.format, document.told)
            parsed = parse(connection, _of_document(document, known, file_id, now.date()), scratch)
        parsed = _with_what_was_left_out(parsed, document)
    else:
        head = read_head(payload, lambda header: is_known(header, formats))
        format = recognise(head.header, formats)
        known = known_of(format, {})
        with connect(*limits) as connection:
            source = Source(
                path=payload.unpacked or payload.path,
                compression="parquet"
                if head.parquet_rows is not None
                else "none"
                if payload.member
                else payload.compression,
                header=head.header,
                dialect=head.dialect,
                format=format,
                facts=known,
                file_id=file_id,
                lines=prints.lines if head.parquet_rows is None else head.parquet_rows + 1,
                ends_with_newline=prints.ends_with_newline,
                landed_on=now.date(),
            )
            parsed = parse(connection, source, scratch)
        if not parsed.rows_read:
            raise BrokenFileError("the file has a header and no rows")
    return LandedFile(
        file_id=file_id,
        name=payload.name,
        kind=format.kind,
        kinds=format.kinds,
        format=format.name,
        source=format.source,
        precedence=format.precedence,
        identity=identity_of(format, known, door.handle),
        sha256=prints.sha256,
        content_sha256=prints.content_sha256,
        size=prints.size,
        rows_read=parsed.rows_read,
        rows=parsed.rows,
        rejected=parsed.rejected,
        period_start=_iso_date(parsed.period_start),
        period_end=_iso_date(parsed.period_end),
        months=parsed.months,
        region_code=known.region_code,
        door=door.name,
        landed_at=iso(now),
        modified_at=iso(payload.modified_at),
        forced=door.replace,
        reasons=parsed.reasons,
        repairs=parsed.repairs,
        listener=known.listener,
        layout=layout_of(format.kinds),
    )


def _of_document(document: Flattened, known: FileFacts, file_id: str, landed_on: dt.date) -> Source:
    """What was read from a JSON document, to be parsed as the Parquet file that it is now."""
    return Source(
        path=document.path,
        compression="parquet",
        header=document.header,
        dialect=Dialect(),
        format=document.format.fitted(document.header),
        facts=known,
        file_id=file_id,
        lines=document.rows + 1,
        ends_with_newline=True,
        landed_on=landed_on,
        lines_before=-1,  # there is no header: the first row is the first
    )


def _with_what_was_left_out(parsed: Parsed, document: Flattened) -> Parsed:
    notes = [f"not kept: {', '.join(document.left_out)}"] if document.left_out else []
    total = document.told.get("total", "")
    if total.isdecimal() and int(total) > document.rows:
        notes.append(f"it holds {document.rows:,} of {int(total):,} rows; land the pages that follow it too")
    return replace(parsed, repairs=tuple(notes))


def _refuse_another_listener(file: LandedFile, listener: str | None) -> None:
    """Raise `OutdatedFileError` where somebody else's export comes again as another's."""
    if file.listener and listener and file.listener != listener:
        raise OutdatedFileError(
            f"this is {file.listener}'s already; if that was a mistake, "
            f"run: spotify-platform forget --listener {file.listener}"
        )


def _superseding(file: LandedFile, landed: list[LandedFile]) -> LandedFile:
    """The record with what it supersedes. Raises `OutdatedFileError` where the landed version is the better one."""
    rival = next(iter(current_files(old for old in landed if old.identity and old.identity == file.identity)), None)
    if rival is None:
        return replace(file, forced=False)
    if version_of(file) < version_of(rival):
        if rival.forced:
            why = f"{rival.name} was put in its place with --replace"
        elif file.rows < rival.rows:
            why = f"it covers less: {file.rows:,} rows where {rival.name} has {rival.rows:,}"
        else:
            why = f"it is no newer than {rival.name}, which landed with as many rows"
        raise OutdatedFileError(f"{file.identity} has landed already, and {why}. To replace it say --replace")
    return replace(file, supersedes=rival.file_id)


def files_below(paths: list[Path]) -> Iterator[Path]:
    """The files among `paths` and in the folders among them; hidden ones and symbolic links are left out."""
    for path in paths:
        if path.is_dir():
            found = (p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink())
            yield from (p for p in found if not any(part.startswith(".") for part in p.relative_to(path).parts))
        else:
            yield path


def raw_object(sha256: str, suffix: str) -> str:
    """Where the bytes lie: by their hash, never by a name that somebody else chose."""
    return f"files/{sha256[:2]}/{sha256}{suffix}"


def candidate_object(table: str, file_id: str) -> str:
    return f"candidates/{table}/{file_id}.parquet"


def _iso_date(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None
