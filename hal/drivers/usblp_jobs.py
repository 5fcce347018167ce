"""Jobs of a printer that knows none: numbered, named and kept by ourselves while something is known of them."""

import uuid
from dataclasses import dataclass

from hal.ports.printer import CreatedJob, JobState, JobStatus, JobTicket
from hal.ports.random_source import RandomSource

MOST = 64
"""Jobs that are kept; the oldest goes first."""
HIGHEST = 1 << 31


@dataclass(slots=True)
class Job:
    """`state` is PENDING until its document comes, PROCESSING while it is written;
    `start` is how many bytes the device file has taken by its first."""

    job_id: int
    uuid: str
    name: str
    state: JobState = JobState.PENDING
    start: int = 0

    @property
    def status(self) -> JobStatus:
        """It counts no impressions, and is never completed: we do not see paper."""
        reasons = () if self.state.final else ("job-incoming",)
        return JobStatus(self.job_id, self.state, reasons, name=self.name, uuid=self.uuid)


class Jobs:
    """Those of this process. Numbers begin anywhere, so that one recorded by an earlier life is unlikely to be met."""

    def __init__(self, random: RandomSource) -> None:
        self._random = random
        self._next = int.from_bytes(random.token(3)) + 1
        self._jobs: dict[int, Job] = {}

    def create(self, ticket: JobTicket) -> CreatedJob:
        """A new one, with a UUID (RFC 9562, version 4)."""
        name = uuid.UUID(bytes=self._random.token(16), version=4).urn
        job = Job(self._next, name, ticket.name)
        self._next = self._next % (HIGHEST - 1) + 1
        self._jobs[job.job_id] = job
        while len(self._jobs) > MOST:
            del self._jobs[next(iter(self._jobs))]
        return CreatedJob(job.job_id, job.uuid)

    def get(self, job_id: int) -> Job | None:
        """None where nothing is known of it."""
        return self._jobs.get(job_id)

    def find(self, name: str) -> JobStatus | None:
        """The job with that name."""
        return next((job.status for job in self._jobs.values() if job.name == name), None)

    def forget(self, job: Job) -> None:
        """Nothing can be known of it any more."""
        self._jobs.pop(job.job_id, None)
