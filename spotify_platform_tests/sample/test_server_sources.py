"""Last.fm, ReccoBeats, MusicBrainz and Kaggle as the sample world's server speaks them, through the platform's own clients."""

import datetime as dt
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from spotify_platform.errors import MissingAbilityError, PermanentError
from spotify_platform.sample.server import lastfm
from spotify_platform.sample.server.serving import SampleServer, serving
from spotify_platform.sample.world import WorldSize
from spotify_platform.sources.clients import Clients
from spotify_platform.sources.kaggle import fetch, newest_version
from spotify_platform_tests.sample.conftest import NOW, SERVED, http

COUNTRIES = ["United States", "Germany", "Korea, Republic of", "Türkiye", "Viet Nam", "Iceland", "Kenya"]
CHARTS = "dhruvildave/spotify-charts"


def ask(server: SampleServer, **query: Any) -> Any:
    answer = http.get(server.lastfm_url, params={"format": "json", "api_key": lastfm.KEY, **query})
    assert answer.status_code == 200
    return answer.json()


# Last.fm.


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_a_list_of_its_own(clients: Clients, country: str) -> None:
    tracks = clients.lastfm().top_tracks(country, 50)
    assert [track.rank for track in tracks] == list(range(1, 51))
    assert len({(track.title, track.artist_name) for track in tracks}) == 50
    others = clients.lastfm().top_tracks("Japan", 50)
    assert {track.url for track in tracks} - {track.url for track in others}


def test_lists_are_paged_and_the_pages_fit_together(server: SampleServer, clients: Clients) -> None:
    tracks = clients.lastfm().top_tracks("Mexico", 450)
    assert len({track.url for track in tracks}) == 450
    assert server.calls.by_id("lastfm geo.getTopTracks") == {f"Mexico/{page}": 1 for page in (1, 2, 3)}
    total = int(ask(server, method="geo.getTopTracks", country="Mexico")["tracks"]["@attr"]["total"])
    assert len(clients.lastfm().top_tracks("Mexico", 1_000_000)) == total


def test_lists_change_from_week_to_week(server: SampleServer, clients: Clients) -> None:
    def top() -> list[str]:
        return [track.url for track in clients.lastfm().top_tracks("Spain", 50)]

    now = top()
    assert top() == now
    server.moment = NOW + dt.timedelta(days=7)
    assert top() != now
    assert len(set(top()) & set(now)) > 25


def test_titles_are_mostly_those_of_spotify_some_otherwise_and_some_unknown_there(
    server: SampleServer, clients: Clients
) -> None:
    spotify = {(row["title"], row["credits"][0]["name"]) for row in server.spotify.store.rows("from served.track")}
    words = {row["w"] for row in server.spotify.store.rows("select title_words as w from served.track")}
    tracks = clients.lastfm().top_tracks("Brazil", 1_000)
    same = sum((track.title, track.artist_name) in spotify for track in tracks)
    assert 0.6 < same / len(tracks) < 0.9
    unknown = sum(track.title.startswith("Radio ") and track.title.lower() not in words for track in tracks)
    assert 0.01 < unknown / len(tracks) < 0.1
    ids = [track.track_mbid for track in tracks]
    assert None in ids
    assert None in [track.duration_ms for track in tracks]


def test_units_and_types_are_last_fms_own(server: SampleServer, clients: Clients) -> None:
    [first, *_] = [track for track in clients.lastfm().top_tracks("Mexico", 20) if track.duration_ms]
    raw = ask(server, method="geo.getTopTracks", country="Mexico", limit=1)["tracks"]["track"]
    assert isinstance(raw, dict), "one alone is no list"
    assert {type(raw[name]) for name in ("duration", "listeners", "mbid")} == {str}
    assert raw["@attr"]["rank"] == "0"
    detailed = clients.lastfm().track(first.artist_name, first.title)
    assert detailed is not None
    assert detailed.duration_ms is not None
    assert 0 <= detailed.duration_ms - (first.duration_ms or 0) < 1000, "milliseconds here, seconds there"
    assert detailed.title == first.title


def test_tags_come_as_a_list_or_alone(server: SampleServer, clients: Clients) -> None:
    rows = server.spotify.store.rows("from served.lastfm_artist")
    one = next(row["artist_name"] for row in rows if len(row["tags"]) == 1)
    many = next(row["artist_name"] for row in rows if len(row["tags"]) == 5)
    assert isinstance(ask(server, method="artist.getTopTags", artist=one)["toptags"]["tag"], dict)
    assert [tag.weight for tag in clients.lastfm().artist_tags(one) or ()] == [100]
    assert [tag.weight for tag in clients.lastfm().artist_tags(many) or ()] == [100, 50, 33, 25, 20]
    known = {row["artist_words"] for row in rows}
    heard = server.spotify.store.rows("select distinct artist_name, artist_words from served.lastfm_track")
    unknown = [row["artist_name"] for row in heard if row["artist_words"] not in known]
    assert 0 < len(unknown) < 0.1 * len(heard)
    assert clients.lastfm().artist_tags(unknown[0]) is None


