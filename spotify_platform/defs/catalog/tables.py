"""The catalogue tables of the lake: tracks, their artists, albums, genres and popularity."""

from dataclasses import replace
from pathlib import Path

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.charts.tables import OUTCOMES, TRACK_ID, accounting_of
from spotify_platform.defs.tables import lake_table
from spotify_platform.metadata import Plot

HERE = Path(__file__).parent
PRECISIONS = ("year", "month", "day")
CATEGORIES = ("Low", "Medium", "High")
RESOLUTIONS = ("id", "catalogue", "known name", "split")
FAMILIES = (
    *("pop", "rock", "metal", "hip hop", "electronic", "r&b", "latin", "country", "folk", "jazz", "blues"),
    *("classical", "reggae", "soundtrack", "world", "other"),
)
NOT_CATALOGUED = "no catalogue that landed knows it"

TITLE = Column("title", "VARCHAR", "Title, from the best source.", required=False, missing="the charts left it empty")
ARTIST_CREDIT = Column(
    "artist_credit",
    "VARCHAR",
    "Artists as credited, joined by a comma.",
    required=False,
    missing="the charts left it empty",
)
ISRC = Column("isrc", "VARCHAR", "International code of the recording.", required=False, missing=NOT_CATALOGUED)
RECORDING_KEY = Column(
    "recording_key",
    "VARCHAR",
    "The same for alternates of one recording: isrc: and the code; else name: and the title without case, accents and "
    "guests, the first artist and the length in steps of 5 s; else track: and the track's id.",
)
ALBUM_ID = Column(
    "album_id",
    "VARCHAR",
    "Spotify's id of the album, or name: with its name and first artist where no source gives one.",
    required=False,
    missing="no source names the album",
)
ALBUM_NAME = Column("album_name", "VARCHAR", "Album.", required=False, missing="no source names the album")
ALBUM_TYPE = Column(
    "album_type",
    "VARCHAR",
    "What the album is, as Spotify says: album, single, compilation.",
    required=False,
    missing="no source that answered says so",
)
RELEASE_DATE = Column(
    "release_date",
    "DATE",
    "First day on which the track may have come out; see its precision.",
    required=False,
    missing=NOT_CATALOGUED,
)
RELEASE_PRECISION = Column(
    "release_date_precision",
    "VARCHAR",
    "How much of the release date is known.",
    required=False,
    accepted=PRECISIONS,
    missing="there is no release date",
)
DURATION = Column("duration_ms", "INTEGER", "Length, in ms.", required=False, minimum=1, missing=NOT_CATALOGUED)
EXPLICIT = Column("explicit", "BOOLEAN", "Marked as explicit.", required=False, missing=NOT_CATALOGUED)
GENRE = Column("genre", "VARCHAR", "Genre that the catalogue files it under.", required=False, missing=NOT_CATALOGUED)
SUBGENRE = Column("subgenre", "VARCHAR", "Finer genre.", required=False, missing="the catalogue has none")
POPULARITY = Column(
    "popularity",
    "SMALLINT",
    "Spotify's popularity, 0 to 100, when last measured.",
    required=False,
    minimum=0,
    maximum=100,
    missing="never measured; never 0",
)


def provider_of(name: str, what: str) -> Column:
    """Which source a value of a track comes from."""
    return Column(name, "VARCHAR", f"Source of {what}.", required=False, missing=f"there is none: {NOT_CATALOGUED}")


ALBUM_PROVIDER = provider_of("album_provider", "the album")
RELEASE_PROVIDER = provider_of("release_provider", "the release date")
GENRE_PROVIDER = provider_of("genre_provider", "genre and subgenre")
POPULARITY_PROVIDER = Column(
    "popularity_provider", "VARCHAR", "Source of that measurement.", required=False, missing="never measured"
)
POPULARITY_SOURCE = Column("source", "VARCHAR", "Source that measured it; see raw.manifest.")
POPULARITY_AS_OF = Column(
    "popularity_as_of", "DATE", "Day of that measurement.", required=False, missing="never measured"
)
CATEGORY = Column(
    "popularity_category",
    "VARCHAR",
    "Low to 33, Medium to 66, High above.",
    required=False,
    accepted=CATEGORIES,
    missing="never measured",
)
AGE = Column(
    "track_age_days",
    "INTEGER",
    "Days from release to the measurement of popularity; negative where the release was announced.",
    required=False,
    missing="release or measurement is not known",
)


