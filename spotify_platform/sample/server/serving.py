"""The sample world over local HTTP, in the wire formats of Spotify, Last.fm, ReccoBeats, MusicBrainz and Kaggle.

The same tracks, titles, artists, dates and numbers as in the files of the world, deterministic in the world's size and
in the moment; tokens alone are not. One thread answers; nothing but this machine reaches it.
"""

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spotify_platform.environment import PREFIX
from spotify_platform.errors import ConfigurationError, SourceUnavailableError
from spotify_platform.sample.server import lastfm
from spotify_platform.sample.server.accounts import CLIENT_ID, CLIENT_SECRET, Accounts
from spotify_platform.sample.server.answering import Answer, Ask, Endpoint, RefusalError, Source, routes
from spotify_platform.sample.server.calls import Calls
from spotify_platform.sample.server.faults import Fault, Faults
from spotify_platform.sample.server.kaggle import KaggleApi, datasets_of
from spotify_platform.sample.server.musicbrainz import ListenBrainzApi, MusicBrainzApi
from spotify_platform.sample.server.reccobeats import ReccoBeatsApi
from spotify_platform.sample.server.spotify import SpotifyApi
from spotify_platform.sample.server.spotify_objects import Mode
from spotify_platform.sample.server.store import Store, folder_of

if TYPE_CHECKING:
    from pydantic import SecretStr

    from spotify_platform.sample.world import WorldSize
    from spotify_platform.sources.clients import Clients

HOST = "127.0.0.1"
KAGGLE_PORT = "7777"
"""Where kagglehub looks for a server of this machine."""
PATIENCE = 20.0
"""Seconds for the server to start."""


@dataclass
class SampleServer:
    """A server that runs. Changes of `faults`, `accounts`, `moment` and the mode hold from the next call on.

    moment: what `now` is to it; None is the clock's.
    """

    url: str
    calls: Calls = field(default_factory=Calls)
    faults: Faults = field(default_factory=Faults)
    moment: dt.datetime | None = None
    accounts: Accounts = field(init=False)
    spotify: SpotifyApi = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = Accounts(lambda: dt.datetime.now(dt.UTC))

    def now(self) -> dt.datetime:
        return self.moment or dt.datetime.now(dt.UTC)

    @property
    def mode(self) -> Mode:
        return self.spotify.mode

    @property
    def spotify_url(self) -> str:
        return f"{self.url}/v1/"

    @property
    def accounts_url(self) -> str:
        return f"{self.url}/"

    @property
    def lastfm_url(self) -> str:
        return f"{self.url}/2.0/"

    @property
    def reccobeats_url(self) -> str:
        return f"{self.url}/reccobeats/"

    @property
    def musicbrainz_url(self) -> str:
        return f"{self.url}/musicbrainz/"

    @property
    def listenbrainz_url(self) -> str:
        return f"{self.url}/listenbrainz/"

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which the platform uses this server."""
        port = self.url.rpartition(":")[2]
        return {
            f"{PREFIX}WORLD": "sample",
            f"{PREFIX}SPOTIFY_URL": self.spotify_url,
            f"{PREFIX}SPOTIFY_ACCOUNTS_URL": self.accounts_url,
            f"{PREFIX}SPOTIFY_CLIENT_ID": CLIENT_ID,
            f"{PREFIX}SPOTIFY_CLIENT_SECRET": CLIENT_SECRET,
            f"{PREFIX}LASTFM_URL": self.lastfm_url,
            f"{PREFIX}LASTFM_KEY": lastfm.KEY,
            f"{PREFIX}RECCOBEATS_URL": self.reccobeats_url,
            f"{PREFIX}MUSICBRAINZ_URL": self.musicbrainz_url,
            f"{PREFIX}LISTENBRAINZ_URL": self.listenbrainz_url,
            **({"KAGGLE_API_ENVIRONMENT": "TEST"} if port == KAGGLE_PORT else {}),
        }

    def clients(self, keys: Path, *, pace: float = 1000, logged_in: bool = True) -> "Clients":
        """The platform's clients of this server at so many calls a second, with or without the listener's login."""
        from pydantic import SecretStr

        from spotify_platform.sources.clients import Clients, SpotifyApp

        app = SpotifyApp(
            CLIENT_ID,
            SecretStr(CLIENT_SECRET),
            redirect="http://127.0.0.1:8089/callback",
            url=self.spotify_url,
            accounts_url=self.accounts_url,
        )
        made = Clients(
            keys,
            app,
            _key(),
            self.lastfm_url,
            self.reccobeats_url,
            self.musicbrainz_url,
            self.listenbrainz_url,
            calls_a_day={},
            pace=pace,
        )
        if logged_in:
            from spotify_platform.sources.login import SCOPE, TokenFile

            kept = TokenFile(made.tokens.file, CLIENT_ID, authorizing=True)
            kept.save_token_to_cache(self.accounts.login(SCOPE))
        return made


def _key() -> "SecretStr":
    from pydantic import SecretStr

    return SecretStr(lastfm.KEY)


@contextmanager
def serving(
    size: "WorldSize",
    folder: Path,
    *,
    mode: Mode = "extended",
    now: dt.datetime | None = None,
    port: int = 0,
) -> Iterator[SampleServer]:
    """A server of the world of a size, until the block ends. Port 0 is any free one.

    folder: where what is made for a size is kept for the next time; several sizes share one.
    """
    store = Store.of(folder, size)
    listening = listen(port)
    server = SampleServer(f"http://{HOST}:{listening.getsockname()[1]}", moment=now)
    server.spotify = SpotifyApi(store, server.accounts, server.now, mode)
    kaggle = KaggleApi(datasets_of(folder_of(folder, size), size))
    sources = [
        server.accounts.source,
        server.spotify.source,
        lastfm.LastFmApi(store, server.now).source,
        ReccoBeatsApi(store).source,
        MusicBrainzApi(store).source,
        ListenBrainzApi(store).source,
        kaggle.source,
    ]
    try:
        with running(sources, server.calls, server.faults, listening, controlled=server):
            yield server
    finally:
        store.close()


@contextmanager
def running(
    sources: list[Source],
    calls: Calls,
    faults: Faults,
    listening: socket.socket,
    controlled: SampleServer | None = None,
) -> Iterator[None]:
    """Serve sources in a thread until the block ends."""
    import uvicorn
    from starlette.applications import Starlette

    served = [route for source in sources for route in routes(source, calls, faults)]
    if controlled:  # what steers it is neither counted nor does it fail
        served += routes(_control(controlled), Calls(), Faults())
    config = uvicorn.Config(
        Starlette(routes=served),
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="sample-server", daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise SourceUnavailableError("the sample world's server does not start")
        time.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def listen(port: int = 0) -> socket.socket:
    """A socket of this machine alone. Port 0 is any free one; raises `ConfigurationError` where one is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError:
        listening.close()
        raise ConfigurationError(f"port {port} is taken; choose another, or 0 for any that is free") from None
    return listening


