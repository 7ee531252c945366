"""Clients as the settings make them: what is missing for a key is one missing ability, and addresses are the settings'."""

from contextlib import closing
from dataclasses import replace

import pytest

from spotify_platform.errors import DeferredError, MissingAbilityError
from spotify_platform.resources import clients_of
from spotify_platform_tests.sources.apis import ARTIST, CANARY, TRACK, Apis, give_login


def one_track(spotify: object) -> list[str]:
    [(_, found)] = spotify.catalogue("tracks", [TRACK])  # type: ignore[attr-defined]
    return list(found)


@pytest.mark.parametrize(
    ("keys", "helps"),
    [((), "SPOTIFY_PLATFORM_SPOTIFY_CLIENT_ID"), (("secret",), "CLIENT_ID"), (("id",), "spotify-platform login")],
)
def test_without_an_app_or_anything_to_use_it_with_spotify_is_a_missing_ability(
    apis: Apis, keys: tuple[str, ...], helps: str
) -> None:
    clients = clients_of(apis.environment(*keys))
    with pytest.raises(MissingAbilityError, match=helps):
        clients.spotify()
    with pytest.raises(MissingAbilityError, match="spotify-platform login"):
        clients.listener()
    assert apis.paths == []
    assert not apis.home.exists()


def test_without_a_key_last_fm_is_a_missing_ability_and_reccobeats_and_musicbrainz_are_not(apis: Apis) -> None:
    clients = clients_of(apis.environment())
    with pytest.raises(MissingAbilityError, match="SPOTIFY_PLATFORM_LASTFM_KEY"):
        clients.lastfm()
    with closing(clients):
        assert [found for _, found in clients.reccobeats().audio_features([TRACK])] == [{}]
        assert [list(found) for _, found in clients.musicbrainz().artists([ARTIST])] == [[ARTIST]]
    tags = "/listenbrainz/1/metadata/artist"
    assert apis.paths == ["/reccobeats/v1/audio-features", "/musicbrainz/ws/2/url", tags]


def test_with_a_secret_the_app_works_by_itself_at_the_addresses_of_the_settings(apis: Apis) -> None:
    clients = clients_of(apis.environment("id", "secret"))
    assert one_track(clients.spotify()) == [TRACK]
    assert apis.paths == ["/api/token", f"/v1/tracks/{TRACK}"]
    assert apis.served.asked[0]["grant_type"] == "client_credentials"
    with pytest.raises(MissingAbilityError, match="spotify-platform login"):
        clients.listener()


def test_a_login_is_used_before_a_secret_and_renewed_where_the_settings_say(apis: Apis) -> None:
    environment = apis.environment("id", "secret")
    tokens = give_login(environment)
    clients = clients_of(environment)
    assert one_track(clients.listener()) == [TRACK]
    assert apis.paths == [f"/v1/tracks/{TRACK}"]
    tokens.save_token_to_cache({**(tokens.get_cached_token() or {}), "expires_at": 0})
    assert one_track(clients.spotify()) == [TRACK]
    assert apis.paths[1:] == ["/api/token", f"/v1/tracks/{TRACK}"]
    assert apis.served.asked[1]["grant_type"] == "refresh_token"


def test_a_login_of_another_app_is_none(apis: Apis) -> None:
    give_login(apis.environment("id"))
    with pytest.raises(MissingAbilityError):
        clients_of(apis.environment(spotify_client_id="app2")).listener()


def test_all_clients_of_an_app_draw_on_one_allowance(apis: Apis) -> None:
    environment = apis.environment("id", "secret", spotify_calls_a_day=2)
    assert one_track(clients_of(environment).spotify()) == [TRACK]
    give_login(environment)
    assert one_track(clients_of(environment).listener()) == [TRACK]
    with pytest.raises(DeferredError):
        one_track(clients_of(environment).spotify())
    assert clients_of(environment).allowance_of("Spotify").used == 2
    other = clients_of(apis.environment("secret", spotify_client_id="app2", spotify_calls_a_day=2))
    assert one_track(other.spotify()) == [TRACK]


@pytest.mark.parametrize("source", ["lastfm", "reccobeats", "musicbrainz"])
def test_each_source_has_a_budget_of_its_own_that_all_clients_draw_on(apis: Apis, source: str) -> None:
    environment = apis.environment("id", "secret", "lastfm", **{f"{source}_calls_a_day": 2})
    ask = {
        "lastfm": lambda clients: clients.lastfm().top_tracks("Spain", 1),
        "reccobeats": lambda clients: list(clients.reccobeats().audio_features([TRACK])),
        "musicbrainz": lambda clients: list(clients.musicbrainz().artists([ARTIST])),
    }
    for _ in range(2):
        with closing(clients_of(environment)) as clients:
            ask[source](clients)
    before = len(apis.paths)
    with closing(clients_of(environment)) as clients:
        with pytest.raises(DeferredError):
            ask[source](clients)
        assert len(apis.paths) == before
        for other in ask.keys() - {source}:
            ask[other](clients)
        assert one_track(clients.spotify()) == [TRACK]


def test_logins_go_where_the_settings_say(apis: Apis) -> None:
    environment = apis.environment("id", spotify_redirect="http://127.0.0.1:9999/back")
    addresses = clients_of(environment).addresses
    assert addresses.redirect == "http://127.0.0.1:9999/back"
    assert (addresses.authorize, addresses.token) == (f"{apis.served.url}/authorize", f"{apis.served.url}/api/token")


def test_a_pace_of_our_own_replaces_that_of_each_source(apis: Apis) -> None:
    clients = replace(clients_of(apis.environment("id", "secret", "lastfm")), pace=7.0)
    assert clients.spotify_caller.per_second == 7
    musicbrainz = clients.musicbrainz()
    for caller in (clients.lastfm().caller, clients.reccobeats().caller, musicbrainz.caller):
        assert caller.per_second == 7
    assert musicbrainz.listenbrainz_caller.per_second == 7
    clients.close()


def test_clients_show_no_secret(apis: Apis) -> None:
    environment = apis.environment("id", "secret", "lastfm")
    clients = clients_of(environment)
    lastfm = clients.lastfm()
    lastfm.client.close()
    assert CANARY not in f"{clients!r}{clients.spotify()!r}{lastfm!r}"
