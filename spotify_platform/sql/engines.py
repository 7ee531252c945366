"""What sqlglot parses and writes for each engine, and the few places where its T-SQL or Spark SQL is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import rename_func
from sqlglot.dialects.spark import Spark
from sqlglot.dialects.tsql import TSQL
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.generators.spark import SparkGenerator
from sqlglot.generators.tsql import TSQLGenerator

from spotify_platform.errors import ModelError
from spotify_platform.sql.model import Dialect, TableName


def _days_between(self: SparkGenerator, difference: exp.DateDiff) -> str:
    """Spark's three-argument DATEDIFF counts whole 24 hours; DuckDB and T-SQL count midnights passed."""
    later, earlier = (self.sql(exp.cast(e, "DATE")) for e in (difference.this, difference.expression))
    return f"DATEDIFF({later}, {earlier})"


class LakeGenerator(SparkGenerator):
    TRANSFORMS: ClassVar[dict[Any, Any]] = {**SparkGenerator.TRANSFORMS, exp.DateDiff: _days_between}


class PoolGenerator(TSQLGenerator):
    TYPE_MAPPING: ClassVar[dict[Any, Any]] = {
        **TSQLGenerator.TYPE_MAPPING,
        # VARCHAR(MAX) cannot stand in a columnstore; 6 digits are all that Fabric keeps of a second.
        exp.DType.TEXT: "VARCHAR(8000)",
        exp.DType.TIMESTAMP: "DATETIME2(6)",
        exp.DType.TIMESTAMPNTZ: "DATETIME2(6)",
    }
    TRANSFORMS: ClassVar[dict[Any, Any]] = {
        **TSQLGenerator.TRANSFORMS,
        exp.Round: lambda self, e: self.func("ROUND", e.this, exp.Literal.number(0)),
        exp.StddevPop: rename_func("STDEVP"),
        exp.StddevSamp: rename_func("STDEV"),
        exp.VariancePop: rename_func("VARP"),
        exp.Variance: rename_func("VAR"),
    }

    def ordered_sql(self, expression: exp.Ordered) -> str:
        """T-SQL puts NULLs first and has no NULLS LAST. sqlglot sorts by a flag before the key, except
        beside a ROWS frame, where it drops the wish; the same two keys are legal and right there too."""
        window = expression.find_ancestor(exp.Window, exp.Select)
        descending, nulls_first = (bool(expression.args.get(arg)) for arg in ("desc", "nulls_first"))
        framed = isinstance(window, exp.Window) and window.args.get("spec")
        if not framed or descending != nulls_first:
            return super().ordered_sql(expression)
        key, direction = self.sql(expression, "this"), " DESC" if descending else ""
        return f"CASE WHEN {key} IS NULL THEN 1 ELSE 0 END{direction}, {key}{direction}"


class Lake(Spark):
    """Spark SQL as the lake's compute reads it."""

    Generator = LakeGenerator


class DedicatedGenerator(PoolGenerator):
    TYPE_MAPPING: ClassVar[dict[Any, Any]] = {**PoolGenerator.TYPE_MAPPING, exp.DType.TEXT: "NVARCHAR(4000)"}


class Pool(TSQL):
    """T-SQL that a Synapse dedicated pool and a Fabric Warehouse both read."""

    Generator = PoolGenerator


class DedicatedPool(Pool):
    """T-SQL of a dedicated pool, whose VARCHAR has not the letters of every script."""

    Generator = DedicatedGenerator


_WRITES: dict[Dialect, type[sqlglot.Dialect]] = {"spark": Lake, "tsql": Pool}


@lru_cache(maxsize=512)
def parse(sql: str, dialect: Dialect = "duckdb") -> exp.Query:
    """The tree of one query. It is shared: copy it before changing it. Raises ModelError."""
    try:
        statements = sqlglot.parse(sql, read=dialect)
    except SqlglotError as error:
        raise ModelError(f"this is not SQL that sqlglot can read: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query) or sql.rstrip().endswith(";"):
        raise ModelError("a model is exactly one SELECT, without a semicolon")
    return statements[0]


def write_tsql(tree: exp.Expr, pool: str) -> str:
    """The same for one of the two pools: `synapse` or `fabric`."""
    return _write(tree, DedicatedPool if pool == "synapse" else Pool)


def write(tree: exp.Expr, dialect: Dialect) -> str:
    """`tree`, parsed from the model dialect, as `dialect` says it. Raises ModelError where it cannot."""
    return _write(tree, _WRITES[dialect])


def _write(tree: exp.Expr, dialect: type[sqlglot.Dialect]) -> str:
    if (
        issubclass(dialect, Pool)
        and isinstance(tree, exp.Query)
        and tree.args.get("order")
        and not tree.args.get("limit")
    ):
        # An ORDER BY at the end asks DuckDB and Spark for a layout of the files; CTAS does not take one.
        tree = tree.copy()
        tree.set("order", None)
    try:
        # Every name is quoted, so that none is ever mistaken for a reserved word (`key`, `user`, `plan`).
        return tree.sql(
            dialect=dialect,
            identify=True,
            pretty=True,
            comments=False,
            unsupported_level=ErrorLevel.RAISE,
        )
    except SqlglotError as error:
        raise ModelError(f"cannot be said in {dialect.__name__}: {error}") from error


def _clauses(tree: exp.Query) -> set[str]:
    """What sqlglot calls the clauses that a query has."""
    return {name for name, clause in tree.args.items() if clause}


def passed_along(sql: str) -> frozenset[str]:
    """The columns that a query takes as they are, and under their names, from every row of one table; none of others."""
    tree = parse(sql)
    if _clauses(tree) != {"expressions", "from_"} or not isinstance(tree.args["from_"].this, exp.Table):
        return frozenset()
    columns = {column.alias_or_name: column.unalias() for column in tree.selects}
    return frozenset(name for name, found in columns.items() if isinstance(found, exp.Column) and found.name == name)


@dataclass(frozen=True)
class Reference:
    """Where a text names a table: [start, end) of `schema.table`, and where its last part starts."""

    table: TableName
    start: int
    table_start: int
    end: int
    has_alias: bool


def references(sql: str, dialect: Dialect) -> Iterator[Reference]:
    """Every place where `sql` reads a table that has a schema."""
    for table in parse(sql, dialect).find_all(exp.Table):
        schema = table.args.get("db")
        if schema:
            yield Reference(
                (schema.name, table.name),
                schema.meta["start"],
                table.this.meta["start"],
                table.this.meta["end"] + 1,
                bool(table.alias),
            )


def condition(query: str) -> exp.Expr:
    """The condition of `query`, which must be a SELECT with a WHERE clause and no other. Raises ModelError."""
    tree = parse(query)
    if not isinstance(tree, exp.Select) or _clauses(tree) != {"expressions", "from_", "where"}:
        raise ModelError(f"not one condition on the rows of a table: {query}")
    asked: exp.Expr = tree.args["where"].this
    return asked
