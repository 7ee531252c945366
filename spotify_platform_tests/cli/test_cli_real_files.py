"""Real files in one home: every row accounted for, and the marts counted again by other means."""

import csv
import datetime as dt
import io
import itertools
import re
import shutil
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spotify_platform.environment import Environment
from spotify_platform.resources import warehouse_of
from spotify_platform_tests.cli.conftest import Command, small_models
from spotify_platform_tests.reliability.worlds import changed, contents, undrawn

if TYPE_CHECKING:
    import pandas as pd

KAGGLE = "charts/kaggle_dhruvildave_charts_raw_top200_sample10000.csv.zst"
WEEKLY = "charts/charts_spotify_com_weekly_global"
OLD = "charts/spotifycharts_com_weekly_global_2020"
TOP50 = "charts/universal_top_spotify_songs_2025-02-17_18_fixed.csv.zst"
TIDYTUESDAY = "tracks/tidytuesday_spotify_songs.csv.zst"
PLAYLISTS = "playlists"

CODES = {
    "Global": "GLOBAL",
    "Russia": "RU",
    "South Korea": "KR",
    "Turkey": "TR",
    "Taiwan": "TW",
    "Vietnam": "VN",
    "Bolivia": "BO",
    "Czech Republic": "CZ",
}
"""Regions that Kaggle calls otherwise than ISO 3166-1 does."""


@dataclass(frozen=True)
class RealHome:
    """The data world with all real files landed and built in one go, and what the upload said."""

    command: Command
    folder: Path
    reports: dict[str, dict[str, Any]]

    @property
    def kaggle(self) -> Path:
        return self.folder / KAGGLE

    @property
    def weekly(self) -> list[Path]:
        return sorted((self.folder / WEEKLY).glob("*.csv"))

    @property
    def old(self) -> list[Path]:
        return sorted((self.folder / OLD).glob("*.csv"))

    @property
    def top50(self) -> Path:
        return self.folder / TOP50

    @property
    def charts(self) -> list[Path]:
        return [self.kaggle, *self.weekly, *self.old, self.top50]

    @property
    def tidytuesday(self) -> Path:
        return self.folder / TIDYTUESDAY

    @property
    def playlists(self) -> list[Path]:
        return sorted((self.folder / PLAYLISTS).iterdir())

    @property
    def files(self) -> list[Path]:
        return [self.tidytuesday, *self.charts, *self.playlists]

    @property
    def environment(self) -> Environment:
        return Environment.load(home=self.command.home, world="data", threads=2)


@pytest.fixture(scope="module")
def real(realdata: Path, tmp_path_factory: pytest.TempPathFactory, command_on: Callable[[Path], Command]) -> RealHome:
    command = command_on(tmp_path_factory.mktemp("real") / "home")
    home = RealHome(command, realdata, {})
    with small_models(), undrawn():
        reports = command.upload(*home.files, options=("--run",))
    return replace(home, reports={report["file"]: report for report in reports})


@pytest.fixture
def copy_of_real(real: RealHome, tmp_path: Path, command_on: Callable[[Path], Command]) -> Environment:
    shutil.copytree(real.command.home, tmp_path / "home")
    return Environment.load(home=tmp_path / "home", world="data", threads=2)


