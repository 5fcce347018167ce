"""The real server: HTTPS with client certificates in front of `Api`."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from firmware.errors import LockgateError
from firmware.vault.identity import Identity, IdentityError
from hal.ports.workers import Workers
from tools.edgemesh.interface.api import Api
from tools.edgemesh.interface.exchange import Reply, Request
from tools.edgemesh.interface.problems import Problem, from_error
from tools.edgemesh.interface.recorded import tell_refused
from tools.edgemesh.serving import connection
from tools.edgemesh.serving.connection import Admission, Connection, problem_response
from tools.edgemesh.serving.door import HANDSHAKE_SECONDS, Door, room
from tools.edgemesh.serving.quota import LIMITED, MAX_STREAMS, Quota
from tools.edgemesh.serving.senders import send

log = logging.getLogger("edgemesh")

BODY_SECONDS = 30.0
"""The longest silence within a request's body."""
LEAST_RATE = 16 * 1024
"""Bytes a second below which a body, once `BODY_SECONDS` old, is taken for an attack on our patience."""
FAREWELL_TURNS = 100
"""Turns of the loop that broken connections get to be taken down in."""
DRAIN_SECONDS = 5.0
REVIEW_SECONDS = 10.0
"""How long a connection may outlive its certificate. One whose holder is denied ends with the news of that."""
_UNPAIRED, _REFUSED = "unpaired", "refused"


