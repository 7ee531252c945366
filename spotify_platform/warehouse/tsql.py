"""Every T-SQL statement that the platform says, for a Synapse dedicated pool and for a Fabric Warehouse.

Pure: names, types and texts in, statements out. Where the two differ, it is decided here. A dedicated pool takes
no DDL in a transaction, distributes its tables and renames them; Fabric does neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from spotify_platform.contract import Contract

Pool = Literal["synapse", "fabric"]
Name = tuple[str, str]
"""(schema, table)"""

LEDGER: Name = ("platform", "tables")
DIGESTS: Name = ("platform", "digests")
POINTER: Name = ("platform", "published")
COPIES: Name = ("platform", "copies")
SLOTS = ("a", "b")
BINARY = "COLLATE Latin1_General_100_BIN2"
"""Spotify's ids differ by case alone, and a dedicated pool compares without case unless it is told otherwise."""
TYPES: dict[str, str] = {
    "BOOLEAN": "BIT",
    "SMALLINT": "SMALLINT",
    "INTEGER": "INT",
    "BIGINT": "BIGINT",
    "DOUBLE": "FLOAT",
    "DATE": "DATE",
    "TIMESTAMP": "DATETIME2(6)",
}
TEXTS: dict[Pool, str] = {"synapse": "NVARCHAR(4000)", "fabric": "VARCHAR(8000)"}
DUCKDB_TYPES = {
    "bit": "BOOLEAN",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "DOUBLE",
    "date": "DATE",
    "datetime2": "TIMESTAMP",
    "nvarchar": "VARCHAR",
    "varchar": "VARCHAR",
}
"""What INFORMATION_SCHEMA calls the types of our tables."""


@dataclass(frozen=True)
class Layout:
    """How a dedicated pool lays a table out: `distribution` and `index` as in its WITH clause; columns of statistics.

    Fabric lays its tables out by itself.
    """

    distribution: str = "ROUND_ROBIN"
    index: str = "CLUSTERED COLUMNSTORE INDEX"
    statistics: tuple[str, ...] = ()


HEAP = Layout(index="HEAP")


def layout_of(table: Name, contract: Contract) -> Layout:
    """The layout of a table that says nothing of its own: small ones on every node, others by their track."""
    _, name = table
    statistics = tuple(column for column in contract.grain if contract.types[column] != "BOOLEAN")
    if name.startswith(("dim_", "bridge_")):
        return Layout("REPLICATE", statistics=statistics)
    if "track_id" in contract.names:
        return Layout("HASH([track_id])", statistics=statistics)
    return Layout(statistics=statistics)


def quoted(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"


def named(table: Name) -> str:
    return ".".join(map(quoted, table))


def text(value: str) -> str:
    """A text literal, of any letters."""
    return "N'" + value.replace("'", "''") + "'"


def literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else text(value)


def columns(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))


def type_of(pool: Pool, duckdb_type: str, *, collated: bool = True) -> str:
    """A column's type; text compares by its bytes, so that two ids are one only where they are the same."""
    if duckdb_type != "VARCHAR":
        return TYPES[duckdb_type]
    return f"{TEXTS[pool]} {BINARY}" if collated and pool == "synapse" else TEXTS[pool]


def typed(pool: Pool, name: str, duckdb_type: str) -> str:
    """A column of the contract's type, as a SELECT puts it out."""
    value = f"CAST({quoted(name)} AS {type_of(pool, duckdb_type, collated=False)})"
    collation = f" {BINARY}" if duckdb_type == "VARCHAR" and pool == "synapse" else ""
    return f"{value}{collation} AS {quoted(name)}"


def _with(pool: Pool, layout: Layout) -> str:
    return f" WITH (DISTRIBUTION = {layout.distribution}, {layout.index})" if pool == "synapse" else ""


def create_schema(schema: str) -> str:
    return f"IF SCHEMA_ID({text(schema)}) IS NULL EXEC({text(f'CREATE SCHEMA {quoted(schema)}')})"


def create_table(pool: Pool, table: Name, types: Mapping[str, str], layout: Layout = HEAP) -> str:
    listing = ", ".join(f"{quoted(name)} {type_of(pool, type)} NULL" for name, type in types.items())
    return f"CREATE TABLE {named(table)} ({listing}){_with(pool, layout)}"


def create_if_missing(pool: Pool, table: Name, types: Mapping[str, str]) -> str:
    """The same where there is no such table yet."""
    return f"IF OBJECT_ID({text('.'.join(table))}, N'U') IS NULL {create_table(pool, table, types)}"


def create_table_as(pool: Pool, table: Name, select: str, layout: Layout) -> str:
    return f"CREATE TABLE {named(table)}{_with(pool, layout)} AS {select}"


def copy_into(pool: Pool, table: Name, names: Sequence[str], urls: Sequence[str]) -> str:
    """Load Parquet files, whose columns are those of `names` in this order; who we are is no secret in the text."""
    places = ", ".join(text(url).removeprefix("N") for url in urls)
    identity = ", CREDENTIAL = (IDENTITY = 'Managed Identity')" if pool == "synapse" else ""
    return f"COPY INTO {named(table)} ({columns(names)}) FROM {places} WITH (FILE_TYPE = 'PARQUET'{identity})"