def records(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV, read by Python alone."""
    data = path.read_bytes()
    if path.suffix == ".zst":
        from backports import zstd

        data = zstd.decompress(data)
    text = data.decode("utf-8-sig")
    if text.startswith(",,,"):
        _note, text = text.split("\n", 1)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in ("rows_read", "loaded", "duplicate", "skipped", "rejected"))


def test_every_row_of_the_chart_files_is_loaded(real: RealHome) -> None:
    for path in real.charts:
        rows = len(records(path))
        report = real.reports[path.name]
        assert report["status"] == "landed"
        assert counts(report) == (rows, rows, 0, 0, 0), path.name
        assert report["tables"]["cleandata.charts"]["loaded"] == rows
    assert [real.reports[path.name]["rows_read"] for path in (real.kaggle, real.top50)] == [10_000, 4996]


def test_a_chart_that_tells_of_its_tracks_is_accounted_for_in_both_tables(real: RealHome) -> None:
    known = {row["track_id"] for row in records(real.tidytuesday) if row["track_name"] not in ("", "NA")}
    tracks = {row["spotify_id"] for row in records(real.top50)}
    tables = real.reports[real.top50.name]["tables"]
    assert tables.keys() == {"cleandata.charts", "cleandata.tracks"}
    new = len(tracks - known)
    assert counts(tables["cleandata.tracks"]) == (4996, new, 4996 - new, 0, 0)
    [found] = real.command.rows(
        "SELECT COUNT(*) AS tracks FROM cleandata.tracks WHERE features_provider = 'kaggle_top50' AND energy IS NOT NULL"
    )
    assert found == {"tracks": new}
    assert (len(tracks), 0 < new < len(tracks)) == (1816, True)


def plain(text: str) -> str:
    """Lower case, without accents."""
    spelled = unicodedata.normalize("NFD", text.lower().replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return "".join(c for c in spelled if not unicodedata.combining(c) or (not c.isascii() and ord(c) > 0x36F))


def song_key(title: str) -> str:
    bare = re.sub(r"[(\[](feat\.?|ft\.?|featuring|with) [^)\]]*[)\]]", " ", plain(title))
    bare = re.sub(r" (feat\.|ft\.|featuring) .*", " ", bare)
    return " ".join(re.sub("[!-/:-@\\[-`{-~–-„…]+", " ", bare).split()) or plain(title)


def credited(credit: str) -> frozenset[str]:
    return frozenset(plain(credit).replace(" & ", ", ").split(", "))


@pytest.fixture(scope="module")
def meant(real: RealHome) -> dict[tuple[str, str, int], str]:
    """The track that a playlist's title, artists and length mean, where it is one: matched by Python alone."""
    known: dict[str, set[tuple[str, frozenset[str], int | None]]] = defaultdict(set)
    for row in records(real.tidytuesday):
        if row["track_name"] not in ("", "NA"):
            track = (row["track_id"], credited(row["track_artist"]), int(row["duration_ms"]))
            known[song_key(row["track_name"])].add(track)
    for row in records(real.top50):
        known[song_key(row["name"])].add((row["spotify_id"], credited(row["artists"]), int(row["duration_ms"])))
    for path in [real.kaggle, *real.weekly, *real.old]:
        for row in records(path):
            track_id = re.split("[/:]", row.get("url") or row.get("uri") or row["URL"])[-1]
            artists = row.get("artist") or row.get("artist_names") or row["Artist"]
            title = row.get("title") or row.get("track_name") or row["Track Name"]
            known[song_key(title)].add((track_id, credited(artists), None))
    found = {}
    for title, artists, length in {(r["song"], r["artist"], int(r["duration_ms"])) for r in playlist_rows(real)}:
        ours, tracks = credited(artists), defaultdict(list)
        for track_id, theirs, duration in known[song_key(title)] if title else ():
            tracks[track_id].append((len(ours & theirs) / len(ours | theirs), duration))
        near = {}
        for track_id, seen in tracks.items():
            gap = min((abs(length - duration) for _, duration in seen if duration), default=None)
            if max(overlap for overlap, _ in seen) >= 0.5 and (gap is None or gap <= 3000):
                near[track_id] = (-max(overlap for overlap, _ in seen), gap is None, gap or 0)
        best = [track_id for track_id, distance in near.items() if distance == min(near.values())]
        if len(best) == 1:
            found[title, artists, length] = best[0]
    return found


def playlist_rows(real: RealHome) -> Iterator[dict[str, str]]:
    return itertools.chain.from_iterable(map(records, real.playlists))


def test_playlists_load_the_tracks_that_are_known_and_skip_the_others(
    real: RealHome, meant: dict[tuple[str, str, int], str]
) -> None:
    for path in real.playlists:
        rows = records(path)
        loaded = sum((row["song"], row["artist"], int(row["duration_ms"])) in meant for row in rows)
        assert counts(real.reports[path.name]) == (27_800, loaded, 0, 27_800 - loaded, 0), path.name
        assert real.reports[path.name]["tables"].keys() == {"cleandata.playlist_tracks"}
        assert real.reports[path.name]["repairs"] == ["line ends of several kinds made one"]
        assert loaded > 5000
    matches = real.command.rows(
        "SELECT title, artist_credit, duration_ms, track_id FROM cleandata.track_matches "
        "WHERE kind = 'playlists' AND track_id IS NOT NULL"
    )
    assert {(m["title"], m["artist_credit"], m["duration_ms"]): m["track_id"] for m in matches} == meant


def test_popularity_is_kept_by_track_day_and_source(real: RealHome, popularity: dict[tuple[str, ...], int]) -> None:
    rows = real.command.rows("SELECT track_id, as_of, source, popularity FROM warehouse.fact_track_popularity")
    assert {(r["track_id"], r["as_of"], r["source"]): r["popularity"] for r in rows} == popularity


@pytest.fixture(scope="module")
def popularity(real: RealHome, meant: dict[tuple[str, str, int], str]) -> dict[tuple[str, ...], int]:
    """Every measurement, by track, day and source."""
    named = [row for row in records(real.tidytuesday) if row["track_name"] not in ("", "NA")]
    found = {(row["track_id"], "2020-01-21", "tidytuesday"): int(row["track_popularity"]) for row in named}
    for row in records(real.top50):
        found[row["spotify_id"], row["snapshot_date"], "kaggle_top50"] = int(row["popularity"])
    for row in playlist_rows(real):
        track = meant.get((row["song"], row["artist"], int(row["duration_ms"])))
        if track:
            key = (track, row["date"], "top50_playlists")
            found[key] = max(found.get(key, 0), int(row["popularity"]))
    return found


def test_every_track_of_the_catalogue_is_loaded_once_and_nameless_rows_are_rejected(real: RealHome) -> None:
    rows = records(real.tidytuesday)
    named = [row for row in rows if row["track_name"] not in ("", "NA")]
    tracks = {row["track_id"] for row in named}
    assert (len(rows), len(tracks), len(rows) - len(named)) == (32_833, 28_352, 5)
    report = real.reports[real.tidytuesday.name]
    assert counts(report) == (32_833, 28_352, len(named) - 28_352, 0, 5)
    assert sum(report["reasons"].values()) == 5
    [rejected] = real.command.rows("SELECT COUNT(*) AS rows, COUNT(DISTINCT line) AS lines FROM cleandata.rejects")
    assert rejected == {"rows": 5, "lines": 5}


def test_the_rejected_lines_are_those_without_a_name(real: RealHome) -> None:
    nameless = [
        number for number, row in enumerate(records(real.tidytuesday), start=2) if row["track_name"] in ("", "NA")
    ]
    lines = real.command.rows("SELECT line, column_name FROM cleandata.rejects ORDER BY line")
    assert [row["line"] for row in lines] == nameless
    assert {row["column_name"] for row in lines} <= {"track_name", "track_artist"}


def test_the_receipts_keep_what_the_upload_said(real: RealHome) -> None:
    receipts = real.command.rows(
        "SELECT name, table_name, r.rows_read, loaded, duplicate, skipped, r.rejected FROM raw.receipts AS r "
        "JOIN raw.manifest USING (file_id)"
    )
    assert len(receipts) == len(real.files) + 1  # one file feeds two tables
    for receipt in receipts:
        report = real.reports[receipt.pop("name")]
        assert receipt == {"table_name": receipt["table_name"], **report["tables"][receipt["table_name"]]}


def test_all_files_again_load_nothing_and_change_nothing(real: RealHome, tmp_path: Path) -> None:
    """Under their own names and others: every readable row is a duplicate."""
    before = contents(real.environment)
    renamed = [
        Path(shutil.copyfile(path, tmp_path / f"again {number}{''.join(path.suffixes)}"))
        for number, path in enumerate(real.files)
    ]
    reports = real.command.upload(*real.files, *renamed, options=("--run",))
    assert len(reports) == 2 * len(real.files)
    for path, report in zip([*real.files, *real.files], reports, strict=True):
        first = real.reports[path.name]
        assert report["status"] == "already landed"
        assert (report["loaded"], report["skipped"]) == (0, 0)
        assert report["duplicate"] == first["rows_read"] - first["rejected"]
    assert changed(before, contents(real.environment)) == []


def run_check(environment: Environment, asset: tuple[str, str], name: str) -> bool:
    """Whether one check passes, run alone."""
    import dagster as dg

    from spotify_platform.definitions import build_definitions

    key = dg.AssetCheckKey(dg.AssetKey(asset), name)
    job = dg.define_asset_job("one_check", selection=dg.AssetSelection.checks(key))
    definitions = dg.Definitions.merge(build_definitions(environment), dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("one_check").execute_in_process(
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
    [evaluation] = done.get_asset_check_evaluations()
    return bool(evaluation.passed)


ACCOUNTS = (("cleandata", "chart_accounting"), "rows_are_accounted_for")
FACT = (("warehouse", "fact_chart_entry"), "has_every_row_of_the_lake")


def test_a_row_that_is_lost_from_the_lake_turns_its_check_red(copy_of_real: Environment) -> None:
    from deltalake import DeltaTable

    assert run_check(copy_of_real, *ACCOUNTS)
    table = DeltaTable(str(copy_of_real.lake_root / "cleandata" / "charts"))
    deleted = table.delete("region_code = 'GLOBAL' AND rank = 7 AND chart_date = '2023-01-05'")
    assert deleted["num_deleted_rows"] == 1
    assert not run_check(copy_of_real, *ACCOUNTS)
    assert not run_check(copy_of_real, *FACT)


def test_a_row_that_is_lost_from_the_warehouse_turns_its_check_red(copy_of_real: Environment) -> None:
    from spotify_platform.resources import warehouse_of

    assert run_check(copy_of_real, *FACT)
    with warehouse_of(copy_of_real).connect() as connection:
        [(view,)] = connection.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'fact_chart_entry'").fetchall()
        connection.execute("DROP VIEW warehouse.fact_chart_entry")
        lost = "WHERE NOT (rank = 7 AND chart_date = DATE '2023-01-05')"
        connection.execute(f"{view.rstrip().rstrip(';')} {lost}")
    assert not run_check(copy_of_real, *FACT)
    assert run_check(copy_of_real, *ACCOUNTS)


@dataclass(frozen=True)
class Entry:
    """A chart entry, read by Python alone."""

    region: str
    chart: str
    cadence: str
    day: dt.date
    rank: int
    track: str
    streams: int | None


def code_of(region: str) -> str:
    import pycountry

    return CODES.get(region) or str(pycountry.countries.lookup(region).alpha_2)


@pytest.fixture(scope="module")
def entries(real: RealHome) -> list[Entry]:
    kaggle = (
        Entry(
            code_of(row["region"]),
            row["chart"],
            "daily",
            dt.date.fromisoformat(row["date"]),
            int(row["rank"]),
            row["url"].rsplit("/", 1)[1],
            int(row["streams"]) if row["streams"] else None,
        )
        for row in records(real.kaggle)
    )
    weekly = (
        Entry(
            "GLOBAL",
            "top200",
            "weekly",
            dt.date.fromisoformat(path.stem[-10:]),
            int(row["rank"]),
            row["uri"].rsplit(":", 1)[1],
            int(row["streams"]),
        )
        for path in real.weekly
        for row in records(path)
    )
    old = (
        Entry(
            "GLOBAL",
            "top200",
            "weekly",
            dt.date.fromisoformat(path.stem[-10:]) - dt.timedelta(days=1),
            int(row["Position"]),
            row["URL"].rsplit("/", 1)[1],
            int(row["Streams"]),
        )
        for path in real.old
        for row in records(path)
    )
    top50 = (
        Entry(
            row["country"] or "GLOBAL",
            "top50",
            "daily",
            dt.date.fromisoformat(row["snapshot_date"]),
            int(row["daily_rank"]),
            row["spotify_id"],
            None,
        )
        for row in records(real.top50)
    )
    return [*kaggle, *weekly, *old, *top50]


def runs_of(days: list[dt.date], step: int) -> Iterator[list[dt.date]]:
    """Days in a row."""
    numbered = enumerate(sorted(days))
    for _, run in itertools.groupby(numbered, key=lambda pair: pair[1].toordinal() - step * pair[0]):
        yield [day for _, day in run]


def test_chart_runs_are_those_of_a_recount(real: RealHome, entries: list[Entry]) -> None:
    lives: dict[tuple[str, str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        lives[entry.region, entry.chart, entry.cadence, entry.track].append(entry)
    expected = {}
    for life, found in lives.items():
        runs = list(runs_of([entry.day for entry in found], 7 if life[2] == "weekly" else 1))
        peak = min(entry.rank for entry in found)
        streams = [entry.streams for entry in found if entry.streams is not None]
        expected[life] = (
            len({entry.day for entry in found}),
            len(runs),
            len(runs) - 1,
            max(map(len, runs)),
            peak,
            min(entry.day for entry in found if entry.rank == peak).isoformat(),
            min(entry.day for entry in found).isoformat(),
            max(entry.day for entry in found).isoformat(),
            sum(entry.rank == 1 for entry in found),
            sum(streams) if streams else None,
        )
    names = (
        "entries, runs, re_entries, longest_run, peak_rank, peak_date, first_date, last_date, entries_at_one, streams"
    )
    rows = real.command.rows(f"SELECT region_code, chart, cadence, track_id, {names} FROM marts.track_chart_runs")
    assert {tuple(row.values())[:4]: tuple(row.values())[4:] for row in rows} == expected
    assert max(life[2] for life in expected.values()) > 0
    assert len({life[0] for life in expected if life[1] == "top200"}) == 47
    assert len({life[0] for life in expected if life[1] == "top50"}) == 72


def test_top_charts_are_those_of_a_recount(real: RealHome, entries: list[Entry]) -> None:
    months: dict[tuple[str, ...], dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        month = entry.day.replace(day=1).isoformat()
        months[month, entry.region, entry.chart, entry.cadence][entry.track].append(entry)
    expected = {}
    for month, tracks in months.items():
        totals = []
        for track, found in tracks.items():
            known = [entry.streams for entry in found if entry.streams is not None]
            streams = sum(known) if known else None
            totals.append(
                (streams, sum((51 if month[2] == "top50" else 201) - entry.rank for entry in found), track, len(found))
            )
        totals.sort(key=lambda total: (total[0] is None, -(total[0] or 0), -total[1], total[2]))
        expected |= {(*month, place): total for place, total in enumerate(totals[:50], start=1)}
    rows = real.command.rows(
        "SELECT month_start, region_code, chart, cadence, position, streams, points, track_id, entries FROM marts.top_charts"
    )
    assert {tuple(row.values())[:5]: tuple(row.values())[5:] for row in rows} == expected


def test_correlations_with_popularity_are_numpys(real: RealHome, popularity: dict[tuple[str, ...], int]) -> None:
    import numpy as np

    latest = {track: measured for (track, day, source), measured in sorted(popularity.items(), key=lambda m: m[0][1])}
    named = [row for row in records(real.tidytuesday) if row["track_name"] not in ("", "NA")]
    tracks = {row["spotify_id"]: row for row in reversed(records(real.top50))} | {row["track_id"]: row for row in named}
    assert len(tracks) > 28_352
    popular = np.array([float(latest[track]) for track in tracks])
    rows = real.command.rows("SELECT feature, tracks, correlation FROM marts.feature_popularity_correlation")
    found = {row["feature"]: row for row in rows}
    for feature in (
        "danceability",
        "energy",
        "loudness",
        "speechiness",
        "acousticness",
        "instrumentalness",
        "liveness",
        "valence",
        "tempo",
        "duration_ms",
        "mode",
        "key",
    ):
        values = np.array([float(row[feature]) for row in tracks.values()])
        known = values != 0 if feature == "tempo" else np.ones(len(values), bool)
        expected = float(np.corrcoef(values[known], popular[known])[0, 1])
        assert found[feature]["tracks"] == int(known.sum()), feature
        assert found[feature]["correlation"] == pytest.approx(expected, abs=1e-6), feature
    products = np.array([float(row["energy"]) * float(row["tempo"]) for row in tracks.values()])
    expected = float(np.corrcoef(products[products != 0], popular[products != 0])[0, 1])
    assert found["energy_tempo"]["correlation"] == pytest.approx(expected, abs=1e-4)


def test_the_facts_count_what_the_files_hold(real: RealHome, entries: list[Entry]) -> None:
    counted = Counter((entry.region, entry.cadence) for entry in entries)
    rows = real.command.rows(
        "SELECT region_code, cadence, COUNT(*) AS rows FROM warehouse.fact_chart_entry GROUP BY ALL"
    )
    assert {(row["region_code"], row["cadence"]): row["rows"] for row in rows} == dict(counted)
    [sums] = real.command.rows(
        "SELECT SUM(streams) AS streams, COUNT(*) - COUNT(streams) AS unknown FROM warehouse.fact_chart_entry"
    )
    known = [entry.streams for entry in entries if entry.streams is not None]
    assert sums == {"streams": sum(known), "unknown": len(entries) - len(known)}


# --- the marts counted again by pandas, from the files and, for what a track is, from cleandata

LIFE = ["region", "chart", "cadence", "track"]
POINTS = {"top200": 201, "top50": 51, "viral50": 51}


@pytest.fixture(scope="module")
def charted(entries: list[Entry]) -> "pd.DataFrame":
    """The entries, with month and points."""
    import pandas as pd

    frame = pd.DataFrame(entries).astype({"streams": "Int64"})
    frame["month"] = [day.replace(day=1) for day in frame["day"]]
    frame["points"] = frame["chart"].map(POINTS) - frame["rank"]
    frame["is_global"] = frame["region"] == "GLOBAL"
    return frame


def cleandata(real: RealHome, table: str, *columns: str) -> "pd.DataFrame":
    import pandas as pd

    _, rows = warehouse_of(real.environment).select(f"SELECT {', '.join(columns)} FROM cleandata.{table}")
    return pd.DataFrame(rows, columns=list(columns))


def assert_mart(real: RealHome, mart: str, expected: "pd.DataFrame", keys: int) -> None:
    """The columns of `expected`, named as those of the mart, hold what the mart holds; the first of them are its grain."""
    assert len(expected)
    _, rows = warehouse_of(real.environment).select(f"SELECT {', '.join(expected.columns)} FROM marts.{mart}")
    found = {row[:keys]: row[keys:] for row in rows}
    counted = {row[:keys]: row[keys:] for row in expected.itertuples(index=False, name=None)}
    assert len(counted) == len(expected)
    assert found.keys() == counted.keys()
    for key, values in counted.items():
        plain = [None if is_missing(value) else value for value in values]
        numbers = [value if isinstance(value, int | float | None) else str(value) for value in found[key]]
        assert numbers == [pytest.approx(v) if isinstance(v, float) else v if v is None else like(v) for v in plain], (
            key
        )


def is_missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


def like(value: Any) -> Any:
    """A whole number of numpy's as Python's; anything that is no number as text."""
    import numpy as np

    return int(value) if isinstance(value, int | np.integer) else str(value)


def total(values: "pd.Series[Any]") -> Any:
    """A sum that is missing where all is."""
    return values.sum(min_count=1)


def test_songs_and_their_months_are_those_of_a_recount(real: RealHome, charted: "pd.DataFrame") -> None:
    import pandas as pd

    world, countries = charted[charted["is_global"]], charted[~charted["is_global"]]
    for mart, keys in (("track_month", ["month", "chart", "cadence", "track"]), ("unique_songs", ["track"])):
        songs = charted.groupby(keys)
        expected = pd.DataFrame(
            {
                "countries": countries.groupby(keys)["region"].nunique(),
                "entries": songs.size(),
                "entries_at_one": charted[charted["rank"] == 1].groupby(keys).size(),
                "first_date": songs["day"].min(),
                "last_date": songs["day"].max(),
            }
        ).fillna({"countries": 0, "entries_at_one": 0})
        expected = expected.astype({"countries": int, "entries_at_one": int})
        if mart == "track_month":
            expected["dates"] = songs["day"].nunique()
            expected["best_rank"] = songs["rank"].min()
            expected["points"] = songs["points"].sum()
            expected["global_streams"] = world.groupby(keys)["streams"].agg(total)
            expected["country_streams"] = countries.groupby(keys)["streams"].agg(total)
        else:
            for name, chart, cadence in (
                ("days_on_top200", "top200", "daily"),
                ("weeks_on_top200", "top200", "weekly"),
                ("days_on_viral50", "viral50", "daily"),
            ):
                of_kind = charted[(charted["chart"] == chart) & (charted["cadence"] == cadence)]
                expected[name] = of_kind.groupby(keys)["day"].nunique().reindex(expected.index, fill_value=0)
        names = {"month": "month_start", "track": "track_id"}
        assert_mart(real, mart, expected.reset_index().rename(columns=names), len(keys))


def test_artists_are_those_of_a_recount(real: RealHome, charted: "pd.DataFrame") -> None:
    import pandas as pd

    credits = cleandata(real, "track_artists", "track_id", "artist_id", "position").sort_values("position")
    credits = credits.drop_duplicates(["track_id", "artist_id"])
    tracks = credits.merge(cleandata(real, "tracks", "track_id", "popularity", "duration_ms"), on="track_id")
    known = tracks.groupby("artist_id")
    credited = charted.merge(credits, left_on="track", right_on="track_id")
    of_artist = credited.groupby("artist_id")
    summary = pd.DataFrame(
        {
            "tracks": known.size(),
            "tracks_with_popularity": known["popularity"].count(),
            "mean_popularity": known["popularity"].mean(),
            "mean_duration_ms": known["duration_ms"].mean(),
            "charted_tracks": of_artist["track"].nunique(),
            "appearances": of_artist.size(),
            "months_on_charts": of_artist["month"].nunique(),
            "peak_rank": of_artist["rank"].min().astype("Int64"),
        }
    ).fillna({"charted_tracks": 0, "appearances": 0, "months_on_charts": 0})
    summary = summary.astype({"charted_tracks": int, "appearances": int, "months_on_charts": int})
    assert_mart(real, "artist_summary", summary.reset_index(), 1)

    keys = ["month", "chart", "cadence", "artist_id"]
    lead = credited[credited["position"] == 1]
    performance = pd.DataFrame(
        {
            "tracks": credited.groupby(keys)["track"].nunique(),
            "entries": credited.groupby(keys).size(),
            "points": credited.groupby(keys)["points"].sum(),
            "global_streams": credited[credited["is_global"]].groupby(keys)["streams"].agg(total),
            "country_streams_as_lead": lead[~lead["is_global"]].groupby(keys)["streams"].agg(total),
        }
    )
    assert_mart(real, "artist_performance", performance.reset_index().rename(columns={"month": "month_start"}), 4)


def test_genres_and_the_ages_of_releases_are_those_of_a_recount(real: RealHome, charted: "pd.DataFrame") -> None:
    import pandas as pd

    tracks = cleandata(real, "tracks", "track_id", "genre", "release_date", "popularity", "energy", "danceability")
    tracks["genre"] = tracks["genre"].fillna("unknown")
    genres = tracks.groupby("genre")
    placed = charted.merge(tracks, left_on="track", right_on="track_id")
    summary = pd.DataFrame(
        {
            "tracks": genres.size(),
            "share_of_tracks": genres.size() / len(tracks),
            "mean_popularity": genres["popularity"].mean(),
            "mean_energy": genres["energy"].mean(),
            "mean_danceability": genres["danceability"].mean(),
            "charted_tracks": placed.groupby("genre")["track"].nunique().reindex(genres.size().index, fill_value=0),
        }
    )
    assert_mart(real, "genre_summary", summary.reset_index(), 1)

    keys = ["month", "chart", "cadence", "genre"]
    once = placed.drop_duplicates([*keys, "track"]).groupby(keys)
    performance = pd.DataFrame(
        {
            "tracks": once.size(),
            "entries": placed.groupby(keys).size(),
            "share_of_entries": placed.groupby(keys).size() / placed.groupby(keys[:-1]).size(),
            "tracks_with_popularity": once["popularity"].count(),
            "mean_popularity": once["popularity"].mean(),
        }
    )
    assert_mart(real, "genre_performance", performance.reset_index().rename(columns={"month": "month_start"}), 4)

    released, month = pd.to_datetime(placed["release_date"]), pd.to_datetime(placed["month"])
    months = (month.dt.year - released.dt.year) * 12 + month.dt.month - released.dt.month
    bounds = [-float("inf"), 17, 35, float("inf")]
    placed["recency"] = pd.cut(months, bounds, labels=["current", "catalog", "deep catalog"]).astype(object)
    placed["recency"] = placed["recency"].fillna("unknown")
    keys = ["month", "region", "chart", "cadence", "recency"]
    ages = placed.groupby(keys)
    recency = pd.DataFrame(
        {"tracks": ages["track"].nunique(), "entries": ages.size(), "streams": ages["streams"].agg(total)}
    )
    names = {"month": "month_start", "region": "region_code"}
    assert_mart(real, "release_recency", recency.reset_index().rename(columns=names), 5)
    assert set(placed["recency"]) == {"current", "catalog", "deep catalog", "unknown"}


def test_charts_and_what_leads_them_are_those_of_a_recount(real: RealHome, charted: "pd.DataFrame") -> None:
    import pandas as pd

    keys = ["day", "region", "chart", "cadence"]
    charts = charted.groupby(keys)
    names = {"day": "chart_date", "region": "region_code", "track": "track_id"}
    first = charted[charted["rank"] == 1].sort_values(["streams", "track"], ascending=[False, True])
    first = first.drop_duplicates(keys)[[*keys, "track", "streams"]]
    assert_mart(real, "number_one_tracks", first.rename(columns=names), 4)
    days = pd.DataFrame({"entries": charts.size(), "streams": charts["streams"].agg(total)})
    days = days.join(first.set_index(keys)["track"].rename("leader_track_id")).reset_index()
    assert_mart(real, "chart_day", days.rename(columns=names), 4)

    days["month"], days["weekday"] = [d.month for d in days["day"]], [d.isoweekday() for d in days["day"]]
    seasons = days.groupby(["region", "chart", "cadence", "month", "weekday"])
    seasonality = pd.DataFrame(
        {
            "charts": seasons.size(),
            "streams": seasons["streams"].agg(total),
            "mean_streams": seasons["streams"].mean().astype(float),
        }
    )
    assert_mart(real, "seasonality", seasonality.reset_index().rename(columns=names), 5)

    ends = charted.groupby(LIFE[:3])["day"].transform("max")
    current = charted[charted["day"] == ends][[*LIFE, "day", "rank", "streams"]]
    assert_mart(real, "current_top_songs", current.rename(columns=names), 4)


def test_trends_are_those_of_a_recount(real: RealHome) -> None:
    import pandas as pd

    entries = cleandata(real, "charts", "chart_date", "region_code", "chart", "cadence", "trend", "rank", "streams")
    entries["month_start"] = [day.replace(day=1) for day in entries["chart_date"]]
    months = ["month_start", "region_code", "chart", "cadence"]
    trends = entries.dropna(subset="trend").astype({"streams": "Int64"}).groupby([*months, "trend"])
    told = entries.dropna(subset="trend").groupby(months).size()
    summary = pd.DataFrame({"entries": trends.size(), "mean_rank": trends["rank"].mean()})
    summary["share_of_entries"] = summary["entries"] / told
    summary["streams"] = trends["streams"].agg(total)
    assert_mart(real, "trend_summary", summary.reset_index(), 5)


def test_the_likeness_of_regions_and_the_long_tail_are_those_of_a_recount(
    real: RealHome, charted: "pd.DataFrame"
) -> None:
    import numpy as np
    import pandas as pd

    pairs, tails = [], []
    for (chart, cadence), kind in charted.groupby(["chart", "cadence"]):
        points = kind.pivot_table(index="region", columns="track", values="points", aggfunc="sum", fill_value=0)
        table = points.to_numpy(float)
        on = (table > 0).astype(int)
        shared, sizes = on @ on.T, on.sum(axis=1)
        norms = np.sqrt((table**2).sum(axis=1))
        cosines = (table @ table.T) / np.outer(norms, norms)
        for i, one in enumerate(points.index):
            for j, other in enumerate(points.index):
                if i != j:
                    either = sizes[i] + sizes[j] - shared[i, j]
                    likeness = (shared[i, j] / either, cosines[i, j])
                    pairs.append((chart, cadence, one, other, sizes[i], sizes[j], shared[i, j], *map(float, likeness)))
        for region, of_region in kind.groupby("region"):
            streams = np.sort(of_region.groupby("track")["streams"].agg(total).dropna().to_numpy(np.int64))[::-1]
            if len(streams):
                shares = [
                    streams[:n].sum() / streams.sum() for n in (10, -(-len(streams) // 100), -(-len(streams) // 10))
                ]
                half = int(np.searchsorted(streams.cumsum() * 2, streams.sum())) + 1
                tails.append((region, chart, cadence, len(streams), streams.sum(), *map(float, shares), half))
    similarity = (
        *("chart", "cadence", "region_code", "other_region_code"),
        *("tracks", "other_tracks", "shared_tracks", "jaccard", "cosine"),
    )
    assert_mart(real, "region_similarity", pd.DataFrame(pairs, columns=list(similarity)), 4)
    shares_of = ("top_10_share", "top_percent_share", "top_tenth_share")
    tail = ("region_code", "chart", "cadence", "tracks", "streams", *shares_of, "tracks_for_half")
    assert_mart(real, "long_tail", pd.DataFrame(tails, columns=list(tail)), 3)


def test_viral_tracks_are_those_of_a_recount(real: RealHome, entries: list[Entry]) -> None:
    """None, where no file that landed holds a viral chart."""
    viral = [entry for entry in entries if entry.chart == "viral50"]
    ends: dict[tuple[str, str], dt.date] = {}
    for entry in viral:
        place = (entry.region, entry.cadence)
        ends[place] = max(entry.day, ends.get(place, entry.day))
    ranks = defaultdict(list)
    for entry in viral:
        if (ends[entry.region, entry.cadence] - entry.day).days < 14:
            ranks[entry.region, entry.cadence, entry.track].append(entry.rank)
    _, rows = warehouse_of(real.environment).select(
        "SELECT region_code, cadence, track_id, best_rank, points FROM marts.viral_tracks"
    )
    assert {row[:3]: row[3:] for row in rows} == {
        key: (min(found), sum(51 - rank for rank in found)) for key, found in ranks.items()
    }
