"""The code location without the popularity model, which takes longer to train than all the rest to build."""

import copy
from typing import Any

import dagster as dg

from spotify_platform import metadata
from spotify_platform.definitions import build_definitions
from spotify_platform.environment import Environment


def without_model(whole: dg.Definitions) -> dg.Definitions:
    def kept(definition: Any) -> bool:
        return not any(key.path[0] == "ml" for key in definition.keys)

    return dg.Definitions(
        assets=[asset for asset in whole.assets or () if isinstance(asset, dg.AssetsDefinition) and kept(asset)],
        asset_checks=[
            checks
            for checks in whole.asset_checks or ()
            if not any(k.asset_key.path[0] == "ml" for k in checks.check_keys)
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
    metadata.bar_chart = lambda title, rows: title  # as `worlds.undrawn`, in processes that do nothing else
    whole = without_model(build_definitions(Environment.load()))
    return dg.Definitions(
        assets=whole.assets,
        asset_checks=whole.asset_checks,
        jobs=whole.jobs,
        sensors=[impatient(sensor) for sensor in whole.sensors or ()],
        resources=whole.resources,
        executor=whole.executor,
    )
