"""Privacy exports of made-up listeners, as Spotify writes them, with the truth of what is in them.

A listener has one life of plays over the tracks of the sample world (`sql/listening.sql`); every export is a
view of it in the words of its generation (`sql/exports.sql`), so that an earlier export, a later one and
account data of the same listener tell of the same plays. What is in a file is counted where it is made, and
an importer can be held to it.
"""

import contextlib
import datetime as dt
import io
import json
import math
import os
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, get_args

from spotify_platform.errors import ConfigurationError
from spotify_platform.sample.output import write_texts
from spotify_platform.sample.world import WorldSize, open_world, run_sql, set_variables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Generation = Literal["extended", "endsong", "account", "old-account"]
GENERATIONS: tuple[Generation, ...] = get_args(Generation)
Purpose = Literal["music", "podcast", "audiobook", "sleep"]

# What is wrong with malformed rows, each kind in turn.
FLAWS = (
    "ms_played negative",
    "ms_played a text",
    "end not a time",
    "end null",
    "no object",
)

# Every life ends with the year after the world's charts; it begins the earlier the more plays are asked for.
LIFE_ENDS = dt.date(2022, 12, 31)
_AUDIOBOOKS_FROM = dt.date(2022, 3, 1)
_YEARS = (3, 12)
_PLAYS_A_DAY = 40
_PLAYS_A_SESSION = 9

_FILE_BYTES = 12_750_000  # of a file of streaming history
_ACCOUNT_ROWS = 10_000  # of a file of account data


@dataclass(frozen=True)
class Habit:
    """Sessions at a time of the day: local hour and its spread in hours, and how much is played then."""

    hour: float
    spread: float
    workday: float
    weekend: float
    purpose: Purpose = "music"


@dataclass(frozen=True)
class Listener:
    """Someone who listens. The personal fields are in an export only where the real ones have them.

    zone: IANA time zone of the habits; country and abroad: where plays come from at home and around the
    holidays, which begin in the month `away_month` of each year and last `away_days` without any play.
    """

    name: str
    zone: str
    country: str
    abroad: str
    away_month: int
    away_days: int
    habits: tuple[Habit, ...]
    username: str
    email: str
    ip_addr: str
    user_agent: str


def _listener(name: str, zone: str, country: str, abroad: str, away: tuple[int, int], *habits: Habit) -> Listener:
    return Listener(
        name, zone, country, abroad, *away, habits,
        username=f"canary-username-{name}",
        email=f"canary-{name}@example.invalid",
        ip_addr="203.0.113.77" if name == "alma" else "198.51.100.42",
        user_agent=f"canary-agent/{name}",
    )  # fmt: skip


LISTENERS: Mapping[str, Listener] = {
    listener.name: listener
    for listener in (
        # Puts a child to sleep with the same thirty tracks every night.
        _listener(
            "alma", "Europe/Berlin", "DE", "PT", (7, 19),
            Habit(7.3, 0.4, 1.0, 0.1, "podcast"),
            Habit(10.5, 1.2, 0.8, 1.0),
            Habit(17.3, 0.5, 1.0, 0.6),
            Habit(19.4, 0.3, 0.7, 0.7, "sleep"),
            Habit(21.8, 0.8, 0.5, 0.8, "audiobook"),
        ),
        _listener(
            "ben", "America/Toronto", "CA", "US", (8, 12),
            Habit(6.8, 0.3, 0.8, 0.1, "podcast"),
            Habit(11.0, 2.0, 1.4, 0.8),
            Habit(15.5, 1.5, 1.0, 1.2),
            Habit(20.5, 1.5, 0.8, 1.6),
            Habit(23.4, 0.7, 0.3, 0.6, "audiobook"),
        ),
    )
}  # fmt: skip


def listener_named(name: str) -> Listener:
    """One of LISTENERS; raises ConfigurationError for any other name."""
    if name not in LISTENERS:
        raise ConfigurationError(f"there is no listener {name}: ask for one of {', '.join(LISTENERS)}")
    return LISTENERS[name]


