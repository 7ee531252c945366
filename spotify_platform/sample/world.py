"""The sample world: made-up music, charted and catalogued in the formats of the real sources.

One world is a few tables in DuckDB (`sql/`): regions, artists, tracks, careers. Every file is a view of
them, so a track that charts is found in the catalogues under the same id, and a chart of January goes on
where the one of December ended. Nothing is drawn from a stateful generator: each number is a hash of what
it is about and of the seed, so the same size gives the same bytes, on any number of threads, and a larger
world contains the smaller one.
"""

import csv
import math
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

from spotify_platform.errors import ConfigurationError
from spotify_platform.sample.output import write_texts, written_whole

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SEED = 20170101

# The real dump's rows; a world of this size spans all of its days and regions.
KAGGLE_ROWS = 26_173_514

CHARTS_HEADER = "title,rank,date,artist,url,region,chart,trend,streams"
OFFICIAL_HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,{count},streams"
TIDYTUESDAY_HEADER = (
    "track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,"
    "track_album_release_date,playlist_name,playlist_id,playlist_genre,playlist_subgenre,"
    "danceability,energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,"
    "tempo,duration_ms"
)
# The first column is an index without a name.
CATALOG_114K_HEADER = (
    ",track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,energy,key,"
    "loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,time_signature,"
    "track_genre"
)

# What is wrong with one row of every two thousand of the Kaggle dump, each kind in turn.
DIRTY_KINDS = (
    "rank not a number",
    "rank out of range",
    "impossible date",
    "no url",
    "url without a track",
    "streams not a number",
    "unknown region",
    "unknown chart",
    "too few fields",
    "too many fields",
    "duplicate row",
    "two ranks",
)

FOLDER = Path(__file__).parent
_EPOCH = date(2017, 1, 1)  # day 0 of every table
_LAST_DAY = (date(2021, 12, 31) - _EPOCH).days  # of the Kaggle dump
_HORIZON = _LAST_DAY + 31  # of the world: the official charts go on for a month
_THURSDAYS = tuple(_LAST_DAY + 6 + 7 * week for week in range(4))  # weekly charts end on Thursday

# Days of charts in memory at a time, as regions times days.
_REGION_DAYS_AT_ONCE = 2100


@dataclass(frozen=True)
class WorldSize:
    """How much of the world is written.

    chart_rows: data rows of the Kaggle dump, from which its regions and days follow.
    catalog_tracks: distinct tracks in the two catalogues together.
    seed: another seed is another world.
    """

    chart_rows: int = 200_000
    catalog_tracks: int = 3_000
    seed: int = SEED

    @classmethod
    def scaled(cls, scale: float, seed: int = SEED) -> "WorldSize":
        """The default world times `scale`; 130.87 has the rows of the real dump.

        Catalogues are never so small that the chart's tracks are missing from them.
        """
        return cls(
            chart_rows=max(1, round(cls.chart_rows * scale)),
            catalog_tracks=max(1_300, round(cls.catalog_tracks * scale)),
            seed=seed,
        )


class Extent(NamedTuple):
    """The regions (the first of data/regions.csv) and days of a world; days count from 2017-01-01."""

    regions: int
    first_day: int


def extent(chart_rows: int) -> Extent:
    """The regions and days, up to 2021-12-31, whose charts hold `chart_rows` rows.

    Regions and days grow together: five regions and five and a half months at 200,000 rows; all seventy
    and all five years at the real dump's 26,173,514. Raises ConfigurationError below 1 row and above what
    the charts can hold.
    """
    if chart_rows < 1:
        raise ConfigurationError(f"chart_rows is {chart_rows}: ask for at least one row")
    launch_days = _launch_days()

    def room(regions: int, first_day: int) -> int:
        return 250 * sum(max(0, _LAST_DAY + 1 - max(first_day, launch)) for launch in launch_days[:regions])

    # 0 at the default size, 1 at the real dump's.
    growth = math.log(chart_rows / WorldSize.chart_rows) / math.log(KAGGLE_ROWS / WorldSize.chart_rows)
    regions = min(max(3, round(5 * (len(launch_days) / 5) ** growth)), len(launch_days))
    # Charts of small markets are shorter than they could be, the more so the more small markets there are.
    wanted = chart_rows * (1.03 + 0.12 * max(0.0, growth))
    first_day = next((day for day in range(_LAST_DAY, 0, -1) if room(regions, day) >= wanted), 0)
    if room(regions, first_day) < chart_rows:
        raise ConfigurationError(
            f"chart_rows is {chart_rows:,}: all charts of 2017 to 2021 hold {room(regions, 0):,} rows"
        )
    return Extent(regions, first_day)


