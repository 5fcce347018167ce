"""The badge reader twin: a reader on a serial line, and the hand that holds the badge."""

import asyncio
from collections import deque

from hal.framing.lines import LineFramer
from hal.ports.badge_reader import Tap
from hal.ports.errors import DeviceLostError


class SimReader:
    """`tap`, `garble`, `unplug`, `plug` and `restart` are what the world does; the rest is the port."""

    def __init__(self, name: str = "reader-1") -> None:
        self._name = name
        self._framer = LineFramer()
        self._lines: deque[bytes] = deque()
        self._plugged = True
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    @property
    def dropped(self) -> int:
        """Frames that were no badge."""
        return self._framer.dropped

    def tap(self, text: str) -> None:
        """A badge whose reader sends `text`. Nothing happens while unplugged, as in life."""
        self._send(text.encode() + b"\r\n")

    def garble(self) -> None:
        """Fault: the badge is pulled away too soon, and what arrives is torn."""
        self._send(b"04\xff\x00a1\r\n")

    def unplug(self) -> None:
        """Fault: the cable comes out. Who waits, and who asks later, is told that the reader is lost."""
        self._plugged = False
        self._framer.reset()
        self._changed.set()

    def plug(self) -> None:
        """The cable goes back in."""
        self._plugged = True

    def restart(self) -> None:
        """A new life of the station opens the reader: what was tapped while nobody was there is discarded."""
        self._lines.clear()
        self._framer.reset()
        self._closed = False

    async def next_tap(self) -> Tap:
        """Wait for a tap; what arrived before the cable came out is still given."""
        while not self._lines:
            if self._closed or not self._plugged:
                raise DeviceLostError(self._name, "closed" if self._closed else "unplugged")
            self._changed.clear()
            await self._changed.wait()
        return Tap(self._name, self._lines.popleft())

    async def aclose(self) -> None:
        """Release the reader; who waits is told that it is lost."""
        self._closed = True
        self._changed.set()

    def _send(self, data: bytes) -> None:
        if self._plugged:
            self._lines += self._framer.feed(data)
            self._changed.set()
