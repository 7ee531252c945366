"""Top tracks of countries: from Last.fm over real HTTP to files that have landed, with nothing lost."""

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr

from spotify_platform.environment import Environment
from spotify_platform.errors import (
    DeferredError,
    MissingAbilityError,
    PermanentError,
    PlatformError,
    SourceUnavailableError,
)
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing.land import Door, land
from spotify_platform.landing.manifest import current_files, read_manifest
from spotify_platform.resources import clients_of
from spotify_platform.running import instance_of
from spotify_platform.sources.clients import Clients
from spotify_platform.sources.lastfm import TopTrack, top_tracks
from spotify_platform.sources.top_tracks import Round, ask, write
from spotify_platform_tests.conftest import LIMITS, SmallWorld
from spotify_platform_tests.sources.scripted import Reply, Scripted

ROWS = ("candidates", "top_track_rows")
DAY = dt.date(2026, 3, 1)


def track(rank: int, title: str = "Song", **more: Any) -> TopTrack:
    base = {
        "listeners": 100 - rank,
        "duration_ms": 180_000,
        "track_mbid": None,
        "artist_mbid": None,
        "url": "https://x",
    }
    return TopTrack(rank, title, "Somebody", **{**base, **more})


def page(*titles: str) -> Reply:
    entries = [
        {"name": title, "duration": "180", "listeners": "7", "mbid": "", "url": "https://x", "artist": {"name": "A"}}
        for title in titles
    ]
    return Reply({"tracks": {"track": entries, "@attr": {"totalPages": "1"}}})


# --- a round of questions


@dataclass
class Scripts:
    """A source that answers each name of a country as it is told, and raises what is an error."""

    answers: Mapping[str, list[TopTrack] | PlatformError]
    asked: list[str] = field(default_factory=list)

    def top_tracks(self, country: str, number: int) -> list[TopTrack]:
        self.asked.append(country)
        answer = self.answers.get(country, [track(1)])
        if isinstance(answer, PlatformError):
            raise answer
        return answer[:number]


def test_a_country_that_fails_loses_no_other() -> None:
    failing = {"Germany": SourceUnavailableError("gone"), "France": PermanentError("refused"), "Italy": []}
    source = Scripts(failing)
    found = ask(source, ["DE", "FR", "IT", "ES", "US"])
    assert (list(found.lists), list(found.failed), found.ended) == (["ES", "US"], ["DE", "FR", "IT"], None)
    assert source.asked == ["Germany", "France", "Italy", "Spain", "United States"]


@pytest.mark.parametrize("end", [MissingAbilityError("refused"), DeferredError("Last.fm", dt.datetime(2026, 3, 2))])
def test_what_would_be_the_same_for_all_countries_ends_the_round_and_keeps_what_came(
    end: MissingAbilityError | DeferredError,
) -> None:
    source = Scripts({"France": end})
    assert ask(source, ["DE", "FR", "IT"]) == Round({"DE": [track(1)]}, {}, end)
    assert source.asked == ["Germany", "France"]


def test_a_country_is_asked_for_by_its_other_name_where_the_official_one_is_not_understood() -> None:
    source = Scripts({"Korea, Republic of": PermanentError("error 6")})
    assert list(ask(source, ["KR"]).lists) == ["KR"]
    assert source.asked == ["Korea, Republic of", "South Korea"]


# --- files


def landed(lake: FolderLake, path: Path) -> str:
    [outcome] = land(lake, path, Door("api"), LIMITS)
    return outcome.status


def test_equal_lists_of_two_days_or_countries_both_land_and_the_same_list_once(
    lake: FolderLake, tmp_path: Path
) -> None:
    tracks = [track(1), track(2, "Other")]
    assert landed(lake, write(tmp_path, "US", DAY, tracks)) == "landed"
    assert landed(lake, write(tmp_path, "US", DAY, tracks)) == "already landed"
    assert landed(lake, write(tmp_path, "US", DAY + dt.timedelta(days=1), tracks)) == "landed"
    assert landed(lake, write(tmp_path, "DE", DAY, tracks)) == "landed"
    found = query(lake, "SELECT DISTINCT region_code, snapshot_date FROM candidates.top_track_rows ORDER BY ALL", ROWS)
    assert found == [("DE", DAY), ("US", DAY), ("US", DAY + dt.timedelta(days=1))]


