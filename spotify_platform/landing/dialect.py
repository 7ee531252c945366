"""How a CSV is written: its encoding, what separates its cells, notes before its header, lines that stand in quotes.

What differs from UTF-8 with commas is repaired where the repair is certain, by a copy in which it differs no more;
what was repaired is told of the file. Where it is not certain, the rows are left as they are, and rejected.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from spotify_platform.errors import BrokenFileError
from spotify_platform.landing.files import PARQUET_MAGIC, Payload, open_payload

HEADER_BYTES = 64 << 10
ASCII_BYTES = 24
NOTES = 3
"""Lines that may stand before the header."""
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
UTF8, UTF16, WINDOWS = "utf-8", "utf-16", "cp1252"
ENCODINGS = {UTF8: "UTF-8", UTF16: "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", WINDOWS: "Windows-1252"}

Header = tuple[str, ...]


@dataclass(frozen=True)
class Dialect:
    """What a CSV is like. `notes` are lines before the header; `wrapped` are whole lines in quotes, as spreadsheets
    write a line that they took for one cell; `mixed` are line ends of several kinds."""

    encoding: str = UTF8
    delimiter: str = ","
    notes: int = 0
    wrapped: bool = False
    mixed: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether DuckDB reads the file as it lies; what separates its cells it can be told."""
        return self.encoding == UTF8 and not (self.notes or self.wrapped or self.mixed)

    @property
    def repairs(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        found = {
            f"read as {ENCODINGS[self.encoding]}": self.encoding != UTF8,
            f"cells separated by {DELIMITERS[self.delimiter]}": self.delimiter != ",",
            "notes before the header left out": bool(self.notes),
            "whole lines taken out of quotes": self.wrapped,
            "line ends of several kinds made one": self.mixed,
        }
        return tuple(repair for repair, needed in found.items() if needed)


@dataclass(frozen=True)
class Head:
    """The names of the columns, and how the file is written as far as its beginning tells. Parquet tells its rows."""

    header: Header
    dialect: Dialect = Dialect()
    parquet_rows: int | None = None


def read_head(payload: Payload, is_known: Callable[[Header], bool]) -> Head:
    """The first header that is known, on one of the first lines, however it is written; else the first line's.

    Raises `BrokenFileError` where the file begins with no line of a CSV, and for Parquet that is not whole.
    """
    with open_payload(payload) as file:
        start = file.read(HEADER_BYTES)
        if start.startswith(PARQUET_MAGIC):
            return _parquet_head(file)
    encoding = _encoding(start)
    lines = _lines(start, encoding)
    for notes, line in enumerate(lines[: NOTES + 1]):
        for head in _readings(line, encoding, notes):
            if is_known(head.header):
                return head
    if not lines[0].strip():
        raise BrokenFileError("the first line is empty; the header must stand there")
    return max(_readings(lines[0], encoding, 0), key=lambda head: len(head.header))


def plain_copy(payload: Payload, dialect: Dialect, columns: int, target: Path) -> int:
    """Write the file as UTF-8 with its header on line 1 and every line ended alike; the number of its lines.

    Raises `BrokenFileError` where it is not written in its encoding to the end.
    """
    lines = filled = 0
    as_bytes = dialect.encoding == UTF8  # not all of it may be UTF-8: what is not costs its own row only
    try:
        with (
            open_payload(payload) as original,
            io.TextIOWrapper(original, encoding="latin-1" if as_bytes else dialect.encoding) as text,
            target.open("w", encoding="latin-1" if as_bytes else UTF8, newline="\n") as copy,
        ):
            for number, line in enumerate(text):
                if number < dialect.notes:
                    continue
                if number == 0:
                    line = line.removeprefix("\ufeff").removeprefix(codecs.BOM_UTF8.decode("latin-1"))
                if dialect.wrapped and (inside := unwrapped(line, columns, dialect.delimiter)) is not None:
                    line = inside
                lines += 1
                filled = lines if line != "\n" else filled
                copy.write(line)
    except UnicodeError:
        raise BrokenFileError(f"this is not {ENCODINGS[dialect.encoding]} to its end; fetch the file again") from None
    return filled


def unwrapped(line: str, columns: int, delimiter: str) -> str | None:
    """A line that stands in quotes as a whole, without them; None where it is no such line of so many columns."""
    if not line.startswith('"'):
        return None
    body = line.rstrip("\r\n")
    try:
        [cell, *others] = next(csv.reader([body], delimiter=delimiter, strict=True))
        cells = next(csv.reader([cell], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
    return cell + line[len(body) :] if columns > 1 and len(cells) == columns and not any(others) else None


MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
NOT_ASCII = re.compile(rb"[\x80-\xff]")
LETTERS = "À-ÖØ-öø-þŒœŠšŽžŸ"
CAPITALS = "À-ÖØ-ÞŒŠŽŸ"
OTHER_SIGNS = re.compile(
    rf"[^\x00-\x7f{LETTERS}\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2022\u20ac\u2122¡¿«»°ºª·´®©²³¼½¾\xa0]"
)
NO_WORD = re.compile(rf"[{LETTERS}]{{3}}|[a-zß-öø-þ][{CAPITALS}]")


def is_windows_text(payload: Payload) -> bool:
    """Whether a file that is not UTF-8 is Windows-1252, and cannot be UTF-8 with a few damaged bytes.

    No two bytes make a character of UTF-8, and read as Windows-1252 every byte is a letter of a Western language
    where such a letter may stand, or a sign that is found in print. Cyrillic or Greek words are not like this, nor is
    a text that was cut within a character.
    """
    found = False
    with open_payload(payload) as file:
        for line in file:
            if not NOT_ASCII.search(line):
                continue
            found = True
            try:
                text = line.decode(WINDOWS)
            except UnicodeDecodeError:
                return False
            unpaired = text.count("\u201c") != text.count("\u201d")
            if unpaired or MULTIBYTE.search(line) or OTHER_SIGNS.search(text) or NO_WORD.search(text):
                return False
    return found


def _parquet_head(file: IO[bytes]) -> Head:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise BrokenFileError(f"the Parquet file is broken or cut short ({error}); fetch it again") from None
    return Head(tuple(found.schema_arrow.names), parquet_rows=found.metadata.num_rows)


def _encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise BrokenFileError("this is UTF-32 text; save it as UTF-8")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    even, odd = start[:ASCII_BYTES:2], start[1:ASCII_BYTES:2]  # a header begins in ASCII
    if odd and not any(odd) and all(even):
        return "utf-16-le"
    if odd and not any(even) and all(odd):
        return "utf-16-be"
    return UTF8


def _lines(start: bytes, encoding: str) -> list[str]:
    """The first lines as text. Raises `BrokenFileError` where they cannot be those of a CSV."""
    first = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first in {b"{", b"["}:
        raise BrokenFileError("this is JSON, whatever its name says; chart and catalogue files are CSV or Parquet")
    if first == b"<":
        raise BrokenFileError("this is a web page or XML, perhaps a login page that was saved; fetch the CSV again")
    try:
        if encoding != UTF8:
            return re.split(r"\r\n|\r|\n", codecs.getincrementaldecoder(encoding)().decode(start))
        first_line, *_ = raw = re.split(rb"\r\n|\r|\n", start)
        first_line.decode()
    except UnicodeDecodeError:
        raise BrokenFileError("the first line is not UTF-8 text, so this is no CSV that we know") from None
    return [line.decode("utf-8-sig", errors="replace") for line in raw[: NOTES + 1]]


def _readings(line: str, encoding: str, notes: int) -> Iterator[Head]:
    """The ways in which a line may be read as a header."""
    for delimiter in DELIMITERS:
        cells = _cells(line, delimiter)
        yield Head(cells, Dialect(encoding, delimiter, notes))
        if len(inside := _cells(cells[0], delimiter) if cells else ()) > 1 and not any(cells[1:]):
            yield Head(inside, Dialect(encoding, delimiter, notes, wrapped=True))


def _cells(line: str, delimiter: str) -> Header:
    return tuple(next(csv.reader([line], delimiter=delimiter), ()))
