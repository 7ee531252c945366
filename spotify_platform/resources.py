"""The only place that chooses implementations. Keep asset logic out of this module.

Assets ask for `lake`, `compute`, `warehouse` and `warehouse_io_manager` and never where they run.
"""

from typing import Any

import dagster as dg

from spotify_platform.compute.interface import Compute
from spotify_platform.environment import Environment
from spotify_platform.lake.interface import Lake


def lake_of(environment: Environment) -> Lake:
    from spotify_platform.lake.folder import FolderLake

    return FolderLake(environment.lake_root)


def compute_of(environment: Environment) -> Compute:
    from spotify_platform.compute.duckdb import DuckDBCompute

    return DuckDBCompute(
        lake_of(environment), environment.threads, environment.memory_limit, environment.root / "spill"
    )


def warehouse_of(environment: Environment) -> Any:
    from spotify_platform.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(environment.warehouse_file, environment.threads, environment.memory_limit)


def resources(environment: Environment) -> dict[str, Any]:
    """Resources by role. What is heavy to import is made when a step first asks for it."""

    @dg.io_manager  # type: ignore[misc]
    def warehouse_io_manager() -> dg.IOManager:
        from spotify_platform.warehouse.io_manager import warehouse_io_manager as build

        return build(warehouse_of(environment), lake_of(environment))

    return {
        "environment": environment,
        "lake": lake_of(environment),
        "compute": compute_of(environment),
        "warehouse": warehouse_of(environment),
        "warehouse_io_manager": warehouse_io_manager,
    }
