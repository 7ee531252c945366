"""What a real account lets us do, tried step by step with the smallest thing that proves it; nothing is left behind.

A step that fails says what to grant; those that need it are not tried.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from spotify_platform.contract import Column, Contract
from spotify_platform.doctor import Finding
from spotify_platform.environment import Environment
from spotify_platform.lake.interface import Table

ONE_ROW = Contract("One row.", (Column("n", "BIGINT", "A number."),), grain=("n",))
LAKE_GRANT = "grant the identity `Storage Blob Data Contributor` on the storage account"
POOL_GRANT = "make the identity a user of the database with the role db_owner"
COPY_GRANT = "grant the pool's own managed identity `Storage Blob Data Reader` on the storage account"
FABRIC_GRANT = "grant the identity `Storage Blob Data Reader` on the storage account, which COPY INTO reads as"
DATABRICKS_GRANT = "grant the identity use of the workspace, and READ VOLUME and WRITE VOLUME on the volume"
DEPLOY = "run `databricks bundle deploy` in spark/, which puts the wheel on the volume"
JOB_GRANT = "grant the job's identity READ FILES and WRITE FILES on an external location that holds the containers"


@dataclass(frozen=True)
class Step:
    """Something to try: what it is called, how it is tried (it returns what was found), and what helps if it fails."""

    what: str
    attempt: Callable[[], str]
    remedy: str


def cloud_findings(environment: Environment) -> list[Finding]:
    """A finding for each step of each seam that is not on this machine."""
    return [
        finding
        for steps in (_lake(environment), _warehouse(environment), _compute(environment))
        for finding in _tried(list(steps))
    ]


def _tried(steps: list[Step]) -> Iterator[Finding]:
    failed = ""
    for step in steps:
        if failed:
            yield Finding(step.what, "missing", "not tried", f"{failed} comes first")
            continue
        try:
            yield Finding(step.what, "ok", step.attempt(), "works")
        except Exception as error:
            failed = step.what
            yield Finding(step.what, "wrong", _first_lines(error), step.remedy)


def _lake(environment: Environment) -> Iterator[Step]:
    if environment.lake != "azure":
        return
    from spotify_platform.azure import STORAGE_SCOPE, credential
    from spotify_platform.lake.azure import RAW, AzureLake
    from spotify_platform.lake.reading import query
    from spotify_platform.resources import lake_of

    def identity() -> str:
        if environment.storage_key or environment.storage_sas:
            return "an account key" if environment.storage_key else "a SAS token"
        credential().get_token(STORAGE_SCOPE)
        return "a token of DefaultAzureCredential"

    def blob() -> str:
        lake = lake_of(environment)
        assert isinstance(lake, AzureLake)
        name = f"doctor/{uuid.uuid4().hex}.json"
        if not lake.put_json_if_absent(name, {"n": 1}) or lake.put_json_if_absent(name, {"n": 2}):
            raise RuntimeError("a blob was not written once")
        [(_, found)] = [entry for entry in lake.read_jsons("doctor") if entry[0] == name]
        with lake.account.container(RAW) as container:
            container.delete_blob(f"{lake.prefix}/{name}")
        return f"a blob went to {lake.account.endpoint}/{RAW} and came back: {found}"

    def delta() -> str:
        lake, table = lake_of(environment), _table()
        try:
            state = lake.commit(table, [], ONE_ROW.types, commit={})
            [(rows,)] = query(lake, f"SELECT COUNT(*) FROM {'.'.join(table)}", table)
        finally:
            _forget(lake, table)
        return f"version {state.version} of a Delta table, read by DuckDB: {rows} rows"

    yield Step("Azure identity", identity, "log in with `az login`, or run where a managed identity is assigned")
    yield Step("Blob round trip", blob, LAKE_GRANT)
    yield Step("Delta round trip", delta, LAKE_GRANT)


def _warehouse(environment: Environment) -> Iterator[Step]:
    if environment.warehouse == "duckdb":
        return
    import pyarrow as pa

    from spotify_platform.resources import warehouse_of
    from spotify_platform.warehouse import tsql
    from spotify_platform.warehouse.synapse import Target

    warehouse = warehouse_of(environment)

    def login() -> str:
        warehouse.query("SELECT 1 AS n")
        return f"SELECT 1 was answered by {environment.sql_server}"

    def copy() -> str:
        table = ("platform", f"doctor_{uuid.uuid4().hex[:8]}")
        with warehouse.connect() as session:
            try:
                frame = pa.table({"n": pa.array([1], pa.int64())})
                stored = warehouse.store_frame(session, Target(table, ONE_ROW, tsql.HEAP), frame)
            finally:
                session.execute(tsql.drop_table(table))
                session.execute(tsql.delete(tsql.LEDGER, tsql.equals({"table_name": table[1]})))
        return f"COPY INTO loaded {stored.rows} row from {environment.storage_url}"

    yield Step("SQL login", login, POOL_GRANT)
    yield Step("COPY INTO", copy, COPY_GRANT if environment.warehouse == "synapse" else FABRIC_GRANT)


def _compute(environment: Environment) -> Iterator[Step]:
    if environment.compute == "duckdb":
        return
    from spotify_platform.compute.databricks import Databricks
    from spotify_platform.compute.databricks import explained as explained_by_databricks
    from spotify_platform.compute.spark import SparkCompute
    from spotify_platform.resources import lake_of, launcher_of

    launcher = launcher_of(environment)

    def java() -> str:
        found = shutil.which("java")
        if not found:
            raise RuntimeError("there is no `java`")
        return found

    def workspace() -> str:
        assert isinstance(launcher, Databricks)
        with explained_by_databricks(launcher.host):
            return f"{launcher.host} knows us as {launcher.client().current_user.me().user_name or 'a service'}"

    def wheel() -> str:
        assert isinstance(launcher, Databricks)
        with explained_by_databricks(launcher.host):
            launcher.client().files.get_metadata(launcher.wheel)
        return launcher.wheel

    def run() -> str:
        lake, table = lake_of(environment), _table()
        try:
            rows = _build_one_row(SparkCompute(lake, launcher), table)
        finally:
            _forget(lake, table)
        return f"a job wrote a Delta table of {rows} row"

    if isinstance(launcher, Databricks):
        yield Step("Databricks", workspace, DATABRICKS_GRANT)
        yield Step("wheel", wheel, DEPLOY)
    else:
        yield Step("Java", java, "install Java 17 or later")
    yield Step("one-task run", run, JOB_GRANT if isinstance(launcher, Databricks) else "see the error")


def _build_one_row(compute: Any, table: Table) -> int:
    """Build a table of one row within a step of a run that is not kept."""
    import dagster as dg

    from spotify_platform.sql.model import SqlModel

    found: list[int] = []

    @dg.asset(name=table[1])
    def one_row(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        model = SqlModel(*table, "SELECT CAST(1 AS BIGINT) AS n")
        found.append(compute.build(model, ONE_ROW, context=context).rows_written)
        return dg.MaterializeResult()

    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize(
            [one_row],
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    return found[0]


def _table() -> Table:
    return "cleandata", f"doctor_{uuid.uuid4().hex[:8]}"


def _forget(lake: Any, table: Table) -> None:
    """Remove every file of a table that was made to try."""
    from spotify_platform.lake.azure import AzureLake

    if isinstance(lake, AzureLake):
        with lake.account.container(table[0]) as container:
            for blob in container.list_blobs(name_starts_with=f"{lake.prefix}/{table[1]}/"):
                container.delete_blob(blob.name)
    else:
        shutil.rmtree(lake.table_address(table), ignore_errors=True)


def _first_lines(error: Exception) -> str:
    return " ".join((str(error).strip() or type(error).__name__).split())[:400]
