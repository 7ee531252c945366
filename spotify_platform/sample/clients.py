"""The clients of the sample world: they talk to a server of this machine, never to the sources themselves."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError, MissingAbilityError
from spotify_platform.resources import clients_of
from spotify_platform.sample.landing import landed_size
from spotify_platform.sample.server.calls import Calls
from spotify_platform.sample.server.faults import Faults
from spotify_platform.sample.server.kaggle import KaggleApi, datasets_of
from spotify_platform.sample.server.serving import HOST, KAGGLE_PORT, listen, running, serving
from spotify_platform.sample.server.store import folder_of

if TYPE_CHECKING:
    from spotify_platform.sources.clients import Clients

HASTE = 1000.0
"""Calls a second: a server of our own needs no mercy."""


@contextmanager
def sample_clients(environment: Environment) -> Iterator["Clients"]:
    """Clients of the world that has landed, with the listener's login, for as long as the block lasts.

    Where the settings name a server of this machine, as `spotify-platform sample serve` prints them, it is that one,
    with its mode, its faults and its login; else one is started, with extended quota, and is gone afterwards.
    """
    sources = ("spotify", "spotify_accounts", "lastfm", "reccobeats", "musicbrainz", "listenbrainz")
    if all(urlsplit(getattr(environment, f"{source}_url")).hostname == HOST for source in sources):
        with closing(replace(clients_of(environment), pace=HASTE)) as made:
            yield made
        return
    # What is remembered of a server goes with it.
    with (
        tempfile.TemporaryDirectory(prefix="spotify-sample-") as keys,
        serving(landed_size(environment), environment.root / "served") as server,
        closing(server.clients(Path(keys), pace=HASTE)) as made,
    ):
        yield made


@contextmanager
def sample_kaggle(environment: Environment) -> Iterator[None]:
    """kagglehub asks a server of the world that has landed, for as long as the block lasts, or one that is there already.

    Raises `MissingAbilityError` where the one port that kagglehub knows is taken.
    """
    import kagglehub  # noqa: F401 — its logger keeps the stream that it finds

    if os.environ.get("KAGGLE_API_ENVIRONMENT") == "TEST":
        yield
        return
    try:
        listening = listen(int(KAGGLE_PORT))
    except ConfigurationError:
        raise MissingAbilityError(
            f"the sample world's Kaggle needs port {KAGGLE_PORT}, which is taken: end what listens there, or, if it is "
            "`spotify-platform sample serve`, use the settings that it prints"
        ) from None
    size = landed_size(environment)
    source = KaggleApi(datasets_of(folder_of(environment.root / "served", size), size)).source
    with (
        tempfile.TemporaryDirectory(prefix="spotify-sample-") as cache,
        running([source], Calls(), Faults(), listening),
        _environ(KAGGLE_API_ENVIRONMENT="TEST", KAGGLEHUB_CACHE=cache),
        Path(os.devnull).open("w") as nowhere,
        redirect_stdout(nowhere),  # kagglehub prints every call to a server of this machine, and what it answers
    ):
        yield


@contextmanager
def _environ(**variables: str) -> Iterator[None]:
    """Variables of this process, until the block ends."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
