"""A network printer over IPPS (RFC 7472, RFC 8011): Create-Job, Send-Document, and what it says of itself."""

from contextlib import suppress
from dataclasses import replace
from functools import partial

from hal.drivers import printer_address
from hal.drivers.context import DriverContext
from hal.drivers.ipp_capabilities import Stamp, read_capabilities, read_stamp
from hal.drivers.ipp_news import IppNews
from hal.drivers.ipp_notices import NoticeRequests
from hal.drivers.ipp_transport import IppTransport
from hal.drivers.ipp_upload import Undoing, Upload
from hal.drivers.ipp_words import Requests, read_created, read_job, read_named, read_printer
from hal.drivers.printer_address import PrinterAddress
from hal.drivers.thread_workers import ThreadWorkers
from hal.framing.document import CountedDocument
from hal.framing.ipp import IppStatus, Message
from hal.ports.errors import DeviceError, PrinterRefusedError
from hal.ports.printer import Capabilities, CreatedJob, Document, JobStatus, JobTicket, Printer, PrinterStatus

BUSY_WAITS = (0.1, 0.2, 0.4, 0.8, 1.5, 2.0, 2.0, 3.0, 5.0, 5.0)
"""Seconds between tries of Create-Job while the printer says that it is busy: many take one job at a time."""


def open(uri: str, context: DriverContext) -> Printer:
    """The printer at `uri` (see `printer_address`); nothing is sent yet. Raises `DeviceConfigError`."""
    return IppPrinter(printer_address.parse(uri), context)


class IppPrinter:
    """The printer port over IPP. Requests may overlap: each has a connection of its own."""

    def __init__(self, address: PrinterAddress, context: DriverContext) -> None:
        self._transport = IppTransport(address, context)
        self._requests = Requests(address.uri)
        self._clock = context.clock
        self._known: tuple[Stamp, Capabilities] | None = None
        self._listener = ThreadWorkers(1)  # a printer may hold an answer back: not with a thread that others need
        hearing = IppTransport(address, replace(context, workers=self._listener))
        self._news = IppNews(hearing, NoticeRequests(address.uri), context.clock, self._changed)

    async def status(self) -> PrinterStatus:
        """Get-Printer-Attributes. It tells by the way whether what we know of its capabilities still holds."""
        status, stamp = await self._transport.ask(self._requests.printer_attributes(), _read_status)
        if self._known is not None and self._known[0] != stamp:
            self._changed()
        return status

    async def capabilities(self) -> Capabilities:
        """Get-Printer-Attributes, once for each configuration of the printer."""
        known = self._known
        if known is None:
            known = self._known = await self._transport.ask(self._requests.capabilities(), _read_known)
        return known[1]

    def _changed(self) -> None:
        self._known = None

    async def next_change(self, seconds: float) -> None:
        """By a subscription (RFC 3996) where the printer takes one."""
        await self._news.next_change(seconds)

    async def find_job(self, name: str) -> JobStatus | None:
        """Get-Jobs: ours first, then everybody's, for a printer may know us by another name or not at all. A job moves
        only from those that are not over to those that are, so none slips through in between."""
        with suppress(PrinterRefusedError):  # it does not know my-jobs; a refusal of Get-Jobs itself comes again
            found = await self._find(name, mine=True)
            if found is not None:
                return found
        return await self._find(name, mine=False)

    async def _find(self, name: str, *, mine: bool) -> JobStatus | None:
        for which in ("not-completed", "completed"):
            request = self._requests.jobs(which, mine=mine)
            found = await self._transport.ask(request, partial(read_named, name=name))
            if found is not None:
                return found
        return None

    async def identify(self) -> None:
        """Identify-Printer."""
        await self._transport.ask(self._requests.identify(), lambda _: None)

    async def aclose(self) -> None:
        """The subscription and all connections go, for good; what is under way is broken off."""
        self._transport.close()
        try:
            await self._news.aclose()
        finally:
            self._listener.close()

    async def create_job(self, ticket: JobTicket) -> CreatedJob:
        """Create-Job; asked again for up to 20 s while the printer is busy with the job before."""
        with self._transport.understanding():
            request = self._requests.create_job(ticket)
        for wait in BUSY_WAITS:
            try:
                return await self._transport.ask(request, read_created, repeatable=False)
            except PrinterRefusedError as exc:
                if exc.status != IppStatus.ERROR_BUSY:
                    raise
            await self._clock.sleep(wait)
        return await self._transport.ask(request, read_created, repeatable=False)

    async def send_document(self, job_id: int, ticket: JobTicket, document: Document) -> None:
        """Send-Document, with Content-Length when the ticket says the size, chunked when not."""
        with self._transport.understanding():
            request = self._requests.send_document(job_id, ticket)
        counted = CountedDocument(self._transport.device, document, ticket.size)
        cancel = partial(self._cancel_quietly, job_id)
        async with Undoing(cancel):
            first = await counted.next()
        await self._transport.introduce(self._requests.printer_attributes())
        connection = await self._transport.open()
        await Upload(self._transport, connection, cancel).run(request, first, counted)

    async def job_status(self, job_id: int) -> JobStatus:
        """Get-Job-Attributes."""
        return await self._transport.ask(self._requests.job_attributes(job_id), partial(read_job, job_id=job_id))

    async def cancel_job(self, job_id: int) -> None:
        """Cancel-Job."""
        await self._transport.ask(self._requests.cancel_job(job_id), lambda _: None)

    async def _cancel_quietly(self, job_id: int) -> None:
        """While another error is on its way up, which says more than that the cancelling failed too."""
        with suppress(DeviceError):
            await self.cancel_job(job_id)


def _read_status(message: Message) -> tuple[PrinterStatus, Stamp]:
    return read_printer(message), read_stamp(message)


def _read_known(message: Message) -> tuple[Stamp, Capabilities]:
    return read_stamp(message), read_capabilities(message)
