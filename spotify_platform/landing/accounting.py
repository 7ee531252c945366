"""Rows are accounted for: of every file, rows read = loaded + duplicate + skipped + rejected.

The accounting tables are built from the candidate rows; what stands in a table is counted there. The two
are held against each other, so a row that is lost anywhere shows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spotify_platform.lake.interface import Lake, Table
from spotify_platform.lake.reading import query
from spotify_platform.landing.format import Kind
from spotify_platform.landing.manifest import (
    LandedFile,
    Receipt,
    current_files,
    read_manifest,
    read_receipts,
    record_receipts,
    without_receipt,
)
from spotify_platform.landing.pending import touched_months

ACCOUNTS: dict[Kind, Table] = {
    "charts": ("cleandata", "chart_accounting"),
    "catalog": ("cleandata", "catalog_accounting"),
    "playlists": ("cleandata", "playlist_accounting"),
    "artists": ("cleandata", "artist_accounting"),
    "albums": ("cleandata", "album_accounting"),
    "plays": ("cleandata", "stream_accounting"),
    "top_tracks": ("cleandata", "top_track_accounting"),
    "listener_tops": ("cleandata", "listener_top_accounting"),
}
TARGETS: dict[Kind, Table] = {
    "charts": ("cleandata", "charts"),
    "catalog": ("cleandata", "tracks"),
    "playlists": ("cleandata", "playlist_tracks"),
    "artists": ("cleandata", "artist_profiles"),
    "albums": ("cleandata", "album_profiles"),
    "plays": ("cleandata", "streams"),
    "top_tracks": ("cleandata", "top_tracks"),
    "listener_tops": ("cleandata", "listener_tops"),
}
"""The table whose rows a file of this kind brings."""

LOADED_SQL: dict[Kind, str] = {
    "charts": "SELECT year * 100 + month, COUNT(*) FROM cleandata.charts GROUP BY ALL",
    "catalog": "SELECT 0, COUNT(*) FROM cleandata.tracks WHERE source_file_id IS NOT NULL HAVING COUNT(*) > 0",
    "playlists": "SELECT 0, COUNT(*) FROM cleandata.playlist_tracks HAVING COUNT(*) > 0",
    "artists": "SELECT 0, COUNT(*) FROM cleandata.artist_profiles HAVING COUNT(*) > 0",
    "albums": "SELECT 0, COUNT(*) FROM cleandata.album_profiles HAVING COUNT(*) > 0",
    "plays": "SELECT 0, COUNT(*) FROM cleandata.streams HAVING COUNT(*) > 0",
    "top_tracks": "SELECT 0, COUNT(*) FROM cleandata.top_tracks WHERE source <> 'spotify' HAVING COUNT(*) > 0",
    "listener_tops": "SELECT 0, COUNT(*) FROM cleandata.listener_tops HAVING COUNT(*) > 0",
}
ACCOUNTED_SQL: dict[Kind, str] = {
    "charts": "SELECT year * 100 + month, SUM(outcome_rows) FROM cleandata.chart_accounting "
    "WHERE outcome = 'loaded' GROUP BY ALL HAVING SUM(outcome_rows) > 0",
    **{
        kind: f"SELECT 0, SUM(outcome_rows) FROM {'.'.join(ACCOUNTS[kind])} "
        "WHERE outcome = 'loaded' HAVING SUM(outcome_rows) > 0"
        for kind in ACCOUNTS
        if kind != "charts"
    },
}


@dataclass(frozen=True)
class Difference:
    """A place where the accounts and a table disagree: `month` is yyyymm, or 0 for a table without months."""

    table: str
    month: int
    accounted: int
    found: int


def standing(lake: Lake, kind: Kind) -> list[Receipt]:
    """Where the rows of every file of a kind stand now; a superseded file's are skipped."""
    files = [file for file in read_manifest(lake) if kind in file.kinds]
    current = {file.file_id for file in current_files(files)}
    if lake.state(ACCOUNTS[kind]) is None:
        return []
    name = ".".join(ACCOUNTS[kind])
    outcomes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    reasons: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sql = f"SELECT file_id, outcome, reason, CAST(SUM(outcome_rows) AS BIGINT) FROM {name} GROUP BY ALL"
    for file_id, outcome, reason, rows in query(lake, sql, ACCOUNTS[kind]):
        outcomes[file_id][outcome] += rows
        if outcome == "skipped" or (outcome == "loaded" and reason):
            reasons[file_id][reason] += rows
    return [
        _receipt(file, kind, outcomes[file.file_id], reasons[file.file_id])
        if file.file_id in current
        else _receipt(file, kind, {"skipped": file.rows}, {"superseded by another version of the file": file.rows})
        for file in files
    ]


