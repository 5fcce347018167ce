"""The network readers' rigs: the drivers over the loopback, in both roles."""

import socket

from hal.drivers import tcp_reader
from hal.drivers.reader_door import Door
from hal.ports.badge_reader import BadgeReader
from tests.support.reader_rig import DriverRig, until
from tools.peers.wires import LOOPBACK, CallingPeer, TcpPeer


class _NetworkRig(DriverRig):
    def __init__(self, peer: TcpPeer | CallingPeer) -> None:
        super().__init__()
        self.wire = peer
        self.driver = tcp_reader.open(peer.uri, self.context)
        self.reader: BadgeReader = self.driver

    async def tap(self, text: str) -> None:
        self.wire.tap(text)

    async def garble(self) -> None:
        self.wire.send(b"04\xff\x00a1\r")

    async def plug(self) -> None:
        self.wire.plug()

    async def unplug(self) -> None:
        self.wire.unplug()

    def close(self) -> None:
        super().close()
        self.wire.unplug()


class TcpRig(_NetworkRig):
    """We connect."""

    def __init__(self, host: str = LOOPBACK, options: str = "") -> None:
        self.peer = TcpPeer(host, options)
        super().__init__(self.peer)

    async def listening(self) -> None:
        await until(lambda: self.driver.listening)

    async def connected(self) -> None:
        """Before it listens, too."""
        await until(lambda: self.driver._wire is not None)


class CallingRig(_NetworkRig):
    """They connect, as soon as we listen."""

    def __init__(self, host: str = LOOPBACK, source: str = LOOPBACK, options: str = "") -> None:
        self.peer = CallingPeer(host, source, options)
        super().__init__(self.peer)
        self.peer.plug()

    async def listening(self) -> None:
        await until(lambda: self.peer.call() and self.driver.listening)

    async def connected(self) -> None:
        """The same: their connections begin with a badge."""
        await self.listening()

    def holds(self, count: int) -> bool:
        """Whether the station keeps so many connections that are still to be read."""
        assert isinstance(self.driver._caller, Door)
        return len(self.driver._caller._waiting) == count


def stranger(door: CallingRig, source: str) -> socket.socket:
    """A connection to the station's port from another address of the loopback."""
    return socket.create_connection(door.peer.station, 5, (source, 0))
