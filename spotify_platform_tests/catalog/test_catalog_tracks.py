"""What is said of a track, its album and its recording, where several sources say something."""

import datetime as dt
from typing import Any

import pytest

from spotify_platform_tests.catalog.shelf import Charted, Shelf, told

RELEASE = "release_date, release_date_precision, release_provider"


def released(date: str, precision: str, **more: Any) -> dict[str, Any]:
    return {"release_date": date, "release_date_precision": precision, **more}


@pytest.mark.parametrize(
    ("poor", "expected"),
    [
        (("2019-05-17", "day"), (dt.date(2019, 5, 17), "day", "poor")),
        (("2019-05-01", "month"), (dt.date(2019, 5, 1), "month", "poor")),
        (("2012-03-04", "day"), (dt.date(2019, 1, 1), "year", "good")),
        (("2019-01-01", "year"), (dt.date(2019, 1, 1), "year", "good")),
    ],
)
def test_a_more_precise_date_of_a_worse_source_counts_where_it_contradicts_no_better_one(
    poor: tuple[str, str], expected: tuple[Any, ...]
) -> None:
    shelf = Shelf(told("1", "poor", **released(*poor)), told("1", "good", **released("2019-01-01", "year")))
    assert shelf.rows("tracks", RELEASE) == [expected]


def test_a_month_is_made_precise_by_a_day_of_that_month_alone() -> None:
    best = told("1", "best", **released("2019-05-01", "month"))
    assert Shelf(best, told("1", "good", **released("2019-06-02", "day"))).rows("tracks", RELEASE) == [
        (dt.date(2019, 5, 1), "month", "best")
    ]
    shelf = Shelf(
        best, told("1", "good", **released("2019-06-02", "day")), told("1", "poor", **released("2019-05-31", "day"))
    )
    assert shelf.rows("tracks", RELEASE) == [(dt.date(2019, 5, 31), "day", "poor")]


def test_the_first_source_that_has_a_value_tells_it() -> None:
    shelf = Shelf(
        told("1", "best", title="Best", energy=0.5, tempo=100.0),
        told("1", "good", title="Good", genre="pop", duration_ms=1, energy=0.1),
        told("1", "poor", genre="rock", subgenre="emo", explicit=True, isrc="USRC17607839"),
    )
    columns = "title, genre, subgenre, genre_provider, duration_ms, explicit, isrc, energy, tempo, features_provider"
    expected = ("Best", "pop", None, "good", 1, True, "USRC17607839", 0.5, 100.0, "best")
    assert shelf.rows("tracks", columns) == [expected]


def test_a_track_of_charts_alone_has_the_names_that_the_chart_gives() -> None:
    shelf = Shelf(Charted("1", "SZA", "Kill Bill"))
    columns = "title, artist_credit, album_id, genre_provider, source_file_id"
    assert shelf.rows("tracks", columns) == [("Kill Bill", "SZA", None, None, None)]


# --- albums


def test_an_album_has_the_id_of_the_source_else_its_name_and_first_artist() -> None:
    shelf = Shelf(
        told("1", artists=["A"], album_id="4aawyAB9vmqN3uQ7FjRGTy", album_name="One"),
        told("2", artists=["A", "B"], album_name="Two"),
        told("3", artists=["B"], album_name="Two"),
        told("4", album_name="Two"),
        told("5", artists=["A"]),
    )
    assert shelf.rows("tracks", "track_id, album_id") == [
        ("1", "4aawyAB9vmqN3uQ7FjRGTy"),
        ("2", "name:Two/A"),
        ("3", "name:Two/B"),
        ("4", "name:Two/"),
        ("5", None),
    ]
    assert shelf.rows("albums", "title, artist_id, tracks") == [
        ("One", "name:A", 1),
        ("Two", "name:A", 1),
        ("Two", "name:B", 1),
        ("Two", None, 1),
    ]


