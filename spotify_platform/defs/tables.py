"""How a table becomes an asset: its SQL file, its contract, and where it is built.

`lake_table` is built by the compute into the lake, `warehouse_table` in the warehouse by its IO manager.
Both carry the contract as metadata and as a blocking check of its own step: a run of the automation would leave
out the other checks of a table whose own step answers one. The dependencies are the tables that the SQL reads.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg

from spotify_platform.contract import Contract, Evaluation, evaluate
from spotify_platform.errors import ConfigurationError, ContractBreachError
from spotify_platform.metadata import (
    Plot,
    asset_keys,
    contract_check,
    contract_result,
    definition_metadata,
    lineage_metadata,
    report_breach,
    table_metadata,
)
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel
from spotify_platform.warehouse.interface import Warehouse
from spotify_platform.warehouse.tsql import Layout, layout_of

OWNERS = ["team:data-platform"]
MONTHS = dg.MonthlyPartitionsDefinition(start_date="2013-01-01", end_offset=1)
"""From the first month that charts exist to the current one, which `end_offset` includes."""

NO_LISTINGS: Mapping[str, str] = {}

WAREHOUSE_POOL = "warehouse"
LAKE_POOL = "lake"

CONDITION = dg.AutomationCondition
RENEWED = CONDITION.any_deps_updated() | CONDITION.code_version_changed()
FOLLOW = (
    CONDITION.in_latest_time_window()
    & RENEWED.since((CONDITION.newly_requested() & ~RENEWED) | CONDITION.initial_evaluation())
    & ~CONDITION.any_deps_in_progress()
    & ~CONDITION.in_progress()
    & ~CONDITION.missing()
    & CONDITION.all_deps_blocking_checks_passed()
)
"""Rebuild when something upstream was, or the table itself would be another now; months that never landed are no reason
to wait. What has never been built waits for the world's first build, which is one run of everything. Unlike in
`eager()`, an update that falls between two looks together with the asset's own build is not taken for one that the
build has seen."""

RETRY_BUSY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


def months_in(context: Any) -> MonthRange | None:
    """The months a step is asked to build; None for an asset without partitions."""
    if not context.has_partition_key_range and not context.has_partition_key:
        return None
    keys = context.partition_key_range
    return MonthRange.of_keys(keys.start, keys.end)


def lake_table(
    sql: Path,
    contract: Contract,
    *,
    group: str,
    monthly: bool = False,
    plot: Plot | None = None,
    listings: Mapping[str, str] = NO_LISTINGS,
) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """A Delta table of `cleandata`, and its check. `listings` are queries over `{table}` whose rows its metadata shows."""
    model = SqlModel.load("cleandata", sql)
    key = dg.AssetKey([model.schema, model.table])

    @dg.asset(  # type: ignore[untyped-decorator]
        key=key,
        required_resource_keys={"compute", "lake"},
        kinds={"sql", "delta"},
        pool=LAKE_POOL,
        **_common(model, contract, group, monthly, plot=plot),
    )
    def table(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return build_in_lake(context, model, contract, months_in(context) if monthly else None, plot, listings)

    return [table, lake_check(key, contract)]


def build_in_lake(
    context: Any,
    model: SqlModel,
    contract: Contract,
    months: MonthRange | None = None,
    plot: Plot | None = None,
    listings: Mapping[str, str] = NO_LISTINGS,
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Build a Delta table in the body of its asset, which has the resources `compute` and `lake`."""
    try:
        built = context.resources.compute.build(model, contract, months, context=context)
    except ContractBreachError as breach:
        report_breach(context.instance, dg.AssetKey([model.schema, model.table]), breach)
        raise
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": built.state.rows,
            **({"dagster/partition_row_count": built.rows_written} if months else {}),
            "dagster/table_name": model.name,
            "size": dg.MetadataValue.int(built.state.bytes),
            "delta_version": built.state.version,
            **lineage_metadata(built.lineage),
            **_lake_metadata(
                context.resources.lake, (model.schema, model.table), contract, plot, built.state.nulls, listings
            ),
        },
    )


def lake_check(key: dg.AssetKey, contract: Contract) -> dg.AssetChecksDefinition:
    """The contract of a table of the lake as a check, whatever builds the table."""

    @dg.multi_asset_check(name=_check_name(key), specs=[contract_check(key, contract)], required_resource_keys={"lake"})
    def contract_holds(context: dg.AssetCheckExecutionContext) -> Any:
        yield contract_result(key, _verify_lake(context.resources.lake, (key.path[0], key.path[1]), contract))

    return contract_holds


