"""The published version: a copy of the warehouse that readers open, swapped in when all checks have passed."""

import datetime as dt
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import dagster as dg

from spotify_platform.defs.catalog import tables as catalog
from spotify_platform.defs.charts import tables as charts
from spotify_platform.defs.history import tables as history
from spotify_platform.defs.marts import comparisons, listening, monthly, songs
from spotify_platform.defs.marts import playlists as playlist_marts
from spotify_platform.defs.marts import top_tracks as top_track_marts
from spotify_platform.defs.playlists import tables as playlists
from spotify_platform.defs.popularity import assets as popularity
from spotify_platform.defs.tables import FOLLOW, OWNERS, WAREHOUSE_POOL
from spotify_platform.defs.top_tracks import tables as top_tracks
from spotify_platform.defs.warehouse import dimensions, facts
from spotify_platform.environment import Environment

STALE = dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(days=16), warn_window=dt.timedelta(days=9))
"""A day more than the charts may take: publishing follows within minutes."""


def _tables(*modules: ModuleType) -> Iterator[dg.AssetKey]:
    """The keys of the assets that the modules define."""
    for module in modules:
        for value in vars(module).values():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dg.AssetsDefinition):
                    yield from item.keys


LAKE_TABLES = sorted(_tables(charts, catalog, playlists, top_tracks, history))
WAREHOUSE_TABLES = sorted(
    _tables(dimensions, facts, monthly, songs, comparisons, top_track_marts, playlist_marts, listening, popularity)
)


@dg.asset(
    key=["published", "warehouse"],
    deps=[*WAREHOUSE_TABLES, *LAKE_TABLES, ["raw", "receipts"]],
    group_name="publishing",
    owners=OWNERS,
    kinds={"duckdb"},
    pool=WAREHOUSE_POOL,
    freshness_policy=STALE,
    automation_condition=FOLLOW,
    description=(
        "What `spotify-platform sql`, dashboards and notebooks read: the schemas raw, cleandata, warehouse, marts "
        "and ml at one version. An empty build, or one that lost most of its rows, is refused."
    ),
)
def published(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Any],
    warehouse: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
) -> dg.MaterializeResult[None]:
    from spotify_platform.landing.manifest import iso

    version = warehouse.publish(
        lake,
        [(key.path[0], key.path[1]) for key in LAKE_TABLES],
        tolerance=environment.publish_tolerance,
        published_at=iso(dt.datetime.now(dt.UTC)),
        may_shrink=(*songs.SNAPSHOTS, *playlist_marts.MAY_SHRINK, *listening.MAY_SHRINK),
    )
    return dg.MaterializeResult(
        metadata={
            "version": version.number,
            "published_at": version.published_at,
            "tables": dg.MetadataValue.json(dict(version.rows)),
            **_file_metadata(environment),
        },
        data_version=dg.DataVersion(str(version.number)),
    )


def _file_metadata(environment: Environment) -> dict[str, Any]:
    """Of a version that is a file: which, and how large."""
    file = environment.published_file
    if environment.warehouse != "duckdb" or not file.exists():
        return {}
    return {"file": dg.MetadataValue.path(str(file)), "size": file.stat().st_size}
