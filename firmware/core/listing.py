"""The list of whoever stands here, as the session table asks of it: what may be chosen, and what comes to it later."""

from firmware.core import events
from firmware.core.news import News
from firmware.core.offer import Offer
from firmware.core.outbox import Outbox
from firmware.core.policy import Policy
from firmware.core.printing import Printing
from firmware.core.states import SessionState
from firmware.core.words import jobs


class Listing:
    """The part of a `Session` that is about its list."""

    def __init__(self, policy: Policy, out: Outbox, printing: Printing) -> None:
        self.state = SessionState.IDLE
        self.ref = 0
        self.session_id = ""
        self.taken: set[str] = set()
        """Jobs of this visit whose delivery has begun: none begins twice."""
        self._printing = printing
        self._offer = Offer(policy.max_queue)
        self._news = News(out, policy.news_seconds)
        self._what = ""

    def is_current(self, ref: int) -> bool:
        """Whether an answer that names `ref` is for the person who stands here now."""
        return ref == self.ref and self.state is not SessionState.IDLE

    def is_news_due(self, passed: events.DeadlinePassed) -> bool:
        """Whether it is time to ask for the list again."""
        return self.is_current(passed.ref) and self._news.is_due and not self._news.is_asking

    @property
    def offered(self) -> frozenset[str]:
        """The jobs that the person may choose now."""
        return frozenset(self._fresh(tuple(self._offer.listed)) if self.state is SessionState.CHOOSING else ())

    # What the table asks

    def is_empty(self, answer: events.JobsListed) -> bool:
        return not answer.jobs

    def is_unsure(self, answer: events.JobsListed) -> bool:
        """Whether there is nothing to choose, and something to be told of: that is not nothing."""
        return not answer.jobs and bool(answer.unknown)

    def is_news(self, _answer: object) -> bool:
        """Whether the list was asked for again."""
        return self._news.is_asking

    def is_choice(self, chosen: events.JobsChosen) -> bool:
        """Only jobs of this person's own list, and at least one that is not on its way already."""
        return set(chosen.job_ids) <= self._offer.listed.keys() and bool(self._fresh(chosen.job_ids))

    def is_deletion(self, deleted: events.JobsDeleted) -> bool:
        """Only what they might choose as well."""
        return bool(deleted.job_ids) and set(deleted.job_ids) <= self.offered

    # What the table does

    def note_held(self, held: events.JobHeld) -> None:
        """Whoever chooses may want that one too; one that is on the list is no news."""
        if not self._offer.knows(held.job_id) and held.job_id not in self.taken:
            self._news.heard(self.ref)

    def ask_again(self, _passed: object) -> None:
        self._news.ask(self.ref, self.session_id)

    def offer_more(self, answer: events.JobsListed) -> None:
        """What has come since. Nothing of it is printed unasked."""
        more = self._offer.add(answer.jobs)
        self._what = f"{jobs(more)} more listed" if more else ""
        self._news.answered(self.ref)

    def leave_list(self, _failed: object) -> None:
        """The list stays as it is."""
        self._news.answered(self.ref)

    def put_list_away(self, _passed: object) -> None:
        """Nobody chooses any more; but there are pages to come, and perhaps something to ask about them."""
        self._offer.put_away()
        self._news.end()

    def _fresh(self, job_ids: tuple[str, ...]) -> tuple[str, ...]:
        once = dict.fromkeys(job_ids)
        spoken_for = self.taken.union(self._offer.deleting)
        return tuple(job for job in once if job not in spoken_for and not self._printing.has_job(job))
