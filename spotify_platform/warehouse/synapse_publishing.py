"""The published version in a pool: two slots hold copies of the tables, and one row says which of them readers see.

What changed is copied into the slot that nobody reads; then that row is updated, at once for every view. No view
ever names a table that is not there.
"""

from collections.abc import Collection, Mapping, Sequence

from spotify_platform.warehouse import tsql
from spotify_platform.warehouse.interface import Version, refuse_if_shrunk
from spotify_platform.warehouse.synapse import (
    SCHEMAS,
    WHOLE,
    Recorded,
    Session,
    SynapseWarehouse,
    column_types,
    copy_layout,
    digest_of,
)
from spotify_platform.warehouse.tsql import Name


def publish(
    warehouse: SynapseWarehouse, *, tolerance: float, published_at: str, may_shrink: Collection[Name] = ()
) -> Version:
    """Make what is built the published version. Raises `PublishRefusedError`; the published version then stays."""
    with warehouse.connect() as session:
        warehouse.prepare(session, ("published", "version"))
        previous = warehouse.published()
        built = {table: kept for table, kept in warehouse.ledger(session).items() if table[0] in SCHEMAS}
        rows = {".".join(table): kept.rows for table, kept in sorted(built.items())}
        refuse_if_shrunk(rows, previous.rows if previous else {}, tolerance, may_shrink)
        slot, other = _slots(session)
        _forget_others(warehouse, session, slot, other, built)
        for table, kept in sorted(built.items()):
            _copy(warehouse, session, slot, other, table, kept)
            _define_view(warehouse, session, table[1], (slot, other))
        version = Version((previous.number if previous else 0) + 1, published_at, rows)
        with session.transaction():
            session.execute(tsql.switch(slot, version.number, published_at))
        _drop_other_views(session, {name for _, name in built})
    return version


def _slots(session: Session) -> tuple[str, str]:
    """The slot that nobody reads, and the one that readers see; the pointer itself is made here."""
    first, second = tsql.SLOTS
    pointer = session.rows(tsql.select_all(tsql.POINTER, ["slot"]))
    if not pointer:
        with session.transaction():
            session.execute(tsql.insert_values(tsql.POINTER, {"slot": "", "version": 0, "published_at": ""}))
    return (second, first) if pointer and pointer[0][0] == first else (first, second)


def _held(session: Session, slot: str) -> dict[str, str]:
    """The tables that a slot holds, each with the number of the build that it is a copy of."""
    return dict(session.rows(tsql.select_all(tsql.COPIES, ["table_name", "build"], tsql.equals({"slot": slot}))))


def _forget_others(
    warehouse: SynapseWarehouse, session: Session, slot: str, other: str, built: Mapping[Name, Recorded]
) -> None:
    """Remove from the slot what is built no more."""
    session.execute(tsql.create_schema(f"published_{slot}"))
    for name in _held(session, slot).keys() - {".".join(table) for table in built}:
        _, gone = name.split(".")
        _define_view(warehouse, session, gone, (other,))
        session.execute(tsql.drop_table((f"published_{slot}", gone)))
        session.execute(tsql.delete(tsql.COPIES, tsql.equals({"slot": slot, "table_name": name})))


def _copy(warehouse: SynapseWarehouse, session: Session, slot: str, other: str, table: Name, kept: Recorded) -> None:
    """Make the slot hold a table as it is built; one that it holds already stays."""
    name, target = ".".join(table), (f"published_{slot}", table[1])
    types, there = column_types(session, table), column_types(session, target)
    if _held(session, slot).get(name) == kept.build and there:
        return
    session.execute(tsql.delete(tsql.COPIES, tsql.equals({"slot": slot, "table_name": name})))
    if there == types:
        session.execute(tsql.truncate(target))
        session.execute(tsql.insert_from(target, list(types), table))
    else:
        _define_view(warehouse, session, table[1], (other,))
        session.execute(tsql.drop_table(target))
        select = tsql.select_all(table, list(types))
        session.execute(tsql.create_table_as(warehouse.pool, target, select, copy_layout(types)))
    copied: dict[str, str | int | None] = {"slot": slot, "table_name": name, "build": kept.build, "rows": kept.rows}
    session.execute(tsql.insert_values(tsql.COPIES, copied))


def _define_view(warehouse: SynapseWarehouse, session: Session, name: str, slots: Sequence[str]) -> None:
    """A table's view over those of the slots that have it, with the columns of the first; said only if it changed."""
    found = {slot: list(column_types(session, (f"published_{slot}", name))) for slot in slots}
    present = {slot: columns for slot, columns in found.items() if columns}
    if not present:
        return
    defined = tsql.published_view(name, next(iter(present.values())), present)
    exists = bool(column_types(session, ("published", name)))
    if exists and warehouse.digests(session, f"published.{name}").get(WHOLE) == digest_of([defined]):
        return
    session.execute(("ALTER " if exists else "CREATE ") + defined)
    with session.transaction():
        warehouse.note_digest(session, f"published.{name}", WHOLE, digest_of([defined]))


def _drop_other_views(session: Session, names: set[str]) -> None:
    for (name,) in session.rows(tsql.tables_like("published", "")):
        if name not in names:
            session.execute(tsql.drop_view(("published", name)))
