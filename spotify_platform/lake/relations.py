"""The lake's tables as DuckDB relations: what `candidates.x` and `cleandata.x` mean in a SQL model."""

import glob
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from spotify_platform.contract import literal, quoted
from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.engine import create
from spotify_platform.lake.interface import Lake, Table
from spotify_platform.landing.land import candidate_object
from spotify_platform.landing.manifest import (
    MANIFEST_COLUMNS,
    LandedFile,
    current_files,
    landed_months,
    manifest_rows,
    read_manifest,
)
from spotify_platform.landing.parse import (
    CANDIDATES,
    ROWS,
    layout_of,
    stored_types,
    tables_of,
    vocabularies,
    words_type,
)
from spotify_platform.listeners import exclusion_rows, offset_rows, read_listeners
from spotify_platform.months import MonthRange

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FILES: Table = ("candidates", "files")
SAID: dict[str, dict[str, str]] = {
    "exclusions": {"listener": "VARCHAR", "what": "VARCHAR", "name": "VARCHAR", "set_name": "VARCHAR"},
    "listener_offsets": {
        "listener": "VARCHAR",
        "begin_second": "BIGINT",
        "end_second": "BIGINT",
        "offset_seconds": "BIGINT",
    },
}
"""What listeners say of themselves, and the DuckDB types of its columns."""
LABELS: Table = ("candidates", "chart_labels")
MONTH_FOLDER = r"/year=(\d+)/month=(\d+)/[^/\n]+$"


@dataclass(frozen=True)
class Relation:
    """What a SQL model reads under the name of a table of the lake, as plain data that any engine can open.

    Rows are those of Parquet `files` for which `where` holds, or else `rows` themselves. Columns are names and
    DuckDB types. A Delta table has a `version`, and `months` if only those are wanted.

    Candidate rows are stored with the columns and types of `stored`, but for those of `others`, which other versions of
    the platform wrote: what such a file lacks is null, what it has more is left out.
    """

    table: Table
    columns: Mapping[str, str]
    files: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    where: str = ""
    version: int | None = None
    months: MonthRange | None = None
    rows: tuple[tuple[Any, ...], ...] = ()
    others: tuple[str, ...] = ()
    stored: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)


def relations(
    lake: Lake,
    tables: Iterable[Table],
    months: MonthRange | None = None,
    landed: Sequence[LandedFile] | None = None,
) -> list[Relation]:
    """The lake's tables among `tables`; monthly ones hold only `months`. `landed` is the manifest, if it has been read.

    Raises `ConfigurationError` for a table that has not been built.
    """
    tables = list(tables)
    landed = manifest_of(lake, tables) if landed is None else landed
    return [
        _candidates(lake, landed, name, months)
        if layer == "candidates"
        else delta_relation(lake, (layer, name), months)
        for layer, name in _of_the_lake(tables)
    ]


def bind(
    connection: "DuckDBPyConnection",
    lake: Lake,
    tables: Iterable[Table],
    months: MonthRange | None = None,
    landed: Sequence[LandedFile] | None = None,
    *,
    as_words: bool = False,
) -> None:
    """Define `relations` of the same arguments on the connection, or define them anew.

    `as_words` makes an ENUM of texts whose words are known: worth its while for who writes most of what he reads,
    to Parquet by `writing_enums` alone. Each layer is an attached in-memory database, so that nothing of it is stored in the connection's own.
    """
    lake.register(connection)
    tables = list(tables)
    landed = manifest_of(lake, tables) if landed is None else landed
    known = vocabularies(file.file_id for file in current_files(landed)) if as_words else {}
    for relation in relations(lake, tables, months, landed):
        layer, table = relation.table
        if layer == "candidates":
            relation = replace(relation, words={name: known[name] for name in relation.columns if name in known})
        connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {layer}")
        for column, words in relation.words.items():
            connection.execute(f"CREATE TYPE IF NOT EXISTS {layer}.{words_type(column)} AS ENUM ({_literals(words)})")
        if relation.table == FILES or relation.table[1] in SAID:
            _create(connection, relation)
        else:
            connection.execute(f"CREATE OR REPLACE VIEW {layer}.{quoted(table)} AS {select(relation)}")


