"""A badge reader and the hand at it: the twin, and the serial driver over a pseudo-terminal."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hal.drivers import serial_reader
from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.badge_reader import BadgeReader
from hal.sim import virtual_time
from hal.sim.reader import SimReader
from tests.support import aio


class TwinRig:
    def __init__(self) -> None:
        self.twin = SimReader("front")
        self.reader: BadgeReader = self.twin
        self.tap, self.garble = self.twin.tap, self.twin.garble
        self.unplug, self.plug = self.twin.unplug, self.twin.plug

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        virtual_time.run(main)

    async def listening(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        """Nothing to close."""


class SerialRig:
    """The device file is a link to the slave side, so that a new pseudo-terminal can come back in its place."""

    def __init__(self, link: Path, options: str = "") -> None:
        self.link = link
        self.workers = ThreadWorkers(1)
        self.driver = serial_reader.open(f"serial://{link}?name=front{options}", self.context)
        self.reader: BadgeReader = self.driver
        self.plug()

    @property
    def context(self) -> DriverContext:
        return DriverContext(SystemClock(), self.workers, SystemRandom())

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        aio.run(self._closing(main))

    async def _closing(self, main: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(30):  # a pseudo-terminal that says nothing must not hang the run
                await main
        finally:
            await self.driver.aclose()

    async def listening(self) -> None:
        await until(lambda: self.driver.listening)

    def tap(self, text: str) -> None:
        self.send(text.encode() + b"\r")

    def garble(self) -> None:
        self.send(b"04\xff\x00a1\r")

    def send(self, data: bytes) -> None:
        os.write(self.master, data)

    def plug(self) -> None:
        self.master, slave = os.openpty()
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(slave))
        os.close(slave)

    def unplug(self) -> None:
        self.link.unlink()
        os.close(self.master)

    def close(self) -> None:
        self.workers.close()
        if self.link.is_symlink():
            self.unplug()


async def until(condition: Callable[[], bool]) -> None:
    """Turn the loop until `condition` holds; ten seconds at most."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (what is waited for is outside this program)
            await asyncio.sleep(0)
