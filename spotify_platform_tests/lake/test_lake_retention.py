"""What retention removes of raw files, on every lake."""

import datetime as dt
import tempfile
from pathlib import Path

from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.interface import Lake
from spotify_platform.landing.land import API, candidate_object, raw_object
from spotify_platform.landing.manifest import LandedFile, read_manifest, record
from spotify_platform.operations.retention import Keep, clean_up, raw_removals, superseded

NOW = dt.datetime(2030, 6, 30, tzinfo=dt.UTC)
DAYS = dt.timedelta(days=90)
KEEP = Keep(superseded=DAYS, versions=dt.timedelta(days=7), runs=DAYS)


def landed(
    lake: Lake, number: int, day: str, identity: str | None, rows: int, content: str = "", door: str = "upload"
) -> LandedFile:
    """A file as landing leaves it: its bytes, its candidate rows, its record."""
    file = LandedFile(
        file_id=f"id{number}",
        name=f"{number}.csv",
        kind="charts",
        format="f",
        source="s",
        precedence=1,
        identity=identity,
        sha256=content or f"sha{number}",
        content_sha256=f"content{number}",
        size=1,
        rows_read=rows,
        rows=rows,
        rejected=0,
        period_start=None,
        period_end=None,
        months=(),
        region_code=None,
        door=door,
        landed_at=f"{day}T00:00:00.000000+00:00",
        modified_at=f"{day}T00:00:00.000000+00:00",
    )
    stored(lake, file.sha256, file.file_id)
    assert record(lake, file)
    return file


def stored(lake: Lake, sha256: str, file_id: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "bytes"
        source.write_bytes(b"12345")
        lake.put_file(raw_object(sha256, ".csv.gz"), source)
        lake.put_file(candidate_object("chart_entries", file_id), source)


def removed(lake: Lake, now: dt.datetime = NOW) -> set[str]:
    return {removal.name.removeprefix("rawdata/") for removal in raw_removals(lake, KEEP, now)}


def of(number: int) -> set[str]:
    return {raw_object(f"sha{number}", ".csv.gz"), candidate_object("chart_entries", f"id{number}")}


def test_a_file_goes_when_it_was_superseded_long_ago(any_lake: Lake) -> None:
    landed(any_lake, 1, "2030-01-01", "chart", rows=1)
    landed(any_lake, 2, "2030-03-01", "chart", rows=2)
    landed(any_lake, 3, "2030-06-01", "chart", rows=3)
    landed(any_lake, 4, "2020-01-01", "another chart", rows=1)
    landed(any_lake, 5, "2020-01-01", None, rows=1)
    assert removed(any_lake) == of(1)
    assert removed(any_lake, NOW + DAYS) == of(1) | of(2)
    instance = None  # no run is among what is removed
    receipt = clean_up(any_lake, instance, raw_removals(any_lake, KEEP, NOW), NOW)  # type: ignore[arg-type]
    assert (len(receipt.removed), receipt.bytes) == (2, 10)
    assert receipt.totals() == {"superseded file": (2, 10)}
    assert removed(any_lake) == set()
    [(_, kept)] = any_lake.read_jsons("removed")
    assert kept == receipt.to_json()
    assert clean_up(any_lake, instance, [], NOW).removed == []  # type: ignore[arg-type]
    assert len(list(any_lake.read_jsons("removed"))) == 1, "a clean-up that removed nothing leaves no receipt"


def test_bytes_that_a_current_file_shares_with_a_superseded_one_stay(any_lake: Lake) -> None:
    """Two members of one archive are two files with the same bytes."""
    landed(any_lake, 1, "2030-01-01", "chart", rows=1, content="archive")
    landed(any_lake, 2, "2030-01-01", "another chart", rows=1, content="archive")
    landed(any_lake, 3, "2030-02-01", "chart", rows=3)
    assert removed(any_lake) == {candidate_object("chart_entries", "id1")}


def test_what_was_stored_and_never_recorded_goes_after_a_while(any_lake: Lake) -> None:
    stored(any_lake, "sha9", "id9")
    now = dt.datetime.now(dt.UTC)
    assert removed(any_lake, now) == set(), "it may be landing now"
    assert removed(any_lake, now + dt.timedelta(days=8)) == of(9)


def test_a_file_counts_as_superseded_from_the_first_better_version_on(any_lake: Lake) -> None:
    files = [landed(any_lake, n, f"2030-0{n}-01", "chart", rows=n) for n in (1, 2, 3)]
    assert superseded(files) == {"id1": files[1].landed_at, "id2": files[2].landed_at}


def test_a_file_that_lands_again_while_it_is_removed_stays(tmp_path: Path) -> None:
    """Between the look at it and its removal somebody stored it anew."""
    lake = FolderLake(tmp_path / "lake")
    stored(lake, "sha9", "id9")
    removals = raw_removals(lake, KEEP, dt.datetime.now(dt.UTC) + dt.timedelta(days=8))
    stored(lake, "sha9", "id9")
    assert clean_up(lake, None, removals, NOW).removed == []  # type: ignore[arg-type]
    assert {found.name for found in [*lake.objects("files"), *lake.objects("candidates")]} == of(9)


def test_answers_of_an_api_go_after_their_time_and_what_was_read_from_them_stays(any_lake: Lake) -> None:
    landed(any_lake, 1, "2030-05-01", None, rows=1, door=API)
    landed(any_lake, 2, "2030-05-01", None, rows=1)
    [file] = [file for file in read_manifest(any_lake) if file.door == API]
    then = dt.datetime.fromisoformat(file.landed_at) + KEEP.answers
    assert removed(any_lake, then) == set()
    assert removed(any_lake, then + dt.timedelta(seconds=1)) == {raw_object("sha1", ".csv.gz")}
    [removal] = raw_removals(any_lake, KEEP, then + dt.timedelta(seconds=1))
    assert removal.what == "expired answers"
