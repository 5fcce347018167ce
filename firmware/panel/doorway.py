"""The listening socket of a page, and who gets in: few at a time, those who say nothing first to go."""

import asyncio
import os
import socket
import ssl
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from firmware.errors import LockgateError
from firmware.panel.address import Address, Wire

MOST_GREETING = 16
"""Connections whose TLS handshake is not done. The oldest goes for a new one."""
HANDSHAKE_SECONDS = 5.0
SEND_BUFFER = 64 * 1024
"""Bytes that the kernel may keep for one who does not read; it doubles them (socket(7))."""
PAUSE_SECONDS = 1.0
"""How long nothing is accepted after the system had no room for it."""
BACKLOG = 16


class DoorwayError(LockgateError):
    """Codes: `listen-failed` (the system gives no such socket), `listen-busy` (another program answers there),
    `listen-unsafe` (others may write where the Unix socket is to lie)."""

    code = "listen-failed"


def opened(address: Address) -> socket.socket:
    """A listening socket; a Unix one has mode 0660, and replaces what a crash left. Raises `DoorwayError`."""
    try:
        return _unix(Path(address.where)) if address.wire is Wire.UNIX else _tcp(address)
    except OSError as exc:
        raise DoorwayError(f"{address.where}: {exc.strerror or type(exc).__name__}") from exc


def _tcp(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.where else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.where, address.port))
        return _listening(listener)
    except OSError:
        listener.close()
        raise


def _unix(path: Path) -> socket.socket:
    _require_safe(path.parent)
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        listener.bind(str(path))
        path.chmod(0o660)  # before `listen`: until then nobody can connect
        return _listening(listener)
    except OSError:
        listener.close()
        raise


def _listening(listener: socket.socket) -> socket.socket:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def _require_safe(directory: Path) -> None:
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise DoorwayError(f"{directory} is no directory", code="listen-unsafe")
    if status.st_uid not in (os.geteuid(), 0) or status.st_mode & 0o022:
        detail = f"{directory}: others may write there, and put their own socket in the place of ours: chmod go-w"
        raise DoorwayError(detail, code="listen-unsafe")


def _clear(path: Path) -> None:
    """Take away a socket that nobody answers at any more."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise DoorwayError(f"{path} is there, and no socket", code="listen-busy")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
                return
            except BlockingIOError:
                pass
        raise DoorwayError(f"another program answers at {path}", code="listen-busy")


class Doorway:
    """Accepts at one listening socket, and gives whoever ends the handshake in time a protocol of `factory`."""

    def __init__(
        self, listener: socket.socket, factory: Callable[[], asyncio.Protocol], tls: ssl.SSLContext | None = None
    ) -> None:
        self._listener, self._factory, self._tls = listener, factory, tls
        self._path = Path(name) if isinstance(name := listener.getsockname(), str) else None
        self._greeting: dict[asyncio.Task[None], None] = {}
        self._untouched: set[socket.socket] = set()

    async def keep_on(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except ConnectionAbortedError:
                continue
            except OSError:  # no files or memory: the socket would be reported as ready on and on
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self._greet(connection)

    def _greet(self, connection: socket.socket) -> None:
        if len(self._greeting) >= MOST_GREETING:
            next(iter(self._greeting)).cancel()
        self._untouched.add(connection)
        task = asyncio.ensure_future(self._handshake(connection))
        self._greeting[task] = None
        task.add_done_callback(lambda done: self._done(done, connection))

    def _done(self, task: asyncio.Task[None], connection: socket.socket) -> None:
        self._greeting.pop(task, None)
        if connection in self._untouched:  # dropped before it began: no transport closes it
            self._untouched.discard(connection)
            connection.close()

    async def _handshake(self, connection: socket.socket) -> None:
        self._untouched.discard(connection)
        limits = {"ssl_handshake_timeout": HANDSHAKE_SECONDS, "ssl_shutdown_timeout": 1.0} if self._tls else {}
        with suppress(OSError, TimeoutError):  # TLS errors are such, and whoever talks nonsense needs no line
            await asyncio.get_running_loop().connect_accepted_socket(self._factory, connection, ssl=self._tls, **limits)

    async def close(self) -> None:
        """Once `keep_on` was cancelled: the socket, its file, and whoever is in the door."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._listener.close()
        under_way = list(self._greeting)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
