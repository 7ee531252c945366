"""The clients of a world, made when they are asked for: what a key is missing for is a missing ability, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from spotify_platform.errors import MissingAbilityError
from spotify_platform.sources.abilities import Abilities
from spotify_platform.sources.allowance import Allowance
from spotify_platform.sources.calling import Caller
from spotify_platform.sources.memory import Memory
from spotify_platform.sources.names import LASTFM, LISTENBRAINZ, MUSICBRAINZ, RECCOBEATS, SPOTIFY

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

    from spotify_platform.sources.lastfm import LastFm
    from spotify_platform.sources.login import Addresses, TokenFile
    from spotify_platform.sources.musicbrainz import MusicBrainz
    from spotify_platform.sources.reccobeats import ReccoBeats
    from spotify_platform.sources.spotify import Spotify


@dataclass(frozen=True)
class SpotifyApp:
    """An app at Spotify, and where it is reached. `client_id` None is no app."""

    client_id: str | None
    client_secret: "SecretStr | None"
    redirect: str
    url: str
    accounts_url: str


@dataclass(frozen=True)
class Clients:
    """All sources that answer calls. `keys` is the folder of what is remembered; `calls_a_day` are the budgets of 24
    hours, by source; `contact` is told with calls; `pace` in calls a second is for a server of our own, which needs no
    mercy."""

    keys: Path
    app: SpotifyApp
    lastfm_key: "SecretStr | None"
    lastfm_url: str
    reccobeats_url: str
    musicbrainz_url: str
    listenbrainz_url: str
    calls_a_day: Mapping[str, int]
    contact: str | None = None
    pace: float | None = None

    def spotify(self) -> "Spotify":
        """The API for the app: with the login that is kept, else by its secret.

        Raises `MissingAbilityError` where there is no app, or neither login nor secret.
        """
        from spotify_platform.sources.spotify import by_auth, with_client_credentials

        app = self.app
        if not app.client_id:
            raise MissingAbilityError(
                "there is no Spotify app; set SPOTIFY_PLATFORM_SPOTIFY_CLIENT_ID to one of "
                "https://developer.spotify.com/dashboard"
            )
        if self.tokens.get_cached_token():
            from spotify_platform.sources.login import login_of

            return by_auth(login_of(self.tokens, self.addresses), self.spotify_caller, self.abilities, app.url)
        if app.client_secret is None:
            raise MissingAbilityError(
                "the Spotify app has neither a login nor a secret; run: spotify-platform login, or set "
                "SPOTIFY_PLATFORM_SPOTIFY_CLIENT_SECRET"
            )
        secret = app.client_secret.get_secret_value()
        return with_client_credentials(
            app.client_id,
            secret,
            self.abilities,
            url=app.url,
            token_url=self.addresses.token,
            caller=self.spotify_caller,
        )

    def listener(self) -> "Spotify":
        """The API for the person who has logged in. Raises `MissingAbilityError` where nobody has."""
        from spotify_platform.sources.login import NOBODY

        if not self.app.client_id or not self.tokens.get_cached_token():
            raise MissingAbilityError(NOBODY)
        return self.spotify()

    def lastfm(self) -> "LastFm":
        """Raises `MissingAbilityError` where there is no key."""
        from spotify_platform.sources.lastfm import PER_SECOND, LastFm

        if self.lastfm_key is None:
            raise MissingAbilityError(
                "there is no key for Last.fm; set SPOTIFY_PLATFORM_LASTFM_KEY to one of "
                "https://www.last.fm/api/accounts, which is free"
            )
        return LastFm(self.lastfm_key, self.lastfm_url, self._caller(LASTFM, PER_SECOND), self._session)

    def reccobeats(self) -> "ReccoBeats":
        from spotify_platform.sources.reccobeats import PER_SECOND, ReccoBeats

        return ReccoBeats(self.reccobeats_url, self._caller(RECCOBEATS, PER_SECOND), self._session)

    def musicbrainz(self) -> "MusicBrainz":
        from spotify_platform.sources import musicbrainz

        return musicbrainz.MusicBrainz(
            self.musicbrainz_url,
            self.listenbrainz_url,
            self._caller(MUSICBRAINZ, musicbrainz.PER_SECOND),
            self._caller(LISTENBRAINZ, musicbrainz.LISTENBRAINZ_PER_SECOND),
            self._session,
        )

    def close(self) -> None:
        """Close the connections that were kept; whoever asks again opens others."""
        session = self.__dict__.pop("_session", None)
        if session:
            session.close()

    @cached_property
    def _session(self) -> "httpx.Client":
        from spotify_platform.sources.web import session

        return session(self.contact)

    @property
    def abilities(self) -> Abilities:
        """What the app was found able to do."""
        return Abilities(self._memory(SPOTIFY, self.app.client_id or ""))

    @property
    def lastfm_abilities(self) -> Abilities:
        """Whether the key works. Another key is remembered apart, by a piece of its hash."""
        key = self.lastfm_key.get_secret_value() if self.lastfm_key else ""
        return Abilities(self._memory(LASTFM, sha256(key.encode()).hexdigest()[:8]))

    @property
    def reccobeats_abilities(self) -> Abilities:
        return Abilities(self._memory(RECCOBEATS, "key"))

    @property
    def musicbrainz_abilities(self) -> Abilities:
        return Abilities(self._memory(MUSICBRAINZ, "key"))

    def allowance_of(self, source: str) -> Allowance:
        """How many calls a source still takes: Spotify from the app, others from this world. One without a budget is
        only stayed away from while it is closed."""
        key = (self.app.client_id or "") if source == SPOTIFY else "key"
        return Allowance(self._memory(source, key), self.calls_a_day.get(source))

    @property
    def spotify_caller(self) -> Caller:
        from spotify_platform.sources.spotify import PER_SECOND

        return self._caller(SPOTIFY, PER_SECOND)

    @property
    def tokens(self) -> "TokenFile":
        """The login, which only its owner may read."""
        from spotify_platform.sources.login import TokenFile

        return TokenFile(self.keys / "spotify-login.json", self.app.client_id or "")

    @property
    def addresses(self) -> "Addresses":
        from spotify_platform.sources.login import Addresses

        accounts = self.app.accounts_url
        return Addresses(f"{accounts}authorize", f"{accounts}api/token", self.app.redirect)

    def _caller(self, name: str, per_second: float) -> Caller:
        return Caller(name, self.pace or per_second, allowance=self.allowance_of(name))

    def _memory(self, source: str, key: str) -> Memory:
        return Memory(self.keys / "memory.json", source, key)
