"""A printer that needs a driver or a conversion: the port over a private cupsd and its filters, through pycups."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from hal.drivers.context import DriverContext
from hal.drivers.cups_address import NAME, CupsAddress, address_of
from hal.drivers.cups_config import QUEUE
from hal.drivers.cups_line import CupsError
from hal.drivers.cups_room import MARGIN, SHARE
from hal.drivers.cups_server import Server
from hal.drivers.cups_upload import Undoing, Upload, too_large
from hal.drivers.cups_words import CAPABILITIES, JOB, PRINTER, job_options, job_status, queue_capabilities, queue_status
from hal.framing.document import CountedDocument
from hal.ports.errors import DeviceError, PrinterRefusedError, PrinterUnreachableError
from hal.ports.printer import (
    Capabilities,
    CreatedJob,
    Document,
    JobState,
    JobStatus,
    JobTicket,
    PrinterState,
    PrinterStatus,
)

T = TypeVar("T")

NOT_FOUND, OPERATION_NOT_SUPPORTED = 0x0406, 0x0501
"""RFC 8011 appendix B."""
ABORTED = ("aborted-by-system",)


def open(uri: str, context: DriverContext) -> "CupsPrinter":
    """The printer behind a private cupsd, which is started at the first question. Raises `DeviceConfigError`."""
    return CupsPrinter(address_of(uri), context)


class CupsPrinter:
    """The printer port over cupsd. `completed` is the backend's word: with ipp the printer's own, with
    others that the last byte was taken."""

    def __init__(self, address: CupsAddress, context: DriverContext) -> None:
        self._address = address
        self._clock = context.clock
        # A number that no cupsd of this station is likely to have given: a job of one that died is never mistaken.
        self.server = Server(address, 1 + int.from_bytes(context.random.token(3), "big") * 64)
        self._capabilities: Capabilities | None = None
        self._failed: set[int] = set()
        self._cut: dict[int, str] = {}

    async def status(self) -> PrinterStatus:
        """Get-Printer-Attributes of the queue: its reasons are the device's, as its backend tells them. A stopped
        queue is started again: whatever stopped it, no later job is to wait for an administrator."""
        found = await self._queue_status()
        if found.state is PrinterState.STOPPED:
            await self._ask(lambda way: way.enablePrinter(QUEUE))
            found = await self._queue_status()
        return found

    async def capabilities(self) -> Capabilities:
        """Get-Printer-Attributes: what driver and filters make of the printer."""
        if self._capabilities is None:
            self._capabilities = await self._ask(
                lambda way: queue_capabilities(way.getPrinterAttributes(QUEUE, requested_attributes=CAPABILITIES))
            )
        return self._capabilities

    async def next_change(self, seconds: float) -> None:
        """Only waits: cupsd answers from memory, and is asked again."""
        await self._clock.sleep(seconds)

    async def create_job(self, ticket: JobTicket) -> CreatedJob:
        """Create-Job. Raises `SpoolTooSmallError` for a document that the spool does not take."""
        await self._check_size(ticket)
        await self.status()
        options = job_options(ticket)
        job_id = await self._ask(lambda way: int(way.createJob(QUEUE, ticket.name, options)))
        self.server.took(job_id)
        said = await self._ask(lambda way: way.getJobAttributes(job_id, requested_attributes=JOB))
        return CreatedJob(job_id, job_status(said, job_id).uuid)

    async def find_job(self, name: str) -> JobStatus | None:
        """Get-Jobs, those that are over too."""
        jobs = await self._ask(lambda way: way.getJobs(which_jobs="all", requested_attributes=JOB))
        found = [job_status(said, job_id) for job_id, said in jobs.items() if said.get("job-name") == name]
        return await self._judged(found[0]) if found and not self._is_lost(found[0]) else None

    async def send_document(self, job_id: int, ticket: JobTicket, document: Document) -> None:
        """Send-Document into the spool. The device gets the document afterwards, from there."""
        await self._check_size(ticket)
        counted = CountedDocument(NAME, document, ticket.size)
        cancel = partial(self._cancel_quietly, job_id)
        async with Undoing(cancel):
            first = await counted.next()
        await self.server.line()
        upload = Upload(self.server.another_line(), lambda: self.server.is_alive, self._limit(), cancel)
        try:
            await upload.run(job_id, ticket, first, counted)
        finally:
            if not upload.ending:
                self._cut[job_id] = ticket.name

    async def job_status(self, job_id: int) -> JobStatus:
        """Get-Job-Attributes. A job of a cupsd that died is not known any more; of one whose document had not come to
        its end by then nothing had left the spool, and nothing will."""
        try:
            said = await self._ask(lambda way: way.getJobAttributes(job_id, requested_attributes=JOB))
        except PrinterRefusedError as exc:
            if exc.status == NOT_FOUND and job_id in self._cut:
                return JobStatus(job_id, JobState.ABORTED, ABORTED, name=self._cut[job_id])
            raise
        status = job_status(said, job_id)
        if self._is_lost(status):
            raise PrinterRefusedError(NAME, "one of its programs was killed: nobody knows what came out", NOT_FOUND)
        return await self._judged(status)

    async def cancel_job(self, job_id: int) -> None:
        """Cancel-Job."""
        await self._ask(lambda way: way.cancelJob(job_id))

    async def identify(self) -> None:
        """CUPS has no way to pass that on."""
        raise PrinterRefusedError(NAME, "a printer behind CUPS cannot identify itself", OPERATION_NOT_SUPPORTED)

    async def aclose(self) -> None:
        """cupsd ends, and what it wrote goes."""
        await self.server.aclose()

    async def _judged(self, status: JobStatus) -> JobStatus:
        """Where a filter failed, cupsd puts the job aside as stopped, document and all, for somebody to start it
        anew. For us it is over: nobody will, and what its printer got was not the document."""
        if status.state is JobState.STOPPED:
            self._failed.add(status.job_id)
            await self._cancel_quietly(status.job_id)
        return replace(status, state=JobState.ABORTED, reasons=ABORTED) if status.job_id in self._failed else status

    def _is_lost(self, status: JobStatus) -> bool:
        return status.state is JobState.COMPLETED and self.server.lost_a_program(status.job_id)

    async def _queue_status(self) -> PrinterStatus:
        return await self._ask(lambda way: queue_status(way.getPrinterAttributes(QUEUE, requested_attributes=PRINTER)))

    def _limit(self) -> int:
        return min(self._address.spool, max(0, self.server.free() - MARGIN) // SHARE)

    async def _check_size(self, ticket: JobTicket) -> None:
        await self.server.line()
        if ticket.size is not None and ticket.size > self._limit():
            raise too_large(ticket.size, self._limit())

    async def _ask(self, call: Callable[[Any], T]) -> T:
        line = await self.server.line()
        try:
            return await line.ask(call)
        except CupsError as exc:
            if exc.is_answer and self.server.is_alive:
                raise exc.refused() from exc
            raise PrinterUnreachableError(NAME, str(exc)) from exc

    async def _cancel_quietly(self, job_id: int) -> None:
        with suppress(DeviceError):
            await self.cancel_job(job_id)
