"""DuckDB in this process, opened one way."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.contract import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def connect(
    threads: int | None = None, memory_limit: str | None = None, scratch: Path | None = None
) -> "DuckDBPyConnection":
    """An in-memory database, bounded where told; what does not fit is spilled into `scratch`. Use it in a `with`."""
    import duckdb

    connection = duckdb.connect()
    # A statement that fails may else wait for its own asynchronous writes for ever:
    # https://github.com/duckdb/duckdb/issues/23885
    connection.execute("SET async_threads = 0")
    if threads is not None:
        connection.execute(f"SET threads = {threads}")
    if memory_limit is not None:
        connection.execute(f"SET memory_limit = {literal(memory_limit)}")
    if scratch is not None:
        connection.execute(f"SET temp_directory = {literal(str(scratch))}")
    return connection


def answer(connection: "DuckDBPyConnection", sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a query."""
    cursor = connection.execute(sql)
    return [column[0] for column in cursor.description or []], cursor.fetchall()
