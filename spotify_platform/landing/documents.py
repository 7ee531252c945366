"""JSON as a table of texts, so that the formats read it like any other file.

A format says where its rows stand in a document and under which paths their values: nothing else of the document is
read at all, let alone kept. DuckDB streams a list of any length; a document that is one object is read whole.
"""

import glob
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.contract import literal, quoted
from spotify_platform.errors import BrokenFileError, EmptyFileError, UnknownFormatError
from spotify_platform.landing.files import CHUNK, DOCUMENT, Payload, open_payload
from spotify_platform.landing.format import Document, Format

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_ROWS = 200
"""Rows by which a format is told, at most: a key that has no value in any of these may be left out by its source."""
LARGEST_OBJECT = 256 << 20
"""Bytes of a document that is one object: a playlist of 10,000 tracks has a tenth."""
LARGEST_ROW = 2 << 20
BETWEEN_ROWS = re.compile(r"[\s,]*")
STARTS = {"[": "a list", "{": "an object"}
BOM = "\ufeff"


@dataclass(frozen=True)
class Flattened:
    """A document as Parquet: the format it is in, its columns, its rows, what it tells for all of them, and the names of
    what was not kept."""

    path: Path
    format: Format
    header: tuple[str, ...]
    rows: int
    told: Mapping[str, str]
    left_out: tuple[str, ...]


def flattened(
    connection: "DuckDBPyConnection", payload: Payload, formats: Sequence[Format], scratch: Path
) -> Flattened:
    """The rows of a document as texts, in its order, in a Parquet file in `scratch`.

    Raises `BrokenFileError` for one that is no JSON to its end, `EmptyFileError` where it holds no rows,
    `UnknownFormatError` with what it has instead of what formats want.
    """
    import duckdb

    with _plain_file(payload, scratch) as path:
        begins = _beginning(path)
        try:
            format, seen, told = _recognised(
                connection, path, begins, [format for format in formats if format.document]
            )
            document = format.document
            assert document is not None
            header = _names(format)  # what none of the first rows has, a later one may
            target = scratch / DOCUMENT
            query = _rows(path, begins, document, header)
            [(rows,)] = connection.execute(
                f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            ).fetchall()
        except RecursionError:
            raise BrokenFileError("this JSON is nested too deeply for any known format") from None
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            # What DuckDB says may quote the document, so only the place is told.
            place = str(error).partition("in file")[2].partition(",")[2].partition(":")[0].strip()
            raise BrokenFileError(
                f"this is no JSON to its end ({place or 'it cannot be read'}): it is cut short or damaged; "
                "fetch the file again"
            ) from None
    if not rows:
        raise EmptyFileError("it holds no rows")
    paths = [*document.rows, *(path for name in header for path in document.paths_of(name))]
    read = {*header, *(path.split(".")[0] for path in paths)}
    left_out = tuple(sorted(seen - read)) if format.is_personal and (begins == "[" or document.within) else ()
    return Flattened(target, format, header, rows, told, left_out)


@contextmanager
def _plain_file(payload: Payload, scratch: Path) -> Iterator[Path]:
    """The document as a plain local file for the length of the block."""
    if payload.unpacked or payload.compression == "none":
        yield payload.unpacked or payload.path
        return
    target = scratch / "document.json"
    with open_payload(payload) as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy, CHUNK)
    try:
        yield target
    finally:
        target.unlink()


def _beginning(path: Path) -> str:
    """The bracket that the document begins with. Raises `BrokenFileError` where it does not end with its fellow.

    DuckDB takes a list that is cut short after a comma for a whole one.
    """
    with path.open("rb") as file:
        begin = file.read(CHUNK).decode("utf-8", errors="replace").removeprefix(BOM).lstrip()[:1]
        size = file.seek(0, 2)
        file.seek(max(0, size - CHUNK))
        end = file.read().rstrip()[-1:].decode("utf-8", errors="replace")
    if end != {"[": "]", "{": "}"}[begin]:
        raise BrokenFileError("the JSON is cut short, so the file is not complete; fetch it again")
    if begin == "{" and size > LARGEST_OBJECT:
        raise BrokenFileError(f"one JSON object of {size:,} bytes; at most {LARGEST_OBJECT:,} are read")
    return begin


