"""The printer twin: the port in memory, with a body that makes sheets, and with faults."""

import asyncio
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
from hal.sim.printer_abilities import capabilities
from hal.sim.printer_engine import PrinterEngine
from hal.sim.printer_faults import Ability, Answers, Faults
from hal.sim.printer_intake import CutOffError, Delivery, Intake, Sink
from hal.sim.printer_jobs import Job
from hal.sim.printer_paper import Impression, Sheet

SILENCE, DOCUMENT_SILENCE = 15.0, 300.0
"""Seconds after which the real driver gives up on an answer."""


class SimPrinter:
    """`deliveries` and `sheets()` are physical facts; what the port's methods say is what the printer claims.

    `identified` counts how often it showed which one it is, `power_cuts` how often it was switched off. `latency` is in
    seconds, for every answer and every chunk; `page_seconds` for every side of paper.
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
        identity = UUID(bytes=random.token(16), version=4)
        self.uuid = identity.urn
        self.engine = PrinterEngine(clock, page_seconds, device=name, namespace=identity)
        self.deliveries: list[Delivery] = []
        self._clock = clock
        self._latency = latency
        self._sink = sink
        self._heard = 0
        self.identified = 0
        self.power_cuts = 0
        self.on = True

    @property
    def faults(self) -> Faults:
        """What it does wrong; fields may be set at any time."""
        return self.engine.faults

    def sheets(self) -> list[Impression]:
        """The sides of paper in the output tray by now, oldest first."""
        self.engine.play()
        return self.engine.sides

    def stack(self) -> list[Sheet]:
        """The sheets of paper in the output tray by now, oldest first; a spoilt one is not among them."""
        self.engine.play()
        return self.engine.paper.out

    def spoilt(self) -> list[Sheet]:
        """The sheets that were pulled out of it."""
        self.engine.play()
        return self.engine.paper.spoilt

    def switch(self, *, on: bool) -> None:
        """The power switch. Off forgets every job, unless `faults.power_cut` says otherwise."""
        if self.on and not on:
            self.power_cuts += 1
            self.engine.switch_off()
        elif on and not self.on:
            self.engine.power_on()
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
        return capabilities(self.engine)

    async def next_change(self, seconds: float) -> None:
        """A change since the last time is told at once."""
        end = self._clock.monotonic() + seconds
        while (left := end - self._clock.monotonic()) > 0:
            if self._tells and self.engine.revision != self._heard:
                break
            await self.wait_for_change(left)
        self._heard = self.engine.revision

    async def find_job(self, name: str) -> JobStatus | None:
        """Get-Jobs."""
        await self._answered()
        found = (job_id for job_id, job in self.engine.jobs.items() if job.ticket.name == name)
        job_id = next(found, None)
        return None if job_id is None else self.engine.report(job_id)

    async def identify(self) -> None:
        """Identify-Printer."""
        await self._answered()
        self.identified += 1

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    async def create_job(self, ticket: JobTicket) -> CreatedJob:
        """Create-Job."""
        await self._reached()
        job = self.engine.create(ticket)
        await self._answered()
        return CreatedJob(job.job_id, job.uuid)

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

    @property
    def _tells(self) -> bool:
        return self.on and Ability.EVENTS not in self.faults.lacks

    async def wait_for_change(self, seconds: float) -> None:
        """Until the next sheet is due, somebody does something to it, or `seconds` are over."""
        due = self.engine.due_in
        news = asyncio.Event()
        tasks = [
            asyncio.ensure_future(self._clock.sleep(seconds if due is None else min(due, seconds))),
            asyncio.ensure_future(news.wait()),
        ]
        self.engine.watchers.add(news.set)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.engine.watchers.discard(news.set)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self.engine.play()

    async def _reached(self) -> None:
        await self._clock.sleep(self._latency + self.faults.slow)
        if not self.on:
            raise PrinterUnreachableError(self.name, "switched off")
        if self.faults.untrusted:
            raise PrinterUntrustedError(self.name, "another key")

    async def _answered(self) -> None:
        await self._reached()
        match self.faults.answers:
            case Answers.MALFORMED | Answers.OVERSIZED | Answers.ENDLESS | Answers.HTML as answers:
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
