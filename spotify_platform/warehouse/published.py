"""The published version: what readers open, whole and read-only, while the next one is being written.

Publishing copies the warehouse file, adds the manifest, the receipts and views of the lake's tables at
their current version, and swaps it in with one rename. A reader that has the old file open keeps it.
"""

import json
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from spotify_platform.contract import literal, quoted
from spotify_platform.errors import ConfigurationError, PermanentError
from spotify_platform.lake.engine import answer, create
from spotify_platform.lake.interface import Lake, Table
from spotify_platform.lake.relations import delta_query
from spotify_platform.landing.manifest import (
    MANIFEST_COLUMNS,
    RECEIPT_COLUMNS,
    manifest_rows,
    read_manifest,
    read_receipts,
)
from spotify_platform.warehouse.duckdb import SCHEMAS, STORED, DuckDBWarehouse
from spotify_platform.warehouse.interface import Answer, Version, refuse_if_shrunk

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

READABLE = ("raw", "cleandata", *SCHEMAS)
"""The schemas that a reader sees."""


def publish(
    warehouse: DuckDBWarehouse,
    lake: Lake,
    lake_tables: list[Table],
    target: Path,
    *,
    tolerance: float,
    published_at: str,
    may_shrink: Collection[Table] = (),
) -> Version:
    """Replace the published version by a copy of the warehouse as it is.

    Raises `PublishRefusedError` where nothing is in the build, or a table has lost more than `tolerance`
    of its published rows, unless it is one that `may_shrink`; the published version then stays.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}")  # always this name: what a killed publisher left is found
    with warehouse.connect() as connection:  # its lock is held to the end: one publisher at a time
        previous = current_version(target)
        rows = _row_counts(connection)
        refuse_if_shrunk(rows, previous.rows if previous else {}, tolerance, may_shrink)
        connection.execute("CHECKPOINT")
        version = Version((previous.number if previous else 0) + 1, published_at, rows)
        _remove(beside)
        try:
            shutil.copyfile(warehouse.file, beside)
            _complete(beside, lake, lake_tables, version)
            with beside.open("rb") as file:
                os.fsync(file.fileno())
            beside.replace(target)
        finally:
            _remove(beside)
    return version


def current_version(target: Path) -> Version | None:
    """The version that readers see, or None where nothing has been published."""
    if not target.exists():
        return None
    with open_published(target) as connection:
        [(number, published_at, rows)] = connection.execute("SELECT * FROM published.version").fetchall()
    return Version(number, published_at, json.loads(rows))


def lake_files(target: Path) -> set[str]:
    """Names, without folders, of the Parquet files that the views of the published version read."""
    if not target.exists():
        return set()
    with open_published(target) as connection:
        views = connection.execute("SELECT sql FROM duckdb_views() WHERE NOT internal").fetchall()
    return {name for (sql,) in views for name in re.findall(r"[^/']+\.parquet(?=')", sql)}


@contextmanager
def open_published(target: Path) -> "Iterator[DuckDBPyConnection]":
    """A read-only connection to the published version. Raises `ConfigurationError` where there is none.

    Attached to an instance of its own: connections to a file share one instance within a process, and
    with it their settings and the version that the first of them opened.
    """
    import duckdb

    if not target.exists():
        raise ConfigurationError("nothing has been published in this world yet; start with: spotify-platform run")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(str(target))} AS spotify (READ_ONLY)")
        connection.execute("USE spotify")
        yield connection


def select(target: Path, sql: str, readable_folder: Path) -> Answer:
    """Column names and rows of one SELECT on the published version.

    Nothing but the lake can be read from disk and nothing written. Raises `PermanentError` for a
    statement that is no query, or that DuckDB refuses.
    """
    import duckdb

    with open_published(target) as connection:
        connection.execute(f"SET allowed_directories = [{literal(str(readable_folder))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise PermanentError("sql answers one SELECT; the published version is read-only")
            return answer(connection, sql)
        except duckdb.Error as error:
            raise PermanentError(f"{error}\nSchemas to read: {', '.join(READABLE)}") from None


def _remove(database: Path) -> None:
    for file in (database, database.with_name(f"{database.name}.wal")):
        file.unlink(missing_ok=True)


def _row_counts(connection: "DuckDBPyConnection") -> dict[str, int]:
    names = connection.execute(
        f"SELECT schema_name || '.' || name FROM ({STORED}) "
        f"WHERE schema_name IN ({', '.join(map(literal, SCHEMAS))}) ORDER BY 1"
    ).fetchall()
    counted = " UNION ALL ".join(f"SELECT {literal(name)}, COUNT(*) FROM {name}" for (name,) in names)
    return dict(connection.execute(counted).fetchall()) if counted else {}


def _complete(file: Path, lake: Lake, lake_tables: list[Table], version: Version) -> None:
    import duckdb

    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE SCHEMA raw")
        files = read_manifest(lake)
        create(connection, "raw.manifest", MANIFEST_COLUMNS, manifest_rows(files))
        receipts = [
            (r.file_id, r.table_name, r.rows_read, r.loaded, r.duplicate, r.skipped, r.rejected, json.dumps(r.reasons))
            for r in read_receipts(lake)
        ]
        create(connection, "raw.receipts", RECEIPT_COLUMNS, receipts)
        connection.execute("CREATE SCHEMA cleandata")
        lake.register(connection)
        # A reader has no key to a lake elsewhere: of such a one the rows are published.
        kind = "VIEW" if lake.is_local else "TABLE"
        for table in lake_tables:
            if lake.state(table) is not None:
                connection.execute(f"CREATE {kind} cleandata.{quoted(table[1])} AS {delta_query(lake, table)}")
        connection.execute("DROP SCHEMA platform CASCADE")
        connection.execute("CREATE SCHEMA published")
        columns = {"number": "BIGINT", "published_at": "VARCHAR", "rows": "VARCHAR"}
        row = (version.number, version.published_at, json.dumps(dict(version.rows)))
        create(connection, "published.version", columns, [row])
        connection.execute("CHECKPOINT")
