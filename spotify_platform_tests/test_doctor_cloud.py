"""The doctor tries a real account step by step, says what to grant, and leaves nothing behind."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spotify_platform import resources
from spotify_platform.azure import StorageAccount
from spotify_platform.compute.databricks import WHEEL, Databricks
from spotify_platform.doctor import Finding, diagnose
from spotify_platform.environment import Environment
from spotify_platform.lake.azure import RAW
from spotify_platform.warehouse.synapse import STAGING
from spotify_platform_tests.fakes import pool_process
from spotify_platform_tests.fakes.azurite import settings
from spotify_platform_tests.fakes.databricks import Workspace
from spotify_platform_tests.fakes.pool import Pool

CLOUD = ("Azure identity", "Blob round trip", "Delta round trip", "SQL login", "COPY INTO")


@pytest.fixture
def pool(azurite: StorageAccount) -> Iterator[Pool]:
    with pool_process.running("synapse", azurite) as running:
        yield running


@pytest.fixture
def environment(tmp_path: Path, azurite: StorageAccount, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Lake and warehouse elsewhere; what the emulated servers lack of TLS is given to them here."""
    environment = Environment.load(
        home=tmp_path / "home",
        warehouse="synapse",
        sql_server="pool",
        sql_database="music",
        sql_user="loader",
        sql_password="secret",
        **settings(azurite),
    )
    warehouse = pool_process.warehouse_of(pool, "synapse", azurite, tmp_path)
    monkeypatch.setattr(resources, "warehouse_of", lambda _: warehouse)
    return environment


def cloud(environment: Environment) -> dict[str, Finding]:
    return {finding.what: finding for finding in diagnose(environment) if finding.what in CLOUD}


def blobs(account: StorageAccount, name: str) -> list[str]:
    with account.container(name) as container:
        return [blob.name for blob in container.list_blobs() if "doctor" in blob.name]


def test_every_step_of_an_account_that_works_is_tried_and_nothing_stays(
    environment: Environment, azurite: StorageAccount, pool: Pool
) -> None:
    found = cloud(environment)
    assert {what: finding.state for what, finding in found.items()} == dict.fromkeys(CLOUD, "ok")
    assert "loaded 1 row" in found["COPY INTO"].found
    assert [blobs(azurite, name) for name in (RAW, "cleandata", STAGING)] == [[], [], []]
    assert pool.query("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'doctor%'") == []


def test_a_pool_that_may_not_read_the_account_says_what_to_grant(environment: Environment, pool: Pool) -> None:
    with pool.failing("^COPY INTO", error=(13807, "Content of directory on path cannot be listed.")):
        found = cloud(environment)
    assert (found["SQL login"].state, found["COPY INTO"].state) == ("ok", "wrong")
    assert "Storage Blob Data Reader" in found["COPY INTO"].meaning
    assert "cannot be listed" in found["COPY INTO"].found


def test_what_needs_a_step_that_failed_is_not_tried(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = environment.model_copy(update={"storage_key": type(environment.storage_key)("d3Jvbmc=")})
    found = cloud(wrong)
    assert found["Blob round trip"].state == "wrong"
    assert "Storage Blob Data Contributor" in found["Blob round trip"].meaning
    assert (found["Delta round trip"].state, found["Delta round trip"].found) == ("missing", "not tried")
    assert found["SQL login"].state == "ok"


def test_all_that_is_local_needs_no_network(tmp_path: Path) -> None:
    [found] = [f for f in diagnose(Environment.load(home=tmp_path, world="data")) if f.what == "cloud"]
    assert found.found == "not configured"


@pytest.fixture
def workspace(tmp_path: Path, spark_server: str) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace", {"SPARK_REMOTE": spark_server}) as running:
        yield running


@pytest.mark.filterwarnings("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning")
@pytest.mark.filterwarnings(r"ignore:AssetExecutionContext\.\w+ is deprecated:DeprecationWarning")
def test_a_workspace_is_asked_for_its_wheel_and_for_a_job(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spotify_platform_tests.reliability.worlds import PROJECT

    volume = workspace.volume("main", "spotify", "platform")
    launcher = Databricks(workspace.host, volume, workspace.token, poll_seconds=0.2)
    monkeypatch.setattr(resources, "launcher_of", lambda _: launcher)
    local = Environment.load(home=tmp_path / "home", world="data")
    # The fake's jobs read a local lake, which no real workspace could.
    environment = local.model_copy(update={"compute": "databricks"})

    def compute() -> dict[str, Any]:
        wanted = ("Databricks", "wheel", "one-task run")
        return {finding.what: finding for finding in diagnose(environment) if finding.what in wanted}

    found = compute()
    assert [finding.state for finding in found.values()] == ["ok", "wrong", "missing"]
    assert "databricks bundle deploy" in found["wheel"].meaning
    import subprocess
    import sys

    deployed = Path(volume) / ".internal"
    deployed.mkdir(parents=True)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(deployed)]
    subprocess.run(build, cwd=PROJECT / "spark", check=True, capture_output=True, timeout=120)
    assert (deployed / WHEEL).exists()
    assert {finding.found: finding.state for finding in compute().values() if finding.state != "ok"} == {}
    assert [path.name for path in (local.lake_root / "cleandata").iterdir()] == []
    stranger = replace(launcher, token="wrong")
    monkeypatch.setattr(resources, "launcher_of", lambda _: stranger)
    assert "READ VOLUME" in compute()["Databricks"].meaning
