"""The lake as a folder: `rawdata/` holds raw objects, `cleandata/` Delta tables."""

import json
import os
import shutil
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from spotify_platform.lake.delta import commit_files, obsolete_files, open_table, table_state
from spotify_platform.lake.interface import DataFile, Stored, Table, TableState

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PART = 64 << 20
"""Bytes of a file that are copied at once."""
RESTED = 1_000_000_000
"""Nanoseconds without a change after which a folder's time tells the next one."""


def _last_commit(folder: Path) -> tuple[str, int, int] | None:
    """What is another one after each commit, and after a table was removed and made anew."""
    try:
        last = max(entry.name for entry in os.scandir(folder / "_delta_log") if entry.name.endswith(".json"))
        found = (folder / "_delta_log" / last).stat()
    except (FileNotFoundError, ValueError):
        return None
    return last, found.st_ino, found.st_mtime_ns


@lru_cache(maxsize=256)
def _state(folder: Path, last_commit: tuple[str, int, int] | None) -> TableState | None:
    """The state of a table, which is read once for each of its commits: a run asks for most of them ten times."""
    delta = open_table(folder.as_uri(), {}) if last_commit else None
    return table_state(str(folder), delta) if delta else None


@dataclass(frozen=True)
class FolderLake:
    """A `Lake` below one folder of a file system with atomic rename and link."""

    is_local: ClassVar[bool] = True
    root: Path

    @property
    def raw(self) -> Path:
        return self.root / "rawdata"

    def put_file(self, name: str, source: Path) -> None:
        target = self.raw / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            _copy(source, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)

    def put_json_if_absent(self, name: str, payload: Mapping[str, Any]) -> bool:
        target = self.raw / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            beside.write_text(json.dumps(payload, ensure_ascii=False, indent=1), encoding="utf-8")
            _sync(beside)
            os.link(beside, target)  # fails where the name is taken, and is atomic
            return True
        except FileExistsError:
            return False
        finally:
            beside.unlink(missing_ok=True)

    def read_jsons(self, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        folder = self.raw / prefix
        if not folder.is_dir():
            return
        for name in sorted(path.relative_to(self.raw).as_posix() for path in folder.glob("**/[!.]*.json")):
            yield name, json.loads((self.raw / name).read_text(encoding="utf-8"))

    def stamp(self, prefix: str) -> str | None:
        try:
            found = (self.raw / prefix).stat()
        except FileNotFoundError:
            return None
        # Two changes within one tick of the file system's clock leave the same time.
        rested = time.time_ns() - found.st_mtime_ns > RESTED
        return f"{found.st_ino} {found.st_mtime_ns}" if rested else None

    @contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        yield self.raw / name

    def exists(self, name: str) -> bool:
        return (self.raw / name).exists()

    def address(self, name: str) -> str:
        return str(self.raw / name)

    def table_address(self, table: Table) -> str:
        return str(self._table(table))

    def register(self, connection: "DuckDBPyConnection") -> None:
        """DuckDB opens local files by itself."""

    def stage(self, table: Table) -> Path:
        folder = self._table(table)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def commit(
        self,
        table: Table,
        files: Sequence[DataFile],
        columns: Mapping[str, str],
        *,
        partition_by: Sequence[str] = (),
        replace: Sequence[Mapping[str, str]] | None = None,
        commit: Mapping[str, Any],
    ) -> TableState:
        commit_files(
            self._table(table).as_uri(),
            {},
            files,
            columns,
            partition_by=partition_by,
            replace=replace,
            commit=commit,
            now_ms=time.time_ns() // 1_000_000,
        )
        state = self.state(table)
        assert state is not None
        return state

    def state(self, table: Table) -> TableState | None:
        folder = self._table(table)
        return _state(folder, _last_commit(folder))

    def objects(self, prefix: str) -> list[Stored]:
        found = (self._stored("rawdata", path) for path in sorted((self.raw / prefix).rglob("[!.]*")))
        return [stored for stored in found if stored]

    def obsolete(self, table: Table, hours: int) -> list[Stored]:
        folder = self._table(table)
        delta = open_table(folder.as_uri(), {}) if folder.is_dir() else None
        paths = obsolete_files(delta, hours) if delta else []
        found = (self._stored(table[0], folder / unquote(path)) for path in paths)
        return [stored for stored in found if stored]

    def remove(self, stored: Stored) -> bool:
        path = self.root / stored.layer / stored.name
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            path.rename(aside)  # from here on nobody can write it anew unseen
        except FileNotFoundError:
            return False
        try:
            if str(aside.stat().st_mtime_ns) == stored.tag:
                return True
            with suppress(FileExistsError):
                os.link(aside, path)
            return False
        finally:
            aside.unlink()

    def drop(self, table: Table) -> None:
        shutil.rmtree(self._table(table), ignore_errors=True)

    def clear(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def _stored(self, layer: str, path: Path) -> Stored | None:
        if not path.is_file():
            return None
        status = path.stat()
        name = path.relative_to(self.root / layer).as_posix()
        return Stored(layer, name, status.st_size, status.st_mtime, str(status.st_mtime_ns))

    def _table(self, table: Table) -> Path:
        layer, name = table
        return self.root / layer / name


def _copy(source: Path, target: Path) -> None:
    """Copy a file to the disk, a part at a time where the system can be told that it may forget each: gigabytes of
    written pages push all else out of memory, which costs two to four times as much as the copy."""
    with source.open("rb") as reading, target.open("wb") as writing:
        if sys.platform != "linux":
            shutil.copyfileobj(reading, writing, PART)
        else:
            while os.sendfile(writing.fileno(), reading.fileno(), None, PART):
                os.fdatasync(writing.fileno())
                os.posix_fadvise(writing.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    _sync(target)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
