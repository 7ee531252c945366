"""Spotify's accounts: logins that come back at once, and tokens that end.

An app gets a token by its secret, a person by PKCE or by a code and the app's secret, and a new one by a refresh
token, which PKCE gives anew each time. https://developer.spotify.com/documentation/web-api/concepts/authorization
"""

import base64
import datetime as dt
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from spotify_platform.sample.server.answering import Answer, Ask, Endpoint, RefusalError, Source

CLIENT_ID = "sampleworldapp"
CLIENT_SECRET = "made-up-secret-of-the-sample-world"
LIFE = 3600
"""Seconds that a token is good for."""


@dataclass(frozen=True)
class Token:
    """Who may ask with it: the listener, for what `scope` says, or the app alone."""

    ends_at: dt.datetime
    is_listener: bool
    scope: str


@dataclass
class Accounts:
    """All tokens. `consents` is whether the listener says yes."""

    now: Callable[[], dt.datetime]
    consents: bool = True
    tokens: dict[str, Token] = field(default_factory=dict)
    refreshing: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def expire(self) -> None:
        """Every token ends now; logins stay."""
        self.tokens.clear()

    def revoke(self) -> None:
        """Every login ends, as it does after six months, and with it every token."""
        self.expire()
        self.refreshing.clear()

    def login(self, scope: str) -> dict[str, Any]:
        """A login of the listener, as a client keeps it: `expires_at` is in seconds since 1970."""
        return {**self._token(scope, is_listener=True), "expires_at": int(self.now().timestamp()) + LIFE}

    def allowed(self, ask: Ask, scope: str | None = None) -> Token:
        """The token of a call, which must be the listener's and cover a `scope`, if there is one."""
        scheme, _, sent = ask.headers.get("authorization", "").partition(" ")
        token = self.tokens.get(sent)
        if scheme != "Bearer" or not sent:
            raise RefusalError(401, "No token provided")
        if token is None or token.ends_at <= self.now():
            raise RefusalError(401, "The access token expired")
        if scope is not None and not token.is_listener:
            raise RefusalError(401, "Valid user authentication required")
        if scope is not None and not set(scope.split()) <= set(token.scope.split()):
            raise RefusalError(403, "Insufficient client scope")
        return token

    @property
    def source(self) -> Source:
        return Source(
            [
                Endpoint("accounts authorize", "/authorize", self.authorize),
                Endpoint("accounts token", "/api/token", self.token, method="POST"),
            ],
            refusal=lambda refusal: {"error": refusal.code or "server_error", "error_description": refusal.message},
        )

    def authorize(self, ask: Ask) -> Answer:
        """A person is asked and answers: the browser is sent back with a code, or with the reason why not."""
        query = ask.query
        redirect = urlsplit(query.get("redirect_uri", ""))
        if query.get("client_id") != CLIENT_ID:
            raise RefusalError(400, "INVALID_CLIENT: Invalid client", "invalid_client")
        if redirect.scheme != "https" and redirect.hostname not in ("127.0.0.1", "::1"):
            raise RefusalError(400, "INVALID_CLIENT: Insecure redirect URI", "invalid_client")
        if query.get("response_type") != "code":
            raise RefusalError(400, "response_type must be code", "unsupported_response_type")
        code = secrets.token_urlsafe(24)
        said = {"code": code} if self.consents else {"error": "access_denied"}
        if self.consents:
            self.codes[code] = dict(query)
        told = urlencode({**said, **({"state": query["state"]} if "state" in query else {})})
        return Answer(status=302, headers={"Location": f"{query['redirect_uri']}?{told}"})

    def token(self, ask: Ask) -> Answer:
        grant = ask.body.get("grant_type")
        if grant == "client_credentials":
            self._need_secret(ask)
            return Answer(self._token("", is_listener=False))
        if grant == "authorization_code":
            return Answer(self._of_code(ask))
        if grant == "refresh_token":
            scope = self.refreshing.pop(ask.body.get("refresh_token", ""), None)
            if scope is None:
                raise RefusalError(400, "Refresh token revoked", "invalid_grant")
            return Answer(self._token(scope, is_listener=True))
        raise RefusalError(400, "grant_type is unknown", "unsupported_grant_type")

    def _of_code(self, ask: Ask) -> dict[str, Any]:
        asked = self.codes.pop(ask.body.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != ask.body.get("redirect_uri"):
            raise RefusalError(400, "Invalid authorization code", "invalid_grant")
        challenge = asked.get("code_challenge")
        if challenge is None:
            self._need_secret(ask)
        elif challenge != _challenge(ask.body.get("code_verifier", "")):
            raise RefusalError(400, "code_verifier was incorrect", "invalid_grant")
        return self._token(asked.get("scope", ""), is_listener=True)

    def _need_secret(self, ask: Ask) -> None:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        in_body = (ask.body.get("client_id"), ask.body.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if ask.headers.get("authorization") != f"Basic {expected}" and not in_body:
            raise RefusalError(400, "Invalid client", "invalid_client")

    def _token(self, scope: str, *, is_listener: bool) -> dict[str, Any]:
        made = secrets.token_urlsafe(32)
        self.tokens[made] = Token(self.now() + dt.timedelta(seconds=LIFE), is_listener, scope)
        found: dict[str, Any] = {"access_token": made, "token_type": "Bearer", "expires_in": LIFE}
        if not is_listener:
            return found
        refresh = secrets.token_urlsafe(32)
        self.refreshing[refresh] = scope
        return {**found, "scope": scope, "refresh_token": refresh}


def _challenge(verifier: str) -> str:
    """What PKCE sends ahead of the verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
