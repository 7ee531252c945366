import duckdb
import pytest
import sqlglot

from spotify_platform.errors import ModelError
from spotify_platform.sql.dialects import render, require
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.sql.models import CORRELATION, FACT, MART, MODELS, RUNS
from spotify_platform_tests.sql.playground import read_back, rows
from spotify_platform_tests.sql.test_sql_dialect import POOL_FUNCTIONS, POOL_WORDS, called

EVERY = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.table)


def rendered(sql: str, dialect: str) -> str:
    model = SqlModel("marts", "top", f"SELECT {sql} AS x FROM warehouse.plays AS p")
    text = " ".join(render(model, dialect).split())  # type: ignore[arg-type]
    return text.removeprefix("SELECT ").partition(" AS [x]")[0].partition(" AS `x`")[0]


@EVERY
def test_duckdb_gets_the_text_unchanged_and_runs_it(warehouse: duckdb.DuckDBPyConnection, model: SqlModel) -> None:
    require(model)
    assert render(model, "duckdb") is model.sql
    assert warehouse.execute(model.sql).fetchall()


@EVERY
def test_t_sql_is_read_again_by_a_t_sql_parser_and_calls_nothing_of_duckdbs(model: SqlModel) -> None:
    tsql = render(model, "tsql")
    assert len(sqlglot.parse(tsql, read="tsql")) == 1
    assert called(tsql) <= POOL_FUNCTIONS | POOL_WORDS


@EVERY
def test_read_back_from_t_sql_a_model_gives_the_same_rows(
    warehouse: duckdb.DuckDBPyConnection, model: SqlModel
) -> None:
    assert rows(warehouse, read_back(render(model, "tsql"))) == rows(warehouse, model.sql)


@EVERY
def test_spark_sql_is_read_again_by_a_spark_parser(model: SqlModel) -> None:
    assert len(sqlglot.parse(render(model, "spark"), read="spark")) == 1


def test_the_fact_in_t_sql_is_this() -> None:
    assert render(FACT, "tsql") == (
        """
SELECT
  CAST(YEAR([c].[chart_date]) * 10000 + MONTH([c].[chart_date]) * 100 + DAY([c].[chart_date]) AS INTEGER) AS [date_key],
  [r].[region_code],
  [t].[track_id],
  [c].[rank],
  [c].[streams],
  CASE
    WHEN [c].[previous_rank] IS NULL
    THEN 'new'
    WHEN [c].[previous_rank] > [c].[rank]
    THEN 'up'
    ELSE 'other'
  END AS [move],
  CAST(CASE WHEN [t].[title] LIKE '%remix%' THEN 1 ELSE 0 END AS BIT) AS [is_remix]
FROM [cleandata].[charts] AS [c]
INNER JOIN [warehouse].[dim_region] AS [r]
  ON [c].[region_code] = [r].[region_code]
LEFT JOIN [warehouse].[dim_track] AS [t]
  ON [c].[track_id] = [t].[track_id]
WHERE
  [c].[rank] BETWEEN 1 AND 200
"""
    ).strip("\n")


