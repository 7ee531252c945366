"""Follow the columns of a query down to the tables. Imports sqlglot: use `lineage`, which waits with that."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from spotify_platform.errors import ModelError
from spotify_platform.sql import engines
from spotify_platform.sql.model import TableName

Sources = frozenset[tuple[str, str, str]]
"""Of (schema, table, column)."""


def trace(sql: str, columns: Mapping[TableName, Mapping[str, str]]) -> dict[str, Sources]:
    """Output column → the columns its value is computed from. Raises ModelError if one cannot be found.

    The query is qualified once and each column of each CTE is followed once; sqlglot.lineage starts anew
    for every output column.
    """
    return dict(_traced(sql, tuple((table, tuple(types.items())) for table, types in columns.items())))


@lru_cache(maxsize=256)
def _traced(sql: str, columns: tuple[tuple[TableName, tuple[tuple[str, str], ...]], ...]) -> dict[str, Sources]:
    schema: dict[str, object] = {}
    for (name, table), types in columns:
        schema.setdefault(name, {})[table] = dict(types)  # type: ignore[index]
    try:
        tree = qualify(engines.parse(sql).copy(), dialect="duckdb", schema=schema)
    except SqlglotError as error:
        raise ModelError(f"a column cannot be traced: {error}") from error
    root = build_scope(tree)
    if root is None or not isinstance(tree, exp.Query):
        raise ModelError("only a query has columns to trace")
    scopes = {id(scope.expression): scope for scope in root.traverse()}

    @cache
    def output(scope: Scope, position: int) -> Sources:
        """Where the column that `scope` puts out at `position` comes from."""
        if scope.set_operation_scopes:
            return _union(output(branch, position) for branch in scope.set_operation_scopes)
        return inputs(scope.expression.selects[position])  # type: ignore[attr-defined]

    def inputs(expression: exp.Expr) -> Sources:
        return _union(origin(column) for column in expression.find_all(exp.Column))

    def origin(column: exp.Column) -> Sources:
        scope = scopes.get(id(column.find_ancestor(exp.Select)))
        while scope is not None and column.table not in scope.sources:
            scope = scope.parent  # a correlated column belongs to a query further out
        source = scope.sources[column.table] if scope is not None else None
        if isinstance(source, exp.Table):
            return frozenset({(source.db, source.name, column.name)})
        if not isinstance(source, Scope):
            return frozenset()
        if isinstance(source.expression, exp.Query):
            return output(source, source.expression.named_selects.index(column.name))
        return inputs(source.expression)  # an UNNEST: what it takes apart

    return {name: output(root, position) for position, name in enumerate(tree.named_selects)}


def _union(sets: Iterable[Sources]) -> Sources:
    return frozenset().union(*sets)
