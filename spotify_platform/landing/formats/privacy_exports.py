"""What a person gets who asks Spotify for their data: listening histories, one JSON list of plays after another, and
playlists, each with its items.

Extended histories have the second that a play ended, and ids; a year of account data has the minute, and names alone.
Playlists have no ids, and name of each track the first artist alone; the URIs of tracks came in 2021, the days on which
they were added in 2022. Only the columns named here are kept. User names, collaborators, addresses and devices' agents
are among those that are not.
https://support.spotify.com/article/understanding-my-data/
"""

from collections.abc import Mapping

from spotify_platform.landing import columns
from spotify_platform.landing.format import Columns, Derived, Document, Format, Given, Read

NAME_PATTERN = r"Streaming_History_(?P<medium>Audio|Video)_"
LARGEST_MS = 2**31 - 1


def _moment(raw: str, example: str) -> Read:
    return Read(raw, "as_moment", f"a moment as {example}", required=True)


def _length(raw: str, required: bool = True) -> Read:
    says = "a whole number of milliseconds, 0 or more"
    return Read(raw, columns.WHOLE, says, required=required, minimum=0, maximum=LARGEST_MS)


def _truth(raw: str) -> Read:
    return Read(raw, "as_boolean", "true, false or null")


UNKNOWN: Mapping[str, Given] = {
    name: Given("NULL")
    for name in (
        *("track_uri", "track_id", "track_name", "artist_name", "album_name"),
        *("episode_uri", "episode_name", "show_name"),
        *("audiobook_uri", "audiobook_title", "chapter_uri", "chapter_title"),
        *("platform", "country", "reason_start", "reason_end", "shuffle", "skipped", "offline", "incognito"),
    )
}


def _plays(history: str, told: Columns) -> Columns:
    """The columns of a play, of which what a history does not tell is missing."""
    return {
        "listener": Given(":listener"),
        "history": Given(f"'{history}'"),
        "medium": Given("lower(:medium)"),
        "played_second": Derived("CAST(floor(epoch(played_at)) AS BIGINT)"),
        **UNKNOWN,
        **told,
    }


EXTENDED = Format(
    name="extended_streaming_history",
    title="extended streaming history of a privacy export",
    kind="plays",
    source="extended_streaming_history",
    precedence=10,
    header=("ts", "ms_played", "spotify_track_uri", "master_metadata_track_name"),
    optional=(
        *("platform", "conn_country", "master_metadata_album_artist_name", "master_metadata_album_album_name"),
        *("episode_name", "episode_show_name", "spotify_episode_uri"),
        *("audiobook_title", "audiobook_uri", "audiobook_chapter_uri", "audiobook_chapter_title"),
        *("reason_start", "reason_end", "shuffle", "skipped", "offline", "incognito_mode"),
    ),
    columns=_plays(
        "extended",
        {
            "played_at": _moment("ts", "2023-03-19T18:31:37Z"),
            "ms_played": _length("ms_played"),
            "track_uri": columns.text("spotify_track_uri"),
            "track_id": Derived('as_track_id(trim("raw spotify_track_uri"))'),  # each distinct one is read once
            "track_name": columns.text("master_metadata_track_name"),
            "artist_name": columns.text("master_metadata_album_artist_name"),
            "album_name": columns.text("master_metadata_album_album_name"),
            "episode_uri": columns.text("spotify_episode_uri"),
            "episode_name": columns.text("episode_name"),
            "show_name": columns.text("episode_show_name"),
            "audiobook_uri": columns.text("audiobook_uri"),
            "audiobook_title": columns.text("audiobook_title"),
            "chapter_uri": columns.text("audiobook_chapter_uri"),
            "chapter_title": columns.text("audiobook_chapter_title"),
            "platform": columns.text("platform"),
            "country": columns.text("conn_country"),
            "reason_start": columns.text("reason_start"),
            "reason_end": columns.text("reason_end"),
            "shuffle": _truth("shuffle"),
            "skipped": _truth("skipped"),
            "offline": _truth("offline"),
            "incognito": _truth("incognito_mode"),
        },
    ),
    name_pattern=NAME_PATTERN,
    needs=("listener",),
    document=Document(),
    is_personal=True,
    example="Streaming_History_Audio_2022-2023_1.json",
)


def _account(
    name: str, title: str, example: str, header: tuple[str, ...], told: Columns, optional: tuple[str, ...] = ()
) -> Format:
    return Format(
        name=name,
        title=title,
        kind="plays",
        source="account_streaming_history",
        precedence=20,
        header=("endTime", "msPlayed", *header),
        optional=optional,
        columns=_plays(
            "account",
            {"played_at": _moment("endTime", "2023-03-19 18:31"), "ms_played": _length("msPlayed"), **told},
        ),
        needs=("listener",),
        document=Document(),
        is_personal=True,
        example=example,
    )


