"""The chart tables of the lake: contracts beside the SQL files that build them."""

from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.tables import lake_table
from spotify_platform.landing.format import CADENCES, CHARTS, FIRST_CHART_DATE, TRENDS
from spotify_platform.metadata import Plot

HERE = Path(__file__).parent
OUTCOMES = ("loaded", "duplicate", "skipped")

CHART_DATE = Column(
    "chart_date", "DATE", "Day of the chart; of a weekly chart its last day.", minimum=FIRST_CHART_DATE.isoformat()
)
REGION_CODE = Column("region_code", "VARCHAR", "ISO 3166-1 alpha-2 code of the region, or GLOBAL.")
CHART = Column(
    "chart",
    "VARCHAR",
    "What is ranked: top200 by streams, viral50 by sharing, top50 the playlist by streams of the days before.",
    accepted=CHARTS,
)
CADENCE = Column("cadence", "VARCHAR", "How often the chart is published.", accepted=CADENCES)
RANK = Column("rank", "SMALLINT", "Place on the chart, 1 is the best.", minimum=1, maximum=200)
TRACK_ID = Column("track_id", "VARCHAR", "Spotify's id of the track.")
STREAMS = Column(
    "streams",
    "BIGINT",
    "Streams that the source counts for this chart.",
    required=False,
    minimum=0,
    missing="the source does not tell; never 0, never invented",
)
YEAR = Column("year", "INTEGER", "Year of the chart date; partition.")
MONTH = Column("month", "INTEGER", "Month of the chart date, 1 to 12; partition.", minimum=1, maximum=12)
FILE_ID = Column("file_id", "VARCHAR", "Landed file; see raw.manifest.")
RECORD = Column("record", "BIGINT", "Number of the row among the readable rows of its file, from 1.", minimum=1)


def accounting_of(file: str, *, outcomes: tuple[str, ...] = OUTCOMES, by: tuple[Column, ...] = ()) -> Contract:
    """The contract of a table that tells what became of the readable rows of each file, and `by` what."""
    return Contract(
        f"What became of the readable rows of every {file} that counts: {' + '.join(outcomes)} = rows.",
        (
            FILE_ID,
            Column("outcome", "VARCHAR", "What became of the rows.", accepted=outcomes),
            Column("reason", "VARCHAR", "Why they were not loaded; empty where they were."),
            Column("outcome_rows", "BIGINT", "Number of rows.", minimum=0),
            *by,
        ),
        grain=("file_id", "outcome", "reason", *(column.name for column in by)),
    )


CHARTS_TABLE = Contract(
    "Chart entries of every source: one row per track of a published chart, from the best source of that chart.",
    (
        CHART_DATE,
        Column("period_start", "DATE", "First day that the chart counts."),
        REGION_CODE,
        CHART,
        CADENCE,
        RANK,
        Column("is_tied", "BOOLEAN", "Another track of this chart has the same rank, as the source has it."),
        TRACK_ID,
        Column("title", "VARCHAR", "Title as the chart gives it.", required=False, missing="the source left it empty"),
        Column(
            "artist_credit",
            "VARCHAR",
            "Artists as the chart gives them, joined by a comma.",
            required=False,
            missing="the source left it empty",
        ),
        STREAMS,
        Column(
            "trend",
            "VARCHAR",
            "Movement against the chart before.",
            required=False,
            accepted=TRENDS,
            missing="the source does not tell",
        ),
        Column(
            "previous_rank",
            "SMALLINT",
            "Place on the chart before.",
            required=False,
            minimum=1,
            missing="new, back, or the source does not tell",
        ),
        Column("source_file_id", "VARCHAR", "Landed file that the row comes from; see raw.manifest."),
        YEAR,
        MONTH,
    ),
    grain=("chart_date", "region_code", "chart", "cadence", "track_id"),
    large=True,
)

CONFLICTS_TABLE = Contract(
    "Candidate rows that compete for a place on a chart, and what became of each: repeats, ties, outranked sources.",
    (
        FILE_ID,
        RECORD,
        CHART_DATE,
        REGION_CODE,
        CHART,
        CADENCE,
        RANK,
        TRACK_ID,
        Column("outcome", "VARCHAR", "Whether this very row stands in cleandata.charts.", accepted=OUTCOMES),
        Column(
            "credited_outcome",
            "VARCHAR",
            "What the file's account says: the file that came first is credited with a row that several bring.",
            accepted=OUTCOMES,
        ),
        Column("reason", "VARCHAR", "Why the row was not loaded.", required=False, missing="it was loaded"),
        Column("is_tied", "BOOLEAN", "Another loaded track of this chart has the same rank."),
        YEAR,
        MONTH,
    ),
    grain=("file_id", "record"),
)

ACCOUNTING_TABLE = accounting_of("chart file", by=(YEAR, MONTH))

REJECTS_TABLE = Contract(
    "Rows that could not be read, of every file that counts: where they stand and what was expected there.",
    (
        FILE_ID,
        Column("file_name", "VARCHAR", "Name of the file when it landed."),
        Column("line", "BIGINT", "Line of the file; the header is line 1.", minimum=1),
        Column("column_name", "VARCHAR", "Column at fault.", required=False, missing="the row as a whole is at fault"),
        Column("reason", "VARCHAR", "What was expected."),
    ),
    grain=("file_id", "line", "column_name", "reason"),
)

chart_conflicts = lake_table(HERE / "chart_conflicts.sql", CONFLICTS_TABLE, group="charts", monthly=True)
charts = lake_table(
    HERE / "charts.sql",
    CHARTS_TABLE,
    group="charts",
    monthly=True,
    plot=Plot(
        "Chart entries by month",
        "SELECT strftime(make_date(year, month, 1), '%Y-%m'), entries "
        "FROM (SELECT year, month, COUNT(*) AS entries FROM {table} GROUP BY ALL) ORDER BY 1",
    ),
)
chart_accounting = lake_table(HERE / "chart_accounting.sql", ACCOUNTING_TABLE, group="charts", monthly=True)
rejects = lake_table(
    HERE / "rejects.sql",
    REJECTS_TABLE,
    group="landing",
    plot=Plot(
        "Rejected rows by reason",
        "SELECT concat_ws(': ', column_name, reason), COUNT(*) FROM {table} GROUP BY ALL ORDER BY 2 DESC LIMIT 20",
    ),
)
