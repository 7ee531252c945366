"""What the automation asks for when something upstream was built, evaluated without a daemon."""

import dagster as dg

from spotify_platform.definitions import build_definitions
from spotify_platform.environment import Environment
from spotify_platform.running import instance_of

TRACK_MONTH = dg.AssetKey(["marts", "track_region_month"])
TOP_CHARTS = dg.AssetKey(["marts", "top_charts"])
PUBLISHED = dg.AssetKey(["published", "warehouse"])
JANUARY = "2020-01-01"


class Automation:
    """Ticks of the automation over a world's own events."""

    def __init__(self, environment: Environment, instance: dg.DagsterInstance) -> None:
        self.definitions = build_definitions(environment)
        self.instance = instance
        self.cursor: dg.AutomationConditionEvaluationContext | None = None

    def requested(self) -> set[dg.AssetKey]:
        """The assets that the next tick asks for."""
        result = dg.evaluate_automation_conditions(
            self.definitions, self.instance, asset_selection=dg.AssetSelection.all(), cursor=self.cursor
        )
        self.cursor = result.cursor
        return {found.key for found in result.results if isinstance(found.key, dg.AssetKey) and found.true_subset.size}

    def built(self, key: dg.AssetKey, month: str | None = None, passed: bool = True) -> None:
        """The asset is materialized, and its checks pass or fail."""
        self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=month))
        for check in self.definitions.resolve_asset_graph().get_check_keys_for_assets({key}):
            self.instance.report_runless_asset_event(dg.AssetCheckEvaluation(key, check.name, passed=passed))


def test_nothing_is_asked_for_where_nothing_changed(copy_of_small_world: Environment) -> None:
    with instance_of(copy_of_small_world) as instance:
        automation = Automation(copy_of_small_world, instance)
        assert automation.requested() == set()
        assert automation.requested() == set()


def test_a_month_that_was_built_asks_for_what_derives_from_it(copy_of_small_world: Environment) -> None:
    with instance_of(copy_of_small_world) as instance:
        automation = Automation(copy_of_small_world, instance)
        automation.requested()
        automation.built(TRACK_MONTH, JANUARY)
        asked = automation.requested()
    assert TOP_CHARTS in asked
    assert dg.AssetKey(["marts", "popularity_by_region_month"]) in asked
    assert not any(key.path[0] == "raw" or key.path[-1] in ("charts", "fact_chart_entry") for key in asked)


def test_a_month_that_was_built_after_the_mart_but_before_the_next_tick_is_not_lost(
    copy_of_small_world: Environment,
) -> None:
    """A dropped file first rebuilds what reads its labels, marts included, and then its month."""
    with instance_of(copy_of_small_world) as instance:
        automation = Automation(copy_of_small_world, instance)
        automation.requested()
        automation.built(dg.AssetKey(["raw", "charts"]))
        for key in automation.requested():
            automation.built(key)
        automation.built(TRACK_MONTH, JANUARY)
        assert TOP_CHARTS in automation.requested()


def test_months_that_never_landed_are_no_reason_to_wait(copy_of_small_world: Environment) -> None:
    """Years of the monthly tables were never built; a build of one month is followed all the same."""
    with instance_of(copy_of_small_world) as instance:
        automation = Automation(copy_of_small_world, instance)
        partitions = automation.definitions.resolve_asset_graph().get(TRACK_MONTH).partitions_def
        assert partitions is not None
        built = instance.get_materialized_partitions(TRACK_MONTH)
        assert len(partitions.get_partition_keys()) - len(built) > 80
        automation.requested()
        automation.built(TRACK_MONTH, JANUARY)
        assert TOP_CHARTS in automation.requested()


def test_what_derives_from_a_table_whose_check_failed_waits_until_it_passes(copy_of_small_world: Environment) -> None:
    with instance_of(copy_of_small_world) as instance:
        automation = Automation(copy_of_small_world, instance)
        automation.requested()
        automation.built(TRACK_MONTH, JANUARY, passed=False)
        assert automation.requested() == set()
        automation.built(TRACK_MONTH, JANUARY)
        assert TOP_CHARTS in automation.requested()
