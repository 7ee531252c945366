"""ReccoBeats' audio features, with its ways: at most 40 ids, the rest dropped in silence; unknown ones left out; ids of
its own; any order; scales of its own, on which a key may be undetected. https://reccobeats.com/docs"""

from dataclasses import dataclass

from spotify_platform.sample.server.answering import Answer, Ask, Endpoint, RefusalError, Source
from spotify_platform.sample.server.store import Store

MOST = 40


@dataclass(frozen=True)
class ReccoBeatsApi:
    store: Store

    @property
    def source(self) -> Source:
        endpoint = Endpoint("reccobeats audio-features", "/reccobeats/v1/audio-features", self.audio_features, ids=_ids)
        return Source(
            [endpoint], refusal=lambda refusal: {"status": refusal.status, "error": refusal.message, "path": ""}
        )

    def audio_features(self, ask: Ask) -> Answer:
        ids = _ids(ask)[:MOST]
        if not ids:
            raise RefusalError(400, "ids is required")
        marks = ", ".join("?" * len(ids))
        found = self.store.rows(
            f"""
            select
              uuid_like(track_key, 'ReccoBeats') as id, 'https://open.spotify.com/track/' || track_id as href, isrc,
              round(pow(acousticness, 1.1), 4) as acousticness, round(0.9 * danceability + 0.04, 4) as danceability,
              round(pow(energy, 1.15), 4) as energy, round(instrumentalness, 6) as instrumentalness,
              if(uniform(track_key, 'key detected') < 0.05, -1, key)::int as key, round(liveness, 4) as liveness,
              round(loudness - 1.2, 3) as loudness, mode, round(speechiness, 4) as speechiness,
              round(tempo * if(uniform(track_key, 'half time') < 0.04, 0.5, 1.0), 3) as tempo,
              round(valence, 4) as valence
            from served.track
            where track_id in ({marks}) and uniform(track_key, 'known to ReccoBeats') < 0.9
            order by bits(track_key, 'order of ReccoBeats')
            """,
            ids,
        )
        return Answer({"content": found})


def _ids(ask: Ask) -> tuple[str, ...]:
    return tuple(id for id in ask.query.get("ids", "").split(",") if id)
