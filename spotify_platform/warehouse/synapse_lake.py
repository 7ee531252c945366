"""The pool's copies of the lake's Delta tables, which models read: only months whose files changed are loaded."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.interface import Lake, Table, TableState
from spotify_platform.lake.relations import MONTH_FOLDER
from spotify_platform.warehouse import tsql
from spotify_platform.warehouse.synapse import (
    WHOLE,
    Session,
    SynapseWarehouse,
    beside,
    column_types,
    copy_layout,
    digest_of,
)


def load_lake_table(warehouse: SynapseWarehouse, session: Session, lake: Lake, table: Table) -> None:
    """Make the pool's copy of a Delta table its current version. Raises `ConfigurationError` where there is none."""
    state = lake.state(table)
    if state is None:
        raise ConfigurationError(f"{'.'.join(table)} has not been built yet; materialize it first")
    warehouse.prepare(session, table)
    name, types, slices = ".".join(table), dict(state.columns), _slices(state)
    known = warehouse.digests(session, name)
    if column_types(session, table) != types:
        with session.transaction():
            session.execute(tsql.delete(tsql.DIGESTS, tsql.equals({"object": name})))
        session.execute(tsql.drop_table(table))
        session.execute(tsql.create_table(warehouse.pool, table, types, copy_layout(types)))
        known = {}
    for month in sorted(slices.keys() | known.keys()):
        files = slices.get(month, ())
        if known.get(month) != (digest_of(files) if files else None):
            _load_slice(warehouse, session, lake, table, state, month, files)


def _load_slice(
    warehouse: SynapseWarehouse,
    session: Session,
    lake: Lake,
    table: Table,
    state: TableState,
    month: int,
    files: Sequence[str],
) -> None:
    """Replace the rows of a month, or all of them, by those of the files, whose columns lack those of the partition."""
    within = {"year": month // 100, "month": month % 100} if month else {}
    own = {name: type for name, type in state.columns.items() if name not in state.partition_by}
    load = beside(table, "load")
    try:
        if files:
            with _urls(warehouse, files, lake) as urls:
                warehouse.load(session, load, own, urls, _rows(lake, files))
        with session.transaction():
            session.execute(tsql.delete(table, tsql.equals(within)))
            if files:
                session.execute(tsql.insert_from(table, list(own), load, within))
            warehouse.note_digest(session, ".".join(table), month, digest_of(files) if files else None)
    finally:
        session.execute(tsql.drop_table(load))


@contextmanager
def _urls(warehouse: SynapseWarehouse, files: Sequence[str], lake: Lake) -> Iterator[list[str]]:
    """Where the pool finds the files of a table: where they lie, or staged if the lake is local."""
    if lake.is_local:
        with warehouse.uploaded([Path(file) for file in files]) as urls:
            yield urls
    else:
        yield [warehouse.storage.url(file) for file in files]


def _slices(state: TableState) -> dict[int, tuple[str, ...]]:
    """The files of each month, or of the whole."""
    if not state.partition_by:
        return {WHOLE: state.files}
    found: dict[int, tuple[str, ...]] = {}
    for file in state.files:
        [(year, month)] = re.findall(MONTH_FOLDER, file)
        key = int(year) * 100 + int(month)
        found[key] = (*found.get(key, ()), file)
    return found


def _rows(lake: Lake, files: Sequence[str]) -> int:
    """How many rows the files have, by their footers."""
    from spotify_platform.lake.engine import connect
    from spotify_platform.lake.relations import addresses

    with connect() as connection:
        lake.register(connection)
        [(rows,)] = connection.execute(f"SELECT COUNT(*) FROM read_parquet({addresses(files)})").fetchall()
    return int(rows)
