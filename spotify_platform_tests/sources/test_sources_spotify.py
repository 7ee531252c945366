"""Spotify through the real spotipy over real HTTP: apps that may do much or little, tokens, patience."""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from spotify_platform.errors import DeferredError, MissingAbilityError, ReconnectError, SourceUnavailableError
from spotify_platform.sources.abilities import ASK_AGAIN, Abilities
from spotify_platform.sources.allowance import Allowance
from spotify_platform.sources.memory import Memory
from spotify_platform.sources.spotify import Spotify, with_client_credentials
from spotify_platform_tests.sources.scripted import START, Reply, Scripted, Waiting

SECRET = "canary-of-a-secret"
TOKEN = "canary-of-a-token"


def track_id(number: int) -> str:
    return f"{number:022d}"


class World:
    """A served catalogue in which every third track is unknown; `may_batch` is what the app may."""

    def __init__(self, served: Scripted, file: Path) -> None:
        self.served, self.waiting = served, Waiting()
        self.may_batch, self.tokens, self.now = True, 0, START
        self.refused: list[Reply] = []
        self.abilities = Abilities(Memory(file, "Spotify", "app-1"), now=lambda: self.now)
        served.otherwise = self.reply

    def reply(self, call: Mapping[str, str]) -> Reply:
        if call["path"] == "/api/token":
            self.tokens += 1
            return Reply({"access_token": f"{TOKEN}-{self.tokens}", "token_type": "Bearer", "expires_in": 3600})
        if self.refused:
            return self.refused.pop(0)
        if call["path"].rstrip("/") == "/v1/tracks":
            if not self.may_batch:
                return Reply({"error": {"status": 403, "message": "Forbidden"}}, status=403)
            return Reply({"tracks": [self.track(id) for id in call["ids"].split(",")]})
        found = self.track(call["path"].rpartition("/")[2])
        return Reply(found) if found else Reply({"error": {"status": 404, "message": "Not found"}}, status=404)

    def track(self, id: str) -> dict[str, str] | None:
        return {"id": track_id(10_000 + int(id)), "name": f"Song {int(id)}"} if int(id) % 3 else None

    @property
    def paths(self) -> list[str]:
        return [
            call["path"].removeprefix("/v1/").rstrip("/") for call in self.served.asked if call["path"] != "/api/token"
        ]

    def client(self) -> Spotify:
        urls = {"url": f"{self.served.url}/v1/", "token_url": f"{self.served.url}/api/token"}
        made = with_client_credentials("app-1", SECRET, self.abilities, **urls)
        made.caller = replace(made.caller, clock=self.waiting.clock)
        return made


@pytest.fixture
def world(served: Scripted, tmp_path: Path) -> World:
    return World(served, tmp_path / "abilities.json")


def names(world: World, numbers: range) -> dict[str, str]:
    found = world.client().catalogue("tracks", (track_id(n) for n in [*numbers, *numbers]))
    return {id: entry["name"] for _, known in found for id, entry in known.items()}


EXPECTED = {track_id(n): f"Song {n}" for n in range(120) if n % 3}


def test_an_app_that_may_asks_for_fifty_at_once(world: World) -> None:
    assert names(world, range(120)) == EXPECTED
    assert world.paths == ["tracks"] * 3
    assert world.abilities.state("tracks by batch") == "works"


def test_one_that_may_not_asks_for_a_batch_once_and_never_again(world: World) -> None:
    world.may_batch = False
    assert names(world, range(120)) == EXPECTED
    assert world.paths == ["tracks", *(f"tracks/{track_id(n)}" for n in range(120))]
    assert names(world, range(30)) == {track_id(n): f"Song {n}" for n in range(30) if n % 3}
    assert world.paths.count("tracks") == 1, "another run knows it"
    assert world.abilities.state("tracks") == "works"


def test_what_was_forbidden_long_ago_is_tried_again(world: World) -> None:
    world.may_batch = False
    names(world, range(3))
    world.now, world.may_batch = START + ASK_AGAIN + dt.timedelta(hours=1), True
    names(world, range(3))
    assert world.paths[-1] == "tracks"
    assert world.abilities.state("tracks by batch") == "works"


def test_abilities_are_those_of_one_app(world: World) -> None:
    world.abilities.note("tracks by batch", "forbidden")
    memory = world.abilities.memory
    assert replace(world.abilities, memory=replace(memory, key="app-2")).state("tracks by batch") == "unknown"
    memory.file.write_text("{damaged", encoding="utf-8")
    assert world.abilities.state("tracks by batch") == "unknown"


def test_a_single_id_that_is_forbidden_is_a_missing_ability(world: World) -> None:
    world.may_batch = False
    world.refused = [Reply(status=403), Reply(status=403)]
    with pytest.raises(MissingAbilityError, match="may not ask for tracks"):
        names(world, range(5))
    assert world.abilities.state("tracks") == "forbidden"


