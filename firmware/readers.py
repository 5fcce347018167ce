"""The readers, for as long as the station runs: their taps as card numbers, and their being lost and back."""

import asyncio
from collections.abc import Callable

from firmware.badges.number import BadgeUnreadableError
from firmware.core.events import BadgeRead, BadgeUnreadable, Event, ReaderChanged
from hal.ports.badge_reader import BadgeReader, Misread, Reading, Tap
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError

RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""Before each new try to reach a lost reader; the last one from then on."""
PRESENT_SECONDS = 1.0
"""A lost reader that then waits for a tap for so long without a complaint is back."""

Post = Callable[[Event], None]
Number = Callable[[Tap], str]
"""The card number of a tap, by the rules of its reader. Raises `BadgeUnreadableError`."""


class ReaderWatch:
    """The taps of one reader, and its being lost and back."""

    def __init__(self, reader: BadgeReader, clock: Clock, number: Number, post: Post) -> None:
        self._reader = reader
        self._clock = clock
        self._number = number
        self._post = post
        self._present = True
        self._failures = 0

    async def run(self) -> None:
        """Never ends by itself: a reader may come back after days."""
        while True:
            try:
                reading = await (self._reader.next_reading() if self._present else self._reading_once_back())
            except DeviceError:
                self._change(present=False)
                await self._clock.sleep(RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)])
                self._failures += 1
            else:
                self._tell(reading)

    async def _reading_once_back(self) -> Reading:
        waiting = asyncio.ensure_future(self._reader.next_reading())
        pause = asyncio.ensure_future(self._clock.sleep(PRESENT_SECONDS))
        try:
            await asyncio.wait({waiting, pause}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done() or waiting.exception() is None:
                self._failures = 0
                self._change(present=True)
            return await waiting
        finally:
            waiting.cancel()
            pause.cancel()
            await asyncio.gather(waiting, pause, return_exceptions=True)

    def _change(self, *, present: bool) -> None:
        if present is not self._present:
            self._present = present
            self._post(ReaderChanged(self._reader.name, present))

    def _tell(self, reading: Reading) -> None:
        """The core first, then the person: the sound says that the read was good, whatever comes of it later."""
        event = self._event(reading)
        self._post(event)
        self._reader.acknowledge(good=isinstance(event, BadgeRead))

    def _event(self, reading: Reading) -> BadgeRead | BadgeUnreadable:
        if isinstance(reading, Misread):
            return BadgeUnreadable(reading.reader, reading.fault.value)
        try:
            return BadgeRead(reading.reader, self._number(reading))
        except BadgeUnreadableError as exc:
            return BadgeUnreadable(reading.reader, exc.code)
