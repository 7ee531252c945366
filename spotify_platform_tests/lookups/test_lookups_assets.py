"""The assets that look things up: real clients over real HTTP, and what a person sees of a run."""

import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.defs.catalog import lookups
from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.lookups import wanted
from spotify_platform.resources import clients_of
from spotify_platform.sources.calling import Caller
from spotify_platform.sources.clients import Clients
from spotify_platform_tests.conftest import SmallWorld
from spotify_platform_tests.lookups.desks import number_of, track
from spotify_platform_tests.sources.scripted import Reply, Scripted, scripted

SECRET = "canary-of-a-secret"
TOKEN = "canary-of-a-token"
QUOTA = Reply({"error": {"status": 429, "reason": "QUOTA_EXCEEDED"}}, 429, {"Retry-After": "85771"})


class WithoutWaiting(Clients):
    """The clients, whose waits pass at once."""

    @property
    def spotify_caller(self) -> Caller:
        made = super().spotify_caller
        made.clock = replace(made.clock, sleep=lambda seconds: None)
        return made


@dataclass
class World:
    """A built world whose sources are a scripted server: `refusals` come before Spotify's answers, one for each call."""

    environment: Environment
    served: Scripted
    may_batch: bool = False
    genres: list[str] = field(default_factory=lambda: ["pop"])
    refusals: list[Reply] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.served.otherwise = self.reply

    def reply(self, call: Mapping[str, str]) -> Reply:
        path = call["path"].rstrip("/")
        if path == "/api/token":
            return Reply({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})
        if path == "/recco/v1/audio-features":
            return Reply({"content": [self.features(id) for id in call["ids"].split(",") if number_of(id) % 2]})
        if path == "/mb/ws/2/url":
            return Reply({"urls": [self.link(url) for url in call["resource"].split(",") if not url.endswith("3")]})
        if path == "/lb/1/metadata/artist":
            return Reply([self.voted(mbid) for mbid in call["artist_mbids"].split(",")])
        if call.get("method") == "artist.getTopTags":
            return Reply({"toptags": {"tag": [{"name": "Folk", "count": "100"}, {"name": "seen live", "count": 9}]}})
        if self.refusals:
            return self.refusals.pop(0)
        kind, _, id = path.removeprefix("/v1/").partition("/")
        if not id:
            ids = call["ids"].split(",")
            found = {kind.replace("-", "_"): [self.object(kind, id) for id in ids]}
            return Reply(found) if self.may_batch else Reply({"error": {"status": 403}}, 403)
        return Reply(self.object(kind, id))

    def object(self, kind: str, id: str) -> dict[str, Any]:
        if kind == "audio-features":
            return {"id": id, "energy": 0.25, "tempo": 60.0, "time_signature": 4}
        return track(id) if kind == "tracks" else {"id": id, "name": f"The {id}", "genres": self.genres}

    @staticmethod
    def features(id: str) -> dict[str, Any]:
        return {"id": "own", "href": f"https://open.spotify.com/track/{id}", "energy": 0.5, "tempo": 120.5, "key": -1}

    @staticmethod
    def link(url: str) -> dict[str, Any]:
        """A link to the artist of the same last number."""
        artist = {"id": f"00000000-0000-4000-8000-{url[-12:]}"}
        return {"resource": url, "relations": [{"type": "free streaming", "ended": False, "artist": artist}]}

    @staticmethod
    def voted(mbid: str) -> dict[str, Any]:
        return {"artist_mbid": mbid, "tag": {"artist": [{"tag": "folk", "count": 3, "genre_mbid": mbid}]}}

    @property
    def lake(self) -> FolderLake:
        return FolderLake(self.environment.lake_root)

    def forget(self, *parts: str) -> None:
        """What is remembered of the keys, as if the time of it were over."""
        memory = self.environment.keys_root / "memory.json"
        remembered = json.loads(memory.read_text(encoding="utf-8"))
        for of_key in remembered.values():
            for part in parts:
                of_key.pop(part, None)
        memory.write_text(json.dumps(remembered), encoding="utf-8")

    @property
    def asked(self) -> list[str]:
        return [
            call["path"].removeprefix("/v1/").rstrip("/")
            for call in self.served.asked
            if call["path"].startswith("/v1/")
        ]

    def run(self, asset: Any, **settings: Any) -> "Run":
        """Materialize an asset as a run does, in an instance that is not kept."""
        environment = self.environment.model_copy(update=settings)
        made = clients_of(environment)
        fields = {field.name: getattr(made, field.name) for field in dataclasses.fields(made) if field.init}
        with closing(WithoutWaiting(**fields)) as clients, dg.DagsterInstance.ephemeral() as instance:
            resources = {"lake": self.lake, "environment": environment, "clients": clients}
            done = dg.materialize([asset], resources=resources, instance=instance, raise_on_error=False)
            logged = list(instance.all_logs(done.run_id))
        return Run(done, "\n".join(record.to_json() for record in logged))


