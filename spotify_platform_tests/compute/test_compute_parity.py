"""Every table is the same whether DuckDB or Spark builds it: each SQL model, over files with all that engines read
differently, row by row."""

import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

import spotify_platform.defs
from spotify_platform.compute.duckdb import DuckDBCompute
from spotify_platform.compute.interface import is_monthly
from spotify_platform.compute.spark import SparkCompute
from spotify_platform.contract import Contract
from spotify_platform.environment import Environment
from spotify_platform.errors import ModelError
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import Table
from spotify_platform.lake.reading import query
from spotify_platform.lake.relations import bind
from spotify_platform.landing.land import Outcome
from spotify_platform.landing.manifest import landed_months, read_manifest
from spotify_platform.landing.pending import touched_months, whole_range
from spotify_platform.resources import warehouse_of
from spotify_platform.sql.dialects import render, require
from spotify_platform.sql.model import SqlModel
from spotify_platform.sql.restrict import renamed
from spotify_platform_tests.compute.dirty import DirtyFiles, copy_landed, write_dirty_files
from spotify_platform_tests.defs.graph import Graph
from spotify_platform_tests.fakes.spark import InThisProcess
from spotify_platform_tests.reliability.worlds import environment_of, land_files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyspark.sql import SparkSession

DEFS = Path(spotify_platform.defs.__path__[0])
DIGITS = 9
"""Significant digits in which fractions agree: the order of adding is an engine's own."""

Row = tuple[Any, ...]


def sql_files(folder: Path) -> list[Path]:
    """The SQL models below a folder; an override for one engine belongs to its model."""
    return sorted(file for file in folder.rglob("*.sql") if file.name.count(".") == 1)


FILES = pytest.mark.parametrize("file", sql_files(DEFS), ids=lambda file: f"{file.parent.name}-{file.stem}")


def portable(schema: str, file: Path) -> SqlModel:
    """The model of a file. Raises `ModelError` where it uses what is not known to mean the same on every engine."""
    model = SqlModel.load(schema, file)
    require(model)
    return model


def differences(contract: Contract, ours: Sequence[Row], theirs: Sequence[Row]) -> list[str]:
    """What is not the same in two tables of a contract: rows that one lacks, and values."""
    places = [contract.names.index(name) for name in contract.grain]
    left, right = ({tuple(row[i] for i in places): row for row in rows} for rows in (ours, theirs))
    assert (len(left), len(right)) == (len(ours), len(theirs)), "rows share their grain"
    found = [f"only in DuckDB's: {left[key]}" for key in left.keys() - right.keys()]
    found += [f"only in Spark's: {right[key]}" for key in right.keys() - left.keys()]
    found += [
        f"{name} of {key}: {a!r} in DuckDB's, {b!r} in Spark's"
        for key in left.keys() & right.keys()
        for name, a, b in zip(contract.names, left[key], right[key], strict=True)
        if not same(a, b)
    ]
    return sorted(found)


def same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or math.isclose(a, b, rel_tol=10.0**-DIGITS)
    return type(a) is type(b) and a == b


