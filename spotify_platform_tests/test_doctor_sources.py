"""The doctor tells what a person has for each source, what it gives, and never a key."""

import datetime as dt
import json
import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from spotify_platform.doctor import Finding
from spotify_platform.doctor_sources import source_findings
from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError
from spotify_platform.operations.incidents import ended_logins
from spotify_platform.resources import clients_of
from spotify_platform.sources.abilities import TOKEN
from spotify_platform.sources.login import LIFE, log_in_person
from spotify_platform_tests.sources.apis import CANARY, FORBIDDEN, Apis, give_login
from spotify_platform_tests.sources.conftest import apis, served
from spotify_platform_tests.sources.scripted import Reply

__all__ = ["apis", "served"]
DAY = dt.timedelta(days=1)


def findings(environment: Environment, *, probe: bool = False) -> dict[str, Finding]:
    return {finding.what: finding for finding in source_findings(environment, probe=probe)}


def states(found: dict[str, Finding]) -> dict[str, str]:
    return {what: finding.state for what, finding in found.items()}


def test_without_any_key_nothing_is_wrong_and_nothing_is_asked_or_kept(apis: Apis) -> None:
    found = findings(apis.environment())
    keyless = dict.fromkeys(("ReccoBeats", "ReccoBeats calls", "MusicBrainz", "MusicBrainz calls"), "ok")
    assert states(found) == {"sources": "ok", "Spotify app": "missing", "Last.fm": "missing", **keyless}
    assert found["sources"].found == "tier 0: no key"
    assert apis.paths == []
    assert not apis.home.exists()


@pytest.mark.parametrize(
    ("keys", "tier", "app"),
    [
        (("lastfm",), 1, "none"),
        (("secret",), 0, "a secret without an id"),
        (("id",), 0, "an id, and neither login nor secret"),
        (("id", "lastfm"), 1, "an id, and neither login nor secret"),
        (("id", "secret"), 2, "an id with its secret"),
    ],
)
def test_each_key_lifts_a_person_to_its_tier(apis: Apis, keys: tuple[str, ...], tier: int, app: str) -> None:
    found = findings(apis.environment(*keys))
    assert found["sources"].found.startswith(f"tier {tier}: ")
    assert found["Spotify app"].found == app
    assert "wrong" not in states(found).values()
    assert apis.paths == []


def test_a_probe_finds_the_tier_and_its_outcome_is_told_later_without_a_call(apis: Apis) -> None:
    apis.extended = True
    environment = apis.environment("id", "secret", "lastfm")
    asked = findings(environment, probe=True)
    calls = len(apis.paths)
    assert calls
    told = findings(environment)
    assert told == asked
    assert len(apis.paths) == calls
    assert told["sources"].found.startswith("tier 3: ")
    today = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"
    assert f"tracks by batch {today}" in told["Spotify abilities"].found
    assert told["Last.fm"].found == f"a key, which worked on {today}"
    assert today in told["ReccoBeats"].found
    assert today in told["MusicBrainz"].found
    budgets = {"Spotify": "8 of 900", "Last.fm": "1 of 20,000", "ReccoBeats": "1 of 1,000", "MusicBrainz": "1 of 1,000"}
    assert {source: told[f"{source} calls"].found for source in budgets} == {
        source: f"{budget} in 24 hours" for source, budget in budgets.items()
    }


def test_what_is_forbidden_to_an_app_is_told_beside_what_works(apis: Apis) -> None:
    found = findings(apis.environment("id", "secret"), probe=True)["Spotify abilities"]
    works, forbidden = found.found.split("; ")
    assert works.startswith("works: ")
    assert "search" in works
    assert forbidden.startswith("forbidden: ")
    assert "audio features" in forbidden
    assert found.state == "ok"


def test_a_person_whom_the_app_does_not_name_is_told_so(apis: Apis) -> None:
    environment = apis.environment("id")
    give_login(environment)
    apis.everything = FORBIDDEN
    found = findings(environment, probe=True)["Spotify abilities"]
    assert (found.state, "User Management" in found.meaning) == ("wrong", True)


@pytest.mark.parametrize(
    ("ends_in", "state", "says"),
    [(LIFE, "ok", "until "), (20 * DAY, "ok", "ends soon, on "), (-2 * DAY, "wrong", "over since ")],
)
def test_the_end_of_a_login_is_announced_and_then_wrong(
    apis: Apis, ends_in: dt.timedelta, state: str, says: str
) -> None:
    environment = apis.environment("id")
    give_login(environment, ends_in)
    found = findings(environment)["Spotify login"]
    assert (found.state, found.found.startswith(says)) == (state, True)
    assert ("spotify-platform login --world data" in found.meaning) == (ends_in != LIFE)


def test_a_login_that_spotify_refuses_before_its_end_is_over_until_the_next_one(apis: Apis) -> None:
    environment = apis.environment("id")
    tokens = give_login(environment)
    tokens.save_token_to_cache({**(tokens.get_cached_token() or {}), "expires_at": 0})
    apis.replies = {"/api/token": Reply({"error": "invalid_grant"}, status=400)}
    found = findings(environment, probe=True)
    assert (found["Spotify login"].state, found["probe of Spotify"].state) == ("wrong", "wrong")
    assert "reconnect" in found["Spotify login"].meaning
    assert findings(environment)["Spotify login"].state == "wrong"
    clients_of(environment).abilities.note(TOKEN, "works")
    assert findings(environment)["Spotify login"].state == "ok"


