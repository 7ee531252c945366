"""What the charts path costs, in CPU-seconds and peak memory, beside what others cost for the same file.

The platform's path is CSV → landed and parsed → Delta → star schema → marts, with every contract, check and the
accounting, through the real landing and the real Dagster job on a fresh home; then a file with one more day comes.
Each contender runs in a process of its own, one after another; the yardstick is DuckDB's copy of the CSV to one
Parquet file.

    python benchmarks/charts.py --rows 5000000
"""

import json
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer
from processes import PLATFORM, WORK, Cost, measure, tell

from spotify_platform.environment import Environment

if TYPE_CHECKING:
    from rich.console import Console

    from spotify_platform.running import RunResult

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

SHOWN = 20
FIXED_ROWS = 1_000
"""Rows of a run that shows what is paid at any size: imports, Dagster, a transaction for every table."""

YARDSTICK = "parquet"
STAGES_FILE = "stages.json"
MARTS = ("marts.", "checks of marts")
"""How the stages begin that come after the star schema."""
TABLES = 'key:"cleandata/*" or key:"warehouse/*" or key:"marts/*" or key:"raw/receipts"'


Contender = Callable[[Path, Path], Mapping[str, float]]
"""Does its work on a CSV, in an empty folder; returns CPU-seconds by stage, if it knows any."""


def count(csv: Path, folder: Path) -> Mapping[str, float]:
    """DuckDB counts the rows of the CSV."""
    _duckdb(folder, f"SELECT count(*) FROM {_rows_of(csv)}")
    return {}