def open_world(size: WorldSize, *, threads: int | None = None) -> "DuckDBPyConnection":
    """The tables of the world, in memory: region, genre, artist, track, track_artist, sleeve, career.

    Close the connection after use. Threads change the time it takes, never the result.
    """
    import duckdb

    regions, first_day = extent(size.chart_rows)
    world = duckdb.connect(
        config={
            "memory_limit": "1500MB",
            "temp_directory": str(Path(tempfile.gettempdir(), f"spotify-sample-{os.getpid()}")),
            **({"threads": threads} if threads else {}),
        }
    )
    set_variables(
        world,
        data=str(FOLDER / "data"),
        seed=size.seed,
        region_count=regions,
        first_day=first_day,
        last_day=_LAST_DAY,
        horizon=_HORIZON,
        rows=size.chart_rows,
        dirty_kinds=list(DIRTY_KINDS),
        catalog_tracks=size.catalog_tracks,
        catalogue_releases=size.catalog_tracks,
        obscure_artists=size.catalog_tracks // 5 + 1,
        playlists_per_genre=size.catalog_tracks // 1400 + 3,
    )
    for name in ("random", "dialects", "artists", "tracks", "careers", "catalogue_members", "names"):
        run_sql(world, name)
    return world


def write_charts(path: Path, rows: int, *, seed: int = SEED, threads: int | None = None) -> Path:
    """The Kaggle dump `charts.csv`: a header and exactly `rows` data rows, by date, region, chart, rank.

    A few days at a time, so memory does not grow with the rows. Raises ConfigurationError where `rows`
    is out of range or the suffix unknown.
    """
    with open_world(WorldSize(rows, catalog_tracks=0, seed=seed), threads=threads) as world:
        return _write_charts(world, path, rows)


def write_official_charts(folder: Path, size: WorldSize, *, threads: int | None = None) -> list[Path]:
    """Downloads of charts.spotify.com: a file for each region, cadence and day.

    Four weeks of three regions, and nine days of two, of which the first two days are in the Kaggle dump
    as well.
    """
    with open_world(size, threads=threads) as world:
        return _write_official_charts(world, folder, size.chart_rows)


def write_tidytuesday_catalog(path: Path, size: WorldSize, *, threads: int | None = None) -> Path:
    """The tidytuesday catalogue (23 columns): a row for each playlist that a track is on."""
    with open_world(size, threads=threads) as world:
        run_sql(world, "catalogues")
        return _write_tidytuesday_catalog(world, path)


def write_114k_catalog(path: Path, size: WorldSize, *, threads: int | None = None) -> Path:
    """The catalogue of 114k tracks (21 columns, the first an index): a row for each genre of a track."""
    with open_world(size, threads=threads) as world:
        run_sql(world, "catalogues")
        return _write_114k_catalog(world, path)


def write_world(folder: Path, size: WorldSize, *, threads: int | None = None) -> list[Path]:
    """Every file of the world, under the names that the sources give them."""
    with open_world(size, threads=threads) as world:
        run_sql(world, "catalogues")
        return [
            _write_charts(world, folder / "charts.csv", size.chart_rows),
            *_write_official_charts(world, folder, size.chart_rows),
            _write_tidytuesday_catalog(world, folder / "spotify_songs.csv"),
            _write_114k_catalog(world, folder / "dataset.csv"),
        ]


# What can be written by itself: name → writer to a file, or to a folder where a kind is many files.
KINDS: Mapping[str, Callable[[Path, WorldSize], list[Path]]] = {
    "charts": lambda path, size: [write_charts(path, size.chart_rows, seed=size.seed)],
    "official": write_official_charts,
    "tidytuesday": lambda path, size: [write_tidytuesday_catalog(path, size)],
    "catalog": lambda path, size: [write_114k_catalog(path, size)],
}


