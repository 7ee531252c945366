"""However a file is written, its rows are the same; what had to be repaired is told, what is not certain is left."""

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.errors import BrokenFileError
from spotify_platform.landing.dialect import DELIMITERS, unwrapped
from spotify_platform_tests.landing.conftest import Found, Parse
from spotify_platform_tests.landing.writing import (
    GOOD,
    KAGGLE,
    NAMES,
    OLD,
    PROPERTY,
    TIDYTUESDAY,
    WEEKLY,
    good,
    table,
    track_id,
)

NOTE = ',,,"Note that these figures are generated"\n'
TITLES = ("La Noche de Anoche", 'The "Song", with a comma', "Größe; tab\there", "Canción ñandú", "naïve — “quoted”")
ROWS = [good(KAGGLE, title=title, url=track_id(n), rank=str(n)) for n, title in enumerate(TITLES, start=1)]
PLAIN = table(KAGGLE, ROWS)


def separated(text: str, delimiter: str) -> str:
    """The same table with other separators."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(csv.reader(io.StringIO(text, newline="")))
    return out.getvalue()


def wrapped(text: str, only_quoted: bool = False) -> str:
    """What a spreadsheet makes of lines that it takes for one cell each."""
    lines = [in_quotes(line) if '"' in line or not only_quoted else line for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def in_quotes(line: str) -> str:
    return '"' + line.replace('"', '""') + '"'


def content(found: Found) -> list[tuple[object, ...]]:
    return [tuple(value for name, value in row.items() if name != "label_id") for row in found.rows]


@pytest.fixture(scope="module")
def plain_titles() -> list[str]:
    return [" ".join(title.split()) for title in TITLES]


WRITTEN: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "utf-8": (PLAIN.encode(), ()),
    "mark": (b"\xef\xbb\xbf" + PLAIN.encode(), ()),
    "lone-returns": (PLAIN.replace("\n", "\r").encode(), ()),
    "both": (PLAIN.replace("\n", "\r\n").encode(), ()),
    "mixed": (PLAIN.replace("\n", "\r\n", 2).encode(), ("line ends of several kinds made one",)),
    "semicolons": (separated(PLAIN, ";").encode(), ("cells separated by semicolons",)),
    "tabs": (separated(PLAIN, "\t").encode(), ("cells separated by tabs",)),
    "utf-16": (PLAIN.encode("utf-16"), ("read as UTF-16",)),
    "utf-16-big": (b"\xfe\xff" + PLAIN.encode("utf-16-be"), ("read as UTF-16",)),
    "utf-16-unmarked": (PLAIN.encode("utf-16-le"), ("read as UTF-16",)),
    "excel": (
        separated(PLAIN, "\t").replace("\n", "\r\n").encode("utf-16"),
        ("read as UTF-16", "cells separated by tabs"),
    ),
    "windows": (PLAIN.encode("cp1252"), ("read as Windows-1252",)),
    "note": ((NOTE + PLAIN).encode(), ("notes before the header left out",)),
    "wrapped": (wrapped(PLAIN).encode(), ("whole lines taken out of quotes",)),
    "some-wrapped": (wrapped(PLAIN, only_quoted=True).encode(), ("whole lines taken out of quotes",)),
    "all": (
        (NOTE + wrapped(PLAIN)).replace("\n", "\r\n").encode("cp1252"),
        ("read as Windows-1252", "notes before the header left out", "whole lines taken out of quotes"),
    ),
}


@pytest.mark.parametrize("dialect", WRITTEN)
def test_the_rows_are_the_same_however_they_are_written(parsing: Parse, dialect: str, plain_titles: list[str]) -> None:
    data, repairs = WRITTEN[dialect]
    found = parsing(data, "charts.csv")
    assert [row["title"] for row in found.rows] == plain_titles
    assert (found.parsed.rows_read, found.parsed.rejected) == (len(ROWS), 0)
    assert found.parsed.repairs == repairs


@pytest.mark.parametrize("dialect", ["note", "wrapped", "utf-16", "semicolons", "all"])
def test_a_bad_row_is_told_by_its_line_in_the_file_as_it_came(parsing: Parse, dialect: str) -> None:
    bad = table(KAGGLE, [*ROWS[:2], good(KAGGLE, rank="x", title='a "b"'), *ROWS[2:]])
    write = {
        "note": lambda text: (NOTE + text).encode(),
        "wrapped": lambda text: wrapped(text).encode(),
        "utf-16": lambda text: text.encode("utf-16"),
        "semicolons": lambda text: separated(text, ";").encode(),
        "all": lambda text: (NOTE + wrapped(text)).encode("cp1252"),
    }[dialect]
    found = parsing(write(bad), "charts.csv")
    assert [(line, column) for line, column, _ in found.rejects] == [(4 + (dialect in ("note", "all")), "rank")]
    assert found.parsed.rows == len(ROWS)


SAFE = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n", exclude_categories=["Cs"]), max_size=12)


@settings(PROPERTY, max_examples=15)
@given(
    titles=st.lists(SAFE, min_size=1, max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    delimiter=st.sampled_from(list(DELIMITERS)),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    note=st.booleans(),
    wrap=st.booleans(),
)
def test_of_any_table_in_any_dialect_the_rows_are_those_of_the_plain_one(
    parsing: Parse, titles: Sequence[str], encoding: str, delimiter: str, newline: str, note: bool, wrap: bool
) -> None:
    text = table(KAGGLE, [good(KAGGLE, title=title, rank=str(n % 200 + 1)) for n, title in enumerate(titles)])
    usual = parsing(text, "charts.csv")
    lines = separated(text, delimiter).split("\n")[:-1]
    lines = [in_quotes(line) if wrap else line for line in lines]
    other = parsing(newline.join([*(["Exported"] if note else []), *lines, ""]).encode(encoding), "charts.csv")
    assert content(other) == content(usual)
    assert other.parsed.rejected == 0


@settings(PROPERTY, max_examples=60)
@given(cells=st.lists(SAFE, min_size=2, max_size=5), delimiter=st.sampled_from(list(DELIMITERS)))
def test_a_line_is_taken_out_of_quotes_only_if_it_stands_in_them(cells: list[str], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(cells)
    line = out.getvalue()
    inside = in_quotes(line)
    assert unwrapped(f"{inside}\r\n", len(cells), delimiter) == f"{line}\r\n"
    assert unwrapped(inside, len(cells) + 1, delimiter) is None
    assert unwrapped(line, len(cells), delimiter) is None


@pytest.mark.parametrize(
    "name",
    [
        "Привет мир".encode("cp1251"),
        "Ελλάδα".encode("cp1253"),
        "日本語".encode("shift-jis"),
        b"cut\xc3",
        b"\xff\xfe",
        b"a\x81",
    ],
)
def test_what_is_not_certainly_windows_text_costs_its_row(parsing: Parse, name: bytes) -> None:
    data = table(KAGGLE, [GOOD[KAGGLE], good(KAGGLE, title="MARK"), GOOD[KAGGLE]]).encode().replace(b"MARK", name)
    found = parsing(data, "charts.csv")
    assert found.rejects == [(3, "title", "not UTF-8")]
    assert (found.parsed.rows, found.parsed.repairs) == (2, ())


def test_damaged_bytes_among_good_ones_are_no_other_encoding(parsing: Parse) -> None:
    text = table(KAGGLE, [good(KAGGLE, title="Rosalía"), good(KAGGLE, title="MARK")])
    found = parsing(text.encode().replace(b"MARK", "señal".encode("cp1252")), "charts.csv")
    assert [row["title"] for row in found.rows] == ["Rosalía"]
    assert found.rejects == [(3, "title", "not UTF-8")]


def test_decimal_commas_between_semicolons_are_points(parsing: Parse) -> None:
    text = separated(table(TIDYTUESDAY, [good(TIDYTUESDAY, energy="0,916", tempo="122,036")]), ";")
    [row] = parsing(text, "x.csv").rows
    assert (row["energy"], row["tempo"]) == (0.916, 122.036)
    assert parsing(table(TIDYTUESDAY, [good(TIDYTUESDAY, energy="0,916")]), "x.csv").rejects


def test_utf_16_that_is_cut_within_a_character_is_refused(parsing: Parse) -> None:
    with pytest.raises(BrokenFileError, match="not UTF-16 to its end"):
        parsing(PLAIN.encode("utf-16")[:-1], "charts.csv")


def test_a_line_in_quotes_with_other_cells_than_the_header_is_left_and_rejected(parsing: Parse) -> None:
    [header, row] = table(WEEKLY, [GOOD[WEEKLY]]).splitlines()
    found = parsing(f'{header}\n{row}\n"a,b"\n', NAMES[WEEKLY])
    assert [(line, reason) for line, _, reason in found.rejects] == [(3, "too few columns")]
    assert found.parsed.repairs == ()


def test_the_note_of_the_old_site_is_no_row(parsing: Parse) -> None:
    found = parsing(NOTE + table(OLD, [GOOD[OLD]]), NAMES[OLD])
    assert (found.parsed.rows_read, found.parsed.rows) == (1, 1)
    assert found.parsed.repairs == ("notes before the header left out",)