def _source(path: Path, begins: str) -> str:
    form = "array" if begins == "[" else "unstructured"
    largest = LARGEST_ROW if begins == "[" else LARGEST_OBJECT
    size = min(largest, max(path.stat().st_size * 2, 1 << 20))
    return (
        f"read_json_objects({literal(glob.escape(str(path)))}, format = '{form}', compression = 'none', "
        f"maximum_object_size = {size})"
    )


def _recognised(
    connection: "DuckDBPyConnection", path: Path, begins: str, formats: Sequence[Format]
) -> tuple[Format, set[str], Mapping[str, str]]:
    """The format that the first rows are in, all names that they have, and what the document tells for all rows."""
    parsed = _first_rows(path) if begins == "[" else []
    if not parsed:
        texts = connection.execute(f"SELECT CAST(json AS VARCHAR) FROM {_source(path, begins)} LIMIT 1").fetchall()
        parsed = [json.loads(text) for (text,) in texts]
    if begins == "[" and not parsed:
        raise EmptyFileError("it is an empty list")
    found = []
    for format in formats:
        document = format.document
        assert document is not None
        wholes = _wholes(document, parsed[0]) if begins == "{" else []
        if begins == "[":
            lists = [] if document.rows else [parsed]
        else:
            lists = [rows for whole in wholes for rows in islice(_lists(whole, document.rows), 1)]
        rows = list(islice(chain.from_iterable(lists), SAMPLE_ROWS))
        if lists and all(_stands(name, document, rows, wholes[:SAMPLE_ROWS]) for name in format.header):
            found.append((len(format.header), format, _keys(rows) | _keys(wholes if document.within else [])))
    if not found:
        if begins == "{" and any(f.document and _value(parsed[0], f.document.within) == [] for f in formats):
            raise EmptyFileError("it holds no rows")
        keys = ", ".join(sorted(_keys(parsed))[:20]) or STARTS[begins]
        titles = ", ".join(format.title for format in formats) or "none"
        raise UnknownFormatError(f"no known format is a JSON with {keys}. Known are: {titles}")
    _, format, seen = max(found, key=lambda match: match[0])
    assert format.document is not None
    return format, seen, _told(format.document, parsed[0]) if begins == "{" and not format.document.within else {}


def _first_rows(path: Path) -> list[Any]:
    """The rows that a list begins with, of those that stand in its first bytes: DuckDB would read 32 MB to find them."""
    with path.open("rb") as file:
        text = file.read(CHUNK).decode("utf-8", errors="ignore")
    rows: list[Any] = []
    end = text.index("[") + 1
    with suppress(ValueError):  # the last one is cut
        while len(rows) < SAMPLE_ROWS:
            row, end = json.JSONDecoder().raw_decode(text, BETWEEN_ROWS.match(text, end).end())  # type: ignore[union-attr]
            rows.append(row)
    return rows


def _told(document: Document, parsed: Any) -> Mapping[str, str]:
    """The values that a document has for all of its rows, as texts."""
    values = {
        name: next((value for path in paths if (value := _value(parsed, path)) not in (MISSING, None)), None)
        for name, paths in document.whole.items()
    }
    return {name: str(value) for name, value in values.items() if isinstance(value, (str, int))}


def _wholes(document: Document, parsed: Any) -> list[Any]:
    """What holds lists of rows: the document itself, or each place of a list in it."""
    if not document.within:
        return [parsed]
    places = _value(parsed, document.within)
    return places if isinstance(places, list) else []


def _lists(whole: Any, paths: Iterable[str]) -> Iterator[list[Any]]:
    """The lists that stand under the paths."""
    for path in paths:
        value = _value(whole, path)
        if isinstance(value, list):
            yield value


def _stands(name: str, document: Document, rows: Sequence[Any], wholes: Sequence[Any]) -> bool:
    """Whether any of the rows, or of what holds them, has a key for a raw column."""
    return any(
        _value(holder, path) is not MISSING
        for holders, paths in ((rows, document.paths_of(name)), (wholes, document.whole.get(name, ())))
        for holder in holders
        for path in paths
    )


