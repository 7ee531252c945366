"""The playlist tables of the lake: snapshots, and the tracks that are meant where a source names no ids."""

from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.charts.tables import TRACK_ID, accounting_of
from spotify_platform.defs.tables import lake_table

HERE = Path(__file__).parent

MATCHES_TABLE = Contract(
    "Which known track is meant by the title and artists of a playlist's row, and why none is.",
    (
        Column("title", "VARCHAR", "Title as the playlist has it.", required=False, missing="the source left it empty"),
        Column(
            "artist_credit",
            "VARCHAR",
            "Artists as the playlist has them.",
            required=False,
            missing="the source left it empty",
        ),
        Column(
            "duration_ms", "INTEGER", "Length, in ms.", required=False, minimum=1, missing="the source does not tell"
        ),
        Column("track_id", "VARCHAR", "Spotify's id of the track.", required=False, missing="no one track is meant"),
        Column("nearest_tracks", "INTEGER", "Known tracks that are nearest, and equally near.", minimum=0),
        Column(
            "artist_overlap",
            "DOUBLE",
            "Artists that both name, as a share of all that either names.",
            required=False,
            minimum=0,
            maximum=1,
            missing="no known track is near",
        ),
        Column(
            "duration_gap_ms",
            "INTEGER",
            "How much the lengths differ, in ms.",
            required=False,
            minimum=0,
            missing="no known track is near, or the length of one is not known",
        ),
        Column("reason", "VARCHAR", "Why no track is meant.", required=False, missing="one is"),
    ),
    grain=("title", "artist_credit", "duration_ms"),
)
PLAYLIST_TRACKS_TABLE = Contract(
    "Playlists as they stood on a day: one row per place, where the track is known.",
    (
        Column("snapshot_date", "DATE", "Day on which the playlist was seen."),
        Column("playlist_id", "VARCHAR", "Spotify's id of the playlist, or name: and its name where none is known."),
        Column("position", "SMALLINT", "Place in the playlist, from 1.", minimum=1),
        TRACK_ID,
        Column(
            "popularity",
            "SMALLINT",
            "Spotify's popularity of the track on that day.",
            required=False,
            minimum=0,
            maximum=100,
            missing="the source does not tell; never 0",
        ),
        Column("source_file_id", "VARCHAR", "Landed file; see raw.manifest."),
    ),
    grain=("snapshot_date", "playlist_id", "position"),
)
ACCOUNTING_TABLE = accounting_of("playlist file")

playlist_matches = lake_table(HERE / "playlist_matches.sql", MATCHES_TABLE, group="playlists")
playlist_tracks = lake_table(HERE / "playlist_tracks.sql", PLAYLIST_TRACKS_TABLE, group="playlists")
playlist_accounting = lake_table(HERE / "playlist_accounting.sql", ACCOUNTING_TABLE, group="playlists")
