"""The world has the size that was asked for, and is the same whoever writes it."""

import csv
from pathlib import Path

import pytest

from spotify_platform.errors import ConfigurationError
from spotify_platform.sample.world import KAGGLE_ROWS, WorldSize, extent, write_charts, write_world


def data_rows(path: Path) -> int:
    return path.read_bytes().count(b"\n") - 1


@pytest.mark.parametrize("rows", [1, 7, 751, 33_333])
def test_the_charts_have_exactly_the_rows_asked_for(tmp_path: Path, rows: int) -> None:
    assert data_rows(write_charts(tmp_path / "charts.csv", rows)) == rows


def test_the_default_charts_have_exactly_the_rows_asked_for(world: Path) -> None:
    assert data_rows(world / "charts.csv") == WorldSize().chart_rows == 200_000


def test_extents_grow_to_all_days_and_regions_of_the_real_dump() -> None:
    assert extent(200_000).regions == 5
    assert extent(KAGGLE_ROWS) == (70, 0)
    spans = [extent(rows) for rows in (10, 1_000, 50_000, 200_000, 1_000_000, 10_000_000, KAGGLE_ROWS)]
    assert [span.regions for span in spans] == sorted(span.regions for span in spans)
    assert [span.first_day for span in spans] == sorted((span.first_day for span in spans), reverse=True)


@pytest.mark.parametrize("rows", [0, -5, 40_000_000])
def test_impossible_sizes_are_refused(tmp_path: Path, rows: int) -> None:
    with pytest.raises(ConfigurationError, match="chart_rows"):
        write_charts(tmp_path / "charts.csv", rows)
    assert not list(tmp_path.iterdir())


def test_scaling_multiplies_rows_and_tracks() -> None:
    assert WorldSize.scaled(1.0) == WorldSize()
    assert WorldSize.scaled(10, seed=4) == WorldSize(2_000_000, 30_000, 4)
    assert WorldSize.scaled(KAGGLE_ROWS / 200_000).chart_rows == KAGGLE_ROWS
    assert WorldSize.scaled(0.001).chart_rows == 200


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_size_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    size = WorldSize.scaled(0.1)
    one = write_world(tmp_path / "one", size, threads=1)
    three = write_world(tmp_path / "three", size, threads=3)
    again = write_world(tmp_path / "three", size, threads=2)
    assert [path.name for path in one] == [path.name for path in three] == [path.name for path in again]
    assert sorted(path.name for path in one) == sorted(contents(tmp_path / "one"))
    assert contents(tmp_path / "one") == contents(tmp_path / "three")


def test_the_charts_of_the_world_are_the_charts_written_alone(world: Path, tmp_path: Path) -> None:
    alone = write_charts(tmp_path / "charts.csv", WorldSize().chart_rows)
    assert alone.read_bytes() == (world / "charts.csv").read_bytes()


def test_days_written_apart_are_the_days_written_together(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotify_platform.sample.world._REGION_DAYS_AT_ONCE", 35)
    apart = write_charts(tmp_path / "charts.csv", WorldSize().chart_rows)
    assert apart.read_bytes() == (world / "charts.csv").read_bytes()


def test_another_seed_is_another_world(tmp_path: Path) -> None:
    one = write_charts(tmp_path / "one.csv", 2_000, seed=1)
    two = write_charts(tmp_path / "two.csv", 2_000, seed=2)
    assert not urls(one) & urls(two)


def test_tracks_have_the_same_career_in_a_larger_world(world: Path, tmp_path: Path) -> None:
    smaller = write_charts(tmp_path / "charts.csv", 30_000)
    place = ["United States", "top200"]
    ours, theirs = (
        {row[4]: row[8] for row in table(path) if row[2:3] == ["2021-12-31"] and row[5:7] == place}
        for path in (smaller, world / "charts.csv")
    )
    # What the smaller world is too young to know lets a few others in.
    assert len(ours.keys() & theirs.keys()) > 170
    assert all(ours[url] == theirs[url] for url in ours.keys() & theirs.keys())


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def urls(path: Path) -> set[str]:
    return {row[4] for row in table(path) if len(row) == 9 and row[4].count("/") == 4 and row[4][-1] != "/"}
