import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotify_platform.errors import ModelError
from spotify_platform.sql import engines
from spotify_platform.sql.dialects import render, require
from spotify_platform.sql.model import SqlModel, tables_in
from spotify_platform_tests.sql.models import MODELS, RUNS

WHY = "-- Spark has no such function, and this is the nearest form\n"


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name.replace('__', '.')}.sql").write_text(text, encoding="utf-8")
    return folder / "top.sql"


def test_a_model_is_loaded_from_its_file_with_the_overrides_beside_it(tmp_path: Path) -> None:
    path = write(tmp_path, top="SELECT 1 AS a", top__spark=f"{WHY}SELECT 2 AS a", topping="SELECT 3 AS a")
    model = SqlModel.load("marts", path)
    assert (model.name, model.sql, model.path) == ("marts.top", "SELECT 1 AS a", path)
    assert dict(model.overrides) == {"spark": f"{WHY}SELECT 2 AS a"}


def test_the_override_is_what_its_engine_gets(tmp_path: Path) -> None:
    path = write(tmp_path, top="SELECT MEDIAN(1) AS a", top__spark=f"{WHY}SELECT 2 AS a")
    model = SqlModel.load("cleandata", path)
    assert render(model, "spark").endswith("SELECT 2 AS a")
    assert render(model, "duckdb") == "SELECT MEDIAN(1) AS a"


@pytest.mark.parametrize("first_line", ["", "-- override\n", "/* long enough, but not a line comment */\n"])
def test_an_override_that_does_not_say_why_is_an_error(tmp_path: Path, first_line: str) -> None:
    path = write(tmp_path, top="SELECT 1 AS a", top__tsql=f"{first_line}SELECT 1 AS a")
    with pytest.raises(ModelError, match="says why"):
        SqlModel.load("marts", path)


@pytest.mark.parametrize(("schema", "suffix"), [("marts", "sparc"), ("cleandata", "tsql"), ("marts", "duckdb")])
def test_an_override_for_an_engine_that_never_builds_the_table_is_an_error(
    tmp_path: Path, schema: str, suffix: str
) -> None:
    path = write(tmp_path, top="SELECT 1 AS a", **{f"top__{suffix}": f"{WHY}SELECT 1 AS a"})
    with pytest.raises(ModelError, match=suffix):
        SqlModel.load(schema, path)


@pytest.mark.parametrize("override", ["SELECT 1 AS b", "SELECT a FROM `marts`.`other`"])
def test_an_override_with_other_columns_or_tables_is_refused(override: str) -> None:
    model = SqlModel("marts", "top", "SELECT t.a FROM marts.base AS t", {"spark": WHY + override})
    with pytest.raises(ModelError, match="override"):
        require(model)


def test_an_override_of_the_same_shape_is_accepted() -> None:
    override = f"{WHY}SELECT [t].[a] FROM [marts].[base] AS [t]"
    require(SqlModel("marts", "top", "SELECT t.a FROM marts.base AS t", {"tsql": override}))


@pytest.mark.parametrize(("schema", "table"), [("candidates", "rows"), ("raw", "rows"), ("marts", "Top Songs")])
def test_a_model_that_no_schema_or_no_name_fits_is_an_error(schema: str, table: str) -> None:
    with pytest.raises(ModelError, match=table if schema == "marts" else schema):
        SqlModel(schema, table, "SELECT 1 AS a")


def test_upstream_is_what_the_query_reads_without_ctes_comments_and_texts() -> None:
    sql = """
        -- not marts.commented
        WITH runs AS (SELECT c.a FROM cleandata.charts AS c /* nor ml.blocked */)
        SELECT runs.a, 'nor warehouse.quoted, it''s text' AS b
        FROM runs JOIN warehouse . dim_track AS t ON t.a = runs.a JOIN cleandata.charts AS d ON d.a = t.a
    """
    assert SqlModel("marts", "top", sql).upstream == (("cleandata", "charts"), ("warehouse", "dim_track"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.table)
def test_upstream_agrees_with_the_parser(model: SqlModel) -> None:
    parsed = {reference.table for reference in engines.references(model.sql, "duckdb")}
    assert model.upstream == tuple(sorted(parsed))


@given(
    st.lists(
        st.sampled_from(
            ["marts.a", "ml.b", "x.c", "'marts.d'", "'it''s ml.e'", "--ml.f\n", "/*ml.g*/", "t.ml", "\n", ","]
        )
    )
)
def test_texts_and_comments_never_hide_or_make_a_table(pieces: list[str]) -> None:
    named = {tuple(piece.split(".")) for piece in pieces if piece in ("marts.a", "ml.b")}
    assert tables_in(" ".join(pieces)) == tuple(sorted(named))


@pytest.mark.parametrize(
    ("sql", "is_same"),
    [
        ("SELECT a.x - 1 AS y FROM cleandata.a AS a WHERE a.z <> 'b  --c'", True),
        ("-- Why.\nSELECT\n    a.x - 1 AS y /* so */\nFROM cleandata.a AS a -- all\nWHERE a.z <> 'b  --c'\n", True),
        ("SELECT a.x - 1 AS y FROM cleandata.a AS a WHERE a.z <> 'b --c'", False),
        ("SELECT a.x - 1 AS y FROM cleandata.a AS a WHERE a.z <> 'b  '", False),
        ("SELECT a.x -- 1\nAS y FROM cleandata.a AS a WHERE a.z <> 'b  --c'", False),
    ],
)
def test_the_code_of_a_model_is_the_same_with_other_comments_and_layout(sql: str, is_same: bool) -> None:
    code = SqlModel("cleandata", "t", "SELECT a.x - 1 AS y FROM cleandata.a AS a WHERE a.z <> 'b  --c'").code
    assert (SqlModel("cleandata", "t", sql).code == code) is is_same


def test_the_code_of_a_model_is_that_of_its_overrides_too() -> None:
    plain = SqlModel("cleandata", "t", "SELECT 1 AS x")
    said = [
        SqlModel("cleandata", "t", "SELECT 1 AS x", {"spark": f"-- Because of it.\nSELECT {n} AS x"}) for n in (1, 2)
    ]
    assert len({plain.code, *(model.code for model in said)}) == 3


def test_a_model_that_reads_its_own_table_is_refused() -> None:
    with pytest.raises(ModelError, match="reads the table that it builds"):
        require(SqlModel("marts", "top", "SELECT t.a FROM marts.top AS t"))


def test_equal_models_are_equal_and_can_be_kept_in_sets() -> None:
    assert len({SqlModel("marts", "a", "SELECT 1 AS a"), SqlModel("marts", "a", "SELECT 1 AS a", {})}) == 1


def test_loading_forty_models_and_their_upstream_tables_costs_little(tmp_path: Path) -> None:
    paths = [tmp_path / f"runs_{number}.sql" for number in range(40)]
    for path in paths:
        path.write_text(RUNS.sql, encoding="utf-8")
    started = time.process_time()
    read = [SqlModel.load("marts", path).upstream for path in paths]
    assert time.process_time() - started < 0.15
    assert read == [(("warehouse", "entries"),)] * 40


def test_the_public_modules_load_no_parser_and_no_engine() -> None:
    names = ("constructs", "dialects", "lineage", "model", "restrict")
    program = "".join(f"import spotify_platform.sql.{name}\n" for name in names)
    program += "import sys\nassert not {'sqlglot', 'duckdb'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
