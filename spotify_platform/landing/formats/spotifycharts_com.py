"""Downloads of the old spotifycharts.com: `regional-{cc|global}-{daily|weekly}-…csv`, and `viral-…` without streams.

A note stands on the line before the header; region, cadence and dates in the file's name alone. A daily chart has
one date, a weekly one the range `2020-01-31--2020-02-07`, whose end is the first day of the next week: the ranges
of weeks that follow each other share it, and both are Fridays, with which a week of music begins. So the last
day counted is 2020-02-06, a Thursday, as charts.spotify.com dates its weeks. The weeks of the viral chart are named
by their last day twice.
"""

from spotify_platform.landing import columns
from spotify_platform.landing.format import Format, Given

DATE = r"\d{4}-\d{2}-\d{2}"


def _download(kind: str, chart: str, places: int, counted: tuple[str, ...]) -> Format:
    return Format(
        name=f"spotifycharts_com_{kind}",
        title=f"spotifycharts.com {kind}",
        kind="charts",
        source="spotifycharts.com",
        precedence=12,
        header=("Position", "Track Name", "Artist", *counted, "URL"),
        label=("URL", "Track Name", "Artist"),
        columns={
            "chart_date": Given(":date"),
            "period_start": Given(":period_start"),
            "region_code": Given(":region_code"),
            "chart": Given(f"'{chart}'"),
            "cadence": Given(":cadence"),
            "rank": columns.rank("Position", places),
            "streams": columns.streams("Streams") if counted else Given("NULL"),
            "trend": Given("NULL"),
            "previous_rank": Given("NULL"),
        },
        name_pattern=rf"{kind}-(?P<region>[a-z]{{2}}|global)-(?P<cadence>daily|weekly)-(?P<date>{DATE})(--(?P<end>{DATE}))?",
        needs=("region", "cadence", "date"),
        identity=f"spotifycharts.com/{{region_code}}/{chart}/{{cadence}}/{{date}}",
        example=f"{kind}-global-weekly-2020-01-31--2020-02-07.csv",
    )


FORMATS = (
    _download("regional", "top200", 200, ("Streams",)),
    _download("viral", "viral50", 50, ()),
)
