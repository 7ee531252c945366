"""Small files in the dialect of each source, written cell by cell."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from hypothesis import HealthCheck, settings

from spotify_platform.landing.recognise import format_named

Row = Mapping[str, str]
PROPERTY = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""The same examples in every run; nothing is kept between runs, and a slow machine fails no test."""


def track_id(number: int) -> str:
    return f"{number:022d}"


KAGGLE = "kaggle_spotify_charts"
DAILY = "charts_spotify_com_daily"
WEEKLY = "charts_spotify_com_weekly"
TIDYTUESDAY = "tidytuesday_spotify_songs"
TRACKS_114K = "kaggle_spotify_tracks_dataset"
OLD = "spotifycharts_com_regional"
OLD_VIRAL = "spotifycharts_com_viral"
WORLDWIDE = "kaggle_worldwide_daily_ranking"
TOP_73 = "kaggle_top_songs_73_countries"
PLAYLISTS = "top50_playlists"
ALL_AUDIO = "kaggle_charts_all_audio_data"
TOP_TRACKS = "lastfm_top_tracks"

_DOWNLOAD = {
    "rank": "1",
    "uri": f"spotify:track:{track_id(1)}",
    "artist_names": "Rosalía, Bad Bunny",
    "track_name": "La Noche de Anoche",
    "source": "Columbia",
    "peak_rank": "1",
    "previous_rank": "3",
    "streams": "48211",
}
_FEATURES = {
    "danceability": "0.748",
    "energy": "0.916",
    "key": "6",
    "loudness": "-2.634",
    "mode": "1",
    "speechiness": "0.0583",
    "acousticness": "0.102",
    "instrumentalness": "1.01e-06",
    "liveness": "0.0653",
    "valence": "0.518",
    "tempo": "122.036",
    "duration_ms": "194754",
}
_KAGGLE = {
    "title": "Chantaje (feat. Maluma)",
    "rank": "1",
    "date": "2017-01-01",
    "artist": "Shakira, Maluma",
    "url": f"https://open.spotify.com/track/{track_id(1)}",
    "region": "Argentina",
    "chart": "top200",
    "trend": "SAME_POSITION",
    "streams": "253019",
}
_OLD = {
    "Position": "1",
    "Track Name": "Dance Monkey",
    "Artist": "Tones and I",
    "URL": f"https://open.spotify.com/track/{track_id(1)}",
}
_ANSWERED = {"asked_on": "2022-12-08", "answer": "{}"}
_ANSWERED_FEATURES = {
    "track_id": track_id(1),
    **{name: value for name, value in _FEATURES.items() if name != "duration_ms"},
    **_ANSWERED,
}
_ALBUM = {
    "album_id": track_id(2),
    "album_name": "SOS",
    "album_type": "album",
}
ANSWERS: Mapping[str, Row] = {
    "spotify_tracks": {
        "track_id": track_id(1),
        "track_name": "Low",
        "artist_names": "SZA␟Travis Scott",
        "artist_ids": f"{track_id(3)}␟{track_id(4)}",
        **_ALBUM,
        "album_release_date": "2022-12-08",
        "isrc": "USRC12204592",
        "duration_ms": "181026",
        "explicit": "true",
        "popularity": "",
        **_ANSWERED,
    },
    "spotify_artists": {
        "artist_id": track_id(3),
        "artist_name": "SZA",
        "genres": "pop␟r&b",
        "followers": "10000000",
        "popularity": "95",
        **_ANSWERED,
    },
    "spotify_albums": {
        **_ALBUM,
        "artist_id": track_id(3),
        "artist_name": "SZA",
        "release_date": "2022-12-08",
        "total_tracks": "23",
        "label": "Top Dawg Entertainment",
        "upc": "196589564955",
        "popularity": "",
        **_ANSWERED,
    },
    "spotify_features": {**_ANSWERED_FEATURES, "time_signature": "4"},
    "reccobeats_features": _ANSWERED_FEATURES,
    "musicbrainz_genres": {
        "artist_id": track_id(3),
        "genres": "contemporary r&b␟neo soul",
        "genre_weights": "100␟35",
        **_ANSWERED,
    },
    "lastfm_tags": {"artist_name": "SZA", "tags": "rnb␟soul", "tag_weights": "100␟40", **_ANSWERED},
}
"""Rows of files that the platform writes of what sources answered."""
GOOD: Mapping[str, Row] = {
    **ANSWERS,
    KAGGLE: _KAGGLE,
    DAILY: {**_DOWNLOAD, "days_on_chart": "12"},
    WEEKLY: {**_DOWNLOAD, "weeks_on_chart": "12"},
    TIDYTUESDAY: {
        "track_id": track_id(1),
        "track_name": "I Don't Care",
        "track_artist": "Ed Sheeran",
        "track_popularity": "66",
        "track_album_id": track_id(2),
        "track_album_name": "I Don't Care (Loud Luxury Remix)",
        "track_album_release_date": "2019-06-14",
        "playlist_name": "Pop Remix",
        "playlist_id": track_id(3),
        "playlist_genre": "pop",
        "playlist_subgenre": "dance pop",
        **_FEATURES,
    },
    OLD: {**_OLD, "Streams": "46784119"},
    OLD_VIRAL: _OLD,
    WORLDWIDE: {**_OLD, "Streams": "19272", "Date": "2017-01-01", "Region": "ec"},
    TOP_73: {
        "spotify_id": track_id(1),
        "name": "Die With A Smile",
        "artists": "Lady Gaga, Bruno Mars",
        "daily_rank": "1",
        "daily_movement": "2",
        "weekly_movement": "1",
        "country": "AE",
        "snapshot_date": "2025-02-18",
        "popularity": "98",
        "is_explicit": "False",
        "album_name": "Die With A Smile",
        "album_release_date": "2024-08-16",
        "time_signature": "3",
        **_FEATURES,
    },
    PLAYLISTS: {
        "date": "2023-05-18",
        "position": "1",
        "song": "Un Finde | CROSSOVER #2",
        "artist": "Big One & FMK & Ke Personajes",
        "popularity": "89",
        "duration_ms": "162500",
        "album_type": "single",
        "total_tracks": "1",
        "release_date": "2023-04-04",
        "is_explicit": "False",
        "album_cover_url": "https://i.scdn.co/image/ab67616d0000b273fc9ce77ab8fcd9eadda3acd3",
    },
    TOP_TRACKS: {
        "snapshot_date": "2026-03-01",
        "country": "US",
        "rank": "1",
        "title": "Mr. Brightside",
        "artist_name": "The Killers",
        "listeners": "2764662",
        "duration_ms": "224000",
        "track_mbid": "37d516ab-d61f-4bcb-9316-7a0b3eb845a8",
        "artist_mbid": "95e1ead9-4d31-4808-a7ac-32c3614c116b",
        "url": "https://www.last.fm/music/The+Killers/_/Mr.+Brightside",
    },
    ALL_AUDIO: {
        "": "0",
        **_KAGGLE,
        "track_id": track_id(1),
        "album": "El Dorado",
        "popularity": "78.0",
        "explicit": "False",
        "release_date": "2017-05-26",
        "available_markets": "['AR', 'AU']",
        "duration_ms": "195840.0",
        "af_time_signature": "4.0",
        **{f"af_{name}": value for name, value in _FEATURES.items() if name != "duration_ms"},
        "af_key": "8.0",
        "af_mode": "0.0",
    },
    TRACKS_114K: {
        "": "0",
        "track_id": track_id(1),
        "artists": "Ingrid Michaelson;ZAYN",
        "album_name": "To Begin Again",
        "track_name": "To Begin Again",
        "popularity": "55",
        "explicit": "False",
        "time_signature": "4",
        "track_genre": "acoustic",
        **_FEATURES,
    },
}
"""A row that each format accepts."""

