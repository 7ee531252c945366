"""The readers of raw text, against what they promise in words."""

import datetime as dt
import re
from collections.abc import Iterator
from importlib.resources import files

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(files("spotify_platform.landing").joinpath("readers.sql").read_text(encoding="utf-8"))
        yield connection


def read(connection: duckdb.DuckDBPyConnection, reader: str, text: str | None) -> object:
    [(value,)] = connection.execute(f"SELECT {reader}(CAST(? AS VARCHAR))", [text]).fetchall()
    return value


WHOLE_NUMBERS = st.from_regex(r"[+-]?[0-9]{0,20}", fullmatch=True) | st.text(alphabet="0123456789+-._ex ", max_size=24)


@given(WHOLE_NUMBERS)
def test_a_whole_number_has_a_sign_at_most_and_up_to_18_digits(
    connection: duckdb.DuckDBPyConnection, text: str
) -> None:
    is_one = re.fullmatch(r"[+-]?[0-9]{1,18}", text)
    assert read(connection, "as_whole_number", text) == (int(text) if is_one else None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9" * 18, 10**18 - 1),
        ("-" + "9" * 18, 1 - 10**18),
        *[("1" + "0" * 18, None), ("-1" + "0" * 18, None), ("0" * 19, None), ("12.7", None), ("1e3", None)],
        *[("0x10", None), ("1_000", None), (" 5", None), ("٣", None), ("", None), (None, None)],
    ],
)
def test_whole_numbers_end_where_engines_begin_to_differ(
    connection: duckdb.DuckDBPyConnection, text: str | None, value: int | None
) -> None:
    assert read(connection, "as_whole_number", text) == value


TEXTS = st.lists(
    st.sampled_from(
        [" ", "  ", "\t", "\n", "\u00a0", "\u2003", "\x00", "\x85", "e\u0301", "\u212b", "é", "a", "B!", "歌", "\u200d"]
    )
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=3),
    max_size=8,
).map("".join)


@given(TEXTS)
def test_a_text_has_single_blanks_between_composed_words_and_no_others(
    connection: duckdb.DuckDBPyConnection, text: str
) -> None:
    whole = r"NULLIF(trim(regexp_replace(nfc_normalize(?), '[\s\p{Z}\p{Cc}]+', ' ', 'g')), '')"
    [(expected,)] = connection.execute(f"SELECT {whole}", [text]).fetchall()
    assert read(connection, "as_text", text) == expected


MOMENTS = st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds") + "Z") | st.from_regex(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z?", fullmatch=True
)


@given(MOMENTS)
def test_a_moment_is_read_as_it_is_written_in_utc(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    try:
        expected = dt.datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        expected = None
    assert read(connection, "as_moment", text) == expected


@pytest.mark.parametrize(
    "text", ["2020-05-01", "20200501T080000Z", "2020-05-01T08:00:00+02:00", "2020-05-01T24:00:00Z", "yesterday", ""]
)
def test_what_is_no_moment_in_utc_is_not_read(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    assert read(connection, "as_moment", text) is None
