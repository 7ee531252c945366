"""The code location without the popularity model, which takes longer to train than all the rest to build."""

import copy
from collections.abc import Callable
from typing import Any

import dagster as dg

from spotify_platform import metadata
from spotify_platform.definitions import build_definitions
from spotify_platform.environment import Environment


def without_model(whole: dg.Definitions) -> dg.Definitions:
    return without(whole, lambda key: key.path[0] == "ml")


MARTS_OF_A_DAY = {
    *("chart_run_month", "track_region_month", "track_month", "chart_day", "trend_summary"),
    *("track_chart_runs", "top_charts", "unique_songs"),
}
"""A mart of each kind: by month, of months alone, of names too. Each costs two steps of each of a day's runs."""


def of_a_day(whole: dg.Definitions) -> dg.Definitions:
    """What is built in fast time: the lake, the star schema, some of the marts."""
    others = without(whole, lambda key: key.path[0] == "marts" and key.path[1] not in MARTS_OF_A_DAY)
    return without_model(others)


def without(whole: dg.Definitions, is_left_out: Callable[[dg.AssetKey], bool]) -> dg.Definitions:
    """The definitions without some assets and their checks."""
    return dg.Definitions(
        assets=[
            asset
            for asset in whole.assets or ()
            if isinstance(asset, dg.AssetsDefinition) and not any(map(is_left_out, asset.keys))
        ],
        asset_checks=[
            checks
            for checks in whole.asset_checks or ()
            if not any(is_left_out(k.asset_key) for k in checks.check_keys)
        ],
        jobs=whole.jobs,
        sensors=whole.sensors,
        schedules=whole.schedules,
        resources=whole.resources,
        executor=whole.executor,
    )


IMPATIENT = {"inbox_sensor": 3, "upload_sensor": 5, "automation": 15}
"""Seconds between two looks, a fifth to a half of what they are. Fewer would cost more: each look may ask for a run."""


def impatient(sensor: Any) -> Any:
    """A sensor that looks oftener than it would: most of the time of a test would be waiting."""
    hurried = copy.copy(sensor)
    hurried._min_interval = IMPATIENT.get(sensor.name, sensor.minimum_interval_seconds)
    return hurried


@dg.definitions
def defs() -> dg.Definitions:
    metadata._picture = lambda ask, relation, plot: plot.title  # as `worlds.undrawn`, in processes that do nothing else
    whole = of_a_day(build_definitions(Environment.load()))
    return dg.Definitions(
        assets=whole.assets,
        asset_checks=whole.asset_checks,
        jobs=whole.jobs,
        sensors=[impatient(sensor) for sensor in whole.sensors or ()],
        resources=whole.resources,
        executor=whole.executor,
    )
