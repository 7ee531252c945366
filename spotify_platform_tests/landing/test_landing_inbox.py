"""The inbox: growing files are left alone, settled ones are taken in chunks, refused ones are put aside."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.azure import StorageAccount
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing import inbox as inbox_module
from spotify_platform.landing.azure_inbox import INBOX, AzureInbox
from spotify_platform.landing.inbox import CHUNK, FolderInbox, Inbox, Waiting, land_waiting, plan
from spotify_platform.landing.manifest import read_manifest
from spotify_platform_tests.conftest import LIMITS
from spotify_platform_tests.landing.writing import DAILY, PROPERTY, ranks, table

NOW = 1_000_000.0
SETTLE = 5.0


def settled(*names: str) -> list[Waiting]:
    return [Waiting(name, "10", NOW - 100) for name in names]


def test_a_file_that_has_just_changed_is_left_alone() -> None:
    young = Waiting("young", "10", NOW - SETTLE + 0.1)
    first = plan([young, *settled("old")], None, NOW, SETTLE)
    assert first.take == ("old",)
    assert plan([young], first.cursor, NOW + 1, SETTLE).take == ("young",)


@settings(PROPERTY, max_examples=100)
@given(looks=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=2, max_size=8))
def test_a_file_is_taken_only_if_it_looks_as_it_did_at_the_last_look(looks: list[tuple[int, int]]) -> None:
    cursor, before = None, None
    for size, minute in looks:
        file = Waiting("f", f"{size} {minute}", NOW - 600 + 60 * minute)
        decided = plan([file], cursor, NOW, SETTLE)
        assert (decided.take == ("f",)) == (before is None or before == (size, minute))
        cursor, before = decided.cursor, (size, minute)


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
        [*settled("a"), Waiting("b", "11", NOW - 100)],
    ):
        assert plan(other, None, NOW, SETTLE).key != same.key


# --- every inbox


class Dropped(Protocol):
    """An inbox, and a person's hands in it."""

    inbox: Inbox

    def drop(self, name: str, content: bytes) -> None: ...

    def left(self) -> dict[str, bytes]:
        """Everything that lies in it, by name."""


@dataclass(frozen=True)
class InFolder:
    inbox: FolderInbox

    def drop(self, name: str, content: bytes) -> None:
        path = self.inbox.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def left(self) -> dict[str, bytes]:
        folder = self.inbox.folder
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class InAzure:
    inbox: AzureInbox

    def drop(self, name: str, content: bytes) -> None:
        with self.inbox.account.container(INBOX) as container:
            container.upload_blob(f"{self.inbox.prefix}/{name}", content, overwrite=True)

    def left(self) -> dict[str, bytes]:
        prefix = f"{self.inbox.prefix}/"
        with self.inbox.account.container(INBOX) as container:
            names = [blob.name for blob in container.list_blobs(name_starts_with=prefix)]
            return {name.removeprefix(prefix): container.download_blob(name).readall() for name in names}


INBOXES: dict[str, Callable[[Path, pytest.FixtureRequest], Dropped]] = {
    "folder": lambda home, _: InFolder(FolderInbox(home / "inbox")),
    "azure": lambda home, request: InAzure(
        AzureInbox(request.getfixturevalue("azurite"), uuid.uuid4().hex, home / "scratch")
    ),
}
"""Name → how to make an empty inbox of this kind; each passes the whole suite."""


@pytest.fixture(params=INBOXES)
def dropped(request: pytest.FixtureRequest, tmp_path: Path) -> Dropped:
    return INBOXES[request.param](tmp_path, request)


def chart(count: int = 2) -> bytes:
    return table(DAILY, ranks(DAILY, count)).encode()


def names(inbox: Inbox) -> list[str]:
    return sorted(file.name for file in inbox.listing())


def test_nothing_waits_in_an_inbox_that_is_not_there(dropped: Dropped) -> None:
    assert dropped.inbox.listing() == []
    assert plan([], None, NOW, SETTLE).take == ()


