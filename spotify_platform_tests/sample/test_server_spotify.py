"""Spotify as the sample world's server speaks it, through the platform's own client: the world of the files."""

import csv
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from spotify_platform.errors import MissingAbilityError, ReconnectError
from spotify_platform.sample.server.accounts import CLIENT_ID
from spotify_platform.sample.server.serving import SampleServer
from spotify_platform.sample.server.spotify_objects import Mode
from spotify_platform.sources.clients import Clients
from spotify_platform.sources.login import SCOPE, log_in
from spotify_platform.sources.spotify import Kind
from spotify_platform_tests.sample.conftest import NOW, http
from spotify_platform_tests.sample.openapi import OpenApi, read_document

UNKNOWN = "0" * 22
FEATURES = (
    *("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness"),
    *("liveness", "valence", "tempo"),
)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def catalogue(served_files: Path) -> dict[str, dict[str, str]]:
    """The tidytuesday catalogue of the served world, by track."""
    return {row["track_id"]: row for row in rows_of(served_files / "spotify_songs.csv")}


def all_of(clients: Clients, kind: Kind, ids: list[str]) -> dict[str, dict[str, Any]]:
    return {id: found for _, known in clients.spotify().catalogue(kind, ids) for id, found in known.items()}


def get(server: SampleServer, path: str, scope: str = SCOPE, **query: str | int) -> httpx.Response:
    token = server.accounts.login(scope)["access_token"]
    return http.get(server.spotify_url + path, params=query, headers={"Authorization": f"Bearer {token}"})


def ids_of(server: SampleServer, table: str, number: int) -> list[str]:
    return [
        row["id"] for row in server.spotify.store.rows(f"select {table}_id as id from served.{table} limit {number}")
    ]


def test_tracks_are_those_of_the_files(clients: Clients, catalogue: dict[str, dict[str, str]]) -> None:
    nameless = {id for id, row in catalogue.items() if not row["track_name"]}
    tracks = all_of(clients, "tracks", list(catalogue))
    assert tracks.keys() == catalogue.keys() - nameless, "what was withdrawn is unknown"
    assert nameless
    for id, track in tracks.items():
        row = catalogue[id]
        assert nfc(track["name"]) == row["track_name"]
        assert nfc(track["artists"][0]["name"]) == row["track_artist"]
        assert track["album"]["id"] == row["track_album_id"]
        # Catalogues call an album of several tracks by several names, the API by that of its first track.
        assert track["album"]["total_tracks"] > 1 or nfc(track["album"]["name"]) == row["track_album_name"]
        assert track["album"]["release_date"] == row["track_album_release_date"]
        assert (track["duration_ms"], track["popularity"]) == (int(row["duration_ms"]), int(row["track_popularity"]))
        assert re.fullmatch(r"[A-Z]{2}[A-Z]{3}\d{7}", track["external_ids"]["isrc"])
    codes = [track["external_ids"]["isrc"] for track in tracks.values()]
    assert len(set(codes)) > 0.98 * len(codes)


def nfc(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text)


def test_audio_features_and_credits_are_those_of_the_files(server: SampleServer, served_files: Path) -> None:
    larger = {row["track_id"]: row for row in rows_of(served_files / "dataset.csv")}
    ids = [id for id, row in larger.items() if row["track_name"] and row["tempo"] != "0.0"][:200]
    parts = [get(server, "audio-features", ids=",".join(ids[n : n + 100])).json() for n in (0, 100)]
    found = [one for part in parts for one in part["audio_features"]]
    assert 0 < found.count(None) < 20, "of some tracks there are none"
    for id, features in zip(ids, found, strict=True):
        if features:
            assert features["id"] == id
            assert all(features[name] == float(larger[id][name]) for name in FEATURES)
    tracks = get(server, "tracks", ids=",".join(ids[:50])).json()["tracks"]
    for track in tracks:
        assert nfc(";".join(artist["name"] for artist in track["artists"])) == larger[track["id"]]["artists"]
        assert track["explicit"] == (larger[track["id"]]["explicit"] == "True")


def test_tracks_that_chart_are_known(clients: Clients, served_files: Path) -> None:
    text = (served_files / "charts.csv").read_text(encoding="utf-8")
    charted = set(re.findall(r"/track/([0-9A-Za-z]{22})", text))
    assert len(charted - all_of(clients, "tracks", list(charted)).keys()) < 0.02 * len(charted)


