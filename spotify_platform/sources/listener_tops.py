"""What the person who has logged in hears most, as Spotify reckons it: tracks and artists, of some weeks to a year."""

import datetime as dt
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import MissingAbilityError, SourceUnavailableError
from spotify_platform.landing.format import ITEM_TYPES, TIME_RANGES
from spotify_platform.sources.calling import RefusedCallError
from spotify_platform.sources.probing import TOP

if TYPE_CHECKING:
    from spotify_platform.sources.spotify import Spotify

PLACES = 50
DENIED = (
    "the login does not allow to ask for top items; log in again, run: spotify-platform login. Of an app in development "
    'mode the listener must also stand under "User Management"'
)
Lists = Mapping[tuple[str, str], Sequence[dict[str, Any]]]
"""By item type and time range, the objects of Spotify, best first."""


def ask(listener: "Spotify") -> Lists:
    """All lists, each of `PLACES` at most, in a call each.

    Raises as `Spotify.ask`, and `MissingAbilityError` for a login that lacks the permission.
    """
    return {
        (item_type, time_range): _list(listener, item_type, time_range)
        for item_type, time_range in itertools.product(ITEM_TYPES, TIME_RANGES)
    }


def _list(listener: "Spotify", item_type: str, time_range: str) -> list[dict[str, Any]]:
    try:
        page = listener.ask(
            TOP, lambda api: getattr(api, f"current_user_top_{item_type}s")(limit=PLACES, time_range=time_range)
        )
    except RefusedCallError as refusal:
        if refusal.status != 403:
            raise
        listener.abilities.note(TOP, "forbidden")
        raise MissingAbilityError(DENIED) from None
    items = page.get("items")
    if not isinstance(items, list):
        raise SourceUnavailableError("Spotify answers with something else than a list of top items")
    return [item if isinstance(item, dict) else {} for item in items]


def told_whole(lists: Lists, item_type: str) -> dict[str, dict[str, Any]]:
    """The objects of a type that have an id, by it."""
    items = (item for (listed, _), found in lists.items() if listed == item_type for item in found)
    return {item["id"]: item for item in items if isinstance(item.get("id"), str)}


def write(folder: Path, lists: Lists, day: dt.date) -> Path:
    """Write the lists of a day as a file of the format `listener_tops`, without addresses and pictures; the file."""
    tops = [
        {"item_type": item_type, "time_range": time_range, "rank": rank, **_kept(item)}
        for (item_type, time_range), items in lists.items()
        for rank, item in enumerate(items, start=1)
    ]
    path = folder / f"listener-tops-{day}.json"
    path.write_text(json.dumps({"snapshot_date": day.isoformat(), "tops": tops}, sort_keys=True), encoding="utf-8")
    return path


def _kept(item: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an item; what it does not tell is null."""
    told = {name: item.get(name) for name in ("id", "name", "popularity", "genres")}
    artists = item.get("artists")
    by = [artist for artist in artists if isinstance(artist, dict)] if isinstance(artists, list) else []
    return {**told, "artists": [{name: artist.get(name) for name in ("id", "name")} for artist in by]}
