"""One HTTP/1.1 connection to a printer (RFC 8010 section 4), in blocking steps for worker threads."""

import http.client
import io
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from hal.drivers.http_head import challenges, check_head, login_news
from hal.drivers.printer_address import PrinterAddress
from hal.drivers.printer_login import PrinterLogin
from hal.drivers.printer_trust import PrinterTrust
from hal.drivers.tcp_wire import BrokenOffError, TcpWire
from hal.drivers.tls_channel import Channel
from hal.framing.ipp import MAX_MESSAGE, IppFormatError

T = TypeVar("T")

CONNECT_LIMIT = 5.0
ANSWER_LIMIT = 15.0
MAX_ANSWER = 2 * MAX_MESSAGE
"""Bytes on the wire: HTTP's own share of them is small, but a printer's idea of chunks may not be."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """`kind` is the media type, lower case and without parameters; `asks` are its WWW-Authenticate fields."""

    status: int
    kind: str
    body: bytes = field(repr=False)
    asks: tuple[str, ...] = ()


class IppConnection:
    """`step` runs a call of the methods below it on the worker's thread; `abort` may come from any other.

    Those methods raise `OSError` when the connection fails, `http.client.HTTPException` and `IppFormatError` when
    the answer is no HTTP or too large.
    """

    def __init__(self, address: PrinterAddress, trust: PrinterTrust, login: PrinterLogin | None = None) -> None:
        self._address = address
        self._trust = trust
        self._login = login
        self._wire = TcpWire()
        self._channel = Channel(self._wire, trust.context, address.host)
        self._busy = threading.Lock()
        self._aborted = False
        self._reset = False
        self._chunked = False
        self.complete = True
        """Whether the printer had taken all of the last request when it answered."""
        self.reusable = False

    def step(self, call: Callable[[], T]) -> T:
        """The result of `call()`, during which nobody closes the socket under its feet."""
        try:
            with self._busy:
                if self._aborted:
                    raise BrokenOffError("broken off")
                return call()
        finally:
            if self._aborted:
                self._close_unless_busy()

    def abort(self, *, reset: bool = True) -> None:
        """Break off: a step under way ends at once. A reset says that something was left unfinished. Idempotent."""
        self._reset = self._reset or (reset and not self._aborted)
        self._aborted = True
        self._wire.wake()
        self._close_unless_busy()

    def _close_unless_busy(self) -> None:
        if self._busy.acquire(blocking=False):
            try:
                self._wire.close(reset=self._reset)
            finally:
                self._busy.release()

    def open(self) -> None:
        """Connect, do the handshake, look at the printer's key. Raises `PrinterUntrustedError` too."""
        self._wire.connect(self._address.host, self._address.port, CONNECT_LIMIT)
        self._trust.check(self._channel.handshake(CONNECT_LIMIT))

    def is_silent(self) -> bool:
        """True while the printer has neither closed nor spoken unasked."""
        try:
            return not self._channel.heard()
        except OSError:
            return False

    def exchange(self, message: bytes, limit: float | None = None) -> HttpAnswer:
        """One request without a document, and its answer, within `limit` seconds a part where that is not the usual."""
        self.begin(message, 0)
        return self.answer(ANSWER_LIMIT if limit is None else limit)

    def begin(self, message: bytes, size: int | None) -> bool:
        """The head of a request whose document of `size` bytes follows; None: chunked (RFC 9112 7.1).

        This and the next two return False when the printer answered, or closed, before it took everything.
        """
        self._chunked, self.complete, self.reusable = size is None, True, False
        length = b"Transfer-Encoding: chunked" if size is None else b"Content-Length: %d" % (len(message) + size)
        return self._write(self._head(length), *self._framed(message), stall=ANSWER_LIMIT)

    def send_chunk(self, chunk: bytes) -> bool:
        """Some bytes, not none, of the document. `TimeoutError` when no byte is taken for the stall limit."""
        return self._write(*self._framed(chunk), stall=self._address.stall)

    def end(self) -> bool:
        """The end of the document."""
        return not self._chunked or self._write(b"0\r\n\r\n", stall=self._address.stall)

    def answer(self, limit: float) -> HttpAnswer:
        """The answer; no wait for a part of it is longer than `limit` seconds."""
        try:
            return self._answer(limit)
        except IppFormatError:
            raise
        except ValueError as exc:  # `http.client` lets some out, for a chunk of negative size say
            raise IppFormatError(f"no HTTP: {exc}") from exc

    def _answer(self, limit: float) -> HttpAnswer:
        source = cast(socket.socket, _Source(self._channel, limit))
        with http.client.HTTPResponse(source, method="POST") as response:
            response.begin()
            check_head(response.headers)
            if self._login is not None:
                self._login.informed(login_news(response.headers))
            self.complete = self.complete and not self._channel.untaken()
            body = response.read(MAX_MESSAGE + 1)
            if len(body) > MAX_MESSAGE:
                raise IppFormatError(f"an answer larger than {MAX_MESSAGE} bytes")
            if response.length:  # `read` with a limit does not say so itself
                raise http.client.IncompleteRead(body, response.length)
            self.reusable = self.complete and not response.will_close
            return HttpAnswer(response.status, response.headers.get_content_type(), body, challenges(response.headers))

    def _head(self, length: bytes) -> bytes:
        said = self._login.authorization(self._address.path) if self._login else None
        return b"\r\n".join(
            (
                b"POST %s HTTP/1.1" % self._address.path.encode(),
                b"Host: %s" % self._address.authority.encode(),
                b"User-Agent: lockgate",
                b"Content-Type: application/ipp",
                b"Accept: application/ipp",
                b"Accept-Encoding: identity",
                *((b"Authorization: " + said.encode(),) if said else ()),
                length,
                b"\r\n",
            )
        )

    def _framed(self, data: bytes) -> tuple[bytes, ...]:
        return (b"%x\r\n" % len(data), data, b"\r\n") if self._chunked else (data,)

    def _write(self, *parts: bytes, stall: float) -> bool:
        self.complete = self.complete and self._channel.write(*parts, stall=stall)
        return self.complete


class _Source(io.RawIOBase):
    """As much of a socket as `HTTPResponse` asks for, and as many bytes as any answer may have: a chunk of size -1
    would be read for ever."""

    def __init__(self, channel: Channel, limit: float) -> None:
        self._channel = channel
        self._limit = limit
        self._left = MAX_ANSWER

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._channel.read_into(memoryview(buffer).cast("B"), self._limit)
        self._left -= count
        if self._left < 0:
            raise IppFormatError(f"an answer larger than {MAX_ANSWER} bytes")
        return count
