"""Puts the pairing slip on paper: a display for codes that has a printer instead of a screen."""

import asyncio
from collections.abc import Callable
from functools import partial

from firmware.errors import LockgateError
from firmware.pairing.port import CodeNotice
from firmware.pairing.slip import page
from firmware.paper import print_page
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError, OutcomeUnknownError
from hal.ports.printer import Printer
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers

RETRY_SECONDS = 20.0


class Slips:
    """Implements CodeDisplay while `run` runs. One slip for each code; `say` gets a line when a printer takes none."""

    def __init__(
        self, printer: Printer, clock: Clock, random: RandomSource, workers: Workers, say: Callable[[str], object]
    ) -> None:
        self._printer, self._clock, self._random, self._workers, self._say = printer, clock, random, workers, say
        self._notice: CodeNotice | None = None
        self._changed = asyncio.Event()

    def __call__(self, notice: CodeNotice | None) -> None:
        self._notice = notice
        self._changed.set()

    async def run(self) -> None:
        """For ever: print each code once, trying again while it is the one to show and nothing was sent of it."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            said = ""
            while (notice := self._notice) is not None and not self._changed.is_set():
                problem = await self._tried(notice)
                if not problem:
                    break
                if problem != said:
                    self._say(f"pairing slip not printed: {problem}")
                said = problem
                await self._clock.sleep(RETRY_SECONDS)

    async def _tried(self, notice: CodeNotice) -> str:
        """What went wrong, and can be tried again; nothing when there is no more to do for this code."""
        try:
            await print_slip(self._printer, notice, self._random, self._workers)
        except OutcomeUnknownError:  # it may be on paper: not twice
            return ""
        except (DeviceError, LockgateError) as exc:
            return str(exc)
        return ""


async def print_slip(printer: Printer, notice: CodeNotice, random: RandomSource, workers: Workers) -> int:
    """Print one slip in a format the printer takes; the printer's job-id. Raises the printer's errors,
    `UnprintableError`."""
    return await print_page(printer, f"lockgate-slip-{random.token(8).hex()}", partial(page, notice), workers)
