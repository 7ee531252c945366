"""Every table is the same whether DuckDB or Spark builds it: each SQL model, over files with all that engines read
differently, row by row."""

import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

import spotify_platform.compute.duckdb
import spotify_platform.defs
from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.compute.interface import is_monthly
from spotify_platform.compute.spark import Job, SparkCompute
from spotify_platform.contract import Column, Contract, quoted
from spotify_platform.defs.tables import warehouse_table
from spotify_platform.environment import Environment
from spotify_platform.errors import ModelError
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import Table
from spotify_platform.lake.reading import query
from spotify_platform.lake.relations import bind
from spotify_platform.landing.land import Door, land
from spotify_platform.landing.manifest import landed_months, read_manifest
from spotify_platform.landing.pending import touched_months, whole_range
from spotify_platform.resources import warehouse_of
from spotify_platform.sql.dialects import render, require
from spotify_platform.sql.model import SqlModel
from spotify_platform.sql.restrict import renamed
from spotify_platform_tests.compute.dirty import PLAYLIST_ID, DirtyFiles, write_dirty_files, write_settings
from spotify_platform_tests.defs.graph import Graph
from spotify_platform_tests.fakes.spark import InThisProcess, build_table
from spotify_platform_tests.reliability.worlds import LIMITS, environment_of, land_files, undrawn

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyspark.sql import SparkSession

Row = tuple[Any, ...]

DEFS = Path(spotify_platform.defs.__path__[0])
TOLERANCE = 1e-9
"""Fractions agree in nine significant digits: in which order they are added is an engine's own choice."""


# --- what is compared


def sql_files(folder: Path) -> list[Path]:
    """The SQL models below a folder; an override for one engine is part of its model."""
    return sorted(file for file in folder.rglob("*.sql") if file.name.count(".") == 1)


def sql_assets(graph: Graph) -> set[str]:
    """The assets that are SQL models, by what the definitions say of them."""
    return {key for key, spec in graph.specs.items() if "sql" in spec.kinds}


def models_of(graph: Graph, folder: Path = DEFS) -> dict[str, SqlModel]:
    """The models below a folder by the key of their asset, each after those that it reads."""
    models = {}
    for file in sql_files(folder):
        text = file.read_text(encoding="utf-8")
        for key in sql_assets(graph):
            schema, table = key.split("/")
            if table == file.stem and text in graph.specs[key].metadata["sql"].value:
                models[key] = SqlModel.load(schema, file)
    reads = {key: ["/".join(table) for table in model.upstream] for key, model in models.items()}
    return {key: models[key] for key in TopologicalSorter(reads).static_order() if key in models}


def checked(graph: Graph, file: Path, folder: Path = DEFS) -> SqlModel:
    """The model of a file. Raises `ModelError` where it uses what is not known to mean the same on every engine."""
    [model] = [model for model in models_of(graph, folder).values() if model.path == file]
    require(model)
    return model


# --- how it is compared


def differences(contract: Contract, ours: Sequence[Row], theirs: Sequence[Row]) -> list[str]:
    """What is not the same in two tables of a contract: rows that only one has, and values."""
    grain = [contract.names.index(name) for name in contract.grain]
    left, right = ({tuple(row[i] for i in grain): row for row in rows} for rows in (ours, theirs))
    assert (len(left), len(right)) == (len(ours), len(theirs)), "several rows of a table have the same grain"
    found = [f"only DuckDB has {left[key]}" for key in left.keys() - right.keys()]
    found += [f"only Spark has {right[key]}" for key in right.keys() - left.keys()]
    found += [
        f"{name} of {key}: {a!r} from DuckDB, {b!r} from Spark"
        for key in left.keys() & right.keys()
        for name, a, b in zip(contract.names, left[key], right[key], strict=True)
        if not same(a, b)
    ]
    return sorted(found)


def same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=TOLERANCE)
    return type(a) is type(b) and a == b


def differences_of_lakes(contract: Contract, table: Table, ours: FolderLake, theirs: FolderLake) -> list[str]:
    """What is not the same in the tables of two lakes."""
    return differences(contract, stored(contract, table, ours), stored(contract, table, theirs))


