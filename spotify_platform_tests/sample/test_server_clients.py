"""Assets and people in the sample world talk to its server, and to nobody else."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest
from typer.testing import CliRunner

import spotify_platform.cli as cli
from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError
from spotify_platform.resources import clients_in, resources
from spotify_platform.sample.landing import MARKER, landed_size
from spotify_platform.sample.server.serving import SampleServer, serving
from spotify_platform.sources.clients import Clients
from spotify_platform_tests.sample.conftest import SERVED, http


@pytest.fixture
def sample(home: Path, served_folder: Path) -> Environment:
    """The sample world of a small size, whose server was built before."""
    import json

    environment = Environment.load(home=home, world="sample")
    environment.root.mkdir(parents=True)
    (environment.root / MARKER).write_text(json.dumps(asdict(SERVED)), encoding="utf-8")
    (environment.root / "served").symlink_to(served_folder)
    return environment


def test_an_asset_of_the_sample_world_asks_a_server_that_is_there_for_as_long(sample: Environment) -> None:
    addresses = []

    @dg.asset(required_resource_keys={"clients"})
    def asking(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        clients: Clients = context.resources.clients
        addresses.append(clients.app.url)
        top = clients.lastfm().top_tracks("Germany", 10)
        me = clients.listener().api.me()
        catalogued = next(clients.spotify().catalogue("tracks", ["0" * 22]))
        return dg.MaterializeResult(metadata={"top": len(top), "me": me["id"], "asked": len(catalogued[0])})

    result = dg.materialize([asking], resources={"clients": resources(sample)["clients"]})
    metadata = result.asset_materializations_for_node("asking")[0].metadata
    assert (metadata["top"].value, metadata["me"].value) == (10, "samplelistener")
    assert addresses[0].startswith("http://127.0.0.1:")
    with pytest.raises(httpx.ConnectError):
        http.get(addresses[0])
    assert not sample.keys_root.exists(), "what is remembered of the server went with it"


def test_no_server_starts_for_an_asset_that_does_not_ask(sample: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a server starts")

    monkeypatch.setattr("spotify_platform.sample.clients.serving", refuse)

    @dg.asset
    def modest() -> None: ...

    assert dg.materialize([modest], resources=resources(sample)).success


def test_keys_of_real_sources_are_not_used_in_the_sample_world(
    sample: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = sample.model_copy(update={"spotify_client_id": "realapp", "lastfm_url": "http://127.0.0.1:9/"})
    with clients_in(keyed) as clients:
        assert clients.app.client_id != "realapp"
        assert all(url.startswith("http://127.0.0.1:") for url in (clients.app.url, clients.app.accounts_url))
        assert clients.lastfm_url != "http://127.0.0.1:9/", "one that is named is not all"


def test_a_server_that_is_named_is_the_one_that_is_asked(sample: Environment, server: SampleServer) -> None:
    named = {name.removeprefix("SPOTIFY_PLATFORM_").lower(): value for name, value in server.settings.items()}
    with clients_in(Environment.load(home=sample.home, **named)) as clients:
        assert clients.lastfm().artist_tags("Nobody") is None
        assert list(clients.musicbrainz().artists(["0" * 22])) == [(("0" * 22,), {})]
        assert clients.spotify().api.search("a", limit=1)["tracks"]["items"]
    asked = ("lastfm artist.getTopTags", "musicbrainz url", "spotify search", "accounts token")
    assert server.calls.by_endpoint() == dict.fromkeys(asked, 1)


def test_the_data_world_asks_the_sources_themselves(environment: Environment) -> None:
    with clients_in(environment) as clients:
        assert clients.app.url == "https://api.spotify.com/v1/"
        assert clients.pace is None


def test_the_size_is_that_of_the_world_that_has_landed(sample: Environment, home: Path) -> None:
    assert landed_size(sample) == SERVED
    (sample.root / MARKER).unlink()
    assert landed_size(sample).chart_rows == 200_000


def test_the_command_serves_until_it_is_interrupted_and_says_how_to_use_it(
    sample: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = []

    def use() -> None:
        [server] = live
        answered.append(http.get(f"{server}/v1/me").status_code)

    live: list[str] = []
    original = SampleServer.settings.fget
    assert original

    def settings(server: SampleServer) -> dict[str, str]:
        live.append(server.url)
        found: dict[str, str] = original(server)
        return found

    monkeypatch.setattr(SampleServer, "settings", property(settings))
    monkeypatch.setattr(cli, "_until_interrupted", use)
    monkeypatch.setenv("SPOTIFY_PLATFORM_HOME", str(sample.home))
    said = CliRunner().invoke(cli.app, ["sample", "serve", "--mode", "development"])
    assert said.exit_code == 0, said.output
    told = dict(line.removeprefix("export ").split("=", 1) for line in said.stdout.splitlines() if "export" in line)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    environment = Environment.load()
    assert (environment.world, environment.spotify_url) == ("sample", f"{live[0]}/v1/")
    assert answered == [401]


def test_a_port_that_is_taken_is_said(server: SampleServer, served_folder: Path) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(ConfigurationError, match=f"port {port} is taken"), serving(SERVED, served_folder, port=port):
        pass
