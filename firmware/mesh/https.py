"""The real transport: HTTPS with one keep-alive session for JSON and announcements, one connection for each body."""

import asyncio
import errno
import http.client
import json
import socket
import ssl
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urljoin

import aiohttp

from firmware.mesh import bulk
from firmware.mesh.ahead import Ahead
from firmware.mesh.faults import diagnosed, fault
from firmware.mesh.port import MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.mesh.tls import Peers
from firmware.mesh.transport import (
    ANSWER_BYTES,
    EVENT_STREAM,
    NO_HEADERS,
    PATIENCE,
    Patience,
    Reply,
    StreamReply,
    media_type,
    require_https,
)
from hal.ports.workers import Workers

_KEEP_ALIVE_SECONDS = 30.0  # below the 75 s of common servers, so that they do not close first
_CLOSE_TURNS, _CLOSE_TURN_SECONDS = 200, 0.005
_FAULTS = (aiohttp.ClientError, OSError, asyncio.TimeoutError)


class HttpsTransport:
    """Implements Transport for the mesh at `base_url`. `context` comes from tls.py, and so do the
    `peers` that it judges. An async context manager: requests
    only inside it."""

    def __init__(
        self,
        base_url: str,
        context: ssl.SSLContext,
        workers: Workers,
        patience: Patience = PATIENCE,
        peers: Peers | None = None,
    ) -> None:
        self._base = require_https(base_url)
        self._context = context
        self._workers = workers
        self._patience = patience
        self._peers = peers
        self._session: aiohttp.ClientSession | None = None
        self._aside: aiohttp.ClientSession | None = None
        self._ahead: Ahead | None = None
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    async def __aenter__(self) -> Self:
        self._session = self._opened()
        return self

    def _opened(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._context, keepalive_timeout=_KEEP_ALIVE_SECONDS, socket_factory=self._new_socket
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "lockgate"},
        )

    async def reconnect(self) -> None:
        """From the next request on, connections that know what the context knows now. What is under way ends as it
        began, at the latest when this is called again."""
        self._drop_ahead()
        if self._session is not None:
            stale, self._aside, self._session = self._aside, self._session, self._opened()
            if stale is not None:
                await stale.close()

    async def _leave_the_fallen(self) -> bool:
        """Where somebody whom we may be connected with is trusted no more, no connection of before is used again.
        Whether that was so."""
        if self._peers is None or not self._peers.have_fallen():
            return False
        await self.reconnect()
        await self.reconnect()
        return True

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop_ahead()
        for session in filter(None, (self._aside, self._session)):
            await session.close()
        await self._all_closed()

    async def request(
        self, method: str, path: str, json_body: object | None = None, *, headers: Mapping[str, str] = NO_HEADERS
    ) -> Reply:
        body, sent = None, {"Accept": "application/json, application/problem+json", **headers}
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent["Content-Type"] = "application/json"
        async with self._answer(method, path, sent, self._limits(total=self._patience.answer), body) as response:
            received = b"".join([chunk async for chunk in self._received(response, ANSWER_BYTES)])
            return Reply(response.status, media_type(response.headers.get("Content-Type", "")), received)

    @asynccontextmanager
    async def stream(self, method: str, url: str, headers: Mapping[str, str]) -> AsyncIterator[StreamReply]:
        opened = self._announcements if headers.get("Accept") == EVENT_STREAM else self._body
        async with opened(method, url, headers) as reply:
            yield reply

    @asynccontextmanager
    async def _announcements(self, method: str, url: str, headers: Mapping[str, str]) -> AsyncIterator[StreamReply]:
        async with self._answer(method, url, headers, self._limits(sock_read=self._patience.silence)) as response:
            named = {name.lower(): value for name, value in response.headers.items()}
            yield StreamReply(response.status, named, self._received(response, None))

    @asynccontextmanager
    async def _body(self, method: str, url: str, headers: Mapping[str, str]) -> AsyncIterator[StreamReply]:
        if method != "GET":
            raise ValueError("bodies are only fetched")
        parts = require_https(urljoin(self._base.geturl(), url))
        await self._leave_the_fallen()
        connection, head = await self._asked_ahead(parts, headers)
        try:
            if head is None:
                head = await self._workers.run(lambda: connection.open(parts, headers))
            yield StreamReply(head.status, head.headers, bulk.chunks(connection, self._workers))
        finally:
            connection.abort()

    def expect_body(self) -> None:
        """A connection is made ahead, to where bodies come from most often: TLS takes as long as all else between a
        grant and its first byte."""
        self._drop_ahead()
        self._ahead = Ahead.to(self._base, self._context, self._workers, self._patience)

    async def _asked_ahead(
        self, parts: SplitResult, headers: Mapping[str, str]
    ) -> tuple[bulk.BulkConnection, bulk.Head | None]:
        """The connection made ahead and the answer on it, where there is a good one to there; else one still to be
        made."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            try:
                if (ready := await ahead.taken(parts)) is not None:
                    return ready, await self._workers.run(lambda: ready.open(parts, headers))
            except MeshUnreachableError:  # closed meanwhile; whether there is a mesh is for a new one to find out
                ahead.drop()
            except BaseException:
                ahead.drop()
                raise
            else:
                ahead.drop()
        return bulk.BulkConnection(self._context, parts, self._patience), None

    def _drop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.drop()

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        limits: aiohttp.ClientTimeout,
        body: bytes | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        await self._leave_the_fallen()
        if self._session is None:
            raise RuntimeError("the transport is not open")
        url = urljoin(self._base.geturl(), path)
        try:
            response = await self._session.request(
                method, url, data=body, headers=headers, timeout=limits, allow_redirects=False
            )
        except _FAULTS as exc:
            found, patience = _unwrapped(exc), self._patience.connect
            host, port = self._base.hostname or "", self._base.port or 443
            raise await self._workers.run(lambda: diagnosed(found, host, port, self._context, patience)) from exc
        try:
            yield response
        finally:
            self._let_go(response)

    async def _received(self, response: aiohttp.ClientResponse, limit: int | None) -> AsyncIterator[bytes]:
        received = 0
        try:
            async for chunk in response.content.iter_any():
                received += len(chunk)
                if await self._leave_the_fallen():
                    raise MeshUntrustedError(f"{self._where}: somebody who answered for the mesh is denied now")
                if limit is not None and received > limit:
                    raise MeshProtocolError(f"{self._where}: the answer is too long")
                yield chunk
        except _FAULTS as exc:
            raise fault(_unwrapped(exc), self._where) from exc

    def _let_go(self, response: aiohttp.ClientResponse) -> None:
        """Give the connection back, or break it off when the answer was not read to its end: a TLS goodbye would have
        to read on."""
        if response.connection is not None and response.connection.transport is not None:
            response.connection.transport.abort()
        response.release()

    def _new_socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, *_ = address
        opened = socket.socket(family, kind, protocol)
        self._sockets.add(opened)
        return opened

    async def _all_closed(self) -> None:
        """aiohttp waits for the connections in its pool when it closes, not for those that it has broken off."""
        for _ in range(_CLOSE_TURNS):
            if all(opened.fileno() < 0 for opened in self._sockets):
                return
            await asyncio.sleep(_CLOSE_TURN_SECONDS)

    @property
    def _where(self) -> str:
        return f"{self._base.hostname}:{self._base.port or 443}"

    def _limits(self, *, total: float | None = None, sock_read: float | None = None) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=total, sock_connect=self._patience.connect, sock_read=sock_read)


def _unwrapped(exc: BaseException) -> OSError | http.client.HTTPException:
    """What aiohttp's error is in the words of the standard library, which faults.py knows."""
    if isinstance(exc, aiohttp.ClientConnectorCertificateError) and isinstance(exc.certificate_error, OSError):
        return exc.certificate_error
    if isinstance(exc, aiohttp.ClientConnectorError):
        return exc.os_error
    if isinstance(exc, OSError):
        return exc
    if isinstance(exc, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return ConnectionResetError(errno.ECONNRESET, "closed by the peer")
    return http.client.HTTPException(type(exc).__name__)
