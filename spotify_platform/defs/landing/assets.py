"""What has landed: raw files by kind, and the receipts that say what became of their rows."""

import datetime as dt
from typing import Any

import dagster as dg

from spotify_platform.defs.tables import FOLLOW, OWNERS
from spotify_platform.environment import Environment
from spotify_platform.landing.accounting import ACCOUNTS
from spotify_platform.landing.format import Kind
from spotify_platform.metadata import landing_metadata

KINDS: dict[Kind, str] = {
    "charts": "Chart files as they landed: bytes kept by their hash, parsed once to candidate rows.",
    "catalog": "Track catalogues as they landed: bytes kept by their hash, parsed once to candidate rows.",
    "playlists": "Playlists as they landed: bytes kept by their hash, parsed once to candidate rows.",
    "artists": "What sources answer of artists, as it landed: bytes kept by their hash, parsed once to candidate rows.",
    "albums": "What sources answer of albums, as it landed: bytes kept by their hash, parsed once to candidate rows.",
    "plays": "Listening histories as they landed, without what is personal in them: parsed once to candidate rows.",
}
GROUPS = {"plays": "history", "artists": "catalog", "albums": "catalog"}
STALE = dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(days=15), warn_window=dt.timedelta(days=8))
"""Weekly charts come every seven days; a day late is no alarm, a week that is missing is one."""


class InboxConfig(dg.Config):
    """Which files of the inbox to land; none means all that wait."""

    names: list[str] = []


@dg.multi_asset(
    name="land_inbox",
    specs=[
        dg.AssetSpec(
            dg.AssetKey(["raw", kind]),
            description=description,
            group_name=GROUPS.get(kind, kind),
            owners=OWNERS,
            kinds={"csv"},
            skippable=True,
            freshness_policy=STALE if kind == "charts" else None,
        )
        for kind, description in KINDS.items()
    ],
)
def land_inbox(
    context: dg.AssetExecutionContext,
    config: InboxConfig,
    lake: dg.ResourceParam[Any],
    inbox: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
) -> Any:
    """Land what waits in the inbox. A kind of which nothing landed is not materialized."""
    from spotify_platform.landing.inbox import land_waiting
    from spotify_platform.resources import parsing_limits

    names = config.names or [file.name for file in inbox.listing()]
    outcomes = land_waiting(lake, inbox, names, parsing_limits(environment))
    for outcome in outcomes:
        context.log.info(f"{outcome.name}: {outcome.status} {outcome.reason}".rstrip())
    files = [o.file for o in outcomes if o.file and o.status in ("landed", "superseding")]
    for kind in dict.fromkeys(kind for file in files for kind in file.kinds):
        landed = [file for file in files if kind in file.kinds]
        if kind in KINDS:
            yield dg.MaterializeResult(asset_key=["raw", kind], metadata=landing_metadata(landed))
        else:  # the asset that asks for it is another one
            context.log_event(dg.AssetMaterialization(["raw", kind], metadata=landing_metadata(landed)))


@dg.asset(
    key=["raw", "kaggle_charts"],
    group_name="charts",
    owners=OWNERS,
    kinds={"csv", "kaggle"},
    output_required=False,
    description=(
        "Kaggle spotify-charts, 26 million rows: the pinned version, or the newest, landed like any file. "
        "A version that has landed is not fetched again, and the asset is then observed only."
    ),
)
def kaggle_charts(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
) -> Any:
    from spotify_platform.errors import MissingAbilityError, PermanentError
    from spotify_platform.landing.land import Door, land
    from spotify_platform.resources import kaggle_in, parsing_limits
    from spotify_platform.sources.kaggle import Dataset, fetch, landed_as, record_landed, resolved

    try:
        with kaggle_in(environment):
            dataset = resolved(Dataset.parse(environment.kaggle_charts))
            if landed_as(lake, dataset):
                context.log.info(f"{dataset} has landed already")
                told = {"version": str(dataset), "status": "already landed"}
                yield dg.AssetObservation(context.asset_key, metadata=told)
                return
            door = Door("kaggle", handle=dataset.name)
            [outcome] = land(lake, fetch(str(dataset)), door, parsing_limits(environment))
    except MissingAbilityError as missing:
        context.log.warning(f"unavailable: {missing}")
        yield dg.AssetObservation(context.asset_key, metadata={"status": "unavailable", "needs": str(missing)})
        return
    if outcome.file is None:
        raise PermanentError(f"{dataset} was refused: {outcome.reason}")
    if outcome.status != "already landed":
        context.log_event(dg.AssetMaterialization(["raw", "charts"], metadata=landing_metadata([outcome.file])))
    record_landed(lake, dataset, outcome.file.file_id)
    yield dg.MaterializeResult(
        metadata={"version": str(dataset), "status": outcome.status, **landing_metadata([outcome.file])}
    )


@dg.asset(
    key=["raw", "receipts"],
    deps=[
        *(["cleandata", table] for _, table in ACCOUNTS.values()),
        ["cleandata", "rejects"],
    ],
    group_name="landing",
    owners=OWNERS,
    kinds={"json"},
    description="What became of the rows of every landed file, written once when they were first built.",
    automation_condition=FOLLOW,
)
def receipts(context: dg.AssetExecutionContext, lake: dg.ResourceParam[Any]) -> dg.MaterializeResult[None]:
    from spotify_platform.landing.accounting import write_receipts

    written = write_receipts(lake)
    counts = ("rows_read", "loaded", "duplicate", "skipped", "rejected")
    total = {name: sum(getattr(receipt, name) for receipt in written) for name in counts}
    return dg.MaterializeResult(metadata={"new_receipts": len(written), **total})
