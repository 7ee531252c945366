"""Commits of a run in this process: quick in its own storage, as ever elsewhere, and nothing is lost."""

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from spotify_platform.quick_sqlite import quick_commits


def write(file: Path, number: int) -> int:
    """Insert with a connection that is opened and closed for it, as Dagster does. Returns its `synchronous`."""
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("PRAGMA journal_mode = WAL"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS numbers (n INTEGER)"))
        connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})
        return int(connection.execute(text("PRAGMA synchronous")).scalar_one())


def read(file: Path) -> list[int]:
    connection = sqlite3.connect(file)
    try:
        return [n for (n,) in connection.execute("SELECT n FROM numbers ORDER BY n")]
    finally:
        connection.close()


def test_the_log_of_a_database_stays_while_the_block_lasts_and_is_emptied_after(tmp_path: Path) -> None:
    file, log = tmp_path / "runs.db", tmp_path / "runs.db-wal"
    with quick_commits(tmp_path):
        assert [write(file, number) for number in range(3)] == [1, 1, 1]
        assert log.stat().st_size > 0
        assert read(file) == [0, 1, 2]
    assert not log.exists()
    assert read(file) == [0, 1, 2]


def test_databases_elsewhere_and_later_commits_are_left_alone(tmp_path: Path) -> None:
    inside, outside = tmp_path / "dagster", tmp_path / "mlflow"
    inside.mkdir()
    outside.mkdir()
    with quick_commits(inside):
        assert write(outside / "runs.db", 1) == 2
        assert not (outside / "runs.db-wal").exists()
    assert write(inside / "runs.db", 1) == 2