@dataclass(frozen=True)
class Run:
    done: dg.ExecuteInProcessResult
    log: str

    @property
    def metadata(self) -> dict[str, Any]:
        """What the last event of the asset says: of its materialization, or of what was observed instead."""
        events = [*self.done.get_asset_observation_events(), *self.done.get_asset_materialization_events()]
        own = [event for event in events if event.asset_key and event.asset_key.path[-1] in NAMES]
        data: Any = own[-1].event_specific_data
        found = getattr(data, "asset_observation", None) or data.materialization
        return {name: value.value for name, value in found.metadata.items()}

    @property
    def landed(self) -> list[str]:
        """The raw assets that were told of new files."""
        events = self.done.get_asset_materialization_events()
        return [
            event.asset_key.path[-1] for event in events if event.asset_key and event.asset_key.path[-1] not in NAMES
        ]


NAMES = {"spotify_catalog", "audio_features", "artist_genres", "artist_tags"}


@pytest.fixture
def world(small_world: SmallWorld, tmp_path: Path) -> Iterator[World]:
    with scripted() as served:
        home = tmp_path / "home"
        environment = Environment.load(
            home=home,
            world="data",
            spotify_client_id="app1",
            spotify_client_secret=SECRET,
            lastfm_key=SECRET,
            spotify_url=f"{served.url}/v1/",
            spotify_accounts_url=f"{served.url}/",
            lastfm_url=f"{served.url}/2.0/",
            reccobeats_url=f"{served.url}/recco",
            musicbrainz_url=f"{served.url}/mb",
            listenbrainz_url=f"{served.url}/lb",
            memory_limit="1GB",
            threads=2,
        )
        shutil.copytree(small_world.environment.lake_root, environment.lake_root)
        for record in (environment.lake_root / "rawdata" / "manifest").glob("*.json"):
            if "catalog" in json.loads(record.read_text(encoding="utf-8"))["kinds"]:
                record.unlink()  # so that charts alone are known
        yield World(environment, served)


def test_tracks_then_their_artists_and_albums_are_looked_up_and_land(world: World) -> None:
    ids = wanted.tracks(world.lake)
    world.refusals = [Reply(status=502), Reply({"error": {"status": 401}}, 401)]
    run = world.run(lookups.spotify_catalog)
    assert run.done.success
    assert [path for path in world.asked if path.startswith("tracks/")] == [f"tracks/{id}" for id in ids]
    assert {"tracks", "artists"} <= set(world.asked), "many at once were tried"
    assert run.landed == ["catalog", "artists", "albums"]
    found = run.metadata
    assert (found["status"], found["waiting"], found["tier"], found["missing"]) == ("complete", 0, 2, 0)
    assert found["asked"] == found["answered"] == len(ids) + 7 + len(ids)
    assert found["by_kind"]["spotify-tracks"]["asked"] == len(ids)
    states = {record.data["endpoint"]: record.data["state"] for record in found["abilities"].records}
    assert states["tracks by batch"] == "forbidden"
    assert found["calls_left"] <= world.environment.spotify_calls_a_day - found["asked"]
    assert query(
        world.lake, "SELECT COUNT(*) FROM candidates.artist_row_genres", ("candidates", "artist_row_genres")
    ) == [(7,)]
    world.served.asked.clear()
    again = world.run(lookups.spotify_catalog)
    assert (again.metadata["asked"], world.asked, again.landed) == (0, [], [])