def stored(contract: Contract, table: Table, lake: FolderLake) -> list[Row]:
    """The rows of a table, which has some, and exactly the columns of the contract."""
    state = lake.state(table)
    assert state
    assert list(state.columns.items()) == list(contract.types.items())
    assert state.rows
    return query(lake, f"SELECT {', '.join(map(quoted, contract.names))} FROM {'.'.join(table)}", table)


def by_duckdb(lake: FolderLake) -> DuckDBCompute:
    return DuckDBCompute(lake, LIMITS.threads, LIMITS.memory_limit, scratch=lake.root / "scratch")


@dataclass(frozen=True)
class Parity:
    """A dirty world that DuckDB built by the platform's assets, from which Spark selects every table once more."""

    graph: Graph
    lake: FolderLake
    warehouse: "DuckDBPyConnection"
    session: "SparkSession"
    folder: Path

    @cached_property
    def models(self) -> dict[str, SqlModel]:
        """Those of the files, and the one that is written from the settings."""
        from spotify_platform.defs.top_tracks.tables import countries_model  # Dagster warns of betas on a first import

        resources = self.graph.definitions.resources or {}
        countries = countries_model(resources["environment"])
        return {f"{countries.schema}/{countries.table}": countries, **models_of(self.graph)}

    def contract_of(self, model: SqlModel) -> Contract:
        return self.graph.contracts[f"{model.schema}/{model.table}"]

    def select_on_spark(self, model: SqlModel) -> tuple[dict[str, str], list[Row]]:
        """Types and rows of what Spark would write of a model, from tables that DuckDB built."""
        import duckdb

        bind(self.warehouse, self.lake, model.upstream)
        if model.schema == "cleandata":
            found = self._by_the_program(model)
        else:
            views = {table: self._view(table) for table in model.upstream}
            found = self.session.sql(renamed(render(model, "spark"), views, "spark")).toArrow()
        with duckdb.connect() as connection:
            relation = connection.from_arrow(found)
            return dict(zip(relation.columns, map(str, relation.types), strict=True)), relation.fetchall()

    def _by_the_program(self, model: SqlModel) -> Any:
        """What the program of a cluster has when it would write, after it has held it against the contract."""
        taken = []
        program = build_table()

        def launch(context: object, job: Job) -> Mapping[str, Any]:
            given = [(source["name"], tuple(source["name"].split("__"))) for source in job["sources"]]
            files = {name: str(self._file((layer, table))) for name, (layer, table) in given}
            sources = [{**s, "delta": None, "parquet": [files[s["name"]]], "where": ""} for s in job["sources"]]
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(program, "_write", lambda rows, job, number: taken.append(rows.toArrow()))
                return program.build(self.session, {**job, "sources": sources})  # type: ignore[no-any-return]

        SparkCompute(self.lake, SimpleNamespace(launch=launch)).build(model, self.contract_of(model))
        [found] = taken
        return found

    def _view(self, table: Table) -> str:
        """The view by which Spark reads a table that DuckDB built."""
        view = "__".join(("from_duckdb", *table))
        self.session.read.parquet(str(self._file(table))).createOrReplaceTempView(view)
        return view

    def _file(self, table: Table) -> Path:
        """The rows of a table that DuckDB built."""
        file = self.folder / f"{'.'.join(table)}.parquet"
        if not file.exists():
            self.warehouse.execute(f"COPY {'.'.join(table)} TO '{file}' (FORMAT parquet)")
        return file


# --- the world


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    home = tmp_path_factory.mktemp("parity") / "home"
    return environment_of(home, top_track_countries="DE IT TR US", top_playlists=f"IT={PLAYLIST_ID}")


@pytest.fixture(scope="module")
def graph(environment: Environment) -> Graph:
    return Graph.of(environment)


@pytest.fixture(scope="module")
def files(environment: Environment) -> DirtyFiles:
    return write_dirty_files(environment.home.parent / "files")


