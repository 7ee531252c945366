"""A payload → candidate rows as Parquet, typed, with file id and record; and what could not be read, by line.

Every engine starts from these rows, so CSV dialects, line numbers and text rules are solved here once.
A chart's strings are touched once: 26 million rows hold some 200,000 distinct (track, title, artist)
labels, so rows carry a label's number and the text rules run on the labels. Whatever else a chart's rows say of
their tracks belongs to the label too, and becomes a catalogue row for each. Charts in which a rank or a track
stands twice are noted, so that no build looks for them in all rows again.
"""

import contextlib
import csv
import datetime as dt
import glob
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from spotify_platform.contract import literal, quoted
from spotify_platform.errors import BrokenFileError
from spotify_platform.hashes import repeated_hashes
from spotify_platform.lake.engine import insert, writing_enums
from spotify_platform.landing.dialect import WINDOWS, Dialect, is_windows_text, plain_copy, unwrapped
from spotify_platform.landing.files import Compression, Payload, open_payload
from spotify_platform.landing.format import (
    CADENCES,
    CHARTS,
    FIRST_CHART_DATE,
    FIRST_PLAY_DATE,
    TRENDS,
    Columns,
    Derived,
    FileFacts,
    Format,
    Given,
    Kind,
    Read,
)
from spotify_platform.landing.regions import region_codes, region_spellings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

UNNAMED = "unnamed"
"""What a header cell without a name is called."""
ROW_NUMBER = '"row number of the file"'
"""What no column is called."""

CANDIDATES: dict[str, dict[str, str]] = {
    "chart_entries": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "label_id": "BIGINT",
        "chart_date": "DATE",
        "period_start": "DATE",
        "region_code": "VARCHAR",
        "chart": "VARCHAR",
        "cadence": "VARCHAR",
        "rank": "SMALLINT",
        "previous_rank": "SMALLINT",
        "streams": "BIGINT",
        "trend": "VARCHAR",
    },
    "chart_labels": {
        "file_id": "VARCHAR",
        "label_id": "BIGINT",
        "track_id": "VARCHAR",
        "title": "VARCHAR",
        "artist_credit": "VARCHAR",
    },
    "chart_repeats": {
        "file_id": "VARCHAR",
        "chart_date": "DATE",
        "region_code": "VARCHAR",
        "chart": "VARCHAR",
        "cadence": "VARCHAR",
    },
    "track_rows": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "file_rows": "BIGINT",
        "as_of": "DATE",
        "track_id": "VARCHAR",
        "title": "VARCHAR",
        "artist_credit": "VARCHAR",
        "isrc": "VARCHAR",
        "album_id": "VARCHAR",
        "album_name": "VARCHAR",
        "album_type": "VARCHAR",
        "duration_ms": "INTEGER",
        "explicit": "BOOLEAN",
        "release_date": "DATE",
        "release_date_precision": "VARCHAR",
        "popularity": "SMALLINT",
        "genre": "VARCHAR",
        "subgenre": "VARCHAR",
        "danceability": "DOUBLE",
        "energy": "DOUBLE",
        "key": "SMALLINT",
        "loudness": "DOUBLE",
        "mode": "SMALLINT",
        "speechiness": "DOUBLE",
        "acousticness": "DOUBLE",
        "instrumentalness": "DOUBLE",
        "liveness": "DOUBLE",
        "valence": "DOUBLE",
        "tempo": "DOUBLE",
        "time_signature": "SMALLINT",
    },
    "track_row_artists": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "position": "INTEGER",
        "artist_name": "VARCHAR",
        "artist_id": "VARCHAR",
    },
    "artist_rows": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "as_of": "DATE",
        "artist_id": "VARCHAR",
        "artist_name": "VARCHAR",
        "followers": "BIGINT",
        "popularity": "SMALLINT",
    },
    "artist_row_genres": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "position": "INTEGER",
        "genre": "VARCHAR",
        "weight": "SMALLINT",
    },
    "album_rows": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "as_of": "DATE",
        "album_id": "VARCHAR",
        "album_name": "VARCHAR",
        "album_type": "VARCHAR",
        "artist_id": "VARCHAR",
        "artist_name": "VARCHAR",
        "release_date": "DATE",
        "release_date_precision": "VARCHAR",
        "total_tracks": "INTEGER",
        "label": "VARCHAR",
        "upc": "VARCHAR",
        "popularity": "SMALLINT",
    },
    "playlist_rows": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "snapshot_date": "DATE",
        "playlist_id": "VARCHAR",
        "playlist_name": "VARCHAR",
        "playlist_version": "VARCHAR",
        "position": "SMALLINT",
        "item_type": "VARCHAR",
        "item_uri": "VARCHAR",
        "track_id": "VARCHAR",
        "title": "VARCHAR",
        "artist_credit": "VARCHAR",
        "popularity": "SMALLINT",
        "duration_ms": "INTEGER",
        "added_at": "TIMESTAMP",
    },
    "play_rows": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "listener": "VARCHAR",
        "history": "VARCHAR",
        "medium": "VARCHAR",
        "played_at": "TIMESTAMP",
        "played_second": "BIGINT",
        "ms_played": "BIGINT",
        "track_uri": "VARCHAR",
        "track_id": "VARCHAR",
        "track_name": "VARCHAR",
        "artist_name": "VARCHAR",
        "album_name": "VARCHAR",
        "episode_uri": "VARCHAR",
        "episode_name": "VARCHAR",
        "show_name": "VARCHAR",
        "audiobook_uri": "VARCHAR",
        "audiobook_title": "VARCHAR",
        "chapter_uri": "VARCHAR",
        "chapter_title": "VARCHAR",
        "platform": "VARCHAR",
        "country": "VARCHAR",
        "reason_start": "VARCHAR",
        "reason_end": "VARCHAR",
        "shuffle": "BOOLEAN",
        "skipped": "BOOLEAN",
        "offline": "BOOLEAN",
        "incognito": "BOOLEAN",
    },
    "play_tracks": {
        "file_id": "VARCHAR",
        "track_id": "VARCHAR",
        "title": "VARCHAR",
        "artist_credit": "VARCHAR",
    },
    "top_track_rows": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "snapshot_date": "DATE",
        "region_code": "VARCHAR",
        "source": "VARCHAR",
        "rank": "SMALLINT",
        "title": "VARCHAR",
        "artist_credit": "VARCHAR",
        "listeners": "BIGINT",
        "duration_ms": "INTEGER",
        "track_mbid": "VARCHAR",
        "artist_mbid": "VARCHAR",
        "url": "VARCHAR",
    },
    "top_item_rows": {
        "file_id": "VARCHAR",
        "record": "BIGINT",
        "listener": "VARCHAR",
        "snapshot_date": "DATE",
        "item_type": "VARCHAR",
        "time_range": "VARCHAR",
        "rank": "SMALLINT",
        "item_id": "VARCHAR",
        "name": "VARCHAR",
        "artist_credit": "VARCHAR",
        "artist_ids": "VARCHAR",
        "popularity": "SMALLINT",
        "genres": "VARCHAR",
    },
    "rejected_rows": {
        "file_id": "VARCHAR",
        "line": "BIGINT",
        "column_name": "VARCHAR",
        "reason": "VARCHAR",
    },
}
"""The tables of candidate rows and their DuckDB types. A row of `track_rows` stands for `file_rows` rows of its file,
of which `record` is the first."""

