"""What the code location defines: read from the definitions, without building anything."""

import ast
import difflib
from pathlib import Path
from typing import get_args

import dagster as dg
import pytest

import spotify_platform.defs
from spotify_platform.contract import RULES
from spotify_platform.definitions import build_definitions
from spotify_platform.defs.jobs import MONTHLY
from spotify_platform.defs.tables import FOLLOW
from spotify_platform.environment import Environment
from spotify_platform.lake.relations import SAID
from spotify_platform.landing.format import Kind
from spotify_platform.metadata import CONTRACT_CHECK
from spotify_platform.operations.forgetting import LAKE_TABLES, WAREHOUSE_TABLES
from spotify_platform.sql.dialects import render, require
from spotify_platform.sql.lineage import output_columns
from spotify_platform.sql.model import SqlModel
from spotify_platform_tests.defs.graph import RENEW, SNAPSHOT, Graph, models, written

DEFS = Path(spotify_platform.defs.__path__[0])
MODELS = pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
NOT_TABLES = ("raw/", "published/", "operations/", "ml/popularity_model")


def test_the_asset_graph_is_the_one_that_was_reviewed(graph: Graph) -> None:
    expected = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    found = list(written(graph))
    difference = "\n".join(difflib.unified_diff(expected, found, SNAPSHOT.name, "the code", lineterm="", n=2))
    assert not difference, f"the asset graph changed; if that is meant, renew its snapshot with: {RENEW}\n{difference}"


def test_every_asset_says_what_it_is_and_whose(graph: Graph) -> None:
    for key, spec in graph.specs.items():
        assert spec.owners, key
        assert spec.kinds, key
        assert spec.group_name not in (None, "default"), key
        assert spec.description, key
        assert len(spec.description) > 20, key


def test_every_table_has_a_contract_and_shows_its_columns(graph: Graph) -> None:
    tables = {key for key in graph.specs if not key.startswith(NOT_TABLES)}
    assert tables == graph.contracts.keys()
    for key, contract in graph.contracts.items():
        schema = graph.specs[key].metadata["dagster/column_schema"]
        assert [(c.name, c.type) for c in schema.columns] == list(contract.types.items()), key
        assert all(column.description for column in schema.columns), key


def test_every_table_that_says_whose_rows_it_holds_is_personal_and_forgotten(graph: Graph) -> None:
    holding = {key for key, contract in graph.contracts.items() if "listener" in contract.names}
    assert holding == {key for key, contract in graph.contracts.items() if contract.is_personal}
    assert holding == {"/".join(table) for table in (*LAKE_TABLES, *WAREHOUSE_TABLES)}


def test_every_column_that_may_be_missing_says_what_that_means(graph: Graph) -> None:
    silent = [
        f"{key}.{column.name}"
        for key, contract in graph.contracts.items()
        for column in contract.columns
        if not column.required and not column.missing
    ]
    assert silent == []


def test_every_contract_is_a_blocking_check_that_names_its_rules(graph: Graph) -> None:
    for key, contract in graph.contracts.items():
        [check] = [check for check in graph.checks[key] if check.name == CONTRACT_CHECK]
        assert check.blocking, key
        assert all(RULES[rule] in str(check.description) for rule in contract.rules), key


def test_monthly_tables_are_built_in_one_run_and_never_by_automation(graph: Graph) -> None:
    monthly = [spec for spec in graph.specs.values() if spec.partitions_def is not None]
    assert len(monthly) >= 6
    assert MONTHLY.resolve(graph.definitions.resolve_asset_graph()) == {spec.key for spec in monthly}
    for spec in monthly:
        assert isinstance(spec.partitions_def, dg.MonthlyPartitionsDefinition)
        assert spec.partitions_def.start.date().isoformat() == "2013-01-01"
        assert spec.automation_condition is None, spec.key
    for asset in graph.definitions.assets or ():
        if isinstance(asset, dg.AssetsDefinition) and asset.partitions_def is not None:
            assert asset.backfill_policy == dg.BackfillPolicy.single_run(), asset.key


def test_sensors_and_the_automation_run_by_default(graph: Graph) -> None:
    sensors = {sensor.name: sensor for sensor in graph.definitions.sensors or ()}
    assert {"inbox_sensor", "upload_sensor", "alert_sensor", "automation"} <= sensors.keys()
    assert all(sensor.default_status is dg.DefaultSensorStatus.RUNNING for sensor in sensors.values())
    schedules = list(graph.definitions.schedules or ())
    asking = ("look_up", "top_tracks", "playlists", "recent_plays", "listener_tops")
    names = {f"{of}_schedule" for of in ("kaggle", *asking, "clean_up")}
    assert {schedule.name for schedule in schedules} == names
    for schedule in schedules:
        assert isinstance(schedule, dg.ScheduleDefinition)
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    everything = sensors["automation"]
    assert isinstance(everything, dg.AutomationConditionSensorDefinition)
    assert everything.asset_selection == dg.AssetSelection.all()


def test_whatever_has_no_months_follows_its_dependencies(graph: Graph) -> None:
    """One that is added later too: it takes part in automation without being named anywhere."""
    conditions = {
        key: spec.automation_condition
        for key, spec in graph.specs.items()
        if spec.partitions_def is None and list(spec.deps)
    }
    assert len(conditions) > 20
    assert {key for key, condition in conditions.items() if condition is not FOLLOW} == set()