def _names(format: Format) -> tuple[str, ...]:
    return (*format.header, *format.optional)


def _keys(rows: Iterable[Any]) -> set[str]:
    return {str(key) for row in rows if isinstance(row, dict) for key in row}


@cache
def _steps(path: str) -> Sequence[str | int]:
    """The keys of a path, and places in lists: "artists[0].name" is artists, 0, name. Of all places the first is one."""
    parts = re.findall(r"([^.\[\]]+)(?!\])|\[(\d+)\]", path.replace(ALL, "[0]"))
    return [int(place) if place else key for key, place in parts]


MISSING = object()
ALL = "[*]"
"""All places of a list."""


def _value(value: Any, path: str) -> Any:
    """What stands under a path, or `MISSING`."""
    for step in _steps(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value


def _rows(path: Path, begins: str, document: Document, header: Sequence[str]) -> str:
    """Every row of the document, its values as texts under the names of the raw columns."""
    source = _source(path, begins)
    lists = [name for name in header if ALL in "".join(document.paths_of(name))]
    of_rows = [name for name in header if name not in (*document.whole, *lists, document.place)]
    of_whole = [name for name in header if name in document.whole]
    if begins == "[":
        rows = f"SELECT json AS entry, NULL AS place, NULL AS whole FROM {source}"
    else:
        whole = f"unnest(CAST(json_extract(json, {_path(document.within)}) AS JSON[]))" if document.within else "json"
        found = ", ".join(f"json_extract(whole, {_path(path)})" for path in document.rows)
        texts = _strings("whole", [path for name in of_whole for path in document.whole[name]])
        rows = f"""
            SELECT unnest(entries) AS entry, generate_subscripts(entries, 1) AS place, whole
            FROM (SELECT CAST(COALESCE({found}) AS JSON[]) AS entries, {texts} AS whole
                  FROM (SELECT {whole} AS whole FROM {source}) AS wholes) AS lists"""
    values = [_extracted("entry", [document.paths_of(name) for name in of_rows], of_rows), *map(quoted, lists)]
    if of_whole:
        values.append(_extracted("whole", [document.whole[name] for name in of_whole], of_whole))
    if document.place:
        values.append(f"CAST(place AS VARCHAR) AS {quoted(document.place)}")
    return f"SELECT {', '.join(values)} FROM (SELECT {_texts(document, of_rows, lists)} FROM ({rows}) AS rows) AS texts"


def _strings(json: str, paths: Sequence[str]) -> str:
    """The texts under the paths, as a list, in one pass over a JSON."""
    return f"json_extract_string({json}, [{', '.join(map(_path, paths))}])" if paths else "NULL"


def _texts(document: Document, of_rows: Sequence[str], lists: Sequence[str]) -> str:
    """All values of a row, and what is known of its list."""
    texts = _strings("entry", [path for name in of_rows for path in document.paths_of(name)])
    found = [f"{texts} AS entry", "place", "whole"]
    for name in lists:
        parts = (f"json_extract_string(entry, {_path(path)})" for path in document.paths_of(name))
        joined = ", ".join(f"NULLIF(array_to_string({part}, ', '), '')" for part in parts)
        found.append(f"COALESCE({joined}) AS {quoted(name)}")
    return ", ".join(found)


def _extracted(texts: str, paths: Sequence[Sequence[str]], names: Sequence[str]) -> str:
    """The columns from the texts of their paths: of several the first that has a value."""
    columns, place = [], 1
    for name, alternatives in zip(names, paths, strict=True):
        places = [f"{texts}[{place + number}]" for number in range(len(alternatives))]
        place += len(alternatives)
        value = places[0] if len(places) == 1 else f"COALESCE({', '.join(places)})"
        columns.append(f"{value} AS {quoted(name)}")
    return ", ".join(columns)


def _path(path: str) -> str:
    """A path as DuckDB's JSON path."""
    parts = path.split(ALL)
    return literal("$" + ALL.join("".join(map(_step, _steps(part))) for part in parts))


def _step(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f'."{step}"'
