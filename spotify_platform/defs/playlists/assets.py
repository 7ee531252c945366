"""Playlists as Spotify's Web API tells them, asked for every eight hours and landed like any file."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import dagster as dg

from spotify_platform.defs.jobs import land_playlists
from spotify_platform.defs.tables import OWNERS
from spotify_platform.environment import Environment
from spotify_platform.metadata import landing_metadata, markdown, source_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spotify_platform.landing.land import Outcome
    from spotify_platform.sources.playlists import Round


@dg.asset(
    key=["raw", "playlist_snapshots"],
    group_name="playlists",
    owners=OWNERS,
    kinds={"json", "spotify"},
    output_required=False,
    description=(
        "The playlists that SPOTIFY_PLATFORM_PLAYLISTS and SPOTIFY_PLATFORM_TOP_PLAYLISTS name and those of the listener "
        "who has logged in, a file for each playlist and day; a later one of a day supersedes the earlier. What this app "
        "may not see is told, and loses no other. Where there is no app, or nothing new, the asset is observed only, with "
        "the reason."
    ),
)
def playlist_snapshots(
    context: dg.AssetExecutionContext,
    clients: dg.ResourceParam[Any],
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
) -> Any:
    import tempfile
    from pathlib import Path

    from spotify_platform.errors import MissingAbilityError, ReconnectError
    from spotify_platform.landing.land import API, Door, land
    from spotify_platform.landing.manifest import read_manifest
    from spotify_platform.lookups.subjects import TRACKS
    from spotify_platform.lookups.told import land_told
    from spotify_platform.resources import parsing_limits
    from spotify_platform.sources.names import SPOTIFY
    from spotify_platform.sources.playlists import ask, write
    from spotify_platform.sources.probing import Tier

    try:
        told = ask(clients, environment.named_playlists)
    except MissingAbilityError as why:
        context.log.warning(f"unavailable: {why}")
        yield dg.AssetObservation(context.asset_key, metadata={"status": "unavailable", "reason": str(why)})
        return
    for id, error in told.failed.items():
        context.log.warning(f"{id}: {error}")
    if told.outage:
        raise told.outage
    today, limits = dt.datetime.now(dt.UTC).date(), parsing_limits(environment)
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="playlists-") as folder:
        manifest = read_manifest(lake)
        for id, seen in told.playlists.items():
            # What a playlist is now counts, even where it has become shorter.
            [outcomes[id]] = land(lake, write(Path(folder), seen, today), Door(API, replace=True), limits, manifest)
    landed = [o.file for o in outcomes.values() if o.file and o.status in ("landed", "superseding")]
    if landed:
        context.log_event(dg.AssetMaterialization(["raw", "playlists"], metadata=landing_metadata(landed)))
    found = {id: track for playlist in told.playlists.values() for id, track in playlist.tracks.items()}
    tracks = land_told(lake, TRACKS, found, today, limits, manifest)
    if tracks:
        context.log_event(dg.AssetMaterialization(["raw", "catalog"], metadata=landing_metadata([tracks])))
    if isinstance(told.ended, ReconnectError):
        raise told.ended
    metadata = {
        **source_metadata(clients, SPOTIFY, Tier.development_app),
        **_status(told),
        "playlists": dg.MetadataValue.md(_by_playlist(told, outcomes)),
        "new_tracks": tracks.rows if tracks else 0,
    }
    if landed:
        yield dg.MaterializeResult(metadata={**metadata, **landing_metadata(landed)})
    else:
        yield dg.AssetObservation(context.asset_key, metadata=metadata)


def _status(told: "Round") -> dict[str, Any]:
    """What the source could do, and when it goes on where it stopped."""
    from spotify_platform.errors import DeferredError

    known = {"own": told.own}
    if isinstance(told.ended, DeferredError):
        until = dg.MetadataValue.timestamp(told.ended.resume_at)
        return {**known, "status": "deferred", "reason": str(told.ended), "deferred_until": until}
    return {**known, "status": "complete" if not told.failed else "some playlists are unavailable"}


def _by_playlist(told: "Round", outcomes: "Mapping[str, Outcome]") -> str:
    """A line for each playlist: what was told of it, what landed, and what became of it."""
    lines: list[tuple[Any, ...]] = []
    for id, outcome in outcomes.items():
        seen, file = told.playlists[id], outcome.file
        counts = (file.rows_read, file.rows, file.rejected) if file else ("", "", "")
        lines.append((id, len(seen.entries), *counts, f"{outcome.status} {outcome.reason}".strip()))
    lines += [(id, "", "", "", "", str(error)) for id, error in told.failed.items()]
    return markdown(["playlist", "told", "rows read", "rows", "rejected", "what became of it"], lines)


@dg.schedule(
    job=land_playlists,
    cron_schedule="13 */8 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Asks for playlists every eight hours. Skips, saying why, while there is no Spotify app.",
)
def playlists_schedule(clients: dg.ResourceParam[Any]) -> Any:
    from spotify_platform.errors import MissingAbilityError

    try:
        clients.spotify()
    except MissingAbilityError as why:
        return dg.SkipReason(str(why))
    return dg.RunRequest()
