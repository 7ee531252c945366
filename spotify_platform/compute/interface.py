"""What the platform asks of a compute engine: build one Delta table of the lake from its SQL model."""

from dataclasses import dataclass
from typing import Protocol

from spotify_platform.contract import Contract, Evaluation
from spotify_platform.lake.interface import TableState
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel


@dataclass(frozen=True)
class Built:
    """A table as committed: its state, what its contract's evaluation found, and what was written now."""

    state: TableState
    evaluation: Evaluation
    rows_written: int
    lineage: dict[str, list[tuple[str, str, str]]]


class Compute(Protocol):
    """Builds tables; the contract is evaluated before the commit, and a breach leaves the old table."""

    def build(self, model: SqlModel, contract: Contract, months: MonthRange | None = None) -> Built:
        """Build the table, or these months of it. Raises `ContractBreachError`, `BusyError`."""