@pytest.mark.parametrize("mode", ["development", "extended"])
def test_every_album_and_artist_of_a_track_is_known(server: SampleServer, clients: Clients, mode: Mode) -> None:
    server.spotify.mode = mode
    tracks = all_of(clients, "tracks", ids_of(server, "track", 6)).values()
    artists = {artist["id"]: artist["name"] for track in tracks for artist in track["artists"]}
    albums = {track["album"]["id"]: track["album"]["name"] for track in tracks}
    assert {id: one["name"] for id, one in all_of(clients, "artists", list(artists)).items()} == artists
    found = all_of(clients, "albums", list(albums))
    assert {id: one["name"] for id, one in found.items()} == albums
    for track in tracks:
        assert track["id"] in {one["id"] for one in found[track["album"]["id"]]["tracks"]["items"]}
        discography = get(server, f"artists/{track['artists'][0]['id']}/albums", limit=10).json()
        assert discography["total"] > 10 or track["album"]["id"] in {one["id"] for one in discography["items"]}


def test_an_app_in_development_mode_asks_for_a_batch_once_and_then_one_by_one(
    server: SampleServer, clients: Clients
) -> None:
    server.spotify.mode = "development"
    ids = ids_of(server, "track", 60)
    found = all_of(clients, "tracks", [*ids, UNKNOWN, *ids])
    assert found.keys() == set(ids)
    assert not {"popularity", "available_markets", "preview_url"} & found[ids[0]].keys()
    assert found[ids[0]]["external_ids"]["isrc"]
    assert server.calls.count("spotify tracks") == server.calls.count("spotify tracks", status=403) == 1
    assert server.calls.by_id("spotify tracks/{id}") == dict.fromkeys([*ids, UNKNOWN], 1)
    assert server.calls.count(status=404) == 1


def test_an_app_with_extended_quota_asks_for_fifty_at_once(server: SampleServer, clients: Clients) -> None:
    ids = ids_of(server, "track", 120)
    assert all_of(clients, "tracks", [*ids, UNKNOWN]).keys() == set(ids)
    assert [len(batch) for batch in server.calls.by_batch("spotify tracks")] == [50, 50, 21]
    assert server.calls.by_endpoint()["spotify tracks"] == 3


FORBIDDEN = ["tracks", "albums", "artists", "audio-features", "markets", "browse/new-releases", "users/spotify",
             "recommendations", "audio-features/" + UNKNOWN, f"artists/{UNKNOWN}/top-tracks"]  # fmt: skip


@pytest.mark.parametrize("path", FORBIDDEN)
def test_what_is_gone_in_development_mode_is_forbidden(server: SampleServer, path: str) -> None:
    server.spotify.mode = "development"
    assert get(server, path, ids=UNKNOWN).status_code == 403


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("tracks/short", {}, 400),
        (f"tracks/{UNKNOWN}", {}, 404),
        ("tracks", {"ids": ",".join([UNKNOWN] * 51)}, 400),
        ("albums", {"ids": ",".join([UNKNOWN] * 21)}, 400),
        ("search", {"q": "la", "type": "track", "limit": 11}, 400),
        ("search", {"type": "track"}, 400),
        ("me/top/tracks", {"limit": 51}, 400),
        ("me/top/tracks", {"time_range": "ever"}, 400),
        (f"artists/{UNKNOWN}/albums", {}, 404),
        (f"playlists/{UNKNOWN}", {}, 404),
    ],
)
def test_what_cannot_be_answered_is_refused(
    server: SampleServer, path: str, query: dict[str, str | int], status: int
) -> None:
    answer = get(server, path, **query)
    assert (answer.status_code, answer.json()["error"]["status"]) == (status, status)


def test_search_finds_by_words_and_by_fields(server: SampleServer) -> None:
    [track] = get(server, "tracks", ids=ids_of(server, "track", 1)[0]).json()["tracks"]
    title, artist = track["name"], track["artists"][0]["name"]
    for query in (
        f"{title.upper()} {artist}",
        f"track:{title} artist:{artist}",
        f"isrc:{track['external_ids']['isrc']}",
    ):
        found = get(server, "search", q=query, type="track,artist", limit=10).json()
        assert track["id"] in {one["id"] for one in found["tracks"]["items"]}, query
    [found] = get(server, "search", q=f'artist:"{artist}"', type="artist").json()["artists"]["items"][:1]
    assert found["name"] == artist
    first = get(server, "search", q="a", type="album", limit=10).json()["albums"]
    second = http.get(first["next"], headers={"Authorization": f"Bearer {server.accounts.login('')['access_token']}"})
    assert not {one["id"] for one in first["items"]} & {one["id"] for one in second.json()["albums"]["items"]}
    assert get(server, "search", q="track:nothing-is-called-so", type="track").json()["tracks"]["items"] == []


