"""Last.fm's API, with its ways: numbers as text, one thing alone without its list, errors with HTTP 200.

`geo.getTopTracks` tells seconds and `track.getInfo` milliseconds; 0 is an unknown duration, "" an unknown id. Some
titles are spelled otherwise than Spotify does, and some tracks are known to one of the two only.
https://www.last.fm/api
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from spotify_platform.landing.regions import region_code
from spotify_platform.sample.server.answering import Answer, Ask, Endpoint, RefusalError, Source
from spotify_platform.sample.server.spotify_objects import Object, Row
from spotify_platform.sample.server.store import Store

KEY = "0123456789abcdef0123456789abcdef"
MOST = 1000
"""Tracks of a page, at most."""
CODES = {403: 10, 404: 6, 429: 29, 500: 8, 502: 11, 503: 16}
"""The number that comes with a status."""


@dataclass(frozen=True)
class LastFmApi:
    """The API over the tables of a world. `now` is the week that lists are of."""

    store: Store
    now: Callable[[], dt.datetime]

    @property
    def source(self) -> Source:
        def name(ask: Ask) -> str:
            return f"lastfm {ask.query.get('method', '')}"

        return Source([Endpoint(name, path, self.answer, ids=_asked) for path in ("/2.0/", "/2.0")], _refusal)

    def answer(self, ask: Ask) -> Answer:
        methods = {
            "geo.gettoptracks": self.top_tracks,
            "track.getinfo": self.track,
            "artist.gettoptags": self.tags,
        }
        method = methods.get(ask.query.get("method", "").lower())
        if ask.query.get("api_key") != KEY:
            raise RefusalError(403, "Invalid API key - You must be granted a valid key by last.fm", 10)
        if method is None:
            raise RefusalError(200, "Invalid Method - No method with that name in this package", 3)
        return Answer(method(ask.query))

    def top_tracks(self, query: Any) -> Object:
        country = query.get("country", "")
        code = region_code(country) if country else None
        if code is None or code == "GLOBAL":
            raise RefusalError(200, "country param invalid" if country else "country param required", 6)
        page, limit = _number(query, "page", 1), min(_number(query, "limit", 50), MOST)
        found = self.store.rows(
            "from (select *, count(*) over () as total from heard_in(?, ?)) "
            "where place >= ? and place < ? order by place",
            [code, self.now().date().toordinal() // 7, (page - 1) * limit, page * limit],
        )
        total = self.store.rows("select count(*) as total from served.lastfm_track")[0]["total"]
        tracks = [{**_track(row, 1000), "@attr": {"rank": str(row["place"])}} for row in found]
        told = {"country": country, "page": str(page), "perPage": str(limit)}
        pages = {"totalPages": str(-(-total // limit)), "total": str(total)}
        return {"tracks": {"track": _alone(tracks), "@attr": {**told, **pages}}}

    def track(self, query: Any) -> Object:
        found = self.store.rows(
            "from served.lastfm_track where title_words = searched(?) and artist_words = searched(?)",
            [query.get("track", ""), query.get("artist", "")],
        )
        if not found:
            raise RefusalError(200, "Track not found", 6)
        row = found[0]
        tags = self._tags(row["artist_name"])[:5]
        track = {
            **_track(row, 1),
            "playcount": str(row["listeners"] * 7),
            "toptags": {"tag": _alone([{"name": tag, "url": _tag_url(tag)} for tag in tags])},
        }
        if row["album"]:
            track["album"] = {
                "artist": row["artist_name"],
                "title": row["album"],
                "mbid": "",
                "url": f"{track['artist']['url']}/{quote_plus(row['album'])}",
                "image": _IMAGES,
            }
        return {"track": track}

    def tags(self, query: Any) -> Object:
        name = query.get("artist", "")
        found = self._tags(name)
        if not found:
            raise RefusalError(200, "The artist you supplied could not be found", 6)
        tags = [
            {"count": max(1, 100 // (place + 1)), "name": tag, "url": _tag_url(tag)} for place, tag in enumerate(found)
        ]
        return {"toptags": {"tag": _alone(tags), "@attr": {"artist": name}}}

    def _tags(self, artist_name: str) -> list[str]:
        found = self.store.rows("from served.lastfm_artist where artist_words = searched(?)", [artist_name])
        return list(found[0]["tags"]) if found else []


_IMAGES = [{"#text": "", "size": size} for size in ("small", "medium", "large", "extralarge")]


def _track(row: Row, milliseconds: int) -> Object:
    """What both methods tell of a track; its duration is in units of so many milliseconds."""
    artist = f"https://www.last.fm/music/{quote_plus(row['artist_name'])}"
    return {
        "name": row["title"],
        "duration": str(row["told_duration_ms"] // milliseconds),
        "listeners": str(row["listeners"]),
        "mbid": row["mbid"],
        "url": f"{artist}/_/{quote_plus(row['title'])}",
        "streamable": {"#text": "0", "fulltrack": "0"},
        "artist": {"name": row["artist_name"], "mbid": row["artist_mbid"], "url": artist},
        "image": _IMAGES,
    }


def _tag_url(tag: str) -> str:
    return f"https://www.last.fm/tag/{quote_plus(tag)}"


def _alone(things: Sequence[Object]) -> Any:
    """A list, or the one thing alone."""
    return things[0] if len(things) == 1 else list(things)


def _asked(ask: Ask) -> tuple[str, ...]:
    """What is asked for: a page of a country, a track of an artist, an artist."""
    found = "/".join(ask.query[name] for name in ("country", "artist", "track", "page") if name in ask.query)
    return (found,) if found else ()


def _number(query: Any, name: str, default: int) -> int:
    try:
        return max(1, int(query.get(name, default)))
    except ValueError:
        raise RefusalError(200, f"{name} param invalid", 6) from None


def _refusal(refusal: RefusalError) -> Object:
    code = refusal.code or CODES.get(refusal.status, 8)
    return {"error": code, "message": refusal.message, "links": []}
