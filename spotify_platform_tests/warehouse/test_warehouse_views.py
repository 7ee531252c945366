"""A table that would say the lake's rows once more is a view of its files, where DuckDB can read these."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from spotify_platform.contract import Column, Contract
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import DataFile
from spotify_platform.metadata import definition_metadata
from spotify_platform.sql.model import SqlModel
from spotify_platform.warehouse.duckdb import DuckDBWarehouse, store, verify
from spotify_platform.warehouse.io_manager import warehouse_io_manager
from spotify_platform.warehouse.published import publish, select
from spotify_platform_tests.warehouse.conftest import Backend, duckdb_backend, materialize_on

NUMBERS = Contract("Numbers.", (Column("n", "BIGINT", "A number.", minimum=0),), grain=("n",))
LAKE_TABLE = ("cleandata", "numbers")
FACT = ("warehouse", "fact_numbers")
KINDS = """
    SELECT 'table' FROM duckdb_tables() WHERE table_name = 'fact_numbers' AND database_name = current_database()
    UNION ALL
    SELECT 'view' FROM duckdb_views() WHERE view_name = 'fact_numbers' AND database_name = current_database()"""


class LakeElsewhere(FolderLake):
    """A lake that DuckDB may read while it builds, and readers may not."""

    is_local = False


def put_numbers(lake: FolderLake, rows: str, commit: dict[str, Any] | None = None) -> None:
    """Make the rows of a query the lake's table, as any program does, or the platform, which notes more of its `commit`."""
    folder = lake.stage(LAKE_TABLE)
    part = folder / f"part-{len(list(folder.iterdir()))}.parquet"
    with duckdb.connect() as connection:
        [(count,)] = connection.execute(f"COPY ({rows}) TO '{part}' (FORMAT parquet)").fetchall()
    file = DataFile(part.name, part.stat().st_size, count, {}, {}, {}, {})
    lake.commit(LAKE_TABLE, [file], NUMBERS.types, commit=commit or {})


def fact(view: bool = True, sql: str = "SELECT numbers.n FROM cleandata.numbers") -> dg.AssetsDefinition:
    said_before = {"view_of": dg.MetadataValue.json(NUMBERS.to_json())} if view else {}
    metadata: dict[str, Any] = {**definition_metadata(NUMBERS), **said_before}

    @dg.asset(key=list(FACT), io_manager_key="warehouse_io_manager", metadata=metadata)
    def table() -> SqlModel:
        return SqlModel(*FACT, sql)

    return table


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    return duckdb_backend(tmp_path)


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    lake = FolderLake(tmp_path / "lake")
    put_numbers(lake, "SELECT i AS n FROM range(5) AS r(i)")
    return lake


@pytest.fixture
def build(backend: Backend) -> Iterator[Callable[..., bool]]:
    with dg.DagsterInstance.ephemeral() as instance:
        materialize = materialize_on(backend, instance)
        yield lambda asset: materialize(asset).success


def test_a_view_has_the_rows_of_the_lake_and_stores_none(
    backend: Backend, lake: FolderLake, build: Callable[..., bool]
) -> None:
    assert build(fact())
    assert backend.rows(KINDS) == [("view",)]
    assert backend.rows("SELECT SUM(n) FROM warehouse.fact_numbers") == [(10,)]
    comments = "SELECT comment FROM duckdb_columns() WHERE table_name = 'fact_numbers'"
    assert backend.rows(comments) == [("A number.",)]


def test_a_view_changes_when_it_is_built_and_not_before(
    backend: Backend, lake: FolderLake, build: Callable[..., bool]
) -> None:
    assert build(fact())
    put_numbers(lake, "SELECT i AS n FROM range(7) AS r(i)")
    assert backend.rows("SELECT COUNT(*) FROM warehouse.fact_numbers") == [(5,)]
    assert build(fact())
    assert backend.rows("SELECT COUNT(*) FROM warehouse.fact_numbers") == [(7,)]


