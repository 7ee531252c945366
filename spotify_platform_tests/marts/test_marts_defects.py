"""What numbers about charts are commonly wrong by, each in a world of a few rows that would show it."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import pytest

from spotify_platform.resources import warehouse_of
from spotify_platform_tests.conftest import SmallWorld
from spotify_platform_tests.marts.star import Entry, Listed, Song, Star, contracts

REGIONS = ("GLOBAL", "DE", "FR", "BR")


# --- days counted over regions


def test_a_day_on_the_charts_of_many_regions_is_one_day() -> None:
    star = Star(Entry(day, 1, "a", region=region) for day in ("2020-01-30", "2020-01-31") for region in REGIONS)
    assert star.rows("unique_songs", "days_on_top200, entries, countries, entries_at_one") == [(2, 8, 3, 8)]
    assert star.rows("track_month", "dates, entries, countries") == [(2, 8, 3)]


def test_the_months_of_an_artist_are_distinct_months() -> None:
    days = ("2020-01-30", "2020-01-31", "2020-02-01")
    entries = [Entry(day, rank, f"{rank}", region=region) for day in days for region in REGIONS for rank in (1, 2)]
    star = Star(entries, [Song("1", ("x",)), Song("2", ("x",))])
    assert star.rows("artist_summary", "artist_id, months_on_charts, appearances") == [("x", 2, 24)]


def scattered() -> Iterator[Entry]:
    """Tracks that come and go in each region on its own, across two ends of months, and weekly charts that end on
    different days of the week in different regions."""
    drawn = random.Random(7)
    for track in range(20):
        for place, region in enumerate(REGIONS):
            for day in range(45):
                date = dt.date(2020, 1, 20) + dt.timedelta(days=day)
                if drawn.random() < (0.05, 0.3, 0.6, 0.95)[track % 4]:
                    yield Entry(date.isoformat(), 1 + track, f"{track:02}", 1, region)
                if date.weekday() == place % 2 and drawn.random() < 0.5:
                    yield Entry(date.isoformat(), 1 + track, f"{track:02}", 1, region, cadence="weekly")


def test_dates_are_distinct_however_the_stays_in_the_regions_overlap() -> None:
    entries = list(scattered())
    dates = defaultdict(set)
    for entry in entries:
        dates[entry.day[:7], entry.cadence, entry.track].add(entry.day)
    star = Star(entries)
    found = star.rows("track_month", "strftime(month_start, '%Y-%m'), cadence, track_id, dates")
    assert {row[:3]: row[3] for row in found} == {key: len(days) for key, days in dates.items()}
    songs = star.rows("unique_songs", "track_id, days_on_top200, weeks_on_top200")
    assert songs == [
        (
            track,
            len({entry.day for entry in entries if (entry.track, entry.cadence) == (track, "daily")}),
            len({entry.day for entry in entries if (entry.track, entry.cadence) == (track, "weekly")}),
        )
        for track in sorted({entry.track for entry in entries})
    ]


# --- sums multiplied by joins


@pytest.fixture(scope="module")
def together() -> Star:
    """A duet, a song whose credit names an artist twice, and a solo, of artists who have several genres each."""
    songs = [
        Song("duet", ("x", "y", "z"), {"genre": "pop", "popularity": 80}),
        Song("twice", ("y", "x", "y"), {"genre": "folk"}),
        Song("solo", ("x",), {"popularity": 40}),
    ]
    entries = [
        Entry(day, rank, track, streams, region)
        for day in ("2020-01-01", "2020-01-02")
        for region in ("GLOBAL", "DE")
        for rank, (track, streams) in enumerate((("duet", 100), ("twice", 10), ("solo", 1)), start=1)
    ]
    return Star(entries, songs, genres=[(artist, genre) for artist in "xyz" for genre in ("pop", "folk", "rock")])


def test_each_artist_of_a_track_has_its_streams_once(together: Star) -> None:
    found = together.rows("artist_performance", "artist_id, tracks, entries, global_streams, country_streams, points")
    assert found == [
        ("x", 3, 12, 222, 222, 4 * (200 + 199 + 198)),
        ("y", 2, 8, 220, 220, 4 * (200 + 199)),
        ("z", 1, 4, 200, 200, 4 * 200),
    ]
    assert together.rows("artist_summary", "artist_id, tracks, appearances, global_streams, position") == [
        ("x", 3, 12, 222, 1),
        ("y", 2, 8, 220, 2),
        ("z", 1, 4, 200, 3),
    ]


def test_what_artists_have_as_lead_adds_up_to_the_chart(together: Star) -> None:
    total = "SUM(global_streams_as_lead), SUM(country_streams_as_lead), SUM(tracks_as_lead)"
    assert together.ask(f"SELECT {total} FROM marts.artist_performance") == [(222, 222, 3)]


def test_genres_add_up_to_the_chart_however_many_its_artists_have(together: Star) -> None:
    found = together.rows("genre_performance", "genre, tracks, entries, share_of_entries, global_streams")
    assert found == [
        ("folk", 1, 4, pytest.approx(1 / 3), 20),
        ("pop", 1, 4, pytest.approx(1 / 3), 200),
        ("unknown", 1, 4, pytest.approx(1 / 3), 2),
    ]
    assert together.ask("SELECT SUM(tracks), SUM(share_of_tracks), SUM(appearances) FROM marts.genre_summary") == [
        (3, pytest.approx(1), 12)
    ]


@pytest.mark.parametrize(
    "mart", ["track_region_month", "chart_day", "release_recency", "seasonality", "track_chart_runs"]
)
def test_no_join_multiplies_the_streams_of_the_facts(mart: str, together: Star) -> None:
    facts = together.ask("SELECT SUM(streams) FROM warehouse.fact_chart_entry")
    assert together.ask(f"SELECT SUM(streams) FROM marts.{mart}") == facts == [(444,)]


def test_the_world_is_not_added_to_its_countries_nor_weeks_to_their_days() -> None:
    star = Star(
        [
            Entry("2020-01-02", 1, "a", 100, "GLOBAL"),
            Entry("2020-01-02", 1, "a", 60, "DE"),
            Entry("2020-01-02", 1, "a", 30, "FR"),
            Entry("2020-01-02", 1, "a", 700, "GLOBAL", cadence="weekly"),
            Entry("2020-01-02", 1, "b", 500, "GLOBAL", cadence="weekly", tied=True),
        ]
    )
    assert star.rows("unique_songs", "track_id, global_streams, country_streams") == [
        ("a", 100, 90),
        ("b", 500, None),
    ]


# --- invented streams


@pytest.fixture(scope="module")
def viral() -> Star:
    places = list(product(("2020-01-01", "2020-01-02"), ("GLOBAL", "DE"), (1, 2, 3)))
    return Star(
        [Entry(day, rank, f"{rank}", None, region, "viral50", trend="NEW_ENTRY") for day, region, rank in places],
        listed=[Listed(day, rank, f"{rank}", f"{rank}", region=region) for day, region, rank in places],
    )


def test_streams_that_nobody_tells_are_never_told(viral: Star) -> None:
    columns = [
        (mart, column.name)
        for (layer, mart), contract in ((key.split("/"), contract) for key, contract in contracts().items())
        for column in contract.columns
        if layer == "marts" and column.name.endswith(("streams", "streams_as_lead")) and not column.required
    ]
    assert len(columns) > 20
    for mart, column in columns:
        found = viral.rows(mart, column)
        assert found, mart
        assert {value for (value,) in found} == {None}, (mart, column)


def test_a_place_without_streams_adds_nothing_to_those_with_some() -> None:
    """The next best track of the same place is no stand-in for it."""
    star = Star([Entry("2020-01-01", 1, "a", 50), Entry("2020-01-02", 1, "a"), Entry("2020-01-03", 1, "b", 70)])
    assert star.rows("track_region_month", "track_id, streams, entries, entries_with_streams") == [
        ("a", 50, 2, 1),
        ("b", 70, 1, 1),
    ]
    assert star.ask("SELECT SUM(charts), SUM(charts_with_streams), SUM(streams) FROM marts.seasonality") == [
        (3, 2, 120)
    ]


def test_no_streams_are_none_rather_than_nought_and_not_the_other_way_round() -> None:
    star = Star([Entry("2020-01-01", 1, "a", 0), Entry("2020-01-01", 2, "b")])
    assert star.rows("track_region_month", "track_id, streams") == [("a", 0), ("b", None)]
    assert star.rows("long_tail", "tracks, streams, top_10_share") == [(1, 0, None)]


# --- popularity that nobody measured


def test_a_track_without_popularity_has_no_category(small_world: SmallWorld) -> None:
    _, rows = warehouse_of(small_world.environment).select(
        "SELECT popularity IS NULL, popularity_category, MIN(popularity), MAX(popularity), COUNT(*) "
        "FROM warehouse.dim_track GROUP BY ALL"
    )
    found = {(unknown, category): (least, greatest) for unknown, category, least, greatest, _ in rows}
    assert found.pop((True, None)) == (None, None)
    assert found.keys() <= {(False, "Low"), (False, "Medium"), (False, "High")}
    assert found[False, "Low"][1] <= 33 < found[False, "Medium"][0]


def test_means_leave_out_what_nobody_measured() -> None:
    songs = [
        Song("a", ("x",), {"popularity": 90, "genre": "pop"}),
        Song("b", ("x",), {"genre": "pop"}),
        Song("c", ("y",)),
    ]
    star = Star([Entry("2020-01-01", rank, track) for rank, track in enumerate("abc", start=1)], songs)
    known = "tracks, tracks_with_popularity, mean_popularity"
    assert star.rows("artist_summary", f"artist_id, {known}, greatest_popularity") == [
        ("x", 2, 1, 90, 90),
        ("y", 1, 0, None, None),
    ]
    for mart in ("genre_summary", "genre_performance"):
        assert star.rows(mart, f"genre, {known}") == [("pop", 2, 1, 90), ("unknown", 1, 0, None)]
    for mart in ("popularity_by_region_month", "release_recency"):
        assert star.rows(mart, known) == [(3, 1, 90)]


# --- a first row of no order


def test_the_number_one_is_the_first_place_and_not_a_row_that_came_first() -> None:
    star = Star(
        [
            *(Entry("2020-01-01", rank, f"{rank}", 1000 - rank) for rank in range(2, 50)),
            Entry("2020-01-01", 1, "best", 5),
            *(Entry("2020-01-02", rank, f"{rank}", 1000 - rank) for rank in range(2, 50)),
        ]
    )
    assert star.rows("number_one_tracks", "chart_date, track_id, streams") == [(dt.date(2020, 1, 1), "best", 5)]
    assert star.rows("chart_day", "chart_date, entries, leader_track_id") == [
        (dt.date(2020, 1, 1), 49, "best"),
        (dt.date(2020, 1, 2), 48, None),
    ]


@pytest.mark.parametrize(
    ("streams", "leader"), [((5, 7, 6), "b"), ((None, None, 1), "c"), ((None, None, None), "a"), ((3, 3, 3), "a")]
)
def test_of_a_tie_at_the_first_place_streams_decide_and_then_the_id(
    streams: tuple[int | None, ...], leader: str
) -> None:
    star = Star(Entry("2020-01-01", 1, track, count, tied=True) for track, count in zip("abc", streams, strict=True))
    assert star.rows("number_one_tracks", "track_id, is_tied") == [(leader, True)]


# --- one name, several songs


def test_songs_that_only_share_a_title_are_not_one_and_editions_of_one_song_are() -> None:
    songs = [
        Song("1", ("x",), {"title": "Hello"}),
        Song("2", ("y",), {"title": "Hello", "popularity": 70}),
        Song("3", ("x", "y"), {"title": "Hello"}),
        Song("4", (), {"title": None}),
        Song("5", (), {"title": None}),
    ]
    star = Star([Entry("2020-01-01", int(song.track), song.track, 10) for song in songs], songs)
    assert star.rows("unique_songs", "track_id, song_id") == [
        ("1", "1"),
        ("2", "2"),
        ("3", "1"),
        ("4", "4"),
        ("5", "5"),
    ]
    assert star.ask("SELECT SUM(appearances) FROM marts.artist_summary WHERE artist_id = 'y'") == [(2,)]
    assert star.rows("artist_summary", "artist_id, mean_popularity", "artist_id IN ('x', 'y')") == [
        ("x", None),
        ("y", 70),
    ]


# --- a trend or a release that nobody tells


def test_a_trend_that_nobody_tells_is_none_of_the_trends() -> None:
    star = Star([Entry("2020-01-01", 1, "a", trend="MOVE_UP"), Entry("2020-01-01", 2, "b")])
    assert star.rows("trend_summary", "trend, entries, share_of_entries, mean_rank") == [("MOVE_UP", 1, 1, 1)]


def test_a_release_that_nobody_dates_is_neither_recent_nor_old() -> None:
    assert Star([Entry("2020-01-01", 1, "a")]).rows("release_recency", "recency, tracks") == [("unknown", 1)]


# --- the clock


def test_now_is_the_latest_chart_of_each_region() -> None:
    star = Star(
        [
            Entry("2017-03-04", 1, "old"),
            Entry("2017-03-05", 1, "a", 9),
            Entry("2017-03-05", 2, "old", 8),
            Entry("2016-12-31", 4, "b", region="FR"),
        ]
    )
    found = star.rows("current_top_songs", "region_code, chart_date, rank, track_id, streams, entries, peak_rank")
    assert found == [
        ("DE", dt.date(2017, 3, 5), 1, "a", 9, 1, 1),
        ("DE", dt.date(2017, 3, 5), 2, "old", 8, 2, 1),
        ("FR", dt.date(2016, 12, 31), 4, "b", None, 1, 4),
    ]


def test_viral_are_the_fourteen_days_that_end_with_the_latest_chart_of_a_region() -> None:
    def on(day: dt.date, rank: int, track: str, region: str = "DE", chart: str = "viral50") -> Entry:
        return Entry(day.isoformat(), rank, track, None, region, chart)

    last = dt.date(2017, 3, 20)
    star = Star(
        [
            on(last - dt.timedelta(days=14), 1, "before"),
            on(last - dt.timedelta(days=13), 1, "edge"),
            on(last - dt.timedelta(days=40), 2, "again"),
            on(last, 1, "again"),
            on(last - dt.timedelta(days=1), 3, "again"),
            on(last + dt.timedelta(days=90), 1, "streamed", chart="top200"),
            on(last - dt.timedelta(days=300), 5, "elsewhere", "FR"),
        ]
    )
    found = star.rows("viral_tracks", "region_code, position, track_id, entries, points, best_rank, first_viral_date")
    assert found == [
        ("DE", 1, "again", 2, 98, 1, last - dt.timedelta(days=40)),
        ("DE", 2, "edge", 1, 50, 1, last - dt.timedelta(days=13)),
        ("FR", 1, "elsewhere", 1, 46, 5, last - dt.timedelta(days=300)),
    ]


def test_what_is_latest_may_have_fewer_rows_than_before() -> None:
    """A shorter chart is published all the same; of every other mart, rows that vanish are a fault."""
    from spotify_platform.defs.marts.songs import SNAPSHOTS

    assert {"/".join(table) for table in SNAPSHOTS} <= contracts().keys()
    long = [Entry("2020-01-01", rank, f"{rank}", chart="viral50") for rank in range(1, 51)]
    long_list = [Listed("2020-01-01", rank, f"{rank}", f"{rank}") for rank in range(1, 51)]
    short, short_list = Entry("2020-02-01", 1, "1", chart="viral50"), Listed("2020-02-01", 1, "1", "1")
    before = Star(long, listed=long_list)
    after = Star([*long, short], listed=[*long_list, short_list])
    for _, mart in SNAPSHOTS:
        assert (len(before.rows(mart, "track_id")), len(after.rows(mart, "track_id"))) == (50, 1)
