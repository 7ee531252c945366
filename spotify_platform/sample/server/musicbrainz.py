"""MusicBrainz' links and ListenBrainz' tags, with their ways: who does not say who calls is refused; of many links the
unknown ones are left out, those beyond a hundred dropped in silence, and one alone is no list; tags have an id where they
are genres. https://musicbrainz.org/doc/MusicBrainz_API, https://listenbrainz.readthedocs.io"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from spotify_platform.sample.server.answering import Answer, Ask, Endpoint, RefusalError, Source
from spotify_platform.sample.server.spotify_objects import Object, Row
from spotify_platform.sample.server.store import Store

MOST = 100
"""Links of a call."""
LINK = "https://open.spotify.com/artist/"
NAMED = re.compile(r"(?!python-)[\w.-]+/\d")
"""The beginning of a User-Agent that says what program calls, in which version."""
WINDOW = {"X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "29", "X-RateLimit-Reset-In": "10"}


@dataclass(frozen=True)
class MusicBrainzApi:
    store: Store

    @property
    def source(self) -> Source:
        endpoint = Endpoint("musicbrainz url", "/musicbrainz/ws/2/url", self.links, ids=_linked_ids)
        usage = "For usage, please see: https://musicbrainz.org/development/mmd"
        return Source([endpoint], refusal=lambda refusal: {"error": refusal.message, "help": usage})

    def links(self, ask: Ask) -> Answer:
        _check_caller(ask)
        asked = ask.lists.get("resource", ())[:MOST]
        incs = set(ask.query.get("inc", "").split())
        for inc in incs - {"artist-rels"}:
            raise RefusalError(400, f"{inc} is not a valid inc parameter for the url resource.")
        if not asked:
            raise RefusalError(400, "A resource is required.")
        if ask.query.get("fmt") != "json":
            return Answer(b'<?xml version="1.0" encoding="UTF-8"?><metadata/>')
        ids = [resource.removeprefix(LINK) for resource in asked]
        rows = self.store.by_id("musicbrainz_link", "artist_id", ids).values()
        found = [_link(row, with_artists=bool(incs)) for row in sorted(rows, key=lambda row: row["artist_id"])]
        if len(asked) > 1:
            return Answer({"url-count": len(found), "url-offset": 0, "urls": found})
        if not found:
            raise RefusalError(404, "Not Found")
        return Answer(found[0])


@dataclass(frozen=True)
class ListenBrainzApi:
    store: Store

    @property
    def source(self) -> Source:
        endpoint = Endpoint("listenbrainz artist", "/listenbrainz/1/metadata/artist/", self.artists, ids=_mbids)
        return Source([endpoint], refusal=lambda refusal: {"code": refusal.status, "error": refusal.message})

    def artists(self, ask: Ask) -> Answer:
        _check_caller(ask)
        for mbid in _mbids(ask) or ("",):
            if not _is_uuid(mbid):
                raise RefusalError(400, f"artist mbid {mbid} is not valid.")
        rows = self.store.by_id("listenbrainz_artist", "mbid", _mbids(ask)).values()
        with_tags = "tag" in ask.query.get("inc", "").split()
        return Answer([_artist(row, with_tags=with_tags) for row in rows], headers=WINDOW)


def _check_caller(ask: Ask) -> None:
    if not NAMED.match(ask.headers.get("user-agent", "")):
        raise RefusalError(403, "Your User-Agent does not say who calls.")


def _linked_ids(ask: Ask) -> tuple[str, ...]:
    return tuple(resource.removeprefix(LINK) for resource in ask.lists.get("resource", ()))


def _mbids(ask: Ask) -> tuple[str, ...]:
    return tuple(mbid.strip() for mbid in ask.query.get("artist_mbids", "").split(",") if mbid.strip())


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _link(row: Row, *, with_artists: bool) -> Object:
    link = {"id": row["link_mbid"], "resource": f"{LINK}{row['artist_id']}"}
    if not with_artists:
        return link
    artists = [row["mbid"], *([row["other_mbid"]] if row["other_mbid"] else [])]
    return {**link, "relations": [_relation(row, mbid) for mbid in artists]}


def _relation(row: Row, mbid: str) -> Object:
    artist = {"id": mbid, "name": row["name"], "sort-name": row["name"], "disambiguation": "", "type": "Person"}
    return {
        "type": "free streaming",
        "type-id": "769085a1-c2f7-4c24-a532-2375a77693bd",
        "direction": "backward",
        "target-type": "artist",
        "artist": artist,
        "begin": None,
        "end": None,
        "ended": row["ended"],
        "attributes": [],
        "attribute-ids": {},
        "attribute-values": {},
        "source-credit": "",
        "target-credit": "",
    }


def _artist(row: Row, *, with_tags: bool) -> Object:
    about = {
        "artist_mbid": row["mbid"],
        "mbid": row["mbid"],
        "name": row["name"],
        "type": "Person",
        "area": row["area"],
    }
    return {**about, "rels": {}, **({"tag": {"artist": _tags(row["mbid"], row["tags"])}} if with_tags else {})}


def _tags(mbid: str, tags: Sequence[Row]) -> list[Object]:
    """What is no genre has no `genre_mbid` at all."""
    told = ({name: value for name, value in tag.items() if value is not None} for tag in tags)
    return [{"artist_mbid": mbid, **tag} for tag in told]