def feature(name: str, description: str, low: float | None = 0, high: float | None = 1, type: str = "DOUBLE") -> Column:
    """An audio feature as its provider gives it."""
    return Column(
        name, type, description, required=False, minimum=low, maximum=high, missing="not detected, or no features"
    )


FEATURES = (
    feature("danceability", "How well it suits dancing, 0 to 1."),
    feature("energy", "Intensity and activity, 0 to 1."),
    feature("key", "Pitch class, 0 is C.", 0, 11, "SMALLINT"),
    feature("loudness", "Mean loudness, in dB.", -80, 10),
    feature("mode", "1 is major, 0 is minor.", 0, 1, "SMALLINT"),
    feature("speechiness", "Share of spoken words, 0 to 1."),
    feature("acousticness", "Confidence that it is acoustic, 0 to 1."),
    feature("instrumentalness", "Confidence that it has no vocals, 0 to 1."),
    feature("liveness", "Confidence that an audience is heard, 0 to 1."),
    feature("valence", "Musical positiveness, 0 to 1."),
    feature("tempo", "Beats per minute.", 1, 400),
    feature("time_signature", "Beats in a bar.", 1, 7, "SMALLINT"),
)
DERIVED = (
    feature("energy_tempo", "energy × tempo.", 0, None),
    feature("energy_efficiency", "energy × danceability ÷ (loudness_norm + 1).", 0, None),
    feature("emotional_impact", "valence × energy × liveness.", 0, None),
)
PROVIDER = Column(
    "features_provider", "VARCHAR", "Source of the features, all from one.", required=False, missing=NOT_CATALOGUED
)

TRACKS_TABLE = Contract(
    "Tracks: what the catalogues know of each, else what the charts call it.",
    (
        TRACK_ID,
        TITLE,
        ARTIST_CREDIT,
        ISRC,
        RECORDING_KEY,
        ALBUM_ID,
        ALBUM_NAME,
        ALBUM_TYPE,
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
        Column(
            "features_version",
            "DATE",
            "Day on which the source collected the features.",
            required=False,
            missing=NOT_CATALOGUED,
        ),
        feature("loudness_z", "Loudness in standard deviations from its provider's mean.", None, None),
        feature("loudness_norm", "Loudness from its provider's least (0) to greatest (1)."),
        feature("tempo_z", "Tempo in standard deviations from its provider's mean.", None, None),
        feature("tempo_norm", "Tempo from its provider's least (0) to greatest (1)."),
        *DERIVED,
        Column(
            "source_file_id",
            "VARCHAR",
            "Landed catalogue that knows the track best; see raw.manifest.",
            required=False,
            missing="known from charts only",
        ),
        Column(
            "source_record",
            "BIGINT",
            "Row of that file.",
            required=False,
            minimum=1,
            missing="known from charts only",
        ),
    ),
    grain=("track_id",),
)
ARTIST_ID = Column("artist_id", "VARCHAR", "Spotify's id of the artist, or name: and the name where none is known.")
ARTIST_NAME = Column("artist_name", "VARCHAR", "Name.")
NO_ARTIST = "no artist is known"

POSITION = Column("position", "SMALLINT", "Place in the credit, from 1.", minimum=1)
RESOLVED_BY = Column(
    "resolved_by",
    "VARCHAR",
    "How the artist was told from others: listed with an id, listed by a catalogue, a known name with a comma, or split "
    "at commas.",
    accepted=RESOLUTIONS,
)
FAMILY = Column("family", "VARCHAR", "Family of the genre; of an unknown one other.", accepted=FAMILIES)
GENRE_NAME = Column("genre", "VARCHAR", "Genre, as the catalogue spells it.")

