"""Marts whose numbers a person can work out: shares, likeness, ages, reigns, days of the week."""

import datetime as dt
import math

import pytest

from spotify_platform_tests.marts.star import Entry, Song, Star


@pytest.mark.parametrize(
    ("released", "recency"),
    [
        ("2021-07-31", "current"),
        ("2020-02-28", "current"),  # 17 months before
        ("2020-01-31", "catalog"),
        ("2018-08-01", "catalog"),  # 35 months before
        ("2018-07-31", "deep catalog"),
        ("1969-01-01", "deep catalog"),
        ("2021-12-24", "current"),  # announced, and on a chart already
    ],
)
def test_the_age_of_a_release_is_counted_in_calendar_months(released: str, recency: str) -> None:
    star = Star([Entry("2021-07-15", 1, "a")], [Song("a", known={"release_date": released})])
    assert star.rows("release_recency", "recency") == [(recency,)]


def test_the_same_release_grows_older_from_month_to_month() -> None:
    star = Star(
        [Entry("2021-06-30", 1, "a"), Entry("2021-07-01", 1, "a"), Entry("2021-07-01", 2, "b")],
        [Song("a", known={"release_date": "2020-01-01"}), Song("b", known={"release_date": "2021-01-01"})],
    )
    found = star.rows("release_recency", "month_start, recency, entries, share_of_entries")
    june, july = dt.date(2021, 6, 1), dt.date(2021, 7, 1)
    assert found == [(june, "current", 1, 1), (july, "catalog", 1, 0.5), (july, "current", 1, 0.5)]


def test_the_long_tail_tells_how_few_tracks_have_how_much() -> None:
    """Of 150 tracks one has half of all streams, and each of the others as much as the next."""
    entries = [Entry("2020-01-01", 1, "hit", 149), *(Entry("2020-01-01", 2 + i, f"{i:03}", 1) for i in range(149))]
    columns = "tracks, streams, top_10_share, top_percent_share, top_tenth_share, tracks_for_half"
    assert Star(entries).rows("long_tail", columns) == [(150, 298, 158 / 298, 150 / 298, 163 / 298, 1)]


def test_ten_tracks_or_fewer_have_all_of_their_streams() -> None:
    star = Star(Entry("2020-01-01", rank, f"{rank}", 10) for rank in (1, 2, 3))
    columns = "top_10_share, top_percent_share, top_tenth_share, tracks_for_half"
    assert star.rows("long_tail", columns) == [(1, 1 / 3, 1 / 3, 2)]


def test_regions_are_alike_by_what_they_share() -> None:
    entries = [
        *(
            Entry("2020-01-01", rank, track, region=region)
            for region in ("AT", "DE")
            for rank, track in ((1, "a"), (2, "b"))
        ),
        *(Entry("2020-01-01", rank, track, region="FR") for rank, track in ((1, "b"), (2, "c"), (3, "d"))),
        Entry("2020-01-01", 1, "e", region="JP"),
    ]
    star = Star(entries)
    found = star.ask(
        "SELECT region_code, other_region_code, shared_tracks, jaccard, cosine FROM marts.region_similarity"
    )
    pairs = {(one, other): (shared, jaccard, cosine) for one, other, shared, jaccard, cosine in found}
    assert len(pairs) == 4 * 3
    assert pairs["AT", "DE"] == (2, 1, pytest.approx(1))
    cosine = (199 * 200) / math.sqrt((200**2 + 199**2) * (200**2 + 199**2 + 198**2))
    assert pairs["DE", "FR"] == pairs["FR", "DE"] == (1, 1 / 4, pytest.approx(cosine))
    assert pairs["JP", "AT"] == (0, 0, 0)


def test_charts_of_different_kinds_are_not_compared() -> None:
    star = Star([Entry("2020-01-01", 1, "a"), Entry("2020-01-01", 1, "a", region="FR", chart="viral50")])
    assert star.rows("region_similarity", "region_code") == []


def test_a_reign_lasts_until_another_track_leads_or_nobody_knows_who_does() -> None:
    leaders = ["a", "a", "b", "a", "a", "a", None, "a"]
    entries = [
        Entry(f"2020-01-{day:02}", 1 if leader else 2, leader or "z") for day, leader in enumerate(leaders, start=1)
    ]
    found = Star(entries).rows("number_one_tracks", "chart_date, track_id, charts_in_a_row")
    assert [row[1:] for row in found] == [("a", 1), ("a", 2), ("b", 1), ("a", 1), ("a", 2), ("a", 3), ("a", 1)]


