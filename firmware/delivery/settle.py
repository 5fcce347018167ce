"""After a start: how the releases ended that were under way when the power or the process went."""

import asyncio
from collections.abc import Callable
from functools import partial

from firmware.core.events import Outcome
from firmware.delivery.lookout import Lookout
from firmware.delivery.means import Means
from firmware.delivery.outcomes import Delivered, Ended, Missing, weigh
from firmware.delivery.records import Entry, Step
from firmware.delivery.watch import Watch

INTERRUPTED = "interrupted"
SILENCE_PAUSE = 15.0
"""Seconds between two questions to a printer that does not answer."""


async def settle(entries: list[Entry], means: Means, say: Callable[[str], None]) -> None:
    """Give each release that an earlier life left open its outcome, and say it. Nothing is ever sent again: the printer
    is asked about the recorded job, for as long as it takes to get an answer."""
    watch = Watch(means.printer, means.clock, Lookout(means.printer, lambda _reasons: None), asyncio.Event())
    for entry in entries:
        ended = await _settled(entry, watch, means)
        end = {"outcome": ended.outcome, "code": ended.code, "impressions": ended.impressions}
        await means.workers.run(partial(means.ledger.insist, entry.release, Step.ENDED, **end))
        means.reports.wake()
        say(f"interrupted release {ended.outcome}" + (f": {ended.code}" if ended.code else ""))


async def _settled(entry: Entry, watch: Watch, means: Means) -> Ended:
    if entry.step is Step.INTENDED:
        return Ended(Outcome.HELD, INTERRUPTED)
    if entry.step is Step.CREATED:
        await watch.withdraw(entry)
        return Ended(Outcome.HELD, INTERRUPTED)
    while await watch.ask(entry) is Missing.SILENT:
        await means.clock.sleep(SILENCE_PAUSE)
    whole = entry.step is Step.SENT
    # Whoever tapped may be gone: of a document that may be cut short, no more pages are to come out.
    status = await watch.until_final(entry, whole=whole, cancel=not whole)
    return weigh(Delivered.WHOLE, status) if whole else weigh(Delivered.UNSURE, status, INTERRUPTED)
