"""The lists of the dialect: what they allow works, what they do not is refused, and the page says so."""

import re

import duckdb
import pytest

from spotify_platform.errors import ModelError
from spotify_platform.sql import engines
from spotify_platform.sql.constructs import ALL, ALLOWED, REFUSED, Allowed, Refused
from spotify_platform.sql.dialects import require, violations
from spotify_platform.sql.model import Dialect, SqlModel
from spotify_platform.sql.page import PAGE, fill
from spotify_platform.sql.rules import RULES, Rule
from spotify_platform_tests.sql.playground import read_back, rows

# Functions that Microsoft documents for Synapse dedicated pools and Fabric Warehouse both, and the words
# and types that may stand before a parenthesis.
POOL_FUNCTIONS = set(
    re.findall(
        r"\w+",
        """ABS AVG CEILING COALESCE CONCAT COUNT_BIG DATEADD DATEDIFF DATEFROMPARTS DAY DENSE_RANK EOMONTH EXP
    FIRST_VALUE FLOOR LAG LEAD LEFT LEN LOG LOWER LTRIM MAX MIN MONTH NTILE NULLIF POWER RANK REPLACE RIGHT
    ROUND ROW_NUMBER RTRIM SQRT STDEV STDEVP SUBSTRING SUM TRIM UPPER VAR VARP YEAR CAST TRY_CAST""",
    )
)
POOL_WORDS = {
    "AND",
    "AS",
    "EXISTS",
    "FROM",
    "IN",
    "NOT",
    "OR",
    "OVER",
    "SELECT",
    "WHERE",
    "VARCHAR",
    "DATETIME2",
}


def called(sql: str) -> set[str]:
    """Every word before a parenthesis, texts left out."""
    return set(re.findall(r"\b([A-Z_0-9]+)\s*\(", re.sub(r"'(?:[^']|'')*'", "''", sql)))


def name(case: Allowed | Refused | Rule | Dialect) -> str:
    if isinstance(case, str):
        return case
    return case.name if isinstance(case, Rule) else case.example


ALLOWED_BY_ENGINE = [(allowed, engine) for allowed in ALLOWED for engine in allowed.engines]
ALLOWED_IN_TSQL = [allowed for allowed in ALLOWED if "tsql" in allowed.engines]
REFUSED_BY_ENGINE = [(refused, engine) for refused in REFUSED for engine in refused.engines]
RULES_BY_ENGINE = [(rule, engine) for rule in RULES for engine in rule.engines]


@pytest.mark.parametrize(("allowed", "engine"), ALLOWED_BY_ENGINE, ids=name)
def test_what_is_listed_is_allowed(allowed: Allowed, engine: Dialect) -> None:
    assert violations(allowed.query, engine) == []


@pytest.mark.parametrize("allowed", [a for a in ALLOWED if "tsql" not in a.engines], ids=name)
def test_what_is_listed_for_the_lake_alone_is_refused_for_t_sql(allowed: Allowed) -> None:
    assert violations(allowed.query, "tsql")


@pytest.mark.parametrize("allowed", ALLOWED, ids=name)
def test_duckdb_runs_what_is_listed(examples: duckdb.DuckDBPyConnection, allowed: Allowed) -> None:
    examples.execute(allowed.query).fetchall()


@pytest.mark.parametrize("allowed", ALLOWED_IN_TSQL, ids=name)
def test_t_sql_calls_only_functions_that_both_pools_have(allowed: Allowed) -> None:
    assert called(engines.write(engines.parse(allowed.query), "tsql")) <= POOL_FUNCTIONS | POOL_WORDS


@pytest.mark.parametrize("allowed", ALLOWED_IN_TSQL, ids=name)
def test_read_back_from_t_sql_an_example_gives_the_same_rows(
    examples: duckdb.DuckDBPyConnection, allowed: Allowed
) -> None:
    tsql = engines.write(engines.parse(allowed.query), "tsql")
    assert rows(examples, read_back(tsql)) == rows(examples, allowed.query)


@pytest.mark.parametrize(("refused", "engine"), REFUSED_BY_ENGINE, ids=name)
def test_what_is_refused_says_what_to_write_instead(refused: Refused, engine: Dialect) -> None:
    assert (refused.why, refused.instead) in [(v.why, v.hint) for v in violations(refused.query, engine)]


