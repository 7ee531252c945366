"""A dedicated SQL pool, or a Fabric Warehouse, for tests: T-SQL over TDS in front of an in-memory DuckDB.

Statements are judged as T-SQL: a name, function or clause that `tsql_catalog` does not list is refused. What
passes is bound to the tables' declared types and written as DuckDB SQL with T-SQL's meaning.

Known to be coarser than the real thing: trailing blanks count in GROUP BY and DISTINCT (not in comparisons),
datetime2 keeps six digits, division of decimals goes through float, and readers see a snapshot.
"""

import contextlib
import datetime as dt
import io
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp
from sqlglot.dialects.tsql import TSQL
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.parsers.tsql import TSQLParser
from sqlglot.tokenizer_core import TokenType

from spotify_platform_tests.fakes.tds import Column, ConnectionCut, Login, Parameter, Result, Server, SqlError
from spotify_platform_tests.fakes.tsql_catalog import (
    AGGREGATES,
    DATE_PARTS,
    DEFAULT_COLLATIONS,
    FUNCTIONS,
    MAX,
    NO_PARENTHESES,
    PRECEDENCE,
    QUERY_OPTIONS,
    RESERVED,
    SECOND_DIGITS,
    SETTINGS,
    STATEMENTS,
    SYSTEM_VIEWS,
    TABLE_HINTS,
    TABLE_TYPES,
    WINDOWED,
    Collation,
    Dialect,
    SqlType,
    parse_type,
)

VERSIONS: Mapping[Dialect, str] = {
    "synapse": "Microsoft Azure SQL Data Warehouse - 10.0.0 (fake)",
    "fabric": "Microsoft Azure SQL Data Warehouse - 12.0.2000.8 (fake)",
}
BATCH_ROWS = 10_000


# --- Errors ----------------------------------------------------------------------------------------------------------


def incorrect(near: str, why: str = "") -> SqlError:
    return SqlError(102, f"Incorrect syntax near '{near}'.{' ' + why if why else ''}", level=15)


def unsupported(what: str, why: str = "") -> SqlError:
    return SqlError(104385, f"{what} is not supported.{' ' + why if why else ''}")


RUNTIME_ERRORS: Sequence[tuple[str, int, str]] = (
    (r"NOT NULL constraint failed: (?:\w+\.)*(\w+)", 515, "Cannot insert the value NULL into column '{0}'."),
    (
        r'CHECK constraint failed on table "?(.+?)"? with expression CHECK\(.*?\(+"?([^"()]+)"?\)',
        2628,
        "String or binary data would be truncated in table '{0}', column '{1}'.",
    ),
    (r"[Dd]ivision by zero", 8134, "Divide by zero error encountered."),
    (
        r"Overflow in|out of range for the destination type|[Cc]ould not cast value .* to DECIMAL|Out of Range|Failed to cast decimal",
        8115,
        "Arithmetic overflow error converting expression to data type.",
    ),
    (
        r"(?:invalid|[Cc]onvert string|parse).*?(?:date|timestamp|time)",
        241,
        "Conversion failed when converting date and/or time from character string.",
    ),
    (r"Could not convert string '(.*?)\?'", 245, "Conversion failed when converting the value '{0}'."),
    (r"Could not convert string '(.*?)'", 8114, "Error converting data type: the value '{0}'."),
    (r"[Cc]onflict", 24556, "Snapshot isolation transaction aborted due to update conflict."),
    (
        r'column "?(\w+)"? must appear in the GROUP BY clause',
        8120,
        "Column '{0}' is invalid in the select list because it is not contained in either an aggregate function"
        " or the GROUP BY clause.",
    ),
    (r"More than one row returned by a subquery", 512, "Subquery returned more than 1 value."),
    (r"WHERE clause cannot contain (aggregates|window)", 147, "An aggregate or window may not appear in WHERE."),
    (r"aggregate function calls cannot be nested", 130, "Cannot perform an aggregate function on an aggregate."),
    (r"already exists", 2714, "There is already an object with that name in the database."),
)


def translated(error: duckdb.Error) -> SqlError:
    """DuckDB's error as the pool's."""
    text = str(error)
    for pattern, number, message in RUNTIME_ERRORS:
        if match := re.search(pattern, text, re.DOTALL):
            return SqlError(number, message.format(*match.groups()))
    return SqlError(50000, text)


# --- Lexing ----------------------------------------------------------------------------------------------------------

LEXER = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<string>N?'(?:[^']|'')*')"
    r'|(?P<name>\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*")'
    r"|(?P<number>0x[0-9a-f]*|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
    r"|(?P<word>[@#\w][@#\w$]*)"
    r"|(?P<sign><>|<=|>=|!=|!<|!>|::|\|\||==|->|[-+*/%=<>&|^~(),.;])",
    re.IGNORECASE | re.DOTALL,
)
NO_SIGNS = ("::", "||", "==", "->", "!<", "!>")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int

    def says(self, *words: str) -> bool:
        return self.kind in ("word", "sign") and self.text.upper() in words


def lex(sql: str) -> list[Token]:
    tokens, at = [], 0
    while at < len(sql):
        if not (match := LEXER.match(sql, at)):
            raise incorrect(sql[at : at + 20])
        if match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match.group(), at, match.end()))
        at = match.end()
    return tokens


class Words:
    """A statement's tokens, read one after the other."""

    def __init__(self, sql: str, tokens: Sequence[Token]) -> None:
        self.sql, self.tokens, self.at = sql, tokens, 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.tokens)

    def near(self) -> str:
        return self.sql[self.tokens[min(self.at, len(self.tokens) - 1)].start :][:30]

    def follow(self, words: str) -> bool:
        ahead = self.tokens[self.at :]
        wanted = words.split()
        return len(ahead) >= len(wanted) and all(t.says(w) for t, w in zip(ahead, wanted, strict=False))

    def take(self, words: str) -> bool:
        if found := self.follow(words):
            self.at += len(words.split())
        return found

    def expect(self, words: str) -> None:
        if not self.take(words):
            raise incorrect(self.near(), f"Expected {words}.")

    def token(self, *kinds: str) -> Token:
        if self.ended or self.tokens[self.at].kind not in kinds:
            raise incorrect(self.near())
        self.at += 1
        return self.tokens[self.at - 1]

    def identifier(self) -> str:
        token = self.token("word", "name")
        if token.kind == "word":
            return unreserved(token.text)
        return token.text[1:-1].replace("]]", "]").replace('""', '"')

    def string(self) -> str:
        return literal_text(self.token("string").text)

    def name(self) -> tuple[str, str]:
        """A schema and a name; the schema is dbo unless it is said."""
        parts = [self.identifier()]
        while self.take("."):
            parts.append(self.identifier())
        return ("dbo", parts[0]) if len(parts) == 1 else (parts[-2], parts[-1])

    def names(self) -> list[str]:
        """`(a, b)`."""
        return self.listed(self.identifier)

    def listed(self, item: Callable[[], Any]) -> list[Any]:
        self.expect("(")
        items = [item()]
        while self.take(","):
            items.append(item())
        self.expect(")")
        return items

    def declared_type(self) -> str:
        text = self.identifier()
        if text.upper() == "DOUBLE" and self.take("PRECISION"):
            text += " precision"
        if self.take("("):
            sizes = []
            while not self.take(")"):
                sizes.append(self.token("word", "number", "sign").text)
            text += f"({''.join(sizes)})"
        return text

    def rest(self) -> str:
        """The text up to the end of the statement."""
        start, self.at = self.at, len(self.tokens)
        return self.sql[self.tokens[start].start : self.tokens[-1].end] if start < len(self.tokens) else ""


def literal_text(text: str) -> str:
    return text.removeprefix("N").removeprefix("n")[1:-1].replace("''", "'")


def unreserved(name: str) -> str:
    if name.upper() in RESERVED:
        raise SqlError(156, f"Incorrect syntax near the keyword '{name}'.", level=15)
    return name


def split_statements(sql: str) -> list[Words]:
    """The batch at its semicolons."""
    statements: list[Words] = []
    tokens: list[Token] = []
    for token in lex(sql):
        if token.says(";"):
            statements.append(Words(sql, tokens))
            tokens = []
        else:
            tokens.append(token)
    return [words for words in [*statements, Words(sql, tokens)] if words.tokens]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# --- Parsing ---------------------------------------------------------------------------------------------------------


def _parse_cast(self: "StrictParser", name: str) -> exp.Anonymous:
    value = self._parse_disjunction()
    if not self._match(TokenType.ALIAS):
        self.raise_error("Expected AS")
    return exp.Anonymous(this=name, expressions=[value, self.type_text()])


def _parse_convert(self: "StrictParser", name: str) -> exp.Anonymous:
    arguments: list[Any] = [self.type_text()]
    while self._match(TokenType.COMMA):
        arguments.append(self._parse_disjunction())
    return exp.Anonymous(this=name, expressions=arguments)


class StrictParser(TSQLParser):
    """sqlglot's T-SQL without what it forgives, and with functions under the names that were written."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        "CAST": lambda self: _parse_cast(self, "CAST"),
        "TRY_CAST": lambda self: _parse_cast(self, "TRY_CAST"),
        "CONVERT": lambda self: _parse_convert(self, "CONVERT"),
        "TRY_CONVERT": lambda self: _parse_convert(self, "TRY_CONVERT"),
    }
    NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}

    def type_text(self) -> exp.Var:
        texts, depth = [], 0
        while self._curr and (depth or self._curr.token_type not in (TokenType.R_PAREN, TokenType.COMMA)):
            depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(self._curr.token_type, 0)
            texts.append(self._curr.text)
            self._advance()
        return exp.Var(this=" ".join(texts))

    def _parse_limit(self, this: Any = None, top: bool = False, skip_limit_token: bool = False) -> Any:
        if not top and not skip_limit_token and self._curr and self._curr.token_type is TokenType.LIMIT:
            raise incorrect("LIMIT", "T-SQL has TOP.")
        return super()._parse_limit(this, top=top, skip_limit_token=skip_limit_token)

    def _parse_select(self, *args: Any, **kwargs: Any) -> Any:
        if self._curr and self._curr.token_type is TokenType.FROM:
            raise incorrect("FROM", "A query begins with SELECT.")
        return super()._parse_select(*args, **kwargs)


class StrictTSQL(TSQL):
    Parser = StrictParser


def parse(sql: str) -> exp.Expr:
    judge(lex(sql))
    try:
        trees = sqlglot.parse(sql, dialect=StrictTSQL)
    except SqlglotError as error:
        near = error.errors[0].get("highlight") if isinstance(error, ParseError) and error.errors else None
        raise incorrect(near or sql[-20:]) from error
    if len(trees) != 1 or trees[0] is None:
        raise incorrect(sql[:20])
    return trees[0]


def judge(tokens: Sequence[Token]) -> None:
    """Refuses what the parser would take and a tree no longer shows."""
    for token, following in itertools.zip_longest(tokens, tokens[1:]):
        if token.says(*NO_SIGNS):
            raise incorrect(token.text)
        if token.says("NULLS") and following and following.says("FIRST", "LAST"):
            raise incorrect("NULLS")
        if token.says(",") and (following is None or following.says(")", "FROM", "WHERE", "GROUP", "ORDER")):
            raise incorrect(following.text if following else ",")


def only(node: exp.Expr, *allowed: str) -> None:
    """Refuses a node that has more to it than what is understood."""
    for argument, value in node.args.items():
        if value and argument not in allowed:
            shown = value[0] if isinstance(value, list) else value
            near = shown.sql("tsql") if isinstance(shown, exp.Expr) else argument.rstrip("_").upper()
            raise incorrect(near[:60], f"{argument.rstrip('_').upper()} has no place there.")


def identifier(node: Any) -> str:
    if not isinstance(node, exp.Identifier):
        raise incorrect(str(node)[:40])
    return node.name if node.args.get("quoted") else unreserved(node.name)


# --- Values and types ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Value:
    """An expression as DuckDB says it, with its T-SQL type."""

    sql: str
    type: SqlType
    nullable: bool = True
    explicit_collation: bool = False
    column: bool = False


@dataclass(frozen=True)
class Query:
    sql: str
    columns: Sequence[Column]


@dataclass(frozen=True)
class Source:
    """What stands in a FROM clause under a name."""

    alias: str
    columns: Sequence[Column]


@dataclass(frozen=True)
class Scope:
    sources: Sequence[Source] = ()
    ctes: Mapping[str, Query] = field(default_factory=dict)
    outer: "Scope | None" = None


NOTHING = SqlType("null")
BIT, TINYINT, INT, BIGINT, FLOAT = (SqlType(n) for n in ("bit", "tinyint", "int", "bigint", "float"))
DATE = SqlType("date")
STORED: Mapping[str, str] = {
    "bit": "BOOLEAN",
    "tinyint": "UTINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "DOUBLE",
    "real": "FLOAT",
    "date": "DATE",
    "time": "TIME",
    "datetime": "TIMESTAMP",
    "datetime2": "TIMESTAMP",
    "uniqueidentifier": "UUID",
    "varbinary": "BLOB",
}


def stored(kind: SqlType) -> str:
    if kind.name == "decimal":
        return f"DECIMAL({kind.precision},{kind.scale})"
    return STORED.get(kind.name, "VARCHAR")


def sized_text(sql: str, kind: SqlType, length: int) -> Value:
    """A text of at most `length`; past the longest there is, it is cut as T-SQL cuts it."""
    longest = 4000 if kind.unicode else 8000
    if MAX in (length, kind.length):
        return Value(sql, replace(kind, length=MAX))
    if length > longest:
        return Value(f"left({sql}, {longest})", replace(kind, length=longest))
    return Value(sql, replace(kind, length=max(length, 1)))


def decimal_of(kind: SqlType) -> SqlType:
    digits = {"bit": 1, "tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
    return kind if kind.name == "decimal" else SqlType("decimal", precision=digits[kind.name])


def bounded_decimal(precision: int, scale: int) -> SqlType:
    """Past 38 digits the scale gives way, down to six digits.

    sql/t-sql/data-types/precision-scale-and-length-transact-sql
    """
    if precision > 38:
        scale = max(min(scale, 38 - (precision - scale)), min(scale, 6))
    return SqlType("decimal", precision=min(precision, 38), scale=scale)


def common_type(types: Sequence[SqlType]) -> SqlType:
    """What values of the types become beside each other."""
    known = [kind for kind in types if kind != NOTHING]
    if not known:
        return INT
    highest = max(known, key=lambda kind: PRECEDENCE.index(kind.name))
    if highest.name == "decimal":
        decimals = [decimal_of(kind) for kind in known if kind.name == "decimal" or kind.integer or kind == BIT]
        scale = max(kind.scale for kind in decimals)
        whole = max(kind.precision - kind.scale for kind in decimals)
        return bounded_decimal(whole + scale, scale)
    if highest.text:
        texts = [kind for kind in known if kind.text]
        length = MAX if any(kind.length == MAX for kind in texts) else max(kind.length for kind in texts)
        name = ("n" if any(kind.unicode for kind in texts) else "") + (
            "char" if all(kind.name.endswith("char") and "var" not in kind.name for kind in texts) else "varchar"
        )
        return SqlType(name, length=length, collation=texts[0].collation)
    return highest


NUMBER_IN_TEXT = r"[+-]?[0-9]+"
CP1252 = "".join(
    char for byte in range(256) if (char := bytes([byte]).decode("cp1252", "ignore")) and char not in "\\]^-'"
)
STYLES: Mapping[int, str] = {
    23: "%Y-%m-%d",
    112: "%Y%m%d",
    120: "%Y-%m-%d %H:%M:%S",
    121: "%Y-%m-%d %H:%M:%S.%g",
    126: "%Y-%m-%dT%H:%M:%S",
    127: "%Y-%m-%dT%H:%M:%SZ",
}
"""sql/t-sql/functions/cast-and-convert-transact-sql#date-and-time-styles"""


