"""Small made-up worlds, ways to build them, and what their tables hold, to compare one world with another."""

import csv
import datetime as dt
import os
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.environment import PREFIX, Environment
from spotify_platform.landing.columns import FEATURES
from spotify_platform.landing.formats.api_answers import SEPARATOR
from spotify_platform.landing.land import Door, Outcome, Resources, land
from spotify_platform.landing.manifest import iso
from spotify_platform.months import MonthRange
from spotify_platform.resources import lake_of, warehouse_of
from spotify_platform.sources import listener_tops
from spotify_platform.warehouse.published import publish
from spotify_platform_tests.landing.histories import account, extended, recent, write_json
from spotify_platform_tests.landing.writing import header_of

if TYPE_CHECKING:
    import dagster as dg
    import pytest

PROJECT = Path(__file__).resolve().parents[2]
LIMITS = Resources(threads=2, memory_limit="1GB")
WRITTEN_AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC).timestamp()

KAGGLE = ("title", "rank", "date", "artist", "url", "region", "chart", "trend", "streams")
OFFICIAL = ("rank", "uri", "artist_names", "track_name", "source", "peak_rank", "previous_rank")
TIDYTUESDAY = (
    *("track_id", "track_name", "track_artist", "track_popularity", "track_album_id", "track_album_name"),
    *("track_album_release_date", "playlist_name", "playlist_id", "playlist_genre", "playlist_subgenre"),
    *("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness"),
    *("liveness", "valence", "tempo", "duration_ms"),
)
TRACKS_114K = (
    *("", "track_id", "artists", "album_name", "track_name", "popularity", "duration_ms", "explicit"),
    *("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness"),
    *("liveness", "valence", "tempo", "time_signature", "track_genre"),
)

ANSWERED = (
    *("spotify_tracks", "reccobeats_features", "spotify_artists", "musicbrainz_genres", "lastfm_tags"),
    "spotify_albums",
)
ARTISTS = ("Ana Sol", "Ben Moss", "Chloé", "Дима", "Earth, Wind & Fire", "Fú")


@dataclass(frozen=True)
class Track:
    """A made-up track: its number tells all the rest."""

    number: int

    @property
    def id(self) -> str:
        return f"{self.number:04d}".rjust(22, "T")

    @property
    def title(self) -> str:
        return f"Song {self.number}, “{self.number % 7}” [live]"

    @property
    def artists(self) -> list[str]:
        first = ARTISTS[self.number % len(ARTISTS)]
        return [first] if self.number % 3 else [first, ARTISTS[(self.number + 1) % len(ARTISTS)]]

    def charts(self, day: dt.date, region: str) -> random.Random:
        return random.Random(f"{self.number} {day} {region}")


def days(first: str, last: str, step: int = 1) -> Iterator[dt.date]:
    day, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    while day <= end:
        yield day
        day += dt.timedelta(days=step)