# The listener.


def test_the_last_fifty_plays_move_on_with_time(server: SampleServer, clients: Clients) -> None:
    def plays() -> list[str]:
        return [play["played_at"] for play in clients.listener().api.current_user_recently_played(limit=50)["items"]]

    before = plays()
    assert len(before) == 50
    assert before == sorted(before, reverse=True)
    assert dt.datetime.fromisoformat(before[0]) <= NOW
    server.moment = NOW + dt.timedelta(hours=12)
    after = plays()
    assert 0 < len(set(after) - set(before)) < 50
    assert set(after) & set(before)
    server.moment = NOW + dt.timedelta(days=30)
    assert not set(plays()) & set(before), "fifty new ones hide what was between"


def test_plays_are_paged_by_cursors_within_the_last_fifty(server: SampleServer) -> None:
    first = get(server, "me/player/recently-played", limit=30).json()
    second = get(server, "me/player/recently-played", limit=30, before=first["cursors"]["before"]).json()
    assert [len(first["items"]), len(second["items"])] == [30, 20]
    newest = get(server, "me/player/recently-played", after=second["cursors"]["after"], limit=50).json()
    assert newest["items"] == first["items"]
    assert get(server, "me/player/recently-played", before=second["cursors"]["before"]).json()["items"] == []


def test_top_items_differ_by_span_and_change_with_time(server: SampleServer) -> None:
    def top(span: str) -> list[str]:
        return [track["id"] for track in get(server, "me/top/tracks", limit=50, time_range=span).json()["items"]]

    spans = {span: top(span) for span in ("short_term", "medium_term", "long_term")}
    assert len(set(map(tuple, spans.values()))) == 3
    server.moment = NOW + dt.timedelta(days=8)
    assert top("short_term") != spans["short_term"]
    assert top("long_term") == spans["long_term"]
    artists = get(server, "me/top/artists", limit=50).json()["items"]
    assert len({artist["id"] for artist in artists}) == 50


@pytest.mark.parametrize("path", ["me", "me/top/tracks", "me/playlists", "me/player/recently-played"])
def test_an_app_without_a_login_has_no_listener(server: SampleServer, clients: Clients, path: str) -> None:
    token = server.accounts.login("")["access_token"]
    app = http.post(
        server.accounts_url + "api/token",
        data={"grant_type": "client_credentials"},
        auth=(CLIENT_ID, clients.app.client_secret.get_secret_value() if clients.app.client_secret else ""),
    ).json()["access_token"]
    url = server.spotify_url + path
    assert http.get(url, headers={"Authorization": f"Bearer {app}"}).status_code == 401
    if path != "me":
        assert http.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 403, "not in the scope"


# Playlists.


def owned(server: SampleServer) -> dict[bool, list[str]]:
    rows = server.spotify.store.rows("select playlist_id, owner from served.playlist order by playlist_no")
    return {
        is_own: [r["playlist_id"] for r in rows if (r["owner"] == "listener") == is_own] for is_own in (True, False)
    }


def items_of(clients: Clients, playlist: str) -> list[dict[str, Any]]:
    api = clients.listener().api
    page = api.playlist_items(playlist, limit=50)
    found = list(page["items"])
    while page["next"]:
        page = api.next(page)
        found += page["items"]
    assert len(found) == page["total"]
    return found


def test_there_are_six_playlists_two_of_them_the_listeners(server: SampleServer, clients: Clients) -> None:
    mine, theirs = owned(server)[True], owned(server)[False]
    assert (len(mine), len(theirs)) == (2, 4)
    listed = clients.listener().api.current_user_playlists()["items"]
    me = clients.listener().api.me()["id"]
    assert [one["id"] for one in listed if one["owner"]["id"] == me] == mine


