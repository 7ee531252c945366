"""Every error the platform raises on purpose, by what the caller can do about it.

PlatformError
├── PermanentError          trying again cannot help: a person must change something
│   ├── ConfigurationError      a setting is wrong
│   ├── RefusedFileError        a file is not landed, and why
│   │   ├── UnknownFormatError      no known format has this header
│   │   ├── AmbiguousFileError      the format is known, its period or region is not
│   │   ├── BrokenFileError         truncated, empty, or not what its name says
│   │   ├── EmptyFileError          whole, and without a row
│   │   └── OutdatedFileError       covers less than what it would supersede
│   ├── ContractBreachError     a table would break its contract; the old one stays
│   ├── PublishRefusedError     a build is too empty to replace the published one
│   ├── JobFailedError          a job on another machine failed, and why
│   ├── MissingAbilityError     this key or app may not do that; what needs it is unavailable
│   ├── ReconnectError          a login has ended: a person must log in again
│   └── ModelError              a model uses what an engine does not have, or leaves its months
└── RetryableError          the same call may succeed later
    ├── SourceUnavailableError  a remote source does not answer
    ├── DeferredError           a remote source gives no more before a time; what it gave is kept
    └── BusyError               somebody else is writing
"""

import datetime as dt
from collections.abc import Mapping


class PlatformError(Exception):
    """Base of all; the message says what happened and what to do."""


class PermanentError(PlatformError):
    """Trying again cannot help."""


class ConfigurationError(PermanentError):
    """A setting is wrong; the message lists the right ones."""


class RefusedFileError(PermanentError):
    """A file is not landed; the message says why and what would help."""


class UnknownFormatError(RefusedFileError):
    """No known format has this header."""


class AmbiguousFileError(RefusedFileError):
    """The format is known, but its period or region stands nowhere."""


class BrokenFileError(RefusedFileError):
    """The file is truncated, empty, or not what its name says."""


class EmptyFileError(RefusedFileError):
    """The file is whole, and has no rows."""


class OutdatedFileError(RefusedFileError):
    """The file covers less than, or is older than, the one it would supersede."""


class ContractBreachError(PermanentError):
    """A table would break its contract, so nothing was committed.

    `broken` maps each broken rule to its columns and the number of rows that break it.
    """

    def __init__(self, message: str, broken: Mapping[str, Mapping[str, int]]) -> None:
        super().__init__(message)
        self.broken = broken


class PublishRefusedError(PermanentError):
    """The build is empty or much smaller than the published one, which stays."""


class ModelError(PermanentError):
    """A model uses what one of its engines does not have, or puts out rows of months not asked for."""


class JobFailedError(PermanentError):
    """A job on another machine failed, or ended without its closing message; nothing is known to be written."""


class MissingAbilityError(PermanentError):
    """This key or app may not do what was asked, whoever asks again; everything else works."""


class ReconnectError(PermanentError):
    """A login has ended, as it does after six months: a person must log in again."""


class RetryableError(PlatformError):
    """The same call may succeed later."""


class SourceUnavailableError(RetryableError):
    """A remote source does not answer."""


class DeferredError(RetryableError):
    """A source gives no more before `resume_at` (UTC). What it gave is kept, and the next run goes on from there."""

    def __init__(self, source: str, resume_at: dt.datetime) -> None:
        super().__init__(f"{source} gives no more before {resume_at:%Y-%m-%d %H:%M} UTC; what it gave is kept")
        self.source = source
        self.resume_at = resume_at


class BusyError(RetryableError):
    """Somebody else is writing."""
