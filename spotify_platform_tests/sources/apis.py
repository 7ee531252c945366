"""Spotify, its logins, Last.fm, ReccoBeats and MusicBrainz at one address, for keys that may do more or less."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spotify_platform.environment import Environment
from spotify_platform.sources.login import LIFE, SCOPE, TokenFile
from spotify_platform.sources.musicbrainz import LINK
from spotify_platform_tests.sources.scripted import Reply, Scripted

CANARY = "canary-of-a-secret"
TRACK, ALBUM, ARTIST, PLAYLIST = ("t" * 22, "a" * 22, "r" * 22, "p" * 22)
MBID = "00000000-0000-4000-8000-000000000001"
FORBIDDEN = Reply({"error": {"status": 403, "message": "Forbidden"}}, status=403)
BATCHES = ("/v1/tracks", "/v1/albums", "/v1/artists", "/v1/audio-features")


@dataclass
class Apis:
    """What answers. `extended` is an app that may do all; `replies` are told by path, before `everything` and the rest."""

    served: Scripted
    home: Path
    extended: bool = False
    owner: str = "me"
    replies: dict[str, Reply] = field(default_factory=dict)
    everything: Reply | None = None

    def __post_init__(self) -> None:
        self.served.otherwise = self._reply

    def _reply(self, call: Mapping[str, str]) -> Reply:
        path = call["path"].rstrip("/")
        if path in self.replies:
            return self.replies[path]
        if self.everything:
            return self.everything
        if path in BATCHES and not self.extended:
            return FORBIDDEN
        track: dict[str, Any] = {"id": TRACK, "album": {"id": ALBUM}, "artists": [{"id": ARTIST}]}
        known: dict[str, Any] = {
            "/api/token": {"access_token": CANARY, "token_type": "Bearer", "expires_in": 3600, "scope": SCOPE},
            "/v1/search": {"tracks": {"items": [track]}},
            f"/v1/tracks/{TRACK}": {**track, "popularity": 7} if self.extended else track,
            f"/v1/albums/{ALBUM}": {"id": ALBUM},
            f"/v1/artists/{ARTIST}": {"id": ARTIST},
            **{path: {path.rpartition("/")[2]: [{}]} for path in BATCHES},
            "/v1/me": {"id": "me"},
            "/v1/me/top/tracks": {"items": []},
            "/v1/me/player/recently-played": {"items": []},
            "/v1/me/playlists": {"items": [{"id": PLAYLIST, "owner": {"id": self.owner}}]},
            f"/v1/playlists/{PLAYLIST}/items": {"items": []},
            "/lastfm": {"tracks": {"track": [], "@attr": {"totalPages": "1"}}},
            "/reccobeats/v1/audio-features": {"content": []},
            "/musicbrainz/ws/2/url": {"resource": LINK + ARTIST, "relations": [{"artist": {"id": MBID}}]},
            "/listenbrainz/1/metadata/artist": [],
        }
        return Reply(known[path]) if path in known else Reply({"error": {"status": 404}}, status=404)

    @property
    def paths(self) -> list[str]:
        return [call["path"].rstrip("/") for call in self.served.asked]

    def settings(self, *keys: str) -> dict[str, str]:
        """The settings that reach it, with the `keys` id, secret and lastfm."""
        having = {"id": ("spotify_client_id", "app1"), "secret": ("spotify_client_secret", CANARY)}
        having |= {"lastfm": ("lastfm_key", CANARY)}
        return {
            "spotify_url": f"{self.served.url}/v1/",
            "spotify_accounts_url": f"{self.served.url}/",
            "lastfm_url": f"{self.served.url}/lastfm",
            "reccobeats_url": f"{self.served.url}/reccobeats",
            "musicbrainz_url": f"{self.served.url}/musicbrainz",
            "listenbrainz_url": f"{self.served.url}/listenbrainz",
            **dict(having[key] for key in keys),
        }

    def environment(self, *keys: str, **more: Any) -> Environment:
        return Environment.load(home=self.home, world="data", **self.settings(*keys), **more)


def give_login(environment: Environment, ends_in: dt.timedelta = LIFE) -> TokenFile:
    """A login as if given so long ago that it ends in a while."""
    given = dt.datetime.now(dt.UTC) + ends_in - LIFE
    tokens = TokenFile(
        environment.keys_root / "spotify-login.json",
        environment.spotify_client_id or "",
        lambda: given,
        authorizing=True,
    )
    later = dt.datetime.now(dt.UTC).timestamp() + 3600
    tokens.save_token_to_cache(
        {"access_token": CANARY, "refresh_token": CANARY, "scope": SCOPE, "expires_at": later, "token_type": "Bearer"}
    )
    return tokens