MATCHED_BY = Column(
    "matched_by",
    "VARCHAR",
    "What tells the track: title and artists; the same with another spelling of the title; or these and the ISRC, where "
    "several ids of one recording are equally near, of which the least is taken.",
    required=False,
    accepted=("title and artists", "spelling", "isrc"),
    missing="no one track is meant",
)
GENRE_TRACKS = Column(
    "tracks", "INTEGER", "Tracks that a catalogue files under it; 0 where only artists have it.", minimum=0
)
GENRE_NAMED_BY = Column("provider", "VARCHAR", "Source that says so.")
ARTIST_GENRE_TRACKS = Column(
    "tracks",
    "INTEGER",
    "Tracks of the artist that a catalogue files under the genre.",
    required=False,
    minimum=1,
    missing="the source tells the artist's genres, not those of tracks",
)
GENRE_WEIGHT = Column(
    "weight",
    "SMALLINT",
    "How much listeners use the tag, or vote for the genre, beside the artist's first one, 10 to 100.",
    required=False,
    minimum=10,
    maximum=100,
    missing="the source weighs no genres",
)
NOT_ANSWERED = "no source was asked, or none knows"
ANSWERED_ON = Column("as_of", "DATE", "Day of the answer.")
ANSWER_PROVIDER = Column("provider", "VARCHAR", "Source that answered.")
ANSWER_FILE = Column("source_file_id", "VARCHAR", "Landed answers; see raw.manifest.")
ANSWER_RECORD = Column("source_record", "BIGINT", "Row of that file.", minimum=1)
FOLLOWERS = Column("followers", "BIGINT", "Followers at Spotify.", required=False, minimum=0, missing=NOT_ANSWERED)
ARTIST_POPULARITY = Column(
    "popularity",
    "SMALLINT",
    "Spotify's popularity of the artist, 0 to 100.",
    required=False,
    minimum=0,
    maximum=100,
    missing=f"{NOT_ANSWERED}; never 0",
)
TOTAL_TRACKS = Column(
    "total_tracks", "INTEGER", "Tracks that the album has.", required=False, minimum=0, missing=NOT_ANSWERED
)
LABEL = Column("label", "VARCHAR", "Label that released the album.", required=False, missing=NOT_ANSWERED)
UPC = Column("upc", "VARCHAR", "Product code of the album.", required=False, missing=NOT_ANSWERED)

