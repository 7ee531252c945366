"""Let a model read other tables than it names: only some of their rows, or views that bear another name."""

from collections.abc import Mapping

from spotify_platform.errors import ModelError
from spotify_platform.sql.model import Dialect, TableName


def restrict(sql: str, predicates: Mapping[TableName, str], dialect: Dialect = "duckdb") -> str:
    """`sql`, in which each table of `predicates` has only the rows for which its predicate holds.

    `sql` is in `dialect`: restrict what `render` returned. The predicates are conditions on the table's
    own columns, in the model dialect. Each reference becomes a filtered subquery under the same alias;
    all other text stays as it was. Raises ModelError if the model does not read one of the tables, or if
    a predicate is not one condition that `dialect` can say.
    """
    from spotify_platform.sql import engines
    from spotify_platform.sql.dialects import require_query

    conditions = {}
    for table, predicate in predicates.items():
        query = f"SELECT * FROM {'.'.join(table)} WHERE {predicate}"
        require_query(query, (dialect,), f"the restriction of {'.'.join(table)}")
        condition = engines.condition(query)
        conditions[table] = predicate if dialect == "duckdb" else engines.write(condition, dialect)

    cuts = [found for found in engines.references(sql, dialect) if found.table in conditions]
    unread = sorted(set(conditions) - {cut.table for cut in cuts})
    if unread:
        raise ModelError(f"cannot restrict {', '.join(map('.'.join, unread))}: the model does not read it")

    for cut in sorted(cuts, key=lambda cut: cut.start, reverse=True):
        alias = "" if cut.has_alias else f" AS {sql[cut.table_start : cut.end]}"
        rows = f"(SELECT * FROM {sql[cut.start : cut.end]} WHERE {conditions[cut.table]}){alias}"
        sql = sql[: cut.start] + rows + sql[cut.end :]
    return sql


def renamed(sql: str, names: Mapping[TableName, str], dialect: Dialect) -> str:
    """`sql`, in which each table of `names` goes by the one-part name given; its alias stays, or becomes its old name."""
    from spotify_platform.sql import engines

    for cut in sorted(engines.references(sql, dialect), key=lambda cut: cut.start, reverse=True):
        if cut.table in names:
            alias = "" if cut.has_alias else f" AS {sql[cut.table_start : cut.end]}"
            sql = f"{sql[: cut.start]}{names[cut.table]}{alias}{sql[cut.end :]}"
    return sql
