"""Track catalogues with audio features, popularity and genre: the tidytuesday file and the 114k tracks.

Features are Spotify's own in both; popularity is as of the day each was collected, which stands in
neither file. A tempo of 0 and a key of −1 mean "not detected", a release of 0000 "not known": they become missing.
Sources: https://github.com/rfordatascience/tidytuesday (2020-01-21),
https://www.kaggle.com/datasets/maharshipandya/-spotify-tracks-dataset (October 2022)
"""

import datetime as dt

from spotify_platform.landing.format import Format, Given, Read


def _share(column: str) -> Read:
    return Read(column, "as_decimal", "a number from 0 to 1", minimum=0, maximum=1)


FEATURES = {
    **{
        name: _share(name)
        for name in (
            "danceability",
            "energy",
            "speechiness",
            "acousticness",
            "instrumentalness",
            "liveness",
            "valence",
        )
    },
    "key": Read("key", "as_whole_number", "a pitch class from 0 to 11", minimum=0, maximum=11, absent=("-1",)),
    "loudness": Read("loudness", "as_decimal", "a loudness in dB from -80 to 10", minimum=-80, maximum=10),
    "mode": Read("mode", "as_whole_number", "0 or 1", minimum=0, maximum=1),
    "tempo": Read(
        "tempo",
        "as_decimal",
        "a tempo in BPM up to 400",
        minimum=1,
        maximum=400,
        absent=("0", "0.0", "0.000"),
    ),
}
DURATION = Read("duration_ms", "as_whole_number", "a duration in ms, at least 1", minimum=1, maximum=86_400_000)
TRACK_ID = Read("track_id", "as_track_id", "a Spotify track id of 22 characters", required=True)
TITLE = Read("track_name", "as_text", "a name", required=True)


def _popularity(raw: str) -> Read:
    return Read(raw, "as_whole_number", "a whole number from 0 to 100", minimum=0, maximum=100)


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
    columns={
        "track_id": TRACK_ID,
        "title": TITLE,
        "artist_credit": Read("track_artist", "as_text", "a name", required=True),
        "album_id": Read("track_album_id", "as_text", "an id"),
        "album_name": Read("track_album_name", "as_text", "a name"),
        "release_date": Read(
            "track_album_release_date", "as_release_date", "a date as YYYY, YYYY-MM or YYYY-MM-DD", absent=("0000",)
        ),
        "release_date_precision": Read("track_album_release_date", "precision_of", "a date", absent=("0000",)),
        "popularity": _popularity("track_popularity"),
        "genre": Read("playlist_genre", "as_text", "a genre"),
        "subgenre": Read("playlist_subgenre", "as_text", "a genre"),
        "explicit": Given("NULL"),
        "duration_ms": DURATION,
        "time_signature": Given("NULL"),
        **FEATURES,
    },
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
    columns={
        "track_id": TRACK_ID,
        "title": TITLE,
        "artist_credit": Read("artists", "as_text", "a name", required=True),
        "album_id": Given("NULL"),
        "album_name": Read("album_name", "as_text", "a name"),
        "release_date": Given("NULL"),
        "release_date_precision": Given("NULL"),
        "popularity": _popularity("popularity"),
        "genre": Read("track_genre", "as_text", "a genre"),
        "subgenre": Given("NULL"),
        "explicit": Read("explicit", "as_boolean", "True or False"),
        "duration_ms": DURATION,
        "time_signature": Read(
            "time_signature",
            "as_whole_number",
            "a number of beats from 1 to 7",
            minimum=1,
            maximum=7,
            absent=("0",),
        ),
        **FEATURES,
    },
    snapshot=dt.date(2022, 10, 22),
    example="dataset.csv",
)

FORMATS = (TIDYTUESDAY, TRACKS_114K)
