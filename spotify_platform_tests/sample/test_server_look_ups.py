"""The job of look-ups as Dagster runs it, in an instance that keeps what it was told, against the sample world's server."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.contract import Column, Contract
from spotify_platform.defs.catalog import lookups
from spotify_platform.defs.jobs import look_up_job
from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.sample.server.faults import Fault
from spotify_platform.sample.server.serving import SampleServer
from spotify_platform.sources.clients import Clients
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.catalog.shelf import DEFS
from spotify_platform_tests.conftest import LIMITS
from spotify_platform_tests.marts.star import contracts

ASSETS = (lookups.spotify_catalog, lookups.audio_features, lookups.artist_genres, lookups.artist_tags)
GENRES = ("artist_ids", "artist_profiles", "text_keys", "genres", "artist_genres")
NO_GENRE = "select artist_id from served.artist where len(genres) = 0"


@pytest.fixture
def compute(lake: FolderLake, tmp_path: Path) -> DuckDBCompute:
    return DuckDBCompute(lake, LIMITS.threads, LIMITS.memory_limit, scratch=tmp_path / "scratch")


@pytest.fixture
def look_up(
    server: SampleServer,
    clients: Clients,
    lake: FolderLake,
    environment: Environment,
    compute: DuckDBCompute,
    tmp_path: Path,
) -> Callable[[], dict[str, str]]:
    """Run the job, where forty tracks of the world are in playlists; the status of each asset."""
    ids = [row["track_id"] for row in server.spotify.store.rows("select track_id from served.track limit 40")]
    rows = " UNION ALL ".join(f"SELECT '{id}' AS track_id" for id in ids)
    listed = Contract("Tracks.", (Column("track_id", "VARCHAR", "Id."),), grain=("track_id",))
    compute.build(SqlModel("cleandata", "playlist_tracks", rows), listed)
    resources = {"lake": lake, "environment": environment, "clients": clients}
    home = tmp_path / "dagster"
    home.mkdir()
    definitions = dg.Definitions(assets=ASSETS, jobs=[look_up_job], resources=resources)

    def run() -> dict[str, str]:
        with dg.DagsterInstance.local_temp(str(home)) as instance:
            assert definitions.resolve_job_def("look_up").execute_in_process(instance=instance).success
            found = {}
            for asset in ASSETS:
                event = instance.get_latest_materialization_event(asset.key)
                assert event is not None
                assert event.asset_materialization is not None
                found[asset.key.path[-1]] = str(event.asset_materialization.metadata["status"].value)
        return found

    return run


def test_genres_are_asked_for_after_spotify_was_and_become_those_of_the_artists(
    server: SampleServer, lake: FolderLake, look_up: Callable[[], dict[str, str]], compute: DuckDBCompute
) -> None:
    assert set(look_up().values()) == {"complete"}
    order = [call.endpoint for call in server.calls.of()]
    assert "spotify artists" not in order[order.index("musicbrainz url") :]
    known = query(
        lake, "SELECT artist_id FROM candidates.artist_rows WHERE followers IS NOT NULL", ("candidates", "artist_rows")
    )
    silent = {row["artist_id"] for row in server.spotify.store.rows(NO_GENRE)}
    asked = server.calls.by_id("musicbrainz *")
    assert asked == dict.fromkeys({id for (id,) in known} & silent, 1)
    assert len(asked) > 5
    assert set(look_up().values()) == {"complete"}
    assert server.calls.by_id("musicbrainz *") == asked, "once, whoever looks them up again"

    declared = contracts()
    for name in GENRES:
        compute.build(SqlModel.load("cleandata", DEFS / "catalog" / f"{name}.sql"), declared[f"cleandata/{name}"])
    told = query(
        lake,
        "SELECT artist_id, genre, family, weight FROM cleandata.artist_genres JOIN cleandata.genres USING (genre) "
        "WHERE provider = 'musicbrainz'",
        ("cleandata", "artist_genres"),
        ("cleandata", "genres"),
    )
    linked = server.spotify.store.rows(
        "from served.musicbrainz_link join served.listenbrainz_artist using (mbid) "
        "where not ended and other_mbid is null and len(tags) > 0"
    )
    first = {row["artist_id"]: row["tags"][0]["tag"] for row in linked if row["artist_id"] in asked}
    assert {id: genre for id, genre, _, weight in told if weight == 100} == first
    assert len(told) == 2 * len(first), "and its family of genres, with a third of the votes"
    assert {family for *_, family, _ in told} - {"other"}


def test_what_keeps_musicbrainz_from_answering_for_long_ends_it_as_deferred_and_nothing_else(
    server: SampleServer, look_up: Callable[[], dict[str, str]]
) -> None:
    server.faults.add(Fault("musicbrainz *", 503, {"Retry-After": "9000"}))
    done = look_up()
    assert {name for name, status in done.items() if status == "deferred"} == {"artist_genres"}
    assert look_up()["artist_genres"] == "deferred"
    assert server.calls.count("musicbrainz *") == 1, "a source that is closed is not asked"
