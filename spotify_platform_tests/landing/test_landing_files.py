"""Files as they arrive: compression by first bytes, truncation, bombs, and names that point elsewhere."""

import gzip
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.errors import BrokenFileError, RefusedFileError
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing import files
from spotify_platform.landing.files import compression_of, fingerprint, open_payload, payloads, unpacked
from spotify_platform.landing.land import Outcome, files_below
from spotify_platform_tests.landing.writing import DAILY, GOOD, KAGGLE, NAMES, PROPERTY, ranks, table

CONTENT = table(KAGGLE, ranks(KAGGLE, 50)).encode()


def zipped(path: Path, members: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:  # type: ignore[arg-type]
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def packed(path: Path, kind: str, content: bytes = CONTENT) -> Path:
    if kind == "zip":
        return zipped(path, {"charts.csv": content})
    checked = {zstd.CompressionParameter.checksum_flag: 1}
    pack: dict[str, Callable[[bytes], bytes]] = {
        "none": bytes,
        "gzip": gzip.compress,
        "zstd": lambda data: zstd.compress(data, options=checked),
    }
    path.write_bytes(pack[kind](content))
    return path


@pytest.mark.parametrize("name", ["charts.csv", "charts.csv.gz", "charts.zip", "charts.zst", "charts", "charts.txt"])
@pytest.mark.parametrize("kind", ["none", "gzip", "zstd", "zip"])
def test_the_first_bytes_tell_the_compression_whatever_the_name(tmp_path: Path, kind: str, name: str) -> None:
    path = packed(tmp_path / name, kind)
    assert compression_of(path) == kind
    [payload] = payloads(path)
    with open_payload(payload) as file:
        assert file.read() == CONTENT


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd", "zip"])
def test_hashes_are_those_of_the_file_and_of_what_it_holds(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path / "x", kind)
    [payload] = payloads(path)
    prints = fingerprint(payload)
    assert prints.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert prints.content_sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (prints.size, prints.content_size) == (path.stat().st_size, len(CONTENT))
    assert prints.ends_with_newline


@pytest.mark.parametrize(
    ("content", "lines", "ends"),
    [
        (b"a", 1, False),
        (b"a\nb", 2, False),
        (b"a\nb\n", 2, True),
        (b"a\r\nb\r\n\r\n\n", 2, True),
        (b"a\rb\r", 2, True),
        (b"a\n\nb", 3, False),
        (b"\r\n" * 700_000 + b"b", 700_001, False),
    ],
)
def test_lines_are_counted_whatever_ends_them(tmp_path: Path, content: bytes, lines: int, ends: bool) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    prints = fingerprint(payloads(path)[0])
    assert (prints.lines, prints.ends_with_newline) == (lines, ends)


@pytest.mark.parametrize("kind", ["gzip", "zstd", "zip"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_compressed_file_that_is_cut_short_is_refused(tmp_path: Path, kind: str, share: float) -> None:
    path = packed(tmp_path / "x", kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BrokenFileError, match="broken or cut short"):
        fingerprint(payloads(path)[0])


@settings(PROPERTY, max_examples=60)
@given(kind=st.sampled_from(["gzip", "zstd", "zip"]), data=st.data())
def test_damaged_archives_are_read_to_the_same_bytes_or_refused(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    path = packed(tmp_path / "x", kind)
    damaged = bytearray(path.read_bytes())
    at = data.draw(st.integers(4, len(damaged) - 1))
    damaged[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(damaged)
    try:
        found = [fingerprint(payload).content_sha256 for payload in payloads(path)]
    except RefusedFileError:
        return
    assert found == [hashlib.sha256(CONTENT).hexdigest()]


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd", "zip"])
@pytest.mark.parametrize("content", [b"", b"\n \r\n\t"])
def test_an_empty_file_is_refused(tmp_path: Path, kind: str, content: bytes) -> None:
    path = packed(tmp_path / "x", kind, content)
    with pytest.raises(BrokenFileError, match="empty"):
        fingerprint(payloads(path)[0])


def test_a_zip_without_members_is_refused(tmp_path: Path) -> None:
    for members in ({}, {"__MACOSX/._charts.csv": b"x", ".DS_Store": b"x", "folder/": b""}):
        with pytest.raises(BrokenFileError, match="holds no files"):
            payloads(zipped(tmp_path / "x.zip", members))


def test_what_a_system_adds_to_a_zip_is_left_out(tmp_path: Path) -> None:
    members = {
        "charts.csv": CONTENT,
        "folder/charts.csv": CONTENT,
        "__MACOSX/._charts.csv": b"x",
        "folder/.DS_Store": b"x",
        "Thumbs.db": b"x",
    }
    found = payloads(zipped(tmp_path / "x.zip", members))
    assert [payload.name for payload in found] == ["x.zip!charts.csv", "x.zip!folder/charts.csv"]


def test_a_zip_that_holds_one_name_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("charts.csv", CONTENT)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("charts.csv", b"other")
    with pytest.raises(BrokenFileError, match=r"two files named charts\.csv"):
        payloads(tmp_path / "x.zip")


def test_a_zip_within_a_zip_is_refused(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"charts.csv": CONTENT}).read_bytes()
    with pytest.raises(BrokenFileError, match="a zip within a zip"):
        payloads(zipped(tmp_path / "outer.zip", {"inner.ZIP": inner}))


def test_a_zip_bomb_is_refused_before_anything_is_unpacked(
    tmp_path: Path, lake: FolderLake, landing: Callable[..., list[Outcome]]
) -> None:
    path = zipped(tmp_path / "bomb.zip", {"charts.csv": bytes(30 << 20)})
    [outcome] = landing(path)
    assert (outcome.status, outcome.name) == ("refused", "bomb.zip")
    assert "would unpack to 31,457,280 bytes" in outcome.reason
    assert not lake.root.exists()


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_stream_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path / "x", kind, bytes(30 << 20))
    with pytest.raises(BrokenFileError, match="unpacks to more than"):
        fingerprint(payloads(path)[0])


def test_no_more_than_the_largest_size_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 1000)
    for kind in ("none", "gzip"):
        with pytest.raises(BrokenFileError, match="more than 1,000 bytes"):
            fingerprint(payloads(packed(tmp_path / kind, kind))[0])


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"charts.csv": CONTENT})
    content = bytearray(path.read_bytes())
    for header, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + offset] |= 1  # the flag that says: encrypted
    path.write_bytes(content)
    with pytest.raises(BrokenFileError, match="cannot be opened"):
        fingerprint(payloads(path)[0])