def test_a_run_of_everything_brings_nothing_in_and_takes_nothing_away(graph: Graph) -> None:
    from spotify_platform.defs.jobs import NOT_BUILT, everything

    resolved = graph.definitions.resolve_asset_graph()
    landed = {f"raw/{kind}" for kind in get_args(Kind)}
    looked_up = ("spotify_catalog", "audio_features", "artist_genres", "artist_tags")
    names = ("kaggle_charts", *looked_up, "playlist_snapshots", "recent_plays")
    asked = {f"raw/{name}" for name in names}
    doors = {*landed, *asked, "operations/clean_up"}
    assert {key.to_user_string() for key in NOT_BUILT.resolve(resolved)} == doors
    chosen = {key.to_user_string() for key in everything.selection.resolve(resolved)}
    assert chosen == graph.specs.keys() - doors


def test_the_jobs_of_the_command_line_and_the_sensors_exist(graph: Graph) -> None:
    jobs = {job.name for job in graph.definitions.jobs or ()}
    assert {"everything", "charts_by_month", "land_inbox_job", "land_kaggle_charts"} <= jobs
    assert {"look_up", "land_top_tracks", "land_listening"} <= jobs


def test_every_asset_that_touches_the_warehouse_file_is_in_its_pool(graph: Graph) -> None:
    for asset in graph.definitions.assets or ():
        if isinstance(asset, dg.AssetsDefinition) and any(
            key.path[0] in ("warehouse", "marts", "published") for key in asset.keys
        ):
            assert {op.pool for op in asset.node_def.iterate_op_defs()} == {"warehouse"}, asset.keys  # type: ignore[attr-defined]


def test_the_models_are_all_tables_and_say_what_they_read(graph: Graph) -> None:
    deps = {key: {dep.asset_key.to_user_string() for dep in spec.deps} for key, spec in graph.specs.items()}
    for model in models():
        key = f"{model.schema}/{model.table}"
        assert key in graph.contracts, f"no asset is built from {model.origin}"
        read = {"/".join(table) for table in model.upstream if table[0] != "candidates"}
        assert read <= deps[key], key


@MODELS
def test_a_model_can_be_built_by_every_engine(model: SqlModel) -> None:
    require(model)
    for dialect in model.dialects:
        assert "SELECT" in render(model, dialect), dialect
    assert ("tsql" in model.dialects) == (model.schema != "cleandata")
    assert "spark" in model.dialects


@MODELS
def test_a_model_puts_out_the_columns_of_its_contract(model: SqlModel, graph: Graph) -> None:
    """Read over empty tables that have exactly the contracts of what it reads."""
    from spotify_platform.landing.manifest import MANIFEST_COLUMNS
    from spotify_platform.landing.parse import CANDIDATES

    known = {tuple(key.split("/")): contract.types for key, contract in graph.contracts.items()}
    schemas = {("candidates", name): columns for name, columns in CANDIDATES.items()}
    schemas[("candidates", "files")] = MANIFEST_COLUMNS
    schemas.update({("candidates", name): columns for name, columns in SAID.items()})
    columns = output_columns(model, {**schemas, **known})  # type: ignore[dict-item]
    contract = graph.contracts[f"{model.schema}/{model.table}"]
    assert tuple(columns) == contract.names


def test_no_module_of_the_definitions_postpones_its_annotations() -> None:
    """`from __future__ import annotations` beside Dagster objects breaks `context` and `Config`."""
    for file in [*DEFS.rglob("*.py"), DEFS.parent / "definitions.py", DEFS.parent / "resources.py"]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.module == "__future__"), file


def test_no_asset_blocks() -> None:
    """A sleep, a prompt or a server that waits in an asset would hold a worker and its pool."""
    blocking = {"sleep", "input", "serve_forever", "join", "wait"}
    for file in DEFS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                text = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant)
                assert called not in blocking or text, f"{file}:{node.lineno}: {called}"


def test_no_package_is_wired_on_import() -> None:
    for file in DEFS.parent.rglob("__init__.py"):
        assert file.read_text(encoding="utf-8").strip() == "", file


def test_kinds_tell_what_builds_a_table_here(tmp_path: Path) -> None:
    settings = {
        "storage_url": "https://music.blob.core.windows.net",
        "databricks_host": "https://adb-1.2.azuredatabricks.net",
        "databricks_volume": "/Volumes/main/spotify/platform",
        "sql_server": "music.sql.azuresynapse.net",
        "sql_database": "music",
    }
    elsewhere = build_definitions(Environment.load(home=tmp_path, profile="azure", **settings)).resolve_asset_graph()
    here = build_definitions(Environment.load(home=tmp_path)).resolve_asset_graph()
    fact, charts = dg.AssetKey(["warehouse", "fact_chart_entry"]), dg.AssetKey(["cleandata", "charts"])
    assert (here.get(fact).kinds, here.get(charts).kinds) == ({"sql", "duckdb"}, {"sql", "delta"})
    assert elsewhere.get(fact).kinds == {"sql", "synapse"}
    assert elsewhere.get(charts).kinds == {"sql", "delta", "databricks"}