def test_a_used_up_quota_ends_the_run_at_once_and_the_next_goes_on_when_it_may(world: World) -> None:
    world.may_batch = True
    first = world.run(lookups.audio_features, spotify_client_id=None)
    assert first.metadata["status"] == "complete"
    world.refusals = [QUOTA]
    run = world.run(lookups.spotify_catalog)
    assert run.done.success
    found, ids = run.metadata, wanted.tracks(world.lake)
    resume_at = dt.datetime.fromtimestamp(found["deferred_until"], dt.UTC)
    assert abs((resume_at - dt.datetime.now(dt.UTC)).total_seconds() - 85_771) < 60
    assert (found["status"], found["asked"], found["waiting"]) == ("deferred", 0, len(ids))
    calls = len(world.asked)
    assert world.run(lookups.spotify_catalog).metadata["status"] == "deferred"
    assert len(world.asked) == calls, "a source that is closed is not asked"
    world.forget("closed_until")
    after = world.run(lookups.spotify_catalog).metadata
    assert (after["status"], after["by_kind"]["spotify-tracks"]["answered"], after["tier"]) == ("complete", len(ids), 3)


def test_a_missing_key_makes_one_asset_unavailable_and_says_what_would_help(world: World) -> None:
    run = world.run(lookups.spotify_catalog, spotify_client_id=None)
    assert run.done.success
    assert run.metadata["status"] == "unavailable"
    assert "SPOTIFY_PLATFORM_SPOTIFY_CLIENT_ID" in run.metadata["needs"]
    assert not run.done.get_asset_materialization_events()
    tags = world.run(lookups.artist_tags, lastfm_key=None)
    assert tags.done.success
    assert "SPOTIFY_PLATFORM_LASTFM_KEY" in tags.metadata["needs"]
    assert world.served.asked == []


def test_an_app_that_may_not_even_ask_for_one_is_unavailable(world: World) -> None:
    world.refusals = [Reply({"error": {"status": 403}}, 403)] * 2
    run = world.run(lookups.spotify_catalog)
    assert run.done.success
    assert (run.metadata["status"], run.landed) == ("unavailable", [])
    assert "may not ask for tracks" in run.metadata["needs"]


def test_features_come_without_a_key_and_from_spotify_where_the_app_may(world: World) -> None:
    ids = wanted.tracks_without_features(world.lake)
    run = world.run(lookups.audio_features, spotify_client_id=None)
    assert run.done.success
    assert (run.metadata["tier"], run.metadata["asked"], run.landed) == (0, len(ids), ["catalog"])
    assert run.metadata["answered"] == sum(number_of(id) % 2 for id in ids)
    assert run.metadata["spotify"].startswith("unavailable: there is no Spotify app")
    told = query(
        world.lake,
        "SELECT track_id, energy, key FROM candidates.track_rows WHERE energy = 0.5",
        ("candidates", "track_rows"),
    )
    assert sorted(told) == sorted((id, 0.5, None) for id in ids if number_of(id) % 2)
    world.may_batch = True
    more = world.run(lookups.audio_features)
    assert (more.metadata["spotify"], more.metadata["waiting"], more.landed) == ("works", 0, ["catalog"])
    sql = "SELECT track_id, time_signature FROM candidates.track_rows WHERE energy = 0.25"
    told = query(world.lake, sql, ("candidates", "track_rows"))
    assert sorted(told) == sorted((id, 4) for id in ids if not number_of(id) % 2)


def test_an_app_that_may_not_ask_for_features_is_tried_once(world: World) -> None:
    runs = [world.run(lookups.audio_features) for _ in range(2)]
    assert [run.metadata["status"] for run in runs] == ["complete"] * 2
    assert all("may not ask for audio features" in run.metadata["spotify"] for run in runs)
    assert world.asked == ["audio-features"]


def test_tags_are_kept_for_artists_by_name(world: World) -> None:
    names = wanted.artist_names(world.lake)
    run = world.run(lookups.artist_tags)
    assert (run.metadata["asked"], run.metadata["tier"], run.landed) == (len(names), 1, ["artists"])
    assert sorted(call["artist"] for call in world.served.asked) == sorted(names)
    genres = query(
        world.lake,
        "SELECT DISTINCT genre, weight FROM candidates.artist_row_genres ORDER BY 1",
        ("candidates", "artist_row_genres"),
    )
    assert genres == [("folk", 100), ("seen live", 9)]


