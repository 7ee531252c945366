"""What only a pool can suffer: faults at every step of loading, renaming and publishing; and what readers see meanwhile."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.contract import Column, Contract
from spotify_platform.errors import ConfigurationError, PermanentError, PublishRefusedError, SourceUnavailableError
from spotify_platform.lake.azure import AzureLake
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import Lake
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel
from spotify_platform.warehouse import tsql
from spotify_platform.warehouse.synapse import STAGING, SynapseWarehouse, Target
from spotify_platform.warehouse.synapse_lake import load_lake_table
from spotify_platform.warehouse.tsql import Layout
from spotify_platform_tests.fakes.pool import Pool
from spotify_platform_tests.warehouse.conftest import Backend, Materialize, table_of

pytestmark = pytest.mark.filterwarnings("ignore:Parameter `backfill_policy` of function `asset` is currently in beta")

ENTRIES = Contract(
    "A number for each day.",
    (Column("track_id", "VARCHAR", "Track."), Column("day", "DATE", "Day."), Column("rank", "INTEGER", "Rank.")),
    grain=("track_id", "day"),
)
JANUARY, FEBRUARY = ("2020-01-01", "2020-01-01"), ("2020-02-01", "2020-02-01")


def entries(rank: int, month: int = 1, days: int = 3) -> pa.Table:
    rows = [{"track_id": "aB", "day": dt.date(2020, month, 1 + n), "rank": rank} for n in range(days)]
    return pa.Table.from_pylist(
        rows, pa.schema([("track_id", pa.string()), ("day", pa.date32()), ("rank", pa.int32())])
    )


def asset(rank: int, *, monthly: bool = False, month: int = 1, name: str = "fact_entries") -> dg.AssetsDefinition:
    return table_of(name, ENTRIES, lambda: entries(rank, month), "day" if monthly else None)


def ranks(pool: Pool, table: str = "marts.fact_entries") -> set[int]:
    return {rank for (rank,) in pool.query(f"SELECT DISTINCT rank FROM {table}")}


def leftovers(pool: Pool) -> list[str]:
    """Tables that were made on the way and are nobody's."""
    names = pool.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts'")
    return sorted(name for (name,) in names if "__" in name)


def staged(backend: Backend) -> list[str]:
    with backend.warehouse.storage.container(STAGING) as container:
        return [blob.name for blob in container.list_blobs()]


STEPS = {
    "upload": None,
    "load table": r"^CREATE TABLE .*__load_",
    "COPY INTO": r"^COPY INTO",
    "count": r"^SELECT COUNT_BIG.*__load_",
    "CTAS": r"^CREATE TABLE .*__new_",
    "contract": r"SUM\(CASE WHEN",
    "statistics": r"^CREATE STATISTICS",
    "first rename": r"(RENAME OBJECT|sp_rename).*__old_",
    "second rename": r"(RENAME OBJECT|sp_rename).*__new_",
    "drop": r"^DROP TABLE .*__old_",
    "ledger": r"^INSERT INTO \[platform\]\.\[tables\]",
}


