"""The marts by month: the only ones that are as long as the charts are old, and that read all of the facts.

A month is built from that month alone, so a new day never rescans the others. They know no names: what a
catalogue says of a track may change without a chart of the month doing so.
"""

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.charts.tables import CADENCE, CHART, CHART_DATE, REGION_CODE, TRACK_ID
from spotify_platform.defs.marts.columns import (
    ALL_ENTRIES,
    AT_ONE,
    BEST_RANK,
    COUNTRIES,
    COUNTRY_STREAMS,
    ENTRIES,
    FIRST_DATE,
    GLOBAL_STREAMS,
    LAST_DATE,
    MONTH_START,
    POINTS,
    SHARE_OF_ENTRIES,
    STREAMS,
    mart,
    streams_of,
)
from spotify_platform.landing.format import TRENDS
from spotify_platform.metadata import Plot

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
TRACK_MONTH = Contract(
    "A track's month on one kind of chart, over all regions.",
    (
        MONTH_START,
        CHART,
        CADENCE,
        TRACK_ID,
        COUNTRIES,
        Column("dates", "INTEGER", "Distinct dates on which it is on the chart of any region.", minimum=1, maximum=31),
        ALL_ENTRIES,
        AT_ONE,
        BEST_RANK,
        POINTS,
        GLOBAL_STREAMS,
        COUNTRY_STREAMS,
        FIRST_DATE,
        LAST_DATE,
    ),
    grain=("month_start", "chart", "cadence", "track_id"),
)
CHART_DAY = Contract(
    "Published charts: how long each is, what it counts, who leads it.",
    (
        CHART_DATE,
        REGION_CODE,
        CHART,
        CADENCE,
        Column("entries", "INTEGER", "Tracks on the chart.", minimum=1),
        streams_of("streams", "Streams that the chart counts."),
        Column("entries_with_streams", "INTEGER", "Entries of these that tell streams.", minimum=0),
        Column(
            "leader_track_id",
            "VARCHAR",
            "Track at the first place; of several the one with more streams, then the lesser id.",
            required=False,
            missing="the source lacks the first place",
        ),
        streams_of("leader_streams", "Streams of the leader."),
        Column(
            "leader_is_tied",
            "BOOLEAN",
            "Another track stands at the first place too.",
            required=False,
            missing="the source lacks the first place",
        ),
    ),
    grain=("chart_date", "region_code", "chart", "cadence"),
)
TREND_SUMMARY = Contract(
    "How the entries of a month, region and chart moved against the chart before, where the source tells.",
    (
        MONTH_START,
        REGION_CODE,
        CHART,
        CADENCE,
        Column("trend", "VARCHAR", "Movement against the chart before.", accepted=TRENDS),
        Column("entries", "INTEGER", "Chart entries that moved so.", minimum=1),
        SHARE_OF_ENTRIES,
        Column("mean_rank", "DOUBLE", "Mean place of these entries.", minimum=1, maximum=200),
        STREAMS,
    ),
    grain=("month_start", "region_code", "chart", "cadence", "trend"),
)

chart_run_month = mart("chart_run_month", CHART_RUN_MONTH, "month_start")
track_region_month = mart(
    "track_region_month",
    TRACK_REGION_MONTH,
    "month_start",
    Plot(
        "Distinct tracks by month",
        "SELECT month_start, COUNT(DISTINCT track_id) AS tracks FROM {table} "
        "GROUP BY month_start ORDER BY month_start LIMIT 600",
    ),
)
track_month = mart("track_month", TRACK_MONTH, "month_start")
chart_day = mart("chart_day", CHART_DAY, "chart_date")
trend_summary = mart(
    "trend_summary",
    TREND_SUMMARY,
    "month_start",
    Plot(
        "Chart entries by trend",
        "SELECT trend, SUM(CAST(entries AS BIGINT)) AS entries FROM {table} GROUP BY trend ORDER BY trend LIMIT 10",
    ),
)
