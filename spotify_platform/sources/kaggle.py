"""Kaggle datasets by kagglehub: which version is the newest, and any version through its cache.

A version that is in the cache needs neither a network nor an account; public data needs no account. Which versions
have landed is kept in the lake, so that a look for a new one costs one small call and never a download.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from spotify_platform.errors import PermanentError, SourceUnavailableError
from spotify_platform.lake.interface import Lake

CHARTS_FILE = "charts.csv"
LANDED = "kaggle"
"""Prefix of the records of versions that have landed."""
BY_HAND = "download it by hand and land it: spotify-platform upload archive.zip"


@dataclass(frozen=True)
class Dataset:
    """A dataset, such as `owner/name`, and one version of it, or None for whichever is the newest."""

    name: str
    version: int | None = None

    @classmethod
    def parse(cls, handle: str) -> Self:
        name, _, version = handle.partition("/versions/")
        return cls(name, int(version) if version else None)

    def __str__(self) -> str:
        return f"{self.name}/versions/{self.version}" if self.version else self.name

    @property
    def record(self) -> str:
        """The object of the lake that says that this version has landed."""
        return f"{LANDED}/{self}.json"


def resolved(dataset: Dataset) -> Dataset:
    """The dataset with its version: the pinned one, or else the newest, for which Kaggle is asked."""
    return dataset if dataset.version else Dataset(dataset.name, newest_version(dataset.name))


def newest_version(name: str) -> int:
    """The number of the newest version of `owner/name`. Raises as `fetch` does."""
    from kagglehub.clients import build_kaggle_client
    from kagglehub.exceptions import handle_call
    from kagglesdk.datasets.types.dataset_api_service import ApiGetDatasetRequest

    request = ApiGetDatasetRequest()
    request.owner_slug, request.dataset_slug = name.split("/")
    with _explained(name), build_kaggle_client() as client:
        found = handle_call(lambda: client.datasets.dataset_api_client.get_dataset(request))
        if not found.current_version_number:
            raise PermanentError(f"Kaggle names no version of {name}; pin one in SPOTIFY_PLATFORM_KAGGLE_CHARTS")
        return int(found.current_version_number)


def landed_as(lake: Lake, dataset: Dataset) -> str | None:
    """The id of the file that a version landed as, or None where it has not."""
    found = {name: record["file_id"] for name, record in lake.read_jsons(f"{LANDED}/{dataset.name}")}
    return found.get(dataset.record)


def record_landed(lake: Lake, dataset: Dataset, file_id: str) -> None:
    lake.put_json_if_absent(dataset.record, {"file_id": file_id})


def fetch(handle: str, file: str = CHARTS_FILE) -> Path:
    """The file of a version, such as `owner/name/versions/3`, downloaded unless it is cached.

    Raises `SourceUnavailableError` where Kaggle does not answer, `PermanentError` where it has no such version
    or does not give it to this account.
    """
    import kagglehub

    with _explained(handle):
        return Path(kagglehub.dataset_download(handle, path=file))


@contextmanager
def _explained(handle: str) -> Iterator[None]:
    """Turn kagglehub's errors into ours; none of ours repeats what it said of an account."""
    import requests
    from kagglehub.exceptions import DataCorruptionError, KaggleApiHTTPError

    try:
        yield
    except KaggleApiHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status == 429 or status >= 500:
            raise SourceUnavailableError(f"Kaggle does not answer now ({status}); try again later") from None
        raise PermanentError(
            f"Kaggle does not give {handle} ({_first_line(error)}). Look up the dataset's versions and set "
            f"SPOTIFY_PLATFORM_KAGGLE_CHARTS=owner/name/versions/N, or {BY_HAND}"
        ) from None
    except requests.RequestException as error:
        raise SourceUnavailableError(
            f"Kaggle cannot be reached ({type(error).__name__}). Without a network: download the dataset elsewhere "
            f"and land it with: spotify-platform upload archive.zip; or copy a cache that has {handle} and point "
            "KAGGLEHUB_CACHE to it; or use the sample world: spotify-platform run --world sample"
        ) from None
    except DataCorruptionError:
        raise SourceUnavailableError(f"{handle} arrived damaged; try again later, or {BY_HAND}") from None
    except ValueError as error:
        raise PermanentError(f"Kaggle's credentials cannot be read ({_first_line(error)}); or {BY_HAND}") from None


def cached(handle: str, file: str = CHARTS_FILE) -> bool:
    """Whether the file is in kagglehub's cache, complete."""
    from kagglehub.cache import Cache
    from kagglehub.handle import parse_dataset_handle

    return Cache().load_from_cache(parse_dataset_handle(handle), file) is not None


def has_credentials() -> bool:
    """Whether kagglehub finds an account; not whether it is valid."""
    from kagglehub.config import get_kaggle_credentials

    return get_kaggle_credentials() is not None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
