"""Ids of artists come first, a name is whose it is where that is certain, and what was answered of whom it is about."""

import datetime as dt
from typing import Any

from spotify_platform_tests.catalog.shelf import Album, Charted, Profile, Shelf, Told, told

GENRES = "artist_id, genre, provider, tracks, weight"


def answered(track: str, *artists: tuple[str, str], **values: Any) -> Told:
    """What Spotify answers of a track: ids and names of its artists, in order."""
    names, ids = [name for _, name in artists], [id for id, _ in artists]
    return told(track, "spotify", names, ids, **{"as_of": "2024-05-01", **values})


def ids(shelf: Shelf, track: str = "1") -> list[tuple[str, str]]:
    return shelf.rows("track_artists", "artist_id, resolved_by", f"track_id = '{track}'")


def test_a_list_with_ids_wins_over_a_longer_one_and_over_any_credit() -> None:
    shelf = Shelf(
        answered("1", ("i2", "B"), ("i1", "A")),
        told("1", "best", ["A", "B", "C"]),
        Charted("1", "A, B, C, D"),
    )
    assert shelf.rows("track_artists", "position, artist_id, artist_name, resolved_by") == [
        (1, "i2", "B", "id"),
        (2, "i1", "A", "id"),
    ]


def test_of_two_answers_the_later_tells_who_the_artists_are() -> None:
    before = answered("1", ("i1", "A"), ("i2", "B"), as_of="2024-01-01")
    assert ids(Shelf(before, answered("1", ("i1", "A")))) == [("i1", "id")]


def test_a_credit_of_charts_names_the_artist_whose_name_it_is() -> None:
    shelf = Shelf(answered("1", ("i1", "SZA")), Charted("2", "SZA, Nobody"))
    assert ids(shelf, "2") == [("i1", "split"), ("name:Nobody", "split")]
    assert shelf.rows("artists", "artist_id, artist_name, tracks") == [("i1", "SZA", 2), ("name:Nobody", "Nobody", 1)]


def test_a_name_of_two_artists_is_that_of_neither() -> None:
    shelf = Shelf(
        answered("1", ("i1", "Nirvana")),
        answered("2", ("i2", "Nirvana")),
        Charted("3", "Nirvana"),
    )
    assert ids(shelf, "3") == [("name:Nirvana", "split")]
    assert shelf.rows("artist_ids", "artist_id") == []


def test_two_artists_of_one_name_on_one_track_are_two() -> None:
    shelf = Shelf(answered("1", ("i1", "Nirvana"), ("i2", "Nirvana")))
    assert ids(shelf) == [("i1", "id"), ("i2", "id")]


def test_an_artist_has_what_spotify_answered_last() -> None:
    shelf = Shelf(
        answered("1", ("i1", "Old Name")),
        Profile("Old Name", id="i1", as_of="2024-01-01", followers=1),
        Profile("New Name", id="i1", followers=2),
    )
    columns = "artist_id, artist_name, followers, profile_as_of"
    assert shelf.rows("artists", columns) == [("i1", "New Name", 2, dt.date(2024, 5, 1))]
    assert shelf.rows("artist_accounting", "outcome, reason, outcome_rows") == [
        ("duplicate", "same artist", 1),
        ("loaded", "", 1),
    ]


def test_genres_are_spotifys_where_it_names_some_else_tags_that_are_genres_and_used_enough() -> None:
    tags = (("hip-hop", 100), ("seen live", 90), ("folk", 10), ("rock", 9), ("pop", None))
    shelf = Shelf(
        answered("1", ("i1", "SZA"), ("i2", "Nobody")),
        told("1", "good", ["SZA"], genre="urban"),
        Profile("SZA", id="i1", genres=(("chill", None),)),
        Profile("SZA", "lastfm", genres=tags),
        Profile("Nobody", id="i2"),
        Profile("Nobody", "lastfm", genres=tags),
    )
    assert shelf.rows("artist_genres", GENRES) == [
        ("i1", "chill", "spotify", None, None),
        ("i1", "urban", "good", 1, None),
        ("i2", "folk", "lastfm", None, 10),
        ("i2", "hip-hop", "lastfm", None, 100),
    ]
    assert shelf.rows("genres", "genre, family, tracks") == [
        ("chill", "other", 0),
        ("folk", "folk", 0),
        ("hip-hop", "hip hop", 0),
        ("pop", "pop", 0),
        ("rock", "rock", 0),
        ("urban", "r&b", 1),
    ]


