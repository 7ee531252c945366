"""The warehouse IO manager on Synapse and Fabric: SQL models run in the pool, pandas and Arrow are staged and loaded."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.interface import Lake
from spotify_platform.metadata import lineage_metadata, table_metadata
from spotify_platform.months import MonthRange
from spotify_platform.sql import engines
from spotify_platform.sql.lineage import column_lineage
from spotify_platform.sql.model import SqlModel, TableName
from spotify_platform.warehouse import tsql
from spotify_platform.warehouse.interface import Stored
from spotify_platform.warehouse.io_manager import (
    DbClient,
    DbIOManager,
    DbTypeHandler,
    Declared,
    TableSlice,
    breaches_reported,
    counts,
    months_of,
)
from spotify_platform.warehouse.synapse import Session, SynapseWarehouse, Target, column_types, columns_of
from spotify_platform.warehouse.synapse_lake import load_lake_table


class PoolClient(DbClient[Session]):
    """Hands out the pool's one writing connection; replacing rows is the handlers' work."""

    def __init__(self, warehouse: SynapseWarehouse) -> None:
        self.warehouse = warehouse

    @contextmanager
    def connect(self, context: Any, table_slice: TableSlice) -> Iterator[Session]:  # type: ignore[override]
        with self.warehouse.connect() as session:
            yield session

    @staticmethod
    def ensure_schema_exists(context: Any, table_slice: TableSlice, connection: Any) -> None:
        """The warehouse makes it when it writes the table."""

    @staticmethod
    def delete_table_slice(context: Any, table_slice: TableSlice, connection: Any) -> None:
        """The warehouse replaces rows itself, at once."""

    @staticmethod
    def get_select_statement(table_slice: TableSlice) -> str:
        table, months = (table_slice.schema, table_slice.table), months_of(table_slice)
        within = ""
        for dimension in table_slice.partition_dimensions or ():
            if months:
                within = tsql.days(dimension.partition_expr, months.start.isoformat(), months.end.isoformat())
        if table_slice.columns:
            return tsql.select_all(table, table_slice.columns, within)
        return f"SELECT * FROM {tsql.named(table)}" + (f" WHERE {within}" if within else "")


def synapse_io_manager(warehouse: SynapseWarehouse, lake: Lake) -> DbIOManager:
    return DbIOManager(
        type_handlers=[ModelHandler(warehouse, lake), PandasHandler(warehouse), ArrowHandler(warehouse)],
        db_client=PoolClient(warehouse),
        database=warehouse.database,
        io_manager_name="WarehouseIOManager",
        default_load_type=pa.Table,
    )


class ModelHandler(DbTypeHandler[SqlModel]):
    """Runs a model in the pool, on the current version of the lake's tables that it reads."""

    def __init__(self, warehouse: SynapseWarehouse, lake: Lake) -> None:
        self.warehouse, self.lake = warehouse, lake

    def handle_output(
        self, context: dg.OutputContext, table_slice: TableSlice, obj: SqlModel, connection: Session
    ) -> Mapping[str, Any]:
        table, declared, months = (table_slice.schema, table_slice.table), Declared.of(context), months_of(table_slice)
        for upstream in obj.upstream:
            if upstream[0] == "cleandata":
                load_lake_table(self.warehouse, connection, self.lake, upstream)
        found = columns_of(connection, sorted({schema for schema, _ in obj.upstream})) if obj.upstream else {}
        columns = {upstream: found.get(upstream, {}) for upstream in obj.upstream}
        unbuilt = [".".join(upstream) for upstream, types in columns.items() if not types]
        if unbuilt:
            raise ConfigurationError(f"{', '.join(unbuilt)} has not been built yet; materialize it first")
        limits = self._limits(connection, obj, columns, months) if months else {}
        with breaches_reported(context):
            stored = self.warehouse.store_model(connection, target_of(table, declared, months), obj, limits)
        return {
            **described(self.warehouse, connection, table, declared, stored, months),
            **lineage_metadata(column_lineage(obj, columns)),
        }

    def _limits(
        self,
        session: Session,
        model: SqlModel,
        columns: Mapping[TableName, Mapping[str, str]],
        months: MonthRange,
    ) -> dict[TableName, str]:
        """Conditions, in the models' dialect, that leave of every monthly table the months that are built."""
        monthly = self.warehouse.monthly_tables(session)
        limits = {
            table: f"{monthly[table]} >= DATE '{months.start}' AND {monthly[table]} < DATE '{months.end}'"
            for table in model.upstream
            if table in monthly
        }
        for table in model.upstream:
            if table[0] == "cleandata" and {"year", "month"} <= set(columns[table]):
                limits[table] = f"year * 100 + month BETWEEN {months.first} AND {months.last}"
        return limits

    def load_input(self, context: dg.InputContext, table_slice: TableSlice, connection: Any) -> SqlModel:
        raise NotImplementedError("a SQL model names the tables it reads; load pandas.DataFrame or pyarrow.Table")

    @property
    def supported_types(self) -> Sequence[type[object]]:
        return [SqlModel]


class ArrowHandler(DbTypeHandler[Any]):
    """Arrow tables: staged as Parquet, loaded by COPY INTO; fetched as Arrow."""

    def __init__(self, warehouse: SynapseWarehouse) -> None:
        self.warehouse = warehouse

    def handle_output(
        self, context: dg.OutputContext, table_slice: TableSlice, obj: Any, connection: Session
    ) -> Mapping[str, Any]:
        table, declared, months = (table_slice.schema, table_slice.table), Declared.of(context), months_of(table_slice)
        with breaches_reported(context):
            stored = self.warehouse.store_frame(connection, target_of(table, declared, months), self.to_arrow(obj))
        return described(self.warehouse, connection, table, declared, stored, months)

    def load_input(self, context: dg.InputContext, table_slice: TableSlice, connection: Session) -> Any:
        if not column_types(connection, (table_slice.schema, table_slice.table)):
            raise ConfigurationError(f"{table_slice.schema}.{table_slice.table} has not been built yet")
        return self.from_arrow(connection.arrow(PoolClient.get_select_statement(table_slice)))

    def to_arrow(self, obj: Any) -> pa.Table:
        return obj

    def from_arrow(self, table: pa.Table) -> Any:
        return table

    @property
    def supported_types(self) -> Sequence[type[object]]:
        return [pa.Table]


class PandasHandler(ArrowHandler):
    """The same for pandas."""

    def to_arrow(self, obj: Any) -> pa.Table:
        return pa.Table.from_pandas(obj, preserve_index=False)

    def from_arrow(self, table: pa.Table) -> Any:
        return table.to_pandas()

    @property
    def supported_types(self) -> Sequence[type[object]]:
        return [pd.DataFrame]


def target_of(table: tsql.Name, declared: Declared, months: MonthRange | None) -> Target:
    layout = declared.layout or tsql.layout_of(table, declared.contract)
    return Target(table, declared.contract, layout, declared.month_column, months)


def described(
    warehouse: SynapseWarehouse,
    session: Session,
    table: tsql.Name,
    declared: Declared,
    stored: Stored,
    months: MonthRange | None,
) -> dict[str, Any]:
    """What the Dagster UI shows of the table."""

    def ask(sql: str) -> Any:
        return session.answer(engines.write_tsql(engines.parse(sql), warehouse.pool))

    return {
        **counts(stored, months),
        **table_metadata(ask, f"{table[0]}.{table[1]}", declared.contract, declared.plot),
    }
