"""What `upload --json` says of good and bad files, and its exit status."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spotify_platform_tests.cli.conftest import Command
from spotify_platform_tests.reliability.worlds import KAGGLE, OFFICIAL, kaggle_rows, write, write_official

DAILY = [list(row) for row in kaggle_rows("2020-03-01", "2020-03-10", places=40)]
"""Ten days of two regions, top200 of 40 and viral50 of 20 places."""


def kaggle(folder: Path, name: str = "charts.csv", rows: Sequence[Sequence[Any]] = DAILY) -> Path:
    return write(folder / name, KAGGLE, rows)


def refusal(files: list[dict[str, Any]]) -> str:
    """The one reason of the one refused file."""
    [file] = files
    assert file["status"] == "refused"
    assert file["rows_read"] is None
    [reason] = file["reasons"]
    return str(reason)


def landed_objects(command: Command) -> list[str]:
    raw = command.home / "data" / "lake" / "rawdata"
    return sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.is_file())


def test_a_good_file_lands_with_its_period_and_its_rows(command: Command, tmp_path: Path) -> None:
    [file] = command.upload(kaggle(tmp_path))
    assert (file["status"], file["kind"], file["format"]) == ("landed", "charts", "kaggle_spotify_charts")
    assert (file["period_start"], file["period_end"]) == ("2020-03-01", "2020-03-10")
    assert (file["rows_read"], file["rejected"], file["reasons"]) == (len(DAILY), 0, {})
    assert (file["loaded"], file["duplicate"], file["skipped"]) == (None, None, None)  # only a build can tell


def test_the_same_bytes_land_once_under_any_name_and_packing(command: Command, tmp_path: Path) -> None:
    first = kaggle(tmp_path)
    command.upload(first)
    stored = landed_objects(command)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(first, "folder/renamed.csv")
    for again in (first, kaggle(tmp_path / "elsewhere", "other name.csv"), tmp_path / "archive.zip"):
        [file] = command.upload(again)
        assert (file["status"], file["loaded"], file["duplicate"]) == ("already landed", 0, len(DAILY))
    assert landed_objects(command) == stored


def test_a_truncated_zstd_file_is_refused_whole(command: Command, tmp_path: Path) -> None:
    from backports import zstd

    whole = zstd.compress(kaggle(tmp_path).read_bytes())
    cut = tmp_path / "cut.csv.zst"
    cut.write_bytes(whole[: len(whole) // 2])
    assert "cut short" in refusal(command.upload(cut, status=1))
    assert landed_objects(command) == []


def test_a_csv_that_ends_in_the_middle_of_a_row_is_refused_whole(command: Command, tmp_path: Path) -> None:
    file = kaggle(tmp_path)
    text = file.read_bytes()
    file.write_bytes(text[: text.rindex(b",https")])
    assert "cut short" in refusal(command.upload(file, status=1))
    assert landed_objects(command) == []


def test_an_empty_file_and_one_without_rows_are_refused(command: Command, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert "empty" in refusal(command.upload(empty, status=1))
    assert "no rows" in refusal(command.upload(kaggle(tmp_path, rows=[]), status=1))


def test_a_renamed_column_is_refused_with_the_nearest_format_and_what_differs(command: Command, tmp_path: Path) -> None:
    renamed = write(tmp_path / "charts.csv", [name.replace("streams", "plays") for name in KAGGLE], DAILY)
    reason = refusal(command.upload(renamed, status=1))
    assert "Kaggle spotify-charts: missing 'streams'; unknown 'plays'" in reason


def test_json_that_is_called_csv_is_refused_as_what_it_is(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "charts.csv"
    file.write_text(json.dumps([{"rank": 1}]), encoding="utf-8")
    assert "no known format is a JSON with rank" in refusal(command.upload(file, status=1))


def test_a_chart_whose_name_does_not_tell_its_day_asks_for_it(command: Command, tmp_path: Path) -> None:
    named = write_official(tmp_path, "de", "daily", "2020-03-01", 5)
    unnamed = named.rename(tmp_path / "chart.csv")
    assert "--region" in refusal(command.upload(unnamed, status=1))
    assert "--date" in refusal(command.upload(unnamed, status=1, options=("--region", "de")))
    [file] = command.upload(unnamed, options=("--region", "de", "--date", "2020-03-01"))
    assert (file["status"], file["period_start"]) == ("landed", "2020-03-01")


def test_one_row_in_a_hundred_that_is_broken_is_rejected_with_its_reason(command: Command, tmp_path: Path) -> None:
    rows = [list(row) for row in DAILY]
    breaks = {
        0: (1, "first"),
        100: (2, "2020-02-30"),
        200: (4, "https://example.org/"),
        300: (5, "Atlantis"),
        400: (8, "-3"),
        500: (6, "top9"),
        600: (1, 201),
    }
    for number, (column, value) in breaks.items():
        rows[number][column] = value
    rows[700] = rows[700][:6]
    rows[800] = [*rows[800], "more"]
    assert len(rows) == 1200
    broken = len(breaks) + 2 + 3
    for number in (900, 1000, 1100):
        rows[number][1] = "?"
    [file] = command.upload(kaggle(tmp_path, rows=rows))
    assert (file["status"], file["rows_read"], file["rejected"]) == ("landed", 1200, broken)
    assert sum(file["reasons"].values()) == broken
    assert file["rejected"] / file["rows_read"] == 0.01
    reasons = " | ".join(file["reasons"])
    for expected in (
        "1 to 200",
        "date as YYYY-MM-DD",
        "22 characters",
        "region",
        "0 or more",
        "top200 or viral50",
        "too few columns",
        "too many columns",
    ):
        assert expected in reasons, expected


def test_one_bad_file_among_good_ones_gives_status_1_and_the_good_ones_land(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    kaggle(folder)
    write(folder / "zz.csv", ("a", "b"), [(1, 2)])
    write_official(folder / "charts", "us", "weekly", "2020-03-05", 5)
    files = {file["file"]: file["status"] for file in command.upload(folder, status=1)}
    assert files == {"charts.csv": "landed", "regional-us-weekly-2020-03-05.csv": "landed", "zz.csv": "refused"}


def test_a_version_that_covers_less_is_refused_unless_told(command: Command, tmp_path: Path) -> None:
    command.upload(write_official(tmp_path / "all", "us", "daily", "2020-03-05", 9))
    less = write_official(tmp_path / "some", "us", "daily", "2020-03-05", 4)
    assert "--replace" in refusal(command.upload(less, status=1))
    [file] = command.upload(less, options=("--replace",))
    assert file["status"] == "superseding"


def test_a_file_that_is_not_there_is_a_usage_error(command: Command, tmp_path: Path) -> None:
    result = command("upload", tmp_path / "nothing.csv")
    assert result.exit_code == 2
    assert "does not exist" in " ".join(result.stderr.replace("│", "").split())


def test_a_person_is_told_the_same_in_a_table(command: Command, tmp_path: Path) -> None:
    bad = write(tmp_path / "odd.csv", OFFICIAL, [])
    result = command("upload", kaggle(tmp_path), bad)
    assert result.exit_code == 1
    assert "1,200" in result.stdout
    assert "kaggle_spotify_charts" in result.stdout
    assert "odd.csv: no known format has this header" in result.stdout


def test_what_was_repaired_is_told_to_people_and_programs(command: Command, tmp_path: Path) -> None:
    plain = kaggle(tmp_path)
    (tmp_path / "odd.csv").write_bytes(("Exported\n" + plain.read_text(encoding="utf-8")).encode("utf-16"))
    [file] = command.upload(tmp_path / "odd.csv")
    assert file["repairs"] == ["read as UTF-16", "notes before the header left out"]
    assert command.upload(plain)[0]["repairs"] == []
    assert "odd.csv: read as UTF-16" in command("upload", tmp_path / "odd.csv").stdout


def test_a_file_with_brackets_in_its_name_is_told_by_its_name(command: Command, tmp_path: Path) -> None:
    assert "charts [red].csv" in command("upload", kaggle(tmp_path, "charts [red].csv")).stdout
