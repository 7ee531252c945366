"""The popularity model: features, a judged and registered champion, batch predictions."""

from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import (
    ARTIST_NAME,
    DURATION,
    EXPLICIT,
    FEATURES,
    GENRE,
    POPULARITY,
    POPULARITY_AS_OF,
    RELEASE_DATE,
    RELEASE_PRECISION,
    SUBGENRE,
    TITLE,
)
from spotify_platform.defs.charts.tables import TRACK_ID
from spotify_platform.defs.tables import warehouse_table

HERE = Path(__file__).parent

POPULARITY_FEATURES = Contract(
    "What the popularity model may know of a track, and the popularity it is to learn.",
    (
        TRACK_ID,
        TITLE,
        Column("artist_id", "VARCHAR", "First artist of the credit.", required=False, missing="no artist is known"),
        Column("artist_name", "VARCHAR", ARTIST_NAME.description, required=False, missing="no artist is known"),
        POPULARITY,
        POPULARITY_AS_OF,
        DURATION,
        EXPLICIT,
        RELEASE_DATE,
        RELEASE_PRECISION,
        GENRE,
        SUBGENRE,
        *FEATURES,
    ),
    grain=("track_id",),
)

popularity_features = warehouse_table(
    HERE / "popularity_features.sql", POPULARITY_FEATURES, schema="ml", group="popularity"
)