@pytest.fixture(scope="module")
def parity(environment: Environment, graph: Graph, files: DirtyFiles, spark: "SparkSession") -> Iterator[Parity]:
    assert {outcome.status for outcome in land_files(environment, files.first)} == {"landed", "superseding"}
    write_settings(FolderLake(environment.lake_root))
    build_by_assets(environment, graph)
    with warehouse_of(environment).connect() as warehouse:
        yield Parity(graph, FolderLake(environment.lake_root), warehouse, spark, environment.home.parent)


def copy_landed(source: FolderLake, target: FolderLake) -> None:
    """What landed in one lake has then landed in the other: the very same files, at the same times."""
    shutil.copytree(source.raw, target.raw, dirs_exist_ok=True)


def build_by_assets(environment: Environment, graph: Graph) -> None:
    """Materialize every asset that is a SQL model, and what those read, in one run of an instance that is not kept."""
    models = dg.AssetSelection.assets(*(key.split("/") for key in sql_assets(graph)))
    with undrawn(), dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [asset for asset in graph.definitions.assets or () if isinstance(asset, dg.AssetsDefinition)],
            selection=models.upstream() - dg.AssetSelection.key_prefixes("raw"),
            resources=graph.definitions.resources,
            tags=whole_range(landed_months(read_manifest(FolderLake(environment.lake_root)))).run_tags,
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
            instance=instance,
        )
    assert done.success


# --- every model