def test_what_is_unknown_is_an_error_with_http_200(server: SampleServer, clients: Clients) -> None:
    assert clients.lastfm().track("Nobody", "Nothing") is None
    assert clients.lastfm().artist_tags("Nobody") is None
    with pytest.raises(PermanentError, match="error 6"):
        clients.lastfm().top_tracks("Atlantis", 5)
    assert ask(server, method="geo.getTopTracks") == {"error": 6, "message": "country param required", "links": []}
    assert ask(server, method="track.fly")["error"] == 3


def test_another_key_is_refused(server: SampleServer, clients: Clients) -> None:
    stranger = replace(clients, lastfm_key=SecretStr("f" * 32))
    with closing(stranger), pytest.raises(MissingAbilityError, match="SPOTIFY_PLATFORM_LASTFM_KEY"):
        stranger.lastfm().artist_tags("Anybody")


def test_answers_have_the_fields_of_real_ones(server: SampleServer, realdata: Path) -> None:
    def fields(found: Any) -> Any:
        if isinstance(found, dict):
            return {name: fields(one) for name, one in found.items()}
        return [fields(found[0])] if isinstance(found, list) and found else type(found)

    real = json.loads((realdata / "lastfm" / "geo.getTopTracks.json").read_text(encoding="utf-8"))
    assert fields(ask(server, method="geo.getTopTracks", country="Canada", limit=10)) == fields(real)
    real = json.loads((realdata / "lastfm" / "artist.getTopTags.json").read_text(encoding="utf-8"))
    tagged = server.spotify.store.rows("select artist_name from served.lastfm_artist where len(tags) > 1 limit 1")
    artist = tagged[0]["artist_name"]
    assert fields(ask(server, method="artist.getTopTags", artist=artist)) == fields(real)


# ReccoBeats.


def test_features_are_for_some_of_the_ids_in_any_order(server: SampleServer, clients: Clients) -> None:
    ids = [row["track_id"] for row in server.spotify.store.rows("select track_id from served.track limit 100")]
    batches = list(clients.reccobeats().audio_features([*ids, "0" * 22]))
    found = {id: features for _, known in batches for id, features in known.items()}
    assert [len(batch) for batch in server.calls.by_batch("reccobeats *")] == [40, 40, 21]
    assert 80 < len(found) < 100
    assert found.keys() < set(ids)
    raw = http.get(f"{server.reccobeats_url}v1/audio-features", params={"ids": ",".join(ids)}).json()["content"]
    told = [entry["href"].rpartition("/")[2] for entry in raw]
    assert set(told) <= set(ids[:40]), "more than forty are dropped"
    assert told != [id for id in ids if id in told]
    assert not {entry["id"] for entry in raw} & set(ids)
    energies = {row["track_id"]: row["energy"] for row in server.spotify.store.rows("from served.track")}
    assert any(features.energy != energies[id] for id, features in found.items()), "a scale of its own"
    assert any(features.key is None for features in found.values())


# MusicBrainz.

NAMED = {"User-Agent": "Somebody/1.0 ( somebody@example.com )"}
LINK = "https://open.spotify.com/artist/"


def artist_ids(server: SampleServer, where: str = "true") -> list[str]:
    return [row["artist_id"] for row in server.spotify.store.rows(f"select artist_id from served.artist where {where}")]


