"""Files as they arrive: plain, gzip, zstd, zip or Parquet; hashed, checked to be whole, and opened as plain bytes.

Nothing is extracted under a name that an archive chooses, and no more than `LARGEST` bytes or `RATIO`
times the packed size comes out of one.
"""

import codecs
import datetime as dt
import gzip
import hashlib
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import IO, Literal

from spotify_platform.errors import BrokenFileError

Compression = Literal["none", "gzip", "zstd", "zip", "parquet"]

CHUNK = 1 << 17
"""Bytes read at once. What is larger, C's allocator asks of the system anew for each chunk: a third of reading's cost."""
HARMLESS = 1 << 20
"""Bytes that any file may unpack to."""
LARGEST = 64 << 30
RATIO = 500
SUFFIXES: dict[Compression, str] = {
    "none": ".csv",
    "gzip": ".csv.gz",
    "zstd": ".csv.zst",
    "zip": ".zip",
    "parquet": ".parquet",
}
PARQUET_MAGIC = b"PAR1"
DOCUMENT = "document.parquet"
"""What was read of a JSON document, in the folder that it is parsed in."""
MAGIC: dict[bytes, Compression] = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # one without members
    PARQUET_MAGIC: "parquet",
}


@dataclass(frozen=True)
class Payload:
    """One table of rows as it lies on disk: a file, or one member of a zip, with the day on which it was packed.

    `zip_sha256` is the zip's own; `unpacked` is where the member lies as plain bytes, once it does.
    """

    path: Path
    member: str | None
    compression: Compression
    modified_at: float
    packed_on: dt.date | None = None
    zip_sha256: str | None = None
    unpacked: Path | None = None

    @property
    def name(self) -> str:
        """The name a person knows it by."""
        return f"{self.path.name}!{self.member}" if self.member else self.path.name


@dataclass(frozen=True)
class Fingerprint:
    """What was read of a payload: bytes and hashes of the file as it is, and of what it holds.

    `lines` counts those of its content, whatever ends them, without empty ones at its end; those of JSON are not counted.
    """

    size: int
    sha256: str
    content_size: int
    content_sha256: str
    lines: int
    ends_with_newline: bool
    is_json: bool


def compression_of(path: Path) -> Compression:
    """By the first bytes, never by the name."""
    with path.open("rb") as file:
        start = file.read(4)
    return next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), "none")


def payloads(path: Path) -> list[Payload]:
    """The payloads of a file: itself, or the members of a zip that are no directories or system files."""
    compression = compression_of(path)
    modified = path.stat().st_mtime
    if compression != "zip":
        return [Payload(path, None, compression, modified)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_system(m.filename)]
    except zipfile.BadZipFile as error:
        raise BrokenFileError(f"the zip is broken or cut short ({error}); fetch it again") from None
    if not members:
        raise BrokenFileError("the zip holds no files")
    twice = [name for name, times in Counter(member.filename for member in members).items() if times > 1]
    if twice:
        raise BrokenFileError(f"the zip holds two files named {twice[0]}; which one counts is not clear")
    for member in members:
        if member.file_size > most_bytes(member.compress_size):
            raise BrokenFileError(f"{member.filename} would unpack to {member.file_size:,} bytes; refused")
        if Path(member.filename).suffix.lower() == ".zip":
            raise BrokenFileError(f"{member.filename} is a zip within a zip; unpack the outer one first")
    sha256 = _sha256(path)
    return [Payload(path, member.filename, "zip", modified, _packed_on(member), sha256) for member in members]


def most_bytes(packed: int) -> int:
    """What `packed` bytes may unpack to."""
    return min(LARGEST, max(HARMLESS, packed * RATIO))


@contextmanager
def open_payload(payload: Payload) -> Iterator[IO[bytes]]:
    """The payload's rows as plain bytes."""
    if payload.unpacked is not None:
        with payload.unpacked.open("rb") as file:
            yield file
    elif payload.member is not None:
        with zipfile.ZipFile(payload.path) as archive, archive.open(payload.member) as file:
            yield file
    elif payload.compression == "gzip":
        with gzip.open(payload.path) as file:
            yield file  # type: ignore[misc]
    elif payload.compression == "zstd":
        with _zstd().open(payload.path) as file:
            yield file
    else:
        with payload.path.open("rb") as file:
            yield file


def unpacked(payload: Payload, scratch: Path) -> tuple[Payload, Fingerprint]:
    """The payload, a zip's member as it lies unpacked in `scratch` from now on, and its fingerprint, in one pass.

    Raises as `fingerprint` does.
    """
    if payload.member is None:
        return payload, fingerprint(payload)
    copy = scratch / "member"
    return replace(payload, unpacked=copy), fingerprint(payload, copy)


def fingerprint(payload: Payload, copy: Path | None = None) -> Fingerprint:
    """Read all of it once; what it holds is written into `copy` meanwhile.

    Raises `BrokenFileError` for an empty file and for a stream that is cut short.
    """
    content = hashlib.sha256()
    packed = payload.path.stat().st_size
    as_it_is = payload.compression in ("none", "parquet")
    most = LARGEST if as_it_is else most_bytes(packed)
    size, ends, tail, is_json = 0, 0, b"", False
    try:
        with open_payload(payload) as file, copy.open("wb") if copy else nullcontext() as target:
            while chunk := file.read(CHUNK):
                content.update(chunk)
                is_json = is_json or (not size and begins_as_json(chunk))
                if target:
                    target.write(chunk)
                size += len(chunk)
                if not is_json:
                    ends += line_ends(chunk) - (tail.endswith(b"\r") and chunk.startswith(b"\n"))
                if size > most:
                    raise BrokenFileError(f"it unpacks to more than {most:,} bytes; refused")
                tail = chunk if len(chunk) == CHUNK else (tail + chunk)[-CHUNK:]
    except (EOFError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, _zstd().ZstdError) as error:
        raise BrokenFileError(
            f"the {payload.compression} stream is broken or cut short ({error}); fetch the file again"
        ) from None
    except (RuntimeError, NotImplementedError) as error:  # how zipfile says: encrypted, or packed in an unknown way
        raise BrokenFileError(f"the zip cannot be opened ({error}); unpack it and land what it holds") from None
    if not tail.strip():
        raise BrokenFileError("the file is empty")
    return Fingerprint(
        size=packed,
        sha256=content.hexdigest() if as_it_is else payload.zip_sha256 or _sha256(payload.path),
        content_size=size,
        content_sha256=content.hexdigest(),
        lines=0 if is_json else ends - line_ends(tail[len(tail.rstrip(b"\r\n")) :]) + 1,
        ends_with_newline=tail.endswith((b"\n", b"\r")),
        is_json=is_json,
    )


def begins_as_json(start: bytes) -> bool:
    """Whether bytes begin as JSON does: no header of a CSV does so."""
    return start.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"[", b"{"))


def line_ends(data: bytes) -> int:
    """Line feeds, carriage returns, and the two together as one."""
    import numpy as np

    feeds = int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))  # a fifth of what bytes.count costs
    return feeds + (data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0)


def _packed_on(member: zipfile.ZipInfo) -> dt.date | None:
    """The day that a zip tells for a member; one that does not know says 1980, or no day at all."""
    try:
        return dt.date(*member.date_time[:3])
    except ValueError:
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_system(name: str) -> bool:
    last = Path(name).name
    return "__MACOSX" in Path(name).parts or last.startswith("._") or last in {".DS_Store", "Thumbs.db"}


def _zstd() -> ModuleType:
    """The standard library's zstd, or its backport: one interface."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