TEXT_KEYS_TABLE = Contract(
    "What titles, credits and genres are compared by.",
    (
        Column("text", "VARCHAR", "Title, credit or genre, as written."),
        Column("folded", "VARCHAR", "The same without case and accents."),
        Column("title_key", "VARCHAR", "The same without guests and punctuation too, unless nothing else is there."),
    ),
    grain=("text",),
)
ARTIST_CREDITS_TABLE = Contract(
    "The artists of every credit as written, told apart as far as its text tells.",
    (Column("credit", "VARCHAR", "Artists as credited."), POSITION, ARTIST_NAME, RESOLVED_BY),
    grain=("credit", "position"),
)
TRACK_ARTISTS_TABLE = Contract(
    "The artists of every track, in the order of the credit.",
    (TRACK_ID, POSITION, ARTIST_ID, ARTIST_NAME, RESOLVED_BY),
    grain=("track_id", "position"),
)
ALBUMS_TABLE = Contract(
    "Albums of all known tracks.",
    (
        replace(ALBUM_ID, required=True, missing=""),
        Column("title", "VARCHAR", "Name.", required=False, missing="the source gives the id alone"),
        ALBUM_TYPE,
        replace(ARTIST_ID, description="First artist of most of its tracks.", required=False, missing=NO_ARTIST),
        replace(ARTIST_NAME, description="Name of that artist.", required=False, missing=NO_ARTIST),
        Column("first_artists", "INTEGER", "Artists that come first on a track; several on a compilation.", minimum=0),
        RELEASE_DATE,
        RELEASE_PRECISION,
        Column("tracks", "INTEGER", "Known tracks.", minimum=1),
        TOTAL_TRACKS,
        LABEL,
        UPC,
        Column("provider", "VARCHAR", "Source that names the album."),
    ),
    grain=("album_id",),
)
GENRES_TABLE = Contract(
    "Genres that a source names, and their families.",
    (GENRE_NAME, FAMILY, GENRE_TRACKS),
    grain=("genre",),
)
ARTIST_IDS_TABLE = Contract(
    "Names that just one artist of Spotify's bears, as far as is known.",
    (ARTIST_NAME, Column("artist_id", "VARCHAR", "Spotify's id of the artist.")),
    grain=("artist_name",),
)
ARTIST_PROFILES_TABLE = Contract(
    "What each source answered of an artist last.",
    (
        ARTIST_ID,
        ANSWER_PROVIDER,
        replace(ARTIST_NAME, required=False, missing="the answer has none"),
        FOLLOWERS,
        ARTIST_POPULARITY,
        ANSWERED_ON,
        ANSWER_FILE,
        ANSWER_RECORD,
    ),
    grain=("artist_id", "provider"),
)
ALBUM_PROFILES_TABLE = Contract(
    "What was answered of an album last.",
    (
        replace(ALBUM_ID, description="Spotify's id of the album.", required=True, missing=""),
        Column("title", "VARCHAR", "Name.", required=False, missing="the answer has none"),
        ALBUM_TYPE,
        replace(ARTIST_ID, description="Spotify's id of its first artist.", required=False, missing=NO_ARTIST),
        replace(ARTIST_NAME, description="Name of that artist.", required=False, missing=NO_ARTIST),
        replace(RELEASE_DATE, description="First day on which it may have come out.", missing="the answer has none"),
        RELEASE_PRECISION,
        TOTAL_TRACKS,
        LABEL,
        UPC,
        replace(ARTIST_POPULARITY, description="Spotify's popularity of the album, 0 to 100."),
        ANSWER_PROVIDER,
        ANSWERED_ON,
        ANSWER_FILE,
        ANSWER_RECORD,
    ),
    grain=("album_id",),
)
ARTISTS_TABLE = Contract(
    "Artists of all known tracks, and those whom a listener hears most.",
    (
        ARTIST_ID,
        ARTIST_NAME,
        Column("tracks", "INTEGER", "Known tracks that credit the artist.", minimum=0),
        FOLLOWERS,
        ARTIST_POPULARITY,
        replace(ANSWERED_ON, name="profile_as_of", required=False, missing=NOT_ANSWERED),
    ),
    grain=("artist_id",),
)
ARTIST_GENRES_TABLE = Contract(
    "Genres of artists: those that a catalogue gives to the tracks it lists them on; Spotify's, else MusicBrainz', else "
    "listeners' tags.",
    (ARTIST_ID, GENRE_NAME, GENRE_NAMED_BY, ARTIST_GENRE_TRACKS, GENRE_WEIGHT),
    grain=("artist_id", "genre", "provider"),
)
TRACK_POPULARITY_TABLE = Contract(
    "Popularity as measured: one row per track, day and source.",
    (
        TRACK_ID,
        Column("as_of", "DATE", "Day of the measurement."),
        POPULARITY_SOURCE,
        Column("popularity", "SMALLINT", "Spotify's popularity.", minimum=0, maximum=100),
        Column("source_file_id", "VARCHAR", "Landed catalogue; see raw.manifest."),
    ),
    grain=("track_id", "as_of", "source"),
)
TRACK_MATCHES_TABLE = Contract(
    "Which known track is meant where a source names title and artists only, and why none is.",
    (
        Column("kind", "VARCHAR", "What kind of source names it.", accepted=("playlists", "top_tracks")),
        Column("title", "VARCHAR", "Title as the source has it.", required=False, missing="the source left it empty"),
        Column(
            "artist_credit",
            "VARCHAR",
            "Artists as the source has them.",
            required=False,
            missing="the source left it empty",
        ),
        Column(
            "duration_ms", "INTEGER", "Length, in ms.", required=False, minimum=1, missing="the source does not tell"
        ),
        Column("track_id", "VARCHAR", "Spotify's id of the track.", required=False, missing="no one track is meant"),
        MATCHED_BY,
        Column(
            "similarity",
            "DOUBLE",
            "How alike the titles are, 1 where they are the same, times the share of artists that are the same: of all "
            "that either names for a playlist, of those that the source names for a top track.",
            required=False,
            minimum=0,
            maximum=1,
            missing="no known track is near",
        ),
        Column("nearest_tracks", "INTEGER", "Known tracks that are nearest, and equally near.", minimum=0),
        Column(
            "artist_overlap",
            "DOUBLE",
            "Artists that both name, as a share of all that either names.",
            required=False,
            minimum=0,
            maximum=1,
            missing="no known track is near",
        ),
        Column(
            "duration_gap_ms",
            "INTEGER",
            "How much the lengths differ, in ms.",
            required=False,
            minimum=0,
            missing="no known track is near, or the length of one is not known",
        ),
        Column("reason", "VARCHAR", "Why no track is meant.", required=False, missing="one is"),
    ),
    grain=("kind", "title", "artist_credit", "duration_ms"),
)
ACCOUNTING_TABLE = accounting_of("catalogue", outcomes=OUTCOMES[:2])
ARTIST_ACCOUNTING_TABLE = accounting_of("file of answers of artists", outcomes=OUTCOMES[:2])
ALBUM_ACCOUNTING_TABLE = accounting_of("file of answers of albums", outcomes=OUTCOMES[:2])

