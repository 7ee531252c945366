"""The marts: what analysts, dashboards and models read. A stable contract for other tools."""

from pathlib import Path
from typing import Any

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import ARTIST_CREDIT, TITLE
from spotify_platform.defs.charts.tables import CADENCE, CHART, REGION_CODE, TRACK_ID
from spotify_platform.defs.tables import warehouse_table
from spotify_platform.metadata import Plot

HERE = Path(__file__).parent

MONTH_START = Column("month_start", "DATE", "First day of the month.")
ENTRIES = Column("entries", "INTEGER", "Charts of the period that the track is on: days, or weeks.", minimum=1)
AT_ONE = Column("entries_at_one", "INTEGER", "Of these, those that it leads.", minimum=0)
BEST_RANK = Column("best_rank", "INTEGER", "Best place.", minimum=1, maximum=200)
POINTS = Column(
    "points",
    "INTEGER",
    "Places from the bottom, summed over the charts: on a top 200 a first place gives 200.",
    minimum=1,
)
STREAMS = Column(
    "streams",
    "BIGINT",
    "Streams counted while on the chart.",
    required=False,
    minimum=0,
    missing="the source does not tell; never 0",
)
FIRST_DATE = Column("first_date", "DATE", "First day on the chart.")
LAST_DATE = Column("last_date", "DATE", "Last day on the chart.")

CHART_RUN_MONTH = Contract(
    "A track's unbroken stays on a chart within a month; longer runs are put together from these.",
    (
        MONTH_START,
        REGION_CODE,
        CHART,
        CADENCE,
        TRACK_ID,
        Column("run_start", "DATE", "First day of the stay."),
        Column("run_end", "DATE", "Last day of the stay."),
        ENTRIES,
        Column("rank_sum", "INTEGER", "Sum of the places, for means.", minimum=1),
        POINTS,
        AT_ONE,
        STREAMS,
        Column("entries_with_streams", "INTEGER", "Charts of these that tell streams.", minimum=0),
        Column(
            "peak_code",
            "INTEGER",
            "Best place × 100000 + days from 2000-01-01 to the first day on it: the least is the peak.",
            minimum=1,
        ),
    ),
    grain=("month_start", "region_code", "chart", "cadence", "track_id", "run_start"),
)
TRACK_REGION_MONTH = Contract(
    "A track's month on a chart: places, points and streams.",
    (
        MONTH_START,
        REGION_CODE,
        CHART,
        CADENCE,
        TRACK_ID,
        ENTRIES,
        BEST_RANK,
        Column("mean_rank", "DOUBLE", "Mean place.", minimum=1, maximum=200),
        POINTS,
        AT_ONE,
        STREAMS,
        Column("entries_with_streams", "INTEGER", "Charts of these that tell streams.", minimum=0),
        FIRST_DATE,
        LAST_DATE,
    ),
    grain=("month_start", "region_code", "chart", "cadence", "track_id"),
)
TOP_CHARTS = Contract(
    "The fifty greatest tracks of every month, region and chart.",
    (
        MONTH_START,
        REGION_CODE,
        CHART,
        CADENCE,
        Column("position", "INTEGER", "Place by streams, or by points where there are none.", minimum=1, maximum=50),
        TRACK_ID,
        TITLE,
        ARTIST_CREDIT,
        STREAMS,
        POINTS,
        ENTRIES,
        BEST_RANK,
    ),
    grain=("month_start", "region_code", "chart", "cadence", "position"),
)
TRACK_CHART_RUNS = Contract(
    "A track's life on one chart: peak, distinct days, runs, returns.",
    (
        REGION_CODE,
        CHART,
        CADENCE,
        TRACK_ID,
        FIRST_DATE,
        LAST_DATE,
        Column("entries", "INTEGER", "Distinct days (weeks of a weekly chart) on the chart.", minimum=1),
        Column("runs", "INTEGER", "Unbroken stays.", minimum=1),
        Column("re_entries", "INTEGER", "Returns after at least one chart without it.", minimum=0),
        Column("longest_run", "INTEGER", "Charts of the longest unbroken stay.", minimum=1),
        Column("peak_rank", "INTEGER", "Best place ever.", minimum=1, maximum=200),
        Column("peak_date", "DATE", "First day on it."),
        AT_ONE,
        STREAMS,
    ),
    grain=("region_code", "chart", "cadence", "track_id"),
)
POPULARITY_BY_REGION_MONTH = Contract(
    "How popular the tracks are that chart in a region and month, and of how many this is known.",
    (
        MONTH_START,
        REGION_CODE,
        CHART,
        CADENCE,
        Column("tracks", "INTEGER", "Tracks on the chart in the month.", minimum=1),
        Column("tracks_with_popularity", "INTEGER", "Of these, those whose popularity is known.", minimum=0),
        Column(
            "mean_popularity",
            "DOUBLE",
            "Mean popularity of those tracks.",
            required=False,
            minimum=0,
            maximum=100,
            missing="none is known",
        ),
        Column(
            "mean_popularity_by_entries",
            "DOUBLE",
            "The same, each track weighted by its charts of the month.",
            required=False,
            minimum=0,
            maximum=100,
            missing="none is known",
        ),
    ),
    grain=("month_start", "region_code", "chart", "cadence"),
)
FEATURE_POPULARITY_CORRELATION = Contract(
    "How each audio feature goes with popularity, over the tracks that have both.",
    (
        Column("feature", "VARCHAR", "Feature of warehouse.dim_track."),
        Column("tracks", "INTEGER", "Tracks that have both.", minimum=1),
        Column(
            "correlation",
            "DOUBLE",
            "Pearson's r.",
            required=False,
            minimum=-1.000001,
            maximum=1.000001,
            missing="one of the two does not vary",
        ),
    ),
    grain=("feature",),
)


def _mart(name: str, contract: Contract, month_column: str | None = None, plot: Plot | None = None) -> list[Any]:
    return warehouse_table(
        HERE / f"{name}.sql", contract, schema="marts", group="marts", month_column=month_column, plot=plot
    )


chart_run_month = _mart("chart_run_month", CHART_RUN_MONTH, "month_start")
track_region_month = _mart(
    "track_region_month",
    TRACK_REGION_MONTH,
    "month_start",
    Plot(
        "Distinct tracks by month",
        "SELECT month_start, COUNT(DISTINCT track_id) AS tracks FROM {table} "
        "GROUP BY month_start ORDER BY month_start LIMIT 600",
    ),
)
top_charts = _mart("top_charts", TOP_CHARTS)
track_chart_runs = _mart(
    "track_chart_runs",
    TRACK_CHART_RUNS,
    plot=Plot(
        "Lives by best place",
        "SELECT peak_rank, COUNT(*) AS lives FROM {table} GROUP BY peak_rank ORDER BY peak_rank LIMIT 200",
    ),
)
popularity_by_region_month = _mart(
    "popularity_by_region_month",
    POPULARITY_BY_REGION_MONTH,
    plot=Plot(
        "Mean popularity by region",
        "SELECT region_code, AVG(mean_popularity) AS mean FROM {table} "
        "GROUP BY region_code ORDER BY AVG(mean_popularity) DESC, region_code LIMIT 300",
    ),
)
feature_popularity_correlation = _mart(
    "feature_popularity_correlation",
    FEATURE_POPULARITY_CORRELATION,
    plot=Plot(
        "Correlation with popularity",
        "SELECT feature, correlation FROM {table} ORDER BY correlation DESC, feature LIMIT 50",
    ),
)