def convert(value: Value, target: SqlType, *, tried: bool = False, style: int | None = None) -> str:
    """The value in the type, as CAST has it: texts are cut, fractions fall away from integers."""
    source, sql, cast = value.type, value.sql, "TRY_CAST" if tried else "CAST"
    if source == NOTHING:
        return f"CAST(NULL AS {stored(target)})"
    if source.name == target.name and not target.text and target.name not in ("decimal", "datetime2", "time"):
        return sql
    if target.text:
        return to_text(value, target, style)
    forbidden = (
        (target.temporal and (source.number or source.name in ("uniqueidentifier", "varbinary")))
        or (source.temporal and not target.temporal)
        or (source.name == "date" and target.name == "time")
        or (source.name == "time" and target.name == "date")
        or ("uniqueidentifier" in (source.name, target.name) and not source.text and source.name != target.name)
        or ("varbinary" in (source.name, target.name) and not source.text and source.name != target.name)
    )
    if forbidden:
        raise SqlError(529, f"Explicit conversion from data type {source.name} to {target.name} is not allowed.")
    if target.name == "bit":
        if source.text:
            return f"({cast}(CASE lower(trim({sql})) WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE {sql} END AS DOUBLE) <> 0)"
        return f"({sql} <> 0)"
    if target.integer:
        if source.text:
            # Only digits: DuckDB would round '2.7', T-SQL fails.
            digits = f"regexp_full_match(trim({sql}), '{NUMBER_IN_TEXT}')"
            sql = f"CASE WHEN {digits} THEN trim({sql}) WHEN trim({sql}) = '' THEN '0' ELSE {sql} || '?' END"
        elif source.approximate or source.name == "decimal":
            sql = f"trunc({sql})"
        return f"{cast}({sql} AS {stored(target)})"
    if target.name in ("date", "datetime", "datetime2") and source.text:
        compact = f"regexp_full_match(trim({sql}), '[0-9]{{8}}')"
        iso = f"substr(trim({sql}), 1, 4) || '-' || substr(trim({sql}), 5, 2) || '-' || substr(trim({sql}), 7, 2)"
        sql = f"{cast}(CASE WHEN {compact} THEN {iso} ELSE {sql} END AS TIMESTAMP)"
    if target.name == "datetime2" and target.scale < 6 and source.name != "date":
        unit = 10 ** (6 - target.scale)
        return f"make_timestamp(CAST(round(epoch_us(CAST({sql} AS TIMESTAMP)) / {unit}.0) AS BIGINT) * {unit})"
    if target.name == "varbinary":
        return f"encode({sql})"
    return f"{cast}({sql} AS {stored(target)})"


def to_text(value: Value, target: SqlType, style: int | None = None) -> str:
    source, sql = value.type, value.sql
    fits = False
    if source.text:
        if source.unicode and not target.unicode and target.charset == "cp1252":
            sql = f"regexp_replace({sql}, '[^{CP1252}\\\\\\]\\^\\-'']', '?', 'g')"
        fits = target.length == MAX or 0 < source.length <= target.length
    elif source.name == "bit":
        sql = f"CAST(CAST({sql} AS INTEGER) AS VARCHAR)"
    elif source.approximate:
        sql = f"printf('%g', CAST({sql} AS DOUBLE))"
    elif source.temporal and source.name != "time":
        default = {"date": 23}.get(source.name, 121)
        if (style or default) not in STYLES:
            raise unsupported(f"The style {style} of CONVERT", "Not by this pool.")
        sql = f"strftime({sql}, '{STYLES[style or default]}')"
    elif source.name == "varbinary":
        sql = f"decode({sql})"
    elif source.name == "uniqueidentifier":
        sql = f"upper(CAST({sql} AS VARCHAR))"
    else:
        sql = f"CAST({sql} AS VARCHAR)"
        if target.length != MAX:
            too_long = f"error('Overflow in conversion to {target}')"
            return f"CASE WHEN length({sql}) > {target.length} THEN {too_long} ELSE {sql} END"
    sql = sql if fits or target.length == MAX else f"left({sql}, {target.length})"
    return f"rpad({sql}, {target.length}, ' ')" if target.name in ("char", "nchar") else sql


def assigned(value: Value, target: SqlType) -> str:
    """The value for a column of the type: too long a text is left for the table to refuse."""
    if target.text and value.type.text:
        loose = SqlType("nvarchar" if target.unicode else "varchar", length=MAX, collation=target.collation)
        sql = to_text(value, loose)
        return f"rpad({sql}, greatest(length({sql}), {target.length}), ' ')" if "var" not in target.name else sql
    if target.temporal and value.type.number:
        raise SqlError(206, f"Operand type clash: {value.type.name} is incompatible with {target.name}.")
    return convert(value, target)


# --- Binding ---------------------------------------------------------------------------------------------------------

COMPARISONS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
ARITHMETIC: Mapping[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "^",
}
Place = Literal["statement", "definition", "subquery"]
"""Where a query stands: alone, as what a view or table is made from, or inside another."""

SELECT_PARTS = (
    "with_", "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct",
    "options", "kind", "hint",
)  # fmt: skip


