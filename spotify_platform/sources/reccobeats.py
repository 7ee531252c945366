"""ReccoBeats: audio features by Spotify's track ids, without a key.

At most 40 ids a call: more are dropped in silence. Ids that it does not know are left out, and `id` is one of its own:
the Spotify id is the end of `href`, so an answer is never matched by position. https://reccobeats.com/docs
"""

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spotify_platform.sources.calling import Caller
from spotify_platform.sources.names import RECCOBEATS
from spotify_platform.sources.web import get_json, session

if TYPE_CHECKING:
    import httpx

URL = "https://api.reccobeats.com"
PER_SECOND = 3
BATCH = 40
TRACK_ID = re.compile(r"[A-Za-z0-9]{22}$")


@dataclass(frozen=True)
class AudioFeatures:
    """The features of a track on ReccoBeats' own scales; None where it did not find one."""

    track_id: str
    danceability: float | None
    energy: float | None
    key: int | None
    loudness: float | None
    mode: int | None
    speechiness: float | None
    acousticness: float | None
    instrumentalness: float | None
    liveness: float | None
    valence: float | None
    tempo: float | None


@dataclass
class ReccoBeats:
    """The API, which needs no key."""

    url: str = URL
    caller: Caller = field(default_factory=lambda: Caller(RECCOBEATS, PER_SECOND))
    client: "httpx.Client" = field(default_factory=session)

    def audio_features(self, track_ids: Iterable[str]) -> Iterator[tuple[tuple[str, ...], dict[str, AudioFeatures]]]:
        """Batches of distinct ids that were asked for, each with the features of those that are known.

        Raises as `Caller.call`; what came before is not lost.
        """
        ids = iter(dict.fromkeys(track_ids))
        while batch := tuple(itertools.islice(ids, BATCH)):
            query = {"ids": ",".join(batch)}
            answer = self.caller.call(lambda: get_json(RECCOBEATS, self.client, self._address, query))  # noqa: B023
            yield batch, audio_features(answer)

    @property
    def _address(self) -> str:
        return f"{self.url.rstrip('/')}/v1/audio-features"


def audio_features(document: Any) -> dict[str, AudioFeatures]:
    """The features of an answer, by Spotify's track id."""
    content = document.get("content") if isinstance(document, dict) else None
    found = {}
    for entry in content if isinstance(content, list) else []:
        match = TRACK_ID.search(str(entry.get("href", ""))) if isinstance(entry, dict) else None
        if match:
            found[match[0]] = _features(match[0], entry)
    return found


def _features(track_id: str, entry: Mapping[str, Any]) -> AudioFeatures:
    key, mode = _number(entry.get("key")), _number(entry.get("mode"))
    return AudioFeatures(
        track_id=track_id,
        key=int(key) if key is not None and 0 <= key <= 11 else None,  # -1: it could not tell
        mode=int(mode) if mode in (0, 1) else None,
        danceability=_number(entry.get("danceability")),
        energy=_number(entry.get("energy")),
        loudness=_number(entry.get("loudness")),
        speechiness=_number(entry.get("speechiness")),
        acousticness=_number(entry.get("acousticness")),
        instrumentalness=_number(entry.get("instrumentalness")),
        liveness=_number(entry.get("liveness")),
        valence=_number(entry.get("valence")),
        tempo=_number(entry.get("tempo")),
    )


def _number(value: Any) -> float | None:
    """A finite number, or none."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None
