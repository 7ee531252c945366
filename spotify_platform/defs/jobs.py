"""Jobs: the whole graph, and the months that landed files touch."""

import dagster as dg

from spotify_platform.defs.tables import MONTHS

LANDING = dg.AssetSelection.assets(["raw", "charts"], ["raw", "catalog"])
MONTHLY = dg.AssetSelection.assets(
    ["cleandata", "chart_conflicts"],
    ["cleandata", "charts"],
    ["cleandata", "chart_accounting"],
    ["warehouse", "fact_chart_entry"],
    ["marts", "chart_run_month"],
    ["marts", "track_region_month"],
)

land_inbox_job = dg.define_asset_job("land_inbox_job", LANDING, description="Land what waits in the inbox.")
everything = dg.define_asset_job(
    "everything",
    dg.AssetSelection.all() - LANDING,
    description="Build everything from what has landed; the tags of a partition range say which months.",
)
charts_by_month = dg.define_asset_job(
    "charts_by_month",
    MONTHLY,
    partitions_def=MONTHS,
    description="Build the months that landed files touch; what has no partitions follows by automation.",
)