@dataclass(frozen=True)
class Export:
    """What is asked for of one export.

    since, until: the first and the last day (UTC) of plays by their end, both inclusive. Without, an export
    has all of the listener's life, and account data its last year. malformed: rows that cannot be read, each
    of FLAWS in turn, besides the plays.
    """

    generation: Generation = "extended"
    since: dt.date | None = None
    until: dt.date | None = None
    malformed: int = 0


@dataclass(frozen=True)
class Truth:
    """What is in an export, or in several exports of one listener together.

    rows = plays + duplicates + covered + malformed. All other counts are of plays.

    files: rows of each file of history, by its name in the export (of several exports: after the export's path).
    rows: elements of these files.
    plays: distinct plays: by (ts, URI, ms_played) in streaming history; by (endTime, names, msPlayed) in account data.
    duplicates: rows that tell again of a play of the same files, or of the same play in another export.
    covered: rows of account data that tell of a play which streaming history among the exports tells too.
    malformed: rows that cannot be read, with their kinds in `flaws`.
    kinds: plays by music, podcast, audiobook, video (all of video files) and unknown (no metadata).
    short: plays under 30 seconds.
    without_uri: plays with names and no URI: in account data all that have names.
    without_names: plays with a URI and no names. without_metadata: plays with neither ("Unknown Track" in account data).
    alternates: plays of a recording's second id, which no catalogue and chart of the sample world knows.
    ms_played: milliseconds of all plays. first, last: the first and the last end, UTC.
    playlists: places of the playlists in account data, by what stands there: track, episode, local, removed; of
    several exports those of each, though equal files are one.
    """

    files: Mapping[str, int]
    rows: int
    plays: int
    duplicates: int
    covered: int
    malformed: int
    flaws: Mapping[str, int]
    kinds: Mapping[str, int]
    short: int
    without_uri: int
    without_names: int
    without_metadata: int
    alternates: int
    ms_played: int
    first: str
    last: str
    playlists: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Truths:
    """The truth of each export, by its path, and of all of them together."""

    exports: Mapping[Path, Truth]
    union: Truth


def write_export(
    path: Path,
    listener: Listener,
    *,
    plays: int = 5_000,
    generation: Generation = "extended",
    since: dt.date | None = None,
    until: dt.date | None = None,
    malformed: int = 0,
    size: WorldSize | None = None,
    threads: int | None = None,
) -> Truth:
    """Write one export; see `write_exports` and `Export`."""
    export = Export(generation, since, until, malformed)
    return write_exports({path: export}, listener, plays=plays, size=size, threads=threads).union


def write_exports(
    exports: Mapping[Path, Export],
    listener: Listener,
    *,
    plays: int = 5_000,
    size: WorldSize | None = None,
    threads: int | None = None,
) -> Truths:
    """Write exports of one listener, who plays the sample world's tracks `plays` times in all of life.

    Of many thousands, a few plays end, run and are called alike, so that distinct ones are a little fewer.

    A path that ends in `.zip` becomes an archive, any other a folder of files; an existing one is replaced. The
    same arguments give the same bytes. Raises ConfigurationError where `plays` or `malformed` is out of range,
    or an export would hold nothing.
    """
    if plays < 1:
        raise ConfigurationError(f"plays is {plays}: ask for at least one")
    for export in exports.values():
        if export.malformed < 0:
            raise ConfigurationError(f"malformed is {export.malformed}: ask for none or more")
    with _listening(listener, plays, size or WorldSize(), threads) as world:
        truths = {
            path: _write_export(world, number, path, export, listener)
            for number, (path, export) in enumerate(exports.items())
        }
        files = {f"{path}/{name}": rows for path, truth in truths.items() for name, rows in truth.files.items()}
        places = sum((Counter(truth.playlists) for truth in truths.values()), Counter[str]())
        several = len(truths) > 1
        everything = _truth(world, range(len(truths)), files, places) if several else next(iter(truths.values()))
    return Truths(truths, everything)


