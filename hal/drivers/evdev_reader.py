"""Badge readers that type (HID keyboard wedges), grabbed so that no badge reaches a console or a login prompt."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import cache, partial
from pathlib import PurePath

from evdev import InputDevice, ecodes

from hal.drivers.context import DriverContext
from hal.drivers.evdev_devices import Opened, open_grabbed
from hal.drivers.evdev_uri import OPTIONS, wanted, wedge
from hal.drivers.input_monitor import watching
from hal.drivers.input_nodes import Wanted, find
from hal.drivers.uri import parse
from hal.framing.dialect import CardRead, Read
from hal.framing.holding import Holding
from hal.framing.wedge import Wedge
from hal.ports.badge_reader import Fault, Misread, Reading, Tap
from hal.ports.errors import DeviceError, DeviceLostError

WAITING = 32
"""Readings kept for a station that is slow to take them; the oldest go first."""
Make = Callable[[int, int], Wedge]
"""How a reader of that vendor and product types; the same for the same, so that it keeps what it has learnt."""


class EvdevReader:
    """Opened when first waited on, and from then on whenever it is plugged in, whether somebody waits or not."""

    def __init__(self, name: str, which: Wanted, make: Make, context: DriverContext, holding: Holding) -> None:
        self._name = name
        self._wanted = which
        self._make = make
        self._wedge = make(which.vid, which.pid)
        self._clock = context.clock
        self._workers = context.workers
        self._holding = holding
        self._readings: deque[Reading] = deque(maxlen=WAITING)
        self._changed = asyncio.Event()
        self._stirred = asyncio.Event()
        self._failure: DeviceError | None = None
        self._lost: str | None = None
        self._living: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._opened: Opened | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """As configured, or after its link or its identifiers."""
        return self._name

    @property
    def listening(self) -> bool:
        """Whether the device is open and quiet: from now on no badge is missed."""
        return self._opened is not None and self._wedge.settled

    async def next_reading(self) -> Reading:
        """Raises `DeviceLostError` when the reader cannot be opened or is lost; the next call looks for it again at
        once, beside the hot-plug events that are waited for all the time."""
        self._failure = None  # of a look that nobody waited for: it may be there by now
        while not self._readings:
            if self._closed:
                raise DeviceLostError(self._name, "closed")
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            if self._living is None or self._living.done():
                self._living = asyncio.create_task(self._live())
            if self._opened is None:
                self._stirred.set()
            self._changed.clear()
            await self._changed.wait()
        return self._readings.popleft()

    def acknowledge(self, *, good: bool) -> None:
        """Such a reader beeps by itself, when it has read a card and before we know of it."""

    async def aclose(self) -> None:
        """Let go of the device; who waits for a reading gets `DeviceLostError`."""
        self._closed = True
        self._changed.set()
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)

    async def _live(self) -> None:
        with watching(self._stirred.set):
            while True:
                self._stirred.clear()
                try:
                    await self._session()
                except DeviceError as exc:
                    if self._stirred.is_set():  # it may have been half there: sysfs tells of it before its file exists
                        continue
                    self._failure = exc
                    self._changed.set()
                    await self._stirred.wait()

    async def _session(self) -> None:
        """From opening the reader to its loss. Ends without an error when more device files of it have appeared: a
        reader's come one after the other, and none may be left to a console."""
        opened = await self._workers.run(partial(open_grabbed, self._name, self._wanted))
        loop = asyncio.get_running_loop()
        try:
            for device in opened.devices:
                loop.add_reader(device.fd, self._ready, device, device in opened.keyboards)
            self._begin(opened)
            while await self._workers.run(partial(find, self._wanted)) == opened.nodes or self._lost:
                if self._lost:
                    raise DeviceLostError(self._name, self._lost)
                await self._stirred.wait()
                self._stirred.clear()
        finally:
            self._end()
            for device in opened.devices:
                loop.remove_reader(device.fd)
            opened.close()

    def _begin(self, opened: Opened) -> None:
        self._opened, self._lost, self._failure = opened, None, None
        self._wedge = self._make(opened.nodes[0].vid, opened.nodes[0].pid)  # known only now where a path was given
        self._wedge.start(self._clock.monotonic())
        self._arm()

    def _end(self) -> None:
        self._opened = None
        if self._timer is not None:
            self._timer.cancel()

    def _ready(self, device: InputDevice[str], counts: bool) -> None:
        """Never at the end of a file: the kernel's evdev has none, it answers ENODEV."""
        try:
            events = list(device.read())
        except BlockingIOError:
            return
        except OSError as exc:
            self._lose(device, exc.strerror or str(exc))
            return
        if not events:
            self._lose(device, "nothing more to read")
        elif counts:
            now = self._clock.monotonic()
            for event in events:
                self._take(self._reads(event.type, event.code, event.value, now), now)
            self._arm()

    def _lose(self, device: InputDevice[str], why: str) -> None:
        asyncio.get_running_loop().remove_reader(device.fd)
        self._lost = why
        self._stirred.set()

    def _reads(self, kind: int, code: int, value: int, now: float) -> list[Read]:
        if kind == ecodes.EV_KEY:
            return self._wedge.key(code, value, now)
        return self._wedge.tear(now) if (kind, code) == (ecodes.EV_SYN, ecodes.SYN_DROPPED) else []

    def _pause(self) -> None:
        now = self._clock.monotonic()
        self._take(self._wedge.pause(now), now)
        self._arm()

    def _take(self, reads: list[Read], now: float) -> None:
        for read in reads:
            passed = self._holding.passes(read, now)
            if isinstance(passed, CardRead):
                self._readings.append(Tap(self._name, passed.credential, medium=passed.medium, at=now))
            elif isinstance(passed, Fault):
                self._readings.append(Misread(self._name, passed, now))
        if self._readings:
            self._changed.set()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = self._wedge.deadline
        if deadline is not None:
            wait = max(0.0, deadline - self._clock.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self._pause)


def open(uri: str, context: DriverContext) -> EvdevReader:
    """`evdev:?vid=08ff&pid=0009&name=front` or `evdev:/dev/input/by-id/usb-…-event-kbd?name=front`, each with `layout`,
    `gap` (milliseconds), `end` and `track`. Raises `DeviceConfigError`."""
    device = parse(uri, OPTIONS)
    which = wanted(device)
    name = device.options.get("name") or PurePath(which.path).name or f"hid-{which.vid:04x}-{which.pid:04x}"
    return EvdevReader(name, which, cache(partial(wedge, device)), context, Holding())
