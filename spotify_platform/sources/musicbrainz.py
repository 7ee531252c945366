"""MusicBrainz: genres of artists, who are known by their links to Spotify and never by their names. Needs no key.

Two services of one foundation are asked, so that two calls serve a hundred artists. MusicBrainz tells whose a link is, for
as many as 100 links a call; genres it tells of one artist a call, and takes one call a second. ListenBrainz tells the
same of many artists at once, and which of their tags are genres of MusicBrainz' curated list: these have a `genre_mbid`.
Tags that have none, such as "seen live" and "british", are left out.

Links that MusicBrainz does not know are left out, or are a 404 where one alone was asked for; more than 100 are dropped
in silence. Artists that ListenBrainz does not know are left out. A link that several artists share tells none of them
apart, and one that has ended is nobody's. Too many calls are a 503 here and a 429 there; both want to know who calls.
https://musicbrainz.org/doc/MusicBrainz_API, https://listenbrainz.readthedocs.io
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from spotify_platform.errors import SourceUnavailableError
from spotify_platform.sources.calling import Caller, RefusedCallError
from spotify_platform.sources.names import LISTENBRAINZ, MUSICBRAINZ
from spotify_platform.sources.web import get_json, object_of, session

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

URL, LISTENBRAINZ_URL = "https://musicbrainz.org/", "https://api.listenbrainz.org/"
PER_SECOND, LISTENBRAINZ_PER_SECOND = 1, 3
BATCH = 100
"""The address of so many links has 7.5 kB; servers take 8 as a rule."""
LINK = "https://open.spotify.com/artist/"
MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Genre:
    """A genre of MusicBrainz' list, and its votes beside those of the artist's first one, from 1 to 100."""

    name: str
    weight: int


@dataclass(frozen=True)
class Artist:
    """An artist with the genres that people voted for, most votes first."""

    mbid: str
    genres: tuple[Genre, ...]


@dataclass
class MusicBrainz:
    """Both services. ListenBrainz is called once for each call of MusicBrainz at most, whose budget is that of both."""

    url: str = URL
    listenbrainz_url: str = LISTENBRAINZ_URL
    caller: Caller = field(default_factory=lambda: Caller(MUSICBRAINZ, PER_SECOND))
    listenbrainz_caller: Caller = field(default_factory=lambda: Caller(LISTENBRAINZ, LISTENBRAINZ_PER_SECOND))
    client: "httpx.Client" = field(default_factory=session)

    def artists(self, artist_ids: Iterable[str]) -> Iterator[tuple[tuple[str, ...], dict[str, Artist]]]:
        """Batches of distinct ids of Spotify's that were asked for, each with the artists that are linked to them.

        Raises as `Caller.call`; what came before is not lost.
        """
        ids = iter(dict.fromkeys(artist_ids))
        while batch := tuple(itertools.islice(ids, BATCH)):
            linked = self._linked(batch)
            told = self._genres(sorted(set(linked.values()))) if linked else {}
            yield batch, {id: Artist(mbid, told.get(mbid, ())) for id, mbid in linked.items()}

    def _linked(self, ids: Sequence[str]) -> dict[str, str]:
        query = {"resource": [f"{LINK}{id}" for id in ids], "inc": "artist-rels", "fmt": "json"}
        try:
            return self._ask(self.caller, f"{self.url.rstrip('/')}/ws/2/url", query, links)
        except RefusedCallError as refusal:
            if refusal.status == 404 and len(ids) == 1:
                return {}
            raise

    def _genres(self, mbids: Sequence[str]) -> dict[str, tuple[Genre, ...]]:
        address = f"{self.listenbrainz_url.rstrip('/')}/1/metadata/artist/"
        return self._ask(self.listenbrainz_caller, address, {"artist_mbids": ",".join(mbids), "inc": "tag"}, genres)

    def _ask(
        self, caller: Caller, address: str, query: Mapping[str, str | Sequence[str]], read: Callable[[Any], T | None]
    ) -> T:
        """`read` of the answer; what it cannot read is asked for again."""

        def ask() -> T:
            found = read(get_json(caller.source, self.client, address, query))
            if found is None:
                raise SourceUnavailableError(f"{caller.source} answers with something else than was asked for")
            return found

        return caller.call(ask)


def links(document: Any) -> dict[str, str] | None:
    """MusicBrainz' id of the one artist of each link, by Spotify's; None for what is no answer about links."""
    urls = object_of(document).get("urls", [document])
    if not isinstance(urls, list) or not all("resource" in object_of(url) for url in urls):
        return None
    found = {}
    for url in urls:
        artists = {
            mbid
            for relation in map(object_of, _list(url.get("relations")))
            if not relation.get("ended") and MBID.fullmatch(mbid := str(object_of(relation.get("artist")).get("id")))
        }
        if len(artists) == 1:
            found[str(url["resource"]).removeprefix(LINK)] = artists.pop()
    return found


def genres(document: Any) -> dict[str, tuple[Genre, ...]] | None:
    """The genres of artists, by MusicBrainz' id; None for what is no list."""
    if not isinstance(document, list):
        return None
    entries = map(object_of, document)
    return {str(entry.get("artist_mbid")): _voted(object_of(entry.get("tag")).get("artist")) for entry in entries}


def _voted(tags: Any) -> tuple[Genre, ...]:
    votes = {
        str(tag["tag"]).lower(): tag["count"]
        for tag in map(object_of, _list(tags))
        if tag.get("genre_mbid") and tag.get("tag") and isinstance(tag.get("count"), int) and tag["count"] > 0
    }
    most = max(votes.values(), default=1)
    ranked = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    return tuple(Genre(name, max(1, round(100 * count / most))) for name, count in ranked)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []
