"""Which known track is meant by a title and artists, where listeners spell them; and what stands on top of a country."""

import datetime as dt
from typing import Any

import pytest

from spotify_platform_tests.catalog.shelf import Charted, Heard, Shelf, told

DONT = told("t1", title="Don't Start Now", artists=["Dua Lipa"], duration_ms=183_000)


def meant(heard: Heard, *known: Any) -> tuple[Any, ...]:
    [found] = Shelf(*known, heard).rows("track_matches", "track_id, matched_by", "kind = 'top_tracks'")
    return found


@pytest.mark.parametrize(
    ("title", "artist", "matched_by"),
    [
        ("Don't Start Now", "Dua Lipa", "title and artists"),
        ("DON’T START NOW", "DUA LIPA", "title and artists"),
        ("Don't Start Now (feat. Somebody)", "Dúa Lipa", "title and artists"),
        ("Dont Start Now", "Dua Lipa", "title and artists"),  # letters are the same
        ("Don't Start Noww", "Dua Lipa", "spelling"),
    ],
)
def test_other_spellings_of_a_title_by_the_same_artist_mean_the_track(title: str, artist: str, matched_by: str) -> None:
    assert meant(Heard(title, artist), DONT) == ("t1", matched_by)


@pytest.mark.parametrize(
    ("title", "artist"),
    [
        ("Don't Start Now", "Somebody Else"),  # a cover
        ("Don't Start Now - Remix", "Dua Lipa"),
        ("Don't", "Dua Lipa"),
        ("Start Now", "Dua Lipa"),
    ],
)
def test_a_title_alone_or_another_title_means_no_track(title: str, artist: str) -> None:
    assert meant(Heard(title, artist), DONT) == (None, None)


def test_parts_that_differ_in_a_digit_are_not_each_other() -> None:
    part = told("t1", title="The Long Journey Part 1", artists=["A"])
    assert meant(Heard("The Long Journey Part 2", "A"), part) == (None, None)
    assert meant(Heard("The Longg Journey Part 1", "A"), part) == ("t1", "spelling")


def test_letters_of_other_scripts_are_compared_as_they_are_alone() -> None:
    song = told("t1", title="Группа крови на рукаве", artists=["Кино"])
    assert meant(Heard("Группа крови на рукаве", "Кино"), song) == ("t1", "title and artists")
    assert meant(Heard("Группа крови на рукавe", "Кино"), song) == (None, None)


def test_the_first_artist_is_enough_for_a_top_track_and_the_one_with_fewest_others_is_meant() -> None:
    guests = Charted("t1", "Shakira, Maluma, Somebody", "Chantaje")
    assert meant(Heard("Chantaje", "Shakira"), guests) == ("t1", "title and artists")
    assert meant(Heard("Chantaje", "Shakira"), guests, Charted("t2", "Shakira, Maluma", "Chantaje"))[0] == "t2"


def test_of_a_playlist_all_artists_count() -> None:
    shelf = Shelf(Charted("t1", "Shakira, Maluma, Somebody", "Chantaje"))
    for credit in ("Shakira", "Maluma & Shakira"):
        row = "SELECT 'Chantaje' AS title, ? AS artist_credit, 'track' AS item_type"
        shelf.connection.execute(f"INSERT INTO candidates.playlist_rows BY NAME {row}", [credit])
    found = shelf.rows("track_matches", "artist_credit, track_id")
    assert found == [("Maluma & Shakira", "t1"), ("Shakira", None)]


def test_the_nearest_length_decides_and_none_is_too_far_for_a_top_track() -> None:
    known = [told(t, title="Hurt", artists=["Cash"], duration_ms=ms) for t, ms in (("t1", 218_000), ("t2", 300_000))]
    assert meant(Heard("Hurt", "Cash", 290_000), *known)[0] == "t2"
    assert meant(Heard("Hurt", "Cash", 100_000), *known)[0] == "t1"


def test_tracks_that_are_equally_near_are_one_recording_or_nobody_knows_which_is_meant() -> None:
    def known(*codes: str | None) -> list[Any]:
        return [told(f"t{n}", title="Hurt", artists=["Cash"], isrc=code) for n, code in enumerate(codes, start=1)]

    assert meant(Heard("Hurt", "Cash"), *known("USRC17607839", "USRC17607839")) == ("t1", "isrc")
    assert meant(Heard("Hurt", "Cash"), *known("USRC17607839", "USRC17607840")) == (None, None)
    assert meant(Heard("Hurt", "Cash"), *known("USRC17607839", None)) == (None, None)
    shelf = Shelf(*known(None, None), Heard("Hurt", "Cash"))
    assert shelf.rows("track_matches", "reason, nearest_tracks") == [("several known tracks are equally near", 2)]


CHARTS = """
    SELECT DATE '2020-01-31' AS chart_date, region_code, chart, cadence, rank::SMALLINT AS rank, is_tied, track_id,
        title, 'A' AS artist_credit, streams::BIGINT AS streams, 'charts' AS source_file_id
    FROM (VALUES
        ('DE', 'top200', 'daily', 1, FALSE, 't1', 'One', 90), ('DE', 'top200', 'daily', 2, TRUE, 't3', 'Three', 80),
        ('DE', 'top200', 'daily', 2, TRUE, 't2', 'Two', 80), ('DE', 'top200', 'daily', 51, FALSE, 't4', 'Four', 9),
        ('DE', 'top50', 'daily', 1, FALSE, 't5', 'Five', NULL), ('DE', 'top200', 'weekly', 1, FALSE, 't6', 'Six', 9),
        ('DE', 'viral50', 'daily', 1, FALSE, 't7', 'Seven', NULL), ('US', 'top50', 'daily', 1, FALSE, 't5', 'Five', NULL),
        ('FR', 'top200', 'daily', 1, FALSE, 't1', 'One', 90), ('GLOBAL', 'top200', 'daily', 1, FALSE, 't1', 'One', 90)
    ) AS entries(region_code, chart, cadence, rank, is_tied, track_id, title, streams)"""


