"""The charts behave as charts do, and hold the dirt that they are said to hold."""

import csv
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from spotify_platform.sample.world import DIRTY_KINDS, WorldSize, open_world

DAY = timedelta(days=1)
REGIONS = {"Global", "United States", "Mexico", "Germany", "Japan"}
SIZES = {"top200": 200, "viral50": 50}


class Chart(NamedTuple):
    region: str
    chart: str
    day: date


class Entry(NamedTuple):
    rank: int
    url: str
    trend: str
    streams: int | None


def complaint(row: list[str]) -> str | None:
    """What a careful reader says of one row by itself."""
    if len(row) != 9:
        return "too few fields" if len(row) < 9 else "too many fields"
    _, rank, day, _, url, region, chart, _, streams = row
    if not rank.isdigit():
        return "rank not a number"
    if not 1 <= int(rank) <= 200:
        return "rank out of range"
    try:
        date.fromisoformat(day)
    except ValueError:
        return "impossible date"
    if not url:
        return "no url"
    if not re.search(r"/track/[0-9A-Za-z]{22}$", url):
        return "url without a track"
    if streams and not streams.isdigit():
        return "streams not a number"
    if region not in REGIONS:
        return "unknown region"
    if chart not in SIZES:
        return "unknown chart"
    return None


class Charts(NamedTuple):
    clean: dict[Chart, list[Entry]]
    dirt: Counter[str]
    dirty: set[Chart]  # that have lost a row, or may have


@pytest.fixture(scope="module")
def charts(world: Path) -> Charts:
    clean: dict[Chart, list[Entry]] = defaultdict(list)
    dirt: Counter[str] = Counter()
    dirty: set[Chart] = set()
    last: list[str] = []
    where = Chart("", "", date.min)
    problem = None
    with (world / "charts.csv").open(encoding="utf-8", newline="") as file:
        for row in list(csv.reader(file, strict=True))[1:]:
            was_dirty = problem is not None
            problem = complaint(row)
            if problem is None:
                where = Chart(row[5], row[6], date.fromisoformat(row[2]))
                entry = Entry(int(row[1]), row[4], row[7], int(row[8]) if row[8] else None)
                entries = clean[where]
                if row == last:
                    problem = "duplicate row"
                elif entries and entries[-1].url == entry.url:
                    problem = "two ranks"
                else:
                    entries.append(entry)
            if problem is not None:
                dirt[problem] += 1
            # A row that does not tell its chart is of that before it or of that after it.
            if problem is not None or was_dirty:
                dirty.add(where)
            last = row
    return Charts(dict(clean), dirt, dirty)


def test_every_kind_of_dirt_is_there_and_none_is_common(charts: Charts) -> None:
    assert set(charts.dirt) == set(DIRTY_KINDS)
    assert sum(charts.dirt.values()) == pytest.approx(0.0005 * 200_000, rel=0.1)
    assert min(charts.dirt.values()) >= 7


def test_charts_are_whole_but_for_the_smallest_market(charts: Charts) -> None:
    lengths: dict[tuple[str, str], list[int]] = defaultdict(list)
    for chart, entries in charts.clean.items():
        lengths[chart.region, chart.chart].append(len(entries))
    assert {region for region, _ in lengths} == REGIONS
    days = {chart.day for chart in charts.clean}
    assert max(days) == date(2021, 12, 31)
    assert len(days) == (max(days) - min(days)).days + 1 > 150
    for (region, kind), sizes in lengths.items():
        assert len(sizes) == len(days)
        assert max(sizes) <= SIZES[kind]
        if region != "Japan":
            assert min(sizes) >= SIZES[kind] - 3


def test_ranks_and_tracks_are_unique_within_a_chart(charts: Charts) -> None:
    for chart, entries in charts.clean.items():
        ranks = [entry.rank for entry in entries]
        assert ranks == sorted(set(ranks)), chart
        assert len({entry.url for entry in entries}) == len(entries), chart


def test_streams_fall_with_the_rank_and_are_unknown_for_the_viral_chart(charts: Charts) -> None:
    for chart, entries in charts.clean.items():
        streams = [entry.streams for entry in entries]
        if chart.chart == "viral50":
            assert set(streams) == {None}
        else:
            numbers = [number for number in streams if number is not None]
            assert len(numbers) == len(streams)
            assert numbers == sorted(numbers, reverse=True)
            assert min(numbers) > 0
    first, *_, last = charts.clean[Chart("Global", "top200", date(2021, 11, 3))]
    assert first.streams
    assert last.streams
    assert 6 < first.streams / last.streams < 40


