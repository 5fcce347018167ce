"""Badge readers that pcscd serves: contactless ones by USB, such as the ACR122U and ACR1252U."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from smartcard import scard

from hal.drivers.context import DriverContext
from hal.drivers.pcsc_monitor import Monitor
from hal.drivers.pcsc_slot import Lifted, Looking, Lost, Manner, Outcome, Presented, Slot, Taken, Told, Up
from hal.drivers.pcsc_uri import parsed
from hal.framing.dialect import CardRead
from hal.framing.holding import Holding
from hal.ports.badge_reader import CardLostError, Fault, Misread, Reading, Tap
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError, DeviceLostError

ANSWER_SECONDS = 2.0
"""For a card to be read, and for each of its answers; how long the reader's driver then waits is its own affair."""
END_SECONDS = 2.0
"""For the thread to end. One that a dead reader or pcscd holds is left to itself."""
WAITING = 32
"""Readings kept for a station that is slow to take them; the oldest go first."""
FIRST_SECONDS, AGAIN_SECONDS = 3.0, 0.8
"""For pcscd to say whether the reader is there: at the station's start, and of one that was lost. The second is less
than the second without a complaint after which a lost reader counts as back."""
SILENT = "pcscd does not answer: it hangs, or is stopped (systemctl restart pcscd)"
TAKEN = "another program has the reader for itself: stop it, or say sharing=shared, here and there"
BUZZERS = {
    "station": Manner(sounds=True, quiet=True),
    "reader": Manner(sounds=False, quiet=False),
    "off": Manner(sounds=False, quiet=True),
}


