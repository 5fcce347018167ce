"""What the served twin does for each IPP operation about the printer and its jobs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice

from hal.framing.ipp import IppOperation, IppStatus
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import JobTicket
from hal.sim.ipp_answers import (
    JOB_GROUP,
    PRINTER_GROUP,
    UNSUPPORTED_GROUP,
    Groups,
    check,
    job_attributes,
    only_requested,
    ticket_of,
    unsupported,
)
from hal.sim.ipp_body import Body, format_of
from hal.sim.ipp_description import printer_attributes
from hal.sim.ipp_events import EventOperations
from hal.sim.ipp_message import Attr, Request
from hal.sim.printer import SimPrinter
from hal.sim.printer_abilities import capabilities
from hal.sim.printer_faults import Ability
from hal.sim.printer_jobs import INCOMING, Job

Performer = Callable[[Request, Body], Awaitable[Groups]]
SUMMARY = ("job-id", "job-uri")
"""RFC 8011 4.2.6.1: what Get-Jobs tells unless asked for more."""
UNSTATED = "application/octet-stream"
OF_ONE_JOB = {"job-id", "job-uri", "job-state", "job-state-reasons", "job-state-message", "job-uuid"}


class Operations:
    """`uri` is the printer-uri; `reading` is cleared to stop taking a document's bytes."""

    def __init__(self, printer: SimPrinter, uri: str = "") -> None:
        self.printer = printer
        self.uri = uri
        self.reading = asyncio.Event()
        self.reading.set()
        self.events = EventOperations(printer, lambda: self.uri)
        self._performers: Mapping[int, Performer] = {
            IppOperation.PRINT_JOB: self._print,
            IppOperation.VALIDATE_JOB: self._validate,
            IppOperation.CREATE_JOB: self._create,
            IppOperation.SEND_DOCUMENT: self._send,
            IppOperation.CANCEL_JOB: self._cancel,
            IppOperation.GET_JOB_ATTRIBUTES: self._get_job,
            IppOperation.GET_JOBS: self._get_jobs,
            IppOperation.GET_PRINTER_ATTRIBUTES: self._get_printer,
            IppOperation.HOLD_JOB: self._hold,
            IppOperation.RELEASE_JOB: self._release,
            IppOperation.CANCEL_MY_JOBS: self._cancel_mine,
            IppOperation.CLOSE_JOB: self._close,
            IppOperation.IDENTIFY_PRINTER: self._identify,
        }

    async def perform(self, request: Request, body: Body) -> Groups:
        """The groups of a successful answer after the operation attributes. `body` is the document, where there is one.

        Raises `PrinterRefusedError`, `CutOffError`, `ValueError` for a request that makes no sense.
        """
        check(request, self.printer.name)
        performer = self._performers.get(request.code)
        if performer is not None:
            return await performer(request, body)
        if request.code not in self._event_operations:
            raise PrinterRefusedError(self.printer.name, "", IppStatus.ERROR_OPERATION_NOT_SUPPORTED)
        return await self.events.perform(request, self.job_id)

    @property
    def supported(self) -> tuple[IppOperation, ...]:
        """operations-supported."""
        return tuple(IppOperation(code) for code in (*self._performers, *self._event_operations))

    @property
    def _event_operations(self) -> tuple[int, ...]:
        return () if Ability.EVENTS in self.printer.faults.lacks else self.events.codes

    def job_id(self, request: Request) -> int:
        """The job a request is about. Raises `ValueError` where it names none."""
        number = request.value("job-id") or str(request.value("job-uri") or "").rpartition("/")[2]
        return int(number)

    async def _get_printer(self, request: Request, _body: Body) -> Groups:
        said = printer_attributes(self.printer, self.uri, self.supported)
        return [(PRINTER_GROUP, only_requested(request, said))]

    async def _validate(self, request: Request, _body: Body) -> Groups:
        ticket, ignored = self._ticket(request)
        if ticket.format not in self.printer.engine.takes and ticket.format != UNSTATED:
            raise PrinterRefusedError(self.printer.name, "", IppStatus.ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED)
        return ignored

    async def _create(self, request: Request, _body: Body) -> Groups:
        ticket, ignored = self._ticket(request)
        return [*ignored, self._opened(self._new(request, ticket))]

    async def _send(self, request: Request, body: Body) -> Groups:
        job = self.printer.engine.find(self.job_id(request))
        if request.value("last-document") is None:
            raise ValueError("last-document is missing")
        wanted = str(request.value("document-format") or job.ticket.format)
        await self._receive(job, wanted, body)
        return [self._opened(job)]

    async def _print(self, request: Request, body: Body) -> Groups:
        await self._validate(request, body)
        ticket, ignored = self._ticket(request)
        job = self._new(request, ticket)
        await self._receive(job, ticket.format, body)
        return [*ignored, self._opened(job)]

    async def _get_job(self, request: Request, _body: Body) -> Groups:
        job = self.printer.engine.find(self.job_id(request))
        return [(JOB_GROUP, only_requested(request, job_attributes(self.printer, job, self.uri)))]

    async def _get_jobs(self, request: Request, _body: Body) -> Groups:
        self.printer.engine.play()
        wanted = (job for job in self._in_order(request) if self._is_wanted(request, job))
        limit = request.value("limit")
        said = (job_attributes(self.printer, job, self.uri) for job in islice(wanted, limit))
        return [(JOB_GROUP, only_requested(request, one, SUMMARY)) for one in said]

    async def _cancel(self, request: Request, _body: Body) -> Groups:
        self.printer.engine.cancel(self.job_id(request))
        return []

    async def _cancel_mine(self, request: Request, _body: Body) -> Groups:
        named = request.values("job-ids") or tuple(self.printer.engine.jobs)
        for job_id in named:
            job = self.printer.engine.find(job_id)
            if job.user == self._user(request) and not job.state.final:
                self.printer.engine.cancel(job_id)
        return []

    async def _hold(self, request: Request, _body: Body) -> Groups:
        self.printer.engine.hold(self.job_id(request))
        return []

    async def _release(self, request: Request, _body: Body) -> Groups:
        self.printer.engine.release(self.job_id(request))
        return []

    async def _close(self, request: Request, _body: Body) -> Groups:
        """PWG 5100.11 5.1.1: a job that never got a document is over with that."""
        job = self.printer.engine.find(self.job_id(request))
        if INCOMING in job.reasons and not job.received:
            self.printer.engine.cancel(job.job_id)
        return []

    async def _identify(self, _request: Request, _body: Body) -> Groups:
        self.printer.identified += 1
        return []

    def _ticket(self, request: Request) -> tuple[JobTicket, Groups]:
        """What is asked for, and what of that is ignored. Raises `PrinterRefusedError` 0x040B where nothing may be."""
        can = capabilities(self.printer.engine)
        refused = unsupported(request, can)
        if refused and request.value("ipp-attribute-fidelity"):
            raise PrinterRefusedError(self.printer.name, "", IppStatus.ERROR_ATTRIBUTES_OR_VALUES)
        return ticket_of(request, can), [(UNSUPPORTED_GROUP, refused)] if refused else []

    def _new(self, request: Request, ticket: JobTicket) -> Job:
        held = request.value("job-hold-until", job=True) not in (None, "no-hold")
        return self.printer.engine.create(ticket, self._user(request), held=held)

    def _opened(self, job: Job) -> tuple[int, list[Attr]]:
        said = job_attributes(self.printer, job, self.uri)
        return JOB_GROUP, [one for one in said if one.name in OF_ONE_JOB]

    def _in_order(self, request: Request) -> list[Job]:
        """RFC 8011 4.2.6: those that are over, the latest first."""
        jobs = list(self.printer.engine.jobs.values())
        return jobs[::-1] if request.value("which-jobs") == "completed" else jobs

    def _is_wanted(self, request: Request, job: Job) -> bool:
        which = request.value("which-jobs") or "not-completed"
        if request.value("my-jobs") and job.user != self._user(request):
            return False
        if which in ("completed", "not-completed"):
            return job.state.final == (which == "completed")
        state = self.printer.engine.report(job.job_id).state
        return which in ("all", state.value)

    def _user(self, request: Request) -> str:
        return str(request.value("requesting-user-name") or "anonymous")

    async def _receive(self, job: Job, format: str, body: Body) -> None:
        chunks = body.chunks(self.reading)
        first = b""
        if format == UNSTATED:
            first = await anext(chunks, b"")
            format = format_of(first, self.printer.engine.takes)
        intake = self.printer.intake(self.printer.engine.begin(job.job_id, format), format)
        try:
            intake.feed(first)
            async for chunk in chunks:
                intake.feed(chunk)
            intake.end()
        finally:
            intake.break_off()
