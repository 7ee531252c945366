"""The inbox in a storage account: a container into which anybody with a link may upload."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from spotify_platform.azure import PARALLEL, StorageAccount
from spotify_platform.landing.inbox import REASON, REFUSED, Waiting

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

INBOX = "inbox"
"""The container."""


@dataclass(frozen=True)
class AzureInbox:
    """An `Inbox` below `prefix` of the container. `scratch` is a local folder for the file that is being landed."""

    account: StorageAccount
    prefix: str
    scratch: Path

    def __str__(self) -> str:
        return f"{self.account.endpoint}/{INBOX}/{self.prefix}"

    def listing(self) -> list[Waiting]:
        with self.account.container(INBOX) as container:
            return [
                Waiting(name, f"{blob.etag}:{blob.last_modified.timestamp()}", blob.last_modified.timestamp())
                for blob in container.list_blobs(name_starts_with=f"{self.prefix}/")
                if not _is_hidden(name := blob.name.removeprefix(f"{self.prefix}/"))
            ]

    def refused(self) -> list[str]:
        kept = f"{self.prefix}/{REFUSED}/"
        with self.account.container(INBOX) as container:
            names = [blob.name.removeprefix(kept) for blob in container.list_blobs(name_starts_with=kept)]
        return [name for name in names if not name.endswith(REASON)]

    @contextmanager
    def take(self, name: str) -> "Iterator[TakenBlob | None]":
        from azure.core.exceptions import ResourceNotFoundError

        self.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder, self.account.container(INBOX) as container:
            path = Path(folder) / PurePosixPath(name).name
            try:
                download = container.download_blob(f"{self.prefix}/{name}", max_concurrency=PARALLEL)
            except ResourceNotFoundError:
                yield None
                return
            with path.open("wb") as file:
                download.readinto(file)
            modified = download.properties.last_modified.timestamp()
            os.utime(path, (modified, modified))
            yield TakenBlob(path, container, self.prefix, name, download.properties.etag)


@dataclass(frozen=True)
class TakenBlob:
    """A blob that was downloaded. It is removed only if it is still the one that was landed."""

    path: Path
    container: "ContainerClient"
    prefix: str
    name: str
    etag: str

    def remove(self) -> None:
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        try:
            self.container.delete_blob(
                f"{self.prefix}/{self.name}", etag=self.etag, match_condition=MatchConditions.IfNotModified
            )
        except (ResourceModifiedError, ResourceNotFoundError):
            return  # another file came under its name, and waits

    def refuse(self, reasons: str) -> None:
        kept = f"{self.prefix}/{REFUSED}/{self.name}"
        with self.path.open("rb") as file:
            self.container.upload_blob(kept, file, overwrite=True, max_concurrency=PARALLEL)
        self.container.upload_blob(f"{kept}{REASON}", reasons.encode(), overwrite=True)
        self.remove()


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or parts[0] == REFUSED or any(part.startswith(".") for part in parts)
