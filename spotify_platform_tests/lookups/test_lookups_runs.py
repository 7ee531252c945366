"""An id is asked for once, however many runs it takes, whatever ends them."""

import datetime as dt
import logging
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from spotify_platform.errors import BusyError, DeferredError, MissingAbilityError, SourceUnavailableError
from spotify_platform.lake.reading import query
from spotify_platform.landing.manifest import read_manifest
from spotify_platform.lookups.known import read_known
from spotify_platform.lookups.look_up import Found, in_threads
from spotify_platform.lookups.subjects import MISSING_FOR, TRACKS, Answer
from spotify_platform_tests.lookups.desks import Bench, DevelopmentApp, client, track, track_id

DAY = dt.timedelta(days=1)
IDS = [track_id(number) for number in range(12)]


class Source:
    """Answers ids one by one until `error` is due; `asked` are all that came."""

    def __init__(self, error: Exception | None = None, after: int = 10**9) -> None:
        self.error, self.after = error, after
        self.asked: list[str] = []

    def __call__(self, ids: Sequence[str]) -> Iterator[Found]:
        for id in ids:
            if self.error and len(self.asked) == self.after:
                raise self.error
            self.asked.append(id)
            yield (id,), {} if int(id) % 10 == 9 else {id: track(id)}


def landed_ids(bench: Bench) -> list[str]:
    sql = "SELECT track_id FROM candidates.track_rows ORDER BY 1"
    return [id for (id,) in query(bench.lake, sql, ("candidates", "track_rows"))]


def test_five_thousand_ids_under_six_hundred_calls_a_day_are_each_asked_for_once(bench: Bench) -> None:
    ids = [track_id(number) for number in range(5000)]
    api, runs = DevelopmentApp(), 0
    spotify = client(api, bench, calls_a_day=600)
    while True:
        progress = bench.look_up(ids, lambda due: spotify.catalogue("tracks", due))
        runs += 1
        assert progress.asked == progress.answered + progress.missing <= 600
        assert progress.waiting == 5000 - len(api.asked)
        if progress.deferred_until is None:
            break
        assert progress.deferred_until - bench.now <= DAY + dt.timedelta(minutes=10)
        bench.now = progress.deferred_until
    assert runs == 9, "the first call of all was for a batch"
    assert api.asked == ids, "each once, the most wanted first"
    assert api.batches == 1, "what is forbidden is tried once"
    assert landed_ids(bench) == [id for id in ids if int(id) % 10 != 9]
    assert bench.look_up(ids, Source()).asked == 0
    assert sum("of 5,000 asked" in line for line in bench.told) == 1


def test_a_source_that_wants_to_be_left_alone_ends_the_run_with_what_it_gave(bench: Bench) -> None:
    resume_at = bench.now + dt.timedelta(seconds=85_771)
    first = bench.look_up(IDS, Source(DeferredError("Spotify", resume_at), after=10))
    assert (first.asked, first.answered, first.missing, first.waiting) == (10, 9, 1, 2)
    assert first.deferred_until == resume_at
    assert f"gives no more before {resume_at:%Y-%m-%d %H:%M} UTC" in bench.told[-1]
    rest = Source()
    assert bench.look_up(IDS, rest).has_ended
    assert rest.asked == IDS[10:]


def test_a_source_that_fails_fails_the_run_with_what_it_gave(bench: Bench) -> None:
    with pytest.raises(SourceUnavailableError):
        bench.look_up(IDS, Source(SourceUnavailableError("Spotify does not answer now (502)"), after=5))
    assert landed_ids(bench) == IDS[:5]
    rest = Source()
    bench.look_up(IDS, rest)
    assert rest.asked == IDS[5:]


def test_an_app_that_may_not_ask_ends_the_run_and_says_so(bench: Bench) -> None:
    found = bench.look_up(IDS, Source(MissingAbilityError("this app may not ask for tracks"), after=0))
    assert (found.asked, found.unavailable, found.has_ended) == (0, "this app may not ask for tracks", False)
    assert read_manifest(bench.lake) == []


def test_a_killed_run_loses_no_answer_and_asks_for_none_again(bench: Bench) -> None:
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
    else:

        def killed(ids: Sequence[str]) -> Iterator[Found]:
            yield from Source()(ids[:7])
            os.kill(os.getpid(), signal.SIGKILL)

        bench.look_up(IDS, killed)
    assert read_manifest(bench.lake) == []
    rest = Source()
    progress = bench.look_up(IDS, rest)
    assert (rest.asked, progress.recovered, progress.asked) == (IDS[7:], 7, 5)
    assert landed_ids(bench) == [id for id in IDS if int(id) != 9]
    assert [file.rows for file in bench.announced] == [7, 4]


