"""What the listener hears most, by the API of the sample world: asked for as an asset asks, landed, and what goes wrong."""

import datetime as dt
import json
import unicodedata
from contextlib import closing
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from spotify_platform.definitions import build_definitions
from spotify_platform.defs.history import assets
from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing.format import ITEM_TYPES, TIME_RANGES
from spotify_platform.landing.manifest import current_files
from spotify_platform.lookups.known import read_known
from spotify_platform.lookups.subjects import ARTISTS, TRACKS
from spotify_platform.sample.server.faults import Fault, quota_exceeded
from spotify_platform.sample.server.serving import SampleServer
from spotify_platform.sources import calling
from spotify_platform.sources.clients import Clients
from spotify_platform_tests.sample.conftest import NOW
from spotify_platform_tests.sample.polling import Polling
from spotify_platform_tests.sources.apis import give_login

ENDPOINT = "spotify me/top/{type}"
ROWS = ("candidates", "top_item_rows")


@pytest.fixture
def polling(environment: Environment, clients: Clients) -> Polling:
    return Polling(assets.listener_tops, environment, clients)


def tops(lake: FolderLake, columns: str, where: str = "TRUE") -> list[tuple[Any, ...]]:
    return query(lake, f"SELECT {columns} FROM candidates.top_item_rows WHERE {where} ORDER BY ALL", ROWS)


def expected(clients: Clients) -> list[tuple[Any, ...]]:
    """Type, range, rank, id, name, artists and popularity of all that the server has on top now."""
    api = clients.listener().api
    return sorted(
        (kind, span, rank, item["id"], spaced(item["name"]), credit_of(item), item.get("popularity"))
        for kind in ITEM_TYPES
        for span in TIME_RANGES
        for rank, item in enumerate(
            getattr(api, f"current_user_top_{kind}s")(limit=50, time_range=span)["items"], start=1
        )
    )


def credit_of(item: dict[str, Any]) -> str | None:
    return ", ".join(spaced(artist["name"]) for artist in item.get("artists", ())) or None


def spaced(name: str) -> str:
    """A name as it is kept: composed characters, and one blank for white space of every kind."""
    return " ".join(unicodedata.normalize("NFC", name).split())


@pytest.mark.parametrize("mode", ["extended", "development"])
def test_all_lists_land_as_one_file_and_what_is_told_whole_is_not_asked_for(
    server: SampleServer, polling: Polling, mode: Any
) -> None:
    server.spotify.mode = mode
    found = polling.poll()
    assert sorted(found.landed) == ["artists", "catalog", "listener_tops"]
    assert (found.says["status"], found.says["tier"]) == ("landed", 2)
    rows = tops(polling.lake, "item_type, time_range, rank, item_id, name, artist_credit, popularity")
    assert rows == expected(polling.clients)
    assert len(rows) == 6 * 50
    assert {popularity is None for *_, popularity in rows} == {mode == "development"}
    assert sorted((file.format, file.listener, file.rejected) for file in polling.files) == [
        ("listener_tops", "me", 0),
        ("spotify_artists", None, 0),
        ("spotify_tracks", None, 0),
    ]
    for subject, kind in ((TRACKS, "track"), (ARTISTS, "artist")):
        ids = {id for (id,) in tops(polling.lake, "DISTINCT item_id", f"item_type = '{kind}'")}
        assert read_known(polling.lake, subject).keys() == ids
        assert found.says[f"new_{kind}s"] == len(ids)
    assert bool(tops(polling.lake, "genres", "genres IS NOT NULL")) == (mode == "extended")


def test_nothing_is_kept_of_an_item_but_what_it_is_and_nothing_of_it_is_told(polling: Polling) -> None:
    found = polling.poll()
    [file] = [file for file in polling.files if file.listener]
    [kept] = [path for path in polling.lake.root.rglob(f"{file.content_sha256}*") if path.is_file()]
    columns = [name for (name, *_) in query(polling.lake, f"DESCRIBE SELECT * FROM read_parquet('{kept}')")]
    assert sorted(columns) == sorted(
        ["item_type", "time_range", "rank", "id", "name", "artists", "artist_ids", "popularity", "genres", "date"]
    )
    names = [name for (name,) in tops(polling.lake, "DISTINCT name")]
    events = json.dumps([str(event) for event in found.done.all_events], ensure_ascii=False)
    assert [name for name in names if len(name) > 12 and name in events] == []


def test_the_same_again_lands_nothing_and_others_of_the_day_supersede(server: SampleServer, polling: Polling) -> None:
    polling.poll()
    before = polling.files
    again = polling.poll()
    assert (again.landed, again.says["status"], again.says["new_tracks"]) == ([], "already landed", 0)
    assert polling.files == before
    server.moment = NOW + dt.timedelta(days=8)
    server.faults.add(Fault(ENDPOINT, 200, body='{"items": []}'))
    later = polling.poll()
    assert later.says["status"] == "superseding"
    assert tops(polling.lake, "item_type, COUNT(*)", "TRUE GROUP BY 1") == [("artist", 150), ("track", 100)]
    assert len([file for file in current_files(polling.files) if file.kind == "listener_tops"]) == 1
    wanted = [row for row in expected(polling.clients) if row[:2] != ("track", "short_term")]
    assert tops(polling.lake, "item_type, time_range, rank, item_id", "TRUE") == [row[:4] for row in wanted]


