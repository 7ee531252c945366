"""The dimensions and bridges of the star schema. Keys are natural: the same on every engine."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import dagster as dg

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import (
    AGE,
    ALBUM_ID,
    ALBUM_NAME,
    ALBUM_PROVIDER,
    ALBUMS_TABLE,
    ARTIST_CREDIT,
    ARTIST_GENRE_TRACKS,
    ARTIST_ID,
    ARTISTS_TABLE,
    CATEGORY,
    DERIVED,
    DURATION,
    EXPLICIT,
    FAMILY,
    FEATURES,
    GENRE,
    GENRE_NAME,
    GENRE_NAMED_BY,
    GENRE_PROVIDER,
    GENRE_TRACKS,
    GENRE_WEIGHT,
    ISRC,
    NO_ARTIST,
    POPULARITY,
    POPULARITY_AS_OF,
    POPULARITY_PROVIDER,
    PROVIDER,
    RECORDING_KEY,
    RELEASE_DATE,
    RELEASE_PRECISION,
    RELEASE_PROVIDER,
    SUBGENRE,
    TITLE,
)
from spotify_platform.defs.charts.tables import CADENCE, CHART, REGION_CODE, TRACK_ID
from spotify_platform.defs.playlists.tables import LISTENER, PLAYLIST_ID, SOURCE
from spotify_platform.defs.tables import FOLLOW, OWNERS, WAREHOUSE_POOL, warehouse_check, warehouse_table
from spotify_platform.landing.format import FIRST_CHART_DATE, Kind
from spotify_platform.metadata import definition_metadata

if TYPE_CHECKING:
    import pyarrow as pa

HERE = Path(__file__).parent
GROUP = "warehouse"

DATE_KEY = Column("date_key", "INTEGER", "Day as yyyymmdd.", minimum=19000101, maximum=21001231)

DIM_DATE = Contract(
    "Every day from the first charts, and from the first measurement, to the end of the last year that landed.",
    (
        DATE_KEY,
        Column("date", "DATE", "The day."),
        Column("year", "SMALLINT", "Calendar year."),
        Column("quarter", "SMALLINT", "Quarter of the year, 1 to 4.", minimum=1, maximum=4),
        Column("month", "SMALLINT", "Month of the year, 1 to 12.", minimum=1, maximum=12),
        Column("day", "SMALLINT", "Day of the month, 1 to 31.", minimum=1, maximum=31),
        Column("month_start", "DATE", "First day of the month."),
        Column("iso_year", "SMALLINT", "Year that the ISO week belongs to."),
        Column("iso_week", "SMALLINT", "ISO week, 1 to 53.", minimum=1, maximum=53),
        Column("weekday", "SMALLINT", "Day of the week, 1 is Monday.", minimum=1, maximum=7),
        Column("weekday_name", "VARCHAR", "Name of the day of the week."),
        Column("is_weekend", "BOOLEAN", "Saturday or Sunday."),
    ),
    grain=("date_key",),
    minimum_rows=365,
)
DIM_REGION = Contract(
    "Every country of ISO 3166-1, and the world.",
    (
        REGION_CODE,
        Column("region_name", "VARCHAR", "The name people use."),
        Column("alpha_3", "VARCHAR", "Three-letter code.", required=False, missing="the world has none"),
        Column(
            "numeric_code", "VARCHAR", "Numeric code, as maps use it.", required=False, missing="the world has none"
        ),
        Column("is_global", "BOOLEAN", "The world, rather than a country."),
    ),
    grain=("region_code",),
    minimum_rows=200,
)
DIM_CHART = Contract(
    "The charts that exist, by what they count and how often.",
    (
        CHART,
        CADENCE,
        Column("chart_name", "VARCHAR", "Name to show."),
        Column("places", "INTEGER", "Number of places.", minimum=1),
        Column("period_days", "INTEGER", "Days that one chart counts.", minimum=1),
        Column("has_streams", "INTEGER", "1 where the source tells streams, else 0.", minimum=0, maximum=1),
    ),
    grain=("chart", "cadence"),
)
DIM_TRACK = Contract(
    "Tracks: names, release, genre, audio features, popularity when last measured.",
    (
        TRACK_ID,
        TITLE,
        ARTIST_CREDIT,
        Column("primary_artist_id", "VARCHAR", "First artist of the credit.", required=False, missing=NO_ARTIST),
        ISRC,
        RECORDING_KEY,
        ALBUM_ID,
        ALBUM_NAME,
        ALBUM_PROVIDER,
        RELEASE_DATE,
        RELEASE_PRECISION,
        RELEASE_PROVIDER,
        DURATION,
        EXPLICIT,
        GENRE,
        SUBGENRE,
        GENRE_PROVIDER,
        POPULARITY,
        POPULARITY_AS_OF,
        POPULARITY_PROVIDER,
        CATEGORY,
        AGE,
        *FEATURES,
        PROVIDER,
        *DERIVED,
    ),
    grain=("track_id",),
)
DIM_ALBUM = Contract("Albums of all known tracks.", ALBUMS_TABLE.columns, grain=("album_id",))
DIM_ARTIST = Contract(
    ARTISTS_TABLE.description,
    tuple(column for column in ARTISTS_TABLE.columns if column.name in ("artist_id", "artist_name", "tracks")),
    grain=("artist_id",),
)
DIM_GENRE = Contract(
    "Genres that a source names, and their families.",
    (
        GENRE_NAME,
        FAMILY,
        Column("artists", "INTEGER", "Artists that have it.", minimum=0),
        GENRE_TRACKS,
    ),
    grain=("genre",),
)
PLAYLIST_NAME = Column("playlist_name", "VARCHAR", "What it was last called; its id where no source names it.")
DIM_PLAYLIST = Contract(
    "Playlists that were seen, and what stood in each when it was seen last.",
    (
        PLAYLIST_ID,
        PLAYLIST_NAME,
        SOURCE,
        LISTENER,
        Column("first_date", "DATE", "First day on which it was seen."),
        Column("last_date", "DATE", "Last day on which it was seen."),
        Column("snapshots", "INTEGER", "Days on which it was seen.", minimum=1),
        Column("places", "INTEGER", "Places on the last day, whatever stands there.", minimum=1),
        Column("tracks", "INTEGER", "Of these, those whose track is known.", minimum=0),
    ),
    grain=("playlist_id",),
    is_personal=True,
)
BRIDGE_TRACK_ARTIST = Contract(
    "Which artists a track has, in order.",
    (TRACK_ID, ARTIST_ID, Column("position", "SMALLINT", "Place in the credit, from 1.", minimum=1)),
    grain=("track_id", "position"),
)
BRIDGE_ARTIST_GENRE = Contract(
    "Which genres an artist has, and who says so.",
    (
        ARTIST_ID,
        Column("genre", "VARCHAR", "Genre."),
        GENRE_NAMED_BY,
        ARTIST_GENRE_TRACKS,
        GENRE_WEIGHT,
    ),
    grain=("artist_id", "genre", "provider"),
)


def _frame(name: str, contract: Contract, deps: list[dg.AssetKey]) -> dict[str, Any]:
    return {
        "key": dg.AssetKey(["warehouse", name]),
        "io_manager_key": "warehouse_io_manager",
        "kinds": {"python", "duckdb"},
        "pool": WAREHOUSE_POOL,
        "group_name": GROUP,
        "owners": OWNERS,
        "description": contract.description,
        "metadata": definition_metadata(contract),
        "deps": deps,
        "automation_condition": FOLLOW,
    }


@dg.asset(  # type: ignore[untyped-decorator]
    **_frame(
        "dim_date",
        DIM_DATE,
        [dg.AssetKey(["raw", kind]) for kind in get_args(Kind)],
    ),
    required_resource_keys={"lake"},
)
def dim_date(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]
    """Returns an Arrow table: a calendar is counted, not selected."""
    from spotify_platform.landing.manifest import read_manifest

    landed = [file for file in read_manifest(context.resources.lake) if file.period_start and file.period_end]
    days = [dt.date.fromisoformat(day) for f in landed for day in (f.period_start, f.period_end) if day]
    a_day = dt.timedelta(days=1)  # by which a listener's own day may differ from that of UTC
    first, last = min([FIRST_CHART_DATE, *days]) - a_day, max([FIRST_CHART_DATE, *days]) + a_day
    return calendar(dt.date(first.year, 1, 1), dt.date(last.year, 12, 31))


def calendar(first: dt.date, last: dt.date) -> "pa.Table":
    """One row per day, both ends included, with the columns of `DIM_DATE`."""
    import pyarrow as pa

    days = [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
    rows = [
        {
            "date_key": day.year * 10000 + day.month * 100 + day.day,
            "date": day,
            "year": day.year,
            "quarter": (day.month + 2) // 3,
            "month": day.month,
            "day": day.day,
            "month_start": day.replace(day=1),
            "iso_year": day.isocalendar().year,
            "iso_week": day.isocalendar().week,
            "weekday": day.isoweekday(),
            "weekday_name": f"{day:%A}",
            "is_weekend": day.isoweekday() >= 6,
        }
        for day in days
    ]
    return pa.Table.from_pylist(rows)


@dg.asset(**_frame("dim_region", DIM_REGION, []))
def dim_region():  # type: ignore[no-untyped-def]
    """Returns an Arrow table of pycountry's countries."""
    return regions()


