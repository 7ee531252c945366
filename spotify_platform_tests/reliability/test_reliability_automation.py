"""What the automation asks for when something upstream was built, evaluated without a daemon."""

import uuid
from collections.abc import Collection, Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.definitions.automation_tick_evaluation_context import build_run_requests
from dagster._core.definitions.declarative_automation.automation_condition_tester import (
    EvaluateAutomationConditionsResult,
)
from dagster._core.events import StepMaterializationData

from spotify_platform.definitions import build_definitions
from spotify_platform.environment import Environment
from spotify_platform.metadata import CONTRACT_CHECK
from spotify_platform.running import instance_of
from spotify_platform_tests.reliability.worlds import upgrade

JANUARY = "2020-01-01"
LANDED = {JANUARY, "2020-02-01"}
MONTH_OF_TRACKS = "marts/track_region_month"
READERS = {"marts/top_charts", "marts/popularity_by_region_month", "marts/release_recency"}
"""What reads the months of tracks, without having months itself."""

MODEL = [f"ml/popularity_{name}" for name in ("features", "model", "evaluation", "predictions")]


class Automation:
    """Ticks of the automation over a world's own events."""

    def __init__(self, environment: Environment, instance: dg.DagsterInstance) -> None:
        self.definitions = build_definitions(environment)
        self.graph = self.definitions.resolve_asset_graph()
        self.instance = instance
        self.cursor: Any = None

    def tick(self) -> EvaluateAutomationConditionsResult:
        result = dg.evaluate_automation_conditions(
            self.definitions, self.instance, asset_selection=dg.AssetSelection.all(), cursor=self.cursor
        )
        self.cursor = result.cursor
        return result

    def requested(self) -> set[str]:
        """The assets that the next tick asks for."""
        found = {result.key for result in self.tick().results if result.true_subset.size}
        return {key.to_user_string() for key in found if isinstance(key, dg.AssetKey)}

    def runs(self) -> Iterator[dg.JobDefinition]:
        """The runs that the daemon would start after the next tick."""
        requested = self.tick()._requested_subsets
        whole = self.definitions.resolve_implicit_global_asset_job_def()
        for run in build_run_requests(list(requested), self.graph, run_tags={}, emit_backfills=False):
            checks = set(run.asset_check_keys) if run.asset_check_keys else None
            yield whole.get_subset(asset_selection=set(run.asset_selection or ()), asset_check_selection=checks)

    def built(self, *names: str, month: str | None = None, broken: Collection[str] = ()) -> None:
        """One run materializes the assets, dependencies first; their checks pass, except for those of `broken`."""
        keys = {dg.AssetKey(name.split("/")) for name in names}
        run = dg.DagsterRun("built", run_id=str(uuid.uuid4()), asset_selection=frozenset(keys))
        self.instance.add_run(run.with_status(dg.DagsterRunStatus.SUCCESS))
        for key in (key for level in self.graph.toposorted_asset_keys_by_level for key in level if key in keys):
            data = StepMaterializationData(dg.AssetMaterialization(key, partition=month))
            event = dg.DagsterEvent(dg.DagsterEventType.ASSET_MATERIALIZATION.value, "built", event_specific_data=data)
            self.instance.report_dagster_event(event, run.run_id)
            [record] = self.instance.fetch_materializations(key, limit=1).records
            target = AssetCheckEvaluationTargetMaterializationData(
                storage_id=record.storage_id, run_id=run.run_id, timestamp=record.timestamp
            )
            for check in self.graph.get_check_keys_for_assets({key}):
                passed = key.to_user_string() not in broken
                self.instance.report_runless_asset_event(
                    AssetCheckEvaluation(
                        asset_key=key,
                        check_name=check.name,
                        passed=passed,
                        metadata={},
                        target_materialization_data=target,
                    )
                )


@pytest.fixture
def automation(copy_of_small_world: Environment) -> Iterator[Automation]:
    """The automation of the small world, after its first tick; the model's tables count as built."""
    with instance_of(copy_of_small_world) as instance:
        automation = Automation(copy_of_small_world, instance)
        automation.built(*MODEL)
        automation.built("published/warehouse")
        automation.requested()
        yield automation


