"""Every example and model gives the same rows and types on Spark. A machine without PySpark or Java skips it."""

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
    from pyspark.sql import SparkSession

TIME_ZONE = "spark.sql.session.timeZone"


@pytest.fixture(scope="module")
def session(
    tmp_path_factory: pytest.TempPathFactory,
    spark: "SparkSession",
    examples: duckdb.DuckDBPyConnection,
    warehouse: duckdb.DuckDBPyConnection,
) -> "Iterator[SparkSession]":
    """The session in a time zone with a daylight saving, and in its databases the tables of both connections."""
    folder = tmp_path_factory.mktemp("tables")
    tables = [(examples, "warehouse", table) for table in EXAMPLE_TABLES]
    tables += [(warehouse, schema, table) for schema, table in SCHEMAS]
    schemas = {schema for _, schema, _ in tables}
    for schema in schemas:
        spark.sql(f"CREATE DATABASE {schema}")
    for connection, schema, table in tables:
        file = folder / f"{schema}.{table}"
        connection.execute(f"COPY {schema}.{table} TO '{file}' (FORMAT parquet)")
        spark.sql(f"CREATE TABLE {schema}.{table} USING parquet LOCATION '{file}'")
    before = spark.conf.get(TIME_ZONE)
    spark.conf.set(TIME_ZONE, "America/New_York")
    yield spark
    spark.conf.set(TIME_ZONE, before)
    for schema in schemas:
        spark.sql(f"DROP DATABASE {schema} CASCADE")


def on_spark(session: "SparkSession", query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Types, as DuckDB names them, and rows."""
    found = session.sql(query).toArrow()
    with duckdb.connect() as connection:
        relation = connection.from_arrow(found)
        return list(map(str, relation.types)), comparable(relation.fetchall())


def types(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [str(type_) for type_ in connection.sql(query).types]


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda allowed: allowed.example)
def test_an_example_is_the_same_on_spark(
    session: "SparkSession", examples: duckdb.DuckDBPyConnection, allowed: Allowed
) -> None:
    found = on_spark(session, engines.write(engines.parse(allowed.query), "spark"))
    assert found == (types(examples, allowed.query), rows(examples, allowed.query))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.table)
def test_a_model_is_the_same_on_spark(
    session: "SparkSession", warehouse: duckdb.DuckDBPyConnection, model: SqlModel
) -> None:
    found = on_spark(session, render(model, "spark"))
    assert found == (types(warehouse, model.sql), rows(warehouse, model.sql))


def test_nothing_is_left_beside_the_project(session: "SparkSession") -> None:
    assert not Path("spark-warehouse").exists()