def test_an_item_that_lacks_what_others_have_is_a_row_or_a_reject(server: SampleServer, polling: Polling) -> None:
    bare = {"id": "0" * 21 + "1"}
    odd = {**bare, "name": "Odd", "artists": [None, {"name": "Ana"}], "popularity": 101, "images": [{"url": "x"}]}
    server.faults.add(Fault(ENDPOINT, 200, body=json.dumps({"items": [None, bare, odd, {"name": "No id"}]})))
    server.faults.add(Fault(ENDPOINT, 200, body='{"items": []}', times=None))
    assert "listener_tops" in polling.poll().landed
    [file] = [file for file in polling.files if file.listener]
    assert (file.rows_read, file.rows, file.rejected) == (4, 1, 3)
    assert tops(polling.lake, "rank, item_id, name, artist_credit, popularity") == [(2, bare["id"], None, None, None)]


def test_a_listener_of_whom_nothing_is_told_makes_no_file(server: SampleServer, polling: Polling) -> None:
    server.faults.add(Fault(ENDPOINT, 200, body='{"items": []}', times=None))
    found = polling.poll()
    assert (found.done.success, found.landed, found.says["status"]) == (True, [], "nothing is told")
    assert polling.files == []


def test_where_nobody_has_logged_in_the_asset_is_unavailable(server: SampleServer, polling: Polling) -> None:
    with closing(server.clients(polling.environment.root / "no login", logged_in=False)) as clients:
        found = replace(polling, clients=clients).poll()
    assert (found.done.success, found.landed, found.says["status"]) == (True, [], "unavailable")
    assert "spotify-platform login" in found.says["reason"]
    assert not server.calls.by_endpoint()


def test_a_login_that_lacks_the_permission_is_told_to_be_given_again(server: SampleServer, polling: Polling) -> None:
    """The server refuses a token without the scope; the login that is kept does not know of it."""
    tokens = server.accounts.tokens
    tokens.update({made: replace(token, scope="user-read-recently-played") for made, token in tokens.items()})
    found = polling.poll()
    assert (found.done.success, found.landed, found.says["status"]) == (True, [], "unavailable")
    assert "log in again, run: spotify-platform login" in found.says["reason"]
    assert polling.clients.abilities.state("top items") == "forbidden"


def test_a_quota_ends_the_round_and_what_it_gave_in_part_replaces_nothing(
    server: SampleServer, polling: Polling
) -> None:
    polling.poll()
    before = polling.files
    server.moment = NOW + dt.timedelta(days=8)
    server.faults.add(quota_exceeded(ENDPOINT, after=3))
    found = polling.poll()
    assert (found.done.success, found.landed, found.says["status"]) == (True, [], "deferred")
    assert dt.datetime.fromisoformat(found.says["resume_at"]) > dt.datetime.now(dt.UTC) + dt.timedelta(hours=20)
    assert polling.files == before
    asked = server.calls.by_endpoint()
    assert polling.poll().says["status"] == "deferred"
    assert server.calls.by_endpoint() == asked


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 200, "body": '{"items": null}'}])
def test_a_source_that_does_not_answer_fails_the_run(
    server: SampleServer, polling: Polling, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    monkeypatch.setattr(calling, "FIRST_WAIT", 0.001)
    server.faults.add(Fault(ENDPOINT, **fault, after=2, times=None))
    found = polling.poll()
    assert not found.done.success
    assert found.error.startswith("SourceUnavailableError")
    assert polling.files == []


def test_each_schedule_asks_for_its_own_alone_where_somebody_has_logged_in(environment: Environment) -> None:
    repository = build_definitions(environment).get_repository_def()

    def decides(name: str, **settings: Any) -> Any:
        resources = {"environment": environment.model_copy(update=settings)}
        schedule = repository.get_schedule_def(name)
        assert schedule.job_name == "land_listening"
        ticked = schedule.evaluate_tick(dg.build_schedule_context(resources=resources, repository_def=repository))
        return ticked.skip_message or [request.asset_selection for request in ticked.run_requests or ()]

    assert "spotify-platform login" in decides("listener_tops_schedule")
    app = {"spotify_client_id": "app1"}
    give_login(environment.model_copy(update=app))
    for asset in ("listener_tops", "recent_plays"):
        assert decides(f"{asset}_schedule", **app) == [[dg.AssetKey(["raw", asset])]]
    assert "spotify-platform ask --world sample" in decides("listener_tops_schedule", **app, world="sample")


def test_what_is_on_top_is_what_the_listener_plays(server: SampleServer, clients: Clients) -> None:
    api = clients.listener().api
    played = {play["track"]["id"] for play in api.current_user_recently_played(limit=50)["items"]}
    favourites = {row["track_id"] for row in server.spotify.store.rows("select track_id from served.favourite")}
    on_top = [track["id"] for track in api.current_user_top_tracks(limit=50)["items"]]
    assert played | set(on_top) <= favourites
    often = server.spotify.store.rows(
        "select track_id, count(*) as plays from plays(?, ?) group by all",
        [int((NOW - dt.timedelta(days=180)).timestamp()), int(NOW.timestamp())],
    )
    plays = {row["track_id"]: row["plays"] for row in often}
    mean = sum(plays.values()) / len(favourites)
    assert sum(plays.get(id, 0) for id in on_top) / len(on_top) > 2 * mean
