"""What lies before the person who stands there: their list, what of it they chose, and how they want it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from firmware.core.wishes import AS_SUBMITTED, Wishes
from firmware.panel.choice import DIGITS
from firmware.panel.listed import ListedJob

PAGE_OF_LIST = 20
"""So many are shown at first, and with each `more`."""


@dataclass(frozen=True, slots=True)
class Basket:
    """Frozen: each act makes another one. `jobs` are the person's own first, then what others delegated; both newest
    first."""

    jobs: tuple[ListedJob, ...] = field(default=(), repr=False)
    chosen: frozenset[str] = frozenset()
    wishes: Wishes = AS_SUBMITTED
    shown: int = PAGE_OF_LIST
    confirming: bool = False
    turned: int = 0

    @staticmethod
    def of(jobs: Iterable[ListedJob]) -> "Basket":
        """All their own is chosen at first; what others delegated is not, nor what cannot be printed."""
        ordered = tuple(sorted(jobs, key=lambda job: bool(job.owner)))
        return Basket(ordered, frozenset(job.job_id for job in ordered if not job.owner and not job.refused))

    def added(self, jobs: Iterable[ListedJob]) -> "Basket":
        """Those of them that are new come to the list, newest first, and are not chosen: what somebody is about to
        print stays what they saw."""
        known = {job.job_id for job in self.jobs}
        fresh = tuple(replace(job, is_new=True) for job in jobs if job.job_id not in known)
        if not fresh:
            return self
        own, lent = ([job for job in (*fresh, *self.jobs) if bool(job.owner) is lent] for lent in (False, True))
        return replace(self, jobs=(*own, *lent), shown=self.shown + len(fresh))

    def opened(self, found: Iterable[ListedJob]) -> "Basket":
        """More is known of some of them."""
        by_id = {job.job_id: job for job in found}
        jobs = tuple(replace(by_id.get(job.job_id, job), is_new=job.is_new) for job in self.jobs)
        return replace(self, jobs=jobs, chosen=self.chosen - {job.job_id for job in jobs if job.refused})

    def offered(self, ids: Collection[str]) -> "Basket":
        """What of it can be chosen still, by the core's word."""
        if all(job.job_id in ids for job in self.jobs):
            return self
        return replace(self, jobs=tuple(job for job in self.jobs if job.job_id in ids), chosen=self.chosen & set(ids))

    def choose(self, job_id: str, *, wanted: bool) -> "Basket":
        """Take one job into the choice, or out of it."""
        return replace(self, chosen=self.chosen | {job_id} if wanted else self.chosen - {job_id}, confirming=False)

    def choose_all(self) -> "Basket":
        """Everything that can be printed, what others delegated among it."""
        return replace(self, chosen=frozenset(job.job_id for job in self.jobs if not job.refused), confirming=False)

    def choose_none(self) -> "Basket":
        """Nothing."""
        return replace(self, chosen=frozenset(), confirming=False)

    def turn(self) -> "Basket":
        """A keypad's digits name the next of a long list, and after its last the first again."""
        following = self.turned + DIGITS - 1
        return replace(self, turned=following if following < len(self.jobs) > DIGITS else 0, confirming=False)

    def wish(self, wishes: Wishes) -> "Basket":
        """How they want it."""
        return replace(self, wishes=wishes, confirming=False)

    def has(self, job_id: str) -> bool:
        """Whether it can be printed."""
        return any(job.job_id == job_id and not job.refused for job in self.jobs)

    @property
    def taken(self) -> tuple[ListedJob, ...]:
        """What is chosen, in the list's order."""
        return tuple(job for job in self.jobs if job.job_id in self.chosen)