TABLES: dict[Kind, tuple[str, ...]] = {
    "charts": ("chart_entries", "chart_labels", "chart_repeats", "rejected_rows"),
    "catalog": ("track_rows", "track_row_artists", "rejected_rows"),
    "playlists": ("playlist_rows", "rejected_rows"),
    "artists": ("artist_rows", "artist_row_genres", "rejected_rows"),
    "albums": ("album_rows", "rejected_rows"),
    "plays": ("play_rows", "play_tracks", "rejected_rows"),
    "top_tracks": ("top_track_rows", "rejected_rows"),
    "listener_tops": ("top_item_rows", "rejected_rows"),
}
"""The candidate tables that a file of this kind fills."""

ROWS: dict[Kind, str] = {
    "charts": "chart_entries",
    "catalog": "track_rows",
    "playlists": "playlist_rows",
    "artists": "artist_rows",
    "albums": "album_rows",
    "plays": "play_rows",
    "top_tracks": "top_track_rows",
    "listener_tops": "top_item_rows",
}
"""The table that has one row for each row of a file whose first kind this is."""

DATES: dict[Kind, str] = {
    "charts": "chart_date",
    "catalog": "as_of",
    "playlists": "snapshot_date",
    "artists": "as_of",
    "albums": "as_of",
    "plays": "played_at",
    "top_tracks": "snapshot_date",
    "listener_tops": "snapshot_date",
}
"""The column of that table that says of which day a row is."""

REGION_READER = "as_region_code"
"""The reader that is a join: a subquery in a macro costs twice as much as all other readers together."""

PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION {version}"
LINE_ENDS_MIX = "state machine reached an invalid state"
SWALLOWING = ("UNQUOTED VALUE", "LINE SIZE OVER MAXIMUM")
"""What DuckDB calls a row that may hold others, because a quote in it stands alone."""
CUT_SHORT = ("MISSING COLUMNS", "UNQUOTED VALUE", "INVALID ENCODING")
"""What DuckDB calls a last row in which the file was cut."""


def stored_types(table: str) -> dict[str, str]:
    """What the files of a candidate table hold: its columns, and by `problem` which test of its format rejected a row."""
    return {**CANDIDATES[table], **({"problem": "TINYINT"} if table in ROWS.values() else {})}


def tables_of(kinds: Iterable[Kind]) -> tuple[str, ...]:
    """The candidate tables that a file of these kinds fills."""
    return tuple(dict.fromkeys(table for kind in kinds for table in TABLES[kind]))


