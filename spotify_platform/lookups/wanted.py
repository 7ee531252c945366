"""Which ids are looked up, most played first: those of charts, and what their answers name.

Read from what was built and what has landed, so nothing that is looked up here is upstream of it in the asset graph.
"""

from collections.abc import Mapping

from spotify_platform.lake.interface import Lake, Table
from spotify_platform.lake.reading import query
from spotify_platform.landing.land import API

MENTIONED = (
    "SELECT track_id, 0 AS plays, COUNT(*) AS mentions FROM {table} WHERE track_id IS NOT NULL GROUP BY track_id"
)
TRACKS: Mapping[Table, str] = {
    ("cleandata", "charts"): (
        "SELECT track_id, SUM(streams) AS plays, COUNT(*) AS mentions FROM {table} GROUP BY track_id"
    ),
    **{("cleandata", table): MENTIONED for table in ("streams", "top_tracks", "playlist_tracks", "listener_tops")},
}
"""The tables whose tracks are wanted: a query of each track, its plays as far as they are known, and its mentions."""
ROWS: Table = ("candidates", "track_rows")
ROW_ARTISTS: Table = ("candidates", "track_row_artists")
TRACK_ARTISTS: Table = ("cleandata", "track_artists")
ARTIST_ROWS: Table = ("candidates", "artist_rows")
GENRES: Table = ("candidates", "artist_row_genres")
FILES: Table = ("candidates", "files")


def tracks(lake: Lake) -> list[str]:
    return _ranked(lake, "SELECT track_id AS id, track_id FROM wanted")


def tracks_without_features(lake: Lake) -> list[str]:
    """Those whose features no file has told that came otherwise than by an API."""
    sql = f"""
        SELECT track_id AS id, track_id FROM wanted WHERE track_id NOT IN (
            SELECT entry.track_id FROM candidates.track_rows AS entry
            JOIN candidates.files AS landed USING (file_id) WHERE entry.energy IS NOT NULL AND landed.door <> '{API}')"""
    return _ranked(lake, sql, ROWS, FILES)


CREDITED = """
    SELECT DISTINCT artist.artist_id AS id, entry.track_id
    FROM candidates.track_rows AS entry JOIN candidates.track_row_artists AS artist USING (file_id, record)
    WHERE artist.artist_id IS NOT NULL"""
"""Spotify's ids of the artists of tracks."""


def artists(lake: Lake) -> list[str]:
    """Spotify's ids of artists of tracks that it answered."""
    return _ranked(lake, CREDITED, ROWS, ROW_ARTISTS)


def artists_without_genres(lake: Lake) -> list[str]:
    """Those of whom Spotify has told no genre, or was not asked."""
    sql = f"""
        {CREDITED} AND artist.artist_id NOT IN (
            SELECT told.artist_id FROM candidates.artist_rows AS told
            JOIN candidates.artist_row_genres AS genre USING (file_id, record)
            JOIN candidates.files AS landed USING (file_id)
            WHERE told.artist_id IS NOT NULL AND landed.source = 'spotify')"""
    return _ranked(lake, sql, ROWS, ROW_ARTISTS, ARTIST_ROWS, GENRES, FILES)


def albums(lake: Lake) -> list[str]:
    sql = """
        SELECT DISTINCT album_id AS id, track_id FROM candidates.track_rows
        WHERE regexp_full_match(album_id, '[A-Za-z0-9]{22}')"""
    return _ranked(lake, sql, ROWS)


def artist_names(lake: Lake) -> list[str]:
    """Names of artists of whom no source that knows them by ids has told a genre."""
    sql = """
        SELECT DISTINCT artist_name AS id, track_id FROM cleandata.track_artists WHERE artist_id NOT IN (
            SELECT entry.artist_id FROM candidates.artist_rows AS entry
            JOIN candidates.artist_row_genres AS genre USING (file_id, record) WHERE entry.artist_id IS NOT NULL)"""
    return _ranked(lake, sql, TRACK_ARTISTS, GENRES, ARTIST_ROWS)


def _ranked(lake: Lake, ids: str, *tables: Table) -> list[str]:
    """The ids of a query of `id` and `track_id`, by the plays of these tracks. What was not built yet wants nothing."""
    built = [table for table in TRACKS if lake.state(table)]
    if not built or any(table[0] == "cleandata" and not lake.state(table) for table in tables):
        return []
    wanted = " UNION ALL ".join(TRACKS[table].format(table=".".join(table)) for table in built)
    sql = f"""
        WITH wanted AS (SELECT track_id, SUM(plays) AS plays, SUM(mentions) AS mentions FROM ({wanted}) GROUP BY ALL)
        SELECT named.id FROM ({ids}) AS named JOIN wanted USING (track_id)
        GROUP BY named.id ORDER BY SUM(plays) DESC NULLS LAST, SUM(mentions) DESC, named.id"""
    return [id for (id,) in query(lake, sql, *built, *tables)]
