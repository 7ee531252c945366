"""Every row of every file of answers is accounted for, as of any other file."""

from pathlib import Path
from typing import Any

import pytest

from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.accounting import differences, is_balanced, standing, write_receipts
from spotify_platform.landing.format import Kind
from spotify_platform.landing.land import API, Door, land
from spotify_platform.landing.manifest import read_manifest
from spotify_platform.lookups import subjects
from spotify_platform.lookups.subjects import Answer, Subject, write
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.catalog.shelf import DEFS
from spotify_platform_tests.conftest import LIMITS
from spotify_platform_tests.marts.star import contracts

MODELS = ("artist_ids", "artist_profiles", "artist_accounting", "album_profiles", "album_accounting")


def answered(lake: FolderLake, folder: Path, subject: Subject, day: str, answers: dict[str, Any]) -> None:
    path = folder / f"{subject}-{day}.parquet"
    write(subject, [Answer(id, day, body) for id, body in answers.items()], path)
    [outcome] = land(lake, path, Door(API), LIMITS)
    assert outcome.status == "landed"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> FolderLake:
    """A lake in which two answers of each of some artists and albums were built."""
    tmp_path = tmp_path_factory.mktemp("answers")
    lake = FolderLake(tmp_path / "lake")
    for day in ("2024-01-01", "2024-06-01"):
        answered(lake, tmp_path, subjects.ARTISTS, day, {f"i{n}": {"name": "Nirvana", "n": day} for n in (1, 2)})
        answered(lake, tmp_path, subjects.ALBUMS, day, {"b": {"name": f"Album of {day}"}})
    answered(lake, tmp_path, subjects.GENRES, "2024-06-01", {"i1": {"genres": []}, "i3": {"genres": []}})
    answered(lake, tmp_path, subjects.TAGS, "2024-06-01", {"Nirvana": {"tags": []}, "SZA": {"tags": []}})
    compute = DuckDBCompute(lake, LIMITS.threads, LIMITS.memory_limit, scratch=tmp_path / "scratch")
    for name in MODELS:
        model = SqlModel.load("cleandata", DEFS / "catalog" / f"{name}.sql")
        compute.build(model, contracts()[f"cleandata/{name}"])
    return lake


@pytest.mark.parametrize(("kind", "loaded"), [("artists", [0, 2, 2, 2]), ("albums", [0, 1])])
def test_the_last_answer_is_loaded_and_those_before_are_duplicates(
    built: FolderLake, kind: Kind, loaded: list[int]
) -> None:
    receipts = standing(built, kind)
    assert sorted(receipt.loaded for receipt in receipts) == loaded
    assert all(map(is_balanced, receipts))
    assert differences(built, kind, (), before="9") == []


def test_a_table_without_months_is_not_judged_by_a_run_during_which_a_file_landed(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    compute = DuckDBCompute(lake, LIMITS.threads, LIMITS.memory_limit, scratch=tmp_path / "scratch")

    def build(*names: str) -> None:
        for name in names:
            model = SqlModel.load("cleandata", DEFS / "catalog" / f"{name}.sql")
            compute.build(model, contracts()[f"cleandata/{name}"])

    answered(lake, tmp_path, subjects.ARTISTS, "2024-01-01", {"i1": {"name": "Nirvana"}})
    build("artist_ids", "artist_profiles", "artist_accounting")
    answered(lake, tmp_path, subjects.ARTISTS, "2024-06-01", {"i2": {"name": "SZA"}})
    late = max(file.landed_at for file in read_manifest(lake))
    build("artist_ids", "artist_profiles")
    [difference] = differences(lake, "artists", (), before="9")
    assert (difference.accounted, difference.found) == (1, 2)
    assert differences(lake, "artists", (), before=late) == []


def test_files_of_answers_get_their_receipts(built: FolderLake) -> None:
    tables_of_receipts = sorted(receipt.table_name for receipt in write_receipts(built))
    assert tables_of_receipts == ["cleandata.album_profiles"] * 2 + ["cleandata.artist_profiles"] * 4
