"""A transport (firmware/mesh/transport.py) to a mesh in this process: its latency, its patience, its faults."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from firmware.errors import LockgateError
from firmware.mesh.port import MeshUnreachableError, MeshUntrustedError
from firmware.mesh.transport import NO_HEADERS, PATIENCE, Reply, StreamReply
from firmware.vault.identity import Identity, IdentityError
from hal.ports.clock import Clock
from tools.bench.network import BodyFaults, Connection, Manners, Network
from tools.edgemesh.interface import exchange
from tools.edgemesh.interface.api import Api
from tools.edgemesh.interface.problems import from_error

T = TypeVar("T")

LATENCY = 0.002
"""Seconds for each way."""
PIECE = 64 * 1024
PIECE_SECONDS = 0.0006
"""What a body's next piece takes at a hundred megabytes a second."""
PAGE = b"<!doctype html><title>Welcome</title><p>Please log in to the guest network."


class InProcess:
    """`api` is the mesh as it lives now, `caller` proves who the station is at each connection (an `IdentityError`
    is what the mesh refuses it with), `judge` raises `LockgateError` when the station does not accept the mesh's."""

    def __init__(
        self,
        network: Network,
        api: Callable[[], Api],
        caller: Callable[[], Identity],
        judge: Callable[[], object],
        clock: Clock,
    ) -> None:
        self._judge = judge
        self._network = network
        self._api = api
        self._caller = caller
        self._clock = clock

    async def request(
        self, method: str, path: str, json_body: object | None = None, *, headers: Mapping[str, str] = NO_HEADERS
    ) -> Reply:
        """One exchange of JSON."""
        body = b"" if json_body is None else json.dumps(json_body).encode()
        asked = self._exchange(method, path, headers, body)
        reply = await _while_connected(asked, self._network.broken, PATIENCE.answer)
        if reply is None:
            return Reply(200, "text/html", PAGE)
        content = b"" if reply.json is None else json.dumps(reply.json).encode()
        return Reply(reply.status, reply.media_type, content)

    @asynccontextmanager
    async def stream(self, method: str, url: str, headers: Mapping[str, str]) -> AsyncIterator[StreamReply]:
        """A body, or the announcements."""
        broken = self._network.broken
        reply = await _while_connected(self._exchange(method, url, headers, b""), broken, PATIENCE.answer)
        if reply is None:
            yield StreamReply(200, {"content-type": "text/html"}, _one(PAGE))
            return
        named = {**reply.headers, "content-type": reply.media_type}
        if reply.events is not None:
            async with _closing(reply.events) as events:
                yield StreamReply(reply.status, named, self._chunks(events, broken, PATIENCE.silence))
        elif reply.file is not None:
            faults = self._network.take_body_faults()
            if not faults.extra:  # one that goes on after its end is sent without a length
                named["content-length"] = str(reply.file.length)
            try:
                async with _closing(self._body(reply.file, faults)) as pieces:
                    yield StreamReply(reply.status, named, self._chunks(pieces, broken, PATIENCE.answer))
            finally:
                reply.file.body.close()
        else:
            yield StreamReply(reply.status, named, _one(json.dumps(reply.json).encode()))

    def expect_body(self) -> None:
        """There is no connection to make."""

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> exchange.Reply | None:
        """The mesh's reply, None for a web page."""
        await self._clock.sleep(LATENCY)
        self._network.check()
        self._trusted()
        await self._network.answering()
        if self._network.manners is Manners.HTML:
            return None
        parts = urlsplit(url)
        named = {name.lower(): value for name, value in headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            request = exchange.Request(method, parts.path, self._caller(), query=query, headers=named, body=body)
        except IdentityError as exc:
            problem = from_error(exc)
            return exchange.Reply(problem.status, problem.document())
        reply = await self._api().handle(request)
        await self._clock.sleep(LATENCY + (0.0 if reply.events else self._network.late))
        await self._network.answering()
        return reply

    def _trusted(self) -> None:
        try:
            self._judge()
        except LockgateError as exc:
            raise MeshUntrustedError(str(exc)) from exc

    async def _chunks(self, source: AsyncIterator[bytes], broken: Connection, patience: float) -> AsyncIterator[bytes]:
        while (chunk := await _while_connected(self._next(source), broken, patience)) is not None:
            yield chunk

    async def _next(self, source: AsyncIterator[bytes]) -> bytes | None:
        chunk = await anext(source, None)
        await self._network.answering()
        return chunk

    async def _body(self, part: exchange.FileRange, faults: BodyFaults) -> AsyncIterator[bytes]:
        place, end = part.start, part.start + part.length
        while place < end:
            await self._clock.sleep(PIECE_SECONDS)
            piece = _spoilt(part.body.read(place, min(PIECE, end - place)), place, faults)
            if piece:
                yield piece
            if faults.cut_after is not None and place + PIECE >= faults.cut_after:
                return
            place += PIECE
        if faults.extra:
            yield b"\0" * faults.extra


async def _while_connected(work: Coroutine[Any, Any, T], broken: Connection, patience: float) -> T:
    """What `work` gives while the connection stands, for `patience` seconds. Raises `MeshUnreachableError`."""
    task = asyncio.ensure_future(work)
    either: set[asyncio.Future[Any]] = {task, broken}
    try:
        await asyncio.wait(either, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise MeshUnreachableError("the connection was closed" if broken.done() else "no answer in time")
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _spoilt(piece: bytes, place: int, faults: BodyFaults) -> bytes:
    """The piece that begins at `place`, as the faults leave it."""
    if faults.flip is not None and 0 <= (at := faults.flip - place) < len(piece):
        piece = piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1 :]
    return piece if faults.cut_after is None else piece[: max(0, faults.cut_after - place)]


async def _one(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk


@asynccontextmanager
async def _closing(chunks: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
    try:
        yield chunks
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()