@pytest.mark.parametrize("mode", ["development", "extended"])
def test_a_playlist_is_paged_and_holds_an_episode_a_local_file_and_what_was_removed(
    server: SampleServer, clients: Clients, mode: Mode
) -> None:
    server.spotify.mode = mode
    items = items_of(clients, owned(server)[True][1])
    assert len(items) > 50, "more than a page"
    kinds = ["local" if one["is_local"] else (one["item"] or {}).get("type", "removed") for one in items]
    assert {kind: kinds.count(kind) for kind in set(kinds) - {"track"}} == {"episode": 1, "local": 1, "removed": 1}
    tracks = [one["item"]["id"] for one, kind in zip(items, kinds, strict=True) if kind == "track"]
    assert len(tracks) == len(set(tracks)) == len(items) - 3
    assert all_of(clients, "tracks", tracks).keys() == set(tracks)
    whole = clients.listener().api.playlist(owned(server)[True][0])
    shape, other, name = ("items", "tracks", "item") if mode == "development" else ("tracks", "items", "track")
    assert other not in whole
    assert whole[shape]["items"][0][name]["type"] == "track"
    assert whole[shape]["total"] == len(items_of(clients, whole["id"]))


def test_in_development_mode_contents_of_others_are_not_told(server: SampleServer, clients: Clients) -> None:
    server.spotify.mode = "development"
    mine, theirs = owned(server)[True][0], owned(server)[False][0]
    assert not {"items", "tracks"} & clients.listener().api.playlist(theirs).keys()
    assert get(server, f"playlists/{theirs}/items").status_code == 403
    assert get(server, f"playlists/{mine}/tracks").status_code == 404
    server.spotify.mode = "extended"
    assert get(server, f"playlists/{theirs}/items").status_code == 200
    old = get(server, f"playlists/{mine}/tracks").json()
    assert {"track"} == {name for one in old["items"] for name in one} & {"track", "item"}


def test_playlists_change_slowly_and_their_snapshot_says_so(server: SampleServer, clients: Clients) -> None:
    playlist = owned(server)[True][1]

    def seen() -> tuple[str, set[str]]:
        items = items_of(clients, playlist)
        return clients.listener().api.playlist(playlist)["snapshot_id"], {
            one["item"]["id"] for one in items if one["item"] and one["item"]["id"]
        }

    today, tracks = seen()
    server.moment = NOW + dt.timedelta(hours=2)
    assert seen() == (today, tracks)
    server.moment = NOW + dt.timedelta(days=7)
    later, others = seen()
    assert later != today
    assert 0 < len(others - tracks) < 0.5 * len(others)
    server.moment = NOW
    assert seen() == (today, tracks), "a moment has one answer"


# Accounts.


def test_a_person_logs_in_and_the_login_is_renewed(
    server: SampleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = server.clients(tmp_path / "another", logged_in=False)
    with pytest.raises(MissingAbilityError, match="nobody has logged in"):
        clients.listener()
    redirect = f"http://127.0.0.1:{free_port()}/callback"
    addresses = type(clients.addresses)(clients.addresses.authorize, clients.addresses.token, redirect)
    monkeypatch.setattr("webbrowser.open", in_a_browser)
    tokens = clients.tokens
    tokens.authorizing = True
    log_in(tokens, addresses)
    assert clients.listener().api.me()["display_name"] == "Sample Listener"
    server.accounts.expire()
    assert all_of(clients, "tracks", ids_of(server, "track", 1))
    assert server.calls.count(status=401) == 1
    server.accounts.revoke()
    with pytest.raises(ReconnectError, match="spotify-platform login"):
        all_of(clients, "tracks", ids_of(server, "track", 1))


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def in_a_browser(url: str, *_: object) -> bool:
    import threading

    threading.Thread(target=lambda: http.get(url, follow_redirects=True), daemon=True).start()
    return True


def test_authorizing_refuses_localhost_and_another_app_and_tells_of_a_no(server: SampleServer) -> None:
    def authorize(**changed: str) -> httpx.Response:
        asked = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "redirect_uri": "http://127.0.0.1:1/back",
            "state": "s",
        }
        return http.get(server.accounts_url + "authorize", params={**asked, **changed})

    assert authorize(redirect_uri="http://localhost:1/back").status_code == 400
    assert authorize(client_id="another").status_code == 400
    server.accounts.consents = False
    answer = authorize()
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"error": ["access_denied"], "state": ["s"]}


