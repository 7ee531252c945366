"""What the allow-list cannot see: allowed words in an order or a place where engines part ways.

Every rule is decided from the tree alone, and carries an example that breaks it and one that keeps it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from spotify_platform.sql.constructs import ALL, TSQL, as_query
from spotify_platform.sql.model import SCHEMAS, Dialect

OTHERS: tuple[Dialect, ...] = ("spark", "tsql")


@dataclass(frozen=True)
class Rule:
    """`broken` looks at one node of the classes `nodes`; `bad` and `good` are examples as in constructs."""

    name: str
    why: str
    instead: str
    engines: tuple[Dialect, ...]
    nodes: tuple[type[exp.Expr], ...]
    broken: Callable[..., bool]
    bad: str
    good: str

    @property
    def bad_query(self) -> str:
        return as_query(self.bad)

    @property
    def good_query(self) -> str:
        return as_query(self.good)


CONDITIONS = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.Is, exp.In, exp.Between, exp.Like, exp.RegexpLike, exp.Exists, exp.And, exp.Or, exp.Not),
)
NEED_ORDER = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue)
FRACTIONS = (
    *(exp.Div, exp.Avg, exp.Sqrt, exp.Ln, exp.Exp, exp.Pow),
    *(exp.StddevPop, exp.StddevSamp, exp.VariancePop, exp.Variance),
)
"""Functions whose result is a DOUBLE on every engine."""
WIDTHS = (
    *(exp.Year, exp.Month, exp.Day, exp.Length, exp.Levenshtein, exp.DateDiff, exp.Floor, exp.Ceil),
    *(exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile),
)
"""Functions whose result is INTEGER on one engine and BIGINT or DOUBLE on another."""
TRANSPARENT = (
    *(exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Neg, exp.Abs, exp.Coalesce, exp.Greatest, exp.Least),
    *(exp.Sum, exp.Min, exp.Max, exp.Lag, exp.Lead, exp.FirstValue),
)
"""Functions whose result has the type of their arguments."""


# Where a node stands.


def _select_of(node: exp.Expr) -> exp.Select | None:
    return node.find_ancestor(exp.Select)


def _sources(select: exp.Select) -> list[exp.Expr]:
    tables = [select.args["from_"].this] if select.args.get("from_") else []
    return [*tables, *(join.this for join in select.args.get("joins") or [])]


def _is_inner(select: exp.Select) -> bool:
    """Is it the query of an EXISTS or an IN, which sees the tables around it?"""
    parent = select.parent
    return isinstance(parent, exp.Exists) or (isinstance(parent, exp.Subquery) and isinstance(parent.parent, exp.In))


def _is_layout(node: exp.Expr) -> bool:
    """Does it stand in the ORDER BY of a query, which sees the names of the columns put out?"""
    order = node.find_ancestor(exp.Order, exp.Select)
    return isinstance(order, exp.Order) and isinstance(order.parent, exp.Query)


def _is_condition_asked(node: exp.Expr) -> bool:
    """Does a condition stand here (WHERE, ON, WHEN, beside AND), and not a value?"""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        node, parent = parent, parent.parent
    if isinstance(parent, exp.If):
        return node.arg_key == "this" and not (parent.parent and parent.parent.args.get("this"))
    if isinstance(parent, exp.Join):
        return node.arg_key == "on"
    return isinstance(parent, (exp.Where, exp.Having, exp.And, exp.Or, exp.Not))


def _asked(node: exp.Expr) -> Iterator[exp.Expr]:
    """The operands of `node` that must be conditions."""
    for operand in node.iter_expressions():
        inner = operand.unnest()
        if _is_condition_asked(operand):
            yield inner


# What a value is made of.


def _parts(value: exp.Expr) -> Iterator[exp.Expr]:
    """`value`, and all inside it that decides its type: not its conditions, nor what lies under a CAST."""
    value = value.unalias().unnest()
    yield value
    inner: list[exp.Expr | None] = []
    if isinstance(value, exp.Case):
        inner = [branch.args["true"] for branch in value.args["ifs"]] + [value.args.get("default")]
    elif isinstance(value, (exp.Window, exp.Nullif)):
        inner = [value.this]
    elif isinstance(value, TRANSPARENT):
        inner = list(value.iter_expressions())
    for part in inner:
        if part is not None:
            yield from _parts(part)


def _is_fraction(value: exp.Expr) -> bool:
    """Is `value` a DOUBLE by its own words, whatever its columns hold?"""
    return any(
        isinstance(part, FRACTIONS)
        or (isinstance(part, exp.Cast) and part.to.this == exp.DType.DOUBLE)
        or (isinstance(part, exp.Literal) and part.is_number and not part.is_int)
        for part in _parts(value)
    )


def _defining(query: exp.Expr, name: str) -> Iterator[tuple[exp.Expr, exp.Select]]:
    """The expressions behind the output column `name` of `query`, each with the SELECT it stands in."""
    query = query.unnest()
    if isinstance(query, exp.SetOperation) and name in query.named_selects:
        yield from _at(query, query.named_selects.index(name))
    elif isinstance(query, exp.Select):
        named = [p for p in query.expressions if p.alias_or_name == name and not p.is_star]
        if named:
            yield named[0], query
        elif len(_sources(query)) == 1 and any(p.is_star for p in query.expressions):
            yield from _in_source(_sources(query)[0], name)


def _at(query: exp.Expr, position: int) -> Iterator[tuple[exp.Expr, exp.Select]]:
    """The expressions at `position` in each branch of a UNION, which names its columns in the first only."""
    if isinstance(query, exp.SetOperation):
        yield from _at(query.left, position)
        yield from _at(query.right, position)
    elif isinstance(query, exp.Select) and position < len(query.expressions):
        yield query.expressions[position], query


def _in_source(source: exp.Expr, name: str) -> Iterator[tuple[exp.Expr, exp.Select]]:
    """The expressions behind the column `name` of a table in FROM, if that is a query or a CTE."""
    if isinstance(source, exp.Subquery):
        yield from _defining(source.this, name)
    for cte in source.root().find_all(exp.CTE):
        named = isinstance(source, exp.Table) and not source.db and source.name == cte.alias
        if named and source.find_ancestor(exp.CTE) is not cte:
            yield from _defining(cte.this, name)


def _width_is_open(value: exp.Expr, select: exp.Select) -> bool:
    """Is the type of `value` left to the engine, here or in the CTE that its columns come from?"""
    for part in _parts(value):
        if isinstance(part, WIDTHS):
            return True
        if isinstance(part, exp.Column) and not part.is_star:
            sources = [s for s in _sources(select) if part.table in ("", s.alias_or_name)]
            if len(sources) == 1 and any(_width_is_open(*found) for found in _in_source(sources[0], part.name)):
                return True
    return False


def _is_outermost(select: exp.Select) -> bool:
    parent = select.parent
    while isinstance(parent, exp.SetOperation):
        parent = parent.parent
    return parent is None


# The rules.


def _name_is_odd(identifier: exp.Identifier) -> bool:
    return not re.fullmatch(r"[a-z_][a-z0-9_]*", identifier.name)


def _table_is_unknown(table: exp.Table) -> bool:
    if table.db:
        return table.db not in SCHEMAS
    return not any(cte.alias == table.name for cte in table.root().find_all(exp.CTE))


def _alias_is_a_schema(alias: exp.TableAlias) -> bool:
    return alias.name in SCHEMAS


def _outputs_unnamed(select: exp.Select) -> bool:
    if _is_inner(select) or select.arg_key == "expression":
        return False
    names = [p.alias_or_name for p in select.expressions if not p.is_star]
    named = all(isinstance(p, (exp.Alias, exp.Column)) for p in select.expressions if not p.is_star)
    return not named or len(set(names)) < len(names)


def _column_is_ambiguous(column: exp.Column) -> bool:
    select = _select_of(column)
    if column.table or select is None or _is_layout(column):
        return False
    return _is_inner(select) or len(_sources(select)) > 1


def _star_is_ambiguous(star: exp.Star) -> bool:
    select = star.parent
    return isinstance(select, exp.Select) and len(_sources(select)) > 1


def _star_is_elsewhere(star: exp.Star) -> bool:
    node = star.parent if isinstance(star.parent, exp.Column) else star
    return not isinstance(node.parent, exp.Select) and not (node is star and isinstance(star.parent, exp.Count))


def _column_is_an_alias(column: exp.Column) -> bool:
    select = _select_of(column)
    if column.table or select is None or _is_layout(column):
        return False
    for projection in select.expressions:
        computed = isinstance(projection, exp.Alias) and projection.this.unnest().name != column.name
        if computed and projection.alias == column.name:
            return column.find_ancestor(exp.Alias) is not projection
    return False


def _divisor_may_be_zero(division: exp.Binary) -> bool:
    divisor = division.expression.unnest()
    while isinstance(divisor, exp.Cast):
        divisor = divisor.this.unnest()
    if isinstance(divisor, exp.Nullif):
        return not _is_zero(divisor.expression)
    return not (isinstance(divisor, exp.Literal) and divisor.is_number and not _is_zero(divisor))


def _is_zero(value: exp.Expr) -> bool:
    return isinstance(value, exp.Literal) and value.is_number and float(value.name) == 0


def _date_is_added_to(sum_: exp.Add | exp.Sub) -> bool:
    return any(
        isinstance(part, (exp.DateAdd, exp.LastDay, exp.DateFromParts))
        or (isinstance(part, exp.Cast) and part.to.this == exp.DType.DATE)
        for part in _parts(sum_)
    )


def _number_is_decimal(literal: exp.Literal) -> bool:
    if literal.is_string or "e" in literal.name.lower():
        return False
    parent = literal.parent.parent if isinstance(literal.parent, exp.Neg) else literal.parent
    if isinstance(parent, exp.Cast):
        return False
    return "." in literal.name or int(literal.name) > 2**31 - 1


def _sum_is_uncast(total: exp.Sum) -> bool:
    if _is_fraction(total.this):
        return False
    node: exp.Expr | None = total.parent
    while node is not None and not isinstance(node, (exp.Select, exp.Order, exp.Having)):
        if isinstance(node, (exp.Cast, *CONDITIONS)):
            return False
        node = node.parent
    return isinstance(node, exp.Select)


def _cast_rounds(cast: exp.Cast) -> bool:
    whole = (exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)
    return cast.to.this in whole and _is_fraction(cast.this)


def _text_part_is_open(part: exp.Substring | exp.Left | exp.Right) -> bool:
    if isinstance(part, exp.Substring):
        start = part.args.get("start")
        return part.args.get("length") is None or not (isinstance(start, exp.Literal) and int(start.name) > 0)
    return not isinstance(part.expression, exp.Literal)


def _pattern_is_special(like: exp.Like) -> bool:
    pattern = like.expression
    return not (isinstance(pattern, exp.Literal) and pattern.is_string) or bool(re.search(r"[\[\]\\]", pattern.name))


def _expression_is_open(regular: exp.RegexpLike | exp.RegexpExtract | exp.RegexpReplace) -> bool:
    pattern = regular.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string) or "[[:" in pattern.name:
        return True
    if not isinstance(regular, exp.RegexpReplace):
        return False
    replacement, modifiers = regular.args.get("replacement"), regular.args.get("modifiers")
    plain = isinstance(replacement, exp.Literal) and not re.search(r"[\\$]", replacement.name)
    return not plain or modifiers is None or modifiers.name != "g"


def _place_is_used(unnest: exp.Unnest) -> bool:
    place, select = unnest.args.get("offset"), _select_of(unnest)
    if not place or select is None:
        return False
    uses = [column for column in select.find_all(exp.Column) if column.name == place.name]
    return not all(isinstance(column.find_ancestor(exp.Ordered, exp.Select), exp.Ordered) for column in uses)


def _order_is_idle(order: exp.Order) -> bool:
    query = order.parent
    return isinstance(query, exp.Query) and query.parent is not None and not query.args.get("limit")


def _output_width_is_open(select: exp.Select) -> bool:
    return _is_outermost(select) and any(_width_is_open(p, select) for p in select.expressions if not p.is_star)


_PLAYS = "FROM warehouse.plays"
_BOTH = "FROM warehouse.plays AS p JOIN warehouse.artists AS a"

RULES = (
    Rule(
        "Names are lower_snake_case",
        "Fabric tells Name from name, the other engines do not",
        "lower case letters, digits and _",
        ALL,
        (exp.Identifier,),
        _name_is_odd,
        'rank AS "Best Rank", rank',
        "rank AS best_rank, rank",
    ),
    Rule(
        "Tables are named schema.table",
        "a bare name means another table in every session",
        f"one of the schemas {', '.join(SCHEMAS)}, or the name of a CTE",
        ALL,
        (exp.Table,),
        _table_is_unknown,
        "SELECT title FROM plays",
        "SELECT title FROM warehouse.plays",
    ),
    Rule(
        "No alias is the name of a schema",
        "marts.x would be a table here and a column there",
        "another alias",
        ALL,
        (exp.TableAlias,),
        _alias_is_a_schema,
        "SELECT ml.title FROM warehouse.plays AS ml",
        "SELECT p.title FROM warehouse.plays AS p",
    ),
    Rule(
        "A derived table has an alias",
        "T-SQL demands it",
        "(SELECT …) AS name",
        TSQL,
        (exp.Subquery,),
        lambda query: isinstance(query.parent, (exp.From, exp.Join)) and not query.alias,
        f"SELECT title FROM (SELECT title {_PLAYS})",
        f"SELECT t.title FROM (SELECT title {_PLAYS}) AS t",
    ),
    Rule(
        "Every output column has its own name",
        "each engine makes up another one",
        "expression AS name",
        ALL,
        (exp.Select,),
        _outputs_unnamed,
        f"SELECT UPPER(title) {_PLAYS}",
        f"SELECT UPPER(title) AS title_upper {_PLAYS}",
    ),
    Rule(
        "Where several tables are in sight, columns say which is theirs",
        "a column added to one table could silently take over",
        "alias.column",
        ALL,
        (exp.Column,),
        _column_is_ambiguous,
        f"SELECT title {_BOTH} ON p.artist_id = a.artist_id",
        f"SELECT p.title {_BOTH} ON p.artist_id = a.artist_id",
    ),
    Rule(
        "Where several tables are in sight, * says whose columns",
        "two tables share column names",
        "alias.*",
        ALL,
        (exp.Star,),
        _star_is_ambiguous,
        f"SELECT * {_BOTH} ON p.artist_id = a.artist_id",
        f"SELECT p.*, a.name {_BOTH} ON p.artist_id = a.artist_id",
    ),
    Rule(
        "A star stands alone, or in COUNT(*)",
        "COUNT(p.*) and MAX(*) are DuckDB's",
        "name the column",
        ALL,
        (exp.Star,),
        _star_is_elsewhere,
        f"SELECT COUNT(p.*) AS n {_PLAYS} AS p",
        f"SELECT COUNT(*) AS n {_PLAYS} AS p",
    ),
    Rule(
        "A computed column is not used beside its definition",
        "T-SQL does not see it, and DuckDB may take a table's column of that name",
        "alias.column for the table's own; a CTE for the computed one",
        ALL,
        (exp.Column,),
        _column_is_an_alias,
        f"SELECT LOWER(region) AS place, COUNT(*) AS n {_PLAYS} GROUP BY place",
        f"SELECT LOWER(region) AS place, COUNT(*) AS n {_PLAYS} GROUP BY LOWER(region)",
    ),
    Rule(
        "GROUP BY names expressions",
        "a number there is a constant to T-SQL",
        "the expression itself",
        TSQL,
        (exp.Group,),
        lambda group: any(isinstance(e, exp.Literal) for e in group.expressions),
        f"SELECT region, COUNT(*) AS n {_PLAYS} GROUP BY 1",
        f"SELECT region, COUNT(*) AS n {_PLAYS} GROUP BY region",
    ),
    Rule(
        "Every JOIN says ON, or CROSS",
        "a forgotten condition multiplies rows",
        "JOIN … ON, or CROSS JOIN",
        ALL,
        (exp.Join,),
        lambda join: not join.args.get("on") and join.kind != "CROSS",
        "SELECT p.title FROM warehouse.plays AS p, warehouse.artists AS a",
        "SELECT p.title FROM warehouse.plays AS p CROSS JOIN warehouse.artists AS a",
    ),
    Rule(
        "UNNEST stands in CROSS JOIN",
        "Spark drops the rows that a LEFT JOIN keeps",
        "CROSS JOIN UNNEST(STRING_SPLIT(…)) AS u(x)",
        ("spark",),
        (exp.Unnest,),
        lambda unnest: not isinstance(unnest.parent, exp.Join) or unnest.parent.kind != "CROSS",
        f"SELECT p.title, u.x {_PLAYS} AS p LEFT JOIN UNNEST(STRING_SPLIT(p.title, ',')) AS u(x) ON TRUE",
        f"SELECT p.title, u.x {_PLAYS} AS p CROSS JOIN UNNEST(STRING_SPLIT(p.title, ',')) AS u(x)",
    ),
    Rule(
        "EXCEPT and INTERSECT take no ALL",
        "T-SQL has none",
        "EXCEPT, or NOT EXISTS (…)",
        TSQL,
        (exp.Except, exp.Intersect),
        lambda operation: not operation.args.get("distinct"),
        f"SELECT artist_id FROM warehouse.artists EXCEPT ALL SELECT artist_id {_PLAYS}",
        f"SELECT artist_id FROM warehouse.artists EXCEPT SELECT artist_id {_PLAYS}",
    ),
    Rule(
        "ORDER BY stands at the end of the model, or with LIMIT",
        "rows inside a query have no order, and T-SQL refuses to pretend",
        "leave it out",
        ALL,
        (exp.Order,),
        _order_is_idle,
        f"WITH t AS (SELECT title {_PLAYS} ORDER BY title) SELECT t.title FROM t",
        f"WITH t AS (SELECT title {_PLAYS} ORDER BY title LIMIT 9) SELECT t.title FROM t",
    ),
    Rule(
        "LIMIT needs ORDER BY",
        "else it takes any rows",
        "ORDER BY with every tie-breaker",
        ALL,
        (exp.Limit,),
        lambda limit: not (limit.parent and limit.parent.args.get("order")),
        f"SELECT title {_PLAYS} LIMIT 5",
        f"SELECT title {_PLAYS} ORDER BY title LIMIT 5",
    ),
    Rule(
        "LIMIT does not go with DISTINCT",
        "T-SQL sorts by nothing that is not put out",
        "DISTINCT in a CTE",
        TSQL,
        (exp.Limit,),
        lambda limit: limit.parent and limit.parent.args.get("distinct"),
        f"SELECT DISTINCT title {_PLAYS} ORDER BY title LIMIT 5",
        f"WITH t AS (SELECT DISTINCT title {_PLAYS}) SELECT t.title FROM t ORDER BY t.title LIMIT 5",
    ),
    Rule(
        "One WITH, at the top",
        "T-SQL has no inner ones, and sqlglot lifts them past others of the same name",
        "list all CTEs at the top",
        ALL,
        (exp.With,),
        lambda ctes: ctes.parent is not ctes.root(),
        f"WITH a AS (WITH b AS (SELECT title {_PLAYS}) SELECT b.title FROM b) SELECT a.title FROM a",
        f"WITH b AS (SELECT title {_PLAYS}), a AS (SELECT b.title FROM b) SELECT a.title FROM a",
    ),
    Rule(
        "A query stands in FROM, JOIN, IN or EXISTS",
        "as a value it fails on two rows; in parentheses beside UNION it means nothing",
        "CROSS JOIN to a CTE of one row",
        ALL,
        (exp.Subquery,),
        lambda query: not isinstance(query.parent, (exp.From, exp.Join, exp.In)),
        f"SELECT (SELECT MAX(t.rank) AS r FROM warehouse.plays AS t) AS r {_PLAYS}",
        f"WITH m AS (SELECT MAX(rank) AS r {_PLAYS}) SELECT m.r {_PLAYS} AS p CROSS JOIN m",
    ),
    Rule(
        "Ranks and neighbours need ORDER BY",
        "without it they fall anyhow; T-SQL refuses",
        "OVER (PARTITION BY … ORDER BY every tie-breaker)",
        ALL,
        (exp.Window,),
        lambda window: (
            not window.args.get("order") and (isinstance(window.this, NEED_ORDER) or window.args.get("spec"))
        ),
        "CAST(ROW_NUMBER() OVER (PARTITION BY region) AS INTEGER)",
        "CAST(ROW_NUMBER() OVER (PARTITION BY region ORDER BY rank, track_id) AS INTEGER)",
    ),
    Rule(
        "Ranks and neighbours take no frame",
        "ROWS means nothing to them; Spark and T-SQL refuse",
        "OVER (PARTITION BY … ORDER BY …)",
        OTHERS,
        (exp.Window,),
        lambda window: window.args.get("spec") and isinstance(window.this, NEED_ORDER[:-1]),
        "LAG(rank) OVER (ORDER BY chart_date ROWS UNBOUNDED PRECEDING)",
        "LAG(rank) OVER (ORDER BY chart_date)",
    ),
    Rule(
        "DISTINCT is not counted in a window",
        "only DuckDB can",
        "a CTE with GROUP BY, joined",
        OTHERS,
        (exp.Window,),
        lambda window: isinstance(window.this.this, exp.Distinct),
        "COUNT(DISTINCT title) OVER (PARTITION BY region)",
        "COUNT(title) OVER (PARTITION BY region)",
    ),
    Rule(
        "A window is ordered by what rows hold",
        "T-SQL takes no constant there",
        "a column",
        TSQL,
        (exp.Ordered,),
        lambda ordered: isinstance(ordered.this, (exp.Literal, exp.Null)),
        "LAG(rank) OVER (ORDER BY 1)",
        "LAG(rank) OVER (ORDER BY chart_date)",
    ),
    Rule(
        "A BOOLEAN is compared, not asked",
        "T-SQL has no truth values in its columns",
        "column = TRUE",
        TSQL,
        (exp.Where, exp.Having, exp.Join, exp.If, exp.And, exp.Or, exp.Not),
        lambda node: any(not isinstance(operand, CONDITIONS) for operand in _asked(node)),
        f"SELECT title {_PLAYS} WHERE explicit",
        f"SELECT title {_PLAYS} WHERE explicit = TRUE",
    ),
    Rule(
        "A condition is not a value",
        "T-SQL has no truth values in its columns",
        "CAST(CASE WHEN … THEN 1 ELSE 0 END AS BOOLEAN)",
        TSQL,
        CONDITIONS,
        lambda condition: not _is_condition_asked(condition),
        "rank = 1",
        "CAST(CASE WHEN rank = 1 THEN 1 ELSE 0 END AS BOOLEAN)",
    ),
    Rule(
        "TRUE and FALSE stand beside = and <>",
        "elsewhere T-SQL gets a condition in place of a value",
        "CAST(1 AS BOOLEAN), CAST(0 AS BOOLEAN)",
        TSQL,
        (exp.Boolean,),
        lambda literal: not isinstance(literal.parent, (exp.EQ, exp.NEQ)),
        "CASE WHEN rank = 1 THEN TRUE ELSE FALSE END",
        "CASE WHEN rank = 1 THEN CAST(1 AS BOOLEAN) ELSE CAST(0 AS BOOLEAN) END",
    ),
    Rule(
        "IS goes with NULL",
        "T-SQL has no IS TRUE, and = is not the same under NOT",
        "column = TRUE",
        TSQL,
        (exp.Is,),
        lambda test: not isinstance(test.expression, exp.Null),
        f"SELECT title {_PLAYS} WHERE explicit IS TRUE",
        f"SELECT title {_PLAYS} WHERE explicit = TRUE",
    ),
    Rule(
        "NOT IN takes a list, not a query",
        "one NULL in the query and no row is left",
        "NOT EXISTS (…)",
        ALL,
        (exp.Not,),
        lambda negation: isinstance(negation.this.unnest(), exp.In) and negation.this.unnest().args.get("query"),
        f"SELECT title {_PLAYS} WHERE artist_id NOT IN (SELECT a.artist_id FROM warehouse.artists AS a)",
        f"SELECT p.title {_PLAYS} AS p"
        " WHERE NOT EXISTS (SELECT 1 FROM warehouse.artists AS a WHERE a.artist_id = p.artist_id)",
    ),
    Rule(
        "No NULL among the values of IN",
        "nothing equals NULL",
        "OR column IS NULL",
        ALL,
        (exp.In,),
        lambda test: any(isinstance(e, exp.Null) for e in test.expressions),
        f"SELECT title {_PLAYS} WHERE region IN ('de', NULL)",
        f"SELECT title {_PLAYS} WHERE region = 'de' OR region IS NULL",
    ),
    Rule(
        "Nothing is divided by zero",
        "infinity in DuckDB, an error in Spark and T-SQL",
        "x / NULLIF(y, 0)",
        ALL,
        (exp.Div, exp.Mod),
        _divisor_may_be_zero,
        "streams / days",
        "streams / NULLIF(days, 0)",
    ),
    Rule(
        "Days are added by DATE_ADD",
        "T-SQL adds nothing to a DATE, nor takes one from another",
        "DATE_ADD(d, 1), DATE_DIFF('day', a, b)",
        TSQL,
        (exp.Add, exp.Sub),
        _date_is_added_to,
        "LAST_DAY(chart_date) + 1",
        "DATE_ADD(LAST_DAY(chart_date), 1)",
    ),
    Rule(
        "Numbers are INTEGER, or have an exponent",
        "0.5 and 5000000000 are DECIMALs, whose arithmetic differs",
        "0.5e0 for a DOUBLE, CAST(5000000000 AS BIGINT)",
        OTHERS,
        (exp.Literal,),
        _number_is_decimal,
        "energy * 0.5",
        "energy * 0.5e0",
    ),
    Rule(
        "AVG is of DOUBLEs",
        "T-SQL averages whole numbers to a whole number",
        "AVG(CAST(x AS DOUBLE))",
        TSQL,
        (exp.Avg,),
        lambda average: not _is_fraction(average.this),
        f"SELECT AVG(rank) AS mean {_PLAYS}",
        f"SELECT AVG(CAST(rank AS DOUBLE)) AS mean {_PLAYS}",
    ),
    Rule(
        "SUM is cast",
        "HUGEINT in DuckDB, BIGINT in Spark, the column's own type in T-SQL",
        "CAST(SUM(x) AS BIGINT), or SUM(CAST(x AS DOUBLE))",
        OTHERS,
        (exp.Sum,),
        _sum_is_uncast,
        f"SELECT SUM(streams) AS streams {_PLAYS}",
        f"SELECT CAST(SUM(streams) AS BIGINT) AS streams {_PLAYS}",
    ),
    Rule(
        "A fraction is rounded before it becomes a whole number",
        "DuckDB's CAST rounds, Spark's and T-SQL's cut off",
        "CAST(FLOOR(x) AS INTEGER), or CEIL, or ROUND",
        OTHERS,
        (exp.Cast,),
        _cast_rounds,
        "CAST(streams / 2 AS BIGINT)",
        "CAST(FLOOR(streams / 2) AS BIGINT)",
    ),
    Rule(
        "POWER is of DOUBLEs",
        "T-SQL answers in the type of the base: POWER(2, 0.5e0) is 1",
        "POWER(CAST(x AS DOUBLE), y)",
        TSQL,
        (exp.Pow,),
        lambda power: not _is_fraction(power.this),
        "POWER(days, 2)",
        "POWER(CAST(days AS DOUBLE), 2)",
    ),
    Rule(
        "What the model puts out has a type of its own",
        "row numbers, lengths, parts and differences of dates are INTEGER here, BIGINT there",
        "CAST(… AS INTEGER)",
        OTHERS,
        (exp.Select,),
        _output_width_is_open,
        "YEAR(chart_date)",
        "CAST(YEAR(chart_date) AS SMALLINT)",
    ),
    Rule(
        "A NULL column has a type",
        "without one it is INTEGER in DuckDB and T-SQL, and nothing a Spark table can keep",
        "CAST(NULL AS VARCHAR)",
        OTHERS,
        (exp.Select,),
        lambda select: any(isinstance(p.unalias(), exp.Null) for p in select.expressions),
        "NULL",
        "CAST(NULL AS VARCHAR)",
    ),
    Rule(
        "LENGTH is of trimmed text",
        "T-SQL does not count blanks at the end",
        "LENGTH(TRIM(x))",
        TSQL,
        (exp.Length,),
        lambda length: not isinstance(length.this, exp.Trim) or length.this.args.get("position") == "LEADING",
        "CAST(LENGTH(title) AS INTEGER)",
        "CAST(LENGTH(TRIM(title)) AS INTEGER)",
    ),
    Rule(
        "Parts of text are counted from the left, by numbers",
        "zero and negative positions differ",
        "SUBSTRING(x, 2, 3), LEFT(x, 2), RIGHT(x, 2)",
        OTHERS,
        (exp.Substring, exp.Left, exp.Right),
        _text_part_is_open,
        "SUBSTRING(title, 0, 2)",
        "SUBSTRING(title, 1, 2)",
    ),
    Rule(
        "A LIKE pattern is a text without [, ] and \\",
        "they mean classes in T-SQL and escapes in Spark",
        "only % and _ are special",
        OTHERS,
        (exp.Like,),
        _pattern_is_special,
        f"SELECT title {_PLAYS} WHERE title LIKE '%[live]%'",
        f"SELECT title {_PLAYS} WHERE title LIKE '%(live)%'",
    ),
    Rule(
        "Text in a model is ASCII",
        "T-SQL reads other letters through the code page of the database",
        "compare with a column",
        TSQL,
        (exp.Literal,),
        lambda literal: literal.is_string and not literal.name.isascii(),
        f"SELECT title {_PLAYS} WHERE title = 'Für Elise'",
        f"SELECT title {_PLAYS} WHERE title = 'Elise'",
    ),
    Rule(
        "COUNT(DISTINCT …) takes one column",
        "NULLs count differently, and T-SQL takes one",
        "COUNT(*) over SELECT DISTINCT",
        ALL,
        (exp.Distinct,),
        lambda distinct: len(distinct.expressions) > 1,
        f"SELECT COUNT(DISTINCT region, rank) AS n {_PLAYS}",
        f"SELECT COUNT(DISTINCT region) AS n {_PLAYS}",
    ),
    Rule(
        "A regular expression is a text both RE2 and Java read",
        "Spark replaces every match, has no [[:alpha:]], and writes groups as $1",
        "a literal; REGEXP_REPLACE(x, 'a', 'b', 'g')",
        ("spark",),
        (exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace),
        _expression_is_open,
        "REGEXP_REPLACE(title, 'a', 'b')",
        "REGEXP_REPLACE(title, 'a', 'b', 'g')",
    ),
    Rule(
        "A place in a list is only sorted by",
        "DuckDB counts from 1, Spark from 0",
        "ROW_NUMBER() OVER (… ORDER BY place) in the same SELECT",
        ("spark",),
        (exp.Unnest,),
        _place_is_used,
        "SELECT u.part, u.place FROM warehouse.plays AS p"
        " CROSS JOIN UNNEST(STRING_SPLIT(p.title, ',')) WITH ORDINALITY AS u(part, place)",
        "SELECT u.part, CAST(ROW_NUMBER() OVER (PARTITION BY p.track_id ORDER BY u.place) AS INTEGER) AS place"
        " FROM warehouse.plays AS p CROSS JOIN UNNEST(STRING_SPLIT(p.title, ',')) WITH ORDINALITY AS u(part, place)",
    ),
)