def regions() -> "pa.Table":
    """One row per region, with the columns of `DIM_REGION`."""
    import pyarrow as pa
    import pycountry

    from spotify_platform.landing.regions import GLOBAL, region_names

    countries = {country.alpha_2: country for country in pycountry.countries}
    rows = [
        {
            "region_code": code,
            "region_name": name,
            "alpha_3": countries[code].alpha_3 if code != GLOBAL else None,
            "numeric_code": countries[code].numeric if code != GLOBAL else None,
            "is_global": code == GLOBAL,
        }
        for code, name in sorted(region_names().items())
    ]
    return pa.Table.from_pylist(rows)


def _table(name: str, contract: Contract) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    return warehouse_table(HERE / f"{name}.sql", contract, schema="warehouse", group=GROUP)


dim_date_checks = warehouse_check(dg.AssetKey(["warehouse", "dim_date"]), DIM_DATE)
dim_region_checks = warehouse_check(dg.AssetKey(["warehouse", "dim_region"]), DIM_REGION)
dim_chart = _table("dim_chart", DIM_CHART)
dim_track = _table("dim_track", DIM_TRACK)
dim_album = _table("dim_album", DIM_ALBUM)
dim_artist = _table("dim_artist", DIM_ARTIST)
dim_playlist = _table("dim_playlist", DIM_PLAYLIST)
dim_genre = _table("dim_genre", DIM_GENRE)
bridge_track_artist = _table("bridge_track_artist", BRIDGE_TRACK_ARTIST)
bridge_artist_genre = _table("bridge_artist_genre", BRIDGE_ARTIST_GENRE)
