"""Playlists by the API of the sample world: asked for as an asset asks, in both modes, and landed."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partialmethod
from typing import Any

import dagster as dg
import pytest

from spotify_platform.defs.playlists import assets
from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError, SourceUnavailableError
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing.manifest import read_manifest
from spotify_platform.lookups.known import read_known
from spotify_platform.lookups.subjects import TRACKS
from spotify_platform.sample.playlists import OF_OTHERS
from spotify_platform.sample.server.faults import Fault, quota_exceeded
from spotify_platform.sample.server.serving import SampleServer
from spotify_platform.sources import calling
from spotify_platform.sources.clients import Clients

ROWS, CATALOGUE = ("candidates", "playlist_rows"), ("candidates", "track_rows")
UNKNOWN = "0" * 22


@dataclass(frozen=True)
class Run:
    """What a run of the asset said last, and of which assets it told that something landed."""

    metadata: dict[str, Any]
    is_built: bool
    landed: set[str]


@pytest.fixture
def run(lake: FolderLake, environment: Environment) -> Callable[..., Run]:
    def ran(clients: Clients, playlists: str = " ".join(OF_OTHERS)) -> Run:
        settings = environment.model_copy(update={"playlists": playlists})
        resources = {"lake": lake, "environment": settings, "clients": clients}
        with dg.DagsterInstance.ephemeral() as instance:
            done = dg.materialize([assets.playlist_snapshots], resources=resources, instance=instance)
            told = done.get_asset_materialization_events()
            seen = done.get_asset_observation_events()
        own = [event for event in told if event.asset_key == dg.AssetKey(["raw", "playlist_snapshots"])]
        [data] = [event.event_specific_data for event in (own or seen)]
        found: Any = getattr(data, "asset_observation", None) or getattr(data, "materialization", None)
        metadata = {name: value.value for name, value in found.metadata.items()}
        return Run(
            metadata,
            bool(own),
            {event.asset_key.path[-1] for event in told if event.asset_key} - {"playlist_snapshots"},
        )

    return ran


def places(lake: FolderLake) -> list[tuple[Any, ...]]:
    columns = "playlist_id, COUNT(*), MAX(position), COUNT(*) FILTER (item_type <> 'track')"
    return query(lake, f"SELECT {columns} FROM candidates.playlist_rows GROUP BY ALL ORDER BY ALL", ROWS)


def expected(server: SampleServer, owners: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Places of the playlists of these owners, as the world has them today."""
    rows = server.spotify.store.rows("from served.playlist")
    counted = []
    for row in rows:
        if row["owner"] in owners:
            kinds = [entry["kind"] for entry in server.spotify._entries(row)]
            counted.append((row["playlist_id"], len(kinds), len(kinds), sum(kind != "track" for kind in kinds)))
    return sorted(counted)


def test_the_default_of_the_sample_world_are_the_playlists_of_others(server: SampleServer) -> None:
    rows = server.spotify.store.rows(
        "select playlist_id from served.playlist where owner <> 'listener' order by playlist_no"
    )
    assert tuple(row["playlist_id"] for row in rows) == OF_OTHERS == Environment.load(world="sample").named_playlists
    assert Environment.load(world="data").named_playlists == ()


