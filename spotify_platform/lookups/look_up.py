"""Looking up what is missing: asked most wanted first, journaled at once, landed at the end, gone on with at the next run.

What stops it: nothing more to ask; a source that wants to be left alone, which ends it as deferred; an app that may not
ask. All of these are ends of a run that kept what it got. Anything else is raised, after that was kept.
"""

import datetime as dt
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spotify_platform.errors import BusyError, DeferredError, MissingAbilityError, PermanentError, PlatformError
from spotify_platform.lake.interface import Lake
from spotify_platform.landing.land import API, Door, Resources, land
from spotify_platform.landing.manifest import LandedFile
from spotify_platform.lookups.journal import Journal
from spotify_platform.lookups.known import due, read_known, record
from spotify_platform.lookups.subjects import Answer, Subject, write

SEALED_AT = 5_000
"""Answers that one file holds at most: a long run lands several, and needs little memory for each."""
TOLD_EVERY = 500
"""Ids between two lines of the log."""
Found = tuple[tuple[str, ...], Mapping[str, Any]]
"""Ids that were asked for in one call, and the answers of those that exist."""
Ask = Callable[[Sequence[str]], Iterator[Found]]


@dataclass(frozen=True)
class Desk:
    """Where look-ups are made: the lake that they land in, a local folder for journals, and who is told of it."""

    lake: Lake
    folder: Path
    limits: Resources
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    log: Callable[[str], None] = lambda line: None
    landed: Callable[[LandedFile], None] = lambda file: None

    def journal(self, subject: Subject) -> Journal:
        return Journal(self.folder / f"{subject}.jsonl")


@dataclass
class Progress:
    """What a run did: `asked` = `answered` + `missing`; `waiting` are still to be asked."""

    subject: Subject
    waiting: int = 0
    answered: int = 0
    missing: int = 0
    recovered: int = 0
    deferred_until: dt.datetime | None = None
    unavailable: str = ""
    files: list[LandedFile] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return self.answered + self.missing

    @property
    def has_ended(self) -> bool:
        """Whether the source was asked for all that it was to be asked for."""
        return self.deferred_until is None and not self.unavailable


def look_up(desk: Desk, subject: Subject, wanted: Callable[[Lake], Iterable[str]], ask: Ask) -> Progress:
    """Ask for those of the wanted ids that are due, and land the answers.

    What a killed run left behind lands first. Raises `BusyError` where another run asks for the same, and as the client
    does for what is neither patience nor ability.
    """
    progress = Progress(subject)
    with _alone(desk, subject):
        progress.recovered = _seal(desk, progress)
        ids = due(wanted(desk.lake), read_known(desk.lake, subject), subject, desk.now().date())
        progress.waiting = len(ids)
        try:
            _ask(desk, progress, ask(ids) if ids else iter(()))
        except DeferredError as deferred:
            progress.deferred_until = deferred.resume_at
            desk.log(f"{subject}: {deferred}; {progress.waiting:,} wait")
        except MissingAbilityError as missing:
            progress.unavailable = str(missing)
            desk.log(f"{subject}: {missing}; {progress.waiting:,} wait")
        except PlatformError:
            _seal(desk, progress)
            raise
        _seal(desk, progress)
    return progress


def _ask(desk: Desk, progress: Progress, found: Iterator[Found]) -> None:
    """Take in answers as they come."""
    journal, total = desk.journal(progress.subject), progress.waiting
    held, told = 0, 0
    for asked, bodies in found:
        today = desk.now().date().isoformat()
        answers = [Answer(id, today, bodies.get(id)) for id in asked]
        journal.append(answers)
        missing = sum(answer.body is None for answer in answers)
        progress.answered += len(asked) - missing
        progress.missing += missing
        progress.waiting -= len(asked)
        held += len(asked)
        if progress.asked - told >= TOLD_EVERY:
            told = progress.asked
            desk.log(f"{progress.subject}: {told:,} of {total:,} asked, {progress.missing:,} unknown")
        if held >= SEALED_AT:
            held -= _seal(desk, progress)


def _seal(desk: Desk, progress: Progress) -> int:
    """Land what the journal holds, note it as known, and begin a new one. Returns the number of answers.

    Killed anywhere in between, it is done again, and comes to the same.
    """
    journal, subject = desk.journal(progress.subject), progress.subject
    answers = journal.read()
    if not answers:
        journal.remove()
        return 0
    digest = journal.digest
    known = [answer for answer in answers if answer.body is not None]
    if known:
        with tempfile.TemporaryDirectory(prefix="look-up-") as scratch:
            path = Path(scratch) / f"{subject}-{answers[-1].asked_on}-{digest}.parquet"
            write(subject, known, path)
            [outcome] = land(desk.lake, path, Door(API), desk.limits)
        if outcome.file is None:
            raise PermanentError(f"the answers in {journal.file} were refused: {outcome.reason}")
        progress.files.append(outcome.file)
        desk.landed(outcome.file)
    record(desk.lake, subject, answers, digest)
    journal.remove()
    return len(answers)


@contextmanager
def _alone(desk: Desk, subject: Subject) -> Iterator[None]:
    """Keep other runs from the journal meanwhile; the lock of a killed one is gone with it."""
    from filelock import FileLock, Timeout

    desk.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(desk.folder / f"{subject}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError(f"another run is asking for {subject}; try again when it has ended") from None
    try:
        yield
    finally:
        lock.release()


def in_threads(ask: Callable[[Sequence[str]], Found], ids: Sequence[str], batch: int, threads: int) -> Iterator[Found]:
    """`ask` for batches of ids by several threads, as they answer; the client keeps its pace for all of them.

    After an error no more are begun; what others had asked for already is given first, and then the error is raised.
    """
    batches = (ids[first : first + batch] for first in range(0, len(ids), batch))
    error: Exception | None = None
    with ThreadPoolExecutor(threads) as pool:
        running: set[Future[Found]] = {pool.submit(ask, part) for part in itertools.islice(batches, threads)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                failure = future.exception()
                if failure is None:
                    yield future.result()
                elif isinstance(failure, Exception):
                    error = error or failure
                else:
                    raise failure
            if error is None:
                running |= {pool.submit(ask, part) for part in itertools.islice(batches, len(done))}
    if error:
        raise error