def _write_charts(world: "DuckDBPyConnection", path: Path, rows: int) -> Path:
    run_sql(world, "charts_plan")
    set_variables(world, bar=_bar(world, rows))
    run_sql(world, "charts_days")
    run_sql(world, "charts")
    regions, first_day = extent(rows)
    days_at_once = max(1, _REGION_DAYS_AT_ONCE // regions)
    with written_whole(path) as stream:
        stream.write(f"{CHARTS_HEADER}\n".encode())
        for day in range(first_day, _LAST_DAY + 1, days_at_once):
            last = min(day + days_at_once - 1, _LAST_DAY)
            _write_lines(stream, world, f"chart_lines({day}, {last})")
    return path


def _bar(world: "DuckDBPyConnection", rows: int) -> float:
    """The most streams that a track must have to be listed, such that at least `rows` are."""
    low, high = 1.0, 1e9
    for _ in range(70):
        middle = (low + high) / 2
        (listed,) = world.execute("select coalesce(sum(depth), 0) from planned(?)", [middle]).fetchall()[0]
        low, high = (middle, high) if listed >= rows else (low, middle)
    return low


def _write_official_charts(world: "DuckDBPyConnection", folder: Path, chart_rows: int) -> list[Path]:
    run_sql(world, "official")
    first_day = extent(chart_rows).first_day
    # The last two days of the Kaggle dump, and a week of what comes after it.
    days = range(max(first_day, _LAST_DAY - 1), _LAST_DAY + 8)
    return [
        *(
            _write_official_chart(world, folder, region_no, "weekly", day)
            for region_no in range(3)
            for day in _THURSDAYS
        ),
        *(_write_official_chart(world, folder, region_no, "daily", day) for region_no in range(2) for day in days),
    ]


def _write_official_chart(
    world: "DuckDBPyConnection", folder: Path, region_no: int, cadence: Literal["daily", "weekly"], day: int
) -> Path:
    ((code,),) = world.execute("select code from region where region_no = ?", [region_no]).fetchall()
    lines = world.execute(
        "select line from official_line where region_no = ? and cadence = ? and day = ? order by rank",
        [region_no, cadence, day],
    ).fetchall()
    count = {"daily": "days_on_chart", "weekly": "weeks_on_chart"}[cadence]
    path = folder / f"regional-{code}-{cadence}-{_EPOCH + timedelta(days=day)}.csv"
    with written_whole(path) as stream:
        stream.write(f"\ufeff{OFFICIAL_HEADER.format(count=count)}\r\n".encode())
        stream.writelines(f"{line}\r\n".encode() for (line,) in lines)
    return path


def _write_tidytuesday_catalog(world: "DuckDBPyConnection", path: Path) -> Path:
    return _write_csv(world, path, TIDYTUESDAY_HEADER, "tidytuesday_line")


def _write_114k_catalog(world: "DuckDBPyConnection", path: Path) -> Path:
    return _write_csv(world, path, CATALOG_114K_HEADER, "catalog_114k_line")


def _write_csv(world: "DuckDBPyConnection", path: Path, header: str, lines: str) -> Path:
    with written_whole(path) as stream:
        stream.write(f"{header}\n".encode())
        _write_lines(stream, world, lines)
    return path


def _write_lines(stream: IO[bytes], world: "DuckDBPyConnection", lines: str) -> None:
    """Write a relation of (row_no, line), a line of the file each."""
    write_texts(stream, world.sql(f"select line || chr(10) from {lines} order by row_no"))


def _launch_days() -> list[int]:
    with (FOLDER / "data" / "regions.csv").open(encoding="utf-8", newline="") as file:
        return [(date.fromisoformat(row["launched"]) - _EPOCH).days for row in csv.DictReader(file)]


def set_variables(world: "DuckDBPyConnection", **variables: Any) -> None:
    """What a world's SQL reads by `getvariable`."""
    for name, value in variables.items():
        world.execute(f"set variable {name} = ?", [value])


def run_sql(world: "DuckDBPyConnection", name: str) -> None:
    world.execute((FOLDER / "sql" / f"{name}.sql").read_text(encoding="utf-8"))
