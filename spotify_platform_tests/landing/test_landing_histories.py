"""Privacy exports: every play lands once, and nothing personal with it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.errors import ConfigurationError
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.inbox import FolderInbox, land_waiting
from spotify_platform.landing.land import Door, Outcome, Resources, land
from spotify_platform.landing.manifest import read_manifest
from spotify_platform_tests.landing.histories import (
    CANARIES,
    account,
    export,
    extended,
    recent,
    track_uri,
    write_json,
    write_zip,
)

LIMITS = Resources(2, "500MB")
MORNING = "2020-05-01T08:00:00Z"
NAME = "Streaming_History_Audio_2020_1.json"

Land = Callable[..., list[Outcome]]


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


@pytest.fixture
def landing(lake: FolderLake) -> Land:
    return lambda path, listener=None: land(lake, path, Door(listener=listener), LIMITS)


def plays_of(lake: FolderLake, columns: str) -> list[tuple[Any, ...]]:
    files = f"{lake.root}/rawdata/candidates/play_rows/*.parquet"
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{files}') WHERE problem IS NULL ORDER BY ALL").fetchall()


def files_with(folder: Path, texts: Sequence[str]) -> list[Path]:
    """The files below a folder that hold one of the texts, packed or not."""
    found = []
    for path in (p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += str(duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()).encode()
        if any(text.encode() in data for text in texts):
            found.append(path)
    return found


def test_a_play_is_kept_with_all_that_is_not_personal(landing: Land, lake: FolderLake, tmp_path: Path) -> None:
    play = extended(MORNING, track_uri(7), 1234, skipped=True, incognito_mode=True)
    [outcome] = landing(write_json(tmp_path / NAME, [play]), "Anna")
    assert outcome.file is not None
    assert (outcome.status, outcome.file.rows, outcome.file.listener) == ("landed", 1, "anna")
    columns = "listener, CAST(played_at AS VARCHAR), played_second, ms_played, track_id, track_name, artist_name, skipped, incognito, medium"
    assert plays_of(lake, columns) == [
        ("anna", "2020-05-01 08:00:00", 1588320000, 1234, f"{7:022d}", "Song 7", "Ana Sol", True, True, "audio")
    ]


def test_nothing_personal_is_kept_anywhere(landing: Land, lake: FolderLake, tmp_path: Path) -> None:
    plays = [extended(MORNING, track_uri(1)), extended("yesterday", track_uri(1)), extended(MORNING, ms="x")]
    path = write_zip(tmp_path / "my_spotify_data.zip", export(Streaming_History_Audio_2020_1=plays))
    outcomes = landing(path)
    assert sorted(o.status for o in outcomes) == ["ignored", "ignored", "landed"]
    [file] = [o.file for o in outcomes if o.file]
    assert file.rows_read == 3
    assert file.rejected == 2
    assert file.reasons == {
        "ts: expected a moment as 2023-03-19T18:31:37Z": 1,
        "ms_played: expected a whole number of milliseconds, 0 or more": 1,
    }
    assert files_with(lake.root, [*CANARIES.values(), "canary"]) == []
    assert set(CANARIES) <= set(file.repairs[0].removeprefix("not kept: ").split(", "))


def test_the_records_of_rejected_plays_are_their_places_in_the_list(
    landing: Land, lake: FolderLake, tmp_path: Path
) -> None:
    plays = [
        extended(MORNING, track_uri(1)),
        5,
        None,
        extended("2999-01-01T00:00:00Z"),
        extended("2007-01-01T00:00:00Z"),
    ]
    [outcome] = landing(write_json(tmp_path / NAME, plays))
    assert outcome.file is not None
    files = f"{lake.root}/rawdata/candidates/rejected_rows/*.parquet"
    rows = duckdb.sql(f"SELECT line, column_name FROM read_parquet('{files}') ORDER BY line").fetchall()
    assert rows == [(2, "ts"), (3, "ts"), (4, "ts"), (5, "ts")]
    assert outcome.file.rows_read == 5


@pytest.mark.parametrize(
    ("name", "rows", "history", "names"),
    [
        ("endsong_3.json", [extended(MORNING, track_uri(1))], "extended", ("Song 1", None, None)),
        ("StreamingHistory_music_0.json", [account("2020-05-01 08:00", "A")], "account", ("A", None, None)),
        ("StreamingHistory0.json", [account("2020-05-01 08:00", "A")], "account", ("A", None, None)),
        (
            "StreamingHistory_podcast_0.json",
            [{"endTime": "2020-05-01 08:00", "podcastName": "Show", "episodeName": "E", "msPlayed": 1}],
            "account",
            (None, "E", None),
        ),
        (
            "StreamingHistory_audiobook_0.json",
            [{"endTime": "2020-05-01 08:00", "audiobookName": "Book", "chapterName": "C", "msPlayed": 1}],
            "account",
            (None, None, "C"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith("json") else "",
)
def test_every_generation_of_histories_is_read(
    name: str, rows: list[Any], history: str, names: tuple[Any, ...], landing: Land, lake: FolderLake, tmp_path: Path
) -> None:
    assert [o.status for o in landing(write_json(tmp_path / name, rows))] == ["landed"]
    columns = "history, CAST(played_at AS VARCHAR), track_name, episode_name, chapter_title"
    assert plays_of(lake, columns) == [(history, "2020-05-01 08:00:00", *names)]


def test_recently_played_tracks_tell_no_length(landing: Land, lake: FolderLake, tmp_path: Path) -> None:
    path = write_json(tmp_path / "recent.json", recent(("2021-10-25T05:13:13.658Z", 3)))
    assert [o.status for o in landing(path)] == ["landed"]
    assert plays_of(lake, "history, ms_played, track_id, played_second") == [("recent", None, f"{3:022d}", 1635138793)]


def test_an_empty_list_is_passed_over(landing: Land, tmp_path: Path) -> None:
    members = export(Streaming_History_Audio_2020_1=[extended(MORNING, track_uri(1))], StreamingHistory_audiobook_0=[])
    statuses = {o.name.rsplit("/")[-1]: o.status for o in landing(write_zip(tmp_path / "x.zip", members))}
    assert statuses["StreamingHistory_audiobook_0.json"] == "ignored"
    assert statuses[NAME] == "landed"


CUT = json.dumps([extended(MORNING, track_uri(1)), extended(MORNING, track_uri(2))])


@pytest.mark.parametrize("end", [len(CUT) // 4, len(CUT) // 2 + 30, CUT.index("}, {") + 2, CUT.index("}, {") + 1, -1])
def test_a_history_that_is_cut_short_is_refused_whole(
    end: int, landing: Land, lake: FolderLake, tmp_path: Path
) -> None:
    path = tmp_path / NAME
    path.write_text(CUT[:end], encoding="utf-8")
    [outcome] = landing(path)
    assert outcome.status == "refused"
    assert "fetch" in outcome.reason
    assert "canary" not in outcome.reason
    assert read_manifest(lake) == []


def test_a_document_that_nobody_knows_is_refused_by_its_keys(landing: Land, tmp_path: Path) -> None:
    [outcome] = landing(write_json(tmp_path / "x.json", [{"email": "canary@example.org", "birth": 1}]))
    assert outcome.status == "refused"
    assert "birth, email" in outcome.reason
    assert "canary" not in outcome.reason


def test_the_same_history_of_two_people_is_refused_and_says_how_to_mend_it(landing: Land, tmp_path: Path) -> None:
    path = write_json(tmp_path / NAME, [extended(MORNING, track_uri(1))])
    assert landing(path, "anna")[0].status == "landed"
    assert landing(path, "anna")[0].status == "already landed"
    [outcome] = landing(path, "ben")
    assert outcome.status == "refused"
    assert "forget --listener anna" in outcome.reason


def test_an_alias_is_a_plain_word(landing: Land, tmp_path: Path) -> None:
    path = write_json(tmp_path / NAME, [extended(MORNING, track_uri(1))])
    with pytest.raises(ConfigurationError, match="alias"):
        landing(path, "Robert'); DROP TABLE")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.integers(),
            st.dictionaries(
                st.sampled_from(["ts", "ms_played", "spotify_track_uri", "master_metadata_track_name", "shuffle"]),
                st.one_of(
                    st.none(),
                    st.booleans(),
                    st.integers(-(2**65), 2**65),
                    st.floats(allow_nan=False, allow_infinity=False),
                    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
                    st.sampled_from([MORNING, "2020-02-30T00:00:00Z", "spotify:local:a:b:c:1"]),
                    st.lists(st.integers(), max_size=2),
                ),
            ),
        ),
        max_size=8,
    )
)
def test_every_element_of_a_list_is_a_play_or_is_rejected(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    whole = extended(MORNING, track_uri(1))
    [outcome] = land(FolderLake(folder / "lake"), write_json(folder / NAME, [whole, *rows]), Door(), LIMITS)
    assert outcome.file is not None, outcome.reason
    assert outcome.file.rows_read == 1 + len(rows)
    assert outcome.file.rows >= 1
    assert sum(outcome.file.reasons.values()) == outcome.file.rejected


def test_an_export_in_a_listeners_folder_of_the_inbox_is_theirs(lake: FolderLake, tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path / "inbox")
    for number, name in enumerate(["listeners/anna/endsong_0.json", "MyData/endsong_0.json"]):
        write_json(inbox.folder / name, [extended(MORNING, track_uri(number))])
    land_waiting(lake, inbox, [file.name for file in inbox.listing()], LIMITS)
    assert plays_of(lake, "listener, track_name") == [("anna", "Song 0"), ("me", "Song 1")]
    assert inbox.listing() == []


@pytest.mark.parametrize("text", ["[" * 50_000 + "]" * 50_000, '[{"ts": ' + "[" * 5_000 + "]" * 5_000 + "}]"])
def test_json_that_is_nested_without_end_is_refused(
    text: str, tmp_path: Path, landing: Callable[..., list[Outcome]]
) -> None:
    path = tmp_path / "Streaming_History_Audio_2020_0.json"
    path.write_text(text, encoding="utf-8")
    [outcome] = landing(path)
    assert (outcome.status, "nested too deeply" in outcome.reason) == ("refused", True)
