"""The marts of songs: what charted, where it stood, what leads now, and how few have most of the streams."""

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import ARTIST_CREDIT, TITLE
from spotify_platform.defs.charts.tables import CADENCE, CHART, CHART_DATE, CHARTS_TABLE, RANK, REGION_CODE, TRACK_ID
from spotify_platform.defs.charts.tables import STREAMS as CHART_STREAMS
from spotify_platform.defs.marts.columns import (
    ALL_ENTRIES,
    AT_ONE,
    BEST_RANK,
    COUNTRIES,
    ENTRIES,
    FIRST_DATE,
    LAST_DATE,
    MONTH_START,
    POINTS,
    STREAMS,
    mart,
    streams_of,
)
from spotify_platform.metadata import Plot

PEAK_RANK = Column("peak_rank", "INTEGER", "Best place ever.", minimum=1, maximum=200)
PEAK_DATE = Column("peak_date", "DATE", "First day on it.")
LATEST = ("trend", "previous_rank")
SNAPSHOTS = (("marts", "current_top_songs"), ("marts", "current_top_tracks"), ("marts", "viral_tracks"))
"""Marts of the latest charts and lists alone, which may be shorter than those before them."""


def _days(name: str, description: str) -> Column:
    return Column(name, "INTEGER", description, minimum=0)


def _share(name: str, of: str) -> Column:
    missing = "nothing was streamed"
    return Column(
        name, "DOUBLE", f"Share of the streams that {of}.", required=False, minimum=0, maximum=1, missing=missing
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
        PEAK_RANK,
        PEAK_DATE,
        AT_ONE,
        POINTS,
        STREAMS,
    ),
    grain=("region_code", "chart", "cadence", "track_id"),
)
UNIQUE_SONGS = Contract(
    "Every track that was ever on a chart, once, with all that it did there.",
    (
        TRACK_ID,
        Column("song_id", "VARCHAR", "Least id of the charted tracks with the same title and first artist: editions."),
        TITLE,
        ARTIST_CREDIT,
        FIRST_DATE,
        LAST_DATE,
        _days("days_on_top200", "Distinct days on a daily top 200 of any region."),
        _days("weeks_on_top200", "Distinct weeks on a weekly top 200 of any region."),
        _days("days_on_viral50", "Distinct days on a daily viral 50 of any region."),
        COUNTRIES,
        ALL_ENTRIES,
        AT_ONE,
        PEAK_RANK,
        streams_of(
            "global_streams", "Streams on the world's daily charts, or on its weekly ones where there are none."
        ),
        streams_of("country_streams", "The same of the countries, summed; the world's hold them already."),
    ),
    grain=("track_id",),
)
NUMBER_ONE_TRACKS = Contract(
    "Who led each published chart; of a tie at the first place the track with more streams, then the lesser id.",
    (
        CHART_DATE,
        REGION_CODE,
        CHART,
        CADENCE,
        TRACK_ID,
        TITLE,
        ARTIST_CREDIT,
        CHART_STREAMS,
        Column("is_tied", "BOOLEAN", "Another track stands at the first place too."),
        Column("charts_in_a_row", "INTEGER", "Charts in a row that it leads, up to this one.", minimum=1),
    ),
    grain=("chart_date", "region_code", "chart", "cadence"),
)
CURRENT_TOP_SONGS = Contract(
    "The latest chart of each region, whenever that was, with what each track has done so far.",
    (
        REGION_CODE,
        CHART,
        CADENCE,
        CHART_DATE,
        RANK,
        TRACK_ID,
        TITLE,
        ARTIST_CREDIT,
        CHART_STREAMS,
        *(column for column in CHARTS_TABLE.columns if column.name in LATEST),
        PEAK_RANK,
        PEAK_DATE,
        FIRST_DATE,
        Column("entries", "INTEGER", "Distinct days (weeks of a weekly chart) on the chart so far.", minimum=1),
    ),
    grain=("region_code", "chart", "cadence", "track_id"),
)
VIRAL_TRACKS = Contract(
    "What went viral in a region in the last two weeks that its viral charts tell of.",
    (
        REGION_CODE,
        CADENCE,
        Column("window_end", "DATE", "Date of the region's latest viral chart: the last of the fourteen days."),
        Column("position", "INTEGER", "Place by points.", minimum=1),
        TRACK_ID,
        TITLE,
        ARTIST_CREDIT,
        Column("entries", "INTEGER", "Viral charts of the two weeks that it is on.", minimum=1, maximum=14),
        Column("best_rank", "SMALLINT", "Best place in the two weeks.", minimum=1, maximum=50),
        Column("points", "INTEGER", "Places from the bottom, summed: a first place gives 50.", minimum=1),
        FIRST_DATE,
        LAST_DATE,
        Column("first_viral_date", "DATE", "First day ever on the region's viral chart."),
    ),
    grain=("region_code", "cadence", "position"),
)
LONG_TAIL = Contract(
    "How few tracks have how much of the streams of a region's chart.",
    (
        REGION_CODE,
        CHART,
        CADENCE,
        Column("tracks", "INTEGER", "Tracks that were on the chart with streams.", minimum=1),
        Column("streams", "BIGINT", "Their streams.", minimum=0),
        _share("top_10_share", "the ten greatest tracks have"),
        _share("top_percent_share", "the greatest hundredth of the tracks has, rounded up to whole tracks"),
        _share("top_tenth_share", "the greatest tenth of the tracks has, rounded up to whole tracks"),
        Column("tracks_for_half", "INTEGER", "Fewest tracks that have half of the streams together.", minimum=0),
    ),
    grain=("region_code", "chart", "cadence"),
)

top_charts = mart("top_charts", TOP_CHARTS)
track_chart_runs = mart(
    "track_chart_runs",
    TRACK_CHART_RUNS,
    plot=Plot(
        "Lives by best place",
        "SELECT peak_rank, COUNT(*) AS lives FROM {table} GROUP BY peak_rank ORDER BY peak_rank LIMIT 200",
    ),
)
unique_songs = mart(
    "unique_songs",
    UNIQUE_SONGS,
    plot=Plot(
        "Tracks by number of countries",
        "SELECT countries, COUNT(*) AS tracks FROM {table} GROUP BY countries ORDER BY countries LIMIT 250",
    ),
)
number_one_tracks = mart("number_one_tracks", NUMBER_ONE_TRACKS)
current_top_songs = mart("current_top_songs", CURRENT_TOP_SONGS)
viral_tracks = mart("viral_tracks", VIRAL_TRACKS)
long_tail = mart(
    "long_tail",
    LONG_TAIL,
    plot=Plot(
        "Share of the streams that a tenth of the tracks has",
        "SELECT region_code, top_tenth_share FROM {table} WHERE chart = 'top200' AND cadence = 'daily' "
        "ORDER BY top_tenth_share DESC, region_code LIMIT 80",
    ),
)
