"""Saved queries: questions that people ask of the published tables, each in a file beside this one.

A file opens with the question as its comment. It is written in the models' dialect, so that a pool can be asked too.
"""

from functools import cache
from pathlib import Path

from spotify_platform.errors import ConfigurationError
from spotify_platform.sql.model import SqlModel
from spotify_platform.warehouse.interface import Answer, Warehouse

HERE = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """The saved queries, by name."""
    return tuple(sorted(file.stem for file in HERE.glob("*.sql")))


def load(name: str) -> SqlModel:
    """A saved query. Raises `ConfigurationError` where there is none of that name."""
    if name not in names():
        raise ConfigurationError(f"there is no saved query {name!r}; there are: {', '.join(names())}")
    return SqlModel.load("marts", HERE / f"{name}.sql")


def question(name: str) -> str:
    """What a saved query answers, in a sentence or two."""
    first, *_ = load(name).sql.splitlines()
    return first.removeprefix("--").strip()


def answer(name: str, warehouse: Warehouse, in_pool: bool) -> Answer:
    """Column names and rows that answer a saved query, of the published version."""
    query = load(name)
    if not in_pool:
        return warehouse.select(query.sql)
    from spotify_platform.sql.dialects import render
    from spotify_platform.sql.restrict import renamed

    published = {table: warehouse.published_name(table) for table in query.upstream}
    return warehouse.select(renamed(render(query, "tsql"), published, "tsql"))