class Server:
    """Serves one `Api` on one listening socket."""

    def __init__(
        self,
        api: Api,
        context: ssl.SSLContext,
        workers: Workers,
        *,
        greeting_seconds: float = connection.GREETING_SECONDS,
        body_seconds: float = BODY_SECONDS,
        handshake_seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        self._api, self._workers = api, workers
        self._greeting_seconds, self._body_seconds = greeting_seconds, body_seconds
        self._door = Door(self._connection, context, handshake_seconds=handshake_seconds)
        self._reviewing: asyncio.Task[None] | None = None
        self._manager: web.Server | None = None
        self._streams: set[asyncio.Task[object]] = set()
        self._quota = Quota()
        self._open: dict[asyncio.BaseTransport, Identity | None] = {}

    async def start(self, listener: socket.socket) -> None:
        """Begin to answer on a bound socket."""
        self._manager = web.Server(self._handle)
        self._reviewing = asyncio.create_task(self._review(), name="review")
        self._door.open(listener)

    def _connection(self) -> asyncio.Protocol:
        manager = self._manager
        if manager is None or len(manager.connections) >= room(connection.MAX_CONNECTIONS):
            return _Busy()
        return Connection(
            manager,
            loop=asyncio.get_running_loop(),
            greeting_seconds=self._greeting_seconds,
            admit=self._admit,
            leave=self._quota.disconnected,
            open_ones=self._open,
            keepalive_timeout=connection.KEEP_ALIVE_SECONDS,
            lingering_time=connection.LINGERING_SECONDS,
            max_line_size=connection.MAX_LINE,
            max_field_size=connection.MAX_FIELD,
            max_headers=connection.MAX_HEADERS,
            auto_decompress=False,
            access_log=None,
        )

    def _admit(self, certificate: bytes | None) -> Admission:
        """Count a connection whose handshake is done, by its holder. Those without a certificate share one name, and so
        do those who will be refused: however many they are, the others have room."""
        try:
            identity = self._api.roles.verifier.identify((certificate,)) if certificate is not None else None
        except LockgateError:
            return Admission(_REFUSED, None, not self._quota.connected(_REFUSED))
        name = _counted_as(identity) if identity else _UNPAIRED
        is_over = self._quota.connected(name)
        return Admission(name, identity, not is_over or (identity is not None and identity.kind not in LIMITED))

    async def _review(self) -> None:
        """Break off, at each change of the deny list and every so often, what belongs to callers who would be refused
        now: their event streams and bodies under way, too."""
        changes = self._api.roles.verifier.denials.changes
        while True:
            turn = changes.turn
            for transport, identity in list(self._open.items()):
                if identity is not None and not self._stands(identity):
                    _abort(transport)
            await changes.past(turn, REVIEW_SECONDS)

    def _stands(self, identity: Identity) -> bool:
        """As `Verifier.identify` would judge who was admitted once, without reading the certificate again."""
        verifier = self._api.roles.verifier
        try:
            verifier.denials.last().refuse(identity)
        except IdentityError:
            return False
        return verifier.clock.now() <= identity.not_after

    async def stop(self) -> None:
        """Take no more connections, end the event streams, let requests under way finish for a while."""
        if self._reviewing is None or self._manager is None:
            return
        self._reviewing.cancel()
        await self._door.close()
        self._manager.pre_shutdown()
        for task in self._streams:
            task.cancel()
        await self._manager.shutdown(DRAIN_SECONDS)
        await self._break_off()

    async def _break_off(self) -> None:
        """What aiohttp has closed politely would still wait for the peer's farewell when the loop ends."""
        for transport in self._open:
            _abort(transport)
        for _ in range(FAREWELL_TURNS):
            if not self._open:
                return
            await asyncio.sleep(0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(request.protocol, Connection):
            request.protocol.greeted()
        try:
            asked = self._request(request)
        except LockgateError as exc:
            await tell_refused(self._api.roles, _certificate(request), exc.code)
            return problem_response(from_error(exc))
        reply = await self._api.handle(asked)
        if reply.events is None:
            return await send(request, reply, self._workers)
        caller = asked.caller
        if caller is None or self._quota.streams_full(caller):
            return problem_response(Problem("too-many-streams", f"{MAX_STREAMS} are open: close one first"))
        with self._quota.streaming(caller):
            return await self._stream(request, reply)

    async def _stream(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        """Known as a stream while it lasts: it has no end of its own, so `stop` ends it, or the reader's going."""
        task, reader = asyncio.current_task(), request.protocol
        if task is None or not isinstance(reader, Connection):
            return await send(request, reply, self._workers)
        self._streams.add(task)
        reader.streaming = task
        try:
            return await send(request, reply, self._workers)
        finally:
            reader.streaming = None
            self._streams.discard(task)

    def _request(self, request: web.BaseRequest) -> Request:
        return Request(
            method=request.method,
            path=request.path,
            caller=self._caller(request),
            address=request.remote or "",
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            stream=self._chunks(request),
        )

    def _caller(self, request: web.BaseRequest) -> Identity | None:
        """Checked again at each request: a connection may outlive a certificate, or its holder's good standing."""
        certificate = _certificate(request)
        if certificate is None:
            return None
        return self._api.roles.verifier.identify((certificate,))

    async def _chunks(self, request: web.BaseRequest) -> AsyncIterator[bytes]:
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        loop, received = asyncio.get_running_loop(), 0
        began = loop.time()
        while chunk := await self._chunk(request):
            received += len(chunk)
            age = loop.time() - began
            if age > self._body_seconds and received < age * LEAST_RATE:
                raise Problem("request-timeout", "too slow")
            yield chunk

    async def _chunk(self, request: web.BaseRequest) -> bytes:
        try:
            async with asyncio.timeout(self._body_seconds):
                return await request.content.readany()
        except TimeoutError as exc:
            raise Problem("request-timeout") from exc
        except RequestPayloadError as exc:
            raise Problem("request-malformed", "the body's framing is broken") from exc
        except OSError as exc:  # TLS errors are such, and no ConnectionError
            raise ConnectionResetError("the peer went away") from exc


def _counted_as(identity: Identity) -> str:
    return identity.name


def _certificate(request: web.BaseRequest) -> bytes | None:
    """The peer's, in DER; None when it showed none."""
    tls = request.get_extra_info("ssl_object")
    certificate: bytes | None = tls.getpeercert(binary_form=True) if tls is not None else None
    return certificate


def _abort(transport: asyncio.BaseTransport) -> None:
    if isinstance(transport, asyncio.Transport):
        with suppress(AttributeError):  # Python 3.11.2: one that is down already has forgotten how
            transport.abort()


class _Busy(asyncio.Protocol):
    """For one connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)
