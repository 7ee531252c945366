"""The code location without the popularity model, which takes longer to train than all the rest to build."""

from typing import Any

import dagster as dg

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


@dg.definitions
def defs() -> dg.Definitions:
    return without_model(build_definitions(Environment.load()))