@contextlib.contextmanager
def _listening(listener: Listener, plays: int, size: WorldSize, threads: int | None) -> "Iterator[DuckDBPyConnection]":
    """The sample world with the tables `play` and `item` of the listener's life."""
    days = min(max(365 * _YEARS[0], plays // _PLAYS_A_DAY), 365 * _YEARS[1])
    with open_world(size, threads=threads) as world:
        set_variables(
            world,
            listener=listener.name,
            habits=[{"slot": slot, **asdict(habit)} for slot, habit in enumerate(listener.habits)],
            zone=listener.zone,
            country=listener.country,
            abroad=listener.abroad,
            away_month=listener.away_month,
            away_days=listener.away_days,
            username=listener.username,
            ip_addr=listener.ip_addr,
            user_agent=listener.user_agent,
            life_ends=LIFE_ENDS,
            life_days=days,
            audiobooks_begin=_AUDIOBOOKS_FROM,
            plays=plays,
            # Few plays are fewer sessions, not shorter ones.
            happens=min(0.9, max(0.02, plays / (days * len(listener.habits) * _PLAYS_A_SESSION))),
            flaws=list(FLAWS),
        )
        run_sql(world, "listening")
        run_sql(world, "exports")
        yield world


def _write_export(world: "DuckDBPyConnection", number: int, path: Path, export: Export, listener: Listener) -> Truth:
    since, until = export.since, export.until
    if since is None and export.generation in ("account", "old-account"):
        since = (until or LIFE_ENDS) - dt.timedelta(days=365)
    set_variables(
        world,
        export_no=number,
        generation=export.generation,
        since=_seconds(since or dt.date.min),
        # Plays of the last night, and of devices that were long offline, end after the last day.
        until=_seconds(until + dt.timedelta(days=1) if until else dt.date.max),
        malformed=export.malformed,
    )
    run_sql(world, "export")
    rows = dict(world.execute("select file_kind, count(*) from exported group by all order by all").fetchall())
    if not rows:
        raise ConfigurationError(
            f"{listener.name} played nothing from {since or 'the first day'} to {until or 'the last'}"
        )
    files: dict[str, int] = {}
    playlists = _playlists(world, export.generation) if export.generation in ("account", "old-account") else []
    with _archive(path) as open_file:
        folder = _FOLDERS[export.generation]
        for kind, count in rows.items():
            for file_no, (first, last) in enumerate(_parts(world, export.generation, kind, count)):
                name = f"{folder}/{_file_name(world, export.generation, kind, file_no, first, last)}"
                with open_file(name) as stream:
                    _write_rows(world, stream, b"[" if export.generation == "endsong" else b"[\n", kind, first, last)
                files[name] = last - first + 1
        for name, content in _companions(world, export.generation, listener, list(files), playlists):
            with open_file(name) as stream:
                stream.write(content)
    places = Counter(_what_stands(item) for playlist in playlists for item in playlist["items"])
    return _truth(world, [number], files, places)


# Folders as they come, of the newest exports and of the older.
_FOLDERS: Mapping[Generation, str] = {
    "extended": "Spotify Extended Streaming History",
    "endsong": "MyData",
    "account": "Spotify Account Data",
    "old-account": "MyData",
}


def _parts(world: "DuckDBPyConnection", generation: Generation, kind: str, rows: int) -> Iterator[tuple[int, int]]:
    """The first and the last row of each file: of about the size that Spotify splits at."""
    a_file = _ACCOUNT_ROWS
    if generation in ("extended", "endsong"):
        # Every hundredth row tells how long a row is.
        ((bytes_a_row,),) = world.execute(
            "select avg(strlen(text)) from export_lines(?, 1, ?, 100)", [kind, rows]
        ).fetchall()
        a_file = math.ceil(_FILE_BYTES / bytes_a_row)
    for first in range(1, rows + 1, a_file):
        yield first, min(first + a_file - 1, rows)


def _file_name(
    world: "DuckDBPyConnection", generation: Generation, kind: str, file_no: int, first: int, last: int
) -> str:
    if generation == "endsong":
        return f"endsong_{file_no}.json"
    if generation == "old-account":
        return f"StreamingHistory{file_no}.json"
    if generation == "account":
        return f"StreamingHistory_{kind}_{file_no}.json"
    ((begins, ends),) = world.execute(
        "select year(make_timestamp(min(ts) * 1000000)), year(make_timestamp(max(ts) * 1000000)) "
        "from exported join play using (play_no) where file_kind = ? and row_no between ? and ?",
        [kind, first, last],
    ).fetchall()
    years = f"{begins}" if begins == ends else f"{begins}-{ends}"
    # Videos are few, and their file has no number.
    return (
        f"Streaming_History_Video_{years}.json"
        if kind == "video" and file_no == 0
        else (f"Streaming_History_{kind.title()}_{years}_{file_no}.json")
    )


def _write_rows(
    world: "DuckDBPyConnection", stream: IO[bytes], opening: bytes, kind: str, first: int, last: int
) -> None:
    stream.write(opening)
    write_texts(stream, world.sql(f"select text from export_lines('{kind}', {first}, {last}, 1) order by row_no"))
    stream.write(b"]")


def _companions(
    world: "DuckDBPyConnection",
    generation: Generation,
    listener: Listener,
    files: Sequence[str],
    playlists: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, bytes]]:
    """What else lies in such an archive: an explanation, personal data, and what a Mac adds."""
    folder = _FOLDERS[generation]
    if generation in ("extended", "endsong"):
        yield f"{folder}/ReadMeFirst_ExtendedStreamingHistory.pdf", _pdf("Extended streaming history")
    else:
        yield f"{folder}/Read_Me_First.pdf", _pdf("Account data")
        for name, content in {**_account_files(world, listener), "Playlist1.json": {"playlists": playlists}}.items():
            yield f"{folder}/{name}", json.dumps(content, ensure_ascii=False, indent=2).encode()
    for name in (folder, *files):
        parent, _, base = name.rpartition("/")
        yield "/".join(filter(None, ("__MACOSX", parent, f"._{base}"))), _APPLE_DOUBLE


def _liked(world: "DuckDBPyConnection", kind: str, number: int) -> list[tuple[str, str, str, str]]:
    """Owner, album, name and URI of some of what was played."""
    return world.execute(
        """
        select owner, coalesce(album, ''), name, uri from item
        where kind = ? and name is not null and uri is not null and not is_reissue
        order by bits(uri_no, 'liked'), uri limit ?
        """,
        [kind, number],
    ).fetchall()


def _playlists(world: "DuckDBPyConnection", generation: Generation) -> list[dict[str, Any]]:
    """Three playlists, two of one name: tracks, and what else can stand at a place."""
    tracks = [
        _item(track={"trackName": name, "artistName": artist, "albumName": album, "trackUri": uri})
        for artist, album, name, uri in _liked(world, "music", 30)
    ]
    others = [
        *(
            _item(episode={"episodeName": name, "showName": show, "episodeUri": uri})
            for show, _, name, uri in _liked(world, "podcast", 1)
        ),
        _item(localTrack={"uri": "spotify:local:Somebody:Demos:My+own+song:200"}),
        _item(),
    ]
    playlists = [
        {
            "name": name,
            "lastModifiedDate": LIFE_ENDS.isoformat(),
            "collaborators": [],
            "items": items,
            "description": None,
            "numberOfFollowers": 0,
        }
        for name, items in (("Mine", tracks[:20]), ("Mine", tracks[20:25] + others), ("For the road", tracks[25:]))
    ]
    return [_without(_LATER_KEYS, playlist) for playlist in playlists] if generation == "old-account" else playlists


# What playlists of 2020 do not tell yet.
_LATER_KEYS = {"trackUri", "episodeUri", "audiobook", "addedDate", "collaborators"}


def _item(**told: Mapping[str, str]) -> dict[str, Any]:
    nothing = dict.fromkeys(("track", "episode", "audiobook", "localTrack"))
    return {**nothing, "addedDate": "2022-05-01", **told}


def _without(keys: Collection[str], value: Any) -> Any:
    """A JSON value without these keys, however deep."""
    if isinstance(value, list):
        return [_without(keys, element) for element in value]
    if isinstance(value, dict):
        return {key: _without(keys, element) for key, element in value.items() if key not in keys}
    return value


def _what_stands(item: Mapping[str, Any]) -> str:
    return next((key.removesuffix("Track") for key in ("track", "episode", "localTrack") if item[key]), "removed")


def _account_files(world: "DuckDBPyConnection", listener: Listener) -> dict[str, Any]:
    tracks = [
        {"artist": artist, "album": album, "track": name, "uri": uri}
        for artist, album, name, uri in _liked(world, "music", 60)
    ]
    return {
        "Userdata.json": {
            "username": listener.username,
            "email": listener.email,
            "country": listener.country,
            "createdFromFacebook": False,
            "facebookUid": None,
            "birthdate": "1987-03-14",
            "gender": "prefer not to say",
            "postalCode": None,
            "mobileNumber": None,
            "mobileOperator": None,
            "mobileBrand": None,
            "creationTime": "2010-11-02",
        },
        "Identity.json": {
            "displayName": listener.username,
            "firstName": None,
            "lastName": None,
            "imageUrl": None,
            "largeImageUrl": None,
            "tasteMaker": False,
            "verified": False,
        },
        "Follow.json": {"userIsFollowing": [], "userIsFollowedBy": [], "userIsBlocking": []},
        "YourLibrary.json": {
            "tracks": tracks,
            "albums": [],
            "shows": [],
            "episodes": [],
            "bannedTracks": [],
            "artists": [],
            "bannedArtists": [],
            "other": [],
        },
    }


def _truth(
    world: "DuckDBPyConnection", numbers: Sequence[int], files: Mapping[str, int], playlists: Mapping[str, int]
) -> Truth:
    """Count the exports of these numbers together."""
    set_variables(world, numbers=list(numbers))
    world.execute(
        """
        create or replace temp view told_here as from told where list_contains(getvariable('numbers'), export_no);
        create or replace temp view readable as
        select t.*, is_account and h.play_no is not null as is_covered
        from told_here t
        left join (select distinct play_no from told_here where flaw = 0 and not is_account) h using (play_no)
        where flaw = 0;
        create or replace temp table distinct_play as
        select
          min(kind) as kind, ms_played, bool_or(has_name) as has_name, bool_or(has_uri) as has_uri,
          bool_or(is_reissue) as is_reissue, min(ts) as ts
        from readable where not is_covered
        group by is_account, moment, what, ms_played;
        """
    )
    ((rows, readable, covered),) = world.execute(
        """
        select (select count(*) from told_here), count(*), count(*) filter (is_covered) from readable
        """
    ).fetchall()
    flaws = world.execute("select flaw, count(*) from told_here where flaw > 0 group by flaw order by flaw").fetchall()
    kinds = world.execute("select kind, count(*) from distinct_play group by kind order by kind").fetchall()
    ((plays, short, without_uri, without_names, without_metadata, alternates, ms_played, first, last),) = world.execute(
        """
        select
          count(*),
          count(*) filter (ms_played < 30000),
          count(*) filter (has_name and not has_uri),
          count(*) filter (has_uri and not has_name),
          count(*) filter (not has_uri and not has_name),
          count(*) filter (is_reissue),
          coalesce(sum(ms_played), 0)::bigint,
          instant(min(ts)), instant(max(ts))
        from distinct_play
        """
    ).fetchall()
    return Truth(
        files=files,
        rows=rows,
        plays=plays,
        duplicates=readable - covered - plays,
        covered=covered,
        malformed=rows - readable,
        flaws={FLAWS[flaw - 1]: count for flaw, count in flaws},
        kinds=dict(kinds),
        short=short,
        without_uri=without_uri,
        without_names=without_names,
        without_metadata=without_metadata,
        alternates=alternates,
        ms_played=ms_played,
        first=first,
        last=last,
        playlists=dict(playlists),
    )


@contextlib.contextmanager
def _archive(path: Path) -> Iterator[Callable[[str], contextlib.AbstractContextManager[IO[bytes]]]]:
    """A function that opens the files of an archive or a folder by name; it stands at `path` once all is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.suffix == ".zip":
            # The fastest level: a history packs to a tenth by it.
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield lambda name: archive.open(name, "w")
        else:

            def opened(name: str) -> IO[bytes]:
                file = partial / name
                file.parent.mkdir(parents=True, exist_ok=True)
                return file.open("wb")

            partial.mkdir()
            yield opened
            shutil.rmtree(path, ignore_errors=True)
        partial.replace(path)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)


def _seconds(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400


def _pdf(title: str) -> bytes:
    """The smallest document that readers of PDF open: one page with a title."""
    text = f"BT /F1 18 Tf 72 770 Td (Read me first: {title} \\(synthetic\\)) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


# What macOS keeps beside each file that it packs: no JSON, whatever the name ends in.
_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x02" + bytes(94)
