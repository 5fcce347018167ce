"""After a start: how the releases ended that were under way when the power or the process went."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from firmware.core.events import Outcome
from firmware.delivery.counting import Extent
from firmware.delivery.lookout import Lookout
from firmware.delivery.means import Means
from firmware.delivery.outcomes import Delivered, Ended, Missing, weigh
from firmware.delivery.records import Entry, Step
from firmware.delivery.watch import Watch
from hal.ports.errors import DeviceError
from hal.ports.printer import JobStatus

INTERRUPTED = "interrupted"
SILENCE_PAUSE = 15.0
"""Seconds between two questions to a printer that does not answer."""


async def settle(entries: list[Entry], means: Means, say: Callable[[str], None]) -> None:
    """Give each release that an earlier life left open its outcome, and say it. Nothing is ever sent again: the printer
    is asked about the recorded job, for as long as it takes to get an answer."""
    for entry in entries:
        ended = await _settled(entry, means)
        await means.reports.end(entry, ended)
        means.reports.wake()
        say(f"interrupted release {ended.outcome}" + (f": {ended.code}" if ended.code else ""))


async def _settled(entry: Entry, means: Means) -> Ended:
    extent, watch = _extent(entry), _watch(means)
    if entry.step.rank < Step.STARTED.rank:
        await watch.withdraw(entry)  # also one whose id never got into the ledger: it goes by its name
        return Ended(Outcome.HELD, INTERRUPTED, pages=extent.before or None)
    while await watch.ask(entry) is Missing.SILENT:
        await means.clock.sleep(SILENCE_PAUSE)
    quirks = await _quirks(means)
    whole = entry.step is Step.SENT
    # Whoever tapped may be gone: of a document that may be cut short, no more pages are to come out.
    watch = _watch(means, quirks)
    status = await watch.until_final(entry, whole=whole, cancel=not whole, extent=extent)
    delivered, code = (Delivered.WHOLE, "") if whole else (Delivered.UNSURE, INTERRUPTED)
    ended = weigh(delivered, status, code, extent, quirks, seen=watch.seen)
    return replace(ended, sheets=status.sheets if isinstance(status, JobStatus) else None)


def _extent(entry: Entry) -> Extent:
    """Who was to leave out the pages before the first one, station or printer, is not recorded."""
    return Extent(entry.total, entry.copies, entry.two_sided, entry.first_page, by_range=entry.first_page > 1)


def _watch(means: Means, quirks: frozenset[str] = frozenset()) -> Watch:
    """Nobody stands there who could be told, or could ask for an end."""
    lookout = Lookout(means.printer, lambda _reasons: None)
    return Watch(means.printer, means.clock, lookout, asyncio.Event(), quirks=quirks)


async def _quirks(means: Means) -> frozenset[str]:
    """What is known of the printer's words; nothing where it does not answer."""
    try:
        return (await means.printer.capabilities()).quirks
    except DeviceError:
        return frozenset()