track_popularity = lake_table(HERE / "track_popularity.sql", TRACK_POPULARITY_TABLE, group="catalog")
tracks = lake_table(
    HERE / "tracks.sql",
    TRACKS_TABLE,
    group="catalog",
    plot=Plot(
        "Tracks by popularity",
        "SELECT popularity, COUNT(*) FROM {table} WHERE popularity IS NOT NULL GROUP BY ALL ORDER BY 1",
    ),
)
track_artists = lake_table(HERE / "track_artists.sql", TRACK_ARTISTS_TABLE, group="catalog")
text_keys = lake_table(HERE / "text_keys.sql", TEXT_KEYS_TABLE, group="catalog")
track_matches = lake_table(HERE / "track_matches.sql", TRACK_MATCHES_TABLE, group="catalog")
artist_credits = lake_table(
    HERE / "artist_credits.sql",
    ARTIST_CREDITS_TABLE,
    group="catalog",
    plot=Plot(
        "Credits by number of artists",
        "SELECT artists, COUNT(*) FROM (SELECT COUNT(*) AS artists FROM {table} GROUP BY credit) GROUP BY ALL ORDER BY 1",
    ),
)
albums = lake_table(
    HERE / "albums.sql",
    ALBUMS_TABLE,
    group="catalog",
    plot=Plot(
        "Albums by year of release",
        "SELECT year(release_date), COUNT(*) FROM {table} WHERE release_date IS NOT NULL GROUP BY ALL ORDER BY 1",
    ),
)
artists = lake_table(HERE / "artists.sql", ARTISTS_TABLE, group="catalog")
genres = lake_table(
    HERE / "genres.sql",
    GENRES_TABLE,
    group="catalog",
    plot=Plot("Tracks by family of genre", "SELECT family, SUM(tracks) FROM {table} GROUP BY ALL ORDER BY 2 DESC, 1"),
)
artist_genres = lake_table(
    HERE / "artist_genres.sql",
    ARTIST_GENRES_TABLE,
    group="catalog",
    plot=Plot("Artists by genre", "SELECT genre, COUNT(*) FROM {table} GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 24"),
)
catalog_accounting = lake_table(HERE / "catalog_accounting.sql", ACCOUNTING_TABLE, group="catalog")
artist_ids = lake_table(HERE / "artist_ids.sql", ARTIST_IDS_TABLE, group="catalog")
artist_profiles = lake_table(
    HERE / "artist_profiles.sql",
    ARTIST_PROFILES_TABLE,
    group="catalog",
    plot=Plot(
        "Artists by source that answered", "SELECT provider, COUNT(*) FROM {table} GROUP BY ALL ORDER BY 2 DESC, 1"
    ),
)
album_profiles = lake_table(
    HERE / "album_profiles.sql",
    ALBUM_PROFILES_TABLE,
    group="catalog",
    plot=Plot("Albums by type", "SELECT album_type, COUNT(*) FROM {table} GROUP BY ALL ORDER BY 2 DESC, 1"),
)
artist_accounting = lake_table(HERE / "artist_accounting.sql", ARTIST_ACCOUNTING_TABLE, group="catalog")
album_accounting = lake_table(HERE / "album_accounting.sql", ALBUM_ACCOUNTING_TABLE, group="catalog")
