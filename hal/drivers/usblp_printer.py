"""A printer at a cable without a job model (USB printer class 1.1), through the kernel's usblp: bytes go in,
and whether paper came of them nobody here can know."""

import asyncio
import errno
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from hal.drivers import usb_address, usb_devices
from hal.drivers.context import DriverContext
from hal.drivers.ipp_transport import describe
from hal.drivers.ipp_upload import Undoing
from hal.drivers.usb_address import UsbAddress
from hal.drivers.usblp_file import UsblpFile
from hal.drivers.usblp_jobs import Job, Jobs
from hal.drivers.usblp_words import read_identity, read_status
from hal.framing.document import CountedDocument
from hal.framing.ieee1284 import DeviceId, parse_device_id
from hal.ports.errors import DeviceConfigError, OutcomeUnknownError, PrinterRefusedError, PrinterUnreachableError
from hal.ports.printer import (
    Capabilities,
    CreatedJob,
    Document,
    JobState,
    JobStatus,
    JobTicket,
    Printer,
    PrinterStatus,
)

T = TypeVar("T")
NOT_POSSIBLE, NOT_FOUND, FORMAT_NOT_SUPPORTED, VALUES_NOT_SUPPORTED, NOT_SUPPORTED = (
    0x0404,
    0x0406,
    0x040A,
    0x040B,
    0x0501,
)
"""RFC 8011 B.1: as an IPP printer would say it."""
END_OF_JOB = b"\x1b%-12345X"
"""PJL's universal exit language: ends whatever was left unfinished."""


def open(uri: str, context: DriverContext) -> Printer:
    """The printer at `uri` (see `usb_address`); nothing is opened yet. Raises `DeviceConfigError`."""
    if not uri.lower().startswith("usblp:"):
        raise DeviceConfigError("printer", f"not a usblp: URI: {uri!r}")
    return UsblpPrinter(usb_address.parse(uri), context)


