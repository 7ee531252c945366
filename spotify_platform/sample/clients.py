"""The clients of the sample world: they talk to a server of this machine, never to the sources themselves."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spotify_platform.environment import Environment
from spotify_platform.resources import clients_of
from spotify_platform.sample.landing import landed_size
from spotify_platform.sample.server.serving import HOST, serving

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