def test_a_secret_and_a_key_that_were_refused_are_wrong(apis: Apis) -> None:
    apis.replies = {
        "/api/token": Reply({"error": "invalid_client"}, status=400),
        "/lastfm": Reply({"error": 10}, status=403),
    }
    found = findings(apis.environment("id", "secret", "lastfm"), probe=True)
    assert (found["Spotify app"].state, found["Last.fm"].state) == ("wrong", "wrong")
    assert found["Spotify app"].found.startswith("refused on ")


def test_a_quota_that_is_used_up_is_told_with_its_end_and_is_not_wrong(apis: Apis) -> None:
    environment = apis.environment("id", "secret", spotify_calls_a_day=5)
    until = dt.datetime(2100, 1, 2, 3, 4, tzinfo=dt.UTC)
    clients_of(environment).allowance_of("Spotify").close(until)
    found = findings(environment, probe=True)
    assert found["Spotify calls"].found == "0 of 5 in 24 hours; closed until 2100-01-02 03:04 UTC"
    assert (found["Spotify calls"].state, found["probe of Spotify"].state) == ("missing", "missing")
    assert "/v1/search" not in apis.paths


def test_a_budget_of_our_own_that_is_used_up_is_not_wrong(apis: Apis) -> None:
    environment = apis.environment("id", "secret", spotify_calls_a_day=2, musicbrainz_calls_a_day=1)
    findings(environment, probe=True)
    told = findings(environment)
    assert (told["Spotify calls"].found, told["Spotify calls"].state) == ("2 of 2 in 24 hours", "missing")
    assert (told["MusicBrainz calls"].found, told["MusicBrainz calls"].state) == ("1 of 1 in 24 hours", "missing")


@pytest.mark.parametrize(
    ("ends_in", "what"),
    [(LIFE, []), (20 * DAY, ["the login to Spotify ends on"]), (-2 * DAY, ["the login to Spotify is over"])],
)
def test_a_login_is_told_of_once_before_its_end_and_once_after(
    apis: Apis, ends_in: dt.timedelta, what: list[str]
) -> None:
    environment = apis.environment("id")
    give_login(environment, ends_in)
    now = dt.datetime.now(dt.UTC)
    told = ended_logins(environment, now)
    assert [incident.what[: len(text)] for incident, text in zip(told, what, strict=True)] == what
    for incident in told:
        assert incident.do == "log in again: spotify-platform login --world data"
        assert dt.datetime.fromisoformat(incident.since) <= now
        assert [later.key for later in ended_logins(environment, now + DAY)] == [incident.key]
    assert [later.key for later in ended_logins(environment, now + LIFE + DAY)] == ["login Spotify over"]


def test_without_an_app_or_a_login_there_is_nothing_to_end(apis: Apis) -> None:
    now = dt.datetime.now(dt.UTC)
    assert ended_logins(apis.environment(), now) == ended_logins(apis.environment("id"), now) == []


def test_without_an_app_a_login_says_how_to_have_one(apis: Apis) -> None:
    environment = apis.environment(spotify_redirect="http://127.0.0.1:9999/back")
    with pytest.raises(ConfigurationError) as error:
        log_in_person(clients_of(environment), lambda address: None)
    for part in (
        "SPOTIFY_PLATFORM_SPOTIFY_CLIENT_ID",
        "https://developer.spotify.com/dashboard",
        "Premium",
        "5 people",
    ):
        assert part in str(error.value)
    assert "http://127.0.0.1:9999/back\n" in str(error.value)


SECRETS = [name for name, field in Environment.model_fields.items() if "SecretStr" in str(field.annotation)]


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
def test_no_secret_is_in_what_is_told_remembered_or_logged(
    apis: Apis, status: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every secret setting, and of a login, however the sources answer and whatever they repeat."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("spotify_platform.sources.calling.ATTEMPTS", 1)
    addresses = {"alert_webhook": f"https://{CANARY}", "alert_smtp": f"smtp://me:{CANARY}@host"}
    environment = apis.environment("id", **{name: addresses.get(name, CANARY) for name in SECRETS})
    assert all(isinstance(getattr(environment, name), SecretStr) for name in SECRETS)
    repeats = Reply({"error": CANARY, "error_description": CANARY, "message": CANARY}, status=status)
    if status != 200:
        keyless = ("/reccobeats/v1/audio-features", "/musicbrainz/ws/2/url")
        apis.replies = dict.fromkeys(("/v1/search", "/lastfm", *keyless, "/api/token"), repeats)
    said = ""
    for login in (False, True):
        if login:
            give_login(environment)
        said += json.dumps([vars(finding) for finding in source_findings(environment, probe=True)])
        said += json.dumps([vars(incident) for incident in ended_logins(environment, dt.datetime.now(dt.UTC))])
    assert "tier" in said
    kept = [path for path in Path(environment.keys_root).iterdir() if path.name != "spotify-login.json"]
    said += "".join(path.read_text(encoding="utf-8") for path in kept)
    assert CANARY not in said + caplog.text
