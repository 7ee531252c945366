"""A small graph whose runs really run, and real servers that take alerts."""

import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Webhook:
    """What was posted to it; it answers with `status`."""

    address: str = ""
    status: int = 200
    posted: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    taken = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if taken.status == 200:
                taken.posted.append(body)
            self.send_response(taken.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        taken.address = f"http://127.0.0.1:{server.server_port}/hooks/canary-of-the-webhook"
        yield taken
        server.shutdown()


@dataclass
class MailServer:
    """The mails it took, and every line that it was sent."""

    port: int = 0
    mails: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """SMTP as RFC 5321 has it, without TLS."""
    taken = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 ready")
            while line := self.rfile.readline().decode():
                taken.lines.append(line.strip())
                verb = line.split(maxsplit=1)[0].upper()
                if verb == "DATA":
                    self.say("354 go on")
                    text: list[str] = []
                    while (part := self.rfile.readline().decode()) != ".\r\n":
                        text.append(part)
                    taken.mails.append("".join(text))
                self.say("221 bye" if verb == "QUIT" else "250 ok")
                if verb == "QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        taken.port = server.server_address[1]
        yield taken
        server.shutdown()
