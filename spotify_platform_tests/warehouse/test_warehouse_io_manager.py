"""The contract of the warehouse's IO manager: what is stored is what was handed over, or nothing changes."""

import datetime as dt
from decimal import Decimal
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from spotify_platform.contract import Column, Contract
from spotify_platform.metadata import CONTRACT_CHECK
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.warehouse.conftest import Backend, Materialize, table_of

pytestmark = pytest.mark.filterwarnings("ignore:Parameter `backfill_policy` of function `asset` is currently in beta")

THINGS = Contract(
    "Values of every type.",
    (
        Column("id", "BIGINT", "Number of the thing."),
        Column("name", "VARCHAR", "Its name.", required=False, missing="nobody named it"),
        Column("day", "DATE", "Its day.", required=False, missing="never"),
        Column("share", "DOUBLE", "A fraction.", required=False, missing="unknown"),
        Column("place", "SMALLINT", "A small number.", required=False, missing="unknown"),
        Column("good", "BOOLEAN", "Whether it is.", required=False, missing="unknown"),
        Column("seen_at", "TIMESTAMP", "When it was seen, UTC.", required=False, missing="never"),
    ),
    grain=("id",),
)
VALUES: list[tuple[Any, ...]] = [
    (1, "Дима “Q” ’ ; -- 漢字 🎵", dt.date(2020, 2, 29), 0.1, 200, True, dt.datetime(2020, 2, 29, 23, 59, 59, 123456)),
    (2, "", dt.date(1969, 12, 31), -1e-300, -1, False, dt.datetime(1969, 12, 31, 12)),
    (3, None, None, None, None, None, None),
]
TYPES = {
    "id": pa.int64(),
    "name": pa.string(),
    "day": pa.date32(),
    "share": pa.float64(),
    "place": pa.int16(),
    "good": pa.bool_(),
    "seen_at": pa.timestamp("us"),
}

ENTRIES = Contract(
    "A number for each day.",
    (
        Column("day", "DATE", "The day."),
        Column("rank", "INTEGER", "The number.", minimum=1, maximum=200),
        Column("label", "VARCHAR", "What it is called.", accepted=("old", "new")),
    ),
    grain=("day", "rank"),
)
ALL_ENTRIES = "SELECT CAST(day AS VARCHAR), rank, label FROM marts.entries ORDER BY ALL"


def model(table: str, sql: str) -> SqlModel:
    return SqlModel("marts", table, sql)


def as_arrow() -> pa.Table:
    columns = list(zip(*VALUES, strict=True))
    return pa.table({name: pa.array(columns[i], type_) for i, (name, type_) in enumerate(TYPES.items())})


def as_pandas() -> pd.DataFrame:
    nullable = {"id": "int64", "place": "Int16", "good": "boolean", "share": "Float64"}
    return pd.DataFrame(VALUES, columns=list(TYPES)).astype(nullable).astype({"name": object, "day": object})


def as_model() -> SqlModel:
    """The values as a model selects them from another table."""
    return model("things", "SELECT * FROM marts.originals")


def entries(first: str, days: int, rank: int = 1, label: str = "old") -> list[dict[str, Any]]:
    start = dt.date.fromisoformat(first)
    return [{"day": start + dt.timedelta(days=i), "rank": rank, "label": label} for i in range(days)]


def entries_table(rows: list[dict[str, Any]], month_column: str | None = None) -> dg.AssetsDefinition:
    schema = pa.schema([("day", pa.date32()), ("rank", pa.int32()), ("label", pa.string())])
    return table_of("entries", ENTRIES, lambda: pa.Table.from_pylist(rows, schema), month_column)


FORMS = pytest.mark.parametrize("form", [as_arrow, as_pandas, as_model], ids=["arrow", "pandas", "model"])


@FORMS
def test_every_value_is_stored_as_it_was(form: Any, backend: Backend, materialize: Materialize) -> None:
    assert materialize(table_of("originals", THINGS, as_arrow)).success
    result = materialize(table_of("things", THINGS, form))
    assert result.success
    assert backend.rows("SELECT * FROM marts.things ORDER BY id") == VALUES
    described = backend.rows(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_name = 'things' ORDER BY ordinal_position"
    )
    assert described == list(THINGS.types.items())


