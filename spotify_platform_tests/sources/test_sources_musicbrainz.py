"""MusicBrainz and ListenBrainz over real HTTP: links in batches, genres of whom they lead to, and nothing by name."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from spotify_platform.errors import DeferredError, SourceUnavailableError
from spotify_platform.sources.allowance import Allowance
from spotify_platform.sources.calling import Caller, RefusedCallError
from spotify_platform.sources.memory import Memory
from spotify_platform.sources.musicbrainz import LINK, Artist, Genre, MusicBrainz, genres, links
from spotify_platform.sources.names import LISTENBRAINZ, MUSICBRAINZ
from spotify_platform.sources.web import session
from spotify_platform_tests.sources.scripted import Reply, Scripted, Waiting


def artist_id(number: int) -> str:
    return f"{number:022d}"


def mbid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def link(id: str, *mbids: str, **more: Any) -> dict[str, Any]:
    """A link as MusicBrainz tells it; `more` is said of each relation."""
    relations = [{"type": "free streaming", "ended": False, "artist": {"id": one}, **more} for one in mbids]
    return {"id": mbid(0), "resource": f"{LINK}{id}", "relations": relations}


def listed(*urls: dict[str, Any]) -> Reply:
    return Reply({"url-count": len(urls), "url-offset": 0, "urls": list(urls)})


def tagged(one: str, *tags: Mapping[str, Any]) -> dict[str, Any]:
    return {"artist_mbid": one, "mbid": one, "name": "Somebody", "tag": {"artist": list(tags)}}


def voted(name: str, count: int) -> dict[str, Any]:
    return {"tag": name, "count": count, "genre_mbid": mbid(99)}


class Both:
    """Both services: every third artist is unknown to the one, every fifth to the other."""

    def __init__(self, served: Scripted) -> None:
        served.otherwise = self.reply

    def reply(self, call: Mapping[str, str]) -> Reply:
        if call["path"] == "/1/metadata/artist/":
            asked = [int(one[-12:]) for one in call["artist_mbids"].split(",")]
            return Reply([tagged(mbid(n), voted("pop", 4)) for n in reversed(asked) if n % 5])
        ids = [resource.removeprefix(LINK) for resource in call["resource"].split(",")[:100]]
        found = [link(id, mbid(int(id))) for id in ids if int(id) % 3]
        if len(ids) > 1:
            return listed(*found)
        return Reply(found[0]) if found else Reply({"error": "Not Found"}, status=404)


@pytest.fixture
def musicbrainz(served: Scripted) -> Iterator[MusicBrainz]:
    made = MusicBrainz(
        f"{served.url}/",
        f"{served.url}/",
        Caller(MUSICBRAINZ, 1, Waiting().clock),
        Caller(LISTENBRAINZ, 3, Waiting().clock),
    )
    with made.client:
        yield made


def paths(served: Scripted) -> list[str]:
    return [call["path"] for call in served.asked]


def test_a_hundred_artists_are_two_calls_and_each_has_the_genres_of_whom_it_is_linked_to(
    served: Scripted, musicbrainz: MusicBrainz
) -> None:
    Both(served)
    batches = list(musicbrainz.artists(artist_id(n) for n in [*range(230), *range(50)]))
    assert [len(asked) for asked, _ in batches] == [100, 100, 30]
    assert paths(served) == ["/ws/2/url", "/1/metadata/artist/"] * 3
    found = {id: artist for _, known in batches for id, artist in known.items()}
    assert found == {artist_id(n): Artist(mbid(n), (Genre("pop", 100),) if n % 5 else ()) for n in range(230) if n % 3}
    assert {(call.get("inc"), call.get("fmt")) for call in served.asked} == {("artist-rels", "json"), ("tag", None)}


@pytest.mark.parametrize(("number", "known"), [(1, True), (3, False)])
def test_one_link_alone_comes_without_its_list_and_unknown_it_is_a_404(
    served: Scripted, musicbrainz: MusicBrainz, number: int, known: bool
) -> None:
    Both(served)
    [(asked, found)] = musicbrainz.artists([artist_id(number)])
    assert asked == (artist_id(number),)
    assert found == ({artist_id(1): Artist(mbid(1), (Genre("pop", 100),))} if known else {})
    assert len(served.asked) == (2 if known else 1), "nobody's tags are not asked for"


def test_a_404_for_many_links_is_an_error_and_says_of_none_that_it_is_unknown(
    served: Scripted, musicbrainz: MusicBrainz
) -> None:
    served.replies = [Reply({"error": "Not Found"}, status=404)]
    with pytest.raises(RefusedCallError, match=r"MusicBrainz refuses a call \(404\)"):
        list(musicbrainz.artists([artist_id(1), artist_id(2)]))


@pytest.mark.parametrize(
    "relations",
    [
        link("x", mbid(1), mbid(2)),
        link("x", mbid(1), ended=True),
        link("x"),
        link("x", "no id"),
        {"resource": f"{LINK}x"},
        {"resource": f"{LINK}x", "relations": [None, {"artist": None}, {"label": {"id": mbid(1)}}]},
    ],
    ids=["of two artists", "that has ended", "of nobody", "of no artist with an id", "without relations", "of others"],
)
def test_a_link_that_tells_no_one_artist_is_nobodys(relations: dict[str, Any]) -> None:
    assert links({"urls": [relations]}) == {}


def test_a_link_of_one_artist_may_be_told_twice() -> None:
    """For free and for subscribers; a link to another artist that has ended does not count."""
    ended = link("x", mbid(2), ended=True)["relations"]
    twice = link("x", mbid(1), mbid(1))
    assert links({**twice, "relations": [*twice["relations"], *ended]}) == {"x": mbid(1)}


def test_genres_are_those_of_the_curated_list_by_their_votes() -> None:
    tags = [
        voted("Trip Hop", 12),
        voted("downtempo", 6),
        voted("electronic", 12),
        voted("rock", 0),
        {"tag": "seen live", "count": 90},
        {"tag": "british", "count": 7, "genre_mbid": None},
        {"tag": None, "count": 7, "genre_mbid": mbid(1)},
        {"tag": "jazz", "count": "many", "genre_mbid": mbid(1)},
        None,
    ]
    found = genres([tagged(mbid(1), *tags), tagged(mbid(2)), {"artist_mbid": mbid(3)}, None])  # type: ignore[arg-type]
    assert found is not None
    assert found[mbid(1)] == (Genre("electronic", 100), Genre("trip hop", 100), Genre("downtempo", 50))
    assert found[mbid(2)] == found[mbid(3)] == ()


@pytest.mark.parametrize(
    "broken", [Reply([1]), Reply({"urls": None}), Reply({"urls": [{}]}), Reply({}), Reply(b"<a/>")]
)
def test_what_is_no_answer_about_links_is_asked_for_again_and_makes_no_artist_unknown(
    served: Scripted, musicbrainz: MusicBrainz, broken: Reply
) -> None:
    Both(served)
    served.replies = [broken]
    [(_, found)] = musicbrainz.artists([artist_id(1), artist_id(3)])
    assert list(found) == [artist_id(1)]
    assert paths(served) == ["/ws/2/url"] * 2 + ["/1/metadata/artist/"]


def test_what_is_no_answer_about_tags_is_asked_for_again(served: Scripted, musicbrainz: MusicBrainz) -> None:
    Both(served)
    served.replies = [listed(link(artist_id(1), mbid(1))), Reply({"error": "?"})]
    [(_, found)] = musicbrainz.artists([artist_id(1), artist_id(2)])
    assert found[artist_id(1)].genres == (Genre("pop", 100),)


def test_too_many_calls_are_waited_for_as_either_service_says_it(served: Scripted, musicbrainz: MusicBrainz) -> None:
    Both(served)
    served.replies = [
        Reply({"error": "exceeding the allowable rate limit"}, 503, {"Retry-After": "7"}),
        listed(link(artist_id(1), mbid(1))),
        Reply(b"over", 429, {"X-RateLimit-Reset-In": "9"}),
    ]
    waits = Waiting(), Waiting()
    musicbrainz.caller.clock, musicbrainz.listenbrainz_caller.clock = (waiting.clock for waiting in waits)
    [(_, found)] = musicbrainz.artists([artist_id(1), artist_id(2)])
    assert found.keys() == {artist_id(1)}
    assert [7.0 in waits[0].slept, 9.0 in waits[1].slept] == [True, True]


def test_a_source_that_is_closed_for_long_ends_the_work_with_what_it_gave(
    served: Scripted, musicbrainz: MusicBrainz
) -> None:
    both = Both(served)
    batches = musicbrainz.artists(artist_id(n) for n in range(1, 200))
    assert len(next(batches)[0]) == 100
    served.otherwise = lambda call: Reply(status=503, headers={"Retry-After": "9000"})
    with pytest.raises(DeferredError, match="MusicBrainz gives no more before"):
        next(batches)
    served.otherwise = both.reply
    musicbrainz.listenbrainz_caller = Caller(LISTENBRAINZ, 3, Waiting().clock)
    served.replies = [listed(link(artist_id(1), mbid(1))), Reply(status=503)] + [Reply(status=503)] * 4
    with pytest.raises(SourceUnavailableError, match="ListenBrainz does not answer now"):
        next(musicbrainz.artists([artist_id(1), artist_id(2)]))


def test_the_budget_is_of_links_and_no_batch_is_asked_for_by_halves(
    served: Scripted, musicbrainz: MusicBrainz, tmp_path: Any
) -> None:
    Both(served)
    musicbrainz.caller.allowance = Allowance(Memory(tmp_path / "memory.json", MUSICBRAINZ, "key"), calls_a_day=2)
    given = []
    with pytest.raises(DeferredError):
        given.extend(musicbrainz.artists(artist_id(n) for n in range(300)))
    assert len(given) == 2
    assert paths(served) == ["/ws/2/url", "/1/metadata/artist/"] * 2


@pytest.mark.parametrize(
    ("contact", "agent"),
    [(None, "spotify_platform/0.1.0"), ("me@example.com", "spotify_platform/0.1.0 ( me@example.com )")],
)
def test_calls_say_who_calls_and_how_to_reach_a_person_if_one_says_so(contact: str | None, agent: str) -> None:
    with session(contact) as client:
        assert client.headers["User-Agent"] == agent
