"""The printer twin: the port in memory, with a body that makes sheets, and with faults."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from hal.framing.document import CountedDocument
from hal.ports.clock import Clock
from hal.ports.errors import (
    DeviceError,
    OutcomeUnknownError,
    PrinterProtocolError,
    PrinterUnreachableError,
    PrinterUntrustedError,
)
from hal.ports.printer import Capabilities, CreatedJob, Document, JobStatus, JobTicket, PrinterStatus
from hal.ports.random_source import RandomSource
from hal.sim.printer_engine import Impression, Job, PrinterEngine
from hal.sim.printer_faults import Answers, Faults
from hal.sim.printer_intake import CutOffError, Delivery, Intake, Sink

SILENCE, DOCUMENT_SILENCE = 15.0, 300.0
"""Seconds after which the real driver gives up on an answer."""


class SimPrinter:
    """`deliveries` and `sheets()` are physical facts; what the port's methods say is what the printer claims.

    `latency` is in seconds, for every answer and every chunk; `page_seconds` for every page.
    """

    def __init__(
        self,
        clock: Clock,
        random: RandomSource,
        *,
        name: str = "printer-1",
        page_seconds: float = 2.0,
        latency: float = 0.005,
        sink: Sink | None = None,
    ) -> None:
        self.name = name
        self.uuid = UUID(bytes=random.token(16), version=4).urn
        self.engine = PrinterEngine(name, clock, page_seconds)
        self.deliveries: list[Delivery] = []
        self._clock = clock
        self._latency = latency
        self._sink = sink
        self.on = True

    @property
    def faults(self) -> Faults:
        """What it does wrong; fields may be set at any time."""
        return self.engine.faults

    def sheets(self) -> list[Impression]:
        """The sides of paper in the output tray by now, oldest first."""
        self.engine.play()
        return self.engine.tray

    def switch(self, *, on: bool) -> None:
        """The power switch. Off forgets every job."""
        if self.on and not on:
            self.engine.power_off()
        self.on = on

    def intake(self, job: Job, format: str) -> Intake:
        """A document begins to arrive for a job that `engine.begin` let in."""
        delivery = Delivery(job.job_id, job.ticket.name, format)
        self.deliveries.append(delivery)
        return Intake(self.engine, job, delivery, self._sink)

    async def status(self) -> PrinterStatus:
        """Get-Printer-Attributes."""
        await self._answered()
        return self.engine.status(self.name, self.uuid)

    async def capabilities(self) -> Capabilities:
        """Get-Printer-Attributes."""
        await self._answered()
        return self.engine.capabilities()

    async def next_change(self, seconds: float) -> None:
        """It tells nothing of itself."""
        await self._clock.sleep(seconds)

    async def find_job(self, name: str) -> JobStatus | None:
        """Get-Jobs."""
        await self._answered()
        found = (job_id for job_id, job in self.engine.jobs.items() if job.ticket.name == name)
        job_id = next(found, None)
        return None if job_id is None else self.engine.report(job_id)

    async def identify(self) -> None:
        """Identify-Printer."""
        await self._answered()

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    async def create_job(self, ticket: JobTicket) -> CreatedJob:
        """Create-Job."""
        await self._reached()
        job_id = self.engine.create(ticket).job_id
        await self._answered()
        return CreatedJob(job_id)

    async def send_document(self, job_id: int, ticket: JobTicket, document: Document) -> None:
        """Send-Document."""
        source = CountedDocument(self.name, document, ticket.size)
        with self._forgetting(job_id):
            chunk = await source.next()
        await self._reached()
        intake = self.intake(self.engine.begin(job_id, ticket.format), ticket.format)
        try:
            while chunk:
                await self._take(intake, chunk)
                with self._forgetting(job_id, intake):
                    chunk = await source.next()
            await self._clock.sleep(self._latency)
            if not self.on:
                raise OutcomeUnknownError(self.name, "switched off")
            intake.end()
        finally:
            intake.break_off()
        await self._answer_to_document()

    async def job_status(self, job_id: int) -> JobStatus:
        """Get-Job-Attributes."""
        await self._answered()
        return self.engine.report(job_id)

    async def cancel_job(self, job_id: int) -> None:
        """Cancel-Job."""
        await self._reached()
        self.engine.cancel(job_id)
        await self._answered()

    async def _take(self, intake: Intake, chunk: bytes) -> None:
        await self._clock.sleep(self._latency)
        try:
            intake.feed(chunk)
        except CutOffError as exc:
            raise OutcomeUnknownError(self.name, str(exc)) from exc

    @contextmanager
    def _forgetting(self, job_id: int, intake: Intake | None = None) -> Iterator[None]:
        """Where the document's source fails: the transfer is broken off first and the job cancelled."""
        try:
            yield
        except BaseException as exc:
            if intake is not None:
                intake.break_off()
            if isinstance(exc, Exception):
                self._cancel_quietly(job_id)
            raise

    def _cancel_quietly(self, job_id: int) -> None:
        with suppress(DeviceError):
            self.engine.cancel(job_id)

    async def _reached(self) -> None:
        await self._clock.sleep(self._latency)
        if not self.on:
            raise PrinterUnreachableError(self.name, "switched off")
        if self.faults.untrusted:
            raise PrinterUntrustedError(self.name, "another key")

    async def _answered(self) -> None:
        await self._reached()
        match self.faults.answers:
            case Answers.MALFORMED | Answers.OVERSIZED | Answers.HTML as answers:
                raise PrinterProtocolError(self.name, answers.value)
            case Answers.SILENT:
                await self._clock.sleep(SILENCE)
                raise PrinterUnreachableError(self.name, "silent")
            case Answers.CUT:
                raise PrinterUnreachableError(self.name, "closed without an answer")

    async def _answer_to_document(self) -> None:
        answer = self.faults.to_document
        if answer is Answers.SILENT:
            await self._clock.sleep(DOCUMENT_SILENCE)
        if answer is not Answers.GOOD:
            raise OutcomeUnknownError(self.name, f"{answer.value} answer")
