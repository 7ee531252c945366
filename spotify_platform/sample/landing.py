"""The sample world lands like any other files, through the one landing path."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict

from spotify_platform.environment import Environment
from spotify_platform.landing.land import Door, Outcome, Resources, land
from spotify_platform.resources import lake_of
from spotify_platform.sample.exports import LISTENERS, Export, Generation, write_exports
from spotify_platform.sample.world import WorldSize, write_world

EXPORTED: tuple[Generation, ...] = ("extended", "account")
FEWEST_PLAYS = 500
MARKER = "size.json"
"""The file that says of which size the landed world is."""


def landed_size(environment: Environment) -> WorldSize:
    """The size of the sample world that has landed; the default where none has."""
    marker = environment.root / MARKER
    return WorldSize(**json.loads(marker.read_text(encoding="utf-8"))) if marker.exists() else WorldSize()


def land_sample_world(environment: Environment, scale: float, landed: Callable[[str], None]) -> list[Outcome]:
    """Write the files of a world of this scale and land them; a world of another size is cleared first.

    `landed` is told each file's name.
    """
    size = WorldSize.scaled(scale)
    marker = environment.root / MARKER
    wanted = json.dumps(asdict(size))
    if marker.exists() and marker.read_text(encoding="utf-8") != wanted:
        lake_of(environment).clear()
        for folder in ("files", "served", "lookups", "warehouse", "published", "mlflow"):
            shutil.rmtree(environment.root / folder, ignore_errors=True)
    environment.root.mkdir(parents=True, exist_ok=True)
    marker.write_text(wanted, encoding="utf-8")
    outcomes: list[Outcome] = []
    limits = Resources(environment.threads, environment.memory_limit)
    files = environment.root / "files"
    for path in write_world(files, size):
        outcomes += land(lake_of(environment), path, Door("sample"), limits)
        landed(path.name)
    for listener in LISTENERS.values():
        exports = {files / f"{listener.name}-{generation}.zip": Export(generation) for generation in EXPORTED}
        if not all(path.exists() for path in exports):
            write_exports(exports, listener, plays=max(FEWEST_PLAYS, size.chart_rows // 20), size=size)
        for path in exports:
            outcomes += land(lake_of(environment), path, Door("sample", listener=listener.name), limits)
            landed(path.name)
    return outcomes
