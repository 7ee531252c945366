"""What is configured, reachable and missing, and what that means for a person."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from spotify_platform.environment import Environment

State = Literal["ok", "missing", "wrong"]
FREE_BYTES = 2_000_000_000
"""Less than this and a full-size load may not fit."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its state, what was found, and what follows from it."""

    what: str
    state: State
    found: str
    meaning: str


def diagnose(environment: Environment, *, probe: bool = False) -> list[Finding]:
    """Every finding. What is on this machine needs no network; a lake, compute or warehouse elsewhere is tried.

    Of sources that answer calls it tells what is remembered; with `probe` they are asked first.
    """
    from spotify_platform.doctor_cloud import cloud_findings
    from spotify_platform.doctor_sources import source_findings

    local: list[Callable[[Environment], Finding]] = [_home, _engines, _kaggle, _formats]
    elsewhere = cloud_findings(environment)
    if all(finding.state == "ok" for finding in elsewhere):
        local += [_landed, _top_playlists, _published]
    sources = source_findings(environment, probe=probe)
    return [*(look(environment) for look in local), *sources, *(elsewhere or [NO_CLOUD])]


def _home(environment: Environment) -> Finding:
    home = environment.home
    existing = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if not os.access(existing, os.W_OK):
        return Finding("home", "wrong", str(home), "cannot be written; set SPOTIFY_PLATFORM_HOME to a folder of yours")
    if free < FREE_BYTES:
        return Finding("home", "wrong", f"{home}, {free / 1e9:.1f} GB free", "too little space for a full-size load")
    return Finding("home", "ok", f"{home}, {free / 1e9:.0f} GB free", "all state lies here")


def _engines(environment: Environment) -> Finding:
    found = f"lake {environment.lake}, compute {environment.compute}, warehouse {environment.warehouse}"
    versions = ", ".join(f"{name} {version(name)}" for name in ("dagster", "duckdb", "deltalake", "mlflow"))
    local = (environment.lake, environment.compute, environment.warehouse) == ("folder", "duckdb", "duckdb")
    meaning = "runs on this machine, with no account" if local else "what is not on this machine is tried below"
    return Finding("engines", "ok", f"{found} ({versions})", meaning)


def _formats(environment: Environment) -> Finding:
    from spotify_platform.errors import ConfigurationError
    from spotify_platform.landing.declared import declared_formats

    try:
        found = declared_formats(environment.formats)
    except ConfigurationError as error:
        return Finding("declared catalogues", "wrong", str(error), "no file can land until it is mended")
    names = ", ".join(format.name for format in found) or "none"
    return Finding("declared catalogues", "ok", names, f"TOML files in {environment.formats}; see docs/formats.md")


def _landed(environment: Environment) -> Finding:
    from spotify_platform.landing.manifest import current_files, read_manifest
    from spotify_platform.resources import lake_of

    files = read_manifest(lake_of(environment))
    if not files:
        return Finding("landed files", "missing", "none", "start with: spotify-platform upload FILE --run")
    kinds = ", ".join(f"{sum(f.kind == kind for f in files)} {kind}" for kind in sorted({f.kind for f in files}))
    return Finding(
        "landed files", "ok", f"{kinds}; {len(current_files(files))} count now", "what all tables are built from"
    )


def _top_playlists(environment: Environment) -> Finding:
    from spotify_platform.landing.manifest import current_files, read_manifest
    from spotify_platform.resources import lake_of

    what, named = "top playlists", environment.playlists_of_countries
    if not named:
        why = "days without a chart have no list of Spotify's; SPOTIFY_PLATFORM_TOP_PLAYLISTS names playlists for countries"
        return Finding(what, "missing", "none", why)
    days: dict[str, str] = {}
    for file in current_files(read_manifest(lake_of(environment))):
        kind, _, rest = (file.identity or "").partition("/")
        if kind == "playlist":
            id = rest.partition("/")[0]
            days[id] = max(days.get(id, ""), str(file.period_end))
    found = ", ".join(f"{code} {f'seen on {days[id]}' if id in days else 'never seen'}" for code, id in named.items())
    if days.keys() >= set(named.values()):
        return Finding(what, "ok", found, "their places are the top tracks of days without a chart")
    return Finding(what, "missing", found, "the job land_playlists asks for each, and says which this app may not see")


def _published(environment: Environment) -> Finding:
    from spotify_platform.resources import warehouse_of

    found = warehouse_of(environment).published()
    if found is None:
        return Finding("published version", "missing", "none", "`sql` has nothing to read; run: spotify-platform run")
    return Finding(
        "published version", "ok", f"{found.number}, of {found.published_at}", "what `sql` and notebooks read"
    )


def _kaggle(environment: Environment) -> Finding:
    from spotify_platform.sources.kaggle import Dataset, cached, has_credentials

    handle = environment.kaggle_charts
    if Dataset.parse(handle).version and cached(handle):
        return Finding("Kaggle charts", "ok", f"{handle} is in the cache", "needs no network")
    found = "credentials found" if has_credentials() else "no credentials; public data needs none"
    if environment.follows_kaggle:
        meaning = "looked for every day while `spotify-platform ui` runs"
    else:
        meaning = "fetched by the job land_kaggle_charts; set SPOTIFY_PLATFORM_KAGGLE_CHARTS to look for it every day"
    return Finding("Kaggle charts", "missing", f"{handle} is not in the cache; {found}", meaning)


NO_CLOUD = Finding("cloud", "missing", "not configured", "nothing needs it: lake, compute and warehouse are local")
