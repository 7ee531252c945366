"""Downloads of charts.spotify.com: `regional-{cc|global}-{daily|weekly}-YYYY-MM-DD.csv`.

Region, cadence and date stand in the name only; the date of a weekly chart is its last day. A previous
rank of −1 means none: a new entry where this is its first appearance, else a re-entry.
"""

from spotify_platform.landing import columns
from spotify_platform.landing.format import DAYS, Derived, Format, Given, Read

NAME = r"(?P<chart>regional)-(?P<region>[a-z]{2}|global)-(?P<cadence>daily|weekly)-(?P<date>\d{4}-\d{2}-\d{2})"


def _download(cadence: str, appearances: str) -> Format:
    return Format(
        name=f"charts_spotify_com_{cadence}",
        title=f"charts.spotify.com {cadence}",
        kind="charts",
        source="charts.spotify.com",
        precedence=10,
        header=(
            "rank",
            "uri",
            "artist_names",
            "track_name",
            "source",
            "peak_rank",
            "previous_rank",
            appearances,
            "streams",
        ),
        label=("uri", "track_name", "artist_names"),
        columns={
            "chart_date": Given(":date"),
            "period_start": Given(f":date - {DAYS[cadence] - 1}"),
            "region_code": Given(":region_code"),
            "chart": Given("'top200'"),
            "cadence": Given(f"'{cadence}'"),
            "rank": columns.rank("rank"),
            "streams": columns.streams("streams"),
            "previous_rank": Read(
                "previous_rank", "as_whole_number", "a whole number from 1, or -1", minimum=1, absent=("-1",)
            ),
            "appearances": Read(appearances, "as_whole_number", "a whole number from 1", minimum=1),
            "trend": Derived(
                """CASE WHEN rank < previous_rank THEN 'MOVE_UP'
                        WHEN rank > previous_rank THEN 'MOVE_DOWN'
                        WHEN rank = previous_rank THEN 'SAME_POSITION'
                        WHEN "raw previous_rank" = '-1' AND appearances = 1 THEN 'NEW_ENTRY'
                        WHEN "raw previous_rank" = '-1' AND appearances > 1 THEN 'RE_ENTRY' END"""
            ),
        },
        name_pattern=NAME,
        needs=("region", "date"),
        identity=f"charts.spotify.com/{{region_code}}/top200/{cadence}/{{date}}",
        example=f"regional-global-{cadence}-2022-12-08.csv",
    )


FORMATS = (_download("daily", "days_on_chart"), _download("weekly", "weeks_on_chart"))
