"""A network printer over IPPS (RFC 7472, RFC 8011): Create-Job, Send-Document, and what it says of itself."""

from contextlib import suppress
from functools import partial

from hal.drivers import printer_address
from hal.drivers.context import DriverContext
from hal.drivers.ipp_transport import IppTransport
from hal.drivers.ipp_upload import Undoing, Upload
from hal.drivers.ipp_words import Requests, read_capabilities, read_created, read_job, read_named, read_printer
from hal.drivers.printer_address import PrinterAddress
from hal.framing.document import CountedDocument
from hal.framing.ipp import IppStatus
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
        self._capabilities: Capabilities | None = None

    async def status(self) -> PrinterStatus:
        """Get-Printer-Attributes."""
        return await self._transport.ask(self._requests.printer_attributes(), read_printer)

    async def capabilities(self) -> Capabilities:
        """Get-Printer-Attributes."""
        if self._capabilities is None:
            self._capabilities = await self._transport.ask(self._requests.capabilities(), read_capabilities)
        return self._capabilities

    async def next_change(self, seconds: float) -> None:
        """Only waits."""
        await self._clock.sleep(seconds)

    async def find_job(self, name: str) -> JobStatus | None:
        """Get-Jobs."""
        return await self._transport.ask(self._requests.jobs(), partial(read_named, name=name))

    async def identify(self) -> None:
        """Identify-Printer."""
        await self._transport.ask(self._requests.identify(), lambda _: None)

    async def aclose(self) -> None:
        """The kept connection goes."""
        self._transport.close()

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
