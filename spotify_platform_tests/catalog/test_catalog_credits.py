"""Artists are told apart by what catalogues list, and by commas only where nothing better is known."""

import pytest

from spotify_platform_tests.catalog.shelf import Charted, Shelf, told

HARD_CREDITS = {
    "Tyler, The Creator": ["Tyler, The Creator"],
    "Tyler, The Creator, Kali Uchis": ["Tyler, The Creator", "Kali Uchis"],
    "Kali Uchis, Tyler, The Creator": ["Kali Uchis", "Tyler, The Creator"],
    "Earth, Wind & Fire": ["Earth, Wind & Fire"],
    "Earth, Wind & Fire, The Emotions": ["Earth, Wind & Fire", "The Emotions"],
    "Crosby, Stills & Nash": ["Crosby, Stills & Nash"],
    "Crosby, Stills, Nash & Young": ["Crosby, Stills, Nash & Young"],
    "Emerson, Lake & Palmer, Blood, Sweat & Tears": ["Emerson, Lake & Palmer", "Blood, Sweat & Tears"],
    "Dave Dee, Dozy, Beaky, Mick & Tich": ["Dave Dee, Dozy, Beaky, Mick & Tich"],
    "Hank Williams, Jr., Merle Haggard": ["Hank Williams, Jr.", "Merle Haggard"],
    "Simon & Garfunkel": ["Simon & Garfunkel"],
    "Macklemore & Ryan Lewis, Wanz": ["Macklemore & Ryan Lewis", "Wanz"],
    "10,000 Maniacs": ["10,000 Maniacs"],
    "AC/DC, Lil Nas X, The Weeknd": ["AC/DC", "Lil Nas X", "The Weeknd"],
    "Calvin Harris feat. Dua Lipa": ["Calvin Harris", "Dua Lipa"],
    "Rihanna Feat. Calvin Harris, Drake": ["Rihanna", "Calvin Harris", "Drake"],
    "DJ Snake featuring Lil Jon": ["DJ Snake", "Lil Jon"],
    "Little Feat, Feature": ["Little Feat", "Feature"],
    "SZA, SZA": ["SZA"],
    "SZA, ": ["SZA"],
    "Wind & Fire, Earth": ["Wind & Fire", "Earth"],
}
"""Credits of charts, and the artists that they name where no catalogue landed."""


@pytest.fixture(scope="module")
def charts() -> Shelf:
    return Shelf(*(Charted(f"{n}", credit) for n, credit in enumerate(HARD_CREDITS)))


@pytest.mark.parametrize("credit", HARD_CREDITS)
def test_a_credit_of_charts_alone_names_its_artists(credit: str, charts: Shelf) -> None:
    assert charts.artists(f"{list(HARD_CREDITS).index(credit)}") == HARD_CREDITS[credit]


def test_a_name_with_commas_is_learned_from_any_catalogue() -> None:
    alone = Shelf(Charted("1", "Now, Voyager, SZA"))
    assert alone.artists("1") == ["Now", "Voyager", "SZA"]
    learned = Shelf(Charted("1", "Now, Voyager, SZA"), told("2", "poor", ["Now, Voyager"]))
    assert learned.artists("1") == ["Now, Voyager", "SZA"]
    assert learned.rows("track_artists", "artist_name, resolved_by", "track_id = '1'") == [
        ("Now, Voyager", "known name"),
        ("SZA", "split"),
    ]


def test_of_known_names_that_overlap_the_first_and_longest_counts() -> None:
    known = [told(f"{n}", artists=[name]) for n, name in enumerate(("A, B", "B, C", "A, B, C", "C, D"))]
    shelf = Shelf(*known, Charted("x", "A, B, C, D"), Charted("y", "B, C, D"))
    assert shelf.artists("x") == ["A, B, C", "D"]
    assert shelf.artists("y") == ["B, C", "D"]
    chain = [told(f"{n}", artists=[name]) for n, name in enumerate(("A, B", "B, C", "C, D"))]
    assert Shelf(*chain, Charted("x", "A, B, C, D, E")).artists("x") == ["A, B", "C", "D", "E"]


def test_the_list_of_a_catalogue_wins_over_a_split_credit() -> None:
    shelf = Shelf(Charted("1", "Salt, Pepa & Spinderella"), told("1", artists=["Salt, Pepa & Spinderella"]))
    assert shelf.rows("track_artists", "artist_name, resolved_by") == [("Salt, Pepa & Spinderella", "catalogue")]


def test_a_credit_that_tells_of_more_artists_wins_over_a_list_of_the_first() -> None:
    shelf = Shelf(Charted("1", "Jung Kook, Latto"), told("1", artists=["Jung Kook"]))
    assert shelf.artists("1") == ["Jung Kook", "Latto"]


def test_the_fullest_list_wins_and_then_the_better_source() -> None:
    more = Shelf(told("1", "best", ["A"]), told("1", "poor", ["A", "B"]))
    assert more.artists("1") == ["A", "B"]
    equal = Shelf(told("1", "good", ["B", "A"]), told("1", "best", ["A", "B"]))
    assert equal.artists("1") == ["A", "B"]


def test_an_artist_who_is_listed_twice_counts_once() -> None:
    assert Shelf(told("1", artists=["A", "A"]), Charted("1", "B, C")).artists("1") == ["B", "C"]


def test_the_credit_of_a_catalogue_that_lists_no_artists_is_split() -> None:
    shelf = Shelf(told("1", artist_credit="Tyler, The Creator, Kali Uchis"))
    assert shelf.artists("1") == ["Tyler, The Creator", "Kali Uchis"]


def test_without_ids_the_name_is_the_identity_and_the_id_says_so() -> None:
    assert Shelf(Charted("1", "SZA")).rows("track_artists", "artist_id") == [("name:SZA",)]
