"""What a person's keys may do: each ability tried once by the cheapest call, and remembered with its date."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import MissingAbilityError, PlatformError
from spotify_platform.sources.abilities import Ability
from spotify_platform.sources.names import LASTFM, MUSICBRAINZ, RECCOBEATS, SPOTIFY
from spotify_platform.sources.web import object_of

if TYPE_CHECKING:
    from spotify_platform.sources.clients import Clients
    from spotify_platform.sources.spotify import Spotify

SEARCH, TRACK, POPULARITY, FEATURES, GENRES = "search", "tracks", "popularity", "audio features", "artist genres"
TOP, RECENT, PLAYLISTS, ITEMS = "top items", "recently played", "own playlists", "playlist items"
EXTENDED = ("tracks by batch", "albums by batch", "artists by batch", FEATURES, POPULARITY)
"""What an app with extended quota may have, and one in development mode has not."""
COUNTRY = "Germany"


class Tier(IntEnum):
    """What the sources give, by what a person has."""

    nothing = 0
    lastfm_key = 1
    development_app = 2
    extended_app = 3


@dataclass(frozen=True)
class Ids:
    """Something to ask for: what a search found, or else Spotify's own examples."""

    track: str = "11dFghVXANMlKmJXsNCbNl"
    album: str = "4aawyAB9vmqN3uQ7FjRGTy"
    artist: str = "0TnOYISbd1XYRBk9myaseg"

    @classmethod
    def found(cls, answer: Any) -> "Ids":
        track = _first(object_of(answer).get("tracks"))
        album, artist = object_of(track.get("album")).get("id"), _first({"items": track.get("artists")}).get("id")
        return cls(track.get("id") or cls.track, album or cls.album, artist or cls.artist)


@dataclass(frozen=True)
class Unprobed:
    """A source that did not answer all that it was asked, and why."""

    source: str
    why: PlatformError


def probe(clients: "Clients") -> list[Unprobed]:
    """Try everything that there is a key for. What was found before a source stopped answering is kept."""
    probes: dict[str, Callable[[Clients], None]] = {
        SPOTIFY: probe_spotify,
        LASTFM: probe_lastfm,
        RECCOBEATS: probe_reccobeats,
        MUSICBRAINZ: probe_musicbrainz,
    }
    with closing(clients):  # whoever asks again opens other connections
        return [unprobed for source, attempt in probes.items() if (unprobed := _unprobed(source, attempt, clients))]


def _unprobed(source: str, attempt: "Callable[[Clients], None]", clients: "Clients") -> Unprobed | None:
    try:
        attempt(clients)
    except MissingAbilityError:
        return None  # no key, or one that was refused, which has been noted
    except PlatformError as error:
        return Unprobed(source, error)
    return None


def probe_spotify(clients: "Clients") -> None:
    """Eight calls for the app, five for the person who has logged in. Raises as `Caller.call`, and `ReconnectError`."""
    from spotify_platform.sources.spotify import GONE

    spotify = clients.spotify()
    ids = Ids.found(spotify.attempt(SEARCH, lambda api: api.search("a", limit=1)))
    track = spotify.attempt(TRACK, lambda api: api.track(ids.track))
    if track:
        spotify.abilities.note(POPULARITY, "forbidden" if track.get("popularity") is None else "works")
    spotify.attempt("tracks by batch", lambda api: api.tracks([ids.track]), GONE)
    spotify.attempt("albums", lambda api: api.album(ids.album))
    spotify.attempt("albums by batch", lambda api: api.albums([ids.album]), GONE)
    spotify.attempt("artists", lambda api: api.artist(ids.artist))
    spotify.attempt("artists by batch", lambda api: api.artists([ids.artist]), GONE)
    # spotipy's own method warns that it is deprecated, as it is for most apps.
    spotify.attempt(FEATURES, lambda api: api._get("audio-features", ids=ids.track), GONE)
    if clients.tokens.get_cached_token():
        _probe_listener(spotify)


def _probe_listener(spotify: "Spotify") -> None:
    spotify.attempt(TOP, lambda api: api.current_user_top_tracks(limit=1))
    spotify.attempt(RECENT, lambda api: api.current_user_recently_played(limit=1))
    playlists = object_of(spotify.attempt(PLAYLISTS, lambda api: api.current_user_playlists())).get("items")
    person = object_of(spotify.attempt("profile", lambda api: api.me())).get("id")
    entries = map(object_of, playlists if isinstance(playlists, list) else [])
    own = [entry.get("id") for entry in entries if person and object_of(entry.get("owner")).get("id") == person]
    if own and own[0]:
        spotify.attempt(ITEMS, lambda api: api.playlist_items(own[0], limit=1))
    else:
        spotify.abilities.note(ITEMS, "unknown")


def probe_lastfm(clients: "Clients") -> None:
    """One call."""
    abilities = clients.lastfm_abilities
    lastfm = clients.lastfm()
    try:
        lastfm.top_tracks(COUNTRY, 1)
    except MissingAbilityError:
        abilities.note("key", "forbidden")
        raise
    abilities.note("key", "works")


def probe_reccobeats(clients: "Clients") -> None:
    """One call."""
    next(clients.reccobeats().audio_features([Ids.track]))
    clients.reccobeats_abilities.note(FEATURES, "works")


def probe_musicbrainz(clients: "Clients") -> None:
    """One call, and one of ListenBrainz."""
    next(clients.musicbrainz().artists([Ids.artist]))
    clients.musicbrainz_abilities.note(GENRES, "works")


def remembered(clients: "Clients") -> Iterator[tuple[str, str, Ability]]:
    """Source, endpoint and what was found of it, for the keys of now; what was forbidden long ago is unknown."""
    known = {
        SPOTIFY: clients.abilities,
        LASTFM: clients.lastfm_abilities,
        RECCOBEATS: clients.reccobeats_abilities,
        MUSICBRAINZ: clients.musicbrainz_abilities,
    }
    for source, abilities in known.items():
        for endpoint, found in sorted(abilities.all().items()):
            yield source, endpoint, Ability(abilities.state(endpoint), found.found_at)


def tier_of(clients: "Clients") -> Tier:
    """By the keys that there are, and what is remembered of them."""
    if clients.app.client_id and (clients.app.client_secret or clients.tokens.get_cached_token()):
        extended = any(clients.abilities.state(endpoint) == "works" for endpoint in EXTENDED)
        return Tier.extended_app if extended else Tier.development_app
    return Tier.lastfm_key if clients.lastfm_key else Tier.nothing


def calls_left(clients: "Clients", source: str) -> int | None:
    """Calls that a source's budget of 24 hours still has, 0 while it asked to be left alone; None without a budget."""
    allowance, budget = clients.allowance_of(source), clients.calls_a_day.get(source)
    if budget is None:
        return None
    return 0 if allowance.closed_until else max(0, budget - allowance.used)


def _first(page: Any) -> dict[str, Any]:
    """The first of a page's items."""
    items = object_of(page).get("items")
    return object_of(items[0]) if isinstance(items, list) and items else {}
