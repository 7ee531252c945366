"""Last.fm: top tracks of a country, what is known of a track, tags. Needs a key, which is free.

Our own client, because no library takes another address or asks for a page. Units and types are made right here: all
numbers arrive as text, one thing alone arrives without its list, `geo.getTopTracks` tells seconds where
`track.getInfo` tells milliseconds, 0 stands for an unknown duration and "" for an unknown id, and an error may come
with HTTP 200. https://www.last.fm/api
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from spotify_platform.errors import MissingAbilityError, PermanentError, SourceUnavailableError
from spotify_platform.sources.calling import Caller, RefusedCallError
from spotify_platform.sources.names import LASTFM
from spotify_platform.sources.web import get_json, object_of, session

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

T = TypeVar("T")

URL = "https://ws.audioscrobbler.com/2.0/"
PER_SECOND = 5
PAGE = 200
"""Tracks of a page, at most."""
NOT_FOUND = 6
"""Also a parameter that it cannot read."""
PASSING = {8, 11, 16, 29}
"""Errors that may be gone at the next attempt: failed, offline, unavailable, too many calls."""
KEY_REFUSED = {10, 26}


@dataclass(frozen=True)
class TopTrack:
    """A track of a country's list. `listeners` are those of the whole world; `rank` is from 1."""

    rank: int
    title: str
    artist_name: str
    listeners: int | None
    duration_ms: int | None
    track_mbid: str | None
    artist_mbid: str | None
    url: str


@dataclass(frozen=True)
class Tag:
    """A tag in small letters, and how much it is used beside the first one, from 0 to 100 (None where untold)."""

    name: str
    weight: int | None


@dataclass(frozen=True)
class Track:
    """What Last.fm knows of a track."""

    title: str
    artist_name: str
    album_name: str | None
    duration_ms: int | None
    listeners: int | None
    playcount: int | None
    track_mbid: str | None
    tags: tuple[Tag, ...]


@dataclass
class LastFm:
    """The API for one key. Each method raises as `Caller.call`, and `MissingAbilityError` for a key that is refused."""

    key: "SecretStr"
    url: str = URL
    caller: Caller = field(default_factory=lambda: Caller(LASTFM, PER_SECOND))
    client: "httpx.Client" = field(default_factory=session)

    def top_tracks(self, country: str, number: int) -> list[TopTrack]:
        """The tracks most listened to in a country, given by its English name of ISO 3166-1, best first."""
        found: list[TopTrack] = []
        page, pages = 1, 1
        while len(found) < number and page <= pages:
            tracks, pages = self._ask(
                lambda document: top_tracks(document, len(found)),  # noqa: B023 — called before the next turn
                "geo.getTopTracks",
                {"country": country, "page": str(page), "limit": str(min(number, PAGE))},
                told="tracks",
            ) or ([], 0)
            if not tracks:  # the number of pages is a promise that is not kept
                break
            found += tracks
            page += 1
        return found[:number]

    def track(self, artist_name: str, title: str) -> Track | None:
        """What is known of a track; None where it is unknown."""
        about = {"artist": artist_name, "track": title}
        return self._ask(track, "track.getInfo", about, told="track", missing=NOT_FOUND)

    def artist_tags(self, artist_name: str) -> tuple[Tag, ...] | None:
        """The tags of an artist, most used first; None where the artist is unknown."""
        return self._ask(
            lambda document: tags(document.get("toptags")),
            "artist.getTopTags",
            {"artist": artist_name},
            told="toptags",
            missing=NOT_FOUND,
        )

    def _ask(
        self,
        read: Callable[[Mapping[str, Any]], T],
        method: str,
        params: Mapping[str, str],
        *,
        told: str,
        missing: int | None = None,
    ) -> T | None:
        """`read` of the answer, which has a `told`; None for the error `missing`."""
        query = {"method": method, "format": "json", "api_key": self.key.get_secret_value(), **params}

        def ask() -> T | None:
            try:
                document = get_json(LASTFM, self.client, self.url, query)
            except RefusedCallError as refusal:
                document = _explanation(refusal)
            code = _number(object_of(document).get("error"))
            if code is not None and code == missing:
                return None
            if code is not None:
                raise _refusal(method, code)
            if told not in object_of(document):
                raise SourceUnavailableError(f"{LASTFM} answers {method} without {told}")
            return read(document)

        return self.caller.call(ask)


def top_tracks(document: Mapping[str, Any], before: int = 0) -> tuple[list[TopTrack], int]:
    """The tracks of a page, ranked after those `before` them, and how many pages there are."""
    tracks = document.get("tracks") or {}
    found = [
        TopTrack(
            rank=rank,
            title=title,
            artist_name=artist_name,
            listeners=_number(entry.get("listeners")),
            duration_ms=_known(_number(entry.get("duration")), 1000),
            track_mbid=_text(entry.get("mbid")),
            artist_mbid=_text(object_of(entry.get("artist")).get("mbid")),
            url=_text(entry.get("url")) or "",
        )
        for rank, entry in enumerate(_list(tracks.get("track")), start=before + 1)
        if (title := _text(entry.get("name"))) and (artist_name := _text(object_of(entry.get("artist")).get("name")))
    ]
    return found, _number(object_of(tracks.get("@attr")).get("totalPages")) or 1


def track(document: Mapping[str, Any]) -> Track:
    """The track of an answer to `track.getInfo`."""
    entry = object_of(document.get("track"))
    return Track(
        title=_text(entry.get("name")) or "",
        artist_name=_text(object_of(entry.get("artist")).get("name")) or "",
        album_name=_text(object_of(entry.get("album")).get("title")),
        duration_ms=_known(_number(entry.get("duration")), 1),
        listeners=_number(entry.get("listeners")),
        playcount=_number(entry.get("playcount")),
        track_mbid=_text(entry.get("mbid")),
        tags=tags(entry.get("toptags")),
    )


def tags(toptags: Any) -> tuple[Tag, ...]:
    """The tags of a `toptags`, in its order."""
    entries = _list(object_of(toptags).get("tag"))
    return tuple(
        Tag(name.lower(), _number(entry.get("count"))) for entry in entries if (name := _text(entry.get("name")))
    )


def _explanation(refusal: RefusedCallError) -> Any:
    """The JSON that came with a refusal, if it has an error's number; else the refusal is raised as it is."""
    try:
        document = json.loads(refusal.body)
    except ValueError:
        raise refusal from None
    if refusal.status == 429 or "error" not in object_of(document):
        raise refusal
    return document


def _refusal(method: str, code: int) -> Exception:
    if code in PASSING:
        return SourceUnavailableError(f"{LASTFM} does not answer {method} now (error {code})")
    if code in KEY_REFUSED:
        return MissingAbilityError(
            f"{LASTFM} refuses the key (error {code}); set SPOTIFY_PLATFORM_LASTFM_KEY to one of "
            "https://www.last.fm/api/accounts"
        )
    return PermanentError(f"{LASTFM} refuses {method} (error {code})")


def _list(value: Any) -> Sequence[Mapping[str, Any]]:
    """A list that may have come as its only element."""
    return [entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict)]


def _text(value: Any) -> str | None:
    """A text; none where it is empty or a mere number."""
    return value.strip() or None if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    """A whole number, which most often comes as text."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _known(duration: int | None, milliseconds: int) -> int | None:
    """A duration in milliseconds; 0 is unknown."""
    return duration * milliseconds if duration and duration > 0 else None