def test_a_name_stands_for_the_one_album_that_has_it_and_for_none_of_several() -> None:
    known = told("1", artists=["A"], album_id="x", album_name="One")
    named = told("2", artists=["A"], album_name="One")
    assert Shelf(known, named).rows("albums", "album_id, tracks") == [("x", 2)]
    another = told("3", artists=["A"], album_id="y", album_name="One")
    assert Shelf(known, named, another).rows("albums", "album_id") == [("name:One/A",), ("x",), ("y",)]


def test_an_album_is_released_when_its_best_dated_track_says_and_is_whose_who_comes_first_most() -> None:
    def track(number: int, artist: str, **more: Any) -> Any:
        return told(f"{number}", artists=[artist], album_id="x", album_name="Hits", **more)

    shelf = Shelf(
        track(1, "B", **released("2018-01-01", "year")), track(2, "A", **released("2018-03-02", "day")), track(3, "B")
    )
    columns = "artist_name, first_artists, release_date, release_date_precision, tracks, provider"
    assert shelf.rows("albums", columns) == [("B", 2, dt.date(2018, 3, 2), "day", 3, "good")]


def test_an_album_and_its_release_come_from_one_row_where_that_names_both() -> None:
    shelf = Shelf(
        told("1", "best", album_name="Undated"),
        told("1", "good", album_name="Dated", album_id="x", **released("2018-01-01", "year")),
    )
    columns = "album_id, album_name, album_provider, release_provider"
    assert shelf.rows("tracks", columns) == [("x", "Dated", "good", "good")]


def test_an_album_that_no_dated_row_names_is_that_of_the_first_that_does() -> None:
    shelf = Shelf(
        told("1", "best", **released("2018-01-01", "year")), told("1", "poor", artists=["A"], album_name="One")
    )
    columns = "album_id, album_provider, release_provider"
    assert shelf.rows("tracks", columns) == [("name:One/A", "poor", "best")]


# --- recordings


def keys(*rows: Any) -> list[str]:
    return [key for _, key in Shelf(*rows).rows("tracks", "track_id, recording_key")]


@pytest.mark.parametrize("other", ["kill bill", "Kill Bill!", "Kill Bill (feat. Doja Cat)", "KILL-BILL", "Kíll Bill"])
def test_alternates_of_a_recording_share_a_key_however_they_are_written(other: str) -> None:
    one, two = keys(
        told("1", artists=["SZA"], title="Kill Bill", duration_ms=153_000),
        told("2", artists=["SZA", "Doja Cat"], title=other, duration_ms=154_900),
    )
    assert one == two == "name:kill bill/SZA/30"


@pytest.mark.parametrize(
    "other",
    [
        {"artists": ["SZA"], "title": "Kill Bill - Live", "duration_ms": 153_000},
        {"artists": ["Other"], "title": "Kill Bill", "duration_ms": 153_000},
        {"artists": ["SZA"], "title": "Kill Bill", "duration_ms": 203_000},
        {"artists": ["SZA"], "title": "Kill Bill"},
        {"artists": ["SZA"], "title": "Kill Bill", "duration_ms": 153_000, "isrc": "USRC12204583"},
    ],
)
def test_what_differs_in_title_artist_length_or_code_is_another_recording(other: dict[str, Any]) -> None:
    one, two = keys(told("1", artists=["SZA"], title="Kill Bill", duration_ms=153_000), told("2", **other))
    assert one != two


def test_a_code_makes_one_recording_of_what_is_called_otherwise() -> None:
    code = "USRC12204583"
    one, two = keys(told("1", artists=["SZA"], title="A", isrc=code), told("2", artists=["B"], title="B", isrc=code))
    assert one == two == f"isrc:{code}"


def test_what_has_no_name_is_a_recording_of_its_own() -> None:
    assert keys(told("1"), told("2"), told("3", title="A"), told("4", artists=["A"])) == [
        "track:1",
        "track:2",
        "track:3",
        "track:4",
    ]
