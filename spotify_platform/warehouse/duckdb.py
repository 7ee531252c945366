"""The warehouse as one DuckDB file: one writer at a time, every table replaced in a transaction.

Only writers open this file. Readers open the published copy (`spotify_platform.warehouse.published`).
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spotify_platform.contract import NOTHING_KNOWN, Contract, Evaluation, Known, evaluate, literal, quoted, require
from spotify_platform.errors import BusyError, ConfigurationError, ModelError
from spotify_platform.lake.engine import answer
from spotify_platform.lake.engine import connect as open_database
from spotify_platform.lake.interface import Lake, Table
from spotify_platform.months import MonthRange
from spotify_platform.warehouse.interface import Answer, Stored, Version

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMAS = ("warehouse", "marts", "ml")
LOCK_SECONDS = 600
"""How long a writer waits for the one before it: a full build of 26 million rows takes less."""

CREATE_LEDGER = """
    CREATE SCHEMA IF NOT EXISTS platform;
    CREATE TABLE IF NOT EXISTS platform.tables (
        schema_name VARCHAR, table_name VARCHAR, month_column VARCHAR, rows BIGINT, evaluation JSON,
        PRIMARY KEY (schema_name, table_name))"""

STORED = """
    SELECT 'TABLE' AS kind, schema_name, table_name AS name FROM duckdb_tables()
    WHERE database_name = current_database()
    UNION ALL
    SELECT 'VIEW', schema_name, view_name FROM duckdb_views() WHERE database_name = current_database() AND NOT internal"""
"""Every table and view of the file."""


@dataclass(frozen=True)
class DuckDBWarehouse:
    """A `Warehouse` in `file`, whose readers open `published_file`, and what DuckDB may use to write it.

    `readable` is the folder of the local lake, which the published version has views of.
    """

    file: Path
    threads: int
    memory_limit: str
    published_file: Path | None = None
    readable: Path | None = None

    def query(self, sql: str) -> Answer:
        with self.connect() as connection:
            return answer(connection, sql)

    def verify(self, table: Table, contract: Contract) -> Evaluation:
        with self.connect() as connection:
            return verify(connection, table, contract)

    def erase(self, *tables: Table) -> None:
        self._published_file.unlink(missing_ok=True)
        if not self.file.exists():
            return
        with self.connect() as connection:
            for table in tables:
                if kind := _kind(connection, table):
                    connection.execute(f"DROP {kind} {table[0]}.{quoted(table[1])}")
                connection.execute("DELETE FROM platform.tables WHERE schema_name = ? AND table_name = ?", list(table))
            self._rewrite(connection)

    def _rewrite(self, connection: "DuckDBPyConnection") -> None:
        """Make the file anew of what it holds: DuckDB leaves the bytes of what was dropped where they were."""
        beside = self.file.with_name(f".{self.file.name}")
        beside.unlink(missing_ok=True)
        connection.execute(f"ATTACH {literal(str(beside))} AS anew")
        connection.execute("COPY FROM DATABASE spotify TO anew")
        connection.execute("DETACH anew")
        beside.replace(self.file)
        self.file.with_name(f"{self.file.name}.wal").unlink(missing_ok=True)

    def publish(
        self,
        lake: Lake,
        lake_tables: Sequence[Table],
        *,
        tolerance: float,
        published_at: str,
        may_shrink: Collection[Table] = (),
    ) -> Version:
        from spotify_platform.warehouse.published import publish

        tables, target = list(lake_tables), self._published_file
        return publish(
            self, lake, tables, target, tolerance=tolerance, published_at=published_at, may_shrink=may_shrink
        )

    def published(self) -> Version | None:
        from spotify_platform.warehouse.published import current_version

        return current_version(self._published_file)

    def lake_files(self) -> set[str]:
        from spotify_platform.warehouse.published import lake_files

        return lake_files(self._published_file)

    def published_name(self, table: Table) -> str:
        return ".".join(map(quoted, table))

    def select(self, sql: str) -> Answer:
        from spotify_platform.warehouse.published import select

        return select(self._published_file, sql, self.readable or self._published_file.parent)

    @property
    def _published_file(self) -> Path:
        return self.published_file or self.file.parent / "published" / self.file.name

    @contextmanager
    def connect(self) -> "Iterator[DuckDBPyConnection]":
        """The only connection to the file while it is open. Raises `BusyError` when another holds it."""
        import duckdb
        from filelock import FileLock, Timeout

        self.file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.file.with_suffix(".lock"), timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            raise BusyError(f"another writer has held {self.file} for {LOCK_SECONDS} s; run again later") from None
        with ExitStack() as stack:
            stack.callback(lock.release)
            try:
                connection = stack.enter_context(
                    open_database(self.threads, self.memory_limit, self.file.parent / "spill", self.file)
                )
            except duckdb.IOException as error:
                if "lock" not in str(error):
                    raise
                raise BusyError(f"another program has {self.file} open; close it, then run again: {error}") from None
            connection.execute("SET preserve_insertion_order = false")
            connection.execute(CREATE_LEDGER)
            yield connection


def store(
    connection: "DuckDBPyConnection",
    table: tuple[str, str],
    select: str,
    contract: Contract,
    *,
    month_column: str | None = None,
    months: MonthRange | None = None,
    as_view: bool = False,
    known: Known = NOTHING_KNOWN,
) -> Stored:
    """Replace a table, or some months of it, by the rows of `select`, by column name, in one transaction.

    The contract is evaluated before the commit: raises `ContractBreachError`, and the old rows stay. With `as_view`
    nothing is written: `select` itself is kept, which names files, and `months` are those whose rows are evaluated;
    what is `known` of these is not tested.
    """
    schema, name = table
    target = f"{schema}.{quoted(name)}"
    columns = ", ".join(quoted(column) for column in contract.names)
    typed = ", ".join(f"CAST({quoted(c.name)} AS {c.type}) AS {quoted(c.name)}" for c in contract.columns)
    rows = f"SELECT {typed} FROM ({select}) AS model"
    connection.execute("BEGIN")
    try:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        kind, written = "VIEW" if as_view else "TABLE", None
        if (before := _kind(connection, table)) not in (kind, None):
            connection.execute(f"DROP {before} {target}")
        existing = column_types(connection, table)
        within = in_months(month_column or "", months) if months else "TRUE"
        if as_view:
            connection.execute(f"CREATE OR REPLACE VIEW {target} AS {rows}")
        elif months is None or not existing:
            [(written,)] = connection.execute(f"CREATE OR REPLACE TABLE {target} AS {rows}").fetchall()
        else:
            if existing != contract.types:
                raise ConfigurationError(f"the columns of {schema}.{name} changed; build all of its months in one run")
            connection.execute(f"DELETE FROM {target} WHERE {within}")
            [(written,)] = connection.execute(f"INSERT INTO {target} ({columns}) {rows}").fetchall()
        relation = f"(SELECT * FROM {target} WHERE {within}) AS written" if months else target
        evaluation = evaluate(contract, relation, _described(connection, table), connection, known)
        require(contract, evaluation, f"{schema}.{name}")
        if written not in (None, evaluation.rows):
            strays = written - evaluation.rows
            raise ModelError(f"{schema}.{name}: {strays:,} rows lie outside of the months asked for")
        [(total,)] = connection.execute(f"SELECT COUNT(*) FROM {target}").fetchall()
        connection.execute(
            "INSERT OR REPLACE INTO platform.tables VALUES (?, ?, ?, ?, ?)",
            [schema, name, month_column, total, json.dumps(evaluation.to_json())],
        )
        _describe(connection, kind, target, contract)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return Stored(total, evaluation.rows, evaluation)


def verify(connection: "DuckDBPyConnection", table: tuple[str, str], contract: Contract) -> Evaluation:
    """The evaluation that was committed with the table, or a new one where the table is no longer that one."""
    schema, name = table
    target = f"{schema}.{quoted(name)}"
    types = column_types(connection, table)
    if not types:
        raise ConfigurationError(f"{schema}.{name} has not been built yet; materialize it first")
    [(rows,)] = connection.execute(f"SELECT COUNT(*) FROM {target}").fetchall()
    recorded = connection.execute(
        "SELECT rows, evaluation FROM platform.tables WHERE schema_name = ? AND table_name = ?", [schema, name]
    ).fetchall()
    if recorded and recorded[0][0] == rows and types == contract.types:
        return Evaluation.from_json({**json.loads(recorded[0][1]), "rows": rows})
    return evaluate(contract, target, types, connection)


def column_types(connection: "DuckDBPyConnection", table: tuple[str, str]) -> dict[str, str]:
    """Columns and types of a table or view of this file; empty where it does not exist."""
    return _described(connection, table) if _kind(connection, table) else {}


def _kind(connection: "DuckDBPyConnection", table: tuple[str, str]) -> str | None:
    """TABLE or VIEW, or None where this file has neither of the name."""
    found = connection.execute(
        f"SELECT kind FROM ({STORED}) WHERE schema_name = ? AND name = ?", list(table)
    ).fetchall()
    return found[0][0] if found else None


def _described(connection: "DuckDBPyConnection", table: tuple[str, str]) -> dict[str, str]:
    """The same of one that exists: a tenth of what looking for it costs."""
    # Not duckdb_columns(), which opens the files that the views of other databases read.
    schema, name = table
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {schema}.{quoted(name)}").fetchall()}


def monthly_tables(connection: "DuckDBPyConnection") -> dict[tuple[str, str], str]:
    """The tables that are built by month, with the column that tells a row's month."""
    rows = connection.execute(
        "SELECT schema_name, table_name, month_column FROM platform.tables WHERE month_column IS NOT NULL"
    )
    return {(schema, name): column for schema, name, column in rows.fetchall()}


def in_months(column: str, months: MonthRange) -> str:
    """The predicate that a date column lies in the months."""
    return f"{quoted(column)} >= DATE '{months.start}' AND {quoted(column)} < DATE '{months.end}'"


def _describe(connection: "DuckDBPyConnection", kind: str, target: str, contract: Contract) -> None:
    """Descriptions travel with the file: an analyst's client shows them."""
    connection.execute(f"COMMENT ON {kind} {target} IS {literal(contract.description)}")
    for column in contract.columns:
        connection.execute(f"COMMENT ON COLUMN {target}.{quoted(column.name)} IS {literal(column.description)}")
