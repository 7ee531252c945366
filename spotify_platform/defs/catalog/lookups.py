"""Looking up what charts leave open, at sources that answer calls: tracks, artists and albums, audio features, genres, tags.

The assets read ids from tables that were built before, and their answers land as files, of which the next build takes
what it needs: so they are upstream and downstream of nothing in one run. What a key is missing for degrades one asset.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from spotify_platform.defs.jobs import look_up_job
from spotify_platform.defs.tables import OWNERS
from spotify_platform.environment import Environment
from spotify_platform.errors import MissingAbilityError
from spotify_platform.metadata import source_metadata

if TYPE_CHECKING:
    from spotify_platform.lookups.look_up import Desk, Progress
    from spotify_platform.sources.lastfm import LastFm
    from spotify_platform.sources.musicbrainz import MusicBrainz
    from spotify_platform.sources.reccobeats import ReccoBeats
    from spotify_platform.sources.spotify import Kind, Spotify

POOL = "look_up"
"""One run at a time asks, within one allowance."""
RECCOBEATS_THREADS = 2
LASTFM_THREADS = 4
COMMON: dict[str, Any] = {"group_name": "catalog", "owners": OWNERS, "pool": POOL, "output_required": False}
FIRST, SECOND = ({"dagster/priority": priority} for priority in ("2", "1"))
"""What one run asks before the others: who is told of there is not asked for elsewhere."""


@dg.asset(  # type: ignore[untyped-decorator]
    key=["raw", "spotify_catalog"],
    kinds={"json", "spotify"},
    op_tags=FIRST,
    **COMMON,
    description=(
        "Tracks of the charts as Spotify describes them, then their artists and albums, most played first: what is "
        "missing or has expired, within the day's allowance of calls. Goes on at the next run where this one stopped."
    ),
)
def spotify_catalog(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
    clients: dg.ResourceParam[Any],
) -> Any:
    from spotify_platform.lookups import subjects, wanted
    from spotify_platform.lookups.look_up import look_up
    from spotify_platform.sources.names import SPOTIFY
    from spotify_platform.sources.probing import Tier

    try:
        client: Spotify = clients.spotify()
    except MissingAbilityError as missing:
        yield _unavailable(context, missing)
        return
    desk = _desk(context, lake, environment)
    done = []
    for subject, ids in (
        (subjects.TRACKS, wanted.tracks),
        (subjects.ARTISTS, wanted.artists),
        (subjects.ALBUMS, wanted.albums),
    ):
        done.append(look_up(desk, subject, ids, _catalogue(client, subject.kind)))  # type: ignore[arg-type]
        if not done[-1].has_ended:
            break
    takes_batches = clients.abilities.state("tracks by batch") == "works"
    tier = Tier.extended_app if takes_batches else Tier.development_app
    yield _result(context, done, **source_metadata(clients, SPOTIFY, tier))


@dg.asset(  # type: ignore[untyped-decorator]
    key=["raw", "audio_features"],
    kinds={"json", "reccobeats"},
    **COMMON,
    description=(
        "Audio features of charted tracks that no file has told, from ReccoBeats, which needs no key; of those that it "
        "does not know from Spotify, where the app may ask. Each provider keeps its own scale."
    ),
)
def audio_features(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
    clients: dg.ResourceParam[Any],
) -> Any:
    from spotify_platform.lookups import subjects, wanted
    from spotify_platform.lookups.known import read_known
    from spotify_platform.lookups.look_up import look_up
    from spotify_platform.sources.names import RECCOBEATS
    from spotify_platform.sources.probing import Tier

    desk = _desk(context, lake, environment)
    done = [look_up(desk, subjects.RECCOBEATS, wanted.tracks_without_features, _reccobeats(clients.reccobeats()))]
    second = "is not asked before the first source was"
    if done[0].has_ended:
        told = {id for id, (_, found) in read_known(lake, subjects.RECCOBEATS).items() if found}
        try:
            client: Spotify = clients.spotify()
        except MissingAbilityError as missing:
            second = f"unavailable: {missing}"
        else:
            done.append(
                look_up(
                    desk,
                    subjects.SPOTIFY_FEATURES,
                    lambda lake: [id for id in wanted.tracks_without_features(lake) if id not in told],
                    client.audio_features,
                )
            )
            second = done[1].unavailable or "works"
    known = source_metadata(clients, RECCOBEATS, Tier.nothing)
    yield _result(context, done[:1] if done[-1].unavailable else done, **known, spotify=second)


@dg.asset(  # type: ignore[untyped-decorator]
    key=["raw", "artist_genres"],
    kinds={"json", "musicbrainz"},
    op_tags=SECOND,
    **COMMON,
    description=(
        "Genres of artists of whom Spotify names none, from MusicBrainz, which knows them by their links to Spotify and "
        "needs no key; artists of the most played tracks first."
    ),
)
def artist_genres(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
    clients: dg.ResourceParam[Any],
) -> Any:
    from spotify_platform.lookups import subjects, wanted
    from spotify_platform.lookups.look_up import look_up
    from spotify_platform.sources.names import MUSICBRAINZ
    from spotify_platform.sources.probing import Tier

    desk = _desk(context, lake, environment)
    done = look_up(desk, subjects.GENRES, wanted.artists_without_genres, _genres(clients.musicbrainz()))
    yield _result(context, [done], **source_metadata(clients, MUSICBRAINZ, Tier.nothing))


@dg.asset(  # type: ignore[untyped-decorator]
    key=["raw", "artist_tags"],
    kinds={"json", "lastfm"},
    **COMMON,
    description=(
        "Tags that listeners of Last.fm give to artists of whom neither Spotify nor MusicBrainz names a genre, artists "
        "of the most played tracks first."
    ),
)
def artist_tags(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Any],
    environment: dg.ResourceParam[Environment],
    clients: dg.ResourceParam[Any],
) -> Any:
    from spotify_platform.lookups import subjects, wanted
    from spotify_platform.lookups.look_up import look_up
    from spotify_platform.sources.names import LASTFM
    from spotify_platform.sources.probing import Tier

    try:
        client = clients.lastfm()
    except MissingAbilityError as missing:
        yield _unavailable(context, missing)
        return
    done = look_up(_desk(context, lake, environment), subjects.TAGS, wanted.artist_names, _tags(client))
    yield _result(context, [done], **source_metadata(clients, LASTFM, Tier.lastfm_key))


look_up_schedule = dg.ScheduleDefinition(
    name="look_up_schedule",
    job=look_up_job,
    cron_schedule="23 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Looks up once a day what is missing, within each source's allowance.",
)


def _desk(context: dg.AssetExecutionContext, lake: Any, environment: Environment) -> "Desk":
    """Where this run looks things up; what lands is told to the assets that build from it."""
    from spotify_platform.landing.manifest import LandedFile
    from spotify_platform.lookups.look_up import Desk
    from spotify_platform.metadata import landing_metadata
    from spotify_platform.resources import parsing_limits

    def landed(file: LandedFile) -> None:
        context.log_event(dg.AssetMaterialization(["raw", file.kind], metadata=landing_metadata([file])))

    folder, limits = environment.lookups_root, parsing_limits(environment)
    return Desk(lake, folder, limits, log=context.log.info, landed=landed)


def _catalogue(client: "Spotify", kind: "Kind") -> Callable[[Sequence[str]], Iterator[Any]]:
    return lambda ids: client.catalogue(kind, ids)


def _reccobeats(client: "ReccoBeats") -> Callable[[Sequence[str]], Iterator[Any]]:
    from dataclasses import asdict

    from spotify_platform.lookups.look_up import in_threads
    from spotify_platform.sources.reccobeats import BATCH

    def ask(batch: Sequence[str]) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        [(asked, found)] = client.audio_features(batch)
        return asked, {id: asdict(features) for id, features in found.items()}

    return lambda ids: in_threads(ask, ids, BATCH, RECCOBEATS_THREADS)


def _genres(client: "MusicBrainz") -> Callable[[Sequence[str]], Iterator[Any]]:
    from dataclasses import asdict

    def ask(ids: Sequence[str]) -> Iterator[Any]:
        for asked, found in client.artists(ids):
            yield asked, {id: asdict(artist) for id, artist in found.items()}

    return ask


def _tags(client: "LastFm") -> Callable[[Sequence[str]], Iterator[Any]]:
    from dataclasses import asdict

    from spotify_platform.lookups.look_up import in_threads

    def ask(names: Sequence[str]) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        [name] = names
        tags = client.artist_tags(name)
        return (name,), {} if tags is None else {name: {"tags": [asdict(tag) for tag in tags]}}

    return lambda names: in_threads(ask, names, 1, LASTFM_THREADS)


def _unavailable(context: dg.AssetExecutionContext, missing: MissingAbilityError) -> dg.AssetObservation:
    """What is missing and what would help, in place of a materialization; the rest of the graph goes on."""
    context.log.warning(f"unavailable: {missing}")
    return dg.AssetObservation(context.asset_key, metadata={"status": "unavailable", "needs": str(missing)})


def _result(
    context: dg.AssetExecutionContext, done: Sequence["Progress"], **more: Any
) -> dg.MaterializeResult[None] | dg.AssetObservation:
    """What the run did, in all and for each kind; `deferred_until` where a source wants to be left alone."""
    deferred = next((progress.deferred_until for progress in done if progress.deferred_until), None)
    needs = next((progress.unavailable for progress in done if progress.unavailable), "")
    counts = ("asked", "answered", "missing", "waiting", "recovered")
    kinds = {str(progress.subject): {name: getattr(progress, name) for name in counts} for progress in done}
    metadata = {
        "status": "deferred" if deferred else "unavailable" if needs else "complete",
        **({"deferred_until": dg.MetadataValue.timestamp(deferred)} if deferred else {}),
        **({"needs": needs} if needs else {}),
        **{name: sum(getattr(progress, name) for progress in done) for name in counts},
        "by_kind": dg.MetadataValue.json(kinds),
        "files": dg.MetadataValue.json([file.file_id for progress in done for file in progress.files]),
        **more,
    }
    if needs and not any(progress.asked for progress in done):
        return dg.AssetObservation(context.asset_key, metadata=metadata)
    return dg.MaterializeResult(metadata=metadata)
