"""The inbox: growing files are left alone, settled ones are taken in chunks, refused ones are put aside."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing import inbox as inbox_module
from spotify_platform.landing.inbox import CHUNK, Waiting, land_waiting, listing, plan
from spotify_platform.landing.manifest import read_manifest
from spotify_platform_tests.conftest import LIMITS
from spotify_platform_tests.landing.writing import DAILY, PROPERTY, ranks, table

NOW = 1_000_000.0
SETTLE = 5.0


def settled(*names: str) -> list[Waiting]:
    return [Waiting(name, 10, NOW - 100) for name in names]


def test_a_file_that_has_just_changed_is_left_alone() -> None:
    young = Waiting("young", 10, NOW - SETTLE + 0.1)
    first = plan([young, *settled("old")], None, NOW, SETTLE)
    assert first.take == ("old",)
    assert plan([young], first.cursor, NOW + 1, SETTLE).take == ("young",)


@settings(PROPERTY, max_examples=100)
@given(looks=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=2, max_size=8))
def test_a_file_is_taken_only_if_it_looks_as_it_did_at_the_last_look(looks: list[tuple[int, int]]) -> None:
    cursor, before = None, None
    for size, minute in looks:
        file = Waiting("f", size, NOW - 600 + 60 * minute)
        decided = plan([file], cursor, NOW, SETTLE)
        assert (decided.take == ("f",)) == (before is None or before == (size, minute))
        cursor, before = decided.cursor, (size, minute)


def test_a_file_that_was_swapped_for_another_of_its_age_and_size_has_the_same_look() -> None:
    assert Waiting("a", 1, 2.0).fingerprint == Waiting("b", 1, 2.0).fingerprint


def test_ten_thousand_files_are_taken_in_chunks_and_the_cursor_stays_small() -> None:
    names = [f"{'x' * 200}/{number:05d}.csv" for number in range(10_000)]
    waiting, cursor, taken, plans = settled(*names[::-1]), None, [], 0
    while True:
        decided = plan(waiting, cursor, NOW, SETTLE)
        if not decided.take:
            break
        plans += 1
        assert len(decided.take) <= CHUNK
        assert len(decided.cursor) < 400 * CHUNK * 2
        taken += decided.take
        gone = set(decided.take)
        waiting, cursor = [file for file in waiting if file.name not in gone], decided.cursor
    assert taken == names
    assert plans == 10_000 / CHUNK


def test_the_cursor_remembers_the_files_that_come_next_whatever_the_order_of_the_listing() -> None:
    names = [f"{number:05d}" for number in range(3 * CHUNK)]
    remembered = json.loads(plan(settled(*names[::-1]), None, NOW, SETTLE).cursor)
    assert list(remembered) == names[: 2 * CHUNK]


def test_the_key_is_the_same_for_the_same_files_and_another_for_others() -> None:
    same = plan(settled("a", "b"), None, NOW, SETTLE)
    assert plan(settled("b", "a"), same.cursor, NOW + 1, SETTLE).key == same.key
    for other in (
        settled("a"),
        [*settled("a"), Waiting("b", 11, NOW - 100)],
        [*settled("a"), Waiting("b", 10, NOW - 99)],
    ):
        assert plan(other, None, NOW, SETTLE).key != same.key


def test_nothing_waits_in_an_inbox_that_is_not_there(tmp_path: Path) -> None:
    assert listing(tmp_path / "inbox") == []
    assert plan([], None, NOW, SETTLE).take == ()


def test_the_listing_has_files_of_all_folders_but_no_hidden_and_no_refused_ones(tmp_path: Path) -> None:
    for name in ("b.csv", "us/a.csv", ".partial.csv", "refused/c.csv", "refused/us/d.csv", ".git/objects/ab/cd"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    assert [(file.name, file.size) for file in listing(tmp_path)] == [("b.csv", 5), ("us/a.csv", 5)]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    (folder / "us").mkdir(parents=True)
    return folder


def drop(inbox: Path, name: str, count: int = 2) -> None:
    (inbox / name).write_text(table(DAILY, ranks(DAILY, count)), encoding="utf-8")


def test_landed_files_leave_the_inbox_and_refused_ones_are_put_aside_with_the_reason(
    inbox: Path, lake: FolderLake
) -> None:
    drop(inbox, "us/regional-us-daily-2022-12-08.csv")
    for folder in ("", "us/"):
        (inbox / folder / "what.csv").write_text(f"a{folder},b\n1,2\n", encoding="utf-8")
    names = [file.name for file in listing(inbox)]
    outcomes = land_waiting(lake, inbox, [*names, "gone.csv"], LIMITS)
    assert [outcome.status for outcome in outcomes] == ["landed", "refused", "refused"]
    assert listing(inbox) == []
    left = {path.relative_to(inbox).as_posix(): path for path in inbox.rglob("*") if path.is_file()}
    kept = {"refused/what.csv", "refused/us/what.csv"}
    assert set(left) == kept | {f"{name}.reason.txt" for name in kept}
    assert left["refused/us/what.csv"].read_text(encoding="utf-8").startswith("aus/")
    assert "no known format" in left["refused/what.csv.reason.txt"].read_text(encoding="utf-8")
    assert [file.door for file in read_manifest(lake)] == ["inbox"]


def test_a_file_that_had_landed_leaves_the_inbox_too(inbox: Path, lake: FolderLake) -> None:
    for name in ("regional-us-daily-2022-12-08.csv", "copy of regional-us-daily-2022-12-08.csv"):
        drop(inbox, name)
        land_waiting(lake, inbox, [name], LIMITS)
    assert listing(inbox) == []
    assert len(read_manifest(lake)) == 1


def test_a_crash_leaves_the_rest_in_the_inbox(inbox: Path, lake: FolderLake, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"regional-us-daily-2022-12-0{day}.csv" for day in (1, 2, 3)]
    for count, name in enumerate(names, start=1):
        drop(inbox, name, count)
    land, calls = inbox_module.land, []

    def crashing(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return land(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(inbox_module, "land", crashing)
        with pytest.raises(KeyboardInterrupt):
            land_waiting(lake, inbox, names, LIMITS)
    assert [file.name for file in listing(inbox)] == names[1:]
    land_waiting(lake, inbox, names, LIMITS)
    assert sorted(file.name for file in read_manifest(lake)) == names
    assert listing(inbox) == []


def test_the_manifest_is_read_once_for_all_files_and_knows_those_of_the_same_go(
    inbox: Path, lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"regional-us-daily-2022-12-0{day}.csv" for day in (1, 2)]
    for count, name in enumerate(names, start=1):
        drop(inbox, name, count)
    (inbox / "renamed.csv").write_bytes((inbox / names[0]).read_bytes())
    reads = []
    read_jsons = FolderLake.read_jsons
    monkeypatch.setattr(FolderLake, "read_jsons", lambda lake, of: reads.append(of) or read_jsons(lake, of))
    outcomes = land_waiting(lake, inbox, [*names, "renamed.csv"], LIMITS)
    assert [outcome.status for outcome in outcomes] == ["landed", "landed", "already landed"]
    assert len(reads) == 1
