"""The lake's tables as DuckDB relations: what `candidates.x` and `cleandata.x` mean in a SQL model."""

import glob
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from spotify_platform.contract import literal, quoted
from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.interface import Lake, Table
from spotify_platform.landing.format import Kind
from spotify_platform.landing.land import candidate_object
from spotify_platform.landing.manifest import (
    MANIFEST_COLUMNS,
    LandedFile,
    current_files,
    landed_months,
    manifest_rows,
    read_manifest,
)
from spotify_platform.landing.parse import CANDIDATES, ROWS, TABLES
from spotify_platform.months import MonthRange

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MONTH_FOLDER = r"/year=(\d+)/month=(\d+)/[^/\n]+$"


def bind(
    connection: "DuckDBPyConnection",
    lake: Lake,
    tables: Iterable[Table],
    months: MonthRange | None = None,
    landed: Sequence[LandedFile] | None = None,
) -> None:
    """Define the lake's tables among `tables` on the connection, or define them anew; monthly ones hold only `months`.

    Each layer is an attached in-memory database, so that nothing of it is stored in the connection's own.
    `landed` is the manifest, where it has been read. Raises `ConfigurationError` for a table that has not been built.
    """
    wanted = _of_the_lake(tables)
    lake.register(connection)
    for layer in sorted({layer for layer, _ in wanted}):
        connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {layer}")
    landed = manifest_of(lake, tables) if landed is None else landed
    for layer, name in wanted:
        if (layer, name) == ("candidates", "files"):
            _create_files(connection, landed)
            continue
        candidates = layer == "candidates"
        query = _candidates(lake, landed, name, months) if candidates else delta_query(lake, (layer, name), months)
        connection.execute(f"CREATE OR REPLACE VIEW {layer}.{quoted(name)} AS {query}")


def manifest_of(lake: Lake, tables: Iterable[Table]) -> list[LandedFile]:
    """What landed, if any of the tables is made of it."""
    return read_manifest(lake) if any(layer == "candidates" for layer, _ in tables) else []


def extent(lake: Lake, tables: Iterable[Table], landed: Sequence[LandedFile]) -> tuple[set[int], int]:
    """The months that the monthly ones among `tables` have rows in, and the rows of the longest of them."""
    months: set[int] = set()
    longest = 0
    for layer, name in _of_the_lake(tables):
        if layer == "candidates":
            files = [file for file in current_files(landed) if file.months and name in TABLES[file.kind]]
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


def delta_query(lake: Lake, table: Table, months: MonthRange | None = None) -> str:
    """A SELECT over the current files of a Delta table."""
    state = lake.state(table)
    if state is None:
        raise ConfigurationError(f"{'.'.join(table)} has not been built yet; materialize it first")
    files = list(state.files)
    if months and state.partition_by:
        folders = {f"/year={p['year']}/month={p['month']}/" for p in months.partitions}
        files = [file for file in files if any(folder in file for folder in folders)]
    if not files:
        return _empty(state.columns)
    typed = ", ".join(f"{literal(name)}: {state.columns[name]}" for name in state.partition_by)
    hive = f", hive_partitioning = true, hive_types = {{{typed}}}" if typed else ", hive_partitioning = false"
    columns = ", ".join(quoted(name) for name in state.columns)
    return f"SELECT {columns} FROM read_parquet({addresses(files)}{hive})"


def addresses(files: Iterable[str]) -> str:
    """Files as a DuckDB list of exactly these: what looks like a wildcard in a name is none."""
    return f"[{', '.join(literal(glob.escape(file)) for file in files)}]"


def _create_files(connection: "DuckDBPyConnection", landed: Sequence[LandedFile]) -> None:
    """`candidates.files`: the manifest records that count now."""
    columns = ", ".join(f"{quoted(name)} {type}" for name, type in MANIFEST_COLUMNS.items())
    connection.execute(f"CREATE OR REPLACE TABLE candidates.files ({columns})")
    current = MANIFEST_COLUMNS_INDEX["is_current"]
    rows = [row for row in manifest_rows(landed) if row[current]]
    if rows:
        marks = ", ".join("?" * len(MANIFEST_COLUMNS))
        connection.executemany(f"INSERT INTO candidates.files VALUES ({marks})", rows)


MANIFEST_COLUMNS_INDEX = {name: index for index, name in enumerate(MANIFEST_COLUMNS)}


def _candidates(lake: Lake, landed: Sequence[LandedFile], name: str, months: MonthRange | None) -> str:
    kinds: list[Kind] = [kind for kind, tables in TABLES.items() if name in tables]
    if not kinds:
        raise ConfigurationError(f"there is no table candidates.{name}; there are {', '.join(CANDIDATES)}")
    wanted = set(months) if months else None
    files = [
        lake.address(candidate_object(name, file.file_id))
        for file in current_files(landed)
        if file.kind in kinds and (wanted is None or not file.months or wanted & set(file.months))
    ]
    if not files:
        return _empty(CANDIDATES[name])
    tests = []
    if name in ROWS.values():  # rows that a test of their format rejected stay in the file, with its number
        tests.append("problem IS NULL")
    if months and "chart_date" in CANDIDATES[name]:
        tests.append(f"chart_date >= DATE '{months.start}' AND chart_date < DATE '{months.end}'")
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    columns = ", ".join(quoted(column) for column in CANDIDATES[name])
    return f"SELECT {columns} FROM read_parquet({addresses(files)}){where}"


def _empty(columns: Mapping[str, str]) -> str:
    nulls = ", ".join(f"CAST(NULL AS {type}) AS {quoted(name)}" for name, type in columns.items())
    return f"SELECT {nulls} WHERE FALSE"
