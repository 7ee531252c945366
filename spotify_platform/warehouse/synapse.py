"""The warehouse in a Synapse dedicated pool, or in a Fabric Warehouse.

A table is first built beside the old one, judged there, and only then renamed into its place; months of a table are
replaced in one transaction. What a crash leaves between two renames is put right before the table is next written.
Models run in the pool: facts and dimensions never leave it.
"""

import hashlib
import json
import re
import struct
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.azure import PARALLEL, StorageAccount, credential
from spotify_platform.contract import (
    Contract,
    Evaluation,
    counting,
    counting_repeats,
    evaluation_of,
    require,
)
from spotify_platform.errors import (
    BusyError,
    ConfigurationError,
    ModelError,
    PermanentError,
    SourceUnavailableError,
)
from spotify_platform.lake.interface import Lake, Table, TableState
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel
from spotify_platform.warehouse import tsql
from spotify_platform.warehouse.interface import Answer, Stored, Version, refuse_if_shrunk
from spotify_platform.warehouse.tsql import Layout, Name, Pool

if TYPE_CHECKING:
    import pyarrow as pa

SCOPE = "https://database.windows.net/.default"
TOKEN_ATTRIBUTE = 1256
"""SQL_COPT_SS_ACCESS_TOKEN of the driver."""
STAGING = "staging"
"""The container for files on their way into the pool."""
LOCK_SECONDS = 600
LOGIN_SECONDS = 60
SCHEMAS = ("warehouse", "marts", "ml")
LEDGER_TYPES = {
    "schema_name": "VARCHAR",
    "table_name": "VARCHAR",
    "month_column": "VARCHAR",
    "rows": "BIGINT",
    "evaluation": "VARCHAR",
    "build": "VARCHAR",
}
DIGEST_TYPES = {"object": "VARCHAR", "part": "INTEGER", "digest": "VARCHAR"}
POINTER_TYPES = {"slot": "VARCHAR", "version": "BIGINT", "published_at": "VARCHAR"}
COPY_TYPES = {"slot": "VARCHAR", "table_name": "VARCHAR", "build": "VARCHAR", "rows": "BIGINT"}
LEDGERS: dict[Name, dict[str, str]] = {
    tsql.LEDGER: LEDGER_TYPES,
    tsql.DIGESTS: DIGEST_TYPES,
    tsql.POINTER: POINTER_TYPES,
    tsql.COPIES: COPY_TYPES,
}
WHOLE = 0
"""The part of what has no months."""


class Session:
    """A connection to the pool, on which every statement stands for itself unless it is in a transaction."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, sql: str) -> int:
        """Run a statement; the number of rows it touched."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.rowcount)

    def answer(self, sql: str) -> Answer:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [column[0] for column in cursor.description], [tuple(row) for row in cursor.fetchall()]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.answer(sql)[1]

    def arrow(self, sql: str) -> "pa.Table":
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.arrow()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.autocommit = False
        try:
            yield
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        finally:
            self.connection.autocommit = True


