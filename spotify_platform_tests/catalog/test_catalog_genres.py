"""Genres belong to families by their words; one of no known word is other, and none is dropped."""

import re
from pathlib import Path

import pytest

from spotify_platform_tests.catalog.shelf import Shelf, models, told
from spotify_platform_tests.marts.star import contracts

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")

GENRES = {
    "pop": "pop, dance pop, electropop, indie poptimism, post-teen pop, k-pop, synth-pop, indie-pop, cantopop, Pop",
    "rock": "rock, album rock, permanent wave, hard rock, alt-rock, punk, indie, folk rock, rock-n-roll, garage rock",
    "metal": "metal, black-metal, metalcore, folk metal, grindcore, industrial metal",
    "hip hop": "hip hop, Hip-Hop, rap, gangster rap, trap, pop rap, uk drill, jazz rap",
    "electronic": "edm, electro house, big room, pop edm, drum-and-bass, trip-hop, techno, ambient, club",
    "r&b": "r&b, r-n-b, neo soul, new jack swing, urban contemporary, hip pop, funk, gospel, R&B",
    "latin": "latin, latin pop, latin hip hop, tropical, reggaeton, samba, trap latino, forró, mpb, brazil",
    "country": "country, bluegrass, honky-tonk, outlaw country",
    "folk": "folk, indie folk, singer-songwriter, acoustic",
    "jazz": "jazz, soul jazz, bebop",
    "blues": "blues, delta blues",
    "classical": "classical, opera",
    "reggae": "reggae, dancehall, ska",
    "soundtrack": "show-tunes, disney, anime, pop-film",
    "world": "world-music, afrobeat, amapiano",
    "other": "chill, sleep, german, turkish, ß, 12.7, popular, rockery, 演歌",
}
"""Genres of each family, of all catalogues that land and a few more."""


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    genres = [genre for listed in GENRES.values() for genre in listed.split(", ")]
    return Shelf(*(told(f"{n}", genre=genre) for n, genre in enumerate(genres)))


def test_every_family_is_tested() -> None:
    [family] = [column for column in contracts()["cleandata/genres"].columns if column.name == "family"]
    assert set(GENRES) == set(family.accepted)


@pytest.mark.parametrize("family", GENRES)
def test_a_genre_belongs_to_its_family(family: str, shelf: Shelf) -> None:
    found = shelf.rows("genres", "genre", f"family = '{family}'")
    assert {genre for (genre,) in found} == set(GENRES[family].split(", "))


def test_a_genre_is_kept_as_it_is_spelled_and_counted_by_tracks() -> None:
    shelf = Shelf(
        told("1", "good", genre="Pop", subgenre="dance pop"), told("1", "poor", genre="Pop"), told("2", genre="pop")
    )
    assert shelf.rows("genres", "genre, family, tracks") == [
        ("Pop", "pop", 1),
        ("dance pop", "pop", 1),
        ("pop", "pop", 1),
    ]


def test_no_word_stands_in_two_families() -> None:
    words = [word for listed in re.findall(r"'([^']+)' AS words", models()["genres"]) for word in listed.split()]
    assert len(words) == len(set(words)) > 100


def test_the_page_lists_the_words_of_every_family() -> None:
    found = re.findall(r"^\| ([a-z& ]+?) \| (.+?) \| (yes)? ?\|$", PAGE, re.MULTILINE)
    listed = re.findall(r"SELECT '([^']+)' AS family, (\d) AS is_strong, '([^']+)' AS words", models()["genres"])
    assert found == [(family, words, "yes" if strong == "1" else "") for family, strong, words in listed]


def test_the_page_lists_the_names_with_commas_that_everybody_knows() -> None:
    [listed] = re.findall(r"everybody knows: (.*?)\.\n", PAGE, re.DOTALL)
    known = re.findall(r"SELECT '([^']+)' AS name", models()["artist_credits"])
    assert [name.strip() for name in " ".join(listed.split()).split(";")] == known
