"""DuckDB in this process, opened one way."""

import atexit
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.contract import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SETTINGS = ("threads", "memory_limit", "temp_directory", "preserve_insertion_order", "disabled_optimizers")
"""What those who connect set."""

_idle: list["DuckDBPyConnection"] = []
"""Instances that nobody uses now: a new one costs 25 ms of CPU, and a run needs more than a hundred."""


@contextmanager
def connect(
    threads: int | None = None, memory_limit: str | None = None, scratch: Path | None = None, file: Path | None = None
) -> "Iterator[DuckDBPyConnection]":
    """A database in memory, or in `file`, bounded where told; what does not fit is spilled into `scratch`.

    Nobody else has its instance meanwhile. It is used again afterwards unless something went wrong.
    """
    import duckdb

    instance = _idle.pop() if _idle else duckdb.connect()
    try:
        with instance.cursor() as connection:
            # A statement that fails may else wait for its own asynchronous writes for ever:
            # https://github.com/duckdb/duckdb/issues/23885
            connection.execute("SET async_threads = 0")
            if threads is not None:
                connection.execute(f"SET threads = {threads}")
            if memory_limit is not None:
                connection.execute(f"SET memory_limit = {literal(memory_limit)}")
            if scratch is not None:
                connection.execute(f"SET temp_directory = {literal(str(scratch))}")
            connection.execute(f"ATTACH {literal(str(file or ':memory:'))} AS spotify")
            connection.execute("USE spotify")
            yield connection
        if not _clean(instance):
            instance.close()
            return
    except BaseException:
        instance.close()
        raise
    _idle.append(instance)


@contextmanager
def writing_enums(connection: "DuckDBPyConnection") -> Iterator[None]:
    """Write ENUMs to Parquet with one thread.

    Several share the marks of which words occur, without a lock, and what is not marked is written as an empty text:
    DuckDB 2.0 loses a rare word now and then (the marks came with https://github.com/duckdb/duckdb/pull/22658).
    """
    [(threads,)] = connection.execute("SELECT current_setting('threads')").fetchall()
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute(f"SET threads = {threads}")


def _clean(instance: "DuckDBPyConnection") -> bool:
    """Leave nothing of what was done with an instance. False where that cannot be: one that has spilled keeps its folder."""
    import duckdb

    left = """
        SELECT 'DETACH', database_name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory'
        UNION ALL SELECT 'DROP SECRET', name FROM duckdb_secrets()"""
    for undo, name in instance.execute(left).fetchall():
        instance.execute(f'{undo} "{name}"')
    try:
        instance.execute("; ".join(f"RESET {setting}" for setting in SETTINGS))
    except duckdb.NotImplementedException:
        return False
    return True


@atexit.register
def _close_idle() -> None:
    while _idle:
        _idle.pop().close()


def answer(connection: "DuckDBPyConnection", sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a query."""
    cursor = connection.execute(sql)
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def create(
    connection: "DuckDBPyConnection", table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """A table, instead of what there may be of its name; `columns` are their DuckDB types, in the order of a row."""
    listing = ", ".join(f"{quoted(column)} {type}" for column, type in columns.items())
    connection.execute(f"CREATE OR REPLACE TABLE {table} ({listing})")
    insert(connection, table, rows)


def insert(connection: "DuckDBPyConnection", table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Append rows to a table, all at once: executemany runs a statement for each, and pyarrow's arrays import pandas."""
    if rows:
        values = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f"INSERT INTO {table} SELECT {', '.join(['unnest(?)'] * len(values))}", values)
