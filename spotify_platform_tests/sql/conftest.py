from collections.abc import Iterator

import duckdb
import pytest

from spotify_platform_tests.sql.models import create_upstream
from spotify_platform_tests.sql.playground import create_examples


@pytest.fixture(scope="session")
def examples() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables that the examples of the dialect read."""
    with duckdb.connect() as connection:
        create_examples(connection)
        yield connection


@pytest.fixture(scope="session")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables that the realistic models read."""
    with duckdb.connect() as connection:
        create_upstream(connection)
        yield connection
