"""Forgetting a listener: all that was ever kept of what is theirs goes, and what is left is searched to prove it.

What landed goes first, its records last of all: what was interrupted is done again from its beginning. Dagster's record
of past runs goes too, for it shows rows of tables. Then everything is built anew from what is left, and no older version
of a table stays.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.environment import Environment
from spotify_platform.errors import BusyError, ConfigurationError, RetryableError
from spotify_platform.lake.interface import Lake, Stored
from spotify_platform.landing.manifest import MANIFEST, RECEIPTS, LandedFile, read_manifest
from spotify_platform.listeners import LISTENERS, read_listeners
from spotify_platform.operations.retention import forget_run
from spotify_platform.resources import lake_of, warehouse_of
from spotify_platform.running import Watcher, build, instance_of, report_landed

if TYPE_CHECKING:
    import dagster as dg

LAYERS = ("files", "candidates", RECEIPTS, LISTENERS, MANIFEST)
"""Where objects of a listener lie in the raw layer; the records by which they are found go last."""
LAKE_TABLES = tuple(
    ("cleandata", table)
    for table in ("streams", "stream_matches", "listening_gaps", "listener_tops", "playlist_snapshots")
)
WAREHOUSE_TABLES = (
    *(("warehouse", table) for table in ("fact_stream", "fact_listener_top", "dim_playlist")),
    ("marts", "listener_top_changes"),
)
"""The tables that say whose their rows are."""
LAKE_PLACES = (("cleandata", "playlist_places"), ("cleandata", "playlist_tracks"))
WAREHOUSE_PLACES = (
    *(("warehouse", "fact_playlist_snapshot"), ("warehouse", "fact_playlist_track")),
    ("marts", "playlist_changes"),
)
"""The tables of what stands in playlists."""


@dataclass(frozen=True)
class Forgotten:
    """What went: landed files, their plays, their places of playlists, objects of the lake. `left` is where anything of
    the listener was found afterwards, and how much: nothing, if all went well."""

    listener: str
    files: int
    plays: int
    places: int
    objects: int
    left: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def known_listeners(lake: Lake) -> set[str]:
    """Everybody of whom anything is kept."""
    return {file.listener for file in read_manifest(lake) if file.listener} | set(read_listeners(lake))


def forget(
    environment: Environment,
    alias: str,
    watch: Watcher = lambda progress: None,
    tell: Callable[[str], None] = lambda what: None,
) -> Forgotten:
    """Remove a listener from every layer, and build what is left.

    Raises `ConfigurationError` for one that nobody knows, `BusyError` while anything is built, `RetryableError` where the
    build failed: what landed is gone then, and the tables that were made of it.
    """
    lake, warehouse = lake_of(environment), warehouse_of(environment)
    known = known_listeners(lake)
    if alias not in known:
        raise ConfigurationError(
            f"nothing is kept of a listener {alias!r}; known are {', '.join(sorted(known)) or 'none'}"
        )
    landed = read_manifest(lake)
    files = [file for file in landed if file.listener == alias]
    others = [file for file in landed if file.listener != alias]
    rows = {kind: sum(file.rows for file in files if file.kind == kind) for kind in ("plays", "playlists")}
    tell(f"removing {len(files)} files with {rows['plays']:,} plays and {rows['playlists']:,} places of playlists")
    with instance_of(environment) as instance:
        _forget_runs(instance)
    _rewrite(environment.dagster_home)
    for table in (*LAKE_TABLES, *LAKE_PLACES):
        lake.drop(table)
    # A pool has copies of the lake's tables.
    warehouse.erase(*WAREHOUSE_TABLES, *WAREHOUSE_PLACES, *LAKE_TABLES, *LAKE_PLACES)
    objects = 0
    for stored in _objects(lake, alias, files, others):
        objects += lake.remove(stored)
    if others:
        report_landed(environment, others)
        rebuilt = environment.model_copy(update={"publish_tolerance": 1.0})  # that there are fewer plays is meant
        result = build(rebuilt, watch=watch)
        if not result.succeeded:
            raise RetryableError(
                f"all of {alias} is gone; what is left was not built: {'; '.join(result.failures.values())}"
            )
        objects += sum(lake.remove(stored) for stored in _older_versions(lake))
    else:
        lake.clear()
        for folder in (environment.warehouse_file.parent, environment.published_file.parent):
            shutil.rmtree(folder, ignore_errors=True)
    left = dict(_left(environment, alias, files, others))
    return Forgotten(alias, len(files), rows["plays"], rows["playlists"], objects, left)


def _forget_runs(instance: "dg.DagsterInstance") -> None:
    """Remove every run with its events. Raises `BusyError` where one has not ended."""
    import dagster as dg

    from spotify_platform.defs.landing.sensors import UNFINISHED

    if instance.get_runs(dg.RunsFilter(statuses=UNFINISHED), limit=1):
        raise BusyError("a run of Dagster has not ended; try again when it has")
    for record in instance.get_run_records():
        forget_run(instance, record.dagster_run.run_id)
    # Not instance.wipe(): it takes the slots of the pools away, for which the next run then waits for ever.
    instance.wipe_assets(instance.all_asset_keys())


def _rewrite(folder: Path) -> None:
    """Make SQLite's files anew of what they hold: it leaves the bytes of what was deleted where they were."""
    for file in folder.rglob("*.db"):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _older_versions(lake: Lake) -> list[Stored]:
    """Files of tables that no current version names."""
    from spotify_platform.defs.publishing.published import LAKE_TABLES as EVERY_TABLE

    return [found for key in EVERY_TABLE for found in lake.obsolete((key.path[0], key.path[1]), 0)]


def _objects(lake: Lake, alias: str, files: list[LandedFile], others: list[LandedFile]) -> Iterator[Stored]:
    """What lies in the raw layer of a listener, and of nobody else."""
    names = {name for file in files for name in file.object_names}
    names -= {name for file in others for name in file.object_names}
    for layer in LAYERS:
        for stored in lake.objects(layer):
            path = Path(stored.name)
            if path.name.partition(".")[0] in names or (layer == LISTENERS and path.parent.name == alias):
                yield stored


def _left(
    environment: Environment, alias: str, files: list[LandedFile], others: list[LandedFile]
) -> Iterator[tuple[str, int]]:
    """Where anything of the listener is found, and how much."""
    from spotify_platform.lake.reading import query

    lake = lake_of(environment)
    if found := len(list(_objects(lake, alias, files, others))):
        yield "raw", found
    for table in LAKE_TABLES:
        if lake.state(table) is not None:
            rows = query(lake, f"SELECT COUNT(*) FROM {'.'.join(table)} WHERE listener = '{alias}'", table)
            if rows[0][0]:
                yield ".".join(table), int(rows[0][0])
    warehouse = warehouse_of(environment)
    if others and warehouse.published() is not None:
        for table in WAREHOUSE_TABLES:
            name = warehouse.published_name(table)
            _, [(rows,)] = warehouse.select(f"SELECT COUNT(*) FROM {name} WHERE listener = '{alias}'")
            if rows:
                yield f"published {'.'.join(table)}", int(rows)
