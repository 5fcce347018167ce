"""One TCP connection for a worker thread: every wait has a limit, and another thread can end it."""

import errno
import fcntl
import os
import select
import socket
import struct
import termios
from collections.abc import Callable
from contextlib import suppress

READ_SIZE = 1 << 16
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends RST and drops what is unsent, so that nobody takes a cut upload for a whole one."""


class BrokenOffError(ConnectionError):
    """The wait was ended from another thread."""


class TcpWire:
    """A non-blocking socket and a poll that also hears `wake`. All but `wake` belong to one thread at a time."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._bell, self._ear = socket.socketpair()
        self._woken = False

    def connect(self, host: str, port: int, limit: float) -> None:
        """Try the host's addresses in turn, `limit` seconds each. Raises `OSError`."""
        failure = OSError(errno.EHOSTUNREACH, "the name has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            self._socket = socket.socket(family, kind, protocol)
            try:
                self._finish_connect(self._socket, address, limit)
            except BrokenOffError:
                raise
            except OSError as exc:
                self._socket.close()
                failure = exc
            else:
                return
        raise failure

    def _finish_connect(self, sock: socket.socket, address: object, limit: float) -> None:
        sock.setblocking(False)
        error = sock.connect_ex(address)  # type: ignore[arg-type]  # whatever getaddrinfo gave for this family
        if error == errno.EINPROGRESS:
            self._wait(select.POLLOUT, limit, "connecting")
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes | memoryview, stall: float, interrupted: Callable[[], bool]) -> bool:
        """Send all of `data`; False when `interrupted` says that the peer has spoken first. Raises `OSError`,
        and `TimeoutError` when the peer takes not one byte for `stall` seconds."""
        rest = memoryview(data)
        while rest:
            ready = self._wait(select.POLLIN | select.POLLOUT, stall, "sending")
            if ready & ~select.POLLOUT and interrupted():
                return False
            if ready & ~select.POLLIN:
                try:
                    rest = rest[self._open.send(rest) :]
                except BlockingIOError:
                    continue
                except OSError:
                    if interrupted():  # it answered before it closed
                        return False
                    raise
        return True

    def receive(self, limit: float) -> bytes:
        """Some bytes, or none at the end. Raises `OSError`, `TimeoutError` after `limit` seconds."""
        while (data := self.receive_now()) is None:
            self._wait(select.POLLIN, limit, "waiting for an answer")
        return data

    def receive_now(self) -> bytes | None:
        """Some bytes, none at the end, None when nothing has come. Raises `OSError`."""
        try:
            return self._open.recv(READ_SIZE)
        except BlockingIOError:
            return None

    def untaken(self) -> int:
        """Bytes sent that the peer's side has not acknowledged: they may still be here. Raises `OSError`."""
        return int(struct.unpack("i", fcntl.ioctl(self._open, termios.TIOCOUTQ, bytes(4)))[0])

    def wake(self) -> None:
        """End the wait under way, and every later one, with `BrokenOffError`. From any thread."""
        self._woken = True
        with suppress(OSError):  # closed meanwhile: nobody waits
            self._bell.send(b"!")

    def close(self, *, reset: bool) -> None:
        """Close; with `reset` by an RST instead of a FIN. Idempotent."""
        if self._socket is not None and self._socket.fileno() >= 0 and reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        for sock in (self._socket, self._bell, self._ear):
            if sock is not None:
                sock.close()

    def __del__(self) -> None:
        self.close(reset=False)  # the printer port has no close: a kept connection ends with its last holder

    @property
    def _open(self) -> socket.socket:
        if self._woken:
            raise BrokenOffError("broken off")
        if self._socket is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return self._socket

    def _wait(self, events: int, limit: float, doing: str) -> int:
        """What the socket is ready for, once it is ready for one of `events` or broken."""
        poll = select.poll()
        poll.register(self._ear, select.POLLIN)
        poll.register(self._open, events)
        ready = dict(poll.poll(limit * 1000))
        found = ready.get(self._open.fileno(), 0)
        if not found:
            raise TimeoutError(f"nothing happened for {limit:g} s while {doing}")
        return found
