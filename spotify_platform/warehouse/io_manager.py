"""The warehouse IO manager on DuckDB: SQL models run in place, pandas and Arrow are stored and loaded.

Built on dagster-duckdb and dagster-duckdb-pandas. What they do not give is added here, in one place:
a transaction around delete and insert, insertion by column name, the contract before the commit, and a
connection that is released on every path. `DbTypeHandler` and its kin are undocumented but are what
every official warehouse manager builds on; nothing else imports them.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
from dagster._core.definitions.partitions.utils import TimeWindow
from dagster._core.storage.db_io_manager import DbClient, DbIOManager, DbTypeHandler, TableSlice
from dagster_duckdb.io_manager import DuckDbClient
from dagster_duckdb_pandas import DuckDBPandasTypeHandler
from duckdb import DuckDBPyConnection

from spotify_platform.compute.duckdb import schemas
from spotify_platform.contract import NOTHING_KNOWN, Contract, Known, inherited
from spotify_platform.errors import ContractBreachError
from spotify_platform.lake.engine import answer
from spotify_platform.lake.interface import Lake
from spotify_platform.lake.relations import bind, delta_query
from spotify_platform.metadata import Plot, lineage_metadata, report_breach, table_metadata
from spotify_platform.months import MonthRange
from spotify_platform.sql.lineage import column_lineage, passed_along
from spotify_platform.sql.model import SqlModel
from spotify_platform.sql.restrict import renamed, restrict
from spotify_platform.warehouse.duckdb import DuckDBWarehouse, in_months, monthly_tables, store
from spotify_platform.warehouse.interface import Stored
from spotify_platform.warehouse.tsql import Layout

__all__ = ["DbClient", "DbIOManager", "DbTypeHandler", "TableSlice"]


class WarehouseClient(DuckDbClient):
    """Hands out the warehouse's one connection; replacing rows is the handlers' work, in a transaction."""

    def __init__(self, warehouse: DuckDBWarehouse) -> None:
        self.warehouse = warehouse

    @contextmanager
    def connect(self, context: Any, table_slice: TableSlice) -> Iterator[DuckDBPyConnection]:  # type: ignore[override]
        with self.warehouse.connect() as connection:
            yield connection

    @staticmethod
    def ensure_schema_exists(context: Any, table_slice: TableSlice, connection: Any) -> None:
        """The handlers create it, in their transaction."""

    @staticmethod
    def delete_table_slice(context: Any, table_slice: TableSlice, connection: Any) -> None:
        """The handlers delete, in their transaction."""


def warehouse_io_manager(warehouse: DuckDBWarehouse, lake: Lake) -> DbIOManager:
    return DbIOManager(
        type_handlers=[SqlModelHandler(lake), PandasHandler(), ArrowHandler()],
        db_client=WarehouseClient(warehouse),
        database=str(warehouse.file),
        io_manager_name="WarehouseIOManager",
        default_load_type=pa.Table,
    )


class SqlModelHandler(DbTypeHandler[SqlModel]):
    """Runs a model in place: its rows never leave the warehouse."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def handle_output(
        self, context: dg.OutputContext, table_slice: TableSlice, obj: SqlModel, connection: DuckDBPyConnection
    ) -> Mapping[str, Any]:
        months = months_of(table_slice)
        bind(connection, self.lake, obj.upstream, months)
        declared = Declared.of(context)
        if declared.view_of and self.lake.is_local:
            metadata = self._define_view(context, table_slice, obj, connection, declared.view_of)
            return {**metadata, **lineage_metadata(column_lineage(obj, schemas(connection, obj)))}
        monthly = monthly_tables(connection)
        limits = {t: in_months(monthly[t], months) for t in obj.upstream if months and t in monthly}
        sql = restrict(obj.sql, limits) if limits else obj.sql
        metadata = write(context, table_slice, sql, connection)
        return {**metadata, **lineage_metadata(column_lineage(obj, schemas(connection, obj)))}

    def _define_view(
        self,
        context: dg.OutputContext,
        table_slice: TableSlice,
        model: SqlModel,
        connection: DuckDBPyConnection,
        source: Contract,
    ) -> Mapping[str, Any]:
        """A view of the files of a lake's table, which kept the contract `source` when it was committed."""
        [table] = model.upstream
        select = renamed(model.sql, {table: f"({delta_query(self.lake, table)})"}, "duckdb")
        state, passed = self.lake.state(table), passed_along(model)
        if state is None or "evaluation" not in state.commit:  # somebody else's table keeps nothing that we know of
            return write(context, table_slice, select, connection, as_view=True)
        known = inherited(Declared.of(context).contract, source, passed)
        nulls = {column: number for column, number in state.nulls.items() if column in passed}
        return write(context, table_slice, select, connection, as_view=True, known=known, nulls=nulls)

    def load_input(self, context: dg.InputContext, table_slice: TableSlice, connection: Any) -> SqlModel:
        raise NotImplementedError("a SQL model names the tables it reads; load pandas.DataFrame or pyarrow.Table")

    @property
    def supported_types(self) -> Sequence[type[object]]:
        return [SqlModel]


