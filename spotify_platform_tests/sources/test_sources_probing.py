"""What keys may do is tried once, cheaply, under the allowance, and remembered."""

import datetime as dt
from dataclasses import replace

import dagster as dg
import pytest

from spotify_platform.metadata import source_metadata
from spotify_platform.resources import clients_of
from spotify_platform.sources.abilities import ASK_AGAIN, RENEWED
from spotify_platform.sources.clients import Clients
from spotify_platform.sources.names import SPOTIFY
from spotify_platform.sources.probing import EXTENDED, Ids, Tier, calls_left, probe, remembered, tier_of
from spotify_platform_tests.sources.apis import FORBIDDEN, PLAYLIST, Apis, give_login
from spotify_platform_tests.sources.scripted import Reply

SINGLES = {"search", "tracks", "albums", "artists"}
PERSON = {"top items", "recently played", "own playlists", "playlist items", "profile"}


def known(clients: Clients, source: str = "Spotify") -> dict[str, str]:
    return {endpoint: found.state for of, endpoint, found in remembered(clients) if of == source}


def test_an_app_in_development_mode_is_found_to_lack_batches_features_and_popularity(apis: Apis) -> None:
    clients = clients_of(apis.environment("id", "secret"))
    assert tier_of(clients) is Tier.development_app
    assert probe(clients) == []
    assert known(clients) == {**dict.fromkeys({"token", *SINGLES}, "works"), **dict.fromkeys(EXTENDED, "forbidden")}
    assert tier_of(clients) is Tier.development_app


def test_an_app_with_extended_quota_is_found_to_have_them(apis: Apis) -> None:
    apis.extended = True
    clients = clients_of(apis.environment("id", "secret"))
    assert probe(clients) == []
    assert set(known(clients).values()) == {"works"}
    assert set(known(clients)) == {"token", *SINGLES, *EXTENDED}
    assert tier_of(clients) is Tier.extended_app


def test_a_probe_costs_a_dozen_calls_and_asks_for_what_a_search_found(apis: Apis) -> None:
    environment = apis.environment("id")
    give_login(environment)
    clients = clients_of(environment)
    assert probe(clients) == []
    asked = [path for path in apis.paths if path.startswith("/v1/")]
    assert (len(asked), len(set(asked)), clients.allowance_of(SPOTIFY).used) == (13, 13, 13)
    assert not [path for path in asked if Ids.track in path]
    assert known(clients).keys() >= PERSON
    assert {known(clients)[endpoint] for endpoint in PERSON} == {"works"}


def test_a_playlist_of_somebody_else_is_not_tried(apis: Apis) -> None:
    apis.owner = "somebody else"
    environment = apis.environment("id")
    give_login(environment)
    probe(clients_of(environment))
    assert known(clients_of(environment))["playlist items"] == "unknown"
    assert f"/v1/playlists/{PLAYLIST}/items" not in apis.paths


def test_what_does_not_exist_says_nothing_of_the_app(apis: Apis) -> None:
    apis.replies = {"/v1/search": FORBIDDEN}  # the examples that are asked for instead are unknown here
    clients = clients_of(apis.environment("id", "secret"))
    probe(clients)
    found = known(clients)
    assert (found["search"], found["tracks"], found["tracks by batch"]) == ("forbidden", "unknown", "forbidden")
    assert "popularity" not in found


def test_what_was_found_before_a_quota_ended_is_kept_and_no_call_is_made_after_it(apis: Apis) -> None:
    apis.replies = {"/v1/tracks": Reply({"reason": "QUOTA_EXCEEDED"}, status=429, headers={"Retry-After": "48925"})}
    clients = clients_of(apis.environment("id", "secret", "lastfm"))
    [unprobed] = probe(clients)
    assert (unprobed.source, "gives no more before" in str(unprobed.why)) == ("Spotify", True)
    assert known(clients).keys() == {"token", "search", "tracks", "popularity"}
    assert known(clients, "Last.fm") == {"key": "works"}, "the others are asked all the same"
    assert calls_left(clients, SPOTIFY) == 0
    before = len(apis.paths)
    probe(clients)
    assert not [path for path in apis.paths[before:] if path.startswith("/v1/")]


