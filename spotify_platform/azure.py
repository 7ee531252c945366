"""Azure as every seam reaches it: one credential, one storage account, errors that say what to grant.

Imports its packages where they are used: without the extra `azure` everything local still works.
"""

import atexit
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spotify_platform.errors import ConfigurationError, SourceUnavailableError

if TYPE_CHECKING:
    from azure.identity import DefaultAzureCredential
    from azure.storage.blob import BlobServiceClient, ContainerClient

STORAGE_SCOPE = "https://storage.azure.com/.default"
PARALLEL = 4
"""Blocks of a large file that travel at once; they become the blob in one last call."""
GRANT = "grant `Storage Blob Data Contributor` on the account to the identity that runs this, or set a key or SAS token"


@lru_cache
def credential() -> "DefaultAzureCredential":
    """Managed identity in Azure, a developer's login elsewhere; it keeps and renews its tokens itself."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn the SDK's errors into ours: what cannot help to be tried again, and what can."""
    from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError
    from azure.core.exceptions import ServiceResponseError as CutShort

    try:
        yield
    except ClientAuthenticationError as error:
        raise ConfigurationError(f"{what} does not accept who we are; {GRANT}. {_first_line(error)}") from error
    except (ServiceRequestError, CutShort) as error:
        raise SourceUnavailableError(f"{what} does not answer: {_first_line(error)}") from error
    except HttpResponseError as error:
        if error.status_code == 403:
            raise ConfigurationError(f"{what} forbids it; {GRANT}. {_first_line(error)}") from error
        if error.status_code in (429, 500, 502, 503, 504):
            raise SourceUnavailableError(f"{what} is overloaded: {_first_line(error)}") from error
        raise


@dataclass(frozen=True)
class StorageAccount:
    """A storage account by its Blob endpoint, such as https://NAME.blob.core.windows.net.

    Without key and SAS token the credential of the machine or the developer is used. Only Blob operations are
    asked for, so it may have a hierarchical namespace (ADLS Gen2) or not; Synapse and Databricks want one.
    """

    endpoint: str
    key: str | None = field(default=None, repr=False)
    sas: str | None = field(default=None, repr=False)

    @cached_property
    def name(self) -> str:
        """The account's name; an emulator has it in the path."""
        parts = urlsplit(self.endpoint)
        return parts.path.strip("/") or (parts.hostname or "").partition(".")[0]

    @contextmanager
    def container(self, name: str) -> "Iterator[ContainerClient]":
        """A container, made if it is not there; errors in the block are ours."""
        with explained(f"the storage account {self.name}"):
            yield _container(self, name)

    def address(self, container: str, path: str) -> str:
        """What Delta, DuckDB and Spark open."""
        return f"abfss://{container}@{self.name}.dfs.core.windows.net/{path}"

    def url(self, address: str) -> str:
        """What `address` names, as COPY INTO and OPENROWSET take it: by the endpoint that knows a managed identity."""
        container, _, path = address.removeprefix("abfss://").partition(f"@{self.name}.dfs.core.windows.net/")
        endpoint = self.endpoint if self._is_emulated else f"https://{self.name}.dfs.core.windows.net"
        return f"{endpoint}/{container}/{path}"

    def delta_options(self) -> Mapping[str, str]:
        """delta-rs's storage options."""
        options = {"account_name": self.name}
        if self._is_emulated:
            options |= {"endpoint": self.endpoint, "allow_http": "true"}
        if self.key:
            return {**options, "account_key": self.key}
        if self.sas:
            return {**options, "sas_token": self.sas}
        return {**options, "bearer_token": credential().get_token(STORAGE_SCOPE).token}

    def filesystem(self) -> Any:
        """The account as an fsspec file system, through which DuckDB reads."""
        from adlfs import AzureBlobFileSystem

        if self._is_emulated:
            signed = f"AccountKey={self.key}" if self.key else f"SharedAccessSignature={self.sas}"
            secret: dict[str, Any] = {
                "connection_string": f"BlobEndpoint={self.endpoint};AccountName={self.name};{signed}"
            }
        else:
            secret = {"account_key": self.key} if self.key else {"sas_token": self.sas} if self.sas else {"anon": False}
        return AzureBlobFileSystem(account_name=self.name, use_listings_cache=False, **secret)

    @property
    def _is_emulated(self) -> bool:
        return urlsplit(self.endpoint).scheme == "http"


@lru_cache
def _client(account: StorageAccount) -> "BlobServiceClient":
    from dagster_azure.blob import (
        AzureBlobStorageDefaultCredential,
        AzureBlobStorageKeyCredential,
        AzureBlobStorageResource,
        AzureBlobStorageSASTokenCredential,
    )

    ours: Any = AzureBlobStorageDefaultCredential()
    if account.key:
        ours = AzureBlobStorageKeyCredential(key=account.key)
    elif account.sas:
        ours = AzureBlobStorageSASTokenCredential(token=account.sas)
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(AzureBlobStorageResource(account_url=account.endpoint, credential=ours).get_client())


@lru_cache
def _container(account: StorageAccount, name: str) -> "ContainerClient":
    from azure.core.exceptions import ResourceExistsError

    container = _client(account).get_container_client(name)
    with suppress(ResourceExistsError):
        if not container.exists():
            container.create_container()
    return container


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
