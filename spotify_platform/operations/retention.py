"""Retention: what nobody needs any more, and its removal.

Mark and sweep: first everything is named that a table, the published version or Dagster's record of what stands now
needs; what is left, and old enough, goes. Each thing is removed only if it is still what was looked at.
"""

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from spotify_platform.environment import Environment
from spotify_platform.errors import RetryableError
from spotify_platform.lake.interface import Lake, Stored, Table
from spotify_platform.landing.land import API
from spotify_platform.landing.manifest import LandedFile, current_files, iso, read_manifest, version_of
from spotify_platform.operations.incidents import latest_evaluations
from spotify_platform.resources import lake_of, warehouse_of

if TYPE_CHECKING:
    import dagster as dg

RECEIPTS = "removed"
"""Prefix of the receipts of what was removed."""
What = Literal["superseded file", "abandoned file", "expired answers", "old table file", "old run"]


@dataclass(frozen=True)
class Keep:
    """How long what nobody needs stays."""

    superseded: dt.timedelta
    versions: dt.timedelta
    runs: dt.timedelta
    answers: dt.timedelta = dt.timedelta(days=30)

    @classmethod
    def of(cls, environment: Environment) -> Self:
        days = (
            *(environment.keep_superseded_days, environment.keep_versions_days, environment.keep_runs_days),
            environment.keep_answers_days,
        )
        return cls(*(dt.timedelta(days=number) for number in days))


@dataclass(frozen=True)
class Removal:
    """One thing that may go: what it is, its name, bytes, and where it lies: an object of the lake, or a run."""

    what: What
    name: str
    bytes: int
    stored: Stored | None = None


@dataclass(frozen=True)
class Receipt:
    """What one clean-up removed, and when (ISO, UTC)."""

    at: str
    removed: Sequence[Removal]

    @property
    def bytes(self) -> int:
        return sum(removal.bytes for removal in self.removed)

    def totals(self) -> dict[str, tuple[int, int]]:
        """Things and bytes, by what they are."""
        counts, sizes = Counter(r.what for r in self.removed), Counter[str]()
        for removal in self.removed:
            sizes[removal.what] += removal.bytes
        return {what: (counts[what], sizes[what]) for what in sorted(counts)}

    def to_json(self) -> dict[str, Any]:
        lines = [{"what": r.what, "name": r.name, "bytes": r.bytes} for r in self.removed]
        return {"at": self.at, "bytes": self.bytes, "removed": lines}


def plan_of(environment: Environment, instance: "dg.DagsterInstance", now: dt.datetime) -> list[Removal]:
    """Everything of a world that may go now."""
    from spotify_platform.definitions import build_definitions
    from spotify_platform.defs.publishing.published import LAKE_TABLES

    tables = [(key.path[0], key.path[1]) for key in LAKE_TABLES]
    read = warehouse_of(environment).lake_files()
    checks = build_definitions(environment).resolve_asset_graph().asset_check_keys
    return plan(lake_of(environment), tables, read, instance, checks, Keep.of(environment), now)


def plan(
    lake: Lake,
    tables: Iterable[Table],
    read_by_others: set[str],
    instance: "dg.DagsterInstance",
    checks: Iterable["dg.AssetCheckKey"],
    keep: Keep,
    now: dt.datetime,
) -> list[Removal]:
    """Everything that may go now. `read_by_others` are names of table files that the published version reads."""
    return [
        *raw_removals(lake, keep, now),
        *table_removals(lake, tables, read_by_others, keep),
        *run_removals(instance, checks, keep, now),
    ]


def clean_up_now(environment: Environment, now: dt.datetime, *, dry_run: bool) -> Receipt:
    """Run the job that cleans up, which keeps others from the lake meanwhile; or say what it would remove.

    Raises `RetryableError` where the run failed.
    """
    from spotify_platform.running import instance_of, run_job

    if dry_run:
        with instance_of(environment) as instance:
            return Receipt(iso(now), plan_of(environment, instance, now))
    result = run_job(environment, "clean_up")
    if not result.succeeded:
        raise RetryableError(f"the clean-up failed: {'; '.join(result.failures.values())}")
    last = max(
        (data for _, data in lake_of(environment).read_jsons(RECEIPTS)), key=lambda data: str(data["at"]), default=None
    )
    if last is None or last["at"] < iso(now):
        return Receipt(iso(now), [])
    return Receipt(last["at"], [Removal(line["what"], line["name"], line["bytes"]) for line in last["removed"]])


def clean_up(lake: Lake, instance: "dg.DagsterInstance", removals: Iterable[Removal], now: dt.datetime) -> Receipt:
    """Remove what was planned, but for what changed since; the receipt is kept in the lake."""
    done = [removal for removal in removals if _remove(lake, instance, removal)]
    receipt = Receipt(iso(now), done)
    if done:
        lake.put_json_if_absent(f"{RECEIPTS}/{receipt.at}.json", receipt.to_json())
    return receipt


