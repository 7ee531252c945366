"""What each format makes of its rows: the real files are counted again by Python alone."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from backports import zstd

from spotify_platform.errors import AmbiguousFileError
from spotify_platform.landing.recognise import facts, format_named, identity_of, known_formats
from spotify_platform.landing.regions import GLOBAL
from spotify_platform_tests.landing.conftest import LANDED_ON, Parse
from spotify_platform_tests.landing.writing import (
    ALL_AUDIO,
    GOOD,
    NAMES,
    OLD,
    OLD_VIRAL,
    PLAYLISTS,
    TOP_73,
    WORLDWIDE,
    good,
    header_of,
    lines,
    table,
    track_id,
)

CHART = ("chart_date", "period_start", "region_code", "chart", "cadence", "rank", "previous_rank", "streams", "trend")


@pytest.mark.parametrize(
    ("format", "name", "expected"),
    [
        (
            OLD,
            "regional-global-weekly-2020-01-31--2020-02-07.csv",
            (date(2020, 2, 6), date(2020, 1, 31), GLOBAL, "top200", "weekly", 1, None, 46784119, None),
        ),
        (
            OLD,
            "regional-us-daily-2020-01-31.csv",
            (date(2020, 1, 31), date(2020, 1, 31), "US", "top200", "daily", 1, None, 46784119, None),
        ),
        (
            OLD_VIRAL,
            "viral-de-weekly-2020-01-30--2020-01-30.csv",
            (date(2020, 1, 30), date(2020, 1, 24), "DE", "viral50", "weekly", 1, None, None, None),
        ),
        (
            OLD_VIRAL,
            "viral-de-daily-2020-01-30.csv",
            (date(2020, 1, 30), date(2020, 1, 30), "DE", "viral50", "daily", 1, None, None, None),
        ),
        (
            WORLDWIDE,
            "data.csv",
            (date(2017, 1, 1), date(2017, 1, 1), "EC", "top200", "daily", 1, None, 19272, None),
        ),
        (
            TOP_73,
            "universal_top_spotify_songs.csv",
            (date(2025, 2, 18), date(2025, 2, 18), "AE", "top50", "daily", 1, 3, None, "MOVE_UP"),
        ),
        (
            ALL_AUDIO,
            "merged_data.csv",
            (date(2017, 1, 1), date(2017, 1, 1), "AR", "top200", "daily", 1, None, 253019, "SAME_POSITION"),
        ),
    ],
)
def test_a_row_becomes_a_chart_entry(parsing: Parse, format: str, name: str, expected: tuple[object, ...]) -> None:
    [row] = parsing(table(format, [GOOD[format]]), name).rows
    assert tuple(row[column] for column in CHART) == expected
    assert row["track_id"] == track_id(1)


@pytest.mark.parametrize(
    ("dates", "last"),
    [
        ("2020-01-31--2020-02-07", date(2020, 2, 6)),
        ("2020-02-28--2020-03-06", date(2020, 3, 5)),
        ("2019-12-27--2020-01-03", date(2020, 1, 2)),
        ("2020-01-31--2020-02-06", date(2020, 2, 6)),
        ("2020-02-06--2020-02-06", date(2020, 2, 6)),
    ],
)
def test_a_week_ends_on_the_day_before_the_next_one_begins(dates: str, last: date) -> None:
    known = facts(format_named(OLD), f"regional-global-weekly-{dates}.csv", None, None, LANDED_ON)
    assert known.date == last
    assert known.date.weekday() == 3  # a Thursday, as charts.spotify.com dates its weeks
    assert identity_of(format_named(OLD), known, None) == f"spotifycharts.com/GLOBAL/top200/weekly/{last}"


@pytest.mark.parametrize("dates", ["2020-01-31--2020-02-14", "2020-02-07--2020-01-31", "2020-01-31--2020-02-31"])
def test_a_range_that_is_no_week_is_a_question(dates: str) -> None:
    with pytest.raises(AmbiguousFileError, match=r"is no week; say --date"):
        facts(format_named(OLD), f"regional-global-weekly-{dates}.csv", None, None, LANDED_ON)


def test_a_name_that_tells_no_cadence_is_a_question() -> None:
    with pytest.raises(AmbiguousFileError, match=r"daily or weekly\? .* name it like regional-global-weekly-"):
        facts(format_named(OLD), "chart.csv", "us", date(2020, 1, 31), LANDED_ON)


@pytest.mark.parametrize(
    ("rank", "movement", "previous", "trend"),
    [
        ("3", "2", 5, "MOVE_UP"),
        ("3", "-2", 1, "MOVE_DOWN"),
        ("3", "0", 3, "SAME_POSITION"),
        ("3", "47", None, None),  # was 50th, or was not there
        ("50", "0", None, None),
        ("50", "-1", 49, "MOVE_DOWN"),
        ("3", "", None, None),
    ],
)
def test_a_movement_is_from_a_place_unless_that_may_be_none(
    parsing: Parse, rank: str, movement: str, previous: int | None, trend: str | None
) -> None:
    [row] = parsing(table(TOP_73, [good(TOP_73, daily_rank=rank, daily_movement=movement)]), NAMES[TOP_73]).rows
    assert (row["previous_rank"], row["trend"]) == (previous, trend)


def test_rows_that_say_the_same_of_a_track_are_one_row_of_the_catalogue(parsing: Parse) -> None:
    rows = [
        *(good(TOP_73, country=country) for country in ("", "DE", "TR")),
        good(TOP_73, country="FR", popularity="97"),
        good(TOP_73, country="IT", daily_rank="x"),
        good(TOP_73, snapshot_date="2025-02-17"),
        good(TOP_73, spotify_id=track_id(2), duration_ms="0", tempo="0.0"),
    ]
    found = parsing(table(TOP_73, rows), NAMES[TOP_73])
    assert [row["region_code"] for row in found.rows] == [GLOBAL, "DE", "TR", "FR", "AE", "AE"]
    names = ("record", "file_rows", "as_of", "popularity")
    assert [tuple(row[name] for name in names) for row in found.tracks] == [
        (1, 3, date(2025, 2, 18), 98),
        (4, 1, date(2025, 2, 18), 97),
        (6, 1, date(2025, 2, 17), 98),
        (7, 1, date(2025, 2, 18), 98),
    ]
    first, last = found.tracks[0], found.tracks[-1]
    assert (first["album_name"], first["release_date"], first["explicit"]) == (
        "Die With A Smile",
        date(2024, 8, 16),
        False,
    )
    assert (first["duration_ms"], first["energy"], first["time_signature"]) == (194754, 0.916, 3)
    assert (last["duration_ms"], last["tempo"], last["genre"]) == (None, None, None)
    assert sum(row["file_rows"] for row in found.tracks) == found.parsed.rows == len(rows) - 1


def test_a_cell_of_the_track_that_cannot_be_read_rejects_the_row_from_both_tables(parsing: Parse) -> None:
    rows = [GOOD[TOP_73], good(TOP_73, energy="2"), good(TOP_73, energy="2", country="DE")]
    found = parsing(table(TOP_73, rows), NAMES[TOP_73])
    assert (len(found.rows), len(found.tracks)) == (1, 1)
    assert [(line, column) for line, column, _ in found.rejects] == [(3, "energy"), (4, "energy")]


def test_whole_numbers_as_pandas_writes_them_are_read(parsing: Parse) -> None:
    cells = {"streams": "253019.0", "rank": "1", "popularity": "78.0", "af_key": "-1.0", "af_time_signature": "0.0"}
    found = parsing(table(ALL_AUDIO, [good(ALL_AUDIO, **cells)]), NAMES[ALL_AUDIO])
    [track] = found.tracks
    assert found.rows[0]["streams"] == 253019
    assert (track["popularity"], track["duration_ms"], track["key"], track["mode"]) == (78, 195840, None, 0)
    assert (track["time_signature"], track["album_name"]) == (None, "El Dorado")


def test_a_day_that_stands_nowhere_is_not_made_up(parsing: Parse) -> None:
    text = table(ALL_AUDIO, [GOOD[ALL_AUDIO]])
    assert parsing(text, NAMES[ALL_AUDIO]).tracks[0]["as_of"] is None
    assert parsing(text, NAMES[ALL_AUDIO], day=date(2023, 5, 1)).tracks[0]["as_of"] == date(2023, 5, 1)


@pytest.mark.parametrize("absent", [("",), ("available_markets",), ("", "available_markets", "af_tempo", "af_key")])
def test_optional_columns_may_be_absent(parsing: Parse, absent: tuple[str, ...]) -> None:
    header = [name for name in header_of(ALL_AUDIO) if name not in absent]
    found = parsing(lines(header, [GOOD[ALL_AUDIO]]), NAMES[ALL_AUDIO])
    [track] = found.tracks
    assert track["energy"] == 0.916
    assert (track["tempo"] is None, track["key"] is None) == ("af_tempo" in absent, "af_key" in absent)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("spotify-streaming-top-50-world.csv.zst", GLOBAL),
        ("spotify-streaming-top-50-uk.csv", "GB"),
        ("top-50-south-korea.csv", "KR"),
    ],
)
def test_a_playlist_is_of_the_region_in_its_name(parsing: Parse, name: str, code: str) -> None:
    found = parsing(table(PLAYLISTS, [good(PLAYLISTS, duration_ms="0"), good(PLAYLISTS, song="")]), name)
    row, nameless = found.rows
    assert (row["playlist_id"], row["snapshot_date"], row["position"]) == (f"name:top-50/{code}", date(2023, 5, 18), 1)
    assert (row["artist_credit"], row["popularity"], row["duration_ms"]) == ("Big One & FMK & Ke Personajes", 89, None)
    assert nameless["title"] is None
    assert found.parsed.months == ()


def test_no_two_sources_share_a_precedence_among_charts_or_among_catalogues() -> None:
    for kind in ("charts", "catalog"):
        ranks = {(format.precedence, format.source) for format in known_formats() if kind in format.kinds}
        assert max(Counter(precedence for precedence, _ in ranks).values()) == 1


# --- real files


@pytest.fixture
def records(realdata: Path) -> Callable[[Path], list[dict[str, str]]]:
    """The rows of a real CSV, read by Python alone."""

    def read(path: Path, notes: int = 0) -> list[dict[str, str]]:
        data = path.read_bytes()
        text = (zstd.decompress(data) if path.suffix == ".zst" else data).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text.split("\n", notes)[notes], newline="")))

    return read


def test_the_real_downloads_of_the_old_site_are_three_weeks(realdata: Path, parsing: Parse) -> None:
    weeks = {}
    for path in sorted((realdata / "charts" / "spotifycharts_com_weekly_global_2020").glob("*.csv")):
        found = parsing(path.read_bytes(), path.name)
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8").split("\n", 1)[1]))
        expected = [(int(r["Position"]), r["URL"].rsplit("/", 1)[1], int(r["Streams"])) for r in reader]
        assert [(row["rank"], row["track_id"], row["streams"]) for row in found.rows] == expected
        assert (len(expected), found.rejects) == (200, [])
        [week] = {(row["period_start"], row["chart_date"]) for row in found.rows}
        weeks[path.name] = week
    assert list(weeks.values()) == [
        (date(2020, 1, 31), date(2020, 2, 6)),
        (date(2020, 2, 7), date(2020, 2, 13)),
        (date(2020, 2, 14), date(2020, 2, 20)),
    ]


def test_the_real_top_songs_are_all_chart_entries_and_each_day_of_a_track_is_one_row(
    realdata: Path, parsing: Parse, records: Callable[[Path], list[dict[str, str]]]
) -> None:
    path = realdata / "charts" / "universal_top_spotify_songs_2025-02-17_18_fixed.csv.zst"
    rows = records(path)
    found = parsing(path.read_bytes(), path.name)
    assert len(rows) == len(found.rows) == 4996
    assert not found.rejects
    assert [(r["country"] or GLOBAL, r["snapshot_date"], int(r["daily_rank"]), r["spotify_id"]) for r in rows] == [
        (row["region_code"], row["chart_date"].isoformat(), row["rank"], row["track_id"]) for row in found.rows
    ]
    assert len({row["region_code"] for row in found.rows}) == 72
    measured = {(r["spotify_id"], r["snapshot_date"]): int(r["popularity"]) for r in rows}
    assert {(t["track_id"], t["as_of"].isoformat()): t["popularity"] for t in found.tracks} == measured
    assert sum(track["file_rows"] for track in found.tracks) == 4996
    before = {(r["country"], r["spotify_id"]): int(r["daily_rank"]) for r in rows if r["snapshot_date"] == "2025-02-17"}
    whole = {country for country, n in Counter(country for country, _ in before).items() if n == 50}
    pairs = [
        (row["previous_rank"], before.get((r["country"], r["spotify_id"])))
        for r, row in zip(rows, found.rows, strict=True)
        if r["snapshot_date"] == "2025-02-18" and r["country"] in whole
    ]
    assert len(pairs) > 1000
    assert all(told in (None, seen) for told, seen in pairs)
    assert sum(told is None for told, _ in pairs) == sum(seen in (None, 50) for _, seen in pairs)


def test_the_real_playlists_lose_nothing(
    realdata: Path, parsing: Parse, records: Callable[[Path], list[dict[str, str]]]
) -> None:
    [path] = (realdata / "playlists").glob("*france*")
    rows = records(path)
    found = parsing(path.read_bytes(), path.name)
    assert len(rows) == found.parsed.rows_read == 27_800
    assert not found.rejects
    assert [(r["date"], int(r["position"]), r["song"], int(r["popularity"])) for r in rows[-500:]] == [
        (row["snapshot_date"].isoformat(), row["position"], row["title"], row["popularity"])
        for row in found.rows[-500:]
    ]
    assert found.parsed.repairs == ("line ends of several kinds made one",)