def test_genres_are_looked_up_by_ids_once_without_a_key_and_by_no_name(world: World) -> None:
    assert world.run(lookups.artist_genres, spotify_client_id=None).metadata["asked"] == 0, "no id is known yet"
    world.genres = []
    world.run(lookups.spotify_catalog)
    world.served.asked.clear()
    ids = wanted.artists_without_genres(world.lake)
    assert len(ids) == 7
    run = world.run(lookups.artist_genres, spotify_client_id=None, lastfm_key=None)
    assert run.done.success
    found = run.metadata
    assert (found["status"], found["tier"], run.landed) == ("complete", 0, ["artists"])
    assert (found["asked"], found["answered"], found["missing"], found["waiting"]) == (7, 6, 1, 0)
    links, tags = world.served.asked
    assert links["resource"].split(",") == [f"https://open.spotify.com/artist/{id}" for id in ids]
    assert set(tags) == {"path", "artist_mbids", "inc"}
    told = query(
        world.lake,
        "SELECT artist_id, genre, weight FROM candidates.artist_rows JOIN candidates.artist_row_genres "
        "USING (file_id, record) JOIN candidates.files USING (file_id) WHERE source = 'musicbrainz' ORDER BY 1",
        *(("candidates", name) for name in ("artist_rows", "artist_row_genres", "files")),
    )
    assert told == [(id, "folk", 100) for id in sorted(ids) if not id.endswith("3")]
    again = world.run(lookups.artist_genres)
    assert (again.metadata["asked"], len(world.served.asked), again.landed) == (0, 2, [])


@pytest.mark.parametrize(
    ("asset", "source", "batch", "ids", "between"),
    [
        (lookups.audio_features, "reccobeats", 4, "ids", ","),
        (lookups.artist_genres, "musicbrainz", 2, "resource", ","),
        (lookups.artist_tags, "lastfm", 1, "artist", "\n"),
    ],
)
def test_a_budget_that_is_used_up_defers_the_rest_to_the_next_day_and_nothing_is_asked_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, asset: Any, source: str, batch: int, ids: str, between: str
) -> None:
    if source == "musicbrainz":
        world.genres = []
        world.run(lookups.spotify_catalog)
        world.served.asked.clear()
    monkeypatch.setattr(f"spotify_platform.sources.{source}.BATCH", batch, raising=False)
    for pace in (f"{source}.PER_SECOND", "musicbrainz.LISTENBRAINZ_PER_SECOND"):
        monkeypatch.setattr(f"spotify_platform.sources.{pace}", 1000)
    budget = {f"{source}_calls_a_day": 2, "spotify_client_id": None}

    def asked() -> list[str]:
        return [id for call in world.served.asked if ids in call for id in call[ids].split(between)]

    first = world.run(asset, **budget)
    assert first.done.success
    found = first.metadata
    resume_at = dt.datetime.fromtimestamp(found["deferred_until"], dt.UTC)
    assert dt.timedelta(hours=23) < resume_at - dt.datetime.now(dt.UTC) <= dt.timedelta(hours=24, minutes=10)
    assert (found["status"], found["asked"], len(asked())) == ("deferred", 2 * batch, 2 * batch)
    assert found["waiting"] > 0
    assert first.landed != []
    again = world.run(asset, **budget).metadata
    assert (again["status"], again["asked"], again["waiting"]) == ("deferred", 0, found["waiting"])
    assert len(asked()) == 2 * batch
    world.forget("calls")
    rest = world.run(asset, spotify_client_id=None).metadata
    assert (rest["status"], rest["asked"]) == ("complete", found["waiting"])
    assert len(asked()) == len(set(asked())) == found["asked"] + found["waiting"]


def test_no_secret_is_told(world: World) -> None:
    world.refusals = [Reply({"error": {"status": 401}}, 401)]
    for asset in (lookups.spotify_catalog, lookups.audio_features, lookups.artist_genres, lookups.artist_tags):
        run = world.run(asset)
        assert run.done.success
        assert SECRET not in run.log
        assert TOKEN not in run.log
    files = [path for path in world.environment.root.rglob("*") if path.is_file() and "keys" not in path.parts]
    assert not [path for path in files if SECRET.encode() in path.read_bytes() or TOKEN.encode() in path.read_bytes()]
