"""Badge readers that type (HID keyboard wedges), grabbed so that no badge reaches a console or a login prompt."""

import asyncio
from collections.abc import Callable
from functools import cache, partial
from pathlib import PurePath

from hal.drivers.arrivals import Arrivals, Hearing
from hal.drivers.context import DriverContext
from hal.drivers.evdev_devices import Opened, open_grabbed
from hal.drivers.evdev_file import DeviceFile
from hal.drivers.evdev_uri import reader as parsed
from hal.drivers.evdev_uri import wanted, wedge
from hal.drivers.input_monitor import watching
from hal.drivers.input_nodes import Wanted, find
from hal.framing.dialect import CardRead, Read
from hal.framing.holding import Holding
from hal.framing.wedge import Wedge
from hal.ports.badge_reader import Fault, Misread, Reading, Tap
from hal.ports.errors import DeviceError, DeviceLostError

WAITING = 32
"""Readings that are kept."""
Make = Callable[[int, int, int], Wedge]
"""How a reader of that vendor and product types on which of its keyboards; the same for the same, so that it keeps what
it has learnt."""


class EvdevReader:
    """Opened when first waited on, and from then on whenever it is plugged in, whether somebody waits or not."""

    def __init__(self, name: str, which: Wanted, make: Make, context: DriverContext, holding: Holding) -> None:
        self._name = name
        self._wanted = which
        self._make = make
        self._clock = context.clock
        self._workers = context.workers
        self._holding = holding
        self._readings: Arrivals[Reading] = Arrivals(name, WAITING)
        self._hearing = Hearing(f"reader {name}", self._live, self._readings.stir)
        self._stirred = asyncio.Event()
        self._lost: Exception | None = None
        self._files: tuple[DeviceFile, ...] = ()
        """Of the open reader; none while it is not."""

    @property
    def name(self) -> str:
        """As configured, or after its link or its identifiers."""
        return self._name

    @property
    def listening(self) -> bool:
        """Whether the device is open and quiet: from now on no badge is missed."""
        return bool(self._files) and all(file.settled for file in self._files)

    async def next_reading(self) -> Reading:
        """Raises `DeviceLostError` when the reader cannot be opened or is lost; the next call looks for it again at
        once, beside the hot-plug events that are waited for all the time."""
        self._readings.forgive()  # a look that nobody waited for
        while (reading := self._readings.take()) is None:
            self._hearing.ensure()
            if not self._files:
                self._stirred.set()
            await self._readings.changed()
        return reading

    def acknowledge(self, *, good: bool) -> None:
        """Such a reader beeps by itself, when it has read a card and before we know of it."""

    async def aclose(self) -> None:
        """Let go of the device; who waits for a reading gets `DeviceLostError`."""
        self._readings.close()
        await self._hearing.end()

    async def _live(self) -> None:
        with watching(self._stirred.set):
            while True:
                self._stirred.clear()
                try:
                    await self._session()
                except DeviceError as exc:
                    if self._stirred.is_set():  # it may have been half there: sysfs tells of it before its file exists
                        continue
                    self._readings.fail(exc)
                    await self._stirred.wait()

    async def _session(self) -> None:
        """From opening the reader to its loss. Ends without an error when more device files of it have appeared: a
        reader's come one after the other, and none may be left to a console."""
        opened = await self._workers.run(partial(open_grabbed, self._name, self._wanted))
        try:
            self._begin(opened)
            while await self._workers.run(partial(find, self._wanted)) == opened.nodes or self._lost:
                if self._lost is not None:
                    raise self._lost
                await self._stirred.wait()
                self._stirred.clear()
        finally:
            files, self._files = self._files, ()
            for file in files:
                file.stop()
            opened.close()

    def _begin(self, opened: Opened) -> None:
        self._lost = None
        self._readings.forgive()
        first = opened.nodes[0]  # known only now where a path was given
        wedges = [self._make(first.vid, first.pid, at) for at in range(len(opened.keyboards))]
        typing = zip(opened.keyboards, wedges, strict=True)
        self._files = tuple(
            DeviceFile(device, wedge, self._clock, self._take, self._lose)
            for device, wedge in (*typing, *((other, None) for other in opened.others))
        )
        for file in self._files:
            file.start()

    def _lose(self, why: Exception) -> None:
        self._lost = DeviceLostError(self._name, why.strerror or str(why)) if isinstance(why, OSError) else why
        self._stirred.set()

    def _take(self, reads: list[Read], now: float) -> None:
        passed = [self._holding.passes(read, now) for read in reads]
        self._readings.add(self._reading(one, now) for one in passed if isinstance(one, CardRead | Fault))

    def _reading(self, read: CardRead | Fault, now: float) -> Reading:
        if isinstance(read, CardRead):
            return Tap(self._name, read.credential, medium=read.medium, at=now)
        return Misread(self._name, read, now)


def open(uri: str, context: DriverContext) -> EvdevReader:
    """As `evdev_uri.reader`. Raises `DeviceConfigError`."""
    device = parsed(uri)
    which = wanted(device)
    name = device.options.get("name") or PurePath(which.path).name or f"hid-{which.vid:04x}-{which.pid:04x}"
    make = cache(lambda vid, pid, _keyboard: wedge(device, vid, pid))
    return EvdevReader(name, which, make, context, Holding())
