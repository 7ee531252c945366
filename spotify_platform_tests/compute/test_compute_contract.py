"""What every compute promises, whatever it runs on: a SQL model becomes one commit of a Delta table, or nothing does."""

import datetime as dt
import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.compute.interface import Built, Compute
from spotify_platform.compute.spark import SparkCompute
from spotify_platform.contract import Column, Contract
from spotify_platform.errors import BusyError, ConfigurationError, ContractBreachError, ModelError
from spotify_platform.lake.engine import answer
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import Lake
from spotify_platform.lake.reading import query
from spotify_platform.lake.relations import delta_query
from spotify_platform.landing.land import Door, candidate_object, land
from spotify_platform.landing.manifest import MANIFEST
from spotify_platform.metadata import table_metadata
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.conftest import LIMITS
from spotify_platform_tests.fakes.spark import InThisProcess
from spotify_platform_tests.landing.writing import KAGGLE, TRACKS_114K, good, table, track_id

MakeCompute = Callable[[Lake, Path, pytest.FixtureRequest], Compute]
COMPUTES: dict[str, MakeCompute] = {
    "duckdb": lambda lake, scratch, _: DuckDBCompute(lake, threads=2, memory_limit="1GB", scratch=scratch),
    "duckdb, month by month": lambda lake, scratch, _: DuckDBCompute(
        lake, threads=2, memory_limit="1GB", scratch=scratch, slice_rows=0
    ),
    "spark": lambda lake, _, request: SparkCompute(lake, InThisProcess(request.getfixturevalue("spark"))),
}
"""Name → how to make a compute of this kind over a lake; each passes the whole suite."""

TABLE = ("cleandata", "plays")
TRACK = Column("track_id", "VARCHAR", "Track.")
STREAMS = Column("streams", "BIGINT", "Streams.", required=False, minimum=0, missing="not counted")
PLAIN = Contract("Plays of tracks.", (TRACK, STREAMS), grain=("track_id",))
MONTHS = (Column("year", "INTEGER", "Year."), Column("month", "INTEGER", "Month."))
MONTHLY = Contract("Plays of tracks by month.", (TRACK, STREAMS, *MONTHS), ("track_id", "year", "month"), large=True)

Row = tuple[Any, ...]


@pytest.fixture
def any_lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "my lake")


@pytest.fixture(params=[name for name in COMPUTES if name.startswith("duckdb")])
def duckdb_compute(request: pytest.FixtureRequest, any_lake: FolderLake, tmp_path: Path) -> Compute:
    """A compute that commits through the lake."""
    return COMPUTES[request.param](any_lake, tmp_path / "scratch", request)


@pytest.fixture(params=COMPUTES)
def compute(request: pytest.FixtureRequest, any_lake: FolderLake, tmp_path: Path) -> Compute:
    return COMPUTES[request.param](any_lake, tmp_path / "scratch", request)


@pytest.fixture
def earlier(any_lake: FolderLake, tmp_path: Path) -> Compute:
    """What built the tables that were there before: one engine goes on where another stopped."""
    return DuckDBCompute(any_lake, threads=2, memory_limit="1GB", scratch=tmp_path / "earlier")


