"""The playlist tables of the lake: snapshots of playlists."""

from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.charts.tables import TRACK_ID, accounting_of
from spotify_platform.defs.tables import lake_table

HERE = Path(__file__).parent

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

playlist_tracks = lake_table(HERE / "playlist_tracks.sql", PLAYLIST_TRACKS_TABLE, group="playlists")
playlist_accounting = lake_table(HERE / "playlist_accounting.sql", ACCOUNTING_TABLE, group="playlists")