def test_most_artists_have_genres_by_their_links_and_these_are_their_own(
    server: SampleServer, clients: Clients
) -> None:
    ids = [*artist_ids(server), "0" * 22]
    batches = list(clients.musicbrainz().artists(ids))
    assert [len(ids) for ids in server.calls.by_batch("musicbrainz *")] == [len(asked) for asked, _ in batches]
    assert set(server.calls.by_id("musicbrainz *").values()) == {1}
    assert server.calls.count("listenbrainz *") == len(batches) == -(-len(ids) // 100)
    found = {id: artist for _, known in batches for id, artist in known.items()}
    assert 0.8 < len(found) / len(ids) < 0.9, "some are unknown, some links of two or of nobody any more"
    voted = [artist for artist in found.values() if artist.genres]
    assert 0.85 < len(voted) / len(found) < 0.95
    assert {artist.genres[0].weight for artist in voted} == {100}
    told = {row["artist_id"]: row["genres"] for row in server.spotify.store.rows("from served.artist")}
    assert all(told[id] in ([], [found[id].genres[0].name]) for id in found if found[id].genres)
    names = {genre.name for artist in voted for genre in artist.genres}
    assert not names & {"seen live", "germany", "mexico"}, "tags that are no genres"


def test_links_come_with_the_ways_of_musicbrainz(server: SampleServer) -> None:
    def ask(*ids: str, headers: Any = NAMED, **query: str) -> httpx.Response:
        resources = {"resource": [f"{LINK}{id}" for id in ids]}
        query = {"inc": "artist-rels", "fmt": "json", **query}
        return http.get(f"{server.musicbrainz_url}ws/2/url", params={**resources, **query}, headers=headers)

    linked = [row["artist_id"] for row in server.spotify.store.rows("from served.musicbrainz_link order by artist_id")]
    many = ask(*reversed(linked[:120])).json()
    assert many["url-count"] == len(many["urls"]) == 100, "more than a hundred are dropped"
    assert [url["resource"] for url in many["urls"]] == [f"{LINK}{id}" for id in linked[20:120]]
    assert ask(linked[0], "0" * 22).json()["url-count"] == 1
    assert ask(linked[0]).json()["resource"] == f"{LINK}{linked[0]}"
    assert (ask("0" * 22).status_code, ask("0" * 22).json()["error"]) == (404, "Not Found")
    assert ask(linked[0], inc="genres").status_code == 400, "a link has none"
    assert ask().status_code == 400
    assert "relations" not in ask(linked[0], inc="").json()
    assert ask(linked[0], fmt="xml").content.startswith(b"<?xml")
    assert [ask(linked[0], headers={"User-Agent": agent}).status_code for agent in ("", "python-httpx/0.28")] == [
        403
    ] * 2


def test_tags_come_with_the_ways_of_listenbrainz(server: SampleServer) -> None:
    def ask(*mbids: str, **query: str) -> httpx.Response:
        params = {"artist_mbids": ",".join(mbids), **query}
        return http.get(f"{server.listenbrainz_url}1/metadata/artist/", params=params, headers=NAMED)

    [row] = server.spotify.store.rows("from served.listenbrainz_artist where len(tags) > 0 limit 1")
    unknown = "00000000-0000-4000-8000-000000000000"
    answer = ask(row["mbid"], unknown, inc="tag")
    [artist] = answer.json()
    assert artist["artist_mbid"] == row["mbid"]
    assert [("genre_mbid" in tag, tag["count"] > 0) for tag in artist["tag"]["artist"]] == [
        *[(True, True)] * 2,
        *[(False, True)] * 2,
    ]
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset-in"} <= answer.headers.keys()
    assert "tag" not in ask(row["mbid"]).json()[0]
    assert [ask(row["mbid"], "x", inc="tag").status_code, ask().status_code] == [400] * 2
    assert http.get(f"{server.listenbrainz_url}1/metadata/artist/", params={"artist_mbids": unknown}).status_code == 403


# Kaggle.


@pytest.fixture
def kaggle(server: SampleServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SampleServer:
    """The server where kagglehub looks for one of this machine."""
    from kagglesdk import kaggle_env

    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.TEST, server.url)
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return server


def test_kaggle_gives_the_charts_of_this_world(kaggle: SampleServer, served_files: Path) -> None:
    assert newest_version(CHARTS) == 1
    downloaded = fetch(CHARTS)
    assert downloaded.read_bytes() == (served_files / "charts.csv").read_bytes()
    assert kaggle.calls.by_id("kaggle DownloadDataset") == {f"{CHARTS}/versions/1": 1}
    assert fetch(f"{CHARTS}/versions/1") == downloaded
    assert kaggle.calls.count("kaggle file") == 1, "a version of the cache is not fetched again"


@pytest.mark.parametrize("handle", ["somebody/else", f"{CHARTS}/versions/7"])
def test_kaggle_has_nothing_else(kaggle: SampleServer, handle: str) -> None:
    with pytest.raises(PermanentError, match="does not give"):
        fetch(handle)


# The server itself.


def test_a_world_that_was_built_is_served_in_a_moment_and_two_at_once(
    server: SampleServer, served_folder: Path
) -> None:
    import time

    start = time.monotonic()
    with serving(SERVED, served_folder, mode="development", now=NOW) as another:
        assert time.monotonic() - start < 1.0
        assert another.url != server.url
        assert ask(another, method="geo.getTopTracks", country="Peru") == ask(
            server, method="geo.getTopTracks", country="Peru"
        )
    with pytest.raises(httpx.ConnectError):
        http.get(another.url)


def test_another_size_is_another_world(served_folder: Path, server: SampleServer) -> None:
    from spotify_platform.sample.server.store import Store

    with_another_seed = Store.of(served_folder, WorldSize(2_000, 1_300, seed=5))
    ids = {row["track_id"] for row in with_another_seed.rows("select track_id from served.track")}
    with_another_seed.close()
    assert not ids & {row["track_id"] for row in server.spotify.store.rows("select track_id from served.track")}
    assert len(list(served_folder.glob("*/served.duckdb"))) >= 2
    assert not list(served_folder.glob("*/served.[0-9]*"))