def labels_as_words(connection: "DuckDBPyConnection") -> None:
    """Make `candidates.chart_labels` those that the bound entries have, with their texts as ENUMs of these.

    Texts are written to Parquet as codes of a dictionary anyway: making that once for a month costs a third of looking
    each row's text up. All labels that were bound before are kept in memory, for the next month.
    """
    texts = [name for name, type in CANDIDATES[LABELS[1]].items() if type == "VARCHAR" and name != "file_id"]
    connection.execute("CREATE TABLE IF NOT EXISTS candidates.all_labels AS FROM candidates.chart_labels")
    connection.execute("""
        CREATE OR REPLACE TABLE candidates.labels_as_text AS
        SELECT * FROM candidates.all_labels
        WHERE label_id IN (SELECT DISTINCT label_id FROM candidates.chart_entries)""")
    for name in texts:
        found = f"SELECT DISTINCT {name} FROM candidates.labels_as_text WHERE {name} IS NOT NULL ORDER BY {name}"
        connection.execute(f"CREATE OR REPLACE TYPE candidates.{words_type(name)} AS ENUM ({found})")
    typed = ", ".join(f"CAST({name} AS candidates.{words_type(name)}) AS {name}" for name in texts)
    connection.execute(f"""
        CREATE OR REPLACE TABLE candidates.labels_as_words AS
        SELECT * REPLACE ({typed}) FROM candidates.labels_as_text""")
    connection.execute("CREATE OR REPLACE VIEW candidates.chart_labels AS FROM candidates.labels_as_words")


def manifest_of(lake: Lake, tables: Iterable[Table]) -> list[LandedFile]:
    """What landed, if any of the tables is made of it."""
    return read_manifest(lake) if any(layer == "candidates" for layer, _ in tables) else []


def extent(lake: Lake, tables: Iterable[Table], landed: Sequence[LandedFile]) -> tuple[set[int], int]:
    """The months that the monthly ones among `tables` have rows in, and the rows of the longest of them."""
    months: set[int] = set()
    longest = 0
    for layer, name in _of_the_lake(tables):
        if layer == "candidates":
            files = [file for file in current_files(landed) if file.months and name in tables_of(file.kinds)]
            months |= set(landed_months(files))
            longest = max(longest, sum(file.rows for file in files))
        elif (state := lake.state((layer, name))) and state.partition_by:
            months |= {
                int(year) * 100 + int(month)
                for year, month in re.findall(MONTH_FOLDER, "\n".join(state.files), re.MULTILINE)
            }
            longest = max(longest, state.rows)
    return months, longest


def _of_the_lake(tables: Iterable[Table]) -> list[Table]:
    return [table for table in sorted(set(tables)) if table[0] in ("candidates", "cleandata")]


def delta_relation(lake: Lake, table: Table, months: MonthRange | None = None) -> Relation:
    """The current version of a Delta table."""
    state = lake.state(table)
    if state is None:
        raise ConfigurationError(f"{'.'.join(table)} has not been built yet; materialize it first")
    files = state.files
    months = months if state.partition_by else None
    if months:
        folders = {f"/year={p['year']}/month={p['month']}/" for p in months.partitions}
        files = tuple(file for file in files if any(folder in file for folder in folders))
    return Relation(table, state.columns, files, state.partition_by, version=state.version, months=months)


def delta_query(lake: Lake, table: Table) -> str:
    """A SELECT over the current files of a Delta table."""
    return select(delta_relation(lake, table))