def literal(value: object, type: str) -> str:
    """A value in the models' dialect; a text stands as it is, whatever the column is."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if value is None:
        return f"CAST(NULL AS {type})"
    return f"CAST('{value}' AS {type})"


def rows_of(rows: Sequence[Row], types: Mapping[str, str]) -> str:
    """A SELECT that gives exactly these rows."""
    selects = (
        ", ".join(f"{literal(v, t)} AS {n}" for v, (n, t) in zip(row, types.items(), strict=True)) for row in rows
    )
    return " UNION ALL ".join(f"SELECT {values}" for values in selects)


def plays(*rows: Row, contract: Contract = PLAIN) -> SqlModel:
    return SqlModel(*TABLE, rows_of(rows, contract.types))


def monthly(*rows: tuple[str, int, int]) -> SqlModel:
    """Rows of (track, streams, yyyymm)."""
    return plays(*((track, n, month // 100, month % 100) for track, n, month in rows), contract=MONTHLY)


def nothing(contract: Contract) -> SqlModel:
    nulls = ", ".join(f"CAST(NULL AS {column.type}) AS {column.name}" for column in contract.columns)
    return SqlModel(*TABLE, f"SELECT {nulls} WHERE 1 = 0")


def stored(lake: Lake, columns: str = "*") -> list[Row]:
    return query(lake, f"SELECT {columns} FROM cleandata.plays ORDER BY ALL", TABLE)


def by_month(lake: Lake) -> list[Row]:
    return stored(lake, "year * 100 + month, track_id, streams")


def parquet_files(lake: FolderLake) -> set[str]:
    """Every data file below the table, in the current version or not."""
    found = {path for path in lake.stage(TABLE).rglob("[!.]*") if path.is_file() and "_delta_log" not in path.parts}
    return {str(path) for path in found}


def current_files(lake: Lake) -> set[str]:
    state = lake.state(TABLE)
    return set(state.files) if state else set()


def statistics(lake: FolderLake) -> list[dict[str, Any]]:
    """The statistics of the current version's files, as the Delta log has them, read by DuckDB's own JSON reader."""
    import duckdb

    logs = str(lake.stage(TABLE) / "_delta_log" / "*.json")
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT add ->> 'path', add ->> 'stats' FROM read_json(?, columns = {add: 'JSON'}, format = 'newline_delimited')"
            " WHERE add IS NOT NULL AND (add ->> 'path') IS NOT NULL",
            [logs],
        ).fetchall()
    current = {Path(file).name for file in current_files(lake)}
    return [json.loads(stats) for path, stats in found if Path(path).name in current]


# --- whole tables


def test_a_table_is_what_its_model_selects(compute: Compute, any_lake: FolderLake) -> None:
    built = compute.build(plays(("a", 3), ("b", 0)), PLAIN)
    assert stored(any_lake) == [("a", 3), ("b", 0)]
    assert (built.rows_written, built.state.rows, built.state.version) == (2, 2, 0)
    assert dict(built.state.columns) == PLAIN.types
    assert (built.evaluation.passed, built.evaluation.rows) == (True, 2)
    assert built.state == any_lake.state(TABLE)


def test_a_second_build_replaces_the_table(compute: Compute, any_lake: FolderLake) -> None:
    compute.build(plays(("a", 3), ("b", 0)), PLAIN)
    built = compute.build(plays(("c", 1)), PLAIN)
    assert stored(any_lake) == [("c", 1)]
    assert (built.state.version, built.state.rows) == (1, 1)


def test_a_model_without_rows_gives_an_empty_table_with_columns(compute: Compute, any_lake: FolderLake) -> None:
    compute.build(plays(("a", 3)), PLAIN)
    built = compute.build(nothing(PLAIN), PLAIN)
    assert stored(any_lake) == []
    assert (built.state.rows, built.rows_written, dict(built.state.columns)) == (0, 0, PLAIN.types)
    [found] = query(any_lake, "SELECT COUNT(track_id), SUM(streams) FROM cleandata.plays", TABLE)
    assert found == (0, None)


def test_a_model_reads_tables_that_were_built_before(compute: Compute, earlier: Compute, any_lake: FolderLake) -> None:
    earlier.build(plays(("a", 3), ("b", 4)), PLAIN)
    contract = Contract("Sum.", (Column("total", "BIGINT", "Sum."),), grain=("total",))
    built = compute.build(
        SqlModel("cleandata", "totals", "SELECT CAST(SUM(streams) AS BIGINT) AS total FROM cleandata.plays"), contract
    )
    assert query(any_lake, "SELECT total FROM cleandata.totals", ("cleandata", "totals")) == [(7,)]
    assert built.lineage == {"total": [("cleandata", "plays", "streams")]}


def test_a_model_of_a_table_that_was_never_built_says_which(compute: Compute) -> None:
    model = SqlModel(*TABLE, "SELECT track_id, streams FROM cleandata.elsewhere")
    with pytest.raises(ConfigurationError, match=r"cleandata\.elsewhere has not been built"):
        compute.build(model, PLAIN)


def test_a_table_may_read_itself(compute: Compute, earlier: Compute, any_lake: FolderLake) -> None:
    """What is read is the version before, whole, even while its successor is written."""
    earlier.build(plays(("a", 3), ("b", 4)), PLAIN)
    compute.build(SqlModel(*TABLE, "SELECT track_id, streams + 1 AS streams FROM cleandata.plays"), PLAIN)
    assert stored(any_lake) == [("a", 4), ("b", 5)]


# --- candidate rows that another version of the platform wrote


def landed(lake: FolderLake, name: str, text: str, candidates: str, columns: str = "") -> None:
    """Land a file; with other `columns` as another version did, which tells another layout or none."""
    source = lake.root.parent / name
    source.write_text(text, encoding="utf-8")
    [outcome] = land(lake, source, Door(), LIMITS)
    assert outcome.file, outcome.reason
    if not columns:
        return
    path = Path(lake.address(candidate_object(candidates, outcome.file.file_id)))
    beside = path.with_suffix(".new")
    duckdb.sql(f"COPY (SELECT {columns} FROM '{path}') TO '{beside}' (FORMAT parquet)")
    beside.replace(path)
    record = next(lake.root.rglob(f"{MANIFEST}/{outcome.file.file_id}.json"))
    told = {k: v for k, v in json.loads(record.read_text(encoding="utf-8")).items() if k != "layout"}
    later = {} if "EXCLUDE" in columns else {"layout": "of a later version", "told_later": 1}
    record.write_text(json.dumps({**told, **later}), encoding="utf-8")


@pytest.fixture
def catalogues(any_lake: FolderLake) -> None:
    """Catalogues of three versions: of the first the rows lack columns, of the last they have one that is not known."""
    versions = ["* EXCLUDE (explicit, duration_ms)", "", "'sad' AS mood, *"]
    for number, columns in enumerate(versions, start=1):
        row = good(TRACKS_114K, track_id=track_id(number), explicit="True")
        landed(any_lake, f"{number}.csv", table(TRACKS_114K, [row]), "track_rows", columns)


def tracks(*, required: bool) -> Contract:
    missing = "" if required else "an earlier version did not read it"
    explicit = Column("explicit", "BOOLEAN", "Explicit.", required=required, missing=missing)
    duration = Column("duration_ms", "INTEGER", "Length.", required=False, missing=missing or "not told")
    return Contract("Tracks.", (TRACK, explicit, duration), grain=("track_id",))


CATALOGUE = SqlModel(*TABLE, "SELECT track_id, explicit, duration_ms FROM candidates.track_rows")


@pytest.mark.usefixtures("catalogues")
def test_what_an_earlier_version_did_not_write_is_null_and_what_a_later_one_added_is_left_out(
    compute: Compute, any_lake: FolderLake
) -> None:
    compute.build(CATALOGUE, tracks(required=False))
    length = int(good(TRACKS_114K)["duration_ms"])
    assert stored(any_lake) == [(track_id(1), None, None), (track_id(2), True, length), (track_id(3), True, length)]


@pytest.mark.usefixtures("catalogues")
def test_a_required_column_that_an_earlier_version_did_not_write_breaks_the_contract(
    compute: Compute, any_lake: FolderLake
) -> None:
    with pytest.raises(ContractBreachError) as broken:
        compute.build(CATALOGUE, tracks(required=True))
    assert broken.value.broken == {"required": {"explicit": 1}}
    assert any_lake.state(TABLE) is None


def test_months_of_which_one_version_wrote_less_are_built_with_nulls(compute: Compute, any_lake: FolderLake) -> None:
    """Trends and such are read as ENUMs where a large table is written month by month."""
    for month, columns in (("2020-01", "* EXCLUDE (trend, streams)"), ("2020-02", "")):
        rows = [good(KAGGLE, date=f"{month}-05", trend="MOVE_UP", streams="7")]
        landed(any_lake, f"{month}.csv", table(KAGGLE, rows), "chart_entries", columns)
    trend = Column("trend", "VARCHAR", "Trend.", required=False, missing="not told")
    contract = Contract("Charts.", (trend, STREAMS, *MONTHS), grain=("year", "month"), large=True)
    model = SqlModel(
        *TABLE,
        "SELECT trend, streams, CAST(YEAR(chart_date) AS INTEGER) AS year, CAST(MONTH(chart_date) AS INTEGER) AS month "
        "FROM candidates.chart_entries",
    )
    compute.build(model, contract)
    assert stored(any_lake, "month, trend, streams") == [(1, None, None), (2, "MOVE_UP", 7)]
    compute.build(model, contract, MonthRange(202001, 202001))
    assert stored(any_lake, "month, trend, streams") == [(1, None, None), (2, "MOVE_UP", 7)]


# --- columns and values


def test_columns_are_matched_by_name_and_stored_in_the_order_of_the_contract(
    compute: Compute, any_lake: FolderLake
) -> None:
    compute.build(SqlModel(*TABLE, "SELECT CAST(7 AS BIGINT) AS streams, 'unused' AS more, 'a' AS track_id"), PLAIN)
    state = any_lake.state(TABLE)
    assert state is not None
    assert list(state.columns) == ["track_id", "streams"]
    assert stored(any_lake) == [("a", 7)]


def test_values_get_the_types_of_the_contract(compute: Compute, any_lake: FolderLake) -> None:
    names = ("text", "flag", "small", "whole", "large", "fraction", "day")
    types = dict(zip(names, ("VARCHAR", "BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "DATE"), strict=True))
    contract = Contract("All types.", tuple(Column(n, t, "Any.", required=False) for n, t in types.items()), ("text",))
    row = ("x", True, -32768, 2**31 - 1, 2**63 - 1, -0.1, dt.date(2020, 2, 29))
    model = plays(row, contract=contract)
    for expected in ([row], [tuple(None for _ in types)]):
        built = compute.build(model, contract)
        assert dict(built.state.columns) == types
        assert query(any_lake, "SELECT * FROM cleandata.plays", TABLE) == expected
        model = plays(tuple(None for _ in types), contract=contract)


def test_no_value_is_no_zero_and_no_empty_text(compute: Compute, any_lake: FolderLake) -> None:
    rows = [("", 0), ("a", None), ("null", 1), ("NULL", 2)]
    compute.build(plays(*rows), PLAIN)
    assert sorted(stored(any_lake)) == sorted(rows)


def test_texts_survive_in_every_script(compute: Compute, any_lake: FolderLake) -> None:
    texts = [
        "Chloé",
        "Cafe\u0301",
        "Дима",
        "宇多田ヒカル",
        "👩‍🎤",
        "שלום",
        'quo"te',
        "it's",
        "a,b;c\td\ne",
        "%2F/=&",
        " a ",
    ]
    compute.build(plays(*((text, n) for n, text in enumerate(texts))), PLAIN)
    assert dict(stored(any_lake)) == {text: n for n, text in enumerate(texts)}


def test_a_value_that_is_none_of_its_type_fails_and_leaves_the_old_table(
    compute: Compute, earlier: Compute, any_lake: FolderLake
) -> None:
    before = earlier.build(plays(("a", 3)), PLAIN).state
    files = parquet_files(any_lake)
    with pytest.raises(Exception, match="many"):
        compute.build(plays(("a", 3), ("b", "many")), PLAIN)
    assert any_lake.state(TABLE) == before
    assert parquet_files(any_lake) == files


def test_a_model_that_lacks_a_column_fails_by_its_name_and_leaves_the_old_table(
    compute: Compute, earlier: Compute, any_lake: FolderLake
) -> None:
    before = earlier.build(plays(("a", 3)), PLAIN).state
    with pytest.raises(Exception, match="streams"):
        compute.build(SqlModel(*TABLE, "SELECT 'a' AS track_id"), PLAIN)
    assert any_lake.state(TABLE) == before
    assert parquet_files(any_lake) == current_files(any_lake)


# --- months


def test_months_that_are_asked_for_are_replaced_and_no_other(
    compute: Compute, earlier: Compute, any_lake: FolderLake
) -> None:
    earlier.build(monthly(("a", 1, 201912), ("a", 2, 202001), ("b", 2, 202001), ("a", 3, 202002)), MONTHLY)
    built = compute.build(monthly(("c", 9, 202001)), MONTHLY, MonthRange(202001, 202001))
    assert by_month(any_lake) == [(201912, "a", 1), (202001, "c", 9), (202002, "a", 3)]
    assert (built.rows_written, built.state.rows, built.state.partition_by) == (1, 3, ("year", "month"))
    assert (built.evaluation.passed, built.evaluation.rows) == (True, 1)


def test_a_range_of_months_spans_years_and_similar_names_are_apart(
    compute: Compute, earlier: Compute, any_lake: FolderLake
) -> None:
    """Month 1 is not the beginning of months 10 to 12."""
    earlier.build(monthly(*(("a", month, month) for month in (201911, 201912, 202001, 202010, 202011))), MONTHLY)
    compute.build(monthly(("b", 0, 202001)), MONTHLY, MonthRange(201912, 202001))
    assert by_month(any_lake) == [(201911, "a", 201911), (202001, "b", 0), (202010, "a", 202010), (202011, "a", 202011)]


def test_files_of_months_that_were_not_asked_for_are_not_touched(
    compute: Compute, earlier: Compute, any_lake: FolderLake
) -> None:
    earlier.build(monthly(("a", 1, 201912), ("a", 2, 202001)), MONTHLY)
    before = {file: Path(file).stat().st_mtime_ns for file in current_files(any_lake) if "/year=2019/" in file}
    compute.build(monthly(("b", 1, 202001)), MONTHLY, MonthRange(202001, 202001))
    after = {file: Path(file).stat().st_mtime_ns for file in current_files(any_lake) if "/year=2019/" in file}
    assert after == before != {}


def test_months_without_rows_become_empty(compute: Compute, earlier: Compute, any_lake: FolderLake) -> None:
    earlier.build(monthly(("a", 1, 201912), ("a", 2, 202001)), MONTHLY)
    built = compute.build(nothing(MONTHLY), MONTHLY, MonthRange(202001, 202001))
    assert by_month(any_lake) == [(201912, "a", 1)]
    assert (built.rows_written, built.state.rows) == (0, 1)


def test_the_first_build_may_be_of_months_and_of_months_without_rows(compute: Compute, any_lake: FolderLake) -> None:
    built = compute.build(nothing(MONTHLY), MONTHLY, MonthRange(202001, 202001))
    assert (built.state.rows, dict(built.state.columns), built.state.partition_by) == (
        *(0, MONTHLY.types),
        ("year", "month"),
    )
    assert by_month(any_lake) == []
    compute.build(monthly(("a", 2, 202001)), MONTHLY, MonthRange(202001, 202001))
    assert by_month(any_lake) == [(202001, "a", 2)]


def test_the_same_months_again_change_nothing_but_the_version(compute: Compute, any_lake: FolderLake) -> None:
    model, months = monthly(("a", 1, 202001), ("a", 2, 202002)), MonthRange(202001, 202002)
    for version in range(3):
        assert compute.build(model, MONTHLY, months).state.version == version
        assert by_month(any_lake) == [(202001, "a", 1), (202002, "a", 2)]


def test_months_in_any_order_give_the_table_that_one_build_gives(compute: Compute, any_lake: FolderLake) -> None:
    rows = [("a", 1, 201912), ("b", 2, 202001), ("c", 3, 202002)]
    compute.build(monthly(*rows), MONTHLY)
    expected = by_month(any_lake)
    for order in itertools.islice(itertools.permutations(rows), 1 if isinstance(compute, SparkCompute) else None):
        compute.build(nothing(MONTHLY), MONTHLY)
        for row in order:
            compute.build(monthly(row), MONTHLY, MonthRange(row[2], row[2]))
        assert by_month(any_lake) == expected


def test_only_the_months_asked_for_are_read_of_what_is_upstream(
    compute: Compute, earlier: Compute, any_lake: FolderLake
) -> None:
    earlier.build(monthly(("a", 1, 201912), ("a", 2, 202001), ("a", 3, 202002)), MONTHLY)
    model = SqlModel("cleandata", "copied", "SELECT track_id, streams, year, month FROM cleandata.plays")
    copied = ("cleandata", "copied")
    compute.build(model, MONTHLY, MonthRange(202001, 202002))
    assert query(any_lake, "SELECT streams FROM cleandata.copied ORDER BY ALL", copied) == [(2,), (3,)]
    compute.build(model, MONTHLY)
    assert query(any_lake, "SELECT streams FROM cleandata.copied ORDER BY ALL", copied) == [(1,), (2,), (3,)]


def test_months_written_one_by_one_are_what_one_query_gives(any_lake: FolderLake, tmp_path: Path) -> None:
    months = [*range(201901, 201913), *range(202003, 202006)]
    rows = [(f"{month}-{n}", n, month) for month in months for n in range(month % 7)]  # some months have none
    one_query = DuckDBCompute(any_lake, 2, "1GB", tmp_path, slice_rows=10)
    one_by_one = DuckDBCompute(any_lake, 2, "1GB", tmp_path, slice_rows=1)
    one_query.build(monthly(*rows), MONTHLY)
    selected = "SELECT track_id, streams, year, month FROM cleandata.plays"
    whole = one_query.build(SqlModel("cleandata", "whole", selected), MONTHLY)
    parts = one_by_one.build(SqlModel("cleandata", "parts", selected), MONTHLY)
    tables = (("cleandata", "whole"), ("cleandata", "parts"))
    found = [query(any_lake, f"SELECT * FROM {'.'.join(table)} ORDER BY ALL", table) for table in tables]
    assert found[0] == found[1] == sorted((t, n, m // 100, m % 100) for t, n, m in rows)
    assert (parts.rows_written, parts.evaluation) == (whole.rows_written, whole.evaluation)
    assert len(parts.state.files) == len(whole.state.files) == len({month for _, _, month in rows})
    again = one_by_one.build(SqlModel("cleandata", "parts", selected), MONTHLY, MonthRange(201911, 202003))
    assert query(any_lake, "SELECT * FROM cleandata.parts ORDER BY ALL", tables[1]) == found[0]
    assert again.rows_written == sum(201911 <= month <= 202003 for _, _, month in rows)


@pytest.mark.parametrize("stray", [201912, 202002, 202101])
def test_rows_outside_of_the_months_asked_for_are_refused(
    compute: Compute, earlier: Compute, any_lake: FolderLake, stray: int
) -> None:
    before = earlier.build(monthly(("a", 1, 201912), ("a", 2, 202001)), MONTHLY).state
    with pytest.raises(ModelError, match=rf"outside of the months asked for.*year={stray // 100}/month={stray % 100}/"):
        compute.build(monthly(("b", 1, 202001), ("b", 1, stray)), MONTHLY, MonthRange(202001, 202001))
    assert any_lake.state(TABLE) == before
    assert parquet_files(any_lake) == current_files(any_lake)


def test_other_columns_need_a_build_of_all_months(compute: Compute, earlier: Compute, any_lake: FolderLake) -> None:
    earlier.build(monthly(("a", 1, 202001)), MONTHLY)
    fewer = Contract("Fewer columns.", (TRACK, *MONTHS), grain=MONTHLY.grain)
    with pytest.raises(ConfigurationError, match="all of its months in one run"):
        compute.build(monthly(("a", 1, 202001)), fewer, MonthRange(202001, 202001))
    built = compute.build(monthly(("a", 1, 202001)), fewer)
    assert dict(built.state.columns) == fewer.types
    assert stored(any_lake) == [("a", 2020, 1)]


# --- breaches and failures

STRICT = Contract(
    "All rules.",
    (TRACK, STREAMS, Column("chart", "VARCHAR", "Chart.", accepted=("top200", "viral50")), *MONTHS),
    grain=("track_id", "year", "month"),
    minimum_rows=2,
)
GOOD = [("a", 1, "top200", 2020, 1), ("b", None, "viral50", 2020, 1)]
BREACHES: dict[str, tuple[list[Row], dict[str, dict[str, int]]]] = {
    "required": ([*GOOD, (None, 1, "top200", 2020, 1)], {"required": {"track_id": 1}}),
    "range": ([*GOOD, ("c", -1, "top200", 2020, 1), ("d", -2, "top200", 2020, 1)], {"values": {"streams": 2}}),
    "accepted": ([*GOOD, ("c", 1, "top201", 2020, 1)], {"values": {"chart": 1}}),
    "grain": ([*GOOD, ("a", 2, "viral50", 2020, 1)], {"grain": {"track_id, year, month": 1}}),
    "rows": (GOOD[:1], {"rows": {"*": 1}}),
    "several": (
        [("a", -1, "x", 2020, 1), ("a", 1, "top200", 2020, 1)],
        {"values": {"streams": 1, "chart": 1}, "grain": {"track_id, year, month": 1}},
    ),
}


@pytest.mark.parametrize("months", [None, MonthRange(202001, 202001)], ids=["whole", "month"])
@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_leaves_the_old_table_and_names_what_broke(
    compute: Compute, earlier: Compute, any_lake: FolderLake, breach: str, months: MonthRange | None
) -> None:
    before = earlier.build(plays(*GOOD, contract=STRICT), STRICT).state
    rows, broken = BREACHES[breach]
    with pytest.raises(ContractBreachError) as raised:
        compute.build(plays(*rows, contract=STRICT), STRICT, months)
    assert raised.value.broken == broken
    assert "cleandata.plays" in str(raised.value)
    assert all(column in str(raised.value) for columns in broken.values() for column in columns)
    assert any_lake.state(TABLE) == before
    assert sorted(stored(any_lake, "track_id, chart")) == [("a", "top200"), ("b", "viral50")]
    assert parquet_files(any_lake) == current_files(any_lake)


def test_a_number_that_is_not_finite_breaks_the_contract(compute: Compute, any_lake: FolderLake) -> None:
    contract = Contract("Share.", (TRACK, Column("share", "DOUBLE", "Share.")), grain=("track_id",))
    rows = [("a", 0.5), ("b", math.nan), ("c", math.inf), ("d", -math.inf)]
    with pytest.raises(ContractBreachError, match="share × 3"):
        compute.build(plays(*rows, contract=contract), contract)
    assert any_lake.state(TABLE) is None


def test_a_row_without_a_month_breaks_the_contract(compute: Compute, any_lake: FolderLake) -> None:
    model = plays(("a", 1, 2020, 1), ("b", 1, 2020, None), contract=MONTHLY)
    with pytest.raises(ContractBreachError, match="month × 1"):
        compute.build(model, MONTHLY)
    assert any_lake.state(TABLE) is None
    assert parquet_files(any_lake) == set()


def test_a_first_build_that_breaks_its_contract_leaves_no_table(compute: Compute, any_lake: FolderLake) -> None:
    with pytest.raises(ContractBreachError):
        compute.build(plays(("a", -1)), PLAIN)
    assert any_lake.state(TABLE) is None
    assert parquet_files(any_lake) == set()


def test_what_the_evaluation_found_is_kept_with_the_version(compute: Compute, any_lake: FolderLake) -> None:
    built = compute.build(plays(("a", 1), ("b", None)), PLAIN)
    state = any_lake.state(TABLE)
    assert state is not None
    assert state.commit["evaluation"] == built.evaluation.to_json()


def test_the_state_of_a_table_tells_how_many_rows_have_no_value(compute: Compute, any_lake: FolderLake) -> None:
    rows = [("a", 1, 2020, 1), ("b", None, 2020, 1), ("c", None, 2020, 2)]
    compute.build(plays(*rows, contract=MONTHLY), MONTHLY)
    state = any_lake.state(TABLE)
    assert state is not None
    told = {name: state.nulls[name] for name in ("track_id", "streams")}
    assert told == {"track_id": 0, "streams": 2}

    relation = f"({delta_query(any_lake, TABLE)}) AS written"
    with duckdb.connect() as connection:
        counted, known = (
            table_metadata(lambda sql: answer(connection, sql), relation, MONTHLY, None, nulls)
            for nulls in ({}, state.nulls)
        )
    assert "| streams | `███████·············` 33.3% |" in known["coverage"].value
    assert known == counted


def no_space(*_: Any, **__: Any) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("months", [None, MonthRange(202001, 202001)], ids=["whole", "month"])
def test_a_commit_that_fails_leaves_the_old_table_and_no_orphans(
    duckdb_compute: Compute, any_lake: FolderLake, months: MonthRange | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = duckdb_compute.build(monthly(("a", 1, 202001), ("a", 1, 202002)), MONTHLY).state
    with monkeypatch.context() as patched:
        patched.setattr(FolderLake, "commit", no_space)
        with pytest.raises(OSError, match="No space left"):
            duckdb_compute.build(monthly(("b", 2, 202001)), MONTHLY, months)
    assert any_lake.state(TABLE) == before
    assert parquet_files(any_lake) == current_files(any_lake)


@pytest.mark.parametrize("whole", [True, False])
def test_a_model_that_fails_midway_leaves_the_old_table_and_no_orphans(
    compute: Compute, earlier: Compute, any_lake: FolderLake, whole: bool
) -> None:
    """The last of many rows is no number: files of earlier rows may have been begun."""
    contract = PLAIN if whole else MONTHLY
    digits = rows_of([(n,) for n in range(10)], {"d": "INTEGER"})
    number = "a.d * 10000 + b.d * 1000 + c.d * 100 + e.d * 10 + f.d"
    crossed = " CROSS JOIN ".join(f"digits AS {name}" for name in "abcef")
    joined = f"(SELECT {number} AS n FROM {crossed}) AS numbers"
    many = (
        f"WITH digits AS ({digits}) SELECT CAST(n AS VARCHAR) AS track_id, "
        "CAST(CASE WHEN n = 99999 THEN 'many' ELSE CAST(n AS VARCHAR) END AS BIGINT) AS streams, "
        f"2020 + CAST(FLOOR(n / 50000) AS INTEGER) AS year, 1 + n % 12 AS month FROM {joined}"
    )
    first = plays(("a", 1)) if whole else monthly(("a", 1, 202001))
    before = earlier.build(first, contract).state
    with pytest.raises(Exception, match="many"):
        compute.build(SqlModel(*TABLE, many), contract)
    assert any_lake.state(TABLE) == before
    assert parquet_files(any_lake) == current_files(any_lake)


def test_an_interruption_right_after_the_commit_leaves_a_table_that_can_be_read(
    duckdb_compute: Compute, any_lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb_compute.build(plays(("a", 1)), PLAIN)
    commit = FolderLake.commit

    def interrupted(self: FolderLake, *arguments: Any, **named: Any) -> None:
        commit(self, *arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(FolderLake, "commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            duckdb_compute.build(plays(("b", 2)), PLAIN)
    assert stored(any_lake) == [("b", 2)]


def test_the_slower_of_two_builds_is_told_and_leaves_no_orphans(
    duckdb_compute: Compute, any_lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another build of the month commits between this one's look at the table and its commit."""
    duckdb_compute.build(monthly(("a", 1, 202001)), MONTHLY)
    january = MonthRange(202001, 202001)
    import deltalake.transaction

    create = deltalake.DeltaTable.create_write_transaction

    def late(self: Any, *arguments: Any, **named: Any) -> None:
        monkeypatch.undo()
        duckdb_compute.build(monthly(("first", 1, 202001)), MONTHLY, january)
        create(self, *arguments, **named)

    monkeypatch.setattr("deltalake.DeltaTable.create_write_transaction", late)
    with pytest.raises(BusyError):
        duckdb_compute.build(monthly(("late", 1, 202001)), MONTHLY, january)
    assert by_month(any_lake) == [(202001, "first", 1)]
    assert not any("late" in row for row in files_rows(any_lake))


