"""What the person who stands here may choose from: the mesh's list, what came later, and what they have deleted."""

from collections.abc import Collection, Iterable, Mapping

from firmware.core.events import JobRef, JobsListed


class Offer:
    """Of one visit; emptied with it. `listed` has each job, and how many of its pages an earlier release is known to
    have printed."""

    def __init__(self, most: int) -> None:
        self.listed: Mapping[str, int] = {}
        self.is_unsure = False
        """Whether there is nothing but jobs of which nobody knows whether they came out: that is to be read, and
        nothing of it to be chosen."""
        self._most = most
        self._deleting: set[str] = set()
        """Of these it is not known yet whether they are gone."""
        self._gone: set[str] = set()

    def put(self, answer: JobsListed) -> None:
        """The list of the tap."""
        self.listed = pages_out(answer.jobs[: self._most])
        self.is_unsure = not answer.jobs and bool(answer.unknown)

    def add(self, jobs: Iterable[JobRef]) -> int:
        """How many of a later list are new, and are on it from now on. Nothing is taken off: of what cannot be printed
        any more its release tells."""
        room = max(0, self._most - len(self.listed))
        fresh = [job for job in jobs if not self.knows(job.job_id)][:room]
        self.listed = {**self.listed, **pages_out(fresh)}
        self.is_unsure = self.is_unsure and not fresh
        return len(fresh)

    def knows(self, job_id: str) -> bool:
        """Whether it is, or was, on the list."""
        return job_id in self.listed or job_id in self._gone

    @property
    def deleting(self) -> Collection[str]:
        """What the mesh was asked to delete."""
        return self._deleting

    def delete(self, job_ids: Iterable[str]) -> None:
        """Until it is known whether they are gone, they are not offered."""
        self._deleting |= set(job_ids)

    def deleted(self, asked: Iterable[str], gone: Iterable[str]) -> None:
        """What is not gone is offered again."""
        self._deleting -= set(asked)
        self._gone |= set(gone)
        self.listed = {job: pages for job, pages in self.listed.items() if job not in self._gone}

    def put_away(self) -> None:
        """There is nothing to choose any more."""
        self.listed, self.is_unsure = {}, False

    def clear(self) -> None:
        """The visit is over."""
        self.put_away()
        self._deleting, self._gone = set(), set()


def pages_out(jobs: Iterable[JobRef]) -> dict[str, int]:
    """How many pages of each came out before."""
    return {job.job_id: max(job.pages_out or 0, 0) for job in jobs}
