"""What the person who has logged in played recently, asked for before Spotify forgets it and landed like any file."""

import datetime as dt
from typing import Any

import dagster as dg

from spotify_platform.defs.jobs import land_recent_plays
from spotify_platform.defs.tables import OWNERS
from spotify_platform.environment import Environment

POOL = "recent_plays"
"""One run at a time asks, so that none asks for what another is landing."""


@dg.asset(  # type: ignore[untyped-decorator]
    key=["raw", "recent_plays"],
    group_name="history",
    owners=OWNERS,
    kinds={"json", "spotify"},
    pool=POOL,
    output_required=False,
    description=(
        "Plays since the newest one that landed, 50 at most, as Spotify tells them of the person who has logged in. "
        "Where there is no login, or nothing new, the asset is observed only, with the reason."
    ),
)
def recent_plays(
    context: dg.AssetExecutionContext,
    clients: dg.ResourceParam[Any],
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
) -> Any:
    import tempfile
    from pathlib import Path

    from spotify_platform.errors import DeferredError, MissingAbilityError, PermanentError
    from spotify_platform.landing.land import API, Door, land
    from spotify_platform.landing.manifest import read_manifest
    from spotify_platform.metadata import landing_metadata
    from spotify_platform.resources import parsing_limits
    from spotify_platform.sources.probing import Tier
    from spotify_platform.sources.recent_plays import newest_play, write
    from spotify_platform.sources.spotify import RECENT_PLAYS

    listener, landed = environment.logged_in_listener, read_manifest(lake)
    after = newest_play(lake, landed, listener)
    try:
        answer = clients.listener().recently_played(after)
    except MissingAbilityError as missing:
        context.log.warning(f"unavailable: {missing}")
        yield _observed(context, "unavailable", reason=str(missing))
        return
    except DeferredError as deferred:
        yield _observed(context, "deferred", reason=str(deferred), resume_at=deferred.resume_at.isoformat())
        return
    plays = len(answer["items"])
    since = {"after": after.isoformat()} if after else {}
    if not plays:
        yield _observed(context, "nothing new", **since)
        return
    with tempfile.TemporaryDirectory(prefix="recent-plays-") as folder:
        path = write(Path(folder), answer, dt.datetime.now(dt.UTC))
        [outcome] = land(lake, path, Door(API, listener=listener), parsing_limits(environment), landed)
    if outcome.file is None:
        raise PermanentError(f"the answer was refused: {outcome.reason}")
    context.log_event(dg.AssetMaterialization(["raw", "plays"], metadata=landing_metadata([outcome.file])))
    may_lack = after is not None and plays >= RECENT_PLAYS
    if may_lack:
        context.log.warning(
            f"all {plays} plays are new: those before them may be missing; see cleandata.listening_gaps"
        )
    metadata = {
        "tier": int(Tier.development_app),
        "status": outcome.status,
        "plays": plays,
        "plays_may_be_missing": may_lack,
        **since,
    }
    yield dg.MaterializeResult(metadata={**metadata, **landing_metadata([outcome.file])})


def _observed(context: dg.AssetExecutionContext, status: str, **more: str) -> dg.AssetObservation:
    """What a run says that landed nothing."""
    return dg.AssetObservation(context.asset_key, metadata={"status": status, **more})


@dg.schedule(
    job=land_recent_plays,
    cron_schedule="7,32,57 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Asks what was played recently at least every 25 minutes, in which nobody plays more than the 50 tracks of 30 "
        "seconds that Spotify remembers. Skips, saying why, where nobody has logged in, and the sample world."
    ),
)
def recent_plays_schedule(environment: dg.ResourceParam[Environment]) -> Any:
    from spotify_platform.errors import MissingAbilityError
    from spotify_platform.resources import clients_of

    if environment.active_world == "sample":
        return dg.SkipReason("the sample world asks when it is told to: spotify-platform ask --world sample")
    try:
        clients_of(environment).listener()
    except MissingAbilityError as why:
        return dg.SkipReason(str(why))
    return dg.RunRequest()


@dg.asset_check(
    asset=["cleandata", "listening_gaps"],
    name="no_plays_may_be_missing",
    description="Every time of which Spotify may have forgotten plays is covered by an export.",
)
def no_plays_may_be_missing(lake: dg.ResourceParam[Any]) -> dg.AssetCheckResult:
    from spotify_platform.lake.reading import query
    from spotify_platform.metadata import markdown

    table = ("cleandata", "listening_gaps")
    sql = "SELECT listener, begins_at, ends_at FROM cleandata.listening_gaps WHERE NOT is_closed ORDER BY ALL"
    gaps = query(lake, sql, table)
    told = markdown(["listener", "from", "to"], gaps[-50:])
    return dg.AssetCheckResult(
        passed=not gaps,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"open_gaps": len(gaps), "gaps": dg.MetadataValue.md(told)},
        description="An extended streaming history that covers these times closes them." if gaps else None,
    )
