"""A stream reader whose other end the test holds, and clocks that a test moves."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from hal.drivers.socket_wire import SocketWire
from hal.drivers.stream_reader import StreamReader, Wire
from hal.drivers.system_clock import SystemClock
from hal.framing.holding import Holding
from hal.framing.lines import Lines
from hal.ports.badge_reader import Fault, Reading, Tap
from tests.support import aio


class HandClock(SystemClock):
    """Sleeps are put down, and last until `turn`."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.turn = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.turn.wait()


class Line:
    """A stream reader, and the other end of its wire."""

    def __init__(self, clock: SystemClock | None = None, lines: Lines | None = None) -> None:
        self.far, self._near = socket.socketpair()
        self._near.setblocking(False)
        self.reader = StreamReader("front", self._connect, lines or Lines(), clock or SystemClock(), Holding())

    async def _connect(self) -> Wire:
        return SocketWire(self._near)

    async def until_last(self) -> list[Reading]:
        found: list[Reading] = []
        while not found or not isinstance(found[-1], Tap) or found[-1].credential != b"0e0d":
            found.append(await self.reader.next_reading())
        return found


def on(line: Callable[[], Line], story: Callable[[Line], Awaitable[None]]) -> None:
    async def main() -> None:
        opened = line()
        try:
            async with asyncio.timeout(60):
                await story(opened)
        finally:
            await opened.reader.aclose()
            opened.far.close()
            opened._near.close()

    aio.run(main())


def told(readings: list[Reading]) -> list[bytes | Fault]:
    return [reading.credential if isinstance(reading, Tap) else reading.fault for reading in readings]


class LateClock(SystemClock):
    """`ahead` is how long the station stood still."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead
