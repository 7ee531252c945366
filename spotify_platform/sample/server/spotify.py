"""Spotify's Web API as an app in development mode, or with extended quota, finds it.

What an app in development mode may not ask for is refused with 403, what was renamed with 404, and fields that it is
not told are absent. `market`, `fields` and `additional_types` change nothing.
https://developer.spotify.com/documentation/web-api
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlencode

from spotify_platform.sample.server.accounts import Accounts
from spotify_platform.sample.server.answering import Answer, Ask, Endpoint, RefusalError, Source
from spotify_platform.sample.server.spotify_objects import Mode, Object, Objects, Row
from spotify_platform.sample.server.store import Store

Kind = Literal["tracks", "albums", "artists", "audio-features"]
BATCH: Mapping[Kind, int] = {"tracks": 50, "albums": 20, "artists": 50, "audio-features": 100}
ID = re.compile(r"[0-9A-Za-z]{22}")
EPOCH = dt.date(2017, 1, 1)
"""Day 0 of the world."""
SPANS = {"short_term": 7, "medium_term": 30, "long_term": 180}
"""Days for which what is on top stays so."""
RECENT = 50
"""Plays that are remembered."""
GONE = (
    *("/episodes", "/shows", "/chapters", "/audiobooks", "/markets", "/recommendations", "/browse/{rest:path}"),
    *("/users/{rest:path}", "/artists/{id}/top-tracks", "/artists/{id}/related-artists", "/audio-analysis/{id}"),
)
"""What is refused to an app in development mode, and unknown here to any other."""
FIELD = re.compile(r"\b(track|artist|album|isrc|upc|year):")


@dataclass
class SpotifyApi:
    """The API over the tables of a world. `now` is the moment that plays and playlists are of."""

    store: Store
    accounts: Accounts
    now: Callable[[], dt.datetime]
    mode: Mode

    @property
    def source(self) -> Source:
        def one(kind: Kind) -> Endpoint:
            return Endpoint(
                f"spotify {kind}/{{id}}", f"/v1/{kind}/{{id}}", lambda ask: self.one(kind, ask), ids=_id_of_path
            )

        def many(kind: Kind) -> list[Endpoint]:
            # spotipy asks for "tracks/?ids=".
            return [
                Endpoint(f"spotify {kind}", f"/v1/{kind}{end}", lambda ask: self.many(kind, ask), ids=_ids_of_query)
                for end in ("", "/")
            ]

        return Source(
            [
                *(endpoint for kind in BATCH for endpoint in many(kind)),
                *(one(kind) for kind in BATCH),
                Endpoint("spotify albums/{id}/tracks", "/v1/albums/{id}/tracks", self.album_tracks, ids=_id_of_path),
                Endpoint("spotify artists/{id}/albums", "/v1/artists/{id}/albums", self.artist_albums, ids=_id_of_path),
                Endpoint("spotify search", "/v1/search", self.search, ids=lambda ask: (ask.query.get("q", ""),)),
                Endpoint("spotify me", "/v1/me", self.me),
                Endpoint("spotify me/playlists", "/v1/me/playlists", self.my_playlists),
                Endpoint("spotify me/top/{type}", "/v1/me/top/{type}", self.top),
                Endpoint("spotify me/player/recently-played", "/v1/me/player/recently-played", self.recently_played),
                Endpoint("spotify playlists/{id}", "/v1/playlists/{id}", self.playlist, ids=_id_of_path),
                Endpoint("spotify playlists/{id}/items", "/v1/playlists/{id}/items", self.items, ids=_id_of_path),
                Endpoint("spotify playlists/{id}/tracks", "/v1/playlists/{id}/tracks", self.items, ids=_id_of_path),
                *(Endpoint(f"spotify {path[1:]}", f"/v1{path}", self.gone, ids=_id_of_path) for path in GONE),
            ],
            refusal=_refusal,
        )

    # The catalogue.

    def one(self, kind: Kind, ask: Ask) -> Answer:
        self.accounts.allowed(ask)
        id = ask.path["id"]
        if kind == "audio-features":
            self._need_extended()
        if not ID.fullmatch(id):
            raise RefusalError(400, "Invalid base62 id")
        [found] = self._objects_of(kind, [id], ask)
        if found is None:
            raise RefusalError(404, "Resource not found")
        return Answer(found)

    def many(self, kind: Kind, ask: Ask) -> Answer:
        self.accounts.allowed(ask)
        self._need_extended()
        ids = _ids_of_query(ask)
        if not ids or len(ids) > BATCH[kind]:
            raise RefusalError(400, "Too many ids requested" if ids else "Missing required field: ids")
        if not all(map(ID.fullmatch, ids)):
            raise RefusalError(400, "Invalid base62 id")
        return Answer({kind.replace("-", "_"): self._objects_of(kind, ids, ask)})

    def gone(self, ask: Ask) -> Answer:
        self.accounts.allowed(ask)
        self._need_extended()
        raise RefusalError(404, "Not found")

    def album_tracks(self, ask: Ask) -> Answer:
        self.accounts.allowed(ask)
        limit, offset = _page_of(ask)
        if not self.store.by_id("album", "album_id", [ask.path["id"]]):
            raise RefusalError(404, "Resource not found")
        return Answer(self._album_page(ask.path["id"], ask.address, self._objects(ask), limit, offset))

    def artist_albums(self, ask: Ask) -> Answer:
        self.accounts.allowed(ask)
        objects = self._objects(ask)
        limit, offset = _page_of(ask, default=5, most=10)
        groups = ask.query.get("include_groups", "album,single,compilation,appears_on").split(",")
        if not self.store.by_id("artist", "artist_id", [ask.path["id"]]):
            raise RefusalError(404, "Resource not found")
        found = self.store.rows(
            """
            select *, count(*) over () as total
            from (
              select album.*, if(album.credits[1].id = $artist, album_type, 'appears_on') as album_group
              from served.album
              where album_id in (select album_id from served.credit where artist_id = $artist)
            )
            where list_contains($groups, album_group)
            order by album_group = 'appears_on', release_day desc, album_id
            limit $limit offset $offset
            """,
            {"artist": ask.path["id"], "groups": groups, "limit": limit, "offset": offset},
        )
        albums = [objects.simple_album(row, row["album_group"]) for row in found]
        return Answer(_page(ask.address, ask.query, albums, _total(found), limit, offset))

    def search(self, ask: Ask) -> Answer:
        self.accounts.allowed(ask)
        objects = self._objects(ask)
        limit, offset = _page_of(ask, default=5, most=10)
        kinds = [kind for kind in ask.query.get("type", "").split(",") if kind in ("track", "album", "artist")]
        if not ask.query.get("q") or not kinds:
            raise RefusalError(400, "No search query" if kinds else "Missing parameter type")
        answer = {}
        for kind in kinds:
            found = self._found(kind, ask.query["q"], limit, offset)
            if kind == "artist":
                shown = [objects.artist(row) for row in found]
            elif kind == "album":
                shown = [objects.simple_album(row) for row in found]
            else:
                shown = self._tracks(found, objects)
            query = {**ask.query, "type": kind}
            answer[f"{kind}s"] = _page(ask.address, query, shown, _total(found), limit, offset)
        return Answer(answer)

    def _found(self, kind: str, text: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """What has all the words, the best known first."""
        free, *fields = FIELD.split(text)
        wanted = {name: value.strip().strip('"') for name, value in zip(fields[::2], fields[1::2], strict=True)}
        own = {"track": "track", "album": "album", "artist": None}[kind]
        names = "artist_words" if kind == "artist" else "title_words || ' ' || artist_words"
        tests = [(f"has_words({names}, ?)", free.strip())] if free.strip() else []
        for name, value in wanted.items():
            if name == "artist":
                tests.append(("has_words(artist_words, ?)", value))
            elif name == own:
                tests.append(("has_words(title_words, ?)", value))
            elif (kind, name) in (("track", "isrc"), ("album", "upc")):
                tests.append((f"{name} = upper(?)", value))
            elif kind == "album" and name == "year":
                tests.append(("left(release_date, 4) = ?", value))
            elif kind == "track" and name in ("album", "year"):
                column = {"album": "has_words(title_words, ?)", "year": "left(release_date, 4) = ?"}[name]
                tests.append((f"album_id in (select album_id from served.album where {column})", value))
            else:
                tests.append(("? is null", value))  # a filter that this kind does not have finds nothing
        return self.store.rows(
            f"select *, count(*) over () as total from served.{kind} where {' and '.join(test for test, _ in tests)} "
            f"order by popularity desc, {kind}_id limit {limit} offset {offset}",
            [value for _, value in tests],
        )

    # The listener.

    def me(self, ask: Ask) -> Answer:
        self.accounts.allowed(ask, scope="")
        return Answer(self._objects(ask).me())

    def top(self, ask: Ask) -> Answer:
        self.accounts.allowed(ask, scope="user-top-read")
        objects = self._objects(ask)
        kind, span = ask.path["type"], ask.query.get("time_range", "medium_term")
        if kind not in ("tracks", "artists") or span not in SPANS:
            raise RefusalError(400, "Invalid time range" if kind in ("tracks", "artists") else "Invalid type")
        limit, offset = _page_of(ask)
        id = f"{kind.removesuffix('s')}_id"
        found = self.store.rows(
            f"select *, count(*) over () as total from (select {id}, top from {kind}_on_top(?, ?, ?)) "
            f"join served.{kind.removesuffix('s')} using ({id}) order by top limit {limit} offset {offset}",
            [span, SPANS[span], self._day],
        )
        shown = self._tracks(found, objects) if kind == "tracks" else [objects.artist(row) for row in found]
        return Answer(_page(ask.address, ask.query, shown, _total(found), limit, offset))

    def recently_played(self, ask: Ask) -> Answer:
        self.accounts.allowed(ask, scope="user-read-recently-played")
        limit, _ = _page_of(ask)
        if {"after", "before"} <= ask.query.keys():
            raise RefusalError(400, "Only one of after and before may be set")
        after, before = _number(ask, "after", 0), _number(ask, "before", 2**62)
        now = int(self.now().timestamp())
        played = self.store.rows(
            "select played_at * 1000 as ms, from_playlist, t.* from plays(?, ?) join served.track t using (track_id) "
            f"order by played_at desc limit {RECENT}",
            [now - 14 * 86_400, now],
        )
        within = [row for row in played if after < row["ms"] < before]
        shown = within[-limit:] if after else within[:limit]
        objects = self._objects(ask)
        tracks = self._tracks(shown, objects)
        items = [
            {"track": track, "played_at": _moment(row["ms"]), "context": objects.context(row["from_playlist"])}
            for row, track in zip(shown, tracks, strict=True)
        ]
        cursors = {"after": str(shown[0]["ms"]), "before": str(shown[-1]["ms"])} if shown else None
        query = urlencode({"before": cursors["before"], "limit": limit}) if cursors else ""
        following = f"{ask.address}?{query}" if cursors else None
        return Answer(
            {
                "href": _with(ask.address, ask.query),
                "limit": limit,
                "next": following,
                "cursors": cursors,
                "items": items,
            }
        )

    # Playlists.

    def my_playlists(self, ask: Ask) -> Answer:
        """The listener's own, and those of others that the listener follows."""
        self.accounts.allowed(ask, scope="playlist-read-private")
        limit, offset = _page_of(ask)
        objects = self._objects(ask)
        rows = self.store.rows("from served.playlist where owner <> 'spotify' or genre is null order by playlist_no")
        shown = []
        for row in rows[offset : offset + limit]:
            entries = self._entries(row)
            href = f"{objects.api}/playlists/{row['playlist_id']}/{'tracks' if objects.is_extended else 'items'}"
            shown.append(objects.playlist(row, entries, {"href": href, "total": len(entries)}))
        return Answer(_page(ask.address, ask.query, shown, len(rows), limit, offset))

    def playlist(self, ask: Ask) -> Answer:
        row, is_open = self._opened(ask)
        objects, entries = self._objects(ask), self._entries(row)
        contents = None
        if is_open:
            name = "tracks" if objects.is_extended else "items"
            shown = self._shown(row, entries[:100], objects, ("track" if objects.is_extended else "item",))
            contents = _page(f"{ask.address}/{name}", {}, shown, len(entries), 100, 0)
        return Answer(objects.playlist(row, entries, contents))

    def items(self, ask: Ask) -> Answer:
        is_old = ask.address.endswith("/tracks")
        row, is_open = self._opened(ask)
        objects = self._objects(ask)
        if is_old and not objects.is_extended:
            raise RefusalError(404, "Not found")
        if not is_open:
            raise RefusalError(403, "Forbidden")
        limit, offset = _page_of(ask, default=100 if is_old else 20, most=100 if is_old else 50)
        entries = self._entries(row)
        # The newer address tells an app with extended quota both names.
        names = ("track",) if is_old else ("item", "track") if objects.is_extended else ("item",)
        shown = self._shown(row, entries[offset : offset + limit], objects, names)
        return Answer(_page(ask.address, ask.query, shown, len(entries), limit, offset))

    def _opened(self, ask: Ask) -> tuple[Row, bool]:
        """The playlist, and whether its contents may be seen: by a development-mode app, only what is the listener's."""
        token = self.accounts.allowed(ask)
        found = self.store.by_id("playlist", "playlist_id", [ask.path["id"]]).get(ask.path["id"])
        is_own = token.is_listener and found is not None and found["owner"] == "listener"
        if found is None or not (found["is_public"] or is_own):
            raise RefusalError(404, "Resource not found")
        return found, self.mode == "extended" or is_own

    def _entries(self, playlist: Row) -> list[Row]:
        found = self.store.rows("from playlist_entries(?, ?) order by position", [playlist["playlist_no"], self._day])
        return [{**row, "owner": playlist["owner"]} for row in found]

    def _shown(self, playlist: Row, entries: Sequence[Row], objects: Objects, names: tuple[str, ...]) -> list[Object]:
        tracks = self._by_id("tracks", [row["track_id"] for row in entries], objects)
        special: dict[str, Object | None] = {
            "episode": objects.episode(),
            "local": objects.local_track(),
            "removed": None,
        }
        return [objects.entry(row, special.get(row["kind"], tracks[row["track_id"]]), names) for row in entries]

    # What they share.

    @property
    def _day(self) -> int:
        return (self.now().date() - EPOCH).days

    def _objects(self, ask: Ask) -> Objects:
        return Objects(self.mode, f"{ask.root}/v1", self.markets)

    @cached_property
    def markets(self) -> list[str]:
        return [row["code"] for row in self.store.rows("select code from served.country order by code")]

    def _need_extended(self) -> None:
        if self.mode != "extended":
            raise RefusalError(403, "Forbidden")

    def _objects_of(self, kind: Kind, ids: Sequence[str], ask: Ask) -> list[Object | None]:
        found = self._by_id(kind, ids, self._objects(ask))
        return [found.get(id) for id in ids]

    def _by_id(self, kind: Kind, ids: Sequence[str], objects: Objects) -> dict[str, Object]:
        """The objects that exist, by id."""
        if not ids:
            return {}
        if kind == "artists":
            return {id: objects.artist(row) for id, row in self.store.by_id("artist", "artist_id", ids).items()}
        if kind == "albums":
            pages = {id: self._album_page(id, f"{objects.api}/albums/{id}/tracks", objects, 50, 0) for id in ids}
            return {id: objects.album(row, pages[id]) for id, row in self.store.by_id("album", "album_id", ids).items()}
        rows = self.store.by_id("track", "track_id", ids)
        if kind == "audio-features":
            return {id: objects.audio_features(row) for id, row in rows.items() if row["is_analysed"]}
        return {track["id"]: track for track in self._tracks(list(rows.values()), objects)}

    def _tracks(self, rows: Sequence[Row], objects: Objects) -> list[Object]:
        if not rows:
            return []
        albums = self.store.by_id("album", "album_id", list({row["album_id"] for row in rows}))
        return [objects.track(row, albums[row["album_id"]]) for row in rows]

    def _album_page(self, id: str, address: str, objects: Objects, limit: int, offset: int) -> Object:
        found = self.store.rows(
            "select *, count(*) over () as total from served.track where album_id = ? "
            f"order by track_number limit {limit} offset {offset}",
            [id],
        )
        return _page(address, {}, [objects.track_of_album(row) for row in found], _total(found), limit, offset)


