"""Contracts: each rule is found broken by itself, with names and counts, and is told in words."""

from dataclasses import replace

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.contract import (
    RULES,
    Column,
    Contract,
    Evaluation,
    Known,
    evaluate,
    inherited,
    literal,
    quoted,
    require,
)
from spotify_platform.contract import tests_of as all_tests_of
from spotify_platform.errors import ContractBreachError, PermanentError

CONTRACT = Contract(
    "Charts.",
    (
        Column("day", "DATE", "Day.", minimum="2013-01-01"),
        Column("rank", "SMALLINT", "Rank.", minimum=1, maximum=200),
        Column("chart", "VARCHAR", "Chart.", accepted=("top200", "viral50", "it's")),
        Column("energy", "DOUBLE", "Energy.", required=False, minimum=0),
        Column("streams", "BIGINT", "Streams.", required=False),
    ),
    grain=("day", "rank"),
)
GOOD = ("DATE '2020-01-01'", "1", "'top200'", "0.5", "100")


def evaluation(
    *rows: tuple[str, ...], contract: Contract = CONTRACT, types: dict[str, str] | None = None
) -> Evaluation:
    """Evaluate rows of SQL expressions, cast to the types (else those of the contract)."""
    types = types or CONTRACT.types

    def select(*cells: str) -> str:
        columns = zip(cells, types.items(), strict=True)
        return "SELECT " + ", ".join(f"CAST({cell} AS {type}) AS {quoted(name)}" for cell, (name, type) in columns)

    empty = select(*["NULL"] * len(types)) + " WHERE FALSE"
    relation = f"({' UNION ALL '.join(select(*row) for row in rows) or empty}) AS found"
    with duckdb.connect() as connection:
        return evaluate(contract, relation, types, connection)


def changed(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, cell) for name, cell in zip(CONTRACT.names, GOOD, strict=True))


def test_good_rows_pass() -> None:
    found = evaluation(GOOD, changed(rank="200", energy="NULL", streams="NULL", chart="'it''s'"))
    assert found.passed
    assert (found.rows, found.broken()) == (2, {})
    require(CONTRACT, found, "cleandata.charts")


@pytest.mark.parametrize(
    ("cells", "rule", "column"),
    [
        ({"day": "NULL"}, "required", "day"),
        ({"chart": "NULL"}, "required", "chart"),
        ({"day": "DATE '2012-12-31'"}, "values", "day"),
        ({"rank": "0"}, "values", "rank"),
        ({"rank": "201"}, "values", "rank"),
        ({"chart": "'top50'"}, "values", "chart"),
        ({"chart": "''"}, "values", "chart"),
        ({"energy": "-0.1"}, "values", "energy"),
        ({"energy": "CAST('NaN' AS DOUBLE)"}, "values", "energy"),
        ({"energy": "CAST('inf' AS DOUBLE)"}, "values", "energy"),
    ],
)
def test_each_broken_value_is_counted_at_its_rule_and_column(cells: dict[str, str], rule: str, column: str) -> None:
    rows = [GOOD, *(changed(**{"rank": f"{n}", **cells}) for n in (2, 3))]
    broken = evaluation(*rows).broken()
    broken.pop("grain", None)  # two rows without a day, or of one wrong rank, share the grain too
    assert broken == {rule: {column: 2}}


@pytest.mark.parametrize("number", ["'NaN'", "'inf'", "'-inf'"])
@pytest.mark.parametrize("bounds", [{}, {"minimum": 0}, {"maximum": 1}, {"minimum": 0, "maximum": 1}])
def test_what_is_no_finite_number_is_broken_whatever_the_range(number: str, bounds: dict[str, float]) -> None:
    contract = Contract("Numbers.", (Column("x", "DOUBLE", "X.", **bounds),), ("x",))  # type: ignore[arg-type]
    assert evaluation((number,), contract=contract, types={"x": "DOUBLE"}).broken() == {"values": {"x": 1}}
    assert evaluation(("0.5",), ("1e-308",), contract=contract, types={"x": "DOUBLE"}).passed
    assert "values" in contract.rules


def test_rows_that_share_the_grain_are_counted_by_group() -> None:
    rows = [GOOD, GOOD, GOOD, changed(rank="2"), changed(rank="2"), changed(rank="3")]
    assert evaluation(*rows).broken() == {"grain": {"day, rank": 2}}


def test_rows_without_a_grain_share_it() -> None:
    found = evaluation(changed(rank="NULL"), changed(rank="NULL")).broken()
    assert found == {"required": {"rank": 2}, "grain": {"day, rank": 1}}


ALL = frozenset(CONTRACT.names)
WIDER = replace(CONTRACT, columns=(replace(CONTRACT.columns[1], maximum=1000), *CONTRACT.columns[::4]))


