"""The body of the printer twin: sheets come in their time, until something stops them. It knows nothing of requests.

Nothing runs between two calls: each call first plays what happened since the last one, so the same calls at the
same times give the same sheets, on a virtual clock or a real one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from hal.ports.clock import Clock
from hal.ports.printer import JobState
from hal.sim.printer_faults import Condition, Faults
from hal.sim.printer_jobs import DONE, Job
from hal.sim.printer_paper import Impression, Paper, Sheet


@dataclass(slots=True)
class PrinterBody:
    """A side takes `page_seconds`. `sides` and `paper` are physical facts. `watchers` are called when anything about it
    or a job has changed; `revision` counts those times. `configured_at` is when it was last made other
    than it was, `changed_at` when anything changed, in seconds of the clock."""

    clock: Clock
    page_seconds: float = 2.0
    faults: Faults = field(default_factory=Faults)
    conditions: set[Condition] = field(default_factory=set)
    sides: list[Impression] = field(default_factory=list)
    paper: Paper = field(default_factory=Paper)
    watchers: set[Callable[[], None]] = field(default_factory=set)
    revision: int = 0
    _queue: list[Job] = field(default_factory=list)
    _due: float = 0.0
    _awake_at: float = 0.0
    is_off: bool = False
    configured_at: float = 0.0
    changed_at: float = 0.0

    def play(self) -> None:
        """Let happen what happened since the last call."""
        now = self.clock.monotonic()
        while self._queue and not self.stopped and self._due <= now:
            self._sheet(self._queue[0], self._due)

    @property
    def pages_per_minute(self) -> int | None:
        """How fast it is, rounded up; None of one that takes no time."""
        return ceil(60 / self.page_seconds) if self.page_seconds else None

    @property
    def stopped(self) -> bool:
        """No paper moves."""
        return bool(self.conditions) or self.is_off or self.faults.stopping

    @property
    def due_in(self) -> float | None:
        """Seconds until the next sheet comes; None while none is to come by itself."""
        return max(0.0, self._due - self.clock.monotonic()) if self._queue and not self.stopped else None

    def put(self, condition: Condition) -> None:
        """Something goes wrong now."""
        self.play()
        self.conditions.add(condition)
        self.changed()

    def mend(self, condition: Condition) -> None:
        """A person puts it right now; the page in question is made again."""
        self.play()
        self.conditions.discard(condition)
        if condition is Condition.PAPER_OUT:
            self.paper.refill()
        elif condition is Condition.MEDIA_NEEDED and self._queue:
            self.paper.fill(1, None, self._queue[0].ticket.media)
        elif condition is Condition.OUTPUT_FULL:
            self.paper.room = None
        self._go_on()

    def say(self, reason: str) -> None:
        """It shows that reason from now on, true or not."""
        self.play()
        self.faults.said.add(reason)
        self.changed()

    def unsay(self, reason: str) -> None:
        self.play()
        self.faults.said.discard(reason)
        self._go_on()

    def behave(self) -> None:
        """No bad manners from now on; what is wrong with its body stays."""
        self.play()
        stood = self.faults.stopping
        self.faults = Faults()
        if stood:
            self._go_on()
        self.changed()

    def power_off(self, *, forgets: bool) -> None:
        """It stops where it is."""
        self.play()
        self.is_off = True
        if forgets:
            self._queue.clear()
        self.changed()

    def power_on(self) -> None:
        self.is_off = False
        self._go_on()

    def reconfigured(self) -> None:
        """What it can do, or what is in its trays, has changed."""
        self.configured_at = self.clock.monotonic()
        self.changed()

    def changed(self) -> None:
        """Tell whoever waits for it."""
        self.revision += 1
        self.changed_at = self.clock.monotonic()
        for tell in tuple(self.watchers):
            tell()

    @property
    def _printing(self) -> Job | None:
        return self._queue[0] if self._queue else None

    def _go_on(self) -> None:
        if self._queue:
            self._due = self.clock.monotonic() + self._seconds(self._queue[0])
        self.changed()

    def _seconds(self, job: Job) -> float:
        return self.page_seconds * len(job.next_pages)

    def _wake(self) -> None:
        self._awake_at = self.clock.monotonic() + self.faults.sleeps
        self.faults.sleeps = 0.0

    def _start(self, job: Job, at: float) -> None:
        self._due = at + self._seconds(job)
        job.started_at = at
        if not job.state.final:
            job.claim(JobState.PROCESSING, "job-printing")

    def _sheet(self, job: Job, at: float) -> None:
        """The next sheet is due: it comes out, or something stops it."""
        stop = self._obstacle(job)
        if stop is not None:
            self.conditions.add(stop)
        else:
            self._make(job, at)
        self.changed()

    def _obstacle(self, job: Job) -> Condition | None:
        media = job.ticket.media
        if not self.paper.has(media):
            return Condition.MEDIA_NEEDED
        if self.paper.tray(media) is None:
            return Condition.PAPER_OUT
        return Condition.OUTPUT_FULL if self.paper.room == 0 else None

    def _make(self, job: Job, at: float) -> None:
        sheet = self._next_sheet(job, at)
        jam = self.faults.jam_at_page
        jams = jam is not None and job.printed < jam <= job.printed + len(sheet.sides)
        if jams:
            self.faults.jam_at_page = None
            self.conditions.add(Condition.JAM)
            self.paper.spoilt.append(sheet)
        else:
            self.paper.drop(sheet)
            self.sides.extend(sheet.sides)
        if not jams or self.faults.jam_loses_page:
            self._count(job, sheet, at)

    def _next_sheet(self, job: Job, at: float) -> Sheet:
        pages = job.next_pages
        media = self.paper.draw(job.ticket.media)
        return Sheet(media, tuple(Impression(job.job_id, job.ticket.name, page, at) for page in pages))

    def _count(self, job: Job, sheet: Sheet, at: float) -> None:
        job.printed, job.sheets = job.printed + len(sheet.sides), job.sheets + 1
        if job.printed == job.impressions:
            self._end(job, JobState.COMPLETED, DONE, at=at)
            self._leave(job, at)
        else:
            self._due = at + self._seconds(job)

    def _end(self, job: Job, state: JobState, reason: str, *, at: float | None = None) -> None:
        if not job.state.final:
            job.claim(state, reason)
            job.ended_at = self.clock.monotonic() if at is None else at

    def _leave(self, job: Job, at: float) -> None:
        if job not in self._queue:
            return
        first = job is self._printing
        self._queue.remove(job)
        if first and self._queue:
            self._start(self._queue[0], at)

    def _run(self, job: Job) -> None:
        """It is the job's turn, now or after those before it."""
        self._queue.append(job)
        if len(self._queue) == 1:
            self._wake()
            self._start(job, self._awake_at + self.faults.warm_up)
        self.play()
