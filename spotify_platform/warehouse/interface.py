"""What the platform asks of a warehouse: questions, contracts that hold, a version that readers see.

Tables get into it through its IO manager.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from spotify_platform.contract import Contract, Evaluation
from spotify_platform.errors import PublishRefusedError
from spotify_platform.lake.interface import Lake, Table

Answer = tuple[list[str], list[tuple[Any, ...]]]
"""Column names and rows."""


@dataclass(frozen=True)
class Stored:
    """A table as committed: rows in all and of this write, and what its contract's evaluation found."""

    rows: int
    rows_written: int
    evaluation: Evaluation


@dataclass(frozen=True)
class Version:
    """A published version: its number, when it was published (ISO, UTC), rows of every table."""

    number: int
    published_at: str
    rows: Mapping[str, int]


class Warehouse(Protocol):
    """The star schema of one world."""

    def query(self, sql: str) -> Answer:
        """Answer a SELECT in the models' dialect over the tables as they are built, which readers do not see."""

    def verify(self, table: Table, contract: Contract) -> Evaluation:
        """The evaluation that was committed with the table, or a new one where the table is no longer that one."""

    def erase(self, *tables: Table) -> None:
        """Remove tables with every trace of their rows, also from what readers see, as far as there are any."""

    def publish(
        self,
        lake: Lake,
        lake_tables: Sequence[Table],
        *,
        tolerance: float,
        published_at: str,
        may_shrink: Collection[Table] = (),
    ) -> Version:
        """Make what is built the published version, all of it at once. Raises `PublishRefusedError`.

        No table may lose more than `tolerance` of its rows but those of which it is said.
        """

    def published(self) -> Version | None:
        """The version that readers see, or None where nothing has been published."""

    def lake_files(self) -> set[str]:
        """Names, without folders, of the lake's files that readers of the published version open."""

    def published_name(self, table: Table) -> str:
        """What a reader calls a table."""

    def select(self, sql: str) -> Answer:
        """Answer one SELECT, in the warehouse's own SQL, on the published version. Raises `PermanentError`."""


def refuse_if_shrunk(
    rows: Mapping[str, int], published: Mapping[str, int], tolerance: float, may_shrink: Collection[Table] = ()
) -> None:
    """Raise `PublishRefusedError` for an empty build, or one with far fewer rows than the published one."""
    if not any(count for table, count in rows.items() if table.split(".")[1].startswith("fact_")):
        raise PublishRefusedError("the build has no facts at all, so it is not published; land some files first")
    shrunk = [
        f"{table} {published[table]:,} → {rows.get(table, 0):,}"
        for table in sorted(published.keys() - set(map(".".join, may_shrink)))
        if rows.get(table, 0) < published[table] * (1 - tolerance)
    ]
    if shrunk:
        raise PublishRefusedError(
            f"the build has lost more than {tolerance:.0%} of the published rows, so it is not published: "
            f"{', '.join(shrunk)}. If that is meant, set SPOTIFY_PLATFORM_PUBLISH_TOLERANCE=1 for one run"
        )