def test_a_token_that_is_refused_before_its_time_is_renewed_once(world: World) -> None:
    world.refused = [Reply({"error": {"status": 401, "message": "The access token expired"}}, status=401)]
    assert names(world, range(120)) == EXPECTED
    assert world.tokens == 2


def test_a_login_that_is_over_is_said(world: World) -> None:
    world.refused = [Reply(status=401)] * 9
    with pytest.raises(ReconnectError, match="spotify-platform login"):
        names(world, range(5))
    assert len(world.refused) == 7


@pytest.mark.parametrize("broken", [Reply({"tracks": []}, cut=True), Reply(status=502), Reply(b"{")])
def test_what_is_no_whole_answer_is_asked_for_again(world: World, broken: Reply) -> None:
    world.refused = [broken]
    assert names(world, range(120)) == EXPECTED


def test_an_answer_for_another_number_of_tracks_is_no_answer(world: World) -> None:
    world.refused = [Reply({"tracks": []})]
    with pytest.raises(SourceUnavailableError, match="another number"):
        names(world, range(5))


def test_a_long_wait_ends_within_one_call_and_what_came_before_is_there(world: World) -> None:
    world.may_batch = False
    found = world.client().catalogue("tracks", (track_id(n) for n in range(1, 9)))
    first = [next(found), next(found)]
    quota = {"error": {"status": 429, "message": "Too many", "reason": "QUOTA_EXCEEDED"}}
    world.refused = [Reply(quota, status=429, headers={"Retry-After": "85771"})]
    with pytest.raises(DeferredError) as deferred:
        next(found)
    assert [ids for ids, _ in first] == [(track_id(1),), (track_id(2),)]
    assert deferred.value.resume_at - START > dt.timedelta(seconds=85_771 - 60)
    assert world.waiting.passed < 60


def test_tracks_under_a_budget_are_spread_over_days_and_none_is_asked_for_twice(
    world: World,
) -> None:
    world.may_batch = False
    wanted = [track_id(n) for n in range(500)]
    asked: list[str] = []
    runs = 0
    while len(asked) < len(wanted):
        runs += 1
        client = world.client()
        client.caller.allowance = Allowance(world.abilities.memory, calls_a_day=60, now=lambda: world.now)
        try:
            for ids, _ in client.catalogue("tracks", wanted[len(asked) :]):
                asked += ids
        except DeferredError as deferred:
            world.now = deferred.resume_at
    assert asked == wanted
    assert world.paths == ["tracks", *(f"tracks/{id}" for id in wanted)]
    assert runs == 9
    assert world.now - START < dt.timedelta(days=8.1)


def test_a_source_that_asked_for_patience_is_left_alone_by_the_next_run_and_then_asked_again(world: World) -> None:
    world.may_batch = False
    world.refused = [Reply(status=403), Reply(status=429, headers={"Retry-After": "85771"})]

    def run() -> dict[str, str]:
        client = world.client()
        client.caller.allowance = Allowance(world.abilities.memory, now=lambda: world.now)
        found = client.catalogue("tracks", [track_id(1), track_id(2)])
        return {id: entry["name"] for _, known in found for id, entry in known.items()}

    with pytest.raises(DeferredError) as first:
        run()
    calls = len(world.paths)
    with pytest.raises(DeferredError) as second:
        run()
    assert (second.value.resume_at, len(world.paths)) == (first.value.resume_at, calls)
    world.now = first.value.resume_at + dt.timedelta(seconds=1)
    assert run() == {track_id(1): "Song 1", track_id(2): "Song 2"}


@pytest.mark.parametrize("body", [{"error": "too much"}, ["too much"], "too much", {"error": None}, b"<html>"])
def test_a_refusal_in_words_of_somebody_else_is_understood_by_its_status(world: World, body: object) -> None:
    refusals = (Reply(body, status=502), Reply(body, status=429, headers={"Retry-After": "7"}))
    world.refused = [*refusals]
    world.abilities.note("tracks by batch", "forbidden")
    [(_, found)] = world.client().catalogue("tracks", [track_id(1)])
    assert set(found) == {track_id(1)}
    assert world.waiting.passed >= 7


def test_nothing_that_is_said_or_logged_has_a_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = world.client()
    list(client.catalogue("tracks", [track_id(1)]))
    world.refused = [Reply(status=500)] * 9
    with pytest.raises(SourceUnavailableError) as error:
        list(client.catalogue("tracks", [track_id(2)]))
    said = caplog.text + repr(client) + str(error.value) + world.abilities.memory.file.read_text(encoding="utf-8")
    assert SECRET not in said
    assert TOKEN not in said
