"""What Last.fm tells of the top tracks of countries, asked for once a day and landed like any file."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from spotify_platform.defs.jobs import land_top_tracks
from spotify_platform.defs.tables import OWNERS
from spotify_platform.environment import Environment
from spotify_platform.metadata import bar_chart, landing_metadata, markdown, source_metadata

if TYPE_CHECKING:
    from spotify_platform.landing.land import Outcome
    from spotify_platform.sources.lastfm import TopTrack
    from spotify_platform.sources.top_tracks import Round

LONGEST_PLOT = 24


@dg.asset(
    key=["raw", "top_tracks"],
    group_name="top_tracks",
    owners=OWNERS,
    kinds={"parquet", "lastfm"},
    output_required=False,
    description=(
        "Last.fm's fifty top tracks of each country, a file for each country and day. A later list of a day supersedes "
        "the earlier one. Where there is no key, or nothing new, the asset is observed only, with the reason."
    ),
)
def top_tracks(
    context: dg.AssetExecutionContext,
    clients: dg.ResourceParam[Any],
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
) -> Any:
    import tempfile
    from pathlib import Path

    from spotify_platform.errors import MissingAbilityError
    from spotify_platform.landing.land import Door, land
    from spotify_platform.landing.manifest import read_manifest
    from spotify_platform.resources import parsing_limits
    from spotify_platform.sources.names import LASTFM
    from spotify_platform.sources.probing import Tier
    from spotify_platform.sources.top_tracks import ask, write

    try:
        source = clients.lastfm()
    except MissingAbilityError as why:
        context.log.warning(f"unavailable: {why}")
        yield dg.AssetObservation(context.asset_key, metadata={"status": "unavailable", "reason": str(why)})
        return
    today = dt.datetime.now(dt.UTC).date()
    told = ask(source, environment.countries)
    for code, error in told.failed.items():
        context.log.warning(f"{code}: {error}")
    if told.failed and not told.lists and told.ended is None:
        raise next(iter(told.failed.values()))
    with tempfile.TemporaryDirectory(prefix="top-tracks-") as folder:
        files = {code: write(Path(folder), code, today, tracks) for code, tracks in told.lists.items()}
        manifest = read_manifest(lake)
        outcomes = {
            code: outcome
            for code, path in files.items()
            for outcome in land(lake, path, Door("api"), parsing_limits(environment), manifest)
        }
    metadata = {
        **source_metadata(clients, LASTFM, Tier.lastfm_key),
        **_status(told),
        "countries": dg.MetadataValue.md(_by_country(environment.countries, told, outcomes)),
    }
    landed = [o.file for o in outcomes.values() if o.file and o.status in ("landed", "superseding")]
    if landed:
        plot = bar_chart("Tracks on the lists of most countries", _most_listed(told.lists))
        yield dg.MaterializeResult(metadata={**metadata, **landing_metadata(landed), "plot": dg.MetadataValue.md(plot)})
    else:
        yield dg.AssetObservation(context.asset_key, metadata=metadata)


def _status(told: "Round") -> dict[str, Any]:
    """What the source could do, and when it goes on where it stopped."""
    from spotify_platform.errors import DeferredError

    if told.ended is None:
        return {"status": "complete" if not told.failed else "some countries failed"}
    status = "deferred" if isinstance(told.ended, DeferredError) else "unavailable"
    resume = {"resume_at": told.ended.resume_at.isoformat()} if isinstance(told.ended, DeferredError) else {}
    return {"status": status, "reason": str(told.ended), **resume}


def _by_country(countries: tuple[str, ...], told: "Round", outcomes: "Mapping[str, Outcome]") -> str:
    """A line for each country: rows told, loaded into the lake as candidates, rejected, and what became of the list."""
    lines = []
    for code in countries:
        outcome, file = outcomes.get(code), outcomes[code].file if code in outcomes else None
        became = f"{outcome.status} {outcome.reason}".strip() if outcome else str(told.failed.get(code, "not asked"))
        counts = (file.rows_read, file.rows, file.rejected) if file else ("", "", "")
        lines.append((code, len(told.lists.get(code, ())), *counts, became))
    return markdown(["country", "told", "rows read", "rows", "rejected", "what became of it"], lines)


def _most_listed(lists: "Mapping[str, list[TopTrack]]") -> list[tuple[str, int]]:
    """Tracks with the number of countries that list them, most first."""
    from collections import Counter

    names = Counter(name for tracks in lists.values() for name in {f"{t.artist_name}: {t.title}" for t in tracks})
    return sorted(names.items(), key=lambda found: (-found[1], found[0]))[:LONGEST_PLOT]


@dg.schedule(
    job=land_top_tracks,
    cron_schedule="41 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Asks Last.fm for the top tracks of each country once a day. Skips, saying why, while there is no key.",
)
def top_tracks_schedule(clients: dg.ResourceParam[Any]) -> Any:
    from spotify_platform.errors import MissingAbilityError

    try:
        clients.lastfm()
    except MissingAbilityError as why:
        return dg.SkipReason(str(why))
    return dg.RunRequest()
