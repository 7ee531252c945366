"""What the listener played recently, asked for again and again: real clients, the one landing path, and what goes wrong."""

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.defs.history import assets
from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing import land as landing
from spotify_platform.operations.retention import Keep, raw_removals
from spotify_platform.running import RunResult, ask_sources
from spotify_platform.sample.server.faults import Fault, quota_exceeded
from spotify_platform.sample.server.serving import SampleServer
from spotify_platform.sources import calling
from spotify_platform.sources.clients import Clients
from spotify_platform_tests.sample.conftest import NOW
from spotify_platform_tests.sample.polling import Polling
from spotify_platform_tests.sources.apis import give_login

ENDPOINT = "spotify me/player/recently-played"


@pytest.fixture
def polling(environment: Environment, clients: Clients) -> Polling:
    return Polling(assets.recent_plays, environment, clients)


def plays_in(lake: FolderLake) -> list[dt.datetime]:
    rows = query(lake, "SELECT played_at FROM candidates.play_rows ORDER BY 1", ("candidates", "play_rows"))
    return [played_at.replace(tzinfo=dt.UTC) for (played_at,) in rows]


def test_only_new_plays_come_and_none_makes_no_file(server: SampleServer, polling: Polling) -> None:
    first = polling.poll()
    assert first.landed == ["plays", "recent_plays"]
    assert (first.says["status"], first.says["plays"], first.says["plays_may_be_missing"]) == ("landed", 50, False)
    again = polling.poll()
    assert (again.landed, again.says["status"]) == ([], "nothing new")
    server.moment = NOW + dt.timedelta(hours=12)
    later = polling.poll()
    assert 0 < later.says["plays"] < 50
    assert (later.says["plays_may_be_missing"], later.says["after"]) == (False, again.says["after"])
    plays = plays_in(polling.lake)
    assert len(plays) == len(set(plays)) == 50 + later.says["plays"]
    assert [(file.format, file.door, file.listener, file.rejected) for file in polling.files] == [
        ("recently_played", "api", "me", 0)
    ] * 2
    server.moment = NOW + dt.timedelta(days=30)
    assert polling.poll().says["plays_may_be_missing"], "fifty new ones hide what was between"


def test_a_poll_that_is_killed_loses_no_play(polling: Polling, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(landing, "record", killed)
        assert not polling.poll().done.success
    assert polling.files == []
    assert polling.poll().says["plays"] == len(plays_in(polling.lake)) == 50


def test_each_listener_has_a_cursor_of_their_own(polling: Polling, server: SampleServer) -> None:
    polling.poll()
    server.moment = NOW + dt.timedelta(hours=12)
    anna = replace(polling, environment=polling.environment.model_copy(update={"listener": "anna"})).poll()
    assert (anna.says["plays"], "after" in anna.says) == (50, False)
    assert [file.listener for file in polling.files] == ["me", "anna"]


def test_the_listener_of_the_sample_world_is_one_of_its_two(home: Path, clients: Clients) -> None:
    world = Environment.load(home=home, world="sample", threads=2, memory_limit="1GB")
    sample = Polling(assets.recent_plays, world, clients)
    assert sample.poll().landed
    assert [file.listener for file in sample.files] == ["alma"]


def test_where_nobody_has_logged_in_the_asset_is_unavailable(server: SampleServer, environment: Environment) -> None:
    with closing(server.clients(environment.keys_root, logged_in=False)) as clients:
        found = Polling(assets.recent_plays, environment, clients).poll()
    assert (found.done.success, found.landed, found.says["status"]) == (True, [], "unavailable")
    assert "spotify-platform login" in found.says["reason"]
    assert not server.calls.by_endpoint()


def test_an_app_that_may_not_ask_is_unavailable(server: SampleServer, polling: Polling) -> None:
    server.faults.add(Fault(ENDPOINT, 403))
    found = polling.poll()
    assert (found.done.success, found.landed, found.says["status"]) == (True, [], "unavailable")
    assert "may not ask for recently played" in found.says["reason"]
    assert polling.poll().landed, "it is asked again when it is due"


def test_a_quota_ends_the_poll_and_nobody_asks_before_its_time(server: SampleServer, polling: Polling) -> None:
    server.faults.add(quota_exceeded(ENDPOINT))
    found = polling.poll()
    assert (found.done.success, found.landed, found.says["status"]) == (True, [], "deferred")
    assert dt.datetime.fromisoformat(found.says["resume_at"]) > dt.datetime.now(dt.UTC) + dt.timedelta(hours=20)
    asked = server.calls.by_endpoint()
    assert polling.poll().says["status"] == "deferred"
    assert server.calls.by_endpoint() == asked


def test_a_login_that_has_ended_fails_and_says_what_to_do(server: SampleServer, polling: Polling) -> None:
    server.accounts.revoke()
    found = polling.poll()
    assert not found.done.success
    assert found.error.startswith("ReconnectError")
    assert "run: spotify-platform login" in found.error


@pytest.mark.parametrize("body", ['{"items": null}', '{"error": "none"}', '{"items": [', "[]"])
def test_an_answer_without_a_list_of_plays_lands_nothing(
    server: SampleServer, polling: Polling, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr(calling, "FIRST_WAIT", 0.001)
    server.faults.add(Fault(ENDPOINT, 200, body=body, times=None))
    found = polling.poll()
    assert not found.done.success
    assert found.error.startswith("SourceUnavailableError")
    assert polling.files == []


def test_a_connection_that_breaks_is_tried_again(
    server: SampleServer, polling: Polling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "FIRST_WAIT", 0.001)
    server.faults.add(Fault(ENDPOINT, cut=True))
    assert polling.poll().says["plays"] == 50


def test_what_spotify_answered_goes_after_its_time_and_the_plays_stay(polling: Polling) -> None:
    polling.poll()
    [file] = polling.files
    day = dt.timedelta(days=1)
    keep = Keep(superseded=90 * day, versions=7 * day, runs=90 * day, answers=30 * day)
    now = dt.datetime.now(dt.UTC)
    assert raw_removals(polling.lake, keep, now + 29 * day) == []
    [removal] = raw_removals(polling.lake, keep, now + 31 * day)
    assert (removal.what, file.sha256 in removal.name) == ("expired answers", True)


def test_the_schedule_asks_where_somebody_has_logged_in(environment: Environment) -> None:
    def decides(**settings: Any) -> Any:
        given = environment.model_copy(update=settings)
        return assets.recent_plays_schedule(dg.build_schedule_context(resources={"environment": given}))

    nobody = decides()
    assert isinstance(nobody, dg.SkipReason)
    assert "spotify-platform login" in str(nobody.skip_message)
    app = {"spotify_client_id": "app1"}
    give_login(environment.model_copy(update=app))
    assert isinstance(decides(**app), dg.RunRequest)
    sample = decides(**app, world="sample")
    assert "spotify-platform ask --world sample" in str(sample.skip_message)


def test_to_ask_all_sources_is_to_ask_for_recent_plays_too(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noted(_: Environment, job: str, watch: Callable[[Any], None]) -> RunResult:
        asked.append(job)
        return RunResult()

    monkeypatch.setattr("spotify_platform.running.build", lambda *_, **__: RunResult())
    monkeypatch.setattr("spotify_platform.running.run_job", noted)
    assert ask_sources(environment).succeeded
    assert asked == ["land_playlists", "ask"]
