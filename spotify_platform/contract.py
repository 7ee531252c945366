"""What a table promises: columns, types, grain, ranges, accepted values. Declared once, beside its asset.

A writer evaluates the contract before it commits (`evaluate`), keeps the result beside the data, and
commits only if nothing is broken. The same declaration gives the column schema in the Dagster UI.
"""

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import ContractBreachError
from spotify_platform.hashes import repeated_hashes

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Column:
    """One column. `type` is a DuckDB type name; `missing` says what an absent value means and becomes.

    A DOUBLE is finite: not a number and infinity are no values.
    """

    name: str
    type: str
    description: str
    required: bool = True
    minimum: float | str | None = None
    maximum: float | str | None = None
    accepted: tuple[str, ...] = ()
    missing: str = ""


@dataclass(frozen=True)
class Contract:
    """The promise of one table. `grain` is the set of columns that identify a row.

    A `large` table has about as many rows as the longest of those it is made of. Rows of one that `is_personal` are
    shown to nobody who does not ask for them.
    """

    description: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]
    minimum_rows: int = 0
    large: bool = False
    is_personal: bool = False

    def __post_init__(self) -> None:
        unknown = set(self.grain) - set(self.names)
        if unknown or not self.grain:
            raise ValueError(f"a grain names columns of its table; {sorted(unknown) or 'none'} is no such")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that can be broken by this contract."""
        values = any(_value_test(column) for column in self.columns)
        skipped = {"values"} if not values else set()
        skipped |= {"rows"} if not self.minimum_rows else set()
        return tuple(rule for rule in RULES if rule not in skipped)

    @property
    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.columns}

    @property
    def promise(self) -> str:
        """All that is tested, without what is said to people."""
        columns = [(c.name, c.type, c.required, c.minimum, c.maximum, c.accepted) for c in self.columns]
        return json.dumps([columns, self.grain, self.minimum_rows])

    def to_json(self) -> dict[str, Any]:
        """Plain data, to travel as asset metadata."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Contract":
        columns = tuple(Column(**{**c, "accepted": tuple(c["accepted"])}) for c in data["columns"])
        grain, rows = tuple(data["grain"]), data["minimum_rows"]
        return cls(data["description"], columns, grain, rows, data["large"], data["is_personal"])


RULES: dict[str, str] = {
    "columns": "the table has exactly the declared columns and types",
    "required": "required columns are never null",
    "values": "values lie in the declared ranges and sets",
    "grain": "no two rows share the grain",
    "rows": "the table has at least the declared number of rows",
}