@pytest.mark.parametrize("rows", ["SELECT -1 AS n", "SELECT 1 AS n FROM range(2)", "SELECT CAST(NULL AS BIGINT) AS n"])
@pytest.mark.parametrize("was_view", [True, False])
def test_a_breach_leaves_what_was_there(
    rows: str, was_view: bool, backend: Backend, lake: FolderLake, build: Callable[..., bool]
) -> None:
    assert build(fact(was_view))
    put_numbers(lake, rows)
    assert not build(fact())
    assert backend.rows(KINDS) == [("view" if was_view else "table",)]
    assert backend.rows("SELECT SUM(n) FROM warehouse.fact_numbers") == [(10,)]


EVALUATED = {"evaluation": {"rows": 5, "breaches": {}}}
"""What the platform notes of a table that kept its contract."""


def test_what_the_table_has_kept_is_not_tested_again(lake: FolderLake, build: Callable[..., bool]) -> None:
    """Shown by a note that is not true."""
    put_numbers(lake, "SELECT -1 AS n FROM range(2)", EVALUATED)
    assert build(fact())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT numbers.n - 5 AS n FROM cleandata.numbers",
        "SELECT numbers.n FROM cleandata.numbers CROSS JOIN (SELECT 1 AS x UNION ALL SELECT 2 AS x) AS twice",
    ],
)
def test_what_a_view_makes_of_it_is_tested(sql: str, lake: FolderLake, build: Callable[..., bool]) -> None:
    put_numbers(lake, "SELECT i AS n FROM range(5) AS r(i)", EVALUATED)
    assert not build(fact(sql=sql))


def test_what_was_a_table_becomes_a_view_and_a_table_again(
    backend: Backend, lake: FolderLake, build: Callable[..., bool]
) -> None:
    for view, kind in ((False, "table"), (True, "view"), (True, "view"), (False, "table")):
        assert build(fact(view))
        assert backend.rows(KINDS) == [(kind,)]
        assert backend.rows("SELECT SUM(n) FROM warehouse.fact_numbers") == [(10,)]


def test_of_a_lake_that_readers_cannot_reach_the_rows_are_stored(tmp_path: Path, lake: FolderLake) -> None:
    warehouse = DuckDBWarehouse(tmp_path / "warehouse" / "spotify.duckdb", threads=2, memory_limit="500MB")
    resources = {"warehouse_io_manager": warehouse_io_manager(warehouse, LakeElsewhere(lake.root))}
    assert dg.materialize([fact()], resources=resources).success
    assert warehouse.query(KINDS)[1] == [("table",)]


def test_months_of_a_view_are_those_whose_rows_are_judged(tmp_path: Path) -> None:
    from spotify_platform.months import MonthRange

    days = Contract("Days.", (Column("day", "DATE", "A day.", maximum="2020-02-10"),), grain=("day",))
    rows = "SELECT CAST(day AS DATE) AS day FROM range(DATE '2020-01-01', DATE '2020-03-01', INTERVAL 1 DAY) AS r(day)"
    warehouse = DuckDBWarehouse(tmp_path / "spotify.duckdb", threads=2, memory_limit="500MB")
    with warehouse.connect() as connection:
        january = MonthRange(202001, 202001)
        stored = store(connection, FACT, rows, days, month_column="day", months=january, as_view=True)
        assert (stored.rows, stored.rows_written) == (60, 31)
        assert verify(connection, FACT, days).passed


def test_readers_see_a_view_as_it_was_published(backend: Backend, lake: FolderLake, build: Callable[..., bool]) -> None:
    assert build(fact())
    warehouse = DuckDBWarehouse(lake.root.parent / "warehouse" / "spotify.duckdb", threads=2, memory_limit="500MB")
    target = lake.root.parent / "published" / "spotify.duckdb"
    version = publish(warehouse, lake, [LAKE_TABLE], target, tolerance=0, published_at="2024-01-01")
    assert version.rows == {"warehouse.fact_numbers": 5}
    put_numbers(lake, "SELECT i AS n FROM range(7) AS r(i)")
    assert build(fact())
    assert select(target, "SELECT COUNT(*) FROM warehouse.fact_numbers", lake.root)[1] == [(5,)]
    [before, _now] = sorted(lake.root.rglob("*.parquet"), key=lambda file: file.stat().st_mtime)
    assert warehouse.lake_files() == set()  # nothing is published beside the warehouse's own file
    published = DuckDBWarehouse(warehouse.file, threads=2, memory_limit="500MB", published_file=target)
    assert published.lake_files() == {before.name}
