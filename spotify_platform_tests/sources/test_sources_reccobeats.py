"""ReccoBeats over real HTTP: batches, and answers that leave out and mix up what was asked for."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from spotify_platform.errors import DeferredError
from spotify_platform.sources.calling import Caller
from spotify_platform.sources.names import RECCOBEATS
from spotify_platform.sources.reccobeats import ReccoBeats, audio_features
from spotify_platform_tests.sources.scripted import Reply, Scripted, Waiting


def track_id(number: int) -> str:
    return f"{number:022d}"


def entry(number: int, **more: Any) -> dict[str, Any]:
    href = f"https://open.spotify.com/track/{track_id(number)}"
    return {"id": f"uuid-{number}", "href": href, "energy": number / 1000, "key": number % 12, "mode": 1, **more}


@pytest.fixture
def reccobeats(served: Scripted) -> Iterator[ReccoBeats]:
    client = ReccoBeats(served.url, Caller(RECCOBEATS, 100, Waiting().clock))
    with client.client:
        yield client


def test_features_are_matched_by_their_id_whatever_the_order_and_what_is_left_out(
    served: Scripted, reccobeats: ReccoBeats
) -> None:
    def reply(query: Mapping[str, str]) -> Reply:
        asked = query["ids"].split(",")
        known = [entry(int(one)) for one in asked[:40] if int(one) % 3]
        random.Random(1).shuffle(known)
        return Reply({"content": known})

    served.otherwise = reply
    batches = list(reccobeats.audio_features(track_id(n) for n in [*range(100), *range(50)]))
    assert [len(ids) for ids, _ in batches] == [40, 40, 20]
    found = {id: features for _, known in batches for id, features in known.items()}
    assert found.keys() == {track_id(n) for n in range(100) if n % 3}
    assert all(features.energy == int(id) / 1000 for id, features in found.items())


def test_what_was_not_detected_is_none() -> None:
    found = audio_features({"content": [entry(1, key=-1, energy=None, tempo="fast", mode=2, valence=float("nan"))]})
    features = found[track_id(1)]
    assert (features.key, features.energy, features.tempo, features.mode, features.valence) == (None,) * 5


@pytest.mark.parametrize("nothing", [{}, [], None, {"content": None}, {"content": [None, {"id": "x"}, {"href": "/a"}]}])
def test_an_answer_without_tracks_has_none(nothing: Any) -> None:
    assert audio_features(nothing) == {}


def test_what_came_before_a_long_wait_is_not_lost(served: Scripted, reccobeats: ReccoBeats) -> None:
    served.replies = [
        Reply({"content": [entry(n) for n in range(40)]}),
        Reply(status=429, headers={"Retry-After": "9000"}),
    ]
    batches = reccobeats.audio_features(track_id(n) for n in range(80))
    ids, known = next(batches)
    assert set(ids) == known.keys()
    with pytest.raises(DeferredError, match="ReccoBeats gives no more before"):
        next(batches)
