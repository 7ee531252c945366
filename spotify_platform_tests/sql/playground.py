"""Two small tables of the examples, and T-SQL read back into DuckDB."""

from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from spotify_platform.sql.constructs import EXAMPLE_TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLAYS = """
('4uLU6hMCjMI75M1A2tKUQC', 'a1', 'Alpha, Beta', 'de', '2024-02-29', '2024-03-01 00:30:00', 1, 3, 100, 0.5, true, 0),
('4uLU6hMCjMI75M1A2tKUQC', 'a1', 'Alpha, Beta', 'fr', '2024-03-01', '2024-03-01 23:59:59', 2, 0, NULL, 1.5, false, 11),
('4uLU6hMCjMI75M1A2tKUQC', 'a1', 'A  b\tc', '12', '2023-12-31', '2024-01-01 00:00:00', 7, -9, 5000000000, 2.5, NULL, NULL),
('5track/4uLU6hMCjMI75M1A2tKUQC', 'a2', ' Remix, ', '2024-01-02', '1899-12-30', '2024-01-01 00:00:00', 60, 16, 7, -2.5, true, 5),
('zz', 'a9', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
('zz', 'a9', 'track/4uLU6hMCjMI75M1A2tKUQC?si', 'de', '2024-03-02', '2024-03-05 10:00:00', 3, 1, 7, -0.7, true, 5)
"""
ARTISTS = "('a1', 'Ann', 'pop'), ('a2', 'Bob', 'rock'), ('a3', 'Cyd', NULL)"

# What sqlglot's reader of T-SQL leaves as it stands, in DuckDB's words.
_AGGREGATES = {"STDEVP": "STDDEV_POP", "STDEV": "STDDEV_SAMP", "VARP": "VAR_POP", "VAR": "VAR_SAMP"}
_TYPES = {exp.DType.BIT: "BOOLEAN", exp.DType.FLOAT: "DOUBLE"}


def create_examples(connection: "DuckDBPyConnection") -> None:
    """Schema `warehouse` with the tables that the examples read: NULLs, ties, edges of months."""
    connection.execute("CREATE SCHEMA warehouse")
    for table, columns in EXAMPLE_TABLES.items():
        listing = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
        connection.execute(f"CREATE TABLE warehouse.{table} ({listing})")
    connection.execute(f"INSERT INTO warehouse.plays VALUES {PLAYS}")
    connection.execute(f"INSERT INTO warehouse.artists VALUES {ARTISTS}")


def rows(connection: "DuckDBPyConnection", query: str) -> list[tuple[Any, ...]]:
    """The rows of a query as a sorted list, fractions to nine digits."""
    return comparable(connection.execute(query).fetchall())


def comparable(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    rounded = [tuple(round(v, 9) if isinstance(v, float) else v for v in row) for row in found]
    return sorted(rounded, key=repr)


def read_back(tsql: str) -> str:
    """T-SQL as DuckDB would say it, by way of sqlglot's reader of T-SQL, which knows nothing of our writer."""

    def known(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.DataType) and node.this in _TYPES:
            return exp.DataType.build(_TYPES[node.this], dialect="duckdb")
        if isinstance(node, exp.Anonymous) and node.name.upper() in _AGGREGATES:
            return exp.func(_AGGREGATES[node.name.upper()], *node.expressions)
        if isinstance(node, exp.DateAdd):  # of a DATE, which stays one
            return exp.cast(exp.Anonymous(this="DATE_ADD", expressions=[node.this, node.expression]), "DATE")
        return node

    return sqlglot.parse_one(tsql, read="tsql").transform(known).sql("duckdb")
