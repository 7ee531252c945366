"""Dagster's storage with connections that stay open: the same databases, quicker, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from spotify_platform.environment import Environment
from spotify_platform.running import instance_of
from spotify_platform.sqlite_storage import MOST_OPEN, QuickEventLogStorage, QuickRunStorage, quick_ref


@dg.asset
def numbers() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"rows": 3})


def rows_stored(instance: dg.DagsterInstance) -> list[object]:
    records = instance.fetch_materializations(dg.AssetKey("numbers"), limit=100).records
    return [record.asset_materialization.metadata["rows"].value for record in records if record.asset_materialization]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with instance_of(Environment.load(home=tmp_path, world="data")) as instance:
        yield instance


def test_the_instance_of_a_world_stores_with_connections_that_stay_open(instance: dg.DagsterInstance) -> None:
    dg.materialize([numbers], instance=instance)
    history = Path(str(instance.root_directory), "history")
    assert isinstance(instance.run_storage, QuickRunStorage)
    assert isinstance(instance.event_log_storage, QuickEventLogStorage)
    assert (history / "runs.db-wal").exists()
    assert (history / "runs" / "index.db-wal").exists()
    with instance.run_storage.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1


def test_a_table_that_is_missing_is_looked_for_each_time(instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    assert isinstance(storage, QuickEventLogStorage)
    assert not storage.has_table("later")
    with storage.index_connection() as connection:
        connection.exec_driver_sql("CREATE TABLE later (n INTEGER)")
    assert storage.has_table("later")
    assert storage.has_table("event_logs")


def test_what_was_stored_is_seen_by_others_at_once_and_after_the_end(instance: dg.DagsterInstance) -> None:
    home = str(instance.root_directory)
    dg.materialize([numbers], instance=instance)
    with dg.DagsterInstance.from_config(home) as other:  # as the daemon does
        assert not isinstance(other.event_log_storage, QuickEventLogStorage)
        assert rows_stored(other) == [3]
        dg.materialize([numbers], instance=other)
    assert rows_stored(instance) == [3, 3]


def test_the_logs_of_the_databases_are_emptied_when_the_instance_is_left(tmp_path: Path) -> None:
    environment = Environment.load(home=tmp_path, world="data")
    with instance_of(environment) as instance:
        dg.materialize([numbers], instance=instance)
        assert list(environment.dagster_home.rglob("*.db-wal"))
    assert list(environment.dagster_home.rglob("*.db-wal")) == []
    with instance_of(environment) as instance:
        assert rows_stored(instance) == [3]


def test_no_more_than_some_databases_of_runs_stay_open(instance: dg.DagsterInstance) -> None:
    for _ in range(MOST_OPEN + 3):
        dg.materialize([numbers], instance=instance)
    assert len(list(Path(str(instance.root_directory), "history", "runs").glob("*.db-wal"))) == MOST_OPEN
    assert len(rows_stored(instance)) == MOST_OPEN + 3


def test_runs_can_be_stored_after_all_were_wiped(instance: dg.DagsterInstance) -> None:
    dg.materialize([numbers], instance=instance)
    instance.wipe()
    assert rows_stored(instance) == []
    dg.materialize([numbers], instance=instance)
    assert rows_stored(instance) == [3]
    assert len(instance.all_logs(instance.get_runs()[0].run_id)) > 3


def test_a_storage_that_dagster_yaml_names_is_used(tmp_path: Path) -> None:
    Path(tmp_path, "dagster.yaml").write_text("storage: {postgres: {postgres_url: 'postgresql://nowhere/runs'}}")
    storage = quick_ref(tmp_path).storage_data
    assert storage
    assert storage.class_name == "DagsterPostgresStorage"
