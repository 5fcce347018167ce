"""A process that has real reader drivers open.

`python -m tools.measure.reader_child told URI` says when each tap was there; `… idle SECONDS URI…`, what it costs to
wait for none.
"""

import asyncio
import resource
import sys
from collections.abc import Sequence
from typing import Protocol

from firmware.core.events import Event
from firmware.numbers import Numbers
from firmware.readers import ReaderWatch
from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.badge_reader import BadgeReader, Misread
from hal.registry import READERS, open_device
from tools.measure.saying import end_with_input, say, say_at, say_ready

LOOKING = 0.01
SETTLING = 1.0
"""Seconds from the last reader's being open until the waiting is measured."""


class Listening(BadgeReader, Protocol):
    """A driver that says when it is open."""

    @property
    def listening(self) -> bool: ...


def opened(uris: Sequence[str]) -> list[Listening]:
    """The drivers, by the registry as the station opens them."""
    context = DriverContext(SystemClock(), ThreadWorkers(), SystemRandom())
    return [open_device("reader", READERS, uri, context) for uri in uris]


async def told(uri: str) -> None:
    """Say when each tap was there. Ends after a misread: whoever taps hears of it."""
    (reader,) = opened([uri])
    ready = asyncio.create_task(_ready([reader]))
    while True:
        reading = await reader.next_reading()
        if isinstance(reading, Misread):
            say({"fault": reading.fault})
            return
        say_at()
        await ready


async def idle(seconds: float, uris: Sequence[str]) -> None:
    """Say what waiting for so long costs: the share of one core in percent, and how often a second this process was
    woken, by voluntary context switches of all its threads."""
    readers = opened(uris)
    watches = [
        asyncio.create_task(ReaderWatch(one, SystemClock(), Numbers().number, _ignored).run()) for one in readers
    ]
    await _ready(readers)
    await asyncio.sleep(SETTLING)
    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(seconds)
    say(cost(before, resource.getrusage(resource.RUSAGE_SELF), seconds))
    for watch in watches:
        watch.cancel()
    await asyncio.gather(*watches, return_exceptions=True)
    await asyncio.gather(*(reader.aclose() for reader in readers))


def cost(before: resource.struct_rusage, after: resource.struct_rusage, seconds: float) -> dict[str, object]:
    """Percent of a core, user and system time; voluntary context switches a second."""
    used = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return {"share": 100 * used / seconds, "wakes": (after.ru_nvcsw - before.ru_nvcsw) / seconds}


async def _ready(readers: Sequence[Listening]) -> None:
    while not all(reader.listening for reader in readers):  # noqa: ASYNC110 - before anything is measured
        await asyncio.sleep(LOOKING)
    say_ready()


def _ignored(_event: Event) -> None:
    """Nobody taps."""


def main() -> None:
    end_with_input()
    match sys.argv[1:]:
        case ["told", uri]:
            asyncio.run(told(uri))
        case ["idle", seconds, *uris]:
            asyncio.run(idle(float(seconds), uris))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
