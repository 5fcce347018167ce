"""A badge reader at the end of a byte stream, whatever the wire: opens it, listens, speaks its dialect, loses it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol, cast

from hal.drivers.arrivals import Arrivals, Hearing
from hal.feedback.table import TABLE
from hal.framing.dialect import Answered, CardRead, Dialect, Joining, Read, Shining, Talkative
from hal.framing.holding import Holding, number_of
from hal.ports.badge_reader import Card, CardLostError, Fault, Misread, Reading, Tap
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError, DeviceLostError
from hal.ports.indicator import Signal

ANSWER_SECONDS = 2.0
WAITING = 32
"""Readings that are kept."""
BYTES_A_SECOND = 16384
"""More than a line of 115200 baud carries. What sends faster is not listened to for the rest of the second, so that it
costs next to nothing; whatever carries it holds the sender back or drops."""


class Wire(Protocol):
    """An open, non-blocking byte stream with a file number to wait on."""

    @property
    def midway(self) -> bool:
        """Whether it may have been opened while the reader was sending; else its first byte begins something."""
        ...

    def fileno(self) -> int: ...

    def read(self) -> bytes:
        """What has come; empty where nothing has. Raises `OSError` when the other end is gone."""
        ...

    def write(self, data: bytes) -> None:
        """Take all of `data` without waiting. Raises `OSError` also where there is no room for it: less than a hundred
        bytes are ever under way, so the other end has long been stuck."""
        ...

    def close(self) -> None: ...


class StreamReader:
    """A wire that is opened when first waited on, and again after it was lost. What the reader had sent
    before it was opened is discarded: a badge shown to a station that was off must not log anyone in."""

    def __init__(
        self, name: str, connect: Callable[[], Awaitable[Wire]], dialect: Dialect, clock: Clock, holding: Holding
    ) -> None:
        self._name = name
        self._connect = connect
        self._dialect = dialect
        self._clock = clock
        self._holding = holding
        self._readings: Arrivals[Reading] = Arrivals(name, WAITING)
        self._hearing = Hearing(f"reader {name}", self._listen, self._readings.stir)
        self._wire: Wire | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._answer: asyncio.Future[bytes | None] | None = None
        self._card: StreamCard | None = None
        self._cut = False
        """The wire was lost while something was pending: its rest may be the first to come."""
        self._started = False
        self._second = float("-inf")
        self._budget = 0
        """Bytes still taken in the second that began then."""

    @property
    def name(self) -> str:
        """As configured, or the device's file name."""
        return self._name

    @property
    def listening(self) -> bool:
        """Whether the wire is open and what had begun before has passed: from now on no badge is missed."""
        return self._started and (not isinstance(self._dialect, Joining) or self._dialect.settled)

    async def next_reading(self) -> Reading:
        """Raises `DeviceLostError` when the wire cannot be opened or is lost; the next call tries to open it again.
        `DeviceConfigError` where it can never be opened as configured."""
        while (reading := self._readings.take()) is None:
            self._hearing.ensure()
            await self._readings.changed()
        return reading

    def acknowledge(self, *, good: bool) -> None:
        """Beep, where the dialect can."""
        self._dialect.acknowledge(good=good)
        with suppress(OSError):  # who listens hears of it
            self._send()

    def show(self, signal: Signal) -> None:
        """With the reader's own lamps and beeper, where the dialect can; also from when it is back."""
        if isinstance(self._dialect, Shining):
            self._dialect.show(TABLE[signal])
            with suppress(OSError):  # who listens hears of it
                self._send()
            _wake(self._waiter)  # its deadline may be an earlier one now

    async def aclose(self) -> None:
        """Close the wire; who waits for a reading gets `DeviceLostError`."""
        self._readings.close()
        await self._hearing.end()

    async def transceive(self, card: Card, apdu: bytes) -> bytes:
        """For `StreamCard`: the answer of `card`, if it is still the last one read. Raises `CardLostError`."""
        if self._wire is None or card is not self._card or self._answer is not None:
            raise CardLostError
        self._answer = asyncio.get_running_loop().create_future()
        try:
            cast(Talkative, self._dialect).command(apdu, self._clock.monotonic())
            self._send()
            _wake(self._waiter)  # its deadline may be an earlier one now
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await self._answer
        except (OSError, TimeoutError) as exc:
            raise CardLostError from exc
        finally:
            self._answer = None
        if response is None:
            raise CardLostError
        return response

    async def _listen(self) -> None:
        try:
            self._wire = await self._opened()
            await self._converse(self._wire)
        except OSError as exc:  # serial.SerialException is one
            self._readings.fail(DeviceLostError(self._name, exc.strerror or str(exc)))
        except DeviceConfigError as exc:
            self._readings.fail(exc)
        finally:
            wire, self._wire = self._wire, None
            self._cut = self._started and isinstance(self._dialect, Joining) and self._dialect.deadline is not None
            self._started = False
            self._forget_card()
            if wire is not None:
                wire.close()

    async def _opened(self) -> Wire:
        try:
            return await self._connect()
        except ValueError as exc:
            raise DeviceConfigError(self._name, str(exc)) from exc

    async def _converse(self, wire: Wire) -> None:
        self._start(midway=wire.midway or self._cut)
        while True:
            data, now = await self._heard(wire)
            for read in self._dialect.feed(data, now) if data else self._dialect.pause(now):
                self._take(read, now)
            self._send()
            await self._spend(wire, len(data), now)

    def _start(self, *, midway: bool, within: bool = False) -> None:
        now = self._clock.monotonic()
        if midway and isinstance(self._dialect, Joining):
            self._dialect.join(now, within=within)
        else:
            self._dialect.start(now)
        self._started = True
        self._send()

    async def _heard(self, wire: Wire) -> tuple[bytes, float]:
        """Bytes, or none when the dialect's deadline passed or changed; and a time before which they came, or until
        which none came."""
        deadline, loop = self._dialect.deadline, asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        number = wire.fileno()
        loop.add_reader(number, _wake, waiter)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if deadline is None else deadline - self._clock.monotonic()):
                    await waiter
        finally:
            self._waiter = None
            loop.remove_reader(number)
        now = self._clock.monotonic()
        data = wire.read()
        return data, self._clock.monotonic() if data else now

    async def _spend(self, wire: Wire, count: int, now: float) -> None:
        if now - self._second >= 1:
            self._second, self._budget = now, BYTES_A_SECOND
        self._budget -= count
        if self._budget > 0:
            return
        missed = False
        while self._budget <= 0:
            self._take(Fault.FLOOD, now)
            await self._clock.sleep(self._second + 1 - now)
            now = self._second = self._clock.monotonic()
            self._budget = BYTES_A_SECOND - self._drained(wire)
            missed = missed or self._budget < BYTES_A_SECOND
        self._forget_card()
        self._start(midway=True, within=missed or self._dialect.deadline is not None)

    @staticmethod
    def _drained(wire: Wire) -> int:
        """How many bytes were thrown away: nobody knows what pauses lie between them."""
        count = 0
        while count < BYTES_A_SECOND and (data := wire.read()):
            count += len(data)
        return count

    def _take(self, read: Read, now: float) -> None:
        if isinstance(read, Answered):
            self._answered(read.response)
            return
        if isinstance(read, CardRead) and self._card is not None and self._card.number != number_of(read):
            self._forget_card()  # also where this read is no tap: another card lies there now
        passed = self._holding.passes(read, now)
        if passed is None:
            return
        self._readings.add([self._reading(passed, now)])

    def _reading(self, read: Read, now: float) -> Reading:
        if isinstance(read, CardRead):
            self._card = StreamCard(self, read) if read.speaks else None
            return Tap(self._name, read.credential, read.form, read.bits, read.medium, now, self._card)
        return Misread(self._name, cast(Fault, read), now)

    def _forget_card(self) -> None:
        """What is asked of it now, and what was, has no answer any more."""
        self._card = None
        self._answered(None)

    def _answered(self, response: bytes | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(response)

    def _send(self) -> None:
        if self._wire is not None and (data := self._dialect.to_send()):
            self._wire.write(data)


class StreamCard:
    """The card that was read last, spoken to through its reader."""

    def __init__(self, reader: StreamReader, read: CardRead) -> None:
        self._reader = reader
        self.number = number_of(read)
        self.iso_dep = read.iso_dep
        self.ats = read.ats

    async def transceive(self, apdu: bytes) -> bytes:
        """Raises `CardLostError`."""
        return await self._reader.transceive(self, apdu)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
