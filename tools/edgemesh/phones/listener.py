"""The listener for phones: HTTPS with a certificate that phones believe, and none of theirs; small limits on all."""

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from hal.ports.clock import Clock
from tools.edgemesh.phones.desk_page import COOKIE, PhoneDesk, Shown, Visit
from tools.edgemesh.serving.connection import Admission, Connection
from tools.edgemesh.serving.door import Door, network, room
from tools.edgemesh.settings import PhonePage

log = logging.getLogger("edgemesh")

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers say that our own forms come from nowhere
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "Server": "edgemesh",
}
MAX_CONNECTIONS = 256
MAX_OF_ONE = 16
"""Connections of one address (of IPv6: one network of 64 bits)."""
MAX_FORM = 4096
MOST_FIELDS = 8
FORM_SECONDS = 10.0
GREETING_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 15.0
LOOK_SECONDS = 60.0
"""How often it looks whether the certificate was renewed."""
_FORM = "application/x-www-form-urlencoded"


class PhoneServer:
    """Serves one desk for phones. Raises `OSError`, `ssl.SSLError` where the certificate cannot be used."""

    def __init__(self, desk: PhoneDesk, page: PhonePage, clock: Clock) -> None:
        self._desk, self._page, self._clock = desk, page, clock
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.load_cert_chain(page.certificate, page.key)
        self._read = self._written()
        self._door = Door(self._connection, self._context)
        self._manager: web.Server | None = None
        self._looking: asyncio.Task[None] | None = None
        self._addresses: Counter[str] = Counter()

    async def start(self, listener: socket.socket) -> None:
        """Begin to answer on a bound socket."""
        self._manager = web.Server(self._handle)
        self._looking = asyncio.create_task(self._look(), name="certificate for phones")
        self._door.open(listener)

    async def stop(self) -> None:
        """End."""
        if self._manager is None or self._looking is None:
            return
        self._looking.cancel()
        await self._door.close()
        self._manager.pre_shutdown()
        await self._manager.shutdown(1.0)
        for _ in range(10):  # what was closed is taken down in the loop's next turns
            await asyncio.sleep(0)

    def _connection(self) -> asyncio.Protocol:
        manager = self._manager
        if manager is None or len(manager.connections) >= room(MAX_CONNECTIONS):
            return _Busy()
        return _PhoneConnection(manager, self._addresses)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(request.protocol, Connection):
            request.protocol.greeted()
        try:
            form = await _form(request)
        except ValueError:
            return web.Response(status=400, headers=HEADERS)
        shown = await self._desk.answer(
            Visit(
                request.method,
                request.path,
                form,
                request.cookies.get(COOKIE, ""),
                request.headers.get("Origin", ""),
                request.headers.get("Sec-Fetch-Site", "") == "same-origin",
                network(request.remote) if request.remote else "",
                request.headers.get("Accept-Language", ""),
            )
        )
        return _response(shown)

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            try:
                written = self._written()
                if written != self._read:
                    self._context.load_cert_chain(self._page.certificate, self._page.key)
                    self._read = written
            except OSError as exc:  # what ssl raises is such, too
                log.warning("phones: the certificate cannot be read (%s): the last one is used on", type(exc).__name__)

    def _written(self) -> tuple[int, int]:
        return Path(self._page.certificate).stat().st_mtime_ns, Path(self._page.key).stat().st_mtime_ns


async def _form(request: web.BaseRequest) -> Mapping[str, str]:
    """Raises `ValueError` for what is no small form that came in time."""
    if request.method != "POST":
        return {}
    if request.content_type != _FORM or (request.content_length or 0) > MAX_FORM:
        raise ValueError("no form")
    body = b""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > MAX_FORM:
                    raise ValueError("too long")
    except (TimeoutError, web.RequestPayloadError) as exc:
        raise ValueError("not whole") from exc
    return parse_form(body)


def parse_form(body: bytes) -> Mapping[str, str]:
    """The fields of a form (WHATWG URL, 5.1); of several of one name, the first. Raises `ValueError`."""
    pairs = parse_qsl(body.decode("utf-8"), max_num_fields=MOST_FIELDS, keep_blank_values=True)
    return dict(reversed(pairs))


def _response(shown: Shown) -> web.Response:
    response = web.Response(
        text=shown.body, status=shown.status, content_type=shown.kind, charset="utf-8", headers=HEADERS
    )
    kept: dict[str, Any] = {"secure": True, "httponly": True, "samesite": "Strict", "path": "/"}
    if shown.cookie:
        response.set_cookie(COOKIE, shown.cookie, max_age=int(shown.seconds), **kept)
    elif shown.cookie is not None:
        response.set_cookie(COOKIE, "", max_age=0, **kept)
    return response


class _PhoneConnection(Connection):
    """Counted by address."""

    __slots__ = ("_address", "_addresses")

    def __init__(self, manager: web.Server, addresses: Counter[str]) -> None:
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            greeting_seconds=GREETING_SECONDS,
            admit=lambda _certificate: Admission("", None, may_stay=True),
            leave=lambda _name: None,
            open_ones={},
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=1.0,
            max_line_size=1024,
            max_field_size=4096,
            max_headers=64,
            auto_decompress=False,
            access_log=None,
        )
        self._address, self._addresses = "", addresses

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._address = network(str(peer[0])) if peer else ""
        self._addresses[self._address] += 1
        if self._addresses[self._address] > MAX_OF_ONE and isinstance(transport, asyncio.Transport):
            transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._addresses[self._address] -= 1
        if self._addresses[self._address] <= 0:
            del self._addresses[self._address]
        super().connection_lost(exc)


class _Busy(asyncio.Protocol):
    """For one connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()
