"""Landing: the same bytes land once for ever, newer versions supersede, and a crash leaves nothing half done."""

import gzip
import itertools
import os
import threading
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing import land as landing_module
from spotify_platform.landing.land import ID_LENGTH, Door, Outcome, land
from spotify_platform.landing.manifest import (
    LandedFile,
    Receipt,
    current_files,
    iso,
    landed_months,
    manifest_rows,
    read_manifest,
    read_receipts,
    record_receipts,
    without_receipt,
)
from spotify_platform.landing.report import file_report
from spotify_platform_tests.conftest import LIMITS
from spotify_platform_tests.landing.writing import (
    DAILY,
    GOOD,
    KAGGLE,
    NAMES,
    PROPERTY,
    TRACKS_114K,
    good,
    ranks,
    table,
)

Landing = Callable[..., list[Outcome]]
NAME = "regional-us-daily-2022-12-08.csv"
IDENTITY = "charts.spotify.com/US/top200/daily/2022-12-08"


def write(path: Path, rows: list[dict[str, str]], modified: float = 1_700_000_000, format: str = DAILY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(table(format, rows), encoding="utf-8")
    os.utime(path, (modified, modified))
    return path


def one(outcomes: list[Outcome]) -> Outcome:
    [outcome] = outcomes
    return outcome


def landed_file(outcome: Outcome) -> LandedFile:
    assert outcome.file is not None, outcome.reason
    return outcome.file


def names(files: list[LandedFile]) -> set[str]:
    return {file.name for file in files}


@pytest.mark.parametrize("format", GOOD)
def test_a_file_lands_with_what_its_record_says(
    tmp_path: Path, lake: FolderLake, landing: Landing, format: str
) -> None:
    bad = {"rank": "x"} if format in (KAGGLE, DAILY) else {}
    rows = [dict(GOOD[format]), *([good(format, **bad)] if bad else [])]
    path = write(tmp_path / NAMES[format], rows, format=format)
    outcome = one(landing(path))
    file = landed_file(outcome)
    assert outcome.status == "landed"
    assert read_manifest(lake) == [file]
    assert (file.rows_read, file.rows, file.rejected) == (len(rows), 1, len(rows) - 1)
    assert file.file_id == file.content_sha256[:ID_LENGTH]
    assert file.modified_at == iso(1_700_000_000.0) == "2023-11-14T22:13:20.000000+00:00"
    assert (file.size, file.format, file.supersedes, file.forced) == (path.stat().st_size, format, None, False)
    assert [p.read_bytes() for p in lake.raw.glob("files/*/*.csv")] == [path.read_bytes()]


def test_candidate_rows_and_rejects_of_a_landed_file_can_be_queried(
    tmp_path: Path, lake: FolderLake, landing: Landing
) -> None:
    landing(write(tmp_path / NAME, [*ranks(DAILY, 3), good(DAILY, rank="x")]))
    counts = "SELECT (SELECT COUNT(*) FROM candidates.chart_entries), (SELECT MIN(line) FROM candidates.rejected_rows)"
    assert query(lake, counts, ("candidates", "chart_entries"), ("candidates", "rejected_rows")) == [(3, 5)]


@pytest.mark.parametrize("again", ["same name", "other name", "gzip", "zip", "folder"])
def test_the_same_bytes_land_once_for_ever(tmp_path: Path, lake: FolderLake, landing: Landing, again: str) -> None:
    first = write(tmp_path / "a" / NAME, ranks(DAILY, 3))
    file = landed_file(one(landing(first)))
    second = tmp_path / "b" / ("regional-gb-daily-2023-01-01.csv" if again == "other name" else NAME)
    second.parent.mkdir()
    second.write_bytes(gzip.compress(first.read_bytes()) if again == "gzip" else first.read_bytes())
    if again == "zip":
        second = tmp_path / "x.zip"
        with zipfile.ZipFile(second, "w") as archive:
            archive.write(first, "deep/charts.csv")
    before = {path: path.stat().st_mtime_ns for path in lake.root.rglob("*")}
    outcome = one(landing(second, replace=True))
    assert (outcome.status, outcome.file) == ("already landed", file)
    assert {path: path.stat().st_mtime_ns for path in lake.root.rglob("*")} == before


def test_a_fuller_version_supersedes(tmp_path: Path, lake: FolderLake, landing: Landing) -> None:
    old = landed_file(one(landing(write(tmp_path / "old" / NAME, ranks(DAILY, 3)))))
    outcome = one(landing(write(tmp_path / "new" / NAME, ranks(DAILY, 5), modified=1)))
    assert outcome.status == "superseding"
    new = landed_file(outcome)
    assert (new.supersedes, new.identity) == (old.file_id, IDENTITY)
    assert current_files(read_manifest(lake)) == [new]


def test_a_version_that_covers_less_is_refused_unless_told(tmp_path: Path, lake: FolderLake, landing: Landing) -> None:
    full = landed_file(one(landing(write(tmp_path / "full" / NAME, ranks(DAILY, 5)))))
    less = write(tmp_path / "less" / NAME, ranks(DAILY, 3), modified=1_800_000_000)
    outcome = one(landing(less))
    assert outcome.status == "refused"
    assert f"covers less: 3 rows where {NAME} has 5" in outcome.reason
    assert "--replace" in outcome.reason
    assert read_manifest(lake) == [full]
    told = one(landing(less, replace=True))
    assert told.status == "superseding"
    assert landed_file(told).forced
    assert current_files(read_manifest(lake)) == [told.file]


def test_what_was_put_in_place_on_purpose_gives_way_only_on_purpose(
    tmp_path: Path, lake: FolderLake, landing: Landing
) -> None:
    landing(write(tmp_path / "a" / NAME, ranks(DAILY, 5)))
    landing(write(tmp_path / "b" / NAME, ranks(DAILY, 3)), replace=True)
    fullest = write(tmp_path / "c" / NAME, ranks(DAILY, 9))
    outcome = one(landing(fullest))
    assert outcome.status == "refused"
    assert f"{NAME} was put in its place with --replace" in outcome.reason
    assert one(landing(fullest, replace=True)).status == "superseding"
    assert [file.rows for file in current_files(read_manifest(lake))] == [9]


def test_a_first_version_is_not_forced_whatever_is_told(tmp_path: Path, landing: Landing) -> None:
    file = landed_file(one(landing(write(tmp_path / NAME, ranks(DAILY, 3)), replace=True)))
    assert not file.forced


@pytest.mark.parametrize("newer_first", [False, True])
def test_of_equal_coverage_the_later_file_wins_whatever_the_order(
    tmp_path: Path, lake: FolderLake, landing: Landing, newer_first: bool
) -> None:
    older = write(tmp_path / "older" / NAME, ranks(DAILY, 3, streams="1"), modified=1_000_000)
    newer = write(tmp_path / "newer" / NAME, ranks(DAILY, 3, streams="2"), modified=2_000_000)
    statuses = [one(landing(path)).status for path in ((newer, older) if newer_first else (older, newer))]
    assert statuses == (["landed", "refused"] if newer_first else ["landed", "superseding"])
    assert [file.modified_at for file in current_files(read_manifest(lake))] == [iso(2_000_000.0)]


def test_rejected_rows_do_not_count_as_coverage(tmp_path: Path, landing: Landing) -> None:
    landing(write(tmp_path / "a" / NAME, ranks(DAILY, 3)))
    padded = [*ranks(DAILY, 2), *[good(DAILY, rank="x")] * 9]
    assert one(landing(write(tmp_path / "b" / NAME, padded))).status == "refused"


def test_files_without_identity_unite(tmp_path: Path, lake: FolderLake, landing: Landing) -> None:
    for number in (3, 2, 1):
        landing(write(tmp_path / f"{number}" / "charts.csv", ranks(KAGGLE, number), format=KAGGLE))
        landing(
            write(tmp_path / f"{number}" / "dataset.csv", [good(TRACKS_114K, popularity=f"{number}")], 1, TRACKS_114K)
        )
    assert len(current_files(read_manifest(lake))) == 6


def test_versions_of_a_kaggle_handle_supersede(tmp_path: Path, lake: FolderLake, landing: Landing) -> None:
    landing(write(tmp_path / "1" / "charts.csv", ranks(KAGGLE, 2), format=KAGGLE), handle="owner/charts")
    outcome = one(landing(write(tmp_path / "2" / "charts.csv", ranks(KAGGLE, 3), format=KAGGLE), handle="owner/charts"))
    assert outcome.status == "superseding"
    assert len(current_files(read_manifest(lake))) == 1


def versions() -> st.SearchStrategy[list[LandedFile]]:
    """Versions of three sources, and files without a source."""
    template = {
        "name": "n",
        "kind": "charts",
        "format": "f",
        "source": "s",
        "precedence": 1,
        "sha256": "",
        "size": 1,
        "rows_read": 9,
        "rejected": 0,
        "period_start": None,
        "period_end": None,
        "months": (),
        "region_code": None,
        "door": "d",
    }

    def build(parts: list[tuple[str | None, int, int]]) -> list[LandedFile]:
        return [
            LandedFile(
                **template,  # type: ignore[arg-type]
                file_id=f"{n:012d}",
                content_sha256=f"{n:064d}",
                identity=identity,
                rows=rows,
                modified_at=iso(float(modified)),
                landed_at="",
            )
            for n, (identity, rows, modified) in enumerate(parts)
        ]

    part = st.tuples(st.sampled_from([None, "a", "b", "c"]), st.integers(0, 3), st.integers(0, 3))
    return st.lists(part, max_size=8).map(build)


@settings(PROPERTY, max_examples=200)
@given(files=versions(), data=st.data())
def test_which_files_count_does_not_depend_on_the_order(files: list[LandedFile], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(files))
    current = {file.file_id for file in current_files(files)}
    assert {file.file_id for file in current_files(shuffled)} == current
    identities = [file.identity for file in current_files(files) if file.identity]
    assert len(identities) == len(set(identities))
    assert set(identities) == {file.identity for file in files if file.identity}
    for file in current_files(files):
        rivals = [other.rows for other in files if other.identity == file.identity]
        assert file.identity is None or file.rows == max(rivals)


def test_which_files_count_does_not_depend_on_the_order_of_landing(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "three" / NAME, ranks(DAILY, 3), modified=9),
        write(tmp_path / "five" / NAME, ranks(DAILY, 5, streams="1"), modified=5),
        write(tmp_path / "later" / NAME, ranks(DAILY, 5, streams="2"), modified=6),
    ]
    found = set()
    for number, order in enumerate(itertools.permutations(paths)):
        lake = FolderLake(tmp_path / f"lake-{number}")
        for path in order:
            land(lake, path, Door(), LIMITS)
        found.add(tuple(file.content_sha256 for file in current_files(read_manifest(lake))))
    assert len(found) == 1