@dataclass(frozen=True)
class Parity:
    """A dirty world that DuckDB has built by its assets, and a lake with the same landed files for Spark."""

    environment: Environment
    graph: Graph
    files: DirtyFiles
    session: "SparkSession"
    warehouse: "DuckDBPyConnection"
    folder: Path

    @cached_property
    def models(self) -> dict[str, SqlModel]:
        """Every model by the key of its asset."""
        schemas = {key.split("/")[-1]: key.split("/")[0] for key in self.graph.contracts}
        return {f"{schemas[f.stem]}/{f.stem}": portable(schemas[f.stem], f) for f in sql_files(DEFS)}

    def model_of(self, file: Path) -> SqlModel:
        [model] = [model for model in self.models.values() if model.path == file]
        return model

    def contract_of(self, model: SqlModel) -> Contract:
        return self.graph.contracts[f"{model.schema}/{model.table}"]

    @property
    def duckdb_lake(self) -> FolderLake:
        return FolderLake(self.environment.lake_root)

    @property
    def spark_lake(self) -> FolderLake:
        return FolderLake(self.folder / "spark lake")

    def build_on_spark(self, model: SqlModel) -> None:
        """Build a table of Spark's lake and, before it, those that it reads; what is there stays."""
        if self.spark_lake.state((model.schema, model.table)) is None:
            for table in model.upstream:
                if table[0] != "candidates":
                    self.build_on_spark(self.models["/".join(table)])
            SparkCompute(self.spark_lake, InThisProcess(self.session)).build(model, self.contract_of(model))

    def select_on_spark(self, model: SqlModel) -> "tuple[dict[str, str], list[Row]]":
        """Types and rows of what a model selects on Spark, from tables that DuckDB built."""
        import duckdb

        bind(self.warehouse, self.duckdb_lake, model.upstream)
        views = {table: self._given_to_spark(table) for table in model.upstream}
        found = self.session.sql(renamed(render(model, "spark"), views, "spark")).toArrow()
        with duckdb.connect() as connection:
            relation = connection.from_arrow(found)
            return dict(zip(relation.columns, map(str, relation.types), strict=True)), relation.fetchall()

    def _given_to_spark(self, table: Table) -> str:
        """The view by which Spark reads a table that DuckDB built."""
        view = "duckdb__" + "__".join(table)
        file = self.folder / f"{view}.parquet"
        if not file.exists():
            self.warehouse.execute(f"COPY {'.'.join(table)} TO '{file}' (FORMAT parquet)")
            self.session.read.parquet(str(file)).createOrReplaceTempView(view)
        return view


def compute_by_duckdb(lake: FolderLake, scratch: Path) -> DuckDBCompute:
    return DuckDBCompute(lake, threads=2, memory_limit="1GB", scratch=scratch)


def compared(contract: Contract, ours: FolderLake, theirs: FolderLake, table: Table) -> list[str]:
    """What is not the same in two lakes' tables, which have rows and the columns of the contract."""
    for lake in (ours, theirs):
        state = lake.state(table)
        assert state
        assert list(state.columns.items()) == list(contract.types.items())
        assert state.rows
    columns = ", ".join(f'"{name}"' for name in contract.names)
    select = f"SELECT {columns} FROM {'.'.join(table)}"
    return differences(contract, query(ours, select, table), query(theirs, select, table))


def build_by_assets(environment: Environment, graph: Graph) -> None:
    """Materialize every asset that is a SQL model, and what it reads, in one run of an instance that is not kept."""
    models = dg.AssetSelection.assets(*(key.split("/") for key in sql_assets(graph)))
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [asset for asset in graph.definitions.assets or () if isinstance(asset, dg.AssetsDefinition)],
            selection=models.upstream() - dg.AssetSelection.key_prefixes("raw"),
            resources=graph.definitions.resources,
            tags=whole_range(landed_months(read_manifest(FolderLake(environment.lake_root)))).run_tags,
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
            instance=instance,
        )
    assert done.success


def sql_assets(graph: Graph) -> set[str]:
    """The assets that are SQL models, by what the definitions say of them."""
    return {key for key, spec in graph.specs.items() if "sql" in spec.kinds}


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory, spark: "SparkSession") -> Iterator[Parity]:
    folder = tmp_path_factory.mktemp("parity")
    environment = environment_of(folder / "home")
    files = write_dirty_files(folder / "files")
    assert {outcome.status for outcome in land_files(environment, files.first)} == {"landed", "superseding"}
    graph = Graph.of(environment)
    build_by_assets(environment, graph)
    with warehouse_of(environment).connect() as warehouse:
        parity = Parity(environment, graph, files, spark, warehouse, folder)
        copy_landed(environment.lake_root, parity.spark_lake.root)
        yield parity


@FILES
def test_a_table_is_the_same_from_both_engines(file: Path, parity: Parity) -> None:
    model = parity.model_of(file)
    contract = parity.contract_of(model)
    table = (model.schema, model.table)
    if model.schema == "cleandata":
        parity.build_on_spark(model)
        found = compared(contract, parity.duckdb_lake, parity.spark_lake, table)
    else:
        types, theirs = parity.select_on_spark(model)
        assert list(types.items()) == list(contract.types.items())
        ours = parity.warehouse.sql(f"SELECT * FROM {'.'.join(table)}")
        assert dict(zip(ours.columns, map(str, ours.types), strict=True)) == contract.types
        rows = ours.fetchall()
        assert rows
        found = differences(contract, rows, theirs)
    assert found == []