def test_nothing_is_asked_for_where_nothing_changed(automation: Automation) -> None:
    assert automation.requested() == set()


def test_a_month_that_was_built_asks_for_what_derives_from_it_and_months_that_never_landed_do_not_matter(
    automation: Automation,
) -> None:
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    months = automation.instance.get_latest_storage_id_by_partition(dg.AssetKey(MONTH_OF_TRACKS.split("/")), kind)
    assert months.keys() == LANDED
    automation.built(MONTH_OF_TRACKS, month=JANUARY)
    asked = automation.requested()
    assert asked == {*READERS, "published/warehouse"}
    automation.built(*asked)
    assert automation.requested() == set()


def test_a_table_that_would_be_another_now_is_asked_for_once(
    automation: Automation, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(monkeypatch, "marts/top_charts")
    asked = automation.requested()
    assert asked == {"marts/top_charts", "published/warehouse"}
    automation.built(*asked)
    assert automation.requested() == set()


def test_a_landed_catalogue_asks_for_no_month(automation: Automation) -> None:
    automation.built("raw/catalog")
    asked = automation.requested()
    assert {"cleandata/tracks", "warehouse/dim_track", "marts/top_charts", "published/warehouse"} <= asked
    partitioned = {name for name in asked if automation.graph.get(dg.AssetKey(name.split("/"))).is_partitioned}
    assert partitioned == set()
    automation.built(*asked)
    assert automation.requested() == set()


def test_a_run_that_is_asked_for_runs_every_check_of_its_tables(automation: Automation) -> None:
    """A table whose own step answers one of its checks would be built without the others, and nobody would be told."""
    automation.built("raw/charts", "raw/catalog", "raw/playlists")
    runs = [run.asset_layer for run in automation.runs()]
    built = {key for run in runs for key in run.executable_asset_keys}
    assert {dg.AssetKey(["warehouse", "fact_track_popularity"]), dg.AssetKey(["cleandata", "tracks"])} <= built
    for run in runs:
        owed = automation.graph.get_check_keys_for_assets(run.executable_asset_keys)
        assert {check.name for check in owed} > {CONTRACT_CHECK}
        assert set(run.asset_graph.asset_check_keys) == owed


def test_nothing_is_asked_for_while_a_blocking_check_fails(automation: Automation) -> None:
    automation.built(MONTH_OF_TRACKS, month=JANUARY, broken=[MONTH_OF_TRACKS])
    assert automation.requested() == set()
    automation.built(MONTH_OF_TRACKS, month=JANUARY)
    assert automation.requested() == {*READERS, "published/warehouse"}


def test_what_was_asked_for_and_failed_is_asked_for_again_when_something_is_new(automation: Automation) -> None:
    automation.built(MONTH_OF_TRACKS, month=JANUARY)
    assert automation.requested() >= READERS
    assert [automation.requested() for _ in range(2)] == [set(), set()]
    automation.built(MONTH_OF_TRACKS, month=JANUARY)
    assert automation.requested() >= READERS


@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="an update counts whichever of the two was built first between two ticks"
)
def test_what_was_built_after_its_dependencies_is_not_asked_for(automation: Automation) -> None:
    """A person runs all of it by hand, in two runs between two ticks."""
    automation.built(MONTH_OF_TRACKS, month=JANUARY)
    automation.built(*READERS, "published/warehouse")
    assert automation.requested() == set()


def test_a_month_that_was_built_after_the_mart_but_before_the_next_tick_is_not_lost(automation: Automation) -> None:
    """A dropped file first rebuilds what reads its labels, marts included, and then its month."""
    automation.built("raw/charts")
    asked = automation.requested()
    assert asked >= READERS
    automation.built(*asked)
    automation.built(MONTH_OF_TRACKS, month=JANUARY)
    assert automation.requested() == {*READERS, "published/warehouse"}
    assert automation.requested() == set()
