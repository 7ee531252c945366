"""The facts of the star schema. A fact row is one observation; nothing is repeated or invented."""

from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import POPULARITY_SOURCE
from spotify_platform.defs.charts.tables import (
    CADENCE,
    CHART,
    CHART_DATE,
    CHARTS_TABLE,
    RANK,
    REGION_CODE,
    STREAMS,
    TRACK_ID,
)
from spotify_platform.defs.history.tables import STREAMS_TABLE
from spotify_platform.defs.tables import warehouse_table
from spotify_platform.defs.warehouse.dimensions import DATE_KEY
from spotify_platform.metadata import Plot

HERE = Path(__file__).parent


def _of_charts(name: str) -> Column:
    return next(column for column in CHARTS_TABLE.columns if column.name == name)


def _of_streams(*names: str) -> tuple[Column, ...]:
    return tuple(column for name in names for column in STREAMS_TABLE.columns if column.name == name)


FACT_CHART_ENTRY = Contract(
    "Chart entries: a track at a place of one published chart.",
    (
        CHART_DATE,
        DATE_KEY,
        REGION_CODE,
        CHART,
        CADENCE,
        RANK,
        _of_charts("is_tied"),
        TRACK_ID,
        STREAMS,
        _of_charts("trend"),
        _of_charts("previous_rank"),
    ),
    grain=CHARTS_TABLE.grain,
)
FACT_TRACK_POPULARITY = Contract(
    "Popularity of a track on a day, by each source that measured it.",
    (
        TRACK_ID,
        Column("as_of", "DATE", "Day of the measurement."),
        DATE_KEY,
        POPULARITY_SOURCE,
        Column("popularity", "SMALLINT", "Spotify's popularity.", minimum=0, maximum=100),
    ),
    grain=("track_id", "as_of", "source"),
)
FACT_STREAM = Contract(
    "Plays of listeners: what somebody heard, when by their own clock, and for how long.",
    (
        *_of_streams("source_file_id", "source_record", "listener", "played_at"),
        DATE_KEY,
        *_of_streams("local_date", "local_hour", "kind", "medium", "history", "track_id", "title", "creator"),
        *_of_streams("album_name", "ms_played"),
        Column("is_stream", "BOOLEAN", "It lasted 30 seconds or more, or nobody says how long."),
        *_of_streams("platform", "country", "reason_start", "reason_end", "shuffle", "skipped", "offline"),
        *_of_streams("incognito", "exclusion"),
    ),
    grain=STREAMS_TABLE.grain,
    is_personal=True,
)

fact_chart_entry = warehouse_table(
    HERE / "fact_chart_entry.sql",
    FACT_CHART_ENTRY,
    schema="warehouse",
    group="warehouse",
    month_column="chart_date",
    view=True,  # at 26 million rows a scan of the files takes a second, to store them again takes nineteen
    plot=Plot(
        "Chart entries by region",
        "SELECT region_code, COUNT(*) AS entries FROM {table} "
        "GROUP BY region_code ORDER BY COUNT(*) DESC, region_code LIMIT 72",
    ),
)
fact_track_popularity = warehouse_table(
    HERE / "fact_track_popularity.sql", FACT_TRACK_POPULARITY, schema="warehouse", group="warehouse"
)
fact_stream = warehouse_table(HERE / "fact_stream.sql", FACT_STREAM, schema="warehouse", group="warehouse", view=True)