@cache
def layout_of(kinds: tuple[Kind, ...]) -> str:
    """A short digest of all columns that the candidate rows of such a file have: another one where any is another."""
    types = {table: stored_types(table) for table in tables_of(kinds)}
    return hashlib.sha256(json.dumps(types).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Source:
    """A file to parse: where its CSV lies, plain or packed, or its Parquet, and what is known of it as a whole.

    `lines_before` are those before the header that are not in the CSV itself.
    """

    path: Path
    compression: Compression
    header: tuple[str, ...]
    dialect: Dialect
    format: Format
    facts: FileFacts
    file_id: str
    lines: int
    ends_with_newline: bool
    landed_on: dt.date
    lines_before: int = 0


@dataclass(frozen=True)
class Parsed:
    """What parsing found. `rows_read` = `rows` + `rejected`; `months` are those with rows, as yyyymm; `repairs` what
    had to be made good before the file could be read."""

    rows_read: int
    rows: int
    rejected: int
    period_start: dt.date | None
    period_end: dt.date | None
    months: tuple[int, ...]
    reasons: Mapping[str, int]
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A test that rejects a row: the raw column to name, the SQL condition, and what was expected."""

    column: str
    condition: str
    expected: str


def parse(connection: "DuckDBPyConnection", source: Source, folder: Path) -> Parsed:
    """Parse one file into `folder`/<table>.parquet for each candidate table of its kind.

    `connection` is in-memory and used for nothing else. Raises `BrokenFileError` where the file is no
    CSV to its end or its last row is cut short.
    """
    _prepare(connection, source)
    format = source.format
    problems = _problems(format)
    rows = folder / f"{ROWS[format.kind]}.parquet"
    source = _write_rows(connection, source, rows, problems)
    _locate(connection, source, rows)
    _refuse_if_cut_short(connection, source)
    if format.kind == "charts":
        _copy(connection, folder, "chart_labels", _row_labels(rows))
        _copy(connection, folder, "chart_repeats", _repeats(connection, rows))
    if format.kind == "plays":
        _copy(connection, folder, "play_tracks", _played_tracks(rows))
    if format.track:
        _copy(connection, folder, "track_rows", _row_tracks(rows))
    if "catalog" in format.kinds:
        _copy(connection, folder, "track_row_artists", _row_artists(folder / "track_rows.parquet", format))
    if "artists" in format.kinds:
        _copy(connection, folder, "artist_row_genres", _row_genres(rows, format))
    _write_rejected(connection, folder, rows, source, problems)
    parsed = _summary(connection, format, rows, folder / "rejected_rows.parquet")
    return replace(parsed, repairs=source.dialect.repairs)


def _prepare(connection: "DuckDBPyConnection", source: Source) -> None:
    """The file's facts as variables, the readers as macros, and the regions where its rows have one."""
    # How many rows a CSV has is not known, and taken for few: its rows would be hashed to find the regions in them.
    connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
    if "region_code" in CANDIDATES[ROWS[source.format.kind]]:
        _prepare_words(connection, source.file_id)
    connection.execute(files("spotify_platform.landing").joinpath("readers.sql").read_text(encoding="utf-8"))
    facts = source.facts
    for name, value in {
        "file_id": literal(source.file_id),
        "region_code": _text(facts.region_code),
        "cadence": _text(facts.cadence),
        "date": f"CAST({_text(facts.date)} AS DATE)",
        "period_start": f"CAST({_text(facts.period_start)} AS DATE)",
        "as_of": f"CAST({_text(facts.date or source.format.snapshot)} AS DATE)",
        "landed_on": f"CAST({_text(source.landed_on)} AS DATE)",
        "listener": _text(facts.listener),
        "medium": _text(facts.medium),
        "playlist": _text(facts.playlist),
        "page_offset": str(facts.page_offset),
        "item_type": _text(facts.item_type),
        "time_range": _text(facts.time_range),
    }.items():
        connection.execute(f"SET VARIABLE {name} = {value}")


def _prepare_words(connection: "DuckDBPyConnection", file_id: str) -> None:
    """The words of charts as ENUMs, and which of them is the code of a region, by all of its spellings."""
    for column, words in vocabularies([file_id]).items():
        connection.execute(f"CREATE TYPE {words_type(column)} AS ENUM ({', '.join(map(literal, words))})")
    names, codes = zip(*region_spellings().items(), strict=True)
    regions = (
        "CREATE TABLE region_names AS SELECT unnest(?) AS region_spelling, "
        f"CAST(unnest(?) AS {words_type('region_code')}) AS region_code_of_it"
    )
    connection.execute(regions, [list(names), list(codes)])


def vocabularies(file_ids: Iterable[str]) -> dict[str, Sequence[str]]:
    """All words of the texts that a chart's rows carry, in the order in which texts compare.

    As an ENUM of these they cost a fifth of other texts to write.
    """
    words = {
        "file_id": file_ids,
        "region_code": region_codes().values(),
        "chart": CHARTS,
        "cadence": CADENCES,
        "trend": TRENDS,
    }
    return {column: sorted(set(found)) for column, found in words.items()}


def words_type(column: str) -> str:
    """The name of the ENUM of a column's words."""
    return quoted(f"{column} words")


def _row_types(format: Format) -> dict[str, str]:
    """Types of the table of rows while it is written."""
    types = CANDIDATES[ROWS[format.kind]]
    if format.kind != "charts":
        return types
    return {name: words_type(name) if type == "VARCHAR" else type for name, type in types.items()}


def _write_rows(connection: "DuckDBPyConnection", source: Source, rows: Path, problems: Sequence[Problem]) -> Source:
    """Every readable row into `rows`, what is no row of a CSV into the table `broken`. Returns what was read: the
    file, or a copy in which is repaired what it needs."""
    original, dialect = source, source.dialect
    while True:
        if not dialect.is_plain:
            source = _repaired(original, dialect, rows.parent)
        found = _with_what_is_wrong(connection, source, rows, problems, original)
        if found == dialect:
            return replace(source, dialect=dialect)
        dialect = found


def _with_what_is_wrong(
    connection: "DuckDBPyConnection", source: Source, rows: Path, problems: Sequence[Problem], original: Source
) -> Dialect:
    """Scan the rows; the dialect, with what they show to be different in the whole file and can be repaired."""
    import duckdb

    dialect = source.dialect
    try:
        _scan(connection, source, rows, problems)
    except duckdb.InvalidInputException as error:  # any other, such as a full disk, is no fault of the file
        if LINE_ENDS_MIX in str(error) and not dialect.mixed:
            return replace(dialect, mixed=True)
        raise BrokenFileError(f"this cannot be read as CSV: {str(error).splitlines()[0]}") from None
    kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT error FROM broken").fetchall()}
    if "INVALID ENCODING" in kinds and dialect.encoding != WINDOWS and is_windows_text(_payload(original)):
        dialect = replace(dialect, encoding=WINDOWS)
    if "MISSING COLUMNS" in kinds and not dialect.wrapped:
        few = connection.execute("SELECT text FROM broken WHERE error = 'MISSING COLUMNS' AND text LIKE '\"%'")
        texts = (str(text) for (text,) in few.fetchall())
        if any(unwrapped(text, len(source.header), dialect.delimiter) is not None for text in texts):
            dialect = replace(dialect, wrapped=True)
    return dialect


def _repaired(original: Source, dialect: Dialect, folder: Path) -> Source:
    """A copy that DuckDB reads as it lies. Its lines are those of the original after the notes."""
    path = folder / "repaired.csv"
    lines = plain_copy(_payload(original), dialect, len(original.header), path)
    return replace(original, path=path, compression="none", dialect=dialect, lines=lines)


def _scan(connection: "DuckDBPyConnection", source: Source, rows: Path, problems: Sequence[Problem]) -> None:
    connection.execute("DROP TABLE IF EXISTS broken_rows")
    connection.execute(f"CREATE OR REPLACE MACRO raw_rows() AS TABLE {_raw_rows(connection, source)}")
    if source.format.label:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE labels AS {_labels(source)}")
    # To number the rows of a CSV takes one thread anyway.
    with writing_enums(connection) if source.format.kind == "charts" else contextlib.nullcontext():
        connection.execute(
            f"COPY ({_rows_query(source, problems)}) TO {literal(str(rows))} ({_parquet(ROWS[source.format.kind])})"
        )
    # A row may be broken in several ways, and its text is noted by both scans: the leftmost counts, once.
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE broken AS
        SELECT line AS number, CAST(error_type AS VARCHAR) AS error, column_name, csv_line AS text FROM broken_rows
        QUALIFY row_number() OVER (PARTITION BY line ORDER BY column_idx NULLS FIRST, scan_id) = 1""")


def _raw_rows(connection: "DuckDBPyConnection", source: Source) -> str:
    """Every row of the file as text, numbered."""
    path = literal(glob.escape(str(source.path)))
    # Columns that nobody knows may have any name, such as one that is another's in capitals.
    ignored = set(source.header) - source.format.raw_columns if source.format.ignores_others else set()
    if source.compression == "parquet":
        return _parquet_rows(connection, source, path)
    columns = ", ".join(
        f"{literal(f'column {number}' if name in ignored else name or UNNAMED)}: 'VARCHAR'"
        for number, name in enumerate(source.header, start=1)
    )
    # What is broken is noted by the very scan that yields the rows, so that no row can be in neither. (Without
    # that, `ignore_errors` would leave out whatever follows a stray quote.)
    return f"""
        SELECT row_number() OVER () AS {ROW_NUMBER}, * FROM read_csv(
            {path}, header = true, delim = {literal(source.dialect.delimiter)}, quote = '"', escape = '"',
            auto_detect = false, columns = {{{columns}}}, compression = {literal(source.compression)},
            store_rejects = true, rejects_table = 'broken_rows', rejects_scan = 'broken_scans')"""


def _parquet_rows(connection: "DuckDBPyConnection", source: Source, path: str) -> str:
    """Every row of a Parquet file, as the texts that a CSV would hold: its types are certain, so none is rejected."""
    connection.execute("""
        CREATE TABLE broken_rows (line BIGINT, error_type VARCHAR, column_name VARCHAR, csv_line VARCHAR,
                                  column_idx BIGINT, scan_id BIGINT)""")
    described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({path})").fetchall()
    separator = source.format.artists[1] if source.format.artists and source.format.artists[1] else ", "
    columns = ", ".join(
        f"{_as_text(quoted(name), str(type), separator)} AS {quoted(name)}"
        for name, type, *_ in described
        if name in source.format.raw_columns
    )
    return f"SELECT file_row_number + 1 AS {ROW_NUMBER}, {columns} FROM read_parquet({path}, file_row_number = true)"


def _as_text(column: str, type: str, separator: str) -> str:
    """A typed value as text: a whole number without a fraction, a moment as its day, a list as its parts."""
    if type in ("DOUBLE", "FLOAT"):
        whole = f"{column} = floor({column}) AND abs({column}) < 1e15"
        return f"CASE WHEN isfinite({column}) THEN CASE WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END END"
    if type.startswith("TIMESTAMP"):
        return f"{column}::DATE::VARCHAR"
    return f"array_to_string({column}, {literal(separator)})" if type.endswith("[]") else f"{column}::VARCHAR"


def _payload(source: Source) -> Payload:
    return Payload(source.path, None, source.compression, 0)


def _labels(source: Source) -> str:
    """Distinct labels of a chart, typed; `problem` is the number of the first test that one fails, else null."""
    columns, types = source.format.label_columns, _label_types(source.format)
    raws = sorted(_raw_columns(columns))
    tests = " ".join(f"WHEN {p.condition} THEN {number}" for number, p in _label_problems(source.format).items())
    known = {"as_of": "getvariable('as_of')"}
    return f"""
        SELECT label_id, {_typed(columns, types, known)}, CAST(CASE {tests} END AS TINYINT) AS problem
        FROM (SELECT label_id, {_kept(raws)}, {_readings(source, columns, types)}
              FROM (SELECT {_label_id(source.format)} AS label_id, {", ".join(f"any_value({r}) AS {r}" for r in map(quoted, raws))}
                    FROM raw_rows() GROUP BY label_id) AS labels) AS readings"""


def _label_types(format: Format) -> dict[str, str]:
    types = {name: type for table in ("chart_labels", "track_rows") for name, type in CANDIDATES[table].items()}
    return {
        name: type for name, type in types.items() if name in format.label_columns or (format.track and name == "as_of")
    }


def _label_id(format: Format) -> str:
    """A number for a label, the same wherever the same raw strings stand."""
    raws = sorted(_raw_columns(format.label_columns))
    return f"CAST(hash({', '.join(map(quoted, raws))}) >> 1 AS BIGINT)"


def _rows_query(source: Source, problems: Sequence[Problem]) -> str:
    """Every readable row, typed; `problem` is the number of the first test that it fails, else null."""
    format, types = source.format, _row_types(source.format)
    lookups = " ".join(
        _lookup(read) for read in format.columns.values() if isinstance(read, Read) and read.reader == REGION_READER
    )
    known = {"file_id": "getvariable('file_id')", "record": "record", "label_id": "label_id", "file_rows": "1"}
    columns = _typed(format.columns, types, {**known, "as_of": "getvariable('as_of')"}, format.artists)
    label = f", {_label_id(format)} AS label_id" if format.label else ""
    raws = _kept(sorted(_raw_columns(format.columns) | set(format.listed.values())))
    tests = " ".join(f"WHEN {problem.condition} THEN {number}" for number, problem in enumerate(problems))
    lists = "".join(f", {quoted(_raw(raw))} AS {_listed(name)}" for name, raw in format.listed.items())
    return f"""
        SELECT {columns}{lists}, CAST(CASE {tests} END AS TINYINT) AS problem
        FROM (SELECT {ROW_NUMBER} AS record{label}, {raws}, {_readings(source, format.columns, types)}
              FROM raw_rows() {lookups}) AS readings"""


def _readings(source: Source, columns: Columns, types: Mapping[str, str]) -> str:
    """What is read from raw columns, each by its reader."""
    return ", ".join(
        f"TRY_CAST({_value(source, read, type)} AS {type}) AS {quoted(name)}"
        for name, read in columns.items()
        for type in (types.get(name, "BIGINT"),)
        if isinstance(read, Read)
    )


def _kept(raws: Iterable[str]) -> str:
    """Raw columns as they are, for the tests: unreadable values differ from missing ones."""
    return ", ".join(f"{quoted(raw or UNNAMED)} AS {quoted(_raw(raw))}" for raw in raws)


def _cell(read: Read) -> str:
    """A raw cell, or what an empty one stands for."""
    cell = quoted(read.raw or UNNAMED)
    return f"COALESCE(NULLIF(trim({cell}), ''), {literal(read.empty)})" if read.empty else cell


def _value(source: Source, read: Read, type: str) -> str:
    if read.reader == REGION_READER:
        return f"COALESCE({_as_written(read)}.region_code_of_it, {_as_meant(read)}.region_code_of_it)"
    value = _cell(read)
    if source.dialect.delimiter == ";" and read.reader == "as_decimal":
        value = f"replace({value}, ',', '.')"  # where commas separate no cells, they stand for points
    for absent in read.absent:
        value = f"NULLIF({value}, {literal(absent)})"
    if not read.accepted:
        return f"{read.reader}({value})"
    # Nearly every row has an accepted word as it is: 0.1 CPU-seconds per million rows saved for each column.
    words = " ".join(f"WHEN {literal(word)} THEN CAST({literal(word)} AS {type})" for word in read.accepted)
    return f"CASE {value} {words} ELSE CASE {read.reader}({value}) {words} END END"


def _lookup(read: Read) -> str:
    """The joins that find a region's code: nearly all are written as it is known, and need no other spelling."""
    written, meant = _as_written(read), _as_meant(read)
    cell = _cell(read)
    return f"""
        LEFT JOIN region_names AS {written} ON {written}.region_spelling = {cell}
        LEFT JOIN region_names AS {meant}
            ON {meant}.region_spelling = CASE WHEN {written}.region_spelling IS NULL THEN lower(trim({cell})) END"""


def _as_written(read: Read) -> str:
    return quoted(f"{read.raw} as written")


def _as_meant(read: Read) -> str:
    return quoted(f"{read.raw} as meant")


def _raw(column: str) -> str:
    return f"raw {column}"


def _raw_columns(columns: Columns) -> set[str]:
    """The raw columns that are read."""
    return {read.raw for read in columns.values() if isinstance(read, Read)}


def _typed(
    columns: Columns, types: Mapping[str, str], known: Mapping[str, str], artists: tuple[str, str] | None = None
) -> str:
    """The columns of a candidate table in order, from readings, constants and derivations."""
    expressions = dict(known)
    for name, column in columns.items():
        if isinstance(column, Given):
            expressions[name] = re.sub(r"(?<!\w):(\w+)", r"getvariable('\1')", column.expression)
        elif isinstance(column, Derived):
            expressions[name] = column.expression
        else:
            expressions[name] = quoted(name)
    if artists and artists[1]:
        names = f"list_transform(string_split(artist_credit, {literal(artists[1])}), lambda name: trim(name))"
        expressions["artist_credit"] = (
            f"NULLIF(array_to_string(list_filter({names}, lambda name: name <> ''), ', '), '')"
        )
    typed = [f"CAST({expressions[name]} AS {type}) AS {quoted(name)}" for name, type in types.items()]
    return ", ".join([*typed, '"artist_credit" AS artists_as_written'] if artists else typed)


def _problems(format: Format) -> list[Problem]:
    """Every test of a row, in the order of the columns; the first is that of its label, if it has one."""
    found = []
    if format.label:
        bad_labels = "label_id IN (SELECT label_id FROM labels WHERE problem IS NOT NULL)"
        found.append(Problem("", bad_labels, "a label without a problem"))
    found += _tests(format.columns)
    if isinstance(dated := format.columns.get(day := DATES[format.kind]), Read):
        first = FIRST_PLAY_DATE if format.kind == "plays" else FIRST_CHART_DATE
        found.append(Problem(dated.raw, f"{day} < DATE {literal(first.isoformat())}", f"a date from {first} on"))
        future = f"CAST({day} AS DATE) > getvariable('landed_on')"
        found.append(Problem(dated.raw, future, "a date that is not in the future"))
    return found


def _label_problems(format: Format) -> dict[int, Problem]:
    """Every test of a label, by a number below 0."""
    return {-number: problem for number, problem in enumerate(_tests(format.label_columns), start=1)}


def _tests(columns: Columns) -> list[Problem]:
    return [
        Problem(read.raw, fails, read.says)
        for name, read in columns.items()
        if isinstance(read, Read) and (fails := _fails(quoted(name), read))
    ]


def _fails(value: str, read: Read) -> str:
    raw = quoted(_raw(read.raw))
    known = f"{raw} NOT IN ({', '.join(map(literal, read.absent))})" if read.absent else f"{raw} IS NOT NULL"
    tests = []
    if read.required:
        tests.append(f"{value} IS NULL")
    elif read.reader != "as_text":  # every text can be read; a blank one is missing
        tests.append(f"({value} IS NULL AND {known})")
    if read.minimum is not None:
        tests.append(f"{value} < {read.minimum}")
    if read.maximum is not None:
        tests.append(f"{value} > {read.maximum}")
    return " OR ".join(tests)


def _row_labels(rows: Path) -> str:
    """The labels of good rows."""
    return f"""
        SELECT getvariable('file_id') AS file_id, label_id, track_id, title, artist_credit FROM labels
        WHERE label_id IN (SELECT DISTINCT label_id FROM {literal(str(rows))} WHERE problem IS NULL)"""


def _repeats(connection: "DuckDBPyConnection", rows: Path) -> str:
    """The charts of the file in which a rank or a track stands twice, and perhaps a few more: hashes are compared."""
    import pyarrow as pa

    charts = f"""
        (SELECT chart_date, region_code, chart, cadence, rank, track,
                hash(chart_date, region_code, chart, cadence) AS of_chart
         FROM {literal(str(rows))} AS entries
         JOIN (SELECT label_id, hash(track_id) AS track FROM labels) AS labels ON labels.label_id = entries.label_id
         WHERE entries.problem IS NULL) AS charts"""
    [[number]] = connection.execute(f"SELECT COUNT(*) FROM {literal(str(rows))} WHERE problem IS NULL").fetchall()
    keys = ["of_chart, rank", "of_chart, track"]
    tests = []
    for key, hashes in zip(keys, repeated_hashes(connection, keys, charts, number), strict=True):
        if len(hashes):
            name = quoted(f"repeated {key}")
            connection.register(f"repeated {key}", pa.table({"value": hashes}))
            tests.append(f"hash({key}) IN (SELECT value FROM {name})")
    return f"""
        SELECT DISTINCT getvariable('file_id') AS file_id, chart_date, region_code, chart, cadence
        FROM {charts} WHERE {" OR ".join(tests) or "FALSE"}"""


def _row_tracks(rows: Path) -> str:
    """What the good rows of a chart say of their tracks: one row per label."""
    return f"""
        SELECT getvariable('file_id') AS file_id, counted.record, counted.file_rows, labels.*
        FROM (SELECT label_id, MIN(record) AS record, COUNT(*) AS file_rows
              FROM {literal(str(rows))} WHERE problem IS NULL GROUP BY label_id) AS counted
        JOIN labels ON labels.label_id = counted.label_id"""


def _played_tracks(rows: Path) -> str:
    """What a history calls the tracks that it has ids of; it names the first artist alone."""
    return f"""
        SELECT DISTINCT file_id, track_id, track_name AS title, artist_name AS artist_credit
        FROM {literal(str(rows))} WHERE problem IS NULL AND track_id IS NOT NULL"""


def _listed(name: str) -> str:
    """What the lists of a raw column are called beside the rows, by the column of their parts."""
    return quoted(f"listed {name}")


def _parts(lists: str, separator: str) -> str:
    return f"string_split({lists}, {literal(separator)})" if separator else f"[{lists}]"


def _row_artists(rows: Path, format: Format) -> str:
    """One row per artist of a catalogue row, in the order written; none where their names cannot be told apart."""
    if format.artists is None:
        return _no_rows("track_row_artists")
    names = _parts("artists_as_written", format.artists[1])
    ids = f"NULLIF({_parts(_listed('artist_id'), format.separator)}[i + 1], '')" if format.listed else "NULL"
    return f"""
        SELECT file_id, record, CAST(row_number() OVER (PARTITION BY record ORDER BY i) AS INTEGER) AS position,
               artist_name, artist_id
        FROM (SELECT file_id, record, i, as_text({names}[i + 1]) AS artist_name, {ids} AS artist_id
              FROM (SELECT *, unnest(range(len({names}))) AS i FROM {literal(str(rows))} WHERE problem IS NULL) AS listed
             ) AS parts
        WHERE artist_name IS NOT NULL"""


def _row_genres(rows: Path, format: Format) -> str:
    """One row per genre of an artist, in the order written."""
    genres = _parts(_listed("genre"), format.separator)
    weight = f"as_whole_number({_parts(_listed('weight'), format.separator)}[i + 1])"
    return f"""
        SELECT file_id, record, CAST(row_number() OVER (PARTITION BY record ORDER BY i) AS INTEGER) AS position,
               genre, TRY_CAST(weight AS SMALLINT) AS weight
        FROM (SELECT file_id, record, i, as_text({genres}[i + 1]) AS genre,
                     {weight if "weight" in format.listed else "NULL"} AS weight
              FROM (SELECT *, unnest(range(len({genres}))) AS i FROM {literal(str(rows))} WHERE problem IS NULL) AS listed
             ) AS parts
        WHERE genre IS NOT NULL"""


def _no_rows(table: str) -> str:
    return f"SELECT {', '.join(f'NULL AS {quoted(name)}' for name in CANDIDATES[table])} WHERE FALSE"


def _parquet(table: str) -> str:
    """How a candidate table is written: Spark cannot read what version 2 makes of fractions."""
    return PARQUET.format(version="v1" if "DOUBLE" in CANDIDATES[table].values() else "v2")


def _copy(connection: "DuckDBPyConnection", folder: Path, table: str, query: str) -> None:
    columns = ", ".join(f"CAST({quoted(n)} AS {t}) AS {quoted(n)}" for n, t in stored_types(table).items())
    path = literal(str(folder / f"{table}.parquet"))
    connection.execute(f"COPY (SELECT {columns} FROM ({query}) AS rows) TO {path} ({_parquet(table)})")


def _locate(connection: "DuckDBPyConnection", source: Source, rows: Path) -> None:
    """Where rows stand in the file, as lines from 1, the header's.

    `places`: the line of each row of `broken`, and how many readable records stand before it. `leads`: from
    which readable record on, the line of a record is how much more than its number. Rows of a file without
    empty lines and without line ends inside quotes are numbered as its lines are; others take a pass in Python.
    """
    connection.execute(f"CREATE TEMP TABLE readable AS SELECT COUNT(*) AS records FROM {literal(str(rows))}")
    [[records]] = connection.execute("SELECT records + (SELECT COUNT(*) FROM broken) FROM readable").fetchall()
    connection.execute("""
        CREATE TEMP TABLE places AS
        SELECT number, number AS line, number - 1 - row_number() OVER (ORDER BY number) AS records_before
        FROM broken""")
    connection.execute("""
        CREATE TEMP TABLE leads AS
        SELECT 0 AS record, 1 AS lead
        UNION ALL SELECT records_before + 1, MAX(line - records_before) FROM places GROUP BY records_before""")
    if source.lines == 1 + records:
        return
    anything = f"SELECT number FROM broken UNION ALL SELECT record FROM {literal(str(rows))} WHERE problem IS NOT NULL"
    if not connection.execute(f"{anything} LIMIT 1").fetchone():
        return
    swallowing = connection.execute(f"SELECT MIN(number) FROM broken WHERE error IN {SWALLOWING}").fetchone()
    if swallowing and swallowing[0]:  # DuckDB goes on after some of the rows that follow, or all, or none
        raise BrokenFileError(
            f"a quote in row {swallowing[0]:,} (the header is row 1) is not closed or not doubled, so the rows after "
            "it cannot be told apart: the file is cut short or the quote is a mistake; fetch it again or mend the row"
        )
    broken = {number for (number,) in connection.execute("SELECT number FROM broken").fetchall()}
    places, leads = _places_and_leads(source, broken)
    found: dict[str, Sequence[Sequence[int]]] = {"places": places, "leads": leads}
    for table, entries in found.items():
        connection.execute(f"DELETE FROM {table}")
        insert(connection, table, entries)


def _places_and_leads(source: Source, broken: Set[int]) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]]]:
    """The rows of `places` and `leads` from the file itself; `broken` are numbers that count empty lines too."""
    places, leads = [], [(0, 1)]
    record = 0
    with open_payload(_payload(source)) as file, io.TextIOWrapper(file, encoding="latin-1", newline="") as text:
        reader = csv.reader(text, delimiter=source.dialect.delimiter)
        next(reader)
        before = reader.line_num
        with contextlib.suppress(csv.Error):  # a cell of more than 128 KB: the lines after it are estimates
            for number, cells in enumerate(reader, start=2):
                line, before = before + 1, reader.line_num
                if number in broken:
                    places.append((number, line, record))
                elif cells:
                    record += 1
                    if line - record != leads[-1][1]:
                        leads.append((record, line - record))
    return places, leads