NAMES: Mapping[str, str] = {name: format_named(name).example for name in GOOD}
"""A file name that leaves no question open."""


def good(format: str, **cells: str) -> dict[str, str]:
    """A good row of a format with some cells replaced; `unnamed` is the cell without a name."""
    replaced = {"" if name == "unnamed" else name: cell for name, cell in cells.items()}
    assert replaced.keys() <= GOOD[format].keys(), replaced.keys() - GOOD[format].keys()
    return {**GOOD[format], **replaced}


def table(format: str, rows: Iterable[Row], *, newline: str = "\n", columns: Sequence[str] | None = None) -> str:
    """Rows as CSV under the format's header, or under `columns` in another order."""
    return lines(columns or header_of(format), rows, newline=newline)


def header_of(format: str) -> tuple[str, ...]:
    """Every column that a file of the format may have."""
    known = format_named(format)
    return (*known.header, *known.optional)


def lines(header: Sequence[str], rows: Iterable[Row], *, newline: str = "\n") -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=newline)
    writer.writerow(header)
    writer.writerows([row[name] for name in header] for row in rows)
    return text.getvalue()


def line(format: str, **cells: str) -> str:
    """One good row as CSV, without the line's end."""
    return table(format, [good(format, **cells)]).removeprefix(table(format, [])).removesuffix("\n")


def ranks(format: str, count: int, **cells: str) -> list[dict[str, str]]:
    """`count` good rows of a chart: tracks 1, 2, 3 … at ranks 1, 2, 3 …"""
    column = "url" if format == KAGGLE else "uri"
    return [
        good(format, **{"rank": str(n), column: f"https://open.spotify.com/track/{track_id(n)}", **cells})
        for n in range(1, count + 1)
    ]
