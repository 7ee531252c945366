"""Rows become typed or are rejected with line, column and reason; nothing is invented and none is lost."""

import csv
import gzip
import io
import itertools
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.errors import BrokenFileError, RefusedFileError
from spotify_platform.landing.format import TRENDS, Read
from spotify_platform.landing.recognise import format_named
from spotify_platform.landing.regions import EXCEPTIONS, GLOBAL, region_code, region_codes, region_names
from spotify_platform_tests.landing.conftest import LANDED_ON, Found, Parse
from spotify_platform_tests.landing.writing import (
    ALL_AUDIO,
    DAILY,
    GOOD,
    KAGGLE,
    NAMES,
    OLD,
    OLD_VIRAL,
    PROPERTY,
    TIDYTUESDAY,
    TOP_73,
    TRACKS_114K,
    WEEKLY,
    WORLDWIDE,
    good,
    header_of,
    line,
    ranks,
    table,
    track_id,
)

HEADER = ",".join(format_named(KAGGLE).header)
ROW = line(KAGGLE)
BAD_RANK = line(KAGGLE, rank="0")
BAD_RANK_SAYS = "expected a whole number from 1 to 200"


def csv_records(text: str) -> list[tuple[int, list[str]]]:
    """What Python's csv module sees: the line on which each record starts, and its cells; empty lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""))
    found, before = [], 0
    for cells in reader:
        if cells:
            found.append((before + 1, cells))
        before = reader.line_num
    return found


def file_of(*lines: str, newline: str = "\n") -> str:
    return "".join(f"{line}{newline}" for line in (HEADER, *lines))


def assert_nothing_is_lost(found: Found, records: int) -> None:
    parsed = found.parsed
    assert parsed.rows_read == parsed.rows + parsed.rejected == records
    assert (len(found.rows), len(found.rejects)) == (parsed.rows, parsed.rejected)
    assert sum(parsed.reasons.values()) == parsed.rejected


@pytest.mark.parametrize("format", GOOD)
def test_rows_read_are_those_that_the_csv_module_counts(parsing: Parse, format: str) -> None:
    known = {**format_named(format).columns, **format_named(format).label_columns}
    [*_, column] = (read.raw for read in known.values() if isinstance(read, Read) and read.required)
    rows = [GOOD[format], good(format, **{column: ""}), GOOD[format], good(format, **{column: ""})]
    text = table(format, rows)
    found = parsing(text, NAMES[format])
    assert_nothing_is_lost(found, len(csv_records(text)) - 1)
    assert [(line, name) for line, name, _ in found.rejects] == [(3, column), (5, column)]


@pytest.mark.parametrize(("format", "newline"), list(zip(GOOD, itertools.cycle(["\n", "\r\n", "\r"]))))
def test_columns_are_found_by_name_whatever_their_order(parsing: Parse, format: str, newline: str) -> None:
    rows = ranks(format, 3) if format in (KAGGLE, DAILY, WEEKLY) else [GOOD[format]]
    usual = parsing(table(format, rows), NAMES[format])
    backwards = table(format, rows, columns=header_of(format)[::-1], newline=newline)
    other = parsing(f"\ufeff{backwards}", NAMES[format])
    assert usual.rows
    assert [{**row, "label_id": 0} for row in other.rows] == [{**row, "label_id": 0} for row in usual.rows]
    assert (other.artists, other.parsed) == (usual.artists, usual.parsed)


def test_a_kaggle_row_is_read_as_it_is(parsing: Parse) -> None:
    [row] = parsing(table(KAGGLE, [GOOD[KAGGLE]]), "charts.csv").rows
    expected = {
        "chart_date": date(2017, 1, 1),
        "period_start": date(2017, 1, 1),
        "region_code": "AR",
        "chart": "top200",
        "cadence": "daily",
        "rank": 1,
        "previous_rank": None,
        "streams": 253019,
        "trend": "SAME_POSITION",
        "track_id": track_id(1),
        "title": "Chantaje (feat. Maluma)",
        "artist_credit": "Shakira, Maluma",
    }
    assert row.items() >= expected.items()


@pytest.mark.parametrize(("format", "start"), [(DAILY, date(2022, 12, 8)), (WEEKLY, date(2022, 12, 2))])
def test_a_download_takes_region_day_and_period_from_its_name(parsing: Parse, format: str, start: date) -> None:
    found = parsing(table(format, [GOOD[format]]), NAMES[format])
    expected = {
        "chart_date": date(2022, 12, 8),
        "period_start": start,
        "region_code": GLOBAL,
        "chart": "top200",
        "cadence": format.rsplit("_", 1)[1],
        "rank": 1,
        "previous_rank": 3,
        "trend": "MOVE_UP",
        "streams": 48211,
        "artist_credit": "Rosalía, Bad Bunny",
    }
    assert found.rows[0].items() >= expected.items()
    assert (found.parsed.period_start, found.parsed.period_end) == (date(2022, 12, 8), date(2022, 12, 8))
    assert found.parsed.months == (202212,)


def test_months_and_period_are_those_of_the_good_rows(parsing: Parse) -> None:
    days = ["2019-12-31", "2020-02-01", "2020-02-29", "2021-07-01"]
    rows = [good(KAGGLE, date=day) for day in days] + [good(KAGGLE, date="2021-08-01", rank="x")]
    parsed = parsing(table(KAGGLE, rows), "charts.csv").parsed
    assert parsed.months == (201912, 202002, 202107)
    assert (parsed.period_start, parsed.period_end) == (date(2019, 12, 31), date(2021, 7, 1))


BAD_CELLS = [
    *[(KAGGLE, "rank", cell) for cell in ("", "0", "201", "-1", "1.0", "12.7", "1e3", "0x10", "1_000", "1,000", "x")],
    *[(KAGGLE, "streams", cell) for cell in ("-1", "12.7", "1e3", "0x10", "1_000", "∞", "9" * 19, " 5", "NaN")],
    *[
        (KAGGLE, "date", cell)
        for cell in ("", "2017-1-1", "2017-02-30", "01-02-2017", "20170101", "2012-12-31", "2026-11-22", "2017-01-1x")
    ],
    *[(KAGGLE, "region", cell) for cell in ("", "Atlantis", "??")],
    *[(KAGGLE, "chart", cell) for cell in ("", "top50")],
    *[(KAGGLE, "trend", "UP")],
    *[(KAGGLE, "url", cell) for cell in ("", "x", "https://open.spotify.com/track/short", f"{track_id(1)}0")],
    *[(DAILY, "rank", cell) for cell in ("", "201")],
    *[(DAILY, "previous_rank", cell) for cell in ("0", "-2", "1.5")],
    *[(DAILY, "days_on_chart", "0"), (WEEKLY, "weeks_on_chart", "x"), (DAILY, "streams", "-5"), (WEEKLY, "uri", "")],
    *[(OLD, "Position", "201"), (OLD, "Streams", "46,784"), (OLD, "URL", ""), (OLD_VIRAL, "Position", "51")],
    *[(WORLDWIDE, "Date", "2017-1-1"), (WORLDWIDE, "Region", "xx"), (WORLDWIDE, "Region", "")],
    *[
        (TOP_73, column, cell)
        for column, cell in [
            ("daily_rank", "51"),
            ("daily_movement", "x"),
            ("country", "XX"),
            ("snapshot_date", "2026-11-22"),
            ("spotify_id", "x"),
            ("popularity", "101"),
            ("energy", "1.01"),
            ("is_explicit", "yes"),
            ("album_release_date", "2019-13"),
        ]
    ],
    *[
        (ALL_AUDIO, column, cell)
        for column, cell in [
            *(("rank", "1.5"), ("streams", "-1.0"), ("region", "Atlantis"), ("url", "x"), ("popularity", "78.5")),
            *(("af_key", "12.0"), ("af_tempo", "401"), ("duration_ms", "1e5"), ("release_date", "2019-13")),
        ]
    ],
    *[(TIDYTUESDAY, "track_name", cell) for cell in ("", " \u00a0")],
    *[(TIDYTUESDAY, "track_popularity", cell) for cell in ("-1", "101", "5.5")],
    *[
        (TIDYTUESDAY, "track_album_release_date", cell)
        for cell in ("2019-13", "2019-02-30", "20190614", "2019/06/14", "1019", "12e3", "0000-00-00", "2019-6-1")
    ],
    *[(TRACKS_114K, "explicit", cell) for cell in ("yes", "2")],
    *[(TRACKS_114K, "time_signature", cell) for cell in ("8", "-1")],
    *[(TRACKS_114K, "artists", ""), (TRACKS_114K, "track_id", "x")],
    *[
        (format, column, cell)
        for format in (TIDYTUESDAY, TRACKS_114K)
        for column, cell in [
            ("energy", "1.01"),
            ("energy", "-0.1"),
            ("energy", "nan"),
            ("energy", "inf"),
            ("energy", "0,5"),
            ("key", "12"),
            ("mode", "2"),
            ("loudness", "11"),
            ("tempo", "401"),
            ("tempo", "1e999"),
            ("duration_ms", "0"),
            ("duration_ms", "86400001"),
        ]
    ],
]


@pytest.mark.parametrize("format", GOOD)
def test_every_bad_cell_is_rejected_with_its_line_column_and_reason(parsing: Parse, format: str) -> None:
    bad = [(column, cell) for name, column, cell in BAD_CELLS if name == format]
    rows = [row for column, cell in bad for row in (GOOD[format], good(format, **{column: cell}))]
    found = parsing(table(format, rows), NAMES[format])
    assert [(line, column) for line, column, _ in found.rejects] == [(2 * n + 3, c) for n, (c, _) in enumerate(bad)]
    known = format_named(format)
    reads = [r for r in [*known.columns.values(), *known.label_columns.values()] if isinstance(r, Read)]
    says = {read.raw: read.says for read in reversed(reads)}
    for (_, column, reason), (_, cell) in zip(found.rejects, bad, strict=True):
        other = {"2012-12-31": "a date from 2013-01-01 on", "2026-11-22": "a date that is not in the future"}
        assert reason == f"expected {other.get(cell, says[column])}"
    assert_nothing_is_lost(found, len(rows))
    assert all(f"{column}: " in " ".join(found.parsed.reasons) for column, _ in bad)


def test_of_several_bad_cells_one_names_the_reject(parsing: Parse) -> None:
    found = parsing(file_of(line(KAGGLE, rank="x", streams="x", url="x")), "charts.csv")
    assert [name for _, name, _ in found.rejects] == ["url"]
    assert_nothing_is_lost(found, 1)


def test_missing_values_stay_missing(parsing: Parse) -> None:
    rows = [good(KAGGLE, streams="", trend="", title="", artist=" \t\u00a0")]
    [row] = parsing(table(KAGGLE, rows), "charts.csv").rows
    assert [row[name] for name in ("streams", "trend", "title", "artist_credit")] == [None] * 4
    empty = dict.fromkeys(("popularity", "duration_ms", "explicit", "album_name", "track_genre", "energy", "tempo"), "")
    [track] = parsing(table(TRACKS_114K, [good(TRACKS_114K, **empty)]), "dataset.csv").rows
    names = ("popularity", "duration_ms", "explicit", "album_name", "genre", "energy", "tempo", "release_date")
    assert [track[name] for name in names] == [None] * 8


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0\u2003", "\u3000 "])
def test_a_blank_optional_text_is_missing_not_wrong(parsing: Parse, blank: str) -> None:
    found = parsing(table(TRACKS_114K, [good(TRACKS_114K, album_name=blank, track_genre=blank)]), "dataset.csv")
    assert [(row["album_name"], row["genre"]) for row in found.rows] == [(None, None)]
    assert not found.rejects


def test_values_that_mean_not_detected_are_missing(parsing: Parse) -> None:
    cells = {"key": "-1", "tempo": "0.0", "time_signature": "0"}
    [track] = parsing(table(TRACKS_114K, [good(TRACKS_114K, **cells)]), "dataset.csv").rows
    assert (track["key"], track["tempo"], track["time_signature"]) == (None, None, None)


def test_zero_streams_and_zero_popularity_are_values(parsing: Parse) -> None:
    assert parsing(table(KAGGLE, [good(KAGGLE, streams="0")]), "charts.csv").rows[0]["streams"] == 0
    assert parsing(table(TRACKS_114K, [good(TRACKS_114K, popularity="0")]), "dataset.csv").rows[0]["popularity"] == 0


@pytest.mark.parametrize(
    ("rank", "previous", "days", "trend", "kept"),
    [
        ("1", "3", "12", "MOVE_UP", 3),
        ("3", "1", "12", "MOVE_DOWN", 1),
        ("3", "3", "12", "SAME_POSITION", 3),
        ("3", "-1", "1", "NEW_ENTRY", None),
        ("3", "-1", "12", "RE_ENTRY", None),
        ("3", "-1", "", None, None),
        ("3", "", "12", None, None),
        ("3", "", "", None, None),
    ],
)
def test_a_trend_is_derived_only_from_what_the_download_tells(
    parsing: Parse, rank: str, previous: str, days: str, trend: str | None, kept: int | None
) -> None:
    row = good(DAILY, rank=rank, previous_rank=previous, days_on_chart=days)
    [found] = parsing(table(DAILY, [row]), NAMES[DAILY]).rows
    assert (found["trend"], found["previous_rank"]) == (trend, kept)


@pytest.mark.parametrize("cell", TRENDS)
def test_words_are_read_whatever_their_case(parsing: Parse, cell: str) -> None:
    [row] = parsing(table(KAGGLE, [good(KAGGLE, trend=f" {cell.lower()}", chart="TOP200 ")]), "charts.csv").rows
    assert (row["trend"], row["chart"]) == (cell, "top200")


@pytest.mark.parametrize(
    ("cell", "day", "precision"),
    [
        ("1969", date(1969, 1, 1), "year"),
        ("1969-07", date(1969, 7, 1), "month"),
        ("1969-07-20", date(1969, 7, 20), "day"),
        ("0000", None, None),
        ("", None, None),
    ],
)
def test_release_dates_keep_their_precision(parsing: Parse, cell: str, day: date | None, precision: str | None) -> None:
    [row] = parsing(table(TIDYTUESDAY, [good(TIDYTUESDAY, track_album_release_date=cell)]), NAMES[TIDYTUESDAY]).rows
    assert (row["release_date"], row["release_date_precision"]) == (day, precision)


def test_a_catalogue_is_as_of_its_snapshot_or_of_the_day_told(parsing: Parse) -> None:
    text = table(TIDYTUESDAY, [GOOD[TIDYTUESDAY]])
    assert parsing(text, "x.csv").rows[0]["as_of"] == date(2020, 1, 21)
    assert parsing(text, "x.csv", day=date(2024, 5, 1)).rows[0]["as_of"] == date(2024, 5, 1)


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Ingrid Michaelson;ZAYN", ["Ingrid Michaelson", "ZAYN"]),
        (" A ;  B;;C; ", ["A", "B", "C"]),
        ("Earth, Wind & Fire", ["Earth, Wind & Fire"]),
        ("B;A;B", ["B", "A", "B"]),
        ("Jose\u0301", ["José"]),
    ],
)
def test_artists_are_split_on_semicolons_in_their_order(parsing: Parse, cell: str, names: list[str]) -> None:
    found = parsing(table(TRACKS_114K, [GOOD[TRACKS_114K], good(TRACKS_114K, artists=cell)]), "dataset.csv")
    assert found.artists[2:] == [(2, position, name) for position, name in enumerate(names, start=1)]
    assert found.rows[1]["artist_credit"] == ", ".join(names)


def test_one_artist_of_a_catalogue_without_separator_stays_whole(parsing: Parse) -> None:
    found = parsing(table(TIDYTUESDAY, [good(TIDYTUESDAY, track_artist="A;B, C")]), NAMES[TIDYTUESDAY])
    assert found.artists == [(1, 1, "A;B, C")]


@pytest.mark.parametrize(
    "cell",
    [
        track_id(7),
        f"spotify:track:{track_id(7)}",
        f"https://open.spotify.com/track/{track_id(7)}",
        f"https://open.spotify.com/intl-de/track/{track_id(7)}?si=ab12&x=/track/y",
    ],
)
def test_a_track_id_is_found_in_every_spelling(parsing: Parse, cell: str) -> None:
    assert parsing(table(KAGGLE, [good(KAGGLE, url=cell)]), "charts.csv").rows[0]["track_id"] == track_id(7)


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("Global", GLOBAL),
        (" germany ", "DE"),
        ("Czech Republic", "CZ"),
        ("Czechia", "CZ"),
        ("South Korea", "KR"),
        ("Taiwan", "TW"),
        ("Vietnam", "VN"),
        ("Bolivia", "BO"),
        ("Turkey", "TR"),
        ("Russia", "RU"),
        ("USA", "US"),
        ("gb", "GB"),
        ("Namibia", "NA"),
        ("Hong Kong", "HK"),
    ],
)
def test_regions_are_known_by_name_and_code(parsing: Parse, spelling: str, code: str) -> None:
    assert region_code(spelling) == code
    assert parsing(table(KAGGLE, [good(KAGGLE, region=spelling)]), "charts.csv").rows[0]["region_code"] == code


def test_every_region_code_has_a_name_and_every_exception_a_region() -> None:
    assert set(region_codes().values()) == set(region_names())
    assert set(EXCEPTIONS.values()) <= set(region_names())
    assert region_code("") is None


def test_all_rows_are_in_the_order_of_the_file(parsing: Parse) -> None:
    rows = [good(KAGGLE, streams=str(number)) for number in range(5000)]
    found = parsing(table(KAGGLE, rows), "charts.csv")
    assert [(row["record"], row["streams"]) for row in found.rows] == [(n + 1, n) for n in range(5000)]


def test_labels_hold_what_good_rows_use_and_nothing_else(parsing: Parse) -> None:
    rows = [
        *(good(KAGGLE, date=f"2017-01-0{day}") for day in (1, 2, 3)),
        good(KAGGLE, url=track_id(2), rank="x"),
        good(KAGGLE, title="Other title"),
    ]
    found = parsing(table(KAGGLE, rows), "charts.csv")
    assert len({row["label_id"] for row in found.rows}) == 2
    assert {row["track_id"] for row in found.rows} == {track_id(1)}


def test_charts_that_repeat_a_rank_or_a_track_are_noted(parsing: Parse) -> None:
    def entry(day: int, rank: int, track: int, **cells: str) -> dict[str, str]:
        return good(KAGGLE, date=f"2017-01-{day:02}", rank=str(rank), url=track_id(track), **cells)

    rows = [
        *(entry(1, 1, 1), entry(1, 2, 2)),
        *(entry(2, 1, 1), entry(2, 1, 2)),  # a rank
        *(entry(3, 1, 1), entry(3, 2, 1, title="Other title")),  # a track
        *(entry(4, 1, 1), entry(4, 1, 2, streams="x")),  # a rank that a rejected row has too
        *(entry(5, 1, 1), entry(5, 1, 1, chart="viral50", streams=""), entry(5, 1, 1, region="Japan")),
        *(entry(6, 1, 1), entry(6, 1, 1)),  # both
    ]
    assert parsing(table(KAGGLE, rows), "charts.csv").repeats == [date(2017, 1, day) for day in (2, 3, 6)]
    assert parsing(table(KAGGLE, rows[:2]), "charts.csv").repeats == []


# --- rows that are no rows of a CSV


def test_lines_are_right_after_every_kind_of_broken_row(parsing: Parse) -> None:
    stray, more = ROW.replace("Chantaje", '"Chan"taje', 1), f"{ROW},more"
    found = parsing(file_of(ROW, "a,b", BAD_RANK, more, more, BAD_RANK, stray, BAD_RANK, ROW), "charts.csv")
    assert found.rejects == [
        (3, "date", "too few columns"),
        (4, "rank", BAD_RANK_SAYS),
        (5, "", "too many columns"),
        (6, "", "too many columns"),
        (7, "rank", BAD_RANK_SAYS),
        (8, "title", "a quote that is not closed or not doubled"),
        (9, "rank", BAD_RANK_SAYS),
    ]
    assert_nothing_is_lost(found, 9)


@pytest.mark.parametrize("format", GOOD)
def test_invalid_utf8_in_any_column_that_is_read_rejects_the_row(parsing: Parse, format: str) -> None:
    known = format_named(format)
    reads = known.raw_columns
    rows = [row for column in sorted(reads) for row in (good(format, **{column: "MARK"}), GOOD[format])]
    found = parsing(table(format, rows).encode().replace(b"MARK", b"\xff\xfe"), NAMES[format])
    assert found.rejects == [(2 * n + 2, column, "not UTF-8") for n, column in enumerate(sorted(reads))]
    assert_nothing_is_lost(found, len(rows))


def test_a_stray_quote_costs_its_own_row_only(parsing: Parse) -> None:
    stray = ROW.replace("Chantaje", '"Chan"taje', 1)
    found = parsing(file_of(*[ROW] * 3000, stray, *[ROW] * 3000), "charts.csv")
    assert found.rejects == [(3002, "title", "a quote that is not closed or not doubled")]
    assert_nothing_is_lost(found, 6001)


def test_a_quote_inside_an_unquoted_cell_is_a_character(parsing: Parse) -> None:
    [row] = parsing(file_of(ROW.replace("Chantaje", '7" Chantaje', 1)), "charts.csv").rows
    assert row["title"] == '7" Chantaje (feat. Maluma)'


@pytest.mark.parametrize("after", [1, 5, 50_000])
@pytest.mark.parametrize("closing", [[], ['a "quoted" title']], ids=["for-ever", "until-a-later-quote"])
def test_an_open_quote_that_swallows_rows_refuses_the_file(parsing: Parse, after: int, closing: list[str]) -> None:
    plain = line(KAGGLE, artist="Shakira")
    rest = [line(KAGGLE, title=title) for title in closing]
    with pytest.raises(BrokenFileError, match=r"quote in row 4 .* is not closed"):
        parsing(file_of(plain, plain, f'"{plain}', *[plain] * after, *rest, plain), "charts.csv")


def test_an_open_quote_in_the_last_row_refuses_the_file_though_the_line_ends(parsing: Parse) -> None:
    plain = line(KAGGLE, artist="Shakira")
    with pytest.raises(BrokenFileError, match="last row is cut short"):
        parsing(file_of(plain, plain, f'"{plain}'), "charts.csv")


def test_lines_count_line_ends_inside_quotes_and_empty_lines(parsing: Parse) -> None:
    poem, bad_poem = line(KAGGLE, title="one\ntwo\n\nthree"), line(KAGGLE, title="x\ny", rank="x")
    text = file_of("", poem, BAD_RANK, "", "", "a,b", poem, "a,b", "", BAD_RANK, bad_poem, BAD_RANK)
    found = parsing(text, "charts.csv")
    starts = [start for start, cells in csv_records(text)[1:] if len(cells) != 9 or cells[1] != "1"]
    assert [line for line, _, _ in found.rejects] == starts
    assert_nothing_is_lost(found, 8)


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_lines_are_right_whatever_ends_them(parsing: Parse, newline: str) -> None:
    found = parsing(file_of(ROW, "a,b", "", BAD_RANK, newline=newline), "charts.csv")
    assert [line for line, _, _ in found.rejects] == [3, 5]


@pytest.mark.parametrize("format", GOOD)
def test_a_file_that_mixes_line_ends_is_read(parsing: Parse, format: str) -> None:
    row, header = line(format), table(format, []).rstrip()
    text = f"{header}\r\n{row}\n{row}\r\n{row}\r{row}\na,b\r\n{row}\n\n{row}"
    found = parsing(text, NAMES[format])
    assert [(line, reason) for line, _, reason in found.rejects] == [(6, "too few columns")]
    assert_nothing_is_lost(found, len(csv_records(text)) - 1)


def test_a_stray_quote_in_a_file_that_mixes_line_ends_is_no_part_of_a_title(parsing: Parse) -> None:
    text = f"{HEADER}\n{ROW}\r\n{ROW}\n" + ROW.replace("Chantaje", '"Chan"taje', 1) + f"\r\n{ROW}\n"
    found = parsing(text, "charts.csv")
    assert {row["title"] for row in found.rows} == {"Chantaje (feat. Maluma)"}
    assert [line for line, _, _ in found.rejects] == [4]


CUTS = {
    "few-fields": "Chantaje,1,2017-01",
    "open-quote": '"Chantaje (feat',
    "open-quote-later": 'Chantaje,1,2017-01-01,"Shak',
    "first-cell": "Chan",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_file_whose_last_row_is_cut_short_is_refused_whole(parsing: Parse, cut: str, newline: str) -> None:
    with pytest.raises(BrokenFileError, match="last row is cut short"):
        parsing(file_of(ROW, ROW, newline=newline) + cut, "charts.csv")


def test_a_last_row_cut_after_empty_lines_is_found_too(parsing: Parse) -> None:
    with pytest.raises(BrokenFileError, match="last row is cut short"):
        parsing(file_of(ROW, "", ROW, "") + "Chantaje,1", "charts.csv")


def test_a_cut_within_a_character_is_found(parsing: Parse) -> None:
    text = table(TRACKS_114K, [GOOD[TRACKS_114K], good(TRACKS_114K, track_genre="forró")]).encode()
    with pytest.raises(BrokenFileError, match="last row is cut short"):
        parsing(text[: text.rindex("ó".encode()) + 1], "dataset.csv")


@pytest.mark.parametrize("format", GOOD)
def test_a_last_row_needs_no_line_end(parsing: Parse, format: str) -> None:
    found = parsing(table(format, [GOOD[format]]).rstrip("\n"), NAMES[format])
    assert_nothing_is_lost(found, 1)
    assert found.parsed.rows == 1


def test_a_last_row_with_too_many_columns_is_whole_and_rejected(parsing: Parse) -> None:
    found = parsing(file_of(ROW) + f"{ROW},more", "charts.csv")
    assert found.rejects == [(3, "", "too many columns")]


def test_a_row_beyond_all_measure_is_rejected_and_the_next_is_read(parsing: Parse) -> None:
    found = parsing(file_of(line(KAGGLE, title="x" * 3_000_000), BAD_RANK, ROW), "charts.csv")
    assert found.rejects == [(2, "", "a row of more than 2 MB"), (3, "rank", BAD_RANK_SAYS)]
    assert_nothing_is_lost(found, 3)


def test_a_header_alone_has_no_rows(parsing: Parse) -> None:
    assert_nothing_is_lost(parsing(f"{HEADER}\n", "charts.csv"), 0)


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_compressed_files_are_parsed_like_plain_ones(parsing: Parse, pack: type) -> None:
    text = file_of(ROW, "a,b", "", BAD_RANK).encode()
    half = len(text) // 2
    plain, parts = parsing(text, "charts.csv"), parsing(pack(text[:half]) + pack(text[half:]), "charts.csv")
    assert (parts.rejects, parts.rows) == (plain.rejects, plain.rows)
    assert_nothing_is_lost(parts, 3)


# --- any table at all

ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
CELLS = st.one_of(
    ANY_TEXT,
    st.sampled_from(["", " ", "0", "-1", "1.5", "2020-01-01", "Germany", "top200", track_id(1), 'a"b', "a,b", "a\nb"]),
)


@settings(PROPERTY, max_examples=40)
@given(data=st.data(), format=st.sampled_from(sorted(GOOD)))
def test_of_any_table_every_row_is_read_or_rejected(parsing: Parse, format: str, data: st.DataObject) -> None:
    columns = header_of(format)
    wild = st.fixed_dictionaries(dict.fromkeys(columns, CELLS))
    mixed = st.dictionaries(st.sampled_from(columns), CELLS, max_size=2).map(lambda cells: {**GOOD[format], **cells})
    rows: Sequence[dict[str, str]] = data.draw(st.lists(st.one_of(wild, mixed), min_size=1, max_size=5))
    text = table(format, rows, newline=data.draw(st.sampled_from(["\n", "\r\n"])))
    try:
        found = parsing(text, NAMES[format])
    except RefusedFileError as refusal:
        pytest.fail(f"a whole file was refused: {refusal}")
    records = csv_records(text)[1:]
    assert_nothing_is_lost(found, len(records))
    assert {line for line, _, _ in found.rejects} <= {start for start, _ in records}


@settings(PROPERTY, max_examples=40)
@given(content=st.binary(max_size=60), format=st.sampled_from(sorted(GOOD)), at=st.integers(0, 400))
def test_any_damage_is_refused_or_accounted_for(parsing: Parse, format: str, content: bytes, at: int) -> None:
    text = table(format, [GOOD[format]] * 2).encode()
    body = len(table(format, []))
    position = body + at % (len(text) - body)
    try:
        found = parsing(text[:position] + content + text[position:], NAMES[format])
    except RefusedFileError:
        return
    parsed = found.parsed
    assert parsed.rows_read == parsed.rows + parsed.rejected == len(found.rows) + len(found.rejects)


def normal(text: str) -> str | None:
    """NFC, with white space of every kind folded to one space; None where nothing is left."""
    composed = unicodedata.normalize("NFC", text)
    spaces = {c for c in composed if c.isspace() or unicodedata.category(c) in ("Zs", "Zl", "Zp", "Cc")}
    folded = re.sub(f"[{re.escape(''.join(spaces))}]+", " ", composed) if spaces else composed
    return folded.strip(" ") or None


ASSIGNED = st.characters(codec="utf-8", exclude_categories=["Cs", "Cn", "Co"])


@settings(PROPERTY, max_examples=12)
@given(titles=st.lists(st.text(ASSIGNED, max_size=20), min_size=1, max_size=200))
def test_a_text_comes_back_in_its_normal_form_and_else_as_it_was(parsing: Parse, titles: list[str]) -> None:
    rows = [good(KAGGLE, title=title, artist=title) for title in titles]
    found = parsing(table(KAGGLE, rows, newline="\r\n"), "charts.csv")
    assert [row["title"] for row in found.rows] == [normal(title) for title in titles]
    assert [row["artist_credit"] for row in found.rows] == [normal(title) for title in titles]


# --- real files


def test_real_downloads_lose_nothing(realdata: Path, parsing: Parse) -> None:
    paths = sorted((realdata / "charts" / "charts_spotify_com_weekly_global").glob("*.csv"))
    assert paths
    for path in paths:
        content = path.read_bytes()
        found = parsing(content, path.name)
        assert_nothing_is_lost(found, len(csv_records(content.decode("utf-8-sig"))) - 1)
        assert not found.rejects
        assert all(row["trend"] and row["streams"] for row in found.rows)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("charts/kaggle_dhruvildave_charts_raw_top200_sample10000.csv.zst", "charts.csv"),
        ("tracks/tidytuesday_spotify_songs.csv.zst", "spotify_songs.csv"),
    ],
)
def test_real_tables_lose_nothing(realdata: Path, parsing: Parse, path: str, name: str) -> None:
    content = (realdata / path).read_bytes()
    records = csv_records(zstd.decompress(content).decode("utf-8-sig"))
    found = parsing(content, name)
    assert_nothing_is_lost(found, len(records) - 1)
    assert found.parsed.rejected < 10
    header, cells = records[0][1], [record for _, record in records[1:]]
    title = header.index("title" if "title" in header else "track_name")
    rejected = {line for line, _, _ in found.rejects}
    expected = [normal(record[title]) for start, record in records[1:] if start not in rejected]
    assert [row["title"] for row in found.rows] == expected
    assert len(cells) == found.parsed.rows_read


def test_no_day_after_the_landing_is_taken(parsing: Parse) -> None:
    rows = [good(KAGGLE, date=LANDED_ON.isoformat()), good(KAGGLE, date="2027-01-01")]
    found = parsing(table(KAGGLE, rows), "charts.csv")
    assert [row["chart_date"] for row in found.rows] == [LANDED_ON]
    assert found.rejects == [(3, "date", "expected a date that is not in the future")]
