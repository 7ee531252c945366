"""The sensor that tells of incidents. Thin: what is wrong, and what is new of it, is decided by pure functions.

Dagster's run failure sensor is not used: it moves on even where telling failed, it tells a failure again whenever
the same run is tried again, and it knows of no check.
"""

import datetime as dt
import json

import dagster as dg

from spotify_platform.environment import Environment


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Tells once of every failed run, failed check, stale source and ended login: in the log, and by webhook and mail where "
        "SPOTIFY_PLATFORM_ALERT_WEBHOOK and _ALERT_MAIL_TO say so. A channel that fails is tried again."
    ),
)
def alert_sensor(context: dg.SensorEvaluationContext, environment: dg.ResourceParam[Environment]) -> dg.SkipReason:
    from spotify_platform.operations.alerts import channels_of, tell
    from spotify_platform.operations.incidents import open_incidents

    assert context.repository_def is not None
    graph = context.repository_def.asset_graph
    incidents = open_incidents(context.instance, graph, environment, dt.datetime.now(dt.UTC))
    told = json.loads(context.cursor) if context.cursor else {}
    outcome = tell(incidents, told, channels_of(environment))
    context.update_cursor(json.dumps(outcome.told))
    for channel, why in outcome.failed.items():
        context.log.error(f"{channel}: {why}; tried again at the next look")
    failures = "".join(f"; {channel} failed: {why}" for channel, why in outcome.failed.items())
    return dg.SkipReason(f"{len(incidents)} incidents are open, {len(outcome.new)} of them new{failures}")
