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
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from spotipy.cache_handler import CacheHandler
from spotipy.oauth2 import RequestHandler, SpotifyOauthError, SpotifyPKCE, start_local_http_server

from spotify_platform.errors import ConfigurationError, PermanentError, ReconnectError
from spotify_platform.sources.abilities import TOKEN
from spotify_platform.sources.memory import moment, write_private
from spotify_platform.sources.spotify import TIMEOUT, TOKEN_URL, reason_of, session

if TYPE_CHECKING:
    from spotify_platform.sources.clients import Clients

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
DASHBOARD = "https://developer.spotify.com/dashboard"
REGISTER = f"""SPOTIFY_PLATFORM_SPOTIFY_CLIENT_ID is not set. To have an app:
  1. open {DASHBOARD} and choose "Create app"; Spotify asks its owner to have Premium
  2. enter exactly this redirect URI: {{redirect}}
     and tick "Web API"
  3. set SPOTIFY_PLATFORM_SPOTIFY_CLIENT_ID to its Client ID; a login needs no secret
A new app is in development mode: at most 5 people may use it, each named under "User Management"; it looks ids up one
by one and gives no audio features and no popularity. docs/sources.md says what works with which app."""
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
        kept = self._read()
        if not (self.authorizing or kept):
            return  # a person logged out while this token was renewed: it stays so
        since = self.now().isoformat(timespec="seconds") if self.authorizing else kept.get("authorized_at")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        kept = {"client_id": self.client_id, "authorized_at": since, "token": token_info}
        write_private(self.file, json.dumps(kept, indent=1))

    @property
    def ends_at(self) -> dt.datetime | None:
        """When a person must log in again; None where nobody has."""
        since = moment(self._read().get("authorized_at"))
        return since + LIFE if since else None

    @property
    def ends_soon(self) -> bool:
        return self.ends_at is not None and self.ends_at - self.now() < ANNOUNCED

    def forget(self) -> bool:
        """Log out here; whether anybody was logged in."""
        there = self.file.exists()
        self.file.unlink(missing_ok=True)
        return there

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


@dataclass(frozen=True)
class LoginState:
    """How a login is, and when (UTC) it ends or was found to have ended."""

    state: Literal["none", "lasts", "ends soon", "over"]
    at: dt.datetime | None = None


def state_of(clients: "Clients", now: dt.datetime) -> LoginState:
    """How the login is that is kept, by its age and by what Spotify last said of it; asks nobody."""
    tokens = clients.tokens
    if not tokens.get_cached_token():
        return LoginState("none")
    refused = clients.abilities.all().get(TOKEN)
    if refused and refused.state == "forbidden":
        return LoginState("over", refused.at)
    end = tokens.ends_at
    if end is None or end <= now:
        return LoginState("over", end)
    return LoginState("ends soon" if end - now < ANNOUNCED else "lasts", end)


def log_in_person(clients: "Clients", tell: Callable[[str], None], *, browse: bool = True) -> dt.datetime:
    """Log a person in to the app of the settings; until when (UTC). Raises as `log_in`, and `ConfigurationError`, which
    says how to have an app, where there is none."""
    if not clients.app.client_id:
        raise ConfigurationError(REGISTER.format(redirect=clients.app.redirect))
    tokens = TokenFile(clients.tokens.file, clients.app.client_id, authorizing=True)
    log_in(tokens, clients.addresses, tell, browse=browse)
    clients.abilities.note(TOKEN, "works")
    assert tokens.ends_at
    return tokens.ends_at


def login_of(tokens: TokenFile, addresses: Addresses = Addresses()) -> Login:
    """The login that is kept."""
    return Login(_pkce(tokens, addresses), tokens)


def log_in(
    tokens: TokenFile,
    addresses: Addresses = Addresses(),
    tell: Callable[[str], None] = lambda address: None,
    *,
    browse: bool = True,
) -> None:
    """Open a browser at Spotify, and keep the token that comes back. An earlier login stays until then.

    `tell` is given the address, for those whose browser does not open; with `browse` False none is opened. Raises `PermanentError` where the person or
    Spotify said no, or nobody came back in `PATIENCE` seconds.
    """
    pkce = _pkce(tokens, addresses)
    state = secrets.token_urlsafe(16)
    pkce.get_pkce_handshake_parameters()
    try:
        code = _code(addresses.redirect, state, pkce.get_authorize_url(state), tell, browse)
        pkce.get_access_token(code=code, check_cache=False)
    except SpotifyOauthError as error:
        raise PermanentError(
            f"Spotify did not log in ({reason_of(error)}). The app must name the redirect {addresses.redirect} "
            f"exactly: {DASHBOARD}"
        ) from None


class Answer(RequestHandler):  # type: ignore[misc]
    """Takes the person back. Browsers also open connections on which they say nothing: those hold up nobody for long."""

    timeout = 1


def _code(redirect: str, state: str, address: str, tell: Callable[[str], None], browse: bool) -> str:
    """What Spotify sends back with the person."""
    deadline = time.monotonic() + PATIENCE
    port = urlsplit(redirect).port
    try:
        listening = start_local_http_server(port, Answer)
    except OSError as error:
        raise PermanentError(
            f"nobody can come back to {redirect} ({error.strerror}): end what listens at port {port}, or name another "
            "one in SPOTIFY_PLATFORM_SPOTIFY_REDIRECT and in the app"
        ) from None
    with listening as server:
        server.state = None
        server.timeout = 1
        tell(address)
        if browse:
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
