"""Last.fm: its own answers through the real parser, and its habits over real HTTP."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from spotify_platform.errors import MissingAbilityError, PermanentError, SourceUnavailableError
from spotify_platform.sources.calling import Caller
from spotify_platform.sources.lastfm import LastFm, Tag, tags, top_tracks, track
from spotify_platform.sources.names import LASTFM
from spotify_platform_tests.conftest import REALDATA
from spotify_platform_tests.sources.scripted import Reply, Scripted, Waiting

KEY = "canary-of-a-key"


@pytest.fixture
def lastfm(served: Scripted) -> Iterator[LastFm]:
    client = LastFm(SecretStr(KEY), served.url, Caller(LASTFM, 5, Waiting().clock))
    with client.client:
        yield client


def real(name: str) -> Any:
    path = REALDATA / "lastfm" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{path.name} of the real files is not on this machine")
    return json.loads(path.read_text(encoding="utf-8"))


def entry(number: int, **more: Any) -> dict[str, Any]:
    return {
        "name": f"Song {number}",
        "duration": "200",
        "listeners": str(number),
        "mbid": "",
        "url": "https://x",
        "artist": {"name": "Somebody", "mbid": ""},
        "@attr": {"rank": str(number)},
        **more,
    }


def page(entries: Any, pages: int = 1) -> Reply:
    return Reply({"tracks": {"track": entries, "@attr": {"country": "Spain", "totalPages": str(pages)}}})


# --- answers


def test_a_real_list_of_a_country_is_read_with_nothing_lost() -> None:
    document = real("geo.getTopTracks")
    found, pages = top_tracks(document)
    assert (len(found), pages) == (10, 1_195_347)
    assert [one.rank for one in found] == list(range(1, 11))
    first = found[0]
    assert (first.title, first.artist_name, first.listeners) == ("Mr. Brightside", "The Killers", 2_764_662)
    assert first.duration_ms == 224_000, "this list tells seconds"
    assert first.artist_mbid == "95e1ead9-4d31-4808-a7ac-32c3614c116b"


def test_a_real_track_is_read() -> None:
    found = track(real("track.getInfo"))
    assert (found.title, found.artist_name) == ("One Step Closer", "Linkin Park")
    assert found.duration_ms == 157_000, "this answer tells milliseconds"
    assert (found.listeners, found.playcount) == (1_315_650, 11_022_708)
    unknown = track(real("track.getInfo.3"))
    assert (unknown.title, unknown.duration_ms, unknown.track_mbid, unknown.tags) == ("Fake Track", None, None, ())


def test_real_tags_are_read_in_small_letters() -> None:
    found = tags(real("track.getTopTags")["toptags"])
    assert found[:2] == (Tag("hard rock", 100), Tag("rock", 58))
    assert Tag("ac/dc", 12) in found


@pytest.mark.parametrize("one", [{"name": "indie", "count": "7"}, [{"name": "Indie", "count": 7}]])
def test_one_tag_may_come_without_its_list(one: Any) -> None:
    assert tags({"tag": one}) == (Tag("indie", 7),)


@pytest.mark.parametrize("nothing", [None, "", {}, {"tag": ""}, {"tag": []}, {"tag": None}])
def test_no_tags_come_in_many_shapes(nothing: Any) -> None:
    assert tags(nothing) == ()


def test_every_real_answer_is_read_without_an_error() -> None:
    folder = REALDATA / "lastfm"
    if not folder.exists():
        pytest.skip("the real files are not on this machine")
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    assert len(documents) == 26
    for document in documents:
        top_tracks(document)
        track(document)
        tags(document.get("toptags"))


# --- calls


def test_pages_follow_until_there_are_enough(served: Scripted, lastfm: LastFm) -> None:
    def reply(query: Mapping[str, str]) -> Reply:
        first = (int(query["page"]) - 1) * 200
        return page([entry(n) for n in range(first, first + 200)], pages=9)

    served.otherwise = reply
    found = lastfm.top_tracks("Spain", 450)
    assert [one.rank for one in found] == list(range(1, 451))
    assert [one.title for one in found] == [f"Song {n}" for n in range(450)]
    assert [query["page"] for query in served.asked] == ["1", "2", "3"]
    assert {(query["country"], query["method"]) for query in served.asked} == {("Spain", "geo.getTopTracks")}


def test_a_short_list_ends_with_its_last_page(served: Scripted, lastfm: LastFm) -> None:
    served.replies = [page([entry(0), entry(1)], pages=2), page(entry(2), pages=2)]
    assert len(lastfm.top_tracks("Nauru", 50)) == 3
    assert len(served.asked) == 2


def test_a_page_without_tracks_is_the_last_whatever_the_number_of_pages(served: Scripted, lastfm: LastFm) -> None:
    served.replies = [page([entry(0)], pages=1_195_347), page([], pages=1_195_347)]
    assert len(lastfm.top_tracks("Nauru", 50)) == 1
    assert len(served.asked) == 2


def test_an_unknown_duration_and_a_missing_number_are_none(served: Scripted, lastfm: LastFm) -> None:
    served.replies = [page([entry(0, duration="0", listeners="")])]
    [found] = lastfm.top_tracks("Spain", 1)
    assert (found.duration_ms, found.listeners, found.track_mbid) == (None, None, None)


@pytest.mark.parametrize("code", [8, 11, 16, 29])
def test_an_error_that_passes_is_tried_again_though_it_says_200(served: Scripted, lastfm: LastFm, code: int) -> None:
    served.replies = [Reply({"error": code, "message": "try again"}), page([entry(0)])]
    assert len(lastfm.top_tracks("Spain", 1)) == 1


def test_an_unknown_track_is_none_and_an_unknown_country_an_error(served: Scripted, lastfm: LastFm) -> None:
    served.otherwise = lambda query: Reply({"error": 6, "message": "not found"}, status=400)
    assert lastfm.track("Nobody", "Nothing") is None
    assert lastfm.artist_tags("Nobody") is None
    with pytest.raises(PermanentError, match=r"geo.getTopTracks \(error 6\)"):
        lastfm.top_tracks("Atlantis", 50)
    assert len(served.asked) == 3


@pytest.mark.parametrize("code", [10, 26])
def test_a_key_that_is_refused_is_said_and_not_tried_again(served: Scripted, lastfm: LastFm, code: int) -> None:
    served.otherwise = lambda query: Reply({"error": code, "message": "Invalid API key"}, status=403)
    with pytest.raises(MissingAbilityError, match="SPOTIFY_PLATFORM_LASTFM_KEY"):
        lastfm.top_tracks("Spain", 1)
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    "broken", [Reply(page([entry(0)]).body, cut=True), Reply(b"<html>"), Reply([1]), Reply(status=502)]
)
def test_what_is_no_whole_answer_is_asked_for_again(served: Scripted, lastfm: LastFm, broken: Reply) -> None:
    served.replies = [broken, page([entry(0)])]
    assert len(lastfm.top_tracks("Spain", 1)) == 1
    assert len(served.asked) == 2


def test_nothing_that_is_said_or_logged_has_the_key(
    served: Scripted, lastfm: LastFm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    served.replies = [page([entry(0)])]
    lastfm.top_tracks("Spain", 1)
    with pytest.raises(SourceUnavailableError) as error:
        lastfm.top_tracks("Spain", 1)
    lastfm.url = "http://127.0.0.1:9"
    with pytest.raises(SourceUnavailableError, match="cannot be reached") as unreachable:
        lastfm.top_tracks("Spain", 1)
    assert served.asked[0]["api_key"] == KEY
    for said in (caplog.text, repr(lastfm), str(error.value), str(unreachable.value)):
        assert KEY not in said
