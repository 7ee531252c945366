"""Compute in this process: DuckDB runs the model and writes the Parquet files, delta-rs commits them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.compute.interface import Built
from spotify_platform.contract import Contract, Evaluation, evaluate, literal, quoted, require
from spotify_platform.errors import ConfigurationError, ModelError
from spotify_platform.lake.engine import connect
from spotify_platform.lake.interface import DataFile, Lake, Table
from spotify_platform.lake.relations import addresses, bind
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PARTITIONS = ("year", "month")
STATISTICS = ("BIGINT", "SMALLINT", "INTEGER", "DATE")
"""Types whose least and greatest values Delta keeps: texts prune little and cost space."""


@dataclass(frozen=True)
class DuckDBCompute:
    """A `Compute` with a bound on memory and threads; what does not fit is spilled into `scratch`."""

    lake: Lake
    threads: int
    memory_limit: str
    scratch: Path

    def build(self, model: SqlModel, contract: Contract, months: MonthRange | None = None) -> Built:
        from spotify_platform.sql.lineage import column_lineage

        table = (model.schema, model.table)
        monthly = set(PARTITIONS) <= set(contract.names)
        previous = self.lake.state(table)
        if months and previous and dict(previous.columns) != contract.types:
            raise ConfigurationError(f"the columns of {model.name} changed; build all of its months in one run")
        with self.connect(model, months) as connection:
            lineage = column_lineage(model, schemas(connection, model))
            files = _write(connection, model, contract, self.lake.stage(table), monthly)
            try:
                outside = [file.path for file in files if months and file.partition not in months.partitions]
                if outside:
                    raise ModelError(
                        f"{model.origin}: rows outside of the months asked for, in {', '.join(outside[:3])}"
                    )
                evaluation = _evaluate(connection, contract, self.lake.stage(table), files, monthly)
                require(contract, evaluation, model.name)
                state = self.lake.commit(
                    table,
                    files,
                    contract.types,
                    partition_by=PARTITIONS if monthly else (),
                    replace=months.partitions if months and previous else None,
                    commit={"evaluation": evaluation.to_json(), "model": model.table},
                )
            except BaseException:
                self._discard(table, files)
                raise
        rows = sum(file.rows for file in files)
        return Built(state, evaluation, rows, lineage)

    def _discard(self, table: Table, files: list[DataFile]) -> None:
        """Remove staged files, but for those that a commit took in before it was interrupted."""
        state = self.lake.state(table)
        committed = state.files if state else ()
        for file in files:
            path = self.lake.stage(table) / file.path
            if not any(name.endswith(file.path) for name in committed):
                path.unlink(missing_ok=True)

    @contextmanager
    def connect(self, model: SqlModel, months: MonthRange | None) -> "Iterator[DuckDBPyConnection]":
        """A connection on which the model's upstream tables exist."""
        with connect(self.threads, self.memory_limit, self.scratch) as connection:
            connection.execute("SET preserve_insertion_order = false")
            bind(connection, self.lake, model.upstream, months)
            yield connection


def schemas(connection: "DuckDBPyConnection", model: SqlModel) -> dict[tuple[str, str], dict[str, str]]:
    """Columns and types of the model's upstream tables, as the connection sees them."""
    return {
        (layer, name): {
            row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {layer}.{quoted(name)}").fetchall()
        }
        for layer, name in model.upstream
    }


def _write(
    connection: "DuckDBPyConnection", model: SqlModel, contract: Contract, folder: Path, monthly: bool
) -> list[DataFile]:
    """Run the model into Parquet files below `folder`, with types and order of columns from the contract."""
    columns = ", ".join(f"CAST({quoted(c.name)} AS {c.type}) AS {quoted(c.name)}" for c in contract.columns)
    options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, RETURN_STATS"
    if monthly:
        target = (
            f"{options}, PARTITION_BY ({', '.join(PARTITIONS)}), OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'part-{{uuid}}'"
        )
        path = folder
    else:
        import uuid

        target, path = options, folder / f"part-{uuid.uuid4()}.parquet"
    written = connection.execute(
        f"COPY (SELECT {columns} FROM ({model.sql}) AS model) TO {literal(str(path))} ({target})"
    ).fetchall()
    return [_data_file(row, folder, contract) for row in written]


def _data_file(row: tuple[Any, ...], folder: Path, contract: Contract) -> DataFile:
    """One row of DuckDB's RETURN_STATS: file, rows, size, footer, statistics by column, partition."""
    name, rows, size, _, statistics, partition, *_ = row
    found: Mapping[str, Mapping[str, str]] = {key.strip('"'): value for key, value in (statistics or {}).items()}
    kept = {c.name: c.type for c in contract.columns if c.type in STATISTICS and "min" in found.get(c.name, {})}
    return DataFile(
        path=Path(name).relative_to(folder).as_posix(),
        size=size,
        rows=rows,
        partition=dict(partition or {}),
        minimum={name: _typed(found[name]["min"], type) for name, type in kept.items()},
        maximum={name: _typed(found[name]["max"], type) for name, type in kept.items()},
        nulls={c: int(s["null_count"]) for c, s in found.items() if "null_count" in s and c in contract.names},
    )


def _typed(value: str, type: str) -> int | str:
    return value if type == "DATE" else int(value)


def _evaluate(
    connection: "DuckDBPyConnection", contract: Contract, folder: Path, staged: list[DataFile], monthly: bool
) -> Evaluation:
    written = [str(folder / file.path) for file in staged if file.rows]
    if not written:
        return evaluate(
            contract, f"(SELECT {_nulls(contract)} WHERE FALSE) AS nothing", contract.types, _run(connection)
        )
    typed = f", hive_types = {{{', '.join(f'{literal(p)}: INTEGER' for p in PARTITIONS)}}}" if monthly else ""
    columns = ", ".join(quoted(name) for name in contract.names)  # any folder above named a=b looks like a partition
    files = f"read_parquet({addresses(written)}, hive_partitioning = {monthly}{typed})"
    relation = f"(SELECT {columns} FROM {files}) AS written"
    types = {r[0]: r[1] for r in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
    return evaluate(contract, relation, types, _run(connection))


def _run(connection: "DuckDBPyConnection"):  # type: ignore[no-untyped-def]
    return lambda sql: connection.execute(sql).fetchall()


def _nulls(contract: Contract) -> str:
    return ", ".join(f"CAST(NULL AS {c.type}) AS {quoted(c.name)}" for c in contract.columns)
