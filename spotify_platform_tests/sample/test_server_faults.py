"""What goes wrong on request, and how the platform's clients take it: by their counted calls."""

import datetime as dt
import time
from email.utils import format_datetime

import httpx
import pytest

from spotify_platform.errors import DeferredError, MissingAbilityError, ReconnectError, SourceUnavailableError
from spotify_platform.sample.server.faults import Fault, lastfm_error, quota_exceeded, rate_limited
from spotify_platform.sample.server.serving import SampleServer
from spotify_platform.sources import calling
from spotify_platform.sources.clients import Clients
from spotify_platform_tests.sample.conftest import http


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first wait before another attempt is short, as is what a server asks for."""
    monkeypatch.setattr(calling, "FIRST_WAIT", 0.001)


@pytest.fixture
def ids(server: SampleServer) -> list[str]:
    return [row["track_id"] for row in server.spotify.store.rows("select track_id from served.track limit 120")]


def found(clients: Clients, ids: list[str]) -> set[str]:
    return {id for _, known in clients.spotify().catalogue("tracks", ids) for id in known}


PASSING = {
    "500": Fault("spotify tracks", 500),
    "502": Fault("spotify tracks", 502),
    "a web page": Fault("spotify tracks", 503, body="<html>down</html>"),
    "cut short": Fault("spotify tracks", cut=True),
    "no JSON": Fault("spotify tracks", 200, body='{"tracks": ['),
    "rate limit": rate_limited("spotify tracks", "0.01"),
    "rate limit without a word": rate_limited("spotify tracks", None),
    "rate limit in garbage": rate_limited("spotify tracks", "soon"),
    "rate limit until a date that is past": rate_limited("spotify tracks", "Mon, 02 Mar 2020 03:04:05 GMT"),
    "401": Fault("spotify tracks", 401),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_asked_for_once_more(server: SampleServer, clients: Clients, ids: list[str], name: str) -> None:
    server.faults.add(PASSING[name])
    assert found(clients, ids) == set(ids)
    batches = server.calls.by_batch("spotify tracks")
    assert list(batches.values()) == [2, 1, 1]
    assert set(server.calls.by_id().values()) == {1, 2}


LONG = {
    "85771": quota_exceeded(),
    "quota without a word": quota_exceeded(retry_after=None),
    "a short quota": quota_exceeded(retry_after="30"),
    "a long rate limit": rate_limited("spotify *", "48925", times=None),
    "a date": rate_limited("spotify *", format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=9)), times=None),
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_wait_ends_within_one_call_and_the_next_run_does_not_ask(
    server: SampleServer, clients: Clients, ids: list[str], name: str
) -> None:
    fault = LONG[name]
    server.faults.add(Fault("spotify *", fault.status, fault.headers, fault.body, after=1, times=None))
    got = []
    with pytest.raises(DeferredError):
        got += list(clients.spotify().catalogue("tracks", ids))
    assert server.calls.count("spotify *") == 2
    with pytest.raises(DeferredError):
        found(clients, ids)
    assert server.calls.count("spotify *") == 2
    assert server.calls.count(status=429) == 1


def test_no_batch_is_asked_for_again_after_a_403(server: SampleServer, clients: Clients, ids: list[str]) -> None:
    server.faults.add(Fault("spotify tracks", 403, times=None))
    assert found(clients, ids) == set(ids)
    assert server.calls.count("spotify tracks") == 1
    assert set(server.calls.by_id("spotify tracks/{id}").values()) == {1}
    assert found(clients, ids[:3]) == set(ids[:3])
    assert server.calls.count("spotify tracks") == 1
    assert set(server.calls.by_batch("spotify tracks").values()) == {1}


def test_an_id_that_is_forbidden_is_a_missing_ability(server: SampleServer, clients: Clients, ids: list[str]) -> None:
    server.faults.add(Fault("spotify tracks*", 403, times=None))
    with pytest.raises(MissingAbilityError):
        found(clients, ids)


def test_a_token_that_is_refused_for_good_is_a_login_that_is_over(
    server: SampleServer, clients: Clients, ids: list[str]
) -> None:
    server.faults.add(Fault("spotify *", 401, times=None))
    with pytest.raises(ReconnectError):
        found(clients, ids)
    assert server.calls.count("accounts token") == 1


def test_a_source_that_stays_down_is_given_up(server: SampleServer, clients: Clients) -> None:
    server.faults.add(Fault("reccobeats *", 500, times=None))
    with pytest.raises(SourceUnavailableError):
        list(clients.reccobeats().audio_features(["0" * 22]))
    assert server.calls.count("reccobeats *", status=500) == calling.ATTEMPTS


@pytest.mark.parametrize(
    "fault",
    [
        *(lastfm_error(code) for code in (8, 11, 16, 29)),
        Fault("lastfm *", 500),
        Fault("lastfm *", cut=True),
        rate_limited("lastfm *", "0.01"),
    ],
    ids=repr,
)
def test_errors_of_last_fm_that_pass_are_asked_for_again(server: SampleServer, clients: Clients, fault: Fault) -> None:
    server.faults.add(fault)
    assert len(clients.lastfm().top_tracks("Germany", 10)) == 10
    assert server.calls.count("lastfm geo.getTopTracks") == 2


@pytest.mark.parametrize("fault", [lastfm_error(10), lastfm_error(26), Fault("lastfm *", 403)], ids=repr)
def test_errors_of_last_fm_that_mean_the_key_are_not(server: SampleServer, clients: Clients, fault: Fault) -> None:
    server.faults.add(fault)
    with pytest.raises(MissingAbilityError):
        clients.lastfm().top_tracks("Germany", 10)
    assert server.calls.count("lastfm *") == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("musicbrainz *", 503, {"Retry-After": "0.01"}),
        Fault("musicbrainz *", 503),
        Fault("musicbrainz *", cut=True),
        Fault("listenbrainz *", 429, {"X-RateLimit-Reset-In": "0.01"}),
        Fault("listenbrainz *", 500),
    ],
    ids=repr,
)
def test_errors_of_musicbrainz_that_pass_are_asked_for_again(
    server: SampleServer, clients: Clients, fault: Fault
) -> None:
    server.faults.add(fault)
    ids = [row["artist_id"] for row in server.spotify.store.rows("select artist_id from served.artist limit 120")]
    batches = list(clients.musicbrainz().artists(ids))
    assert len(batches) == 2
    assert sorted([server.calls.count("musicbrainz *"), server.calls.count("listenbrainz *")]) == [2, 3]
    assert server.calls.count(fault.endpoint) == 3


def test_faults_begin_after_some_calls_and_end_after_others(server: SampleServer) -> None:
    server.faults.add(Fault("reccobeats *", 500, after=2, times=2), Fault("lastfm *", 404))

    def status() -> int:
        return http.get(f"{server.reccobeats_url}v1/audio-features", params={"ids": "0" * 22}).status_code

    assert [status() for _ in range(6)] == [200, 200, 500, 500, 200, 200]
    assert [call.status for call in server.calls.of("reccobeats *")] == [200, 200, 500, 500, 200, 200]


def test_an_answer_may_be_slow_while_others_are_not(server: SampleServer) -> None:
    server.faults.add(Fault("reccobeats *", delay=0.3))
    url = f"{server.reccobeats_url}v1/audio-features"
    with pytest.raises(httpx.ReadTimeout):
        http.get(url, params={"ids": "0" * 22}, timeout=0.1)
    start = time.monotonic()
    assert http.get(url, params={"ids": "0" * 22}).status_code == 200
    assert time.monotonic() - start < 0.25


def test_another_process_steers_it_too(server: SampleServer) -> None:
    control, url = f"{server.url}/control", f"{server.reccobeats_url}v1/audio-features"
    planned = http.post(f"{control}/faults", json={"endpoint": "reccobeats *", "status": 502, "times": None})
    assert (planned.status_code, planned.json()) == (201, {"planned": 1})
    assert http.get(url).status_code == 502
    http.delete(f"{control}/faults")
    assert http.get(url, params={"ids": "0" * 22}).status_code == 200
    calls = http.get(f"{control}/calls", params={"endpoint": "reccobeats *"}).json()
    assert calls == [["reccobeats audio-features", [], 502], ["reccobeats audio-features", ["0" * 22], 200]]
    assert http.delete(f"{control}/calls").json() == []
    assert server.calls.count() == 0
    refused = http.post(f"{control}/faults", json={"stauts": 502})
    assert refused.status_code == 400
    assert "stauts" in refused.json()["error"]
    changed = http.post(control, json={"mode": "development", "now": "2026-01-02T03:04:05+00:00"})
    assert changed.json() == {"mode": "development", "now": "2026-01-02T03:04:05+00:00"}
    assert (server.mode, server.now().year) == ("development", 2026)
    assert http.post(control, json={"mode": "free"}).status_code == 400
    token = server.accounts.login("")["access_token"]
    http.post(control, json={"expire": True})
    me = http.get(f"{server.spotify_url}me", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 401
