"""The machine inside the printer twin: jobs, pages and paper, as facts of time. What it claims is kept apart.

Nothing runs between two calls: each call first plays what happened since the last one, so the same calls at the
same times give the same sheets, on a virtual clock or a real one.
"""

from dataclasses import dataclass, field

from hal.ports.clock import Clock
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import Capabilities, JobState, JobStatus, JobTicket, PrinterState, PrinterStatus
from hal.sim.printer_faults import Condition, CutLeaves, Faults
from hal.sim.printer_pages import PageCounter

FORMATS = ("application/pdf", "application/postscript", "image/pwg-raster", "image/jpeg", "text/plain")
NOT_POSSIBLE, NOT_FOUND, FORMAT_NOT_SUPPORTED, NOT_ACCEPTING, BUSY = 0x0404, 0x0406, 0x040A, 0x0506, 0x0507
DONE = "job-completed-successfully"
INCOMING = "job-incoming"


@dataclass(frozen=True, slots=True)
class Impression:
    """One side of paper that came out, at `at` seconds of the clock."""

    job_id: int
    job_name: str
    page: int
    at: float


@dataclass(slots=True)
class Job:
    """One job. `state` and `reasons` are what the printer claims; `printed` is what came out of it."""

    job_id: int
    ticket: JobTicket
    state: JobState = JobState.HELD
    reasons: tuple[str, ...] = (INCOMING,)
    received: int = 0
    whole: bool = False
    stuck: bool = False
    pages: int = 0
    printed: int = 0

    @property
    def impressions(self) -> int:
        """What it has to print in all."""
        return self.pages * self.ticket.copies

    def claim(self, state: JobState, *reasons: str) -> None:
        self.state, self.reasons = state, reasons


@dataclass(slots=True)
class PrinterEngine:
    """`device` names it in errors; a page takes `page_seconds`; `pages` tells it what its guesses would not."""

    device: str
    clock: Clock
    page_seconds: float = 2.0
    formats: tuple[str, ...] = FORMATS
    pages: int | None = None
    faults: Faults = field(default_factory=Faults)
    conditions: set[Condition] = field(default_factory=set)
    jobs: dict[int, Job] = field(default_factory=dict)
    tray: list[Impression] = field(default_factory=list)
    _queue: list[Job] = field(default_factory=list)
    _due: float = 0.0

    def play(self) -> None:
        """Let happen what happened since the last call."""
        now = self.clock.monotonic()
        while self._queue and not self.conditions and self._due <= now:
            self._page(self._queue[0], self._due)

    def put(self, condition: Condition) -> None:
        """Something goes wrong now."""
        self.play()
        self.conditions.add(condition)

    def mend(self, condition: Condition) -> None:
        """A person puts it right now; the page in question is made again."""
        self.play()
        self.conditions.discard(condition)
        self._due = self.clock.monotonic() + self.page_seconds

    def power_off(self) -> None:
        """It stops where it is and forgets its jobs, and their ids start again."""
        self.play()
        self._queue.clear()
        self.jobs.clear()

    def status(self, name: str, uuid: str) -> PrinterStatus:
        self.play()
        state = PrinterState.PROCESSING if self._queue else PrinterState.IDLE
        reasons = tuple(sorted(condition.value for condition in self.conditions))
        accepting = not self.faults.busy
        return PrinterStatus(PrinterState.STOPPED if reasons else state, reasons, accepting, name, uuid)

    def capabilities(self) -> Capabilities:
        """What it can do, copies and page ranges included."""
        return Capabilities(self.formats, page_ranges=True)

    def create(self, ticket: JobTicket) -> Job:
        """Raises `PrinterRefusedError` 0x0507 while busy."""
        self.play()
        if self.faults.busy:
            raise PrinterRefusedError(self.device, "busy", BUSY)
        job = Job(max(self.jobs, default=0) + 1, ticket)
        self.jobs[job.job_id] = job
        return job

    def begin(self, job_id: int, format: str) -> Job:
        """A document for the job is announced. Raises `PrinterRefusedError` 0x0406, 0x0404, 0x040A."""
        job = self.find(job_id)
        if job.reasons != (INCOMING,) or job.received or job.stuck:
            raise PrinterRefusedError(self.device, "has its document", NOT_POSSIBLE)
        if format not in self.formats or format in self.faults.refused_formats:
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
            return
        self._enqueue(job)

    def cut(self, job: Job, counter: PageCounter) -> None:
        """The document broke off; `faults.cut_leaves` says what the printer makes of that."""
        self.play()
        job.pages = counter.pages
        if job.state.final or self.jobs.get(job.job_id) is not job:
            return
        if self.faults.cut_leaves is CutLeaves.INCOMING:
            job.stuck = True
        elif self.faults.cut_leaves is CutLeaves.ABORTED:
            job.claim(JobState.ABORTED, "aborted-by-system")
        else:
            self._enqueue(job)

    def report(self, job_id: int) -> JobStatus:
        """What it says of a job. Raises `PrinterRefusedError` 0x0406."""
        job = self.find(job_id)
        state, reasons = job.state, job.reasons
        if job is self._printing and state is JobState.PROCESSING and self.conditions:
            state, reasons = JobState.STOPPED, ("printer-stopped",)
        claimed = job.impressions if state is JobState.COMPLETED else job.printed
        return JobStatus(job_id, state, reasons, claimed, job.ticket.name)

    def cancel(self, job_id: int) -> None:
        """Raises `PrinterRefusedError` 0x0406, and 0x0404 when it is over. What came out stays out."""
        job = self.find(job_id)
        if job.stuck:
            return
        if job.state.final:
            raise PrinterRefusedError(self.device, "is over", NOT_POSSIBLE)
        job.claim(JobState.CANCELED, "job-canceled-by-user")
        self._leave(job, self.clock.monotonic())

    def find(self, job_id: int) -> Job:
        """The job as it is now. Raises `PrinterRefusedError` 0x0406."""
        self.play()
        if job_id not in self.jobs:
            raise PrinterRefusedError(self.device, f"no job {job_id}", NOT_FOUND)
        return self.jobs[job_id]

    @property
    def _printing(self) -> Job | None:
        return self._queue[0] if self._queue else None

    def _enqueue(self, job: Job) -> None:
        job.claim(JobState.PENDING)
        if self.faults.lies_completed or self.faults.drops_document:
            job.claim(JobState.COMPLETED, DONE)
        if self.faults.drops_document:
            return
        self._queue.append(job)
        if len(self._queue) == 1:
            self._start(job, self.clock.monotonic() + self.faults.warm_up)
        self.play()

    def _start(self, job: Job, at: float) -> None:
        self._due = at + self.page_seconds
        if not job.state.final:
            job.claim(JobState.PROCESSING, "job-printing")

    def _page(self, job: Job, at: float) -> None:
        if self.faults.jam_at_page == job.printed + 1:
            self.faults.jam_at_page = None
            self.conditions.add(Condition.JAM)
            return
        job.printed += 1
        self._due = at + self.page_seconds
        self.tray.append(Impression(job.job_id, job.ticket.name, (job.printed - 1) % job.pages + 1, at))
        if job.printed == job.impressions:
            job.claim(JobState.COMPLETED, DONE)
            self._leave(job, at)

    def _leave(self, job: Job, at: float) -> None:
        if job not in self._queue:
            return
        first = job is self._printing
        self._queue.remove(job)
        if first and self._queue:
            self._start(self._queue[0], at)
