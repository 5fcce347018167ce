"""The port that network readers connect to: bound to one address, open to named hosts, one connection at a time."""

import asyncio
import errno
import logging
import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from hal.drivers.socket_wire import SocketWire, new_socket, watched
from hal.drivers.uri import DeviceUri
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError

LOG = logging.getLogger("lockgate.reader")
PATIENCE_SECONDS = 0.5
"""How long a call waits for somebody to connect before it says that nobody is there."""
BETWEEN_SECONDS = 0.01
"""Between two connections that are looked at: a crowd at the door costs next to nothing."""
TROUBLE_SECONDS = 1.0
"""After the kernel could not give us a connection, such as for want of file handles."""
TELL_SECONDS = 60.0
"""Between two lines in the log about strangers at the door."""
BACKLOG = 16
MOST_WAITING = 16
MOST_HOSTS = 16

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Doorway:
    """Where to listen, and to whom. An IPv6 zone is part of `host`."""

    host: str
    port: int
    hosts: frozenset[Address]

    @property
    def family(self) -> int:
        """AF_INET or AF_INET6."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET


def doorway(uri: DeviceUri) -> Doorway:
    """`tcp-listen://ADDRESS:PORT?from=ADDRESS[,ADDRESS…]`: addresses, not names, for a name is whatever the name server
    says. Every address of the box (0.0.0.0 or ::) must be asked for with `any=yes`. Raises `DeviceConfigError`."""
    if _address(uri, uri.host).is_unspecified and uri.one_of("any", ("no", "yes")) == "no":
        raise DeviceConfigError(uri.scheme, f"{uri.host} is every address of this box; name one, or say any=yes")
    names = uri.options.get("from", "").split(",")
    if not 0 < len(names) <= MOST_HOSTS or not names[0]:
        raise DeviceConfigError(uri.scheme, f"from=ADDRESS must name the reader's host, or up to {MOST_HOSTS} of them")
    return Doorway(uri.host, uri.port, frozenset(_address(uri, name) for name in names))


class Door:
    """Waits for the reader to connect. A newer connection of the same host takes the older one's place: a reader that
    lost its power comes back while its old connection still seems to stand. What the older one has brought is read
    first: some readers connect anew for each badge. Another host is turned away meanwhile."""

    def __init__(self, way: Doorway, clock: Clock) -> None:
        self._way = way
        self._clock = clock
        self._accepting: asyncio.Task[None] | None = None
        self._host: Address | None = None
        self._taken: SocketWire | None = None
        self._waiting: deque[SocketWire] = deque()
        """Connections of `_host`, oldest first: the one that is read, and those that `connect` is still to give."""
        self._came, self._went = asyncio.Event(), asyncio.Event()
        self._quiet_until = float("-inf")

    async def connect(self) -> SocketWire:
        """The oldest connection that has come since and was not given yet. Raises `OSError`: nobody yet, or the
        address is not one of this box, or in use."""
        if self._accepting is None:
            server = self._bound()
            self._accepting = asyncio.create_task(self._accept(server), name=f"door {self._way.port}")
        if self._accepting.done():
            self._accepting.result()  # a mistake in the program must not look like a quiet reader
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._came.wait()
        self._came.clear()
        self._went.set()
        while self._waiting:
            self._taken = wire = self._waiting.popleft()
            if self._waiting:
                self._came.set()
            if not wire.spent():
                return wire
            wire.close()
        raise ConnectionError(errno.ENOTCONN, "no reader has connected")

    async def aclose(self) -> None:
        """Nobody is heard any more, and the port is free."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
        while self._waiting:
            self._waiting.popleft().close()

    def _bound(self) -> socket.socket:
        server = new_socket(self._way.family)
        try:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # our own old connections are no hindrance
            if self._way.family == socket.AF_INET6:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            (_, _, _, _, address), *_ = socket.getaddrinfo(
                self._way.host, self._way.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
            server.bind(address)
            server.listen(BACKLOG)
        except BaseException:
            server.close()
            raise
        return server

    async def _accept(self, server: socket.socket) -> None:
        with server:
            while True:
                try:
                    connected, address = await asyncio.get_running_loop().sock_accept(server)
                    self._let_in(connected, ip_address(address[0].partition("%")[0]))
                    await self._clock.sleep(BETWEEN_SECONDS)
                    await self._room()
                except OSError as exc:
                    LOG.warning("port=%d nobody can connect: %s", self._way.port, exc.strerror)
                    await self._clock.sleep(TROUBLE_SECONDS)

    def _let_in(self, connected: socket.socket, host: Address) -> None:
        older = self._open()
        if host not in self._way.hosts or (older and self._host != host):
            connected.close()
            self._tell(host, known=host in self._way.hosts)
            return
        try:
            wire = watched(connected, midway=False)
        except OSError:  # gone again
            connected.close()
            return
        for other in older:  # who reads it hears its end after what it has brought
            with suppress(OSError):
                other.socket.shutdown(socket.SHUT_RDWR)
        self._host = host
        self._waiting.append(wire)
        self._came.set()

    def _open(self) -> list[SocketWire]:
        taken = [] if self._taken is None or self._taken.fileno() < 0 else [self._taken]
        return [*taken, *self._waiting]

    async def _room(self) -> None:
        """Who comes while many wait stays with the kernel."""
        while len(self._waiting) >= MOST_WAITING:
            self._went.clear()
            await self._went.wait()

    def _tell(self, host: Address, *, known: bool) -> None:
        now = self._clock.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + TELL_SECONDS
            why = "another reader is connected" if known else "not one of from="
            LOG.warning("port=%d turned away %s: %s", self._way.port, host, why)


def _address(uri: DeviceUri, text: str) -> Address:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError as exc:
        raise DeviceConfigError(uri.scheme, f"not an IP address: {text!r}") from exc
