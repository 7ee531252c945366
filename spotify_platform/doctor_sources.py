"""What a person has for the sources that answer calls, and what it gives: as it is remembered, without a call."""

import datetime as dt
from typing import TYPE_CHECKING

from spotify_platform.doctor import Finding, State
from spotify_platform.environment import Environment
from spotify_platform.errors import DeferredError
from spotify_platform.sources import probing
from spotify_platform.sources.abilities import TOKEN, Abilities
from spotify_platform.sources.names import LASTFM, MUSICBRAINZ, RECCOBEATS, SPOTIFY
from spotify_platform.sources.probing import FEATURES, GENRES, Tier, Unprobed, calls_left, remembered, tier_of

if TYPE_CHECKING:
    from spotify_platform.sources.clients import Clients

PROBE = "find out: spotify-platform doctor --probe"
LOCKED_OUT = "the app's owner needs Premium, and who logs in must be named under its User Management"
WAITS = "look-ups are deferred and go on by themselves; what they have is kept"
GIVES = {
    Tier.nothing: "files, Kaggle, features of ReccoBeats, genres of MusicBrainz; a free Last.fm key adds top tracks, tags",
    Tier.lastfm_key: "top tracks of countries and tags too; a Spotify app adds a catalogue and your own listening",
    Tier.development_app: "look-ups one by one within a budget too; with a login your playlists, top items and recent plays",
    Tier.extended_app: "batches, popularity or audio features of Spotify too, as far as they work: see below",
}
NAMES = {
    Tier.nothing: "no key",
    Tier.lastfm_key: "a Last.fm key",
    Tier.development_app: "a Spotify app, as in development mode",
    Tier.extended_app: "a Spotify app with more than development mode",
}


def source_findings(environment: Environment, *, probe: bool = False) -> list[Finding]:
    """A finding for each thing to have; with `probe` also for each source that did not answer."""
    from spotify_platform.resources import clients_of

    clients = clients_of(environment)
    unprobed = probing.probe(clients) if probe else []
    log_in = f"run: spotify-platform login --world {environment.active_world}"
    found = [_tier(clients), _app(clients, log_in)]
    if clients.app.client_id:
        found += [_login(clients, log_in), _calls(clients, SPOTIFY), _abilities(clients)]
    found.append(_lastfm(clients))
    if clients.lastfm_key:
        found.append(_calls(clients, LASTFM))
    features = "audio features of tracks by their Spotify ids"
    genres = "genres of artists by their Spotify ids"
    found += [_keyless(RECCOBEATS, clients.reccobeats_abilities, FEATURES, features), _calls(clients, RECCOBEATS)]
    found += [_keyless(MUSICBRAINZ, clients.musicbrainz_abilities, GENRES, genres), _calls(clients, MUSICBRAINZ)]
    return [*found, *map(_unprobed, unprobed)]


def _tier(clients: "Clients") -> Finding:
    tier = tier_of(clients)
    return Finding("sources", "ok", f"tier {tier.value}: {NAMES[tier]}", GIVES[tier])


def _app(clients: "Clients", log_in: str) -> Finding:
    app, what = clients.app, "Spotify app"
    if not app.client_id:
        found = "a secret without an id" if app.client_secret else "none"
        return Finding(what, "missing", found, "nothing of Spotify's API; docs/sources.md says how to have an app")
    if clients.tokens.get_cached_token():
        return Finding(what, "ok", "an id, used with a login", "all that the app may do")
    if not app.client_secret:
        return Finding(what, "missing", "an id, and neither login nor secret", f"it does nothing yet; {log_in}")
    token = clients.abilities.all().get(TOKEN)
    if token and token.state == "forbidden":
        return Finding(what, "wrong", f"refused on {token.at:%Y-%m-%d}", "look up id and secret in the app's settings")
    return Finding(what, "ok", "an id with its secret", "the catalogue; what is a person's own needs a login")


def _login(clients: "Clients", log_in: str) -> Finding:
    from spotify_platform.sources.login import state_of

    what, login = "Spotify login", state_of(clients, dt.datetime.now(dt.UTC))
    on = f"{login.at:%Y-%m-%d}" if login.at else "a day unknown"
    if login.state == "none":
        return Finding(what, "missing", "none", f"no own playlists, top items and recent plays; {log_in}")
    if login.state == "over":
        return Finding(what, "wrong", f"over since {on}", f"reconnect; {log_in}")
    if login.state == "ends soon":
        return Finding(what, "ok", f"ends soon, on {on}", f"renew it before then; {log_in}")
    return Finding(what, "ok", f"until {on}", "own playlists, top items and recent plays")


def _calls(clients: "Clients", source: str) -> Finding:
    what, allowance = f"{source} calls", clients.allowance_of(source)
    found = f"{allowance.used:,} of {clients.calls_a_day[source]:,} in 24 hours"
    if until := allowance.closed_until:
        return Finding(what, "missing", f"{found}; closed until {until:%Y-%m-%d %H:%M} UTC", WAITS)
    if not calls_left(clients, source):
        return Finding(what, "missing", found, WAITS)
    return Finding(what, "ok", found, "then look-ups wait for the next day, with what they have")


def _abilities(clients: "Clients") -> Finding:
    known: dict[str, list[str]] = {}
    for source, endpoint, ability in remembered(clients):
        if source == SPOTIFY and endpoint != TOKEN:
            known.setdefault(ability.state, []).append(f"{endpoint} {ability.at:%Y-%m-%d}")
    if not known:
        return Finding("Spotify abilities", "missing", "none is known yet", PROBE)
    if "works" not in known and "forbidden" in known:
        found = f"all is forbidden: {', '.join(known['forbidden'])}"
        return Finding("Spotify abilities", "wrong", found, LOCKED_OUT)
    found = "; ".join(f"{state}: {', '.join(known[state])}" for state in sorted(known, reverse=True))
    return Finding("Spotify abilities", "ok", found, "what is forbidden makes one asset unavailable, and no more")


def _lastfm(clients: "Clients") -> Finding:
    if clients.lastfm_key is None:
        return Finding(LASTFM, "missing", "no key", "no top tracks of countries, no tags; docs/sources.md says how")
    known = clients.lastfm_abilities.all().get("key")
    if known is None:
        return Finding(LASTFM, "ok", "a key, not tried yet", PROBE)
    if known.state == "forbidden":
        return Finding(
            LASTFM, "wrong", f"the key was refused on {known.at:%Y-%m-%d}", "set SPOTIFY_PLATFORM_LASTFM_KEY anew"
        )
    return Finding(LASTFM, "ok", f"a key, which worked on {known.at:%Y-%m-%d}", "top tracks of countries, and tags")


def _keyless(source: str, abilities: Abilities, endpoint: str, gives: str) -> Finding:
    known = abilities.all().get(endpoint)
    found = f"needs no key, worked on {known.at:%Y-%m-%d}" if known else "needs no key, not tried yet"
    return Finding(source, "ok", found, gives)


def _unprobed(unprobed: Unprobed) -> Finding:
    """A source that asks for patience is well; one that does not answer, or refuses a login, is not."""
    state: State = "missing" if isinstance(unprobed.why, DeferredError) else "wrong"
    return Finding(f"probe of {unprobed.source}", state, str(unprobed.why), "what is not said above is not known now")
