"""What the printer makes of a job: asked again and again, until a final state or until there is none to be had."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from firmware.delivery.counting import Extent
from firmware.delivery.errors import DeliveryError
from firmware.delivery.guards import canceled, guarded
from firmware.delivery.lookout import Lookout
from firmware.delivery.obstacles import halting
from firmware.delivery.outcomes import COMPLETED_EARLY, WHOLE_DOCUMENT, Missing
from firmware.delivery.pace import Pace
from firmware.delivery.records import Entry
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError, PrinterRefusedError
from hal.ports.printer import JobState, JobStatus, Printer, PrinterState

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.25, 2.0, 1.5
PATIENCE = 120.0
"""Seconds without a sign of work on the job after which its end is taken to be unknowable."""
CANCEL_PATIENCE = 25.0
"""The same after we asked for an end: somebody stands there and waits for the answer."""
INCOMING_PATIENCE = 20.0
"""The same while the printer waits for the rest of a document that will not come."""
WIND_DOWN = 20.0
"""Seconds that a printer may go on working after it said completed of our job, and counted all of it, before that is
another's job, or its fan."""
INCOMING = "job-incoming"
"""RFC 8011 5.3.8: the printer is still waiting for document data."""
GONE = (0x0406, 0x0407)
"""IPP statuses client-error-not-found and client-error-gone (RFC 8011 B.1.4): the printer has forgotten the job."""
AT_WORK = frozenset({JobState.PROCESSING, JobState.STOPPED})
WAITING_ITS_TURN = frozenset({JobState.PENDING, JobState.HELD})


