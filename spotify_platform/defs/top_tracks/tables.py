"""The tables of top tracks: the countries that are asked for, what stands on top of each, and what became of each row."""

from dataclasses import replace
from pathlib import Path

import dagster as dg

from spotify_platform.contract import Column, Contract, literal
from spotify_platform.defs.catalog.tables import ARTIST_CREDIT, ARTIST_ID, ARTIST_NAME, DURATION, MATCHED_BY
from spotify_platform.defs.charts.tables import REGION_CODE, STREAMS, TRACK_ID, accounting_of
from spotify_platform.defs.playlists.tables import PLAYLIST_ID
from spotify_platform.defs.tables import FOLLOW, LAKE_POOL, OWNERS, build_in_lake, lake_check, lake_table
from spotify_platform.environment import Environment
from spotify_platform.metadata import Plot, definition_metadata
from spotify_platform.sql.model import SqlModel

HERE = Path(__file__).parent
SOURCES = ("spotify", "lastfm")
LISTS = ("top200", "top50", "playlist", "named", "listeners")
NO_TRACK = "no one known track is meant"
LASTFM_ALONE = "Spotify's lists tell none; never 0"

SNAPSHOT_DATE = Column("snapshot_date", "DATE", "Day of the list.", minimum="2013-01-01")
COUNTRY = replace(REGION_CODE, description="ISO 3166-1 alpha-2 code of the country.")
SOURCE = Column("source", "VARCHAR", "Whose list it is.", accepted=SOURCES)
RANK = Column("rank", "SMALLINT", "Place on the list, 1 is the best.", minimum=1, maximum=1000)
LIST = Column(
    "list",
    "VARCHAR",
    "What is ranked: top200 by streams, top50 the chart or else the playlist by streams of the days before, named the "
    "places of the playlist that a setting names for the country, listeners of Last.fm.",
    accepted=LISTS,
)
IS_TIED = Column("is_tied", "BOOLEAN", "Another track of the chart has the same place; see cleandata.charts.")
MEANT = replace(TRACK_ID, required=False, missing=NO_TRACK)
ENTRY_TITLE = Column("title", "VARCHAR", "Title as the list has it.", required=False, missing="the chart left it empty")
ENTRY_CREDIT = replace(ARTIST_CREDIT, description="Artists as the list has them.")
TOLD_BY = Column(
    "matched_by",
    "VARCHAR",
    "What tells the track: the id, which Spotify's lists have; else what cleandata.track_matches was told by.",
    required=False,
    accepted=("id", *MATCHED_BY.accepted),
    missing=NO_TRACK,
)
SIMILARITY = Column(
    "similarity",
    "DOUBLE",
    "How sure it is that the track is meant, to 1; see cleandata.track_matches.",
    required=False,
    minimum=0,
    maximum=1,
    missing="the list has the id of the track itself, or no track is meant",
)
LEAD_ID = replace(ARTIST_ID, description=f"First artist. {ARTIST_ID.description}")
LEAD_NAME = replace(ARTIST_NAME, description="Name of that artist, or unknown.")
SONG_KEY = Column(
    "song_key",
    "VARCHAR",
    "The same for editions of one song on any list: the title without case, accents, guests and punctuation, and the "
    "first artist; track: and the id where there is no title.",
)
LISTENERS = Column(
    "listeners",
    "BIGINT",
    "Listeners in the whole world, not in the country.",
    required=False,
    minimum=0,
    missing=LASTFM_ALONE,
)
LASTFM_POPULARITY = Column(
    "lastfm_popularity",
    "DOUBLE",
    "Listeners as a part of the most that any track on the lists of that day has, 0 to 100.",
    required=False,
    minimum=0,
    maximum=100,
    missing=LASTFM_ALONE,
)


def _mbid(name: str, of: str) -> Column:
    missing = "Spotify's lists tell none, and Last.fm not all"
    return Column(name, "VARCHAR", f"MusicBrainz's id of the {of}.", required=False, missing=missing)


