"""What the printer makes of a job: asked again and again, until a final state or until there is none to be had."""

import asyncio
from contextlib import suppress

from firmware.delivery.guards import canceled, guarded
from firmware.delivery.lookout import Lookout
from firmware.delivery.outcomes import DeliveryError, Missing
from firmware.delivery.records import Entry
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError, PrinterRefusedError
from hal.ports.printer import JobState, JobStatus, Printer

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.25, 2.0, 1.5
PATIENCE = 120.0
"""Seconds without a sign of work on the job after which its end is taken to be unknowable."""
CANCEL_PATIENCE = 25.0
"""The same after we asked for an end: somebody stands there and waits for the answer."""
INCOMING_PATIENCE = 20.0
"""The same while the printer waits for the rest of a document that will not come."""
INCOMING = "job-incoming"
"""RFC 8011 5.3.8: the printer is still waiting for document data."""
GONE = (0x0406, 0x0407)
"""IPP statuses client-error-not-found and client-error-gone (RFC 8011 B.1.4): the printer has forgotten the job."""
AT_WORK = frozenset({JobState.PROCESSING, JobState.STOPPED})
WAITING_ITS_TURN = frozenset({JobState.PENDING, JobState.HELD})


class Watch:
    """One printer under observation. `cancel` is set once the person asked to stop."""

    def __init__(self, printer: Printer, clock: Clock, lookout: Lookout, cancel: asyncio.Event) -> None:
        self._printer = printer
        self._clock = clock
        self._lookout = lookout
        self._cancel = cancel

    async def until_final(self, entry: Entry, *, whole: bool, cancel: bool) -> JobStatus | Missing:
        """The final state of the entry's job; `SILENT` also when the printer gave no sign of work on it for too long.
        While it works or waits for a person there is no deadline; one that is `whole` may also wait its turn. With
        `cancel` its end is asked for at once: what is missing will never come."""
        working = AT_WORK | WAITING_ITS_TURN if whole else AT_WORK
        ending, pause, since = False, FIRST_PAUSE, self._clock.monotonic()
        while True:
            status = await self.ask(entry)
            if status is Missing.FORGOTTEN:
                return status
            if isinstance(status, JobStatus):
                if status.state.final:
                    return status
                if status.state in working and not ending:
                    since = self._clock.monotonic()
                await self._lookout.look()
            has_given_up = self._clock.monotonic() - since >= self._patience(status, whole=whole, ending=ending)
            wants_end = cancel or self._cancel.is_set() or (has_given_up and not whole)
            if isinstance(status, JobStatus) and wants_end and not ending:
                ending, since = True, self._clock.monotonic()
                await self._ask_to_end(entry)
            elif has_given_up:
                return Missing.SILENT
            await self._nap(pause)
            pause = min(pause * GROWTH, LONGEST_PAUSE)

    def _patience(self, status: JobStatus | Missing, *, whole: bool, ending: bool) -> float:
        if ending or self._cancel.is_set():
            return CANCEL_PATIENCE
        is_waiting_for_more = isinstance(status, JobStatus) and INCOMING in status.reasons and not whole
        return INCOMING_PATIENCE if is_waiting_for_more else PATIENCE

    async def withdraw(self, entry: Entry) -> None:
        """Take back a job that has no document, as far as the printer lets us: no paper can come of it."""
        if isinstance(await self.ask(entry), JobStatus):
            await self._ask_to_end(entry)

    async def ask(self, entry: Entry) -> JobStatus | Missing:
        """What the printer says of the entry's job. A job of another name under its id is not ours: ids start again
        after some printers' power cut."""
        if entry.printer_job is None:
            return Missing.FORGOTTEN
        try:
            status = await self._printer.job_status(entry.printer_job)
        except PrinterRefusedError as exc:
            return Missing.FORGOTTEN if exc.status in GONE else Missing.SILENT
        except DeviceError:
            return Missing.SILENT
        return status if status.name in ("", entry.job_name) else Missing.FORGOTTEN

    async def _nap(self, seconds: float) -> None:
        """Until the next question; cut short the moment the person asks for an end, which may save them a page."""
        if self._cancel.is_set():
            await self._clock.sleep(seconds)
            return
        with suppress(DeliveryError):
            await guarded(self._clock.sleep(seconds), canceled(self._cancel))

    async def _ask_to_end(self, entry: Entry) -> None:
        if entry.printer_job is not None:
            with suppress(DeviceError):  # the honest result is what the next status says
                await self._printer.cancel_job(entry.printer_job)
