"""A pool of the tests, with Azurite as the account that it loads from."""

import ctypes
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from spotify_platform.azure import StorageAccount
from spotify_platform.warehouse.synapse import SynapseWarehouse
from spotify_platform_tests.fakes.pool import Pool
from spotify_platform_tests.fakes.tsql_catalog import Dialect


@cache
def missing() -> str | None:
    """Why the driver cannot run here, or None. What `make install-test` has put beside the environment is loaded."""
    try:
        import mssql_python
    except ImportError as error:
        return f"the driver mssql-python cannot be loaded: {error}"
    assert mssql_python
    beside = [str(path) for path in (Path(sys.prefix) / "libltdl").rglob("libltdl.so.7")]
    for library in ["libltdl.so.7", *beside]:
        try:
            ctypes.CDLL(library, ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return None
    return "the driver mssql-python needs libltdl7; `make install-test` brings it where there is apt-get"


@contextmanager
def running(dialect: Dialect, account: StorageAccount) -> Iterator[Pool]:
    if why := missing():
        pytest.skip(why)
    with Pool(dialect, lambda url: read_blobs(account, url)) as pool:
        yield pool


def read_blobs(account: StorageAccount, url: str) -> list[bytes]:
    """The files that a location of COPY INTO stands for."""
    container, _, path = url.removeprefix(f"{account.endpoint}/").partition("/")
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