def warehouse_table(
    sql: Path,
    contract: Contract,
    *,
    schema: str,
    group: str,
    month_column: str | None = None,
    plot: Plot | None = None,
    layout: Layout | None = None,
    view_of: Contract | None = None,
) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """A table of the warehouse that a SQL model builds in place, and its check.

    `layout` is how a dedicated pool lays it out, where its name and columns do not tell. What would say the rows of
    a lake's table once more is a view of its files where the warehouse can read them: DuckDB, in a folder. `view_of` is
    that table's contract, which what is passed along has kept already.
    """
    model = SqlModel.load(schema, sql)
    key = dg.AssetKey([model.schema, model.table])
    common = _common(model, contract, group, bool(month_column), month_column, plot)
    layout = layout or layout_of((model.schema, model.table), contract)
    said_before = {"view_of": dg.MetadataValue.json(view_of.to_json())} if view_of else {}

    @dg.asset(  # type: ignore[untyped-decorator]
        key=key,
        io_manager_key="warehouse_io_manager",
        kinds={"sql", "duckdb"},
        pool=WAREHOUSE_POOL,
        **{
            **common,
            "metadata": {**common["metadata"], "layout": dg.MetadataValue.json(asdict(layout)), **said_before},
        },
    )
    def table() -> SqlModel:
        return model

    return [table, warehouse_check(key, contract)]


def warehouse_check(key: dg.AssetKey, contract: Contract) -> dg.AssetChecksDefinition:
    """The contract of a warehouse table as a check, whatever builds the table."""

    @dg.multi_asset_check(
        name=_check_name(key),
        specs=[contract_check(key, contract)],
        required_resource_keys={"warehouse"},
        pool=WAREHOUSE_POOL,
    )
    def contract_holds(context: dg.AssetCheckExecutionContext) -> Any:
        yield _verified(context.resources.warehouse, key, contract)

    return contract_holds


def _verified(warehouse: Warehouse, key: dg.AssetKey, contract: Contract) -> dg.AssetCheckResult:
    return contract_result(key, warehouse.verify((key.path[0], key.path[1]), contract))


def _check_name(key: dg.AssetKey) -> str:
    return f"contract_of_{key.path[-1]}"


def _common(
    model: SqlModel,
    contract: Contract,
    group: str,
    monthly: bool,
    month_column: str | None = None,
    plot: Plot | None = None,
) -> dict[str, Any]:
    metadata = definition_metadata(contract, plot)
    if month_column:
        metadata["partition_expr"] = month_column
    if model.path:
        metadata["sql"] = dg.MetadataValue.md(f"```sql\n{model.sql}\n```")
    return {
        "code_version": code_version(model, contract),
        "deps": upstream_assets(model),
        "description": contract.description,
        "group_name": group,
        "owners": OWNERS,
        "metadata": metadata,
        "retry_policy": RETRY_BUSY,
        "partitions_def": MONTHS if monthly else None,
        "tags": {"partitions": "monthly"} if monthly else None,  # by which the job of the months finds it
        "backfill_policy": dg.BackfillPolicy.single_run() if monthly else None,
        "automation_condition": None if monthly else FOLLOW,
    }


def code_version(model: SqlModel, contract: Contract) -> str:
    """Another one where a table would be another: its SQL, or what it promises."""
    return hashlib.sha256(f"{model.code}\n{contract.promise}".encode()).hexdigest()[:12]


def upstream_assets(model: SqlModel) -> Sequence[dg.AssetKey]:
    """The assets that build what a model reads."""
    return sorted({key for table in model.upstream for key in asset_keys(table)})


def _lake_metadata(
    lake: Any,
    table: tuple[str, str],
    contract: Contract,
    plot: Plot | None,
    nulls: Mapping[str, int],
    listings: Mapping[str, str],
) -> dict[str, Any]:
    from spotify_platform.lake.engine import answer, connect
    from spotify_platform.lake.relations import delta_query

    with connect() as connection:
        lake.register(connection)
        relation = f"({delta_query(lake, table)}) AS written"
        return table_metadata(lambda sql: answer(connection, sql), relation, contract, plot, nulls, listings)


def _verify_lake(lake: Any, table: tuple[str, str], contract: Contract) -> Evaluation:
    """The evaluation committed with the current version; a new one where somebody else wrote that version."""
    from spotify_platform.lake.engine import connect
    from spotify_platform.lake.relations import delta_query

    state = lake.state(table)
    if state is None:
        raise ConfigurationError(f"{'.'.join(table)} has not been built yet; materialize it first")
    if "evaluation" in state.commit:
        return Evaluation.from_json({**state.commit["evaluation"], "rows": state.rows})
    with connect() as connection:
        lake.register(connection)
        relation = f"({delta_query(lake, table)}) AS written"
        return evaluate(contract, relation, state.columns, connection)
