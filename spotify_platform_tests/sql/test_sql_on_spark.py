"""Every example and model gives the same rows and types on Spark. Skipped where PySpark or Java is absent."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from spotify_platform.sql import engines
from spotify_platform.sql.constructs import ALLOWED, EXAMPLE_TABLES, Allowed
from spotify_platform.sql.dialects import render
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.sql.models import MODELS, SCHEMAS
from spotify_platform_tests.sql.playground import comparable, rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession  # type: ignore[import-not-found, unused-ignore]

pytest.importorskip("pyspark")
if not shutil.which("java"):
    pytest.skip("Spark needs Java", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore")

TYPES = {
    "string": "VARCHAR",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp_ntz": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


@pytest.fixture(scope="module")
def spark(
    tmp_path_factory: pytest.TempPathFactory,
    examples: duckdb.DuckDBPyConnection,
    warehouse: duckdb.DuckDBPyConnection,
) -> "Iterator[SparkSession]":
    """A session in a time zone with a daylight saving, holding the tables of both connections."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    folder = tmp_path_factory.mktemp("spark")
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "1").config("spark.sql.warehouse.dir", str(folder))
    session = builder.config("spark.sql.session.timeZone", "America/New_York").getOrCreate()
    copied = [(examples, "warehouse", table) for table in EXAMPLE_TABLES]
    copied += [(warehouse, schema, table) for schema, table in SCHEMAS]
    for connection, schema, table in copied:
        file = folder / f"{schema}.{table}.parquet"
        connection.execute(f"COPY {schema}.{table} TO '{file}' (FORMAT parquet)")
        session.sql(f"CREATE DATABASE IF NOT EXISTS {schema}")
        session.read.parquet(str(file)).write.saveAsTable(f"{schema}.{table}")
    yield session
    session.stop()


def on_spark(session: "SparkSession", query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    frame = session.sql(query)
    types = [TYPES.get(field.dataType.simpleString(), str(field.dataType)) for field in frame.schema]
    return types, comparable([tuple(row) for row in frame.collect()])


def types(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [str(type_) for type_ in connection.sql(query).types]


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda allowed: allowed.example)
def test_an_example_is_the_same_on_spark(
    spark: "SparkSession", examples: duckdb.DuckDBPyConnection, allowed: Allowed
) -> None:
    found = on_spark(spark, engines.write(engines.parse(allowed.query), "spark"))
    assert found == (types(examples, allowed.query), rows(examples, allowed.query))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.table)
def test_a_model_is_the_same_on_spark(
    spark: "SparkSession", warehouse: duckdb.DuckDBPyConnection, model: SqlModel
) -> None:
    found = on_spark(spark, render(model, "spark"))
    assert found == (types(warehouse, model.sql), rows(warehouse, model.sql))


def test_nothing_is_left_beside_the_project(spark: "SparkSession") -> None:
    assert not Path("spark-warehouse").exists()