TOP_TRACKS_TABLE = Contract(
    "The tracks on top of each country, day by day, as Spotify counts them and as Last.fm hears them.",
    (
        SNAPSHOT_DATE,
        COUNTRY,
        SOURCE,
        RANK,
        LIST,
        IS_TIED,
        ENTRY_TITLE,
        ENTRY_CREDIT,
        MEANT,
        TOLD_BY,
        SIMILARITY,
        LEAD_ID,
        LEAD_NAME,
        SONG_KEY,
        STREAMS,
        LISTENERS,
        LASTFM_POPULARITY,
        replace(
            DURATION, description="Length as Last.fm tells it, else the track's, in ms.", missing="nobody tells it"
        ),
        _mbid("track_mbid", "recording"),
        _mbid("artist_mbid", "artist"),
        Column("source_file_id", "VARCHAR", "Landed file that the row comes from; see raw.manifest."),
    ),
    grain=("snapshot_date", "region_code", "source", "rank"),
)
ACCOUNTING_TABLE = accounting_of(
    "list of top tracks",
    outcomes=("loaded", "duplicate"),
    by=(
        Column(
            "matched_by",
            "VARCHAR",
            "What tells the track, or nothing.",
            accepted=(*MATCHED_BY.accepted, "nothing"),
        ),
    ),
)
COUNTRIES_TABLE = Contract(
    "The countries whose top tracks are kept, by the setting SPOTIFY_PLATFORM_TOP_TRACK_COUNTRIES.",
    (
        COUNTRY,
        replace(
            PLAYLIST_ID,
            description="Spotify's id of the playlist whose places are the country's top tracks where no chart tells, by "
            "the setting SPOTIFY_PLATFORM_TOP_PLAYLISTS.",
            required=False,
            missing="none is named",
        ),
    ),
    grain=("region_code",),
    minimum_rows=1,
)
COUNTRIES_KEY = dg.AssetKey(["cleandata", "top_track_countries"])


@dg.asset(  # type: ignore[untyped-decorator]
    key=COUNTRIES_KEY,
    required_resource_keys={"compute", "lake", "environment"},
    kinds={"python", "delta"},
    pool=LAKE_POOL,
    group_name="top_tracks",
    owners=OWNERS,
    description=COUNTRIES_TABLE.description,
    metadata=definition_metadata(COUNTRIES_TABLE),
    deps=[["raw", "top_tracks"]],
    automation_condition=FOLLOW,
)
def top_track_countries(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    return build_in_lake(context, countries_model(context.resources.environment), COUNTRIES_TABLE)


def countries_model(environment: Environment) -> SqlModel:
    """The countries of the settings as a table's SELECT: what builds the lake reads no settings."""
    playlists = environment.playlists_of_countries
    rows = (
        f"SELECT {literal(code)} AS region_code, "
        f"CAST({literal(playlists[code]) if code in playlists else 'NULL'} AS VARCHAR) AS playlist_id"
        for code in environment.countries
    )
    return SqlModel(COUNTRIES_KEY.path[0], COUNTRIES_KEY.path[1], " UNION ALL ".join(rows))


top_track_countries_check = lake_check(COUNTRIES_KEY, COUNTRIES_TABLE)
top_tracks = lake_table(
    HERE / "top_tracks.sql",
    TOP_TRACKS_TABLE,
    group="top_tracks",
    plot=Plot(
        "Rows by source and what tells the track",
        "SELECT concat(source, ': ', coalesce(matched_by, 'nothing')), COUNT(*) FROM {table} GROUP BY ALL ORDER BY 1",
    ),
    listings={
        "countries": "SELECT region_code AS country, source, list, COUNT(DISTINCT snapshot_date) AS days, "
        "MIN(snapshot_date) AS first, MAX(snapshot_date) AS last FROM {table} GROUP BY ALL ORDER BY country, last DESC, list"
    },
)
top_track_accounting = lake_table(HERE / "top_track_accounting.sql", ACCOUNTING_TABLE, group="top_tracks")