def files_rows(lake: FolderLake) -> Iterator[Row]:
    """Rows of every data file below the table, in the current version or not."""
    import pyarrow.parquet as pq

    for file in parquet_files(lake):
        yield from (tuple(row.values()) for row in pq.ParquetFile(file).read().to_pylist())


# --- what others read


def test_statistics_in_the_log_are_those_of_the_rows(compute: Compute, any_lake: FolderLake) -> None:
    contract = Contract(
        "Types with statistics.",
        (
            *(TRACK, STREAMS, Column("day", "DATE", "Day.", required=False)),
            *(Column("rank", "SMALLINT", "Rank."), Column("delta", "INTEGER", "Change.", required=False)),
        ),
        grain=("track_id",),
    )
    rows = [
        ("é", 2**53 + 1, dt.date(2019, 12, 31), 200, -5),
        ("a", 9, None, 3, None),
        ("b", None, dt.date(2020, 2, 29), 10, 40),
    ]
    compute.build(plays(*rows, contract=contract), contract)
    stats = statistics(any_lake)
    assert sum(found["numRecords"] for found in stats) == 3

    def least(name: str) -> Any:
        return min(found["minValues"][name] for found in stats if name in found["minValues"])

    def greatest(name: str) -> Any:
        return max(found["maxValues"][name] for found in stats if name in found["maxValues"])

    assert [(least(n), greatest(n)) for n in ("streams", "rank", "delta", "day")] == [
        *((9, 2**53 + 1), (3, 200), (-5, 40)),
        ("2019-12-31", "2020-02-29"),
    ]
    nulls = {n: sum(found["nullCount"].get(n, 0) for found in stats) for n in contract.names}
    assert nulls == {"track_id": 0, "streams": 1, "day": 1, "rank": 0, "delta": 1}


