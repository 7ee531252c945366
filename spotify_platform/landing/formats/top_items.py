"""What a listener hears most, as Spotify's Web API answers it: all lists of a day in one document, or one answer alone.

The platform writes the documents itself. An answer tells its list by its `href`, and no day. Of an item nothing is kept
but what it is and who made it.
https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
"""

from spotify_platform.landing import columns
from spotify_platform.landing.format import ITEM_TYPES, TIME_RANGES, Columns, Derived, Document, Format, Given, Read

DAY = r"(?P<date>\d{4}-\d{2}-\d{2})"
ITEM = ("name", "artists", "artist_ids", "popularity", "genres")
PATHS = {"artists": ("artists[*].name",), "artist_ids": ("artists[*].id",), "genres": ("genres[*]",)}


def _word(raw: str, accepted: tuple[str, ...]) -> Read:
    return Read(raw, "as_text", " or ".join(accepted), required=True, accepted=accepted)


COLUMNS: Columns = {
    "listener": Given(":listener"),
    "snapshot_date": Given(":date"),
    "item_type": _word("item_type", ITEM_TYPES),
    "time_range": _word("time_range", TIME_RANGES),
    "rank": columns.rank("rank", places=1000),
    "item_id": Read("id", "as_track_id", "a Spotify id of 22 characters", required=True),
    "name": columns.text("name"),
    "artist_credit": columns.text("artists"),
    "artist_ids": columns.text("artist_ids"),
    "popularity": columns.popularity("popularity"),
    "genres": columns.text("genres"),
}

FORMATS = (
    Format(
        name="listener_tops",
        title="listener's top items of a day",
        kind="listener_tops",
        source="spotify",
        precedence=10,
        header=("item_type", "time_range", "rank", "id"),
        optional=(*ITEM, "date"),
        columns=COLUMNS,
        name_pattern=DAY,
        needs=("listener", "date"),
        identity="listener_tops/{listener}/{date}",
        document=Document(rows=("tops",), paths=PATHS, whole={"date": ("snapshot_date",)}),
        is_personal=True,
        example="listener-tops-2026-03-01.json",
    ),
    Format(
        name="top_items",
        title="listener's top items of Spotify's Web API",
        kind="listener_tops",
        source="spotify",
        precedence=20,
        header=("href", "id"),
        optional=(*ITEM, "offset"),
        columns={
            **COLUMNS,
            "item_type": Given(":item_type"),
            "time_range": Given(":time_range"),
            "rank": Derived("record + getvariable('page_offset')"),
        },
        name_pattern=DAY,
        needs=("listener", "date", "top"),
        identity="top_items/{listener}/{date}/{item_type}/{time_range}/{page_offset}",
        document=Document(rows=("items",), paths=PATHS, whole={"href": ("href",), "offset": ("offset",)}),
        is_personal=True,
        example="top-tracks-2026-03-01.json",
    ),
)
