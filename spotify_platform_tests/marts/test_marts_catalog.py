"""Marts of what the catalogues tell: the families of genres, and of how many tracks something is known."""

import pytest

from spotify_platform_tests.marts.star import Entry, Song, Star

SONGS = [
    Song("1", ("x",), {"genre": "dance pop", "features_provider": "a", "genre_provider": "a"}),
    Song("2", ("x",), {"genre": "dance pop", "features_provider": "b", "genre_provider": "b"}),
    Song("3", ("y",), {"features_provider": "a"}),
    Song("4", ("z",)),
]


@pytest.fixture(scope="module")
def star() -> Star:
    return Star([Entry("2020-01-01", n, f"{n}") for n in (1, 3, 4)], SONGS, genres=[("x", "dance pop")])


@pytest.mark.parametrize("mart", ["genre_summary", "genre_performance"])
def test_a_genre_stands_beside_its_family_and_no_genre_is_dropped(mart: str, star: Star) -> None:
    assert star.rows(mart, "genre, family") == [("dance pop", "pop"), ("unknown", "unknown")]


def test_coverage_tells_who_tells_what_of_how_many_tracks(star: Star) -> None:
    columns = "provider, tracks, share_of_tracks, charted_tracks, share_of_charted_tracks"
    assert star.rows("catalog_coverage", columns, "detail = 'audio features'") == [
        ("a", 2, 0.5, 2, pytest.approx(2 / 3)),
        ("b", 1, 0.25, 0, 0),
        ("none", 1, 0.25, 1, pytest.approx(1 / 3)),
    ]
    assert star.rows("catalog_coverage", "provider, tracks", "detail = 'popularity'") == [("none", 4)]


def test_what_nobody_tells_and_what_somebody_tells_add_up_to_all_tracks(star: Star) -> None:
    star.build("catalog_coverage")
    sums = star.ask(
        "SELECT DISTINCT SUM(tracks), SUM(share_of_tracks), SUM(charted_tracks) FROM marts.catalog_coverage GROUP BY detail"
    )
    assert sums == [(4, 1, 3)]
    assert star.ask("SELECT COUNT(DISTINCT detail) FROM marts.catalog_coverage") == [(5,)]


def test_without_charts_there_is_no_share_of_charted_tracks() -> None:
    found = Star((), SONGS).rows("catalog_coverage", "share_of_charted_tracks")
    assert set(found) == {(None,)}
