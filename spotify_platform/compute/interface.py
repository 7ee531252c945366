"""What the platform asks of a compute engine: build one Delta table of the lake from its SQL model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from spotify_platform.contract import Contract, Evaluation
from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.interface import TableState
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel

if TYPE_CHECKING:
    from dagster import AssetExecutionContext

PARTITIONS = ("year", "month")


@dataclass(frozen=True)
class Built:
    """A table as committed: its state, what its contract's evaluation found, and what was written now."""

    state: TableState
    evaluation: Evaluation
    rows_written: int
    lineage: dict[str, list[tuple[str, str, str]]]


class Compute(Protocol):
    """Builds tables; the contract is evaluated before the commit, and a breach leaves the old table."""

    def build(
        self,
        model: SqlModel,
        contract: Contract,
        months: MonthRange | None = None,
        *,
        context: "AssetExecutionContext | None" = None,
    ) -> Built:
        """Build the table, or these months of it. `context` is that of the step, for a compute that is elsewhere.

        Raises `ContractBreachError`, `BusyError`, `ModelError`, `JobFailedError`.
        """


def is_monthly(contract: Contract) -> bool:
    return set(PARTITIONS) <= set(contract.names)


def require_same_columns(model: SqlModel, contract: Contract, previous: TableState | None) -> None:
    """Raise `ConfigurationError` where months of a table would get other columns than its other months have."""
    if previous and dict(previous.columns) != contract.types:
        raise ConfigurationError(f"the columns of {model.name} changed; build all of its months in one run")