def test_genres_of_musicbrainz_come_after_spotifys_and_before_tags_and_need_no_family() -> None:
    voted = (("ballad", 100), ("neo soul", 10), ("pop", 9))
    tags = (("folk", 100),)
    shelf = Shelf(
        answered("1", ("i1", "A"), ("i2", "B"), ("i3", "C")),
        told("1", "good", ["B"], genre="urban"),
        Profile("A", id="i1", genres=(("chill", None),)),
        Profile("B", id="i2"),
        *(Profile(None, "musicbrainz", id=id, genres=voted) for id in ("i1", "i2")),
        Profile(None, "musicbrainz", id="i3"),
        *(Profile(name, "lastfm", genres=tags) for name in "ABC"),
    )
    assert shelf.rows("artist_genres", GENRES) == [
        ("i1", "chill", "spotify", None, None),
        ("i2", "ballad", "musicbrainz", None, 100),
        ("i2", "neo soul", "musicbrainz", None, 10),
        ("i2", "urban", "good", 1, None),
        ("i3", "folk", "lastfm", None, 100),
    ]
    families = shelf.rows("genres", "genre, family", "genre IN ('ballad', 'neo soul')")
    assert families == [("ballad", "other"), ("neo soul", "r&b")]
    assert shelf.rows("artist_ids", "artist_name, artist_id") == [("A", "i1"), ("B", "i2"), ("C", "i3")]


def test_tags_of_a_name_without_an_id_are_those_of_the_name() -> None:
    shelf = Shelf(Charted("1", "SZA"), Profile("SZA", "lastfm", genres=(("soul", 50),)))
    assert shelf.rows("artist_genres", GENRES) == [("name:SZA", "soul", "lastfm", None, 50)]


def test_what_was_answered_of_an_album_counts_and_the_rest_is_gathered() -> None:
    track = answered("1", ("i1", "A"), album_id="b", album_name="One", album_type="single")
    told_of_it = {"album_name": "One (Deluxe)", "artist_id": "i9", "artist_name": "Various", "upc": "1"}
    shelf = Shelf(track, Album("b", {**told_of_it, "as_of": "2024-05-01"}))
    columns = "title, album_type, artist_id, artist_name, tracks, upc, label, provider"
    assert shelf.rows("albums", columns) == [("One (Deluxe)", "single", "i9", "Various", 1, "1", None, "spotify")]
    assert shelf.rows("album_accounting", "outcome, outcome_rows") == [("loaded", 1)]


def test_features_of_files_come_before_those_that_are_asked_for_and_scales_are_not_blended() -> None:
    shelf = Shelf(
        told("1", "poor", energy=0.5, tempo=100.0),
        told("1", "lastfm", energy=0.9, tempo=50.0),  # a source of the precedence of those that are asked
        told("2", "lastfm", energy=0.9, tempo=60.0),
        told("3", "lastfm", energy=0.9, tempo=80.0),
    )
    assert shelf.rows("tracks", "track_id, energy, features_provider, tempo_norm") == [
        ("1", 0.5, "poor", None),
        ("2", 0.9, "lastfm", 0.0),
        ("3", 0.9, "lastfm", 1.0),
    ]


def test_popularity_that_is_not_told_is_missing_and_never_zero() -> None:
    shelf = Shelf(answered("1", ("i1", "A")))
    assert shelf.rows("tracks", "popularity, popularity_category, popularity_as_of") == [(None, None, None)]
    assert shelf.rows("track_popularity", "track_id") == []
