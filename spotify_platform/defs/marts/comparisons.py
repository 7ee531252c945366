"""The marts that compare: artists, genres, regions, releases, seasons, features."""

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog.tables import ARTIST_ID, ARTIST_NAME, FAMILIES
from spotify_platform.defs.charts.tables import CADENCE, CHART, REGION_CODE
from spotify_platform.defs.marts.columns import (
    ALL_ENTRIES,
    ALL_POINTS,
    AT_ONE,
    BEST_RANK,
    COUNTRY_STREAMS,
    GLOBAL_STREAMS,
    MEAN_POPULARITY,
    MEASURED,
    MONTH_START,
    SHARE_OF_ENTRIES,
    STREAMS,
    TRACKS,
    mart,
    mean_of,
    streams_of,
)
from spotify_platform.metadata import Plot

RECENCIES = ("current", "catalog", "deep catalog", "unknown")
NEVER_CHARTED = "none of the tracks was on a chart"
NO_RELEASE = "no release date is known"
GENRE = Column("genre", "VARCHAR", "Genre that the tracks' catalogue files them under, or unknown.")
FAMILY = Column("family", "VARCHAR", "Family of the genre; of no genre unknown.", accepted=(*FAMILIES, "unknown"))
DETAILS = ("album", "audio features", "genre", "popularity", "release date")
APPEARANCES = Column("appearances", "INTEGER", "Places on charts of all kinds and regions.", minimum=0)


def _of_charted(name: str, description: str) -> Column:
    return Column(name, "DATE", description, required=False, missing=NEVER_CHARTED)


CHARTED_STREAMS = (
    streams_of("global_streams", "Streams on the charts of the world."),
    streams_of("country_streams", "Streams on the charts of countries; those of the world hold them already."),
)

