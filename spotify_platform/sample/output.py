"""Writing a file of the sample world: whole or not at all, plain or compressed by its suffix."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from spotify_platform.errors import ConfigurationError

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

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


def write_texts(stream: IO[bytes], texts: "DuckDBPyRelation") -> None:
    """Write a relation of one column of texts, one after the other.

    The bytes go from Arrow's memory to the stream as they lie: tens of millions of lines never become
    Python objects.
    """
    for batch in texts.to_arrow_reader(100_000):
        column = batch.column(0)
        _, offsets, text = column.buffers()
        ends = memoryview(offsets).cast("i")
        stream.write(memoryview(text)[ends[column.offset] : ends[column.offset + len(column)]])


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
