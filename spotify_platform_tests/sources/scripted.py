"""A local HTTP server that answers as it is told, and a clock that passes only when somebody waits."""

import datetime as dt
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from spotify_platform.sources.calling import Clock

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Reply:
    """What is sent: JSON where `body` is no bytes. One that is `cut` ends before it is whole."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Scripted:
    """Replies in the order given, then whatever `otherwise` makes of a call.

    `asked` are the calls that came: what stands in their address or their form, several values of one name with commas
    between them, and their `path`.
    """

    url: str
    replies: list[Reply] = field(default_factory=list)
    otherwise: Callable[[Mapping[str, str]], Reply] = lambda query: Reply(status=500)
    asked: list[dict[str, str]] = field(default_factory=list)

    def next(self, address: str, form: str = "") -> Reply:
        path, query = urlsplit(address).path, urlsplit(address).query
        told = {**parse_qs(query), **parse_qs(form)}
        self.asked.append({**{name: ",".join(values) for name, values in told.items()}, "path": path})
        return self.replies.pop(0) if self.replies else self.otherwise(self.asked[-1])


class Server(ThreadingHTTPServer):
    daemon_threads = True
    """A client that keeps its connection holds up nobody's end."""


@contextmanager
def scripted() -> Iterator[Scripted]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self._send(served.next(self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))

        def do_GET(self) -> None:
            self._send(served.next(self.path))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.bytes)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.bytes[: len(reply.bytes) // 2] if reply.cut else reply.bytes)
            self.close_connection = reply.cut

        def log_message(self, *_: Any) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        served = Scripted(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield served
        server.shutdown()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Waiting:
    """A clock of which `slept` tells all waits."""

    slept: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: START + dt.timedelta(seconds=self.passed), lambda: self.passed, self.slept.append)

    @property
    def passed(self) -> float:
        return sum(self.slept)
