"""Kaggle over real HTTP: a local server that speaks its wire format, and the real kagglehub."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.defs.landing.assets import kaggle_charts
from spotify_platform.defs.landing.schedules import kaggle_schedule
from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.manifest import read_manifest
from spotify_platform_tests.reliability.worlds import KAGGLE, kaggle_rows, write

NAME = "somebody/music-charts"
KEY = dg.AssetKey(["raw", "kaggle_charts"])


@dataclass
class Kaggle:
    """A dataset whose versions are files; `status` is what every answer has instead, if told."""

    versions: dict[int, bytes] = field(default_factory=dict)
    status: int | None = None
    asked: list[str] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        call = request.path.rpartition("/")[2]
        asked = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.asked.append(f"{call} {asked.get('datasetVersionNumber', '')}".strip())
        self.allowed.add(request.headers.get("Authorization", "nobody"))
        if self.status:
            request.send_error(self.status)
        elif call == "GetDataset":
            self.send(request, json.dumps({"currentVersionNumber": max(self.versions)}).encode(), "application/json")
        elif asked["datasetVersionNumber"] in self.versions:
            self.send(request, self.versions[asked["datasetVersionNumber"]], "text/csv")
        else:
            request.send_error(404)

    def send(self, request: BaseHTTPRequestHandler, body: bytes, type: str) -> None:
        request.send_response(200)
        request.send_header("Content-Type", type)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Kaggle]:
    from kagglesdk import kaggle_env

    served = Kaggle()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            served.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setitem(
            kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.LOCAL, f"http://127.0.0.1:{server.server_port}"
        )
        monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
        monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HOME", str(tmp_path))
        yield served
        server.shutdown()


def charts(tmp_path: Path, last: str) -> bytes:
    return write(tmp_path / f"until-{last}.csv", KAGGLE, kaggle_rows("2020-01-01", last)).read_bytes()


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
    kaggle.asked.clear()
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
    kaggle.asked.clear()
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
    kaggle.status = status
    result = world.look()
    assert not result.success
    assert said in error_of(result)
    assert "canary-of-kaggle" not in str(result.all_events)
    assert kaggle.allowed - {"nobody"}, "the account was shown to Kaggle alone"
    assert world.landed() == []


def test_credentials_that_cannot_be_read_fail_one_asset(
    kaggle: Kaggle, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kaggle.json").write_text('{"username": "me"', encoding="utf-8")
    monkeypatch.setattr("kagglehub.config._get_kaggle_credentials_file", lambda: str(tmp_path / "kaggle.json"))
    assert "credentials cannot be read" in error_of(world.look())


def test_no_network_is_told_as_such(kaggle: Kaggle, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from kagglesdk import kaggle_env

    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.LOCAL, "http://127.0.0.1:9")
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
