"""Schedules: sources that somebody else renews are looked at once a day."""

from typing import Any

import dagster as dg

from spotify_platform.defs.jobs import land_kaggle_charts
from spotify_platform.environment import Environment


@dg.schedule(
    job=land_kaggle_charts,
    cron_schedule="17 5 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Looks once a day for a version of the Kaggle dataset that has not landed, and lands it. Skips, saying why, "
        "until SPOTIFY_PLATFORM_KAGGLE_CHARTS names a dataset, and for good once a pinned version has landed."
    ),
)
def kaggle_schedule(
    context: dg.ScheduleEvaluationContext, lake: dg.ResourceParam[Any], environment: dg.ResourceParam[Environment]
) -> Any:
    from spotify_platform.sources.kaggle import Dataset, landed_as

    if not environment.follows_kaggle:
        return dg.SkipReason("no Kaggle dataset is named for this world; set SPOTIFY_PLATFORM_KAGGLE_CHARTS")
    dataset = Dataset.parse(environment.kaggle_charts)
    if dataset.version and landed_as(lake, dataset):
        return dg.SkipReason(f"{dataset} is pinned and has landed")
    return dg.RunRequest()