def test_the_trend_follows_from_yesterdays_rank(charts: Charts) -> None:
    seen: Counter[str] = Counter()
    for chart, entries in charts.clean.items():
        yesterday = chart._replace(day=chart.day - DAY)
        if yesterday not in charts.clean or {chart, yesterday} & charts.dirty:
            continue
        before = {entry.url: entry.rank for entry in charts.clean[yesterday]}
        for entry in entries:
            was = before.get(entry.url)
            if was is None:
                expected = "NEW_ENTRY"
            elif was == entry.rank:
                expected = "SAME_POSITION"
            else:
                expected = "MOVE_UP" if was > entry.rank else "MOVE_DOWN"
            assert entry.trend == expected, (chart, entry)
            seen[expected] += 1
    assert seen.total() > 150_000
    assert set(seen) == {"NEW_ENTRY", "SAME_POSITION", "MOVE_UP", "MOVE_DOWN"}
    assert 0.02 < seen["NEW_ENTRY"] / seen.total() < 0.10
    assert 0.05 < seen["SAME_POSITION"] / seen.total() < 0.25


def runs_of(charts: Charts, region: str, chart: str) -> dict[str, list[list[tuple[date, int]]]]:
    """For each track its unbroken runs of (day, rank)."""
    places: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for where, entries in sorted(charts.clean.items()):
        if (where.region, where.chart) == (region, chart):
            for entry in entries:
                places[entry.url].append((where.day, entry.rank))
    runs: dict[str, list[list[tuple[date, int]]]] = {}
    for url, days in places.items():
        runs[url] = [[days[0]]]
        for place in days[1:]:
            # A day lost to dirt is not the end of a run.
            if place[0] - runs[url][-1][-1][0] <= 2 * DAY:
                runs[url][-1].append(place)
            else:
                runs[url].append([place])
    return runs


@pytest.mark.parametrize(("region", "chart"), [("Global", "top200"), ("Mexico", "top200"), ("Japan", "viral50")])
def test_chart_runs_look_like_runs(charts: Charts, region: str, chart: str) -> None:
    runs = runs_of(charts, region, chart)
    lengths = [len(run) for of_track in runs.values() for run in of_track]
    assert statistics.median(lengths) >= 5
    assert statistics.mean(lengths) > statistics.median(lengths)  # a few stay very long
    again = sum(len(of_track) > 1 for of_track in runs.values()) / len(runs)
    assert 0.03 < again < 0.7
    # Of what rises, peaks and declines, the best rank is rarely the last, and the end is worse than the peak.
    long = [run for of_track in runs.values() for run in of_track if len(run) >= 14]
    assert len(long) > 50
    fell = [run[-1][1] - min(rank for _, rank in run) for run in long]
    assert statistics.median(fell) > 0.1 * SIZES[chart]


def test_most_tracks_are_there_the_next_day(charts: Charts) -> None:
    for chart, low, high in (("top200", 0.92, 0.985), ("viral50", 0.85, 0.97)):
        stayed = []
        for where, entries in charts.clean.items():
            tomorrow = charts.clean.get(where._replace(day=where.day + DAY))
            if where.chart == chart and tomorrow:
                urls = {entry.url for entry in tomorrow}
                stayed.append(sum(entry.url in urls for entry in entries) / len(entries))
        assert low < statistics.mean(stayed) < high


def test_regions_agree_in_part(charts: Charts) -> None:
    def urls(region: str) -> set[str]:
        return {entry.url for entry in charts.clean[Chart(region, "top200", date(2021, 10, 1))]}

    for region in ("United States", "Mexico", "Germany"):
        shared = len(urls("Global") & urls(region)) / 200
        assert 0.2 < shared < 0.9