@pytest.mark.parametrize("wanted", [pa.Table, pd.DataFrame], ids=["arrow", "pandas"])
def test_what_was_stored_is_loaded_as_it_was(wanted: Any, materialize: Materialize) -> None:
    loaded: list[Any] = []

    @dg.asset(ins={"things": dg.AssetIn(key=["marts", "things"])})
    def reader(things: wanted) -> None:
        loaded.append(things)

    assert materialize(table_of("things", THINGS, as_arrow), reader).success
    frame = loaded[0].to_pandas() if wanted is pa.Table else loaded[0]
    assert type(loaded[0]) is wanted
    frame = frame.sort_values("id", ignore_index=True)
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["name"].tolist()[:2] == [VALUES[0][1], ""]
    assert pd.to_datetime(frame["day"]).dt.date.tolist()[:2] == [VALUES[0][2], VALUES[1][2]]
    assert frame["share"].tolist()[:2] == [0.1, -1e-300]
    assert pd.Timestamp(frame["seen_at"][0]) == pd.Timestamp(VALUES[0][6])
    assert frame.iloc[2].drop("id").isna().all()


def test_columns_are_matched_by_name_and_not_by_place(backend: Backend, materialize: Materialize) -> None:
    shuffled = as_arrow().select(["seen_at", "good", "place", "share", "day", "name", "id"])
    assert materialize(table_of("things", THINGS, lambda: shuffled)).success
    assert backend.rows("SELECT * FROM marts.things ORDER BY id") == VALUES
    assert materialize(table_of("things", THINGS, lambda: as_pandas()[shuffled.column_names])).success
    assert backend.rows("SELECT * FROM marts.things ORDER BY id") == VALUES


def test_columns_of_a_month_are_matched_by_name(backend: Backend, materialize: Materialize) -> None:
    assert materialize(entries_table(entries("2020-01-01", 2), "day"), months=("2020-01-01", "2020-01-01")).success
    rows = [{"label": "new", "rank": 7, "day": dt.date(2020, 2, 1)}]
    shuffled = table_of("entries", ENTRIES, lambda: pd.DataFrame(rows), "day")
    assert materialize(shuffled, months=("2020-02-01", "2020-02-01")).success
    assert backend.rows(ALL_ENTRIES)[-1] == ("2020-02-01", 7, "new")


def test_decimals_become_the_doubles_of_the_contract(backend: Backend, materialize: Materialize) -> None:
    contract = Contract("Shares.", (Column("share", "DOUBLE", "A fraction."),), grain=("share",))
    for value in (
        pa.table({"share": pa.array([Decimal("0.10"), Decimal("12.5")], pa.decimal128(9, 2))}),
        pd.DataFrame({"share": [Decimal("0.10"), Decimal("12.5")]}),
    ):
        assert materialize(table_of("shares", contract, lambda value=value: value)).success  # type: ignore[misc]
        assert backend.rows("SELECT share FROM marts.shares ORDER BY 1") == [(0.1,), (12.5,)]


def test_a_missing_number_of_pandas_is_null_and_not_nan(backend: Backend, materialize: Materialize) -> None:
    contract = Contract(
        "Shares.",
        (
            Column("id", "BIGINT", "Number."),
            Column("share", "DOUBLE", "A fraction.", required=False, missing="unknown"),
        ),
        grain=("id",),
    )
    frame = pd.DataFrame({"id": [1, 2], "share": [0.5, float("nan")]})
    assert materialize(table_of("shares", contract, lambda: frame)).success
    assert backend.rows("SELECT id, share FROM marts.shares ORDER BY id") == [(1, 0.5), (2, None)]


def test_a_table_without_rows_keeps_its_columns(backend: Backend, materialize: Materialize) -> None:
    assert materialize(table_of("things", THINGS, lambda: as_arrow().slice(0, 0))).success
    assert backend.rows("SELECT COUNT(*), COUNT(name) FROM marts.things") == [(0, 0)]


