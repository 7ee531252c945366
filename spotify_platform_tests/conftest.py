"""Shared by all tests: a clean environment, a world of its own for each test, and the real files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

import spotify_platform_tests.fakes.azurite as azurite_process
import spotify_platform_tests.fakes.spark as spark_process
from spotify_platform.azure import StorageAccount
from spotify_platform.environment import PREFIX, Environment
from spotify_platform.garbage import collect_seldom
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.land import Resources
from spotify_platform_tests.reliability.worlds import WITHOUT_MODEL, environment_of, land_files, write_small_world

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "realdata"
SHARED = "TESTS_SHARED_FOLDER"
LIMITS = Resources(threads=2, memory_limit="1GB")


def pytest_configure(config: pytest.Config) -> None:
    """Workers inherit the name of a folder that is theirs together."""
    collect_seldom()
    if not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="spotify_platform_tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ.pop(SHARED))
        spark_process.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


LONGEST = (
    *("reliability/test_reliability_places", "compute/test_compute_parity", "compute/test_compute_contract"),
    *("reliability/test_reliability_daemon", "reliability/test_reliability_running", "warehouse/test_warehouse_pool"),
    *("compute/test_compute_spark_jobs", "cli/test_cli_real_files", "popularity/test_popularity_registry"),
    *("reliability/test_reliability_", "history/test_history_plays", "popularity/", "sql/test_sql_on_spark"),
)
"""Files that take longest, which start first: each is one worker's, and nobody should wait for the last of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, name in enumerate(LONGEST) if name in item.nodeid), len(LONGEST))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches one."""
    for name in list(os.environ):
        if name.startswith((PREFIX, "DAGSTER_", "MLFLOW_", "KAGGLE")):
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> Environment:
    """The data world of an empty home."""
    return Environment.load(home=home, world="data", memory_limit="1GB", threads=2)


@pytest.fixture
def lake(environment: Environment) -> FolderLake:
    return FolderLake(environment.lake_root)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Real files by others; a clone without them skips, saying so."""
    if not REALDATA.is_dir():
        pytest.skip("the real files (../shared/realdata) are not on this machine")
    return REALDATA


@dataclass(frozen=True)
class SmallWorld:
    """A built world of 2020, and the files that landed in it."""

    environment: Environment
    files: list[Path]


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    """The small world, landed in the order of its list and built with every check.

    The popularity model is left out: it takes longer than all the rest, and has tests of its own.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "small_world"
    with FileLock(folder.with_suffix(".lock")):
        files = write_small_world(folder / "files")
        environment = environment_of(folder / "home")
        if not environment.published_file.exists():
            _build(environment, files)
    return SmallWorld(environment, files)


def _build(environment: Environment, files: list[Path]) -> None:
    from spotify_platform.running import build

    land_files(environment, files)
    result = build(environment, selection=WITHOUT_MODEL)
    assert result.succeeded, (result.failures, [name for name, passed in result.checks.items() if not passed])


@pytest.fixture(scope="session")
def azurite() -> Iterator[StorageAccount]:
    """A storage account that this worker has to itself; a machine without Node.js skips, saying so."""
    if why := azurite_process.missing():
        pytest.skip(why)
    with azurite_process.running() as account:
        yield account


@pytest.fixture(scope="session")
def spark_server() -> str:
    """The address of a Spark that all workers share; a machine without Java skips, saying so."""
    if why := spark_process.missing():
        pytest.skip(why)
    return spark_process.shared(Path(os.environ[SHARED]))


@pytest.fixture(scope="session")
def spark(spark_server: str) -> "Iterator[SparkSession]":
    """A session of that server, as the platform's program on a cluster makes it."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(spark_server).create()
    spark_process.build_table().configure(session)
    yield session
    session.stop()
