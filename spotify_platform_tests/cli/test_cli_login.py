"""`login`, `logout` and `doctor --probe`: a person at a terminal, and a browser that says yes."""

import stat
import threading
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from spotify_platform_tests.cli.conftest import Command
from spotify_platform_tests.sources.apis import CANARY, Apis
from spotify_platform_tests.sources.conftest import apis, served
from spotify_platform_tests.sources.scripted import free_port

__all__ = ["apis", "served"]


class Terminal:
    """Commands with an app whose redirect is free, and a browser that comes back at once."""

    def __init__(self, command: Command, apis: Apis, monkeypatch: pytest.MonkeyPatch) -> None:
        self.command, self.opened = command, list[str]()
        redirect = {"spotify_redirect": f"http://127.0.0.1:{free_port()}/callback"}
        named = {**apis.settings("id"), **redirect}
        self.settings = {f"SPOTIFY_PLATFORM_{name.upper()}": value for name, value in named.items()}
        monkeypatch.setattr("webbrowser.open", self.browse)

    def browse(self, address: str) -> None:
        self.opened.append(address)
        asked = parse_qs(urlsplit(address).query)
        back = f"{asked['redirect_uri'][0]}?{urlencode({'code': 'yes', 'state': asked['state'][0]})}"
        threading.Thread(target=lambda: urllib.request.urlopen(back).read(), daemon=True).start()

    def say(self, *arguments: str) -> str:
        result = self.command(*arguments, **self.settings)
        assert result.exit_code == 0, result.output
        assert CANARY not in result.output
        return result.output

    def login_file(self, world: str) -> Path:
        return self.command.home / world / "keys" / "spotify-login.json"


@pytest.fixture
def terminal(command: Command, apis: Apis, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(command, apis, monkeypatch)


def test_a_person_logs_in_probes_and_logs_out(terminal: Terminal, apis: Apis) -> None:
    said = terminal.say("login")
    assert terminal.opened[0] in said
    assert "Logged in to Spotify until 20" in said
    assert stat.S_IMODE(terminal.login_file("data").stat().st_mode) == 0o600
    assert "recently played" in terminal.say("doctor", "--probe", "--world", "data")
    calls = len(apis.paths)
    assert "recently played" in terminal.say("doctor", "--world", "data")
    assert len(apis.paths) == calls
    assert "Logged out here" in terminal.say("logout")
    assert not terminal.login_file("data").exists()
    assert "Nobody was logged in" in terminal.say("logout")


def test_a_login_is_of_one_world(terminal: Terminal) -> None:
    terminal.say("login", "--world", "sample")
    assert (terminal.login_file("sample").exists(), terminal.login_file("data").exists()) == (True, False)


def test_without_a_browser_none_is_opened_and_the_address_is_printed(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotify_platform.sources.login.PATIENCE", -1)
    result = terminal.command("login", "--no-browser", **terminal.settings)
    assert (result.exit_code, terminal.opened) == (1, [])
    assert "/authorize?client_id=app1&" in result.stderr
    assert "nobody came back" in result.stderr


def test_without_an_app_the_command_says_how_to_have_one(command: Command) -> None:
    result = command("login")
    assert result.exit_code == 1
    assert "http://127.0.0.1:8089/callback\n" in result.stderr
    assert "Traceback" not in result.output
    assert not command.home.exists()