def parquet(csv: Path, folder: Path) -> Mapping[str, float]:
    """DuckDB copies the CSV to one Parquet file, every column as text, zstd."""
    target = folder / "charts.parquet"
    _duckdb(folder, f"COPY (SELECT * FROM {_rows_of(csv)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return {}


def pandas(csv: Path, folder: Path) -> Mapping[str, float]:
    """pandas, as notebooks do it: clean, aggregate, join to a star schema, write. No lake, no checks."""
    import pandas as pd

    rows = pd.read_csv(csv, on_bad_lines="skip", low_memory=False)
    rows["rank"] = pd.to_numeric(rows["rank"], errors="coerce")
    rows["streams"] = pd.to_numeric(rows["streams"], errors="coerce").fillna(0)
    rows["date"] = pd.to_datetime(rows["date"], errors="coerce", format="%Y-%m-%d")
    rows["track_id"] = rows["url"].str.extract(r"track/([A-Za-z0-9]{22})", expand=False)
    rows = rows.dropna(subset=["date", "rank", "region", "chart", "track_id"]).drop_duplicates()
    rows["trend"] = rows["trend"].fillna("SAME_POSITION")

    tracks = rows[["track_id", "title", "artist"]].drop_duplicates("track_id").reset_index(names="track_key")
    regions = rows[["region"]].drop_duplicates().reset_index(names="region_key")
    dates = rows[["date"]].drop_duplicates().reset_index(names="date_key")
    facts = rows.merge(tracks[["track_id", "track_key"]], on="track_id").merge(regions, on="region")
    facts = facts.merge(dates, on="date")
    months = facts.assign(month=facts["date"].dt.to_period("M").astype(str)).groupby(
        ["month", "region_key", "chart", "track_key"]
    )
    monthly = months.agg(
        entries=("rank", "size"), best=("rank", "min"), mean=("rank", "mean"), streams=("streams", "sum")
    )
    lives = facts.groupby(["region_key", "chart", "track_key"]).agg(
        first=("date", "min"), last=("date", "max"), peak=("rank", "min"), streams=("streams", "sum")
    )
    keys = ["date_key", "region_key", "track_key", "chart", "rank", "trend", "streams"]
    facts[keys].to_parquet(folder / "facts.parquet")
    for name, table in {"tracks": tracks, "regions": regions, "dates": dates}.items():
        table.to_parquet(folder / f"{name}.parquet")
    for name, table in {"monthly": monthly, "lives": lives}.items():
        table.reset_index().to_csv(folder / f"{name}.csv", index=False)
    return {}


def platform(csv: Path, folder: Path) -> Mapping[str, float]:
    """This platform: land the CSV on a fresh home, then one run of the graph up to the marts."""
    return _landed_and_built(csv, folder, one_day=False)


def day(csv: Path, folder: Path) -> Mapping[str, float]:
    """This platform: land one more day on a home that is built, then one run of the graph for its month."""
    return _landed_and_built(csv, folder, one_day=True)


def _landed_and_built(csv: Path, home: Path, *, one_day: bool) -> Mapping[str, float]:
    stages: dict[str, float] = defaultdict(float)
    last = 0.0

    def lap(stage: str) -> None:
        nonlocal last
        now = time.process_time()
        stages[stage] += now - last
        last = now

    from spotify_platform.landing.land import Door, land
    from spotify_platform.resources import lake_of, parsing_limits
    from spotify_platform.running import Progress, build

    environment = Environment.load(home=home, world="data")
    lap("imports")
    limits = parsing_limits(environment)
    [outcome] = land(lake_of(environment), csv, Door("upload"), limits)
    if outcome.status != "landed" or not outcome.file:
        raise SystemExit(f"{outcome.name} did not land: {outcome.reason}")
    lap("landing and parsing")

    def watch(progress: Progress) -> None:
        lap("Dagster, around the steps" if progress.state == "started" else progress.step)

    files = [outcome.file] if one_day else None
    result = build(environment, selection=TABLES, files=files, watch=watch)
    lap("Dagster, around the steps")
    if not result.succeeded:
        broken = [name for name, passed in result.checks.items() if not passed]
        raise SystemExit(f"the run failed: {result.failures}, {broken}")
    return _by_table(stages, result)


CONTENDERS: dict[str, Contender] = {
    "count": count,
    "parquet": parquet,
    "pandas": pandas,
    "platform": platform,
    "day": day,
}


@app.callback(invoke_without_command=True)
def compare(
    context: typer.Context,
    rows: Annotated[int, typer.Option(help="Rows of the CSV; the real file has 26173514.", min=1)] = 1_000_000,
    repeat: Annotated[int, typer.Option(help="Measure all so often, and tell medians.", min=1)] = 1,
    pandas_rows: Annotated[int, typer.Option(help="Most rows that pandas is given.")] = 5_000_000,
    work: Annotated[Path, typer.Option(help="Folder for the CSVs, which are kept, and for what is built.")] = WORK,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Measure all contenders on a charts.csv of the sample world and compare them."""
    if context.invoked_subcommand:
        return
    work = work.resolve()
    (csv, csv_day), (small, small_day) = (_samples(work, number) for number in (rows, FIXED_ROWS))
    others = [
        name for name in CONTENDERS if name not in ("platform", "day") and (name != "pandas" or rows <= pandas_rows)
    ]
    for name in others:
        _measure(name, small, work)  # so that no contender pays for compiling Python
    _measure_platform(small, small_day, work)
    costs: dict[str, list[Cost]] = defaultdict(list)
    touched: list[str] = []
    for _ in range(repeat):
        for name in others:
            costs[name].append(_measure(name, csv, work))
        full, one_day, touched = _measure_platform(csv, csv_day, work)
        costs["platform"].append(full)
        costs["day"].append(one_day)
        full, one_day, _ = _measure_platform(small, small_day, work)
        costs["fixed"].append(full)
        costs["fixed day"].append(one_day)
    found = {name: _median(measured) for name, measured in costs.items()}
    if as_json:
        report = {name: {**asdict(cost), "ratio": cost.cpu / found[YARDSTICK].cpu} for name, cost in found.items()}
        circumstances = {"rows": rows, "repeat": repeat, "threads": Environment.load().threads}
        print(json.dumps({**circumstances, "costs": report, "touched by the day": touched}, indent=1))
    else:
        _print(found, rows, repeat, touched)


@app.command()
def one(name: str, csv: Path, folder: Path) -> None:
    """Run one contender in this process, as the comparison does, such as under a profiler.

    FOLDER is emptied, but for `day`, which goes on where `platform` ended.
    """
    if name != "day":
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    stages = CONTENDERS[name](csv.resolve(), folder.resolve())
    (folder / STAGES_FILE).write_text(json.dumps(stages), encoding="utf-8")


def _measure_platform(csv: Path, csv_day: Path, work: Path) -> tuple[Cost, Cost, list[str]]:
    """What building all takes, what one more day takes then, and which files the day wrote and removed."""
    full = _measure("platform", csv, work)
    before = _current_files(work / "built")
    one_day = _measure("day", csv_day, work)
    after = _current_files(work / "built")
    touched = [
        f"{table}: {len(after[table] - before[table])} of {len(after[table])} files written, in "
        + ", ".join(sorted({_month(file) for file in after[table] ^ before[table]}))
        for table in sorted(after)
        if any(_month(file) for file in after[table])
    ]
    shutil.rmtree(work / "built")
    return full, one_day, touched


def _current_files(home: Path) -> dict[str, set[str]]:
    """The files of each Delta table's current version."""
    from deltalake import DeltaTable

    tables = sorted((home / "data" / "lake" / "cleandata").iterdir())
    return {table.name: set(DeltaTable(table).file_uris()) for table in tables}


def _month(file: str) -> str:
    found = re.search(r"year=(\d+)/month=(\d+)/", file)
    return f"{found[1]}-{int(found[2]):02d}" if found else ""


def _measure(name: str, csv: Path, work: Path) -> Cost:
    """What a contender takes in a process of its own."""
    folder = work / "built"
    tell(f"{name}, {csv.stem} …")
    cost = measure([__file__, "one", name, str(csv), str(folder)], work)
    stages = json.loads((folder / STAGES_FILE).read_text(encoding="utf-8"))
    if name not in ("platform", "day"):
        shutil.rmtree(folder)
    return replace(cost, stages=stages)


def _samples(work: Path, rows: int) -> tuple[Path, Path]:
    """A charts.csv of the sample world without its last day, and that day; written once."""
    path, last = work / f"charts-{rows}.csv", work / f"charts-{rows}-last-day.csv"
    if not last.exists():
        work.mkdir(parents=True, exist_ok=True)
        whole = work / "whole.csv"
        tell(f"writing {path} …")
        # In a process of its own: a child's peak memory counts what its parent held when it was started.
        command = [sys.executable, *PLATFORM, "sample", "charts", "--rows", str(rows), "--out", str(whole)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        _split(whole, path, last)
        whole.unlink()
    return path, last


def _split(whole: Path, path: Path, last: Path) -> None:
    """All lines but those of the last day, and these; the header goes with both."""
    with whole.open("rb") as lines:
        header = next(lines)
        latest = max(found[0] for line in lines if (found := re.search(rb",\d{4}-\d\d-\d\d,", line)))
    beside = last.with_suffix(".part")
    with whole.open("rb") as lines, path.open("wb") as others, beside.open("wb") as of_day:
        of_day.write(header)
        for line in lines:
            (of_day if latest in line else others).write(line)
    beside.rename(last)


def _duckdb(folder: Path, sql: str) -> None:
    """One statement, with what the platform may use of the machine."""
    import duckdb

    environment = Environment.load()
    limits: dict[str, str | bool | int | float | list[str]] = {
        "threads": environment.threads,
        "memory_limit": environment.memory_limit,
        "temp_directory": str(folder),
    }
    with duckdb.connect(config=limits) as connection:
        connection.execute(sql).fetchall()


def _rows_of(csv: Path) -> str:
    return f"read_csv('{csv}', all_varchar = true, ignore_errors = true)"


def _by_table(steps: Mapping[str, float], result: "RunResult") -> dict[str, float]:
    """Steps under the names of their tables; the checks of a layer together."""
    checks = {f"{asset.replace('/', '__')}_{check}": asset for asset, check in (*result.checks, *result.warnings)}
    contracts = {f"contract_of_{asset.split('/')[-1]}": asset for asset in checks.values()}
    stages: dict[str, float] = defaultdict(float)
    for step, cpu in steps.items():
        asset = {**checks, **contracts}.get(step)
        stages[f"checks of {asset.split('/')[0]}" if asset else step.replace("__", ".")] += cpu
    return stages


def _median(costs: Sequence[Cost]) -> Cost:
    stages = {name: median(cost.stages[name] for cost in costs) for name in costs[0].stages}
    return Cost(median(c.cpu for c in costs), median(c.wall for c in costs), median(c.memory for c in costs), stages)


def _print(found: Mapping[str, Cost], rows: int, repeat: int, touched: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    yardstick, full = found[YARDSTICK].cpu, found["platform"]
    times = f", medians of {repeat}" if repeat > 1 else ""
    table = Table("", title=f"charts.csv of {rows:,} rows{times}, {Environment.load().threads} threads")
    for column in ("CPU-s", "× Parquet", "seconds", "peak MB"):
        table.add_column(column, justify="right")

    def add(title: str, cpu: float, cost: Cost | None = None) -> None:
        rest = (f"{cost.wall:.1f}", f"{cost.memory / 1e6:,.0f}") if cost else ("", "")
        table.add_row(title, f"{cpu:.1f}", f"{cpu / yardstick:.2f}", *rest)

    names = {
        "count": "DuckDB, count(*) of the CSV",
        "parquet": "DuckDB, CSV → one Parquet file",
        "pandas": "pandas, CSV → star schema",
    }
    for name, title in names.items():
        if cost := found.get(name):
            add(title, cost.cpu, cost)
    add("this platform, CSV → Delta → star schema → marts", full.cpu, full)
    add("  of it without the marts and their checks", _before_marts(full))
    add(f"  the same with {FIXED_ROWS:,} rows: what any run takes", found["fixed"].cpu, found["fixed"])
    add("  of it without the marts and their checks", _before_marts(found["fixed"]))
    add("this platform, one more day", found["day"].cpu, found["day"])
    add(f"  the same beside {FIXED_ROWS:,} rows", found["fixed day"].cpu, found["fixed day"])
    console.print(table)
    if "pandas" not in found:
        console.print("pandas is left out at this size; --pandas-rows says up to which it runs")
    _print_stages(console, found, rows, ("platform", "fixed"))
    _print_stages(console, found, rows, ("day", "fixed day"))
    console.print("Of the monthly tables of the lake, the day touched", *touched, sep="\n  ")


def _before_marts(cost: Cost) -> float:
    """CPU-seconds without the stages of the marts; what Dagster takes around the steps stays."""
    return cost.cpu - sum(cpu for stage, cpu in cost.stages.items() if stage.startswith(MARTS))


def _print_stages(console: "Console", found: Mapping[str, Cost], rows: int, names: tuple[str, str]) -> None:
    from rich.table import Table

    stages, fixed = (found[name].stages for name in names)
    yardstick = found[YARDSTICK].cpu
    shown = sorted(stages, key=lambda name: -stages[name])[:SHOWN]
    parts = Table(f"{names[0]}, by stage", title="CPU-seconds")
    for column in (f"{rows:,} rows", f"{FIXED_ROWS:,} rows", "× Parquet"):
        parts.add_column(column, justify="right")
    for name in shown:
        parts.add_row(name, f"{stages[name]:.2f}", f"{fixed.get(name, 0):.2f}", f"{stages[name] / yardstick:.2f}")
    rest, rest_fixed = ({n: c for n, c in part.items() if n not in shown} for part in (stages, fixed))
    sums = (sum(rest.values()), sum(rest_fixed.values()))
    parts.add_row(f"{len(rest)} smaller stages", *(f"{s:.2f}" for s in sums), f"{sums[0] / yardstick:.2f}")
    console.print(parts)


if __name__ == "__main__":
    app()
