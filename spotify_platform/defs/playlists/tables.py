"""The playlist tables of the lake: what became of each row, snapshots of playlists, and the tracks in them."""

from dataclasses import replace
from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import MATCHED_BY
from spotify_platform.defs.charts.tables import FILE_ID, OUTCOMES, RECORD, TRACK_ID, accounting_of
from spotify_platform.defs.tables import lake_table
from spotify_platform.metadata import Plot

HERE = Path(__file__).parent

SNAPSHOT_DATE = Column("snapshot_date", "DATE", "Day on which the playlist was seen.")
PLAYLIST_ID = Column(
    "playlist_id",
    "VARCHAR",
    "Spotify's id of the playlist, or name: and its name where none is known; of one in an export with whose it is.",
)
POSITION = Column("position", "SMALLINT", "Place in the playlist, from 1.", minimum=1)
TOLD_BY = Column(
    "matched_by",
    "VARCHAR",
    "What tells the track: its id; else what cleandata.track_matches was told by.",
    required=False,
    accepted=("id", *MATCHED_BY.accepted),
    missing="no track is known to be there",
)
POPULARITY = Column(
    "popularity",
    "SMALLINT",
    "Spotify's popularity of the track on that day.",
    required=False,
    minimum=0,
    maximum=100,
    missing="the source does not tell; never 0",
)
ADDED_AT = Column(
    "added_at",
    "TIMESTAMP",
    "When the track was added, in UTC; midnight where only the day is told.",
    required=False,
    missing="the source does not tell",
)
SNAPSHOT = (
    Column("places", "INTEGER", "Places, whatever stands there.", minimum=1),
    Column("tracks", "INTEGER", "Of these, those whose track is known.", minimum=0),
    Column("episodes", "INTEGER", "Of these, episodes of podcasts.", minimum=0),
    Column("local_files", "INTEGER", "Of these, files of a listener.", minimum=0),
    Column("removed", "INTEGER", "Of these, those where nothing is any more.", minimum=0),
)
PLAYLIST_VERSION = Column(
    "playlist_version",
    "VARCHAR",
    "Spotify's name for what stood in the playlist: another one after each change.",
    required=False,
    missing="the source does not tell",
)
SOURCE = Column("source", "VARCHAR", "Where it was seen.")
LISTENER = Column(
    "listener",
    "VARCHAR",
    "Alias of the listener in whose export it is, as said when that landed.",
    required=False,
    missing="it is in nobody's export",
)

PLACES_TABLE = Contract(
    "Rows of playlists, and what became of each: repeats, what is no track, tracks that nobody knows.",
    (
        FILE_ID,
        RECORD,
        SNAPSHOT_DATE,
        PLAYLIST_ID,
        POSITION,
        replace(TRACK_ID, required=False, missing="no track is known to be there"),
        TOLD_BY,
        POPULARITY,
        ADDED_AT,
        Column("outcome", "VARCHAR", "Whether this very row stands in cleandata.playlist_tracks.", accepted=OUTCOMES),
        Column(
            "credited_outcome",
            "VARCHAR",
            "What the file's account says: the file that came first is credited with a place that several bring.",
            accepted=OUTCOMES,
        ),
        Column("reason", "VARCHAR", "Why the row was not loaded.", required=False, missing="it was loaded"),
    ),
    grain=("file_id", "record"),
)
PLAYLIST_TRACKS_TABLE = Contract(
    "Playlists as they stood on a day: one row per place, where the track is known.",
    (
        SNAPSHOT_DATE,
        PLAYLIST_ID,
        POSITION,
        TRACK_ID,
        replace(TOLD_BY, required=True, missing=""),
        POPULARITY,
        ADDED_AT,
        Column("source_file_id", "VARCHAR", "Landed file; see raw.manifest."),
    ),
    grain=("snapshot_date", "playlist_id", "position"),
)
PLAYLIST_SNAPSHOTS_TABLE = Contract(
    "The days on which a playlist was seen, and how much stood in it.",
    (
        SNAPSHOT_DATE,
        PLAYLIST_ID,
        Column("playlist_name", "VARCHAR", "What it was called.", required=False, missing="the file does not name it"),
        PLAYLIST_VERSION,
        SOURCE,
        LISTENER,
        *SNAPSHOT,
    ),
    grain=("snapshot_date", "playlist_id"),
    is_personal=True,
)
ACCOUNTING_TABLE = accounting_of("playlist file")

playlist_places = lake_table(HERE / "playlist_places.sql", PLACES_TABLE, group="playlists")
playlist_tracks = lake_table(
    HERE / "playlist_tracks.sql",
    PLAYLIST_TRACKS_TABLE,
    group="playlists",
    plot=Plot(
        "Places by what tells the track",
        "SELECT matched_by, COUNT(*) FROM {table} GROUP BY ALL ORDER BY 1",
    ),
)
playlist_snapshots = lake_table(HERE / "playlist_snapshots.sql", PLAYLIST_SNAPSHOTS_TABLE, group="playlists")
playlist_accounting = lake_table(HERE / "playlist_accounting.sql", ACCOUNTING_TABLE, group="playlists")
