"""Objects that a source tells whole beside what it was asked for: they land as answers, and need no look-up."""

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spotify_platform.errors import PermanentError
from spotify_platform.lake.interface import Lake
from spotify_platform.landing.land import API, Door, Resources, land
from spotify_platform.landing.manifest import LandedFile
from spotify_platform.lookups.known import due, read_known, record
from spotify_platform.lookups.subjects import Answer, Subject, write


def land_told(
    lake: Lake,
    subject: Subject,
    told: Mapping[str, Any],
    today: dt.date,
    limits: Resources,
    landed: list[LandedFile] | None = None,
) -> LandedFile | None:
    """Land those of the objects, by their ids, that a look-up would ask for now; None where there are none.

    `landed` is that of `land`. Nothing in the file tells what they were told beside.
    """
    ids = due(told, read_known(lake, subject), subject, today)
    answers = [Answer(id, today.isoformat(), told[id]) for id in ids]
    if not answers:
        return None
    with tempfile.TemporaryDirectory(prefix="told-") as folder:
        path = Path(folder) / f"{subject}-{today}.parquet"
        write(subject, answers, path)
        [outcome] = land(lake, path, Door(API), limits, landed)
    if outcome.file is None:
        raise PermanentError(f"{subject} that were told were refused: {outcome.reason}")
    record(lake, subject, answers, outcome.file.file_id)
    return outcome.file
