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
GOOD: Mapping[str, Row] = {
    KAGGLE: {
        "title": "Chantaje (feat. Maluma)",
        "rank": "1",
        "date": "2017-01-01",
        "artist": "Shakira, Maluma",
        "url": f"https://open.spotify.com/track/{track_id(1)}",
        "region": "Argentina",
        "chart": "top200",
        "trend": "SAME_POSITION",
        "streams": "253019",
    },
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
    assert replaced.keys() <= GOOD[format].keys()
    return {**GOOD[format], **replaced}


def table(format: str, rows: Iterable[Row], *, newline: str = "\n", columns: Sequence[str] | None = None) -> str:
    """Rows as CSV under the format's header, or under `columns` in another order."""
    return lines(columns or format_named(format).header, rows, newline=newline)


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
