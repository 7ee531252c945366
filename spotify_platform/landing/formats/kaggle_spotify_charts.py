"""Kaggle `dhruvildave/spotify-charts`: one charts.csv, 2017-01-01 to 2021-12-31, daily.

Regions are country names, several artists share one field, viral50 has no streams.
Source: https://www.kaggle.com/datasets/dhruvildave/spotify-charts
"""

from spotify_platform.landing import columns
from spotify_platform.landing.format import TRENDS, Derived, Format, Given, Read

FORMATS = (
    Format(
        name="kaggle_spotify_charts",
        title="Kaggle spotify-charts",
        kind="charts",
        source="kaggle",
        precedence=20,
        header=("title", "rank", "date", "artist", "url", "region", "chart", "trend", "streams"),
        label=("url", "title", "artist"),
        columns={
            "chart_date": columns.date("date"),
            "period_start": Derived("chart_date"),
            "region_code": columns.region("region"),
            "chart": Read("chart", "as_lower_word", "top200 or viral50", required=True, accepted=("top200", "viral50")),
            "cadence": Given("'daily'"),
            "rank": columns.rank("rank"),
            "streams": columns.streams("streams"),
            "trend": Read("trend", "as_upper_word", "a known trend", accepted=TRENDS),
            "previous_rank": Given("NULL"),
        },
        identity="{handle}",
        example="charts.csv",
    ),
)
