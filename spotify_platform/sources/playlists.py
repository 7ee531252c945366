"""Playlists as they stand now: those that are named, and those of the person who has logged in."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import (
    DeferredError,
    MissingAbilityError,
    PermanentError,
    PlatformError,
    ReconnectError,
    SourceUnavailableError,
)
from spotify_platform.landing.regions import country_names
from spotify_platform.sources.calling import RefusedCallError
from spotify_platform.sources.probing import ITEMS, PLAYLISTS

if TYPE_CHECKING:
    from spotify_platform.sources.clients import Clients
    from spotify_platform.sources.spotify import Spotify

PAGE = 50
OWN = "own"
"""What the listener's own playlists are called where they cannot be asked for."""
KINDS = ("track", "episode")
"""What stands in playlists: what is not asked for is told as a track that it is not."""
ID = re.compile(r"(?:spotify:playlist:|https?://open\.spotify\.com/(?:[\w-]+/)?playlist/)?([0-9A-Za-z]{22})(?:\?.*)?")
WHY = {
    403: "this app may not see what stands in it: one in development mode sees the listener's own alone",
    404: "there is none with this id, or this app may not see it",
}


@dataclass(frozen=True)
class Playlist:
    """A playlist as it stands: its entries as the API has them, each with its item under `track` or `item`."""

    id: str
    name: str | None
    version: str | None
    entries: Sequence[Any]

    @property
    def tracks(self) -> dict[str, dict[str, Any]]:
        """The track objects in it that Spotify has ids for."""
        items = (item_of(entry) for entry in self.entries)
        found = (item for item in items if str(item.get("uri", "")).startswith("spotify:track:"))
        return {item["id"]: item for item in found if isinstance(item.get("id"), str)}


@dataclass
class Round:
    """What a round of questions gave: playlists by id, why others are not there, and what ended it before all were asked.

    `own` says what is known of the listener's own playlists: how many there are, or why none are known.
    """

    playlists: dict[str, Playlist] = field(default_factory=dict)
    failed: dict[str, PlatformError] = field(default_factory=dict)
    ended: PlatformError | None = None
    own: str = ""

    @property
    def outage(self) -> SourceUnavailableError | None:
        """Why nothing came, where the source did not answer at all."""
        errors = list(self.failed.values())
        silent = [error for error in errors if isinstance(error, SourceUnavailableError)]
        return silent[0] if silent and silent == errors and not (self.playlists or self.ended) else None


def named(text: str) -> tuple[str, ...]:
    """The ids of playlists, each written as an id, a URI or a link, separated by blanks. Raises `ValueError` with others."""
    words = {word: ID.fullmatch(word) for word in text.replace(",", " ").split()}
    wrong = [word for word, found in words.items() if not found]
    if wrong:
        raise ValueError(f"no id, URI or link of a playlist: {' '.join(wrong)}")
    return tuple(dict.fromkeys(found[1] for found in words.values() if found))


def of_countries(text: str) -> dict[str, str]:
    """The ids of playlists by the country that each is for, written as DE= and a playlist, separated by blanks.

    Raises `ValueError` with what is written otherwise, and where a country has several.
    """
    found: dict[str, str] = {}
    for word in text.replace(",", " ").split():
        code, separator, playlist = word.partition("=")
        if not separator or not ID.fullmatch(playlist) or not country_names(code.upper()):
            raise ValueError(f"{word} names no playlist for a country; write DE= and an id, URI or link of a playlist")
        if code.upper() in found:
            raise ValueError(f"{code.upper()} has two playlists; name one of them")
        [found[code.upper()]] = named(playlist)
    return found


def ask(clients: "Clients", ids: Iterable[str]) -> Round:
    """Ask for these playlists and the listener's own. Raises `MissingAbilityError` where there is no app."""
    client, told = clients.spotify(), Round()
    wanted = list(ids)
    try:
        own = own_playlists(clients.listener())
        told.own = f"{len(own)} playlists"
        wanted += own
    except MissingAbilityError as why:
        told.own = f"unavailable: {why}"
    except (DeferredError, ReconnectError) as end:
        told.ended = end
        return told
    except (RefusedCallError, SourceUnavailableError) as error:
        told.own = "not known now"
        told.failed[OWN] = error
    for id in dict.fromkeys(wanted):
        try:
            told.playlists[id] = playlist(client, id)
        except (DeferredError, ReconnectError) as end:
            told.ended = end
            return told
        except (PermanentError, SourceUnavailableError) as error:
            told.failed[id] = error
    return told


def own_playlists(listener: "Spotify") -> list[str]:
    """The ids of the playlists that the listener owns, or may change; others are followed."""
    person = listener.ask("profile", lambda api: api.me()).get("id")
    found: list[str] = []
    offset, following = 0, True
    while following:
        page = listener.ask(PLAYLISTS, lambda api: api.current_user_playlists(PAGE, offset))  # noqa: B023
        entries = page.get("items") or []
        for entry in entries:
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                owner = entry.get("owner") or {}
                if entry.get("collaborative") or (person and owner.get("id") == person):
                    found.append(entry["id"])
        offset += PAGE
        following = bool(entries and page.get("next"))
    return found


def playlist(client: "Spotify", id: str) -> Playlist:
    """A playlist with all of its entries. Raises `MissingAbilityError` where this app may not see what stands in it."""
    try:
        about = client.ask("playlists", lambda api: api.playlist(id, additional_types=KINDS))
        contents = about.get("items") or about.get("tracks") or {}
        told = contents.get("items") if isinstance(contents, dict) else None
        if not isinstance(told, list):
            raise MissingAbilityError(WHY[403])
        entries: list[Any] = told
        page: Mapping[str, Any] = contents
        while page.get("next"):
            page = client.ask(
                ITEMS,
                lambda api: api.playlist_items(id, limit=PAGE, offset=len(entries), additional_types=KINDS),  # noqa: B023
            )
            more = page.get("items")
            if not isinstance(more, list) or not more:
                break
            entries = [*entries, *more]
    except RefusedCallError as refusal:
        raise MissingAbilityError(WHY.get(refusal.status, str(refusal))) from None
    total = contents.get("total")
    if isinstance(total, int) and len(entries) < total:
        raise SourceUnavailableError(f"it was told in part: {len(entries):,} of {total:,} entries")
    return Playlist(id, _text(about.get("name")), _text(about.get("snapshot_id")), entries)


def write(folder: Path, seen: Playlist, day: dt.date) -> Path:
    """Write a playlist of a day as a file of the format `playlist`, without who owns it and who added what; the file."""
    entries = [
        {"added_at": entry.get("added_at"), "is_local": entry.get("is_local"), "item": item_of(entry) or None}
        if isinstance(entry, dict)
        else None
        for entry in seen.entries
    ]
    about = {"id": seen.id, "name": seen.name, "snapshot_id": seen.version, "items": {"items": entries}}
    path = folder / f"playlist-{seen.id}-{day}.json"
    document = {"snapshot_date": day.isoformat(), "playlist": about}
    path.write_text(json.dumps(document, sort_keys=True), encoding="utf-8")
    return path


def item_of(entry: Any) -> dict[str, Any]:
    """What stands at a place, in either generation of answers; empty where nothing does."""
    found = (entry.get("item") or entry.get("track")) if isinstance(entry, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