def test_a_column_without_values_has_no_bounds(compute: Compute, any_lake: FolderLake) -> None:
    compute.build(plays(("a", None), ("b", None)), PLAIN)
    for found in statistics(any_lake):
        assert "streams" not in found["minValues"]
        assert "streams" not in found["maxValues"]
        assert found["nullCount"]["streams"] == found["numRecords"]


def test_another_tool_reads_statistics_by_month(compute: Compute, any_lake: FolderLake) -> None:
    import pyarrow as pa
    from deltalake import DeltaTable

    compute.build(monthly(("a", 1, 202001), ("b", 7, 202001), ("a", 3, 202011)), MONTHLY)
    compute.build(monthly(("a", 5, 202011), ("b", -0, 202011)), MONTHLY, MonthRange(202011, 202011))
    actions = pa.table(DeltaTable(str(any_lake.stage(TABLE))).get_add_actions(flatten=True)).to_pylist()
    found: dict[int, list[tuple[int, int, int]]] = {}
    for a in sorted(actions, key=lambda action: action["path"]):
        bounds = (int(a["num_records"]), int(a["min.streams"]), int(a["max.streams"]))
        found.setdefault(int(a["partition.month"]), []).append(bounds)
    # An engine may write a month into several files.
    merged = {
        month: (sum(n for n, _, _ in files), min(low for _, low, _ in files), max(high for _, _, high in files))
        for month, files in found.items()
    }
    assert merged == {1: (2, 1, 7), 11: (2, 0, 5)}
    assert all(action["null_count.streams"] == 0 for action in actions)
    assert [action["size_bytes"] for action in actions] == [
        (any_lake.stage(TABLE) / action["path"]).stat().st_size for action in actions
    ]


