"""Readers that send a line for each badge, on wires that need no hardware: a pseudo-terminal, and TCP in both roles.

`pty_reader`, `tcp_reader` (the station connects) and `calling_reader` (the reader connects) open one.
"""

import os
import socket
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

W = TypeVar("W", bound="Wire")

SECONDS = 30.0
"""How long a peer waits for the station at the other end."""
LOOPBACK = "127.0.0.1"


class Wire(ABC):
    """What the three have in common: each sends bytes and is a `tools.peers.reader.ReaderPeer`."""

    uri = ""
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})

    def tap(self, number: str) -> None:
        """As a line that ends in CR."""
        self.send(number.encode("ascii") + b"\r")

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Raises `OSError` where nobody is at the other end."""

    @abstractmethod
    def unplug(self) -> None:
        """Idempotent."""

    @abstractmethod
    def plug(self) -> None:
        """Idempotent."""


class PtyReader(Wire):
    """A reader at a serial line. Its device file is a link, as udev makes them, so that another pseudo-terminal can
    come back under its name."""

    def __init__(self, link: Path, options: str = "") -> None:
        self.link = link
        self.master = -1
        self.uri = f"serial://{link}?name=front{options}"

    def send(self, data: bytes) -> None:
        os.write(self.master, data)

    def heard(self) -> bytes:
        """What the station has sent by now."""
        os.set_blocking(self.master, False)
        with suppress(BlockingIOError):
            return os.read(self.master, 4096)
        return b""

    def plug(self) -> None:
        if self.master >= 0:
            return
        self.master, slave = os.openpty()
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(slave))
        os.close(slave)

    def unplug(self) -> None:
        if self.master >= 0:
            self.link.unlink()
            os.close(self.master)
            self.master = -1


class TcpPeer(Wire):
    """A reader that the station connects to."""

    def __init__(self, host: str = LOOPBACK, options: str = "") -> None:
        self._host = host
        self._server: socket.socket | None = None
        self._connected: socket.socket | None = None
        self._port = 0
        self.plug()
        self.uri = f"tcp://{bracketed(host)}:{self._port}?name=front{options}"

    def send(self, data: bytes) -> None:
        """Waits for the station to connect."""
        self.accept().sendall(data)

    def accept(self) -> socket.socket:
        """The station's connection: the newest, for it may have connected anew."""
        if self._server is None:
            raise ConnectionError("unplugged")
        self._server.settimeout(0.0 if self._connected else SECONDS)
        with suppress(BlockingIOError):
            while True:
                newer, _ = self._server.accept()
                self.hang_up()
                self._connected = newer
                self._server.settimeout(0.0)
        if self._connected is None:
            raise ConnectionError("the station has not connected")
        return self._connected

    def plug(self) -> None:
        if self._server is None:
            family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
            self._server = socket.create_server((self._host, self._port), family=family)
            self._port = self._server.getsockname()[1]

    def unplug(self) -> None:
        self.hang_up()
        if self._server is not None:
            with suppress(BlockingIOError):  # one that is not accepted yet ends as well
                self._server.settimeout(0.0)
                self._server.accept()[0].close()
            self._server.close()
            self._server = None

    def hang_up(self) -> None:
        """Close the station's connection; the next one is waited for again. Idempotent."""
        if self._connected is not None:
            self._connected.close()
            self._connected = None


class CallingPeer(Wire):
    """A reader that connects to the station, from `source`."""

    def __init__(self, host: str = LOOPBACK, source: str = LOOPBACK, options: str = "") -> None:
        self._station = (host, free_port(host))
        self._source = source
        self._plugged = False
        self._connected: socket.socket | None = None
        self.uri = f"tcp-listen://{bracketed(host)}:{self._station[1]}?from={source}&name=front{options}"

    @property
    def station(self) -> tuple[str, int]:
        """The address and port that the station listens on."""
        return self._station

    def send(self, data: bytes) -> None:
        """Connects first, where that has not been."""
        if not self.call() or self._connected is None:
            raise ConnectionError("the station does not listen")
        self._connected.sendall(data)

    def call(self) -> bool:
        """Connect to the station; whether that is, or was already."""
        if self._connected is None and self._plugged:
            with suppress(ConnectionRefusedError):
                self._connected = socket.create_connection(self._station, SECONDS, (self._source, 0))
        return self._connected is not None

    def plug(self) -> None:
        self._plugged = True
        self.call()

    def unplug(self) -> None:
        self._plugged = False
        if self._connected is not None:
            self._connected.close()
            self._connected = None


def free_port(host: str) -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as server:
        return int(server.getsockname()[1])


def bracketed(host: str) -> str:
    """An address as a URI has it."""
    return f"[{host}]" if ":" in host else host


@contextmanager
def plugged(wire: W) -> Iterator[W]:
    """`wire` from being plugged in to being unplugged."""
    wire.plug()
    try:
        yield wire
    finally:
        wire.unplug()


@contextmanager
def pty_reader(options: str = "") -> Iterator[PtyReader]:
    """A reader at a pseudo-terminal; `options` go on in its URI, such as `&protocol=twn3`."""
    with (
        tempfile.TemporaryDirectory(prefix="lockgate-reader-") as directory,
        plugged(PtyReader(Path(directory) / "tty", options)) as wire,
    ):
        yield wire


@contextmanager
def tcp_reader(options: str = "") -> Iterator[TcpPeer]:
    """A reader on the loopback that the station connects to."""
    with plugged(TcpPeer(options=options)) as wire:
        yield wire


@contextmanager
def calling_reader(options: str = "") -> Iterator[CallingPeer]:
    """A reader on the loopback that connects to the station."""
    with plugged(CallingPeer(options=options)) as wire:
        yield wire
