"""What has been asked for: an id once, and again only when its answer has expired.

One immutable record in the lake for each file of answers that landed; "no such id" stands in it too, and nowhere else.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from spotify_platform.lake.interface import Lake
from spotify_platform.lookups.subjects import MISSING_FOR, Answer, Subject

RECORDS = "lookups"
FOUND, MISSING = "found", "missing"
Known = Mapping[str, tuple[str, bool]]
"""By id, the day (ISO) of its last answer, and whether it was found."""


def read_known(lake: Lake, subject: Subject) -> Known:
    """All ids that the subject's source was asked for."""
    known: dict[str, tuple[str, bool]] = {}
    for _, record in lake.read_jsons(f"{RECORDS}/{subject}"):
        for day, ids in record["answers"].items():
            for outcome in (FOUND, MISSING):
                for id in ids[outcome]:
                    known[id] = max(known.get(id, ("", False)), (day, outcome == FOUND))
    return known


def due(wanted: Iterable[str], known: Known, subject: Subject, today: dt.date) -> list[str]:
    """The distinct ids that were never asked for, or whose answer has expired, in their order."""
    good_since = {True: (today - subject.keeps).isoformat(), False: (today - MISSING_FOR).isoformat()}
    return [id for id in dict.fromkeys(wanted) if id not in known or known[id][0] <= good_since[known[id][1]]]


def record(lake: Lake, subject: Subject, answers: Iterable[Answer], digest: str) -> None:
    """Keep what was asked, under the name of these answers."""
    days: dict[str, dict[str, list[str]]] = {}
    for answer in answers:
        day = days.setdefault(answer.asked_on, {FOUND: [], MISSING: []})
        day[MISSING if answer.body is None else FOUND].append(answer.id)
    payload: dict[str, Any] = {"provider": subject.provider, "kind": subject.kind, "answers": days}
    lake.put_json_if_absent(f"{RECORDS}/{subject}/{min(days)}-{digest}.json", payload)
