"""HTTP by httpx, as the clients of our own use it: with timeouts, and without keys in any log."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spotify_platform.errors import SourceUnavailableError
from spotify_platform.sources.calling import RefusedCallError

if TYPE_CHECKING:
    import httpx

TIMEOUT = 20.0
"""Seconds for connecting, and between two parts of an answer."""
LARGEST = 32 << 20
"""Bytes of an answer; none that is asked for here has a hundredth of it."""


def session(contact: str | None = None) -> "httpx.Client":
    """A client that keeps its connections and says who calls, as sources ask for, and by what `contact` a person is
    reached. Its library would log every address, and addresses have keys in them."""
    from importlib.metadata import version

    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    agent = f"spotify_platform/{version('spotify-platform')}" + (f" ( {contact} )" if contact else "")
    return httpx.Client(timeout=TIMEOUT, headers={"User-Agent": agent}, follow_redirects=False)


def get_json(source: str, client: "httpx.Client", url: str, params: Mapping[str, str | Sequence[str]]) -> Any:
    """The JSON of one GET; a parameter of several values is given several times.

    Raises `RefusedCallError` for a status of 400 or more, `SourceUnavailableError` where no whole answer comes. What
    they say names no address.
    """
    import httpx

    try:
        with client.stream("GET", url, params=dict(params)) as response:
            body = bytearray()
            for part in response.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise SourceUnavailableError(f"{source} answers with more than {LARGEST:,} bytes")
    except httpx.HTTPError as error:
        raise SourceUnavailableError(f"{source} cannot be reached ({type(error).__name__})") from None
    if response.status_code >= 400:
        headers = {name.lower(): value for name, value in response.headers.items()}
        raise RefusedCallError(source, response.status_code, headers, bytes(body))
    return read_json(source, bytes(body))


def read_json(source: str, body: bytes) -> Any:
    """A body as JSON. Raises `SourceUnavailableError` for one that is cut short."""
    try:
        return json.loads(body)
    except ValueError:
        raise SourceUnavailableError(
            f"{source} answers with {len(body):,} bytes that are no JSON to their end"
        ) from None


def object_of(value: Any) -> dict[str, Any]:
    """A JSON value as the object that it should be: empty where it is something else."""
    return value if isinstance(value, dict) else {}
