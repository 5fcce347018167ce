"""What a badge reader and the hand at it are to the contract suite; one module beside this one for each wire."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.badge_reader import BadgeReader, Fault, Reading, Tap
from tests.support import aio


class ReaderRig(Protocol):
    """A reader called `front`, and the world around it. What the hand does is done when the call returns; what the
    reader makes of it may take longer."""

    garbled: Fault
    """What `garble` amounts to on this wire."""

    @property
    def reader(self) -> BadgeReader: ...

    def credential(self, text: str) -> bytes:
        """What the reader must give for the badge `text`: hexadecimal digits in lower case, 4 or 7 bytes of them."""
        ...

    async def tap(self, text: str) -> None:
        """Present the badge `text` and lift it."""
        ...

    async def garble(self) -> None:
        """Somebody presents something, and what comes is no badge."""
        ...

    async def unplug(self) -> None:
        """The cable comes out."""
        ...

    async def plug(self) -> None:
        """The cable goes back in; a rig begins plugged in."""
        ...

    async def listening(self) -> None:
        """Wait until the reader is open, so that no badge from now on is missed. Somebody waits for a reading."""
        ...

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Run one test's coroutine, and close the reader after it."""
        ...

    def close(self) -> None:
        """Take the rig down; the reader is closed already."""
        ...


class DriverRig:
    """What the rigs of real drivers have in common: real time, worker threads, and a reader that sends text.
    A rig sets `reader` to its driver."""

    garbled = Fault.GARBLED
    reader: BadgeReader

    def __init__(self) -> None:
        self.workers = ThreadWorkers(1)

    @property
    def context(self) -> DriverContext:
        """What a driver is opened with."""
        return DriverContext(SystemClock(), self.workers, SystemRandom())

    def credential(self, text: str) -> bytes:
        """The text itself."""
        return text.encode()

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Thirty seconds at most."""
        aio.run(self._closing(main, 30))

    async def _closing(self, main: Coroutine[Any, Any, None], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):  # a wire that says nothing must not hang the run
                await main
        finally:
            await self.reader.aclose()

    def close(self) -> None:
        """The worker threads end."""
        self.workers.close()


async def until(condition: Callable[[], bool]) -> None:
    """Turn the loop until `condition` holds; a minute at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (what is waited for is outside this program)
            await asyncio.sleep(0)


async def waiting(rig: ReaderRig) -> "asyncio.Task[Reading]":
    """Somebody who waits for a reading; the reader listens by now."""
    task = asyncio.create_task(rig.reader.next_reading())
    await rig.listening()
    return task


async def credential(reading: "asyncio.Task[Reading]") -> bytes:
    """Of a reading that must be a tap."""
    tap = await reading
    assert isinstance(tap, Tap)
    return tap.credential


def handles() -> int:
    """How many files this process has open: those that nobody holds any more are closed first, whoever left them."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))