NAMESAKE = "dense_rank() OVER (PARTITION BY playlist_name ORDER BY record - position)"
"""Which playlist of its name in the file it is, from 1: all rows of one begin after the same record."""
NO_TRACKS = ("episode", "audiobook", "local")
"""What stands at a place instead of a track, each as an object of its own."""
ITEM_TYPE = (
    "CASE " + " ".join(f"WHEN \"raw {item}\" IS NOT NULL THEN '{item}'" for item in NO_TRACKS) + " "
    "WHEN item_uri IS NULL AND title IS NULL THEN 'removed' ELSE 'track' END"
)
PLAYLISTS = Format(
    name="account_playlists",
    title="playlists in the account data of a privacy export",
    kind="playlists",
    source="account_playlists",
    precedence=50,
    header=("name", "lastModifiedDate"),
    optional=("place", "uri", "title", "artist", *NO_TRACKS, "addedDate"),
    columns={
        "snapshot_date": Read("lastModifiedDate", "as_day_seen", "a day as 2023-03-19", required=True),
        "playlist_id": Derived(
            f"concat('name:', playlist_name, CASE WHEN {NAMESAKE} > 1 THEN concat(' (', {NAMESAKE}, ')') END, "
            "'/', getvariable('listener'))"
        ),
        "playlist_name": columns.text("name"),
        "playlist_version": Given("NULL"),
        "position": Read("place", columns.WHOLE, "a place from 1", required=True),
        "item_type": Derived(ITEM_TYPE),
        "item_uri": columns.text("uri"),
        "track_id": Derived("as_track_id(item_uri)"),
        "title": columns.text("title"),
        "artist_credit": columns.text("artist"),
        "popularity": Given("NULL"),
        "duration_ms": Given("NULL"),
        "added_at": Read("addedDate", "as_date", "a day as 2023-03-19"),
        **{item: columns.text(item) for item in NO_TRACKS},
    },
    needs=("listener",),
    document=Document(
        rows=("items",),
        within="playlists",
        paths={
            "uri": ("track.trackUri", "episode.episodeUri", "localTrack.uri"),
            "title": ("track.trackName", "episode.episodeName"),
            "artist": ("track.artistName",),
            "local": ("localTrack",),
        },
        whole={"name": ("name",), "lastModifiedDate": ("lastModifiedDate",)},
        place="place",
    ),
    is_personal=True,
    dated_by_archive=True,
    example="Playlist1.json",
)

FORMATS = (
    EXTENDED,
    PLAYLISTS,
    _account(
        "account_streaming_history",
        "a year of music in the account data of a privacy export",
        "StreamingHistory_music_0.json",
        ("artistName", "trackName"),
        {"track_name": columns.text("trackName"), "artist_name": columns.text("artistName")},
    ),
    _account(
        "account_podcast_history",
        "a year of podcasts in the account data of a privacy export",
        "StreamingHistory_podcast_0.json",
        ("podcastName", "episodeName"),
        {"episode_name": columns.text("episodeName"), "show_name": columns.text("podcastName")},
    ),
    _account(
        "account_audiobook_history",
        "a year of audiobooks in the account data of a privacy export",
        "StreamingHistory_audiobook_0.json",
        ("audiobookName",),
        {"audiobook_title": columns.text("audiobookName"), "chapter_title": columns.text("chapterName")},
        ("chapterName",),
    ),
    Format(
        name="recently_played",
        title="recently played tracks of Spotify's Web API",
        kind="plays",
        source="recently_played",
        precedence=30,
        header=("played_at", "uri", "name"),
        optional=("artist", "album"),
        columns=_plays(
            "recent",
            {
                "played_at": _moment("played_at", "2023-03-19T18:31:37.123Z"),
                "ms_played": Given("NULL"),
                "track_uri": columns.text("uri"),
                "track_id": Derived("as_track_id(track_uri)"),
                "track_name": columns.text("name"),
                "artist_name": columns.text("artist"),
                "album_name": columns.text("album"),
            },
        ),
        needs=("listener",),
        document=Document(
            rows=("items",),
            paths={
                "uri": ("track.uri", "item.uri"),
                "name": ("track.name", "item.name"),
                "artist": ("track.artists[0].name", "item.artists[0].name"),
                "album": ("track.album.name", "item.album.name"),
            },
        ),
        is_personal=True,
        example="recently_played.json",
    ),
)
