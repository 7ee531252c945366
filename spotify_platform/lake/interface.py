"""What the platform asks of a lake: raw objects that are written once, and Delta tables.

Raw objects are named by slash-separated paths. A Delta table is addressed by (layer, table), such as
("cleandata", "charts"). Files of a table are staged first and become visible in one commit.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Table = tuple[str, str]


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a Delta table: where, how large, and Delta's statistics of it."""

    path: str
    size: int
    rows: int
    partition: Mapping[str, str]
    minimum: Mapping[str, Any]
    maximum: Mapping[str, Any]
    nulls: Mapping[str, int]


@dataclass(frozen=True)
class TableState:
    """A Delta table at one version.

    `files` are readable addresses, `columns` map names to DuckDB types, `nulls` to how many rows have no value (of the
    columns whose writers counted all of them), `commit` is what the writer kept with the version: empty where somebody
    else wrote it.
    """

    version: int
    files: tuple[str, ...]
    columns: Mapping[str, str]
    partition_by: tuple[str, ...]
    rows: int
    bytes: int
    nulls: Mapping[str, int]
    commit: Mapping[str, Any]


@dataclass(frozen=True)
class Stored:
    """A raw object (layer `rawdata`) or a file of a table, as it was found; `tag` changes whenever it is written."""

    layer: str
    name: str
    size: int
    modified: float
    tag: str


class Lake(Protocol):
    """Raw objects and Delta tables of one world. One that `is_local` is read by whoever may read its files."""

    is_local: ClassVar[bool]

    def put_file(self, name: str, source: Path) -> None:
        """Store a local file as a raw object; all of it or nothing appears."""

    def put_json_if_absent(self, name: str, payload: Mapping[str, Any]) -> bool:
        """Store a JSON object unless the name is taken; True if this call stored it. Atomic."""

    def read_jsons(self, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every JSON object under a prefix with its name, in the order of names."""

    def stamp(self, prefix: str) -> str | None:
        """Another text after each object that came or went under a prefix without folders; None where it cannot be told."""

    def local_copy(self, name: str) -> AbstractContextManager[Path]:
        """A raw object as a local file for the length of the block."""

    def exists(self, name: str) -> bool: ...

    def address(self, name: str) -> str:
        """What an engine opens to read a raw object."""

    def table_address(self, table: Table) -> str:
        """What an engine opens to read or write a Delta table."""

    def register(self, connection: "DuckDBPyConnection") -> None:
        """Let a DuckDB connection open the lake's addresses."""

    def stage(self, table: Table) -> Path:
        """A local folder in which an engine writes the Parquet files of the next commit."""

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
        """Make staged files the table, or the partitions `replace` of it, in one transaction.

        `columns` are names and DuckDB types. `commit` is kept with the version. Raises `BusyError` when
        another writer committed the same partitions first.
        """

    def objects(self, prefix: str) -> list[Stored]:
        """Every raw object under a prefix."""

    def obsolete(self, table: Table, hours: int) -> list[Stored]:
        """Files of a table that its current version does not name, nor any other did in the last `hours`."""

    def remove(self, stored: Stored) -> bool:
        """Remove what was found; False where it is gone, or was written anew since."""

    def drop(self, table: Table) -> None:
        """Remove a Delta table with all of its versions, if there is one."""

    def clear(self) -> None:
        """Remove everything: for a synthetic world that is made anew."""

    def state(self, table: Table) -> TableState | None:
        """The current version, or None where the table does not exist yet."""
