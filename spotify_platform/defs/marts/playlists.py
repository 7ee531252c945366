"""The mart of playlists: what came to each and what went."""

from dataclasses import replace

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import ARTIST_CREDIT, TITLE
from spotify_platform.defs.charts.tables import TRACK_ID
from spotify_platform.defs.marts.columns import mart
from spotify_platform.defs.playlists.tables import ADDED_AT, PLAYLIST_ID, POSITION, SNAPSHOT_DATE
from spotify_platform.defs.warehouse.dimensions import PLAYLIST_NAME
from spotify_platform.metadata import Plot

MAY_SHRINK = (
    *(("cleandata", "playlist_places"), ("cleandata", "playlist_tracks")),
    *(("warehouse", "fact_playlist_track"), ("marts", "playlist_changes")),
)
"""Tables that lose rows as a playlist of the day becomes shorter, or again what it was the day before."""

PLAYLIST_CHANGES = Contract(
    "Tracks that came to a playlist and went from it between two days on which it was seen, one after the other.",
    (
        replace(SNAPSHOT_DATE, description="Day on which the change was seen."),
        Column("previous_date", "DATE", "Day on which the playlist was seen before."),
        PLAYLIST_ID,
        PLAYLIST_NAME,
        Column("change", "VARCHAR", "What became of the track.", accepted=("added", "removed")),
        TRACK_ID,
        TITLE,
        ARTIST_CREDIT,
        replace(POSITION, description="Its first place, on the day that it is there."),
        ADDED_AT,
    ),
    grain=("snapshot_date", "playlist_id", "track_id"),
)

playlist_changes = mart(
    "playlist_changes",
    PLAYLIST_CHANGES,
    plot=Plot(
        "Changes by playlist",
        "SELECT playlist_name, COUNT(*) AS changes FROM {table} "
        "GROUP BY playlist_name ORDER BY COUNT(*) DESC, playlist_name LIMIT 24",
    ),
)