def count(table: Name, where: str = "") -> str:
    return f"SELECT COUNT_BIG(*) AS [rows] FROM {named(table)}{_where(where)}"


def select_all(table: Name, names: Sequence[str], where: str = "") -> str:
    return f"SELECT {columns(names)} FROM {named(table)}{_where(where)}"


def select_typed(pool: Pool, table: Name, types: Mapping[str, str]) -> str:
    """The columns of a contract, in its types and order."""
    return f"SELECT {', '.join(typed(pool, n, t) for n, t in types.items())} FROM {named(table)}"


def insert_from(table: Name, names: Sequence[str], source: Name, constants: Mapping[str, int] | None = None) -> str:
    """Append the rows of another table; `constants` are columns that it lacks."""
    constants = constants or {}
    values = "".join(f", {value} AS {quoted(name)}" for name, value in constants.items())
    return f"INSERT INTO {named(table)} ({columns([*names, *constants])}) SELECT {columns(names)}{values} FROM {named(source)}"


def insert_values(table: Name, values: Mapping[str, str | int | None]) -> str:
    return f"INSERT INTO {named(table)} ({columns(list(values))}) VALUES ({', '.join(map(literal, values.values()))})"


def delete(table: Name, where: str) -> str:
    return f"DELETE FROM {named(table)}{_where(where)}"


def truncate(table: Name) -> str:
    return f"TRUNCATE TABLE {named(table)}"


def drop_table(table: Name) -> str:
    return f"DROP TABLE IF EXISTS {named(table)}"


def rename(pool: Pool, table: Name, name: str) -> str:
    if pool == "synapse":
        return f"RENAME OBJECT {named(table)} TO {quoted(name)}"
    return f"EXEC sp_rename {text('.'.join(table))}, {text(name)}"


def create_statistics(table: Name, column: str) -> str:
    return f"CREATE STATISTICS {quoted(f'stat_{column}')} ON {named(table)} ({quoted(column)})"


def update_statistics(table: Name, column: str) -> str:
    return f"UPDATE STATISTICS {named(table)} ({quoted(f'stat_{column}')})"


def equals(values: Mapping[str, str | int]) -> str:
    """A condition that columns have these values."""
    return " AND ".join(f"{quoted(name)} = {literal(value)}" for name, value in values.items())


def days(column: str, first: str, end: str) -> str:
    """A condition that a date lies in [first, end), both ISO."""
    return f"{quoted(column)} >= {_date(first)} AND {quoted(column)} < {_date(end)}"


def tables_like(schema: str, prefix: str) -> str:
    """The tables of a schema whose names begin so."""
    return (
        "SELECT [TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES] "
        f"WHERE [TABLE_SCHEMA] = {text(schema)} AND LEFT([TABLE_NAME], {len(prefix)}) = {text(prefix)}"
    )


def column_types(table: Name) -> str:
    schema, name = table
    return (
        "SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] "
        f"WHERE [TABLE_SCHEMA] = {text(schema)} AND [TABLE_NAME] = {text(name)} ORDER BY [ORDINAL_POSITION]"
    )


def columns_of(schemas: Sequence[str]) -> str:
    """The columns of every table and view of some schemas."""
    listed = ", ".join(map(text, schemas))
    return (
        "SELECT [TABLE_SCHEMA], [TABLE_NAME], [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] "
        f"WHERE [TABLE_SCHEMA] IN ({listed}) ORDER BY [TABLE_SCHEMA], [TABLE_NAME], [ORDINAL_POSITION]"
    )


def slot_schema(slot: str) -> str:
    """The schema in which a slot keeps its copies."""
    return f"published_{slot}"


def published_view(table: str, names: Sequence[str], slots: Mapping[str, Sequence[str]]) -> str:
    """A reader's view, to CREATE or to ALTER: the rows of the slot that the pointer names.

    `slots` are those that have the table, with its columns there. A column that an older slot lacks is NULL there.
    """
    parts = []
    for slot, present in slots.items():
        listing = ", ".join(f"[t].{quoted(n)}" if n in present else f"NULL AS {quoted(n)}" for n in names)
        parts.append(
            f"SELECT {listing} FROM {named((slot_schema(slot), table))} AS [t] "
            f"CROSS JOIN {named(POINTER)} AS [p] WHERE [p].[slot] = {text(slot)}"
        )
    return f"VIEW {named(('published', table))} AS {' UNION ALL '.join(parts)}"


def drop_view(view: Name) -> str:
    return f"DROP VIEW IF EXISTS {named(view)}"


def switch(slot: str, version: int, published_at: str) -> str:
    """What makes a version the published one, at once for every view."""
    return f"UPDATE {named(POINTER)} SET [slot] = {text(slot)}, [version] = {version}, [published_at] = {text(published_at)}"


def serverless_view(table: Name, url: str) -> str:
    """A view of a serverless pool over a Delta table as it lies in the lake; `url` is its folder's https address."""
    return (
        f"CREATE OR ALTER VIEW {named(table)} AS "
        f"SELECT * FROM OPENROWSET(BULK {text(url).removeprefix('N')}, FORMAT = 'DELTA') AS [rows]"
    )


def _date(day: str) -> str:
    return f"CAST({text(day).removeprefix('N')} AS DATE)"


def _where(condition: str) -> str:
    return f" WHERE {condition}" if condition else ""
