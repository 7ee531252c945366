"""From the feature table to the rows a model may learn from: checked, keyed, fingerprinted."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import PermanentError
from spotify_platform.popularity.features import CATEGORIES, RAW_COLUMNS, track_features

if TYPE_CHECKING:
    import pandas as pd

FEWEST_TRACKS = 30
"""With fewer tracks no fold is large enough to say anything."""


@dataclass(frozen=True)
class TrainingSet:
    """Tracks with a known popularity and artist, ordered by track id.

    `raw` holds the columns RAW_COLUMNS as they came. `tracks`, row for row the same, holds track_id,
    popularity (0..100), the columns of `track_features`, and two group numbers: `artist_group`, rows that
    share an artist's name or id, and `song_group`, rows of one artist that share a title key.
    `snapshot` is the newest day on which a popularity was seen, null where no row says it. `fingerprint`
    changes with any value that a model, a fold or a score depends on, and with nothing else.
    `left_out` counts the rows not used, by reason.
    """

    raw: "pd.DataFrame"
    tracks: "pd.DataFrame"
    snapshot: date | None
    fingerprint: str
    left_out: dict[str, int]


def training_set(frame: "pd.DataFrame") -> TrainingSet:
    """The usable part of a feature table: RAW_COLUMNS, popularity and popularity_as_of, one row per track.

    Raises PermanentError where columns are missing, ids are null or repeated, a popularity lies outside
    0..100, or too few tracks are usable to learn from.
    """
    import pandas as pd

    _check(frame)
    popularity = pd.to_numeric(frame["popularity"]).astype("Float64").astype("float64")
    features = track_features(frame)
    no_popularity = popularity.isna()
    no_artist = features["artist_key"].isna() & ~no_popularity
    usable = ~(no_popularity | no_artist)
    if usable.sum() < FEWEST_TRACKS:
        raise PermanentError(
            f"{usable.sum()} of {len(frame)} tracks have both a popularity and an artist, and a popularity "
            f"model needs at least {FEWEST_TRACKS}: land a catalogue with popularity (a track dump, "
            "or a source that gives it) and build the features again."
        )
    if popularity[usable].nunique() == 1:
        raise PermanentError(
            f"All {usable.sum()} usable tracks have the popularity {popularity[usable].iloc[0]:g}, so there is "
            "nothing to learn: check the source of the popularity."
        )

    raw = frame.loc[usable].sort_values("track_id")
    tracks = features.loc[raw.index].assign(track_id=raw["track_id"].astype(str), popularity=popularity.loc[raw.index])
    # Tracks of which the usable part has no genre must not differ from those that never had one.
    tracks = tracks.assign(**{name: tracks[name].cat.remove_unused_categories() for name in CATEGORIES})
    tracks["artist_group"] = _connected(tracks["artist_key"], raw["artist_id"])
    song = tracks["title_key"].fillna("id:" + tracks["track_id"])
    tracks["song_group"] = tracks.groupby([tracks["artist_group"], song], sort=False).ngroup()
    tracks = tracks.reset_index(drop=True)
    seen = pd.to_datetime(raw["popularity_as_of"], errors="coerce", format="ISO8601").max()
    return TrainingSet(
        raw=raw[list(RAW_COLUMNS)].reset_index(drop=True),
        tracks=tracks,
        snapshot=None if pd.isna(seen) else seen.date(),
        fingerprint=_fingerprint(tracks),
        left_out={"no popularity": int(no_popularity.sum()), "no artist": int(no_artist.sum())},
    )


def _check(frame: "pd.DataFrame") -> None:
    missing = sorted({*RAW_COLUMNS, "popularity", "popularity_as_of"} - set(frame.columns))
    if missing:
        raise PermanentError(f"The popularity features lack the columns {', '.join(missing)}.")
    if frame["track_id"].isna().any():
        raise PermanentError("The popularity features hold rows without a track_id: give each track its id.")
    repeated = frame.loc[frame["track_id"].duplicated(), "track_id"]
    if len(repeated):
        raise PermanentError(
            f"The popularity features need one row per track, but {repeated.nunique()} track ids repeat, such as "
            f"{repeated.iloc[0]!r}: a repeated track in training and test would be a score by heart."
        )
    outside = frame.loc[~frame["popularity"].dropna().between(0, 100).reindex(frame.index, fill_value=True)]
    if len(outside):
        raise PermanentError(
            f"Popularity runs from 0 to 100, but {len(outside)} tracks lie outside, such as "
            f"{outside['track_id'].iloc[0]!r} with {outside['popularity'].iloc[0]}."
        )


def _connected(names: "pd.Series[Any]", ids: "pd.Series[Any]") -> Any:
    """Group numbers: rows that share a name or an id, directly or through other rows, are one group."""
    import numpy as np
    import pandas as pd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = len(names)
    name_codes = pd.factorize(names)[0] + rows
    id_codes = pd.factorize(ids)[0]
    known = id_codes >= 0
    id_codes = id_codes + rows + name_codes.max() + 1
    left = np.concatenate([np.arange(rows), np.arange(rows)[known]])
    right = np.concatenate([name_codes, id_codes[known]])
    size = int(max(left.max(), right.max())) + 1
    links = coo_array((np.ones(len(left), dtype="int8"), (left, right)), shape=(size, size))
    return connected_components(links, directed=False)[1][:rows]


def _fingerprint(tracks: "pd.DataFrame") -> str:
    """Of what the learner sees, not of the raw rows: a change in how features are made changes it too."""
    import pandas as pd

    columns = sorted(tracks.columns)
    hashes = pd.util.hash_pandas_object(tracks[columns], index=False).to_numpy()
    return hashlib.sha256(",".join(columns).encode() + hashes.tobytes()).hexdigest()