def test_a_probe_keeps_to_the_budget(apis: Apis) -> None:
    clients = clients_of(apis.environment("id", "secret", spotify_calls_a_day=3))
    assert calls_left(clients, SPOTIFY) == 3
    [unprobed] = probe(clients)
    assert unprobed.source == "Spotify"
    assert len([path for path in apis.paths if path.startswith("/v1/")]) == 3
    assert calls_left(clients, SPOTIFY) == 0


@pytest.mark.parametrize(
    ("reply", "state"), [(Reply({"error": 10}, status=403), "forbidden"), (Reply({"tracks": {}}), "works")]
)
def test_a_key_for_last_fm_is_tried_and_another_key_is_unknown(apis: Apis, reply: Reply, state: str) -> None:
    apis.replies = {"/lastfm": reply}
    clients = clients_of(apis.environment("lastfm"))
    assert tier_of(clients) is Tier.lastfm_key
    assert probe(clients) == []
    assert known(clients, "Last.fm") == {"key": state}
    assert known(clients_of(apis.environment(lastfm_key="another")), "Last.fm") == {}


def test_a_source_that_does_not_answer_is_told_and_nothing_is_noted_of_it(
    apis: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotify_platform.sources.calling.ATTEMPTS", 1)
    apis.replies = dict.fromkeys(("/reccobeats/v1/audio-features", "/musicbrainz/ws/2/url"), Reply(status=503))
    clients = clients_of(apis.environment())
    assert tier_of(clients) is Tier.nothing
    assert [unprobed.source for unprobed in probe(clients)] == ["ReccoBeats", "MusicBrainz"]
    assert known(clients, "ReccoBeats") == known(clients, "MusicBrainz") == {}
    apis.replies = {}
    assert probe(clients) == []
    assert known(clients, "ReccoBeats") == {"audio features": "works"}
    assert known(clients, "MusicBrainz") == {"artist genres": "works"}


def test_what_works_is_noted_anew_once_a_day_and_what_was_forbidden_long_ago_is_unknown(apis: Apis) -> None:
    clients = clients_of(apis.environment("id", "secret"))
    abilities = clients.abilities
    probe(clients)
    first = abilities.all()["tracks"].found_at
    hours = replace(abilities, now=lambda: dt.datetime.now(dt.UTC) + RENEWED / 2)
    hours.note("tracks", "works")
    assert abilities.all()["tracks"].found_at == first
    days = replace(abilities, now=lambda: dt.datetime.now(dt.UTC) + ASK_AGAIN * 2)
    days.note("tracks", "works")
    assert abilities.all()["tracks"].found_at > first
    assert (days.state("tracks"), days.state("tracks by batch")) == ("works", "unknown")


@pytest.mark.parametrize("kept", [3, {"tracks": 3}, {"tracks": {}}, {"tracks": {"state": "works", "found_at": "soon"}}])
def test_what_is_damaged_is_forgotten(apis: Apis, kept: object) -> None:
    clients = clients_of(apis.environment("id", "secret"))
    clients.abilities.memory.change(lambda remembered: remembered.update({"abilities": kept}))
    assert (clients.abilities.state("tracks"), list(remembered(clients))) == ("unknown", [])


def test_assets_show_what_keys_may_do_as_a_table(apis: Apis) -> None:
    clients = clients_of(apis.environment("id", "secret", "lastfm"))
    assert source_metadata(clients, SPOTIFY, Tier.development_app)["abilities"].records == []
    assert apis.paths == []
    probe(clients)
    for source in ("Last.fm", "ReccoBeats", "MusicBrainz"):
        assert source_metadata(clients, source, Tier.nothing)["abilities"].records
    shown = source_metadata(clients, SPOTIFY, Tier.development_app)
    rows = [record.data for record in shown["abilities"].records]
    [batch] = [row for row in rows if row["endpoint"] == "tracks by batch"]
    assert (batch["state"], batch["found_at"][:4].isdigit()) == ("forbidden", True)
    assert (shown["tier"], shown["calls_left"]) == (2, 900 - 8)
    dg.MaterializeResult(metadata=shown)
    clients.allowance_of(SPOTIFY).close(dt.datetime.now(dt.UTC) + dt.timedelta(hours=5))
    closed = source_metadata(clients, SPOTIFY, Tier.development_app)
    assert (closed["calls_left"], "closed_until" in closed) == (0, True)
