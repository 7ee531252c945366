"""Backfill: what is missing or stale, or what a person asks for, as few runs of contiguous months."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError
from spotify_platform.landing.manifest import (
    LandedFile,
    Receipt,
    landed_months,
    read_manifest,
    read_receipts,
    without_receipt,
)
from spotify_platform.landing.pending import EMPTY_MONTH, touched_months
from spotify_platform.months import MonthRange, contiguous
from spotify_platform.resources import lake_of
from spotify_platform.running import Part, RunResult, Watcher, chosen, plan_now, run_parts, split

if TYPE_CHECKING:
    import dagster as dg


CODE_VERSION = "dagster/code_version"
"""Dagster's tag of a materialization."""


@dataclass(frozen=True)
class Outdated:
    """What is missing or stale: months (yyyymm) of the tables that have some, and the other tables."""

    months: "Mapping[dg.AssetKey, frozenset[int]]"
    others: "frozenset[dg.AssetKey]"

    @property
    def ranges(self) -> list[MonthRange]:
        return contiguous(month for months in self.months.values() for month in months)


def backfill(
    environment: Environment,
    months: str | None = None,
    selection: str | None = None,
    *,
    watch: Watcher = lambda progress: None,
    begin: Callable[[Part], None] = lambda part: None,
    dry_run: bool = False,
) -> RunResult:
    """Build what is asked for, or else what is missing or stale; `begin` is told of each run.

    Raises `ConfigurationError` for months or a selection that mean nothing, and where nothing has landed.
    """
    lake = lake_of(environment)
    landed = read_manifest(lake)
    if not landed:
        raise ConfigurationError(
            f"nothing has landed in the world {environment.active_world!r} yet; start with: upload FILE"
        )
    asked = MonthRange.parse(months) if months else None

    def parts(graph: Any, instance: "dg.DagsterInstance") -> list[Part]:
        if asked or selection:
            return plan_asked(graph, landed, asked, selection)
        return plan_outdated(outdated(instance, graph, landed, read_receipts(lake)))

    if dry_run:
        for part in plan_now(environment, parts):
            begin(part)
        return RunResult()
    return run_parts(environment, parts, watch, begin)


def outdated(
    instance: "dg.DagsterInstance", graph: Any, landed: Sequence[LandedFile], receipts: Iterable[Receipt]
) -> Outdated:
    """What was never built, was built by other code or before something upstream of it was, or lacks a landed file.

    A month of a table is older than a month of another, never than a table without months.
    """
    buildable = _buildable(graph)
    waiting = without_receipt(landed, receipts)
    touched = set(touched_months(waiting, landed))
    wanted = landed_months(landed) or list(EMPTY_MONTH)
    records = _last_built(instance, graph.get_all_asset_keys())
    built = {key: number for key, (number, _) in records.items()}
    by_month = {key: _months_built(instance, key) for key in buildable if graph.get(key).is_partitioned}
    code = {key: graph.get(key).code_version for key in buildable}
    months: dict[dg.AssetKey, frozenset[int]] = {}
    others = {key for key in graph.get_all_asset_keys() if key.path in [["raw", file.kind] for file in waiting]}
    for key in (key for level in graph.toposorted_asset_keys_by_level for key in level if key in buildable):
        parents = graph.get(key).parent_keys
        if key in by_month:
            mine, above = by_month[key], [by_month[parent] for parent in parents if parent in by_month]
            otherwise = _months_of_other_code(instance, key, mine, code[key])
            old = {
                month
                for month in wanted
                if month not in mine
                or month in touched | otherwise
                or any(ids.get(month, 0) > mine[month] for ids in above)
            }
            months[key] = frozenset(old.union(*(months[parent] for parent in parents if parent in by_month)))
        elif (
            key not in built
            or _is_other_code(records[key][1], code[key])
            or any(built.get(parent, 0) > built[key] for parent in parents)
            or any(parent in others or months.get(parent) for parent in parents)
        ):
            others.add(key)
    return Outdated({key: found for key, found in months.items() if found}, frozenset(others & buildable))


def plan_outdated(old: Outdated) -> list[Part]:
    """The fewest runs after which nothing is missing or stale."""
    if len(old.ranges) == 1:
        return [Part(old.others | frozenset(old.months), old.ranges[0])]
    parts = [
        Part(frozenset(key for key, months in old.months.items() if months & set(range_)), range_)
        for range_ in old.ranges
    ]
    return [*parts, Part(old.others, None)] if old.others else parts


def plan_asked(
    graph: Any, landed: Sequence[LandedFile], months: MonthRange | None, selection: str | None
) -> list[Part]:
    """The runs that build what is asked for, whatever its state.

    Without `months` they are all that landed; without `selection` it is every table that has months, and what
    derives from them. Raises `ConfigurationError` where that is nothing.
    """
    wanted = [month for month in landed_months(landed) if months is None or months.first <= month <= months.last]
    if months and not wanted:
        raise ConfigurationError("no landed chart file has rows in those months")
    return split(graph, chosen(selection, graph) if selection else _of_months(graph), contiguous(wanted or EMPTY_MONTH))


def _of_months(graph: Any) -> "set[dg.AssetKey]":
    """The tables that have months, and what derives from them."""
    buildable = _buildable(graph)
    monthly = {key for key in buildable if graph.get(key).is_partitioned}
    return {key for key in buildable if key in monthly or graph.get_ancestor_asset_keys(key) & monthly}


def _buildable(graph: Any) -> "set[dg.AssetKey]":
    from spotify_platform.defs.jobs import NOT_BUILT

    return set(graph.materializable_asset_keys) - NOT_BUILT.resolve(graph)


def _last_built(
    instance: "dg.DagsterInstance", keys: "Iterable[dg.AssetKey]"
) -> "dict[dg.AssetKey, tuple[int, str | None]]":
    """The last materialization of each asset that has one: its number, later ones are greater, and its code version."""
    found = {}
    for record in instance.get_asset_records(list(keys)):
        entry = record.asset_entry
        if entry.last_materialization_storage_id is not None and entry.last_materialization is not None:
            version = _code_version(entry.last_materialization.asset_materialization)
            found[entry.asset_key] = (entry.last_materialization_storage_id, version)
    return found


def _is_other_code(version: str | None, now: str | None) -> bool:
    """Whether a table was built by other code than its asset has now; what somebody else reports names none."""
    return None not in (version, now) and version != now


def _months_of_other_code(
    instance: "dg.DagsterInstance", key: "dg.AssetKey", built: Mapping[int, int], now: str | None
) -> set[int]:
    """The months that were last built by other code; `built` has their numbers.

    Code is upgraded: all before the first that this code built. To read what is told of each would be slow.
    """
    import dagster as dg

    def is_of_this_code(month: int) -> bool:
        number = dg.AssetRecordsFilter(asset_key=key, storage_ids=[built[month]])
        records = instance.fetch_materializations(number, limit=1).records
        return not any(_is_other_code(_code_version(record.asset_materialization), now) for record in records)

    months = sorted(built, key=built.__getitem__)
    if not months or is_of_this_code(months[0]):
        return set()
    return set(months[: bisect_left(months, True, key=is_of_this_code)])


def _code_version(event: "dg.AssetMaterialization | None") -> str | None:
    return (event.tags or {}).get(CODE_VERSION) if event else None


def _months_built(instance: "dg.DagsterInstance", key: "dg.AssetKey") -> dict[int, int]:
    """By month, the number of its last materialization."""
    import dagster as dg

    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    built = instance.get_latest_storage_id_by_partition(key, kind)
    return {MonthRange.of_keys(day, day).first: number for day, number in built.items()}