@pytest.mark.parametrize(
    "member", ["../evil.csv", "../../evil.csv", "/tmp/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv"]
)
def test_nothing_is_written_under_a_name_that_a_zip_chooses(
    tmp_path: Path, lake: FolderLake, landing: Callable[..., list[Outcome]], member: str
) -> None:
    path = zipped(tmp_path / "charts.zip", {member: CONTENT})
    [outcome] = landing(path)
    assert outcome.status == "landed"
    assert not list(tmp_path.parent.rglob("*evil*"))
    assert not Path("/tmp/evil.csv").exists()
    written = {p for p in tmp_path.rglob("*") if p.is_file()} - {path}
    assert all(p.is_relative_to(lake.raw) for p in written)


def test_a_symbolic_link_in_a_zip_is_only_its_text(tmp_path: Path, landing: Callable[..., list[Outcome]]) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(CONTENT)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        link = zipfile.ZipInfo("charts.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(secret))
    [outcome] = landing(tmp_path / "x.zip")
    assert (outcome.status, outcome.file) == ("refused", None)


def test_members_of_a_zip_land_each_for_itself(tmp_path: Path, landing: Callable[..., list[Outcome]]) -> None:
    days = ["2022-12-08", "2022-12-09"]
    members = {
        f"folder/regional-us-daily-{day}.csv": table(DAILY, ranks(DAILY, 3, streams=day[-1])).encode() for day in days
    }
    path = zipped(tmp_path / "x.zip", {**members, "README.txt": b"hello"})
    outcomes = landing(path)
    assert [outcome.status for outcome in outcomes] == ["landed", "landed", "refused"]
    assert [outcome.file and outcome.file.period_start for outcome in outcomes] == [*days, None]


def test_a_member_is_unpacked_while_it_is_hashed_and_read_there_from_then_on(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"charts.csv": CONTENT})
    [packed] = payloads(path)
    payload, prints = unpacked(packed, tmp_path)
    assert prints == fingerprint(packed)
    path.unlink()
    with open_payload(payload) as file:
        assert file.read() == CONTENT
    assert payload.name == packed.name


def test_hidden_files_and_links_below_a_folder_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / ".home" / "inbox"
    for name in ("b.csv", "a/c.csv", ".hidden.csv", ".git/objects/ab/cd", "a/.cache/x/y.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "link.csv").symlink_to(folder / "b.csv")
    found = [path.relative_to(folder).as_posix() for path in files_below([folder, folder / ".hidden.csv"])]
    assert found == ["a/c.csv", "b.csv", ".hidden.csv"]


@pytest.mark.parametrize("name", ["charts[1].csv", "char*s.csv", "chart?.csv", "a'b.csv", 'a"b;c.csv', "чарт 50%.csv"])
def test_any_file_name_is_taken_as_it_is(
    tmp_path: Path, lake: FolderLake, landing: Callable[..., list[Outcome]], name: str
) -> None:
    (tmp_path / "charts1.csv").write_text(table(KAGGLE, ranks(KAGGLE, 9)), encoding="utf-8")
    (tmp_path / "charXs.csv").write_text(table(KAGGLE, ranks(KAGGLE, 9)), encoding="utf-8")
    (tmp_path / name).write_text(table(KAGGLE, [GOOD[KAGGLE]]), encoding="utf-8")
    [outcome] = landing(tmp_path / name)
    assert outcome.file is not None
    assert (outcome.status, outcome.name, outcome.file.rows_read) == ("landed", name, 1)


def test_every_format_has_a_name_without_questions() -> None:
    assert set(NAMES) == set(GOOD)
