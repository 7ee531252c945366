"""Commands that only answer: `sql`, `doctor`, `sample`, and errors told in a sentence."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from spotify_platform.contract import Column, Contract
from spotify_platform.environment import Environment
from spotify_platform.resources import lake_of, warehouse_of
from spotify_platform.warehouse.duckdb import store
from spotify_platform.warehouse.published import publish
from spotify_platform_tests.cli.conftest import Command

SONGS = Contract(
    "Songs.",
    (Column("id", "BIGINT", "Number."), Column("title", "VARCHAR", "Title.", required=False, missing="unknown")),
    grain=("id",),
)
TITLES = "SELECT * FROM (VALUES (1, 'Song [live]'), (2, 'a, \"b\"'), (3, NULL), (4, '[/x] 漢字')) AS songs(id, title)"


@pytest.fixture
def published(home: Path, command: Command) -> Command:
    """Four songs with odd titles, published in the data world."""
    world = Environment.load(home=home, world="data")
    with warehouse_of(world).connect() as connection:
        store(connection, ("warehouse", "fact_songs"), TITLES, SONGS)
    publish(warehouse_of(world), lake_of(world), [], world.published_file, tolerance=0, published_at="now")
    return command


def ask(command: Command, query: str, format: str) -> str:
    result = command("sql", query, "--world", "data", "--format", format)
    assert result.exit_code == 0, result.output
    return result.stdout


ORDERED = "SELECT id, title FROM warehouse.fact_songs ORDER BY id"


def test_sql_answers_in_json_and_csv_with_every_character(published: Command) -> None:
    assert [row["title"] for row in json.loads(ask(published, ORDERED, "json"))] == [
        "Song [live]",
        'a, "b"',
        None,
        "[/x] 漢字",
    ]
    rows = list(csv.reader(io.StringIO(ask(published, ORDERED, "csv"))))
    assert rows == [["id", "title"], ["1", "Song [live]"], ["2", 'a, "b"'], ["3", ""], ["4", "[/x] 漢字"]]


@pytest.mark.parametrize("number", [1, 4])
def test_sql_shows_a_title_with_brackets_as_it_is(number: int, published: Command) -> None:
    query = f"SELECT title FROM warehouse.fact_songs WHERE id = {number}"
    assert {1: "Song [live]", 4: "[/x] 漢字"}[number] in ask(published, query, "table")


def test_sql_answers_in_json_that_any_program_reads(published: Command) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = ask(published, "SELECT CAST('NaN' AS DOUBLE) AS a, CAST('Infinity' AS DOUBLE) AS b", "json")
    assert json.loads(text, parse_constant=refuse) == [{"a": None, "b": None}]


@pytest.mark.parametrize("query", ["DELETE FROM warehouse.fact_songs", "SELECT 1; SELECT 2", "SELECT nothing"])
def test_sql_that_is_refused_is_told_in_a_sentence(query: str, published: Command) -> None:
    result = published("sql", query, "--world", "data")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "PermanentError" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("sql", "SELECT 1", "--world", "data"), "start with: spotify-platform run"),
        (("run", "--world", "data"), "nothing has landed"),
        (("run", "--world", "data", "--months", "2020-13"), "months are written 2020-01"),
    ],
)
def test_what_a_person_can_mend_is_said_with_what_to_do(
    arguments: tuple[str, ...], says: str, command: Command, tmp_path: Path
) -> None:
    if "--months" in arguments:
        from spotify_platform_tests.reliability.worlds import write_official

        command.upload(write_official(tmp_path, "us", "weekly", "2020-03-05", 5))
    result = command(*arguments)
    assert result.exit_code == 1
    assert says in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


@pytest.mark.parametrize("setting", ["WORLD", "MEMORY_LIMIT", "THREADS", "PUBLISH_TOLERANCE", "WAREHOUSE"])
def test_a_wrong_setting_is_one_error_that_names_it(setting: str, command: Command) -> None:
    result = command("doctor", **{f"SPOTIFY_PLATFORM_{setting}": "nonsense"})
    assert result.exit_code == 1
    assert f"SPOTIFY_PLATFORM_{setting}='nonsense'" in " ".join(result.stderr.split())


def test_doctor_names_the_world_and_what_is_missing_in_it(command: Command) -> None:
    report = command.json("doctor", "--world", "data")
    states = {finding["what"]: finding["state"] for finding in report["findings"]}
    assert report["world"] == "data"
    assert states["home"] == "ok"
    assert states["landed files"] == states["published version"] == "missing"
    assert not command.home.exists()


def test_doctor_sees_what_was_published(published: Command) -> None:
    report = published.json("doctor", "--world", "data")
    [version] = [finding for finding in report["findings"] if finding["what"] == "published version"]
    assert version["state"] == "ok"
    assert version["found"].startswith("1,")


def test_sample_files_are_of_the_size_asked_for(command: Command, tmp_path: Path) -> None:
    result = command("sample", "charts", "--rows", 500, "--out", tmp_path / "charts.csv")
    assert result.exit_code == 0
    with (tmp_path / "charts.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == 501


def test_a_sample_export_is_told_with_its_truth(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "export.zip"
    truth = command.json("sample", "export", "--out", out, "--plays", 300, "--scale", 0.01, "--malformed", 2)
    assert (truth["plays"], truth["malformed"]) == (300, 2)
    assert truth["rows"] == sum(truth["files"].values())
    assert set(truth["files"]) <= set(zipfile.ZipFile(out).namelist())
    refused = command("sample", "export", "--out", out, "--listener", "cleo")
    assert refused.exit_code == 1
    assert "alma, ben" in refused.stderr


@pytest.mark.parametrize("wrong", ["--rows=0", "--rows=99999999"])
def test_a_sample_of_an_impossible_size_is_refused(wrong: str, command: Command, tmp_path: Path) -> None:
    result = command("sample", "charts", wrong, "--out", tmp_path / "charts.csv")
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    assert not (tmp_path / "charts.csv").exists()


def test_each_world_has_a_home_of_its_own(home: Path, command_on: Callable[[Path], Command], tmp_path: Path) -> None:
    """The default world is `data` once something landed there, else `sample`."""
    from spotify_platform_tests.reliability.worlds import write_official

    command = command_on(home)
    assert command.json("doctor")["world"] == "sample"
    command.upload(write_official(tmp_path, "us", "weekly", "2020-03-05", 5))
    assert command.json("doctor")["world"] == "data"
    assert {path.name for path in home.iterdir()} == {"data"}