def test_weekly_charts_that_end_on_different_days_of_the_week_do_not_follow_each_other() -> None:
    weeks = ("2020-01-01", "2020-01-08", "2020-01-11", "2020-01-22", "2020-01-29", "2020-02-02", "2020-02-05")
    star = Star(Entry(day, 1, "x", cadence="weekly") for day in weeks)
    found = star.rows("chart_run_month", "CAST(run_start AS VARCHAR), CAST(run_end AS VARCHAR), entries")
    assert found == [
        ("2020-01-01", "2020-01-08", 2),
        ("2020-01-11", "2020-01-11", 1),
        ("2020-01-22", "2020-01-29", 2),
        ("2020-02-02", "2020-02-02", 1),
        ("2020-02-05", "2020-02-05", 1),
    ]
    assert star.rows("track_chart_runs", "entries, runs, re_entries, longest_run") == [(7, 4, 3, 3)]


def test_a_season_is_a_month_and_a_day_of_the_week() -> None:
    """Two Fridays of January 2020 and one Saturday, of two tracks each, and a Friday that tells no streams."""
    streams = {"2020-01-03": 300, "2020-01-10": 500, "2020-01-11": 100}
    told = [Entry(day, rank, f"{rank}", count // 2) for day, count in streams.items() for rank in (1, 2)]
    star = Star([*told, Entry("2020-01-17", 1, "1")])
    assert star.rows("seasonality", "month, weekday, charts, charts_with_streams, streams, mean_streams") == [
        (1, 5, 3, 2, 800, 400),
        (1, 6, 1, 1, 100, 100),
    ]


def test_trends_have_their_share_and_their_mean_place() -> None:
    moves = ("MOVE_UP", "MOVE_UP", "MOVE_DOWN", "NEW_ENTRY")
    star = Star(Entry("2020-01-01", rank, f"{rank}", 10 * rank, trend=move) for rank, move in enumerate(moves, start=1))
    assert star.rows("trend_summary", "trend, entries, share_of_entries, mean_rank, streams") == [
        ("MOVE_DOWN", 1, 0.25, 3, 30),
        ("MOVE_UP", 2, 0.5, 1.5, 30),
        ("NEW_ENTRY", 1, 0.25, 4, 40),
    ]


def test_artists_are_summed_up_by_their_songs() -> None:
    """An artist without a place on any chart is one too."""
    songs = [
        Song("1", ("x",), {"popularity": 10, "duration_ms": 100_000, "release_date": "1999-01-01"}),
        Song("2", ("x", "y"), {"popularity": 30, "duration_ms": 200_000, "release_date": "2020-01-01"}),
    ]
    star = Star([Entry("2020-01-01", 7, "1"), Entry("2020-01-02", 5, "1")], songs)
    columns = "artist_name, tracks, charted_tracks, appearances, peak_rank, mean_popularity, mean_duration_ms"
    assert star.rows("artist_summary", columns) == [
        ("The x", 2, 1, 2, 5, 20, 150_000),
        ("The y", 1, 0, 0, None, 30, 200_000),
    ]
    assert star.rows("artist_summary", "first_release_date, last_date", "artist_id = 'x'") == [
        (dt.date(1999, 1, 1), dt.date(2020, 1, 2))
    ]


def test_genres_are_summed_up_whether_charted_or_not() -> None:
    sound = {"danceability": 0.1, "energy": 0.25, "tempo": 120.5}
    songs = [
        Song("1", known={"genre": "pop", **sound}),
        Song("2", known={"genre": "pop", **sound, "danceability": 0.2}),
        Song("3", known={"genre": "pop"}),
        Song("4"),
    ]
    star = Star([Entry("2020-01-01", 1, "1", 5, "GLOBAL")], songs)
    columns = "genre, tracks, share_of_tracks, mean_danceability, mean_energy, mean_tempo"
    assert star.rows("genre_summary", columns) == [
        ("pop", 3, 0.75, pytest.approx(0.15), 0.25, 120.5),
        ("unknown", 1, 0.25, None, None, None),
    ]
    assert star.rows("genre_summary", "genre, charted_tracks, appearances, global_streams") == [
        ("pop", 1, 1, 5),
        ("unknown", 0, 0, None),
    ]
