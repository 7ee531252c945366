"""The published version: whole, read-only, and never replaced by a build that lost its rows."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spotify_platform.contract import Column, Contract, Evaluation
from spotify_platform.environment import Environment
from spotify_platform.errors import BusyError, ConfigurationError, PermanentError, PublishRefusedError
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import DataFile
from spotify_platform.warehouse.duckdb import DuckDBWarehouse, store
from spotify_platform.warehouse.published import Version, current_version, open_published, publish, select

NUMBERS = Contract("Numbers.", (Column("n", "BIGINT", "A number."),), grain=("n",))
BOTH = "SELECT (SELECT COUNT(*) FROM warehouse.fact_numbers), (SELECT COUNT(*) FROM marts.numbers)"


@dataclass(frozen=True)
class Publisher:
    """A warehouse of two tables that always have the same number of rows in a published version."""

    warehouse: DuckDBWarehouse
    lake: FolderLake
    target: Path

    def write(self, rows: int, table: tuple[str, str] = ("warehouse", "fact_numbers")) -> None:
        with self.warehouse.connect() as connection:
            store(connection, table, f"SELECT i AS n FROM range({rows}) AS numbers(i)", NUMBERS)

    def build(self, rows: int) -> None:
        self.write(rows)
        self.write(rows, ("marts", "numbers"))

    def publish(
        self,
        tolerance: float = 1,
        tables: tuple[tuple[str, str], ...] = (),
        may_shrink: tuple[tuple[str, str], ...] = (),
    ) -> Version:
        return publish(
            self.warehouse,
            self.lake,
            list(tables),
            self.target,
            tolerance=tolerance,
            published_at="2024-01-01",
            may_shrink=may_shrink,
        )

    def counts(self) -> tuple[Any, ...]:
        [row] = select(self.target, BOTH, self.lake.root)[1]
        return row


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    warehouse = DuckDBWarehouse(tmp_path / "warehouse" / "spotify.duckdb", threads=2, memory_limit="500MB")
    return Publisher(warehouse, FolderLake(tmp_path / "lake"), tmp_path / "published" / "spotify.duckdb")


def test_a_reader_sees_all_of_the_old_or_all_of_the_new_version(publisher: Publisher) -> None:
    publisher.build(10)
    publisher.publish()
    seen: list[tuple[Any, ...]] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                seen.append(publisher.counts())
                time.sleep(0.005)
        except BaseException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for rows in range(20, 90, 10):
        publisher.write(rows)  # between the two tables there is a state that nobody may see
        publisher.write(rows, ("marts", "numbers"))
        publisher.publish()
    done.set()
    reader.join(20)
    assert failures == []
    assert len({facts for facts, _ in seen}) > 3
    assert {facts - numbers for facts, numbers in seen} == {0}


def test_a_reader_in_another_process_sees_whole_versions(publisher: Publisher, tmp_path: Path) -> None:
    publisher.build(10)
    publisher.publish()
    loop = """
import sys, time
from pathlib import Path
from spotify_platform.warehouse.published import select
target, root, query = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
print("ready", flush=True)
while not (root / "done").exists():
    [[facts, numbers]] = select(target, query, root)[1]
    assert facts == numbers, (facts, numbers)
    print(facts, flush=True)
    time.sleep(0.005)