def test_another_tool_reads_the_table_as_it_is(compute: Compute, any_lake: FolderLake) -> None:
    from deltalake import DeltaTable

    compute.build(monthly(("a", 1, 201912), ("é", 2, 202001), ("b", 3, 202001)), MONTHLY)
    compute.build(monthly(("c", 4, 202001)), MONTHLY, MonthRange(202001, 202001))
    table = DeltaTable(str(any_lake.stage(TABLE))).to_pyarrow_table()
    assert sorted(map(tuple, (row.values() for row in table.select(MONTHLY.names).to_pylist()))) == [
        *(("a", 1, 2019, 12), ("c", 4, 2020, 1)),
    ]
    assert [str(table.schema.field(name).type) for name in MONTHLY.names] == ["string", "int64", "int32", "int32"]


def test_another_tool_prunes_by_statistics_and_loses_no_row(compute: Compute, any_lake: FolderLake) -> None:
    """Wrong bounds do not look wrong: rows are silently missing where somebody filters."""
    from deltalake import DeltaTable

    contract = Contract("Days.", (TRACK, STREAMS, Column("day", "DATE", "Day."), *MONTHS), grain=("track_id",))
    days = [dt.date(2020, 1, 1), dt.date(2020, 1, 31), dt.date(2020, 2, 29)]
    rows = [(f"t{n}", 10 * n, day, day.year, day.month) for n, day in enumerate(days)]
    compute.build(plays(*rows, contract=contract), contract)
    table = DeltaTable(str(any_lake.stage(TABLE)))
    for track, streams, day, year, month in rows:
        for column, value in (("streams", streams), ("day", day)):
            found = table.to_pyarrow_table(filters=[(column, "=", value)]).to_pylist()
            assert [row["track_id"] for row in found] == [track], (column, value)
        found = table.to_pyarrow_table(filters=[("year", "=", year), ("month", "=", month)]).to_pylist()
        assert track in [row["track_id"] for row in found]


def test_another_tool_reads_an_empty_table_with_its_columns(compute: Compute, any_lake: FolderLake) -> None:
    from deltalake import DeltaTable

    for contract in (PLAIN, MONTHLY):
        compute.build(nothing(contract), contract)
        table = DeltaTable(str(any_lake.stage(TABLE))).to_pyarrow_table()
        assert (table.num_rows, sorted(table.column_names)) == (0, sorted(contract.names))


def test_old_versions_can_still_be_read(compute: Compute, any_lake: FolderLake) -> None:
    from deltalake import DeltaTable

    compute.build(monthly(("a", 1, 202001)), MONTHLY)
    compute.build(monthly(("b", 1, 202001)), MONTHLY, MonthRange(202001, 202001))
    for version, track in enumerate("ab"):
        table = DeltaTable(str(any_lake.stage(TABLE)), version=version).to_pyarrow_table()
        assert table.column("track_id").to_pylist() == [track]


def test_nothing_stays_in_the_scratch_folder(compute: Compute, tmp_path: Path) -> None:
    built: Built = compute.build(plays(("a", 1)), PLAIN)
    assert built.rows_written == 1
    scratch = tmp_path / "scratch"
    assert [path for path in scratch.rglob("*") if path.is_file()] == []