def test_a_later_list_of_a_day_supersedes_the_earlier_unless_it_tells_less(lake: FolderLake, tmp_path: Path) -> None:
    assert landed(lake, write(tmp_path, "US", DAY, [track(1)])) == "landed"
    assert landed(lake, write(tmp_path, "US", DAY, [track(1, "Later"), track(2)])) == "superseding"
    assert landed(lake, write(tmp_path, "US", DAY, [track(1, "Less")])) == "refused"
    [current] = current_files(read_manifest(lake))
    assert (current.identity, current.rows, current.kinds) == ("lastfm/top-tracks/US/2026-03-01", 2, ("top_tracks",))
    assert query(lake, "SELECT title FROM candidates.top_track_rows ORDER BY rank", ROWS) == [("Later",), ("Song",)]


@pytest.mark.parametrize("name", ["geo.getTopTracks"])
def test_a_real_list_lands_with_nothing_lost(lake: FolderLake, tmp_path: Path, realdata: Path, name: str) -> None:
    document = json.loads((realdata / "lastfm" / f"{name}.json").read_text(encoding="utf-8"))
    told, _ = top_tracks(document)
    assert landed(lake, write(tmp_path, "ES", DAY, told)) == "landed"
    columns = "rank, title, artist_credit, listeners, duration_ms, track_mbid, artist_mbid, url"
    found = query(lake, f"SELECT {columns} FROM candidates.top_track_rows ORDER BY rank", ROWS)
    raw = document["tracks"]["track"]
    assert found == [
        (
            int(entry["@attr"]["rank"]) + 1,
            entry["name"],
            entry["artist"]["name"],
            int(entry["listeners"]),
            int(entry["duration"]) * 1000 or None,
            entry["mbid"] or None,
            entry["artist"]["mbid"] or None,
            entry["url"],
        )
        for entry in raw
    ]
    assert len(found) == len(raw) == 10


# --- the asset


@dataclass
class World:
    environment: Environment
    served: Scripted
    key: str | None = "canary-of-a-key"

    @property
    def lake(self) -> FolderLake:
        return FolderLake(self.environment.lake_root)

    @property
    def clients(self) -> Clients:
        key = SecretStr(self.key) if self.key else None
        told = self.environment.model_copy(update={"lastfm_key": key, "lastfm_url": self.served.url})
        return replace(clients_of(told), pace=10_000)

    def ask(self) -> dg.ExecuteInProcessResult:
        """One run of the asset."""
        from spotify_platform.defs.top_tracks.assets import top_tracks as asset

        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        with closing(self.clients) as clients, dg.DagsterInstance.ephemeral() as instance:
            resources = {"clients": clients, "lake": self.lake, "environment": self.environment}
            return dg.materialize(
                [asset], resources=resources, instance=instance, run_config=quiet, raise_on_error=False
            )

    def landed(self) -> dict[str, int]:
        """Rows by name of what counts."""
        return {file.name: file.rows for file in current_files(read_manifest(self.lake))}


def materialized(result: dg.ExecuteInProcessResult) -> list[dict[str, Any]]:
    """The metadata of each materialization."""
    return [_values(event.metadata) for event in result.asset_materializations_for_node("raw__top_tracks")]


def observed(result: dg.ExecuteInProcessResult) -> list[dict[str, Any]]:
    """The metadata of each observation."""
    return [_values(event.metadata) for event in result.asset_observations_for_node("raw__top_tracks")]


def _values(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, Any]:
    return {name: value.value for name, value in metadata.items()}


@pytest.fixture
def world(served: Scripted, home: Path) -> World:
    environment = Environment.load(home=home, world="data", memory_limit="1GB", top_track_countries="US DE IT")
    return World(environment, served)


def answering(answers: Mapping[str, Reply]) -> Any:
    return lambda call: answers[call["country"]]


def test_each_country_lands_as_a_file_of_the_day(world: World) -> None:
    world.served.otherwise = answering(
        {"United States": page("One", "Two"), "Germany": page("One"), "Italy": page("One", "Three")}
    )
    result = world.ask()
    assert result.success
    [told] = materialized(result)
    assert (told["status"], told["files"], told["rows_read"], told["rejected"]) == ("complete", 3, 5, 0)
    assert "| DE | 1 | 1 | 1 | 0 | landed |" in told["countries"]
    assert told["plot"].startswith("![Tracks on the lists of most countries](data:image/svg+xml;base64,")
    today = dt.datetime.now(dt.UTC).date()
    days = {
        f"lastfm-top-tracks-{code}-{day}.parquet"
        for code in ("us", "de", "it")
        for day in (today, today - dt.timedelta(1))
    }
    assert sorted(world.landed().values()) == [1, 2, 2]
    assert world.landed().keys() <= days
    assert [(call["method"], call["limit"]) for call in world.served.asked] == [("geo.getTopTracks", "50")] * 3