class UsblpPrinter:
    """The printer port over one device file. It is kept open from the first use until it is lost: its owner is this
    process. One document at a time."""

    def __init__(self, address: UsbAddress, context: DriverContext) -> None:
        self._address = address
        self._clock = context.clock
        self._workers = context.workers
        self._jobs = Jobs(context.random)
        self._file: UsblpFile | None = None
        self._identity = DeviceId()
        self._opening: asyncio.Task[UsblpFile] | None = None
        self._sending = asyncio.Lock()
        self._unfinished = True  # whoever had it before us may have been killed on the way
        self._closed = False

    async def status(self) -> PrinterStatus:
        """GET_PORT_STATUS."""
        return read_status(await self._ask(UsblpFile.status), self._identity, self._address)

    async def capabilities(self) -> Capabilities:
        """What its IEEE 1284 device ID lists."""
        await self._opened()
        return read_identity(self._identity)

    async def next_change(self, seconds: float) -> None:
        """Only waits."""
        await self._clock.sleep(seconds)

    async def create_job(self, ticket: JobTicket) -> CreatedJob:
        """A number of our own; the printer hears nothing of it. It has to be there."""
        await self._ask(UsblpFile.status)
        return self._jobs.create(ticket)

    async def find_job(self, name: str) -> JobStatus | None:
        """Among those of this process that have no end yet."""
        return self._jobs.find(name)

    async def job_status(self, job_id: int) -> JobStatus:
        """What we know ourselves. Once the printer has the whole document, or it was broken off after its beginning,
        the job is forgotten (`PrinterRefusedError` 0x0406): nobody can say what became of it."""
        return self._job(job_id).status

    async def cancel_job(self, job_id: int) -> None:
        """Before its document: canceled. In the middle of it: broken off, and what the printer has, it may print."""
        job = self._job(job_id)
        if job.state is JobState.PROCESSING and self._file is not None:
            self._file.break_off()
        elif not job.state.final:
            job.state = JobState.CANCELED

    async def identify(self) -> None:
        """There is no such request."""
        raise PrinterRefusedError(self._address.name, "operation-not-supported", NOT_SUPPORTED)

    async def aclose(self) -> None:
        """The device file is let go, for good."""
        self._closed = True
        self._let_go()

    async def send_document(self, job_id: int, ticket: JobTicket, document: Document) -> None:
        """Write it, as fast as the printer takes it. `stall` seconds without a byte taken end it."""
        job = self._job(job_id)
        self._check(ticket, (await self.capabilities()).formats)
        counted = CountedDocument(self._address.name, document, ticket.size)
        async with Undoing(partial(self.cancel_job, job_id)):
            first = await counted.next()
        async with self._sending:
            if not job.state.final:
                await self._send(job, first, counted)
                return
        raise PrinterRefusedError(self._address.name, "the job was canceled", NOT_POSSIBLE)

    async def _send(self, job: Job, first: bytes, document: CountedDocument) -> None:
        file = await self._opened()
        job.state, chunk, begun = JobState.PROCESSING, first, False
        lead_in = END_OF_JOB if self._unfinished and self._identity.speaks_pjl else b""
        job.start = file.taken + len(lead_in)
        try:
            if lead_in:
                await self._put(job, file, partial(file.write, lead_in, self._address.stall))
            while chunk:
                self._unfinished = begun = True
                await self._put(job, file, partial(file.write, chunk, self._address.stall))
                chunk = await document.next()
            await self._put(job, file, partial(file.drain, self._address.stall))
        except PrinterUnreachableError:
            begun = False
            raise
        finally:
            self._end(job, begun=begun)
        self._unfinished = False

    def _end(self, job: Job, *, begun: bool) -> None:
        """Aborted is only what had not begun: of all else nobody can say what came out."""
        if begun:
            self._jobs.forget(job)
        elif job.state is JobState.PROCESSING:
            job.state = JobState.ABORTED

    async def _put(self, job: Job, file: UsblpFile, call: Callable[[], None]) -> None:
        """One step of the way; what goes wrong there in the port's words: after the first byte nobody knows what it
        came to."""
        try:
            await self._step(file, call)
        except OSError as exc:
            self._let_go()
            if file.taken <= job.start:
                raise PrinterUnreachableError(self._address.name, describe(exc)) from exc
            raise OutcomeUnknownError(self._address.name, describe(exc)) from exc

    def _check(self, ticket: JobTicket, formats: tuple[str, ...]) -> None:
        if ticket.format not in formats:
            raise PrinterRefusedError(
                self._address.name, "its device ID does not list the format", FORMAT_NOT_SUPPORTED
            )
        if ticket.copies != 1 or ticket.pages:
            raise PrinterRefusedError(self._address.name, "it takes a document as it is", VALUES_NOT_SUPPORTED)

    def _job(self, job_id: int) -> Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise PrinterRefusedError(self._address.name, "no such job", NOT_FOUND)
        return job

    async def _ask(self, call: Callable[[UsblpFile], T]) -> T:
        """One short question. A file whose device has gone is let go, and asked once more in its new place."""
        try:
            return await self._workers.run(partial(call, await self._opened()))
        except OSError as exc:
            self._lost(exc)
        try:
            return await self._workers.run(partial(call, await self._opened()))
        except OSError as exc:
            self._lost(exc)
            raise PrinterUnreachableError(self._address.name, describe(exc)) from exc

    def _lost(self, exc: OSError) -> None:
        """Let the file go; not under a document's feet, whose own way will show whether it is lost: a printer at work
        may leave a question unanswered."""
        if self._sending.locked():
            raise PrinterUnreachableError(self._address.name, describe(exc)) from exc
        self._let_go()

    async def _step(self, file: UsblpFile, call: Callable[[], None]) -> None:
        """Of a document, on a worker; when cancelled, the transfer is broken off and so the worker set free."""
        try:
            await self._workers.run(call)
        except asyncio.CancelledError:
            if file is self._file:
                self._let_go()
            raise

    async def _opened(self) -> UsblpFile:
        """One opening at a time, which outlives whoever began it and was cancelled: until it has ended, the device is
        nobody else's to open, not even ours."""
        if self._file is not None:
            return self._file
        self._check_open()
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> UsblpFile:
        file, self._identity = await self._workers.run(partial(_open, self._address))
        self._file = file
        self._check_open()
        return file

    def _check_open(self) -> None:
        if self._closed:
            self._let_go()
            raise PrinterUnreachableError(self._address.name, "this printer was let go of")

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


def _open(address: UsbAddress) -> tuple[UsblpFile, DeviceId]:
    """Find it, wherever it is now. Raises `PrinterUnreachableError`."""
    nodes = usb_devices.find(address).nodes
    if not nodes:
        said = "the kernel's usblp has not taken it: is the module loaded, or is it ipp-usb's or CUPS's"
        raise PrinterUnreachableError(address.name, said)
    try:
        file = UsblpFile(nodes[0])
    except BlockingIOError as exc:
        raise PrinterUnreachableError(address.name, "another program on this machine has it open") from exc
    except OSError as exc:
        raise PrinterUnreachableError(address.name, describe(exc)) from exc
    try:
        return file, parse_device_id(file.device_id())
    except OSError as exc:
        file.close()
        if exc.errno in (errno.ENODEV, errno.EIO):
            raise PrinterUnreachableError(address.name, describe(exc)) from exc
        raise PrinterUnreachableError(address.name, f"it gives no device ID: {describe(exc)}") from exc