ARTIST_PERFORMANCE = Contract(
    "An artist's month on one kind of chart. Each artist of a track has all of it; what is counted as lead adds up.",
    (
        MONTH_START,
        CHART,
        CADENCE,
        ARTIST_ID,
        ARTIST_NAME,
        TRACKS,
        ALL_ENTRIES,
        AT_ONE,
        BEST_RANK,
        ALL_POINTS,
        GLOBAL_STREAMS,
        COUNTRY_STREAMS,
        Column("tracks_as_lead", "INTEGER", "Of the tracks, those that credit the artist first.", minimum=0),
        streams_of("global_streams_as_lead", "Streams of these on the world's charts; add up over artists."),
        streams_of("country_streams_as_lead", "Streams of these on countries' charts; add up over artists."),
    ),
    grain=("month_start", "chart", "cadence", "artist_id"),
)
ARTIST_SUMMARY = Contract(
    "Artists by songs: what their known tracks are like, and what these did on charts.",
    (
        ARTIST_ID,
        ARTIST_NAME,
        Column("position", "INTEGER", "Place by tracks, then by appearances, then by id.", minimum=1),
        Column("tracks", "INTEGER", "Known tracks that credit the artist.", minimum=1),
        MEASURED,
        MEAN_POPULARITY,
        Column(
            "greatest_popularity",
            "SMALLINT",
            "Greatest popularity of a track.",
            required=False,
            minimum=0,
            maximum=100,
            missing="none is known",
        ),
        mean_of("mean_duration_ms", "Mean length of the tracks, in ms."),
        Column("first_release_date", "DATE", "First release of a known track.", required=False, missing=NO_RELEASE),
        Column("last_release_date", "DATE", "Last release of a known track.", required=False, missing=NO_RELEASE),
        Column("charted_tracks", "INTEGER", "Of the tracks, those that were on a chart.", minimum=0),
        APPEARANCES,
        Column("months_on_charts", "INTEGER", "Distinct months with a place on a chart.", minimum=0),
        Column(
            "peak_rank",
            "INTEGER",
            "Best place ever.",
            required=False,
            minimum=1,
            maximum=200,
            missing=NEVER_CHARTED,
        ),
        _of_charted("first_date", "First day on a chart."),
        _of_charted("last_date", "Last day on a chart."),
        *CHARTED_STREAMS,
    ),
    grain=("artist_id",),
)
GENRE_PERFORMANCE = Contract(
    "A genre's month on one kind of chart. Each track has one genre, so genres add up to the whole.",
    (
        MONTH_START,
        CHART,
        CADENCE,
        GENRE,
        FAMILY,
        TRACKS,
        ALL_ENTRIES,
        SHARE_OF_ENTRIES,
        BEST_RANK,
        ALL_POINTS,
        GLOBAL_STREAMS,
        COUNTRY_STREAMS,
        MEASURED,
        MEAN_POPULARITY,
    ),
    grain=("month_start", "chart", "cadence", "genre"),
)
GENRE_SUMMARY = Contract(
    "Genres: how many tracks, what they sound like, and what they did on charts.",
    (
        GENRE,
        FAMILY,
        Column("tracks", "INTEGER", "Known tracks of the genre.", minimum=1),
        Column("share_of_tracks", "DOUBLE", "Its part of all known tracks, 0 to 1.", minimum=0, maximum=1),
        MEASURED,
        MEAN_POPULARITY,
        mean_of("mean_duration_ms", "Mean length, in ms."),
        mean_of("mean_danceability", "Mean danceability.", 1),
        mean_of("mean_energy", "Mean energy.", 1),
        mean_of("mean_valence", "Mean valence.", 1),
        mean_of("mean_acousticness", "Mean acousticness.", 1),
        mean_of("mean_tempo", "Mean tempo, in beats per minute."),
        Column("charted_tracks", "INTEGER", "Of the tracks, those that were on a chart.", minimum=0),
        APPEARANCES,
        *CHARTED_STREAMS,
    ),
    grain=("genre",),
)
RELEASE_RECENCY = Contract(
    "Recent against older releases on the charts of a month: current for 18 months, catalog to 36, deep catalog.",
    (
        MONTH_START,
        REGION_CODE,
        CHART,
        CADENCE,
        Column("recency", "VARCHAR", "Age of the release in the month, or unknown.", accepted=RECENCIES),
        TRACKS,
        Column("entries", "INTEGER", "Chart entries of these tracks.", minimum=1),
        SHARE_OF_ENTRIES,
        STREAMS,
        MEASURED,
        MEAN_POPULARITY,
    ),
    grain=("month_start", "region_code", "chart", "cadence", "recency"),
)
REGION_SIMILARITY = Contract(
    "How alike the charts of two regions are, over all that there is of them; each pair both ways round.",
    (
        CHART,
        CADENCE,
        REGION_CODE,
        Column("other_region_code", "VARCHAR", "The region that it is compared with."),
        Column("tracks", "INTEGER", "Tracks that were on the region's chart.", minimum=1),
        Column("other_tracks", "INTEGER", "Tracks that were on the other's.", minimum=1),
        Column("shared_tracks", "INTEGER", "Tracks that were on both.", minimum=0),
        Column("jaccard", "DOUBLE", "Share of the tracks of either that were on both.", minimum=0, maximum=1),
        Column("cosine", "DOUBLE", "Cosine between the points of the tracks.", minimum=0, maximum=1.000001),
    ),
    grain=("chart", "cadence", "region_code", "other_region_code"),
)
SEASONALITY = Contract(
    "What charts count by month of the year and day of the week; counts and streams add up over both.",
    (
        REGION_CODE,
        CHART,
        CADENCE,
        Column("month", "SMALLINT", "Month of the year, 1 to 12.", minimum=1, maximum=12),
        Column("weekday", "SMALLINT", "Day of the week, 1 is Monday.", minimum=1, maximum=7),
        Column("charts", "INTEGER", "Charts published on such days.", minimum=1),
        Column("charts_with_streams", "INTEGER", "Of these, those that tell streams.", minimum=0),
        STREAMS,
        Column(
            "mean_streams",
            "DOUBLE",
            "Mean streams of a chart that tells them.",
            required=False,
            minimum=0,
            missing="none does",
        ),
    ),
    grain=("region_code", "chart", "cadence", "month", "weekday"),
)
POPULARITY_BY_REGION_MONTH = Contract(
    "How popular the tracks are that chart in a region and month, and of how many this is known.",
    (
        MONTH_START,
        REGION_CODE,
        CHART,
        CADENCE,
        Column("tracks", "INTEGER", "Tracks on the chart in the month.", minimum=1),
        MEASURED,
        Column(
            "mean_popularity",
            "DOUBLE",
            "Mean popularity of those tracks.",
            required=False,
            minimum=0,
            maximum=100,
            missing="none is known",
        ),
        Column(
            "mean_popularity_by_entries",
            "DOUBLE",
            "The same, each track weighted by its charts of the month.",
            required=False,
            minimum=0,
            maximum=100,
            missing="none is known",
        ),
    ),
    grain=("month_start", "region_code", "chart", "cadence"),
)
FEATURE_POPULARITY_CORRELATION = Contract(
    "How each audio feature goes with popularity, over the tracks that have both.",
    (
        Column("feature", "VARCHAR", "Feature of warehouse.dim_track."),
        Column("tracks", "INTEGER", "Tracks that have both.", minimum=1),
        Column(
            "correlation",
            "DOUBLE",
            "Pearson's r.",
            required=False,
            minimum=-1.000001,
            maximum=1.000001,
            missing="one of the two does not vary",
        ),
    ),
    grain=("feature",),
)
CATALOG_COVERAGE = Contract(
    "Of how many tracks the catalogues tell what, and which of them does; by detail the parts add up to all tracks.",
    (
        Column("detail", "VARCHAR", "What is told of a track.", accepted=DETAILS),
        Column("provider", "VARCHAR", "Source that tells it, or none; see raw.manifest."),
        Column("tracks", "INTEGER", "Known tracks of which it tells this.", minimum=1),
        Column("share_of_tracks", "DOUBLE", "Their part of all known tracks, 0 to 1.", minimum=0, maximum=1),
        Column("charted_tracks", "INTEGER", "Of the tracks, those that were on a chart.", minimum=0),
        Column(
            "share_of_charted_tracks",
            "DOUBLE",
            "Their part of all tracks that were on a chart, 0 to 1.",
            required=False,
            minimum=0,
            maximum=1,
            missing="no track was on a chart",
        ),
    ),
    grain=("detail", "provider"),
)

