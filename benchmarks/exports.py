"""What a privacy export costs, in CPU-seconds and peak memory, and whether each of its rows has the fate that is true.

The sample world writes an export and knows what became of each row; the command line lands it on a fresh home, then
builds the plays and their accounting, each in a process of its own.

    python benchmarks/exports.py --plays 500000
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from processes import PLATFORM, WORK, Cost, measure, tell

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

LISTENER = "alma"
MALFORMED = 40
PLAYS = '+key:"cleandata/streams" or key:"cleandata/stream_accounting" or key:"raw/receipts"'
TRUE = {
    "read": "rows",
    "loaded": "plays",
    "duplicate": "duplicates",
    "rejected": "malformed",
    "without a URI": "without_uri",
    "without any metadata": "without_metadata",
}
"""What is found, and what the writer of the export calls it."""


@app.command()
def main(
    plays: Annotated[int, typer.Option(help="Plays of the export.", min=1)] = 500_000,
    work: Annotated[Path, typer.Option(help="Folder for the export, which is kept, and for the home.")] = WORK,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Measure the import of an export of the sample world, and compare its accounting with the truth."""
    work = work.resolve()
    export, truth = _sample(work, plays)
    home = work / "home"
    variables = {"SPOTIFY_PLATFORM_HOME": str(home)}
    shutil.rmtree(home, ignore_errors=True)
    measure([*PLATFORM, "status", "--world", "data"], work, variables)  # nobody pays for compiling Python
    shutil.rmtree(home, ignore_errors=True)
    tell("landing …")
    landing = measure([*PLATFORM, "upload", str(export), "--listener", LISTENER, "--keep-original"], work, variables)
    tell("building …")
    building = measure([*PLATFORM, "run", "--world", "data", "--select", PLAYS], work, variables)
    found = _found(home)
    shutil.rmtree(home)
    expected = {fate: truth[name] for fate, name in TRUE.items()}
    if as_json:
        costs = {"landing": landing.__dict__, "building": building.__dict__}
        print(json.dumps({"plays": plays, "costs": costs, "found": found, "expected": expected}, indent=1))
    else:
        _print(plays, landing, building, found, expected)
    if found != expected:
        raise SystemExit("the accounting is not the truth")


def _sample(work: Path, plays: int) -> tuple[Path, dict[str, Any]]:
    """An export and its truth; written once."""
    export, told = work / f"export-{plays}.zip", work / f"export-{plays}.json"
    if not told.exists():
        work.mkdir(parents=True, exist_ok=True)
        tell(f"writing {export} …")
        asked = ["--listener", LISTENER, "--plays", str(plays), "--malformed", str(MALFORMED), "--out", str(export)]
        command = [sys.executable, *PLATFORM, "sample", "export", *asked, "--json"]
        told.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return export, json.loads(told.read_text(encoding="utf-8"))


def _found(home: Path) -> dict[str, int]:
    """Rows by fate, as the landing's records and the accounting have them."""
    from spotify_platform.environment import Environment
    from spotify_platform.lake.reading import query
    from spotify_platform.landing.manifest import read_manifest
    from spotify_platform.resources import lake_of

    lake = lake_of(Environment.load(home=home, world="data"))
    landed = read_manifest(lake)
    found = dict.fromkeys(TRUE, 0)
    found["read"] = sum(file.rows_read for file in landed)
    found["rejected"] = sum(file.rejected for file in landed)
    sql = "SELECT outcome, reason, outcome_rows FROM cleandata.stream_accounting"
    for outcome, reason, rows in query(lake, sql, ("cleandata", "stream_accounting")):
        if outcome in ("loaded", "duplicate"):
            found[outcome] += rows
        if reason in found:
            found[reason] += rows
    return found


def _print(plays: int, landing: Cost, building: Cost, found: dict[str, int], expected: dict[str, int]) -> None:
    from rich.console import Console
    from rich.table import Table

    costs = Table("", title=f"an extended streaming history of {plays:,} plays")
    for column in ("CPU-s", "seconds", "peak MB"):
        costs.add_column(column, justify="right")
    for name, cost in {"landing": landing, "plays and their accounting": building}.items():
        costs.add_row(name, f"{cost.cpu:.1f}", f"{cost.wall:.1f}", f"{cost.memory / 1e6:,.0f}")
    costs.add_row("together", f"{landing.cpu + building.cpu:.1f}", f"{landing.wall + building.wall:.1f}", "")
    fates = Table("rows", "found", "true")
    for fate, rows in found.items():
        fates.add_row(fate, f"{rows:,}", f"{expected[fate]:,}")
    console = Console()
    console.print(costs)
    console.print(fates)


if __name__ == "__main__":
    app()
