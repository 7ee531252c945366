"""Kaggle `sunnykakar/spotify-charts-all-audio-data`: merged_data.csv, 26 million rows, 27 GB.

The rows of spotify-charts, each with what the Web API said of its track when somebody asked for it; which day that
was stands nowhere, so popularity is kept only where the person who lands the file tells it. Pandas wrote it: its
index has no name, and whole numbers in columns with gaps end in ".0".
Source: https://www.kaggle.com/datasets/sunnykakar/spotify-charts-all-audio-data
"""

from spotify_platform.landing.columns import FEATURES, track, written_by_pandas
from spotify_platform.landing.format import Format
from spotify_platform.landing.formats import kaggle_spotify_charts

[CHARTS] = kaggle_spotify_charts.FORMATS
FEATURE_COLUMNS = {feature: f"af_{feature}" for feature in (*FEATURES, "time_signature")}


FORMATS = (
    Format(
        name="kaggle_charts_all_audio_data",
        title="Kaggle spotify-charts-all-audio-data",
        kind="charts",
        source="kaggle_audio",
        precedence=26,
        header=(*CHARTS.header, "track_id", "album", "popularity", "duration_ms", "explicit", "release_date"),
        optional=("", "available_markets", *FEATURE_COLUMNS.values()),
        label=("url", "title", "artist"),
        columns=written_by_pandas(CHARTS.columns),
        track=written_by_pandas(
            track(
                track_id="url",
                album_name="album",
                release_date="release_date",
                duration_ms="duration_ms",
                explicit="explicit",
                popularity="popularity",
                **FEATURE_COLUMNS,
            )
        ),
        identity="{handle}",
        example="merged_data.csv",
    ),
)
