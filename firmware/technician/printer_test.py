"""The test page: a sheet by which a technician sees that the station's way to the paper is whole."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from firmware.core.conditions import condition
from firmware.delivery.lookout import Lookout
from firmware.delivery.records import Entry
from firmware.delivery.watch import Watch
from firmware.paper import HEIGHT, MARGIN, WIDTH, Sheet, print_page
from firmware.technician.printer import Bench, PrinterUseError
from firmware.technician.told import joined, told
from hal.ports.errors import DeviceError
from hal.ports.printer import JobState, JobStatus

if TYPE_CHECKING:
    from PIL.Image import Image

STEPS = 10
"""Squares of the ladder: one that is missing shows a clogged head or an empty toner."""


def drawn(station: str, printer: str, when: str) -> "Image":
    """The page. Raises `UnprintableError` without Pillow."""
    sheet = Sheet()
    sheet.text(150, 64, "Test page")
    sheet.text(270, 44, f"Station: {station or 'not named'}")
    sheet.text(340, 30, f"Printer: {printer}")
    sheet.text(390, 30, f"Time: {when}")
    sheet.text(470, 30, "If you can read this, paper and the way to it are whole.")
    sheet.box(MARGIN, 560, WIDTH - MARGIN, HEIGHT - MARGIN * 3)
    side = (WIDTH - 2 * MARGIN) // (STEPS + 1)
    for step in range(STEPS):
        left = MARGIN + side // 2 + step * side
        sheet.box(left, 620, left + side - 2 * (step + 1), 620 + side - 2 * (step + 1), filled=True)
    return sheet.image()


def waiting(reasons: tuple[str, ...]) -> str:
    """That the printer waits: for what, and what to do about it; or that it waits no more."""
    if not reasons:
        return told("the printer waits no more")
    found = [condition(reason) for reason in reasons]
    what = [joined([f"{reason}:", one.phrase, one.deed]) for reason, one in zip(reasons, found, strict=True)]
    return told("the printer waits: %(what)s", what=joined(what, "; "))


async def print_test(bench: Bench, station: str, tell: Callable[[str], None]) -> str:
    """Print it and follow it to its end; the words for how it went. Raises the printer's errors, `UnprintableError`,
    `PrinterUseError` `printer-not-printed`."""
    printer = bench.printer
    status = await printer.status()
    name = f"lockgate-test-{bench.random.token(8).hex()}"
    when = bench.clock.now().isoformat(timespec="seconds")
    job_id = await print_page(printer, name, lambda: drawn(station, status.name, when), bench.workers)
    tell(told("job %(job)s is at the printer", job=job_id))
    lookout = Lookout(printer, lambda reasons: tell(waiting(reasons)))
    watch = Watch(printer, bench.clock, lookout, asyncio.Event())
    entry = Entry(name.removeprefix("lockgate-"), "", 0, printer_job=job_id)
    try:
        end = await watch.until_final(entry, whole=True, cancel=False)
    except asyncio.CancelledError:  # whoever is no longer interested in the page does not want it tomorrow either
        with suppress(DeviceError):
            await printer.cancel_job(job_id)
        raise
    if isinstance(end, JobStatus) and end.state is JobState.COMPLETED:
        return told("the printer says that it printed the page: look whether it did")
    if isinstance(end, JobStatus):
        said = f"the printer says {end.state.value} of job {job_id}"
    else:
        said = f"nobody can say what became of job {job_id}: look whether the page came out"
    raise PrinterUseError(said, code="printer-not-printed")
