"""A TCP connection to a badge reader as a wire, whoever opened it."""

import errno
import socket
from dataclasses import dataclass

RECEIVE_BUFFER = 16384
"""Bytes the kernel keeps of a reader that floods; beyond them it is held back by TCP itself."""
SILENT_SECONDS = 10
PROBE_SECONDS = 5
PROBES = 3
"""A peer that says nothing for `SILENT_SECONDS` is probed by TCP keepalive; one that was switched off or cut away is
noticed 25 s after its last word."""


@dataclass(frozen=True, slots=True)
class SocketWire:
    """A connected, non-blocking socket."""

    socket: socket.socket
    midway: bool = False
    """As in `hal.drivers.stream_reader.Wire`."""

    def fileno(self) -> int:
        """-1 once closed."""
        return self.socket.fileno()

    def read(self) -> bytes:
        """Raises `OSError` also at the end of the stream. A line that the end cuts off is not told, also where a pause
        would end it: half a number may be somebody else's."""
        try:
            data = self.socket.recv(4096)
        except BlockingIOError:
            return b""
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, "the reader closed the connection")
        return data

    def spent(self) -> bool:
        """Whether it has ended and brought nothing more."""
        try:
            return not self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def write(self, data: bytes) -> None:
        """Raises `OSError`."""
        if self.socket.send(data) < len(data):
            raise OSError(errno.ENOBUFS, "the connection takes no more")

    def close(self) -> None:
        """Idempotent."""
        self.socket.close()


def new_socket(family: int) -> socket.socket:
    """A TCP socket that does not block. Raises `OSError`."""
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    return made


def watched(connected: socket.socket, *, midway: bool) -> SocketWire:
    """A connection of which the end is noticed, also where nobody says so. Raises `OSError`."""
    connected.setblocking(False)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_NODELAY, 1),
        (socket.TCP_KEEPIDLE, SILENT_SECONDS),
        (socket.TCP_KEEPINTVL, PROBE_SECONDS),
        (socket.TCP_KEEPCNT, PROBES),
        (socket.TCP_USER_TIMEOUT, 1000 * (SILENT_SECONDS + PROBES * PROBE_SECONDS)),
    ):
        connected.setsockopt(socket.IPPROTO_TCP, option, value)
    return SocketWire(connected, midway)
