"""One table, one SELECT, in one .sql file: the definition that every engine builds the table from.

The text is written in the restricted DuckDB dialect of docs/sql-dialect.md. DuckDB runs it as it is;
`dialects.render` turns it into Spark SQL and T-SQL. Tables are named `schema.table`, always.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from spotify_platform.errors import ModelError

Dialect = Literal["duckdb", "spark", "tsql"]
TableName = tuple[str, str]
"""(schema, table)"""

SCHEMAS = ("candidates", "cleandata", "warehouse", "marts", "ml")
"""`candidates` holds the typed rows parsed from landed files; models read it and never build it."""

_LAKE: tuple[Dialect, ...] = ("duckdb", "spark")
_WAREHOUSE: tuple[Dialect, ...] = ("duckdb", "spark", "tsql")
_BUILT_BY: dict[str, tuple[Dialect, ...]] = {
    "cleandata": _LAKE,
    "warehouse": _WAREHOUSE,
    "marts": _WAREHOUSE,
    "ml": _WAREHOUSE,
}

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_REASON = re.compile(r"--[ \t]*\S+([ \t]+\S+){2,}")
# Definitions are loaded whenever Dagster starts, so the tables read are found without a SQL parser.
# That is exact because the dialect lets nothing else bear a schema's name (rule "tables").
_TABLE_OR_TEXT = re.compile(
    rf"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|(?<![\w.])({'|'.join(SCHEMAS)})\s*\.\s*({_NAME.pattern})", re.DOTALL
)


_WORD_OR_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|('(?:[^']|'')*'|[^\s'/-]+|[/-])", re.DOTALL)


@dataclass(frozen=True)
class SqlModel:
    """A table and the SELECT that builds it.

    `overrides` holds the whole SELECT in an engine's own dialect, for what has no common form; its first
    line is a comment that says why. Raises ModelError if the names, or an override, are not acceptable.
    """

    schema: str
    table: str
    sql: str
    overrides: Mapping[str, str] = field(default_factory=dict, hash=False)
    path: Path | None = None

    def __post_init__(self) -> None:
        if self.schema not in _BUILT_BY:
            raise ModelError(
                f"{self.origin}: no model builds the schema {self.schema!r}; one of {', '.join(_BUILT_BY)} does"
            )
        if not _NAME.fullmatch(self.table):
            raise ModelError(f"{self.origin}: {self.table!r} is not a table name in lower_snake_case")
        for dialect, text in self.overrides.items():
            allowed = [d for d in self.dialects if d != "duckdb"]
            if dialect not in allowed:
                raise ModelError(
                    f"{self.origin}: no override is possible for {dialect!r}, only for {', '.join(allowed)}"
                )
            if not _REASON.match(text):
                raise ModelError(
                    f"{self.origin}: the {dialect} override must open with a comment that says why it exists"
                )

    @classmethod
    def load(cls, schema: str, path: Path) -> Self:
        """Read `<table>.sql`, and the overrides `<table>.<dialect>.sql` beside it."""
        table = path.name.removesuffix(".sql")
        beside = {
            file.name.removeprefix(f"{table}.").removesuffix(".sql"): file.read_text(encoding="utf-8")
            for file in sorted(path.parent.glob(f"{table}.*.sql"))
        }
        return cls(schema, table, path.read_text(encoding="utf-8"), beside, path)

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def origin(self) -> str:
        """Where a person finds the model: its file, or else its name."""
        return str(self.path or self.name)

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """The engines that may have to build this table."""
        return _BUILT_BY[self.schema]

    @cached_property
    def upstream(self) -> tuple[TableName, ...]:
        """The tables read, sorted; CTEs are not among them."""
        return tables_in(self.sql)

    @cached_property
    def code(self) -> str:
        """What the model says to all engines, without comments and layout."""
        texts = [self.sql, *(self.overrides[dialect] for dialect in sorted(self.overrides))]
        return "; ".join(" ".join(filter(None, _WORD_OR_COMMENT.findall(text))) for text in texts)


def tables_in(sql: str) -> tuple[TableName, ...]:
    """Every (schema, table) that a text in the model dialect names, sorted, without parsing it."""
    found = {(match[1], match[2]) for match in _TABLE_OR_TEXT.finditer(sql) if match[1]}
    return tuple(sorted(found))