@pytest.mark.parametrize(
    ("source", "passed", "tested", "is_unique"),
    [
        (CONTRACT, ALL, set(), True),
        (CONTRACT, ALL - {"day"}, {"day"}, False),
        (CONTRACT, ALL - {"energy"}, {"energy"}, True),
        (replace(CONTRACT, grain=("day",)), ALL, set(), True),
        (replace(CONTRACT, grain=("day", "chart")), ALL, set(), False),
        (WIDER, ALL, {"rank", "chart", "energy"}, True),
        (CONTRACT, frozenset(), {"day", "rank", "chart", "energy"}, False),
    ],
)
def test_what_is_passed_along_keeps_what_it_has_kept(
    source: Contract, passed: frozenset[str], tested: set[str], is_unique: bool
) -> None:
    known = inherited(CONTRACT, source, passed)
    others = {test.column for test in all_tests_of(CONTRACT, CONTRACT.types) if test not in known.tests}
    assert (others, known.grain) == (tested, is_unique)


def test_what_is_known_is_not_tested() -> None:
    bad = changed(rank="0")
    with duckdb.connect() as connection:
        cells = ", ".join(
            f"CAST({cell} AS {type}) AS {quoted(name)}"
            for cell, (name, type) in zip(bad, CONTRACT.types.items(), strict=True)
        )
        relation = f"(SELECT {cells} FROM range(2)) AS found"
        nothing = evaluate(CONTRACT, relation, CONTRACT.types, connection)
        known = Known(all_tests_of(CONTRACT, CONTRACT.types), grain=True)
        assert nothing.broken() == {"values": {"rank": 2}, "grain": {"day, rank": 1}}
        assert evaluate(CONTRACT, relation, CONTRACT.types, connection, known).passed


def test_an_empty_table_breaks_only_a_least_number_of_rows() -> None:
    assert evaluation().passed
    found = evaluation(contract=replace(CONTRACT, minimum_rows=3))
    assert (found.rows, found.broken()) == (0, {"rows": {"*": 3}})
    assert evaluation(GOOD, contract=replace(CONTRACT, minimum_rows=1)).passed


def test_a_missing_a_new_and_a_retyped_column_are_named() -> None:
    types = {**CONTRACT.types, "added": "VARCHAR", "rank": "VARCHAR"}
    del types["streams"]
    found = evaluation((GOOD[0], "'not a number'", *GOOD[2:4], "'x'"), types=types)
    assert found.broken() == {"columns": {"added": 1, "rank": 1, "streams": 1}}


def test_a_missing_grain_column_is_told_as_such() -> None:
    types = {name: type for name, type in CONTRACT.types.items() if name != "rank"}
    found = evaluation((GOOD[0], *GOOD[2:]), types=types)
    assert found.broken() == {"columns": {"rank": 1}}


def test_all_rules_broken_at_once_are_all_told() -> None:
    contract = replace(CONTRACT, minimum_rows=5)
    bad = changed(day="NULL", rank="0", chart="'x'")
    found = evaluation(
        (*bad[:4], "'x'"), (*bad[:4], "'y'"), contract=contract, types={**CONTRACT.types, "streams": "VARCHAR"}
    )
    assert found.broken() == {
        "columns": {"streams": 1},
        "required": {"day": 2},
        "values": {"rank": 2, "chart": 2},
        "grain": {"day, rank": 1},
        "rows": {"*": 3},
    }
    with pytest.raises(ContractBreachError) as breach:
        require(contract, found, "cleandata.charts")
    assert str(breach.value) == (
        "cleandata.charts would break its contract, so the old table stays. "
        "columns (the table has exactly the declared columns and types): streams × 1; "
        "required (required columns are never null): day × 2; "
        "values (values lie in the declared ranges and sets): rank × 2, chart × 2; "
        "grain (no two rows share the grain): day, rank × 1; "
        "rows (the table has at least the declared number of rows): * × 3"
    )
    assert breach.value.broken == found.broken()
    assert isinstance(breach.value, PermanentError)


def test_only_rules_that_can_be_broken_are_listed() -> None:
    plain = Contract("Names.", (Column("name", "VARCHAR", "Name."),), ("name",))
    assert plain.rules == ("columns", "required", "grain")
    assert replace(plain, minimum_rows=1).rules == ("columns", "required", "grain", "rows")
    assert CONTRACT.rules == ("columns", "required", "values", "grain")
    assert set(RULES) == {*CONTRACT.rules, "rows"}


@pytest.mark.parametrize("grain", [(), ("day", "missing")])
def test_a_grain_names_columns_of_the_table(grain: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="grain"):
        replace(CONTRACT, grain=grain)


def test_a_contract_and_an_evaluation_survive_json() -> None:
    assert Contract.from_json(CONTRACT.to_json()) == CONTRACT
    found = evaluation(GOOD, changed(rank="0"))
    assert Evaluation.from_json(found.to_json()) == found


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8)


@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(name=NAMES, word=NAMES)
def test_any_name_and_any_word_can_stand_in_a_contract(name: str, word: str) -> None:
    contract = Contract("Any.", (Column(name, "VARCHAR", "Any.", accepted=(word,)),), (name,))
    assert evaluation((literal(word),), contract=contract, types={name: "VARCHAR"}).passed
    assert not evaluation((literal(f"{word}x"),), contract=contract, types={name: "VARCHAR"}).passed