@pytest.mark.parametrize("step", ["landed", "recorded"])
def test_a_run_that_is_killed_while_its_answers_land_lands_them_once(
    bench: Bench, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        if bench.announced:
            raise KeyboardInterrupt

    target = "look_up.record" if step == "landed" else "journal.Journal.remove"
    with monkeypatch.context() as patched:
        patched.setattr(f"spotify_platform.lookups.{target}", killed)
        with pytest.raises(KeyboardInterrupt):
            bench.look_up(IDS, Source())
    again = Source()
    bench.look_up(IDS, again)
    assert again.asked == []
    assert landed_ids(bench) == [id for id in IDS if int(id) != 9]
    assert len(read_manifest(bench.lake)) == 1
    assert not bench.desk.journal(TRACKS).file.exists()


def test_a_line_that_is_torn_is_asked_for_again(bench: Bench) -> None:
    journal = bench.desk.journal(TRACKS)
    journal.append([Answer(IDS[0], "2024-05-01", track(IDS[0])), Answer(IDS[1], "2024-05-01", track(IDS[1]))])
    journal.file.write_bytes(journal.file.read_bytes()[:-20])
    source = Source()
    bench.look_up(IDS[:2], source)
    assert source.asked == IDS[1:2]


def test_an_answer_expires_and_so_does_the_answer_that_there_is_none(bench: Bench) -> None:
    ids = IDS[8:10]  # the second does not exist
    bench.look_up(ids, Source())
    bench.now += MISSING_FOR - DAY
    assert bench.look_up(ids, Source()).asked == 0
    bench.now += DAY
    again = Source()
    bench.look_up(ids, again)
    assert again.asked == ids[1:]
    bench.now += TRACKS.keeps
    both = Source()
    bench.look_up(ids, both)
    assert both.asked == ids
    days = query(
        bench.lake, "SELECT DISTINCT as_of FROM candidates.track_rows ORDER BY 1", ("candidates", "track_rows")
    )
    assert days == [(dt.date(2024, 5, 1),), (bench.now.date(),)]


def test_only_ids_that_do_not_exist_land_no_file_and_are_remembered(bench: Bench) -> None:
    assert bench.look_up([track_id(9), track_id(19)], Source()).missing == 2
    assert read_manifest(bench.lake) == []
    assert read_known(bench.lake, TRACKS) == {track_id(n): ("2024-05-01", False) for n in (9, 19)}


def test_the_same_answers_land_once(bench: Bench) -> None:
    bench.look_up(IDS, Source())
    for record in (bench.lake.root / "rawdata" / "lookups").rglob("*.json"):
        record.unlink()
    assert bench.look_up(IDS, Source()).answered == 11
    assert len(read_manifest(bench.lake)) == 1


def test_a_long_run_lands_its_answers_in_several_files(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotify_platform.lookups.look_up.SEALED_AT", 5)
    assert [file.rows for file in bench.look_up(IDS, Source()).files] == [5, 4, 2]


def test_two_runs_do_not_ask_for_the_same(bench: Bench) -> None:
    def nested(ids: Sequence[str]) -> Iterator[Found]:
        with pytest.raises(BusyError, match="another run is asking for spotify-tracks"):
            bench.look_up(IDS, Source())
        yield from Source()(ids)

    assert bench.look_up(IDS, nested).asked == 12


def test_the_log_tells_of_progress_and_of_nothing_that_was_answered(bench: Bench, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        bench.look_up([track_id(n) for n in range(1100)], Source())
    assert bench.told == [
        "spotify-tracks: 500 of 1,100 asked, 50 unknown",
        "spotify-tracks: 1,000 of 1,100 asked, 100 unknown",
    ]
    assert "Song" not in caplog.text


# --- several calls at once


def test_threads_ask_for_each_id_once_and_side_by_side() -> None:
    together = threading.Barrier(3, timeout=10)

    def ask(batch: Sequence[str]) -> Found:
        together.wait()
        return tuple(batch), {id: id for id in batch}

    found = list(in_threads(ask, IDS, 2, 3))
    assert sorted(id for asked, _ in found for id in asked) == IDS
    assert all(set(asked) == set(bodies) for asked, bodies in found)


def test_an_error_of_one_thread_loses_no_answer_of_another() -> None:
    asked: list[str] = []

    def ask(batch: Sequence[str]) -> Found:
        asked.extend(batch)
        if batch[0] == IDS[4]:
            raise DeferredError("Last.fm", dt.datetime.now(dt.UTC))
        return tuple(batch), {}

    given: list[str] = []
    with pytest.raises(DeferredError):
        given.extend(id for ids, _ in in_threads(ask, IDS, 1, 2) for id in ids)
    assert len(asked) < len(IDS)
