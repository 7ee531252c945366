"""The published version in a pool: two slots hold copies of the tables, and one row says which of them readers see.

What changed is copied into the slot that nobody reads; then that row is updated, at once for every view. No view
ever names a table that is not there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from spotify_platform.warehouse import tsql
from spotify_platform.warehouse.interface import Version, refuse_if_shrunk
from spotify_platform.warehouse.synapse import (
    SCHEMAS,
    WHOLE,
    Recorded,
    Session,
    SynapseWarehouse,
    columns_of,
    copy_layout,
    digest_of,
)
from spotify_platform.warehouse.tsql import Name

PUBLISHED = "published"


@dataclass(frozen=True)
class Found:
    """What the pool holds, asked for once, and kept up with what is done: each question costs a round trip.

    `slot` is the one that nobody reads, `other` the one that readers see. `columns` are the types of every table and
    view, `copies` the build of which the slot holds a table's copy, `views` the digests of the views' definitions.
    """

    slot: str
    other: str
    columns: dict[Name, dict[str, str]]
    copies: dict[str, str]
    views: dict[str, str]

    def target(self, name: str) -> Name:
        """Where the slot holds a table."""
        return tsql.slot_schema(self.slot), name


def publish(
    warehouse: SynapseWarehouse, *, tolerance: float, published_at: str, may_shrink: Collection[Name] = ()
) -> Version:
    """Make what is built the published version. Raises `PublishRefusedError`; the published version then stays."""
    with warehouse.connect() as session:
        warehouse.prepare(session, (PUBLISHED, "version"))
        previous = warehouse.published()
        built = {table: kept for table, kept in warehouse.ledger(session).items() if table[0] in SCHEMAS}
        rows = {".".join(table): kept.rows for table, kept in sorted(built.items())}
        refuse_if_shrunk(rows, previous.rows if previous else {}, tolerance, may_shrink)
        found = _found(session)
        _forget_others(warehouse, session, found, built)
        for table, kept in sorted(built.items()):
            _copy(warehouse, session, found, table, kept)
            _define_view(warehouse, session, found, table[1], (found.slot, found.other))
        version = Version((previous.number if previous else 0) + 1, published_at, rows)
        with session.transaction():
            session.execute(tsql.switch(found.slot, version.number, published_at))
        _drop_other_views(session, {name for _, name in built})
    return version


def _found(session: Session) -> Found:
    slot, other = _slots(session)
    session.execute(tsql.create_schema(tsql.slot_schema(slot)))
    views = tsql.select_all(tsql.DIGESTS, ["object", "digest"], tsql.equals({"part": WHOLE}))
    copies = tsql.select_all(tsql.COPIES, ["table_name", "build"], tsql.equals({"slot": slot}))
    return Found(
        slot,
        other,
        columns_of(session, [*SCHEMAS, PUBLISHED, *map(tsql.slot_schema, tsql.SLOTS)]),
        dict(session.rows(copies)),
        dict(session.rows(views)),
    )


def _slots(session: Session) -> tuple[str, str]:
    """The slot that nobody reads, and the one that readers see; the pointer itself is made here."""
    first, second = tsql.SLOTS
    pointer = session.rows(tsql.select_all(tsql.POINTER, ["slot"]))
    if not pointer:
        with session.transaction():
            session.execute(tsql.insert_values(tsql.POINTER, {"slot": "", "version": 0, "published_at": ""}))
    return (second, first) if pointer and pointer[0][0] == first else (first, second)


def _forget_others(warehouse: SynapseWarehouse, session: Session, found: Found, built: Mapping[Name, Recorded]) -> None:
    """Remove from the slot what is built no more."""
    for name in found.copies.keys() - {".".join(table) for table in built}:
        _, gone = name.split(".")
        _define_view(warehouse, session, found, gone, (found.other,))
        _drop(session, found, gone)
        session.execute(tsql.delete(tsql.COPIES, tsql.equals({"slot": found.slot, "table_name": name})))


def _drop(session: Session, found: Found, name: str) -> None:
    """Drop the slot's copy of a table, if it has one."""
    session.execute(tsql.drop_table(found.target(name)))
    found.columns.pop(found.target(name), None)


def _copy(warehouse: SynapseWarehouse, session: Session, found: Found, table: Name, kept: Recorded) -> None:
    """Make the slot hold a table as it is built; one that it holds already stays."""
    name, target = ".".join(table), found.target(table[1])
    types, there = found.columns.get(table, {}), found.columns.get(target, {})
    if found.copies.get(name) == kept.build and there:
        return
    session.execute(tsql.delete(tsql.COPIES, tsql.equals({"slot": found.slot, "table_name": name})))
    if there == types:
        session.execute(tsql.truncate(target))
        session.execute(tsql.insert_from(target, list(types), table))
    else:
        _define_view(warehouse, session, found, table[1], (found.other,))
        _drop(session, found, table[1])
        select = tsql.select_all(table, list(types))
        session.execute(tsql.create_table_as(warehouse.pool, target, select, copy_layout(types)))
        found.columns[target] = types
    copied: dict[str, str | int | None] = {
        "slot": found.slot,
        "table_name": name,
        "build": kept.build,
        "rows": kept.rows,
    }
    session.execute(tsql.insert_values(tsql.COPIES, copied))
    found.copies[name] = kept.build


def _define_view(warehouse: SynapseWarehouse, session: Session, found: Found, name: str, slots: Sequence[str]) -> None:
    """A table's view over those of the slots that have it, with the columns of the first; said only if it changed."""
    columns = {slot: list(found.columns.get((tsql.slot_schema(slot), name), {})) for slot in slots}
    present = {slot: names for slot, names in columns.items() if names}
    if not present:
        return
    view = (PUBLISHED, name)
    defined = tsql.published_view(name, next(iter(present.values())), present)
    digest = digest_of([defined])
    exists = view in found.columns
    if exists and found.views.get(".".join(view)) == digest:
        return
    session.execute(("ALTER " if exists else "CREATE ") + defined)
    found.columns[view] = {}
    with session.transaction():
        warehouse.note_digest(session, ".".join(view), WHOLE, digest)
    found.views[".".join(view)] = digest


def _drop_other_views(session: Session, names: set[str]) -> None:
    for (name,) in session.rows(tsql.tables_like(PUBLISHED, "")):
        if name not in names:
            session.execute(tsql.drop_view((PUBLISHED, name)))