def chart(day: dt.date, region: str, places: int, pool: int = 40) -> list[Track]:
    """A day's chart, best first. Tracks come and go, so that runs end and begin again."""
    return sorted(map(Track, range(pool)), key=lambda track: track.charts(day, region).random())[:places]


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """A CSV file, last changed at a fixed time: age is one of the things that decide between two versions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    os.utime(path, (WRITTEN_AT, WRITTEN_AT))
    return path


def kaggle_rows(
    first: str, last: str, regions: Sequence[str] = ("Global", "Germany"), places: int = 8
) -> Iterator[tuple[Any, ...]]:
    """Rows as Kaggle has them: top200 with streams, viral50 without."""
    for day in days(first, last):
        for region in regions:
            for name, count in (("top200", places), ("viral50", places // 2)):
                for rank, track in enumerate(chart(day, region + name, count), start=1):
                    url = f"https://open.spotify.com/track/{track.id}"
                    streams = (1000 - rank) * 10 + track.number if name == "top200" else ""
                    credit = ", ".join(track.artists)
                    yield (track.title, rank, day, credit, url, region, name, "SAME_POSITION", streams)


def official_rows(day: dt.date, region: str, places: int, cadence_step: int) -> Iterator[tuple[Any, ...]]:
    """Rows as charts.spotify.com has them."""
    before = chart(day - dt.timedelta(days=cadence_step), region, places)
    for rank, track in enumerate(chart(day, region, places), start=1):
        previous = before.index(track) + 1 if track in before else -1
        uri = f"spotify:track:{track.id}"
        yield (rank, uri, ", ".join(track.artists), track.title, "Label", rank, previous, 3, (2000 - rank) * 10)


def write_official(folder: Path, region: str, cadence: str, day: str, places: int) -> Path:
    step, counted = (7, "weeks_on_chart") if cadence == "weekly" else (1, "days_on_chart")
    rows = official_rows(dt.date.fromisoformat(day), region, places, step)
    return write(folder / f"regional-{region}-{cadence}-{day}.csv", (*OFFICIAL, counted, "streams"), rows)


def features(number: int) -> tuple[Any, ...]:
    """Danceability to tempo, in the order of the catalogues, with decimals that no binary fraction is."""
    drawn = random.Random(f"features {number}")
    shares = [round(drawn.random(), 3) for _ in range(7)]
    return (*shares[:2], number % 12, round(-drawn.random() * 30, 3), number % 2, *shares[2:], 60 + number + 0.1)


def tidytuesday_rows(numbers: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    for number in numbers:
        track = Track(number)
        names = (track.id, track.title, track.artists[0], number % 101, f"A{number % len(ARTISTS)}", "Album")
        yield (*names, f"201{number % 10}-05", "list", "p", "pop", "indie", *features(number), 180_000 + number)


def tracks_114k_rows(numbers: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    for number in numbers:
        track = Track(number)
        names = (number, track.id, ";".join(track.artists), "Album", track.title, number % 90, 180_000, "False")
        yield (*names, *features(number), 4, "folk")


def top50_rows() -> Iterator[tuple[Any, ...]]:
    """Charts of three days that tell popularity and features of their tracks."""
    for day in days("2020-02-04", "2020-02-06"):
        for country in ("", "DE"):
            for rank, track in enumerate([*chart(day, f"{country} top50", 5), Track(70)], start=1):
                names = (track.id, track.title, ", ".join(track.artists), rank, rank % 3 - 1, 0, country, day)
                about = (track.number % 90, "False", 180_000 + track.number, "Album", "2019-05")
                yield (*names, *about, *features(track.number), 4)


def playlist_rows() -> Iterator[tuple[Any, ...]]:
    """Playlists of three days, by title and artists; one track is known from nowhere."""
    for day in days("2020-02-04", "2020-02-06"):
        for position, track in enumerate([Track(999), *chart(day, "playlist", 9)], start=1):
            names = (day, position, track.title.upper(), " & ".join(track.artists))
            yield (*names, track.number % 80, 0, "single", 1, "2019-05", "False", "https://example.org/cover")


def top_track_rows(country: str, first: str, last: str, places: int = 12) -> Iterator[tuple[Any, ...]]:
    """Lists of top tracks of a country, by title and first artist as listeners spell them.

    Of every six tracks one is spelled otherwise, one is by somebody else who has a song of that title, and one is known
    from nowhere.
    """
    for day in days(first, last):
        for rank, track in enumerate(chart(day, f"{country} listeners", places), start=1):
            title, artist = track.title, track.artists[0]
            if rank % 6 == 2:
                title = title.upper().replace("SONG", "SONNG")
            if rank % 6 == 4:
                artist = "Nobody Else"
            if rank % 6 == 0:
                title = f"Unheard Of {track.number}"
            known = ("" if rank % 5 == 0 else 180_000, "", "mbid of somebody", "https://www.last.fm/music/x")
            yield (day, country, rank, title, artist, 9_000_000 // (rank + track.number % 3), *known)


def write_top_tracks(folder: Path, country: str, day: str, places: int = 12) -> Path:
    """The list of a country and day, in a file named as Last.fm's are."""
    rows = top_track_rows(country, day, day, places)
    return write(folder / f"lastfm-top-tracks-{country.lower()}-{day}.csv", header_of("lastfm_top_tracks"), rows)


