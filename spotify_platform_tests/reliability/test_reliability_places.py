"""Wherever lake, compute and warehouse are, the same files become the same tables, corrections included."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spotify_platform.azure import StorageAccount
from spotify_platform.compute.interface import Built, Compute
from spotify_platform.compute.spark import SparkCompute
from spotify_platform.contract import quoted
from spotify_platform.environment import Environment
from spotify_platform.lake.interface import Lake
from spotify_platform.months import MonthRange
from spotify_platform.resources import compute_of, lake_of
from spotify_platform.sql.model import SqlModel
from spotify_platform.warehouse.interface import Warehouse
from spotify_platform.warehouse.published import open_published
from spotify_platform.warehouse.synapse_io_manager import synapse_io_manager
from spotify_platform_tests.conftest import REALDATA
from spotify_platform_tests.fakes import pool_process
from spotify_platform_tests.fakes.azurite import settings
from spotify_platform_tests.fakes.spark import InThisProcess
from spotify_platform_tests.reliability.worlds import (
    WITHOUT_MODEL,
    build_without_checks,
    environment_of,
    land_files,
    write_official,
    write_small_world,
)

Rows = list[tuple[Any, ...]]
UNPUBLISHED = WITHOUT_MODEL.replace(' or key:"published/*"', "")
CORRECTED = MonthRange(202002, 202002)


@dataclass(frozen=True)
class Place:
    """Where a world is built: the environment's settings, and the resources that a test gives in place of its own."""

    environment: Environment
    resources: Mapping[str, Any] = field(default_factory=dict)


def here(home: Path, request: pytest.FixtureRequest) -> Place:
    return Place(environment_of(home))


def lake_in_azure(home: Path, request: pytest.FixtureRequest) -> Place:
    return Place(environment_of(home, **settings(request.getfixturevalue("azurite"))))


@dataclass(frozen=True)
class ChartsOnSpark:
    """A compute that builds the tables of charts on Spark. Those of catalogues are DuckDB's: Spark's cost seconds
    each, and `compute/test_compute_parity.py` compares every one of them."""

    spark: Compute
    duckdb: Compute

    def build(self, model: SqlModel, *arguments: Any, **named: Any) -> Built:
        compute = self.spark if model.table.startswith("chart") else self.duckdb
        return compute.build(model, *arguments, **named)


def compute_on_spark(home: Path, request: pytest.FixtureRequest) -> Place:
    environment = environment_of(home)
    spark = SparkCompute(lake_of(environment), InThisProcess(request.getfixturevalue("spark")))
    return Place(environment, {"compute": ChartsOnSpark(spark, compute_of(environment))})


PLACES: dict[str, Callable[[Path, pytest.FixtureRequest], Place]] = {
    "lake in Azure": lake_in_azure,
    "compute on Spark": compute_on_spark,
}


def real_files(folder: Path) -> list[Path]:
    """Three weekly charts by others, where they are."""
    weekly = REALDATA / "charts" / "charts_spotify_com_weekly_global"
    return sorted(weekly.glob("*.csv"))[:3] if weekly.is_dir() else []


def build_and_correct(place: Place, folder: Path) -> None:
    """Land everything, build, land everything again, correct one chart, and build its month."""
    files = [*write_small_world(folder), *real_files(folder)]
    land_files(place.environment, files)
    build_without_checks(place.environment, selection=UNPUBLISHED, **place.resources)
    again = land_files(place.environment, files)
    assert {outcome.status for outcome in again} == {"already landed"}
    corrected = write_official(folder / "newer", "de", "daily", "2020-02-05", 9)
    [outcome] = land_files(place.environment, [corrected])
    assert outcome.status == "superseding"
    build_without_checks(place.environment, months=CORRECTED, **place.resources)


def tables(environment: Environment) -> dict[str, tuple[list[str], Rows]]:
    """Columns and sorted rows of every published table; fractions to nine significant digits."""
    with open_published(environment.published_file) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM (SELECT schema_name, table_name FROM duckdb_tables() "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal) "
            "WHERE schema_name IN ('cleandata', 'warehouse', 'marts') ORDER BY 1"
        ).fetchall()
        found = {}
        for (name,) in names:
            cursor = connection.execute(f"SELECT * FROM {name}")
            columns = [f"{column[0]} {column[1]}" for column in cursor.description or []]
            found[name] = columns, sorted((tuple(map(plain, row)) for row in cursor.fetchall()), key=repr)
        return found


def plain(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The tables of a world that is all local."""
    home = tmp_path_factory.mktemp("here")
    place = here(home / "home", request)
    build_and_correct(place, home / "files")
    return tables(place.environment)


def test_the_local_world_has_rows_in_every_table(expected: dict[str, Any]) -> None:
    assert len(expected) > 20
    assert [name for name, (_, rows) in expected.items() if not rows and name != "cleandata.rejects"] == []


@pytest.mark.parametrize("name", PLACES)
def test_elsewhere_the_tables_are_the_same(
    name: str, tmp_path: Path, request: pytest.FixtureRequest, expected: dict[str, Any]
) -> None:
    place = PLACES[name](tmp_path / "home", request)
    build_and_correct(place, tmp_path / "files")
    found = tables(place.environment)
    assert found.keys() == expected.keys()
    for table, (columns, rows) in expected.items():
        assert found[table][0] == columns, table
        assert [row for row in found[table][1] if row not in rows] == [], table
        assert len(found[table][1]) == len(rows), table


def test_in_a_pool_the_star_schema_is_the_same(
    tmp_path: Path, azurite: StorageAccount, expected: dict[str, Any]
) -> None:
    """The lake is local: its files are staged, and only those of months that changed are loaded."""
    environment = environment_of(tmp_path / "home")
    with pool_process.running("synapse", azurite) as pool:
        warehouse = pool_process.warehouse_of(pool, "synapse", azurite, tmp_path)
        manager = synapse_io_manager(warehouse, lake_of(environment))
        build_and_correct(
            Place(environment, {"warehouse": warehouse, "warehouse_io_manager": manager}), tmp_path / "files"
        )
        for table, (columns, rows) in expected.items():
            if table.startswith("cleandata."):
                continue
            names = [column.split(" ")[0] for column in columns]
            _, found = warehouse.query(f"SELECT {', '.join(quoted(name) for name in names)} FROM {table}")
            in_pool = sorted((tuple(map(plain, row)) for row in found), key=repr)
            assert in_pool == rows, table
            published = warehouse.select(f"SELECT COUNT(*) AS n FROM published.{table.split('.')[1]}")
            assert published == (["n"], [(len(rows),)]), table
        version = warehouse.published()
        assert broken_references(warehouse, lake_of(environment)) == []
    assert version is not None
    assert version.number == 1


def broken_references(warehouse: Warehouse, lake: Lake) -> list[Any]:
    """What the cross-table checks of the star schema find."""
    from spotify_platform.defs.warehouse import checks

    covers = [check for name, check in vars(checks).items() if name.endswith("_covers") and not name.startswith("_")]
    assert len(covers) >= 6
    results = [check(warehouse=warehouse) for check in covers]
    results.append(checks.has_every_row_of_the_lake(lake=lake, warehouse=warehouse))
    return [result.metadata for result in results if not result.passed]
