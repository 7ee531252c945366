"""What the person who has logged in played recently and hears most, asked for in time and landed like any file."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import dagster as dg

from spotify_platform.defs.jobs import land_listening
from spotify_platform.defs.tables import OWNERS
from spotify_platform.environment import Environment

if TYPE_CHECKING:
    from spotify_platform.sources.listener_tops import Lists

T = TypeVar("T")
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

    from spotify_platform.errors import PermanentError
    from spotify_platform.landing.land import API, Door, land
    from spotify_platform.landing.manifest import read_manifest
    from spotify_platform.metadata import landing_metadata, source_metadata
    from spotify_platform.resources import parsing_limits
    from spotify_platform.sources.names import SPOTIFY
    from spotify_platform.sources.probing import Tier
    from spotify_platform.sources.recent_plays import newest_play, write
    from spotify_platform.sources.spotify import RECENT_PLAYS

    listener, landed = environment.logged_in_listener, read_manifest(lake)
    after = newest_play(lake, landed, listener)
    answer = _asked(context, lambda: clients.listener().recently_played(after))
    if isinstance(answer, dg.AssetObservation):
        yield answer
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
        **source_metadata(clients, SPOTIFY, Tier.development_app),
        "status": outcome.status,
        "plays": plays,
        "plays_may_be_missing": may_lack,
        **since,
    }
    yield dg.MaterializeResult(metadata={**metadata, **landing_metadata([outcome.file])})


@dg.asset(
    key=["raw", "listener_tops"],
    group_name="history",
    owners=OWNERS,
    kinds={"json", "spotify"},
    output_required=False,
    description=(
        "The fifty tracks and artists that the person who has logged in hears most, by Spotify's reckoning of the last "
        "weeks, half a year and a year, a file a day; a later one of a day supersedes the earlier. Where there is no "
        "login, or nothing new, the asset is observed only, with the reason."
    ),
)
def listener_tops(
    context: dg.AssetExecutionContext,
    clients: dg.ResourceParam[Any],
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
) -> Any:
    import tempfile
    from pathlib import Path

    from spotify_platform.errors import PermanentError
    from spotify_platform.landing.land import API, Door, land
    from spotify_platform.landing.manifest import read_manifest
    from spotify_platform.lookups.subjects import ARTISTS, TRACKS
    from spotify_platform.lookups.told import land_told
    from spotify_platform.metadata import landing_metadata, source_metadata
    from spotify_platform.resources import parsing_limits
    from spotify_platform.sources.listener_tops import ask, told_whole, write
    from spotify_platform.sources.names import SPOTIFY
    from spotify_platform.sources.probing import Tier

    lists = _asked(context, lambda: ask(clients.listener()))
    if isinstance(lists, dg.AssetObservation):
        yield lists
        return
    if not any(lists.values()):
        yield _observed(context, "nothing is told")
        return
    today, limits, landed = dt.datetime.now(dt.UTC).date(), parsing_limits(environment), read_manifest(lake)
    door = Door(API, listener=environment.logged_in_listener, replace=True)  # what is on top now counts
    with tempfile.TemporaryDirectory(prefix="listener-tops-") as folder:
        [outcome] = land(lake, write(Path(folder), lists, today), door, limits, landed)
    if outcome.file is None:
        raise PermanentError(f"the top items were refused: {outcome.reason}")
    new = {}
    for kind, subject, item_type in (("catalog", TRACKS, "track"), ("artists", ARTISTS, "artist")):
        new[item_type] = land_told(lake, subject, told_whole(lists, item_type), today, limits, landed)
        if file := new[item_type]:
            context.log_event(dg.AssetMaterialization(["raw", kind], metadata=landing_metadata([file])))
    metadata = {
        **source_metadata(clients, SPOTIFY, Tier.development_app),
        "status": outcome.status,
        "lists": dg.MetadataValue.md(_by_list(lists)),
        **{f"new_{item_type}s": file.rows if file else 0 for item_type, file in new.items()},
    }
    if outcome.status == "already landed":
        yield dg.AssetObservation(context.asset_key, metadata=metadata)
    else:
        yield dg.MaterializeResult(metadata={**metadata, **landing_metadata([outcome.file])})


def _by_list(lists: "Lists") -> str:
    """How much is told of each list; what stands on it is nobody else's matter."""
    from spotify_platform.metadata import markdown

    return markdown(["items", "time range", "told"], [(*of, len(items)) for of, items in lists.items()])


def _asked(context: dg.AssetExecutionContext, ask: Callable[[], T]) -> T | dg.AssetObservation:
    """What the source answers, or what is to be said where it could not be asked."""
    from spotify_platform.errors import DeferredError, MissingAbilityError

    try:
        return ask()
    except MissingAbilityError as missing:
        context.log.warning(f"unavailable: {missing}")
        return _observed(context, "unavailable", reason=str(missing))
    except DeferredError as deferred:
        reason = f"{deferred.source} wants to be left alone until then"
        return _observed(context, "deferred", reason=reason, resume_at=deferred.resume_at.isoformat())


def _observed(context: dg.AssetExecutionContext, status: str, **more: str) -> dg.AssetObservation:
    """What a run says that landed nothing."""
    from spotify_platform.sources.probing import Tier

    tier = int(Tier.development_app)
    return dg.AssetObservation(context.asset_key, metadata={"tier": tier, "status": status, **more})


@dg.schedule(
    job=land_listening,
    cron_schedule="7,32,57 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Asks what was played recently at least every 25 minutes, in which nobody plays more than the 50 tracks of 30 "
        "seconds that Spotify remembers. Skips, saying why, where nobody has logged in, and the sample world."
    ),
)
def recent_plays_schedule(environment: dg.ResourceParam[Environment]) -> Any:
    return _requested(environment, "recent_plays")


@dg.schedule(
    job=land_listening,
    cron_schedule="53 5 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Asks once a day what the listener hears most. Skips, saying why, where nobody has logged in, and the sample world."
    ),
)
def listener_tops_schedule(environment: dg.ResourceParam[Environment]) -> Any:
    return _requested(environment, "listener_tops")


def _requested(environment: Environment, asset: str) -> dg.RunRequest | dg.SkipReason:
    """A run of this asset alone, if there is anybody to ask about."""
    from spotify_platform.errors import MissingAbilityError
    from spotify_platform.resources import clients_of

    if environment.active_world == "sample":
        return dg.SkipReason("the sample world asks when it is told to: spotify-platform ask --world sample")
    try:
        clients_of(environment).listener()
    except MissingAbilityError as why:
        return dg.SkipReason(str(why))
    return dg.RunRequest(asset_selection=[dg.AssetKey(["raw", asset])])


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
