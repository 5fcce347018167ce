"""The PC/SC driver under a real pcscd with a virtual reader, and the hand at it.

One pcscd serves the whole run: pcsclite looks up once in a process where its socket is.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from hal.drivers import pcsc_reader
from hal.ports.badge_reader import BadgeReader, Fault
from hal.sim.cards.card import UidCard
from tests.support.reader_rig import DriverRig, until
from tools.peers import pcsc
from tools.peers.pcsc import Conduct, PcscPeer


@cache
def peer() -> PcscPeer:
    """The one of this run."""
    stack = ExitStack()
    atexit.register(stack.close)
    directory = Path(tempfile.mkdtemp(prefix="pcsc-"))
    stack.callback(shutil.rmtree, directory)
    found = stack.enter_context(pcsc.pcsc_reader(directory))
    os.environ.update(found.environment)
    return found


class PcscRig(DriverRig):
    """Everything the hand does takes effect before the call returns, so the event loop stands still meanwhile."""

    garbled = Fault.GONE

    def __init__(self, _: Path | None = None, options: str = "") -> None:
        super().__init__()
        self.peer = peer()
        self.driver = pcsc_reader.open(self.peer.uri + options, self.context)
        self.reader: BadgeReader = self.driver

    def credential(self, text: str) -> bytes:
        """The UID."""
        return bytes.fromhex(text)

    async def tap(self, text: str) -> None:
        self.peer.tap(text)

    async def garble(self) -> None:
        """The card is torn away while it is being read."""
        self.peer.put(UidCard(bytes.fromhex("0badcafe")), Conduct.TEARS).was_read.wait(pcsc.READ_SECONDS)
        self.peer.lift()

    async def unplug(self) -> None:
        self.peer.unplug()

    async def plug(self) -> None:
        self.peer.plug()

    async def listening(self) -> None:
        await until(lambda: self.driver.listening)

    def close(self) -> None:
        super().close()
        self.peer.pcscd.start()
        self.peer.lift()
        self.peer.plug()