def write_tops(folder: Path, day: str) -> Path:
    """What a listener hears most on a day, as the platform writes it: tracks of the charts, and their artists."""
    heard = chart(dt.date.fromisoformat(day), "tops", 8)
    artists = dict.fromkeys(artist for track in heard for artist in track.artists)
    lists: dict[tuple[str, str], list[dict[str, Any]]] = {
        ("track", time_range): [
            {"id": track.id, "name": track.title, "artists": [{"name": name} for name in track.artists]}
            for track in (heard[::-1] if time_range == "long_term" else heard)
        ]
        for time_range in ("short_term", "long_term")
    }
    lists["artist", "medium_term"] = [{"id": _artist_id(name), "name": name, "popularity": 50} for name in artists]
    return listener_tops.write(folder, lists, dt.date.fromisoformat(day))


def write_small_world(folder: Path) -> list[Path]:
    """Chart files and catalogues of 2020 that meet in every way: repeats, ties, overlaps, two versions of one chart."""
    january = list(kaggle_rows("2020-01-25", "2020-02-05"))
    again = [list(row) for row in january if row[2] == dt.date(2020, 1, 26) and row[6] == "top200"]
    for row in again:
        row[1] += 2  # the same tracks of the same chart, at worse places
    tied = list(january[2])
    tied[0], tied[4] = "Tied", f"https://open.spotify.com/track/{Track(99).id}"
    return [
        write(folder / "charts.csv", KAGGLE, [*january, *again, tied]),
        write(folder / "more_charts.csv", KAGGLE, kaggle_rows("2020-02-04", "2020-02-08", ("Germany", "Turkey"))),
        write_official(folder / "old", "de", "daily", "2020-02-05", 5),
        write_official(folder / "new", "de", "daily", "2020-02-05", 7),
        write_official(folder, "global", "weekly", "2020-02-06", 6),
        write_official(folder, "global", "weekly", "2020-02-13", 6),
        write(folder / "songs.csv", TIDYTUESDAY, tidytuesday_rows(range(30))),
        write(folder / "more_songs.csv", TIDYTUESDAY, tidytuesday_rows(range(20, 60))),
        write(folder / "tracks.csv", TRACKS_114K, tracks_114k_rows(range(10, 25))),
        write(folder / "top50.csv", header_of("kaggle_top_songs_73_countries"), top50_rows()),
        write(folder / "top-50-germany.csv", header_of("top50_playlists"), playlist_rows()),
        write_top_tracks(folder / "before", "DE", "2020-02-05", 8),
        write_top_tracks(folder, "DE", "2020-02-05"),
        write_top_tracks(folder, "DE", "2020-02-06"),
        write_top_tracks(folder, "US", "2020-02-06"),
        write_tops(folder, "2020-02-05"),
        write_tops(folder, "2020-02-07"),
    ]


def _artist_id(name: str) -> str:
    return f"{ARTISTS.index(name)}".rjust(22, "A")


def _album_id(track: Track) -> str:
    return f"{track.number % 5}".rjust(22, "B")


