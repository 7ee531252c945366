"""`upload --listener`, `listener` and `forget`, as a person uses them."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from spotify_platform.listeners import Listener, offset_rows
from spotify_platform_tests.cli.conftest import Command
from spotify_platform_tests.landing.histories import extended, track_uri, write_json


@pytest.fixture
def uploaded(home: Path, command: Command, tmp_path: Path) -> Command:
    plays = [extended("2020-05-01T08:00:00Z", track_uri(1))]
    done = command("upload", str(write_json(tmp_path / "endsong_0.json", plays)), "--listener", "Anna", "--json")
    assert done.exit_code == 0, done.output
    [file] = json.loads(done.stdout)["files"]
    assert (file["kind"], file["rows_read"], file["rejected"]) == ("plays", 1, 0)
    return command


def said(command: Command, *options: str) -> dict[str, object]:
    done = command("listener", "anna", *options, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_what_a_listener_says_is_kept_and_can_be_taken_back(uploaded: Command, tmp_path: Path) -> None:
    listed = tmp_path / "sleep.txt"
    listed.write_text("a1\nb2\n", encoding="utf-8")
    said(uploaded, "--time-zone", "Asia/Kathmandu", "--exclude-artist", "Peppa Pig", "--set", "kids")
    said(uploaded, "--exclude-list", str(listed), "--set", "sleep")
    found = said(uploaded, "--count-artist", "peppa pig")
    assert found["time_zone"] == "Asia/Kathmandu"
    assert found["exclusions"] == [
        {"what": "track", "name": "a1", "set_name": "sleep"},
        {"what": "track", "name": "b2", "set_name": "sleep"},
    ]
    assert said(uploaded) == found


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("anna", "--time-zone", "Mars/Olympus"), "is no time zone"),
        (("anna", "--count-album", "X"), "is counted for anna as it is"),
        (("not an alias",), "an alias has"),
    ],
)
def test_what_cannot_be_said_is_told_in_a_sentence(options: tuple[str, ...], told: str, uploaded: Command) -> None:
    done = uploaded("listener", *options)
    assert done.exit_code == 1
    assert told in " ".join(done.output.split())


def test_a_person_is_asked_before_anything_is_forgotten(uploaded: Command, home: Path) -> None:
    records = home / "data" / "lake" / "rawdata" / "manifest"
    assert uploaded("forget", "--listener", "anna").exit_code == 1  # nobody answers
    assert list(records.iterdir())
    assert "known are anna" in " ".join(uploaded("forget", "--listener", "ben", "--yes").output.split())
    done = uploaded("forget", "--listener", "anna", "--yes", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["files"], found["plays"], found["left"]) == (1, 1, {})
    assert not records.exists()


def test_an_export_of_the_inbox_is_removed_once_it_has_landed(home: Path, command: Command) -> None:
    inbox = home / "data" / "inbox"
    for number, options in enumerate([("--keep-original",), ()]):
        path = write_json(inbox / f"endsong_{number}.json", [extended("2020-05-01T08:00:00Z", track_uri(number))])
        assert command("upload", str(path), *options).exit_code == 0
        assert path.exists() == bool(options)


def test_summer_time_begins_and_ends_at_its_second() -> None:
    rows = offset_rows([Listener("anna", "Europe/Berlin")])
    changes = {begin: offset for _, begin, _, offset in rows}
    assert changes[1603587600] == 3600  # 2020-10-25 01:00 UTC
    assert changes[1585443600] == 7200  # 2020-03-29 01:00 UTC
    assert all(this[2] == following[1] for this, following in pairwise(rows))
