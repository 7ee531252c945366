import time

import pytest

from spotify_platform.errors import ModelError
from spotify_platform.sql.lineage import column_lineage, output_columns, passed_along
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.sql.models import FACT, MART, MODELS, RUNS, SCHEMAS

TABLES = {
    ("cleandata", "a"): {"k": "VARCHAR", "x": "INTEGER", "y": "DOUBLE", "words": "VARCHAR"},
    ("cleandata", "b"): {"k": "VARCHAR", "z": "DATE"},
}


def lineage(sql: str) -> dict[str, list[str]]:
    """Of a model over the tables a and b: column → "a.x"."""
    traced = column_lineage(SqlModel("cleandata", "top", sql), TABLES)
    return {name: [f"{table}.{column}" for _, table, column in sources] for name, sources in traced.items()}


def test_the_columns_of_a_fact_have_the_types_that_duckdb_gives_them() -> None:
    assert output_columns(FACT, SCHEMAS) == {
        "date_key": "INTEGER",
        "region_code": "VARCHAR",
        "track_id": "VARCHAR",
        "rank": "SMALLINT",
        "streams": "BIGINT",
        "move": "VARCHAR",
        "is_remix": "BOOLEAN",
    }


def test_a_star_brings_the_columns_of_the_upstream_table() -> None:
    model = SqlModel("cleandata", "top", "SELECT a.*, b.z FROM cleandata.a AS a JOIN cleandata.b AS b ON a.k = b.k")
    assert output_columns(model, TABLES) == {**TABLES["cleandata", "a"], "z": "DATE"}
    assert column_lineage(model, TABLES)["words"] == [("cleandata", "a", "words")]


def test_the_lineage_of_a_fact_names_the_table_of_each_column() -> None:
    traced = column_lineage(FACT, SCHEMAS)
    assert traced["date_key"] == [("cleandata", "charts", "chart_date")]
    assert traced["region_code"] == [("warehouse", "dim_region", "region_code")]
    assert traced["move"] == [("cleandata", "charts", "previous_rank"), ("cleandata", "charts", "rank")]
    assert list(traced) == list(output_columns(FACT, SCHEMAS))


def test_lineage_goes_through_ctes_windows_and_aggregates() -> None:
    entries = ("warehouse", "entries")
    traced = column_lineage(MART, SCHEMAS)
    assert traced["entries"] == []
    assert traced["place"] == [(*entries, column) for column in ("chart_date", "rank", "streams")]
    assert traced["streams_per_entry"] == [(*entries, "streams")]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1 AS one, x FROM cleandata.a", {"one": [], "x": ["a.x"]}),
        (
            "SELECT k, x AS v FROM cleandata.a UNION ALL SELECT k, 0 FROM cleandata.b",
            {"k": ["a.k", "b.k"], "v": ["a.x"]},
        ),
        ("SELECT s.v FROM (SELECT x + y AS v FROM cleandata.a) AS s", {"v": ["a.x", "a.y"]}),
        ("WITH c AS (SELECT * FROM cleandata.a), d AS (SELECT * FROM c) SELECT d.y FROM d", {"y": ["a.y"]}),
        (
            "SELECT u.word FROM cleandata.a AS a CROSS JOIN UNNEST(STRING_SPLIT(a.words, ' ')) AS u(word)",
            {"word": ["a.words"]},
        ),
        (
            "SELECT EXISTS (SELECT 1 FROM cleandata.b AS b WHERE b.k = a.k) AS known FROM cleandata.a AS a",
            {"known": ["a.k", "b.k"]},
        ),
        ("WITH a AS (SELECT z AS x FROM cleandata.b) SELECT a.x FROM a", {"x": ["b.z"]}),
        (
            "SELECT l.x, r.x AS other FROM cleandata.a AS l JOIN cleandata.a AS r ON l.k = r.k WHERE l.y > 0",
            {"x": ["a.x"], "other": ["a.x"]},
        ),
    ],
)
def test_the_lineage_is(sql: str, expected: dict[str, list[str]]) -> None:
    assert lineage(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a.x, a.y AS y, a.x AS z, a.y + 1 AS w, CAST(a.k AS BIGINT) AS k FROM cleandata.a AS a", {"x", "y"}),
        ("SELECT a.x FROM cleandata.a AS a WHERE a.x > 0", set()),
        ("SELECT DISTINCT a.x FROM cleandata.a AS a", set()),
        ("SELECT a.x FROM cleandata.a AS a GROUP BY a.x", set()),
        ("SELECT a.x FROM cleandata.a AS a LIMIT 1", set()),
        ("SELECT a.x FROM cleandata.a AS a INNER JOIN cleandata.b AS b ON b.k = a.k", set()),
        ("SELECT a.x FROM cleandata.a AS a, cleandata.b AS b", set()),
        ("SELECT a.x FROM cleandata.a AS a UNION ALL SELECT b.z AS x FROM cleandata.b AS b", set()),
        ("SELECT s.x FROM (SELECT a.x FROM cleandata.a AS a WHERE a.x > 0) AS s", set()),
        ("WITH a AS (SELECT b.z AS x FROM cleandata.b AS b) SELECT a.x FROM a", set()),
        ("SELECT * FROM cleandata.a", set()),
    ],
)
def test_columns_are_passed_along_by_a_query_of_all_rows_of_one_table(sql: str, expected: set[str]) -> None:
    assert passed_along(SqlModel("cleandata", "top", sql)) == expected


@pytest.mark.parametrize("of", [output_columns, column_lineage])
def test_an_unknown_upstream_table_is_an_error_that_names_it(of) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError, match=r"warehouse\.entries"):
        of(MART, TABLES)


@pytest.mark.parametrize("of", [output_columns, column_lineage])
def test_an_unknown_column_is_an_error_that_names_it(of) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError, match="missing"):
        of(SqlModel("cleandata", "top", "SELECT a.missing FROM cleandata.a AS a"), TABLES)


def test_the_columns_of_every_model_are_found_fast_enough_for_each_materialisation() -> None:
    for model in MODELS:  # once, for the imports
        output_columns(model, SCHEMAS)
        column_lineage(model, SCHEMAS)
    started = time.process_time()
    output_columns(RUNS, SCHEMAS)
    column_lineage(RUNS, SCHEMAS)
    assert time.process_time() - started < 0.3
