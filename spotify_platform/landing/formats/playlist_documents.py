"""Playlists as Spotify's Web API answers them: the whole playlist, a page of its items, or a bare list of them.

An item stands under `track`, as it did, or under `item`, as it does since 2026; the contents under `tracks` or `items`.
It may be an episode, a listener's own file, or nothing any more: each keeps its row, and its place. Who owns a playlist
and who added what is not kept.
https://developer.spotify.com/documentation/web-api/reference/get-playlist
"""

from collections.abc import Mapping

from spotify_platform.landing import columns
from spotify_platform.landing.format import Columns, Derived, Document, Format, Given, Read

DAY = r"(?P<date>\d{4}-\d{2}-\d{2})"
ITEM = ("is_local", "uri", "name", "artists", "popularity", "duration_ms")


def _item(*path: str) -> tuple[str, ...]:
    """The paths below what stands at a place, in both generations of answers."""
    return tuple(f"{item}.{key}" for key in path for item in ("track", "item"))


ITEMS: Mapping[str, tuple[str, ...]] = {
    "uri": _item("uri", "external_urls.spotify"),
    "name": _item("name"),
    "artists": _item("artists[*].name"),
    "popularity": _item("popularity"),
    "duration_ms": _item("duration_ms"),
}
NO_TRACK = "item_uri LIKE '%spotify:episode:%' OR item_uri LIKE '%/episode/%'"
COLUMNS: Columns = {
    "snapshot_date": Given(":date"),
    "playlist_id": Given(":playlist"),
    "playlist_name": columns.text("playlist_name"),
    "playlist_version": columns.text("snapshot_id"),
    "position": Derived("record + getvariable('page_offset')"),
    "is_local": Read("is_local", "as_boolean", "true or false"),
    "item_uri": columns.text("uri"),
    "item_type": Derived(
        "CASE WHEN is_local = 1 OR item_uri LIKE 'spotify:local:%' THEN 'local' "
        f"WHEN {NO_TRACK} THEN 'episode' WHEN item_uri IS NULL AND title IS NULL THEN 'removed' ELSE 'track' END"
    ),
    "track_id": Derived("CASE WHEN is_local = 1 THEN NULL ELSE as_track_id(item_uri) END"),
    "title": columns.text("name"),
    "artist_credit": columns.text("artists"),
    "popularity": columns.popularity("popularity"),
    "duration_ms": columns.duration("duration_ms", absent=("0",)),
    "added_at": Read("added_at", "as_moment", "a moment as 2023-03-19T18:31:37Z"),
}
WITHOUT_NAME: Columns = {**COLUMNS, "playlist_name": Given("NULL"), "playlist_version": Given("NULL")}

FORMATS = (
    Format(
        name="playlist",
        title="playlist of Spotify's Web API",
        kind="playlists",
        source="spotify",
        precedence=10,
        header=("playlist_id", "playlist_name", "added_at"),
        optional=("snapshot_id", "date", *ITEM),
        columns=COLUMNS,
        name_pattern=DAY,
        needs=("playlist", "date"),
        identity="playlist/{playlist}/{date}",
        document=Document(
            rows=("items.items", "tracks.items", "playlist.items.items", "playlist.tracks.items"),
            paths=ITEMS,
            whole={
                "playlist_id": ("id", "playlist.id"),
                "playlist_name": ("name", "playlist.name"),
                "snapshot_id": ("snapshot_id", "playlist.snapshot_id"),
                "date": ("snapshot_date",),
            },
        ),
        is_personal=True,
        example="playlist-37i9dQZF1DX4TiN7pMwV0Z-2026-03-01.json",
    ),
    Format(
        name="playlist_page",
        title="page of a playlist of Spotify's Web API",
        kind="playlists",
        source="spotify",
        precedence=20,
        header=("added_at", "is_local", "href"),
        optional=("offset", *ITEM[1:]),
        columns=WITHOUT_NAME,
        name_pattern=DAY,
        needs=("playlist", "date"),
        identity="playlist/{playlist}/{date}/{page_offset}",
        document=Document(rows=("items",), paths=ITEMS, whole={"href": ("href",), "offset": ("offset",)}),
        is_personal=True,
        example="playlist-items-2026-03-01.json",
    ),
    Format(
        name="playlist_items",
        title="list of a playlist's items of Spotify's Web API",
        kind="playlists",
        source="spotify",
        precedence=20,
        header=("added_at", "is_local"),
        optional=ITEM[1:],
        columns=WITHOUT_NAME,
        name_pattern=rf"(?:^|[/!])(?P<playlist>[^/!]+?)(?:[-_ ]{DAY})?\.json",
        needs=("playlist", "date"),
        identity="playlist/{playlist}/{date}",
        document=Document(paths=ITEMS),
        is_personal=True,
        example="My playlist-2026-03-01.json",
    ),
)