def select(relation: Relation) -> str:
    """A relation of files as DuckDB's SELECT.

    With a schema that is told DuckDB opens no file to find one, but takes all of them together for one row, and joins
    accordingly: so that is for those alone that need it. To unite their schemas it would open each file once more.
    """
    typed = ", ".join(f"{literal(name)}: {relation.columns[name]}" for name in relation.partition_by)
    hive = f"true, hive_types = {{{typed}}}" if typed else "false"
    columns = ", ".join(
        f"CAST({quoted(name)} AS {relation.table[0]}.{words_type(name)}) AS {quoted(name)}"
        if name in relation.words
        else quoted(name)
        for name in relation.columns
    )
    where = f" WHERE {relation.where}" if relation.where else ""
    ways = ((relation.files, ""), (relation.others, f", schema = {_schema(relation.stored)}"))
    selects = (
        f"SELECT {columns} FROM read_parquet({addresses(files)}, hive_partitioning = {hive}{schema}){where}"
        for files, schema in ways
        if files
    )
    return " UNION ALL ".join(selects) or _empty(relation.columns)


def _schema(columns: Mapping[str, str]) -> str:
    fields = (
        f"{literal(name)}: {{name: {literal(name)}, type: {literal(type)}, default_value: NULL}}"
        for name, type in columns.items()
    )
    return f"MAP {{{', '.join(fields)}}}"


def addresses(files: Iterable[str]) -> str:
    """Files as a DuckDB list of exactly these: what looks like a wildcard in a name is none."""
    return f"[{', '.join(literal(glob.escape(file)) for file in files)}]"


def _literals(words: Iterable[str]) -> str:
    return ", ".join(map(literal, words))


def _create(connection: "DuckDBPyConnection", relation: Relation) -> None:
    """A relation of rows as a table."""
    layer, name = relation.table
    types = {**relation.columns, **{column: f"{layer}.{words_type(column)}" for column in relation.words}}
    create(connection, f"{layer}.{quoted(name)}", types, relation.rows)


def candidate_rows(lake: Lake, name: str, files: Iterable[LandedFile]) -> Relation:
    """The candidate rows of landed files that fill the table."""
    found = [
        (file.layout == layout_of(file.kinds), lake.address(candidate_object(name, file.file_id))) for file in files
    ]
    same, others = (tuple(path for is_same, path in found if is_same == wanted) for wanted in (True, False))
    # Rows that a test of their format rejected stay in the file, with its number.
    where = "problem IS NULL" if name in ROWS.values() else ""
    return Relation(("candidates", name), CANDIDATES[name], same, where=where, others=others, stored=stored_types(name))


def _candidates(lake: Lake, landed: Sequence[LandedFile], name: str, months: MonthRange | None) -> Relation:
    """Candidate rows of the files that count now; `candidates.files` are the records of these files."""
    if name == "files":
        is_current = list(MANIFEST_COLUMNS).index("is_current")
        current = tuple(row for row in manifest_rows(landed) if row[is_current])
        return Relation(("candidates", name), MANIFEST_COLUMNS, rows=current)
    if name in SAID:
        said = read_listeners(lake).values()
        rows: tuple[tuple[Any, ...], ...] = exclusion_rows(said) if name == "exclusions" else offset_rows(said)
        return Relation(("candidates", name), SAID[name], rows=rows)
    if name not in CANDIDATES:
        raise ConfigurationError(f"there is no table candidates.{name}; there are {', '.join(CANDIDATES)}")
    wanted = set(months) if months else None
    relation = candidate_rows(
        lake,
        name,
        (
            file
            for file in current_files(landed)
            if name in tables_of(file.kinds) and (wanted is None or not file.months or wanted & set(file.months))
        ),
    )
    if months and "chart_date" in relation.columns:
        within = f"chart_date >= DATE '{months.start}' AND chart_date < DATE '{months.end}'"
        return replace(relation, where=" AND ".join(filter(None, (relation.where, within))))
    return relation


def _empty(columns: Mapping[str, str]) -> str:
    nulls = ", ".join(f"CAST(NULL AS {type}) AS {quoted(name)}" for name, type in columns.items())
    return f"SELECT {nulls} WHERE FALSE"
