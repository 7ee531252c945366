"""How any source is served: an endpoint, what it is asked, what it answers; counted, and failing as planned."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from spotify_platform.sample.server.calls import Call, Calls
from spotify_platform.sample.server.faults import Fault, Faults

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


@dataclass(frozen=True)
class Ask:
    """One call: its address without the query, what stands in the path, the query, and the form or JSON of its body;
    names of headers are in small letters. `lists` is the query whose names may stand more than once. `root` is the
    server's own address."""

    root: str
    address: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]
    body: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What is sent: a file, or JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None


class RefusalError(Exception):
    """A call that is refused; `code` is the source's own number or word for why."""

    def __init__(self, status: int, message: str, code: int | str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def no_ids(ask: Ask) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Endpoint:
    """An address of a source. `name` is what calls are counted by; `ids` what a call asks for."""

    name: str | Callable[[Ask], str]
    path: str
    answer: Callable[[Ask], Answer]
    ids: Callable[[Ask], tuple[str, ...]] = no_ids
    method: str = "GET"
    is_slow: bool = False

    def named(self, ask: Ask) -> str:
        return self.name if isinstance(self.name, str) else self.name(ask)


@dataclass(frozen=True)
class Source:
    """The endpoints of a source, and how it words a refusal."""

    endpoints: Sequence[Endpoint]
    refusal: Callable[[RefusalError], Any]


def routes(source: Source, calls: Calls, faults: Faults) -> "list[Route]":
    """The source as Starlette serves it."""
    from starlette.routing import Route

    def serving(endpoint: Endpoint) -> "Callable[[Request], Any]":
        async def served(request: "Request") -> "Response":
            ask = await _ask(request)
            scheme = ask.headers.get("authorization", "").partition(" ")[0]
            call = Call(endpoint.named(ask), endpoint.ids(ask), scheme)
            calls.made.append(call)
            fault = faults.befalling(call.endpoint) or Fault()
            if fault.delay:
                await asyncio.sleep(fault.delay)
            answer = _failed(source, fault) or await _answered(source, endpoint, ask)
            call.status = answer.status
            return _response(answer, fault.cut)

        return served

    return [Route(one.path, serving(one), methods=[one.method]) for one in source.endpoints]


async def _ask(request: "Request") -> Ask:
    text = (await request.body()).decode("utf-8", "replace")
    is_json = request.headers.get("content-type", "").startswith("application/json")
    return Ask(
        root=str(request.base_url).rstrip("/"),
        address=str(request.url.replace(query="")),
        path=request.path_params,
        query=dict(request.query_params),
        lists={name: request.query_params.getlist(name) for name in request.query_params},
        body=json.loads(text or "{}") if is_json else dict(parse_qsl(text)),
        headers=dict(request.headers),
    )


async def _answered(source: Source, endpoint: Endpoint, ask: Ask) -> Answer:
    from starlette.concurrency import run_in_threadpool

    try:
        # One thread answers all, so that nothing needs a lock; it waits for nothing that is slow.
        return await run_in_threadpool(endpoint.answer, ask) if endpoint.is_slow else endpoint.answer(ask)
    except RefusalError as refusal:
        return Answer(source.refusal(refusal), refusal.status)


def _failed(source: Source, fault: Fault) -> Answer | None:
    if fault.status is None:
        return None
    said = source.refusal(RefusalError(fault.status, "as planned"))
    return Answer(said if fault.body is None else fault.body.encode(), fault.status, fault.headers)


def _response(answer: Answer, is_cut: bool) -> "Response":
    from starlette.responses import FileResponse, Response

    if answer.file and not is_cut:
        return FileResponse(answer.file, headers=dict(answer.headers))
    body = answer.body
    if answer.file:
        body = answer.file.read_bytes()
    elif not isinstance(body, bytes):
        body = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    kind = Response if not is_cut else _cut_response()
    return kind(body, answer.status, dict(answer.headers), "application/json")


def _cut_response() -> "type[Response]":
    from starlette.responses import Response

    class CutResponse(Response):
        """Promises all of its body, and sends half of it."""

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})

    return CutResponse
