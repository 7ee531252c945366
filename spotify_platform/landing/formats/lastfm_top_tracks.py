"""Top tracks of a country on a day, as Last.fm told them: `lastfm-top-tracks-us-2026-03-01.parquet`.

The platform writes these files itself, from `geo.getTopTracks`. Country and day stand in every row, so that equal lists
of two days are two files; and in the name, by which a later list of the day supersedes the earlier one. Listeners are
those of the whole world, and no row has an id of Spotify's.
Source: https://www.last.fm/api/show/geo.getTopTracks
"""

from spotify_platform.landing import columns
from spotify_platform.landing.format import Format, Given, Read

FORMATS = (
    Format(
        name="lastfm_top_tracks",
        title="Last.fm top tracks of a country",
        kind="top_tracks",
        source="lastfm",
        precedence=10,
        header=(
            "snapshot_date",
            "country",
            "rank",
            "title",
            "artist_name",
            "listeners",
            "duration_ms",
            "track_mbid",
            "artist_mbid",
            "url",
        ),
        columns={
            "snapshot_date": columns.date("snapshot_date"),
            "region_code": columns.region("country"),
            "source": Given("'lastfm'"),
            "rank": columns.rank("rank", places=1000),
            "title": columns.name("title"),
            "artist_credit": columns.name("artist_name"),
            "listeners": Read("listeners", columns.WHOLE, "a whole number, 0 or more", minimum=0),
            "duration_ms": columns.duration("duration_ms", absent=("0",)),
            "track_mbid": columns.text("track_mbid"),
            "artist_mbid": columns.text("artist_mbid"),
            "url": columns.text("url"),
        },
        name_pattern=r"lastfm-top-tracks-(?P<region>[A-Za-z]{2})-(?P<date>\d{4}-\d{2}-\d{2})",
        needs=("region", "date"),
        identity="lastfm/top-tracks/{region_code}/{date}",
        example="lastfm-top-tracks-us-2026-03-01.parquet",
    ),
)
