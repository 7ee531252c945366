"""What a warehouse's IO manager must do, told of every implementation in the same words."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.azure import StorageAccount
from spotify_platform.contract import Contract
from spotify_platform.lake.folder import FolderLake
from spotify_platform.metadata import definition_metadata
from spotify_platform.warehouse.synapse_io_manager import synapse_io_manager
from spotify_platform_tests.fakes import pool_process
from spotify_platform_tests.fakes.tsql_catalog import Dialect

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2020-01-01", end_date="2021-01-01")


@dataclass(frozen=True)
class Backend:
    """One implementation: its IO manager, and a way to ask and to hold the warehouse behind its back."""

    name: str
    io_manager: dg.IOManager
    hold: Callable[[], AbstractContextManager[Any]]
    rows: Callable[[str], list[tuple[Any, ...]]]
    pool: Any = None
    warehouse: Any = None


def duckdb_backend(root: Path) -> Backend:
    from spotify_platform.warehouse.duckdb import DuckDBWarehouse
    from spotify_platform.warehouse.io_manager import warehouse_io_manager

    warehouse = DuckDBWarehouse(root / "warehouse" / "spotify.duckdb", threads=2, memory_limit="500MB")

    def rows(sql: str) -> list[tuple[Any, ...]]:
        with warehouse.connect() as connection:
            return connection.execute(sql).fetchall()

    return Backend("duckdb", warehouse_io_manager(warehouse, FolderLake(root / "lake")), warehouse.connect, rows)


@contextmanager
def open_duckdb(root: Path, request: pytest.FixtureRequest) -> Iterator[Backend]:
    yield duckdb_backend(root)


def open_pool(dialect: Dialect) -> "Open":
    """A pool, reached by the real driver, whose staging area is Azurite."""

    @contextmanager
    def opened(root: Path, request: pytest.FixtureRequest) -> Iterator[Backend]:
        account: StorageAccount = request.getfixturevalue("azurite")
        with pool_process.running(dialect, account) as pool:
            warehouse = pool_process.warehouse_of(pool, dialect, account, root)
            manager = synapse_io_manager(warehouse, FolderLake(root / "lake"))
            yield Backend(dialect, manager, warehouse.connect, pool.query, pool, warehouse)

    return opened


Open = Callable[[Path, pytest.FixtureRequest], AbstractContextManager[Backend]]
BACKENDS: Mapping[str, Open] = {
    "duckdb": open_duckdb,
    "synapse": open_pool("synapse"),
    "fabric": open_pool("fabric"),
}
"""Every implementation of the warehouse; a new one is added here and must pass all that stands below."""


@pytest.fixture(params=sorted(BACKENDS))
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with BACKENDS[request.param](tmp_path, request) as backend:
        yield backend


@pytest.fixture(params=["synapse", "fabric"])
def pooled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """One that is a pool, for what is told of no other."""
    with BACKENDS[request.param](tmp_path, request) as backend:
        yield backend


@pytest.fixture
def dedicated(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Backend]:
    """A dedicated pool, for what costs much and is the same in Fabric."""
    with BACKENDS["synapse"](tmp_path, request) as backend:
        yield backend


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def table_of(
    name: str, contract: Contract, value: Callable[[], Any], month_column: str | None = None, fails: bool = False
) -> dg.AssetsDefinition:
    """An asset that hands `value()` to the IO manager as the table `marts.<name>`."""
    partition = {"partition_expr": month_column} if month_column else {}

    @dg.asset(
        key=["marts", name],
        io_manager_key="warehouse_io_manager",
        metadata={**definition_metadata(contract), **partition},
        partitions_def=MONTHS if month_column else None,
        backfill_policy=dg.BackfillPolicy.single_run() if month_column else None,
    )
    def table() -> Any:
        return value()

    return table


Materialize = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def materialize(backend: Backend, instance: dg.DagsterInstance) -> Materialize:
    return materialize_on(backend, instance)


@pytest.fixture
def materialize_pooled(pooled: Backend, instance: dg.DagsterInstance) -> Materialize:
    return materialize_on(pooled, instance)


@pytest.fixture
def materialize_dedicated(dedicated: Backend, instance: dg.DagsterInstance) -> Materialize:
    return materialize_on(dedicated, instance)


def materialize_on(backend: Backend, instance: dg.DagsterInstance) -> Materialize:
    """Materialize assets with the backend's IO manager; `months` are the first and last of a range."""

    def run(
        *assets: dg.AssetsDefinition | dg.AssetSpec, months: tuple[str, str] | None = None
    ) -> dg.ExecuteInProcessResult:
        tags = {}
        if months:
            tags = {"dagster/asset_partition_range_start": months[0], "dagster/asset_partition_range_end": months[1]}
        return dg.materialize(
            assets,
            resources={"warehouse_io_manager": backend.io_manager},
            instance=instance,
            tags=tags,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )

    return run