def answer_rows(asked: str) -> dict[str, list[tuple[Any, ...]]]:
    """What sources answered of tracks of the small world, and of their artists and albums, by format.

    Of some artists Spotify names no genre, and of those some have genres of MusicBrainz or tags. Features are of tracks that no catalogue has.
    """
    tracks = [Track(number) for number in range(0, 40, 3)]
    found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in ANSWERED}
    for track in tracks:
        artists = SEPARATOR.join(track.artists), SEPARATOR.join(map(_artist_id, track.artists))
        album = (_album_id(track), f"Album {track.number % 5}", "album", "2019-05-17")
        more = (f"USRC1760{track.number:04d}", 180_000 + track.number, "false", track.number)
        found["spotify_tracks"].append((track.id, track.title, *artists, *album, *more, asked, "{}"))
    for track in {_album_id(track): track for track in tracks}.values():
        names = (_album_id(track), f"Album {track.number % 5}", "album", _artist_id(track.artists[0]), track.artists[0])
        found["spotify_albums"].append((*names, "2019-05-17", 12, "Label", "196589564955", 50, asked, "{}"))
    for number, artist in enumerate(ARTISTS):
        genres = "" if number % 2 else SEPARATOR.join(("indie", "pop"))
        found["spotify_artists"].append((_artist_id(artist), artist, genres, 1000 + number, 40 + number, asked, "{}"))
        if number % 4 == 1:
            named = SEPARATOR.join(("indie rock", "ballad")), f"100{SEPARATOR}30"
            found["musicbrainz_genres"].append((_artist_id(artist), *named, asked, "{}"))
        found["lastfm_tags"].append((artist, SEPARATOR.join(("folk", "rock")), f"100{SEPARATOR}40", asked, "{}"))
    for number in (99, 100):
        told = dict.fromkeys(FEATURES, 0.5) | {"key": number % 12, "loudness": -7.5, "mode": 1, "tempo": 120.1}
        found["reccobeats_features"].append((Track(number).id, *told.values(), asked, "{}"))
    return found


def write_answers(folder: Path) -> list[Path]:
    """Files of answers, as the platform writes them but for their being CSV."""
    return [
        write(folder / f"{format}.csv", header_of(format), rows) for format, rows in answer_rows("2020-02-07").items()
    ]


def _moments(first: str, count: int, hours: int) -> Iterator[dt.datetime]:
    begin = dt.datetime.fromisoformat(first)
    return (begin + dt.timedelta(hours=hours * number) for number in range(count))


def write_histories(folder: Path) -> list[Path]:
    """A listener's plays: account data from before the extended history and within it, and what came after both."""
    plays = [
        extended(
            f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            None,
            20_000 * (1 + number % 9),
            spotify_track_uri=f"spotify:track:{track.id}",
            master_metadata_track_name=track.title,
            master_metadata_album_artist_name=track.artists[0],
        )
        for number, moment in enumerate(_moments("2020-01-28T22:30:05", 40, 5))
        for track in [Track(number % 11)]
    ]
    by_name = [
        account(f"{moment:%Y-%m-%d %H:%M}", track.title, track.artists[0], 30_000 + number)
        for number, moment in enumerate(_moments("2020-01-26T20:00:00", 20, 7))
        for track in [Track(number % 13)]
    ]
    # As many as an answer holds, so that plays before them may be missing.
    full = [(f"{moment:%Y-%m-%dT%H:%M:%S.999Z}", 2) for moment in _moments("2020-02-08T00:00:00", 49, 1)]
    return [
        write_json(folder / "Streaming_History_Audio_2020_0.json", [*plays, plays[0]]),
        write_json(folder / "StreamingHistory_music_0.json", by_name),
        write_json(folder / "recent.json", recent(("2020-02-07T00:30:00.5Z", 1), *full)),
    ]


def environment_of(home: Path, **settings: Any) -> Environment:
    return Environment.load(home=home, world="data", threads=2, memory_limit="1GB", **settings)


def land_files(environment: Environment, paths: Iterable[Path]) -> list[Outcome]:
    return [outcome for path in paths for outcome in land(lake_of(environment), path, Door(), LIMITS)]


WITHOUT_MODEL = " or ".join(f'key:"{layer}/*"' for layer in ("raw", "cleandata", "warehouse", "marts", "published"))
"""Everything but the popularity model, in Dagster's selection syntax."""


def upgrade(patched: "pytest.MonkeyPatch", name: str) -> None:
    """From now on the SQL of a table is another."""
    from dagster._core.definitions.assets.graph.asset_graph import AssetNode

    usual: Any = AssetNode.code_version
    version = property(lambda node: "another" if node.key.to_user_string() == name else usual.fget(node))
    patched.setattr(AssetNode, "code_version", version)


@contextmanager
def undrawn() -> Iterator[None]:
    """Pictures of tables are not drawn, which takes a fifth of a small build: those of `small_world` are."""
    import pytest

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("spotify_platform.metadata._picture", lambda ask, relation, plot: plot.title)
        yield


