"""The served printer twin's connections, and how it answers on them over HTTP, well or badly."""

import asyncio
import socket
import struct
from contextlib import suppress
from functools import cache
from typing import Any

from aiohttp import web

from hal.framing.ipp import IppStatus, IppTag
from hal.sim.ipp_answers import common
from hal.sim.ipp_message import TEXT, Attr, attribute_bytes, written
from hal.sim.printer_faults import Answers

OVERSIZE = 10_000_000
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
HTML = b"<!DOCTYPE html><title>Printer</title><p>Please log in to continue."


class Door(socket.socket):
    """A listening socket on the loopback that knows whom it let in."""

    def __init__(self) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self._inside: list[socket.socket] = []
        self._shut = False
        self.bind(("127.0.0.1", 0))
        self.listen()

    async def shut(self) -> None:
        """Nobody more is let in, and whoever was has a transport. To be called before the server is closed: asyncio
        forgets a connection that it accepted and had made no transport for."""
        self._shut = True
        await asyncio.sleep(0)

    def accept(self) -> tuple[socket.socket, Any]:
        if self._shut:
            raise BlockingIOError
        connection, address = super().accept()
        self._inside = [*filter(_is_open, self._inside), connection]
        return connection, address

    def throw_out(self) -> None:
        """End every connection, whatever state it is in."""
        for connection in filter(_is_open, self._inside):
            with suppress(OSError):  # the client left first
                connection.shutdown(socket.SHUT_RDWR)

    def is_anyone_in(self) -> bool:
        return any(map(_is_open, self._inside))


def _is_open(connection: socket.socket) -> bool:
    return connection.fileno() >= 0


class Answering:
    """The answer to one request; `resets` says whether breaking off is an RST or a FIN."""

    def __init__(self, request: web.Request, *, resets: bool) -> None:
        self._request = request
        self._resets = resets

    async def answer(self, answers: Answers, body: bytes, cut_at: int | None) -> web.StreamResponse:
        """Send `body`, or what the fault makes of it; only `cut_at` bytes of the whole answer, when given."""
        kind = "application/ipp"
        if answers is Answers.SILENT:
            await asyncio.Event().wait()  # until the client leaves, which cancels this
        if answers is Answers.CUT:
            return self.break_off()
        if answers is Answers.ENDLESS:
            return await self._go_on_for_ever()
        if answers is Answers.MALFORMED:
            body = body[: len(body) // 2]
        elif answers is Answers.OVERSIZED:
            body = _oversized()
        elif answers is Answers.HTML:
            kind, body = "text/html", HTML
        if cut_at is not None:
            return self._part(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n" % kind.encode(), body, cut_at)
        return web.Response(body=body, content_type=kind)

    async def _go_on_for_ever(self) -> web.StreamResponse:
        """Values and values, until the client leaves."""
        response = web.StreamResponse(headers={"Content-Type": "application/ipp"})
        await response.prepare(self._request)
        await response.write(_beginning())
        while True:
            await response.write(_further() * 64)
            await asyncio.sleep(0)  # a write that fits the buffers lets nobody else run

    def _part(self, head: bytes, body: bytes, cut_at: int) -> web.StreamResponse:
        transport = self._request.transport
        if transport is not None:
            transport.write((head + b"Content-Length: %d\r\n\r\n" % len(body) + body)[:cut_at])
            transport.close()
        return web.Response()

    def break_off(self) -> web.StreamResponse:
        """Close the connection; what is returned reaches nobody."""
        transport = self._request.transport
        if transport is None:
            return web.Response()
        if self._resets:
            plain = transport.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            transport.abort()
        else:
            transport.close()
        return web.Response()


@cache
def _oversized() -> bytes:
    """A well-formed response with a 10 MB attribute group: one attribute of very many values."""
    one = _beginning()
    return one + _further() * (OVERSIZE // len(_further())) + bytes([IppTag.END])


@cache
def _beginning() -> bytes:
    """A response up to the first value of an attribute that goes on."""
    info = Attr("printer-info", TEXT, ["x" * 1000])
    return written((2, 0), IppStatus.OK, 1, [common(), (IppTag.PRINTER, [info])])[:-1]


@cache
def _further() -> bytes:
    return attribute_bytes(Attr("", TEXT, ["x" * 1000]))
