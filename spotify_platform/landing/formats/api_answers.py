"""What sources answered of tracks, albums and artists: one row per answer, flattened, and the answer itself as JSON.

The platform writes these files itself (`spotify_platform.lookups`); they land by the same path as any other. `answer`
is kept in the file and read by nothing. Every field of an answer may be missing. Precedence: what Spotify says of its
own tracks comes first; features of files come before those that are asked for.
"""

from spotify_platform.landing import columns
from spotify_platform.landing.columns import FEATURES, track
from spotify_platform.landing.format import Columns, Format, Given

SEPARATOR = "␟"
"""Between the parts of a list: the sign for such a separator, which no name has."""
ALWAYS = ("asked_on", "answer")
SPOTIFY_FEATURES_NAMES = (*FEATURES, "time_signature")
AS_OF: Columns = {"as_of": columns.date("asked_on")}

TRACKS = Format(
    name="spotify_tracks",
    title="Spotify's answers of tracks",
    kind="catalog",
    source="spotify",
    precedence=5,
    header=(
        "track_id",
        "track_name",
        "artist_names",
        "artist_ids",
        "album_id",
        "album_name",
        "album_type",
        "album_release_date",
        "isrc",
        "duration_ms",
        "explicit",
        "popularity",
        *ALWAYS,
    ),
    artists=("artist_names", SEPARATOR),
    listed={"artist_id": "artist_ids"},
    separator=SEPARATOR,
    columns={
        **track(
            track_id="track_id",
            isrc="isrc",
            album_id="album_id",
            album_name="album_name",
            album_type="album_type",
            release_date="album_release_date",
            duration_ms="duration_ms",
            explicit="explicit",
            popularity="popularity",
        ),
        "title": columns.text("track_name"),
        "artist_credit": columns.text("artist_names"),
        **AS_OF,
    },
    example="spotify-tracks-2026-03-01.parquet",
)


def _features(name: str, title: str, source: str, precedence: int, features: tuple[str, ...]) -> Format:
    return Format(
        name=name,
        title=title,
        kind="catalog",
        source=source,
        precedence=precedence,
        header=("track_id", *features, *ALWAYS),
        columns={**track(track_id="track_id", **{feature: feature for feature in features}), **AS_OF},
        example=f"{name.replace('_', '-')}-2026-03-01.parquet",
    )


RECCOBEATS = _features("reccobeats_features", "ReccoBeats' answers of audio features", "reccobeats", 60, FEATURES)
SPOTIFY_FEATURES = _features(
    "spotify_features", "Spotify's answers of audio features", "spotify", 62, SPOTIFY_FEATURES_NAMES
)

ARTISTS = Format(
    name="spotify_artists",
    title="Spotify's answers of artists",
    kind="artists",
    source="spotify",
    precedence=5,
    header=("artist_id", "artist_name", "genres", "followers", "popularity", *ALWAYS),
    listed={"genre": "genres"},
    separator=SEPARATOR,
    columns={
        "artist_id": columns.name("artist_id"),
        "artist_name": columns.text("artist_name"),
        "followers": columns.count("followers"),
        "popularity": columns.popularity("popularity"),
        **AS_OF,
    },
    example="spotify-artists-2026-03-01.parquet",
)
TAGS = Format(
    name="lastfm_tags",
    title="Last.fm's answers of artists' tags",
    kind="artists",
    source="lastfm",
    precedence=60,
    header=("artist_name", "tags", "tag_weights", *ALWAYS),
    listed={"genre": "tags", "weight": "tag_weights"},
    separator=SEPARATOR,
    columns={
        "artist_id": Given("NULL"),
        "artist_name": columns.name("artist_name"),
        "followers": Given("NULL"),
        "popularity": Given("NULL"),
        **AS_OF,
    },
    example="lastfm-tags-2026-03-01.parquet",
)
GENRES = Format(
    name="musicbrainz_genres",
    title="MusicBrainz' answers of artists' genres",
    kind="artists",
    source="musicbrainz",
    precedence=55,
    header=("artist_id", "genres", "genre_weights", *ALWAYS),
    listed={"genre": "genres", "weight": "genre_weights"},
    separator=SEPARATOR,
    columns={
        "artist_id": columns.name("artist_id"),
        "artist_name": Given("NULL"),
        "followers": Given("NULL"),
        "popularity": Given("NULL"),
        **AS_OF,
    },
    example="musicbrainz-genres-2026-03-01.parquet",
)
ALBUMS = Format(
    name="spotify_albums",
    title="Spotify's answers of albums",
    kind="albums",
    source="spotify",
    precedence=5,
    header=(
        "album_id",
        "album_name",
        "album_type",
        "artist_id",
        "artist_name",
        "release_date",
        "total_tracks",
        "label",
        "upc",
        "popularity",
        *ALWAYS,
    ),
    columns={
        "album_id": columns.name("album_id"),
        "album_name": columns.text("album_name"),
        "album_type": columns.text("album_type"),
        "artist_id": columns.text("artist_id"),
        "artist_name": columns.text("artist_name"),
        "release_date": columns.release("release_date"),
        "release_date_precision": columns.precision("release_date"),
        "total_tracks": columns.count("total_tracks"),
        "label": columns.text("label"),
        "upc": columns.text("upc"),
        "popularity": columns.popularity("popularity"),
        **AS_OF,
    },
    example="spotify-albums-2026-03-01.parquet",
)

FORMATS = (TRACKS, RECCOBEATS, SPOTIFY_FEATURES, ARTISTS, GENRES, TAGS, ALBUMS)
