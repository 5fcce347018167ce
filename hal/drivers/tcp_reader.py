"""Badge readers on the network, in both roles: we connect to them, or they connect to us."""

import asyncio
import errno
import logging
import socket
from functools import partial
from typing import Protocol

from hal.drivers.context import DriverContext
from hal.drivers.dialects import OPTIONS, dialect
from hal.drivers.reader_door import Door, doorway
from hal.drivers.socket_wire import SocketWire, new_socket, watched
from hal.drivers.stream_reader import StreamReader
from hal.drivers.thread_workers import ThreadWorkers
from hal.drivers.uri import DeviceUri, parse_network
from hal.framing.holding import Holding
from hal.ports.errors import DeviceConfigError

LOG = logging.getLogger("lockgate.reader")
CONNECT_SECONDS = 2.0
"""For each address of the reader's name."""
PATIENCE_SECONDS = 0.5
"""A reader that has not answered by then is told as lost, while the attempt goes on: else a station that waits for an
answer would look like one that waits for a badge."""


class Caller(Protocol):
    """Where connections come from."""

    async def connect(self) -> SocketWire:
        """Raises `OSError` while there is none."""
        ...

    async def aclose(self) -> None: ...


class TcpReader(StreamReader):
    """A stream reader that lets go of more than its wire."""

    def __init__(self, uri: DeviceUri, caller: Caller, context: DriverContext) -> None:
        name = uri.options.get("name") or uri.host
        super().__init__(name, caller.connect, dialect(uri), context.clock, Holding())
        self._caller = caller

    async def aclose(self) -> None:
        """Also what was about to be connected."""
        await super().aclose()
        await self._caller.aclose()


class Dialler:
    """Connects to the reader; one attempt at a time, which outlives the calls that wait for it. Its name is looked up
    on a thread of its own: a name server that does not answer must not keep the rest of the station waiting."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._lookup = ThreadWorkers(1)
        self._attempt: asyncio.Task[SocketWire] | None = None

    async def connect(self) -> SocketWire:
        """Raises `OSError`: refused, or no answer yet."""
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._dial(), name=f"connecting to {self._host}")
        await asyncio.wait({self._attempt}, timeout=PATIENCE_SECONDS)
        if not self._attempt.done():
            raise TimeoutError(errno.ETIMEDOUT, "no answer yet")
        attempt, self._attempt = self._attempt, None
        return attempt.result()

    async def aclose(self) -> None:
        """The attempt is given up, and its connection closed."""
        self._lookup.close()
        if self._attempt is None:
            return
        self._attempt.cancel()
        (made,) = await asyncio.gather(self._attempt, return_exceptions=True)
        if isinstance(made, SocketWire):
            made.close()

    async def _dial(self) -> SocketWire:
        failure = OSError(errno.EHOSTUNREACH, "the name has no address")
        for family, _, _, _, address in await self._lookup.run(
            partial(socket.getaddrinfo, self._host, self._port, type=socket.SOCK_STREAM)
        ):
            try:
                return await _connected(family, address)
            except OSError as exc:  # also TimeoutError
                failure = exc
        raise failure


async def _connected(family: int, address: object) -> SocketWire:
    made = new_socket(family)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.get_running_loop().sock_connect(made, address)  # type: ignore[arg-type]  # of this family
        return watched(made, midway=True)  # behind a box that makes a network reader of a serial one
    except BaseException:
        made.close()
        raise


def parsed(uri: str) -> DeviceUri:
    """`tcp://reader.example:2001?protocol=lines&end=cr&name=front`, or `tcp-listen://10.0.0.5:2001?from=10.0.0.17`,
    which is bound to that address and hears the hosts of `from` alone. Protocols and their options are in dialects.py.
    Raises `DeviceConfigError`."""
    listens = ("from", "any") if uri.lower().startswith("tcp-listen:") else ()
    device = parse_network(uri, (*listens, "name", *OPTIONS))
    if not device.host.isascii():
        raise DeviceConfigError(device.scheme, f"a host name is written in ASCII: {device.host!r}")
    return device


def check(uri: str) -> None:
    """Raises `DeviceConfigError`."""
    device = parsed(uri)
    if device.scheme == "tcp-listen":
        doorway(device)
    dialect(device)


def open(uri: str, context: DriverContext) -> TcpReader:
    """As `parsed` has it. Raises `DeviceConfigError`."""
    device = parsed(uri)
    listens = device.scheme == "tcp-listen"
    caller: Caller = Door(doorway(device), context.clock) if listens else Dialler(device.host, device.port)
    reader = TcpReader(device, caller, context)
    LOG.warning(
        "reader=%s has no encryption: who reaches its network reads badges and can present any; keep it apart",
        reader.name,
        extra={"reader": reader.name},
    )
    return reader
