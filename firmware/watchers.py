"""The duties that last as long as the station: readers, printer and mesh, each told to the core when it changes."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from firmware.badges.number import BadgeUnreadableError, card_number
from firmware.core.events import BadgeRead, BadgeUnreadable, Event, MeshChanged, PrinterChanged, ReaderChanged
from firmware.delivery.outcomes import blocking
from firmware.mesh.follow import follow
from firmware.mesh.messages import MeshEventKind
from firmware.mesh.port import Mesh
from hal.ports.badge_reader import BadgeReader, Tap
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError
from hal.ports.printer import Printer
from hal.ports.random_source import RandomSource

LOG = logging.getLogger("lockgate.watchers")

RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""Before each new try to reach a lost reader; the last one from then on."""
PRESENT_SECONDS = 1.0
"""A lost reader that then waits for a tap for so long without a complaint is back."""
PRINTER_SECONDS = 5.0

Post = Callable[[Event], None]


class ReaderWatch:
    """The taps of one reader, and its being lost and back."""

    def __init__(self, reader: BadgeReader, clock: Clock, post: Post) -> None:
        self._reader = reader
        self._clock = clock
        self._post = post
        self._present = True
        self._failures = 0

    async def run(self) -> None:
        """Never ends by itself: a reader may come back after days."""
        while True:
            try:
                tap = await (self._reader.next_tap() if self._present else self._tap_once_back())
            except DeviceError:
                self._change(present=False)
                await self._clock.sleep(RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)])
                self._failures += 1
            else:
                self._post(_badge(tap))

    async def _tap_once_back(self) -> Tap:
        waiting = asyncio.ensure_future(self._reader.next_tap())
        pause = asyncio.ensure_future(self._clock.sleep(PRESENT_SECONDS))
        try:
            await asyncio.wait({waiting, pause}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done() or waiting.exception() is None:
                self._failures = 0
                self._change(present=True)
            return await waiting
        finally:
            waiting.cancel()
            pause.cancel()
            await asyncio.gather(waiting, pause, return_exceptions=True)

    def _change(self, *, present: bool) -> None:
        if present is not self._present:
            self._present = present
            self._post(ReaderChanged(self._reader.name, present))


async def watch_printer(printer: Printer, clock: Clock, is_delivering: Callable[[], bool], post: Post) -> None:
    """Ask the printer about itself while no delivery does; what keeps it from printing is told when it changes. Of a
    printer that gives no proper answer that is the error's code."""
    known: tuple[str, ...] = ()
    while True:
        if not is_delivering():
            reasons = await _reasons(printer)
            if reasons != known and not is_delivering():
                known = reasons
                post(PrinterChanged(reasons))
        await clock.sleep(PRINTER_SECONDS)


@dataclass(frozen=True, slots=True)
class Heard:
    """Who is told what of the mesh: the core, whoever waits for it to be back, whoever keeps the deny list."""

    post: Post
    on_reachable: Callable[[], None]
    on_denials: Callable[[], None]


async def watch_mesh(mesh: Mesh, clock: Clock, random: RandomSource, heard: Heard) -> None:
    """Whether the mesh is there, and whether it has a new deny list. Its other announcements change nothing at a
    station without a screen."""

    told: bool | None = None

    def changed(reachable: bool, code: str) -> None:
        nonlocal told
        if reachable is not told:
            told = reachable
            heard.post(MeshChanged(reachable))
        if reachable:
            heard.on_reachable()
        else:
            LOG.warning("the mesh is not reachable: %s", code)

    async for announced in follow(mesh, clock, random, changed):
        if announced.kind == MeshEventKind.DENY_LIST_CHANGED:
            heard.on_denials()


async def _reasons(printer: Printer) -> tuple[str, ...]:
    try:
        return blocking(await printer.status())
    except DeviceError as exc:
        return (exc.code,)


def _badge(tap: Tap) -> BadgeRead | BadgeUnreadable:
    try:
        return BadgeRead(tap.reader, card_number(tap.credential))
    except BadgeUnreadableError as exc:
        return BadgeUnreadable(tap.reader, exc.code)
