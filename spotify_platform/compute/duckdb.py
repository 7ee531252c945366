"""Compute in this process: DuckDB runs the model and writes the Parquet files, delta-rs commits them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.compute.interface import PARTITIONS, Built, is_monthly, require_same_columns
from spotify_platform.contract import (
    Column,
    Contract,
    Evaluation,
    Known,
    RowTest,
    evaluate,
    literal,
    quoted,
    require,
    tests_of,
)
from spotify_platform.errors import ModelError
from spotify_platform.lake.engine import connect, writing_enums
from spotify_platform.lake.interface import DataFile, Lake, Table
from spotify_platform.lake.relations import FILES, LABELS, addresses, bind, extent, labels_as_words, manifest_of
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel

if TYPE_CHECKING:
    from dagster import AssetExecutionContext
    from duckdb import DuckDBPyConnection

CODEC = "snappy"
"""Of the lake's tables: what every engine reads, COPY INTO of a pool included."""
STRAY = "outside of the months asked for"
SLICE_ROWS = 50_000
"""Rows a month from which the months of a large table are written one after another. Texts that DuckDB sorts into the
files of many months cost as much again as writing them, and memory for all of them; below that, a query for each
month costs more."""
STATISTICS = ("BIGINT", "SMALLINT", "INTEGER", "DATE")
"""Types whose least and greatest values Delta keeps: texts prune little and cost space."""


@dataclass(frozen=True)
class DuckDBCompute:
    """A `Compute` with a bound on memory and threads; what does not fit is spilled into `scratch`."""

    lake: Lake
    threads: int
    memory_limit: str
    scratch: Path
    slice_rows: int = SLICE_ROWS

    def build(
        self,
        model: SqlModel,
        contract: Contract,
        months: MonthRange | None = None,
        *,
        context: "AssetExecutionContext | None" = None,
    ) -> Built:
        from spotify_platform.sql.lineage import column_lineage

        table = (model.schema, model.table)
        monthly = is_monthly(contract)
        previous = self.lake.state(table)
        if months:
            require_same_columns(model, contract, previous)
        with self.connect(model, months) as connection:
            lineage = column_lineage(model, schemas(connection, model))
            files: list[DataFile] = []
            try:
                for part in self._write_months(connection, model, months) if monthly and contract.large else [months]:
                    files += _write(connection, model, contract, self.lake.stage(table), part, monthly)
                outside = [file.path for file in files if months and file.partition not in months.partitions]
                if outside:
                    raise ModelError(f"{model.origin}: rows {STRAY}, in {', '.join(outside[:3])}")
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

    def _write_months(
        self, connection: "DuckDBPyConnection", model: SqlModel, months: MonthRange | None
    ) -> Iterator[MonthRange | None]:
        """The parts in which a monthly table is written; each is what the connection's upstream tables hold."""
        landed = manifest_of(self.lake, model.upstream)
        found, rows = extent(self.lake, model.upstream, landed)
        parts = sorted(month for month in found if months is None or month in months)
        if not parts or rows < self.slice_rows * len(found):
            yield months
            return
        bind(connection, self.lake, model.upstream, months, landed, as_words=True)
        of_months = [table for table in model.upstream if table not in (FILES, LABELS)]
        for month in parts:
            part = MonthRange(month, month)
            bind(connection, self.lake, of_months, part, landed, as_words=True)
            if LABELS in model.upstream:
                labels_as_words(connection)
            yield part

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
            # DuckDB takes what a GROUP BY … HAVING leaves for many rows, and would hash the long side of a join
            # instead of the short one, which the models name last: three times the cost of the conflicts of charts.
            connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
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
    connection: "DuckDBPyConnection",
    model: SqlModel,
    contract: Contract,
    folder: Path,
    months: MonthRange | None,
    monthly: bool,
) -> list[DataFile]:
    """Run the model into Parquet files below `folder`."""
    columns = _typed_columns(connection, model, contract)
    if monthly and months and months.first == months.last:
        return _write_month(connection, model, contract, columns, folder, months)
    target = folder
    options = f"PARTITION_BY ({', '.join(PARTITIONS)}), OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'part-{{uuid}}'"
    if not monthly:
        target, options = folder / _part_name(), ""
    query = f"SELECT {_listed(columns)} FROM ({model.sql}) AS model"
    return [_data_file(row, folder, contract) for row in _copy(connection, query, target, options)]


