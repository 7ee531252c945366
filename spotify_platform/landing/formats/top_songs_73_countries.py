"""Kaggle `asaniczka/top-spotify-songs-in-73-countries-daily-updated`: universal_top_spotify_songs.csv.

The Top 50 playlist of each country as it stood on a day, with what the Web API then said of the tracks: ranks,
popularity and audio features in one row. A blank country is the world. The chart is top50, not the first fifty of
top200: it is dated by the day it was seen, one or two days after the streams that it ranks, and tells no streams.

A movement is the number of places gained since the chart before. What was not on it is counted from place 50, so
there 50 may mean "new" as well as "was 50th": the previous rank is missing then, and the trend with it.
Source: https://www.kaggle.com/datasets/asaniczka/top-spotify-songs-in-73-countries-daily-updated
"""

from spotify_platform.landing import columns
from spotify_platform.landing.columns import FEATURES, track
from spotify_platform.landing.format import Derived, Format, Given, Read

FORMATS = (
    Format(
        name="kaggle_top_songs_73_countries",
        title="Kaggle top songs in 73 countries",
        kind="charts",
        source="kaggle_top50",
        precedence=30,
        header=(
            "spotify_id",
            "name",
            "artists",
            "daily_rank",
            "daily_movement",
            "weekly_movement",
            "country",
            "snapshot_date",
            "popularity",
            "is_explicit",
            "duration_ms",
            "album_name",
            "album_release_date",
            "danceability",
            "energy",
            "key",
            "loudness",
            "mode",
            "speechiness",
            "acousticness",
            "instrumentalness",
            "liveness",
            "valence",
            "tempo",
            "time_signature",
        ),
        label=("spotify_id", "name", "artists"),
        columns={
            "chart_date": columns.date("snapshot_date"),
            "period_start": Derived("chart_date"),
            "region_code": columns.region("country", empty="global"),
            "chart": Given("'top50'"),
            "cadence": Given("'daily'"),
            "rank": columns.rank("daily_rank", 50),
            "streams": Given("NULL"),
            "movement": Read(
                "daily_movement", "as_whole_number", "a whole number from -50 to 50", minimum=-50, maximum=50
            ),
            "previous_rank": Derived("CASE WHEN rank + movement BETWEEN 1 AND 49 THEN rank + movement END"),
            "trend": Derived(
                """CASE WHEN rank + movement NOT BETWEEN 1 AND 49 THEN NULL
                        WHEN movement > 0 THEN 'MOVE_UP'
                        WHEN movement < 0 THEN 'MOVE_DOWN'
                        WHEN movement = 0 THEN 'SAME_POSITION' END"""
            ),
        },
        track={
            **track(
                track_id="spotify_id",
                album_name="album_name",
                release_date="album_release_date",
                explicit="is_explicit",
                popularity="popularity",
                time_signature="time_signature",
                **{feature: feature for feature in FEATURES},
            ),
            "duration_ms": columns.duration("duration_ms", absent=("0",)),
            "as_of": columns.date("snapshot_date"),
        },
        identity="{handle}",
        example="universal_top_spotify_songs.csv",
    ),
)
