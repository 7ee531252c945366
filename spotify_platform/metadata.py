"""What the Dagster UI shows of a table: schema, lineage, counts, a preview, its contract's outcome."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from spotify_platform.contract import RULES, Contract, Evaluation
from spotify_platform.errors import ContractBreachError
from spotify_platform.landing.manifest import LandedFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PREVIEW_ROWS = 5
RAW_OF: dict[str, tuple[str, ...]] = {
    "chart_entries": ("charts",),
    "chart_labels": ("charts",),
    "track_rows": ("catalog",),
    "track_row_artists": ("catalog",),
    "rejected_rows": ("charts", "catalog"),
    "files": (),
}
"""Which raw assets the candidate rows come from."""


def asset_keys(table: tuple[str, str]) -> list[dg.AssetKey]:
    """The assets that stand for a table which a SQL model reads."""
    layer, name = table
    if layer == "candidates":
        return [dg.AssetKey(["raw", kind]) for kind in RAW_OF[name]]
    return [dg.AssetKey([layer, name])]


def definition_metadata(contract: Contract) -> dict[str, Any]:
    """Column schema and contract, as an asset's definition metadata."""
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            description=column.description + (f" Missing: {column.missing}." if column.missing else ""),
            constraints=dg.TableColumnConstraints(
                nullable=not column.required, unique=contract.grain == (column.name,)
            ),
        )
        for column in contract.columns
    ]
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "grain": ", ".join(contract.grain),
        "contract": dg.MetadataValue.json(contract.to_json()),
    }


def lineage_metadata(lineage: Mapping[str, list[tuple[str, str, str]]]) -> dict[str, Any]:
    """Column lineage as Dagster shows it; a candidate row's column stands for its raw asset's."""
    return {
        "dagster/column_lineage": dg.TableColumnLineage(
            {
                column: [
                    dg.TableColumnDep(asset_key=key, column_name=source)
                    for layer, table, source in sources
                    for key in asset_keys((layer, table))
                ]
                for column, sources in lineage.items()
            }
        )
    }


def preview_metadata(connection: "DuckDBPyConnection", relation: str) -> dict[str, Any]:
    """The first rows as a table to look at."""
    cursor = connection.execute(f"SELECT * FROM {relation} LIMIT {PREVIEW_ROWS}")
    names = [column[0] for column in cursor.description or []]
    lines = [names, ["---"] * len(names), *cursor.fetchall()]
    return {"preview": dg.MetadataValue.md("\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines))}


def check_results(
    key: dg.AssetKey, contract: Contract, evaluation: Evaluation
) -> list[dg.AssetCheckResult]:
    """One result per rule of the contract."""
    broken = evaluation.broken()
    return [
        dg.AssetCheckResult(
            asset_key=key,
            check_name=rule,
            passed=rule not in broken,
            description=RULES[rule],
            metadata={"rows": evaluation.rows, "breaches": dg.MetadataValue.json(broken.get(rule, {}))},
        )
        for rule in contract.rules
    ]


def report_breach(instance: dg.DagsterInstance, key: dg.AssetKey, breach: ContractBreachError) -> None:
    """A table that was not committed shows as failed checks: its step raises before they could run."""
    for rule, counts in breach.broken.items():
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=rule,
                passed=False,
                severity=dg.AssetCheckSeverity.ERROR,
                description=f"not committed: {RULES[rule]}",
                metadata={"breaches": dg.MetadataValue.json(dict(counts))},
            )
        )


def landing_metadata(files: Sequence[LandedFile]) -> dict[str, Any]:
    """What landed, as the metadata of a raw asset: totals, and a line per file."""
    lines = [("file", "format", "period", "rows", "rejected"), ("---",) * 5]
    lines += [
        (f.name, f.format, f"{f.period_start} – {f.period_end}", f"{f.rows:,}", f"{f.rejected:,}")  # type: ignore[misc]
        for f in files[:50]
    ]
    return {
        "files": len(files),
        "rows_read": sum(file.rows_read for file in files),
        "rejected": sum(file.rejected for file in files),
        "size": sum(file.size for file in files),
        "landed": dg.MetadataValue.md("\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)),
    }


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")[:80]
