"""The facts of the star schema. A fact row is one observation; nothing is repeated or invented."""

from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import POPULARITY_SOURCE
from spotify_platform.defs.charts.tables import (
    CADENCE,
    CHART,
    CHART_DATE,
    CHARTS_TABLE,
    RANK,
    REGION_CODE,
    STREAMS,
    TRACK_ID,
)
from spotify_platform.defs.history.tables import LISTENER_TOPS_TABLE, STREAMS_TABLE
from spotify_platform.defs.playlists.tables import PLAYLIST_SNAPSHOTS_TABLE, PLAYLIST_TRACKS_TABLE
from spotify_platform.defs.tables import warehouse_table
from spotify_platform.defs.top_tracks.tables import TOP_TRACKS_TABLE
from spotify_platform.defs.warehouse.dimensions import DATE_KEY
from spotify_platform.metadata import Plot

HERE = Path(__file__).parent


def _of_charts(name: str) -> Column:
    return next(column for column in CHARTS_TABLE.columns if column.name == name)


def _of_streams(*names: str) -> tuple[Column, ...]:
    return tuple(column for name in names for column in STREAMS_TABLE.columns if column.name == name)


FACT_CHART_ENTRY = Contract(
    "Chart entries: a track at a place of one published chart.",
    (
        CHART_DATE,
        DATE_KEY,
        REGION_CODE,
        CHART,
        CADENCE,
        RANK,
        _of_charts("is_tied"),
        TRACK_ID,
        STREAMS,
        _of_charts("trend"),
        _of_charts("previous_rank"),
    ),
    grain=CHARTS_TABLE.grain,
)
FACT_TRACK_POPULARITY = Contract(
    "Popularity of a track on a day, by each source that measured it.",
    (
        TRACK_ID,
        Column("as_of", "DATE", "Day of the measurement."),
        DATE_KEY,
        POPULARITY_SOURCE,
        Column("popularity", "SMALLINT", "Spotify's popularity.", minimum=0, maximum=100),
    ),
    grain=("track_id", "as_of", "source"),
)
FACT_STREAM = Contract(
    "Plays of listeners: what somebody heard, when by their own clock, and for how long.",
    (
        *_of_streams("source_file_id", "source_record", "listener", "played_at"),
        DATE_KEY,
        *_of_streams("local_date", "local_hour", "kind", "medium", "history", "track_id", "title", "creator"),
        *_of_streams("album_name", "ms_played"),
        Column("is_stream", "BOOLEAN", "It lasted 30 seconds or more, or nobody says how long."),
        *_of_streams("platform", "country", "reason_start", "reason_end", "shuffle", "skipped", "offline"),
        *_of_streams("incognito", "exclusion"),
    ),
    grain=STREAMS_TABLE.grain,
    is_personal=True,
)
_OF_TOPS = {column.name: column for column in LISTENER_TOPS_TABLE.columns}
FACT_LISTENER_TOP = Contract(
    "Places on the lists of what a listener hears most, by Spotify's reckoning.",
    tuple(
        {**_OF_TOPS, "date_key": DATE_KEY}[name]
        for name in (
            *("snapshot_date", "date_key", "listener", "item_type", "time_range", "rank", "track_id", "artist_id"),
            *("name", "artist_credit", "popularity", "genres"),
        )
    ),
    grain=LISTENER_TOPS_TABLE.grain,
    is_personal=True,
)

NOT_IN_THE_FACT = ("track_mbid", "artist_mbid", "source_file_id")
_OF_TOP_TRACKS = {c.name: c for c in TOP_TRACKS_TABLE.columns if c.name not in NOT_IN_THE_FACT}
_OF_THE_TRACK = ("track_id", "matched_by", "similarity", "song_key", "title", "artist_credit")
FACT_TOP_TRACK = Contract(
    "Places on the lists of top tracks of countries, by source.",
    tuple(
        {**_OF_TOP_TRACKS, "date_key": DATE_KEY}[name]
        for name in (
            *("snapshot_date", "date_key", "region_code", "source", "rank", "list", "is_tied"),
            *_OF_THE_TRACK,
            *("artist_id", "artist_name", "streams", "listeners", "lastfm_popularity", "duration_ms"),
        )
    ),
    grain=TOP_TRACKS_TABLE.grain,
)


def _with_date_key(contract: Contract, *left_out: str) -> tuple[Column, ...]:
    """The columns of a table whose first is a day, with the key of that day."""
    day, *others = contract.columns
    return (day, DATE_KEY, *(column for column in others if column.name not in left_out))


FACT_PLAYLIST_TRACK = Contract(
    "Places of playlists on the days that they were seen: which track stood there.",
    _with_date_key(PLAYLIST_TRACKS_TABLE, "source_file_id"),
    grain=PLAYLIST_TRACKS_TABLE.grain,
)
FACT_PLAYLIST_SNAPSHOT = Contract(
    "Days on which a playlist was seen: how much stood in it.",
    _with_date_key(PLAYLIST_SNAPSHOTS_TABLE, "playlist_name", "listener"),
    grain=PLAYLIST_SNAPSHOTS_TABLE.grain,
)

fact_chart_entry = warehouse_table(
    HERE / "fact_chart_entry.sql",
    FACT_CHART_ENTRY,
    schema="warehouse",
    group="warehouse",
    month_column="chart_date",
    view_of=CHARTS_TABLE,  # at 26 million rows a scan of the files takes a second, to store them again takes nineteen
    plot=Plot(
        "Chart entries by region",
        "SELECT region_code, COUNT(*) AS entries FROM {table} "
        "GROUP BY region_code ORDER BY COUNT(*) DESC, region_code LIMIT 72",
    ),
)
fact_track_popularity = warehouse_table(
    HERE / "fact_track_popularity.sql", FACT_TRACK_POPULARITY, schema="warehouse", group="warehouse"
)
fact_stream = warehouse_table(
    HERE / "fact_stream.sql", FACT_STREAM, schema="warehouse", group="warehouse", view_of=STREAMS_TABLE
)
fact_listener_top = warehouse_table(
    HERE / "fact_listener_top.sql",
    FACT_LISTENER_TOP,
    schema="warehouse",
    group="warehouse",
    view_of=LISTENER_TOPS_TABLE,
)
fact_top_track = warehouse_table(
    HERE / "fact_top_track.sql",
    FACT_TOP_TRACK,
    schema="warehouse",
    group="warehouse",
    view_of=TOP_TRACKS_TABLE,
    plot=Plot(
        "Places by country",
        "SELECT region_code, COUNT(*) AS places FROM {table} "
        "GROUP BY region_code ORDER BY COUNT(*) DESC, region_code LIMIT 72",
    ),
)
fact_playlist_track = warehouse_table(
    HERE / "fact_playlist_track.sql",
    FACT_PLAYLIST_TRACK,
    schema="warehouse",
    group="warehouse",
    view_of=PLAYLIST_TRACKS_TABLE,
)
fact_playlist_snapshot = warehouse_table(
    HERE / "fact_playlist_snapshot.sql",
    FACT_PLAYLIST_SNAPSHOT,
    schema="warehouse",
    group="warehouse",
    view_of=PLAYLIST_SNAPSHOTS_TABLE,
)
