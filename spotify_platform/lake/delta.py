"""Delta tables through delta-rs: register Parquet files that an engine wrote, and read a table's state.

Writing the files is the engine's work; the transaction is ours. That costs half of streaming the rows
through `write_deltalake`, and the statistics come from the engine's own Parquet footers.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import BusyError
from spotify_platform.lake.interface import DataFile, TableState

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable, Schema

ARROW_TYPES = {
    "VARCHAR": "string",
    "BOOLEAN": "bool_",
    "SMALLINT": "int16",
    "INTEGER": "int32",
    "BIGINT": "int64",
    "DOUBLE": "float64",
    "DATE": "date32",
}
"""DuckDB's types and pyarrow's constructors of theirs."""
DUCKDB_TYPES = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "short": "SMALLINT",
    "integer": "INTEGER",
    "long": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp_ntz": "TIMESTAMP",
}
COMMIT_KEY = "spotify_platform"


def arrow_type(type: str) -> "pa.DataType":
    """Arrow's type of a contract's type."""
    import pyarrow as pa

    return pa.timestamp("us") if type == "TIMESTAMP" else getattr(pa, ARROW_TYPES[type])()


def delta_schema(columns: Mapping[str, str]) -> "Schema":
    """Delta's schema of columns given as name → DuckDB type."""
    import pyarrow as pa
    from deltalake import Schema

    return Schema.from_arrow(pa.schema([(n, arrow_type(t)) for n, t in columns.items()]))


def open_table(uri: str, options: Mapping[str, str]) -> "DeltaTable | None":
    """The table, or None where there is none yet. Any other failure is raised: it is no empty table."""
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    try:
        return DeltaTable(uri, storage_options=dict(options))
    except TableNotFoundError:
        return None


def commit_files(
    uri: str,
    options: Mapping[str, str],
    files: Sequence[DataFile],
    columns: Mapping[str, str],
    *,
    partition_by: Sequence[str],
    replace: Sequence[Mapping[str, str]] | None,
    commit: Mapping[str, Any],
    now_ms: int,
) -> None:
    """Add `files` and remove what they replace, in one transaction.

    `replace` None replaces the whole table; a list replaces those partitions (column → value). A table
    whose columns changed is replaced whole: its schema belongs to the commit.
    """
    from deltalake import CommitProperties
    from deltalake.exceptions import CommitFailedError
    from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

    schema = delta_schema(columns)
    adds = [
        AddAction(file.path, file.size, dict(file.partition), now_ms, True, json.dumps(_statistics(file)))
        for file in files
    ]
    properties = CommitProperties(custom_metadata={COMMIT_KEY: dict(commit)}, max_commit_retries=0)
    table = open_table(uri, options)
    try:
        if table is None or replace is None:
            create_table_with_add_actions(
                uri,
                schema,
                adds,
                mode="overwrite",
                partition_by=list(partition_by),
                storage_options=dict(options),
                commit_properties=properties,
            )
            return
        removes = [
            RemoveAction(path, True, now_ms, size=size, partition_values=partition)
            for path, size, partition in _current_files(table, partition_by)
            if partition in list(replace)
        ]
        table.create_write_transaction(
            [*removes, *adds],
            mode="append",
            schema=schema,
            partition_by=list(partition_by),
            commit_properties=properties,
        )
    except CommitFailedError as error:
        raise BusyError(f"another writer committed to {uri} first; run again: {error}") from error


def table_state(uri: str, table: "DeltaTable") -> TableState:
    """The state of the table at `uri`; its files are addressed as `uri` is written, not percent-encoded."""
    actions = _actions(table, flatten=True)
    last_commit = _notes(table.history(1)[0])
    rows = actions["num_records"]
    columns = {field.name: DUCKDB_TYPES[field.type.type] for field in table.schema().fields}
    nulls = {name: actions.get(f"null_count.{name}", [None]) for name in columns}
    return TableState(
        version=table.version(),
        files=tuple(f"{uri}/{path}" for path in actions["path"]),
        columns=columns,
        partition_by=tuple(table.metadata().partition_columns),
        rows=sum(int(n or 0) for n in rows),
        bytes=sum(int(n or 0) for n in actions["size_bytes"]),
        nulls={name: sum(counts) for name, counts in nulls.items() if None not in counts},
        commit=last_commit,
    )


def obsolete_files(table: "DeltaTable", hours: int) -> list[str]:
    """Paths below the table that its current version does not name, nor any other did in the last `hours`.

    They are found as Delta's own vacuum finds them, and not removed: that would be a commit without our notes.
    """
    return list(table.vacuum(retention_hours=hours, dry_run=True, enforce_retention_duration=False, full=True))


def _notes(commit: Mapping[str, Any]) -> dict[str, Any]:
    """What the platform kept with a commit: delta-rs has it under our key, Spark in its user metadata."""
    notes = commit.get(COMMIT_KEY, {})
    if not notes and isinstance(said := commit.get("userMetadata"), str) and said.startswith("{"):
        notes = json.loads(said).get(COMMIT_KEY, {})
    return json.loads(notes) if isinstance(notes, str) else notes  # type: ignore[no-any-return]


def _actions(table: "DeltaTable", flatten: bool) -> dict[str, list[Any]]:
    actions = table.get_add_actions(flatten=flatten)  # as they are: pyarrow's tables import pandas
    return {name: actions.column(name).to_pylist() for name in actions.column_names}  # type: ignore[misc]


def _current_files(table: "DeltaTable", partition_by: Sequence[str]) -> list[tuple[str, int, dict[str, str | None]]]:
    actions = _actions(table, flatten=True)
    partitions: list[dict[str, str | None]] = [
        {name: str(actions[f"partition.{name}"][i]) for name in partition_by} for i in range(len(actions["path"]))
    ]
    return list(zip(actions["path"], actions["size_bytes"], partitions, strict=True))


def _statistics(file: DataFile) -> dict[str, Any]:
    return {
        "numRecords": file.rows,
        "minValues": dict(file.minimum),
        "maxValues": dict(file.maximum),
        "nullCount": dict(file.nulls),
    }
