"""The readers, for as long as the station runs: their taps as card numbers, and their being lost and back."""

import asyncio
from collections.abc import Callable

from firmware.badges.number import BadgeUnreadableError
from firmware.core.events import BadgeRead, BadgeUnreadable, Event, ReaderChanged
from firmware.numbers import refuse_random
from firmware.proving import Proving, can_prove
from hal.ports.badge_reader import BadgeReader, Misread, Reading, Tap
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError, DeviceError

RETRY_SECONDS = 0.25
"""Before each new try to reach a lost reader, for as long as it takes: plugged in again, it must read within a second,
and to look for a device file so often took a quarter of a percent of one core."""
MISCONFIGURED_SECONDS = 5.0
"""Before each new try of what cannot work as it is configured."""
PRESENT_SECONDS = 1.0
"""A lost reader that then waits for a tap for so long without a complaint is back."""

Post = Callable[[Event], None]
Sound = Callable[..., None]
"""`hal.ports.indicator.Indicator.acknowledge`."""
Number = Callable[[Tap], str]
"""The card number of a tap, by the rules of its reader. Raises `BadgeUnreadableError`."""


class ReaderWatch:
    """The taps of one reader, and its being lost and back."""

    def __init__(
        self,
        reader: BadgeReader,
        clock: Clock,
        number: Number,
        post: Post,
        proving: Proving | None = None,
        *,
        sound: Sound | None = None,
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._number = number
        self._post = post
        self._proving = proving
        self._sound = sound
        self._present = True

    async def run(self) -> None:
        """Never ends by itself: a reader may come back after days."""
        while True:
            try:
                reading = await (self._reader.next_reading() if self._present else self._reading_once_back())
            except DeviceError as exc:
                self._change(present=False)
                hopeless = isinstance(exc, DeviceConfigError)
                await self._clock.sleep(MISCONFIGURED_SECONDS if hopeless else RETRY_SECONDS)
            else:
                self._tell(reading)

    async def _reading_once_back(self) -> Reading:
        waiting = asyncio.ensure_future(self._reader.next_reading())
        pause = asyncio.ensure_future(self._clock.sleep(PRESENT_SECONDS))
        try:
            await asyncio.wait({waiting, pause}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done() or waiting.exception() is None:
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
        """The core first, then the person: the sound says that the read was good, whatever comes of it later. A card
        that has to prove itself is not read before it has: people lift it at the sound."""
        event = self._event(reading)
        waits = isinstance(event, BadgeRead) and isinstance(reading, Tap) and self._has_to_prove(reading, event)
        self._post(event)
        if not waits:
            self._acknowledge(isinstance(event, BadgeRead))

    def _has_to_prove(self, tap: Tap, event: BadgeRead) -> bool:
        return self._proving is not None and self._proving.takes(tap, event.credential, self._acknowledge)

    def _acknowledge(self, good: bool) -> None:
        self._reader.acknowledge(good=good)
        if self._sound is not None:
            self._sound(good=good)

    def _event(self, reading: Reading) -> BadgeRead | BadgeUnreadable:
        if isinstance(reading, Misread):
            return BadgeUnreadable(reading.reader, reading.fault.value)
        try:
            if self._proving is None or not can_prove(reading):
                refuse_random(reading)
            return BadgeRead(reading.reader, self._number(reading))
        except BadgeUnreadableError as exc:
            return BadgeUnreadable(reading.reader, exc.code)
