"""Which rows a model may learn from, and what it says of tables it cannot use."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spotify_platform.errors import PermanentError
from spotify_platform.popularity.features import RAW_COLUMNS
from spotify_platform_tests.popularity.conftest import catalogue, learnable


def test_tracks_without_popularity_or_artist_are_left_out_and_counted() -> None:
    frame = catalogue().astype({"popularity": "Int64"})
    frame.loc[:4, "popularity"] = pd.NA
    frame.loc[3:9, ["artist_id", "artist_name"]] = None
    data = learnable(frame)
    assert data.left_out == {"no popularity": 5, "no artist": 5}
    assert list(data.tracks["track_id"]) == list(frame["track_id"][10:])
    assert list(data.raw["track_id"]) == list(data.tracks["track_id"])
    assert list(data.tracks["popularity"]) == list(frame["popularity"][10:])
    assert data.snapshot == date(2020, 1, 21)


def test_an_artist_known_by_id_alone_is_an_artist() -> None:
    data = learnable(catalogue().assign(artist_name=None))
    assert data.left_out["no artist"] == 0
    assert data.tracks["artist_group"].nunique() == 40


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (catalogue().assign(popularity=np.nan), "0 of 400 tracks have both a popularity and an artist"),
        (catalogue().assign(artist_id=None, artist_name=None), "0 of 400 tracks have both"),
        (catalogue().head(29), "29 of 29 tracks .* needs at least 30: land a catalogue with popularity"),
        (catalogue().head(0), "0 of 0 tracks"),
        (catalogue().assign(popularity=50), "All 400 usable tracks have the popularity 50"),
        (catalogue().assign(popularity=101), "400 tracks lie outside, such as 't00000' with 101"),
        (catalogue().assign(popularity=-1), "runs from 0 to 100"),
        (catalogue().drop(columns=["tempo", "title"]), "lack the columns tempo, title"),
        (catalogue().drop(columns=["popularity"]), "lack the columns popularity"),
        (catalogue().assign(track_id="same"), "1 track ids repeat, such as 'same'"),
        (catalogue().assign(track_id=None), "rows without a track_id"),
    ],
)
def test_a_table_that_nothing_can_be_learned_from_says_why(frame: pd.DataFrame, says: str) -> None:
    with pytest.raises(PermanentError, match=says):
        learnable(frame)


def test_no_feature_is_needed_beside_track_artist_and_popularity() -> None:
    frame = catalogue()
    spare = {name: None for name in RAW_COLUMNS if name not in ("track_id", "artist_name")}
    data = learnable(frame.assign(**spare, popularity_as_of=None))
    assert len(data.tracks) == 400
    assert data.snapshot is None


def test_the_fingerprint_is_that_of_the_rows_in_any_order_and_container() -> None:
    frame = catalogue()
    shuffled = frame.sample(frac=1, random_state=1)
    strings = frame.astype({"title": "string", "popularity": "Int64", "explicit": "boolean", "key": "Float64"})
    assert learnable(frame).fingerprint == learnable(shuffled).fingerprint == learnable(strings).fingerprint


@pytest.mark.parametrize(
    ("column", "value"),
    [("popularity", 1), ("energy", 0.123), ("title", "Another"), ("artist_name", "Another"), ("genre", "another")],
)
def test_the_fingerprint_changes_with_any_value_that_matters(column: str, value: Any) -> None:
    frame = catalogue()
    changed = frame.copy()
    changed.loc[7, column] = value
    assert learnable(frame).fingerprint != learnable(changed).fingerprint


def test_the_fingerprint_ignores_what_no_model_sees() -> None:
    frame = catalogue()
    extra = frame.assign(popularity_as_of=pd.Timestamp("2021-01-01"), playlist_count=range(400))
    assert learnable(frame).fingerprint == learnable(extra).fingerprint