def _refuse_if_cut_short(connection: "DuckDBPyConnection", source: Source) -> None:
    """Take nothing of a file whose last row is cut short: its end is missing, or a quote in it is still open."""
    last = connection.execute(f"""
        SELECT error, right(text, 1) IN (chr(10), chr(13)) FROM broken JOIN places USING (number)
        WHERE records_before = (SELECT records FROM readable) AND error IN {CUT_SHORT}
        ORDER BY number DESC LIMIT 1""").fetchone()
    if last and (not source.ends_with_newline or (last[0] in SWALLOWING and last[1])):
        raise BrokenFileError("the last row is cut short, so the file is not complete; fetch it again")


def _write_rejected(
    connection: "DuckDBPyConnection", folder: Path, rows: Path, source: Source, problems: Sequence[Problem]
) -> None:
    numbered = dict(enumerate(problems))
    label = ""
    if source.format.label:
        label = "LEFT JOIN labels ON rows.problem = 0 AND labels.label_id = rows.label_id"
        numbered = {**numbered, **_label_problems(source.format)}
    tests = ", ".join(
        f"({number}, {literal(p.column)}, {literal('expected ' + p.expected)})" for number, p in numbered.items()
    )
    notes = source.dialect.notes + source.lines_before
    query = f"""
        SELECT getvariable('file_id') AS file_id, rows.record + lead + {notes} AS line, tests.column_name, reason
        FROM (SELECT * FROM {literal(str(rows))} WHERE problem IS NOT NULL) AS rows {label}
        JOIN (VALUES {tests}) AS tests(problem, column_name, reason)
            ON tests.problem = {"COALESCE(labels.problem, rows.problem)" if label else "rows.problem"}
        ASOF JOIN leads ON rows.record >= leads.record
        UNION ALL
        SELECT getvariable('file_id'), COALESCE(line, number) + {notes}, COALESCE(column_name, ''),
               CASE error
                   WHEN 'MISSING COLUMNS' THEN 'too few columns'
                   WHEN 'TOO MANY COLUMNS' THEN 'too many columns'
                   WHEN 'UNQUOTED VALUE' THEN 'a quote that is not closed or not doubled'
                   WHEN 'INVALID ENCODING' THEN 'not UTF-8'
                   WHEN 'LINE SIZE OVER MAXIMUM' THEN 'a row of more than 2 MB'
                   ELSE lower(error) END
        FROM broken LEFT JOIN places USING (number)"""
    _copy(connection, folder, "rejected_rows", query)


def _summary(connection: "DuckDBPyConnection", format: Format, rows: Path, rejected: Path) -> Parsed:
    good = (
        f"(SELECT CAST({DATES[format.kind]} AS DATE) AS date FROM {literal(str(rows))} WHERE problem IS NULL) AS good"
    )
    number, first, last = connection.execute(f"SELECT COUNT(*), MIN(date), MAX(date) FROM {good}").fetchone() or (
        0,
        None,
        None,
    )
    of_rows = f"SELECT DISTINCT year(date) * 100 + month(date) FROM {good} ORDER BY 1"
    months = connection.execute(of_rows).fetchall() if format.kind == "charts" else []
    reasons = connection.execute(f"""
        SELECT concat_ws(': ', NULLIF(column_name, ''), reason), COUNT(*)
        FROM {literal(str(rejected))} GROUP BY ALL ORDER BY 2 DESC, 1""").fetchall()
    refused = sum(count for _, count in reasons)
    return Parsed(
        rows_read=number + refused,
        rows=number,
        rejected=refused,
        period_start=first,
        period_end=last,
        months=tuple(int(month) for (month,) in months),
        reasons=dict(reasons),
    )


def _text(value: object) -> str:
    return "NULL" if value is None else literal(str(value))
