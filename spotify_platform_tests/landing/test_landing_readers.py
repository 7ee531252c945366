"""The readers of raw text, against what they promise in words."""

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
