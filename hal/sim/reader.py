"""The badge reader twin: a reader on a serial line, and the hand that holds the badge."""

import asyncio
from collections import deque

from hal.framing.dialect import CardRead
from hal.framing.holding import AGAIN, Holding
from hal.framing.lines import Lines
from hal.ports.badge_reader import Card, Fault, Form, Medium, Misread, Reading, Tap
from hal.ports.errors import DeviceLostError


class SimReader:
    """`tap`, `present`, `garble`, `tear`, `unplug`, `plug` and `restart` are what the world does; the rest is the
    port. `said` is what people heard from it: whether each acknowledged read was good."""

    def __init__(self, name: str = "reader-1", *, again: float = AGAIN) -> None:
        """A badge that comes again within `again` seconds was never lifted; 0 for a hand that lifts it each time."""
        self.said: list[bool] = []
        self._name = name
        self._lines = Lines()
        self._again = again
        self._holding = Holding(again)
        self._readings: deque[Reading] = deque()
        self._plugged = True
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    def tap(self, text: str) -> None:
        """A badge whose reader sends `text`. Nothing happens while unplugged, as in life."""
        self._send(text.encode() + b"\r\n")

    def present(self, uid: bytes, card: Card | None = None) -> None:
        """A card whose own bits the reader gives, and which may be spoken to."""
        if self._plugged:
            self._take(CardRead(uid, Form.BITS, len(uid) * 8, Medium.ISO14443A), card)

    def garble(self) -> None:
        """Fault: what arrives is noise."""
        self._send(b"04\xff\x00a1\r\n")

    def tear(self) -> None:
        """Fault: the badge is pulled away too soon, and the rest of the line never comes."""
        if self._plugged:
            self._take(Fault.TORN)

    def unplug(self) -> None:
        """Fault: the cable comes out. Who waits, and who asks later, is told that the reader is lost."""
        self._plugged = False
        self._changed.set()

    def plug(self) -> None:
        """The cable goes back in."""
        self._plugged = True

    def restart(self) -> None:
        """A new life of the station opens the reader: what was tapped while nobody was there is discarded."""
        self._readings.clear()
        self._holding = Holding(self._again)
        self._closed = False

    async def next_reading(self) -> Reading:
        """Wait for a reading; what arrived before the cable came out is still given."""
        while not self._readings:
            if self._closed or not self._plugged:
                raise DeviceLostError(self._name, "closed" if self._closed else "unplugged")
            self._changed.clear()
            await self._changed.wait()
        return self._readings.popleft()

    def acknowledge(self, *, good: bool) -> None:
        """Heard by whoever stands there, and kept in `said`."""
        if self._plugged and not self._closed:
            self.said.append(good)

    async def aclose(self) -> None:
        """Release the reader; who waits is told that it is lost."""
        self._closed = True
        self._changed.set()

    def _send(self, data: bytes) -> None:
        if self._plugged:
            for read in self._lines.feed(data, _now()):
                if isinstance(read, CardRead | Fault):
                    self._take(read)

    def _take(self, read: CardRead | Fault, card: Card | None = None) -> None:
        passed = self._holding.passes(read, _now())
        if isinstance(passed, CardRead):
            self._readings.append(
                Tap(self._name, passed.credential, passed.form, passed.bits, passed.medium, _now(), card)
            )
        elif isinstance(passed, Fault):
            self._readings.append(Misread(self._name, passed, _now()))
        self._changed.set()


def _now() -> float:
    """The simulation's time; before it has begun, that is 0."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return 0.0
