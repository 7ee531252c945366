"""Privacy exports look like Spotify's, hold every trap of theirs, and their truth is what is in them."""

import datetime as dt
import itertools
import json
import re
import statistics
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, cast

import pytest

from spotify_platform.errors import ConfigurationError
from spotify_platform.sample.exports import (
    FLAWS,
    LISTENERS,
    Export,
    Truth,
    listener_named,
    write_export,
    write_exports,
)
from spotify_platform.sample.world import WorldSize, open_world

SMALL = WorldSize(chart_rows=2_000, catalog_tracks=1_300)
CANARIES = {
    "username": "canary-username",
    "email": "canary-email@example.invalid",
    "ip_addr": "canary-address",
    "user_agent": "canary-agent",
}
ALMA = replace(LISTENERS["alma"], **cast(Any, CANARIES))
KEYS = (
    "ts",
    "platform",
    "ms_played",
    "conn_country",
    "ip_addr",
    "master_metadata_track_name",
    "master_metadata_album_artist_name",
    "master_metadata_album_album_name",
    "spotify_track_uri",
    "episode_name",
    "episode_show_name",
    "spotify_episode_uri",
    "audiobook_title",
    "audiobook_uri",
    "audiobook_chapter_uri",
    "audiobook_chapter_title",
    "reason_start",
    "reason_end",
    "shuffle",
    "skipped",
    "offline",
    "offline_timestamp",
    "incognito_mode",
)
ENDSONG_KEYS = (
    *KEYS[:1],
    "username",
    *KEYS[1:4],
    "ip_addr_decrypted",
    "user_agent_decrypted",
    *KEYS[5:12],
    *KEYS[16:],
)
HISTORY = re.compile(r"Streaming_?History.*\.json|endsong_\d+\.json")

Row = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """An export as it was written: its files by name, and the truth that was told of it."""

    files: dict[str, bytes]
    truth: Truth

    @property
    def history(self) -> dict[str, list[Any]]:
        return {
            name: json.loads(content)
            for name, content in self.files.items()
            if HISTORY.fullmatch(PurePosixPath(name).name)
        }

    @property
    def rows(self) -> list[Row]:
        """All rows that can be read, each with the name of its file."""
        return [
            {**row, "file": PurePosixPath(name).name}
            for name, rows in self.history.items()
            for row in rows
            if good(row)
        ]

    @property
    def plays(self) -> list[Row]:
        return list({key_of(row): row for row in self.rows}.values())


def ms_of(row: Row) -> Any:
    return row["ms_played"] if "ms_played" in row else row["msPlayed"]


def end_of(row: Row) -> Any:
    return row["ts"] if "ts" in row else row["endTime"]


