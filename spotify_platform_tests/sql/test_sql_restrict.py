import duckdb
import pytest

from spotify_platform.errors import ModelError
from spotify_platform.sql.dialects import render
from spotify_platform.sql.model import Dialect, SqlModel
from spotify_platform.sql.restrict import restrict
from spotify_platform_tests.sql.models import MART, RUNS, create_upstream
from spotify_platform_tests.sql.playground import read_back, rows

MARCH = {("warehouse", "entries"): "chart_date >= DATE '2024-03-01' AND chart_date < DATE '2024-04-01'"}


def test_the_rest_of_the_text_stays_as_it_was() -> None:
    sql = "SELECT  a.x, b.y -- kept\nFROM cleandata.charts a\nJOIN marts.b AS b ON a.x = b.x"
    assert restrict(sql, {("cleandata", "charts"): "year = 2024"}) == (
        "SELECT  a.x, b.y -- kept\nFROM (SELECT * FROM cleandata.charts WHERE year = 2024) a\n"
        "JOIN marts.b AS b ON a.x = b.x"
    )


def test_a_table_without_an_alias_keeps_its_name() -> None:
    sql = "SELECT charts.x FROM cleandata.charts WHERE charts.x = 1"
    assert restrict(sql, {("cleandata", "charts"): "year = 2024"}) == (
        "SELECT charts.x FROM (SELECT * FROM cleandata.charts WHERE year = 2024) AS charts WHERE charts.x = 1"
    )


def test_every_reference_is_restricted_and_no_other_table() -> None:
    sql = """
        WITH a AS (SELECT x FROM marts.t), b AS (SELECT y.x FROM marts.t AS y JOIN marts.tt AS z ON y.x = z.x)
        SELECT a.x FROM a JOIN b ON a.x = b.x WHERE EXISTS (SELECT 1 FROM marts.t AS v WHERE v.x = a.x)
    """
    restricted = restrict(sql, {("marts", "t"): "x > 0", ("marts", "tt"): "x < 9"})
    assert restricted.count("(SELECT * FROM marts.t WHERE x > 0)") == 3
    assert restricted.count("(SELECT * FROM marts.tt WHERE x < 9)") == 1


@pytest.mark.parametrize("model", [MART, RUNS], ids=lambda model: model.table)
def test_a_restricted_model_is_the_model_over_fewer_rows(warehouse: duckdb.DuckDBPyConnection, model: SqlModel) -> None:
    with duckdb.connect() as fewer:
        create_upstream(fewer)
        fewer.execute(f"DELETE FROM warehouse.entries WHERE NOT ({MARCH['warehouse', 'entries']})")
        expected = rows(fewer, model.sql)
    assert rows(warehouse, restrict(model.sql, MARCH)) == expected
    assert rows(warehouse, read_back(restrict(render(model, "tsql"), MARCH, "tsql"))) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("spark", "(SELECT * FROM `marts`.`t` WHERE `day` >= CAST('2024-03-01' AS DATE)) AS `t`"),
        ("tsql", "(SELECT * FROM [marts].[t] WHERE [day] >= CAST('2024-03-01' AS DATE)) AS [t]"),
    ],
)
def test_the_predicate_is_said_as_the_engine_says_it(dialect: Dialect, expected: str) -> None:
    sql = render(SqlModel("marts", "u", "SELECT x FROM marts.t"), dialect)
    assert expected in " ".join(restrict(sql, {("marts", "t"): "day >= DATE '2024-03-01'"}, dialect).split())


def test_a_table_that_the_model_does_not_read_is_an_error() -> None:
    with pytest.raises(ModelError, match=r"marts\.gone"):
        restrict("SELECT x FROM marts.t", {("marts", "t"): "x = 1", ("marts", "gone"): "x = 1"})


@pytest.mark.parametrize(
    "predicate",
    [
        "x = 1) OR (1 = 1",
        "x = 1 UNION ALL SELECT * FROM marts.u",
        "x = 1 LIMIT 1",
        "",
        "x ILIKE 'a'",
        "x = 1; SELECT 1",
    ],
)
def test_what_is_not_one_portable_condition_is_an_error(predicate: str) -> None:
    with pytest.raises(ModelError):
        restrict("SELECT x FROM marts.t", {("marts", "t"): predicate})
