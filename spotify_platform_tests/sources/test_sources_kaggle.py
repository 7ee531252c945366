"""Kaggle over real HTTP: a local server that is the sample world's own, and the real kagglehub."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.defs.landing.assets import kaggle_charts
from spotify_platform.defs.landing.schedules import kaggle_schedule
from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.manifest import read_manifest
from spotify_platform.sample.server.calls import Calls
from spotify_platform.sample.server.faults import Fault, Faults
from spotify_platform.sample.server.kaggle import KaggleApi, Version
from spotify_platform.sample.server.serving import HOST, listen, running
from spotify_platform_tests.reliability.worlds import KAGGLE, kaggle_rows, write

NAME = "somebody/music-charts"
KEY = dg.AssetKey(["raw", "kaggle_charts"])


@dataclass
class Kaggle:
    """A dataset whose versions are files, on the sample world's server."""

    versions: dict[int, Version] = field(default_factory=dict)
    calls: Calls = field(default_factory=Calls)
    faults: Faults = field(default_factory=Faults)

    @property
    def asked(self) -> list[str]:
        """The calls so far, without the downloads that they led to."""
        calls = [call for call in self.calls.of("kaggle *") if call.endpoint != "kaggle file"]
        return [" ".join([call.endpoint.split()[1], *call.ids[0].split("/versions/")[1:]]) for call in calls]


@pytest.fixture(scope="module")
def one_kaggle() -> Iterator[tuple[Kaggle, str]]:
    """Kaggle, and its address."""
    served = Kaggle()
    listening = listen()
    source = KaggleApi({NAME: served.versions}).source
    with running([source], served.calls, served.faults, listening):
        yield served, f"http://{HOST}:{listening.getsockname()[1]}"


@pytest.fixture
def kaggle(one_kaggle: tuple[Kaggle, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kaggle:
    from kagglesdk import kaggle_env

    served, url = one_kaggle
    served.versions.clear()
    served.calls.clear()
    served.faults.clear()
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.TEST, url)
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return served


def charts(tmp_path: Path, last: str) -> Version:
    """A version with charts until a day."""
    (tmp_path / last).mkdir()
    path = write(tmp_path / last / "charts.csv", KAGGLE, kaggle_rows("2020-01-01", last))
    return lambda: path


@dataclass
class World:
    environment: Environment
    instance: dg.DagsterInstance

    @property
    def lake(self) -> FolderLake:
        return FolderLake(self.environment.lake_root)

    def look(self) -> dg.ExecuteInProcessResult:
        """One run of the asset."""
        return dg.materialize(
            [kaggle_charts],
            resources={"lake": self.lake, "environment": self.environment},
            instance=self.instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )

    def tick(self) -> Any:
        """What one tick of the schedule asks for."""
        context = dg.build_schedule_context(
            instance=self.instance, resources={"lake": self.lake, "environment": self.environment}
        )
        return kaggle_schedule(context)

    def landed(self) -> list[tuple[str, str]]:
        """Name and identity of everything that has landed."""
        return [(file.name, str(file.identity)) for file in read_manifest(self.lake)]


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(Environment.load(home=home, world="data", kaggle_charts=NAME, memory_limit="1GB"), instance)


def by_key(result: dg.ExecuteInProcessResult) -> dict[dg.AssetKey, dg.AssetMaterialization]:
    return {done.asset_key: done for done in result.asset_materializations_for_node("raw__kaggle_charts")}


def error_of(result: dg.ExecuteInProcessResult) -> str:
    [failure] = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    error: Any = failure.event_specific_data
    return str(error.error.cause.message if error.error.cause else error.error.message)


def test_a_new_version_lands_once_and_supersedes_the_one_before(kaggle: Kaggle, world: World, tmp_path: Path) -> None:
    kaggle.versions[3] = charts(tmp_path, "2020-01-03")
    assert world.look().success
    kaggle.calls.clear()
    again = world.look()
    assert again.success
    assert kaggle.asked == ["GetDataset"], "what has landed is not fetched again"
    assert by_key(again) == {}
    assert [event.event_type_value for event in again.all_events].count("ASSET_OBSERVATION") == 1

    kaggle.versions[4] = charts(tmp_path, "2020-01-05")
    materialized = by_key(world.look())
    assert set(materialized) == {KEY, dg.AssetKey(["raw", "charts"])}
    done = materialized[KEY]
    assert done.metadata["version"].value == f"{NAME}/versions/4"
    assert done.metadata["status"].value == "superseding"
    first, second = read_manifest(world.lake)
    assert second.supersedes == first.file_id


def test_a_pinned_version_lands_whatever_is_newer_and_then_nobody_is_asked(
    kaggle: Kaggle, world: World, tmp_path: Path
) -> None:
    kaggle.versions |= {2: charts(tmp_path, "2020-01-02"), 9: charts(tmp_path, "2020-01-09")}
    world.environment = world.environment.model_copy(update={"kaggle_charts": f"{NAME}/versions/2"})
    assert isinstance(world.tick(), dg.RunRequest)
    assert world.look().success
    assert kaggle.asked == ["DownloadDataset 2"]
    assert isinstance(world.tick(), dg.SkipReason)


def test_a_version_with_the_bytes_of_the_one_before_is_looked_at_once(
    kaggle: Kaggle, world: World, tmp_path: Path
) -> None:
    kaggle.versions[1] = charts(tmp_path, "2020-01-02")
    assert world.look().success
    kaggle.versions[2] = kaggle.versions[1]
    [done] = by_key(world.look()).values()
    assert done.metadata["status"].value == "already landed"
    kaggle.calls.clear()
    assert world.look().success
    assert kaggle.asked == ["GetDataset"]
    assert len(world.landed()) == 1


@pytest.mark.parametrize(
    ("status", "said"), [(403, "does not give"), (404, "does not give"), (429, "try again later"), (503, "later")]
)
def test_a_kaggle_that_refuses_fails_one_asset_and_says_what_to_do(
    kaggle: Kaggle, world: World, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", "canary-of-kaggle")
    kaggle.faults.add(Fault("kaggle *", status, times=None))
    result = world.look()
    assert not result.success
    assert said in error_of(result)
    assert "canary-of-kaggle" not in str(result.all_events)
    assert any(call.scheme for call in kaggle.calls.of()), "the account was shown to Kaggle alone"
    assert world.landed() == []


def test_credentials_that_cannot_be_read_fail_one_asset(
    kaggle: Kaggle, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kaggle.json").write_text('{"username": "me"', encoding="utf-8")
    monkeypatch.setattr("kagglehub.config._get_kaggle_credentials_file", lambda: str(tmp_path / "kaggle.json"))
    assert "credentials cannot be read" in error_of(world.look())


def test_no_network_is_told_as_such(kaggle: Kaggle, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from kagglesdk import kaggle_env

    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.TEST, "http://127.0.0.1:9")
    assert "cannot be reached" in error_of(world.look())


def test_a_dataset_that_nobody_named_is_never_looked_at(kaggle: Kaggle, home: Path, world: World) -> None:
    assert isinstance(world.tick(), dg.RunRequest)
    for environment in (
        Environment.load(home=home, world="data"),
        Environment.load(home=home, world="sample", kaggle_charts=NAME),
    ):
        world.environment = environment
        skipped = world.tick()
        assert isinstance(skipped, dg.SkipReason)
        assert "SPOTIFY_PLATFORM_KAGGLE_CHARTS" in str(skipped.skip_message)
    assert kaggle.asked == []