def test_the_same_lists_again_are_observed_and_change_nothing(world: World) -> None:
    world.served.otherwise = lambda call: page("One")
    world.ask()
    before = world.landed()
    again = world.ask()
    assert again.success
    assert materialized(again) == []
    [told] = observed(again)
    assert told["status"] == "complete"
    assert "already landed" in told["countries"]
    assert world.landed() == before


def test_without_a_key_the_asset_is_unavailable_and_no_run_fails(world: World) -> None:
    world.key = None
    result = world.ask()
    assert result.success
    assert materialized(result) == []
    [told] = observed(result)
    assert told["status"] == "unavailable"
    assert "set SPOTIFY_PLATFORM_LASTFM_KEY" in told["reason"]
    assert world.served.asked == []


def test_a_key_that_is_refused_is_asked_with_once(world: World) -> None:
    world.served.otherwise = lambda call: Reply({"error": 10, "message": "Invalid API key"}, status=403)
    result = world.ask()
    assert result.success
    [told] = observed(result)
    assert told["status"] == "unavailable"
    assert "refuses the key" in told["reason"]
    assert len(world.served.asked) == 1


def test_a_country_that_is_refused_is_told_and_the_others_land(world: World) -> None:
    refused = Reply({"error": 6, "message": "country param invalid"}, status=400)
    world.served.otherwise = answering({"United States": page("One"), "Germany": refused, "Italy": page("Two")})
    result = world.ask()
    assert result.success
    [told] = materialized(result)
    assert (told["status"], told["files"]) == ("some countries failed", 2)
    assert "| DE | 0 |  |  |  | Last.fm refuses geo.getTopTracks (error 6) |" in told["countries"]


def test_a_deferral_keeps_what_came_and_says_when_it_resumes(world: World) -> None:
    later = Reply({}, status=429, headers={"Retry-After": "86400"})
    world.served.otherwise = answering({"United States": page("One"), "Germany": later})
    result = world.ask()
    assert result.success
    [told] = materialized(result)
    assert (told["status"], told["files"]) == ("deferred", 1)
    assert dt.datetime.fromisoformat(told["resume_at"]) > dt.datetime.now(dt.UTC) + dt.timedelta(hours=23)
    assert "| IT | 0 |  |  |  | not asked |" in told["countries"]
    world.served.asked.clear()
    [told] = observed(world.ask())
    assert told["status"] == "deferred"
    assert world.served.asked == [], "who asked to be left alone is left alone"


def test_a_source_that_refuses_every_country_fails_the_run(world: World) -> None:
    world.served.otherwise = lambda call: Reply({"error": 6, "message": "no"}, status=400)
    assert not world.ask().success
    assert world.landed() == {}


def test_the_table_says_from_which_lists_each_country_is(small_world: SmallWorld) -> None:
    with instance_of(small_world.environment) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["cleandata", "top_tracks"]))
    assert event
    assert event.asset_materialization
    listing = str(event.asset_materialization.metadata["countries"].value)
    assert listing.startswith("| country | source | list | days | first | last |")
    table = ("cleandata", "top_tracks")
    of_table = query(
        FolderLake(small_world.environment.lake_root),
        "SELECT region_code, source, list, COUNT(DISTINCT snapshot_date), MIN(snapshot_date), MAX(snapshot_date) "
        "FROM cleandata.top_tracks GROUP BY ALL",
        table,
    )
    assert of_table
    assert set(listing.splitlines()[2:]) == {f"| {' | '.join(map(str, row))} |" for row in of_table}


def test_the_schedule_asks_where_there_is_a_key_and_says_why_it_does_not(world: World) -> None:
    from spotify_platform.defs.top_tracks.assets import top_tracks_schedule

    def tick() -> Any:
        with closing(world.clients) as clients:
            return top_tracks_schedule(dg.build_schedule_context(resources={"clients": clients}))

    assert isinstance(tick(), dg.RunRequest)
    world.key = None
    skipped = tick()
    assert isinstance(skipped, dg.SkipReason)
    assert "SPOTIFY_PLATFORM_LASTFM_KEY" in str(skipped.skip_message)
