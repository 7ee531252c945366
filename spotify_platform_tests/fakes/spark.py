"""A real Spark as a server of the tests: one JVM for a whole session, reached by Spark Connect as Databricks is."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock

from spotify_platform.compute.local_spark import LocalSpark, program
from spotify_platform.compute.spark import Job

START_SECONDS = 180
FOR_SMALL_TABLES = {
    # Compiling queries, and then their bytecode, costs more than running them on a few rows.
    # With one compiler the JVM keeps little room for its code, and spends a sixth of its time making more.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
}


def defaults_for_small_tables(folder: Path) -> Path:
    """A configuration of Spark's own kind, for SPARK_CONF_DIR."""
    folder.mkdir(parents=True)
    lines = (f"{name} {value}" for name, value in FOR_SMALL_TABLES.items())
    (folder / "spark-defaults.conf").write_text("\n".join(lines), encoding="utf-8")
    return folder


def missing() -> str | None:
    """Why Spark cannot run here, or None."""
    if find_spec("pyspark") is None:
        return "PySpark is not installed; `make install-test` does it"
    if not shutil.which("java"):
        return "Spark needs Java, and there is no `java`"
    return None


def start(folder: Path) -> "tuple[subprocess.Popen[bytes], str]":
    """The process of a Spark Connect server with Delta, and its address `sc://127.0.0.1:port` once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        **LocalSpark(threads=2, memory_megabytes=1500, scratch=folder).session,
        **FOR_SMALL_TABLES,
        "spark.connect.grpc.binding.port": str(port),
        "spark.connect.grpc.binding.address": "127.0.0.1",
    }
    submit = Path(str(find_spec("pyspark").submodule_search_locations[0])) / "bin" / "spark-submit"  # type: ignore[union-attr, index]
    configured = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [str(submit), "--class", server, *configured, "spark-internal"],
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, "PYSPARK_PYTHON": sys.executable},
        )
    _wait(process, port, folder / "server.log")
    return process, f"sc://127.0.0.1:{port}"


def shared(folder: Path) -> str:
    """The address of the one server of all workers below `folder`; who comes first starts it, `stop` ends it."""
    address = folder / "spark.address"
    with FileLock(folder / "spark.lock"):
        if not address.exists():
            process, found = start(folder)
            (folder / "spark.pid").write_text(str(process.pid), encoding="utf-8")
            address.write_text(found, encoding="utf-8")
            process.returncode = 0  # it outlives this worker, and is nobody's child to wait for
    return address.read_text(encoding="utf-8")


def stop(folder: Path) -> None:
    """End the server of all workers, if there is one."""
    pid = folder / "spark.pid"
    if pid.exists():
        with suppress(ProcessLookupError):
            os.kill(int(pid.read_text(encoding="utf-8")), signal.SIGKILL)


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"Spark did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


@cache
def build_table() -> Any:
    """The program that runs on a cluster, as a module."""
    spec = importlib.util.spec_from_file_location("build_table", program())
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class InThisProcess:
    """A `Launcher` without Pipes: the same program, in a session that is there already."""

    session: Any

    def launch(self, context: object, job: Job) -> Mapping[str, Any]:
        return build_table().build(self.session, job)  # type: ignore[no-any-return]
