"""What docs/metrics.md says of the marts: every metric once, in SQL that gives the very numbers of the mart."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spotify_platform.contract import Contract, quoted
from spotify_platform.environment import Environment
from spotify_platform.resources import warehouse_of
from spotify_platform_tests.conftest import SmallWorld
from spotify_platform_tests.defs.graph import Graph

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


@dataclass(frozen=True)
class Section:
    """What the page says of one mart."""

    mart: str
    metrics: list[str]
    queries: list[str]


def sections() -> list[Section]:
    _, *parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [
        Section(
            part.split("\n", 1)[0],
            re.findall(r"^\| `(\w+)` \| \S", part, re.MULTILINE),
            re.findall(r"```sql\n(.*?)```", part, re.DOTALL),
        )
        for part in parts
    ]


def metrics_of(contract: Contract) -> set[str]:
    """Numbers, dates and truth values beside the grain; text is a name."""
    return {c.name for c in contract.columns if c.name not in contract.grain and c.type != "VARCHAR"}


SECTIONS = sections()
EACH = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.mart)


@pytest.fixture(scope="module")
def marts() -> dict[str, Contract]:
    contracts = Graph.of(Environment.load()).contracts
    return {key.removeprefix("marts/"): contract for key, contract in contracts.items() if key.startswith("marts/")}


def test_every_mart_has_one_section(marts: dict[str, Contract]) -> None:
    assert sorted(section.mart for section in SECTIONS) == sorted(marts)


@EACH
def test_every_metric_of_a_mart_is_in_words_once(section: Section, marts: dict[str, Contract]) -> None:
    contract = marts[section.mart]
    of_the_grain = {c.name for c in contract.columns if c.name in contract.grain and c.name in section.metrics}
    assert of_the_grain <= {"position"}  # a place is a metric and a key
    assert sorted(set(section.metrics) - of_the_grain) == sorted(metrics_of(contract))
    assert len(section.metrics) == len(set(section.metrics))


@EACH
def test_the_sql_of_a_mart_gives_its_numbers(
    section: Section, marts: dict[str, Contract], small_world: SmallWorld
) -> None:
    contract = marts[section.mart]
    warehouse = warehouse_of(small_world.environment)
    found: list[str] = []
    for query in section.queries:
        names, rows = warehouse.select(query)
        assert set(contract.grain) <= set(names)
        metrics = [name for name in names if name not in contract.grain]
        found += metrics
        columns = ", ".join(map(quoted, [*contract.grain, *metrics]))
        _, expected = warehouse.select(f"SELECT {columns} FROM marts.{section.mart}")
        assert expected
        grain = [names.index(name) for name in contract.grain]
        counted = {tuple(row[i] for i in grain): [row[names.index(name)] for name in metrics] for row in rows}
        assert len(counted) == len(rows)
        kept = {row[: len(grain)]: list(row[len(grain) :]) for row in expected}
        assert counted.keys() == kept.keys()
        for key, values in kept.items():
            assert [comparable(value) for value in counted[key]] == pytest.approx(
                list(map(comparable, values)), abs=1e-6
            ), key
    assert sorted(found) == sorted(metrics_of(contract))


def comparable(value: Any) -> Any:
    """A date or a truth value as a number, which `approx` compares; a sum may come as a decimal."""
    if value is None:
        return None
    return value.toordinal() if hasattr(value, "toordinal") else float(value)