def test_runs_on_a_chart_are_days_in_a_row(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(f"SELECT * FROM ({RUNS.sql}) WHERE track_id = 't1' ORDER BY first_date").fetchall()
    assert [(str(first), str(last), days, gap, run) for _, _, first, last, days, gap, run in found] == [
        ("2024-02-28", "2024-03-01", 3, None, 1),
        ("2024-03-05", "2024-03-06", 2, 4, 2),
    ]


def test_the_correlation_by_sums_is_the_correlation(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        SELECT region_code, COUNT(*), CORR(energy, LN(1 + streams)) FROM warehouse.entries
        WHERE energy IS NOT NULL AND streams IS NOT NULL GROUP BY region_code HAVING COUNT(*) >= 3
    """
    assert rows(warehouse, CORRELATION.sql) == rows(warehouse, expected)


def test_a_layout_is_for_files_and_left_out_of_t_sql() -> None:
    assert "ORDER BY\n  `m`.`month`" in render(MART, "spark")
    assert render(MART, "tsql").rstrip().endswith("FROM [months] AS [m]")


@pytest.mark.parametrize(
    ("sql", "dialect", "expected"),
    [
        ("p.key", "tsql", "[p].[key]"),
        ("p.key", "spark", "`p`.`key`"),
        ("STDDEV_POP(p.energy)", "tsql", "STDEVP([p].[energy])"),
        ("STDDEV_SAMP(p.energy)", "tsql", "STDEV([p].[energy])"),
        ("VAR_POP(p.energy)", "tsql", "VARP([p].[energy])"),
        ("VAR_SAMP(p.energy)", "tsql", "VAR([p].[energy])"),
        ("ROUND(p.energy)", "tsql", "ROUND([p].[energy], 0)"),
        ("LN(p.energy)", "tsql", "LOG([p].[energy])"),
        ("CAST(p.rank AS VARCHAR)", "tsql", "CAST([p].[rank] AS VARCHAR(8000))"),
        ("CAST(p.chart_date AS TIMESTAMP)", "tsql", "CAST([p].[chart_date] AS DATETIME2(6))"),
        ("DATE_ADD(p.chart_date, -p.days)", "tsql", "DATEADD(DAY, -[p].[days], [p].[chart_date])"),
        ("DATE_ADD(p.chart_date, -p.days)", "spark", "DATE_ADD(`p`.`chart_date`, -`p`.`days`)"),
        (
            "CAST(DATE_DIFF('day', p.chart_date, p.played_at) AS INTEGER)",
            "tsql",
            "CAST(DATEDIFF(DAY, [p].[chart_date], [p].[played_at]) AS INTEGER)",
        ),
        (
            "CAST(DATE_DIFF('day', p.chart_date, p.played_at) AS INTEGER)",
            "spark",
            "CAST(DATEDIFF(CAST(`p`.`played_at` AS DATE), CAST(`p`.`chart_date` AS DATE)) AS INT)",
        ),
        (
            "p.streams / NULLIF(p.days + 1, 0)",
            "tsql",
            "CAST([p].[streams] AS FLOAT) / NULLIF([p].[days] + 1, 0)",
        ),
    ],
)
def test_a_construct_is_said_as_the_engine_says_it(sql: str, dialect: str, expected: str) -> None:
    assert rendered(sql, dialect) == expected


NULLS_LAST = "CASE WHEN [p].[days] IS NULL THEN 1 ELSE 0 END, [p].[days]"
NULLS_FIRST_FROM_ABOVE = "CASE WHEN [p].[days] IS NULL THEN 1 ELSE 0 END DESC, [p].[days] DESC"


@pytest.mark.parametrize("frame", ["", " ROWS BETWEEN 6 PRECEDING AND CURRENT ROW"])
@pytest.mark.parametrize(
    ("order", "tsql", "spark"),
    [
        ("p.days", NULLS_LAST, "`p`.`days` NULLS LAST"),
        ("p.days NULLS LAST", NULLS_LAST, "`p`.`days` NULLS LAST"),
        ("p.days NULLS FIRST", "[p].[days]", "`p`.`days`"),
        ("p.days DESC", "[p].[days] DESC", "`p`.`days` DESC"),
        ("p.days DESC NULLS LAST", "[p].[days] DESC", "`p`.`days` DESC"),
        ("p.days DESC NULLS FIRST", NULLS_FIRST_FROM_ABOVE, "`p`.`days` DESC NULLS FIRST"),
    ],
)
def test_nulls_stand_where_duckdb_puts_them_with_and_without_a_frame(
    order: str, tsql: str, spark: str, frame: str
) -> None:
    window = f"MIN(p.rank) OVER (ORDER BY {order}{frame})"
    assert (
        rendered(window, "tsql").replace("( ", "(").replace(" )", ")")
        == f"MIN([p].[rank]) OVER (ORDER BY {tsql}{frame})"
    )
    assert (
        rendered(window, "spark").replace("( ", "(").replace(" )", ")")
        == f"MIN(`p`.`rank`) OVER (ORDER BY {spark}{frame})"
    )


@pytest.mark.parametrize("dialect", ["spark", "tsql"])
def test_what_is_not_portable_is_not_rendered(dialect: str) -> None:
    with pytest.raises(ModelError, match="not portable"):
        rendered("MEDIAN(p.rank)", dialect)


def test_the_lake_is_never_built_in_t_sql() -> None:
    with pytest.raises(ModelError, match="never built by tsql"):
        render(SqlModel("cleandata", "charts", "SELECT 1 AS a"), "tsql")