def _control(server: SampleServer) -> Source:
    """How another process steers the server: faults, calls, the moment, the mode."""

    def add_fault(ask: Ask) -> Answer:
        known = {one.name for one in fields(Fault)}
        if unknown := set(ask.body) - known:
            raise RefusalError(400, f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
        server.faults.add(Fault(**ask.body))
        return Answer({"planned": len(server.faults.plan)}, 201)

    def clear_faults(ask: Ask) -> Answer:
        server.faults.clear()
        return Answer({"planned": 0})

    def show_calls(ask: Ask) -> Answer:
        pattern = ask.query.get("endpoint", "*")
        return Answer([[call.endpoint, call.ids, call.status] for call in server.calls.of(pattern)])

    def clear_calls(ask: Ask) -> Answer:
        server.calls.clear()
        return Answer([])

    def change(ask: Ask) -> Answer:
        told: dict[str, Any] = dict(ask.body)
        if told.get("mode", server.mode) not in ("development", "extended"):
            raise RefusalError(400, "mode is development or extended")
        server.spotify.mode = told.get("mode", server.mode)
        if "now" in told:
            server.moment = dt.datetime.fromisoformat(told["now"]) if told["now"] else None
        if told.get("expire"):
            server.accounts.expire()
        if told.get("revoke"):
            server.accounts.revoke()
        return Answer({"mode": server.mode, "now": server.now().isoformat()})

    return Source(
        [
            Endpoint("control faults", "/control/faults", add_fault, method="POST"),
            Endpoint("control faults", "/control/faults", clear_faults, method="DELETE"),
            Endpoint("control calls", "/control/calls", show_calls),
            Endpoint("control calls", "/control/calls", clear_calls, method="DELETE"),
            Endpoint("control", "/control", change, method="POST"),
        ],
        refusal=lambda refusal: {"error": refusal.message},
    )
