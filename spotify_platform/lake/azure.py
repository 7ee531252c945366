"""The lake in a storage account: containers `rawdata` and `cleandata`, reached by Blob operations alone.

Tables are written into a local folder first; a commit sends the files in blocks and then adds them to the
Delta log, whose next version is put only if it is not there yet.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from spotify_platform.azure import PARALLEL, StorageAccount
from spotify_platform.lake.delta import commit_files, obsolete_files, open_table, table_state
from spotify_platform.lake.interface import DataFile, Stored, Table, TableState

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties, ContainerClient
    from duckdb import DuckDBPyConnection

RAW, CLEAN = "rawdata", "cleandata"
READERS = 16
"""Small objects that are fetched at once."""


@dataclass(frozen=True)
class AzureLake:
    """A `Lake` below `prefix` of the containers of a storage account.

    `scratch` is a local folder for files on their way, and for a copy of every JSON object that was read:
    an object with a known etag is never fetched twice.
    """

    is_local: ClassVar[bool] = False
    account: StorageAccount
    prefix: str
    scratch: Path

    def put_file(self, name: str, source: Path) -> None:
        with self.account.container(RAW) as raw, source.open("rb") as file:
            raw.upload_blob(self._path(name), file, overwrite=True, max_concurrency=PARALLEL)

    def put_json_if_absent(self, name: str, payload: Mapping[str, Any]) -> bool:
        from azure.core.exceptions import ResourceExistsError

        text = json.dumps(payload, ensure_ascii=False, indent=1).encode()
        with self.account.container(RAW) as raw:
            try:
                raw.upload_blob(self._path(name), text, overwrite=False)  # If-None-Match: *
            except ResourceExistsError:
                return False
        return True

    def read_jsons(self, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        with self.account.container(RAW) as raw, ThreadPoolExecutor(READERS) as readers:
            listed = raw.list_blobs(name_starts_with=f"{self._path(prefix)}/")
            blobs = [blob for blob in listed if blob.name.endswith(".json")]
            texts = list(readers.map(lambda blob: self._cached(raw, blob), blobs))
        found = {blob.name.removeprefix(f"{self.prefix}/"): text for blob, text in zip(blobs, texts, strict=True)}
        for name in sorted(found):
            yield name, json.loads(found[name])

    def stamp(self, prefix: str) -> str | None:
        return None  # a listing, which would tell, is most of what reading costs

    @contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        self.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            target = Path(folder) / Path(name).name
            with self.account.container(RAW) as raw, target.open("wb") as file:
                raw.download_blob(self._path(name), max_concurrency=PARALLEL).readinto(file)
            yield target

    def exists(self, name: str) -> bool:
        with self.account.container(RAW) as raw:
            return raw.get_blob_client(self._path(name)).exists()

    def address(self, name: str) -> str:
        return self.account.address(RAW, self._path(name))

    def table_address(self, table: Table) -> str:
        layer, name = table
        return self.account.address(layer, self._path(name))

    def register(self, connection: "DuckDBPyConnection") -> None:
        filesystem = self.account.filesystem()
        if not set(filesystem.protocol) & set(connection.list_filesystems()):
            connection.register_filesystem(filesystem)

    def stage(self, table: Table) -> Path:
        folder = self.scratch.joinpath("staged", *table)
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
        folder = self.stage(table)
        try:
            self._send(table, folder, files)
            commit_files(
                self.table_address(table),
                self.account.delta_options(),
                files,
                columns,
                partition_by=partition_by,
                replace=replace,
                commit=commit,
                now_ms=time.time_ns() // 1_000_000,
            )
        except BaseException:
            self._take_back(table, files)
            raise
        for file in files:
            (folder / file.path).unlink()
        state = self.state(table)
        assert state is not None
        return state

    def state(self, table: Table) -> TableState | None:
        address = self.table_address(table)
        with self.account.container(table[0]):
            delta = open_table(address, self.account.delta_options())
            return table_state(address, delta) if delta else None

    def objects(self, prefix: str) -> list[Stored]:
        return self._listed(RAW, prefix)

    def obsolete(self, table: Table, hours: int) -> list[Stored]:
        with self.account.container(table[0]):
            delta = open_table(self.table_address(table), self.account.delta_options())
            paths = {f"{table[1]}/{unquote(path)}" for path in (obsolete_files(delta, hours) if delta else [])}
        return [stored for stored in self._listed(table[0], table[1]) if stored.name in paths] if paths else []

    def remove(self, stored: Stored) -> bool:
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        with self.account.container(stored.layer) as container:
            try:
                container.delete_blob(
                    self._path(stored.name), etag=stored.tag, match_condition=MatchConditions.IfNotModified
                )
            except (ResourceModifiedError, ResourceNotFoundError):
                return False
        return True

    def drop(self, table: Table) -> None:
        self._delete(table[0], f"{self.prefix}/{table[1]}/")

    def clear(self) -> None:
        for name in (RAW, CLEAN):
            self._delete(name, f"{self.prefix}/")
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _delete(self, layer: str, prefix: str) -> None:
        with self.account.container(layer) as container:
            for blob in container.list_blobs(name_starts_with=prefix):
                container.delete_blob(blob.name)

    def _listed(self, layer: str, prefix: str) -> list[Stored]:
        with self.account.container(layer) as container:
            return [
                Stored(layer, blob.name.removeprefix(f"{self.prefix}/"), blob.size, blob.last_modified.timestamp(), tag)
                for blob in container.list_blobs(name_starts_with=f"{self._path(prefix)}/")
                if (tag := blob.etag)
            ]

    def _send(self, table: Table, folder: Path, files: Sequence[DataFile]) -> None:
        with self.account.container(table[0]) as container:
            for file in files:
                with (folder / file.path).open("rb") as staged:
                    target = self._path(f"{table[1]}/{file.path}")
                    container.upload_blob(target, staged, overwrite=True, max_concurrency=PARALLEL)

    def _take_back(self, table: Table, files: Sequence[DataFile]) -> None:
        """Remove what was sent, but for what a commit took in before it was interrupted."""
        from azure.core.exceptions import ResourceNotFoundError

        state = self.state(table)
        committed = {name.removeprefix(f"{self.table_address(table)}/") for name in state.files} if state else set()
        with self.account.container(table[0]) as container:
            for file in files:
                if file.path not in committed:
                    with suppress(ResourceNotFoundError):
                        container.delete_blob(self._path(f"{table[1]}/{file.path}"))

    def _cached(self, container: "ContainerClient", blob: "BlobProperties") -> str:
        cached = self.scratch / "objects" / f"{blob.etag.strip(chr(34))}.json"
        if not cached.exists():
            cached.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=cached.parent, delete=False) as beside:
                beside.write(container.download_blob(blob.name).readall())
            Path(beside.name).replace(cached)
        return cached.read_text(encoding="utf-8")

    def _path(self, name: str) -> str:
        return f"{self.prefix}/{name}"