class Binder:
    """Gives a tree's names and types their meaning, and writes it as DuckDB SQL."""

    def __init__(self, session: "PoolSession", parameters: Sequence[Parameter] = ()) -> None:
        self.session = session
        self.dialect: Dialect = session.pool.dialect
        self.collation = session.pool.collation
        self.parameters = {parameter.name.lstrip("@").upper(): parameter for parameter in parameters}
        self.used: dict[str, Any] = {}
        self.now = dt.datetime.now(dt.UTC).replace(tzinfo=None)

    # -- names

    def same(self, a: str, b: str) -> bool:
        return a == b if self.collation.case_sensitive else a.upper() == b.upper()

    def key(self, name: str) -> str:
        return name if self.collation.case_sensitive else name.upper()

    def final_type(self, column: Column) -> SqlType:
        """The type of a column that leaves the query, for the client or for a table."""
        return plain(column.type).collated(column.type.collation or self.collation)

    def fabric_only(self, what: str) -> None:
        if self.dialect != "fabric":
            raise unsupported(what, "Only a Fabric Warehouse documents it.")

    # -- queries

    def query(self, node: exp.Expr, scope: Scope, place: Place = "subquery") -> Query:
        if isinstance(node, exp.Subquery):
            only(node, "this", "order", "limit", "offset")
            if node.args.get("order") or node.args.get("limit"):
                raise incorrect(node.sql("tsql")[:40])
            return self.query(node.this, scope, place)
        if isinstance(node, exp.Select):
            return self.select(node, scope, place)
        if isinstance(node, exp.SetOperation):
            return self.set_operation(node, scope, place)
        raise incorrect(node.sql("tsql")[:40])

    def with_ctes(self, node: exp.Expr, scope: Scope, place: Place) -> tuple[str, Scope]:
        clause = node.args.get("with_")
        if clause is None:
            return "", scope
        if place == "subquery":
            raise incorrect("WITH", "A common table expression stands before the whole statement.")
        only(clause, "expressions")
        ctes, parts = dict(scope.ctes), []
        for cte in clause.expressions:
            only(cte, "this", "alias")
            name = identifier(cte.args["alias"].this)
            inside = self.query(cte.this, Scope(ctes=ctes))
            columns = self.renamed(inside.columns, cte.args["alias"].args.get("columns"), name)
            ctes = {**ctes, self.key(name): Query(quoted(name), columns)}
            listing = ", ".join(quoted(column.name) for column in columns)
            parts.append(f"{quoted(name)}({listing}) AS ({inside.sql})")
        return f"WITH {', '.join(parts)} ", replace(scope, ctes=ctes)

    def renamed(self, columns: Sequence[Column], names: Any, table: str) -> list[Column]:
        """The columns of a derived table, which must all have a name of their own."""
        if names:
            if len(names) != len(columns):
                raise SqlError(8159, f"'{table}' has fewer or more columns than were specified in the column list.")
            columns = [replace(column, name=identifier(name)) for column, name in zip(columns, names, strict=True)]
        for at, column in enumerate(columns, 1):
            if not column.name:
                raise SqlError(8155, f"No column name was specified for column {at} of '{table}'.")
        keys = [self.key(column.name) for column in columns]
        for column in columns:
            if keys.count(self.key(column.name)) > 1:
                raise SqlError(8156, f"The column '{column.name}' was specified multiple times for '{table}'.")
        return [replace(column, type=plain(column.type)) for column in columns]

    def select(self, node: exp.Select, scope: Scope, place: Place) -> Query:
        only(node, *SELECT_PARTS)
        self.options(node)
        head, scope = self.with_ctes(node, scope, place)
        body, here = self.from_clause(node, scope)
        items = self.select_list(node, here)
        distinct = node.args.get("distinct")
        if distinct:
            only(distinct)
        sql = f"{head}SELECT {'DISTINCT ' if distinct else ''}"
        sql += ", ".join(f"{value.sql} AS {quoted(name or f'_{at}')}" for at, (name, value) in enumerate(items))
        sql += body
        sql += self.filtered(node, "where", here) + self.group(node, here) + self.filtered(node, "having", here)
        sql += self.order_and_limit(node, items, here, place)
        columns = [Column(name, value.type, value.nullable) for name, value in items]
        return Query(sql, columns)

    def filtered(self, node: exp.Expr, clause: Literal["where", "having"], scope: Scope) -> str:
        condition = node.args.get(clause)
        return f" {clause.upper()} {self.condition(condition.this, scope)}" if condition else ""

    def options(self, node: exp.Expr) -> None:
        for option in node.args.get("options") or ():
            if option.name.upper() not in QUERY_OPTIONS:
                raise unsupported(f"OPTION ({option.name})")

    def select_list(self, node: exp.Select, scope: Scope) -> list[tuple[str, Value]]:
        if not node.expressions:
            raise incorrect("SELECT")
        items: list[tuple[str, Value]] = []
        for item in node.expressions:
            if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
                items += self.star(item, scope)
            elif isinstance(item, exp.Alias):
                only(item, "this", "alias")
                items.append((identifier(item.args["alias"]), self.shown(self.value(item.this, scope))))
            else:
                value = self.value(item, scope)
                items.append((item.name if isinstance(item, exp.Column) else "", self.shown(value)))
        return items

    def shown(self, value: Value) -> Value:
        """A text that is put out compares by its collation further out too."""
        if value.type.ignores_case and not value.column:
            return replace(value, sql=f"({value.sql} COLLATE NOCASE)")
        if value.type == NOTHING:
            return replace(value, sql="CAST(NULL AS INTEGER)")
        return value

    def star(self, node: exp.Expr, scope: Scope) -> list[tuple[str, Value]]:
        only(node.this if isinstance(node, exp.Column) else node)
        sources = scope.sources
        if isinstance(node, exp.Column):
            only(node, "this", "table")
            prefix = identifier(node.args["table"])
            sources = [source for source in sources if self.same(source.alias, prefix)]
        if not sources:
            raise SqlError(263, "Must specify table to select from.")
        return [(column.name, self.column_value(source, column)) for source in sources for column in source.columns]

    def column_value(self, source: Source, column: Column) -> Value:
        return Value(f"{quoted(source.alias)}.{quoted(column.name)}", column.type, column.nullable, column=True)

    def group(self, node: exp.Select, scope: Scope) -> str:
        clause = node.args.get("group")
        if clause is None:
            return ""
        only(clause, "expressions")
        return " GROUP BY " + ", ".join(self.group_item(item, scope) for item in clause.expressions)

    def group_item(self, item: exp.Expr, scope: Scope) -> str:
        if isinstance(item, exp.Literal):
            raise SqlError(164, "Each GROUP BY expression must contain at least one column that is not outer.")
        if isinstance(item, (exp.Rollup, exp.Cube, exp.GroupingSets)):
            name = {exp.Rollup: "ROLLUP", exp.Cube: "CUBE", exp.GroupingSets: "GROUPING SETS"}[type(item)]
            if name != "ROLLUP":
                self.fabric_only(f"GROUP BY {name}")
            return f"{name} ({', '.join(self.group_item(inside, scope) for inside in item.expressions)})"
        if isinstance(item, (exp.Tuple, exp.Paren)):
            inside = item.expressions if isinstance(item, exp.Tuple) else [item.this]
            return f"({', '.join(self.group_item(part, scope) for part in inside)})"
        return self.value(item, scope).sql

    def order_and_limit(
        self, node: exp.Expr, items: Sequence[tuple[str, Value]], scope: Scope | None, place: Place
    ) -> str:
        order, limit, offset = (node.args.get(part) for part in ("order", "limit", "offset"))
        if order and place != "statement" and not limit and not offset:
            raise SqlError(
                1033,
                "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common"
                " table expressions, unless TOP, OFFSET or FOR XML is also specified.",
                level=15,
            )
        sql = ""
        if order:
            only(order, "expressions")
            sql += " ORDER BY " + ", ".join(self.order_item(item, items, scope) for item in order.expressions)
        if offset or isinstance(limit, exp.Fetch):
            self.fabric_only("OFFSET … FETCH")
            if not order:
                raise incorrect("OFFSET", "OFFSET follows ORDER BY.")
        if isinstance(limit, exp.Fetch):
            only(limit, "direction", "count", "limit_options")
            sql += f" LIMIT {self.row_count(limit.args['count'])}"
        elif limit:
            only(limit, "expression", "limit_options")
            if kind := limit.args.get("limit_options"):
                only(kind)
            sql += f" LIMIT {self.row_count(limit.args['expression'])}"
        if offset:
            sql += f" OFFSET {self.row_count(offset.args['expression'])}"
        return sql

    def row_count(self, node: exp.Expr) -> str:
        value = self.value(node.this if isinstance(node, exp.Paren) else node, Scope())
        if not value.type.integer:
            raise SqlError(1060, "The number of rows provided for a TOP or FETCH clause must be an integer.")
        return value.sql

    def order_item(self, item: exp.Expr, items: Sequence[tuple[str, Value]], scope: Scope | None) -> str:
        only(item, "this", "desc", "nulls_first")
        direction = " DESC NULLS LAST" if item.args.get("desc") else " ASC NULLS FIRST"
        key = item.this
        if isinstance(key, exp.Literal):
            if key.is_string or not 0 < int(key.name) <= len(items):
                raise SqlError(108, f"The ORDER BY position number {key.name} is out of range.")
            return key.name + direction
        if isinstance(key, exp.Column) and not key.table:
            name = identifier(key.this)
            for at, (alias, _) in enumerate(items, 1):
                if alias and self.same(alias, name):
                    return str(at) + direction
        if scope is None:
            raise SqlError(104, "ORDER BY items must appear in the select list if the statement contains a UNION.")
        return self.value(key, scope).sql + direction

    def set_operation(self, node: exp.SetOperation, scope: Scope, place: Place) -> Query:
        only(node, "with_", "this", "expression", "distinct", "order", "limit", "offset", "options")
        self.options(node)
        head, scope = self.with_ctes(node, scope, place)
        word = type(node).__name__.upper()
        if not node.args.get("distinct"):
            if word != "UNION":
                raise incorrect("ALL", f"{word} has no ALL.")
            word += " ALL"
        left, right = self.query(node.this, scope), self.query(node.expression, scope)
        if len(left.columns) != len(right.columns):
            raise SqlError(
                205, "All queries combined using a UNION, INTERSECT or EXCEPT operator must have as many expressions."
            )
        columns = [
            Column(a.name, common_type([a.type, b.type]), a.nullable or b.nullable)
            for a, b in zip(left.columns, right.columns, strict=True)
        ]
        sql = f"{head}{self.cast_columns(left, columns)} {word} {self.cast_columns(right, columns)}"
        items = [(column.name, Value(quoted(column.name), column.type)) for column in columns]
        return Query(sql + self.order_and_limit(node, items, None, place), columns)

    def cast_columns(self, query: Query, columns: Sequence[Column]) -> str:
        names = [quoted(f"c{at}") for at in range(len(columns))]
        values = [
            self.shown(Value(convert(Value(name, own.type), column.type), column.type)).sql
            for name, own, column in zip(names, query.columns, columns, strict=True)
        ]
        shown = ", ".join(
            f"{value} AS {quoted(column.name or f'_{at}')}"
            for at, (value, column) in enumerate(zip(values, columns, strict=True))
        )
        return f"(SELECT {shown} FROM ({query.sql}) AS q({', '.join(names)}))"

    # -- FROM

    def from_clause(self, node: exp.Select, scope: Scope) -> tuple[str, Scope]:
        clause = node.args.get("from_")
        if clause is None:
            if node.args.get("joins"):
                raise incorrect("JOIN")
            return "", Scope((), scope.ctes, scope.outer)
        only(clause, "this")
        joins = [*(clause.this.args.get("joins") or ()), *(node.args.get("joins") or ())]
        sql, source = self.table_source(clause.this, scope)
        sources = [source]
        for join in joins:
            text, sources = self.join(join, sources, scope)
            sql += text
        return f" FROM {sql}", Scope(sources, scope.ctes, scope.outer)

    def join(self, join: exp.Join, sources: list[Source], scope: Scope) -> tuple[str, list[Source]]:
        only(join, "this", "side", "kind", "on")
        side, kind = join.side.upper(), join.kind.upper()
        if (side, kind) not in {(s, k) for s in ("", "LEFT", "RIGHT", "FULL") for k in ("", "INNER", "OUTER")} | {
            ("", "CROSS")
        }:
            raise incorrect(f"{side} {kind} JOIN".strip())
        condition = join.args.get("on")
        if isinstance(join.this, exp.Lateral):
            return self.apply(join.this, sources, scope)
        sql, source = self.table_source(join.this, scope)
        if any(self.same(source.alias, other.alias) for other in sources):
            raise SqlError(1011, f"The correlation name '{source.alias}' is specified multiple times.")
        if side in ("RIGHT", "FULL"):
            sources = [optional(other) for other in sources]
        if side in ("LEFT", "FULL"):
            source = optional(source)
        sources = [*sources, source]
        here = Scope(sources, scope.ctes, scope.outer)
        if not condition:
            if side or kind == "INNER":
                raise incorrect(join.this.sql("tsql")[:30], "A join needs ON.")
            return f" CROSS JOIN {sql}", sources
        if kind == "CROSS":
            raise incorrect("ON", "A cross join has no condition.")
        return f" {side or 'INNER'} JOIN {sql} ON {self.condition(condition, here)}", sources

    def apply(self, node: exp.Lateral, sources: list[Source], scope: Scope) -> tuple[str, list[Source]]:
        only(node, "this", "alias", "cross_apply")
        if node.args.get("cross_apply") is None or not isinstance(node.this, exp.Subquery):
            raise incorrect(node.sql("tsql")[:40])
        here = Scope(sources, scope.ctes, scope.outer)
        inside = self.query(node.this.this, Scope((), scope.ctes, here))
        source = self.derived(inside, node.args.get("alias"))
        listing = ", ".join(quoted(column.name) for column in source.columns)
        lateral = f"LATERAL ({inside.sql}) AS {quoted(source.alias)}({listing})"
        if node.args["cross_apply"]:
            return f" CROSS JOIN {lateral}", [*sources, source]
        return f" LEFT JOIN {lateral} ON TRUE", [*sources, optional(source)]

    def derived(self, inside: Query, alias: exp.Expr | None) -> Source:
        if alias is None:
            raise incorrect(")", "A derived table needs a name.")
        name = identifier(alias.this)
        return Source(name, self.renamed(inside.columns, alias.args.get("columns"), name))

    def table_source(self, node: exp.Expr, scope: Scope) -> tuple[str, Source]:
        if isinstance(node, exp.Subquery):
            only(node, "this", "alias", "joins")
            inside = self.query(node.this, Scope((), scope.ctes, scope.outer))
            return self.derived_source(inside, node.args.get("alias"))
        if isinstance(node, exp.Values):
            self.fabric_only("A table value constructor in FROM")
            only(node, "expressions", "alias", "joins")
            return self.derived_source(self.values(node, scope), node.args.get("alias"))
        if not isinstance(node, exp.Table):
            raise incorrect(node.sql("tsql")[:40])
        if isinstance(node.this, exp.Anonymous):
            raise SqlError(208, f"Invalid object name '{node.this.name}'.")
        only(node, "this", "db", "alias", "hints", "joins")
        for hint in node.args.get("hints") or ():
            for word in hint.expressions:
                if word.name.upper() not in TABLE_HINTS:
                    raise unsupported(f"The table hint {word.name}")
        name = identifier(node.this)
        schema = identifier(node.args["db"]) if node.args.get("db") else None
        alias_node = node.args.get("alias")
        if alias_node is not None and alias_node.args.get("columns"):
            raise incorrect("(")
        alias = identifier(alias_node.this) if alias_node is not None else name
        if schema is None and self.key(name) in scope.ctes:
            query = scope.ctes[self.key(name)]
            return f"{query.sql} AS {quoted(alias)}", Source(alias, query.columns)
        relation, columns = self.relation(schema or "dbo", name)
        return f"{relation} AS {quoted(alias)}", Source(alias, columns)

    def relation(self, schema: str, name: str) -> tuple[str, Sequence[Column]]:
        full = f"{schema}.{name}".upper()
        if full.startswith(("SYS.", "INFORMATION_SCHEMA.")):
            if full not in SYSTEM_VIEWS:
                raise SqlError(208, f"Invalid object name '{schema}.{name}'.")
            return self.session.system_view(full)
        table = self.session.table(schema, name)
        return f"{quoted(table.schema)}.{quoted(table.name)}", table.columns

    def derived_source(self, inside: Query, alias: exp.Expr | None) -> tuple[str, Source]:
        source = self.derived(inside, alias)
        listing = ", ".join(quoted(column.name) for column in source.columns)
        return f"({inside.sql}) AS {quoted(source.alias)}({listing})", source

    def values(self, node: exp.Values, scope: Scope) -> Query:
        rows = [
            [self.value(cell, Scope((), scope.ctes, scope.outer)) for cell in cells(row)] for row in node.expressions
        ]
        if len({len(row) for row in rows}) != 1:
            raise SqlError(10709, "The number of columns for each row in a table value constructor must be the same.")
        types = [
            common_type([cell.type for cell in column]) if any(cell.type != NOTHING for cell in column) else NOTHING
            for column in zip(*rows, strict=True)
        ]
        listing = ", ".join(
            f"({', '.join(convert(cell, kind) for cell, kind in zip(row, types, strict=True))})" for row in rows
        )
        return Query(f"VALUES {listing}", [Column("", kind) for kind in types])

    # -- conditions

    def condition(self, node: exp.Expr, scope: Scope) -> str:
        if isinstance(node, (exp.And, exp.Or)):
            word = "AND" if isinstance(node, exp.And) else "OR"
            return f"({self.condition(node.this, scope)} {word} {self.condition(node.expression, scope)})"
        if isinstance(node, exp.Not):
            return f"(NOT {self.condition(node.this, scope)})"
        if isinstance(node, exp.Paren):
            return f"({self.condition(node.this, scope)})"
        if type(node) in COMPARISONS:
            return self.compare(
                self.value(node.this, scope), COMPARISONS[type(node)], self.value(node.expression, scope)
            )
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            return f"({self.value(node.this, scope).sql} IS NULL)"
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Not):
            raise incorrect(node.sql("tsql")[:40])
        if isinstance(node, exp.In):
            return self.contained(node, scope)
        if isinstance(node, exp.Between):
            only(node, "this", "low", "high")
            value = self.value(node.this, scope)
            low, high = (self.value(node.args[end], scope) for end in ("low", "high"))
            return f"({self.compare(value, '>=', low)} AND {self.compare(value, '<=', high)})"
        if isinstance(node, exp.Exists):
            return f"EXISTS ({self.query(node.this, Scope((), scope.ctes, scope)).sql})"
        if isinstance(node, exp.Like) or (isinstance(node, exp.Escape) and isinstance(node.this, exp.Like)):
            return self.like(node, scope)
        try:
            self.value(node, scope)
        except SqlError as error:
            if error.number != 4145:
                raise
        raise SqlError(
            4145,
            "An expression of non-boolean type specified in a context where a condition is expected, near"
            f" '{node.sql('tsql')[:40]}'.",
            level=15,
        )

    def collate(self, values: Sequence[Value]) -> Collation:
        """The collation that texts beside each other go by: the one said, else the columns', else the database's."""
        texts = [value for value in values if value.type.text and value.type.collation]
        explicit = {value.type.collation for value in texts if value.explicit_collation}
        implicit = {value.type.collation for value in texts if value.column}
        chosen = explicit or implicit
        if len({collation.name.upper() for collation in chosen if collation}) > 1:
            raise SqlError(468, "Cannot resolve the collation conflict between the two texts.")
        return next((collation for collation in chosen if collation), self.collation)

    def compare(self, left: Value, sign: str, right: Value) -> str:
        kind = common_type([left.type, right.type])
        if kind.text:
            collation = self.collate([left, right])
            return f"({compared(left.sql, collation)} {sign} {compared(right.sql, collation)})"
        if {"date", "time"} <= {left.type.name, right.type.name}:
            raise SqlError(402, "The data types date and time are incompatible in the comparison.")
        for value in (left, right):
            if kind.temporal and value.type.number:
                raise SqlError(206, f"Operand type clash: {value.type.name} is incompatible with {kind.name}.")
        return f"({self.widened(left, kind)} {sign} {self.widened(right, kind)})"

    def widened(self, value: Value, kind: SqlType) -> str:
        """For a comparison numbers stay what they are: DuckDB compares them by value."""
        same_family = value.type.number and kind.number and BIT not in (value.type, kind)
        return value.sql if same_family else convert(value, kind)

    def contained(self, node: exp.In, scope: Scope) -> str:
        only(node, "this", "expressions", "query")
        value = self.value(node.this, scope)
        if node.args.get("query"):
            inside = self.query(node.args["query"], Scope((), scope.ctes, scope))
            if len(inside.columns) != 1:
                raise SqlError(116, "Only one expression can be specified in the select list of such a subquery.")
            item = Value("q.c", inside.columns[0].type, column=True)
            kind = common_type([value.type, item.type])
            if kind.text:
                collation = self.collate([value, item])
                left, right = compared(value.sql, collation), compared(item.sql, collation)
            else:
                left, right = self.widened(value, kind), self.widened(item, kind)
            return f"({left} IN (SELECT {right} FROM ({inside.sql}) AS q(c)))"
        items = [self.compare(value, "=", self.value(item, scope)) for item in node.expressions]
        if not items:
            raise incorrect("IN")
        return f"({' OR '.join(items)})"

    def like(self, node: exp.Expr, scope: Scope) -> str:
        escape = node.expression if isinstance(node, exp.Escape) else None
        like = node.this if isinstance(node, exp.Escape) else node
        only(like, "this", "expression", "negate")
        negation = "NOT " if like.args.get("negate") else ""
        value, pattern = self.value(like.this, scope), self.value(like.expression, scope)
        if not pattern.type.text:
            raise SqlError(8116, "Argument data type of LIKE is invalid.")
        text = self.as_text(value)
        word = "LIKE" if self.collate([text, pattern]).case_sensitive else "ILIKE"
        sign = literal_of(escape) if escape is not None else None
        if isinstance(like.expression, (exp.Literal, exp.National)) and "[" in like.expression.name:
            flags = "s" if word == "LIKE" else "si"
            expression = text_literal(like_expression(like.expression.name, sign))
            return f"({negation}regexp_full_match({text.sql}, {expression}, '{flags}'))"
        escaping = f" ESCAPE {text_literal(sign)}" if sign else ""
        return f"({text.sql} {negation}{word} {pattern.sql}{escaping})"

    # -- values

    def value(self, node: exp.Expr | None, scope: Scope) -> Value:
        if isinstance(node, exp.Boolean):
            raise incorrect(str(node.this).upper(), "T-SQL has no such constant; BIT has 1 and 0.")
        method = VALUES.get(type(node))
        if method is None or node is None:
            if type(node) in CONDITIONS:
                raise incorrect(node.sql("tsql")[:40], "A condition is not a value.")  # type: ignore[union-attr]
            raise incorrect(node.sql("tsql")[:40] if node is not None else "", "T-SQL has no such expression.")
        return method(self, node, scope)

    def paren(self, node: exp.Paren, scope: Scope) -> Value:
        value = self.value(node.this, scope)
        return replace(value, sql=f"({value.sql})")

    def column(self, node: exp.Column, scope: Scope) -> Value:
        only(node, "this", "table", "db")
        prefix = identifier(node.args["table"]) if node.args.get("table") else None
        if prefix is None and not node.this.args.get("quoted") and node.name.upper() in NO_PARENTHESES:
            return self.call(node.name.upper(), [], scope)
        name = identifier(node.this)
        at: Scope | None = scope
        while at is not None:
            found = [
                self.column_value(source, column)
                for source in at.sources
                if prefix is None or self.same(source.alias, prefix)
                for column in source.columns
                if self.same(column.name, name)
            ]
            if len(found) > 1:
                raise SqlError(209, f"Ambiguous column name '{name}'.")
            if found:
                return found[0]
            if prefix and any(self.same(source.alias, prefix) for source in at.sources):
                break
            at = at.outer
        if prefix and at is None:
            raise SqlError(4104, f'The multi-part identifier "{prefix}.{name}" could not be bound.')
        raise SqlError(207, f"Invalid column name '{name}'.")

    def literal(self, node: exp.Literal, scope: Scope) -> Value:
        if node.is_string:
            return self.string(node.name, "varchar")
        text = node.name
        if "e" in text.lower():
            return Value(f"CAST({text} AS DOUBLE)", FLOAT, False)
        if "." in text:
            whole, _, fraction = text.partition(".")
            kind = SqlType("decimal", precision=max(len(whole.lstrip("0")) + len(fraction), 1), scale=len(fraction))
            return Value(f"CAST({text} AS {stored(kind)})", kind, False)
        if int(text) < 2**31:
            return Value(f"CAST({text} AS INTEGER)", INT, False)
        kind = SqlType("decimal", precision=len(text))
        return Value(f"CAST({text} AS {stored(kind)})", kind, False)

    def national(self, node: exp.National, scope: Scope) -> Value:
        return self.string(node.name, "nvarchar")

    def string(self, text: str, name: str) -> Value:
        kind = SqlType(name, length=max(len(text), 1), collation=self.collation)
        if name == "varchar":
            # A literal without N goes through the code page.
            text = text.encode(kind.charset, "replace").decode(kind.charset)
            kind = replace(kind, length=max(len(text.encode(kind.charset)), 1))
        return replace(sized_text(text_literal(text), kind, kind.length), nullable=False)

    def null(self, node: exp.Null, scope: Scope) -> Value:
        return Value("NULL", NOTHING)

    def parameter(self, node: exp.Parameter, scope: Scope) -> Value:
        if isinstance(node.this, exp.Parameter):
            return self.call("@@" + node.this.name.upper(), [], scope)
        name = node.name.upper()
        if name not in self.parameters:
            raise SqlError(137, f'Must declare the scalar variable "@{node.name}".')
        parameter = self.parameters[name]
        kind = parameter.type.collated(self.collation)
        self.used[name] = parameter.value
        return Value(f"CAST(${name} AS {stored(kind)})", kind)

    def negative(self, node: exp.Neg, scope: Scope) -> Value:
        value = self.value(node.this, scope)
        if not value.type.number or value.type == BIT:
            raise SqlError(8117, f"Operand data type {value.type.name} is invalid for minus operator.")
        return replace(value, sql=f"(-{value.sql})", column=False)

    def complement(self, node: exp.BitwiseNot, scope: Scope) -> Value:
        value = self.value(node.this, scope)
        if not value.type.integer:
            raise SqlError(8117, f"Operand data type {value.type.name} is invalid for '~' operator.")
        return replace(value, sql=f"(~{value.sql})", column=False)

    def arithmetic(self, node: exp.Expr, scope: Scope) -> Value:
        only(node, "this", "expression", "typed", "safe")
        sign = ARITHMETIC[type(node)]
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        kinds = [kind for kind in (left.type, right.type) if kind != NOTHING]
        if sign == "+" and kinds and all(kind.text for kind in kinds):
            return self.concatenated(left, right)
        kind = common_type([left.type, right.type])
        if not kind.number or (kind == BIT and sign not in "&|^"):
            raise SqlError(
                402 if kind.name != "date" else 206,
                f"The data types {left.type.name} and {right.type.name} are incompatible in the {sign} operator.",
            )
        if sign in "&|^":
            if not (kind.integer or kind == BIT):
                raise SqlError(402, f"The data type {kind.name} is incompatible in the {sign} operator.")
            wide = INT if kind == BIT else kind
            function = f"xor({convert(left, wide)}, {convert(right, wide)})"
            sql = function if sign == "^" else f"({convert(left, wide)} {sign} {convert(right, wide)})"
            return Value(convert(Value(sql, wide), kind), kind)
        if kind.name == "decimal":
            return self.decimal_arithmetic(left, sign, right)
        operator = "//" if sign == "/" and kind.integer else sign
        sql = f"({convert(left, kind)} {operator} {convert(right, kind)})"
        return Value(f"CAST({sql} AS {stored(kind)})", kind)

    def decimal_arithmetic(self, left: Value, sign: str, right: Value) -> Value:
        """sql/t-sql/data-types/precision-scale-and-length-transact-sql"""
        own = [
            decimal_of(value.type)
            if not value.type.text and value.type != NOTHING
            else SqlType("decimal", precision=18)
            for value in (left, right)
        ]
        (p1, s1), (p2, s2) = ((kind.precision, kind.scale) for kind in own)
        if sign in "+-":
            scale = max(s1, s2)
            kind = bounded_decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)
        elif sign == "*":
            kind = bounded_decimal(p1 + p2 + 1, s1 + s2)
        elif sign == "/":
            scale = max(6, s1 + p2 + 1)
            kind = bounded_decimal(p1 - s1 + s2 + scale, scale)
        else:
            scale = max(s1, s2)
            kind = bounded_decimal(min(p1 - s1, p2 - s2) + scale, scale)
        a, b = (convert(value, decimal) for value, decimal in zip((left, right), own, strict=True))
        if sign == "/":
            a, b = f"CAST({a} AS DOUBLE)", f"CAST({b} AS DOUBLE)"
        return Value(f"CAST(({a} {sign} {b}) AS {stored(kind)})", kind)

    def concatenated(self, left: Value, right: Value) -> Value:
        kind = common_type([left.type, right.type])
        nothing = Value("CAST(NULL AS VARCHAR)", replace(kind, length=1))
        parts = [value if value.type != NOTHING else nothing for value in (left, right)]
        kind = replace(kind, name=("n" if kind.unicode else "") + "varchar", collation=self.collate(parts))
        length = MAX if any(p.type.length == MAX for p in parts) else sum(p.type.length for p in parts)
        return sized_text(f"({parts[0].sql} || {parts[1].sql})", kind, length)

    def case(self, node: exp.Case, scope: Scope) -> Value:
        only(node, "this", "ifs", "default")
        subject = self.value(node.this, scope) if node.this else None
        conditions, results = [], []
        for branch in node.args["ifs"]:
            if subject is None:
                conditions.append(self.condition(branch.this, scope))
            else:
                conditions.append(self.compare(subject, "=", self.value(branch.this, scope)))
            results.append(self.value(branch.args["true"], scope))
        default = self.value(node.args["default"], scope) if node.args.get("default") else Value("NULL", NOTHING)
        return self.chosen(conditions, results, default)

    def chosen(self, conditions: Sequence[str], results: Sequence[Value], default: Value) -> Value:
        every = [*results, default]
        if all(value.type == NOTHING for value in every):
            raise SqlError(8133, "At least one of the result expressions in a CASE must be other than NULL.")
        kind = self.common(every)
        whens = " ".join(
            f"WHEN {condition} THEN {convert(result, kind)}"
            for condition, result in zip(conditions, results, strict=True)
        )
        nullable = any(value.nullable for value in every)
        return Value(f"(CASE {whens} ELSE {convert(default, kind)} END)", kind, nullable)

    def common(self, values: Sequence[Value]) -> SqlType:
        kind = common_type([value.type for value in values])
        return kind.collated(self.collate(values)) if kind.text else kind

    def scalar_query(self, node: exp.Subquery, scope: Scope) -> Value:
        only(node, "this")
        inside = self.query(node.this, Scope((), scope.ctes, scope))
        if len(inside.columns) != 1:
            raise SqlError(116, "Only one expression can be specified in the select list of such a subquery.")
        return Value(f"({inside.sql})", inside.columns[0].type)

    def collation_of(self, node: exp.Collate, scope: Scope) -> Value:
        value = self.value(node.this, scope)
        if not value.type.text:
            raise SqlError(447, f"Expression type {value.type.name} is invalid for COLLATE clause.")
        collation = known_collation(node.expression.name)
        word = '"binary"' if collation.case_sensitive else "NOCASE"
        return Value(f"({value.sql} COLLATE {word})", value.type.collated(collation), value.nullable, True, column=True)

    def hexadecimal(self, node: exp.HexString, scope: Scope) -> Value:
        digits = node.name if len(node.name) % 2 == 0 else "0" + node.name
        return Value(f"from_hex('{digits}')", SqlType("varbinary", length=max(len(digits) // 2, 1)), False)

    # -- functions

    def function(self, node: exp.Anonymous, scope: Scope) -> Value:
        name = node.name.upper()
        return self.call(name, node.expressions, scope)

    def call(
        self, name: str, arguments: Sequence[exp.Expr], scope: Scope, over: str = "", within: exp.Expr | None = None
    ) -> Value:
        function = FUNCTIONS.get(name)
        if function is None:
            if name.startswith("@@"):
                raise SqlError(137, f'Must declare the scalar variable "{name}".')
            raise SqlError(195, f"'{name}' is not a recognized built-in function name.")
        if self.dialect not in function.dialects:
            raise SqlError(195, f"'{name}' is not a recognized built-in function name in this kind of pool.")
        if not function.least <= len(arguments) <= function.most:
            raise SqlError(174, f"The {name.lower()} function requires {function.least} argument(s).", level=15)
        if within is not None and name not in ("STRING_AGG", "PERCENTILE_CONT", "PERCENTILE_DISC"):
            raise SqlError(10754, f"The function '{name}' may not have a WITHIN GROUP clause.")
        if name in AGGREGATES:
            return self.aggregate(name, arguments, scope, over, within)
        if name in WINDOWED:
            if not over:
                raise SqlError(10753, f"The function '{name}' must have an OVER clause.")
            return self.windowed(name, arguments, scope, over, within)
        if over:
            raise SqlError(10752, f"The function '{name}' may not have a window.")
        return CALLS[name](self, arguments, scope)

    def as_text(self, value: Value, length: int = 30) -> Value:
        """The value as text, as string functions take it."""
        if value.type.text:
            return value
        if value.type == NOTHING:
            return Value("CAST(NULL AS VARCHAR)", SqlType("varchar", length=1, collation=self.collation))
        kind = SqlType("varchar", length=length, collation=self.collation)
        return Value(to_text(value, kind), kind)

    def as_int(self, node: exp.Expr, scope: Scope) -> str:
        return convert(self.value(node, scope), INT)

    def as_float(self, node: exp.Expr, scope: Scope) -> str:
        return convert(self.value(node, scope), FLOAT)

    def window(self, node: exp.Window, scope: Scope) -> Value:
        only(node, "this", "partition_by", "order", "spec", "over")
        if node.args.get("over") != "OVER":
            raise incorrect(str(node.args.get("over")))
        this, within = node.this, None
        if isinstance(this, exp.WithinGroup):
            this, within = this.this, this.expression
        if not isinstance(this, exp.Anonymous):
            raise incorrect(this.sql("tsql")[:40])
        name = this.name.upper()
        function = FUNCTIONS.get(name)
        order = node.args.get("order")
        if function and function.category in ("ranking", "analytic") and not order:
            raise SqlError(4112, f"The function '{name}' must have an OVER clause with ORDER BY.")
        if function and function.category in ("ranking", "percentile") and node.args.get("spec"):
            raise SqlError(10752, f"The function '{name}' may not have a window frame.")
        return self.call(name, this.expressions, scope, self.over(node, scope), within)

    def over(self, node: exp.Window, scope: Scope) -> str:
        parts = []
        if partition := node.args.get("partition_by"):
            parts.append("PARTITION BY " + ", ".join(self.value(item, scope).sql for item in partition))
        if order := node.args.get("order"):
            only(order, "expressions")
            if any(isinstance(item.this, exp.Literal) for item in order.expressions):
                raise SqlError(
                    5308, "Windowed functions do not support integer indices as ORDER BY clause expressions."
                )
            parts.append("ORDER BY " + ", ".join(self.order_item(item, (), scope) for item in order.expressions))
        if frame := node.args.get("spec"):
            only(frame, "kind", "start", "start_side", "end", "end_side")
            if not order:
                raise SqlError(10756, "Window frame with ROWS or RANGE must have an ORDER BY clause.")
            parts.append(self.frame(frame))
        return f" OVER ({' '.join(parts)})"

    def frame(self, frame: exp.WindowSpec) -> str:
        kind = frame.args["kind"].upper()
        if kind not in ("ROWS", "RANGE"):
            raise incorrect(kind)
        bounds = []
        for end in ("start", "end"):
            bound, side = frame.args.get(end), frame.args.get(f"{end}_side")
            if bound is None:
                continue
            if not isinstance(bound, str):
                if kind == "RANGE" or not isinstance(bound, exp.Literal) or not bound.name.isdigit():
                    raise SqlError(4194, "RANGE is only supported with UNBOUNDED and CURRENT ROW window frames.")
                bound = bound.name
            bounds.append(f"{bound} {side or ''}".strip())
        return f"{kind} {'BETWEEN ' + ' AND '.join(bounds) if len(bounds) == 2 else bounds[0]}"

    def within_group(self, node: exp.WithinGroup, scope: Scope) -> Value:
        if not isinstance(node.this, exp.Anonymous):
            raise incorrect(node.sql("tsql")[:40])
        return self.call(node.this.name.upper(), node.this.expressions, scope, within=node.expression)

    def aggregate(
        self, name: str, arguments: Sequence[exp.Expr], scope: Scope, over: str, within: exp.Expr | None
    ) -> Value:
        argument, distinct = arguments[0], ""
        if isinstance(argument, exp.Distinct):
            only(argument, "expressions")
            if len(argument.expressions) != 1 or over:
                raise SqlError(10759, "Use of DISTINCT is not allowed there.")
            argument, distinct = argument.expressions[0], "DISTINCT "
        if isinstance(argument, exp.Star):
            only(argument)
            if name not in ("COUNT", "COUNT_BIG") or distinct:
                raise incorrect("*")
            kind = INT if name == "COUNT" else BIGINT
            return Value(f"CAST(count(*){over} AS {stored(kind)})", kind, False)
        value = self.value(argument, scope)
        if value.type == NOTHING:
            raise SqlError(8117, f"Operand data type NULL is invalid for {name.lower()} operator.")
        if name == "STRING_AGG":
            return self.string_agg(value, arguments[1], scope, over, within)
        if name in ("COUNT", "COUNT_BIG", "APPROX_COUNT_DISTINCT"):
            distinct = "DISTINCT " if name.startswith("APPROX") else distinct
            kind = INT if name == "COUNT" else BIGINT
            return Value(f"CAST(count({distinct}{value.sql}){over} AS {stored(kind)})", kind, False)
        if name in ("MIN", "MAX"):
            if value.type == BIT:
                raise SqlError(8117, f"Operand data type bit is invalid for {name.lower()} operator.")
            return Value(f"{name.lower()}({value.sql}){over}", value.type)
        if not value.type.number or value.type == BIT:
            raise SqlError(8117, f"Operand data type {value.type.name} is invalid for {name.lower()} operator.")
        if name in ("SUM", "AVG"):
            return self.sum_or_average(name, value, distinct, over)
        function = {"STDEV": "stddev_samp", "STDEVP": "stddev_pop", "VAR": "var_samp", "VARP": "var_pop"}[name]
        return Value(f"{function}({distinct}CAST({value.sql} AS DOUBLE)){over}", FLOAT)

    def sum_or_average(self, name: str, value: Value, distinct: str, over: str) -> Value:
        """The sum or average of integers is an integer of their own size, of tinyint and smallint an int."""
        total = f"sum({distinct}{value.sql}){over}"
        count = f"NULLIF(count({distinct}{value.sql}){over}, 0)"
        if value.type.approximate:
            return Value(f"{name.lower()}({distinct}CAST({value.sql} AS DOUBLE)){over}", FLOAT)
        if value.type.integer:
            kind = BIGINT if value.type == BIGINT else INT
            # The remainder is taken off first: whole numbers must fall towards nought, whatever the division does.
            whole = f"({total} - {total} % {count}) // {count}"
            return Value(f"CAST({total if name == 'SUM' else whole} AS {stored(kind)})", kind)
        scale = value.type.scale if name == "SUM" else max(value.type.scale, 6)
        kind = SqlType("decimal", precision=38, scale=scale)
        sql = total if name == "SUM" else f"CAST({total} AS DOUBLE) / {count}"
        return Value(f"CAST({sql} AS {stored(kind)})", kind)

    def string_agg(self, value: Value, separator: exp.Expr, scope: Scope, over: str, within: exp.Expr | None) -> Value:
        if over:
            raise SqlError(4113, "The function 'STRING_AGG' is not a valid windowing function.")
        text, sign = self.as_text(value), self.value(separator, scope)
        if not sign.type.text:
            raise SqlError(8116, "The separator of STRING_AGG must be a text.")
        order = ""
        if within is not None:
            order = " ORDER BY " + ", ".join(self.order_item(item, (), scope) for item in within.expressions)
        kind = SqlType("nvarchar" if text.type.unicode else "varchar", collation=text.type.collation)
        length = MAX if text.type.length == MAX else 4000 if kind.unicode else 8000
        return Value(f"string_agg({text.sql}, {sign.sql}{order})", replace(kind, length=length))

    def windowed(
        self, name: str, arguments: Sequence[exp.Expr], scope: Scope, over: str, within: exp.Expr | None
    ) -> Value:
        if name.startswith("PERCENTILE"):
            return self.percentile(name, arguments[0], scope, over, within)
        if name in ("ROW_NUMBER", "RANK", "DENSE_RANK"):
            return Value(f"{name.lower()}(){over}", BIGINT, False)
        if name in ("CUME_DIST", "PERCENT_RANK"):
            return Value(f"{name.lower()}(){over}", FLOAT, False)
        if name == "NTILE":
            return Value(f"ntile({self.as_int(arguments[0], scope)}){over}", BIGINT, False)
        value = self.value(arguments[0], scope)
        parts = [value.sql]
        if len(arguments) > 1:
            parts.append(self.as_int(arguments[1], scope))
        if len(arguments) > 2:
            parts.append(convert(self.value(arguments[2], scope), value.type))
        return Value(f"{name.lower()}({', '.join(parts)}){over}", value.type)

    def percentile(self, name: str, fraction: exp.Expr, scope: Scope, over: str, within: exp.Expr | None) -> Value:
        if within is None or len(within.expressions) != 1:
            raise SqlError(10754, f"The function '{name}' must have a WITHIN GROUP clause with ORDER BY.")
        item = within.expressions[0]
        value, part = self.value(item.this, scope), self.as_float(fraction, scope)
        part = f"(1 - {part})" if item.args.get("desc") else part
        if name == "PERCENTILE_CONT":
            return Value(f"quantile_cont({convert(value, FLOAT)}, {part}){over}", FLOAT)
        return Value(f"quantile_disc({value.sql}, {part}){over}", value.type)


def cells(row: exp.Expr) -> list[exp.Expr]:
    return row.expressions if isinstance(row, exp.Tuple) else [row.this] if isinstance(row, exp.Paren) else [row]


def optional(source: Source) -> Source:
    return replace(source, columns=[replace(column, nullable=True) for column in source.columns])


def plain(kind: SqlType) -> SqlType:
    return INT if kind == NOTHING else kind


def compared(sql: str, collation: Collation) -> str:
    """What two texts are compared by: blanks at the end never count, case as the collation says."""
    return f"rtrim({sql}, ' ')" if collation.case_sensitive else f"lower(rtrim({sql}, ' '))"


def known_collation(name: str) -> Collation:
    collation = Collation(name)
    if not collation.known:
        raise SqlError(448, f"Invalid collation '{name}'.")
    return collation


def literal_of(node: exp.Expr | None) -> str:
    if isinstance(node, exp.National) or (isinstance(node, exp.Literal) and node.is_string):
        return str(node.name)
    raise SqlError(8116, "The argument must be a text constant.")


def like_expression(pattern: str, escape: str | None) -> str:
    """A LIKE pattern with character classes as a regular expression."""
    parts, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if escape and char == escape and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
        elif char == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[{inside}]")
            at = end
        else:
            parts.append({"%": ".*", "_": "."}.get(char) or re.escape(char))
        at += 1
    return "".join(parts)


VALUES: Mapping[Any, Callable[[Binder, Any, Scope], Value]] = {
    exp.Paren: Binder.paren,
    exp.Column: Binder.column,
    exp.Literal: Binder.literal,
    exp.National: Binder.national,
    exp.Null: Binder.null,
    exp.Parameter: Binder.parameter,
    exp.Neg: Binder.negative,
    exp.BitwiseNot: Binder.complement,
    exp.Case: Binder.case,
    exp.Subquery: Binder.scalar_query,
    exp.Collate: Binder.collation_of,
    exp.HexString: Binder.hexadecimal,
    exp.Anonymous: Binder.function,
    exp.Window: Binder.window,
    exp.WithinGroup: Binder.within_group,
    **dict.fromkeys(ARITHMETIC, Binder.arithmetic),
}
CONDITIONS = {*COMPARISONS, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Exists, exp.Like, exp.Escape}


# --- Functions -------------------------------------------------------------------------------------------------------

Call = Callable[[Binder, Sequence[exp.Expr], Scope], Value]


def part_of(node: exp.Expr) -> str:
    """The date part that a function's first argument names."""
    if not isinstance(node, exp.Column) or node.table or node.name.lower() not in DATE_PARTS:
        raise SqlError(155, f"'{node.sql('tsql')}' is not a recognized datepart option.", level=15)
    return DATE_PARTS[node.name.lower()]


def moment(binder: Binder, node: exp.Expr, scope: Scope) -> Value:
    """A date or time argument; texts become datetime2."""
    value = binder.value(node, scope)
    if value.type.temporal:
        return value
    if not value.type.text and value.type != NOTHING:
        raise SqlError(8116, f"Argument data type {value.type.name} is invalid for a date function.")
    kind = SqlType("datetime2", scale=7)
    return Value(convert(value, kind), kind, value.nullable)


def scalar_float(template: str) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        return Value(template.format(*(binder.as_float(argument, scope) for argument in arguments)), FLOAT)

    return call


def same_number(template: str) -> Call:
    """A function whose result has its first argument's type."""

    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        value = binder.value(arguments[0], scope)
        if not value.type.number:
            value = Value(convert(value, FLOAT), FLOAT)
        if value.type in (BIT, TINYINT, SqlType("smallint")):
            value = Value(convert(value, INT), INT)
        others = [binder.as_int(argument, scope) for argument in arguments[1:]]
        kind = FLOAT if value.type.name == "real" else value.type
        return Value(f"CAST({template.format(value.sql, *others)} AS {stored(kind)})", kind)

    return call


def rounded(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    if len(arguments) == 3:
        raise unsupported("The third argument of ROUND", "Not by this pool.")
    value = binder.value(arguments[0], scope)
    digits = arguments[1].sql("tsql")
    if value.type.name == "decimal" and not re.fullmatch(r"-?\d+", digits):
        raise unsupported("ROUND of a decimal by what is not a constant", "Not by this pool.")
    return same_number("round({}, {})")(binder, arguments, scope)


def power(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    value = binder.value(arguments[0], scope)
    kind = value.type if value.type.number and value.type not in (BIT, TINYINT, SqlType("smallint")) else INT
    kind = FLOAT if value.type.text or kind.name == "real" else kind
    sql = f"pow({convert(value, FLOAT)}, {binder.as_float(arguments[1], scope)})"
    return Value(convert(Value(sql, FLOAT), kind), kind)


def floor_or_ceiling(function: str) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        value = binder.value(arguments[0], scope)
        if value.type.integer:
            return value
        kind = FLOAT if value.type.name != "decimal" else replace(value.type, scale=0)
        sql = convert(value, FLOAT) if kind == FLOAT else value.sql
        return Value(f"CAST({function}({sql}) AS {stored(kind)})", kind)

    return call


def same_text(template: str) -> Call:
    """A function of texts that is never longer than its first argument."""

    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        text = binder.as_text(binder.value(arguments[0], scope))
        kind = replace(
            text.type, name=text.type.name if "var" in text.type.name else text.type.name.replace("c", "varc")
        )
        others = [binder.as_int(argument, scope) for argument in arguments[1:]]
        return Value(template.format(text.sql, *others), kind, text.nullable)

    return call


def count_of(template: str) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        text = binder.as_text(binder.value(arguments[0], scope))
        return Value(f"CAST({template.format(text.sql)} AS INTEGER)", INT)

    return call


def data_length(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    value = binder.value(arguments[0], scope)
    if not value.type.text:
        raise unsupported("DATALENGTH of what is not a text", "Not by this pool.")
    size = f"2 * length({value.sql})" if value.type.unicode else f"length({value.sql})"
    size = f"strlen({value.sql})" if value.type.charset == "utf-8" and not value.type.unicode else size
    return Value(f"CAST({size} AS INTEGER)", INT)


def char_index(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    sought, text = (binder.as_text(binder.value(argument, scope)) for argument in arguments[:2])
    sensitive = binder.collate([sought, text]).case_sensitive
    needle, hay = (value.sql if sensitive else f"lower({value.sql})" for value in (sought, text))
    if len(arguments) == 2:
        return Value(f"CAST(instr({hay}, {needle}) AS INTEGER)", INT)
    start = f"greatest({binder.as_int(arguments[2], scope)}, 1)"
    found = f"instr(substr({hay}, {start}), {needle})"
    return Value(f"CAST(CASE WHEN {found} = 0 THEN 0 ELSE {found} + {start} - 1 END AS INTEGER)", INT)


def joined_texts(binder: Binder, values: Sequence[Value]) -> tuple[list[Value], SqlType, int]:
    texts = [binder.as_text(value) for value in values]
    unicode = any(text.type.unicode for text in texts)
    kind = SqlType("nvarchar" if unicode else "varchar", collation=binder.collate(texts))
    length = MAX if any(t.type.length == MAX for t in texts) else sum(t.type.length for t in texts)
    return texts, kind, length


def concat(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    texts, kind, length = joined_texts(binder, [binder.value(argument, scope) for argument in arguments])
    return replace(sized_text(f"concat({', '.join(text.sql for text in texts)})", kind, length), nullable=False)


def concat_ws(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    texts, kind, length = joined_texts(binder, [binder.value(argument, scope) for argument in arguments])
    if length != MAX:
        length += texts[0].type.length * (len(texts) - 3)
    sign = f"coalesce({texts[0].sql}, '')"
    return sized_text(f"concat_ws({sign}, {', '.join(text.sql for text in texts[1:])})", kind, length)


def replaced(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    texts, kind, _ = joined_texts(binder, [binder.value(argument, scope) for argument in arguments])
    text, old, new = (value.sql for value in texts)
    length = MAX if texts[0].type.length == MAX else 4000 if kind.unicode else 8000
    if kind.ignores_case:
        pattern, by = f"regexp_escape({old})", f"replace({new}, '\\', '\\\\')"
        sql = f"CASE WHEN {old} = '' THEN {text} ELSE regexp_replace({text}, {pattern}, {by}, 'gi') END"
    else:
        sql = f"replace({text}, {old}, {new})"
    return sized_text(f"({sql})", kind, length)


def translate(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    text, old, new = (binder.as_text(binder.value(argument, scope)) for argument in arguments)
    return Value(f"translate({text.sql}, {old.sql}, {new.sql})", text.type)


def replicate(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    text = binder.as_text(binder.value(arguments[0], scope))
    longest = MAX if text.type.length == MAX else 4000 if text.type.unicode else 8000
    cut = f"repeat({text.sql}, {binder.as_int(arguments[1], scope)})"
    return sized_text(cut if longest == MAX else f"left({cut}, {longest})", text.type, longest)


def space(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    kind = SqlType("varchar", length=8000, collation=binder.collation)
    return Value(f"left(repeat(' ', {binder.as_int(arguments[0], scope)}), 8000)", kind)


def stuff(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    texts, kind, length = joined_texts(binder, [binder.value(arguments[0], scope), binder.value(arguments[3], scope)])
    start, size = (binder.as_int(argument, scope) for argument in arguments[1:3])
    text, new = (value.sql for value in texts)
    whole = f"left({text}, {start} - 1) || coalesce({new}, '') || substr({text}, {start} + {size})"
    sql = f"(CASE WHEN {start} BETWEEN 1 AND length({text}) AND {size} >= 0 THEN {whole} END)"
    return sized_text(sql, kind, length)


def character(name: str) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        return Value(f"chr({binder.as_int(arguments[0], scope)})", SqlType(name, length=1, collation=binder.collation))

    return call


def date_add(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    part, count = part_of(arguments[0]), binder.as_int(arguments[1], scope)
    value = moment(binder, arguments[2], scope)
    if part in ("weekday", "dayofyear"):
        part = "day"
    if part == "iso_week":
        raise SqlError(9810, "The datepart iso_week is not supported by date function dateadd.")
    sub_day = part in ("hour", "minute", "second", "millisecond", "microsecond")
    if (value.type == DATE and sub_day) or (value.type.name == "time" and not sub_day):
        raise SqlError(
            9810, f"The datepart {part} is not supported by date function dateadd for data type {value.type.name}."
        )
    unit, factor = {"year": ("months", 12), "quarter": ("months", 3), "week": ("days", 7)}.get(part, (f"{part}s", 1))
    interval = f"to_{unit}({count}{f' * {factor}' if factor > 1 else ''})"
    return Value(f"CAST({value.sql} + {interval} AS {stored(value.type)})", value.type, value.nullable)


def date_diff(kind: SqlType) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        part = part_of(arguments[0])
        start, end = (moment(binder, argument, scope).sql for argument in arguments[1:])
        if part in ("dayofyear", "weekday"):
            part = "day"
        if part in ("week", "iso_week"):
            # Weeks turn from Saturday to Sunday, whatever DATEFIRST is; 1899-12-31 was a Sunday.
            weeks = (f"floor(date_diff('day', DATE '1899-12-31', CAST({at} AS DATE)) / 7)" for at in (end, start))
            sql = f"({' - '.join(weeks)})"
        else:
            sql = f"date_diff('{part}', {start}, {end})"
        return Value(f"CAST({sql} AS {stored(kind)})", kind)

    return call


def date_number(part: str, value: Value) -> str:
    sql = value.sql
    if part == "weekday":
        return f"dayofweek({sql}) + 1"
    if part == "week":
        first = f"dayofweek(date_trunc('year', {sql}))"
        return f"(dayofyear({sql}) - 1 + {first}) // 7 + 1"
    if part == "millisecond":
        return f"millisecond({sql}) % 1000"
    if part == "microsecond":
        return f"microsecond({sql}) % 1000000"
    return f"date_part('{ {'iso_week': 'week', 'dayofyear': 'doy'}.get(part, part) }', {sql})"


def date_part(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    value = moment(binder, arguments[1], scope)
    return Value(f"CAST({date_number(part_of(arguments[0]), value)} AS INTEGER)", INT, value.nullable)


def date_field(part: str) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        value = moment(binder, arguments[0], scope)
        return Value(f"CAST({date_number(part, value)} AS INTEGER)", INT, value.nullable)

    return call


def date_name(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    part, value = part_of(arguments[0]), moment(binder, arguments[1], scope)
    named = {"month": "monthname({})", "weekday": "dayname({})"}.get(part)
    sql = named.format(value.sql) if named else f"CAST({date_number(part, value)} AS VARCHAR)"
    return Value(sql, SqlType("nvarchar", length=30, collation=binder.collation))


def date_trunc(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    part, value = part_of(arguments[0]), moment(binder, arguments[1], scope)
    if part in ("weekday", "dayofyear"):
        part = "day"
    if part == "week":
        start = f"CAST({value.sql} AS DATE) - dayofweek({value.sql})"
        return Value(f"CAST({start} AS {stored(value.type)})", value.type)
    part = "week" if part == "iso_week" else part
    return Value(f"CAST(date_trunc('{part}', {value.sql}) AS {stored(value.type)})", value.type)


def end_of_month(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    value = moment(binder, arguments[0], scope)
    months = binder.as_int(arguments[1], scope) if len(arguments) > 1 else "0"
    return Value(f"last_day(CAST({value.sql} AS DATE) + to_months({months}))", DATE, value.nullable)


def date_from_parts(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    return Value(f"make_date({', '.join(binder.as_int(argument, scope) for argument in arguments)})", DATE)


def datetime2_from_parts(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    *whole, second, fraction = (binder.as_int(argument, scope) for argument in arguments[:7])
    if not (isinstance(arguments[7], exp.Literal) and arguments[7].name in "01234567"):
        raise SqlError(10760, "Scale argument is not valid. Valid expressions are integer constants.")
    digits = int(arguments[7].name)
    sql = f"make_timestamp({', '.join(whole)}, {second} + {fraction} / {10**digits}.0)"
    return Value(sql, SqlType("datetime2", scale=digits))


def now(kind: SqlType) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        return Value(f"CAST('{binder.now.isoformat(' ')}' AS TIMESTAMP)", kind, False)

    return call


def iif(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    yes, no = (binder.value(argument, scope) for argument in arguments[1:])
    return binder.chosen([binder.condition(arguments[0], scope)], [yes], no)


def choose(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    index = binder.as_int(arguments[0], scope)
    results = [binder.value(argument, scope) for argument in arguments[1:]]
    return binder.chosen([f"{index} = {at}" for at in range(1, len(results) + 1)], results, Value("NULL", NOTHING))


def extreme(function: str) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        values = [binder.value(argument, scope) for argument in arguments]
        kind = binder.common(values)
        return Value(f"{function}({', '.join(convert(value, kind) for value in values)})", kind)

    return call


def coalesce(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    values = [binder.value(argument, scope) for argument in arguments]
    if all(value.type == NOTHING for value in values):
        raise SqlError(4127, "At least one of the arguments to COALESCE must be other than NULL.")
    kind = binder.common(values)
    sql = f"coalesce({', '.join(convert(value, kind) for value in values)})"
    return Value(sql, kind, all(value.nullable for value in values))


def is_null(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    """Unlike COALESCE the result has the first argument's type."""
    value, other = (binder.value(argument, scope) for argument in arguments)
    kind = plain(other.type) if value.type == NOTHING else value.type
    sql = f"coalesce({convert(value, kind)}, {convert(other, kind)})"
    return Value(sql, kind, value.nullable and other.nullable)


def null_if(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    value, other = (binder.value(argument, scope) for argument in arguments)
    return Value(f"(CASE WHEN {binder.compare(value, '=', other)} THEN NULL ELSE {value.sql} END)", value.type)


def cast(tried: bool, *, type_first: bool) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        declared, operand = arguments[:2] if type_first else (arguments[1], arguments[0])
        kind = parse_type(declared.name, default_length=30)
        if kind is None:
            raise SqlError(243, f"Type {declared.name} is not a defined system type.")
        value = binder.value(operand, scope)
        kind = kind.collated(value.type.collation if value.type.text and value.type.collation else binder.collation)
        style = int(arguments[2].name) if len(arguments) > 2 else None
        return Value(convert(value, kind, tried=tried, style=style), kind, value.nullable or tried)

    return call


def database_property(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    asked = literal_of(arguments[1]).lower()
    known = {"collation": binder.collation.name, "edition": "DataWarehouse", "status": "ONLINE"}
    kind = SqlType("nvarchar", length=128, collation=binder.collation)
    return Value(text_literal(known[asked]) if asked in known else "CAST(NULL AS VARCHAR)", kind)


def database_name(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    kind = SqlType("nvarchar", length=128, collation=binder.collation)
    return Value(text_literal(binder.session.login.database or "pool"), kind)


def object_id(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    name = literal_of(arguments[0])
    kind = literal_of(arguments[1]).strip().upper() if len(arguments) > 1 else None
    found = binder.session.object_id(Words(name, lex(name)).name(), kind)
    return Value("CAST(NULL AS INTEGER)" if found is None else f"CAST({found} AS INTEGER)", INT)


def schema_id(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    found = binder.session.schema_id(literal_of(arguments[0]) if arguments else "dbo")
    return Value("CAST(NULL AS INTEGER)" if found is None else f"CAST({found} AS INTEGER)", INT)


def schema_name(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    kind = SqlType("nvarchar", length=128, collation=binder.collation)
    if not arguments:
        return Value("'dbo'", kind)
    whens = " ".join(f"WHEN {at} THEN {text_literal(name)}" for name, at in binder.session.schemas().items())
    return Value(f"(CASE {binder.as_int(arguments[0], scope)} {whens} END)", kind)


def version(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
    kind = SqlType("nvarchar", length=300, collation=binder.collation)
    return Value(text_literal(VERSIONS[binder.dialect]), kind)


def state(read: Callable[["PoolSession"], int], kind: SqlType) -> Call:
    def call(binder: Binder, arguments: Sequence[exp.Expr], scope: Scope) -> Value:
        return Value(f"CAST({read(binder.session)} AS {stored(kind)})", kind, False)

    return call


CALLS: Mapping[str, Call] = {
    "GROUPING": lambda binder, arguments, scope: Value(
        f"CAST(GROUPING({binder.value(arguments[0], scope).sql}) AS UTINYINT)", TINYINT, False
    ),
    "ABS": same_number("abs({})"),
    "SIGN": same_number("sign({})"),
    "ROUND": rounded,
    "POWER": power,
    "CEILING": floor_or_ceiling("ceil"),
    "FLOOR": floor_or_ceiling("floor"),
    "ACOS": scalar_float("acos({})"),
    "ASIN": scalar_float("asin({})"),
    "ATAN": scalar_float("atan({})"),
    "ATN2": scalar_float("atan2({}, {})"),
    "COS": scalar_float("cos({})"),
    "COT": scalar_float("cot({})"),
    "DEGREES": scalar_float("degrees({})"),
    "EXP": scalar_float("exp({})"),
    "LOG": lambda binder, arguments, scope: scalar_float("ln({})" if len(arguments) == 1 else "(ln({}) / ln({}))")(
        binder, arguments, scope
    ),
    "LOG10": scalar_float("log10({})"),
    "PI": scalar_float("pi()"),
    "RADIANS": scalar_float("radians({})"),
    "SIN": scalar_float("sin({})"),
    "SQRT": scalar_float("sqrt({})"),
    "SQUARE": scalar_float("pow({}, 2)"),
    "TAN": scalar_float("tan({})"),
    "ASCII": count_of("ascii({})"),
    "UNICODE": count_of("unicode({})"),
    "CHAR": character("char"),
    "NCHAR": character("nchar"),
    "CHARINDEX": char_index,
    "CONCAT": concat,
    "CONCAT_WS": concat_ws,
    "DATALENGTH": data_length,
    "LEFT": same_text("left({}, greatest({}, 0))"),
    "RIGHT": same_text("right({}, greatest({}, 0))"),
    "LEN": count_of("length(rtrim({}, ' '))"),
    "LOWER": same_text("lower({})"),
    "UPPER": same_text("upper({})"),
    "LTRIM": same_text("ltrim({}, ' ')"),
    "RTRIM": same_text("rtrim({}, ' ')"),
    "TRIM": same_text("trim({}, ' ')"),
    "REVERSE": same_text("reverse({})"),
    # From a start below one, what lies before the text still counts towards the length.
    "SUBSTRING": same_text("substr({0}, greatest({1}, 1), greatest({2} + least({1} - 1, 0), 0))"),
    "REPLACE": replaced,
    "REPLICATE": replicate,
    "SPACE": space,
    "STUFF": stuff,
    "TRANSLATE": translate,
    "DATEADD": date_add,
    "DATEDIFF": date_diff(INT),
    "DATEDIFF_BIG": date_diff(BIGINT),
    "DATEFROMPARTS": date_from_parts,
    "DATETIME2FROMPARTS": datetime2_from_parts,
    "DATENAME": date_name,
    "DATEPART": date_part,
    "DATETRUNC": date_trunc,
    "DAY": date_field("day"),
    "MONTH": date_field("month"),
    "YEAR": date_field("year"),
    "EOMONTH": end_of_month,
    "GETDATE": now(SqlType("datetime")),
    "GETUTCDATE": now(SqlType("datetime")),
    "CURRENT_TIMESTAMP": now(SqlType("datetime")),
    "SYSDATETIME": now(SqlType("datetime2", scale=7)),
    "SYSUTCDATETIME": now(SqlType("datetime2", scale=7)),
    "CHOOSE": choose,
    "IIF": iif,
    "GREATEST": extreme("greatest"),
    "LEAST": extreme("least"),
    "COALESCE": coalesce,
    "NULLIF": null_if,
    "ISNULL": is_null,
    "CAST": cast(False, type_first=False),
    "TRY_CAST": cast(True, type_first=False),
    "CONVERT": cast(False, type_first=True),
    "TRY_CONVERT": cast(True, type_first=True),
    "DATABASEPROPERTYEX": database_property,
    "DB_NAME": database_name,
    "OBJECT_ID": object_id,
    "SCHEMA_ID": schema_id,
    "SCHEMA_NAME": schema_name,
    "NEWID": lambda binder, arguments, scope: Value("uuid()", SqlType("uniqueidentifier"), False),
    "XACT_STATE": state(lambda session: session.state, SqlType("smallint")),
    "@@TRANCOUNT": state(lambda session: int(bool(session.transaction)), INT),
    "@@VERSION": version,
}


# --- Tables ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A table or view as it was declared."""

    schema: str
    name: str
    columns: Sequence[Column]
    kind: Literal["U", "V"] = "U"
    number: int = 0
    definition: str = ""
    statistics: Mapping[str, Sequence[str]] = field(default_factory=dict)
    constraints: Sequence[str] = ()

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def comment(self) -> str:
        """What DuckDB keeps of the declaration: as a comment it follows transactions, renaming and dropping."""
        columns = [
            [c.name, str(c.type), c.type.collation.name if c.type.collation else None, c.nullable] for c in self.columns
        ]
        text = json.dumps({**{part: getattr(self, part) for part in KEPT}, "columns": columns})
        word = "TABLE" if self.kind == "U" else "VIEW"
        return f"COMMENT ON {word} {self.sql} IS {text_literal(text)}"

    @property
    def ddl(self) -> str:
        return f"CREATE TABLE {self.sql} ({', '.join(column_definition(column) for column in self.columns)})"


KEPT = ("definition", "statistics", "constraints")
LISTED = """
    SELECT schema_name, table_name, 'U', table_oid, comment FROM duckdb_tables()
    WHERE NOT internal AND NOT temporary
    UNION ALL
    SELECT schema_name, view_name, 'V', view_oid, comment FROM duckdb_views()
    WHERE NOT internal AND NOT temporary
"""


@lru_cache(maxsize=4096)
def read_table(schema: str, name: str, kind: Literal["U", "V"], number: int, comment: str) -> Table:
    kept = json.loads(comment)
    columns = [declared_column(*column) for column in kept["columns"]]
    return Table(schema, name, columns, kind, number, **{part: kept[part] for part in KEPT})


def declared_column(name: str, text: str, collation: str | None, nullable: bool) -> Column:
    kind = parse_type(text)
    assert kind is not None
    return Column(name, kind.collated(Collation(collation)) if collation else kind, nullable)


def column_definition(column: Column) -> str:
    """The column in DuckDB: what the declaration promises is checked by the table itself."""
    kind, name = column.type, quoted(column.name)
    sql = f"{name} {stored(kind)}"
    if kind.ignores_case:
        sql += " COLLATE NOCASE"
    if not column.nullable:
        sql += " NOT NULL"
    if kind.length > 0 and kind.text and kind.unicode:
        # Characters beyond the basic plane count twice, as UTF-16 has them.
        astral = f"length(regexp_replace({name}, '[^\\x{{10000}}-\\x{{10FFFF}}]', '', 'g'))"
        sql += f" CHECK (strlen({name}) <= {kind.length} OR length({name}) + {astral} <= {kind.length})"
    elif kind.length > 0 and (kind.text or kind.name == "varbinary"):
        measure = "octet_length" if kind.name == "varbinary" else "strlen" if kind.charset == "utf-8" else "length"
        sql += f" CHECK ({measure}({name}) <= {kind.length})"
    return sql


# --- Reading Parquet -------------------------------------------------------------------------------------------------

BLOB_ENDPOINT = ".blob.core.windows.net"
WHOLE_BYTES: Mapping[str, int] = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}


CODECS = {"UNCOMPRESSED", "SNAPPY", "GZIP"}
"""Of Parquet files that COPY INTO reads: sql/t-sql/statements/copy-into-transact-sql, COMPRESSION."""


def parquet_table(blob: "Path | bytes") -> pa.Table:
    file = pq.ParquetFile(io.BytesIO(blob) if isinstance(blob, bytes) else blob)
    groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
    codecs = {group.column(at).compression for group in groups for at in range(group.num_columns)}
    if codecs - CODECS:
        raise SqlError(105019, f"The Parquet file has the compression {', '.join(codecs - CODECS)}.")
    return file.read()


def loadable(kind: pa.DataType, target: SqlType) -> bool:
    """Whether COPY takes a Parquet column of the kind into a column of the type: nothing may be lost."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_null(kind):
        return True
    if pa.types.is_boolean(kind):
        return target.name == "bit"
    if pa.types.is_integer(kind):
        size = kind.bit_width // 8
        if target.name == "tinyint":
            return size == 1 and pa.types.is_unsigned_integer(kind)
        return target.integer and size + pa.types.is_unsigned_integer(kind) <= WHOLE_BYTES[target.name]
    if pa.types.is_floating(kind):
        return target.name == "float" or (target.name == "real" and kind.bit_width <= 32)
    if pa.types.is_decimal(kind):
        whole = target.precision - target.scale
        return target.name == "decimal" and kind.scale <= target.scale and kind.precision - kind.scale <= whole
    if pa.types.is_date(kind):
        return target.name in ("date", "datetime", "datetime2")
    if pa.types.is_timestamp(kind):
        return target.name in ("datetime", "datetime2")
    if pa.types.is_time(kind):
        return target.name == "time"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return target.name == "varbinary"
    texts = (pa.types.is_string(kind), pa.types.is_large_string(kind), pa.types.is_string_view(kind))
    return any(texts) and target.text


def readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Timestamps as the pool has them: in UTC, without a zone, to the microsecond."""
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us"), safe=False)
    return column


def rejected(why: str) -> SqlError:
    return SqlError(107090, f"COPY statement failed, HdfsBridge::recordReaderFillBuffer: {why}")


# --- Sessions --------------------------------------------------------------------------------------------------------


class PoolSession:
    """One connection: its own DuckDB cursor, and its transaction."""

    def __init__(self, pool: "Pool", login: Login, number: int) -> None:
        self.pool, self.login = pool, login
        self.cursor = pool.open_cursor()
        self.transaction: int = 0
        self.committed: bool = False
        self.doomed: bool = False
        self.numbers = itertools.count(number * 1_000_000 + 1)

    # -- what the wire asks for

    def execute(self, sql: str, parameters: Sequence[Parameter]) -> Iterator[Result]:
        with self.received(sql):
            yield from self.batch(sql, parameters)

    def prepare(self, sql: str) -> None:
        """Nothing is known of a statement before its parameters are."""

    def begin(self) -> None:
        with self.received("BEGIN"):
            self.start_transaction()

    def commit(self, begin_again: bool = False) -> None:
        try:
            with self.received("COMMIT"):
                self.end_transaction("COMMIT")
        except SqlError:
            # What could not be committed is over: the driver sends no rollback after it.
            self.reset()
            raise
        if begin_again:
            self.start_transaction()

    def rollback(self, begin_again: bool = False) -> None:
        with self.received("ROLLBACK"):
            self.end_transaction("ROLLBACK")
        if begin_again:
            self.start_transaction()

    def reset(self) -> None:
        if self.transaction:
            self.end_transaction("ROLLBACK")

    def interrupt(self) -> None:
        self.cursor.interrupt()

    def close(self) -> None:
        with contextlib.suppress(duckdb.Error):
            self.reset()
        self.cursor.close()

    # -- transactions

    @property
    def state(self) -> int:
        """XACT_STATE(): azure/synapse-analytics/sql-data-warehouse/sql-data-warehouse-develop-transactions"""
        return (-2 if self.pool.dialect == "synapse" else -1) if self.doomed else int(bool(self.transaction))

    def start_transaction(self) -> None:
        if self.transaction:
            raise unsupported("A transaction within a transaction")
        self.cursor.begin()
        self.transaction, self.doomed = next(self.numbers), False

    def end_transaction(self, how: Literal["COMMIT", "ROLLBACK"]) -> None:
        if not self.transaction:
            number = 3902 if how == "COMMIT" else 3903
            raise SqlError(number, f"The {how} TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        if self.doomed and how == "COMMIT":
            raise self.doom_error()
        self.transaction, self.committed = 0, how == "COMMIT"
        if self.doomed:
            self.doomed = False
        elif how == "COMMIT":
            with self.errors():
                self.cursor.commit()
        else:
            self.cursor.rollback()

    def doom(self) -> None:
        """After an error nothing but a rollback is possible; what was done is undone at once."""
        if self.transaction and not self.doomed:
            self.doomed = True
            with contextlib.suppress(duckdb.Error):
                self.cursor.rollback()

    def doom_error(self) -> SqlError:
        if self.pool.dialect == "synapse":
            return SqlError(
                111233,
                "The current transaction has aborted, and any pending changes have been rolled back. Cause: A"
                " transaction in a rollback-only state was not explicitly rolled back before a DDL, DML or SELECT"
                " statement.",
            )
        return SqlError(3930, "The current transaction cannot be committed. Roll back the transaction.")

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise translated(error) from error

    @contextlib.contextmanager
    def received(self, sql: str) -> Iterator[None]:
        """Notes the text, and lets the faults that wait for it happen."""
        self.pool.statements.append(sql)
        fault = self.pool.fault_for(sql)
        if fault and fault.cuts:
            raise ConnectionCut
        try:
            if fault and not fault.after:
                raise fault.error
            yield
            if fault:
                raise fault.error
        except SqlError:
            self.doom()
            raise

    @contextlib.contextmanager
    def atomic(self) -> Iterator[None]:
        """A statement outside a transaction is one of its own."""
        with self.errors():
            if self.transaction:
                yield
                return
            self.cursor.begin()
            try:
                yield
            except BaseException:
                self.cursor.rollback()
                raise
            self.cursor.commit()

    # -- statements

    def batch(self, sql: str, parameters: Sequence[Parameter]) -> Iterator[Result]:
        for words in split_statements(sql):
            while not words.ended:
                yield from self.statement(words, parameters)

    def statement(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        kind = next((statement for statement in STATEMENTS if words.follow(statement.words)), None)
        if kind is None:
            raise incorrect(words.near(), "No such statement is documented for this pool, or this fake lacks it.")
        if self.pool.dialect not in kind.dialects:
            raise unsupported(kind.words, f"It is not documented for {self.pool.dialect}.")
        if self.doomed and not words.follow("ROLLBACK"):
            raise self.doom_error()
        if kind.ddl and self.transaction and self.pool.dialect == "synapse":
            raise SqlError(111212, f"Operation cannot be performed within a transaction: {kind.words}.")
        yield from HANDLERS[kind.words](self, words, parameters)

    def fetched(self, sql: str, values: Mapping[str, Any]) -> list[Sequence[tuple[Any, ...]]]:
        self.cursor.execute(sql, dict(values)) if values else self.cursor.execute(sql)
        batches: list[Sequence[tuple[Any, ...]]] = []
        while rows := self.cursor.fetchmany(BATCH_ROWS):
            batches.append(rows)
        return batches

    def changed(self, sql: str, values: Mapping[str, Any]) -> int:
        return int(self.fetched(sql, values)[0][0][0])

    def query(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        tree = parse(words.rest())
        with self.atomic():
            binder = Binder(self, parameters)
            query = binder.query(tree, Scope(), "statement")
            batches = self.fetched(query.sql, binder.used)
        columns = [replace(column, type=binder.final_type(column)) for column in query.columns]
        yield Result(columns, batches)

    def insert(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        tree = parse(words.rest())
        only(tree, "this", "expression")
        with self.atomic():
            binder = Binder(self, parameters)
            schema = tree.this
            node = schema.this if isinstance(schema, exp.Schema) else schema
            table = self.target(node)
            names = [identifier(name) for name in schema.expressions] if isinstance(schema, exp.Schema) else None
            columns = self.columns_named(table, names)
            source = self.inserted(binder, tree.expression)
            yield Result(count=self.changed(self.insertion(table, columns, source), binder.used))

    def inserted(self, binder: Binder, node: exp.Expr | None) -> Query:
        if not isinstance(node, exp.Values):
            if node is None:
                raise incorrect("INSERT")
            return binder.query(node, Scope(), "statement")
        only(node, "expressions")
        if self.pool.dialect == "synapse" and len(node.expressions) > 1:
            raise incorrect(",", "The INSERT … VALUES of a dedicated pool takes one row.")
        return binder.values(node, Scope())

    def insertion(self, table: Table, columns: Sequence[Column], source: Query) -> str:
        if len(source.columns) != len(columns):
            more = "fewer" if len(source.columns) > len(columns) else "more"
            raise SqlError(213, f"Column name or number of supplied values does not match: there are {more} columns.")
        names = [f"c{at}" for at in range(len(columns))]
        values = ", ".join(
            assigned(Value(f"q.{name}", own.type), column.type)
            for name, own, column in zip(names, source.columns, columns, strict=True)
        )
        listing = ", ".join(quoted(column.name) for column in columns)
        return f"INSERT INTO {table.sql} ({listing}) SELECT {values} FROM ({source.sql}) AS q({', '.join(names)})"

    def update(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        tree = parse(words.rest())
        only(tree, "this", "expressions", "where")
        with self.atomic():
            binder = Binder(self, parameters)
            table = self.target(tree.this)
            scope = Scope([Source(table.name, table.columns)])
            settings = []
            for setting in tree.expressions:
                if not isinstance(setting, exp.EQ) or not isinstance(setting.this, exp.Column):
                    raise incorrect(setting.sql("tsql")[:40])
                (column,) = self.columns_named(table, [identifier(setting.this.this)])
                value = assigned(binder.value(setting.expression, scope), column.type)
                settings.append(f"{quoted(column.name)} = {value}")
            sql = f"UPDATE {table.sql} AS {quoted(table.name)} SET {', '.join(settings)}"
            yield Result(count=self.changed(sql + binder.filtered(tree, "where", scope), binder.used))

    def delete(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        tree = parse(words.rest())
        only(tree, "this", "tables", "where")
        with self.atomic():
            binder = Binder(self, parameters)
            targets = [tree.this] if tree.this else tree.args["tables"]
            if len(targets) != 1:
                raise incorrect(",")
            table = self.target(targets[0])
            scope = Scope([Source(table.name, table.columns)])
            sql = f"DELETE FROM {table.sql} AS {quoted(table.name)}{binder.filtered(tree, 'where', scope)}"
            yield Result(count=self.changed(sql, binder.used))

    def target(self, node: Any) -> Table:
        if not isinstance(node, exp.Table):
            raise incorrect(str(node)[:40])
        only(node, "this", "db")
        table = self.table(identifier(node.args["db"]) if node.args.get("db") else "dbo", identifier(node.this))
        if table.kind == "V":
            raise SqlError(4406, f"Update or insert of view '{table.name}' is not supported.")
        return table

    def columns_named(self, table: Table, names: Sequence[str] | None) -> Sequence[Column]:
        if names is None:
            return table.columns
        found = []
        for name in names:
            column = next((column for column in table.columns if self.same(column.name, name)), None)
            if column is None:
                raise SqlError(207, f"Invalid column name '{name}'.")
            if column in found:
                raise SqlError(264, f"The column name '{name}' is specified more than once.")
            found.append(column)
        return found

    def same(self, a: str, b: str) -> bool:
        return a == b if self.pool.collation.case_sensitive else a.upper() == b.upper()

    # -- the catalog

    def tables(self) -> list[Table]:
        return [read_table(*row) for row in self.cursor.execute(f"{LISTED} ORDER BY 1, 2").fetchall()]

    def find(self, schema: str, name: str, kind: str | None = None) -> Table | None:
        for row in self.cursor.execute(LISTED).fetchall():
            if self.same(row[0], schema) and self.same(row[1], name) and kind in (None, row[2]):
                return read_table(*row)
        return None

    def table(self, schema: str, name: str) -> Table:
        table = self.find(schema, name)
        if table is None:
            raise SqlError(208, f"Invalid object name '{schema}.{name}'.")
        return table

    def schemas(self) -> dict[str, int]:
        sql = "SELECT schema_name, oid FROM duckdb_schemas() WHERE NOT internal AND database_name = current_database()"
        return {name: number for name, number in self.cursor.execute(sql).fetchall() if name != "main"}

    def schema_id(self, name: str) -> int | None:
        return next((number for other, number in self.schemas().items() if self.same(other, name)), None)

    def schema(self, name: str) -> str:
        found = next((other for other in self.schemas() if self.same(other, name)), None)
        if found is None:
            raise SqlError(2760, f'The specified schema name "{name}" either does not exist or you may not use it.')
        return found

    def object_id(self, name: tuple[str, str], kind: str | None) -> int | None:
        table = self.find(*name, kind)
        return table.number if table else None

    def system_view(self, name: str) -> tuple[str, Sequence[Column]]:
        """The view's rows as they are now, as one JSON text: DuckDB plans that faster than a constant per cell."""
        columns, rows = SYSTEM[name](self)
        kinds = {column.name: stored(column.type) for column in columns}
        written = json.dumps([dict(zip(kinds, row, strict=True)) for row in rows])
        row_type = json.dumps([kinds])
        return (
            f"(SELECT unnest(json_transform({text_literal(written)}, {text_literal(row_type)}), max_depth := 2))",
            columns,
        )

    # -- definitions

    def create_table(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("CREATE TABLE")
        name = words.name()
        columns, constraints = self.column_list(words) if words.follow("(") else (None, [])
        options = self.table_options(words) if words.take("WITH") else {}
        with self.atomic():
            if columns is None:
                yield self.create_as_select(words, name, options, parameters)
                return
            if not words.ended:
                raise incorrect(words.near())
            self.add_table(Table(*name, columns, constraints=constraints), options)
        yield Result()

    def create_as_select(
        self, words: Words, name: tuple[str, str], options: Mapping[str, Any], parameters: Sequence[Parameter]
    ) -> Result:
        words.expect("AS")
        if self.pool.dialect == "synapse" and "DISTRIBUTION" not in options:
            raise incorrect("AS", "CREATE TABLE AS SELECT needs WITH (DISTRIBUTION = …).")
        binder = Binder(self, parameters)
        query = binder.query(parse(words.rest()), Scope(), "definition")
        columns = [
            replace(column, type=binder.final_type(column)) for column in binder.renamed(query.columns, None, name[1])
        ]
        table = self.add_table(Table(*name, columns), options)
        return Result(count=self.changed(self.insertion(table, columns, query), binder.used))

    def add_table(self, table: Table, options: Mapping[str, Any]) -> Table:
        table = replace(table, schema=self.schema(table.schema))
        if self.find(table.schema, table.name):
            raise SqlError(2714, f"There is already an object named '{table.name}' in the database.")
        keys = [column.name.upper() for column in table.columns]
        for column in table.columns:
            self.require_storable(column, options)
            if keys.count(column.name.upper()) > 1:
                raise SqlError(2705, f"Column names in each table must be unique: '{column.name}'.")
        self.columns_named(table, list(dict.fromkeys(options.get("columns", []))))
        self.cursor.execute(table.ddl)
        self.cursor.execute(table.comment)
        return table

    def require_storable(self, column: Column, options: Mapping[str, Any]) -> None:
        kind, dialect = column.type, self.pool.dialect
        too_fine = kind.name in ("time", "datetime2") and kind.scale > SECOND_DIGITS[dialect]
        if kind.name not in TABLE_TYPES[dialect] or too_fine:
            raise SqlError(24574, f"The data type '{kind}' of column '{column.name}' is not supported in this edition.")
        if dialect == "synapse" and kind.length == MAX and "rowstore" not in options:
            raise SqlError(
                35343,
                f"Column '{column.name}' has a data type that cannot participate in a columnstore index: {kind}.",
            )

    def column_list(self, words: Words) -> tuple[list[Column], list[str]]:
        constraints: list[str] = []
        return words.listed(lambda: self.column_declaration(words, constraints)), constraints

    def column_declaration(self, words: Words, constraints: list[str]) -> Column:
        name = words.identifier()
        declared = words.declared_type()
        kind = parse_type(declared)
        if kind is None:
            raise SqlError(2715, f"Column '{name}': cannot find data type {declared}.")
        kind = kind.collated(known_collation(words.identifier()) if words.take("COLLATE") else self.pool.collation)
        nullable = True
        while not words.ended and not words.follow(",") and not words.follow(")"):
            if words.take("NOT NULL"):
                nullable = False
            elif not words.take("NULL"):
                constraints.append(self.column_constraint(words, name))
        return Column(name, kind, nullable)

    def column_constraint(self, words: Words, column: str) -> str:
        if self.pool.dialect == "fabric":
            raise unsupported("A constraint in CREATE TABLE", "ALTER TABLE … ADD CONSTRAINT has it.")
        name = words.identifier() if words.take("CONSTRAINT") else ""
        if words.take("PRIMARY KEY"):
            words.expect("NONCLUSTERED")
            name = name or f"PK_{column}"
        else:
            words.expect("UNIQUE")
            name = name or f"UQ_{column}"
        words.expect("NOT ENFORCED")
        return name

    def table_options(self, words: Words) -> dict[str, Any]:
        """The options of WITH; `columns` are those that must exist, `rowstore` says that there is no columnstore.

        sql/t-sql/statements/create-table-azure-sql-data-warehouse
        """
        options: dict[str, Any] = {"columns": []}

        def option() -> None:
            if self.pool.dialect == "fabric":
                words.expect("CLUSTER BY")
                options["columns"] += words.names()
            elif words.take("DISTRIBUTION ="):
                options["DISTRIBUTION"] = True
                if words.take("HASH"):
                    options["columns"] += words.names()
                elif not words.take("ROUND_ROBIN"):
                    words.expect("REPLICATE")
            elif words.take("HEAP"):
                options["rowstore"] = True
            elif words.take("CLUSTERED COLUMNSTORE INDEX"):
                if words.take("ORDER"):
                    options["columns"] += words.names()
            else:
                words.expect("CLUSTERED INDEX")
                options["rowstore"] = True
                options["columns"] += words.listed(lambda: self.directed(words))

        words.listed(option)
        return options

    def directed(self, words: Words) -> str:
        name = words.identifier()
        if not words.take("ASC"):
            words.take("DESC")
        return name

    def alter_table(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("ALTER TABLE")
        with self.atomic():
            table = self.table(*words.name())
            if words.take("DROP CONSTRAINT"):
                name = words.identifier()
                if name not in table.constraints:
                    raise SqlError(3728, f"'{name}' is not a constraint.")
                constraints = [other for other in table.constraints if other != name]
            else:
                words.expect("ADD CONSTRAINT")
                constraints = [*table.constraints, words.identifier()]
                primary = words.take("PRIMARY KEY")
                if not primary:
                    words.expect("UNIQUE")
                words.expect("NONCLUSTERED")
                columns = self.columns_named(table, words.names())
                words.expect("NOT ENFORCED")
                if primary and any(column.nullable for column in columns):
                    raise SqlError(8111, f"Cannot define PRIMARY KEY constraint on nullable column in '{table.name}'.")
            self.cursor.execute(replace(table, constraints=constraints).comment)
        yield Result()

    def drop(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("DROP")
        kind = words.token("word").text.upper()
        lenient = words.take("IF EXISTS")
        with self.atomic():
            while True:
                name = words.name()
                table = self.find(*name, kind[0].replace("T", "U"))
                if table:
                    self.cursor.execute(f"DROP {kind} {table.sql}")
                elif not lenient:
                    raise SqlError(
                        3701, f"Cannot drop the {kind.lower()} '{'.'.join(name)}', because it does not exist."
                    )
                if not words.take(","):
                    break
        yield Result()

    def truncate(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("TRUNCATE TABLE")
        with self.atomic():
            self.cursor.execute(f"DELETE FROM {self.table(*words.name()).sql}")
        yield Result()

    def define_view(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        whole = words.sql
        if any(not token.says(";") for token in lex(whole)[: self.before(words)]):
            raise SqlError(111, "'CREATE VIEW' must be the first statement in a query batch.", level=15)
        altered, either = words.take("ALTER VIEW"), words.take("CREATE OR ALTER VIEW")
        if not altered and not either:
            words.expect("CREATE VIEW")
        name = words.name()
        names = words.names() if words.follow("(") else None
        words.expect("AS")
        with self.atomic():
            existing = self.find(*name)
            if existing and not altered and not either:
                raise SqlError(2714, f"There is already an object named '{name[1]}' in the database.")
            if (altered and not existing) or (existing and existing.kind != "V"):
                raise SqlError(208, f"Invalid object name '{'.'.join(name)}'.")
            binder = Binder(self)
            query = binder.query(parse(words.rest()), Scope(), "definition")
            given = [exp.to_identifier(name, quoted=True) for name in names] if names else None
            columns = binder.renamed(query.columns, given, name[1])
            columns = [replace(column, type=binder.final_type(column)) for column in columns]
            view = Table(self.schema(name[0]), existing.name if existing else name[1], columns, "V", definition=whole)
            listing = ", ".join(quoted(column.name) for column in columns)
            self.cursor.execute(f"CREATE OR REPLACE VIEW {view.sql} ({listing}) AS {query.sql}")
            self.cursor.execute(view.comment)
        yield Result()

    def before(self, words: Words) -> int:
        """How many tokens of the batch stand before the statement."""
        return sum(token.start < words.tokens[0].start for token in lex(words.sql))

    def create_schema(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("CREATE SCHEMA")
        name = words.identifier()
        if words.take("AUTHORIZATION"):
            words.identifier()
        with self.atomic():
            if self.schema_id(name) is not None:
                raise SqlError(2714, f"There is already an object named '{name}' in the database.")
            self.cursor.execute(f"CREATE SCHEMA {quoted(name)}")
        yield Result()

    def drop_schema(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("DROP SCHEMA")
        words.take("IF EXISTS")
        with self.atomic():
            name = self.schema(words.identifier())
            if any(table.schema == name for table in self.tables()):
                raise SqlError(3729, f"Cannot drop schema '{name}' because it is being referenced by an object.")
            self.cursor.execute(f"DROP SCHEMA {quoted(name)}")
        yield Result()

    def rename(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("RENAME OBJECT")
        words.take("::")
        name = words.name()
        words.expect("TO")
        self.rename_table(name, words.identifier())
        yield Result()

    def rename_table(self, name: tuple[str, str], new: str) -> None:
        with self.atomic():
            table = self.find(*name)
            if table is None or table.kind != "U":
                raise SqlError(15225, f"No item by the name of '{'.'.join(name)}' could be found.")
            if self.find(name[0], new):
                raise SqlError(15335, f"The new name '{new}' is already in use as an object name.")
            self.cursor.execute(f"ALTER TABLE {table.sql} RENAME TO {quoted(new)}")

    def statistics(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        verb = words.token("word").text.upper()
        words.expect("STATISTICS")
        with self.atomic():
            if verb == "DROP":
                parts = [words.identifier()]
                while words.take("."):
                    parts.append(words.identifier())
                table, names = self.table(*(["dbo", *parts] if len(parts) == 2 else parts)[:2]), [parts[-1]]
                kept = {name: columns for name, columns in table.statistics.items() if name not in names}
                if len(kept) == len(table.statistics):
                    raise SqlError(3701, f"Cannot drop the statistics '{parts[-1]}', because it does not exist.")
            elif verb == "CREATE":
                name = words.identifier()
                words.expect("ON")
                table = self.table(*words.name())
                columns = [column.name for column in self.columns_named(table, words.names())]
                if name in table.statistics:
                    raise SqlError(1927, f"There are already statistics on table '{table.name}' named '{name}'.")
                kept = {**table.statistics, name: columns}
            else:
                table = self.table(*words.name())
                kept = dict(table.statistics)
                named = words.names() if words.follow("(") else [] if words.ended or words.follow("WITH") else None
                for name in [words.identifier()] if named is None else named:
                    if name not in kept:
                        raise SqlError(2767, f"Could not locate statistics '{name}' in the system catalogs.")
            self.sample(words)
            self.cursor.execute(replace(table, statistics=kept).comment)
        yield Result()

    def sample(self, words: Words) -> None:
        if words.take("WITH") and not (words.take("FULLSCAN") or words.take("RESAMPLE")):
            words.expect("SAMPLE")
            words.token("number")
            words.expect("PERCENT")

    # -- loading

    def copy_into(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        """sql/t-sql/statements/copy-into-transact-sql"""
        words.expect("COPY INTO")
        name = words.name()
        names = words.names() if words.follow("(") else None
        words.expect("FROM")
        urls = [words.string()]
        while words.take(","):
            urls.append(words.string())
        options = dict(words.listed(lambda: self.copy_option(words))) if words.take("WITH") else {}
        if not words.ended:
            raise incorrect(words.near())
        if options.get("FILE_TYPE", "CSV").upper() != "PARQUET":
            raise unsupported("COPY INTO of what is not Parquet", "Not by this fake.")
        with self.atomic():
            table = self.table(*name)
            columns = self.columns_named(table, names)
            if self.pool.dialect == "synapse" and "CREDENTIAL" in options and any(BLOB_ENDPOINT in url for url in urls):
                # The table of authentications: Parquet with a managed identity is read by the endpoint of ADLS Gen2.
                raise SqlError(105215, "A managed identity reads Parquet files by the .dfs endpoint alone.")
            blobs = [blob for url in urls for blob in self.pool.read_blob(url)]
            if not blobs:
                raise SqlError(13807, f"Content of directory on path '{urls[0]}' cannot be listed, or it is empty.")
            count = sum(self.load(table, columns, parquet_table(blob)) for blob in blobs)
        yield Result(count=count)

    def copy_option(self, words: Words) -> tuple[str, str]:
        name = words.token("word").text.upper()
        words.expect("=")
        if name == "CREDENTIAL":
            given = dict(words.listed(lambda: self.credential_part(words)))
            if given.get("IDENTITY") not in CREDENTIALS:
                raise SqlError(105202, f"The credential's identity '{given.get('IDENTITY')}' is not known.")
            if (given["IDENTITY"] != "Managed Identity") != ("SECRET" in given):
                raise SqlError(105202, "The credential needs a SECRET if and only if it is not a managed identity.")
            return name, given["IDENTITY"]
        if name not in ("FILE_TYPE", "MAXERRORS", "COMPRESSION", "AUTO_CREATE_TABLE"):
            raise unsupported(f"The option {name} of COPY INTO for Parquet")
        token = words.token("string", "number")
        return name, literal_text(token.text) if token.kind == "string" else token.text

    def credential_part(self, words: Words) -> tuple[str, str]:
        name = words.token("word").text.upper()
        words.expect("=")
        return name, words.string()

    def load(self, table: Table, columns: Sequence[Column], rows: pa.Table) -> int:
        """Puts the file's columns into the table's by their place; their names do not matter."""
        if rows.num_columns != len(columns):
            raise rejected(f"the file has {rows.num_columns} columns, the table or column list has {len(columns)}.")
        for at, (kind, column) in enumerate(zip(rows.schema.types, columns, strict=True)):
            if not loadable(kind, column.type):
                raise rejected(f"Column ordinal: {at}, Expected data type: {column.type}, Offending value: a {kind}.")
        names = [f"c{at}" for at in range(len(columns))]
        arrow = pa.table([readable(column) for column in rows.columns], names=names)
        self.cursor.register("loaded__", arrow)
        try:
            values = ", ".join(
                f"CAST({name} AS {stored(column.type)})" for name, column in zip(names, columns, strict=True)
            )
            listing = ", ".join(quoted(column.name) for column in columns)
            return self.changed(f"INSERT INTO {table.sql} ({listing}) SELECT {values} FROM loaded__", {})
        except duckdb.ConstraintException as error:
            raise rejected(translated(error).message) from error
        finally:
            # After an error DuckDB refuses even this until the rollback; the next load replaces the name.
            with contextlib.suppress(duckdb.Error):
                self.cursor.unregister("loaded__")

    # -- control

    def begin_transaction(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("BEGIN")
        self.after_transaction(words)
        self.start_transaction()
        yield Result()

    def finish_transaction(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        committing = words.take("COMMIT")
        if not committing:
            words.expect("ROLLBACK")
        if not words.take("WORK"):
            self.after_transaction(words)
        self.end_transaction("COMMIT" if committing else "ROLLBACK")
        yield Result()

    def after_transaction(self, words: Words) -> None:
        if not words.take("TRANSACTION"):
            words.take("TRAN")

    def settings(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("SET")
        if not words.take("TRANSACTION ISOLATION LEVEL"):
            name = words.identifier().upper()
            if name not in SETTINGS:
                raise unsupported(f"SET {name}")
        words.rest()
        yield Result()

    def run_string(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        if not words.take("EXEC"):
            words.expect("EXECUTE")
        if words.follow("("):
            (text,) = words.listed(words.string)
            yield from self.batch(text, ())
            return
        procedure = words.name()[1].lower()
        if procedure != "sp_rename" or self.pool.dialect != "fabric":
            raise SqlError(2812, f"Could not find stored procedure '{procedure}'.")
        old = words.string()
        words.expect(",")
        new = words.string()
        if words.take(",") and words.string().upper() != "OBJECT":
            raise unsupported("sp_rename of what is not an object", "Not by this fake.")
        self.rename_table(Words(old, lex(old)).name(), new)
        yield Result()

    def conditional(self, words: Words, parameters: Sequence[Parameter]) -> Iterator[Result]:
        words.expect("IF")
        start, depth = words.at, 0
        while not words.ended and (depth or not any(words.follow(s.words) for s in STATEMENTS)):
            depth += {"(": 1, ")": -1}.get(words.tokens[words.at].text, 0)
            words.at += 1
        if words.ended or words.at == start:
            raise incorrect(words.near())
        condition = words.sql[words.tokens[start].start : words.tokens[words.at - 1].end]
        with self.atomic():
            binder = Binder(self, parameters)
            query = binder.query(parse(f"SELECT CASE WHEN {condition} THEN 1 ELSE 0 END"), Scope(), "statement")
            holds = self.changed(query.sql, binder.used)
        if holds:
            yield from self.statement(words, parameters)
        else:
            words.rest()
            yield Result()


CREDENTIALS = ("Managed Identity", "Shared Access Signature", "Storage Account Key")

HANDLERS: Mapping[str, Callable[[PoolSession, Words, Sequence[Parameter]], Iterator[Result]]] = {
    "SELECT": PoolSession.query,
    "WITH": PoolSession.query,
    "INSERT": PoolSession.insert,
    "UPDATE": PoolSession.update,
    "DELETE": PoolSession.delete,
    "TRUNCATE TABLE": PoolSession.truncate,
    "COPY INTO": PoolSession.copy_into,
    "CREATE TABLE": PoolSession.create_table,
    "ALTER TABLE": PoolSession.alter_table,
    "DROP TABLE": PoolSession.drop,
    "CREATE VIEW": PoolSession.define_view,
    "CREATE OR ALTER VIEW": PoolSession.define_view,
    "ALTER VIEW": PoolSession.define_view,
    "DROP VIEW": PoolSession.drop,
    "CREATE SCHEMA": PoolSession.create_schema,
    "DROP SCHEMA": PoolSession.drop_schema,
    "CREATE STATISTICS": PoolSession.statistics,
    "UPDATE STATISTICS": PoolSession.statistics,
    "DROP STATISTICS": PoolSession.statistics,
    "RENAME OBJECT": PoolSession.rename,
    "EXEC": PoolSession.run_string,
    "EXECUTE": PoolSession.run_string,
    "BEGIN TRANSACTION": PoolSession.begin_transaction,
    "BEGIN TRAN": PoolSession.begin_transaction,
    "COMMIT": PoolSession.finish_transaction,
    "ROLLBACK": PoolSession.finish_transaction,
    "IF": PoolSession.conditional,
    "SET": PoolSession.settings,
}


# --- System views ----------------------------------------------------------------------------------------------------

SystemView = tuple[Sequence[Column], Sequence[Sequence[Any]]]


def described(session: PoolSession, **kinds: str) -> list[Column]:
    columns = [(name, parse_type(kind)) for name, kind in kinds.items()]
    return [Column(name, kind.collated(session.pool.collation)) for name, kind in columns if kind]


def schema_tables(session: PoolSession) -> SystemView:
    columns = described(
        session, TABLE_CATALOG="sysname", TABLE_SCHEMA="sysname", TABLE_NAME="sysname", TABLE_TYPE="varchar(10)"
    )
    kinds = {"U": "BASE TABLE", "V": "VIEW"}
    return columns, [(session.login.database, t.schema, t.name, kinds[t.kind]) for t in session.tables()]


def schema_views(session: PoolSession) -> SystemView:
    columns = described(
        session,
        TABLE_CATALOG="sysname",
        TABLE_SCHEMA="sysname",
        TABLE_NAME="sysname",
        VIEW_DEFINITION="nvarchar(4000)",
    )
    views = [table for table in session.tables() if table.kind == "V"]
    return columns, [(session.login.database, v.schema, v.name, v.definition[:4000]) for v in views]


def schema_columns(session: PoolSession) -> SystemView:
    columns = described(
        session,
        TABLE_CATALOG="sysname",
        TABLE_SCHEMA="sysname",
        TABLE_NAME="sysname",
        COLUMN_NAME="sysname",
        ORDINAL_POSITION="int",
        IS_NULLABLE="varchar(3)",
        DATA_TYPE="sysname",
        CHARACTER_MAXIMUM_LENGTH="int",
        NUMERIC_PRECISION="tinyint",
        NUMERIC_SCALE="int",
        DATETIME_PRECISION="smallint",
        COLLATION_NAME="sysname",
    )
    rows = [
        (
            session.login.database,
            table.schema,
            table.name,
            column.name,
            at,
            "YES" if column.nullable else "NO",
            column.type.name,
            column.type.length or None,
            precision_of(column.type),
            column.type.scale if column.type.name == "decimal" else 0 if column.type.integer else None,
            column.type.scale if column.type.name in ("time", "datetime2") else None,
            column.type.collation.name if column.type.collation else None,
        )
        for table in session.tables()
        for at, column in enumerate(table.columns, 1)
    ]
    return columns, rows


def precision_of(kind: SqlType) -> int | None:
    if kind.name == "decimal" or kind.integer:
        return decimal_of(kind).precision
    return {"float": 53, "real": 24}.get(kind.name)


def sys_schemas(session: PoolSession) -> SystemView:
    columns = described(session, name="sysname", schema_id="int", principal_id="int")
    return columns, [(name, number, 1) for name, number in session.schemas().items()]


def sys_objects(*kinds: str) -> Callable[[PoolSession], SystemView]:
    def view(session: PoolSession) -> SystemView:
        columns = described(
            session, name="sysname", object_id="int", schema_id="int", type="char(2)", type_desc="nvarchar(60)"
        )
        schemas = session.schemas()
        names = {"U": "USER_TABLE", "V": "VIEW"}
        rows = [
            (table.name, table.number, schemas[table.schema], f"{table.kind} ", names[table.kind])
            for table in session.tables()
            if table.kind in kinds
        ]
        return columns, rows

    return view


def sys_columns(session: PoolSession) -> SystemView:
    columns = described(
        session,
        object_id="int",
        name="sysname",
        column_id="int",
        system_type_id="tinyint",
        user_type_id="int",
        max_length="smallint",
        precision="tinyint",
        scale="tinyint",
        collation_name="sysname",
        is_nullable="bit",
    )
    rows = [
        (
            table.number,
            column.name,
            at,
            TYPE_IDS[column.type.name],
            TYPE_IDS[column.type.name],
            column.type.length * (2 if column.type.unicode and column.type.length != MAX else 1),
            precision_of(column.type) or 0,
            column.type.scale,
            column.type.collation.name if column.type.collation else None,
            column.nullable,
        )
        for table in session.tables()
        for at, column in enumerate(table.columns, 1)
    ]
    return columns, rows


TYPE_IDS: Mapping[str, int] = {
    "uniqueidentifier": 36,
    "date": 40,
    "time": 41,
    "datetime2": 42,
    "tinyint": 48,
    "smallint": 52,
    "int": 56,
    "real": 59,
    "datetime": 61,
    "float": 62,
    "bit": 104,
    "decimal": 106,
    "bigint": 127,
    "varbinary": 165,
    "varchar": 167,
    "char": 175,
    "nvarchar": 231,
    "nchar": 239,
}
"""sql/relational-databases/system-catalog-views/sys-types-transact-sql"""


def sys_types(session: PoolSession) -> SystemView:
    columns = described(session, name="sysname", system_type_id="tinyint", user_type_id="int")
    return columns, [(name, number, number) for name, number in TYPE_IDS.items()]


def sys_stats(session: PoolSession) -> SystemView:
    columns = described(session, object_id="int", name="sysname", stats_id="int")
    rows = [(table.number, name, at) for table in session.tables() for at, name in enumerate(table.statistics, 1)]
    return columns, rows


SYSTEM: Mapping[str, Callable[[PoolSession], SystemView]] = {
    "INFORMATION_SCHEMA.TABLES": schema_tables,
    "INFORMATION_SCHEMA.VIEWS": schema_views,
    "INFORMATION_SCHEMA.COLUMNS": schema_columns,
    "SYS.SCHEMAS": sys_schemas,
    "SYS.OBJECTS": sys_objects("U", "V"),
    "SYS.TABLES": sys_objects("U"),
    "SYS.VIEWS": sys_objects("V"),
    "SYS.COLUMNS": sys_columns,
    "SYS.TYPES": sys_types,
    "SYS.STATS": sys_stats,
}


# --- The pool --------------------------------------------------------------------------------------------------------


@dataclass
class Fault:
    """What happens to statements that match; `left` is how often yet, or nothing for always."""

    pattern: re.Pattern[str]
    error: SqlError
    after: bool = False
    cuts: bool = False
    left: int | None = None


PASSWORD = "secret"


class Pool:
    """A pool that listens on a free port of the loopback address while the context lasts."""

    def __init__(
        self,
        dialect: Dialect,
        read_blob: Callable[[str], Sequence[Path | bytes]],
        collation: str | None = None,
    ) -> None:
        self.dialect, self.read_blob = dialect, read_blob
        self.collation = known_collation(collation or DEFAULT_COLLATIONS[dialect])
        self.statements: list[str] = []
        self.logins: list[Login] = []
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        # A few rows: a second thread costs more than it helps.
        self.database = duckdb.connect(":memory:", config={"threads": 1})
        self.database.execute("CREATE SCHEMA dbo")

    def __enter__(self) -> "Pool":
        self.server = Server(self.open_session, self.collation)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()
        self.database.close()

    @property
    def connection_string(self) -> str:
        return f"{self.passwordless_string}UID=loader;PWD={PASSWORD};"

    @property
    def passwordless_string(self) -> str:
        """The connection string without a user, as it goes with an access token."""
        return f"Server=127.0.0.1,{self.server.port};Database=pool;Encrypt=no;TrustServerCertificate=yes;"

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """What a DuckDB query says of all that is committed."""
        with contextlib.closing(self.open_cursor()) as cursor:
            return cursor.execute(sql).fetchall()

    def open_cursor(self) -> duckdb.DuckDBPyConnection:
        with self.lock:
            return self.database.cursor()

    def open_session(self, login: Login) -> PoolSession:
        if login.access_token is None and login.password != PASSWORD:
            raise SqlError(18456, f"Login failed for user '{login.user}'.")
        with self.lock:
            self.logins.append(login)
        return PoolSession(self, login, len(self.logins))

    @contextlib.contextmanager
    def failing(
        self,
        pattern: str,
        *,
        after: bool = False,
        error: tuple[int, str] = (50000, "An injected fault."),
        times: int | None = None,
    ) -> Iterator[None]:
        """Statements that match fail, before or after they are executed, every time or so many times."""
        yield from self.while_faulty(Fault(re.compile(pattern), SqlError(*error), after, left=times))

    @contextlib.contextmanager
    def dropping(self, pattern: str, *, times: int | None = None) -> Iterator[None]:
        """The connection is cut when a matching statement arrives."""
        yield from self.while_faulty(Fault(re.compile(pattern), SqlError(0, ""), cuts=True, left=times))

    def while_faulty(self, fault: Fault) -> Iterator[None]:
        self.faults.append(fault)
        try:
            yield
        finally:
            self.faults.remove(fault)

    def fault_for(self, sql: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.left != 0 and fault.pattern.search(sql):
                    if fault.left is not None:
                        fault.left -= 1
                    return fault
        return None
