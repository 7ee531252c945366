"""Kaggle `dhruvildave/spotify-charts`: one charts.csv, 2017-01-01 to 2021-12-31, daily.

Regions are country names, several artists share one field, viral50 has no streams.
Source: https://www.kaggle.com/datasets/dhruvildave/spotify-charts
"""

from spotify_platform.landing.format import CHARTS, TRENDS, Derived, Format, Given, Read

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
            "chart_date": Read("date", "as_date", "a date as YYYY-MM-DD", required=True),
            "period_start": Derived("chart_date"),
            "region_code": Read("region", "as_region_code", "a region this platform knows", required=True),
            "chart": Read("chart", "as_lower_word", "top200 or viral50", required=True, accepted=CHARTS),
            "cadence": Given("'daily'"),
            "rank": Read(
                "rank",
                "as_whole_number",
                "a whole number from 1 to 200",
                required=True,
                minimum=1,
                maximum=200,
            ),
            "streams": Read("streams", "as_whole_number", "a whole number, 0 or more", minimum=0),
            "trend": Read("trend", "as_upper_word", "a known trend", accepted=TRENDS),
            "previous_rank": Given("NULL"),
        },
        identity="{handle}",
        example="charts.csv",
    ),
)