def _write_month(
    connection: "DuckDBPyConnection",
    model: SqlModel,
    contract: Contract,
    columns: Mapping[str, str],
    folder: Path,
    month: MonthRange,
) -> list[DataFile]:
    """The same for one month: its file lies where the partition's files lie; `columns` are names and expressions."""
    import duckdb

    [partition] = month.partitions
    target = folder.joinpath(*(f"{name}={value}" for name, value in partition.items()), _part_name())
    target.parent.mkdir(parents=True, exist_ok=True)
    inside = " AND ".join(f"{quoted(name)} = {value}" for name, value in partition.items())
    found = ", '/', ".join(f"{literal(name + '=')}, {quoted(name)}" for name in partition)
    written = {name: expression for name, expression in columns.items() if name not in PARTITIONS}
    first = next(iter(written))
    # In a column that is written, and no WHERE: filters are tried in any order, on rows that others leave out too.
    guarded = f"""
        SELECT * REPLACE (CASE WHEN {inside} THEN {quoted(first)}
                          ELSE error(concat({literal(STRAY)}, ', in ', {found}, '/')) END AS {quoted(first)})
        FROM ({model.sql}) AS model"""
    query = f"SELECT {_listed(written)} FROM ({guarded}) AS guarded"
    try:
        with writing_enums(connection):
            [row] = _copy(connection, query, target, "")
    except duckdb.InvalidInputException as error:
        _, stray, where = str(error).partition(STRAY)
        if stray:
            raise ModelError(f"{model.origin}: rows {stray}{where}") from None
        raise
    file = replace(_data_file(row, folder, contract), partition=partition)
    if not file.rows:
        target.unlink()
    return [file] if file.rows else []


def _copy(connection: "DuckDBPyConnection", query: str, target: Path, options: str) -> list[tuple[Any, ...]]:
    """Run a query into Parquet; DuckDB's statistics, a row for each file."""
    parquet = f"FORMAT parquet, COMPRESSION {CODEC}, RETURN_STATS"
    every = f"{parquet}, {options}" if options else parquet
    return connection.execute(f"COPY ({query}) TO {literal(str(target))} ({every})").fetchall()


def _typed_columns(connection: "DuckDBPyConnection", model: SqlModel, contract: Contract) -> dict[str, str]:
    """The columns of the contract in its order, each as its type. Words remain an ENUM, which is written as text."""
    relation = connection.sql(model.sql)
    words = {name for name, type in zip(relation.columns, relation.types, strict=True) if type.id == "enum"}
    return {
        c.name: quoted(c.name) if c.type == "VARCHAR" and c.name in words else f"CAST({quoted(c.name)} AS {c.type})"
        for c in contract.columns
    }


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {quoted(name)}" for name, expression in columns.items())


def _part_name() -> str:
    import uuid

    return f"part-{uuid.uuid4()}.parquet"


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
    connection: "DuckDBPyConnection",
    contract: Contract,
    folder: Path,
    staged: list[DataFile],
    monthly: bool,
) -> Evaluation:
    written = [str(folder / file.path) for file in staged if file.rows]
    if not written:
        return evaluate(contract, f"(SELECT {_nulls(contract)} WHERE FALSE) AS nothing", contract.types, connection)
    typed = f", hive_types = {{{', '.join(f'{literal(p)}: INTEGER' for p in PARTITIONS)}}}" if monthly else ""
    columns = ", ".join(quoted(name) for name in contract.names)  # any folder above named a=b looks like a partition
    files = f"read_parquet({addresses(written)}, hive_partitioning = {monthly}{typed})"
    relation = f"(SELECT {columns} FROM {files}) AS written"
    types = {r[0]: r[1] for r in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
    return evaluate(contract, relation, types, connection, Known(_known_to_hold(contract, types, staged)))


def _known_to_hold(contract: Contract, types: Mapping[str, str], files: Sequence[DataFile]) -> set[RowTest]:
    """The tests that hold by the files' own statistics and their partitions, so that no row need be looked at."""
    columns = {column.name: column for column in contract.columns}

    def holds(test: RowTest) -> bool:
        column = columns[test.column]
        if test.rule == "required":
            return all(_is_filled(column.name, file) for file in files)
        return not column.accepted and all(_within(column, file) for file in files)

    return {test for test in tests_of(contract, types) if holds(test)}


def _is_filled(column: str, file: DataFile) -> bool:
    """Whether a column of a file is known to have no nulls; those of a partition are a None of its own."""
    return file.partition.get(column) is not None or file.nulls.get(column, 1) == 0


def _within(column: Column, file: DataFile) -> bool:
    """Whether all values of a file lie in the column's range; False where neither partition nor statistics tell."""
    least: Any = file.minimum.get(column.name)
    greatest: Any = file.maximum.get(column.name)
    if file.partition.get(column.name) is not None:
        least = greatest = int(file.partition[column.name])
    if least is None:
        return file.nulls.get(column.name) == file.rows
    return (column.minimum is None or least >= column.minimum) and (
        column.maximum is None or greatest <= column.maximum
    )


def _nulls(contract: Contract) -> str:
    return ", ".join(f"CAST(NULL AS {c.type}) AS {quoted(c.name)}" for c in contract.columns)
