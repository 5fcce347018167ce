"""The jobs of a site at the vault, changed by the rules of leases.py under compare-and-set, each change announced."""

from collections.abc import Callable

from hal.ports.clock import Clock
from tools.edgemesh import leases
from tools.edgemesh.announcer import Announcer
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.records import Job, JobState, Phase
from tools.edgemesh.storage.stores import JobStore

_TRIES = 16


class JobBook:
    """Reads and changes jobs."""

    def __init__(self, store: JobStore, announcer: Announcer, clock: Clock) -> None:
        self.store, self._announcer, self._clock = store, announcer, clock

    def job(self, job_id: str) -> Job:
        """Raises `Problem` job-unknown."""
        job = self.store.job(job_id)
        if job is None:
            raise Problem("job-unknown")
        return job

    def state(self, job_id: str) -> JobState:
        """As of now: what time alone has done is seen to first. Raises `Problem` job-unknown."""
        return self.apply(job_id, lambda state: leases.settle(state, self._clock.now()))

    def apply(self, job_id: str, rule: Callable[[JobState], JobState]) -> JobState:
        """Change a job by a rule; what the rule raises passes through. Raises `Problem` job-unknown."""
        for _ in range(_TRIES):
            before = self.store.state(job_id)
            if before is None:
                raise Problem("job-unknown")
            after = rule(before)
            if after is before:
                return after
            announcement = _announcement(before, after)
            if self.store.change(job_id, after, announcement):
                if announcement:  # of other changes nobody hears, and the chores have nothing to do at once
                    self._announcer.wake()
                return after
        raise Problem("store-failed", "the job changes all the time")


def _announcement(before: JobState, after: JobState) -> str:
    if after.phase is Phase.HELD and before.phase is not Phase.HELD:
        return "job-held"
    return "job-gone" if after.phase.final and not before.phase.final else ""