"""
    command = [sys.executable, "-c", loop, str(publisher.target), str(tmp_path), BOTH]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    try:
        for rows in range(20, 90, 10):
            publisher.build(rows)
            publisher.publish()
        (tmp_path / "done").touch()
        output, errors = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 0, errors
    assert len(set(output.split())) > 3


def test_several_readers_of_one_process_read_at_once(publisher: Publisher) -> None:
    publisher.build(10)
    publisher.publish()
    with open_published(publisher.target):
        assert publisher.counts() == (10, 10)
        answers: list[Any] = []

        def read() -> None:
            for _ in range(20):
                try:
                    answers.append(publisher.counts())
                except duckdb.Error as error:
                    answers.append(str(error))

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(20)
    assert set(answers) == {(10, 10)}


def test_a_new_reader_sees_the_new_version_though_another_still_reads_the_old(publisher: Publisher) -> None:
    publisher.build(10)
    publisher.publish()
    with open_published(publisher.target) as old:
        publisher.build(20)
        publisher.publish()
        assert old.execute("SELECT COUNT(*) FROM marts.numbers").fetchall() == [(10,)]
        with open_published(publisher.target) as new:
            assert new.execute("SELECT COUNT(*) FROM marts.numbers").fetchall() == [(20,)]
        publisher.build(30)
        assert publisher.publish().number == 3


def test_versions_count_up_and_say_what_they_hold(publisher: Publisher) -> None:
    assert current_version(publisher.target) is None
    for number, rows in enumerate((5, 7, 7), start=1):
        publisher.build(rows)
        version = publisher.publish()
        assert version == current_version(publisher.target)
        assert version == Version(number, "2024-01-01", {"warehouse.fact_numbers": rows, "marts.numbers": rows})
    assert [path.name for path in publisher.target.parent.iterdir()] == [publisher.target.name]


@pytest.mark.parametrize("rows", [0, 40])
def test_an_empty_build_and_one_that_lost_most_rows_are_refused(rows: int, publisher: Publisher) -> None:
    publisher.build(100)
    publisher.publish()
    publisher.build(rows)
    with pytest.raises(PublishRefusedError):
        publisher.publish(tolerance=0.5)
    assert publisher.counts() == (100, 100)
    assert [path.name for path in publisher.target.parent.iterdir()] == [publisher.target.name]


def test_a_halved_build_is_refused_by_default(publisher: Publisher, environment: Environment) -> None:
    publisher.build(100)
    publisher.publish()
    publisher.build(50)
    with pytest.raises(PublishRefusedError):
        publisher.publish(tolerance=environment.publish_tolerance)


def test_one_table_that_lost_its_rows_is_enough_to_refuse_and_is_named(publisher: Publisher) -> None:
    publisher.build(100)
    publisher.publish()
    publisher.write(3, ("marts", "numbers"))
    with pytest.raises(PublishRefusedError, match=r"marts\.numbers 100 → 3.*PUBLISH_TOLERANCE"):
        publisher.publish(tolerance=0.5)


def test_a_table_of_what_is_latest_may_lose_its_rows(publisher: Publisher) -> None:
    publisher.build(100)
    publisher.publish()
    publisher.write(3, ("marts", "numbers"))
    assert publisher.publish(tolerance=0.5, may_shrink=(("marts", "numbers"),)).number == 2
    publisher.write(3)
    with pytest.raises(PublishRefusedError, match=r"fact_numbers 100 → 3"):
        publisher.publish(tolerance=0.5, may_shrink=(("marts", "numbers"),))


def test_the_tolerance_decides_how_much_may_be_lost(publisher: Publisher) -> None:
    publisher.build(100)
    publisher.publish()
    publisher.build(80)
    with pytest.raises(PublishRefusedError):
        publisher.publish(tolerance=0.1)
    assert publisher.publish(tolerance=0.25).number == 2
    publisher.build(1)
    assert publisher.publish(tolerance=1).number == 3
    publisher.build(0)
    with pytest.raises(PublishRefusedError, match="no facts at all"):
        publisher.publish(tolerance=1)


def test_a_first_build_without_facts_is_refused(publisher: Publisher) -> None:
    publisher.write(5, ("marts", "numbers"))
    with pytest.raises(PublishRefusedError, match="no facts at all"):
        publisher.publish()
    assert not publisher.target.exists()


def test_a_publishing_that_fails_leaves_the_old_version_and_nothing_beside_it(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.build(10)
    publisher.publish()
    publisher.build(20)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        publisher.publish()
    monkeypatch.undo()
    assert publisher.counts() == (10, 10)
    assert [path.name for path in publisher.target.parent.iterdir()] == [publisher.target.name]
    assert publisher.publish().number == 2


@pytest.fixture
def with_lake(publisher: Publisher) -> Publisher:
    """A published version with one table of the lake."""
    folder = publisher.lake.stage(("cleandata", "things"))
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT i AS n FROM range(4) AS r(i)) TO '{folder / 'part.parquet'}'")
    size = (folder / "part.parquet").stat().st_size
    evaluation = Evaluation(4, {}).to_json()
    file = DataFile("part.parquet", size, 4, {}, {}, {}, {})
    publisher.lake.commit(("cleandata", "things"), [file], NUMBERS.types, commit={"evaluation": evaluation})
    publisher.build(10)
    publisher.publish(tables=(("cleandata", "things"), ("cleandata", "never_built")))
    return publisher


def test_the_published_file_opens_with_duckdb_alone_and_its_views_work(with_lake: Publisher) -> None:
    with duckdb.connect(str(with_lake.target), read_only=True) as connection:
        assert connection.execute("SELECT SUM(n) FROM cleandata.things").fetchall() == [(6,)]
        schemas = connection.execute("SELECT DISTINCT schema_name FROM duckdb_tables() ORDER BY 1").fetchall()
        assert schemas == [("marts",), ("published",), ("raw",), ("warehouse",)]
        comment = "SELECT comment FROM duckdb_columns() WHERE table_name = 'fact_numbers'"
        assert connection.execute(comment).fetchall() == [("A number.",)]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            connection.execute("DELETE FROM marts.numbers")


def test_select_reads_every_layer(with_lake: Publisher) -> None:
    query = "SELECT (SELECT COUNT(*) FROM cleandata.things), (SELECT COUNT(*) FROM marts.numbers) AS numbers"
    names, rows = select(with_lake.target, query, with_lake.lake.root)
    assert names[1] == "numbers"
    assert rows == [(4, 10)]


REFUSED = {
    "insert": "INSERT INTO marts.numbers VALUES (1)",
    "delete": "DELETE FROM marts.numbers",
    "create": "CREATE TABLE marts.more AS SELECT 1",
    "copy out": "COPY marts.numbers TO '{lake}/out.csv'",
    "attach": "ATTACH '{lake}/other.duckdb'",
    "pragma": "PRAGMA database_list",
    "set": "SET threads = 1",
    "install": "INSTALL httpfs",
    "two statements": "SELECT 1; SELECT 2",
    "a write behind a query": "SELECT 1; DELETE FROM marts.numbers",
    "nothing": "",
    "a comment": "-- nothing",
    "no SQL": "SELEC 1",
    "a file outside the lake": "SELECT * FROM read_csv('{outside}')",
    "a path out of the lake": "SELECT * FROM read_csv('{lake}/../secret.csv')",
    "a file as a table": "SELECT * FROM '{outside}'",
    "a listing of files": "SELECT * FROM glob('{folder}/*')",
    "a network address": "SELECT * FROM read_csv('https://127.0.0.1:9/x.csv')",
    "a table that is not there": "SELECT * FROM marts.nothing",
}


@pytest.mark.parametrize("what", REFUSED)
def test_select_refuses(what: str, with_lake: Publisher, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    places = {"lake": with_lake.lake.root, "outside": tmp_path / "secret.csv", "folder": tmp_path}
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PermanentError):
        select(with_lake.target, REFUSED[what].format(**places), with_lake.lake.root)
    assert sorted(tmp_path.rglob("*")) == before
    assert with_lake.counts() == (10, 10)


def test_select_refuses_to_explain_a_write(with_lake: Publisher) -> None:
    out = with_lake.lake.root / "out.csv"
    with pytest.raises(PermanentError):
        select(with_lake.target, f"EXPLAIN ANALYZE COPY marts.numbers TO '{out}'", with_lake.lake.root)
    assert not out.exists()


def test_select_before_anything_was_published_says_what_to_do(publisher: Publisher) -> None:
    with pytest.raises(ConfigurationError, match="spotify-platform run"):
        select(publisher.target, "SELECT 1", publisher.lake.root)


def test_a_writer_waits_for_another_and_then_says_that_it_is_busy(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotify_platform.warehouse.duckdb.LOCK_SECONDS", 0.2)
    raised: list[BaseException] = []

    def second() -> None:
        try:
            publisher.build(1)
        except BusyError as error:
            raised.append(error)

    with publisher.warehouse.connect():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(20)
    assert len(raised) == 1
    publisher.build(1)


def other_process(script: str, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def after_ready(child: "subprocess.Popen[str]", act: Callable[[], None]) -> None:
    """Act while the child holds the warehouse; it lets go when its input ends."""
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n", child.stderr.read() if child.stderr else ""
        act()
    finally:
        _, errors = child.communicate(timeout=30)
    assert child.returncode == 0, errors


def test_two_processes_write_one_after_the_other(publisher: Publisher) -> None:
    """The other process lets go only when it is told to, while this one waits for it."""
    hold = """