class PcscReader:
    """Begins to listen when first waited on. A card that lies there by then, or when the reader or pcscd comes back, is
    discarded until it is lifted: a badge shown to a station that was off must not log anyone in."""

    def __init__(self, name: str, part: str, manner: Manner, clock: Clock, api: Any = scard) -> None:
        self._name = name
        self._slot = Slot(manner, self._told, clock.monotonic, api)
        self._monitor = Monitor(part, self._slot, self._ended, api)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clock = clock
        self._holding = Holding()
        self._last: CardRead | None = None
        self._readings: deque[Reading] = deque(maxlen=WAITING)
        self._changed, self._over = asyncio.Event(), asyncio.Event()
        self._failure: DeviceError | None = None
        self._crash: BaseException | None = None
        self._up = self._closed = self._hangs = False
        self._looks = self._looked = 0
        self._late: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """As configured, or what is asked for in the reader's name."""
        return self._name

    @property
    def listening(self) -> bool:
        """Whether the reader is there and watched: from now on no card is missed."""
        return self._up

    async def next_reading(self) -> Reading:
        """Raises `DeviceLostError` when the reader or pcscd is gone, and again at each later call while it still is."""
        look = self._begin_to_look()
        while not self._readings:
            if self._closed:
                raise DeviceLostError(self._name, "closed")
            if self._crash is not None:
                raise self._crash  # a mistake in the program must not look like a lost reader
            if self._failure is not None and self._looked >= look:
                failure, self._failure = self._failure, None
                raise failure
            await self._change(AGAIN_SECONDS if self._looks or self._hangs else FIRST_SECONDS)
        return self._readings.popleft()

    async def _change(self, patience: float) -> None:
        """Something was told. While it is not known whether the reader is there, that takes `patience` seconds at
        most."""
        self._changed.clear()
        try:
            async with asyncio.timeout(None if self._up else patience):
                await self._changed.wait()
        except TimeoutError as exc:
            self._hangs = True
            raise DeviceLostError(self._name, SILENT) from exc

    def acknowledge(self, *, good: bool) -> None:
        """Beep, where the reader is known to be able to."""
        if self._up and not self._closed:
            self._monitor.submit(partial(self._slot.sound, good=good))

    async def aclose(self) -> None:
        """End the threads; who waits for a reading gets `DeviceLostError`."""
        self._changed.set()
        self._in_time()
        closed, self._closed = self._closed, True
        if self._loop is not None:
            if not closed:
                self._monitor.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(END_SECONDS):
                    await self._over.wait()

    async def transceive(self, number: int, apdu: bytes) -> bytes:
        """For `PcscCard`. Raises `CardLostError`."""
        if self._closed or self._loop is None:
            raise CardLostError
        answer: asyncio.Future[bytes | None] = self._loop.create_future()
        self._monitor.submit(partial(self._exchange, answer, number, apdu))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await answer
        except TimeoutError as exc:
            raise CardLostError from exc
        if response is None:
            raise CardLostError
        return response

    def _begin_to_look(self) -> int:
        """Look again for a lost reader, for what was found before says nothing of now. The number of that look."""
        if self._closed:
            return self._looked
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._monitor.start()
        elif not self._up:
            if not self._hangs:  # else it has that to do already
                self._looks += 1
                self._monitor.submit(partial(self._told, Looking(self._looks)))
            return self._looks
        return self._looked

    def _exchange(self, answer: "asyncio.Future[bytes | None]", number: int, apdu: bytes) -> None:
        """On the monitor's thread, as are `_told` and `_tell_loop`."""
        if not answer.done():  # else its time was up while others had their turn
            self._tell_loop(partial(_answer, answer, self._slot.transceive(number, apdu)))

    def _told(self, told: Told) -> None:
        self._tell_loop(partial(self._take, told))

    def _ended(self, failure: BaseException | None) -> None:
        self._tell_loop(partial(self._end, failure))

    def _end(self, failure: BaseException | None) -> None:
        self._crash = self._crash or failure
        self._over.set()
        self._changed.set()

    def _tell_loop(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            if self._loop is not None:
                self._loop.call_soon_threadsafe(call)

    def _take(self, told: Told) -> None:
        self._hangs = False
        try:
            self._judge(told)
        except Exception as exc:  # noqa: BLE001 - the loop's top: whoever waits for a reading is told
            self._crash = exc
        self._changed.set()

    def _judge(self, told: Told) -> None:
        match told:
            case Looking(look):
                self._looked = look
                self._failure = None
            case Up():
                self._up = True
                self._failure = None
            case Lost(detail):
                self._up = False
                self._in_time()
                self._failure = DeviceLostError(self._name, detail)
            case Presented():
                self._late = asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._silent)
            case Taken() if self._in_time():
                self._failure = DeviceLostError(self._name, TAKEN)
            case Outcome(number, read, at) if self._in_time():
                self._read(number, read, at)
            case Lifted(at) if self._last is not None:
                self._holding.passes(self._last, at)  # it was there until now

    def _in_time(self) -> bool:
        """Whether the card that is being read was not told as mute yet: then that person has been turned away."""
        late, self._late = self._late, None
        if late is not None:
            late.cancel()
        return late is not None

    def _silent(self) -> None:
        self._late = None
        self._readings.append(Misread(self._name, Fault.MUTE, self._clock.monotonic()))
        self._changed.set()

    def _read(self, number: int, read: CardRead | Fault, at: float) -> None:
        self._last = read if isinstance(read, CardRead) else None
        passed = self._holding.passes(read, at)
        if isinstance(passed, CardRead):
            card = PcscCard(self, number, passed.iso_dep, passed.ats)
            tap = Tap(self._name, passed.credential, passed.form, passed.bits, passed.medium, at, card)
            self._readings.append(tap)
        elif isinstance(passed, Fault):
            self._readings.append(Misread(self._name, passed, at))


@dataclass(frozen=True, slots=True)
class PcscCard:
    """The `number`th card that was put on the reader."""

    reader: PcscReader
    number: int
    iso_dep: bool
    ats: bytes

    async def transceive(self, apdu: bytes) -> bytes:
        """Raises `CardLostError`."""
        return await self.reader.transceive(self.number, apdu)


def _answer(answer: "asyncio.Future[bytes | None]", response: bytes | None) -> None:
    if not answer.done():
        answer.set_result(response)


def open(uri: str, context: DriverContext) -> PcscReader:
    """As pcsc_uri.py has it. Raises `DeviceConfigError`."""
    said = parsed(uri)
    return PcscReader(said.name, said.part, replace(BUZZERS[said.buzzer], exclusive=said.exclusive), context.clock)
