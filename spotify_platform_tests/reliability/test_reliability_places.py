"""Wherever lake, compute and warehouse are, the same files become the same tables, corrections included."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from spotify_platform.azure import StorageAccount
from spotify_platform.compute.spark import SparkCompute
from spotify_platform.contract import quoted
from spotify_platform.defs.jobs import MONTHLY
from spotify_platform.environment import Environment
from spotify_platform.lake.interface import Lake
from spotify_platform.months import MonthRange
from spotify_platform.resources import lake_of
from spotify_platform.warehouse.interface import Warehouse
from spotify_platform.warehouse.published import open_published
from spotify_platform.warehouse.synapse_io_manager import synapse_io_manager
from spotify_platform_tests.conftest import REALDATA
from spotify_platform_tests.fakes import pool_process
from spotify_platform_tests.fakes.azurite import settings
from spotify_platform_tests.fakes.spark import InThisProcess
from spotify_platform_tests.reliability.worlds import (
    build_without_checks,
    environment_of,
    land_files,
    write_answers,
    write_histories,
    write_official,
    write_small_world,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Rows = list[tuple[Any, ...]]
Tables = dict[str, tuple[list[str], Rows]]

RAW = 'key:"raw/*"'
CLEAN = 'key:"cleandata/*"'
CLEAN_CHARTS = 'key:"cleandata/chart*"'
CLEAN_TOP_TRACKS = 'key:"cleandata/top_track*"'
"""They hold what charts say of the best placed, so that a correction of a chart is one of theirs."""
WAREHOUSE = 'key:"warehouse/*"'
MARTS = 'key:"marts/*"'
PUBLISHED = 'key:"published/*"'
FACT = 'key:"warehouse/fact_chart_entry"'
RECEIPTS = 'key:"raw/receipts"'
STREAMS = '+key:"cleandata/streams"'
BUILT_BEFORE = MONTHLY.upstream() | dg.AssetSelection.assets(
    ["cleandata", "catalog_accounting"], ["marts", "track_chart_runs"]
)
"""What the correction of a month can tell from a first build: the months that it leaves, and tables that it replaces."""
CORRECTED = MonthRange(202002, 202002)


@dataclass(frozen=True)
class Place:
    """Where a world is built: the environment's settings, and the resources that a test gives in place of its own.

    `layers` are those that could differ there: marts read the warehouse alone, so a lake elsewhere cannot change them.
    """

    environment: Environment
    layers: tuple[str, ...]
    resources: Mapping[str, Any] = field(default_factory=dict)

    def build(self, within: dg.AssetSelection | None = None, months: MonthRange | None = None) -> None:
        layers = dg.AssetSelection.from_string(" or ".join(self.layers))
        build_without_checks(
            self.environment, months=months, selection=layers & within if within else layers, **self.resources
        )

    def land_correction(self, folder: Path) -> None:
        """Land a better version of one chart."""
        [outcome] = land_files(self.environment, [write_official(folder / "newer", "de", "daily", "2020-02-05", 9)])
        assert outcome.status == "superseding"

    def correct(self, folder: Path) -> None:
        """Land it, and build its month."""
        self.land_correction(folder)
        self.build(months=CORRECTED)


def land_all(environment: Environment, folder: Path) -> None:
    """Land everything, and everything again."""
    files = [*write_small_world(folder), *write_answers(folder), *write_histories(folder), *real_files()]
    assert {outcome.status for outcome in land_files(environment, files)} == {"landed", "superseding"}
    again = land_files(environment, files)
    assert {outcome.status for outcome in again} == {"already landed"}


def real_files() -> list[Path]:
    """Three weekly charts by others, where they are."""
    weekly = REALDATA / "charts" / "charts_spotify_com_weekly_global"
    return sorted(weekly.glob("*.csv"))[:3] if weekly.is_dir() else []


def tables(environment: Environment) -> Tables:
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


@dataclass(frozen=True)
class Local:
    """A world that is all local: its lake as the first build left it, and its tables once a chart was corrected."""

    lake_before: Path
    tables: Tables

    def copy_lake(self, environment: Environment, *, omit: str | None = None) -> None:
        """That lake, for a place that keeps its lake where this one does; tables whose name begins so are left out."""
        ignore = shutil.ignore_patterns(f"{omit}*") if omit else None
        for layer in self.lake_before.iterdir():
            is_built = layer.name == "cleandata"
            shutil.copytree(layer, environment.lake_root / layer.name, ignore=ignore if is_built else None)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Local:
    base = tmp_path_factory.mktemp("here")
    place = Place(environment_of(base / "home"), (RAW, CLEAN, WAREHOUSE, MARTS, PUBLISHED))
    land_all(place.environment, base / "files")
    place.build(dg.AssetSelection.from_string(CLEAN) | BUILT_BEFORE)
    lake_before = shutil.copytree(place.environment.lake_root, base / "before")
    place.correct(base / "files")
    return Local(lake_before, tables(place.environment))


def assert_same(found: Tables, expected: Tables, *prefixes: str) -> None:
    """The tables whose names begin so are the same, and there are such."""
    wanted = {name: table for name, table in expected.items() if name.startswith(prefixes)}
    assert {name for name in found if name.startswith(prefixes)} == wanted.keys() != set()
    for table, (columns, rows) in wanted.items():
        assert found[table][0] == columns, table
        assert [row for row in found[table][1] if row not in rows] == [], table
        assert len(found[table][1]) == len(rows), table


def test_the_local_world_has_rows_in_every_table(local: Local) -> None:
    assert len(local.tables) > 20
    assert [name for name, (_, rows) in local.tables.items() if not rows and name != "cleandata.rejects"] == []


def test_with_a_lake_in_azure_the_tables_are_the_same(tmp_path: Path, azurite: StorageAccount, local: Local) -> None:
    """Charts, plays and what these read: tables of each type of column, by month and whole. How a table is kept is the
    same for all."""
    layers = (CLEAN_CHARTS, STREAMS, FACT, RECEIPTS, PUBLISHED)
    place = Place(environment_of(tmp_path / "home", **settings(azurite)), layers)
    land_all(place.environment, tmp_path / "files")
    place.build(BUILT_BEFORE)
    place.correct(tmp_path / "files")
    found = tables(place.environment)
    assert found.keys() >= {"cleandata.charts", "cleandata.streams", "warehouse.fact_chart_entry"}
    assert_same(found, {name: local.tables[name] for name in found}, "cleandata.", "warehouse.")


def test_charts_that_spark_builds_are_the_same(tmp_path: Path, spark: "SparkSession", local: Local) -> None:
    """Those of catalogues are not built: Spark's cost seconds each, and `compute/test_compute_parity.py` compares
    every one of them, and months that are built again."""
    environment = environment_of(tmp_path / "home")
    compute = SparkCompute(lake_of(environment), InThisProcess(spark))
    place = Place(environment, (CLEAN_CHARTS, FACT, RECEIPTS, PUBLISHED), {"compute": compute})
    local.copy_lake(environment, omit="chart")
    place.land_correction(tmp_path / "files")
    place.build()
    assert_same(tables(environment), local.tables, "cleandata.chart", "warehouse.fact_chart_entry")


def test_in_a_pool_the_star_schema_is_the_same(tmp_path: Path, azurite: StorageAccount, local: Local) -> None:
    """The lake is local: its files are staged, and only those of months that changed are loaded."""
    environment = environment_of(tmp_path / "home")
    local.copy_lake(environment)
    with pool_process.running("synapse", azurite) as pool:
        warehouse = pool_process.warehouse_of(pool, "synapse", azurite, tmp_path)
        manager = synapse_io_manager(warehouse, lake_of(environment))
        resources = {"warehouse": warehouse, "warehouse_io_manager": manager}
        Place(environment, (WAREHOUSE, MARTS), resources).build(BUILT_BEFORE)
        corrected = (CLEAN_CHARTS, CLEAN_TOP_TRACKS, WAREHOUSE, MARTS, PUBLISHED)
        Place(environment, corrected, resources).correct(tmp_path / "files")
        for table, (columns, rows) in local.tables.items():
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
