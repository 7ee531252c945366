"""What a listener played recently, as it goes on: from the newest play that landed, which is all that is remembered."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spotify_platform.lake.engine import connect
from spotify_platform.lake.interface import Lake
from spotify_platform.lake.relations import candidate_rows, select
from spotify_platform.landing.manifest import LandedFile

FORMAT = "recently_played"


def newest_play(lake: Lake, landed: Iterable[LandedFile], listener: str) -> dt.datetime | None:
    """The end (UTC) of the last play that an answer told; None before the first one.

    Exports do not count: an answer that overlaps one costs nothing, and minutes are no cursor.
    """
    own = [file for file in landed if file.format == FORMAT and file.listener == listener and file.period_end]
    last_day = max((str(file.period_end) for file in own), default=None)
    plays = candidate_rows(lake, "play_rows", (file for file in own if file.period_end == last_day))
    with connect() as connection:
        lake.register(connection)
        [(newest,)] = connection.execute(f"SELECT MAX(played_at) FROM ({select(plays)}) AS plays").fetchall()
    return newest.replace(tzinfo=dt.UTC) if newest else None


def write(folder: Path, answer: Mapping[str, Any], asked_at: dt.datetime) -> Path:
    """The answer as a file that lands like any other."""
    path = folder / f"recently-played-{asked_at:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    return path
