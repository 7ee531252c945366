"""Answers to recently-played among themselves and with exports: each play once, and times of which some may be missing."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.defs.history import assets
from spotify_platform.environment import Environment
from spotify_platform.lake.engine import connect
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.relations import bind
from spotify_platform.landing.land import Door, land
from spotify_platform.resources import compute_of
from spotify_platform_tests.landing.histories import account, extended, recent, track_uri, write_json
from spotify_platform_tests.reliability.worlds import LIMITS

DAY = dt.datetime(2024, 3, 1)
HISTORY = Path(assets.__file__).parent
Land = Callable[..., None]


def stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def answer(begin: dt.datetime, plays: int = 50) -> dict[str, Any]:
    """An answer with a play every three minutes from `begin` on."""
    moments = (begin + dt.timedelta(minutes=3 * number) for number in range(plays))
    return recent(*((stamp(moment), round((moment - DAY).total_seconds()) // 180 % 9 + 1) for moment in moments))


def export(*moments: dt.datetime) -> list[Any]:
    return [extended(f"{moment:%Y-%m-%dT%H:%M:%SZ}", track_uri(1)) for moment in moments]


@pytest.fixture
def lands(lake: FolderLake, tmp_path: Path) -> Land:
    def of(name: str, document: Any, listener: str = "me") -> None:
        [outcome] = land(lake, write_json(tmp_path / name, document), Door(listener=listener), LIMITS)
        assert outcome.status == "landed", outcome.reason

    return of


def rows(lake: FolderLake, table: str, columns: str) -> list[tuple[Any, ...]]:
    """Columns of a table of histories, as its model makes it of what has landed."""
    sql = (HISTORY / f"{table}.sql").read_text(encoding="utf-8")
    with connect() as connection:
        bind(connection, lake, [("candidates", "play_rows"), ("candidates", "files")])
        return connection.execute(f"SELECT {columns} FROM ({sql}) ORDER BY ALL").fetchall()


def gaps(lake: FolderLake) -> list[tuple[dt.datetime, dt.datetime, bool]]:
    return rows(lake, "listening_gaps", "begins_at, ends_at, is_closed")  # type: ignore[return-value]


def after(hours: float) -> dt.datetime:
    return DAY + dt.timedelta(hours=hours)


LAST = after(0) + dt.timedelta(minutes=3 * 49)
"""The last play of an answer that begins with the day."""


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_fifty_new_plays_may_hide_others_whatever_landed_first(
    lands: Land, lake: FolderLake, order: tuple[int, ...]
) -> None:
    for number in order:
        lands(f"{number}.json", answer(after(12 * number)))
    assert gaps(lake) == [(LAST, after(12), False)]


def test_a_first_answer_and_one_that_is_not_full_hide_nothing(lands: Land, lake: FolderLake) -> None:
    lands("1.json", answer(after(0)))
    lands("2.json", answer(after(12), 49))
    assert gaps(lake) == []


def test_answers_that_overlap_hide_nothing_and_count_each_play_once(lands: Land, lake: FolderLake) -> None:
    lands("1.json", answer(after(0)))
    lands("2.json", answer(after(1)))  # thirty of these are in the first one too
    assert gaps(lake) == []
    assert Counter(rows(lake, "play_outcomes", "outcome, is_kept")) == {("loaded", True): 70, ("duplicate", False): 30}


def test_the_same_gap_told_by_two_answers_is_one(lands: Land, lake: FolderLake) -> None:
    lands("1.json", answer(after(0)))
    lands("2.json", answer(after(12)))
    lands("3.json", {**answer(after(12)), "href": "asked once more"})
    assert gaps(lake) == [(LAST, after(12), False)]


def test_what_one_listener_played_tells_nothing_of_another(lands: Land, lake: FolderLake) -> None:
    lands("1.json", answer(after(0)))
    lands("2.json", answer(after(12)), "ben")
    assert gaps(lake) == []


def test_an_export_that_covers_a_gap_closes_it_and_takes_the_place_of_polled_plays(
    lands: Land, lake: FolderLake
) -> None:
    lands("1.json", answer(after(0)))
    lands("2.json", answer(after(12)))
    lands("Streaming_History_Audio_2024_1.json", export(after(-1), after(5), after(13)))
    assert gaps(lake) == [(LAST, after(12), True)]
    left_out = ("skipped", "a better history covers the time")
    assert Counter(rows(lake, "play_outcomes", "outcome, reason")) == {left_out: 71, ("loaded", ""): 32}


@pytest.mark.parametrize(("first", "last", "begins_at"), [(-1, 5, after(5)), (5, 13, LAST)])
def test_an_export_of_a_part_of_a_gap_does_not_close_it(
    lands: Land, lake: FolderLake, first: int, last: int, begins_at: dt.datetime
) -> None:
    lands("1.json", answer(after(0)))
    lands("2.json", answer(after(12)))
    lands("Streaming_History_Audio_2024_1.json", export(after(first), after(last)))
    assert gaps(lake) == [(begins_at, after(12), False)]


def test_the_time_between_an_export_and_the_first_answer_is_a_gap(lands: Land, lake: FolderLake) -> None:
    lands("StreamingHistory_music_0.json", [account("2024-02-01 08:00", "Song 1")])
    lands(
        "StreamingHistory_podcast_0.json",
        [{"endTime": "2024-02-20 08:00", "podcastName": "P", "episodeName": "E", "msPlayed": 1}],
    )
    lands("1.json", answer(after(0)))
    assert gaps(lake) == [(dt.datetime(2024, 2, 1, 8), after(0), False)], "podcasts tell nothing of tracks"


@pytest.mark.parametrize(("second", "begins_at", "is_closed"), [(59, LAST, True), (60, after(12), False)])
def test_the_minute_of_account_data_is_covered_to_its_end(
    lands: Land, lake: FolderLake, second: int, begins_at: dt.datetime, is_closed: bool
) -> None:
    begin = after(12) + dt.timedelta(seconds=second)
    lands("1.json", answer(after(0)))
    lands("2.json", answer(begin))
    lands("StreamingHistory_music_0.json", [account(f"2024-0{day} 12:00", "Song 1") for day in ("2-01", "3-01")])
    assert gaps(lake) == [(begins_at, begin, is_closed)]


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_open_gaps_are_told_as_a_warning_that_stops_nothing(
    lands: Land, lake: FolderLake, environment: Environment
) -> None:
    from spotify_platform.defs.history import tables  # Dagster warns of betas on a first import

    lands("1.json", answer(after(0)))
    lands("2.json", answer(after(12)))
    resources = {"lake": lake, "compute": compute_of(environment)}

    def check() -> dg.AssetCheckEvaluation:
        built = dg.materialize([*tables.listening_gaps, assets.no_plays_may_be_missing], resources=resources)
        [found] = [e for e in built.get_asset_check_evaluations() if e.check_name == "no_plays_may_be_missing"]
        return found

    found = check()
    assert (found.passed, found.severity, found.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    assert found.metadata["open_gaps"].value == 1
    assert "2024-03-01 12:00:00" in str(found.metadata["gaps"].value)
    lands("Streaming_History_Audio_2024_1.json", export(after(-1), after(13)))
    assert check().passed
