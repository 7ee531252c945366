"""Plain questions to the lake's tables, answered by DuckDB."""

from typing import Any

from spotify_platform.lake.engine import connect
from spotify_platform.lake.interface import Lake, Table
from spotify_platform.lake.relations import bind


def query(lake: Lake, sql: str, *tables: Table) -> list[tuple[Any, ...]]:
    """The rows of a query over the named tables of the lake."""
    with connect() as connection:
        bind(connection, lake, tables)
        return connection.execute(sql).fetchall()
