"""The command line `spotify-platform`. Each command is a thin face of a module that has no terminal."""

import csv
import datetime as dt
import io
import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spotify_platform.environment import Environment
from spotify_platform.errors import PlatformError

if TYPE_CHECKING:
    from rich.console import Console

    from spotify_platform.landing.land import Outcome
    from spotify_platform.operations.status import Status
    from spotify_platform.running import RunResult

app = typer.Typer(
    name="spotify-platform",
    help="An open data platform for music: land files, build the warehouse, ask it questions.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
sample = typer.Typer(
    help="The sample world: its files in the sources' own formats, and its server.", no_args_is_help=True
)
app.add_typer(sample, name="sample")


class World(StrEnum):
    sample = "sample"
    data = "data"


class Mode(StrEnum):
    development = "development"
    extended = "extended"


class Output(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


class Generation(StrEnum):
    extended = "extended"
    endsong = "endsong"
    account = "account"
    old_account = "old-account"


WorldOption = Annotated[
    World | None,
    typer.Option("--world", help="sample (synthetic) or data (real). Default: data once something landed there."),
]
LoginWorldOption = Annotated[World, typer.Option("--world", help="The world whose runs use the login.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, for programs.")]


@contextmanager
def told() -> Iterator[None]:
    """Errors that the platform raises on purpose are told in a sentence; others are bugs and show their stack."""
    try:
        yield
    except PlatformError as error:
        _console(stderr=True).print(f"[bold red]{type(error).__name__}[/]: ", end="")
        _console(stderr=True).print(str(error), markup=False, highlight=False)
        raise typer.Exit(1) from None


@app.command()
def run(
    world: WorldOption = None,
    scale: Annotated[
        float, typer.Option(help="Size of the sample world; 1 is 200,000 chart rows.", min=0.01, max=100)
    ] = 1.0,
    select: Annotated[
        str | None, typer.Option(help="Only these assets, in Dagster's selection syntax, such as 'key:\"marts/*\"'.")
    ] = None,
    months: Annotated[str | None, typer.Option(help="Only these months, such as 2020-01:2020-06.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Build the whole graph in one run: on the sample world, or on what has landed in the data world."""
    from spotify_platform.months import MonthRange
    from spotify_platform.running import ask_sources, build

    with told():
        environment = Environment.load(world=world.value if world else None)
        if environment.active_world == "sample":
            _land_sample_world(environment, scale)
        else:
            _land_inbox(environment)
        chosen = MonthRange.parse(months) if months else None
        with _steps() as watch:
            if environment.active_world == "sample" and select is None:
                ask_sources(environment, watch)
            result = build(environment, selection=select, months=chosen, watch=watch)
        if as_json:
            _print_json(_run_json(environment, result))
        else:
            _print_summary(environment, result)
    raise typer.Exit(0 if result.succeeded else 1)


@app.command()
def upload(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", exists=True)],
    region: Annotated[str | None, typer.Option(help="Region of a chart whose name does not tell: us, global.")] = None,
    date: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of a file whose name does not tell.")
    ] = None,
    listener: Annotated[
        str | None, typer.Option(help="Whose a privacy export, or a list of top items, is: an alias. Default: me.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Supersede a landed version even where this one covers less.")
    ] = False,
    keep_original: Annotated[
        bool, typer.Option("--keep-original", help="Leave files of the inbox there; others are never touched.")
    ] = False,
    build_now: Annotated[
        bool, typer.Option("--run", help="Build what depends on the files, and account for every row.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Land files in the data world; say of each what became of it."""
    from spotify_platform.landing.land import Door, files_below, land
    from spotify_platform.landing.manifest import read_manifest
    from spotify_platform.landing.recognise import listener_alias
    from spotify_platform.resources import lake_of, parsing_limits

    with told():
        environment = Environment.load(world="data")
        lake = lake_of(environment)
        day = date.date() if date else None
        whose = listener_alias(listener) if listener else None
        door = Door("upload", region=region, date=day, replace=replace, listener=whose)
        limits = parsing_limits(environment)
        outcomes: list[Outcome] = []
        files = list(files_below(paths))
        landed = read_manifest(lake)
        with _bar("Landing", len(files)) as advance:
            for path in files:
                found = land(lake, path, door, limits, landed)
                if not keep_original and path.resolve().is_relative_to(environment.inbox):
                    path.unlink() if all(outcome.status != "refused" for outcome in found) else None
                outcomes += found
                advance(path.name)
        result = _after_landing(environment, outcomes, build_now)
        report = _upload_json(environment, outcomes)
        if as_json:
            _print_json(report)
        else:
            _print_upload(report, built=result is not None)
        if result is not None and not result.succeeded:
            _print_failures(result)
            raise typer.Exit(1)
    raise typer.Exit(1 if any(outcome.status == "refused" for outcome in outcomes) else 0)


@app.command()
def ask(world: WorldOption = None, as_json: JsonOption = False) -> None:
    """Ask the sources that answer calls, as far as there are keys: playlists, catalogue look-ups, top tracks of
    countries, and what the person who has logged in played recently and hears most.

    What they answer lands like any file; `run` builds with it. The schedules do the same.
    """
    from spotify_platform.running import ask_sources

    with told():
        environment = Environment.load(world=world.value if world else None)
        with _steps() as watch:
            result = ask_sources(environment, watch)
    if as_json:
        _print_json({"succeeded": result.succeeded, "failures": result.failures})
    else:
        _print_failures(result)
    raise typer.Exit(0 if result.succeeded else 1)


@app.command()
def backfill(
    months: Annotated[
        str | None, typer.Argument(metavar="[FROM:TO]", help="Months, such as 2020-01:2020-06 or 2020-01.")
    ] = None,
    select: Annotated[
        str | None, typer.Option(help="Only these assets, in Dagster's selection syntax, such as 'key:\"marts/*\"'.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be built, and build nothing.")] = False,
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build what is missing or stale; or months and assets that you name, whatever their state.

    Contiguous months are one run. Without assets, named months mean every table that has months and what derives
    from them; without months, named assets are built for all that landed.
    """
    from spotify_platform.operations.backfill import backfill as execute
    from spotify_platform.running import Part

    with told():
        environment = Environment.load(world=world.value if world else None)
        parts: list[Part] = []

        def begin(part: Part) -> None:
            parts.append(part)
            what = f"months {part.months}" if part.months else "what has no months"
            _console(stderr=True).print(f"[bold]{what}[/]: {len(part.assets)} assets", highlight=False)

        with _steps() as watch:
            result = execute(environment, months, select, watch=watch, begin=begin, dry_run=dry_run)
    if as_json:
        runs = [
            {
                "months": str(part.months) if part.months else None,
                "assets": sorted(key.to_user_string() for key in part.assets),
            }
            for part in parts
        ]
        outcome = {"succeeded": result.succeeded, "failures": result.failures}
        _print_json({"world": environment.active_world, "dry_run": dry_run, "runs": runs, **outcome})
    elif not parts:
        _console().print("Nothing is missing or stale.")
    elif dry_run:
        for part in parts:
            assets = ", ".join(sorted(key.to_user_string() for key in part.assets))
            _console().print(f"{part.months or 'no months'}: {assets}", markup=False, highlight=False)
    else:
        _print_failures(result)
    raise typer.Exit(0 if result.succeeded else 1)


@app.command()
def status(world: WorldOption = None, as_json: JsonOption = False) -> None:
    """Say what is fresh, what failed, what waits. Ends with 1 where something is wrong."""
    from spotify_platform.operations.status import status_of

    with told():
        environment = Environment.load(world=world.value if world else None)
        found = status_of(environment, dt.datetime.now(dt.UTC))
    if as_json:
        _print_json(found.to_json())
    else:
        _print_status(found)
    raise typer.Exit(1 if found.incidents else 0)


@app.command("clean-up")
def clean_up(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove what nobody needs any more: superseded files, old versions of tables, old Dagster runs.

    The settings SPOTIFY_PLATFORM_KEEP_… say how long things stay. What a table or the published version needs never goes.
    """
    from spotify_platform.operations.retention import clean_up_now

    with told():
        environment = Environment.load(world=world.value if world else None)
        receipt = clean_up_now(environment, dt.datetime.now(dt.UTC), dry_run=dry_run)
    if as_json:
        _print_json({"world": environment.active_world, "dry_run": dry_run, **receipt.to_json()})
        return
    for what, (count, size) in receipt.totals().items():
        _console().print(f"{what}: {count:,}, {_human(size)}", highlight=False)
    done = "would go" if dry_run else "are gone"
    _console().print(f"{len(receipt.removed):,} things {done}, {_human(receipt.bytes)} in all", highlight=False)


@app.command()
def listener(
    alias: Annotated[str, typer.Argument(help="Whose settings, as in upload --listener.")] = "me",
    time_zone: Annotated[str | None, typer.Option(help="Where their days begin, such as Europe/Berlin.")] = None,
    exclude_artist: Annotated[list[str] | None, typer.Option(help="Do not count this artist's plays.")] = None,
    exclude_album: Annotated[list[str] | None, typer.Option(help="Do not count this album's plays.")] = None,
    exclude_track: Annotated[list[str] | None, typer.Option(help="Do not count this track's plays, by its id.")] = None,
    exclude_list: Annotated[
        Path | None, typer.Option(help="Do not count the track ids of this file, one a line.", exists=True)
    ] = None,
    as_set: Annotated[
        str, typer.Option("--set", help="What to call the plays excluded now, such as kids.")
    ] = "not mine",
    count_artist: Annotated[list[str] | None, typer.Option(help="Count this artist again.")] = None,
    count_album: Annotated[list[str] | None, typer.Option(help="Count this album again.")] = None,
    count_track: Annotated[list[str] | None, typer.Option(help="Count this track again.")] = None,
    build_now: Annotated[bool, typer.Option("--run", help="Build what depends on it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say where a listener's days begin, and which plays are not counted; without options, show it.

    Plays are never removed by it: those that are not counted carry the name of the set, past and future ones.
    """
    from spotify_platform.landing.recognise import listener_alias
    from spotify_platform.listeners import Exclusion, What, listener_of, save
    from spotify_platform.operations.forgetting import known_listeners
    from spotify_platform.resources import lake_of
    from spotify_platform.running import build

    with told():
        environment = Environment.load(world="data")
        lake = lake_of(environment)
        before = listener_of(lake, listener_alias(alias))
        listed = exclude_list.read_text(encoding="utf-8").split() if exclude_list else []
        tracks = [*(exclude_track or []), *listed]
        named: dict[What, list[str] | None] = {"artist": exclude_artist, "album": exclude_album, "track": tracks}
        counted: dict[What, list[str] | None] = {
            "artist": count_artist,
            "album": count_album,
            "track": count_track,
        }
        after = before.without(Exclusion(what, name, as_set) for what, names in named.items() for name in names or [])
        for what, names in counted.items():
            for name in names or []:
                after = after.counting(what, name)
        after = after.in_zone(time_zone) if time_zone else after
        if after != before:
            save(lake, after, dt.datetime.now(dt.UTC))
        if build_now and alias in known_listeners(lake):
            with _steps() as watch:
                result = build(environment, selection='key:"cleandata/streams"+', watch=watch)
            _print_failures(result)
    if as_json:
        _print_json({"listener": after.alias, **after.to_json()})
        return
    _console().print(f"{after.alias}: days begin in {after.time_zone}; not counted:", highlight=False)
    for exclusion in after.exclusions:
        _console().print(f"  {exclusion.what} {exclusion.name} ({exclusion.set_name})", markup=False, highlight=False)
    if not after.exclusions:
        _console().print("  nothing", highlight=False)


@app.command()
def forget(
    listener: Annotated[str, typer.Option(help="Whose, as in upload --listener.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove all that is kept of a listener from every layer, build what is left, and prove that nothing is there."""
    from spotify_platform.landing.recognise import listener_alias
    from spotify_platform.operations.forgetting import forget as execute

    with told():
        environment = Environment.load(world="data")
        alias = listener_alias(listener)
        if not yes:
            typer.confirm(f"Remove everything of the listener {alias}? It cannot be undone", abort=True)
        with _steps() as watch:
            found = execute(environment, alias, watch)
    if as_json:
        _print_json(found.to_json())
    else:
        left = "; ".join(f"{where}: {number:,}" for where, number in found.left.items())
        _console().print(
            f"{found.plays:,} plays and {found.places:,} places of playlists in {found.files} files are gone, "
            f"{found.objects:,} objects in all; "
            + (f"found still: {left}" if left else "a search of every layer finds nothing"),
            highlight=False,
        )
    raise typer.Exit(1 if found.left else 0)


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="One SELECT over the schemas raw, cleandata, warehouse, marts, ml.")
    ] = None,
    example: Annotated[str | None, typer.Option(help="A saved query instead; say neither to see them all.")] = None,
    format: Annotated[Output, typer.Option("--format", help="How to print the rows.")] = Output.table,
    world: WorldOption = None,
) -> None:
    """Ask the published version a question. Read-only; answers while a run writes."""
    from spotify_platform.queries import examples
    from spotify_platform.resources import warehouse_of

    if query and example:
        raise typer.BadParameter("one of them at a time", param_hint="QUERY and --example")
    if not query and not example:
        _print_rows(["example", "question"], [(name, examples.question(name)) for name in examples.names()], format)
        return
    with told():
        environment = Environment.load(world=world.value if world else None)
        warehouse = warehouse_of(environment)
        in_pool = environment.warehouse != "duckdb"
        names, rows = examples.answer(example, warehouse, in_pool) if example else warehouse.select(query or "")
        label = "sample world: synthetic data" if environment.active_world == "sample" else None
        _print_rows(names, rows, format, label)


@app.command("serverless-views")
def serverless_views(world: WorldOption = None) -> None:
    """Print T-SQL that gives a Synapse serverless pool views over the lake's Delta tables as they lie."""
    from spotify_platform.resources import lake_of
    from spotify_platform.warehouse.serverless import views

    with told():
        environment = Environment.load(world=world.value if world else None)
        for statement in views(lake_of(environment)):
            typer.echo(f"{statement};\nGO")


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 3000,
    world: WorldOption = None,
) -> None:
    """Serve the Dagster UI on 127.0.0.1, with the daemon, so that sensors and schedules run."""
    from spotify_platform.resources import inbox_of
    from spotify_platform.running import instance_of, project_file

    with told():
        environment = Environment.load(world=world.value if world else None)
        inbox = inbox_of(environment)
        with instance_of(environment):  # its storage is made once, before two processes would at the same time
            home = environment.dagster_home
    _console(stderr=True).print(
        f"Dagster UI of the world [bold]{environment.active_world}[/]: http://127.0.0.1:{port}   "
        f"drop files into {inbox}"
    )
    variables = {**os.environ, **environment.variables(), "DAGSTER_HOME": str(home)}
    command = [
        *(sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)),
        *("--workspace", str(project_file("workspace.yaml"))),
    ]
    raise typer.Exit(subprocess.call(command, env=variables))


@app.command()
def login(
    world: LoginWorldOption = World.data,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser: only print the address.")] = False,
) -> None:
    """Log in to Spotify, with an app of yours, for six months. Needs SPOTIFY_PLATFORM_SPOTIFY_CLIENT_ID."""
    from spotify_platform.resources import clients_of
    from spotify_platform.sources.login import log_in_person

    def tell(address: str) -> None:
        typer.echo(f"Log in to Spotify at this address, in a browser of this machine:\n{address}", err=True)

    with told():
        environment = Environment.load(world=world.value)
        until = log_in_person(clients_of(environment), tell, browse=not no_browser)
    _console().print(f"Logged in to Spotify until {until:%Y-%m-%d}, for the world {world.value}.", highlight=False)
    _console().print("What the app may do is found out by: spotify-platform doctor --probe", highlight=False)


@app.command()
def logout(world: LoginWorldOption = World.data) -> None:
    """Forget the login to Spotify."""
    from spotify_platform.resources import clients_of

    with told():
        was = clients_of(Environment.load(world=world.value)).tokens.forget()
    _console().print(
        "Logged out here. https://www.spotify.com/account/apps takes the app its access."
        if was
        else "Nobody was logged in.",
        highlight=False,
    )


@app.command()
def doctor(
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Ask the sources what your keys may do: a dozen calls of Spotify's allowance."),
    ] = False,
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is configured, reachable and missing, and what that means."""
    from spotify_platform.doctor import diagnose

    with told():
        environment = Environment.load(world=world.value if world else None)
        findings = diagnose(environment, probe=probe)
    if as_json:
        _print_json({"world": environment.active_world, "findings": [asdict(finding) for finding in findings]})
    else:
        from rich.markup import escape
        from rich.table import Table

        table = Table("", "what", "found", "what that means", title=f"World {environment.active_world}")
        marks = {"ok": "[green]✓[/]", "missing": "[yellow]–[/]", "wrong": "[red]✗[/]"}
        for finding in findings:
            table.add_row(marks[finding.state], *map(escape, (finding.what, finding.found, finding.meaning)))
        _console().print(table)
    raise typer.Exit(1 if any(finding.state == "wrong" for finding in findings) else 0)


@sample.command("charts")
def sample_charts(
    rows: Annotated[int, typer.Option(help="Data rows; the real file has 26173514.", min=1)],
    out: Annotated[Path, typer.Option(help="File to write: .csv, .csv.gz or .csv.zst.")],
) -> None:
    """A charts.csv as Kaggle has it."""
    from spotify_platform.sample.world import write_charts

    with told():
        _console().print(f"wrote {write_charts(out, rows)}", markup=False)


@sample.command("official")
def sample_official(out: Annotated[Path, typer.Option(help="Folder to write into.")], scale: float = 1.0) -> None:
    """Weekly and daily downloads as charts.spotify.com has them."""
    _write_sample("official", out, scale)


@sample.command("tidytuesday")
def sample_tidytuesday(out: Annotated[Path, typer.Option(help="File to write.")], scale: float = 1.0) -> None:
    """A track catalogue as tidytuesday has it."""
    _write_sample("tidytuesday", out, scale)


@sample.command("catalog")
def sample_catalog(out: Annotated[Path, typer.Option(help="File to write.")], scale: float = 1.0) -> None:
    """A track catalogue as Kaggle's 114k tracks have it."""
    _write_sample("catalog", out, scale)


@sample.command("export")
def sample_export(
    out: Annotated[Path, typer.Option(help="Archive to write, .zip, or folder.")],
    listener: Annotated[str, typer.Option(help="alma or ben.")] = "alma",
    plays: Annotated[int, typer.Option(help="Plays in all of the listener's life.", min=1)] = 5_000,
    generation: Annotated[Generation, typer.Option(help="What Spotify calls it, and when.")] = Generation.extended,
    since: Annotated[dt.datetime | None, typer.Option(help="First day of plays.", formats=["%Y-%m-%d"])] = None,
    until: Annotated[dt.datetime | None, typer.Option(help="Last day of plays.", formats=["%Y-%m-%d"])] = None,
    malformed: Annotated[int, typer.Option(help="Rows that cannot be read, besides the plays.", min=0)] = 0,
    scale: Annotated[float, typer.Option(help="Size of the sample world that is listened to.", min=0.01)] = 1.0,
    as_json: JsonOption = False,
) -> None:
    """A privacy export of a made-up listener, and the truth of what is in it."""
    from spotify_platform.sample.exports import listener_named, write_export
    from spotify_platform.sample.world import WorldSize

    with told():
        truth = write_export(
            out,
            listener_named(listener),
            plays=plays,
            generation=generation.value,
            since=since.date() if since else None,
            until=until.date() if until else None,
            malformed=malformed,
            size=WorldSize.scaled(scale),
        )
    if as_json:
        _print_json(truth.as_json())
    else:
        _console().print(f"wrote {out}: {truth.rows:,} rows, {truth.plays:,} plays", markup=False)


@sample.command("world")
def sample_world(out: Annotated[Path, typer.Option(help="Folder to write into.")], scale: float = 1.0) -> None:
    """All files of the sample world."""
    from spotify_platform.sample.world import WorldSize, write_world

    with told():
        for path in write_world(out, WorldSize.scaled(scale)):
            _console().print(f"wrote {path}", markup=False)


@sample.command("serve")
def sample_serve(
    mode: Annotated[Mode, typer.Option(help="What the Spotify app may do.")] = Mode.extended,
    port: Annotated[int, typer.Option(help="0 is any free one; kagglehub asks for 7777.", min=0, max=65535)] = 0,
    scale: Annotated[
        float | None, typer.Option(help="Size of the world. Default: of the sample world that has landed.", min=0.01)
    ] = None,
) -> None:
    """Serve the sample world as Spotify, Last.fm, ReccoBeats, MusicBrainz and Kaggle do, until Ctrl-C."""
    from spotify_platform.sample.landing import landed_size
    from spotify_platform.sample.server.serving import serving
    from spotify_platform.sample.world import WorldSize

    with told():
        environment = Environment.load(world="sample")
        size = WorldSize.scaled(scale) if scale else landed_size(environment)
        with serving(size, environment.root / "served", mode=mode.value, port=port) as server:
            for name, value in server.settings.items():
                print(f"export {name}={value}", flush=True)
            _console(stderr=True).print(f"The sample world is at {server.url}; Ctrl-C ends it.", highlight=False)
            _until_interrupted()


def _until_interrupted() -> None:
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def _write_sample(kind: str, out: Path, scale: float) -> None:
    from spotify_platform.sample.world import KINDS, WorldSize

    with told():
        for path in KINDS[kind](out, WorldSize.scaled(scale)):
            _console().print(f"wrote {path}", markup=False)


def _land_sample_world(environment: Environment, scale: float) -> None:
    from spotify_platform.sample.landing import land_sample_world

    with _bar("Landing the sample world", None) as advance:
        outcomes = land_sample_world(environment, scale, advance)
    _report_landing(environment, outcomes)


def _land_inbox(environment: Environment) -> None:
    from spotify_platform.landing.inbox import land_waiting
    from spotify_platform.resources import inbox_of, lake_of, parsing_limits

    inbox = inbox_of(environment)
    names = [file.name for file in inbox.listing()]
    limits = parsing_limits(environment)
    _report_landing(environment, land_waiting(lake_of(environment), inbox, names, limits))


def _report_landing(environment: Environment, outcomes: "list[Outcome]") -> None:
    """Show what landed in the Dagster UI, as a materialization of its raw asset."""
    landed = [o.file for o in outcomes if o.file and o.status in ("landed", "superseding")]
    if landed:
        from spotify_platform.running import report_landed

        report_landed(environment, landed)


def _after_landing(environment: Environment, outcomes: "list[Outcome]", build_now: bool) -> "RunResult | None":
    """Report what landed, and with `--run` build what depends on it; None where there was nothing to build."""
    from spotify_platform.landing.manifest import read_receipts, without_receipt
    from spotify_platform.resources import lake_of
    from spotify_platform.running import build

    _report_landing(environment, outcomes)
    known = {outcome.file.file_id: outcome.file for outcome in outcomes if outcome.file}
    waiting = without_receipt(known.values(), read_receipts(lake_of(environment)))
    if not build_now or not waiting:
        return None
    with _steps() as watch:
        return build(environment, files=waiting, watch=watch)


def _upload_json(environment: Environment, outcomes: "list[Outcome]") -> dict[str, Any]:
    from spotify_platform.landing.manifest import read_receipts
    from spotify_platform.landing.report import file_report
    from spotify_platform.resources import lake_of

    receipts = read_receipts(lake_of(environment))
    return {"files": [file_report(outcome, receipts) for outcome in outcomes]}


def _run_json(environment: Environment, result: "RunResult") -> dict[str, Any]:
    from spotify_platform.summary import as_json, model_summary

    return {
        **as_json(environment),
        "succeeded": result.succeeded,
        "failures": result.failures,
        "checks": [{"asset": a, "check": c, "passed": passed} for (a, c), passed in sorted(result.checks.items())],
        "warnings": [{"asset": a, "check": c, "passed": passed} for (a, c), passed in sorted(result.warnings.items())],
        "model": model_summary(environment),
    }


def _print_summary(environment: Environment, result: "RunResult") -> None:
    from rich.table import Table

    from spotify_platform.summary import model_summary, table_sizes

    console = _console()
    synthetic = " (synthetic data)" if environment.active_world == "sample" else ""
    tables = Table(title=f"Tables of the world {environment.active_world}{synthetic}")
    tables.add_column("table")
    tables.add_column("rows", justify="right")
    tables.add_column("size", justify="right")
    for size in table_sizes(environment):
        tables.add_row(size.table, f"{size.rows:,}", _human(size.bytes) if size.bytes is not None else "")
    console.print(tables)
    passed = sum(result.checks.values())
    console.print(f"Checks: [green]{passed} passed[/], [red]{len(result.checks) - passed} failed[/]", end="")
    warned = [name for name, ok in result.warnings.items() if not ok]
    console.print(f", {len(warned)} warnings: {', '.join(':'.join(n) for n in warned)}" if warned else ", no warnings")
    model = model_summary(environment)
    if model:
        console.print(f"Model: {model['name']}@champion, version {model['version']}, {model['score']}")
    _print_failures(result)
    console.print("Look next:")
    console.print("  make ui                                       the graph, its checks and lineage")
    console.print('  .venv/bin/spotify-platform sql "SELECT * FROM marts.top_charts LIMIT 10"')
    console.print(
        "  .venv/bin/spotify-platform upload FILE --run   your own chart files and catalogues", highlight=False
    )


def _print_failures(result: "RunResult") -> None:
    console = _console(stderr=True)
    for step, reason in result.failures.items():
        console.print(f"[bold red]failed[/] {step}: ", end="")
        console.print(reason, markup=False, highlight=False)
    for (asset, check), ok in result.checks.items():
        if not ok:
            console.print(f"[bold red]check failed[/] {asset}: {check}")
    if result.skipped:
        console.print(f"{len(result.skipped)} steps were skipped because of that", style="yellow")


def _numbers(counts: dict[str, Any]) -> list[str]:
    found = (counts[name] for name in ("rows_read", "loaded", "duplicate", "skipped", "rejected"))
    return ["" if number is None else f"{number:,}" for number in found]


def _print_upload(report: dict[str, Any], built: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("file", "status", "format", "period", title="Landed" + (" and built" if built else ""))
    for name in ("read", "loaded", "duplicate", "skipped", "rejected"):
        table.add_column(name, justify="right")
    for file in report["files"]:
        period = " – ".join(dict.fromkeys(filter(None, (file["period_start"], file["period_end"]))))
        table.add_row(escape(file["file"]), file["status"], file["format"] or "", period, *_numbers(file))
        for name, counts in list(file["tables"].items())[1:]:
            table.add_row("", "", f"also {name}", "", *_numbers(counts))
    console = _console()
    console.print(table)
    for file in report["files"]:
        for repair in file["repairs"]:
            console.print(f"{file['file']}: {repair}", markup=False, highlight=False)
        for reason, count in (file["reasons"] or {}).items():
            text = f"{file['file']}: {reason}" + (f" × {count:,}" if count else "")
            console.print(text, markup=False, highlight=False)
    if not built and any(file["status"] in ("landed", "superseding") for file in report["files"]):
        console.print("Landed, not built yet: say --run, or leave it to the sensors of `make ui`.")


def _print_status(found: "Status") -> None:
    from rich.markup import escape
    from rich.table import Table

    now = dt.datetime.fromisoformat(found.at)
    table = Table(show_header=False, title=f"World {found.world}", title_justify="left")
    version, waits = found.published, found.waits
    if version.number is None:
        table.add_row("published", "nothing yet")
    else:
        lacks = f", lacks {_some(version.lacks, 'landed file')}" if version.lacks else ", has all that landed"
        table.add_row("published", f"version {version.number}, {_ago(version.published_at, now)}{lacks}")
    newest = f"{_ago(version.landed_at, now)}, charts until {version.landed_until}" if version.landed_at else "nothing"
    table.add_row("newest landed", newest)
    for source in found.sources:
        color = {"fresh": "green", "late": "yellow", "stale": "red"}.get(source.state, "dim")
        renewed = f", renewed {_ago(source.renewed, now)}" if source.renewed else ""
        table.add_row(source.asset, f"[{color}]{source.state}[/]{renewed}")
    table.add_row(
        "automation", "the daemon runs" if found.daemon else "no daemon runs; start it with: spotify-platform ui"
    )
    for run in found.runs:
        months = f" for {run.months}" if run.months else ""
        table.add_row("running", f"{run.job}{months}, {run.status.lower()}, asked for {_ago(run.since, now)}")
    for label, names in {
        "in the inbox": waits.inbox,
        "refused": waits.refused,
        "landed, not built": waits.files,
        "months to build": waits.months,
        "tables to build": waits.tables,
    }.items():
        if names:
            table.add_row(label, escape(_listed(names)))
    for incident in found.incidents:
        table.add_row(
            f"[red]{incident.kind}[/]", escape(f"{incident.what}, {_ago(incident.since, now)}: {incident.why}"[:300])
        )
        table.add_row("", escape(f"{incident.look}  {incident.do}"))
    _console().print(table)


def _listed(names: Sequence[str], most: int = 5) -> str:
    """Names for one line, with how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{len(names):,}: {', '.join(names[:most])}{more}"


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _ago(moment: str | None, now: dt.datetime) -> str:
    """How long ago an ISO time was, in the largest unit that fits."""
    seconds = (now - dt.datetime.fromisoformat(moment)).total_seconds() if moment else 0
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return f"{_some(int(seconds // size), unit)} ago"
    return "just now"


def _print_rows(names: list[str], rows: list[tuple[Any, ...]], format: Output, label: str | None = None) -> None:
    if format is Output.json:
        _print_json([dict(zip(names, map(_finite, row), strict=True)) for row in rows])
    elif format is Output.csv:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
        print(text.getvalue(), end="")
    else:
        from rich.markup import escape
        from rich.table import Table

        table = Table(*map(escape, names), caption=label)
        for row in rows:
            table.add_row(*("" if value is None else escape(str(value)) for value in row))
        _console().print(table)


def _human(size: int) -> str:
    number = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB"


def _finite(value: Any) -> Any:
    """JSON has no word for what is not a number or infinite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _print_json(payload: Any) -> None:
    print(json.dumps(payload, ensure_ascii=False, default=str))


def _console(stderr: bool = False) -> "Console":
    from rich.console import Console

    # Without a terminal to fit, nothing is cut: logs and pipes take long lines.
    width = None if (sys.stderr if stderr else sys.stdout).isatty() else 160
    return Console(stderr=stderr, width=width)


@contextmanager
def _bar(what: str, total: int | None) -> Iterator[Any]:
    """Progress over files, on standard error; yields a function to call with each name that is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=_console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)

        def advance(name: str) -> None:
            progress.update(task, advance=1, description=f"{what}: {name}")

        yield advance


@contextmanager
def _steps() -> Iterator[Any]:
    """Progress over steps, on standard error: a live line on a terminal, a line per step elsewhere."""
    from spotify_platform.running import Progress as Step

    console = _console(stderr=True)
    marks = {"succeeded": "[green]✓[/]", "failed": "[red]✗[/]", "skipped": "[yellow]–[/]"}
    done = 0
    with console.status("Starting") as live:

        def watch(step: Step) -> None:
            nonlocal done
            if step.state == "started":
                live.update(f"{done} steps done, now {step.step.replace('__', '/')}")
                return
            done += 1
            console.print(f"{marks[step.state]} {step.step.replace('__', '/')}", highlight=False)

        yield watch
