"""Views of a Synapse serverless pool over the lake's Delta tables: to look at them without a warehouse."""

from collections.abc import Iterator

from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.interface import Lake
from spotify_platform.warehouse import tsql


def views(lake: Lake) -> Iterator[str]:
    """The statements that define them, each a batch of its own. Raises `ConfigurationError` for a local lake."""
    from spotify_platform.defs.publishing.published import LAKE_TABLES
    from spotify_platform.lake.azure import AzureLake

    if not isinstance(lake, AzureLake):
        raise ConfigurationError("a serverless pool reads a lake in Azure; set SPOTIFY_PLATFORM_LAKE=azure")
    yield tsql.create_schema("cleandata")
    for key in LAKE_TABLES:
        table = (key.path[0], key.path[1])
        if lake.state(table) is not None:
            yield tsql.serverless_view(table, f"{lake.account.url(lake.table_address(table))}/")
