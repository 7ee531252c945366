"""Songs, artists, genres and number ones of both sources of top tracks, whose numbers a person can work out."""

import datetime as dt

from spotify_platform_tests.marts.star import Listed, Song, Star

DAY, NEXT, LATER = "2020-01-30", "2020-01-31", "2020-02-02"


def heard(day: str, rank: int, song: str, track: str | None = None, **more: object) -> Listed:
    return Listed(day, rank, song, track, "lastfm", **more)  # type: ignore[arg-type]


def test_a_song_stands_once_with_the_sources_that_have_it() -> None:
    star = Star(
        songs=[Song("t1"), Song("t2")],
        listed=[
            Listed(DAY, 2, "one", "t2", streams=10),
            Listed(DAY, 1, "one", "t1", region="FR", streams=5),
            Listed(NEXT, 3, "one", "t1"),
            heard(LATER, 4, "one", "t1", listeners=70),
            Listed(DAY, 5, "two", "t2"),
            heard(DAY, 1, "unheard", listeners=90),
        ],
    )
    columns = (
        "song_key, track_id, found_in, countries_on_spotify, days_on_spotify, days_on_lastfm, streams, most_listeners"
    )
    assert star.rows("top_track_songs", columns) == [
        ("one", "t1", "both", 2, 2, 1, 15, 70),
        ("two", "t2", "spotify", 1, 1, 0, None, None),
        ("unheard", None, "lastfm", 0, 0, 1, None, 90),
    ]
    ranks = star.rows("top_track_songs", "best_rank_on_spotify, best_rank_on_lastfm", "song_key = 'one'")
    assert ranks == [(1, 4)]


def test_shares_of_artists_and_genres_add_up_in_each_source_and_country() -> None:
    """Joins repeat nothing: a song of several artists is one entry, of the first of them."""
    star = Star(
        songs=[Song("t1", ("a", "b"), {"genre": "pop", "popularity": 40}), Song("t2", ("c",))],
        genres=[("a", "pop"), ("b", "pop")],
        listed=[
            *(
                Listed(day, rank, f"s{rank}", f"t{rank}", artist="ac"[rank - 1])
                for day in (DAY, NEXT)
                for rank in (1, 2)
            ),
            heard(DAY, 1, "s1", "t1"),
            *(heard(DAY, rank, f"s{rank}", artist="x") for rank in (2, 3, 4)),
            heard(DAY, 1, "s1", "t1", region="FR"),
        ],
    )
    shares = "region_code, source, {}, songs, entries, share_of_entries"
    assert star.rows("top_track_artists", shares.format("artist_id")) == [
        ("DE", "lastfm", "a", 1, 1, 0.25),
        ("DE", "lastfm", "x", 3, 3, 0.75),
        ("DE", "spotify", "a", 1, 2, 0.5),
        ("DE", "spotify", "c", 1, 2, 0.5),
        ("FR", "lastfm", "a", 1, 1, 1.0),
    ]
    assert star.rows("top_track_genres", shares.format("genre") + ", entries_of_known_tracks, mean_popularity") == [
        ("DE", "lastfm", "pop", 1, 1, 0.25, 1, 40.0),
        ("DE", "lastfm", "unknown", 3, 3, 0.75, 0, None),
        ("DE", "spotify", "pop", 1, 2, 0.5, 2, 40.0),
        ("DE", "spotify", "unknown", 1, 2, 0.5, 2, None),
        ("FR", "lastfm", "pop", 1, 1, 1.0, 1, 40.0),
    ]


def test_the_first_place_leads_whatever_the_order_of_rows_and_a_reign_is_of_one_song() -> None:
    days = [f"2020-01-0{day}" for day in range(1, 7)]
    leaders = ["one", "one", "two", "one", None, "one"]
    star = Star(
        songs=[Song("t1"), Song("t9")],
        listed=[
            *(Listed(day, 2, "other", "t9") for day in days),
            *(Listed(day, 1, song, None) for day, song in zip(days, leaders, strict=True) if song),
            heard(days[0], 1, "two", listeners=7),
            heard(days[0], 1, "three", region="FR"),
        ],
    )
    found = star.rows("top_track_number_ones", "snapshot_date, song_key, lists_in_a_row", "source = 'spotify'")
    assert [(f"{day}", song, row) for day, song, row in found] == [
        (days[0], "one", 1),
        (days[1], "one", 2),
        (days[2], "two", 1),
        (days[3], "one", 1),
        (days[5], "one", 1),
    ]
    assert star.rows("top_track_number_ones", "region_code, song_key, listeners", "source = 'lastfm'") == [
        ("DE", "two", 7),
        ("FR", "three", None),
    ]


def test_the_latest_lists_stand_side_by_side_and_unmeasured_popularity_has_no_category() -> None:
    known = {"release_date": "2020-01-01", "popularity": None, "popularity_category": None, "emotional_impact": 0.5}
    star = Star(
        songs=[Song("t1", known=known)],
        listed=[
            Listed(DAY, 1, "old", "t1"),
            Listed(NEXT, 2, "one", "t1"),
            Listed(NEXT, 3, "one", "t1"),
            heard(LATER, 1, "one", "t1", listeners=9),
            heard(LATER, 2, "unheard", listeners=5),
        ],
    )
    columns = "song_key, spotify_rank, lastfm_rank, lastfm_date, popularity_category, emotional_impact, age_days"
    assert star.rows("current_top_tracks", columns) == [
        ("one", 2, 1, dt.date(2020, 2, 2), None, 0.5, 30),
        ("unheard", None, 2, dt.date(2020, 2, 2), None, None, None),
    ]
