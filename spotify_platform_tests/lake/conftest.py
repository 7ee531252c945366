"""Every lake that the platform has, and a way to stage files in one."""

import itertools
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest

from spotify_platform.lake.azure import AzureLake
from spotify_platform.lake.engine import connect
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import DataFile, Lake, Table

OpenLake = Callable[[Path, pytest.FixtureRequest], Lake]
LAKES: dict[str, OpenLake] = {
    "folder": lambda home, _: FolderLake(home / "my lake"),
    "azure": lambda home, request: AzureLake(request.getfixturevalue("azurite"), uuid.uuid4().hex, home / "scratch"),
}
"""Name → how to open an empty lake of this kind for one test; each passes the whole suite."""

COLUMNS = {"track_id": "VARCHAR", "streams": "BIGINT"}
MONTHLY = {**COLUMNS, "year": "INTEGER", "month": "INTEGER"}

Stage = Callable[..., DataFile]


@pytest.fixture(params=LAKES)
def any_lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return LAKES[request.param](tmp_path, request)


def options_of(lake: Lake) -> dict[str, str]:
    """What another tool needs to open the lake's tables."""
    return dict(lake.account.delta_options()) if isinstance(lake, AzureLake) else {}


def files_of(lake: Lake) -> Any:
    """The file system that the lake lies in, behind its back."""
    return lake.account.filesystem() if isinstance(lake, AzureLake) else fsspec.filesystem("file")


@pytest.fixture
def stage(any_lake: Lake) -> Stage:
    """Stage one file: tracks with 0, 1, 2 … streams, in a month's partition if one is told."""
    numbers = itertools.count()

    def staged(table: Table, rows: int, month: int | None = None) -> DataFile:
        folder = any_lake.stage(table)
        partition = {"year": f"{month // 100}", "month": f"{month % 100}"} if month else {}
        below = "".join(f"{name}={value}/" for name, value in partition.items())
        path = f"{below}part-{next(numbers)}.parquet"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with connect() as connection:
            query = f"SELECT 't' || i AS track_id, CAST(i AS BIGINT) AS streams FROM range({rows}) AS r(i)"
            target = str(folder / path).replace("'", "''")
            connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")
        size = (folder / path).stat().st_size
        return DataFile(path, size, rows, partition, {"streams": 0}, {"streams": rows - 1}, {"streams": 0})

    return staged
