"""Spotify's Web API by spotipy, for apps that may do much or little.

What anyone can register, an app in development mode, lacks every call for many ids at once, and more; an app with
extended quota has them. So batches are asked for until one is forbidden, which is remembered, and from then on ids
one by one. Answers are Spotify's own objects, in their new or old shape; every field of them may be missing.
"""

import datetime as dt
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from spotify_platform.errors import MissingAbilityError, ReconnectError, SourceUnavailableError
from spotify_platform.sources.abilities import TOKEN, Abilities
from spotify_platform.sources.calling import Caller, RefusedCallError
from spotify_platform.sources.names import SPOTIFY

if TYPE_CHECKING:
    import requests
    import spotipy

T = TypeVar("T")
Kind = Literal["tracks", "albums", "artists"]

URL = "https://api.spotify.com/v1/"
TOKEN_URL = "https://accounts.spotify.com/api/token"
PER_SECOND = 3
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
TIMEOUT = 20
BATCH: Mapping[Kind, int] = {"tracks": 50, "albums": 20, "artists": 50}
"""Most ids of one call, where an app may ask for several."""
RECENT = "recently played"
RECENT_PLAYS = 50
"""Plays that Spotify remembers, and tells in one answer."""
FEATURES = "audio features"
FEATURES_BATCH = 100
OAUTH_ERRORS = {
    *("access_denied", "invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "server_error"),
    *("temporarily_unavailable", "unauthorized_client", "unsupported_grant_type", "unsupported_response_type"),
}
"""RFC 6749."""
GONE = (403, 404, 410)
"""How a call for many ids is refused that this app may not make."""


@dataclass
class Spotify:
    """The API for one app. Methods raise as `Caller.call`, `ReconnectError` for a login that has ended, and
    `MissingAbilityError` for what this app may not do."""

    api: "spotipy.Spotify"
    caller: Caller
    abilities: Abilities

    def catalogue(self, kind: Kind, ids: Iterable[str]) -> Iterator[tuple[tuple[str, ...], dict[str, dict[str, Any]]]]:
        """Distinct ids as they were asked for, one call after another, each with the objects of those that exist."""
        waiting = iter(dict.fromkeys(ids))
        while True:
            batch = tuple(itertools.islice(waiting, self._batch_size(kind)))
            if not batch:
                return
            try:
                found = self._of_many(kind, batch) if len(batch) > 1 else self._of_one(kind, batch[0])
            except MissingAbilityError:
                if len(batch) == 1:
                    raise
                waiting = itertools.chain(batch, waiting)
            else:
                yield batch, found

    def audio_features(self, track_ids: Iterable[str]) -> Iterator[tuple[tuple[str, ...], dict[str, dict[str, Any]]]]:
        """Distinct ids as they were asked for, each call with the features of those that have some.

        Only apps that had extended quota in November 2024 may; one that may not is not tried again for a while.
        """
        if self.abilities.state(FEATURES) == "forbidden":
            raise MissingAbilityError(f"this {SPOTIFY} app may not ask for {FEATURES}")
        ids = iter(dict.fromkeys(track_ids))
        while batch := tuple(itertools.islice(ids, FEATURES_BATCH)):
            query = ",".join(batch)
            # spotipy's own method warns that it is deprecated, as it is for most apps.
            found = self._call(FEATURES, lambda: self.api._get("audio-features", ids=query), gone=GONE)  # noqa: B023
            yield batch, _in_place(batch, found, "audio_features")

    def recently_played(self, after: dt.datetime | None = None) -> dict[str, Any]:
        """The answer with the listener's last plays, those that ended after a moment (UTC) if there is one: 50 at most.

        What was played before the last 50 cannot be asked for. Needs a login.
        """
        cursor = None if after is None else (after - EPOCH) // dt.timedelta(milliseconds=1)
        document = self._call(RECENT, lambda: self.api.current_user_recently_played(limit=RECENT_PLAYS, after=cursor))
        if not isinstance(document.get("items"), list):
            raise SourceUnavailableError(f"{SPOTIFY} answers with something else than a list of plays")
        return document

    def _batch_size(self, kind: Kind) -> int:
        return 1 if self.abilities.state(_by_batch(kind)) == "forbidden" else BATCH[kind]

    def _of_many(self, kind: Kind, ids: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        ask: Callable[[list[str]], Any] = getattr(self.api, kind)
        return _in_place(ids, self._call(_by_batch(kind), lambda: ask(list(ids)), gone=GONE), kind)

    def _of_one(self, kind: Kind, id: str) -> dict[str, dict[str, Any]]:
        ask: Callable[[str], Any] = getattr(self.api, kind.removesuffix("s"))
        try:
            return {id: self._call(kind, lambda: ask(id))}
        except RefusedCallError as refusal:
            if refusal.status in (400, 404):  # no such id, or none at all
                return {}
            raise

    def ask(self, endpoint: str, ask: Callable[["spotipy.Spotify"], Any]) -> dict[str, Any]:
        """The answer of one call about one thing: a refusal says nothing of what the app may do, and is raised."""
        return self._call(endpoint, lambda: ask(self.api), gone=())

    def attempt(
        self, endpoint: str, ask: Callable[["spotipy.Spotify"], Any], gone: tuple[int, ...] = (403,)
    ) -> dict[str, Any] | None:
        """The answer of one call that is made to note whether it may be made; None where there is none."""
        try:
            return self._call(endpoint, lambda: ask(self.api), gone)
        except MissingAbilityError:
            return None
        except RefusedCallError:  # of this id, or in these words: it says nothing of the app
            self.abilities.note(endpoint, "unknown")
            return None

    def _call(self, endpoint: str, ask: Callable[[], Any], gone: tuple[int, ...] = (403,)) -> dict[str, Any]:
        """One call, and what it shows of the app's abilities."""
        try:
            document = self._with_a_new_token(lambda: self.caller.call(lambda: _explained(ask)))
        except RefusedCallError as refusal:
            if refusal.status in gone:
                self.abilities.note(endpoint, "forbidden")
                raise MissingAbilityError(f"this {SPOTIFY} app may not ask for {endpoint} ({refusal.status})") from None
            raise
        except ReconnectError:
            self.abilities.note(TOKEN, "forbidden")
            raise
        self.abilities.note(TOKEN, "works")
        self.abilities.note(endpoint, "works")
        return document

    def _with_a_new_token(self, call: Callable[[], T]) -> T:
        """The call, once more with a new token where the first one is refused before its time."""
        try:
            return call()
        except RefusedCallError as refusal:
            if refusal.status != 401:
                raise
        tokens = self.api.auth_manager.cache_handler
        tokens.save_token_to_cache({**(tokens.get_cached_token() or {}), "expires_at": 0})
        try:
            return call()
        except RefusedCallError as refusal:
            if refusal.status != 401:
                raise
            raise ReconnectError(f"{SPOTIFY} no longer accepts the login; run: spotify-platform login") from None


def _in_place(ids: tuple[str, ...], document: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The objects of an answer by the ids that were asked for: an object may have another id, where one recording
    stands for another, so the place tells."""
    entries = document.get(kind)
    if not isinstance(entries, list) or len(entries) != len(ids):
        raise SourceUnavailableError(f"{SPOTIFY} answers {len(ids)} {kind} with another number of them")
    return {id: entry for id, entry in zip(ids, entries, strict=True) if isinstance(entry, dict)}


def _by_batch(kind: Kind) -> str:
    return f"{kind} by batch"


def _explained(ask: Callable[[], Any]) -> dict[str, Any]:
    """What spotipy gives, with its errors as ours. It gives nothing for an answer that is cut short."""
    import requests
    from spotipy.exceptions import SpotifyException, SpotifyOauthError

    try:
        document = ask()
    except SpotifyException as error:
        raise _refused(error.http_status, error.headers, str(error.reason or "").encode()) from None
    except AttributeError as error:  # spotipy trips over a refusal whose JSON is not as Spotify's own
        refusal = error.__context__
        if not isinstance(refusal, requests.HTTPError) or refusal.response is None:
            raise
        response = refusal.response
        raise _refused(response.status_code, response.headers, response.content) from None
    except SpotifyOauthError as error:
        raise _explained_login(error) from None
    except requests.RequestException as error:
        raise SourceUnavailableError(f"{SPOTIFY} cannot be reached ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise SourceUnavailableError(f"an answer of {SPOTIFY} is no JSON to its end")
    return document


def _refused(status: int, headers: Mapping[str, str], body: bytes) -> RefusedCallError:
    return RefusedCallError(SPOTIFY, status, {str(name).lower(): str(value) for name, value in headers.items()}, body)


def _explained_login(error: Any) -> Exception:
    if error.error in ("invalid_grant", "invalid_client", "unauthorized_client"):
        return ReconnectError(f"{SPOTIFY} refuses the app or its login ({error.error}); run: spotify-platform login")
    return SourceUnavailableError(f"{SPOTIFY} gives no token now ({reason_of(error)})")


def reason_of(error: Any) -> str:
    """Why no token was given, in the words of OAuth alone: those of an answer may repeat a secret."""
    return error.error if error.error in OAUTH_ERRORS else "no reason that OAuth knows"


def session() -> "requests.Session":
    """A plain session, which tries nothing again by itself, so that every refusal arrives with its headers; spotipy's
    own sleeps for hours. Its library would log tokens, and every address."""
    import requests

    for name in ("spotipy.client", "spotipy.oauth2", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return requests.Session()


def with_client_credentials(
    client_id: str,
    client_secret: str,
    abilities: Abilities,
    *,
    url: str = URL,
    token_url: str = TOKEN_URL,
    caller: Caller | None = None,
) -> Spotify:
    """The API for an app by itself, without a person's login."""
    from spotipy.cache_handler import MemoryCacheHandler
    from spotipy.oauth2 import SpotifyClientCredentials

    auth = SpotifyClientCredentials(
        client_id,
        client_secret,
        requests_session=session(),
        requests_timeout=TIMEOUT,
        cache_handler=MemoryCacheHandler(),
    )
    auth.OAUTH_TOKEN_URL = token_url
    return by_auth(auth, caller or Caller(SPOTIFY, PER_SECOND), abilities, url)


def by_auth(auth: Any, caller: Caller, abilities: Abilities, url: str = URL) -> Spotify:
    """The API with tokens that `auth` gives."""
    return Spotify(api_of(auth, url), caller, abilities)


def api_of(auth: Any, url: str = URL) -> "spotipy.Spotify":
    """spotipy as it is used here."""
    import spotipy

    api = spotipy.Spotify(auth_manager=auth, requests_session=session(), requests_timeout=TIMEOUT)
    api.prefix = url
    return api
