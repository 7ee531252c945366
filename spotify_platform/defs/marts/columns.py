"""The columns that marts share, and how a mart becomes an asset."""

from pathlib import Path

import dagster as dg

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.tables import warehouse_table
from spotify_platform.metadata import Plot

HERE = Path(__file__).parent
NOT_TOLD = "the source does not tell; never 0"

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
    missing=NOT_TOLD,
)
FIRST_DATE = Column("first_date", "DATE", "First day on the chart.")
LAST_DATE = Column("last_date", "DATE", "Last day on the chart.")
COUNTRIES = Column("countries", "INTEGER", "Countries on whose charts it was.", minimum=0)
ALL_ENTRIES = Column("entries", "INTEGER", "Places on charts, counted over all regions.", minimum=1)
ALL_POINTS = Column("points", "BIGINT", "Places from the bottom, summed over tracks, charts and regions.", minimum=1)
TRACKS = Column("tracks", "INTEGER", "Distinct tracks.", minimum=1)
SHARE_OF_ENTRIES = Column("share_of_entries", "DOUBLE", "Its part of the entries, 0 to 1.", minimum=0, maximum=1)
MEASURED = Column("tracks_with_popularity", "INTEGER", "Of the tracks, those whose popularity is known.", minimum=0)


def streams_of(name: str, description: str) -> Column:
    return Column(name, "BIGINT", description, required=False, minimum=0, missing=NOT_TOLD)


GLOBAL_STREAMS = streams_of("global_streams", "Streams counted on the charts of the world.")
COUNTRY_STREAMS = streams_of(
    "country_streams", "Streams counted on the charts of countries; those of the world hold them already."
)


def mean_of(name: str, description: str, maximum: float | None = None, minimum: float | None = 0) -> Column:
    """The mean of what may be unknown."""
    missing = "none of the tracks has it"
    return Column(name, "DOUBLE", description, required=False, minimum=minimum, maximum=maximum, missing=missing)


MEAN_POPULARITY = mean_of("mean_popularity", "Mean popularity of the tracks whose popularity is known.", 100)


def mart(
    name: str, contract: Contract, month_column: str | None = None, plot: Plot | None = None
) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """The asset of `<name>.sql`, and its check."""
    return warehouse_table(
        HERE / f"{name}.sql", contract, schema="marts", group="marts", month_column=month_column, plot=plot
    )