import sys
from pathlib import Path
from spotify_platform.warehouse.duckdb import DuckDBWarehouse
with DuckDBWarehouse(Path(sys.argv[1]), 2, "500MB").connect() as connection:
    print("ready", flush=True)
    sys.stdin.read(1)
    connection.execute("CREATE SCHEMA marts; CREATE TABLE marts.numbers AS SELECT 1 AS n")
"""
    child = other_process(hold, str(publisher.warehouse.file))
    found: list[Any] = []

    def write() -> None:
        with publisher.warehouse.connect() as connection:
            found.extend(connection.execute("SELECT n FROM marts.numbers").fetchall())

    def act() -> None:
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(0.3)
        assert writer.is_alive()
        assert child.stdin is not None
        child.stdin.write("x")
        child.stdin.flush()
        writer.join(20)

    after_ready(child, act)
    assert found == [(1,)]


def test_a_stranger_that_holds_the_file_is_told_as_busy(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody opened the warehouse with DuckDB's shell: trying again later can help, and a person is told so."""
    monkeypatch.setattr("spotify_platform.warehouse.duckdb.LOCK_SECONDS", 0.2)
    publisher.build(1)
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('ready', flush=True); sys.stdin.read(1)"

    def act() -> None:
        with pytest.raises(BusyError):
            publisher.build(2)

    after_ready(other_process(hold, str(publisher.warehouse.file)), act)


def test_a_warehouse_whose_writer_was_killed_opens_again(publisher: Publisher) -> None:
    """What the dead writer had not committed is gone, and its lock with it."""
    publisher.build(10)
    kill = """
import os, signal, sys
from pathlib import Path
from spotify_platform.warehouse.duckdb import DuckDBWarehouse
with DuckDBWarehouse(Path(sys.argv[1]), 2, "500MB").connect() as connection:
    connection.execute("CREATE TABLE marts.committed AS SELECT 1 AS n")
    connection.execute("BEGIN; DELETE FROM marts.numbers")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    child = other_process(kill, str(publisher.warehouse.file))
    child.communicate(timeout=30)
    assert child.returncode == -9
    assert publisher.warehouse.file.with_suffix(".duckdb.wal").exists()
    with publisher.warehouse.connect() as connection:
        assert connection.execute("SELECT COUNT(*) FROM marts.numbers").fetchall() == [(10,)]
        assert connection.execute("SELECT n FROM marts.committed").fetchall() == [(1,)]
    assert publisher.publish().rows["marts.committed"] == 1
