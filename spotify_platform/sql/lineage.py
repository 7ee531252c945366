"""Which columns a model puts out, of which type, and from which columns of which tables they come."""

from collections.abc import Mapping

from spotify_platform.errors import ModelError
from spotify_platform.sql.model import SqlModel, TableName

Schemas = Mapping[TableName, Mapping[str, str]]
"""The columns of every table a model may read: (schema, table) → column → DuckDB type."""


def output_columns(model: SqlModel, schemas: Schemas) -> dict[str, str]:
    """Column → DuckDB type, in order, as DuckDB itself finds them over empty tables.

    Raises ModelError if an upstream table is not in `schemas`, or DuckDB does not accept the query.
    """
    import duckdb

    upstream = _upstream(model, schemas)
    with duckdb.connect(":memory:") as connection:
        for schema in {schema for schema, _ in upstream}:
            connection.execute(f"CREATE SCHEMA {schema}")
        for (schema, table), columns in upstream.items():
            listing = ", ".join(f'"{column}" {type_}' for column, type_ in columns.items())
            connection.execute(f"CREATE TABLE {schema}.{table} ({listing})")
        try:
            described = connection.execute(f"DESCRIBE {model.sql}").fetchall()
        except duckdb.Error as error:
            raise ModelError(f"{model.origin}: DuckDB does not accept the query: {error}") from error
    return {name: type_ for name, type_, *_ in described}


def column_lineage(model: SqlModel, schemas: Schemas) -> dict[str, list[tuple[str, str, str]]]:
    """Column → the (schema, table, column)s that its value is computed from, sorted.

    CTEs and subqueries are followed to the tables. What merely filters, joins or groups rows is left
    out: COUNT(*) comes from no column. Raises ModelError if an upstream table is not in `schemas`, or a
    column is in none of its tables.
    """
    from spotify_platform.sql.tracing import trace

    upstream = _upstream(model, schemas)
    try:
        return {column: sorted(sources) for column, sources in trace(model.sql, upstream).items()}
    except ModelError as error:
        raise ModelError(f"{model.origin}: {error}") from error


def passed_along(model: SqlModel) -> frozenset[str]:
    """The columns that a model takes as they are, and under their names, from every row of its one table.

    None of a model that filters, joins or groups rows.
    """
    from spotify_platform.sql import engines

    return engines.passed_along(model.sql)


def _upstream(model: SqlModel, schemas: Schemas) -> dict[TableName, Mapping[str, str]]:
    missing = [".".join(table) for table in model.upstream if table not in schemas]
    if missing:
        raise ModelError(f"{model.origin}: the columns of {', '.join(missing)} are not known")
    return {table: schemas[table] for table in model.upstream}
