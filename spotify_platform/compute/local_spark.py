"""Spark on this machine: one process a table, started and heard by Dagster Pipes."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.compute.pipes import closing_message, failures_told, remembering, within_a_step
from spotify_platform.compute.spark import Job

if TYPE_CHECKING:
    from dagster import AssetExecutionContext

DELTA = "io.delta:delta-spark_4.2_2.13:4.4.0"
"""Delta for the Spark that is pinned; fetched once by Maven."""


def program() -> Path:
    """The program that builds a table: in the checkout's root, or packed into the wheel."""
    package = Path(__file__).parent.parent
    packed = package / "spark" / "build_table.py"
    return packed if packed.exists() else package.parent / "spark" / "build_table.py"


@dataclass(frozen=True)
class LocalSpark:
    """A `Launcher` of `local[threads]`. What is too large for memory is spilled into `scratch`."""

    threads: int
    memory_megabytes: int
    scratch: Path

    @property
    def session(self) -> dict[str, str]:
        """Spark's settings."""
        return {
            "spark.master": f"local[{self.threads}]",
            "spark.driver.memory": f"{self.memory_megabytes}m",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.local.dir": str(self.scratch),
            "spark.sql.warehouse.dir": str(self.scratch / "warehouse"),
            "spark.sql.shuffle.partitions": str(self.threads),
            "spark.jars.packages": DELTA,
            "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
            "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
            # A small table's log is not worth fifty tasks.
            "spark.databricks.delta.snapshotPartitions": str(self.threads),
        }

    def launch(self, context: "AssetExecutionContext | None", job: Job) -> Mapping[str, Any]:
        import dagster as dg

        self.scratch.mkdir(parents=True, exist_ok=True)
        reader = remembering(dg.PipesTempFileMessageReader)()
        client = dg.PipesSubprocessClient(message_reader=reader)
        with failures_told(reader, job):
            client.run(
                context=within_a_step(context),
                command=[sys.executable, str(program())],
                extras={"job": {**job, "session": self.session}},
                cwd=str(self.scratch),
            )
        return closing_message(reader, job)