artist_performance = mart("artist_performance", ARTIST_PERFORMANCE)
artist_summary = mart(
    "artist_summary",
    ARTIST_SUMMARY,
    plot=Plot("Artists with most songs", "SELECT artist_name, tracks FROM {table} ORDER BY position LIMIT 24"),
)
genre_performance = mart("genre_performance", GENRE_PERFORMANCE)
genre_summary = mart(
    "genre_summary",
    GENRE_SUMMARY,
    plot=Plot(
        "Mean popularity by genre",
        "SELECT genre, mean_popularity FROM {table} ORDER BY mean_popularity DESC, genre LIMIT 50",
    ),
)
release_recency = mart(
    "release_recency",
    RELEASE_RECENCY,
    plot=Plot(
        "Chart entries by age of the release",
        "SELECT recency, SUM(CAST(entries AS BIGINT)) AS entries FROM {table} "
        "GROUP BY recency ORDER BY recency LIMIT 10",
    ),
)
region_similarity = mart(
    "region_similarity",
    REGION_SIMILARITY,
    plot=Plot(
        "How alike the world each region is",
        "SELECT region_code, cosine FROM {table} "
        "WHERE other_region_code = 'GLOBAL' AND chart = 'top200' AND cadence = 'daily' "
        "ORDER BY cosine DESC, region_code LIMIT 80",
    ),
)
seasonality = mart(
    "seasonality",
    SEASONALITY,
    plot=Plot(
        "Mean streams of the top 200 by day of the week, 1 is Monday",
        "SELECT weekday, CAST(SUM(streams) AS DOUBLE) / NULLIF(SUM(CAST(charts_with_streams AS BIGINT)), 0) AS mean "
        "FROM {table} WHERE chart = 'top200' AND cadence = 'daily' GROUP BY weekday ORDER BY weekday LIMIT 7",
    ),
)
popularity_by_region_month = mart(
    "popularity_by_region_month",
    POPULARITY_BY_REGION_MONTH,
    plot=Plot(
        "Mean popularity by region",
        "SELECT region_code, AVG(mean_popularity) AS mean FROM {table} "
        "GROUP BY region_code ORDER BY AVG(mean_popularity) DESC, region_code LIMIT 300",
    ),
)
feature_popularity_correlation = mart(
    "feature_popularity_correlation",
    FEATURE_POPULARITY_CORRELATION,
    plot=Plot(
        "Correlation with popularity",
        "SELECT feature, correlation FROM {table} ORDER BY correlation DESC, feature LIMIT 50",
    ),
)
catalog_coverage = mart(
    "catalog_coverage",
    CATALOG_COVERAGE,
    plot=Plot(
        "Share of charted tracks of which it is known",
        "SELECT detail, SUM(share_of_charted_tracks) AS share FROM {table} WHERE provider <> 'none' "
        "GROUP BY detail ORDER BY detail LIMIT 10",
    ),
)
