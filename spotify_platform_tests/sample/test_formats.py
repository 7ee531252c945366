"""The files are in the dialects of the sources, byte for byte where it matters."""

import csv
import gzip
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from spotify_platform.errors import ConfigurationError
from spotify_platform.sample.output import written_whole
from spotify_platform.sample.world import KINDS, WorldSize, write_charts

HEADERS = {
    "charts.csv": "title,rank,date,artist,url,region,chart,trend,streams",
    "regional-global-daily-2022-01-01.csv": (
        "\ufeffrank,uri,artist_names,track_name,source,peak_rank,previous_rank,days_on_chart,streams\r"
    ),
    "regional-us-weekly-2022-01-06.csv": (
        "\ufeffrank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams\r"
    ),
    "spotify_songs.csv": (
        "track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,"
        "track_album_release_date,playlist_name,playlist_id,playlist_genre,playlist_subgenre,danceability,"
        "energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,duration_ms"
    ),
    "dataset.csv": (
        ",track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,energy,key,"
        "loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,time_signature,track_genre"
    ),
}
BASE62 = re.compile(r"[0-7][0-9A-Za-z]{21}")


def rows_of(path: Path) -> list[dict[str, str]]:
    """A CSV file as dictionaries; no row may be ragged."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def first_line(data: bytes) -> str:
    return data.split(b"\n", 1)[0].decode()


@pytest.mark.parametrize("name", HEADERS)
def test_the_header_is_the_one_of_the_source(world: Path, name: str) -> None:
    assert first_line((world / name).read_bytes()) == HEADERS[name]


@pytest.mark.parametrize(
    ("name", "real_name"),
    [
        ("charts.csv", "charts/kaggle_dhruvildave_charts_raw_top200_sample10000.csv.zst"),
        (
            "regional-us-weekly-2022-01-06.csv",
            "charts/charts_spotify_com_weekly_global/regional-global-weekly-2022-12-08.csv",
        ),
        ("spotify_songs.csv", "tracks/tidytuesday_spotify_songs.csv.zst"),
    ],
)
def test_the_header_is_that_of_the_real_file(
    world: Path, real: Callable[[str], Path], name: str, real_name: str
) -> None:
    path = real(real_name)
    if path.suffix == ".zst":
        zstd = pytest.importorskip("backports.zstd")
        with zstd.open(path) as file:
            expected = file.readline().rstrip(b"\n").decode()
    else:
        expected = first_line(path.read_bytes())
    assert first_line((world / name).read_bytes()) == expected


OFFICIAL_LINE = re.compile(
    r'\d+,"spotify:track:[0-9A-Za-z]{22}","(?:[^"]|"")*","(?:[^"]|"")*","(?:[^"]|"")*",\d+,(?:-1|\d+),\d+,"\d+"'
)


def test_official_lines_are_quoted_as_the_real_ones_are(world: Path, real: Callable[[str], Path]) -> None:
    def lines(path: Path) -> list[str]:
        text = path.read_bytes().decode("utf-8-sig")
        assert text.endswith("\r\n")
        return text.split("\r\n")[1:-1]

    for line in lines(real("charts/charts_spotify_com_weekly_global/regional-global-weekly-2023-10-05.csv")):
        assert OFFICIAL_LINE.fullmatch(line), line
    files = sorted(world.glob("regional-*.csv"))
    assert len(files) == 30
    for path in files:
        sample = lines(path)
        assert len(sample) == 200
        assert all(OFFICIAL_LINE.fullmatch(line) for line in sample)


def test_the_file_names_say_region_cadence_and_last_day(world: Path) -> None:
    names = Counter(re.sub(r"\d{4}-\d{2}-\d{2}", "*", path.name) for path in world.glob("regional-*"))
    assert names == {
        "regional-global-weekly-*.csv": 4,
        "regional-us-weekly-*.csv": 4,
        "regional-mx-weekly-*.csv": 4,
        "regional-global-daily-*.csv": 9,
        "regional-us-daily-*.csv": 9,
    }


def test_tidytuesday_repeats_tracks_under_playlists_and_knows_dates_in_part(world: Path) -> None:
    rows = rows_of(world / "spotify_songs.csv")
    listings = Counter(row["track_id"] for row in rows)
    assert max(listings.values()) > 1
    assert len(rows) / len(listings) == pytest.approx(1.16, abs=0.06)
    popularity = {(row["track_id"], row["track_popularity"]) for row in rows}
    assert len(popularity) == len(listings)
    assert all(0 <= int(row["track_popularity"]) <= 100 for row in rows)
    assert all(BASE62.fullmatch(row["track_id"]) for row in rows)
    assert {len(row["track_album_release_date"]) for row in rows} == {4, 7, 10}
    nameless = [row for row in rows if row["track_name"] == ""]
    assert 0 < len(nameless) < 0.01 * len(rows)
    assert all(row["track_artist"] == row["track_album_name"] == "" for row in nameless)
    assert {row["playlist_genre"] for row in rows} == {"pop", "rap", "rock", "latin", "r&b", "edm"}
    assert len({row["playlist_subgenre"] for row in rows}) == 24


def test_the_114k_catalogue_is_numbered_by_genre_with_one_nameless_row_and_some_dirt(world: Path) -> None:
    rows = rows_of(world / "dataset.csv")
    assert [row[""] for row in rows] == [str(number) for number in range(len(rows))]
    assert [row["track_genre"] for row in rows] == sorted(row["track_genre"] for row in rows)
    genres = Counter((row["track_id"], row["track_genre"]) for row in rows)
    assert max(genres.values()) == 1
    tracks = Counter(row["track_id"] for row in rows)
    assert 1.1 < len(rows) / len(tracks) < 1.5
    assert {row["explicit"] for row in rows} == {"True", "False"}
    assert any(";" in row["artists"] for row in rows)
    (nameless,) = (row for row in rows if row["track_name"] == "")
    assert nameless["artists"] == nameless["album_name"] == ""
    assert 1 <= sum(not 0 <= int(row["popularity"]) <= 100 for row in rows) < 0.005 * len(rows)
    assert 1 <= sum(float(row["tempo"]) == 0 for row in rows) < 0.005 * len(rows)


def test_both_catalogues_tell_the_same_of_a_track(world: Path) -> None:
    tidytuesday = {row["track_id"]: row for row in rows_of(world / "spotify_songs.csv")}
    larger = {row["track_id"]: row for row in rows_of(world / "dataset.csv")}
    shared = tidytuesday.keys() & larger.keys()
    assert len(tidytuesday.keys() | larger.keys()) == WorldSize().catalog_tracks
    assert len(shared) > 500
    same = ("energy", "valence", "loudness", "acousticness", "key")
    assert all(tidytuesday[track][name] == larger[track][name] for track in shared for name in same)


def test_most_tracks_that_chart_are_in_a_catalogue_but_not_all(world: Path) -> None:
    known = {row["track_id"] for name in ("spotify_songs.csv", "dataset.csv") for row in rows_of(world / name)}
    charted = set(re.findall(r"/track/([0-9A-Za-z]{22})", (world / "charts.csv").read_text(encoding="utf-8")))
    for path in world.glob("regional-*"):
        charted.update(re.findall(r"spotify:track:(\w{22})", path.read_text(encoding="utf-8")))
    assert 0.85 < len(charted & known) / len(charted) < 0.96


def test_names_try_every_reader(world: Path) -> None:
    text = (world / "charts.csv").read_text(encoding="utf-8")
    titles = {row[0] for row in csv.reader(io.StringIO(text))}
    artists = {row[3] for row in csv.reader(io.StringIO(text)) if len(row) > 3}
    names = titles | artists
    scripts = {unicodedata.name(letter).split()[0] for name in names for letter in name if letter.isalpha()}
    assert scripts >= {
        "LATIN",
        "CJK",
        "HIRAGANA",
        "KATAKANA",
        "HANGUL",
        "CYRILLIC",
        "GREEK",
        "ARABIC",
        "THAI",
    }
    accented = [name for name in names if not name.isascii()]
    assert any(unicodedata.normalize("NFC", name) != name for name in accented)
    assert any(unicodedata.normalize("NFD", name) != name for name in accented)
    for character in ('"', "'", "  ", "\u00a0", "☀️", "…"):
        assert any(character in title for title in titles), repr(character)
    assert any(title != title.strip() for title in titles)
    assert any("Earth, Wind & Fire" in artist for artist in artists)
    assert "" in titles


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.zst"])
def test_compressed_files_hold_the_same_bytes_and_are_the_same_twice(tmp_path: Path, suffix: str) -> None:
    plain = write_charts(tmp_path / "charts.csv", 3_000).read_bytes()
    first = write_charts(tmp_path / f"first{suffix}", 3_000, threads=1).read_bytes()
    second = write_charts(tmp_path / f"second{suffix}", 3_000, threads=3).read_bytes()
    assert first == second
    assert len(first) < len(plain) / 2
    if suffix == ".csv.gz":
        assert gzip.decompress(first) == plain
    else:
        assert pytest.importorskip("backports.zstd").decompress(first) == plain


def test_an_unknown_suffix_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\.csv\.zst"):
        write_charts(tmp_path / "charts.parquet", 100)
    assert not list(tmp_path.iterdir())


def test_a_writing_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "charts.csv"
    path.write_text("before")

    def fail() -> None:
        with written_whole(path) as stream:
            stream.write(b"half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_every_kind_can_be_written_by_itself(world: Path, tmp_path: Path) -> None:
    assert set(KINDS) == {"charts", "official", "tidytuesday", "catalog"}
    alone = {"charts": "charts.csv", "tidytuesday": "spotify_songs.csv", "catalog": "dataset.csv"}
    for kind, name in alone.items():
        (path,) = KINDS[kind](tmp_path / f"{kind}.csv", WorldSize())
        assert path.read_bytes() == (world / name).read_bytes()
    for path in KINDS["official"](tmp_path / "official", WorldSize()):
        assert path.read_bytes() == (world / path.name).read_bytes()