def test_of_spotify_the_best_daily_chart_of_each_asked_country_is_taken() -> None:
    shelf = Shelf(Charted("t1", "A", "One"))
    shelf.keep("charts", CHARTS)
    found = shelf.rows("top_tracks", "region_code, rank, list, is_tied, track_id, matched_by, similarity, streams")
    assert found == [
        ("DE", 1, "top200", False, "t1", "id", None, 90),
        ("DE", 2, "top200", True, "t2", "id", None, 80),
        ("US", 1, "top50", False, "t5", "id", None, None),
    ]


def test_a_playlist_stands_in_where_a_country_has_no_chart_of_the_day() -> None:
    shelf = Shelf(told("t1", title="One", artists=["A"]))
    shelf.keep("charts", CHARTS)
    shelf.keep(
        "playlist_tracks",
        "SELECT unnest(['2020-01-31', '2020-02-01'])::DATE AS snapshot_date, 'name:top-50/DE' AS playlist_id, "
        "1::SMALLINT AS position, 't1' AS track_id, 50::SMALLINT AS popularity, 'poor' AS source_file_id",
    )
    found = shelf.rows("top_tracks", "snapshot_date, list, title, song_key", "rank = 1 AND region_code = 'DE'")
    assert found == [
        (dt.date(2020, 1, 31), "top200", "One", "one/A"),
        (dt.date(2020, 2, 1), "playlist", "One", "one/A"),
    ]


def test_the_playlist_that_is_named_for_a_country_comes_after_its_charts_and_its_top_50() -> None:
    """Its places are the ranks up to the fiftieth, and where no track is known there is none."""
    shelf = Shelf(told("t1", title="One", artists=["A"]))
    shelf.keep("charts", CHARTS)
    shelf.keep(
        "playlist_tracks",
        """SELECT snapshot_date::DATE AS snapshot_date, playlist_id, position::SMALLINT AS position, track_id,
                  NULL::SMALLINT AS popularity, 'poor' AS source_file_id
           FROM (VALUES ('2020-01-31', 'named', 1, 't1'),
                        ('2020-02-01', 'name:top-50/DE', 1, 't1'), ('2020-02-01', 'named', 2, 't3'),
                        ('2020-02-02', 'named', 1, 't1'), ('2020-02-02', 'named', 3, 't3'),
                        ('2020-02-02', 'named', 51, 't4'), ('2020-02-02', 'of nobody', 2, 't5'))
                AS places(snapshot_date, playlist_id, position, track_id)""",
    )
    where = "region_code = 'DE' AND snapshot_date > '2020-01-31'"
    columns = "snapshot_date, rank, source, list, track_id, title, streams, source_file_id"
    assert shelf.rows("top_tracks", columns, where) == [
        (dt.date(2020, 2, 1), 1, "spotify", "playlist", "t1", "One", None, "poor"),
        (dt.date(2020, 2, 2), 1, "spotify", "named", "t1", "One", None, "poor"),
        (dt.date(2020, 2, 2), 3, "spotify", "named", "t3", None, None, "poor"),
    ]
    first = shelf.rows("top_tracks", "DISTINCT list", "region_code = 'DE' AND snapshot_date = '2020-01-31'")
    assert first == [("top200",)]


def test_both_sources_tell_of_one_song_and_what_is_not_known_stays_so() -> None:
    shelf = Shelf(
        told("t1", title="One (feat. B)", artists=["A"], duration_ms=180_500),
        Heard("ONE", "A", 180_000, rank=1, listeners=800),
        Heard("One", "Somebody Else", rank=2, listeners=200),
        Heard("Unheard Of", "Ä", rank=3, listeners=None),
        Heard("Of Another Day", "A", day="2020-02-01", listeners=10),
        Heard("Of The Same Place", "A", rank=1, listeners=5),
    )
    shelf.keep("charts", CHARTS)
    columns = "rank, track_id, song_key, artist_name, lastfm_popularity, listeners, streams, duration_ms"
    assert shelf.rows("top_tracks", columns, "source = 'lastfm' AND snapshot_date = '2020-01-31'") == [
        (1, "t1", "one/A", "A", 100.0, 800, None, 180_000),
        (2, None, "one/Somebody Else", "Somebody Else", 25.0, 200, None, None),
        (3, None, "unheard of/Ä", "Ä", None, None, None, None),
    ]
    assert shelf.rows("top_tracks", "lastfm_popularity", "snapshot_date = '2020-02-01'") == [(100.0,)]
    assert shelf.rows("top_tracks", "song_key", "source = 'spotify' AND track_id = 't1'") == [("one/A",)]
    accounts = shelf.rows("top_track_accounting", "outcome, reason, matched_by, outcome_rows")
    assert accounts == [
        ("duplicate", "same place of the same list", "nothing", 1),
        ("loaded", "", "nothing", 3),
        ("loaded", "", "title and artists", 1),
    ]
    assert sum(row[3] for row in accounts) == 5
