"""Loading the definitions: offline, with an empty environment, at a bounded cost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spotify_platform_tests.reliability.worlds import PROJECT

HEAVY = (
    *("pandas", "duckdb", "pyarrow", "sqlglot", "mlflow", "sklearn", "lightgbm", "matplotlib", "deltalake"),
    *("spotipy", "httpx", "kagglehub"),
)
RATIO = 1.8
"""CPU time of loading the definitions, as a multiple of `import dagster`: half of it for Dagster's loading of eighty
tables with their checks, 4 ms each."""

LOAD = """
import json, socket, sys, time

def refuse(*arguments):
    raise OSError("no network while definitions load")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = refuse
start = time.process_time()
import dagster
imported = time.process_time() - start
from spotify_platform.definitions import defs
defs()
total = time.process_time() - start
print(json.dumps({"imported": imported, "total": total, "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loading")


def empty_environ(scratch: Path) -> dict[str, str]:
    """Nothing but where Python's own programs are."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    return {"PATH": path, "HOME": str(scratch)}


@pytest.fixture(scope="module")
def loadings(scratch: Path) -> list[dict[str, object]]:
    """Three children that load the definitions and say what it took."""
    found = []
    for _ in range(3):
        child = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", LOAD],
            env=empty_environ(scratch),
            cwd=scratch,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert child.returncode == 0, child.stderr
        found.append(json.loads(child.stdout))
    return found


def test_definitions_load_offline_and_import_nothing_heavy(loadings: list[dict[str, object]]) -> None:
    modules = {str(name).partition(".")[0] for name in loadings[0]["modules"]}  # type: ignore[attr-defined]
    assert "spotify_platform" in modules
    assert sorted(modules & {*HEAVY, "azure", "databricks", "pyspark"}) == []


def test_loading_costs_little_more_than_dagster_itself(loadings: list[dict[str, object]]) -> None:
    ratios = [float(str(found["total"])) / float(str(found["imported"])) for found in loadings]
    assert min(ratios) <= RATIO, ratios


AZURE = {
    "SPOTIFY_PLATFORM_PROFILE": "azure",
    "SPOTIFY_PLATFORM_STORAGE_URL": "https://music.blob.core.windows.net",
    "SPOTIFY_PLATFORM_DATABRICKS_HOST": "https://adb-1.2.azuredatabricks.net",
    "SPOTIFY_PLATFORM_DATABRICKS_VOLUME": "/Volumes/main/spotify/platform",
    "SPOTIFY_PLATFORM_SQL_SERVER": "music.sql.azuresynapse.net",
    "SPOTIFY_PLATFORM_SQL_DATABASE": "music",
}
SEAMS = {
    "azure": AZURE,
    "fabric": {**AZURE, "SPOTIFY_PLATFORM_WAREHOUSE": "fabric"},
    "azure lake alone": {**AZURE, "SPOTIFY_PLATFORM_COMPUTE": "duckdb", "SPOTIFY_PLATFORM_WAREHOUSE": "duckdb"},
    "pool alone": {**AZURE, "SPOTIFY_PLATFORM_PROFILE": "local", "SPOTIFY_PLATFORM_WAREHOUSE": "synapse"},
    "spark alone": {"SPOTIFY_PLATFORM_COMPUTE": "spark"},
}


@pytest.mark.parametrize("seams", SEAMS)
def test_the_definitions_of_every_profile_load_offline(seams: str, scratch: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD],
        env={**empty_environ(scratch), **SEAMS[seams]},
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    modules = {str(name).partition(".")[0] for name in json.loads(child.stdout)["modules"]}
    assert sorted(modules & {*HEAVY, "pyspark", "databricks", "mssql_python", "adlfs"}) == []


def test_loading_creates_no_state(scratch: Path, loadings: list[dict[str, object]]) -> None:
    assert list(scratch.iterdir()) == []


COMPONENT = """
type: dagster.PythonScriptComponent
attributes:
  execution:
    path: greet.py
  assets:
    - key: raw/greeting
"""


def test_a_component_in_yaml_is_loaded_with_the_rest(tmp_path: Path) -> None:
    """As `dg scaffold defs` writes it into a checkout."""
    shutil.copytree(PROJECT / "spotify_platform", tmp_path / "spotify_platform")
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    folder = tmp_path / "spotify_platform" / "defs" / "greeting"
    folder.mkdir()
    (folder / "defs.yaml").write_text(COMPONENT, encoding="utf-8")
    (folder / "greet.py").write_text("print('hello')", encoding="utf-8")
    listed = "from spotify_platform.definitions import defs; print(*sorted(defs().resolve_all_asset_keys()))"
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", listed],
        env=empty_environ(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    assert "['raw', 'greeting']" in child.stdout
    assert "['marts', 'top_charts']" in child.stdout


@pytest.mark.parametrize(
    "arguments",
    [("dg", "check", "defs"), ("dagster", "definitions", "validate")],
    ids=["dg check defs", "dagster definitions validate"],
)
def test_the_definitions_are_valid(arguments: tuple[str, ...], scratch: Path) -> None:
    program = Path(sys.executable).parent / arguments[0]
    child = subprocess.run(
        [str(program), *arguments[1:]],
        env=empty_environ(scratch),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert child.returncode == 0, child.stdout + child.stderr
