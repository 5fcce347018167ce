"""The rigs of the readers that are spoken to: the serial driver, and byte-level emulators at a pseudo-terminal."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hal.drivers import serial_reader
from hal.ports.badge_reader import BadgeReader, Fault
from hal.sim.cards.card import UidCard
from hal.sim.reader_pn532 import Pn532Chip
from hal.sim.reader_twn4 import Twn4Reader
from tests.support.reader_rig import DriverRig, until
from tools.peers.spoken import SpokenReader


class SpokenRig(DriverRig):
    """`peer` is the reader; its faults are the emulator's. The hand is a thread: it leaves a card there until the
    station took notice, and presents the next one after it."""

    def __init__(self, peer: SpokenReader) -> None:
        super().__init__()
        self.peer = peer
        self.hand = ThreadPoolExecutor(1, "hand")
        self.driver = serial_reader.open(peer.uri, self.context)
        self.reader: BadgeReader = self.driver
        peer.plug()

    def credential(self, text: str) -> bytes:
        """The card's own bytes."""
        return bytes.fromhex(text)

    async def tap(self, text: str) -> None:
        self.hand.submit(self.peer.tap, text)

    async def unplug(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self.hand, self.peer.unplug)

    async def plug(self) -> None:
        self.peer.plug()

    async def listening(self) -> None:
        await until(lambda: self.driver.listening)

    def close(self) -> None:
        super().close()
        self.peer.unplug()
        self.hand.shutdown()


class Twn4Rig(SpokenRig):
    def __init__(self, directory: Path) -> None:
        self.twn4 = Twn4Reader()
        super().__init__(SpokenReader(directory / "tty", "twn4", self.twn4))

    async def garble(self) -> None:
        self.twn4.garbling = 1


class Pn532Rig(SpokenRig):
    garbled = Fault.CHECKSUM

    def __init__(self, directory: Path) -> None:
        self.chip = Pn532Chip()
        super().__init__(SpokenReader(directory / "tty", "pn532", self.chip))

    async def garble(self) -> None:
        """The card is told of three times, and comes damaged each time."""
        await until(lambda: self.chip.noticed)
        self.chip.damaging = 3
        await asyncio.to_thread(self.peer.present, UidCard(b"\x04\x01\x02\x03"))
        await until(lambda: not self.chip.damaging)
        await asyncio.to_thread(self.peer.lift)
