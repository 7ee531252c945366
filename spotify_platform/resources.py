"""The only place that chooses implementations. Keep asset logic out of this module.

Assets ask for `lake`, `compute`, `warehouse` and `warehouse_io_manager` and never where they run.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import dagster as dg

from spotify_platform.azure import StorageAccount
from spotify_platform.compute.interface import Compute
from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.interface import Lake

if TYPE_CHECKING:
    from spotify_platform.compute.spark import Launcher
    from spotify_platform.landing.inbox import Inbox
    from spotify_platform.landing.land import Resources
    from spotify_platform.sources.clients import Clients


def storage_of(environment: Environment) -> StorageAccount:
    key, sas = environment.storage_key, environment.storage_sas
    return StorageAccount(
        (environment.storage_url or "").rstrip("/"),
        key.get_secret_value() if key else None,
        sas.get_secret_value() if sas else None,
    )


def parsing_limits(environment: Environment) -> "Resources":
    """What parsing may use, wherever a file comes in."""
    from spotify_platform.landing.land import Resources

    return Resources(environment.threads, environment.memory_limit, environment.formats)


def lake_of(environment: Environment) -> Lake:
    if environment.lake == "azure":
        from spotify_platform.lake.azure import AzureLake

        require_extra("azure")
        return AzureLake(storage_of(environment), environment.active_world, environment.root / "azure")
    from spotify_platform.lake.folder import FolderLake

    return FolderLake(environment.lake_root)


def inbox_of(environment: Environment) -> "Inbox":
    if environment.lake == "azure":
        from spotify_platform.landing.azure_inbox import AzureInbox

        require_extra("azure")
        return AzureInbox(storage_of(environment), environment.active_world, environment.root / "azure")
    from spotify_platform.landing.inbox import FolderInbox

    return FolderInbox(environment.inbox)


def compute_of(environment: Environment) -> Compute:
    if environment.compute != "duckdb":
        from spotify_platform.compute.spark import SparkCompute

        return SparkCompute(lake_of(environment), launcher_of(environment))
    from spotify_platform.compute.duckdb import DuckDBCompute

    return DuckDBCompute(
        lake_of(environment), environment.threads, environment.memory_limit, environment.root / "spill"
    )


def launcher_of(environment: Environment) -> "Launcher":
    """Where Spark runs. Raises `ConfigurationError` for a lake that it cannot reach."""
    require_extra(environment.compute)
    if environment.compute == "databricks":
        from spotify_platform.compute.databricks import Databricks

        token = environment.databricks_token
        return Databricks(
            host=(environment.databricks_host or "").rstrip("/"),
            volume=environment.databricks_volume or "",
            token=token.get_secret_value() if token else None,
            cluster=environment.databricks_cluster,
        )
    from spotify_platform.compute.local_spark import LocalSpark

    return LocalSpark(environment.threads, environment.memory_megabytes, environment.root / "spill")


def warehouse_of(environment: Environment) -> Any:
    if environment.warehouse != "duckdb":
        from spotify_platform.warehouse.synapse import SynapseWarehouse

        require_extra("azure")
        password = environment.sql_password
        return SynapseWarehouse(
            environment.warehouse,
            environment.sql_server or "",
            environment.sql_database or "",
            storage_of(environment),
            environment.active_world,
            environment.root / "warehouse" / "pool.lock",
            environment.sql_user,
            password.get_secret_value() if password else None,
        )
    from spotify_platform.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(
        environment.warehouse_file,
        environment.threads,
        environment.memory_limit,
        environment.published_file,
        environment.lake_root,
    )


def warehouse_io_manager_of(environment: Environment) -> dg.IOManager:
    if environment.warehouse != "duckdb":
        from spotify_platform.warehouse.synapse_io_manager import synapse_io_manager

        return synapse_io_manager(warehouse_of(environment), lake_of(environment))
    from spotify_platform.warehouse.io_manager import warehouse_io_manager

    return warehouse_io_manager(warehouse_of(environment), lake_of(environment))


def clients_of(environment: Environment) -> "Clients":
    """The sources that answer calls, as the settings name them."""
    from spotify_platform.sources.clients import Clients, SpotifyApp
    from spotify_platform.sources.names import LASTFM, MUSICBRAINZ, RECCOBEATS, SPOTIFY

    app = SpotifyApp(
        environment.spotify_client_id,
        environment.spotify_client_secret,
        environment.spotify_redirect,
        environment.spotify_url,
        environment.spotify_accounts_url,
    )
    return Clients(
        environment.keys_root,
        app,
        environment.lastfm_key,
        environment.lastfm_url,
        environment.reccobeats_url,
        environment.musicbrainz_url,
        environment.listenbrainz_url,
        calls_a_day={
            SPOTIFY: environment.spotify_calls_a_day,
            LASTFM: environment.lastfm_calls_a_day,
            RECCOBEATS: environment.reccobeats_calls_a_day,
            MUSICBRAINZ: environment.musicbrainz_calls_a_day,
        },
        contact=environment.contact,
    )


@contextmanager
def clients_in(environment: Environment) -> "Iterator[Clients]":
    """The sources as an asset asks them: in the sample world, a server of this machine that is there for as long."""
    if environment.active_world == "data":
        with closing(clients_of(environment)) as made:
            yield made
        return
    from spotify_platform.sample.clients import sample_clients

    with sample_clients(environment) as made:
        yield made


@contextmanager
def kaggle_in(environment: Environment) -> "Iterator[None]":
    """Kaggle as an asset asks it: in the sample world, a server of this machine that is there for as long."""
    if environment.active_world == "data":
        yield
        return
    from spotify_platform.sample.clients import sample_kaggle

    with sample_kaggle(environment):
        yield


EXTRAS = {
    "azure": ("azure.storage.blob", "dagster_azure", "adlfs", "mssql_python"),
    "spark": ("pyspark",),
    "databricks": ("dagster_databricks",),
}
"""A module of each package that an extra brings."""


def require_extra(name: str) -> None:
    """Raise `ConfigurationError`, with the command that helps, where an extra is not installed."""
    missing = [module for module in EXTRAS[name] if not _is_installed(module)]
    if missing:
        raise ConfigurationError(f"{', '.join(missing)} is not installed; run: pip install 'spotify-platform[{name}]'")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def resources(environment: Environment) -> dict[str, Any]:
    """Resources by role. What is heavy to import is made when a step first asks for it."""

    @dg.io_manager  # type: ignore[misc]
    def warehouse_io_manager() -> dg.IOManager:
        return warehouse_io_manager_of(environment)

    @dg.resource  # type: ignore[untyped-decorator]
    def clients() -> "Iterator[Clients]":
        with clients_in(environment) as made:
            yield made

    return {
        "environment": environment,
        "lake": lake_of(environment),
        "inbox": inbox_of(environment),
        "compute": compute_of(environment),
        "warehouse": warehouse_of(environment),
        "warehouse_io_manager": warehouse_io_manager,
        "clients": clients,
    }