def _id_of_path(ask: Ask) -> tuple[str, ...]:
    return (ask.path["id"],) if "id" in ask.path else ()


def _ids_of_query(ask: Ask) -> tuple[str, ...]:
    return tuple(id for id in ask.query.get("ids", "").split(",") if id)


def _refusal(refusal: RefusalError) -> Object:
    return {"error": {"status": refusal.status, "message": refusal.message}}


def _number(ask: Ask, name: str, default: int) -> int:
    try:
        return int(ask.query.get(name, default))
    except ValueError:
        raise RefusalError(400, f"Invalid {name}") from None


def _page_of(ask: Ask, default: int = 20, most: int = 50) -> tuple[int, int]:
    limit, offset = _number(ask, "limit", default), _number(ask, "offset", 0)
    if not 1 <= limit <= most or offset < 0:
        raise RefusalError(400, "Invalid limit" if offset >= 0 else "Invalid offset")
    return limit, offset


def _total(rows: Sequence[Row]) -> int:
    return int(rows[0]["total"]) if rows else 0


def _page(address: str, query: Mapping[str, str], items: list[Object], total: int, limit: int, offset: int) -> Object:
    def at(place: int) -> str:
        return _with(address, {**query, "limit": str(limit), "offset": str(place)})

    return {
        "href": at(offset),
        "items": items,
        "limit": limit,
        "next": at(offset + limit) if offset + limit < total else None,
        "offset": offset,
        "previous": at(max(0, offset - limit)) if offset else None,
        "total": total,
    }


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


def _moment(milliseconds: int) -> str:
    moment = dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
