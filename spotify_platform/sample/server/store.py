"""The tables that the server answers from: built once for each size of the world, then opened in milliseconds."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from spotify_platform.sample.world import FOLDER, WorldSize, open_world, run_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "256MB"
"""Most that DuckDB takes while the server runs."""


@dataclass(frozen=True)
class Store:
    """Read-only tables of one world, for one thread."""

    connection: "DuckDBPyConnection"

    @classmethod
    def of(cls, folder: Path, size: WorldSize) -> Self:
        """The tables of a world, kept in `folder` and built where they are missing there."""
        import duckdb

        file = folder_of(folder, size) / "served.duckdb"
        if not file.exists():
            _build(file, size)
        connection = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY})
        connection.execute(f"attach '{_quoted(file)}' as served (read_only)")
        connection.execute("set variable seed = ?", [size.seed])
        for name in ("random", "search", "serving"):
            run_sql(connection, name)
        return cls(connection)

    def rows(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query, by name of column."""
        found = self.connection.execute(query, values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def by_id(self, table: str, column: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The rows of a table that have one of the ids, by id."""
        marks = ", ".join("?" * len(ids))
        return {row[column]: row for row in self.rows(f"from served.{table} where {column} in ({marks})", ids)}

    def close(self) -> None:
        self.connection.close()


def folder_of(folder: Path, size: WorldSize) -> Path:
    """Where what is made for a size lies: another one for other definitions of the world, and another DuckDB's hash."""
    import duckdb

    told = hashlib.sha256(json.dumps([duckdb.__version__, asdict(size)]).encode())
    for file in sorted([*FOLDER.glob("sql/*.sql"), *FOLDER.glob("data/*")]):
        told.update(file.read_bytes())
    return folder / told.hexdigest()[:16]


def _build(file: Path, size: WorldSize) -> None:
    from filelock import FileLock

    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock")):
        if file.exists():
            return
        partial = file.with_suffix(f".{os.getpid()}")
        with open_world(size) as world:
            run_sql(world, "catalogues")
            run_sql(world, "search")
            world.execute(f"attach '{_quoted(partial)}' as served")
            run_sql(world, "served")
            world.execute("detach served")
        partial.replace(file)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
