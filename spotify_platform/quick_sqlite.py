"""SQLite for a run in this process: what Dagster stores costs a write, not two syncs of the disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def quick_commits(folder: Path) -> Iterator[None]:
    """Within the block, commits to the databases below `folder` are as safe as WAL makes them, and quick.

    Dagster opens and closes a connection for every event. SQLite syncs at each commit, and empties its
    write-ahead log whenever the last connection closes. A connection that stays open keeps the log, and
    `synchronous = NORMAL` syncs when it is emptied: a crash of the program loses nothing, one of the
    machine perhaps the last events.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    idle: dict[str, sqlite3.Connection] = {}
    with ExitStack() as stack:

        def connected(connection: Any, _record: object) -> None:
            if not isinstance(connection, sqlite3.Connection):
                return
            [(_, _, file), *_] = connection.execute("PRAGMA database_list").fetchall()
            if folder in Path(file).parents:
                connection.execute("PRAGMA synchronous = NORMAL")
                if file not in idle:
                    idle[file] = stack.enter_context(closing(sqlite3.connect(file, check_same_thread=False)))
                idle[file].execute("PRAGMA schema_version").fetchall()  # a look, since a log counts its readers only

        event.listen(Engine, "connect", connected)
        stack.callback(event.remove, Engine, "connect", connected)
        yield