def good(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(end_of(row), str):
        return False
    try:
        dt.datetime.fromisoformat(end_of(row))
    except ValueError:
        return False
    return isinstance(ms_of(row), int) and ms_of(row) >= 0


def uri_of(row: Row) -> str | None:
    found = row.get("spotify_track_uri") or row.get("spotify_episode_uri") or row.get("audiobook_chapter_uri")
    return cast("str | None", found)


def names_of(row: Row) -> tuple[Any, ...]:
    """The names of a row of either kind of export; nothing where Spotify knows none."""
    fields = [
        "master_metadata_track_name", "episode_name", "audiobook_title",
        "trackName", "artistName", "podcastName", "episodeName", "audiobookName", "chapterName",
    ]  # fmt: skip
    found = tuple(row[field] for field in fields if row.get(field) is not None)
    return () if found == ("Unknown Track", "Unknown Artist") else found


def key_of(row: Row) -> tuple[Any, ...]:
    return (end_of(row), uri_of(row) if "ts" in row else names_of(row), ms_of(row))


def kind_of(row: Row) -> str:
    if "Video" in row["file"]:
        return "video"
    for kind, field in {
        "music": ("master_metadata_track_name", "spotify_track_uri", "trackName"),
        "podcast": ("episode_name", "episodeName"),
        "audiobook": ("audiobook_title", "chapterName"),
    }.items():
        if any(row.get(name) for name in field):
            return kind
    return "unknown"


def read(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


ASKED = {
    "extended.zip": Export(malformed=7),
    "earlier": Export("endsong", until=dt.date(2022, 3, 31), malformed=5),
    "account.zip": Export("account", malformed=6),
    "old": Export("old-account", until=dt.date(2021, 12, 31)),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Written], Truth]:
    """Four exports of one life, by name, and the truth of all of them."""
    folder = tmp_path_factory.mktemp("exports")
    truths = write_exports({folder / name: export for name, export in ASKED.items()}, ALMA, plays=6_000, size=SMALL)
    return {path.name: Written(read(path), truth) for path, truth in truths.exports.items()}, truths.union


@pytest.fixture(scope="module")
def exports(written: tuple[dict[str, Written], Truth]) -> dict[str, Written]:
    return written[0]


@pytest.fixture(scope="module")
def extended(exports: dict[str, Written]) -> list[Row]:
    return exports["extended.zip"].plays


@pytest.mark.parametrize("name", ASKED)
def test_the_truth_is_what_is_in_the_files(exports: dict[str, Written], name: str) -> None:
    export, truth = exports[name], exports[name].truth
    history, rows, plays = export.history, export.rows, export.plays
    assert truth.files == {file: len(content) for file, content in history.items()}
    assert truth.rows == sum(map(len, history.values()))
    assert truth.plays == len(plays)
    assert truth.duplicates == len(rows) - len(plays) > 0
    assert truth.malformed == truth.rows - len(rows) == ASKED[name].malformed == sum(truth.flaws.values())
    assert truth.covered == 0
    assert truth.rows == truth.plays + truth.duplicates + truth.covered + truth.malformed
    ms_played = [ms_of(row) for row in plays]
    assert truth.ms_played == sum(ms_played)
    assert truth.short == sum(ms < 30_000 for ms in ms_played) > 0
    named = Counter((bool(names_of(row)), uri_of(row) is not None) for row in plays)
    assert (truth.without_uri, truth.without_names, truth.without_metadata) == (
        named[True, False],
        named[False, True],
        named[False, False],
    )
    ends = sorted(end_of(row) for row in plays)
    assert (truth.first[:16], truth.last[:16]) == (ends[0].replace(" ", "T")[:16], ends[-1].replace(" ", "T")[:16])


@pytest.mark.parametrize("name", ["extended.zip", "earlier", "account.zip"])
def test_the_kinds_are_told_as_the_rows_tell_them(exports: dict[str, Written], name: str) -> None:
    assert exports[name].truth.kinds == Counter(map(kind_of, exports[name].plays))


def test_the_truth_of_exports_together_counts_every_play_once(written: tuple[dict[str, Written], Truth]) -> None:
    exports, union = written
    streamed = exports["extended.zip"].plays + exports["earlier"].plays
    minutes = {(row["ts"].replace("T", " ")[:16], row["ms_played"]) for row in streamed}
    account = exports["account.zip"].rows + exports["old"].rows
    covered = [row for row in account if (row["endTime"], row["msPlayed"]) in minutes]
    assert union.covered == len(covered) == len(account)
    assert union.plays == len({key_of(row) for row in streamed}) == exports["extended.zip"].truth.plays
    assert union.rows == sum(export.truth.rows for export in exports.values())
    assert union.malformed == sum(export.truth.malformed for export in exports.values())
    assert union.rows == union.plays + union.duplicates + union.covered + union.malformed
    # All of the earlier export stands in the later one too.
    assert union.duplicates == sum(exports[name].truth.duplicates for name in ("extended.zip", "earlier")) + (
        exports["earlier"].truth.plays
    )


def test_account_data_adds_what_no_streaming_history_covers(tmp_path: Path) -> None:
    asked = {
        tmp_path / "earlier": Export(until=dt.date(2022, 6, 30)),
        tmp_path / "account": Export("account"),
    }
    truths = write_exports(asked, ALMA, plays=3_000, size=SMALL)
    earlier, account = (Written(read(path), truth) for path, truth in truths.exports.items())
    later = [row for row in account.rows if row["endTime"] >= "2022-07-01"]
    assert 0 < len(later) < len(account.rows)
    assert truths.union.covered == len(account.rows) - len(later)
    assert truths.union.plays == len(earlier.plays) + len({key_of(row) for row in later})


def test_rows_have_the_keys_of_their_generation_in_order(exports: dict[str, Written]) -> None:
    def keys(name: str) -> set[tuple[str, ...]]:
        return {tuple(row)[:-1] for row in exports[name].rows}

    assert keys("extended.zip") == {KEYS}
    assert keys("earlier") == {ENDSONG_KEYS}
    assert keys("old") == {("endTime", "artistName", "trackName", "msPlayed")}
    assert keys("account.zip") == {
        ("endTime", "artistName", "trackName", "msPlayed"),
        ("endTime", "podcastName", "episodeName", "msPlayed"),
        ("endTime", "authorName", "audiobookName", "chapterName", "msPlayed"),
    }


def test_the_keys_are_those_of_the_real_file(real: Callable[[str], Path]) -> None:
    rows = json.loads(real("history/spotify_streaming_2023.json").read_text(encoding="utf-8"))
    # Whoever published it has taken the address out.
    assert {tuple(row) for row in rows} == {tuple(key for key in KEYS if key != "ip_addr")}


def test_names_and_folders_are_those_that_spotify_gives(exports: dict[str, Written]) -> None:
    assert sorted(exports["extended.zip"].files) == [
        "Spotify Extended Streaming History/ReadMeFirst_ExtendedStreamingHistory.pdf",
        "Spotify Extended Streaming History/Streaming_History_Audio_2020-2022_0.json",
        "Spotify Extended Streaming History/Streaming_History_Video_2020-2022.json",
        "__MACOSX/._Spotify Extended Streaming History",
        "__MACOSX/Spotify Extended Streaming History/._Streaming_History_Audio_2020-2022_0.json",
        "__MACOSX/Spotify Extended Streaming History/._Streaming_History_Video_2020-2022.json",
    ]
    assert {"MyData/endsong_0.json", "__MACOSX/MyData/._endsong_0.json"} <= exports["earlier"].files.keys()
    assert {"MyData/StreamingHistory0.json", "MyData/Userdata.json"} <= exports["old"].files.keys()
    names = {PurePosixPath(name).name for name in exports["account.zip"].files}
    assert names >= {
        "StreamingHistory_music_0.json",
        "StreamingHistory_podcast_0.json",
        "StreamingHistory_audiobook_0.json",
        "Userdata.json",
        "Playlist1.json",
        "YourLibrary.json",
        "Read_Me_First.pdf",
    }


def test_what_a_mac_adds_is_no_json(exports: dict[str, Written]) -> None:
    for export in exports.values():
        for name, content in export.files.items():
            if name.startswith("__MACOSX/"):
                assert content.startswith(b"\x00\x05\x16\x07")
            elif name.endswith(".pdf"):
                assert content.startswith(b"%PDF-")
            else:
                assert json.loads(content)


def test_a_long_history_is_split_in_order_of_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotify_platform.sample.exports._FILE_BYTES", 150_000)
    export = Written(*written_at(tmp_path / "export", plays=2_500))
    audio = [name for name in export.truth.files if "Audio" in name]
    assert [int(name[:-5].rpartition("_")[2]) for name in audio] == list(range(len(audio)))
    sizes = [len(export.files[name]) for name in audio]
    assert len(audio) > 10
    assert statistics.pstdev(sizes[:-1]) < 0.03 * 150_000 > abs(statistics.mean(sizes[:-1]) - 150_000)
    ends = [[row["ts"] for row in export.history[name]] for name in audio]
    assert list(itertools.chain(*ends)) == sorted(itertools.chain(*ends))
    for name, content in zip(audio, ends, strict=True):
        assert f"_{'-'.join(dict.fromkeys((content[0][:4], content[-1][:4])))}_" in name
    assert {bool(re.search(r"_\d{4}-\d{4}_", name)) for name in audio} == {True, False}


def written_at(path: Path, **arguments: Any) -> tuple[dict[str, bytes], Truth]:
    truth = write_export(path, ALMA, size=SMALL, **arguments)
    return read(path), truth


def test_endsong_files_are_one_line_in_no_order(exports: dict[str, Written]) -> None:
    content = exports["earlier"].files["MyData/endsong_0.json"]
    assert content.startswith(b'[{"ts":"')
    assert b"\n" not in content
    ends = [row["ts"] for row in exports["earlier"].rows]
    assert ends != sorted(ends)
    assert b"\n  {\n    " in exports["extended.zip"].files[next(iter(exports["extended.zip"].truth.files))]


def test_texts_are_written_as_they_are(exports: dict[str, Written]) -> None:
    content = b"".join(exports["extended.zip"].files.values())
    assert b"\\u" not in content
    assert any(byte > 127 for byte in content)


def test_every_kind_of_malformed_row_occurs(exports: dict[str, Written]) -> None:
    for name in ("extended.zip", "earlier", "account.zip"):
        assert tuple(exports[name].truth.flaws) == FLAWS
    bad = [row for rows in exports["extended.zip"].history.values() for row in rows if not good(row)]
    assert {type(row) for row in bad} == {dict, str}
    assert {type(row["ms_played"]) for row in bad if isinstance(row, dict)} == {int, str}


def test_offline_plays_share_an_end_and_tell_their_start(extended: list[Row]) -> None:
    together = Counter(row["ts"] for row in extended if row["offline"])
    assert max(together.values()) >= 4
    for row in extended:
        if row["offline"]:
            ended = seconds(row["ts"])
            started = row["offline_timestamp"] / (1000 if row["offline_timestamp"] > 1e11 else 1)
            assert 0 <= ended - started - row["ms_played"] // 1000 < 61 * 86_400


def seconds(end: str) -> float:
    return dt.datetime.fromisoformat(end).timestamp()


def test_offline_timestamps_are_seconds_milliseconds_zero_or_null(extended: list[Row]) -> None:
    def form(value: int | None) -> str:
        return "null" if value is None else "zero" if value == 0 else "ms" if value > 1e11 else "s"

    assert {form(row["offline_timestamp"]) for row in extended} == {"null", "zero", "ms", "s"}
    assert {form(row["offline_timestamp"]) for row in extended if row["offline"]} == {"ms", "s"}


@pytest.mark.parametrize("field", ["shuffle", "skipped", "offline", "incognito_mode"])
def test_what_is_true_or_false_can_be_null(extended: list[Row], field: str) -> None:
    assert {row[field] for row in extended} == {True, False, None}


def test_skips_are_not_told_before_the_autumn_of_2022(extended: list[Row]) -> None:
    pushed = [row for row in extended if row["reason_end"] == "fwdbtn"]
    assert {row["skipped"] for row in pushed if row["ts"] < "2022-10-15"} == {False}
    assert {row["skipped"] for row in pushed if row["ts"] >= "2022-10-16"} == {True}


def test_some_rows_stand_twice_and_real_repeats_differ(exports: dict[str, Written]) -> None:
    rows = exports["extended.zip"].rows
    whole = Counter(json.dumps(row) for row in rows)
    assert max(whole.values()) == 2
    again = sum(
        uri_of(one) == uri_of(other) is not None and one["ts"] != other["ts"] for one, other in itertools.pairwise(rows)
    )
    assert again > 50


def test_videos_are_in_no_audio_file(exports: dict[str, Written]) -> None:
    by_file: dict[bool, set[Any]] = {True: set(), False: set()}
    for row in exports["extended.zip"].rows:
        by_file["Video" in row["file"]].add(key_of(row))
    assert by_file[True]
    assert not by_file[True] & by_file[False]


def test_audiobooks_are_known_by_their_own_fields(extended: list[Row]) -> None:
    books = [row for row in extended if row["audiobook_uri"]]
    assert books
    for row in books:
        assert row["audiobook_uri"].startswith("spotify:show:")
        assert row["audiobook_chapter_uri"].startswith("spotify:episode:")
        assert row["spotify_track_uri"] is row["spotify_episode_uri"] is None


def test_canaries_are_only_where_real_exports_have_them(exports: dict[str, Written]) -> None:
    def seen(name: str) -> dict[str, set[str]]:
        return {
            field: {
                PurePosixPath(file).name for file, content in exports[name].files.items() if value.encode() in content
            }
            for field, value in CANARIES.items()
        }

    history = {PurePosixPath(name).name for name in exports["extended.zip"].truth.files}
    none: set[str] = set()
    account = {"username": {"Userdata.json", "Identity.json"}, "email": {"Userdata.json"}}
    assert seen("extended.zip") == {"username": none, "email": none, "ip_addr": history, "user_agent": none}
    endsong = {"endsong_0.json"}
    assert seen("earlier") == {"username": endsong, "email": none, "ip_addr": endsong, "user_agent": endsong}
    for name in ("account.zip", "old"):
        assert seen(name) == {**account, "ip_addr": none, "user_agent": none}
    assert all(CANARIES["ip_addr"] == row["ip_addr"] for row in exports["extended.zip"].rows)
    assert {row["username"] for row in exports["earlier"].rows} == {CANARIES["username"]}


def test_account_data_tells_a_year_to_the_minute(exports: dict[str, Written], extended: list[Row]) -> None:
    rows = exports["account.zip"].rows
    assert min(row["endTime"] for row in rows) >= "2021-12-31 00:00"
    assert {len(row["endTime"]) for row in rows} == {len("2021-12-31 00:00")}
    year = {key_of(row) for row in extended if row["ts"] >= "2021-12-31"}
    # Within a minute, what is skipped again and again counts once more or less.
    assert len(year) - 5 <= exports["account.zip"].truth.plays <= len(year)


def test_the_music_is_that_of_the_sample_world(extended: list[Row], exports: dict[str, Written]) -> None:
    with open_world(SMALL) as world:
        known = {
            f"spotify:track:{track_id}": (title, artist, album, duration, released)
            for track_id, title, artist, album, duration, released in world.execute(
                """
                select track_id, title, artists[1], album, duration_of(track_key, release_day),
                  (date '2017-01-01' + release_day::int)::varchar
                from sleeve join track using (track_key)
                """
            ).fetchall()
        }
    songs = [row for row in extended if row["spotify_track_uri"] and row["master_metadata_track_name"]]
    ours = [row for row in songs if row["spotify_track_uri"] in known]
    others = [row for row in songs if row["spotify_track_uri"] not in known]
    for row in ours:
        title, artist, album, duration, released = known[row["spotify_track_uri"]]
        assert (title, artist, album) == (
            row["master_metadata_track_name"],
            row["master_metadata_album_artist_name"],
            row["master_metadata_album_album_name"],
        )
        assert row["ms_played"] <= duration
        assert released <= row["ts"][:10]
    whole = [row for row in ours if row["reason_end"] == "trackdone" and not row["offline"]]
    assert sum(row["ms_played"] == known[row["spotify_track_uri"]][3] for row in whole) > 0.95 * len(whole)
    # The rest are second ids of recordings that the world knows by another.
    titles = {(title, artist) for title, artist, *_ in known.values()}
    assert {(row["master_metadata_track_name"], row["master_metadata_album_artist_name"]) for row in others} <= titles
    unnamed = [row for row in extended if row["spotify_track_uri"] and not row["master_metadata_track_name"]]
    hidden = sum(row["spotify_track_uri"] not in known for row in unnamed)
    assert exports["extended.zip"].truth.alternates == len(others) + hidden
    uris = {row["spotify_track_uri"] for row in songs}
    assert 0.05 < len({row["spotify_track_uri"] for row in others}) / len(uris) < 0.15


def test_habits_are_those_of_a_person(extended: list[Row]) -> None:
    plays = [(dt.datetime.fromisoformat(row["ts"]), row) for row in extended if not row["offline"]]
    # Nothing at night, most of it in the evening; less on weekends; never on holiday.
    hours = Counter(end.hour for end, _ in plays)
    assert hours[2] + hours[3] < 0.01 * len(plays)
    assert len({end.date() for end, _ in plays}) > 250
    summers = [
        max(
            (later - earlier).days
            for earlier, later in itertools.pairwise(
                end for end, _ in plays if end.year == year and 6 <= end.month <= 9
            )
        )
        for year in (2020, 2021, 2022)
    ]
    assert min(summers) >= ALMA.away_days
    # The child's thirty tracks are heard most of all; without them the favourites change with the years.
    of_year = [Counter(uri_of(row) for end, row in plays if end.year == year and uri_of(row)) for year in (2020, 2022)]
    bedtime = {uri for uri, _ in of_year[0].most_common(60)} & {uri for uri, _ in of_year[1].most_common(60)}
    assert 10 < len(bedtime) < 50
    favourites = [{uri for uri, _ in year.most_common(100)} - bedtime for year in of_year]
    assert len(favourites[0] - favourites[1]) > 25
    assert len({uri_of(row) for _, row in plays}) > 600


def test_the_same_arguments_give_the_same_bytes_whatever_stood_there(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two.zip"
    write_export(one, ALMA, plays=100, generation="endsong", size=SMALL)
    write_export(one, ALMA, plays=2_000, malformed=2, size=SMALL, threads=1)
    write_export(two, ALMA, plays=2_000, malformed=2, size=SMALL, threads=2)
    assert read(one) == read(two)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two.zip"}


def test_another_seed_and_another_listener_have_other_lives(tmp_path: Path, extended: list[Row]) -> None:
    known = {key_of(row) for row in extended}
    for name, size in (("alma", replace(SMALL, seed=2)), ("ben", SMALL)):
        truth = write_export(tmp_path / name, listener_named(name), plays=500, size=size)
        heard = {key_of(row) for row in Written(read(tmp_path / name), truth).plays}
        assert len(heard) == truth.plays
        assert not heard & known


@pytest.mark.parametrize("plays", [1, 1_200])
def test_a_life_has_the_plays_asked_for(tmp_path: Path, plays: int) -> None:
    truth = write_export(tmp_path / "export", ALMA, plays=plays, size=SMALL)
    assert truth.plays == plays


def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out" / "export.zip"
    with pytest.raises(ConfigurationError, match="plays is 0"):
        write_export(out, ALMA, plays=0, size=SMALL)
    with pytest.raises(ConfigurationError, match="malformed is -1"):
        write_export(out, ALMA, plays=10, malformed=-1, size=SMALL)
    with pytest.raises(ConfigurationError, match="alma played nothing"):
        write_export(out, ALMA, plays=10, until=dt.date(2001, 1, 1), size=SMALL)
    with pytest.raises(ConfigurationError, match="alma, ben"):
        listener_named("cleo")
    assert not out.parent.exists() or not list(out.parent.iterdir())