def test_months_are_replaced_and_only_they(backend: Backend, materialize: Materialize) -> None:
    months = entries("2020-01-30", 3) + entries("2020-02-28", 3)
    assert materialize(entries_table(months, "day"), months=("2020-01-01", "2020-03-01")).success
    replaced = entries_table(entries("2020-02-10", 2, rank=9, label="new"), "day")
    result = materialize(replaced, months=("2020-02-01", "2020-02-01"))
    assert result.success
    assert backend.rows(ALL_ENTRIES) == [
        ("2020-01-30", 1, "old"),
        ("2020-01-31", 1, "old"),
        ("2020-02-10", 9, "new"),
        ("2020-02-11", 9, "new"),
        ("2020-03-01", 1, "old"),
    ]
    [event] = result.asset_materializations_for_node(replaced.node_def.name)
    assert event.metadata["dagster/row_count"].value == 5
    assert event.metadata["dagster/partition_row_count"].value == 2


def test_a_range_of_months_is_replaced_at_once(backend: Backend, materialize: Materialize) -> None:
    assert materialize(entries_table(entries("2020-01-15", 60), "day"), months=("2020-01-01", "2020-03-01")).success
    nothing = entries_table(entries("2020-03-31", 1, label="new"), "day")
    assert materialize(nothing, months=("2020-02-01", "2020-03-01")).success
    assert backend.rows("SELECT MIN(day), MAX(day), COUNT(*) FROM marts.entries WHERE label = 'old'") == [
        (dt.date(2020, 1, 15), dt.date(2020, 1, 31), 17)
    ]
    assert backend.rows("SELECT COUNT(*) FROM marts.entries WHERE label = 'new'") == [(1,)]


def test_rows_outside_the_months_asked_for_are_refused(backend: Backend, materialize: Materialize) -> None:
    january = entries_table(entries("2020-01-01", 2), "day")
    assert materialize(january, months=("2020-01-01", "2020-01-01")).success
    strays = entries_table(entries("2020-01-31", 2, label="new"), "day")
    assert not materialize(strays, months=("2020-02-01", "2020-02-01")).success
    assert {label for _, _, label in backend.rows(ALL_ENTRIES)} == {"old"}


BREACHES = {
    "values": [{"day": dt.date(2020, 1, 1), "rank": 201, "label": "old"}],
    "required": [{"day": dt.date(2020, 1, 1), "rank": 1, "label": None}],
    "grain": entries("2020-01-01", 1) * 2,
}


@pytest.mark.parametrize("rule", sorted(BREACHES))
@pytest.mark.parametrize("month_column", [None, "day"], ids=["whole table", "a month"])
def test_a_breach_leaves_the_old_table_and_shows_as_a_failed_check(
    rule: str, month_column: str | None, backend: Backend, materialize: Materialize, instance: dg.DagsterInstance
) -> None:
    months = ("2020-01-01", "2020-01-01") if month_column else None
    good = entries("2020-01-01", 3)
    assert materialize(entries_table(good, month_column), months=months).success
    before = backend.rows(ALL_ENTRIES)
    result = materialize(entries_table(BREACHES[rule], month_column), months=months)
    assert not result.success
    assert backend.rows(ALL_ENTRIES) == before
    [failure] = result.get_step_failure_events()
    error = failure.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    assert error is not None
    assert error.cls_name == "ContractBreachError"
    assert "the old table stays" in error.message
    assert rule in error.message
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(dg.AssetKey(["marts", "entries"]), CONTRACT_CHECK)]
    )
    [execution] = record.values()
    assert execution.event is not None
    evaluation = execution.event.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
    assert evaluation.passed is False
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert list(evaluation.metadata["breaches"].data) == [rule]


def test_a_missing_column_is_refused_by_name(backend: Backend, materialize: Materialize) -> None:
    result = materialize(table_of("things", THINGS, lambda: as_arrow().drop_columns(["share"])))
    assert not result.success
    assert "share" in str(result.get_step_failure_events()[0].step_failure_data.error)
    assert backend.rows("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'things'") == [(0,)]