def build_without_checks(
    environment: Environment,
    months: MonthRange | None = None,
    selection: "str | dg.AssetSelection" = WITHOUT_MODEL,
    **resources: Any,
) -> None:
    """Materialize every table from all that landed, in one run of an instance that is not kept.

    `months` are all that landed, unless told; `resources` replace those of the environment.
    """
    import dagster as dg

    from spotify_platform.definitions import build_definitions
    from spotify_platform.defs.jobs import NOT_BUILT
    from spotify_platform.landing.manifest import landed_months, read_manifest
    from spotify_platform.landing.pending import whole_range

    definitions = build_definitions(environment, **resources)
    months = months or whole_range(landed_months(read_manifest(lake_of(environment))))
    wanted = dg.AssetSelection.from_string(selection) if isinstance(selection, str) else selection
    with undrawn(), dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [asset for asset in definitions.assets or () if isinstance(asset, dg.AssetsDefinition)],
            selection=wanted - NOT_BUILT,
            resources=definitions.resources,
            tags=months.run_tags,
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
            instance=instance,
        )
    assert done.success


def publish_again(environment: Environment) -> None:
    """Publish the tables as they stand; those that are views of the lake's files read where these lie now."""
    lake, warehouse = lake_of(environment), warehouse_of(environment)
    with warehouse.connect() as connection:
        views = (
            "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal AND schema_name = 'warehouse'"
        )
        for schema, name, sql in connection.execute(views).fetchall():
            moved = re.sub(r"'/[^']*/(cleandata/[^']+)'", rf"'{environment.lake_root}/\1'", sql)
            connection.execute(f"DROP VIEW {schema}.{name}; {moved}")
    tables = [("cleandata", folder.name) for folder in sorted((environment.lake_root / "cleandata").iterdir())]
    now = iso(dt.datetime.now(dt.UTC))
    publish(warehouse, lake, tables, environment.published_file, tolerance=0, published_at=now)


@dataclass(frozen=True)
class Content:
    """What a table holds, whatever the order of its rows."""

    rows: int
    digest: int


def contents(environment: Environment, omit: Sequence[str] = ()) -> dict[str, Content]:
    """The content of every table of cleandata, warehouse, marts and ml, as the published version has it.

    `omit` are columns to leave out, as `table.column`, or whole tables.
    """
    from spotify_platform.warehouse.published import open_published

    with open_published(environment.published_file) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM (SELECT schema_name, table_name FROM duckdb_tables() "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal) "
            "WHERE schema_name IN ('cleandata', 'warehouse', 'marts', 'ml') ORDER BY 1"
        ).fetchall()
        found = {}
        for (name,) in names:
            if name in omit:
                continue
            left_out = [column.rsplit(".", 1)[1] for column in omit if column.startswith(f"{name}.")]
            columns = f"* EXCLUDE ({', '.join(left_out)})" if left_out else "*"
            [(rows, digest)] = connection.execute(
                f"SELECT COUNT(*), COALESCE(SUM(CAST(hash(r) AS HUGEINT)), 0) FROM (SELECT {columns} FROM {name}) AS r"
            ).fetchall()
            found[name] = Content(rows, int(digest))
        return found


def changed(before: dict[str, Content], after: dict[str, Content]) -> list[str]:
    """The tables that are not the same in both, for a message that says where to look."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def child_environ(environment: Environment, **more: str) -> dict[str, str]:
    """The environment of a child process that sees this world and nothing of the person who runs the tests."""
    own = (PREFIX, "DAGSTER_", "MLFLOW_", "KAGGLE", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    bin_folder = str(Path(sys.executable).parent)
    return {
        **kept,
        **environment.variables(),
        "PATH": os.pathsep.join([bin_folder, kept.get("PATH", "")]),
        "PYTHONPATH": str(PROJECT),
        f"{PREFIX}THREADS": "2",
        f"{PREFIX}MEMORY_LIMIT": "1GB",
        **more,
    }
