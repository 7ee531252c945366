"""A pool of the tests, with Azurite as the account that it loads from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spotify_platform.azure import StorageAccount
from spotify_platform.warehouse.synapse import SynapseWarehouse
from spotify_platform_tests.fakes.pool import Pool
from spotify_platform_tests.fakes.tsql_catalog import Dialect


def missing() -> str | None:
    """Why the driver cannot run here, or None."""
    try:
        import mssql_python
    except ImportError as error:
        return f"the driver mssql-python cannot be loaded: {error}"
    return None if mssql_python else ""


@contextmanager
def running(dialect: Dialect, account: StorageAccount) -> Iterator[Pool]:
    if why := missing():
        pytest.skip(why)
    with Pool(dialect, lambda url: read_blobs(account, url)) as pool:
        yield pool


def read_blobs(account: StorageAccount, url: str) -> list[bytes]:
    """The files that a location of COPY INTO stands for."""
    container, _, path = url.removeprefix(f"{account.url}/").partition("/")
    with account.container(container) as found:
        if not path.endswith("/"):
            return [found.download_blob(path).readall()]
        return [found.download_blob(blob.name).readall() for blob in found.list_blobs(name_starts_with=path)]


def warehouse_of(pool: Pool, dialect: Dialect, account: StorageAccount, root: Path) -> SynapseWarehouse:
    """The platform's warehouse in the pool."""
    told = dict(re.findall(r"(\w+)=([^;]*);?", pool.connection_string))
    return SynapseWarehouse(
        dialect,
        told["Server"],
        told["Database"],
        account,
        prefix="data",
        lock=root / "pool.lock",
        user=told["UID"],
        password=told["PWD"],
        options="Encrypt=no;TrustServerCertificate=yes;",
    )