class Watch:
    """One printer under observation. `cancel` is set once the person asked to stop; `heard` is told each word about
    the job; `quirks` are what is known of the printer's words; `pace`, of how fast it can be."""

    def __init__(
        self,
        printer: Printer,
        clock: Clock,
        lookout: Lookout,
        cancel: asyncio.Event,
        *,
        heard: Callable[[JobStatus], None] = lambda _status: None,
        quirks: frozenset[str] = frozenset(),
        pace: Pace | None = None,
    ) -> None:
        self._printer = printer
        self._clock = clock
        self._lookout = lookout
        self._cancel = cancel
        self._heard = heard
        self._quirks = quirks
        self._pace = pace
        self.is_too_soon = False
        """Whether what it said last was completed, sooner than it can have printed."""
        self._was_too_soon = False
        self._completed_at: float | None = None
        self.seen = 0
        """The most impressions that the printer ever said of the job."""

    async def until_final(
        self, entry: Entry, *, whole: bool, cancel: bool, extent: Extent = WHOLE_DOCUMENT
    ) -> JobStatus | Missing:
        """The final state of the entry's job; `SILENT` also when the printer gave no sign of work on it for too long.
        While it works or waits for a person there is no deadline; one that is `whole` may also wait its turn, but not
        for a document that it has. With `cancel` its end is asked for at once: what is missing will never come."""
        working = AT_WORK | WAITING_ITS_TURN if whole else AT_WORK
        self._completed_at = None
        ending, is_stuck, pause, since = False, False, FIRST_PAUSE, self._clock.monotonic()
        while True:
            status = await self.ask(entry)
            if status is Missing.FORGOTTEN:
                return status
            if isinstance(status, JobStatus):
                self.seen = max(self.seen, status.impressions or 0)
                self._heard(status)
                is_early = await self._is_early(status, extent, ending=ending)
                if status.state.final and not is_early:
                    return status
                is_stuck = status.state in WAITING_ITS_TURN and INCOMING in status.reasons
                if ((status.state in working and not is_stuck) or is_early) and not ending:
                    since = self._clock.monotonic()
                if not status.state.final:
                    await self._lookout.look()
            has_given_up = self._clock.monotonic() - since >= self._patience(status, whole=whole, ending=ending)
            wants_end = cancel or self._cancel.is_set() or (has_given_up and (is_stuck or not whole))
            if isinstance(status, JobStatus) and wants_end and not ending:
                ending, since = True, self._clock.monotonic()
                await self._end(status.job_id)
            elif has_given_up:
                return Missing.SILENT
            await self._nap(pause)
            pause = min(pause * GROWTH, LONGEST_PAUSE)

    async def _is_early(self, status: JobStatus, extent: Extent, *, ending: bool) -> bool:
        """Whether a printer says completed while it is still at it, or waits for a person. One whose counting does not
        bear it out, that cannot have been so fast, or that is known for it, is believed once it rests; any other after
        a while, too, unless it has stopped: then what stopped it may well have been this job."""
        if status.state is not JobState.COMPLETED:
            return False
        self.is_too_soon = self._pace is not None and self._pace.is_beyond(status, extent)
        is_awaited = not ending and not self._cancel.is_set()
        self._was_too_soon |= self.is_too_soon
        is_unlikely = self._was_too_soon or extent.is_short(status)
        is_doubted = COMPLETED_EARLY in self._quirks or (is_awaited and is_unlikely)
        if not (is_doubted or is_awaited):
            return False
        seen = await self._lookout.look()
        if seen is None:
            return False
        if is_doubted:
            return seen.state is PrinterState.PROCESSING or bool(halting(seen))
        if seen.state is PrinterState.STOPPED:
            self._completed_at = None  # what it stopped at comes after that
            return True
        return seen.state is PrinterState.PROCESSING and self._winds_down()

    def _winds_down(self) -> bool:
        """Whether it said completed only lately."""
        now = self._clock.monotonic()
        self._completed_at = now if self._completed_at is None else self._completed_at
        return now - self._completed_at < WIND_DOWN

    def _patience(self, status: JobStatus | Missing, *, whole: bool, ending: bool) -> float:
        if ending or self._cancel.is_set():
            return CANCEL_PATIENCE
        is_waiting_for_more = isinstance(status, JobStatus) and INCOMING in status.reasons and not whole
        return INCOMING_PATIENCE if is_waiting_for_more else PATIENCE

    async def withdraw(self, entry: Entry) -> None:
        """Take back a job that has no document, as far as the printer lets us: no paper can come of it."""
        status = await self.ask(entry)
        if isinstance(status, JobStatus) and not status.state.final:
            await self._end(status.job_id)

    async def ask(self, entry: Entry) -> JobStatus | Missing:
        """What the printer says of the entry's job: the one with its id, its job-uuid and its name. A job of another
        uuid or name under that id is not ours, since ids start again after some printers' power cut; then, and where
        the id was never learnt, it is looked for by its name."""
        try:
            status = await self._by_id(entry) or await self._by_name(entry)
        except DeviceError:
            return Missing.SILENT
        return status if status is not None and _is_ours(status, entry) else Missing.FORGOTTEN

    async def _by_id(self, entry: Entry) -> JobStatus | None:
        if entry.printer_job is None:
            return None
        try:
            status = await self._printer.job_status(entry.printer_job)
        except PrinterRefusedError as exc:
            if exc.status in GONE:
                return None
            raise
        return status if _is_ours(status, entry) else None

    async def _by_name(self, entry: Entry) -> JobStatus | None:
        try:
            return await self._printer.find_job(entry.job_name)
        except PrinterRefusedError:
            return None  # one that lists no jobs

    async def _nap(self, seconds: float) -> None:
        """Until the next question: when the printer has news where it tells any, at once when the person asks for an
        end, which may save them a page."""
        if self._cancel.is_set():
            await self._printer.next_change(seconds)
            return
        with suppress(DeliveryError):
            await guarded(self._printer.next_change(seconds), canceled(self._cancel))

    async def _end(self, job_id: int) -> None:
        with suppress(DeviceError):  # the honest result is what the next status says
            await self._printer.cancel_job(job_id)


def _is_ours(status: JobStatus, entry: Entry) -> bool:
    """By what the printer says of it. One that gave ours a uuid, and now says neither that nor a name, hides another's:
    after its power cut that may be the job of our number."""
    is_same = not entry.printer_uuid or (status.uuid in ("", entry.printer_uuid) and bool(status.uuid or status.name))
    return is_same and status.name in ("", entry.job_name)
