"""The printer twin's jobs: what is asked of it, and what it claims; `printer_body` is what really happens."""

from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, UUID, uuid5

from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import JobState, JobStatus, JobTicket, PrinterState, PrinterStatus
from hal.sim.printer_body import PrinterBody
from hal.sim.printer_faults import Ability, CutLeaves, PowerCut
from hal.sim.printer_jobs import DONE, HELD_BACK, INCOMING, Job
from hal.sim.printer_pages import PageCounter

FORMATS = ("application/pdf", "application/postscript", "image/pwg-raster", "image/jpeg", "text/plain")
NOT_POSSIBLE, NOT_FOUND, FORMAT_NOT_SUPPORTED, NOT_SUPPORTED, BUSY = 0x0404, 0x0406, 0x040A, 0x040B, 0x0507


@dataclass(slots=True)
class PrinterEngine(PrinterBody):
    """`device` names it in errors; `pages` tells it what its guesses would not; `namespace` makes its job-uuids."""

    device: str = "printer"
    formats: tuple[str, ...] = FORMATS
    pages: int | None = None
    jobs: dict[int, Job] = field(default_factory=dict)
    namespace: UUID = NAMESPACE_OID
    _numbered: int = 0
    _made: int = 0

    @property
    def takes(self) -> tuple[str, ...]:
        """The formats it lists."""
        if Ability.PDF not in self.faults.lacks:
            return self.formats
        return tuple(format for format in self.formats if format.startswith("image/"))

    def switch_off(self) -> None:
        """`faults.power_cut` says what becomes of its jobs."""
        self.power_off(forgets=self.faults.power_cut is not PowerCut.REMEMBERS)
        if self.faults.power_cut is PowerCut.REMEMBERS:
            return
        self._numbered = max(self.jobs, default=0) if self.faults.power_cut is PowerCut.NUMBERS_ON else 0
        self.jobs.clear()

    def status(self, name: str, uuid: str) -> PrinterStatus:
        self.play()
        state = PrinterState.PROCESSING if self._queue else PrinterState.IDLE
        reasons = {condition.value for condition in self.conditions} | self.faults.said
        if self.faults.sleeps and not self._queue:
            reasons.add("standby")
        elif self.clock.monotonic() < self._awake_at:
            reasons.add("resuming")
        accepting = not self.faults.busy
        return PrinterStatus(
            PrinterState.STOPPED if self.stopped else state, tuple(sorted(reasons)), accepting, name, uuid
        )

    def create(self, ticket: JobTicket, user: str = "", *, held: bool = False) -> Job:
        """Raises `PrinterRefusedError` 0x0507 while busy, 0x040B for a part of a document where it prints none."""
        self.play()
        unfinished = any(not job.state.final for job in self.jobs.values())
        if self.faults.busy or (self.faults.one_job and unfinished):
            raise PrinterRefusedError(self.device, "busy", BUSY)
        if ticket.pages and Ability.PAGE_RANGES in self.faults.lacks:
            raise PrinterRefusedError(self.device, "no page-ranges", NOT_SUPPORTED)
        job = self._new(ticket, user, held=held)
        self.jobs[job.job_id] = job
        self.changed()
        return job

    def begin(self, job_id: int, format: str) -> Job:
        """A document for the job is announced. Raises `PrinterRefusedError` 0x0406, 0x0404, 0x040A."""
        job = self.find(job_id)
        if INCOMING not in job.reasons or job.received or job.stuck:
            raise PrinterRefusedError(self.device, "has its document", NOT_POSSIBLE)
        if format not in self.takes or format in self.faults.refused_formats:
            raise PrinterRefusedError(self.device, f"no {format}", FORMAT_NOT_SUPPORTED)
        return job

    def finish(self, job: Job, counter: PageCounter) -> None:
        """The whole document is there."""
        self.play()
        if self.jobs.get(job.job_id) is not job:
            return  # switched off meanwhile
        job.whole, job.pages = True, self.pages or counter.pages
        if self.faults.stuck_incoming:
            job.stuck = True
        elif job.held_back and not job.state.final:
            job.claim(JobState.HELD, HELD_BACK)
        else:
            self._enqueue(job)
        self.changed()

    def cut(self, job: Job, counter: PageCounter) -> None:
        """The document broke off; `faults.cut_leaves` says what the printer makes of that."""
        self.play()
        job.pages = counter.pages
        if job.state.final or self.jobs.get(job.job_id) is not job:
            return
        if self.faults.cut_leaves is CutLeaves.INCOMING:
            job.stuck = True
        elif self.faults.cut_leaves is CutLeaves.ABORTED:
            self._end(job, JobState.ABORTED, "aborted-by-system")
        else:
            self._enqueue(job)
        self.changed()

    def report(self, job_id: int) -> JobStatus:
        """What it says of a job. Raises `PrinterRefusedError` 0x0406."""
        job = self.find(job_id)
        state, reasons = job.state, job.reasons
        if job is self._printing and state is JobState.PROCESSING and self.stopped:
            state, reasons = JobState.STOPPED, ("printer-stopped",)
        sides, sheets = job.claims(self.faults.counting)
        expected = job.impressions if job.pages else None
        return JobStatus(job_id, state, reasons, sides, job.ticket.name, job.uuid, sheets, expected)

    def cancel(self, job_id: int) -> None:
        """Raises `PrinterRefusedError` 0x0406, and 0x0404 when it is over. What came out stays out."""
        job = self.find(job_id)
        if job.stuck:
            return
        if job.state.final:
            raise PrinterRefusedError(self.device, "is over", NOT_POSSIBLE)
        if not self.faults.ignores_cancel:
            self._end(job, JobState.CANCELED, "job-canceled-by-user")
            self._leave(job, self.clock.monotonic())
            self.changed()

    def hold(self, job_id: int) -> None:
        """Hold-Job. Raises `PrinterRefusedError` 0x0406, and 0x0404 once it prints."""
        job = self.find(job_id)
        if job.state not in (JobState.PENDING, JobState.HELD) or job.stuck:
            raise PrinterRefusedError(self.device, "cannot be held any more", NOT_POSSIBLE)
        job.held_back = True
        self._leave(job, self.clock.monotonic())
        job.claim(JobState.HELD, *((INCOMING,) if INCOMING in job.reasons else ()), HELD_BACK)
        self.changed()

    def release(self, job_id: int) -> None:
        """Release-Job. Raises `PrinterRefusedError` 0x0406, and 0x0404 for a job that is not held."""
        job = self.find(job_id)
        if not job.held_back or job.state.final:
            raise PrinterRefusedError(self.device, "is not held", NOT_POSSIBLE)
        job.held_back = False
        if job.whole:
            self._enqueue(job)
        else:
            job.claim(JobState.HELD, INCOMING)
        self.changed()

    def find(self, job_id: int) -> Job:
        """The job as it is now. Raises `PrinterRefusedError` 0x0406."""
        self.play()
        if job_id not in self.jobs:
            raise PrinterRefusedError(self.device, f"no job {job_id}", NOT_FOUND)
        return self.jobs[job_id]

    def _enqueue(self, job: Job) -> None:
        job.select(page_ranges=not self.faults.ignores_page_ranges)
        if not job.selection:
            self._end(job, JobState.ABORTED, "document-unprintable-error")
            return
        job.claim(JobState.PENDING)
        if self.faults.lies_completed or self.faults.drops_document:
            self._end(job, JobState.COMPLETED, DONE)
        if self.faults.drops_document:
            return
        self._run(job)

    def _new(self, ticket: JobTicket, user: str, *, held: bool) -> Job:
        self._made += 1
        job = Job(max((*self.jobs, self._numbered)) + 1, ticket, user=user, held_back=held)
        job.reasons = (INCOMING, HELD_BACK) if held else (INCOMING,)
        job.created_at = self.clock.monotonic()
        lacks = self.faults.lacks
        job.uuid = "" if Ability.UUIDS in lacks else uuid5(self.namespace, str(self._made)).urn
        job.two_sided = ticket.sides.startswith("two-sided") and Ability.TWO_SIDED not in lacks
        job.copies = 1 if Ability.COPIES in lacks else None
        return job
