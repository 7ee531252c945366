"""docs/missing-values.md is what the contracts say of every column that may be missing.

After a contract changed, renew it: python -m spotify_platform_tests.docs.test_docs_missing
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from spotify_platform.contract import Contract
from spotify_platform.environment import Environment
from spotify_platform_tests.defs.graph import Graph

PAGE = Path(__file__).resolve().parents[2] / "docs" / "missing-values.md"
RENEW = "python -m spotify_platform_tests.docs.test_docs_missing"
OPENING = """# Missing values

What it means where a value is missing, of every column that may be. Nothing is filled in: a missing number is never 0,
never a mean, and is left out of sums and means. All other columns always have a value; a table in which one is missing
is not committed. This page is written from the contracts of the tables, and the Dagster UI shows the same beside each
column.
"""


def written(contracts: Mapping[str, Contract]) -> Iterator[str]:
    """The page as lines: a table for each contract that has optional columns."""
    yield from OPENING.splitlines()
    for key, contract in sorted(contracts.items()):
        optional = [column for column in contract.columns if not column.required]
        if optional:
            yield from ("", f"## {key.replace('/', '.')}", "", "| column | missing means |", "| --- | --- |")
            yield from (f"| `{column.name}` | {column.missing} |" for column in optional)


def declared() -> dict[str, Contract]:
    return Graph.of(Environment.load()).contracts


def test_the_page_says_of_every_optional_column_what_its_contract_says() -> None:
    lines = list(written(declared()))
    assert PAGE.read_text(encoding="utf-8").splitlines() == lines, f"renew the page with: {RENEW}"
    assert any(line.startswith("| `release_date` | ") for line in lines)
    assert not any(line.endswith("|  |") for line in lines)


if __name__ == "__main__":
    PAGE.write_text("\n".join(written(declared())) + "\n", encoding="utf-8")
