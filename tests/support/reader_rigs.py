"""The badge readers that the contract suite runs on, by name; the twin's rig and the serial line's."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from hal.drivers import serial_reader
from hal.ports.badge_reader import BadgeReader, Fault
from hal.sim import virtual_time
from hal.sim.reader import SimReader
from tests.support.hid_rig import HidRig
from tests.support.pcsc_rig import PcscRig
from tests.support.reader_rig import DriverRig, ReaderRig, until
from tests.support.spoken_rigs import Pn532Rig, Twn4Rig
from tests.support.tcp_rigs import CallingRig, TcpRig
from tools.peers.wires import PtyReader


class TwinRig:
    garbled = Fault.GARBLED

    def __init__(self) -> None:
        self.twin = SimReader("front")
        self.reader: BadgeReader = self.twin

    def credential(self, text: str) -> bytes:
        return text.encode()

    async def tap(self, text: str) -> None:
        self.twin.tap(text)

    async def garble(self) -> None:
        self.twin.garble()

    async def unplug(self) -> None:
        self.twin.unplug()

    async def plug(self) -> None:
        self.twin.plug()

    async def listening(self) -> None:
        await asyncio.sleep(0)

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        virtual_time.run(main)

    def close(self) -> None:
        """Nothing to close."""


class SerialRig(DriverRig):
    """The driver on a pseudo-terminal."""

    def __init__(self, link: Path, options: str = "") -> None:
        super().__init__()
        self.peer = PtyReader(link, options)
        self.peer.plug()
        self.driver = serial_reader.open(self.peer.uri, self.context)
        self.reader: BadgeReader = self.driver

    async def listening(self) -> None:
        await until(lambda: self.driver.listening)

    async def tap(self, text: str) -> None:
        self.peer.tap(text)

    async def garble(self) -> None:
        self.send(b"04\xff\x00a1\r")

    def send(self, data: bytes) -> None:
        self.peer.send(data)

    async def plug(self) -> None:
        self.peer.plug()

    async def unplug(self) -> None:
        self.peer.unplug()

    def close(self) -> None:
        super().close()
        self.peer.unplug()


RIGS: Mapping[str, Callable[[Path], ReaderRig]] = {
    "twin": lambda _: TwinRig(),
    "evdev": lambda _: HidRig(),
    "serial": lambda directory: SerialRig(directory / "tty"),
    "tcp": lambda _: TcpRig(),
    "tcp-listen": lambda _: CallingRig(),
    "pcsc": PcscRig,
    "twn4": Twn4Rig,
    "pn532": Pn532Rig,
}
"""Each is given an empty directory of its own. A driver's rig stands in a module of its own."""