@dataclass(frozen=True)
class SynapseWarehouse:
    """A `Warehouse` of dialect `pool`. Without user and password, the credential of the machine logs in.

    `storage` holds files on their way into the pool, below `prefix`. `lock` is a local file: one writer at a time.
    """

    pool: Pool
    server: str
    database: str
    storage: StorageAccount
    prefix: str
    lock: Path
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    options: str = "Encrypt=yes;"

    # --- questions

    def query(self, sql: str) -> Answer:
        from spotify_platform.sql import engines

        with self.open() as session:
            return session.answer(engines.write_tsql(engines.parse(sql), self.pool))

    def verify(self, table: Table, contract: Contract) -> Evaluation:
        with self.open() as session:
            types = column_types(session, table)
            if not types:
                raise ConfigurationError(f"{'.'.join(table)} has not been built yet; materialize it first")
            [(rows,)] = session.rows(tsql.count(table))
            recorded = self._ledger(session).get(table)
            if recorded and recorded.rows == rows and types == contract.types:
                return Evaluation.from_json({**recorded.evaluation, "rows": rows})
            return self._evaluate(session, contract, table, types)

    def published(self) -> Version | None:
        with self.open() as session:
            if not column_types(session, tsql.POINTER):
                return None
            pointer = session.rows(tsql.select_all(tsql.POINTER, list(POINTER_TYPES)))
            if not pointer or not pointer[0][1]:
                return None
            [(slot, version, published_at)] = pointer
            copies = session.rows(tsql.select_all(tsql.COPIES, ["table_name", "rows"], tsql.equals({"slot": slot})))
        return Version(int(version), published_at, {name: int(rows) for name, rows in copies})

    def published_name(self, table: Table) -> str:
        return tsql.named(("published", table[1]))

    def select(self, sql: str) -> Answer:
        import sqlglot
        from sqlglot import exp

        try:
            statements = sqlglot.parse(sql, read="tsql")
        except sqlglot.errors.SqlglotError as error:
            raise PermanentError(f"this is no T-SQL: {error}") from None
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise PermanentError("sql answers one SELECT; the published version is read-only")
        import mssql_python

        with self.open() as session:
            try:
                return session.answer(sql)
            except mssql_python.Error as error:
                raise PermanentError(f"{error}\nSchema to read: published") from None

    # --- connections

    @contextmanager
    def open(self) -> Iterator[Session]:
        """A connection to ask with."""
        connection = self._connect()
        try:
            yield Session(connection)
        finally:
            connection.close()

    @contextmanager
    def connect(self) -> Iterator[Session]:
        """The one connection that writes. Raises `BusyError` when another holds it."""
        from filelock import FileLock, Timeout

        self.lock.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.lock, timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            raise BusyError(f"another writer has held {self.lock} for {LOCK_SECONDS} s; run again later") from None
        try:
            with self.open() as session:
                yield session
        finally:
            lock.release()

    def _connect(self) -> Any:
        import mssql_python

        mssql_python.pooling(enabled=False)  # a pooled connection would outlive its token, and its transaction
        told = f"Server={self.server};Database={self.database};{self.options}"
        arguments: dict[str, Any] = {}
        if self.user:
            told += f"UID={_escaped(self.user)};PWD={_escaped(self.password or '')};"
        else:
            token = credential().get_token(SCOPE).token.encode("utf-16-le")
            arguments["attrs_before"] = {TOKEN_ATTRIBUTE: struct.pack(f"<I{len(token)}s", len(token), token)}
        try:
            return mssql_python.connect(told, autocommit=True, timeout=LOGIN_SECONDS, **arguments)
        except mssql_python.Error as error:
            if "Login failed" in str(error):
                grant = "make it a user of the database with the role db_owner"
                raise ConfigurationError(f"{self.server} does not accept who we are; {grant}. {error}") from None
            raise SourceUnavailableError(f"{self.server} does not answer: {error}") from None

    # --- writing

    def store_model(
        self,
        session: Session,
        table: Name,
        model: SqlModel,
        limits: Mapping[Name, str],
        contract: Contract,
        layout: Layout,
        month_column: str | None = None,
        months: MonthRange | None = None,
    ) -> Stored:
        """Replace a table, or some months of it, by the rows of a model, which runs in the pool."""
        from spotify_platform.warehouse.pooled import select_of

        select = select_of(model, limits, contract.types, self.pool)
        self._prepare(session, table)
        return self._store(session, table, select, contract, layout, month_column, months)

    def store_frame(
        self,
        session: Session,
        table: Name,
        frame: "pa.Table",
        contract: Contract,
        layout: Layout,
        month_column: str | None = None,
        months: MonthRange | None = None,
    ) -> Stored:
        """The same by the rows of an Arrow table, by column name."""
        missing = [name for name in contract.names if name not in frame.column_names]
        if missing:
            raise ConfigurationError(f"{'.'.join(table)}: the rows have no column {', '.join(missing)}")
        self._prepare(session, table)
        load = _beside(table, "load")
        with self._staged(frame.select(list(contract.names)), contract) as url:
            try:
                self._load(session, load, contract.types, [url], frame.num_rows)
                select = tsql.select_typed(self.pool, load, contract.types)
                return self._store(session, table, select, contract, layout, month_column, months)
            finally:
                session.execute(tsql.drop_table(load))

    def _store(
        self,
        session: Session,
        table: Name,
        select: str,
        contract: Contract,
        layout: Layout,
        month_column: str | None,
        months: MonthRange | None,
    ) -> Stored:
        existing = column_types(session, table)
        replaces_months = bool(months and existing)
        if replaces_months and existing != contract.types:
            raise ConfigurationError(f"the columns of {'.'.join(table)} changed; build all of its months in one run")
        new = _beside(table, "new")
        try:
            session.execute(tsql.create_table_as(self.pool, new, select, tsql.HEAP if replaces_months else layout))
            evaluation = self._evaluate(session, contract, new, column_types(session, new))
            require(contract, evaluation, ".".join(table))
            if months and month_column:
                self._refuse_strays(session, table, new, month_column, months, evaluation.rows)
            noted = {"month_column": month_column, "evaluation": json.dumps(evaluation.to_json())}
            if replaces_months and months and month_column:
                within = tsql.days(month_column, months.start.isoformat(), months.end.isoformat())
                with session.transaction():
                    session.execute(tsql.delete(table, within))
                    session.execute(tsql.insert_from(table, contract.names, new))
                    [(total,)] = session.rows(tsql.count(table))
                    self._note(session, table, {**noted, "rows": int(total)})
                for column in layout.statistics:
                    session.execute(tsql.update_statistics(table, column))
            else:
                for column in layout.statistics:
                    session.execute(tsql.create_statistics(new, column))
                self._swap(session, table, new, exists=bool(existing))
                total = evaluation.rows
                with session.transaction():
                    self._note(session, table, {**noted, "rows": total})
        finally:
            session.execute(tsql.drop_table(new))
        return Stored(int(total), evaluation.rows, evaluation)

    def _refuse_strays(
        self, session: Session, table: Name, new: Name, column: str, months: MonthRange, rows: int
    ) -> None:
        [(inside,)] = session.rows(tsql.count(new, tsql.days(column, months.start.isoformat(), months.end.isoformat())))
        if inside != rows:
            raise ModelError(f"{'.'.join(table)}: {rows - inside:,} rows lie outside of the months asked for")

    def _swap(self, session: Session, table: Name, new: Name, *, exists: bool) -> None:
        """Put the new table in the old one's place; a crash between the two renames is mended by `_prepare`."""
        old = _beside(table, "old")
        if exists:
            session.execute(tsql.rename(self.pool, table, old[1]))
        session.execute(tsql.rename(self.pool, new, table[1]))
        session.execute(tsql.drop_table(old))

    def _prepare(self, session: Session, table: Name) -> None:
        """Make the schema and the ledgers, and put right what a crash has left of the table."""
        schema, name = table
        for needed in ("platform", schema):
            session.execute(tsql.create_schema(needed))
        for ledger, types in LEDGERS.items():
            session.execute(tsql.create_if_missing(self.pool, ledger, types))
        found = {left for (left,) in session.rows(tsql.tables_like(schema, name))}
        lost = [left for left in found if left.startswith(f"{name}__old_")]
        if name not in found and lost:
            session.execute(tsql.rename(self.pool, (schema, lost[0]), name))
            found.discard(lost[0])
        for left in sorted(found):
            if left.startswith((f"{name}__old_", f"{name}__new_", f"{name}__load_")):
                session.execute(tsql.drop_table((schema, left)))

    def _evaluate(self, session: Session, contract: Contract, table: Name, types: Mapping[str, str]) -> Evaluation:
        from spotify_platform.sql import engines

        def asked(sql: str) -> list[tuple[Any, ...]]:
            return session.rows(engines.write_tsql(engines.parse(sql), self.pool))

        relation = f'"{table[0]}"."{table[1]}"'
        [(rows, *counts)] = asked(counting(contract, relation, types))
        repeated = None
        if set(contract.grain) <= set(types):
            [(repeated,)] = asked(counting_repeats(contract.grain, relation))
        return evaluation_of(contract, types, int(rows), counts, repeated)

    def _ledger(self, session: Session) -> dict[Name, "Recorded"]:
        """What was stored of every table; nothing where nothing was."""
        if not column_types(session, tsql.LEDGER):
            return {}
        rows = session.rows(tsql.select_all(tsql.LEDGER, list(LEDGER_TYPES)))
        return {
            (schema, name): Recorded(month_column, int(count), json.loads(evaluation), build)
            for schema, name, month_column, count, evaluation, build in rows
        }

    def monthly_tables(self, session: Session) -> dict[Name, str]:
        """The tables that are built by month, with the column that tells a row's month."""
        return {table: kept.month_column for table, kept in self._ledger(session).items() if kept.month_column}

    def _note(self, session: Session, table: Name, values: Mapping[str, str | int | None]) -> None:
        session.execute(tsql.delete(tsql.LEDGER, tsql.equals(_key(table))))
        session.execute(tsql.insert_values(tsql.LEDGER, {**_key(table), **values, "build": uuid.uuid4().hex}))

    # --- loading

    @contextmanager
    def _staged(self, frame: "pa.Table", contract: Contract) -> Iterator[str]:
        """The address of an Arrow table as a Parquet file, for the length of the block."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from spotify_platform.lake.delta import arrow_type

        typed = frame.cast(pa.schema([(name, arrow_type(type)) for name, type in contract.types.items()]))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part-0.parquet"
            pq.write_table(typed, path)
            with self._uploaded([path]) as urls:
                yield urls[0]

    @contextmanager
    def _uploaded(self, paths: Sequence[Path]) -> Iterator[list[str]]:
        """Local files in the staging container, for the length of the block."""
        from azure.core.exceptions import ResourceNotFoundError

        folder = f"{self.prefix}/{uuid.uuid4().hex}"
        names = [f"{folder}/{number}-{path.name}" for number, path in enumerate(paths)]
        try:
            with self.storage.container(STAGING) as container:
                for name, path in zip(names, paths, strict=True):
                    with path.open("rb") as file:
                        container.upload_blob(name, file, overwrite=True, max_concurrency=PARALLEL)
            yield [f"{self.storage.url}/{STAGING}/{name}" for name in names]
        finally:
            with self.storage.container(STAGING) as container:
                for name in names:
                    try:
                        container.delete_blob(name)
                    except ResourceNotFoundError:
                        continue

    def _load(self, session: Session, load: Name, types: Mapping[str, str], urls: Sequence[str], rows: int) -> None:
        """Load Parquet files into a new table, and count what arrived."""
        session.execute(tsql.create_table(self.pool, load, types))
        session.execute(tsql.copy_into(self.pool, load, list(types), urls))
        [(loaded,)] = session.rows(tsql.count(load))
        if loaded != rows:
            raise SourceUnavailableError(f"COPY INTO loaded {loaded:,} of {rows:,} rows; run again")

    def load_lake_table(self, session: Session, lake: Lake, table: Table) -> None:
        """Make the pool's copy of a Delta table its current version: only months whose files changed are loaded."""
        state = lake.state(table)
        if state is None:
            raise ConfigurationError(f"{'.'.join(table)} has not been built yet; materialize it first")
        self._prepare(session, table)
        types, slices = dict(state.columns), _slices(state)
        existing = column_types(session, table)
        name = ".".join(table)
        known = {} if existing != types else self._digests(session, name)
        if existing != types:
            with session.transaction():
                session.execute(tsql.delete(tsql.DIGESTS, tsql.equals({"object": name})))
            session.execute(tsql.drop_table(table))
            session.execute(
                tsql.create_table(
                    self.pool, table, types, Layout("HASH([track_id])" if "track_id" in types else "ROUND_ROBIN")
                )
            )
        for month in sorted(slices.keys() | known.keys()):
            files = slices.get(month, ())
            if known.get(month) != (_digest(files) if files else None):
                self._load_slice(session, lake, table, state, month, files)

    def _load_slice(
        self, session: Session, lake: Lake, table: Table, state: TableState, month: int, files: Sequence[str]
    ) -> None:
        within = {"year": month // 100, "month": month % 100} if month else {}
        own = {name: type for name, type in state.columns.items() if name not in state.partition_by}
        load = _beside(table, "load")
        try:
            if files:
                with self._urls(files, lake) as urls:
                    self._load(session, load, own, urls, _parquet_rows(lake, files))
            with session.transaction():
                session.execute(tsql.delete(table, tsql.equals(within)))
                if files:
                    session.execute(tsql.insert_from(table, list(own), load, within))
                self._note_digest(session, ".".join(table), month, _digest(files) if files else None)
        finally:
            session.execute(tsql.drop_table(load))

    @contextmanager
    def _urls(self, files: Sequence[str], lake: Lake) -> Iterator[list[str]]:
        """Where the pool finds the files of a table: where they lie, or staged if the lake is local."""
        if lake.is_local:
            with self._uploaded([Path(file) for file in files]) as urls:
                yield urls
        else:
            yield [self.storage.url_of(file) for file in files]

    def _digests(self, session: Session, name: str) -> dict[int, str]:
        """What the parts of an object were made of."""
        found = session.rows(tsql.select_all(tsql.DIGESTS, ["part", "digest"], tsql.equals({"object": name})))
        return {int(part): digest for part, digest in found}

    def _note_digest(self, session: Session, name: str, part: int, digest: str | None) -> None:
        session.execute(tsql.delete(tsql.DIGESTS, tsql.equals({"object": name, "part": part})))
        if digest:
            noted: dict[str, str | int | None] = {"object": name, "part": part, "digest": digest}
            session.execute(tsql.insert_values(tsql.DIGESTS, noted))

    # --- publishing

    def publish(self, lake: Lake, lake_tables: Sequence[Table], *, tolerance: float, published_at: str) -> Version:
        """Copy what changed into the slot that nobody reads, then let one row say that it is the published one."""
        with self.connect() as session:
            self._prepare(session, ("published", "version"))
            previous = self.published()
            built = {table: kept for table, kept in self._ledger(session).items() if table[0] in SCHEMAS}
            rows = {".".join(table): kept.rows for table, kept in sorted(built.items())}
            refuse_if_shrunk(rows, previous.rows if previous else {}, tolerance)
            slot = self._free_slot(session)
            self._copy(session, slot, built)
            version = Version((previous.number if previous else 0) + 1, published_at, rows)
            names = sorted({name for _, name in built})
            for name in names:
                self._define_view(session, name, [slot, *(other for other in tsql.SLOTS if other != slot)])
            with session.transaction():
                session.execute(tsql.switch(slot, version.number, published_at))
            self._drop_other_views(session, names)
        return version

    def _free_slot(self, session: Session) -> str:
        """The slot that the pointer does not name; the pointer itself is made here."""
        pointer = session.rows(tsql.select_all(tsql.POINTER, ["slot"]))
        if not pointer:
            with session.transaction():
                session.execute(tsql.insert_values(tsql.POINTER, {"slot": "", "version": 0, "published_at": ""}))
            return tsql.SLOTS[0]
        return tsql.SLOTS[1] if pointer[0][0] == tsql.SLOTS[0] else tsql.SLOTS[0]

    def _copy(self, session: Session, slot: str, built: Mapping[Name, "Recorded"]) -> None:
        """Make the slot hold every table as it is built; those that it holds already stay."""
        session.execute(tsql.create_schema(f"published_{slot}"))
        within = tsql.equals({"slot": slot})
        held = dict(session.rows(tsql.select_all(tsql.COPIES, ["table_name", "build"], within)))
        for name in set(held) - {".".join(table) for table in built}:
            _, gone = name.split(".")
            self._define_view(session, gone, [other for other in tsql.SLOTS if other != slot])
            session.execute(tsql.drop_table((f"published_{slot}", gone)))
            session.execute(tsql.delete(tsql.COPIES, tsql.equals({"slot": slot, "table_name": name})))
        for table, kept in sorted(built.items()):
            name, target = ".".join(table), (f"published_{slot}", table[1])
            types, there = column_types(session, table), column_types(session, target)
            if held.get(name) == kept.build and there:
                continue
            session.execute(tsql.delete(tsql.COPIES, tsql.equals({"slot": slot, "table_name": name})))
            if there and there != types:  # no view may name a table that is about to go
                self._define_view(session, table[1], [other for other in tsql.SLOTS if other != slot])
                session.execute(tsql.drop_table(target))
            if there == types:
                session.execute(tsql.truncate(target))
                session.execute(tsql.insert_from(target, list(types), table))
            else:
                layout = Layout("HASH([track_id])" if "track_id" in types else "ROUND_ROBIN")
                session.execute(tsql.create_table_as(self.pool, target, tsql.select_all(table, list(types)), layout))
            copy: dict[str, str | int | None] = {
                "slot": slot,
                "table_name": name,
                "build": kept.build,
                "rows": kept.rows,
            }
            session.execute(tsql.insert_values(tsql.COPIES, copy))

    def _define_view(self, session: Session, name: str, slots: Sequence[str]) -> None:
        """A table's view over some slots, of the columns that it has in the first; defined anew only where it changed."""
        found = {slot: list(column_types(session, (f"published_{slot}", name))) for slot in slots}
        present = {slot: columns for slot, columns in found.items() if columns}
        if not present:
            return
        defined = tsql.published_view(name, next(iter(present.values())), present)
        view, known = ("published", name), self._digests(session, f"published.{name}")
        exists = bool(column_types(session, view))
        if exists and known.get(WHOLE) == _digest([defined]):
            return
        session.execute(("ALTER " if exists else "CREATE ") + defined)
        with session.transaction():
            self._note_digest(session, f"published.{name}", WHOLE, _digest([defined]))

    def _drop_other_views(self, session: Session, names: Sequence[str]) -> None:
        for (name,) in session.rows(tsql.tables_like("published", "")):
            if name not in names:
                session.execute(tsql.drop_view(("published", name)))


@dataclass(frozen=True)
class Recorded:
    """What the ledger knows of a table."""

    month_column: str | None
    rows: int
    evaluation: Mapping[str, Any]
    build: str


def column_types(session: Session, table: Name) -> dict[str, str]:
    """Columns and types of a table, in DuckDB's names; empty where it does not exist."""
    return {name: tsql.DUCKDB_TYPES[type.lower()] for name, type in session.rows(tsql.column_types(table))}


def _beside(table: Name, role: str) -> Name:
    """The name of a table that is made while another is written."""
    schema, name = table
    return schema, f"{name}__{role}_{uuid.uuid4().hex[:8]}"


def _key(table: Name) -> dict[str, str]:
    return {"schema_name": table[0], "table_name": table[1]}


def _slices(state: TableState) -> dict[int, tuple[str, ...]]:
    """The files of each month, or of the whole."""
    if not state.partition_by:
        return {WHOLE: state.files}
    found: dict[int, tuple[str, ...]] = {}
    for file in state.files:
        [(year, month)] = re.findall(r"/year=(\d+)/month=(\d+)/[^/]+$", file)
        key = int(year) * 100 + int(month)
        found[key] = (*found.get(key, ()), file)
    return found


def _digest(files: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(files)).encode()).hexdigest()[:32]


def _parquet_rows(lake: Lake, files: Sequence[str]) -> int:
    """How many rows the files have, by their footers."""
    from spotify_platform.lake.engine import connect
    from spotify_platform.lake.relations import addresses

    with connect() as connection:
        lake.register(connection)
        [(rows,)] = connection.execute(f"SELECT COUNT(*) FROM read_parquet({addresses(files)})").fetchall()
    return int(rows)


def _escaped(value: str) -> str:
    """A value of a connection string."""
    return "{" + value.replace("}", "}}") + "}"
