"""`lockgate badge watch`: what comes from the readers, one line each, until it is enough."""

import asyncio
from collections.abc import Callable, Sequence

from firmware.core.events import Event, ReaderChanged
from firmware.readers import ReaderWatch
from firmware.technician.seen import Eye, Seen, back, lost
from hal.ports.badge_reader import BadgeReader, Misread, Reading, Tap
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError, DeviceLostError

Show = Callable[[Seen], None]


class _Noticed:
    """A reader as the station's own `ReaderWatch` has it, whose readings and failures are noted on the way."""

    def __init__(self, reader: BadgeReader) -> None:
        self._reader = reader
        self.reading: Reading | None = None
        self.failure: DeviceError = DeviceLostError(reader.name)
        self.acknowledge = reader.acknowledge
        self.aclose = reader.aclose

    @property
    def name(self) -> str:
        return self._reader.name

    async def next_reading(self) -> Reading:
        try:
            self.reading = await self._reader.next_reading()
        except DeviceError as exc:
            self.failure = exc
            raise
        return self.reading


class _Watching:
    """One reader."""

    def __init__(self, reader: BadgeReader, clock: Clock, eye: Eye, show: Show, count: Callable[[], None]) -> None:
        self._noticed = _Noticed(reader)
        self._clock, self._eye, self._show, self._count = clock, eye, show, count

    async def run(self) -> None:
        await ReaderWatch(self._noticed, self._clock, self._eye.numbers.number, self._post).run()

    def _post(self, event: Event) -> None:
        """The station's own events say when; what is shown is the reading itself."""
        now = self._clock.now()
        if isinstance(event, ReaderChanged):
            name = self._noticed.name
            self._show(back(name, now) if event.present else lost(name, self._noticed.failure, now))
            return
        reading = self._noticed.reading
        if isinstance(reading, Tap):
            self._show(self._eye.tap(reading, now, self._since(reading.at)))
            self._count()
        elif isinstance(reading, Misread):
            self._show(self._eye.misread(reading, now, self._since(reading.at)))

    def _since(self, at: float) -> float:
        return (self._clock.monotonic() - at) * 1000


async def watch(readers: Sequence[BadgeReader], clock: Clock, eye: Eye, show: Show, enough: int | None = None) -> None:
    """Show what comes from the readers and acknowledge it as the station does, for ever or until `enough` badges
    were shown, or nobody looks any more. Lost readers are tried again. The readers stay open."""
    left = enough
    done = asyncio.Event()

    def count() -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left <= 0:
                done.set()

    def shown(seen: Seen) -> None:
        if not done.is_set():
            try:
                show(seen)
            except BrokenPipeError:  # whoever read it has seen enough
                done.set()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_Watching(reader, clock, eye, shown, count).run()) for reader in readers]
        await done.wait()
        for task in tasks:
            task.cancel()
