"""A format is known by its header; the name only adds what stands nowhere in the rows."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.errors import AmbiguousFileError, BrokenFileError, UnknownFormatError
from spotify_platform.landing.dialect import read_head
from spotify_platform.landing.files import payloads
from spotify_platform.landing.format import FileFacts
from spotify_platform.landing.recognise import facts, format_named, identity_of, is_known, known_formats, recognise
from spotify_platform_tests.landing.conftest import LANDED_ON
from spotify_platform_tests.landing.writing import (
    DAILY,
    GOOD,
    KAGGLE,
    PROPERTY,
    TIDYTUESDAY,
    TRACKS_114K,
    WEEKLY,
    table,
)
from spotify_platform_tests.landing.writing import (
    header_of as columns_of,
)

CHARTS = (DAILY, WEEKLY)


def header_of(tmp_path: Path, content: bytes, name: str = "charts.csv") -> tuple[str, ...]:
    (tmp_path / name).write_bytes(content)
    return read_head(payloads(tmp_path / name)[0], lambda header: is_known(header, known_formats())).header


def test_the_tables_that_these_tests_write_are_all_there_are() -> None:
    assert {format.name for format in known_formats() if not format.document} == set(GOOD)
    assert len({format.header for format in known_formats()}) == len(known_formats())


@pytest.mark.parametrize("format", GOOD)
@settings(PROPERTY, max_examples=20)
@given(data=st.data())
def test_a_format_is_known_by_its_columns_in_any_order(format: str, data: st.DataObject) -> None:
    assert recognise(tuple(data.draw(st.permutations(format_named(format).header)))).name == format


@pytest.mark.parametrize("format", GOOD)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_and_line_ends_are_no_part_of_the_header(
    tmp_path: Path, format: str, newline: str, mark: bytes
) -> None:
    content = mark + table(format, [GOOD[format]], newline=newline).encode()
    assert header_of(tmp_path, content) == columns_of(format)


def test_a_header_without_rows_or_line_end_is_read(tmp_path: Path) -> None:
    assert header_of(tmp_path, b'"a","b, c"') == ("a", "b, c")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (json.dumps([{"ts": "2023-01-01T00:00:00Z", "ms_played": 1}] * 9000).encode(), "this is JSON"),
        (b'\xef\xbb\xbf  {"items": []}', "this is JSON"),
        (b"<!DOCTYPE html>\n<html><body>Log in</body></html>", "web page"),
        (b'\n\n<?xml version="1.0"?>', "web page"),
        (b"\nrank,uri\n", "first line is empty"),
        ("rank,uri\n".encode("utf-32"), "UTF-32"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8"),
    ],
    ids=["json", "json-with-mark", "html", "xml", "empty-line", "utf-32", "png"],
)
def test_what_is_no_csv_is_refused_whatever_its_name(tmp_path: Path, content: bytes, match: str) -> None:
    with pytest.raises(BrokenFileError, match=match):
        header_of(tmp_path, content, "regional-us-daily-2022-12-08.csv")


def test_an_unknown_header_is_refused_with_the_nearest_formats() -> None:
    with pytest.raises(UnknownFormatError) as refusal:
        recognise(("position", "song", "streams"))
    said = str(refusal.value).splitlines()
    assert len(said) == 4
    assert all("missing" in line and "unknown 'position', 'song'" in line for line in said[1:])


def test_a_renamed_column_is_named_with_what_it_should_be() -> None:
    header = tuple("track" if name == "title" else name for name in format_named(KAGGLE).header)
    with pytest.raises(UnknownFormatError, match="Kaggle spotify-charts: missing 'title'; unknown 'track'\n"):
        recognise(header)


@pytest.mark.parametrize("format", GOOD)
def test_a_missing_a_new_and_a_repeated_column_are_each_named(format: str) -> None:
    known = format_named(format)
    column = known.header[1]
    others = tuple(name for name in known.header if name != column)
    for header, said in {
        others: f"missing {column!r}",
        (*known.header, "added"): "unknown 'added'",
        (*known.header, column): f"repeated {column!r}",
        (*others, column.upper()): f"missing {column!r}; unknown {column.upper()!r}",
    }.items():
        with pytest.raises(UnknownFormatError) as refusal:
            recognise(header)
        assert f"  {known.title}: {said}" in str(refusal.value).splitlines()


def test_a_refusal_stays_short_however_wild_the_header() -> None:
    with pytest.raises(UnknownFormatError) as refusal:
        recognise(tuple(f"{n}" * 9000 for n in range(3000)))
    assert len(str(refusal.value)) < 4000


@pytest.mark.parametrize("format", CHARTS)
@pytest.mark.parametrize(("region", "code"), [("us", "US"), ("global", "GLOBAL"), ("gb", "GB"), ("na", "NA")])
def test_region_and_day_of_a_download_come_from_its_name(format: str, region: str, code: str) -> None:
    cadence = format.rsplit("_", 1)[1]
    name = f"x.zip!folder/regional-{region}-{cadence}-2022-12-08 (1).csv"
    assert facts(format_named(format), name, None, None, LANDED_ON) == FileFacts(code, cadence, date(2022, 12, 8))


def test_what_a_person_tells_wins_over_the_name() -> None:
    found = facts(format_named(DAILY), "regional-us-daily-2022-12-08.csv", "South Korea", date(2023, 1, 5), LANDED_ON)
    assert found == FileFacts("KR", "daily", date(2023, 1, 5))


def test_where_the_rows_tell_region_and_day_the_name_does_not() -> None:
    found = facts(format_named(KAGGLE), "regional-us-daily-2022-12-08.csv", None, None, LANDED_ON)
    assert found == FileFacts()
    assert facts(format_named(KAGGLE), "charts.csv", "us", None, LANDED_ON).region_code is None


@pytest.mark.parametrize("name", ["chart.csv", "regional-xx-daily-2022-12-08.csv"])
def test_a_missing_region_is_a_question_that_names_the_option(name: str) -> None:
    with pytest.raises(AmbiguousFileError, match=r"which region.*regional-global-daily-2022-12-08\.csv.*--region"):
        facts(format_named(DAILY), name, None, date(2022, 12, 8), LANDED_ON)


def test_a_region_that_is_none_is_named_in_the_question() -> None:
    with pytest.raises(AmbiguousFileError, match=r"'Atlantis' is no region.*--region"):
        facts(format_named(DAILY), "regional-us-daily-2022-12-08.csv", "Atlantis", None, LANDED_ON)


@pytest.mark.parametrize("name", ["regional-us.csv", "regional-us-daily-2022-13-45.csv"])
def test_a_missing_day_is_a_question_that_names_the_option(name: str) -> None:
    with pytest.raises(AmbiguousFileError, match=r"which day.*--date"):
        facts(format_named(DAILY), name, "us", None, LANDED_ON)


@pytest.mark.parametrize("day", ["2012-12-31", "0202-12-08", "2026-11-22", "9999-12-31"])
def test_a_day_on_which_there_is_no_chart_is_refused(day: str) -> None:
    with pytest.raises(AmbiguousFileError, match=f"no chart is of {day}.*--date"):
        facts(format_named(DAILY), f"regional-us-daily-{day}.csv", None, None, LANDED_ON)


def test_the_first_and_the_last_possible_day_are_taken() -> None:
    for day in (date(2013, 1, 1), LANDED_ON):
        assert facts(format_named(DAILY), f"regional-us-daily-{day}.csv", None, None, LANDED_ON).date == day


@pytest.mark.parametrize(("format", "other"), [(DAILY, "weekly"), (WEEKLY, "daily")])
def test_a_name_that_contradicts_the_columns_is_refused(format: str, other: str) -> None:
    with pytest.raises(AmbiguousFileError, match=f"the name says {other}, the columns say charts.spotify.com"):
        facts(format_named(format), f"regional-us-{other}-2022-12-08.csv", None, None, LANDED_ON)


def test_the_identity_of_a_download_is_its_chart() -> None:
    known = FileFacts("US", "daily", date(2022, 12, 8))
    assert identity_of(format_named(DAILY), known, None) == "charts.spotify.com/US/top200/daily/2022-12-08"
    assert identity_of(format_named(WEEKLY), known, None) == "charts.spotify.com/US/top200/weekly/2022-12-08"


def test_a_kaggle_file_has_an_identity_only_by_its_handle() -> None:
    assert identity_of(format_named(KAGGLE), FileFacts(), None) is None
    assert identity_of(format_named(KAGGLE), FileFacts(), "owner/name") == "owner/name"


@pytest.mark.parametrize("format", [TIDYTUESDAY, TRACKS_114K])
def test_catalogues_have_no_identity_and_unite(format: str) -> None:
    assert identity_of(format_named(format), FileFacts(), "owner/name") is None
