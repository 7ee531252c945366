"""Kaggle `edumucelli/spotifys-worldwide-daily-song-ranking`: the daily top 200 of 53 regions, 2017-01-01 to 2018-01-09.

Collected from spotifycharts.com; a region is a lower-case ISO code, or global.
Source: https://www.kaggle.com/datasets/edumucelli/spotifys-worldwide-daily-song-ranking
"""

from spotify_platform.landing import columns
from spotify_platform.landing.format import Derived, Format, Given

FORMATS = (
    Format(
        name="kaggle_worldwide_daily_ranking",
        title="Kaggle worldwide daily song ranking",
        kind="charts",
        source="kaggle_worldwide",
        precedence=24,
        header=("Position", "Track Name", "Artist", "Streams", "URL", "Date", "Region"),
        label=("URL", "Track Name", "Artist"),
        columns={
            "chart_date": columns.date("Date"),
            "period_start": Derived("chart_date"),
            "region_code": columns.region("Region"),
            "chart": Given("'top200'"),
            "cadence": Given("'daily'"),
            "rank": columns.rank("Position"),
            "streams": columns.streams("Streams"),
            "trend": Given("NULL"),
            "previous_rank": Given("NULL"),
        },
        identity="{handle}",
        example="data.csv",
    ),
)
