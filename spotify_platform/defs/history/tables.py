"""The tables of listeners' histories: what became of every play, and the plays that stand."""

from dataclasses import replace
from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.charts.tables import FILE_ID, OUTCOMES, RECORD, TRACK_ID, accounting_of
from spotify_platform.defs.tables import lake_table
from spotify_platform.landing.format import FIRST_CHART_DATE, ITEM_TYPES, TIME_RANGES

HERE = Path(__file__).parent
KINDS = ("music", "podcast", "audiobook", "video")
HISTORIES = ("extended", "account", "recent")

LISTENER = Column("listener", "VARCHAR", "Alias of the listener, as said when the history landed.")


def _told(name: str, type: str, description: str, missing: str = "the history does not tell") -> Column:
    return Column(name, type, description, required=False, missing=missing)


OUTCOMES_TABLE = Contract(
    "What becomes of every play of every history that counts.",
    (
        FILE_ID,
        RECORD,
        Column("outcome", "VARCHAR", "What became of it when its file arrived.", accepted=OUTCOMES),
        Column("reason", "VARCHAR", "Why it was not loaded, or what it lacks; empty where it is whole."),
        Column("is_kept", "BOOLEAN", "Whether it is the one that stands, of those that are the same play."),
    ),
    grain=("file_id", "record"),
)
MATCHES_TABLE = Contract(
    "Which track is meant where a history names title and artist alone.",
    (
        LISTENER,
        Column("track_name", "VARCHAR", "Title as the history has it."),
        Column("artist_name", "VARCHAR", "Artist as the history has it."),
        _told("track_id", "VARCHAR", "Spotify's id of the track.", missing="no one track is meant"),
        Column(
            "matched_by",
            "VARCHAR",
            "Where the id is from, or why there is none.",
            accepted=("own plays", "charts and catalogues", "several tracks", "no track"),
        ),
    ),
    grain=("listener", "track_name", "artist_name"),
    is_personal=True,
)
STREAMS_TABLE = Contract(
    "Plays of every listener, each once: all that was played, however short.",
    (
        LISTENER,
        Column("played_at", "TIMESTAMP", "When the play ended, in UTC; of account data its minute."),
        Column(
            "ms_played",
            "BIGINT",
            "How long it lasted, in ms.",
            required=False,
            minimum=0,
            missing="lists of what was played recently do not tell; never 0",
        ),
        Column(
            "kind",
            "VARCHAR",
            "What was played.",
            required=False,
            accepted=KINDS,
            missing="the history names nothing",
        ),
        _told("medium", "VARCHAR", "audio or video: which of the histories it stands in."),
        Column("history", "VARCHAR", "Kind of the history: extended, account or recent.", accepted=HISTORIES),
        Column(
            TRACK_ID.name, TRACK_ID.type, TRACK_ID.description, required=False, missing="no track, or none is known"
        ),
        _told("track_by", "VARCHAR", "How the track's id is known.", missing="it is not"),
        _told("uri", "VARCHAR", "Spotify's URI of track, episode or chapter."),
        _told("title", "VARCHAR", "Title of track, episode or chapter."),
        _told("creator", "VARCHAR", "First artist, show or audiobook."),
        _told("album_name", "VARCHAR", "Album."),
        _told("platform", "VARCHAR", "Platform, as Spotify calls it."),
        _told("country", "VARCHAR", "Country of the connection."),
        _told("reason_start", "VARCHAR", "Why it began."),
        _told("reason_end", "VARCHAR", "Why it ended."),
        _told("shuffle", "BOOLEAN", "In shuffle mode."),
        _told("skipped", "BOOLEAN", "Skipped; unreliable from April 2015 to October 2022."),
        _told("offline", "BOOLEAN", "Played without a network."),
        _told("incognito", "BOOLEAN", "In a private session."),
        Column("local_date", "DATE", "Day of its end by the listener's clock."),
        Column("local_hour", "SMALLINT", "Hour of its end by the listener's clock.", minimum=0, maximum=23),
        _told("exclusion", "VARCHAR", "The set by which the listener does not want it counted.", missing="it counts"),
        Column("source_file_id", "VARCHAR", "Landed file; see raw.manifest."),
        Column("source_record", "BIGINT", "Number of the play in its file, from 1.", minimum=1),
    ),
    grain=("source_file_id", "source_record"),
    is_personal=True,
)

GAPS_TABLE = Contract(
    "Times of which plays may be missing: Spotify remembers the last 50, and all 50 of an answer were new.",
    (
        LISTENER,
        Column("begins_at", "TIMESTAMP", "End of the last play known before, in UTC."),
        Column("ends_at", "TIMESTAMP", "End of the first play of the answer, in UTC."),
        Column("source_file_id", "VARCHAR", "The answer, a landed file; see raw.manifest."),
        Column("is_closed", "BOOLEAN", "Whether a better history covers the time now, so that nothing is missing."),
    ),
    grain=("listener", "begins_at", "ends_at"),
    is_personal=True,
)

LISTENER_TOPS_TABLE = Contract(
    "What each listener hears most, by Spotify's reckoning, on the days that it was asked for.",
    (
        LISTENER,
        Column("snapshot_date", "DATE", "Day on which the list was told.", minimum=FIRST_CHART_DATE.isoformat()),
        Column("item_type", "VARCHAR", "What is listed.", accepted=ITEM_TYPES),
        Column(
            "time_range",
            "VARCHAR",
            "Of which time: about the last four weeks, half a year, or a year.",
            accepted=TIME_RANGES,
        ),
        Column("rank", "SMALLINT", "Place on the list, 1 is the best.", minimum=1),
        replace(TRACK_ID, required=False, missing="an artist is listed"),
        Column("artist_id", "VARCHAR", "Spotify's id of the artist.", required=False, missing="a track is listed"),
        _told("name", "VARCHAR", "Title of the track, or name of the artist.", "Spotify does not tell"),
        _told("artist_credit", "VARCHAR", "Artists of the track, joined by a comma.", "an artist is listed"),
        _told("artist_ids", "VARCHAR", "Spotify's ids of these artists, joined by a comma.", "an artist is listed"),
        Column(
            "popularity",
            "SMALLINT",
            "Spotify's popularity of it on that day.",
            required=False,
            minimum=0,
            maximum=100,
            missing="Spotify does not tell this app; never 0",
        ),
        _told("genres", "VARCHAR", "Genres of the artist, joined by a comma.", "a track is listed, or it tells none"),
        Column("source_file_id", "VARCHAR", "Landed file; see raw.manifest."),
        Column("source_record", "BIGINT", "Number of the row in its file, from 1.", minimum=1),
    ),
    grain=("listener", "snapshot_date", "item_type", "time_range", "rank"),
    is_personal=True,
)

play_outcomes = lake_table(HERE / "play_outcomes.sql", OUTCOMES_TABLE, group="history")
stream_matches = lake_table(HERE / "stream_matches.sql", MATCHES_TABLE, group="history")
streams = lake_table(HERE / "streams.sql", STREAMS_TABLE, group="history")
listening_gaps = lake_table(HERE / "listening_gaps.sql", GAPS_TABLE, group="history")
stream_accounting = lake_table(HERE / "stream_accounting.sql", accounting_of("history"), group="history")
listener_tops = lake_table(HERE / "listener_tops.sql", LISTENER_TOPS_TABLE, group="history")
listener_top_accounting = lake_table(
    HERE / "listener_top_accounting.sql", accounting_of("file of top items", outcomes=OUTCOMES[:2]), group="history"
)
