"""The printer tried from the page: a test page followed to its end, and the printer asked to show itself."""

import asyncio
from collections.abc import Callable

from firmware.delivery.obstacles import blocking
from firmware.errors import LockgateError
from firmware.paper import UnprintableError
from firmware.technician.printer import Bench
from firmware.technician.printer_checkup import remedy_of
from firmware.technician.printer_test import print_test
from firmware.technician.printer_words import Shown
from firmware.technician.scrub import shown_uri, shown_words
from firmware.technician.told import joined, mapped, told
from hal.ports.errors import DeviceError

MOST_LINES = 20


class PrinterInUseError(LockgateError):
    """A document or a test page is on its way."""

    code = "printer-in-use"


class Trying:
    """One printer, which is the station's own: nothing is asked of it while a document is on its way."""

    def __init__(self, bench: Bench, uri: str, station: str, is_delivering: Callable[[], bool]) -> None:
        self._bench, self._uri, self._station, self._is_delivering = bench, uri, station, is_delivering
        self._task: asyncio.Task[None] | None = None
        self.said: list[str] = []

    @property
    def is_running(self) -> bool:
        """Whether a test page is on its way."""
        return self._task is not None and not self._task.done()

    async def rows(self) -> dict[str, str]:
        """What it says of itself now."""
        if self._is_delivering():
            return {"state": told("a document is on its way; the printer is asked again afterwards")}
        try:
            status, can = await self._bench.printer.status(), await self._bench.printer.capabilities()
        except DeviceError as exc:
            return {"state": shown_words(str(exc)), "what to do": remedy_of(exc) or told("see docs/errors.md")}
        return Shown(shown_uri(self._uri), status, can, blocking(status)).rows()

    def begin(self) -> None:
        """Print a test page. Raises `PrinterInUseError`."""
        if self.is_running or self._is_delivering():
            raise PrinterInUseError
        self.said = [told("the test page is on its way to the printer")]
        self._task = asyncio.ensure_future(self._print())

    async def identify(self) -> None:
        """Have it blink or beep."""
        try:
            await self._bench.printer.identify()
        except DeviceError as exc:
            self._say(joined([str(exc), remedy_of(exc)]))
        else:
            self._say(told("the printer was asked to show itself"))

    async def end(self) -> None:
        """Nobody waits for the page any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _print(self) -> None:
        try:
            self._say(await print_test(self._bench, self._station, self._say))
        except (DeviceError, LockgateError, UnprintableError) as exc:
            remedy = remedy_of(exc) if isinstance(exc, DeviceError | LockgateError) else ""
            self._say(joined([str(exc), remedy]))

    def _say(self, words: str) -> None:
        self.said = [*self.said, mapped(words, shown_words)][-MOST_LINES:]
