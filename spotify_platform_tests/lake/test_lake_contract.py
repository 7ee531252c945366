"""What every lake promises, whatever it is built on: atomic raw objects and transactional tables."""

import itertools
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.contract import Column, Contract
from spotify_platform.errors import BusyError, ConfigurationError
from spotify_platform.lake.engine import connect
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import DataFile, Lake, Table
from spotify_platform.lake.reading import query
from spotify_platform.lake.relations import bind
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.lake.conftest import COLUMNS, MONTHLY, Stage, files_of, options_of

PLAIN: Table = ("cleandata", "plain")
BY_MONTH: Table = ("cleandata", "by_month")
PARTITIONS = ("year", "month")


def commit(lake: Lake, table: Table, *files: DataFile, replace: MonthRange | None = None, note: str = "") -> Any:
    monthly = table == BY_MONTH
    return lake.commit(
        table,
        files,
        MONTHLY if monthly else COLUMNS,
        partition_by=PARTITIONS if monthly else (),
        replace=replace.partitions if replace else None,
        commit={"note": note},
    )


def months(lake: Lake) -> list[tuple[Any, ...]]:
    sql = "SELECT year * 100 + month AS month, COUNT(*) FROM cleandata.by_month GROUP BY ALL ORDER BY ALL"
    return query(lake, sql, BY_MONTH)


