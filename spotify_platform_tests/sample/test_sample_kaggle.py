"""Kaggle in the sample world: kagglehub itself, at a server that is there for as long as the asset asks."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from spotify_platform.defs.landing.assets import kaggle_charts
from spotify_platform.environment import Environment
from spotify_platform.resources import clients_of
from spotify_platform.sample.landing import MARKER
from spotify_platform.sample.server.serving import HOST, listen
from spotify_platform.sample.world import WorldSize
from spotify_platform_tests.sample.polling import Polling

SMALL = WorldSize(chart_rows=1_000)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A free port, in place of the one that kagglehub knows."""
    from kagglesdk import kaggle_env

    with listen() as listening:
        free = int(listening.getsockname()[1])
    monkeypatch.setattr("spotify_platform.sample.clients.KAGGLE_PORT", str(free))
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.TEST, f"http://{HOST}:{free}")
    return free


@pytest.fixture
def asking(tmp_path: Path) -> Polling:
    """The asset in a sample world of which nothing but its size is there."""
    environment = Environment.load(home=tmp_path / "home", world="sample", memory_limit="1GB", threads=2)
    environment.root.mkdir(parents=True)
    (environment.root / MARKER).write_text(json.dumps(asdict(SMALL)), encoding="utf-8")
    return Polling(kaggle_charts, environment, clients_of(environment))


def test_the_charts_of_the_sample_world_come_from_its_own_kaggle_once(
    asking: Polling, port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    first = asking.poll()
    assert first.landed == ["charts", "kaggle_charts"]
    assert first.says["version"] == "dhruvildave/spotify-charts/versions/1"
    [file] = asking.files
    assert file.rows_read > 500
    second = asking.poll()
    assert (second.landed, second.says["status"]) == ([], "already landed")
    assert "POST" not in capfd.readouterr().out, "kagglehub prints what it is told"
    assert "KAGGLE_API_ENVIRONMENT" not in os.environ


def test_a_port_that_is_taken_makes_the_asset_unavailable_and_nothing_else(asking: Polling, port: int) -> None:
    with listen(port) as another:
        another.listen()
        told = asking.poll()
    assert told.done.success
    assert (told.landed, told.says["status"]) == ([], "unavailable")
    assert str(port) in told.says["needs"]