def test_a_code_is_good_once_and_for_who_asked(server: SampleServer) -> None:
    asked = {"client_id": CLIENT_ID, "response_type": "code", "redirect_uri": "http://127.0.0.1:1/back"}
    sent = http.get(server.accounts_url + "authorize", params={**asked, "code_challenge": "of-somebody-else"})
    [code] = parse_qs(urlsplit(sent.headers["location"]).query)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:1/back"}
    for _ in range(2):
        answer = http.post(server.accounts_url + "api/token", data={**form, "code_verifier": "guessed"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    wrong = http.post(server.accounts_url + "api/token", data={"grant_type": "client_credentials"}, auth=("a", "b"))
    assert wrong.json()["error"] == "invalid_client"


def test_without_a_token_nothing_is_told(server: SampleServer) -> None:
    for headers in ({}, {"Authorization": "Bearer made-up"}):
        assert http.get(server.spotify_url + "me", headers=headers).status_code == 401


# The official document.


@pytest.mark.parametrize("mode", ["development", "extended"])
def test_answers_are_those_of_the_official_document(
    server: SampleServer, real: Callable[[str], Path], mode: Mode
) -> None:
    pytest.importorskip("jsonschema")
    document = read_document(real("spotify_api/official-spotify-open-api.yml.zst"))
    api = OpenApi(document, tells_deprecated=mode == "extended")
    server.spotify.mode = mode
    tracks, albums, artists = (ids_of(server, table, 5) for table in ("track", "album", "artist"))
    mine, theirs = owned(server)[True][0], owned(server)[False][0]
    asked: list[tuple[str, str, dict[str, str | int]]] = [
        ("/tracks/{id}", f"tracks/{tracks[0]}", {}),
        ("/albums/{id}", f"albums/{albums[0]}", {}),
        ("/artists/{id}", f"artists/{artists[0]}", {}),
        ("/albums/{id}/tracks", f"albums/{albums[0]}/tracks", {}),
        ("/artists/{id}/albums", f"artists/{artists[0]}/albums", {}),
        ("/search", "search", {"q": "a", "type": "track,artist,album"}),
        ("/me", "me", {}),
        ("/me/top/{type}", "me/top/tracks", {}),
        ("/me/top/{type}", "me/top/artists", {}),
        ("/me/player/recently-played", "me/player/recently-played", {}),
        ("/me/playlists", "me/playlists", {}),
        ("/playlists/{playlist_id}", f"playlists/{mine}", {}),
        ("/playlists/{playlist_id}", f"playlists/{theirs}", {}),
        ("/playlists/{playlist_id}/items", f"playlists/{mine}/items", {}),
    ]
    if mode == "extended":
        asked += [
            ("/tracks", "tracks", {"ids": ",".join(tracks)}),
            ("/albums", "albums", {"ids": ",".join(albums)}),
            ("/artists", "artists", {"ids": ",".join(artists)}),
            ("/audio-features", "audio-features", {"ids": ",".join(tracks)}),
            ("/audio-features/{id}", f"audio-features/{tracks[0]}", {}),
            ("/playlists/{playlist_id}/tracks", f"playlists/{mine}/tracks", {}),
        ]
    for documented, path, query in asked:
        answer = get(server, path, **query)
        assert answer.status_code == 200, path
        assert api.problems(documented, without_real_oddities(answer.json())) == [], path


def without_real_oddities(answer: Any) -> Any:
    """The answer with a few of each list, without what real answers have and the document does not know: entries of
    local files and of what was removed, and plays from nowhere."""
    if isinstance(answer, list):
        return [without_real_oddities(one) for one in answer if not is_odd(one)][:4]
    if isinstance(answer, dict):
        kept = {name: one for name, one in answer.items() if (name, one) != ("context", None)}
        return {name: without_real_oddities(one) for name, one in kept.items()} | (
            {"context": CONTEXT} if "context" in answer and "context" not in kept else {}
        )
    return answer


CONTEXT = {"type": "playlist", "href": "", "external_urls": {"spotify": ""}, "uri": ""}


def is_odd(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and "added_at" in entry
        and (entry["is_local"] or entry.get("item", entry.get("track")) is None)
    )


def test_the_check_of_the_official_document_finds_what_is_wrong(
    server: SampleServer, real: Callable[[str], Path]
) -> None:
    pytest.importorskip("jsonschema")
    document = read_document(real("spotify_api/official-spotify-open-api.yml.zst"))
    track = get(server, f"tracks/{ids_of(server, 'track', 1)[0]}").json()
    wrong = [{**track, "duration_ms": "1"}, {**track, "length": 1}, {k: v for k, v in track.items() if k != "name"}]
    api = OpenApi(document, tells_deprecated=True)
    assert api.problems("/tracks/{id}", track) == []
    assert all(api.problems("/tracks/{id}", one) for one in wrong)
    assert OpenApi(document, tells_deprecated=False).problems("/tracks/{id}", track)
