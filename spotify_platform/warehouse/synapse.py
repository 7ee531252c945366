"""The warehouse in a Synapse dedicated pool, or in a Fabric Warehouse.

A table is first built beside the old one, judged there, and only then renamed into its place; months of a table are
replaced in one transaction. What a crash leaves between two renames is put right before the table is next written.
Models run in the pool: facts and dimensions never leave it.
"""

import hashlib
import json
import struct
import tempfile
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from spotify_platform.lake.interface import Lake, Table
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel
from spotify_platform.warehouse import tsql
from spotify_platform.warehouse.interface import Answer, Stored, Version
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
class Target:
    """What is written: a table under its contract, or some months of it, told by a date column."""

    table: Name
    contract: Contract
    layout: Layout
    month_column: str | None = None
    months: MonthRange | None = None

    @property
    def name(self) -> str:
        return ".".join(self.table)

    @property
    def within(self) -> str:
        """The condition that a row is of the months; empty for a whole table."""
        if not self.months or not self.month_column:
            return ""
        return tsql.days(self.month_column, self.months.start.isoformat(), self.months.end.isoformat())


@dataclass(frozen=True)
class SynapseWarehouse:
    """A `Warehouse` of dialect `pool`. Without user and password, the credential of the machine logs in.

    `storage` holds files on their way into the pool, below `prefix`. `lock` is a local file: one writer at a time.
    `prepared` are the schemas that are known to be there, `platform` with its ledgers.
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
    prepared: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

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
            recorded = self.ledger(session).get(table)
            if recorded and recorded.rows == rows and types == contract.types:
                return Evaluation.from_json({**recorded.evaluation, "rows": rows})
            return self.evaluate(session, contract, table, types)

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

    def erase(self, *tables: Name) -> None:
        slots = [tsql.slot_schema(slot) for slot in tsql.SLOTS]
        with self.connect() as session:
            found = columns_of(session, sorted({*slots, tsql.DIGESTS[0], *(schema for schema, _ in tables)}))
            for built, name in tables:
                for schema in (built, *slots):
                    if (schema, name) in found:
                        session.execute(tsql.truncate((schema, name)))
                if tsql.DIGESTS in found:  # what was loaded of the lake is loaded no more
                    with session.transaction():
                        session.execute(tsql.delete(tsql.DIGESTS, tsql.equals({"object": f"{built}.{name}"})))

    def publish(
        self,
        lake: Lake,
        lake_tables: Sequence[Table],
        *,
        tolerance: float,
        published_at: str,
        may_shrink: Collection[Table] = (),
    ) -> Version:
        from spotify_platform.warehouse.synapse_publishing import publish

        return publish(self, tolerance=tolerance, published_at=published_at, may_shrink=may_shrink)

    def lake_files(self) -> set[str]:
        """None: a slot holds copies. The slot that nobody reads stays too, since publishing copies what changed."""
        return set()

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

    def store_model(self, session: Session, target: Target, model: SqlModel, limits: Mapping[Name, str]) -> Stored:
        """Replace a table, or some months of it, by the rows of a model, which runs in the pool."""
        from spotify_platform.warehouse.pooled import select_of

        select = select_of(model, limits, target.contract.types, self.pool)
        self.prepare(session, target.table)
        return self._store(session, target, select)

    def store_frame(self, session: Session, target: Target, frame: "pa.Table") -> Stored:
        """The same by the rows of an Arrow table, by column name."""
        types = target.contract.types
        missing = [name for name in types if name not in frame.column_names]
        if missing:
            raise ConfigurationError(f"{target.name}: the rows have no column {', '.join(missing)}")
        self.prepare(session, target.table)
        load = beside(target.table, "load")
        with self._staged(frame.select(list(types)), target.contract) as url:
            try:
                self.load(session, load, types, [url], frame.num_rows)
                return self._store(session, target, tsql.select_typed(self.pool, load, types))
            finally:
                session.execute(tsql.drop_table(load))

    def _store(self, session: Session, target: Target, select: str) -> Stored:
        """Build the rows beside the table, judge them, and put them in their place."""
        existing = column_types(session, target.table)
        by_month = bool(target.months and existing)
        if by_month and existing != target.contract.types:
            raise ConfigurationError(f"the columns of {target.name} changed; build all of its months in one run")
        new = beside(target.table, "new")
        try:
            layout = tsql.HEAP if by_month else target.layout
            session.execute(tsql.create_table_as(self.pool, new, select, layout))
            evaluation = self.evaluate(session, target.contract, new, column_types(session, new))
            require(target.contract, evaluation, target.name)
            self._refuse_strays(session, target, new, evaluation.rows)
            if by_month:
                total = self._replace_months(session, target, new, evaluation)
            else:
                total = self._replace_table(session, target, new, evaluation, exists=bool(existing))
        finally:
            session.execute(tsql.drop_table(new))
        return Stored(total, evaluation.rows, evaluation)

    def _replace_months(self, session: Session, target: Target, new: Name, evaluation: Evaluation) -> int:
        """Put new rows in the place of those of their months, in one transaction. Returns the rows of the table."""
        with session.transaction():
            session.execute(tsql.delete(target.table, target.within))
            session.execute(tsql.insert_from(target.table, target.contract.names, new))
            [(total,)] = session.rows(tsql.count(target.table))
            self._note(session, target, evaluation, int(total))
        for column in target.layout.statistics:
            session.execute(tsql.update_statistics(target.table, column))
        return int(total)

    def _replace_table(
        self, session: Session, target: Target, new: Name, evaluation: Evaluation, *, exists: bool
    ) -> int:
        """Rename the new table into the old one's place. What a crash between the two leaves, `prepare` mends."""
        for column in target.layout.statistics:
            session.execute(tsql.create_statistics(new, column))
        old, (schema, name) = beside(target.table, "old"), target.table
        if exists:
            session.execute(tsql.rename(self.pool, target.table, old[1]))
        try:
            session.execute(tsql.rename(self.pool, new, name))
        except Exception:
            if exists:
                session.execute(tsql.rename(self.pool, (schema, old[1]), name))
            raise
        session.execute(tsql.drop_table(old))
        with session.transaction():
            self._note(session, target, evaluation, evaluation.rows)
        return evaluation.rows

    def _refuse_strays(self, session: Session, target: Target, new: Name, rows: int) -> None:
        if not target.within:
            return
        [(inside,)] = session.rows(tsql.count(new, target.within))
        if inside != rows:
            raise ModelError(f"{target.name}: {rows - inside:,} rows lie outside of the months asked for")

    def prepare(self, session: Session, table: Name) -> None:
        """Make the schema and the ledgers, and put right what a crash has left of the table."""
        schema, name = table
        for needed in sorted({"platform", schema} - self.prepared):
            session.execute(tsql.create_schema(needed))
            if needed == "platform":
                for ledger, types in LEDGERS.items():
                    session.execute(tsql.create_if_missing(self.pool, ledger, types))
            self.prepared.add(needed)
        found = {left for (left,) in session.rows(tsql.tables_like(schema, name))}
        lost = [left for left in found if left.startswith(f"{name}__old_")]
        if name not in found and lost:
            session.execute(tsql.rename(self.pool, (schema, lost[0]), name))
            found.discard(lost[0])
        for left in sorted(found):
            if left.startswith((f"{name}__old_", f"{name}__new_", f"{name}__load_")):
                session.execute(tsql.drop_table((schema, left)))

    def evaluate(self, session: Session, contract: Contract, table: Name, types: Mapping[str, str]) -> Evaluation:
        from spotify_platform.sql import engines

        def asked(sql: str) -> list[tuple[Any, ...]]:
            return session.rows(engines.write_tsql(engines.parse(sql), self.pool))

        relation = f'"{table[0]}"."{table[1]}"'
        [(rows, *counts)] = asked(counting(contract, relation, types))
        repeated = None
        if set(contract.grain) <= set(types):
            [(repeated,)] = asked(counting_repeats(contract.grain, relation))
        return evaluation_of(contract, types, int(rows), counts, repeated)

    def ledger(self, session: Session) -> dict[Name, "Recorded"]:
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
        return {table: kept.month_column for table, kept in self.ledger(session).items() if kept.month_column}

    def _note(self, session: Session, target: Target, evaluation: Evaluation, rows: int) -> None:
        """Tell the ledger what is stored now; the build's number is new, so that publishing sees that it changed."""
        schema, name = target.table
        key = {"schema_name": schema, "table_name": name}
        session.execute(tsql.delete(tsql.LEDGER, tsql.equals(key)))
        noted = {
            **key,
            "month_column": target.month_column,
            "rows": rows,
            "evaluation": json.dumps(evaluation.to_json()),
            "build": uuid.uuid4().hex,
        }
        session.execute(tsql.insert_values(tsql.LEDGER, noted))

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
            with self.uploaded([path]) as urls:
                yield urls[0]

    @contextmanager
    def uploaded(self, paths: Sequence[Path]) -> Iterator[list[str]]:
        """Local files in the staging container, for the length of the block."""
        from azure.core.exceptions import ResourceNotFoundError

        folder = f"{self.prefix}/{uuid.uuid4().hex}"
        names = [f"{folder}/{number}-{path.name}" for number, path in enumerate(paths)]
        try:
            with self.storage.container(STAGING) as container:
                for name, path in zip(names, paths, strict=True):
                    with path.open("rb") as file:
                        container.upload_blob(name, file, overwrite=True, max_concurrency=PARALLEL)
            yield [self.storage.url(self.storage.address(STAGING, name)) for name in names]
        finally:
            with self.storage.container(STAGING) as container:
                for name in names:
                    try:
                        container.delete_blob(name)
                    except ResourceNotFoundError:
                        continue

    def load(self, session: Session, load: Name, types: Mapping[str, str], urls: Sequence[str], rows: int) -> None:
        """Load Parquet files into a new table, and count what arrived."""
        session.execute(tsql.create_table(self.pool, load, types))
        session.execute(tsql.copy_into(self.pool, load, list(types), urls))
        [(loaded,)] = session.rows(tsql.count(load))
        if loaded != rows:
            raise SourceUnavailableError(f"COPY INTO loaded {loaded:,} of {rows:,} rows; run again")

    def digests(self, session: Session, name: str) -> dict[int, str]:
        """What the parts of an object were made of."""
        found = session.rows(tsql.select_all(tsql.DIGESTS, ["part", "digest"], tsql.equals({"object": name})))
        return {int(part): digest for part, digest in found}

    def note_digest(self, session: Session, name: str, part: int, digest: str | None) -> None:
        session.execute(tsql.delete(tsql.DIGESTS, tsql.equals({"object": name, "part": part})))
        if digest:
            noted: dict[str, str | int | None] = {"object": name, "part": part, "digest": digest}
            session.execute(tsql.insert_values(tsql.DIGESTS, noted))


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


def columns_of(session: Session, schemas: Sequence[str]) -> dict[Name, dict[str, str]]:
    """The same of every table and view of some schemas, in one question; a type that nothing of ours has is the pool's."""
    found: dict[Name, dict[str, str]] = {}
    for schema, table, name, type in session.rows(tsql.columns_of(schemas)):
        found.setdefault((schema, table), {})[name] = tsql.DUCKDB_TYPES.get(type.lower(), type)
    return found


def beside(table: Name, role: str) -> Name:
    """The name of a table that is made while another is written."""
    schema, name = table
    return schema, f"{name}__{role}_{uuid.uuid4().hex[:8]}"


def copy_layout(types: Mapping[str, str]) -> Layout:
    """The layout of a copy, which says nothing of its own."""
    return Layout("HASH([track_id])" if "track_id" in types else "ROUND_ROBIN")


def digest_of(files: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(files)).encode()).hexdigest()[:32]


def _escaped(value: str) -> str:
    """A value of a connection string."""
    return "{" + value.replace("}", "}}") + "}"