def test_a_failing_query_leaves_the_old_table_and_frees_the_warehouse(
    backend: Backend, materialize: Materialize, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotify_platform.warehouse.duckdb.LOCK_SECONDS", 1)
    assert materialize(table_of("things", THINGS, as_arrow)).success
    for sql in ("SELECT no_such_column AS id", "SELECT CAST('x' AS BIGINT) AS id", "SELECT 1 +"):
        assert not materialize(table_of("things", THINGS, lambda sql=sql: model("things", sql))).success  # type: ignore[misc]
        with backend.hold():  # nobody else does
            pass
        assert backend.rows("SELECT COUNT(*) FROM marts.things") == [(3,)]


def test_a_whole_table_may_change_its_columns_and_a_month_may_not(backend: Backend, materialize: Materialize) -> None:
    wider = Contract(ENTRIES.description, (*ENTRIES.columns, Column("more", "BIGINT", "More.")), ENTRIES.grain)
    rows = [{**row, "more": 5} for row in entries("2020-01-01", 2)]
    january = ("2020-01-01", "2020-01-01")
    assert materialize(entries_table(entries("2020-01-01", 2), "day"), months=january).success
    monthly = table_of("entries", wider, lambda: pd.DataFrame(rows), "day")
    result = materialize(monthly, months=january)
    assert not result.success
    assert "build all of its months" in str(result.get_step_failure_events()[0].step_failure_data.error)
    assert len(backend.rows(ALL_ENTRIES)) == 2
    assert materialize(table_of("entries", wider, lambda: pd.DataFrame(rows))).success
    assert backend.rows("SELECT DISTINCT more FROM marts.entries") == [(5,)]


@pytest.mark.parametrize("wanted", [pa.Table, pd.DataFrame], ids=["arrow", "pandas"])
def test_reading_a_table_that_does_not_exist_says_which(wanted: Any, materialize: Materialize) -> None:
    @dg.asset(ins={"things": dg.AssetIn(key=["marts", "never_built"])})
    def reader(things: wanted) -> None:
        """Never reached."""

    never_built = dg.AssetSpec(["marts", "never_built"]).with_io_manager_key("warehouse_io_manager")
    result = materialize(never_built, reader)
    assert not result.success
    assert "never_built" in str(result.get_step_failure_events()[0].step_failure_data.error)


def test_a_model_that_reads_a_table_of_the_lake_that_was_never_built_says_which(materialize: Materialize) -> None:
    result = materialize(table_of("things", THINGS, lambda: model("things", "SELECT c.id FROM cleandata.charts AS c")))
    assert not result.success
    assert "cleandata.charts has not been built yet" in str(result.get_step_failure_events()[0].step_failure_data.error)


def test_a_model_reads_what_was_stored_before_it_and_its_lineage_is_shown(
    backend: Backend, materialize: Materialize
) -> None:
    names = Contract("Names.", (Column("name", "VARCHAR", "Name."),), grain=("name",))
    derived = table_of("names", names, lambda: model("names", "SELECT t.name FROM marts.things AS t WHERE t.id = 1"))
    assert materialize(table_of("things", THINGS, as_arrow)).success
    result = materialize(derived)
    assert backend.rows("SELECT name FROM marts.names") == [(VALUES[0][1],)]
    [event] = result.asset_materializations_for_node(derived.node_def.name)
    lineage = event.metadata["dagster/column_lineage"].value.deps_by_column  # type: ignore[union-attr]
    assert [(dep.asset_key.path, dep.column_name) for dep in lineage["name"]] == [(["marts", "things"], "name")]


def test_two_writers_write_one_after_the_other(backend: Backend) -> None:
    import threading
    import time

    order: list[str] = []
    entered = threading.Event()

    def slow() -> None:
        with backend.hold():
            entered.set()
            time.sleep(0.4)
            order.append("first")

    def eager() -> None:
        entered.wait(10)
        with backend.hold():
            order.append("second")

    writers = [threading.Thread(target=slow), threading.Thread(target=eager)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)
    assert order == ["first", "second"]
