"""The tables of docs/sql-dialect.md, from the lists that decide. `python -m spotify_platform.sql.page`
writes them into the page; a test holds that the page has them."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlglot import exp

from spotify_platform.sql import engines
from spotify_platform.sql.constructs import ALL, ALLOWED, CONDITION, QUERY, REFUSED, Allowed
from spotify_platform.sql.model import Dialect
from spotify_platform.sql.rules import RULES

PAGE = Path(__file__).parents[2] / "docs" / "sql-dialect.md"
_NAMES: dict[Dialect, str] = {"duckdb": "DuckDB", "spark": "Spark", "tsql": "T-SQL"}


def tables() -> dict[str, str]:
    """Marker → Markdown table."""
    topics = dict.fromkeys(allowed.topic for allowed in ALLOWED)
    return {
        **{topic: _allowed(a for a in ALLOWED if a.topic == topic) for topic in topics},
        "Rules": _table(
            ("rule", "where", "why", "instead", "refused", "accepted"),
            (
                (
                    _text(r.name),
                    _where(r.engines),
                    _text(r.why),
                    _text(r.instead),
                    _code(r.bad),
                    _code(r.good),
                )
                for r in RULES
            ),
        ),
        "Refused": _table(
            ("refused", "where", "why", "instead"),
            ((_code(r.example), _where(r.engines), _text(r.why), _text(r.instead)) for r in REFUSED),
        ),
    }


def fill(page: str) -> str:
    """`page` with every table between its markers as it is now."""
    for marker, table in tables().items():
        opening, closing = f"<!-- table: {marker} -->\n", "<!-- end -->"
        before, found, rest = page.partition(opening)
        _, closed, after = rest.partition(closing)
        if not (found and closed):
            raise ValueError(f"the page has no place for the table {marker!r}")
        page = f"{before}{opening}{table}{closing}{after}"
    return page


def _allowed(constructs: Iterable[Allowed]) -> str:
    return _table(
        ("in a model", "Spark", "T-SQL", "mind"),
        ((_code(a.example), _rendering(a, "spark"), _rendering(a, "tsql"), _text(a.note)) for a in constructs),
    )


def _rendering(allowed: Allowed, dialect: Dialect) -> str:
    """How `dialect` says the example, without the quotes around names."""
    if dialect not in allowed.engines:
        return "no"
    tree: exp.Expr = engines.parse(allowed.query)
    if allowed.frame == CONDITION:
        tree = tree.args["where"].this
    elif allowed.frame != QUERY:
        tree = tree.expressions[-1].unalias()
    text = " ".join(engines.write(tree, dialect).split())
    plain = re.sub(r"[\[\]]", "", text) if dialect == "tsql" else text.replace("`", "")
    plain = re.sub(r"\( (.*?) \)", r"(\1)", plain)
    return "the same" if plain == allowed.example else _code(plain)


def _where(dialects: Sequence[Dialect]) -> str:
    return "everywhere" if tuple(dialects) == ALL else ", ".join(_NAMES[dialect] for dialect in dialects)


def _code(text: str) -> str:
    """Code in a table's cell; a bar would end the cell."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text.replace('|', chr(92) + '|')}{fence}"


def _text(text: str) -> str:
    """Plain words in a table's cell: nothing in them is Markdown."""
    return re.sub(r"([*_<>|\[\]\\])", r"\\\1", text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
