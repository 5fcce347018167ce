"""What is read at the readers, kept for a moment while a technician looks, and for nobody else."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import count

from hal.ports.badge_reader import BadgeReader, Reading, Tap
from hal.ports.clock import Clock

LOOKING_SECONDS = 45.0
"""After a page was drawn, or its event stream was alive, for so long somebody looks."""
HELD_SECONDS = 120.0
"""For so long taps are the technician's alone, once they were asked for."""
MOST = 12
"""Readings that are shown."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A reading: `serial` counts them, `at` is the monotonic second at which it was handed on."""

    serial: int
    reading: Reading = field(repr=False)
    at: float


class Onlookers:
    """Readings of the last moments. While nobody looks there are none, and those that were are forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: deque[Noted] = deque(maxlen=MOST)
        self._serials = count(1)
        self._looking_until = self._held_until = float("-inf")
        self._changed = asyncio.Event()

    @property
    def holds(self) -> bool:
        """Whether taps are the technician's alone: they begin no visit."""
        return self._clock.monotonic() < min(self._held_until, self._looking_until)

    @property
    def noted(self) -> tuple[Noted, ...]:
        """The newest first."""
        self.forget_unseen()
        return tuple(reversed(self._noted))

    def look(self) -> None:
        """Somebody does."""
        self._looking_until = self._clock.monotonic() + LOOKING_SECONDS

    def hold(self, *, wanted: bool) -> None:
        """Have the taps for oneself, for two minutes; or let them be people's again."""
        self._held_until = self._clock.monotonic() + HELD_SECONDS if wanted else float("-inf")
        self._tell()

    def forget_unseen(self) -> bool:
        """What was read for somebody who looks no more. Whether nobody looks."""
        if self._clock.monotonic() < self._looking_until:
            return False
        self._noted.clear()
        return True

    def take(self, reading: Reading) -> bool:
        """Note it while somebody looks. Whether it is theirs alone."""
        if self.forget_unseen():
            return False
        self._noted.append(Noted(next(self._serials), reading, self._clock.monotonic()))
        self._tell()
        return self.holds

    def tap(self, serial: int) -> Tap | None:
        """The tap of that number, while it is shown."""
        found = (noted.reading for noted in self.noted if noted.serial == serial)
        return next((reading for reading in found if isinstance(reading, Tap)), None)

    async def change(self, seconds: float) -> None:
        """Wait for the next, for so many seconds at most."""
        waiting = asyncio.ensure_future(self._changed.wait())
        pause = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({waiting, pause}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            pause.cancel()
            await asyncio.gather(waiting, pause, return_exceptions=True)

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class WatchedReader:
    """A reader as the station has it, whose readings can be looked at. Implements `BadgeReader`."""

    def __init__(self, reader: BadgeReader, onlookers: Onlookers) -> None:
        self._reader, self._onlookers = reader, onlookers
        self.acknowledge = reader.acknowledge
        self.aclose = reader.aclose

    @property
    def name(self) -> str:
        """The reader's own."""
        return self._reader.name

    async def next_reading(self) -> Reading:
        """As the reader's; what the technician has for themselves is passed over, with the reader's sound."""
        while True:
            reading = await self._reader.next_reading()
            if not self._onlookers.take(reading):
                return reading
            self._reader.acknowledge(good=isinstance(reading, Tap))
