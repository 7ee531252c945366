"""A catalogue of any make lands by a few lines of TOML; what is wrong in them is told with what would be right."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.engine import connect
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.declared import COLUMNS, declared_formats
from spotify_platform.landing.land import Door, Outcome, Resources, candidate_object, land
from spotify_platform_tests.landing.writing import track_id

TOML = """
title = "My collection"
artist_separator = ";"
as_of = 2024-05-01

[columns]
track_id = "Spotify ID"
title = "Name"
artist_credit = "Artists"
popularity = "Pop."
release_date = "Released"
energy = "Energy"
key = "Key"
"""
HEADER = "Record,NAME of list,Spotify ID,Name,Artists,Pop.,Released,Energy,Key"
ROWS = (
    f"1,x,{track_id(1)},Kill Bill,SZA,90.0,2022-12-08,0.735,8",
    f"2,y,{track_id(2)},Seven,Jung Kook; Latto,,2023,0.8,-1.0",
    f"3,z,{track_id(3)},Odd,SZA,101,2023-01,0.8,1",
)


@pytest.fixture
def folder(environment: Environment) -> Path:
    environment.formats.mkdir(parents=True)
    (environment.formats / "collection.toml").write_text(TOML, encoding="utf-8")
    return environment.formats


def landed(lake: FolderLake, folder: Path, path: Path) -> Outcome:
    [outcome] = land(lake, path, Door(), Resources(2, "1GB", folder))
    return outcome


def tracks(lake: FolderLake, outcome: Outcome) -> list[dict[str, Any]]:
    assert outcome.file, outcome.reason
    with connect() as connection:
        path = lake.address(candidate_object("track_rows", outcome.file.file_id))
        found = connection.execute(f"SELECT * FROM '{path}' WHERE problem IS NULL ORDER BY record")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_a_declared_catalogue_lands_by_its_columns(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("\n".join([HEADER, *ROWS, ""]), encoding="utf-8")
    outcome = landed(lake, folder, path)
    assert outcome.file
    assert (outcome.file.format, outcome.file.source, outcome.file.kind) == ("collection", "collection", "catalog")
    assert (outcome.file.rows, outcome.file.reasons) == (2, {"Pop.: expected a whole number from 0 to 100": 1})
    first, second = tracks(lake, outcome)
    assert (first["popularity"], first["release_date"], first["key"], first["as_of"]) == (
        90,
        date(2022, 12, 8),
        8,
        date(2024, 5, 1),
    )
    assert (second["artist_credit"], second["release_date_precision"], second["key"]) == (
        "Jung Kook, Latto",
        "year",
        None,
    )
    assert second["genre"] is None


def test_a_declared_catalogue_tells_the_codes_of_recordings(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    (folder / "codes.toml").write_text('[columns]\ntrack_id = "id"\nisrc = "code"\n', encoding="utf-8")
    path = tmp_path / "export.csv"
    codes = ("USRC17607839", "us-rc1-76-07839", "", "17607839")
    path.write_text("\n".join(["id,code", *(f"{track_id(n)},{code}" for n, code in enumerate(codes)), ""]), "utf-8")
    outcome = landed(lake, folder, path)
    assert outcome.file
    assert [row["isrc"] for row in tracks(lake, outcome)] == ["USRC17607839", "USRC17607839", None]
    assert outcome.file.reasons == {"code: expected an ISRC of 12 letters and digits": 1}


def test_artists_are_a_list_only_where_a_separator_is_declared(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    (folder / "plain.toml").write_text('[columns]\ntrack_id = "id"\nartist_credit = "who"\n', encoding="utf-8")
    (tmp_path / "export.csv").write_text(f'id,who\n{track_id(1)},"A, B"\n', encoding="utf-8")
    outcome = landed(lake, folder, tmp_path / "export.csv")
    assert [row["artist_credit"] for row in tracks(lake, outcome)] == ["A, B"]
    assert outcome.file
    with connect() as connection:
        artists = lake.address(candidate_object("track_row_artists", outcome.file.file_id))
        assert connection.execute(f"SELECT * FROM '{artists}'").fetchall() == []


def test_parquet_lands_like_the_csv_of_the_same_rows(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "Spotify ID": [track_id(n) for n in (1, 2, 3)],
            "Name": ["Kill Bill", "Seven", "Odd"],
            "Artists": [["SZA"], ["Jung Kook", "Latto"], ["SZA"]],
            "Pop.": pa.array([90.0, None, 101.0], pa.float64()),
            "Released": pa.array([datetime(2022, 12, 8), None, None], pa.timestamp("us")),
            "Energy": [0.735, float("nan"), 0.8],
            "Key": pa.array([8, -1, 1], pa.int8()),
            "More": [{"a": 1}] * 3,
        }
    )
    pq.write_table(table, tmp_path / "export.parquet")
    outcome = landed(lake, folder, tmp_path / "export.parquet")
    first, second = tracks(lake, outcome)
    assert outcome.file
    assert (outcome.file.rows_read, outcome.file.rejected) == (3, 1)
    assert (first["popularity"], first["release_date"], first["energy"], first["key"]) == (
        90,
        date(2022, 12, 8),
        0.735,
        8,
    )
    assert (second["artist_credit"], second["popularity"], second["energy"]) == ("Jung Kook, Latto", None, None)
    [(line,)] = _rejects(lake, outcome)
    assert line == 4  # as in a CSV of these rows
    assert list((lake.root / "rawdata" / "files").rglob("*.parquet"))


def _rejects(lake: FolderLake, outcome: Outcome) -> list[tuple[Any, ...]]:
    assert outcome.file
    with connect() as connection:
        return connection.execute(
            f"SELECT line FROM '{lake.address(candidate_object('rejected_rows', outcome.file.file_id))}'"
        ).fetchall()


def test_parquet_that_is_cut_short_is_refused(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.parquet").write_bytes(b"PAR1" + b"\x00" * 40)
    outcome = landed(lake, folder, tmp_path / "cut.parquet")
    assert outcome.status == "refused"
    assert "Parquet file is broken or cut short" in outcome.reason


def test_a_known_format_is_never_taken_for_a_declared_one(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    from spotify_platform_tests.landing.writing import GOOD, TRACKS_114K, table

    (folder / "greedy.toml").write_text('[columns]\ntrack_id = "track_id"\n', encoding="utf-8")
    (tmp_path / "dataset.csv").write_text(table(TRACKS_114K, [GOOD[TRACKS_114K]]), encoding="utf-8")
    outcome = landed(lake, folder, tmp_path / "dataset.csv")
    assert outcome.file
    assert outcome.file.format == TRACKS_114K


def test_two_declarations_of_the_same_columns_are_a_question(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    (folder / "other.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "export.csv").write_text("\n".join([HEADER, ROWS[0]]), encoding="utf-8")
    assert "both declare exactly these columns" in landed(lake, folder, tmp_path / "export.csv").reason


def test_a_file_that_lacks_a_declared_column_is_told_which(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(f"{HEADER.replace('Pop.', 'Popularity')}\n{ROWS[0]}\n", encoding="utf-8")
    assert "My collection: missing 'Pop.'" in landed(lake, folder, tmp_path / "export.csv").reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[columns", "is no TOML"),
        ("", "columns: Field required"),
        ('[columns]\ntrack_id = "a"\nbpm = "b"', f"columns: there is no bpm; there are {', '.join(COLUMNS)}"),
        ('[columns]\ntitle = "a"', "columns: track_id is missing"),
        ('[columns]\ntrack_id = "a"\ntitle = ""', "columns.title: String should have at least 1 character"),
        ('[columns]\ntrack_id = "Id"\ntitle = "ID"', "differ in capitals only"),
        ('seperator = ";"\n[columns]\ntrack_id = "a"', "seperator: unknown; there are title, artist_separator, as_of"),
        ('as_of = "soon"\n[columns]\ntrack_id = "a"', "as_of: Input should be a valid date"),
        ('precedence = 0\n[columns]\ntrack_id = "a"', "precedence: Input should be greater than or equal to 1"),
    ],
)
def test_a_declaration_that_is_wrong_says_what_would_be_right(folder: Path, text: str, said: str) -> None:
    (folder / "wrong.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        declared_formats(folder)
    assert said in str(error.value)
    assert "wrong.toml" in str(error.value)


def test_a_declaration_by_the_name_of_a_known_format_is_refused(lake: FolderLake, folder: Path, tmp_path: Path) -> None:
    (folder / "tidytuesday.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "export.csv").write_text("\n".join([HEADER, ROWS[0]]), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has the name of a known format; rename it"):
        landed(lake, folder, tmp_path / "export.csv")


def test_without_a_folder_nothing_is_declared(tmp_path: Path) -> None:
    assert declared_formats(None) == declared_formats(tmp_path / "nothing") == ()