def file_with(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# --- raw objects


def test_a_stamp_is_another_one_after_each_change_or_there_is_none(
    any_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert any_lake.stamp("manifest") is None
    any_lake.put_json_if_absent("manifest/a.json", {"n": 1})
    assert any_lake.stamp("manifest") is None, "what changed just now may change once more"
    monkeypatch.setattr("spotify_platform.lake.folder.RESTED", -1)
    stamps = [any_lake.stamp("manifest")]
    for name in ("b", "c"):
        time.sleep(0.02)
        any_lake.put_json_if_absent(f"manifest/{name}.json", {"n": 1})
        stamps.append(any_lake.stamp("manifest"))
    time.sleep(0.02)
    assert any_lake.remove(any_lake.objects("manifest")[0])
    stamps.append(any_lake.stamp("manifest"))
    assert len(set(stamps)) == (4 if any_lake.is_local else 1)
    assert stamps[-1] == any_lake.stamp("manifest")


def test_a_file_is_stored_and_read_back(any_lake: Lake, tmp_path: Path) -> None:
    assert not any_lake.exists("files/ab/x.csv")
    any_lake.put_file("files/ab/x.csv", file_with(tmp_path / "x", "first"))
    assert any_lake.exists("files/ab/x.csv")
    with any_lake.local_copy("files/ab/x.csv") as path:
        assert path.read_text(encoding="utf-8") == "first"


def test_a_file_is_replaced_whole(any_lake: Lake, tmp_path: Path) -> None:
    for text in ("first, and longer", "second"):
        any_lake.put_file("x", file_with(tmp_path / "x", text))
    with any_lake.local_copy("x") as path:
        assert path.read_text(encoding="utf-8") == "second"


def test_a_file_that_cannot_be_stored_leaves_what_was_there(
    any_lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_lake.put_file("x", file_with(tmp_path / "x", "first"))

    def full(source: Any, target: Any, *_: Any, **__: Any) -> None:
        Path(target).write_text("hal", encoding="utf-8")
        raise OSError(28, "No space left on device")

    def cut(container: Any, name: str, data: Any, **_: Any) -> None:
        container.get_blob_client(name).stage_block("MQ==", data.read(3))
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("spotify_platform.lake.folder._copy", full)
        patched.setattr("azure.storage.blob.ContainerClient.upload_blob", cut)
        for name in ("x", "y"):
            with pytest.raises(OSError, match="No space left"):
                any_lake.put_file(name, file_with(tmp_path / "z", "second"))
    with any_lake.local_copy("x") as path:
        assert path.read_text(encoding="utf-8") == "first"
    assert not any_lake.exists("y")


def test_a_file_of_many_parts_is_stored_whole(any_lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotify_platform.lake.folder.PART", 1000)
    text = "".join(map(str, range(2345)))
    any_lake.put_file("x", file_with(tmp_path / "x", text))
    with any_lake.local_copy("x") as path:
        assert path.read_text(encoding="utf-8") == text


def test_readers_see_all_of_a_file_or_nothing(any_lake: Lake, tmp_path: Path) -> None:
    texts = [letter * 300_000 for letter in "ab"]
    sources = [file_with(tmp_path / f"source-{n}", text) for n, text in enumerate(texts)]
    any_lake.put_file("x", sources[0])
    done = threading.Event()
    seen: set[str] = set()

    def read() -> None:
        while not done.is_set():
            with any_lake.local_copy("x") as path:
                seen.add(path.read_text(encoding="utf-8"))

    reader = threading.Thread(target=read)
    reader.start()
    for source in itertools.islice(itertools.cycle(sources), 20):
        any_lake.put_file("x", source)
    done.set()
    reader.join()
    assert seen <= set(texts)


def test_a_json_object_is_written_once(any_lake: Lake) -> None:
    assert any_lake.put_json_if_absent("manifest/a.json", {"name": "Ré", "n": 1})
    assert not any_lake.put_json_if_absent("manifest/a.json", {"name": "other"})
    assert list(any_lake.read_jsons("manifest")) == [("manifest/a.json", {"name": "Ré", "n": 1})]


def test_of_many_writers_at_once_exactly_one_writes(any_lake: Lake) -> None:
    start = threading.Barrier(8)
    won: list[int] = []

    def write(number: int) -> None:
        start.wait()
        if any_lake.put_json_if_absent("manifest/a.json", {"number": number}):
            won.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [data["number"] for _, data in any_lake.read_jsons("manifest")] == won
    assert len(won) == 1


def test_json_objects_are_read_in_the_order_of_their_names(any_lake: Lake) -> None:
    names = ["b.json", "a/z.json", "a-b.json", "a.json", "a/b/c.json", "A.json"]
    for name in names:
        any_lake.put_json_if_absent(f"manifest/{name}", {"name": name})
    found = list(any_lake.read_jsons("manifest"))
    assert [name for name, _ in found] == sorted(f"manifest/{name}" for name in names)
    assert all(name == f"manifest/{data['name']}" for name, data in found)


def test_under_an_unused_prefix_there_is_nothing(any_lake: Lake) -> None:
    assert list(any_lake.read_jsons("receipts")) == []


def test_a_lake_that_is_cleared_is_empty_and_can_be_used_again(any_lake: Lake, stage: Stage) -> None:
    any_lake.put_json_if_absent("manifest/a.json", {"n": 1})
    commit(any_lake, PLAIN, stage(PLAIN, 3))
    any_lake.clear()
    assert (list(any_lake.read_jsons("manifest")), any_lake.state(PLAIN)) == ([], None)
    assert commit(any_lake, PLAIN, stage(PLAIN, 2)).version == 0


def test_a_table_that_is_dropped_is_gone_with_its_versions_and_no_other(any_lake: Lake, stage: Stage) -> None:
    other = (PLAIN[0], f"{PLAIN[1]}_too")
    for table in (PLAIN, PLAIN, other):
        commit(any_lake, table, stage(table, 3))
    any_lake.drop(PLAIN)
    assert any_lake.state(PLAIN) is None
    assert any_lake.state(other) is not None
    assert commit(any_lake, PLAIN, stage(PLAIN, 2)).version == 0
    any_lake.drop(("cleandata", "never_built"))


def test_a_broken_json_object_is_no_missing_one(any_lake: Lake, tmp_path: Path) -> None:
    any_lake.put_file("manifest/a.json", file_with(tmp_path / "x", '{"cut": '))
    with pytest.raises(json.JSONDecodeError):
        list(any_lake.read_jsons("manifest"))


# --- tables


def test_a_table_that_was_never_written_has_no_state(any_lake: Lake, stage: Stage) -> None:
    assert any_lake.state(PLAIN) is None
    stage(PLAIN, 3)
    assert any_lake.state(PLAIN) is None
    with pytest.raises(ConfigurationError, match=r"cleandata\.plain has not been built"):
        query(any_lake, "SELECT * FROM cleandata.plain", PLAIN)


def test_a_commit_makes_staged_files_the_table(any_lake: Lake, stage: Stage) -> None:
    state = commit(any_lake, PLAIN, stage(PLAIN, 3), stage(PLAIN, 2), note="first")
    assert (state.version, state.rows, len(state.files)) == (0, 5, 2)
    assert (dict(state.columns), state.partition_by) == (COLUMNS, ())
    assert state.bytes > 0
    assert any_lake.state(PLAIN) == state
    assert query(any_lake, "SELECT COUNT(*), SUM(streams) FROM cleandata.plain", PLAIN) == [(5, 4)]


def test_a_commit_without_partitions_replaces_the_whole_table(any_lake: Lake, stage: Stage) -> None:
    commit(any_lake, PLAIN, stage(PLAIN, 3))
    state = commit(any_lake, PLAIN, stage(PLAIN, 7))
    assert (state.version, state.rows) == (1, 7)
    assert query(any_lake, "SELECT COUNT(*) FROM cleandata.plain", PLAIN) == [(7,)]


def test_a_table_can_become_empty(any_lake: Lake, stage: Stage) -> None:
    commit(any_lake, PLAIN, stage(PLAIN, 3))
    state = commit(any_lake, PLAIN)
    assert (state.version, state.rows, state.files) == (1, 0, ())
    assert query(any_lake, "SELECT COUNT(*) FROM cleandata.plain", PLAIN) == [(0,)]


def test_a_commit_of_months_leaves_the_others(any_lake: Lake, stage: Stage) -> None:
    commit(any_lake, BY_MONTH, *(stage(BY_MONTH, 5, month) for month in (202001, 202002, 202011, 202012)))
    state = commit(any_lake, BY_MONTH, stage(BY_MONTH, 2, 202001), replace=MonthRange(202001, 202002))
    assert months(any_lake) == [(202001, 2), (202011, 5), (202012, 5)]
    assert (state.rows, state.partition_by) == (12, PARTITIONS)


def test_months_can_be_replaced_with_nothing(any_lake: Lake, stage: Stage) -> None:
    commit(any_lake, BY_MONTH, stage(BY_MONTH, 5, 202001), stage(BY_MONTH, 5, 202002))
    commit(any_lake, BY_MONTH, replace=MonthRange(202001, 202001))
    assert months(any_lake) == [(202002, 5)]
    commit(any_lake, BY_MONTH, replace=MonthRange(202001, 202001))
    assert months(any_lake) == [(202002, 5)]


def test_a_month_that_was_never_there_is_added(any_lake: Lake, stage: Stage) -> None:
    commit(any_lake, BY_MONTH, stage(BY_MONTH, 5, 202001))
    commit(any_lake, BY_MONTH, stage(BY_MONTH, 1, 201912), replace=MonthRange(201912, 201912))
    assert months(any_lake) == [(201912, 1), (202001, 5)]


def test_the_same_months_again_change_nothing_but_the_version(any_lake: Lake, stage: Stage) -> None:
    for version in range(3):
        state = commit(any_lake, BY_MONTH, stage(BY_MONTH, 5, 202001), replace=MonthRange(202001, 202001))
        assert (state.version, state.rows) == (version, 5)


def test_what_the_writer_says_is_kept_with_the_version(any_lake: Lake, stage: Stage) -> None:
    for note in ("first", 'sec"ond é'):
        assert commit(any_lake, PLAIN, stage(PLAIN, 3), note=note).commit == {"note": note}
    state = any_lake.state(PLAIN)
    assert state is not None
    assert state.commit == {"note": 'sec"ond é'}


def test_a_replaced_table_can_have_other_columns(any_lake: Lake, stage: Stage) -> None:
    commit(any_lake, PLAIN, stage(PLAIN, 3))
    state = any_lake.commit(PLAIN, [stage(PLAIN, 2)], {"track_id": "VARCHAR"}, commit={})
    assert (dict(state.columns), state.rows) == ({"track_id": "VARCHAR"}, 2)
    assert query(any_lake, "SELECT * FROM cleandata.plain ORDER BY ALL", PLAIN) == [("t0",), ("t1",)]


def test_every_type_of_a_contract_survives(any_lake: Lake) -> None:
    types = ("VARCHAR", "BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "DATE")
    columns = {f"a_{type.lower()}": type for type in types}
    assert dict(any_lake.commit(PLAIN, [], columns, commit={}).columns) == columns


@pytest.mark.parametrize("whole", [True, False])
def test_two_writers_at_once_never_mix_and_the_loser_is_told(any_lake: Lake, stage: Stage, whole: bool) -> None:
    table = PLAIN if whole else BY_MONTH
    month = None if whole else 202001
    commit(any_lake, table, stage(table, 1, month))
    files = [stage(table, rows, month) for rows in range(10, 16)]
    start = threading.Barrier(len(files))
    outcomes: list[str] = []

    def write(file: DataFile) -> None:
        start.wait()
        try:
            commit(any_lake, table, file, replace=None if whole else MonthRange(202001, 202001))
            outcomes.append("committed")
        except BusyError:
            outcomes.append("busy")

    threads = [threading.Thread(target=write, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = any_lake.state(table)
    assert state is not None
    assert len(outcomes) == len(files)
    assert state.version == outcomes.count("committed") >= 1
    assert (len(state.files), state.rows in range(10, 16)) == (1, True)


def test_a_failed_commit_leaves_the_old_table(any_lake: Lake, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    before = commit(any_lake, PLAIN, stage(PLAIN, 3))

    def fails(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("deltalake.transaction.create_table_with_add_actions", fails)
        with pytest.raises(OSError, match="No space left"):
            commit(any_lake, PLAIN, stage(PLAIN, 9))
    assert any_lake.state(PLAIN) == before


def test_a_failed_read_is_not_an_empty_table(any_lake: Lake, stage: Stage) -> None:
    commit(any_lake, PLAIN, stage(PLAIN, 3))
    files = files_of(any_lake)
    [log] = files.glob(f"{any_lake.table_address(PLAIN)}/_delta_log/*.json")
    files.pipe(log, b'{"add": {"pa')
    with pytest.raises(Exception, match=r"(?i)json|log|parse"):
        any_lake.state(PLAIN)
    with pytest.raises(Exception, match=r"(?i)json|log|parse"):
        query(any_lake, "SELECT COUNT(*) FROM cleandata.plain", PLAIN)


def test_a_table_whose_files_are_gone_is_not_empty(any_lake: Lake, stage: Stage) -> None:
    file = stage(PLAIN, 3)
    commit(any_lake, PLAIN, file)
    files_of(any_lake).rm(f"{any_lake.table_address(PLAIN)}/{file.path}")
    with pytest.raises(Exception, match=r"(?i)no files found|not found|no such file|does not exist"):
        query(any_lake, "SELECT COUNT(*) FROM cleandata.plain", PLAIN)


def test_a_failed_commit_leaves_no_file_behind(any_lake: Lake, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(any_lake, PLAIN, stage(PLAIN, 3))
    files = files_of(any_lake)
    before = files.find(any_lake.table_address(PLAIN))

    def fails(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("deltalake.transaction.create_table_with_add_actions", fails)
        staged = stage(PLAIN, 9)
        with pytest.raises(OSError, match="No space left"):
            commit(any_lake, PLAIN, staged)
    (any_lake.stage(PLAIN) / staged.path).unlink()  # what was staged is its writer's
    assert files.find(any_lake.table_address(PLAIN)) == before


def test_another_tool_reads_the_table_with_its_statistics(any_lake: Lake, stage: Stage) -> None:
    from deltalake import DeltaTable

    commit(any_lake, BY_MONTH, stage(BY_MONTH, 5, 202001), stage(BY_MONTH, 2, 202002))
    table = DeltaTable(any_lake.table_address(BY_MONTH), storage_options=options_of(any_lake))
    found = table.to_pyarrow_table(filters=[("month", "=", 1), ("streams", ">", 2)])
    assert found.num_rows == 2
    assert table.metadata().partition_columns == list(PARTITIONS)


def test_what_another_tool_commits_is_seen_without_our_notes(any_lake: Lake, stage: Stage) -> None:
    from deltalake import DeltaTable

    commit(any_lake, PLAIN, stage(PLAIN, 5), note="ours")
    DeltaTable(any_lake.table_address(PLAIN), storage_options=options_of(any_lake)).delete("streams = 3")
    state = any_lake.state(PLAIN)
    assert state is not None
    assert (state.version, state.rows, state.commit) == (1, 4, {})
    assert query(any_lake, "SELECT COUNT(*) FROM cleandata.plain", PLAIN) == [(4,)]


def test_months_that_are_asked_for_are_all_that_is_read(any_lake: Lake, stage: Stage) -> None:
    commit(any_lake, BY_MONTH, *(stage(BY_MONTH, 1, month) for month in (202001, 202002, 202011, 202101)))
    for asked, found in (
        (MonthRange(202001, 202001), 1),
        (MonthRange(202002, 202012), 2),
        (MonthRange(201901, 201902), 0),
    ):
        with connect() as connection:
            bind(connection, any_lake, [BY_MONTH], asked)
            assert connection.execute("SELECT COUNT(*) FROM cleandata.by_month").fetchall() == [(found,)]


@pytest.mark.parametrize("name", ["with space", "it's", "[1]", "100%", "é", "a*b", "a=b"])
def test_a_folder_lake_can_lie_below_any_name(tmp_path: Path, name: str) -> None:
    lake = FolderLake(tmp_path / name)
    model = SqlModel("cleandata", "plain", "SELECT 1 AS n, 2020 AS year, 1 AS month")
    columns = tuple(Column(column, "INTEGER", "Any.") for column in ("n", "year", "month"))
    contract = Contract("Any.", columns, ("n",))
    compute = DuckDBCompute(lake, threads=1, memory_limit="1GB", scratch=tmp_path / "scratch")
    for months in (None, MonthRange(202001, 202001)):
        assert compute.build(model, contract, months).state.rows == 1
        assert query(lake, "SELECT * FROM cleandata.plain", PLAIN) == [(1, 2020, 1)]


# --- what may be removed


def test_objects_are_found_and_removed(any_lake: Lake, tmp_path: Path) -> None:
    for name in ("files/ab/x.csv", "files/cd/y.csv", "filesystem", "other/z"):
        any_lake.put_file(name, file_with(tmp_path / "x", name))
    found = any_lake.objects("files")
    assert [(stored.layer, stored.name, stored.size) for stored in found] == [
        ("rawdata", "files/ab/x.csv", 14),
        ("rawdata", "files/cd/y.csv", 14),
    ]
    assert any_lake.remove(found[0])
    assert not any_lake.exists("files/ab/x.csv")
    assert not any_lake.remove(found[0]), "it is gone"
    assert any_lake.objects("files") == found[1:]
    assert any_lake.objects("nothing") == []


def test_an_object_that_was_written_anew_since_it_was_found_stays(any_lake: Lake, tmp_path: Path) -> None:
    any_lake.put_file("files/x", file_with(tmp_path / "x", "old"))
    [found] = any_lake.objects("files")
    any_lake.put_file("files/x", file_with(tmp_path / "x", "new"))
    assert not any_lake.remove(found)
    with any_lake.local_copy("files/x") as path:
        assert path.read_text(encoding="utf-8") == "new"
    assert [stored.name for stored in any_lake.objects("files")] == ["files/x"]


def test_files_that_the_current_version_does_not_name_are_obsolete_after_their_time(
    any_lake: Lake, stage: Stage
) -> None:
    assert any_lake.obsolete(BY_MONTH, 0) == [], "there is no table yet"
    old = [stage(BY_MONTH, 3, month=202001), stage(BY_MONTH, 4, month=202002)]
    commit(any_lake, BY_MONTH, *old)
    commit(any_lake, BY_MONTH, stage(BY_MONTH, 5, month=202001), replace=MonthRange(202001, 202001), note="new")
    assert any_lake.obsolete(BY_MONTH, 1) == [], "an hour has not passed"
    before = any_lake.state(BY_MONTH)
    [found] = any_lake.obsolete(BY_MONTH, 0)
    assert (found.layer, found.name, found.size) == ("cleandata", f"by_month/{old[0].path}", old[0].size)
    assert any_lake.remove(found)
    assert any_lake.obsolete(BY_MONTH, 0) == []
    assert any_lake.state(BY_MONTH) == before, "what the last writer noted is still there"
    assert months(any_lake) == [(202001, 5), (202002, 4)]
