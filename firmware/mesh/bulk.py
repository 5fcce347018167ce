"""One document's body over one TLS connection with blocking reads, for a worker thread; unblocked from outside.

Not through asyncio's TLS, which stalls the loop for 50-100 ms at full speed and costs more processor time."""

import asyncio
import http.client
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult

from firmware.mesh.faults import MeshFault, diagnosed, fault
from firmware.mesh.transport import CHUNK, Patience
from hal.ports.workers import Workers

_RECEIVE_BUFFER = 4 * 2**20  # the kernel goes on receiving while a chunk is decrypted and printed


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers (names in lower case) of an answer whose body is still to be read."""

    status: int
    headers: Mapping[str, str] = field(repr=False)


class BulkConnection:
    """`prepare`, `open` and `read` belong to worker threads, one call at a time; `abort` to the event loop, at any
    time."""

    def __init__(self, context: ssl.SSLContext, url: SplitResult, patience: Patience) -> None:
        self._context = context
        self._host = url.hostname or ""
        self._port = url.port or 443
        self._patience = patience
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None
        self._ended = False
        self._using = threading.Lock()  # held while a worker is inside a call: only then must nobody close

    def prepare(self) -> None:
        """Connect, TLS included, and no more. Raises the errors of port.py."""
        try:
            with self._using:
                self._connect()
        except (OSError, http.client.HTTPException) as exc:
            raise self._fault(exc) from exc
        finally:
            self._close_if_ended()

    def open(self, url: SplitResult, headers: Mapping[str, str]) -> Head:
        """Connect where that was not done, send the GET, wait for the head of the answer. Raises the errors of
        port.py."""
        target = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
        try:
            with self._using:
                response = self._exchange(target, {**headers, "Accept-Encoding": "identity", "Connection": "close"})
        except (OSError, http.client.HTTPException) as exc:
            raise self._fault(exc) from exc
        finally:
            self._close_if_ended()
        return Head(response.status, {name.lower(): value for name, value in response.getheaders()})

    def read(self) -> bytes:
        """The next CHUNK bytes; fewer at the end of the body or where the connection was closed, then none."""
        try:
            with self._using:
                return b"" if self._response is None or self._ended else self._response.read(CHUNK)
        except http.client.IncompleteRead as exc:
            return exc.partial
        except (OSError, http.client.HTTPException) as exc:
            raise fault(exc, self._where) from exc
        finally:
            self._close_if_ended()

    def abort(self) -> None:
        """Unblock whoever is inside a call and close, now or when they are out. Never blocks."""
        self._ended = True
        if self._socket is not None:
            _hang_up(self._socket)
        self._close_if_ended()

    @property
    def _where(self) -> str:
        return f"{self._host}:{self._port}"

    def _exchange(self, target: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection(self._host, self._port, context=self._context)
        connection.sock = self._connect() if self._socket is None else self._socket
        connection.request("GET", target, headers=headers)
        self._response = connection.getresponse()
        return self._response

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection((self._host, self._port), self._patience.connect)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        tls = self._context.wrap_socket(
            plain,
            server_hostname=self._host,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,  # an end without TLS's goodbye is a broken connection; Python shows RST so too
        )
        self._socket = tls
        if self._ended:  # aborted while we were connecting: nobody could reach the socket then
            raise ConnectionAbortedError
        tls.do_handshake()
        tls.settimeout(self._patience.answer)
        return tls

    def _fault(self, exc: OSError | http.client.HTTPException) -> MeshFault:
        if self._ended:
            return fault(exc, self._where)
        return diagnosed(exc, self._host, self._port, self._context, self._patience.connect)

    def _close_if_ended(self) -> None:
        """Close once ended and unused. Both sides come here last, so whoever is later does it."""
        if self._ended and self._using.acquire(blocking=False):
            try:
                if self._response is not None:
                    self._response.close()
                if self._socket is not None:
                    self._socket.close()
            finally:
                self._using.release()


def _hang_up(tls: socket.socket) -> None:
    """End the TCP connection under the TLS, which makes a blocked read return; the descriptor stays valid."""
    try:
        socket.socket.shutdown(tls, socket.SHUT_RDWR)
    except OSError:
        return  # the peer was first


async def chunks(connection: BulkConnection, workers: Workers) -> AsyncIterator[bytes]:
    """The body, CHUNK by CHUNK, the next one being received while the last is used."""
    ahead = _started(workers, connection)
    try:
        while chunk := await ahead:
            ahead = _started(workers, connection)
            yield chunk
    finally:
        connection.abort()
        ahead.cancel()


def _started(workers: Workers, connection: BulkConnection) -> "asyncio.Future[bytes]":
    reading = asyncio.ensure_future(workers.run(connection.read))
    # Nobody awaits a read that was started ahead of a cancellation: its error is looked at here, or asyncio complains.
    reading.add_done_callback(lambda done: None if done.cancelled() else done.exception())
    return reading