def _receipt(file: LandedFile, kind: Kind, outcomes: Mapping[str, int], reasons: Mapping[str, int]) -> Receipt:
    return Receipt(
        file_id=file.file_id,
        table_name=".".join(TARGETS[kind]),
        rows_read=file.rows_read,
        loaded=outcomes.get("loaded", 0),
        duplicate=outcomes.get("duplicate", 0),
        skipped=outcomes.get("skipped", 0),
        rejected=file.rejected,
        reasons={**reasons, **file.reasons},
    )


def is_balanced(receipt: Receipt) -> bool:
    return receipt.rows_read == receipt.loaded + receipt.duplicate + receipt.skipped + receipt.rejected


def write_receipts(lake: Lake) -> list[Receipt]:
    """Give every landed file whose rows are all built its receipts, once, one for each table. Returns the new ones."""
    waiting = without_receipt(read_manifest(lake), read_receipts(lake))
    found = {kind: {receipt.file_id: receipt for receipt in standing(lake, kind)} for kind in TARGETS}
    written = []
    for file in waiting:
        receipts = [found[kind][file.file_id] for kind in file.kinds if file.file_id in found[kind]]
        built = len(receipts) == len(file.kinds) and all(map(is_balanced, receipts))
        if built and record_receipts(lake, file.file_id, receipts):
            written += receipts
    return written


def unbalanced(lake: Lake, kind: Kind, months: Iterable[int], before: str) -> list[Receipt]:
    """Files of a kind whose rows do not add up, of those that every one of their months has been built with.

    A file without a receipt may still wait: it was built with in `months`, those of a run, if it landed `before`
    (ISO) the run started, and in those that any of its rows stand in.
    """
    wrong = [receipt for receipt in standing(lake, kind) if not is_balanced(receipt)]
    if not wrong:
        return []
    files = {file.file_id: file for file in read_manifest(lake)}
    waiting = {file.file_id for file in without_receipt(files.values(), read_receipts(lake))}
    built = _months_built_with(lake)
    run = set(months)

    def is_built(file: LandedFile) -> bool:
        return file.landed_at < before and set(file.months) <= run | built[file.file_id]

    return [r for r in wrong if r.file_id not in waiting or is_built(files[r.file_id])]


def _months_built_with(lake: Lake) -> Mapping[str, set[int]]:
    """By file, the months that any of its rows are accounted for in."""
    found: dict[str, set[int]] = defaultdict(set)
    if lake.state(ACCOUNTS["charts"]) is not None:
        sql = "SELECT DISTINCT file_id, year * 100 + month FROM cleandata.chart_accounting"
        for file_id, month in query(lake, sql, ACCOUNTS["charts"]):
            found[file_id].add(month)
    return found


def differences(lake: Lake, kind: Kind, months: Iterable[int], before: str) -> list[Difference]:
    """Months of a table in which its rows are not those that the accounts say were loaded.

    Of a table by month only `months`, those of a run, are looked at, if there are any: another run may be building
    others. Where files landed since `before` (ISO), when the run started, one of the two may have been built with them
    and the other without: that is left to the run that builds them.
    """
    tables = (TARGETS[kind], ACCOUNTS[kind])
    if any(lake.state(table) is None for table in tables):
        return []
    files = [file for file in read_manifest(lake) if kind in file.kinds]
    late = [file for file in files if file.landed_at >= before]
    found = dict(query(lake, LOADED_SQL[kind], *tables))
    accounted = {month: int(rows) for month, rows in query(lake, ACCOUNTED_SQL[kind], *tables)}
    judged, of_run = found.keys() | accounted.keys(), set(months)
    if kind == "charts":
        judged = (judged & of_run if of_run else judged) - set(touched_months(late, files))
    elif late:
        judged = set()
    return [
        Difference(".".join(TARGETS[kind]), month, accounted.get(month, 0), found.get(month, 0))
        for month in sorted(judged)
        if accounted.get(month, 0) != found.get(month, 0)
    ]
