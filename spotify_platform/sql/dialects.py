"""May a model be built by every engine it must be built by, and how does each engine say it?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import ModelError
from spotify_platform.sql.constructs import ALLOWED, REFUSED
from spotify_platform.sql.model import Dialect, SqlModel

if TYPE_CHECKING:
    from sqlglot import exp

Part = tuple[Any, ...]
"""One bit of syntax: a node's class; or class and argument; or class, argument and fixed value."""


@dataclass(frozen=True)
class Violation:
    """What in a model an engine does not have or reads otherwise, why, and what to write instead."""

    what: str
    why: str
    hint: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}. Instead: {self.hint}"


def render(model: SqlModel, dialect: Dialect) -> str:
    """The SELECT of `model` as `dialect` says it: DuckDB gets the text of the file as it is.

    Raises ModelError if the model uses what the dialect does not have, rather than pass it through.
    """
    if dialect not in model.dialects:
        raise ModelError(f"{model.origin}: {model.schema} is never built by {dialect}")
    if dialect == "duckdb":
        return model.sql
    if dialect in model.overrides:
        return model.overrides[dialect]
    from spotify_platform.sql import engines

    require_query(model.sql, (dialect,), model.origin)
    return engines.write(engines.parse(model.sql), dialect)


def require(model: SqlModel) -> None:
    """Raise ModelError, naming file, construct and alternative, unless every engine can build `model`."""
    if (model.schema, model.table) in model.upstream:
        raise ModelError(f"{model.origin}: the model reads the table that it builds")
    overridden = [dialect for dialect in model.dialects if dialect in model.overrides]
    require_query(model.sql, [d for d in model.dialects if d not in overridden], model.origin)
    for dialect in overridden:
        _require_same_shape(model, dialect)


def require_query(sql: str, dialects: Iterable[Dialect], origin: str) -> None:
    """Raise ModelError with everything that keeps `sql` from any of `dialects`."""
    engines: dict[Violation, list[str]] = {}
    for dialect in dialects:
        for violation in violations(sql, dialect):
            engines.setdefault(violation, []).append(dialect)
    if engines:
        listing = "".join(f"\n  - {violation} ({', '.join(names)})" for violation, names in engines.items())
        raise ModelError(f"{origin} is not portable, see docs/sql-dialect.md:{listing}")


def violations(model_or_sql: SqlModel | str, dialect: Dialect) -> list[Violation]:
    """Everything in a query in the model dialect that is not known to mean the same on `dialect`."""
    from spotify_platform.sql import engines

    sql = model_or_sql if isinstance(model_or_sql, str) else model_or_sql.sql
    try:
        tree = engines.parse(sql)
    except ModelError as error:
        return [Violation("the text", str(error), "one query that DuckDB runs")]

    found: list[Violation] = []
    for node, unlisted in _checked(tree, dialect):
        found += [_explain(node, unlisted, dialect)] if unlisted else _broken_rules(node, dialect)
    return list(dict.fromkeys(found))


def _checked(tree: "exp.Expr", dialect: Dialect) -> Iterator[tuple["exp.Expr", set[Part]]]:
    """Every node with what is not allowed of it; what lies inside a refused node is not looked at."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        unlisted = _parts(node) - _allowed(dialect)
        yield node, unlisted
        if not unlisted:
            waiting += reversed(list(node.iter_expressions()))


def _broken_rules(node: "exp.Expr", dialect: Dialect) -> Iterator[Violation]:
    from spotify_platform.sql.rules import RULES

    for rule in RULES:
        if dialect in rule.engines and isinstance(node, rule.nodes) and rule.broken(node):
            yield Violation(_quote(node), f"{rule.name}: {rule.why}", rule.instead)


def _explain(node: "exp.Expr", unlisted: set[Part], dialect: Dialect) -> Violation:
    for part in sorted(unlisted, key=lambda part: (-len(part), str(part))):
        if part in _explanations(dialect):
            return Violation(_quote(node), *_explanations(dialect)[part])
    construct = min(" ".join(map(str, part)) for part in unlisted).removeprefix("Anonymous ")
    unknown = f"{construct} is not among the constructs known to mean the same on {dialect}"
    return Violation(_quote(node), unknown, "what docs/sql-dialect.md lists")


def _quote(node: "exp.Expr") -> str:
    lines = (inner.meta["line"] for inner in node.walk() if "line" in inner.meta)
    text = node.sql("duckdb", comments=False)
    return f"line {next(lines, 1)}, {text if len(text) < 70 else text[:67] + '…'}"


def _parts(node: "exp.Expr") -> set[Part]:
    """What the allow-list knows of a node: its class, which arguments it has, and their fixed values.

    Names and literals are free; flags, keywords, types and units are not.
    """
    from sqlglot import exp

    kind = type(node).__name__
    if isinstance(node, exp.Anonymous):
        return {(kind, node.name.upper())}
    parts: set[Part] = {(kind,)}
    for argument, value in node.args.items():
        if not value or (isinstance(node, (exp.Literal, exp.Identifier)) and argument == "this"):
            continue
        fixed = not isinstance(value, (exp.Expr, list))
        parts.add((kind, argument, value) if fixed else (kind, argument))
    return parts


@cache
def _allowed(dialect: Dialect) -> frozenset[Part]:
    """Every part that occurs in an example for `dialect`: that is the allow-list."""
    from spotify_platform.sql import engines

    examples = (allowed.query for allowed in ALLOWED if dialect in allowed.engines)
    trees = (engines.parse(query) for query in examples)
    return frozenset(part for tree in trees for node in tree.walk() for part in _parts(node))


@cache
def _explanations(dialect: Dialect) -> dict[Part, tuple[str, str]]:
    """Why the parts of the refused examples are not in the allow-list, and what to write instead."""
    from spotify_platform.sql import engines

    reasons: dict[Part, tuple[str, str]] = {}
    for refused in REFUSED:
        if dialect in refused.engines:
            for _, unlisted in _checked(engines.parse(refused.query), dialect):
                for part in unlisted:
                    reasons.setdefault(part, (refused.why, refused.instead))
    return reasons


def _require_same_shape(model: SqlModel, dialect: Dialect) -> None:
    """An override must read the same tables and put out the same columns as the model itself."""
    from spotify_platform.sql import engines

    text = model.overrides[dialect]
    ours, theirs = engines.parse(model.sql).named_selects, engines.parse(text, dialect).named_selects
    if ours != theirs:
        raise ModelError(f"{model.origin}: the {dialect} override puts out {theirs}, not {ours}")
    tables = tuple(sorted({reference.table for reference in engines.references(text, dialect)}))
    if tables != model.upstream:
        raise ModelError(f"{model.origin}: the {dialect} override reads {tables}, not {model.upstream}")