@dataclass(frozen=True)
class Evaluation:
    """What a contract's evaluation found: number of breaches per rule, and which columns broke it."""

    rows: int
    breaches: Mapping[str, Mapping[str, int]]

    @property
    def passed(self) -> bool:
        return not any(any(counts.values()) for counts in self.breaches.values())

    def broken(self) -> dict[str, dict[str, int]]:
        """Only what is broken: rule → column → number of rows."""
        found = {rule: {c: n for c, n in counts.items() if n} for rule, counts in self.breaches.items()}
        return {rule: counts for rule, counts in found.items() if counts}

    def to_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "breaches": {rule: dict(counts) for rule, counts in self.breaches.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Evaluation":
        return cls(data["rows"], data["breaches"])


@dataclass(frozen=True)
class RowTest:
    """A condition on a row that breaks a rule in a column; in the models' dialect."""

    rule: str
    column: str
    breach: str


@dataclass(frozen=True)
class Known:
    """What of a contract holds anyway: tests that no row need be put to, and whether no two rows share the grain."""

    tests: Collection[RowTest] = ()
    grain: bool = False


NOTHING_KNOWN = Known()


def tests_of(contract: Contract, types: Mapping[str, str]) -> list[RowTest]:
    """What every row is tested for, of the columns that are there: `types` are the actual ones, in DuckDB's names."""
    present = [column for column in contract.columns if column.name in types]
    required = [RowTest("required", c.name, f"{quoted(c.name)} IS NULL") for c in present if c.required]
    comparable = [column for column in present if types[column.name] == column.type]
    return [*required, *(RowTest("values", c.name, test) for c in comparable if (test := _value_test(c)))]


def inherited(contract: Contract, source: Contract, passed: Collection[str]) -> Known:
    """What holds for all rows of a table that keeps `source`, with the columns `passed` as they are there."""
    tests = {test for test in tests_of(source, source.types) if test.column in passed}
    return Known(tests, grain=set(source.grain) <= {*passed} & {*contract.grain})


def evaluation_of(
    contract: Contract,
    types: Mapping[str, str],
    rows: int,
    counts: Sequence[int | None],
    repeated: int | None,
) -> Evaluation:
    """What an engine found: rows, breaches of each of `tests_of`, and how many values of the grain stand twice."""
    breaches: dict[str, dict[str, int]] = {rule: {} for rule in RULES}
    breaches["columns"] = _column_breaches(contract, types)
    for test, number in zip(tests_of(contract, types), counts, strict=True):
        breaches[test.rule][test.column] = int(number or 0)
    if repeated is not None:
        breaches["grain"][", ".join(contract.grain)] = int(repeated)
    breaches["rows"]["*"] = max(0, contract.minimum_rows - int(rows))
    return Evaluation(int(rows), breaches)


def counting(
    contract: Contract, relation: str, types: Mapping[str, str], known_to_hold: Collection[RowTest] = ()
) -> str:
    """The query that counts rows and breaches of each test."""
    tests = tests_of(contract, types)
    counts = ("0" if t in known_to_hold else f"SUM(CASE WHEN {t.breach} THEN 1 ELSE 0 END)" for t in tests)
    return f"SELECT {', '.join(['COUNT(*)', *counts])} FROM {relation}"


def counting_repeats(grain: Sequence[str], relation: str) -> str:
    """The query that counts the values of the grain that more than one row has."""
    key = ", ".join(quoted(name) for name in grain)
    repeated = f"SELECT {key} FROM {relation} GROUP BY {key} HAVING COUNT(*) > 1"
    return f"SELECT COUNT(*) FROM ({repeated}) AS repeated"


def evaluate(
    contract: Contract,
    relation: str,
    types: Mapping[str, str],
    connection: "DuckDBPyConnection",
    known: Known = NOTHING_KNOWN,
) -> Evaluation:
    """Evaluate `contract` on `relation` (a table name or a parenthesised query) with DuckDB.

    `types` are the actual columns of the relation, in DuckDB's type names. What is known to hold is not tested.
    """
    [(rows, *counts)] = connection.execute(counting(contract, relation, types, known.tests)).fetchall()
    repeated = None
    if set(contract.grain) <= set(types):
        repeated = 0 if known.grain else _repeated(contract.grain, relation, rows, connection)
    return evaluation_of(contract, types, rows, counts, repeated)


def _repeated(grain: Sequence[str], relation: str, rows: int, connection: "DuckDBPyConnection") -> int:
    """How many values of the grain more than one row has: counted only where hashes say that there are any."""
    key = ", ".join(quoted(name) for name in grain)
    [hashes] = repeated_hashes(connection, [key], relation, rows)
    if not len(hashes):
        return 0
    [(number,)] = connection.execute(counting_repeats(grain, relation)).fetchall()
    return int(number)


def require(contract: Contract, evaluation: Evaluation, table: str) -> None:
    """Raise `ContractBreachError` naming every broken rule, or do nothing."""
    if evaluation.passed:
        return
    found = "; ".join(
        f"{rule} ({RULES[rule]}): " + ", ".join(f"{column} × {number}" for column, number in counts.items())
        for rule, counts in evaluation.broken().items()
    )
    raise ContractBreachError(f"{table} would break its contract, so the old table stays. {found}", evaluation.broken())


def quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: float | str) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _column_breaches(contract: Contract, types: Mapping[str, str]) -> dict[str, int]:
    expected = contract.types
    wrong = dict.fromkeys(expected.keys() ^ types.keys(), 1)
    wrong |= {name: 1 for name in expected.keys() & types.keys() if expected[name] != types[name]}
    return wrong


def _value_test(column: Column) -> str:
    name = quoted(column.name)
    largest = sys.float_info.max if column.type == "DOUBLE" else None
    minimum = column.minimum if column.minimum is not None else largest and -largest
    maximum = column.maximum if column.maximum is not None else largest
    tests = []
    if minimum is not None:
        tests.append(f"{name} < {literal(minimum)}")
    if maximum is not None:  # engines rank not a number above all numbers
        tests.append(f"{name} > {literal(maximum)}")
    if column.accepted:
        tests.append(f"{name} NOT IN ({', '.join(literal(value) for value in column.accepted)})")
    return " OR ".join(tests)
