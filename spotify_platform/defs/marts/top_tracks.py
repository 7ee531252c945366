"""The marts of top tracks of countries by source: songs, artists, genres, number ones, and the latest lists."""

from dataclasses import replace

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import CATEGORY, DERIVED, POPULARITY
from spotify_platform.defs.charts.tables import STREAMS
from spotify_platform.defs.marts.columns import FIRST_DATE, LAST_DATE, MONTH_START, SHARE_OF_ENTRIES, mart, mean_of
from spotify_platform.defs.marts.comparisons import FAMILY, GENRE
from spotify_platform.defs.top_tracks.tables import (
    COUNTRY,
    ENTRY_CREDIT,
    ENTRY_TITLE,
    IS_TIED,
    LASTFM_POPULARITY,
    LEAD_ID,
    LEAD_NAME,
    LISTENERS,
    MEANT,
    SNAPSHOT_DATE,
    SONG_KEY,
    SOURCE,
    TOP_TRACKS_TABLE,
)
from spotify_platform.metadata import Plot

SONGS = Column("songs", "INTEGER", "Distinct songs.", minimum=1)
ENTRIES = Column("entries", "INTEGER", "Places on the lists of the month.", minimum=1)
BEST_RANK = Column("best_rank", "SMALLINT", "Best place.", minimum=1, maximum=1000)
ALL_STREAMS = replace(STREAMS, description="Streams of these places, where the list tells them.")
MOST_LISTENERS = replace(LISTENERS, name="most_listeners", description="Most listeners in the world on any list.")
NOT_THERE = "it is on none of the source's lists"
NOT_ON_THE_LATEST = "it is not on the source's latest list of the country"


def _of_source(name: str, source: str, counted: str) -> Column:
    return Column(f"{name}_on_{source}", "INTEGER", f"{counted} of {source.capitalize()} with it.", minimum=0)


def _best(source: str) -> Column:
    return replace(BEST_RANK, name=f"best_rank_on_{source}", required=False, missing=NOT_THERE)


TOP_TRACK_SONGS = Contract(
    "Every song that was ever on a country's list of top tracks, once, and which of the sources has it.",
    (
        SONG_KEY,
        replace(MEANT, description="Least id of the tracks that are meant."),
        ENTRY_TITLE,
        ENTRY_CREDIT,
        Column("found_in", "VARCHAR", "Sources that have it.", accepted=("both", "spotify", "lastfm")),
        replace(FIRST_DATE, description="First day on a list."),
        replace(LAST_DATE, description="Last day on a list."),
        _of_source("countries", "spotify", "Countries whose lists"),
        _of_source("countries", "lastfm", "Countries whose lists"),
        _of_source("days", "spotify", "Distinct days of lists"),
        _of_source("days", "lastfm", "Distinct days of lists"),
        _best("spotify"),
        _best("lastfm"),
        replace(ALL_STREAMS, description="Streams of its places on all lists, where they tell them."),
        MOST_LISTENERS,
        replace(LASTFM_POPULARITY, name="greatest_lastfm_popularity", description="Greatest popularity on Last.fm."),
        POPULARITY,
        CATEGORY,
    ),
    grain=("song_key",),
)
TOP_TRACK_ARTISTS = Contract(
    "An artist's month on the lists of a source and country; an entry is its first artist's, so shares add up to 1.",
    (
        MONTH_START,
        COUNTRY,
        SOURCE,
        LEAD_ID,
        LEAD_NAME,
        SONGS,
        ENTRIES,
        SHARE_OF_ENTRIES,
        Column("entries_at_one", "INTEGER", "Of these, the first places.", minimum=0),
        BEST_RANK,
        ALL_STREAMS,
        MOST_LISTENERS,
    ),
    grain=("month_start", "region_code", "source", "artist_id"),
)
TOP_TRACK_GENRES = Contract(
    "A genre's month on the lists of a source and country. A track has one genre, so shares add up to 1.",
    (
        MONTH_START,
        COUNTRY,
        SOURCE,
        GENRE,
        FAMILY,
        SONGS,
        ENTRIES,
        SHARE_OF_ENTRIES,
        Column(
            "entries_of_known_tracks", "INTEGER", "Of the entries, those by which a known track is meant.", minimum=0
        ),
        BEST_RANK,
        Column("entries_with_popularity", "INTEGER", "Of these, those whose track's popularity is known.", minimum=0),
        mean_of("mean_popularity", "Mean popularity of these entries' tracks.", 100),
        mean_of("mean_energy_efficiency", "Mean energy efficiency of the entries' tracks."),
        mean_of("mean_emotional_impact", "Mean emotional impact of the entries' tracks."),
    ),
    grain=("month_start", "region_code", "source", "genre"),
)
TOP_TRACK_NUMBER_ONES = Contract(
    "Who led each list of top tracks of a country, by source.",
    (
        SNAPSHOT_DATE,
        COUNTRY,
        SOURCE,
        SONG_KEY,
        MEANT,
        ENTRY_TITLE,
        ENTRY_CREDIT,
        STREAMS,
        LISTENERS,
        IS_TIED,
        Column("lists_in_a_row", "INTEGER", "Lists in a row that the song leads, up to this one.", minimum=1),
    ),
    grain=("snapshot_date", "region_code", "source"),
)
CURRENT_TOP_TRACKS = Contract(
    "The latest list of each source in a country, whenever that was, side by side.",
    (
        COUNTRY,
        SONG_KEY,
        MEANT,
        ENTRY_TITLE,
        ENTRY_CREDIT,
        Column("spotify_date", "DATE", "Day of Spotify's latest list.", required=False, missing=NOT_ON_THE_LATEST),
        replace(BEST_RANK, name="spotify_rank", description="Place on it.", required=False, missing=NOT_ON_THE_LATEST),
        Column("lastfm_date", "DATE", "Day of Last.fm's latest list.", required=False, missing=NOT_ON_THE_LATEST),
        replace(BEST_RANK, name="lastfm_rank", description="Place on it.", required=False, missing=NOT_ON_THE_LATEST),
        STREAMS,
        LISTENERS,
        LASTFM_POPULARITY,
        *(column for column in TOP_TRACKS_TABLE.columns if column.name == "duration_ms"),
        POPULARITY,
        CATEGORY,
        *(column for column in DERIVED if column.name != "energy_tempo"),
        Column(
            "age_days",
            "INTEGER",
            "Days from release to the list; negative where the release was announced.",
            required=False,
            missing="the release is not known",
        ),
    ),
    grain=("region_code", "song_key"),
)

top_track_songs = mart(
    "top_track_songs",
    TOP_TRACK_SONGS,
    plot=Plot(
        "Songs by the sources that have them",
        "SELECT found_in, COUNT(*) AS songs FROM {table} GROUP BY found_in ORDER BY found_in LIMIT 3",
    ),
)
top_track_artists = mart("top_track_artists", TOP_TRACK_ARTISTS)
top_track_genres = mart("top_track_genres", TOP_TRACK_GENRES)
top_track_number_ones = mart("top_track_number_ones", TOP_TRACK_NUMBER_ONES)
current_top_tracks = mart("current_top_tracks", CURRENT_TOP_TRACKS)