@pytest.mark.parametrize("mode", ["extended", "development"])
def test_named_playlists_and_the_listeners_own_land_as_far_as_the_app_may_see_them(
    server: SampleServer, clients: Clients, lake: FolderLake, run: Callable[..., Run], mode: Any
) -> None:
    server.spotify.mode = mode
    told = run(clients)
    seen = ("listener", "spotify", "friend") if mode == "extended" else ("listener",)
    assert places(lake) == expected(server, seen)
    assert told.is_built
    assert told.landed == {"playlists", "catalog"}
    assert told.metadata["own"] == "2 playlists"
    assert told.metadata["status"] == ("complete" if mode == "extended" else "some playlists are unavailable")
    assert told.metadata["playlists"].count("this app may not see what stands in it") == (
        0 if mode == "extended" else 4
    )
    named = query(lake, "SELECT DISTINCT track_id FROM candidates.playlist_rows WHERE track_id IS NOT NULL", ROWS)
    catalogue = query(lake, "SELECT track_id FROM candidates.track_rows", CATALOGUE)
    assert sorted(named) == sorted(catalogue)
    assert {id for (id,) in named} == read_known(lake, TRACKS).keys()
    assert all(file.rejected == 0 and file.door == "api" for file in read_manifest(lake))
    ids = query(
        lake,
        "SELECT COUNT(*) FROM candidates.track_row_artists WHERE artist_id IS NULL",
        ("candidates", "track_row_artists"),
    )
    assert ids == [(0,)]


def test_the_same_again_lands_nothing_and_a_shorter_one_of_the_day_supersedes(
    server: SampleServer, clients: Clients, lake: FolderLake, run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(clients, "")
    before = read_manifest(lake)
    assert not run(clients, "").is_built
    assert read_manifest(lake) == before
    entries = server.spotify._entries
    monkeypatch.setattr(server.spotify, "_entries", lambda playlist: entries(playlist)[:5])
    assert run(clients, "").landed == {"playlists"}
    assert [count for _, count, *_ in places(lake)] == [5, 5]


def test_without_an_app_it_is_unavailable_and_without_a_login_only_the_named_are_asked_for(
    server: SampleServer, clients: Clients, lake: FolderLake, run: Callable[..., Run]
) -> None:
    nobody = replace(clients, app=replace(clients.app, client_id=None))
    told = run(nobody)
    assert (told.metadata["status"], told.is_built, told.landed) == ("unavailable", False, set())
    assert "SPOTIFY_PLATFORM_SPOTIFY_CLIENT_ID" in told.metadata["reason"]
    clients.tokens.file.unlink()
    told = run(clients, OF_OTHERS[0])
    assert "spotify-platform login" in told.metadata["own"]
    assert [id for id, *_ in places(lake)] == [OF_OTHERS[0]]


def test_one_that_is_unknown_loses_no_other(clients: Clients, lake: FolderLake, run: Callable[..., Run]) -> None:
    clients.tokens.file.unlink()
    told = run(clients, f"{UNKNOWN} {OF_OTHERS[1]}")
    assert told.is_built
    assert "there is none with this id" in told.metadata["playlists"]
    assert [id for id, *_ in places(lake)] == [OF_OTHERS[1]]


def test_where_spotify_wants_to_be_left_alone_what_came_is_kept(
    server: SampleServer, clients: Clients, lake: FolderLake, run: Callable[..., Run]
) -> None:
    clients.tokens.file.unlink()
    server.faults.add(quota_exceeded("spotify playlists/{id}", after=1))
    told = run(clients)
    assert told.metadata["status"] == "deferred"
    assert told.metadata["deferred_until"] > dt.datetime.now().timestamp() + 3600
    assert [id for id, *_ in places(lake)] == [OF_OTHERS[0]]


def test_a_source_that_does_not_answer_fails_the_run(
    server: SampleServer, clients: Clients, lake: FolderLake, run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling.Clock, "__init__", partialmethod(calling.Clock.__init__, sleep=lambda seconds: None))
    server.faults.add(Fault("spotify *", 503, times=None))
    with pytest.raises(SourceUnavailableError, match="does not answer now"):
        run(clients)
    assert read_manifest(lake) == []


def test_playlists_are_named_by_ids_uris_or_links() -> None:
    first, second, third, _ = OF_OTHERS
    text = f"{first} spotify:playlist:{second}, https://open.spotify.com/intl-de/playlist/{third}?si=a {first}"
    assert Environment.load(world="data", playlists=text).named_playlists == (first, second, third)
    with pytest.raises(ConfigurationError, match="no id, URI or link of a playlist: spotify:album:1"):
        Environment.load(playlists=f"{first} spotify:album:1")