def test_the_listing_has_files_of_all_folders_but_no_hidden_and_no_refused_ones(dropped: Dropped) -> None:
    for name in ("b.csv", "us/a.csv", ".partial.csv", "refused/c.csv", "refused/us/d.csv", ".git/objects/ab/cd"):
        dropped.drop(name, b"12345")
    assert names(dropped.inbox) == ["b.csv", "us/a.csv"]


def test_a_file_that_comes_again_under_its_name_looks_different(dropped: Dropped) -> None:
    dropped.drop("a.csv", b"12345")
    [first] = dropped.inbox.listing()
    assert dropped.inbox.listing() == [first]
    dropped.drop("a.csv", b"123456")
    [second] = dropped.inbox.listing()
    assert first.look != second.look


def test_landed_files_leave_the_inbox_and_refused_ones_are_put_aside_with_the_reason(
    dropped: Dropped, lake: FolderLake
) -> None:
    dropped.drop("us/regional-us-daily-2022-12-08.csv", chart())
    for folder in ("", "us/"):
        dropped.drop(f"{folder}what.csv", f"a{folder},b\n1,2\n".encode())
    outcomes = land_waiting(lake, dropped.inbox, [*names(dropped.inbox), "gone.csv"], LIMITS)
    assert sorted(outcome.status for outcome in outcomes) == ["landed", "refused", "refused"]
    assert dropped.inbox.listing() == []
    left = dropped.left()
    kept = {"refused/what.csv", "refused/us/what.csv"}
    assert set(left) == kept | {f"{name}.reason.txt" for name in kept}
    assert left["refused/us/what.csv"].startswith(b"aus/")
    assert b"no known format" in left["refused/what.csv.reason.txt"]
    assert [file.door for file in read_manifest(lake)] == ["inbox"]


def test_a_file_that_had_landed_leaves_the_inbox_too(dropped: Dropped, lake: FolderLake) -> None:
    for name in ("regional-us-daily-2022-12-08.csv", "copy of regional-us-daily-2022-12-08.csv"):
        dropped.drop(name, chart())
        land_waiting(lake, dropped.inbox, [name], LIMITS)
    assert dropped.inbox.listing() == []
    assert len(read_manifest(lake)) == 1


def test_what_comes_under_the_name_of_a_file_that_is_being_landed_is_not_lost(
    lake: FolderLake, azurite: StorageAccount, tmp_path: Path
) -> None:
    dropped = InAzure(AzureInbox(azurite, uuid.uuid4().hex, tmp_path / "scratch"))
    name = "regional-us-daily-2022-12-08.csv"
    dropped.drop(name, chart(2))
    with dropped.inbox.take(name) as taken:
        assert taken is not None
        dropped.drop(name, chart(3))
        taken.remove()
    assert dropped.left() == {name: chart(3)}


def test_a_crash_leaves_the_rest_in_the_inbox(
    dropped: Dropped, lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [f"regional-us-daily-2022-12-0{day}.csv" for day in (1, 2, 3)]
    for count, name in enumerate(waiting, start=1):
        dropped.drop(name, chart(count))
    land, calls = inbox_module.land, []

    def crashing(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return land(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(inbox_module, "land", crashing)
        with pytest.raises(KeyboardInterrupt):
            land_waiting(lake, dropped.inbox, waiting, LIMITS)
    assert names(dropped.inbox) == waiting[1:]
    land_waiting(lake, dropped.inbox, waiting, LIMITS)
    assert sorted(file.name for file in read_manifest(lake)) == waiting
    assert dropped.inbox.listing() == []


def test_the_manifest_is_read_once_for_all_files_and_knows_those_of_the_same_go(
    dropped: Dropped, lake: FolderLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [f"regional-us-daily-2022-12-0{day}.csv" for day in (1, 2)]
    for count, name in enumerate(waiting, start=1):
        dropped.drop(name, chart(count))
    dropped.drop("renamed.csv", chart(1))
    reads = []
    read_jsons = FolderLake.read_jsons
    monkeypatch.setattr(FolderLake, "read_jsons", lambda lake, of: reads.append(of) or read_jsons(lake, of))
    outcomes = land_waiting(lake, dropped.inbox, [*waiting, "renamed.csv"], LIMITS)
    assert [outcome.status for outcome in outcomes] == ["landed", "landed", "already landed"]
    assert len(reads) == 1
