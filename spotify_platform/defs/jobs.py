"""Jobs: the whole graph, and the months that landed files touch."""

import dagster as dg

INBOX = dg.AssetSelection.assets(["raw", "charts"], ["raw", "catalog"])
KAGGLE = dg.AssetSelection.assets(["raw", "kaggle_charts"])
MONTHLY = dg.AssetSelection.assets(
    ["cleandata", "chart_conflicts"],
    ["cleandata", "charts"],
    ["cleandata", "chart_accounting"],
    ["warehouse", "fact_chart_entry"],
    ["marts", "chart_run_month"],
    ["marts", "track_region_month"],
)

land_inbox_job = dg.define_asset_job("land_inbox_job", INBOX, description="Land what waits in the inbox.")
land_kaggle_charts = dg.define_asset_job(
    "land_kaggle_charts", KAGGLE, description="Land Kaggle's charts: the pinned version, or the newest."
)
everything = dg.define_asset_job(
    "everything",
    dg.AssetSelection.all() - INBOX - KAGGLE,
    description="Build everything from what has landed; the tags of a partition range say which months.",
)
charts_by_month = dg.define_asset_job(
    "charts_by_month",
    MONTHLY,
    description="Build the months that landed files touch; what has no partitions follows by automation.",
)
