"""A person's login at Spotify: PKCE without a secret, a redirect to this machine, a token that only its owner may read.

Imports spotipy, so whoever needs no login imports this where it is used.
"""

import datetime as dt
import json
import secrets
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from spotipy.cache_handler import CacheHandler
from spotipy.oauth2 import SpotifyOauthError, SpotifyPKCE, start_local_http_server

from spotify_platform.errors import PermanentError, ReconnectError
from spotify_platform.sources.memory import write_private
from spotify_platform.sources.spotify import TIMEOUT, TOKEN_URL, session

AUTHORIZE_URL = "https://accounts.spotify.com/authorize"
REDIRECT = "http://127.0.0.1:8089/callback"
"""Spotify takes a loopback address by number alone; the app must name exactly this one."""
SCOPE = "playlist-read-collaborative playlist-read-private user-library-read user-read-recently-played user-top-read"
LIFE = dt.timedelta(days=182)
"""A login ends six months after a person gave it, however often it is renewed."""
ANNOUNCED = dt.timedelta(days=30)
"""How long before its end it is told."""
PATIENCE = 300
"""Seconds that a person has to say yes."""
NOBODY = "nobody has logged in to Spotify here; run: spotify-platform login"


class TokenFile(CacheHandler):  # type: ignore[misc]
    """The token of one app in a file. One that is `authorizing` begins a new life of the login."""

    def __init__(
        self,
        file: Path,
        client_id: str,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        *,
        authorizing: bool = False,
    ) -> None:
        self.file, self.client_id, self.now, self.authorizing = file, client_id, now, authorizing

    def get_cached_token(self) -> dict[str, Any] | None:
        token = self._read().get("token")
        return token if isinstance(token, dict) else None

    def save_token_to_cache(self, token_info: dict[str, Any]) -> None:
        since = self.now().isoformat(timespec="seconds") if self.authorizing else self._read().get("authorized_at")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        kept = {"client_id": self.client_id, "authorized_at": since, "token": token_info}
        write_private(self.file, json.dumps(kept, indent=1))

    @property
    def ends_at(self) -> dt.datetime | None:
        """When a person must log in again; None where nobody has."""
        since = self._read().get("authorized_at")
        return dt.datetime.fromisoformat(since) + LIFE if since else None

    @property
    def ends_soon(self) -> bool:
        return self.ends_at is not None and self.ends_at - self.now() < ANNOUNCED

    def _read(self) -> dict[str, Any]:
        """What is kept of this app; nothing where the file is missing, damaged or another app's."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) and kept.get("client_id") == self.client_id else {}


@dataclass
class Login:
    """What spotipy asks for a token. Unlike its own, it never waits for a person in the middle of a run."""

    pkce: SpotifyPKCE
    cache_handler: TokenFile

    def get_access_token(self) -> str:
        """Raises `ReconnectError` where nobody has logged in, or the login does not cover what is asked for now."""
        token = self.pkce.validate_token(self.cache_handler.get_cached_token())
        if token is None:
            raise ReconnectError(NOBODY)
        return str(token["access_token"])


@dataclass(frozen=True)
class Addresses:
    """Where people log in and tokens come from."""

    authorize: str = AUTHORIZE_URL
    token: str = TOKEN_URL
    redirect: str = REDIRECT


def login_of(tokens: TokenFile, addresses: Addresses = Addresses()) -> Login:
    """The login that is kept."""
    return Login(_pkce(tokens, addresses), tokens)


def log_in(
    tokens: TokenFile,
    addresses: Addresses = Addresses(),
    tell: Callable[[str], None] = lambda address: None,
) -> None:
    """Open a browser at Spotify, and keep the token that comes back. An earlier login stays until then.

    `tell` is given the address, for those whose browser does not open. Raises `PermanentError` where the person or
    Spotify said no, or nobody came back in `PATIENCE` seconds.
    """
    pkce = _pkce(tokens, addresses)
    state = secrets.token_urlsafe(16)
    pkce.get_pkce_handshake_parameters()
    try:
        code = _code(addresses.redirect, state, pkce.get_authorize_url(state), tell)
        pkce.get_access_token(code=code, check_cache=False)
    except SpotifyOauthError as error:
        raise PermanentError(
            f"Spotify did not log in ({error.error or error}). The app must name the redirect {addresses.redirect} "
            "exactly: https://developer.spotify.com/dashboard"
        ) from None


def _code(redirect: str, state: str, address: str, tell: Callable[[str], None]) -> str:
    """What Spotify sends back with the person."""
    deadline = time.monotonic() + PATIENCE
    with start_local_http_server(urlsplit(redirect).port) as server:
        server.state = None
        server.timeout = 1
        tell(address)
        webbrowser.open(address)
        while server.auth_code is None and server.error is None:
            if time.monotonic() > deadline:
                raise PermanentError(f"nobody came back from Spotify in {PATIENCE} s; try again")
            server.handle_request()
    if server.error:
        raise server.error
    if server.state != state:
        raise PermanentError("what came back was not the answer to this login; try again")
    return str(server.auth_code)


def _pkce(tokens: TokenFile, addresses: Addresses) -> SpotifyPKCE:
    pkce = SpotifyPKCE(
        client_id=tokens.client_id,
        redirect_uri=addresses.redirect,
        scope=SCOPE,
        cache_handler=tokens,
        requests_session=session(),
        requests_timeout=TIMEOUT,
    )
    pkce.OAUTH_AUTHORIZE_URL, pkce.OAUTH_TOKEN_URL = addresses.authorize, addresses.token
    return pkce