@contextmanager
def failing(pool: Pool, pattern: str | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if pattern is None:
        with monkeypatch.context() as patched:

            def cut(container: Any, name: str, data: Any, **_: Any) -> None:
                container.get_blob_client(name).stage_block("MQ==", data.read(3))
                raise OSError("the connection was cut")

            patched.setattr("azure.storage.blob.ContainerClient.upload_blob", cut)
            yield
    else:
        with pool.failing(pattern, error=(40197, "injected")):
            yield


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_fails_the_run_and_the_next_one_mends(
    step: str, dedicated: Backend, materialize_dedicated: Materialize, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool: Pool = dedicated.pool
    assert materialize_dedicated(asset(1)).success
    with failing(pool, STEPS[step], monkeypatch):
        assert not materialize_dedicated(asset(2)).success
    if step in ("upload", "load table", "COPY INTO", "count", "CTAS", "contract", "statistics", "first rename"):
        assert ranks(pool) == {1}
    assert staged(dedicated) == []
    assert materialize_dedicated(asset(3)).success
    assert ranks(pool) == {3}
    assert leftovers(pool) == []
    assert dedicated.warehouse.verify(("marts", "fact_entries"), ENTRIES).passed


MONTH_STEPS = {"DELETE": r"^DELETE FROM \[marts\]", "INSERT": r"^INSERT INTO \[marts\]", "ledger": STEPS["ledger"]}


@pytest.mark.parametrize("step", MONTH_STEPS)
@pytest.mark.parametrize("cut", [False, True], ids=["error", "cut connection"])
def test_a_fault_in_the_transaction_of_a_month_leaves_all_of_its_rows(
    step: str, cut: bool, dedicated: Backend, materialize_dedicated: Materialize
) -> None:
    pool: Pool = dedicated.pool
    assert materialize_dedicated(asset(1, monthly=True), months=JANUARY).success
    assert materialize_dedicated(asset(2, monthly=True, month=2), months=FEBRUARY).success
    fault = pool.dropping(MONTH_STEPS[step]) if cut else pool.failing(MONTH_STEPS[step])
    with fault:
        assert not materialize_dedicated(asset(3, monthly=True), months=JANUARY).success
    assert pool.query("SELECT rank, COUNT(*) FROM marts.fact_entries GROUP BY ALL ORDER BY 1") == [(1, 3), (2, 3)]
    assert materialize_dedicated(asset(3, monthly=True), months=JANUARY).success
    assert pool.query("SELECT rank, COUNT(*) FROM marts.fact_entries GROUP BY ALL ORDER BY 1") == [(2, 3), (3, 3)]
    assert leftovers(pool) == []


def test_a_crash_between_the_renames_is_mended_before_the_table_is_next_written(
    pooled: Backend, materialize_pooled: Materialize
) -> None:
    """The connection is gone, so nobody could clean up: the old table stands beside, under another name."""
    pool: Pool = pooled.pool
    assert materialize_pooled(asset(1)).success
    with pool.dropping(STEPS["second rename"]):
        assert not materialize_pooled(asset(2)).success
    assert any("__old_" in name for name in leftovers(pool))
    with pool.failing(r"^COPY INTO"):  # the table is put right even by a run that fails for another reason
        assert not materialize_pooled(asset(3)).success
    assert ranks(pool) == {1}
    assert materialize_pooled(asset(4)).success
    assert ranks(pool) == {4}
    assert leftovers(pool) == []


def test_rows_that_copy_into_has_left_out_are_noticed(
    dedicated: Backend, materialize_dedicated: Materialize, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert materialize_dedicated(asset(1)).success
    copy = tsql.copy_into
    monkeypatch.setattr(tsql, "copy_into", lambda *arguments: copy(*arguments).replace("COPY INTO", "SELECT 1 --"))
    failed = materialize_dedicated(asset(2))
    assert not failed.success
    assert "COPY INTO loaded 0 of 3 rows" in str(failed.get_step_failure_events()[0].step_failure_data.error)
    assert ranks(dedicated.pool) == {1}


def test_ids_that_differ_by_case_alone_are_two(pooled: Backend, materialize_pooled: Materialize) -> None:
    day = dt.date(2020, 1, 1)
    rows = pa.table({"track_id": ["ab", "aB"], "day": pa.array([day, day]), "rank": pa.array([1, 2], pa.int32())})
    assert materialize_pooled(table_of("fact_entries", ENTRIES, lambda: rows)).success
    sql = "SELECT e.rank FROM marts.fact_entries AS e WHERE e.track_id = 'aB'"
    joined = "SELECT COUNT(*) AS n FROM marts.fact_entries AS a JOIN marts.fact_entries AS b ON a.track_id = b.track_id"
    assert pooled.warehouse.query(sql)[1] == [(2,)]
    assert pooled.warehouse.query(joined)[1] == [(2,)]
    grouped = SqlModel(
        "marts", "dim_case", "SELECT f.track_id, COUNT(*) AS n FROM marts.fact_entries AS f GROUP BY f.track_id"
    )
    counted = Contract(
        "Case.", (Column("track_id", "VARCHAR", "Track."), Column("n", "BIGINT", "Rows.")), grain=("track_id",)
    )
    assert materialize_pooled(table_of("dim_case", counted, lambda: grouped)).success
    assert sorted(pooled.pool.query("SELECT track_id, n FROM marts.dim_case")) == [("aB", 1), ("ab", 1)]


def test_a_table_is_laid_out_as_its_metadata_says(dedicated: Backend) -> None:
    layout = Layout("HASH([track_id])", "CLUSTERED COLUMNSTORE INDEX ORDER ([day])", ("day",))
    with dedicated.warehouse.connect() as session:
        dedicated.warehouse.store_frame(session, Target(("marts", "fact_entries"), ENTRIES, layout), entries(1))
    said = "\n".join(dedicated.pool.statements)
    assert "WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX ORDER ([day])) AS" in said
    assert "CREATE STATISTICS [stat_day]" in said


# --- tables of the lake

CHARTS = Contract(
    "Charts.",
    (
        *(Column("track_id", "VARCHAR", "Track."), Column("rank", "SMALLINT", "Rank.")),
        *(Column("year", "INTEGER", "Year."), Column("month", "INTEGER", "Month.")),
    ),
    grain=("track_id", "year", "month"),
)


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


def build_charts(lake: Lake, scratch: Path, rank: int, months: MonthRange | None = None) -> None:
    rows = " UNION ALL ".join(
        f"SELECT 'é' AS track_id, {rank} AS rank, 2020 AS year, {month} AS month"
        for month in ((1, 2, 11) if months is None else [m % 100 for m in months])
    )
    DuckDBCompute(lake, 1, "500MB", scratch).build(SqlModel("cleandata", "charts", rows), CHARTS, months)


def in_pool(pool: Pool) -> list[tuple[Any, ...]]:
    return pool.query("SELECT year * 100 + month, track_id, rank FROM cleandata.charts ORDER BY ALL")


def load(backend: Backend, lake: Lake) -> list[str]:
    """Load the table; the loads that it took."""
    before = len(backend.pool.statements)
    with backend.warehouse.connect() as session:
        load_lake_table(backend.warehouse, session, lake, ("cleandata", "charts"))
    return [statement for statement in backend.pool.statements[before:] if statement.startswith("COPY INTO")]


def test_only_months_whose_files_changed_are_loaded(pooled: Backend, lake: FolderLake, tmp_path: Path) -> None:
    build_charts(lake, tmp_path, 1)
    assert len(load(pooled, lake)) == 3
    assert in_pool(pooled.pool) == [(202001, "é", 1), (202002, "é", 1), (202011, "é", 1)]
    assert load(pooled, lake) == []
    build_charts(lake, tmp_path, 7, MonthRange(202002, 202002))
    assert len(load(pooled, lake)) == 1
    assert in_pool(pooled.pool) == [(202001, "é", 1), (202002, "é", 7), (202011, "é", 1)]
    assert staged(pooled) == []


def test_a_load_of_a_month_that_fails_leaves_its_rows_and_is_made_up_for(
    pooled: Backend, lake: FolderLake, tmp_path: Path
) -> None:
    build_charts(lake, tmp_path, 1)
    load(pooled, lake)
    build_charts(lake, tmp_path, 7, MonthRange(202002, 202002))
    for pattern in (r"^COPY INTO", r"^INSERT INTO \[cleandata\]", r"^INSERT INTO \[platform\]\.\[digests\]"):
        with pooled.pool.failing(pattern), pytest.raises(Exception, match=r"."):
            load(pooled, lake)
        assert in_pool(pooled.pool) == [(202001, "é", 1), (202002, "é", 1), (202011, "é", 1)]
    load(pooled, lake)
    assert in_pool(pooled.pool)[1] == (202002, "é", 7)


def test_files_of_a_lake_in_azure_are_loaded_from_where_they_lie(pooled: Backend, tmp_path: Path) -> None:
    account = pooled.warehouse.storage
    lake = AzureLake(account, uuid.uuid4().hex, tmp_path / "scratch")
    build_charts(lake, tmp_path, 1)
    copies = load(pooled, lake)
    assert in_pool(pooled.pool) == [(202001, "é", 1), (202002, "é", 1), (202011, "é", 1)]
    assert all(f"FROM '{account.endpoint}/cleandata/{lake.prefix}/charts/" in copy for copy in copies)


def test_a_table_of_the_lake_that_was_never_built_is_no_empty_one(pooled: Backend, lake: FolderLake) -> None:
    with pytest.raises(ConfigurationError, match=r"cleandata\.charts has not been built"):
        load(pooled, lake)


# --- publishing

Publish = Callable[..., Any]


@pytest.fixture
def publish(pooled: Backend, lake: FolderLake) -> Publish:
    def published(tolerance: float = 0.0, at: str = "now") -> Any:
        return pooled.warehouse.publish(lake, [], tolerance=tolerance, published_at=at)

    return published


def read(backend: Backend, table: str = "fact_entries") -> set[int]:
    return {rank for (rank,) in backend.warehouse.select(f"SELECT DISTINCT [rank] FROM [published].[{table}]")[1]}


def test_readers_see_the_published_rows_and_not_those_that_are_built(
    pooled: Backend, materialize_pooled: Materialize, publish: Publish
) -> None:
    assert pooled.warehouse.published() is None
    for rank in (1, 2, 3, 4):
        assert materialize_pooled(asset(rank)).success
        assert rank == 1 or read(pooled) == {rank - 1}
        version = publish(at=f"at {rank}")
        assert (version.number, version.rows) == (rank, {"marts.fact_entries": 3})
        assert pooled.warehouse.published() == version
        assert read(pooled) == {rank}


@pytest.mark.parametrize(
    "pattern",
    [
        r"^CREATE TABLE \[published_b\]",
        r"^INSERT INTO \[platform\]\.\[copies\]",
        r"^ALTER VIEW",
        r"^UPDATE \[platform\]",
    ],
)
def test_publishing_that_fails_leaves_the_published_version_and_the_next_one_mends(
    pattern: str, pooled: Backend, materialize_pooled: Materialize, publish: Publish
) -> None:
    both = [asset(1), asset(1, name="fact_more")]
    assert materialize_pooled(*both).success
    publish()
    assert materialize_pooled(asset(2), asset(2, name="fact_more")).success
    with pooled.pool.failing(pattern), pytest.raises(Exception, match=r"."):
        publish()
    assert (read(pooled), read(pooled, "fact_more")) == ({1}, {1})
    assert publish().number == 2
    assert (read(pooled), read(pooled, "fact_more")) == ({2}, {2})


def test_all_tables_change_at_once(pooled: Backend, materialize_pooled: Materialize, publish: Publish) -> None:
    """A reader that asks for two tables in one statement never sees one old and one new."""
    names = ("fact_entries", "fact_more")
    assert materialize_pooled(*(asset(1, name=name) for name in names)).success
    publish()
    both = (
        "SELECT DISTINCT [a].[rank] AS [a], [b].[rank] AS [b] "
        "FROM [published].[fact_entries] AS [a] CROSS JOIN [published].[fact_more] AS [b]"
    )
    seen: set[tuple[int, ...]] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.update(pooled.warehouse.select(both)[1])
            done.wait(0.02)  # leaves the processor to the writer

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for rank in (2, 3):
            assert materialize_pooled(*(asset(rank, name=name) for name in names)).success
            publish()
    finally:
        done.set()
        reader.join()
    assert seen <= {(1, 1), (2, 2), (3, 3)}
    assert read(pooled) == {3}


def test_what_is_erased_is_in_no_slot_and_is_built_and_loaded_anew(
    pooled: Backend, materialize_pooled: Materialize, publish: Publish, lake: FolderLake, tmp_path: Path
) -> None:
    build_charts(lake, tmp_path, 1)
    load(pooled, lake)
    for rank in (1, 2):  # a slot each
        assert materialize_pooled(asset(rank), asset(rank, name="fact_more")).success
        publish()
    pooled.warehouse.erase(("marts", "fact_entries"), ("cleandata", "charts"), ("marts", "never_built"))
    places = ("marts.fact_entries", "published_a.fact_entries", "published_b.fact_entries", "cleandata.charts")
    assert [pooled.pool.query(f"SELECT COUNT(*) FROM {place}") for place in places] == [[(0,)]] * 4
    assert (read(pooled), read(pooled, "fact_more")) == (set(), {2})
    assert len(load(pooled, lake)) == 3
    assert materialize_pooled(asset(2)).success
    publish()
    assert (read(pooled), read(pooled, "fact_more")) == ({2}, {2})


def test_what_did_not_change_is_not_copied(pooled: Backend, materialize_pooled: Materialize, publish: Publish) -> None:
    assert materialize_pooled(asset(1), asset(1, name="fact_more")).success
    publish()
    publish()
    before = len(pooled.pool.statements)
    assert materialize_pooled(asset(2)).success
    publish()
    copied = [s for s in pooled.pool.statements[before:] if s.startswith("INSERT INTO [published_")]
    assert len(copied) == 1
    assert "fact_entries" in copied[0]


def test_an_empty_or_halved_build_is_refused(
    pooled: Backend, materialize_pooled: Materialize, publish: Publish
) -> None:
    with pytest.raises(PublishRefusedError, match="no facts at all"):
        publish()
    assert materialize_pooled(asset(1)).success
    publish()
    fewer = table_of("fact_entries", ENTRIES, lambda: entries(2, days=1))
    assert materialize_pooled(fewer).success
    with pytest.raises(PublishRefusedError, match="lost more than 40%"):
        publish(tolerance=0.4)
    assert read(pooled) == {1}
    publish(tolerance=1)
    assert read(pooled) == {2}


def test_a_table_may_get_a_column_and_another_may_go(
    pooled: Backend, materialize_pooled: Materialize, publish: Publish
) -> None:
    assert materialize_pooled(asset(1), asset(1, name="fact_more")).success
    publish()
    wider = Contract("Wider.", (*ENTRIES.columns, Column("more", "BIGINT", "More.")), ENTRIES.grain)
    rows = entries(2).append_column("more", pa.array([5, 5, 5], pa.int64()))
    assert materialize_pooled(table_of("fact_entries", wider, lambda: rows)).success
    publish()
    assert pooled.warehouse.select("SELECT DISTINCT [more] FROM [published].[fact_entries]")[1] == [(5,)]
    with pooled.warehouse.connect() as session:
        session.execute(tsql.delete(tsql.LEDGER, tsql.equals({"table_name": "fact_more"})))
    publish(tolerance=1)
    publish(tolerance=1)
    with pytest.raises(PermanentError, match="fact_more"):
        read(pooled, "fact_more")
    assert read(pooled) == {2}


@pytest.mark.parametrize(
    "sql", ["DROP TABLE marts.fact_entries", "SELECT 1; SELECT 2", "UPDATE t SET a = 1", "not SQL ("]
)
def test_a_reader_asks_one_question_and_changes_nothing(sql: str, pooled: Backend) -> None:
    with pytest.raises(PermanentError):
        pooled.warehouse.select(sql)
    assert pooled.pool.statements == []


# --- who we are


def test_a_wrong_password_says_what_to_grant(pooled: Backend) -> None:
    from dataclasses import replace

    stranger: SynapseWarehouse = replace(pooled.warehouse, password="wrong")
    with pytest.raises(ConfigurationError, match="db_owner"):
        stranger.query("SELECT 1 AS n")


def test_a_server_that_does_not_answer_can_be_tried_again(pooled: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr("spotify_platform.warehouse.synapse.LOGIN_SECONDS", 2)
    with pytest.raises(SourceUnavailableError, match="does not answer"):
        replace(pooled.warehouse, server="127.0.0.1,1").query("SELECT 1 AS n")


def test_the_machines_credential_logs_in_with_its_token(pooled: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    class Credential:
        def get_token(self, scope: str) -> Any:
            assert scope == "https://database.windows.net/.default"
            return type("Token", (), {"token": "entra-token"})

    monkeypatch.setattr("spotify_platform.warehouse.synapse.credential", Credential)
    assert replace(pooled.warehouse, user=None, password=None).query("SELECT 1 AS n")[1] == [(1,)]
    assert pooled.pool.logins[-1].access_token == "entra-token"


def test_no_secret_of_a_pool_is_shown_nor_said(dedicated: Backend, materialize_dedicated: Materialize) -> None:
    assert materialize_dedicated(asset(1)).success
    password, key = f"PWD={dedicated.warehouse.password}", dedicated.warehouse.storage.key
    assert "password" not in repr(dedicated.warehouse)
    assert key not in repr(dedicated.warehouse)
    assert not [s for s in dedicated.pool.statements if password in s or key in s]