@pytest.mark.parametrize(("rule", "engine"), RULES_BY_ENGINE, ids=name)
def test_a_broken_rule_is_named_and_its_remedy_is_accepted(rule: Rule, engine: Dialect) -> None:
    broken = violations(rule.bad_query, engine)
    assert any(violation.why.startswith(rule.name) and violation.hint == rule.instead for violation in broken)
    assert violations(rule.good_query, engine) == []


@pytest.mark.parametrize("rule", [r for r in RULES if "duckdb" not in r.engines], ids=name)
def test_duckdb_runs_the_remedy_of_every_rule(examples: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    examples.execute(rule.good_query).fetchall()


@pytest.mark.parametrize(
    "function",
    ["HASH(title)", "ACOS(energy)", "LIST_CONTAINS([1], 1)", "made_up(title)", "PI()", "title.upper()"],
)
@pytest.mark.parametrize("engine", ALL)
def test_what_no_list_names_is_refused(function: str, engine: Dialect) -> None:
    assert violations(f"SELECT {function} AS x FROM warehouse.plays", engine)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 AS a;",
        "SELECT 1 AS a; SELECT 2 AS a",
        "DROP TABLE marts.a",
        "SELECT (1 AS a",
        "",
        "VALUES (1)",
    ],
)
def test_what_is_not_one_query_is_refused(text: str) -> None:
    (violation,) = violations(text, "duckdb")
    assert violation.hint == "one query that DuckDB runs"


def test_the_error_names_file_line_construct_and_alternative_for_every_engine() -> None:
    model = SqlModel("marts", "top", "SELECT\n    track_id,\n    MEDIAN(streams) AS middle\nFROM warehouse.plays")
    with pytest.raises(ModelError) as refused:
        require(model)
    message = str(refused.value)
    for part in ("marts.top", "line 3", "MEDIAN(streams)", "COUNT(*) OVER", "duckdb, spark, tsql"):
        assert part in message


def test_a_refused_construct_is_named_once_and_not_its_insides() -> None:
    (violation,) = violations("SELECT {'a': [MEDIAN(rank)]} AS x FROM warehouse.plays", "tsql")
    assert "{'a'" in violation.what


def test_a_width_left_open_in_a_cte_is_found_where_it_comes_out() -> None:
    numbered = "WITH n AS (SELECT *, ROW_NUMBER() OVER (ORDER BY track_id) AS place FROM warehouse.plays)"
    chained = f"{numbered}, m AS (SELECT * FROM n)"
    assert violations(f"{chained} SELECT m.place + 1 AS place FROM m", "spark")
    assert not violations(f"{chained} SELECT CAST(m.place + 1 AS INTEGER) AS place FROM m", "spark")
    assert not violations(f"{chained} SELECT m.track_id FROM m WHERE m.place = 1", "spark")


@pytest.mark.parametrize("place", range(3))
def test_a_width_left_open_in_any_branch_of_a_union_is_found(place: int) -> None:
    branches = ["SELECT days AS x FROM warehouse.plays"] * 3
    branches[place] = "SELECT YEAR(chart_date) AS x FROM warehouse.plays"
    union = " UNION ALL ".join(branches)
    assert violations(union, "spark")
    assert violations(f"WITH u AS ({union}) SELECT u.x FROM u", "spark")


def test_a_bare_boolean_is_refused_wherever_t_sql_wants_a_condition() -> None:
    plays = "FROM warehouse.plays AS p"
    for query in (
        f"SELECT p.title {plays} WHERE p.rank = 1 AND p.explicit",
        f"SELECT p.title {plays} WHERE NOT (p.explicit)",
        f"SELECT CASE WHEN p.explicit THEN 1 ELSE 0 END AS x {plays}",
        f"SELECT p.title {plays} JOIN warehouse.artists AS a ON p.explicit",
        f"SELECT p.title, COUNT(*) AS n {plays} GROUP BY p.title HAVING p.title",
    ):
        assert any("BOOLEAN" in violation.why for violation in violations(query, "tsql")), query


def test_the_page_shows_the_lists_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == fill(page), "write its tables anew: python -m spotify_platform.sql.page"