@pytest.mark.parametrize("file", sql_files(DEFS), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_table_is_the_same_from_both_engines(file: Path, parity: Parity) -> None:
    model = checked(parity.graph, file)
    contract = parity.contract_of(model)
    table = (model.schema, model.table)
    types, theirs = parity.select_on_spark(model)
    assert list(types.items()) == list(contract.types.items())
    if model.schema == "cleandata":
        assert differences(contract, stored(contract, table, parity.lake), theirs) == []
        return
    found = parity.warehouse.sql(f"SELECT {', '.join(map(quoted, contract.names))} FROM {'.'.join(table)}")
    assert list(map(str, found.types)) == list(contract.types.values())
    ours = found.fetchall()
    assert ours
    assert differences(contract, ours, theirs) == []


def test_months_that_are_built_again_are_the_same_from_both_engines(
    parity: Parity, files: DirtyFiles, tmp_path: Path
) -> None:
    """A new version of a chart landed, and a better source of another; the tables beside their months stay as DuckDB
    built them."""
    monthly = {
        (model.schema, model.table): model
        for model in parity.models.values()
        if model.schema == "cleandata" and is_monthly(parity.contract_of(model))
    }
    assert len(monthly) >= 3
    ours, theirs = FolderLake(tmp_path / "duckdb"), FolderLake(tmp_path / "spark")
    for lake in (ours, theirs):
        shutil.copytree(parity.lake.root, lake.root)
    outcomes = [outcome for file in files.later for outcome in land(ours, file, Door(), LIMITS)]
    assert [outcome.status for outcome in outcomes] == ["superseding", "landed"]
    copy_landed(ours, theirs)
    months = whole_range(touched_months([o.file for o in outcomes if o.file], read_manifest(ours)))
    for table, model in monthly.items():
        contract = parity.contract_of(model)
        for compute in (by_duckdb(ours), SparkCompute(theirs, InThisProcess(parity.session))):
            compute.build(model, contract, months)
        assert differences_of_lakes(contract, table, ours, theirs) == [], model.name
        assert differences_of_lakes(contract, table, parity.lake, ours), f"nothing of {model.name} is new"


def test_charts_that_are_written_month_by_month_are_those_of_one_query(
    graph: Graph, files: DirtyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def copy(connection: "DuckDBPyConnection", *arguments: Any) -> list[Row]:
        threads.extend(connection.execute("SELECT current_setting('threads')").fetchall())
        return written(connection, *arguments)

    written = spotify_platform.compute.duckdb._copy
    monkeypatch.setattr("spotify_platform.compute.duckdb._copy", copy)
    whole, parts = FolderLake(tmp_path / "whole"), FolderLake(tmp_path / "parts")
    landed = [outcome.file for file in files.first for outcome in land(whole, file, Door(), LIMITS)]
    assert len(landed_months([file for file in landed if file])) > 5
    copy_landed(whole, parts)
    models = models_of(graph)
    for lake, slice_rows in ((whole, 1_000_000), (parts, 0)):
        compute = replace(by_duckdb(lake), slice_rows=slice_rows)
        for key in ("cleandata/chart_conflicts", "cleandata/charts"):
            compute.build(models[key], graph.contracts[key])
    assert differences_of_lakes(graph.contracts["cleandata/charts"], ("cleandata", "charts"), whole, parts) == []
    by_one_thread = threads[-len(landed_months(read_manifest(parts))) :]
    assert set(by_one_thread) == {(1,)}, "several threads lose rare words of an ENUM"
    assert set(threads) - set(by_one_thread), "the others were written by more"


# --- the suite itself

LOUD = Contract("How loud.", (Column("genre", "VARCHAR", "Genre."), Column("x", "DOUBLE", "Value.")), grain=("genre",))


def with_model(graph: Graph, sql: str, folder: Path) -> tuple[Graph, Path]:
    """The graph with one more mart, `loud`, whose file lies in another folder."""
    file = folder / "loud.sql"
    file.write_text(sql, encoding="utf-8")
    more = dg.Definitions(assets=[warehouse_table(file, LOUD, schema="marts", group="marts")[0]])
    return Graph(dg.Definitions.merge(graph.definitions, more)), file


def test_every_sql_model_of_the_definitions_is_compared(graph: Graph) -> None:
    models = models_of(graph)
    assert models.keys() == sql_assets(graph)
    assert [model.path for _, model in sorted(models.items(), key=lambda item: str(item[1].path))] == sql_files(DEFS)
    assert {model.schema for model in models.values()} == {"cleandata", "warehouse", "marts", "ml"}


def test_a_model_that_is_not_compared_is_told(graph: Graph, tmp_path: Path) -> None:
    more, file = with_model(graph, "SELECT genre, MAX(loudness) AS x FROM warehouse.dim_track GROUP BY genre", tmp_path)
    assert sql_assets(more) - models_of(more).keys() == {"marts/loud"}
    assert [*models_of(more, tmp_path)] == ["marts/loud"]
    assert checked(more, file, tmp_path).name == "marts.loud"


def test_a_model_with_a_function_that_is_not_known_to_be_the_same_is_refused(graph: Graph, tmp_path: Path) -> None:
    sql = "SELECT genre, CORR(loudness, tempo) AS x FROM warehouse.dim_track GROUP BY genre"
    more, file = with_model(graph, sql, tmp_path)
    with pytest.raises(ModelError, match="CORR"):
        checked(more, file, tmp_path)


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        ([("a", 0.1 + 0.2)], [("a", 0.3)], []),
        ([("a", 0.0)], [("a", -0.0)], []),
        ([("b", None), ("a", 1.0)], [("a", 1.0), ("b", None)], []),
        ([("a", 0.300000001)], [("a", 0.3)], ["x of ('a',): 0.300000001 from DuckDB, 0.3 from Spark"]),
        ([("a", None)], [("a", 0.0)], ["x of ('a',): None from DuckDB, 0.0 from Spark"]),
        ([("a", 1.0)], [("a", 1)], ["x of ('a',): 1.0 from DuckDB, 1 from Spark"]),
        ([("é", 1.0)], [("e\u0301", 1.0)], ["only DuckDB has ('é', 1.0)", "only Spark has ('e\u0301', 1.0)"]),
        ([], [("a", 1.0)], ["only Spark has ('a', 1.0)"]),
    ],
)
def test_differences_are_those_of_rows_and_values(ours: list[Row], theirs: list[Row], found: list[str]) -> None:
    assert differences(LOUD, ours, theirs) == found


def test_rows_that_share_their_grain_are_no_table() -> None:
    with pytest.raises(AssertionError, match="same grain"):
        differences(LOUD, [("a", 1.0), ("a", 1.0)], [("a", 1.0)])