class PandasHandler(DuckDBPandasTypeHandler):
    """pandas, stored by name in a transaction; loaded as dagster-duckdb-pandas does it."""

    def handle_output(
        self, context: dg.OutputContext, table_slice: TableSlice, obj: pd.DataFrame, connection: Any
    ) -> Mapping[str, Any]:
        connection.register("frame", obj)
        return write(context, table_slice, "SELECT * FROM frame", connection)


class ArrowHandler(DbTypeHandler[pa.Table]):
    """Arrow tables, without a detour through pandas."""

    def handle_output(
        self, context: dg.OutputContext, table_slice: TableSlice, obj: pa.Table, connection: DuckDBPyConnection
    ) -> Mapping[str, Any]:
        connection.register("frame", obj)
        return write(context, table_slice, "SELECT * FROM frame", connection)

    def load_input(self, context: dg.InputContext, table_slice: TableSlice, connection: DuckDBPyConnection) -> pa.Table:
        return connection.sql(DuckDbClient.get_select_statement(table_slice)).to_arrow_table()

    @property
    def supported_types(self) -> Sequence[type[object]]:
        return [pa.Table]


def write(
    context: dg.OutputContext,
    table_slice: TableSlice,
    select: str,
    connection: DuckDBPyConnection,
    *,
    as_view: bool = False,
    known: Known = NOTHING_KNOWN,
    nulls: Mapping[str, int] | None = None,
) -> Mapping[str, Any]:
    """Store under the contract in the asset's metadata; a breach is reported as failed checks and raised.

    What is `known` is not tested, and `nulls`, rows without a value by column, are not counted.
    """
    declared, months = Declared.of(context), months_of(table_slice)
    contract, plot = declared.contract, declared.plot
    table = (table_slice.schema, table_slice.table)
    with breaches_reported(context):
        stored = store(
            connection,
            table,
            select,
            contract,
            month_column=declared.month_column,
            months=months,
            as_view=as_view,
            known=known,
        )
    return {
        **counts(stored, months),
        **table_metadata(lambda sql: answer(connection, sql), f"{table[0]}.{table[1]}", contract, plot, nulls),
    }


@dataclass(frozen=True)
class Declared:
    """What an asset's metadata says of its table."""

    contract: Contract
    plot: Plot | None
    month_column: str | None
    layout: Layout | None
    view_of: Contract | None = None

    @classmethod
    def of(cls, context: dg.OutputContext) -> "Declared":
        metadata = context.definition_metadata or {}
        layout = metadata["layout"].data if "layout" in metadata else None
        return cls(
            Contract.from_json(metadata["contract"].data),
            Plot(**metadata["plot"].data) if "plot" in metadata else None,
            metadata.get("partition_expr"),
            Layout(**{**layout, "statistics": tuple(layout["statistics"])}) if layout else None,
            Contract.from_json(metadata["view_of"].data) if "view_of" in metadata else None,
        )


@contextmanager
def breaches_reported(context: dg.OutputContext) -> Iterator[None]:
    """A table that is not committed shows as failed checks."""
    try:
        yield
    except ContractBreachError as breach:
        report_breach(context.step_context.instance, context.asset_key, breach)
        raise


def counts(stored: Stored, months: MonthRange | None) -> dict[str, int]:
    return {
        "dagster/row_count": stored.rows,
        **({"dagster/partition_row_count": stored.rows_written} if months else {}),
    }


def months_of(table_slice: TableSlice) -> MonthRange | None:
    """The months of a slice; None for a table without partitions."""
    for dimension in table_slice.partition_dimensions or ():
        if isinstance(dimension.partitions, TimeWindow):
            first, end = dimension.partitions
            last = end - dt.timedelta(days=1)
            return MonthRange(first.year * 100 + first.month, last.year * 100 + last.month)
    return None
