"""Track catalogues with audio features, popularity and genre: the tidytuesday file and the 114k tracks.

Features are Spotify's own in both; popularity is as of the day each was collected, which stands in neither file.
Sources: https://github.com/rfordatascience/tidytuesday (2020-01-21),
https://www.kaggle.com/datasets/maharshipandya/-spotify-tracks-dataset (October 2022)
"""

import datetime as dt

from spotify_platform.landing.columns import FEATURES, track
from spotify_platform.landing.format import Format

TIDYTUESDAY = Format(
    name="tidytuesday_spotify_songs",
    title="tidytuesday spotify_songs",
    kind="catalog",
    source="tidytuesday",
    precedence=20,
    header=(
        "track_id",
        "track_name",
        "track_artist",
        "track_popularity",
        "track_album_id",
        "track_album_name",
        "track_album_release_date",
        "playlist_name",
        "playlist_id",
        "playlist_genre",
        "playlist_subgenre",
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
        "duration_ms",
    ),
    artists=("track_artist", ""),
    columns=track(
        track_id="track_id",
        title="track_name",
        artist_credit="track_artist",
        album_id="track_album_id",
        album_name="track_album_name",
        release_date="track_album_release_date",
        popularity="track_popularity",
        genre="playlist_genre",
        subgenre="playlist_subgenre",
        duration_ms="duration_ms",
        **{feature: feature for feature in FEATURES},
    ),
    snapshot=dt.date(2020, 1, 21),
    example="spotify_songs.csv",
)

TRACKS_114K = Format(
    name="kaggle_spotify_tracks_dataset",
    title="Kaggle spotify-tracks-dataset (114k tracks)",
    kind="catalog",
    source="kaggle_tracks",
    precedence=10,
    header=(
        "",
        "track_id",
        "artists",
        "album_name",
        "track_name",
        "popularity",
        "duration_ms",
        "explicit",
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
        "track_genre",
    ),
    artists=("artists", ";"),
    columns=track(
        track_id="track_id",
        title="track_name",
        artist_credit="artists",
        album_name="album_name",
        popularity="popularity",
        genre="track_genre",
        explicit="explicit",
        duration_ms="duration_ms",
        time_signature="time_signature",
        **{feature: feature for feature in FEATURES},
    ),
    snapshot=dt.date(2022, 10, 22),
    example="dataset.csv",
)

FORMATS = (TIDYTUESDAY, TRACKS_114K)
