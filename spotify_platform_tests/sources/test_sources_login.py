"""A login through the real spotipy: a browser that goes where it is sent, tokens that age, refusals."""

import datetime as dt
import logging
import socket
import stat
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from spotify_platform.errors import PermanentError, ReconnectError, SourceUnavailableError
from spotify_platform.sources.abilities import Abilities
from spotify_platform.sources.calling import Caller
from spotify_platform.sources.login import ANNOUNCED, LIFE, SCOPE, Addresses, Answer, TokenFile, log_in, login_of
from spotify_platform.sources.memory import Memory
from spotify_platform.sources.names import SPOTIFY
from spotify_platform.sources.spotify import Spotify, api_of
from spotify_platform_tests.sources.scripted import START, Reply, Scripted, Waiting, free_port, scripted

CANARY = "canary-of-a-token"


def token(number: int, **more: object) -> Reply:
    named = {"access_token": f"{CANARY}-{number}", "refresh_token": f"{CANARY}-refresh-{number}", "scope": SCOPE}
    return Reply({**named, "token_type": "Bearer", "expires_in": 3600, **more})


class Person:
    """Goes where a browser is sent, and says yes, or whatever is `answered`."""

    def __init__(self, served: Scripted, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.served, self.now = served, START
        self.tokens = TokenFile(file, "app-1", lambda: self.now, authorizing=True)
        redirect = f"http://127.0.0.1:{free_port()}/callback"
        self.addresses = Addresses(f"{served.url}/authorize", f"{served.url}/api/token", redirect)
        self.answered: dict[str, str] = {"code": "code-1"}
        self.sent: dict[str, list[str]] = {}
        monkeypatch.setattr("webbrowser.open", self.go)

    def go(self, url: str, *_: object) -> bool:
        self.sent = parse_qs(urlsplit(url).query)
        answer = {"state": self.sent["state"][0], **self.answered}
        back = f"{self.sent['redirect_uri'][0]}?{urlencode(answer)}"
        threading.Thread(target=lambda: urllib.request.urlopen(back).read(), daemon=True).start()
        return True

    def client(self) -> Spotify:
        kept = TokenFile(self.tokens.file, "app-1", lambda: self.now)
        api = api_of(login_of(kept, self.addresses), f"{self.served.url}/v1/")
        memory = Memory(self.tokens.file.with_name("sources.json"), SPOTIFY, "app-1")
        return Spotify(api, Caller(SPOTIFY, 100, Waiting().clock), Abilities(memory))

    def ask(self) -> list[str]:
        """The titles of one track."""
        [(_, found)] = self.client().catalogue("tracks", ["0" * 22])
        return [entry["name"] for entry in found.values()]


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    with scripted() as served:
        made = Person(served, tmp_path / "spotify_login.json", monkeypatch)
        Abilities(Memory(tmp_path / "sources.json", SPOTIFY, "app-1")).note("tracks by batch", "forbidden")
        yield made


def expire(person: Person) -> None:
    """The access token is over, as it is after an hour."""
    kept = person.tokens.get_cached_token()
    assert kept
    TokenFile(person.tokens.file, "app-1").save_token_to_cache({**kept, "expires_at": 0})


def test_a_login_keeps_a_token_that_only_its_owner_reads(person: Person) -> None:
    person.served.replies = [token(1), Reply({"id": "0" * 22, "name": "Song"})]
    log_in(person.tokens, person.addresses)
    assert stat.S_IMODE(person.tokens.file.stat().st_mode) == 0o600
    assert set(person.sent["scope"][0].split()) == set(SCOPE.split())
    assert person.sent["code_challenge_method"] == ["S256"]
    [exchange] = person.served.asked
    assert (exchange["grant_type"], exchange["code"]) == ("authorization_code", "code-1")
    assert "client_secret" not in exchange
    assert person.ask() == ["Song"]


def test_without_a_login_a_run_says_so_and_waits_for_nobody(person: Person) -> None:
    with pytest.raises(ReconnectError, match="spotify-platform login"):
        person.ask()
    assert person.sent == {}


def test_a_token_of_another_app_or_with_a_smaller_scope_is_no_login(person: Person) -> None:
    person.served.replies = [token(1, scope="user-top-read")]
    log_in(person.tokens, person.addresses)
    with pytest.raises(ReconnectError):
        person.ask()
    assert TokenFile(person.tokens.file, "app-2").get_cached_token() is None


def test_an_hour_later_the_token_is_renewed_and_the_login_is_as_old_as_it_was(person: Person) -> None:
    person.served.replies = [token(1)]
    log_in(person.tokens, person.addresses)
    expire(person)
    person.now = START + dt.timedelta(days=100)
    person.served.replies = [token(2), Reply({"name": "Song"})]
    assert person.ask() == ["Song"]
    assert person.served.asked[1]["refresh_token"] == f"{CANARY}-refresh-1"
    assert person.tokens.ends_at == START + LIFE


@pytest.mark.parametrize("broken", [Reply(b"<html>", status=502), Reply(token(2).body, cut=True), Reply(status=500)])
def test_a_renewal_that_fails_keeps_the_login_and_is_tried_again(person: Person, broken: Reply) -> None:
    person.served.replies = [token(1)]
    log_in(person.tokens, person.addresses)
    expire(person)
    person.served.replies = [broken, token(2), Reply({"name": "Song"})]
    assert person.ask() == ["Song"]
    expire(person)
    person.served.replies = []
    with pytest.raises(SourceUnavailableError):
        person.ask()
    kept = person.tokens.get_cached_token()
    assert kept
    assert kept["refresh_token"] == f"{CANARY}-refresh-2"


def test_a_login_that_has_ended_asks_for_another_one(person: Person) -> None:
    person.served.replies = [token(1)]
    log_in(person.tokens, person.addresses)
    expire(person)
    ended = Reply({"error": "invalid_grant", "error_description": "Refresh token revoked"}, status=400)
    person.served.otherwise = lambda call: ended
    with pytest.raises(ReconnectError, match=r"invalid_grant.*spotify-platform login"):
        person.ask()
    assert len(person.served.asked) == 2, "it is not tried again"


def test_the_end_of_a_login_is_announced_before_it_comes(person: Person) -> None:
    assert (person.tokens.ends_at, person.tokens.ends_soon) == (None, False)
    person.served.replies = [token(1)]
    log_in(person.tokens, person.addresses)
    assert not person.tokens.ends_soon
    person.now = START + LIFE - ANNOUNCED + dt.timedelta(hours=1)
    assert person.tokens.ends_soon
    person.served.replies = [token(2)]
    log_in(person.tokens, person.addresses)
    assert (person.tokens.ends_at, person.tokens.ends_soon) == (person.now + LIFE, False)


@pytest.mark.parametrize("answered", [{"error": "access_denied"}, {"code": "code-1", "state": "somebody else's"}])
def test_a_login_that_was_refused_or_was_not_ours_leaves_the_earlier_one(
    person: Person, answered: dict[str, str]
) -> None:
    person.served.replies = [token(1)]
    log_in(person.tokens, person.addresses)
    before = person.tokens.file.read_text(encoding="utf-8")
    person.answered = answered
    person.addresses = replace(person.addresses, redirect=f"http://127.0.0.1:{free_port()}/callback")
    with pytest.raises(PermanentError):
        log_in(person.tokens, person.addresses)
    assert person.tokens.file.read_text(encoding="utf-8") == before


def test_a_code_that_is_refused_says_what_the_app_must_name(person: Person) -> None:
    person.served.otherwise = lambda call: Reply({"error": "invalid_grant"}, status=400)
    with pytest.raises(PermanentError, match=r"redirect http://127.0.0.1:\d+/callback exactly"):
        log_in(person.tokens, person.addresses)


def test_without_a_browser_the_address_is_told_and_a_person_may_go_there_elsewhere(person: Person) -> None:
    person.served.replies = [token(1)]
    told: list[str] = []

    def tell(address: str) -> None:
        told.append(address)
        assert not person.sent, "no browser was opened"
        person.go(address)

    log_in(person.tokens, person.addresses, tell, browse=False)
    assert [urlsplit(address).path for address in told] == ["/authorize"]
    assert person.tokens.get_cached_token()


def test_a_connection_on_which_a_browser_says_nothing_holds_up_nobody(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0 < Answer.timeout <= 1
    monkeypatch.setattr(Answer, "timeout", 0.05)
    person.served.replies = [token(1)]
    port = urlsplit(person.addresses.redirect).port
    silent: list[socket.socket] = []

    def tell(address: str) -> None:
        silent.append(socket.create_connection(("127.0.0.1", port or 0)))

    log_in(person.tokens, person.addresses, tell)
    silent[0].close()
    assert person.tokens.get_cached_token()


def test_a_port_that_is_taken_is_told_with_what_helps(person: Person) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", urlsplit(person.addresses.redirect).port))
        other.listen()
        with pytest.raises(PermanentError, match="SPOTIFY_PLATFORM_SPOTIFY_REDIRECT"):
            log_in(person.tokens, person.addresses)
    assert person.sent == {}


def test_nobody_who_comes_back_is_waited_for_without_end(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotify_platform.sources.login.PATIENCE", -1)
    with pytest.raises(PermanentError, match="nobody came back"):
        log_in(person.tokens, person.addresses, browse=False)


def test_who_logged_out_stays_so_though_a_run_renews_the_token(person: Person) -> None:
    person.served.replies = [token(1)]
    log_in(person.tokens, person.addresses)
    running = TokenFile(person.tokens.file, "app-1")
    kept = running.get_cached_token()
    assert kept
    assert person.tokens.forget()
    running.save_token_to_cache(kept)
    assert not person.tokens.file.exists()
    assert not person.tokens.forget()


@pytest.mark.parametrize("written", ["[]", "{", '{"client_id": "app-1", "authorized_at": "soon", "token": 3}'])
def test_a_damaged_file_is_no_login(person: Person, written: str) -> None:
    person.tokens.file.write_text(written, encoding="utf-8")
    assert (person.tokens.get_cached_token(), person.tokens.ends_at, person.tokens.ends_soon) == (None, None, False)


def test_nothing_that_is_logged_has_a_token(person: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    person.served.replies = [token(1), Reply({"name": "Song"})]
    log_in(person.tokens, person.addresses)
    person.ask()
    assert CANARY not in caplog.text