def test_two_landers_at_once_make_one_record(tmp_path: Path, lake: FolderLake) -> None:
    path = write(tmp_path / NAME, ranks(DAILY, 3))
    start = threading.Barrier(4)
    statuses = []

    def lander() -> None:
        start.wait()
        statuses.append(one(land(lake, path, Door(), LIMITS)).status)

    threads = [threading.Thread(target=lander) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == ["already landed"] * 3 + ["landed"]
    assert len(read_manifest(lake)) == 1
    assert not [p for p in lake.root.rglob(".*") if p.is_file()]


STAGES = ["unpacked", "read_head", "parse", "put_file 1", "put_file 2", "put_file 3", "put_file 4", "record"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_crash_at_any_stage_leaves_no_record_and_landing_again_works(
    tmp_path: Path, lake: FolderLake, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    path = write(tmp_path / NAME, ranks(DAILY, 3))
    name, _, number = stage.partition(" ")
    calls = itertools.count(1)

    def crash(*arguments: Any) -> None:
        if not number or next(calls) == int(number):
            raise KeyboardInterrupt(stage)
        original(*arguments)

    original = FolderLake.put_file
    with monkeypatch.context() as patched:
        if name == "put_file":
            patched.setattr(FolderLake, "put_file", crash)
        else:
            patched.setattr(landing_module, name, crash)
        with pytest.raises(KeyboardInterrupt, match=stage):
            land(lake, path, Door(), LIMITS)
    assert read_manifest(lake) == []
    assert query(lake, "SELECT COUNT(*) FROM candidates.chart_entries", ("candidates", "chart_entries")) == [(0,)]
    assert one(land(lake, path, Door(), LIMITS)).status == "landed"
    assert query(lake, "SELECT COUNT(*) FROM candidates.chart_entries", ("candidates", "chart_entries")) == [(3,)]


def test_a_full_disk_is_no_refusal(tmp_path: Path, lake: FolderLake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FolderLake, "put_file", full)
    with pytest.raises(OSError, match="No space left"):
        land(lake, write(tmp_path / NAME, ranks(DAILY, 3)), Door(), LIMITS)


@pytest.mark.parametrize("moment", ["while parsing", "while storing"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, lake: FolderLake, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    path = write(tmp_path / NAME, ranks(DAILY, 3))

    def grow() -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write("more")

    parse, put_file = landing_module.parse, FolderLake.put_file

    def growing_parse(*arguments: Any) -> Any:
        grow()
        return parse(*arguments)

    def growing_put(lake: FolderLake, name: str, source: Path) -> None:
        if source == path:
            grow()
        put_file(lake, name, source)

    if moment == "while parsing":
        monkeypatch.setattr(landing_module, "parse", growing_parse)
    else:
        monkeypatch.setattr(FolderLake, "put_file", growing_put)
    outcome = one(land(lake, path, Door(), LIMITS))
    assert outcome.status == "refused"
    assert "changed while it was read" in outcome.reason or "cut short" in outcome.reason
    assert read_manifest(lake) == []


def test_a_refusal_is_an_outcome_that_stores_nothing(tmp_path: Path, lake: FolderLake, landing: Landing) -> None:
    path = tmp_path / "x.csv"
    for content in ("", "a,b\n1,2\n", table(DAILY, []), table(DAILY, ranks(DAILY, 2)), '[{"ts": 1}]'):
        path.write_text(content, encoding="utf-8")
        outcome = one(landing(path))
        assert (outcome.status, outcome.file, outcome.name) == ("refused", None, "x.csv")
        assert outcome.reason
    assert not lake.root.exists()


def test_what_a_person_tells_answers_the_question(tmp_path: Path, landing: Landing) -> None:
    path = write(tmp_path / "chart.csv", ranks(DAILY, 2))
    assert "--region" in one(landing(path)).reason
    assert "--date" in one(landing(path, region="us")).reason
    file = landed_file(one(landing(path, region="us", date=date(2022, 12, 8))))
    assert (file.identity, file.region_code, file.months) == (IDENTITY, "US", (202212,))


def test_arrival_and_currency_stand_in_the_manifest_rows(tmp_path: Path, lake: FolderLake, landing: Landing) -> None:
    for number in (2, 3):
        landing(write(tmp_path / f"{number}" / NAME, ranks(DAILY, number)))
    rows = manifest_rows(read_manifest(lake)[::-1])
    assert [(row[-1], row[-2], row[11]) for row in rows] == [(0, False, 2), (1, True, 3)]
    assert landed_months(read_manifest(lake)) == [202212]


def test_receipts_are_written_once(lake: FolderLake) -> None:
    first, second = (Receipt("f", "cleandata.charts", 3, loaded, 3 - loaded, 0, 0, {}) for loaded in (3, 2))
    assert record_receipts(lake, "f", [first])
    assert not record_receipts(lake, "f", [second])
    assert read_receipts(lake) == [first]


@settings(PROPERTY, max_examples=50)
@given(files=versions(), built=st.sets(st.integers(0, 8)))
def test_files_without_a_receipt_are_those_that_wait(files: list[LandedFile], built: set[int]) -> None:
    receipts = [Receipt(f"{n:012d}", "t", 1, 1, 0, 0, 0, {}) for n in built]
    assert [int(file.file_id) for file in without_receipt(files, receipts)] == sorted(set(range(len(files))) - built)


def test_a_record_survives_json(tmp_path: Path, lake: FolderLake, landing: Landing) -> None:
    file = landed_file(one(landing(write(tmp_path / NAME, [*ranks(DAILY, 2), good(DAILY, rank="x")]))))
    assert LandedFile.from_json(file.to_json()) == file
    assert file.reasons == {"rank: expected a whole number from 1 to 200": 1}


def test_the_report_of_a_refused_file_says_why(tmp_path: Path, landing: Landing) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n", encoding="utf-8")
    outcome = one(landing(path))
    report = file_report(outcome, [])
    assert (report["file"], report["status"], report["rows_read"]) == ("x.csv", "refused", None)
    assert list(report["reasons"]) == [outcome.reason]


def test_the_report_adds_up_for_a_file_that_lands_again_and_for_one_with_a_receipt(
    tmp_path: Path, landing: Landing
) -> None:
    path = write(tmp_path / NAME, [*ranks(DAILY, 2), good(DAILY, rank="x")])
    first, again = one(landing(path)), one(landing(path))
    waiting = file_report(first, [])
    assert (waiting["status"], waiting["rows_read"], waiting["loaded"], waiting["rejected"]) == ("landed", 3, None, 1)
    receipt = Receipt(landed_file(first).file_id, "cleandata.charts", 3, 1, 1, 0, 1, {"why": 1})
    for outcome, loaded in ((first, 1), (again, 0)):
        report = file_report(outcome, [receipt])
        counts = [report[name] for name in ("loaded", "duplicate", "skipped", "rejected")]
        assert report["loaded"] == loaded
        assert report["rows_read"] == 3 == sum(counts)
        assert report["tables"].keys() == {"cleandata.charts"}
