"""Dagster's SQLite storage, with connections that stay open: an event costs a write.

Dagster makes an engine and a connection for every event it stores: each compiles its statements anew, and each
commit syncs the disk twice, because SQLite empties its write-ahead log when the last connection closes. A quarter of
the CPU time of a small run went there. The files and tables are Dagster's own, so either storage reads what the
other wrote: the command line uses this one, the daemon and the web server use Dagster's.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
    _schedule_directory,
)

if TYPE_CHECKING:
    from pathlib import Path

    from dagster._serdes import ConfigurableClassData
    from sqlalchemy import Connection, Engine

MOST_OPEN = 8
"""Databases kept open: every run has one of its own."""


class Engines:
    """One engine a database; those used last stay open."""

    def __init__(self) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()

    def of(self, url: str) -> "Engine":
        if url not in self._engines:
            self._engines[url] = _engine(url)
            while len(self._engines) > MOST_OPEN:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(url)
        return self._engines[url]

    def dispose(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()


def _engine(url: str) -> "Engine":
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import QueuePool

    # One connection is kept; threads that come meanwhile get another, which is closed after use.
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=-1,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        # A crash of the program loses nothing, one of the machine perhaps the last events.
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine


class KeptConnections:
    """The part that the storages share."""

    @cached_property
    def engines(self) -> Engines:
        return Engines()

    def dispose(self) -> None:
        super().dispose()  # type: ignore[misc]
        self.engines.dispose()


class QuickRunStorage(KeptConnections, SqliteRunStorage):
    @contextmanager
    def connect(self) -> "Iterator[Connection]":
        with self.engines.of(self._conn_string).begin() as connection:
            yield connection


class QuickEventLogStorage(KeptConnections, SqliteEventLogStorage):
    @contextmanager
    def _connect(self, shard: str) -> "Iterator[Connection]":
        with self._db_lock:
            engine = self.engines.of(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    @cached_property
    def _tables(self) -> set[str]:
        """Those that have been seen: none ever goes."""
        return set()

    def has_table(self, table_name: str) -> bool:
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        self.engines.dispose()  # the databases of the runs are deleted
        super().wipe()


class QuickSqliteStorage(DagsterSqliteStorage):
    """The storages of a DAGSTER_HOME. Schedules are rarely written."""

    def __init__(self, base_dir: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]
        self.base_dir = base_dir
        self._run_storage = QuickRunStorage.from_local(_runs_directory(base_dir))
        self._event_log_storage = QuickEventLogStorage(_event_logs_directory(base_dir))
        self._schedule_storage = SqliteScheduleStorage.from_local(_schedule_directory(base_dir))
        self._inst_data = inst_data

    @classmethod
    def from_config_value(cls, inst_data: "ConfigurableClassData", config_value: Any) -> Self:
        return cls.from_local(inst_data=inst_data, **config_value)


def quick_ref(home: "Path") -> InstanceRef:
    """The instance of a DAGSTER_HOME, with this storage where its dagster.yaml names none."""
    ref = InstanceRef.from_dir(str(home))
    if ref.storage_data and ref.storage_data.class_name != DagsterSqliteStorage.__name__:
        return ref
    this = {"module": __name__, "class": QuickSqliteStorage.__name__, "config": {"base_dir": str(home)}}
    return InstanceRef.from_dir(str(home), overrides={"storage": {"custom": this}})
