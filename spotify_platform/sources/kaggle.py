"""Kaggle datasets by kagglehub: a pinned version, through its cache, with its progress bar.

A pinned version that is in the cache needs neither a network nor an account; public data needs no account.
"""

from pathlib import Path

from spotify_platform.errors import PermanentError, SourceUnavailableError

CHARTS_FILE = "charts.csv"


def fetch(handle: str, file: str = CHARTS_FILE) -> Path:
    """The file of a pinned dataset, such as `owner/name/versions/3`, downloaded unless it is cached.

    Raises `SourceUnavailableError` without a network, `PermanentError` where Kaggle has no such version
    or does not give it to this account.
    """
    import kagglehub
    import requests
    from kagglehub.exceptions import KaggleApiHTTPError

    try:
        return Path(kagglehub.dataset_download(handle, path=file))
    except KaggleApiHTTPError as error:
        raise PermanentError(
            f"Kaggle does not give {handle} ({_first_line(error)}). Look up the dataset's versions and set "
            "SPOTIFY_PLATFORM_KAGGLE_CHARTS=owner/name/versions/N, or download it by hand and land it: "
            "spotify-platform upload archive.zip"
        ) from None
    except requests.RequestException as error:
        raise SourceUnavailableError(
            f"Kaggle cannot be reached ({type(error).__name__}). Without a network: download the dataset elsewhere "
            f"and land it with: spotify-platform upload archive.zip; or copy a cache that has {handle} and point "
            "KAGGLEHUB_CACHE to it; or use the sample world: spotify-platform run --world sample"
        ) from None


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