def test_some_tracks_are_popular_beyond_proportion(charts: Charts) -> None:
    days = Counter(entry.url for entries in charts.clean.values() for entry in entries)
    total = days.total()
    top_tenth = sum(count for _, count in days.most_common(len(days) // 10))
    assert top_tenth > 0.3 * total


def test_seasonal_tracks_chart_in_their_season_alone(charts: Charts) -> None:
    with open_world(WorldSize(catalog_tracks=0)) as world:
        seasonal = {
            f"https://open.spotify.com/track/{track_id}"
            for (track_id,) in world.execute(
                "select track_id from track join sleeve using (track_key) where kind = 'seasonal'"
            ).fetchall()
        }
    months = Counter(
        chart.day.month for chart, entries in charts.clean.items() for entry in entries if entry.url in seasonal
    )
    assert months[12] > 500
    assert months[10] > 0  # Halloween
    assert months[8] == months[9] == 0


def official(world: Path, region: str, cadence: str) -> dict[date, dict[str, dict[str, str]]]:
    """Files by day, and in each the rows by uri."""
    files: dict[date, dict[str, dict[str, str]]] = {}
    for path in sorted(world.glob(f"regional-{region}-{cadence}-*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            files[date.fromisoformat(path.stem[-10:])] = {row["uri"]: row for row in csv.DictReader(file)}
    return files


@pytest.mark.parametrize(
    ("region", "cadence", "step", "count"),
    [
        ("global", "daily", 1, "days_on_chart"),
        ("us", "daily", 1, "days_on_chart"),
        ("global", "weekly", 7, "weeks_on_chart"),
        ("mx", "weekly", 7, "weeks_on_chart"),
    ],
)
def test_official_history_follows_from_the_file_before(
    world: Path, region: str, cadence: str, step: int, count: str
) -> None:
    files = official(world, region, cadence)
    returned = 0
    for day, rows in files.items():
        assert [int(row["rank"]) for row in rows.values()] == list(range(1, 201))
        before = files.get(day - step * DAY)
        if before is None:
            continue
        for uri, row in rows.items():
            assert int(row["peak_rank"]) <= int(row["rank"])
            if uri in before:
                assert row["previous_rank"] == before[uri]["rank"]
                assert int(row[count]) == int(before[uri][count]) + 1
                assert int(row["peak_rank"]) == min(int(before[uri]["peak_rank"]), int(row["rank"]))
            else:
                assert row["previous_rank"] == "-1"
                returned += int(row[count]) > 1
    assert returned > 0


@pytest.mark.parametrize(("code", "region"), [("global", "Global"), ("us", "United States")])
def test_official_files_of_the_last_days_tell_what_the_dump_tells(
    world: Path, charts: Charts, code: str, region: str
) -> None:
    ranks: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for chart, entries in charts.clean.items():
        if (chart.region, chart.chart) == (region, "top200"):
            for entry in entries:
                ranks["spotify:track:" + entry.url[-22:]].append((chart.day, entry.rank))
    for day in (date(2021, 12, 30), date(2021, 12, 31)):
        rows = official(world, code, "daily")[day]
        dump = {"spotify:track:" + entry.url[-22:]: entry for entry in charts.clean[Chart(region, "top200", day)]}
        assert len(dump) >= 198
        exact = 0
        for uri, entry in dump.items():
            assert (int(rows[uri]["rank"]), int(rows[uri]["streams"])) == (entry.rank, entry.streams)
            past = [rank for when, rank in ranks[uri] if when <= day]
            # A row lost to dirt is missing in the dump; the history knows it all the same.
            assert int(rows[uri]["peak_rank"]) <= min(past)
            assert int(rows[uri]["days_on_chart"]) >= len(past)
            exact += (int(rows[uri]["peak_rank"]), int(rows[uri]["days_on_chart"])) == (min(past), len(past))
        assert exact > 0.9 * len(dump)


def test_a_week_is_the_sum_of_its_days(world: Path) -> None:
    week = official(world, "us", "weekly")[date(2022, 1, 6)]
    days = [
        rows for day, rows in official(world, "us", "daily").items() if date(2021, 12, 31) <= day <= date(2022, 1, 6)
    ]
    assert len(days) == 7
    all_week = set.intersection(*(set(rows) for rows in days))
    assert len(all_week & set(week)) > 150
    for uri in all_week & set(week):
        total = sum(int(rows[uri]["streams"]) for rows in days)
        assert int(week[uri]["streams"]) == pytest.approx(total, rel=1e-3)


def test_region_names_are_those_of_the_real_dump(real: Callable[[str], Path]) -> None:
    path = real("charts/kaggle_dhruvildave_charts_raw_top200_sample10000.csv.zst")
    with pytest.importorskip("backports.zstd").open(path, "rt", encoding="utf-8", newline="") as file:
        theirs = {row["region"] for row in csv.DictReader(file)}
    with open_world(WorldSize(1_000, catalog_tracks=0)) as world:
        ours = {name for (name,) in world.execute("select region from region").fetchall()}
    assert theirs <= ours
    assert len(ours) == 70