def _remove(lake: Lake, instance: "dg.DagsterInstance", removal: Removal) -> bool:
    if removal.stored:
        return lake.remove(removal.stored)
    forget_run(instance, removal.name)
    return True


def raw_removals(lake: Lake, keep: Keep, now: dt.datetime) -> list[Removal]:
    """Bytes and candidate rows of files that were superseded long ago, or that a killed run never recorded; and the
    bytes of answers of an API, of which their source's terms allow no more than the rows to be kept.

    The manifest's records stay: the same bytes land once, for ever.
    """
    stored = [*lake.objects("files"), *lake.objects("candidates")]
    landed = read_manifest(lake)  # after the objects: what was recorded meanwhile is known
    over = {file_id for file_id, since in superseded(landed).items() if since < iso(now - keep.superseded)}
    needed = {part for file in landed if file.file_id not in over for part in file.object_names}
    known = {part for file in landed for part in file.object_names}
    expired = {f.sha256 for f in landed if f.door == API and f.landed_at < iso(now - keep.answers)}
    abandoned = (now - keep.versions).timestamp()
    found: list[Removal] = []
    for thing in stored:
        stem = Path(thing.name).name.partition(".")[0]
        if stem in expired:
            found.append(Removal("expired answers", f"{thing.layer}/{thing.name}", thing.size, thing))
            continue
        if stem in needed or (stem not in known and thing.modified >= abandoned):
            continue
        what: What = "superseded file" if stem in known else "abandoned file"
        found.append(Removal(what, f"{thing.layer}/{thing.name}", thing.size, thing))
    return found


def superseded(landed: Iterable[LandedFile]) -> Mapping[str, str]:
    """The ids of files that count no more, and when (ISO) the first better version of them landed."""
    landed = list(landed)
    current = {file.file_id for file in current_files(landed)}
    return {
        old.file_id: min(
            file.landed_at for file in landed if file.identity == old.identity and version_of(file) > version_of(old)
        )
        for old in landed
        if old.file_id not in current
    }


def table_removals(lake: Lake, tables: Iterable[Table], read_by_others: set[str], keep: Keep) -> list[Removal]:
    """Files that no version of a Delta table named lately, but for those that the published version reads."""
    hours = int(keep.versions.total_seconds() // 3600)
    return [
        Removal("old table file", f"{thing.layer}/{thing.name}", thing.size, thing)
        for table in tables
        for thing in lake.obsolete(table, hours)
        if Path(thing.name).name not in read_by_others
    ]


def run_removals(
    instance: "dg.DagsterInstance", checks: Iterable["dg.AssetCheckKey"], keep: Keep, now: dt.datetime
) -> list[Removal]:
    """Runs that ended long ago and built nothing that still stands."""
    import dagster as dg

    status = dg.DagsterRunStatus
    ended = dg.RunsFilter(statuses=[status.SUCCESS, status.FAILURE, status.CANCELED], updated_before=now - keep.runs)
    old = [record.dagster_run.run_id for record in instance.get_run_records(ended)]
    needed = standing_runs(instance, checks) if old else set()
    return [Removal("old run", run_id, _bytes_of(instance, run_id)) for run_id in old if run_id not in needed]


def standing_runs(instance: "dg.DagsterInstance", checks: Iterable["dg.AssetCheckKey"]) -> set[str]:
    """Runs that made the last materialization of an asset or of one of its months, or evaluated a check last.

    To forget them would be to forget that the table is built: automation and `backfill` would build it again.
    """
    import dagster as dg

    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    found: set[str] = set()
    for key in instance.all_asset_keys():
        newest = instance.get_latest_materialization_event(key)
        found |= {newest.run_id} if newest else set()
        ids = list(instance.get_latest_storage_id_by_partition(key, kind).values())
        if ids:
            of_months = dg.AssetRecordsFilter(asset_key=key, storage_ids=ids)
            found |= {record.run_id for record in instance.fetch_materializations(of_months, limit=len(ids)).records}
    return found | {record.run_id for record in latest_evaluations(instance, checks).values()}


def forget_run(instance: "dg.DagsterInstance", run_id: str) -> None:
    """Delete a run, its events and its logs, and on this machine the files that Dagster leaves of them."""
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)
    for path in _local(instance, run_id):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _local(instance: "dg.DagsterInstance", run_id: str) -> list[Path]:
    """Files and folders of one run: its own SQLite database, and what its steps stored and said."""
    found = [Path(instance.storage_directory()) / run_id]
    storage: Any = instance.event_log_storage
    if hasattr(storage, "path_for_shard"):
        shard = Path(storage.path_for_shard(run_id))
        found += [shard, *(shard.with_name(f"{shard.name}-{end}") for end in ("wal", "shm"))]
    return [path for path in found if path.exists()]


def _bytes_of(instance: "dg.DagsterInstance", run_id: str) -> int:
    files = (part for path in _local(instance, run_id) for part in (path.rglob("*") if path.is_dir() else [path]))
    return sum(file.stat().st_size for file in files if file.is_file())
