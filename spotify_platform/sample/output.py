"""Writing a file of the sample world: whole or not at all, plain or compressed by its suffix."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from spotify_platform.errors import ConfigurationError

SUFFIXES = (".csv", ".csv.gz", ".csv.zst")


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A binary stream whose bytes stand under `path` once the block has ended well, and never before.

    The suffix chooses the form: `.csv`, `.csv.gz` or `.csv.zst`; the same bytes in give the same bytes
    out. Raises ConfigurationError for any other suffix.
    """
    if not path.name.endswith(SUFFIXES):
        raise ConfigurationError(f"{path.name}: a sample file ends in {', '.join(SUFFIXES)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file, _compressed(file, path.suffix) as stream:
            yield stream
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _compressed(file: IO[bytes], suffix: str) -> contextlib.AbstractContextManager[IO[bytes]]:
    if suffix == ".gz":
        import gzip

        # No name and no time in the header: both would differ from one writing to the next.
        return cast(IO[bytes], gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6))
    if suffix == ".zst":
        return cast(IO[bytes], _zstd().open(file, "wb"))
    return contextlib.nullcontext(file)


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
