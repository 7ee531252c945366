"""Daily Top 50 playlists, one file for each region: `spotify-streaming-top-50-{region}.csv`, since 2023-05-18.

A playlist holds titles, artists joined by " & ", and the popularity of the day, but no ids of tracks. It is a
playlist as somebody saw it, not a chart of counted streams: so it becomes a snapshot of a playlist, and popularity
of the tracks that are known by title and artists, but no chart entry. The region stands in the file's name alone.
"""

from spotify_platform.landing import columns
from spotify_platform.landing.format import Format, Given, Read

FORMATS = (
    Format(
        name="top50_playlists",
        title="daily Top 50 playlists",
        kind="playlists",
        source="top50_playlists",
        precedence=40,
        header=(
            "date",
            "position",
            "song",
            "artist",
            "popularity",
            "duration_ms",
            "album_type",
            "total_tracks",
            "release_date",
            "is_explicit",
            "album_cover_url",
        ),
        columns={
            "snapshot_date": columns.date("date"),
            "playlist_id": Given("'name:top-50/' || :region_code"),
            "playlist_name": Given("'Top 50 ' || :region_code"),
            "playlist_version": Given("NULL"),
            "position": Read("position", "as_whole_number", "a whole number from 1", required=True, minimum=1),
            "item_type": Given("'track'"),
            "item_uri": Given("NULL"),
            "track_id": Given("NULL"),
            "title": columns.text("song"),
            "artist_credit": columns.text("artist"),
            "popularity": columns.popularity("popularity"),
            "duration_ms": columns.duration("duration_ms", absent=("0",)),
            "added_at": Given("NULL"),
        },
        name_pattern=r"top-50-(?P<region>[a-z-]*[a-z])",
        needs=("region",),
        identity="top-50-playlists/{region_code}",
        example="spotify-streaming-top-50-france.csv",
    ),
)
