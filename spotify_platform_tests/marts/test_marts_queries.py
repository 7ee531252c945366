"""The saved queries: each answers with the numbers of a small catalogue that a person can add up."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from spotify_platform.errors import ConfigurationError
from spotify_platform.queries import examples
from spotify_platform.sql.dialects import require
from spotify_platform.warehouse.interface import Answer
from spotify_platform_tests.cli.conftest import Command
from spotify_platform_tests.conftest import SmallWorld
from spotify_platform_tests.marts.star import Entry, Song, Star

ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "catalogue_counts": [("tracks", 8), ("albums", 3), ("artists", 3), ("genres", 2)],
    "catalogue_averages": [(8, 50.0, 400.0, pytest.approx(5.0 / 7), pytest.approx(5.3 / 7), 0.5, 120.0)],
    "top_tracks": [
        ("Song 7", "y", 90, dt.date(2020, 1, 1)),
        ("Song 5", "x", 70, dt.date(2020, 1, 1)),
        ("Song 4", "x", 60, dt.date(2020, 1, 1)),
        ("Song 3", "x", 50, dt.date(2020, 1, 1)),
        ("Song 2", "x", 40, dt.date(2020, 1, 1)),
        ("Song 1", "x, y", 30, dt.date(2020, 1, 1)),
        ("Song 6", "y", 10, dt.date(2020, 1, 1)),
    ],
    "top_artists": [("The x", 5, 50.0, 5), ("The y", 3, pytest.approx(130 / 3), 4), ("The z", 1, None, 2)],
    "popular_artists": [("The x", 5, 50.0)],
    "sound_of_artists": [
        ("The x", 5, pytest.approx(0.7), pytest.approx(0.74)),
        ("The y", 3, pytest.approx(0.7), pytest.approx(0.8)),
    ],
    "largest_albums": [("One", "The x", 3), ("Two", "The x", 2), ("One", "The y", 1)],
    "popular_albums": [("One", "The x", 3, 40.0)],
    "tracks_per_year": [(2020, 2, 50.0), (2019, 5, 50.0)],
    "sound_of_years": [
        (2020, 2, 650.0, pytest.approx(0.75), pytest.approx(0.8), 0.3, 120.0),
        (2019, 5, 300.0, pytest.approx(0.7), pytest.approx(0.74), 0.3, 120.0),
    ],
    "longest_tracks": [
        (f"Song {number}", credit, pytest.approx(number * 100 / 60))
        for number, credit in ((7, "y"), (6, "y"), (5, "x"), (4, "x"), (3, "x"), (2, "x"), (1, "x, y"))
    ],
    "party_tracks": [("Song 7", "y", 0.9, 0.9, 90), ("Song 5", "x", 0.85, 0.95, 70)],
    "days_at_number_one": [
        ("Song 1", "x, y", 2, 1, dt.date(2020, 1, 3)),
        ("Song 8", "z", 1, 1, dt.date(2020, 1, 4)),
    ],
    "similar_regions": [("DE", "FR", 1, pytest.approx(1 / 3), pytest.approx(199**2 / (200**2 + 199**2)))],
    "weekdays": [(5, 2, 200.0), (6, 1, 90.0)],
    "new_music": [(2020, "current", 6), (2020, "unknown", 2)],
}
"""What each query answers of the catalogue below."""


def catalogue() -> Iterator[Song]:
    """Five songs by x, one of them with y, in two albums; two more by y; one by z of which little is known."""
    dance = {1: 0.6, 2: 0.6, 3: 0.65, 4: 0.8, 5: 0.85, 6: 0.6, 7: 0.9}
    energy = {1: 0.8, 2: 0.4, 3: 0.7, 4: 0.85, 5: 0.95, 6: 0.7, 7: 0.9}
    popularity = {1: 30, 2: 40, 3: 50, 4: 60, 5: 70, 6: 10, 7: 90}
    for number in range(1, 8):
        yield Song(
            f"{number}",
            ("x", "y") if number == 1 else ("x",) if number <= 5 else ("y",),
            {
                "album_id": {1: "1", 2: "1", 3: "1", 4: "2", 5: "2", 6: "3"}.get(number),
                "album_name": {1: "One", 2: "One", 3: "One", 4: "Two", 5: "Two", 6: "One"}.get(number),
                "release_date": "2019-05-01" if number in (1, 2, 3, 4, 5) else "2020-01-01",
                "popularity": popularity[number],
                "popularity_as_of": "2020-01-01",
                "duration_ms": number * 100_000,
                "danceability": dance[number],
                "energy": energy[number],
                "valence": 0.5,
                "acousticness": 0.3,
                "tempo": 120.0,
            },
        )
    yield Song("8", ("z",))


@pytest.fixture(scope="module")
def star() -> Star:
    entries = [
        Entry("2020-01-03", 1, "1", 100, "GLOBAL"),
        Entry("2020-01-04", 1, "8", 90, "GLOBAL"),
        Entry("2020-01-10", 1, "1", 300, "GLOBAL"),
        Entry("2020-01-10", 1, "1", region="DE"),
        Entry("2020-01-10", 2, "2", region="DE"),
        Entry("2020-01-10", 1, "8", region="FR"),
        Entry("2020-01-10", 2, "2", region="FR"),
        Entry("2020-01-10", 1, "7", 1000, "GLOBAL", cadence="weekly"),
    ]
    return Star(entries, catalogue(), genres=[("x", "pop"), ("x", "folk"), ("y", "pop")])


def test_every_saved_query_is_tested() -> None:
    assert sorted(ANSWERS) == list(examples.names())
    assert len(ANSWERS) >= 12


@pytest.mark.parametrize("name", examples.names())
def test_a_saved_query_answers_with_the_numbers_of_the_catalogue(name: str, star: Star) -> None:
    assert star.ask(examples.load(name).sql) == ANSWERS[name]


@pytest.mark.parametrize("name", examples.names())
def test_a_saved_query_opens_with_its_question_and_is_understood_by_every_engine(name: str) -> None:
    query = examples.load(name)
    require(query)
    assert query.sql.startswith("-- ")
    assert "?" in examples.question(name)


def test_a_pool_is_asked_for_its_published_tables() -> None:
    class Pool:
        asked = ""

        def published_name(self, table: tuple[str, str]) -> str:
            return f"[published].[{table[1]}]"

        def select(self, sql: str) -> Answer:
            self.asked = sql
            return [], []

    pool = Pool()
    examples.answer("weekdays", pool, in_pool=True)  # type: ignore[arg-type]
    assert "[published].[seasonality]" in pool.asked
    assert "marts" not in pool.asked
    assert "TOP 7" in pool.asked


def test_an_unknown_query_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationError, match="no saved query 'nonsense'; there are: catalogue_averages, "):
        examples.load("nonsense")


def test_the_command_lists_the_saved_queries_and_runs_each(small_world: SmallWorld) -> None:
    command = Command(small_world.environment.home)
    listed = json.loads(command("sql", "--format", "json").stdout)
    assert [row["example"] for row in listed] == list(examples.names())
    for row in listed:
        result = command("sql", "--example", row["example"], "--world", "data", "--format", "json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout), row["example"]
    refused = command("sql", "SELECT 1", "--example", "weekdays")
    assert refused.exit_code == 2
