"""One person at the station: from the tap to the end of the visit. One visit at a time; the next replaces it."""

import hmac
from collections.abc import Iterable, Mapping
from typing import Protocol

from firmware.core import events
from firmware.core.effects import Associate, DropDeadline, ListJobs, Notice, OpenSession, SetDeadline, Tell
from firmware.core.notices import PIN_WANTED, Lamp, of_refusal
from firmware.core.outbox import Outbox, fire
from firmware.core.policy import Policy, idle_bound
from firmware.core.states import SessionState
from firmware.core.table import SESSION
from firmware.core.words import describe, plain


class Printing(Protocol):
    """Where released jobs go."""

    def add(self, session_ref: int, session_id: str, first_pages: Mapping[str, int]) -> None:
        """Queue jobs of one visit, each at most once and from its first page on."""
        ...

    def has_job(self, job_id: str) -> bool:
        """Whether the job is queued or running already."""
        ...

    def has_session(self, session_ref: int) -> bool:
        """Whether any delivery of that visit has not ended."""
        ...

    def asks(self, session_ref: int) -> bool:
        """Whether the person of that visit is asked something now."""
        ...


class Session:
    """The model of the session table. What is known of a person is forgotten when the visit ends."""

    def __init__(self, policy: Policy, out: Outbox, lamp: Lamp, printing: Printing) -> None:
        self.state = SessionState.IDLE
        self.ref = 0
        self.session_id = ""
        self.taken: set[str] = set()
        """Jobs of this visit whose delivery has begun: none begins twice."""
        self.left: dict[int, str] = {}
        """Sessions whose visit ended and which the mesh still holds open: their deliveries may go on."""
        self._policy = policy
        self._out = out
        self._lamp = lamp
        self._printing = printing
        self._credential = ""
        self._reader = ""
        self._ticket = ""
        self._listed: Mapping[str, int] = {}
        """Each job of the list, and how many of its pages an earlier release is known to have printed."""
        self._is_auto = False
        self._idle_seconds = 0.0
        self._deadline = ""
        self._what = ""

    def handle(self, trigger: str, event: events.Event | None, what: str) -> None:
        """Fire one trigger; `what` (nothing: in silence) is journaled with the state it led to, unless a move
        words it better."""
        at, self._what = len(self._out.journal), what
        if fire(SESSION, self, self._out, trigger, event) and self._what:
            self._out.journal.insert(at, f"{self._what} -> {self.state}")

    def is_current(self, ref: int) -> bool:
        """Whether an answer that names `ref` is for the person who stands here now."""
        return ref == self.ref and self.state is not SessionState.IDLE

    def is_due(self, passed: events.DeadlinePassed) -> bool:
        """Whether this deadline is the one this visit waits under."""
        return self.is_current(passed.ref) and passed.name == self._deadline

    # What the table asks

    def is_same_badge(self, tap: events.BadgeRead) -> bool:
        """In constant time: the time to answer must not tell a card number digit by digit."""
        return hmac.compare_digest(_octets(tap.credential), _octets(self._credential))

    def is_asked(self, tap: events.BadgeRead) -> bool:
        """Whether they tap because they were asked: that is no answer, and no farewell either."""
        return self.is_same_badge(tap) and self._printing.asks(self.ref)

    def is_empty(self, answer: events.JobsListed) -> bool:
        return not answer.jobs

    def is_auto(self, answer: events.JobsListed) -> bool:
        """Whether there is nothing to choose. What another delegated is: nobody's tap prints what they did not ask
        for."""
        return self._is_auto and not any(job.delegated for job in answer.jobs)

    def is_choice(self, chosen: events.JobsChosen) -> bool:
        """Only jobs of this person's own list, and at least one that is not on its way already."""
        return set(chosen.job_ids) <= self._listed.keys() and bool(self._fresh(chosen.job_ids))

    def is_awaiting_paper(self, _passed: object) -> bool:
        return self._printing.has_session(self.ref)

    def needs_pin(self, answer: events.SessionRefused) -> bool:
        return answer.code in PIN_WANTED

    def is_unclaimed(self, answer: events.SessionRefused) -> bool:
        """The mesh knows nobody with this badge, and lets people make it theirs."""
        return answer.code == "badge-unknown" and bool(answer.ticket)

    # What the table does

    def ask_mesh(self, tap: events.BadgeRead) -> None:
        self.ref += 1
        self._credential, self._reader = tap.credential, tap.reader
        self._out.emit(OpenSession(self.ref, tap.credential, reader=tap.reader))
        self._arm("auth", self._policy.auth_seconds)

    def ask_pin(self, answer: events.SessionRefused) -> None:
        if answer.code == "pin-wrong":
            self._lamp.flash(Notice.PIN_WRONG)
        self._arm("entry", self._policy.entry_seconds)

    def send_pin(self, entered: events.PinEntered) -> None:
        self._out.emit(OpenSession(self.ref, self._credential, entered.pin, self._reader))
        self._arm("auth", self._policy.auth_seconds)

    def ask_who(self, answer: events.SessionRefused) -> None:
        self._ticket = answer.ticket
        self._arm("entry", self._policy.entry_seconds)

    def send_association(self, entered: events.AssociationEntered) -> None:
        """A ticket is good for one attempt."""
        self._out.emit(Associate(self.ref, self._ticket, entered.user, entered.code))
        self._ticket = ""
        self._arm("auth", self._policy.auth_seconds)

    def say_not_entered(self, _passed: object) -> None:
        """Nobody typed: also where there is nothing to type on."""
        self._lamp.flash(Notice.REFUSED)
        self._end()

    def say_still_unknown(self, _passed: object) -> None:
        self._lamp.flash(Notice.UNKNOWN_BADGE)
        self._end()

    def say_busy(self, tap: events.BadgeRead) -> None:
        self._what = f"busy, {describe(tap)}"
        self._out.emit(Tell(Notice.READING))

    def switch(self, tap: events.BadgeRead) -> None:
        """Another person: the first one's visit ends before anything of the second begins."""
        self._what = f"another badge at {plain(tap.reader)}"
        self._end()
        self.ask_mesh(tap)

    def log_out(self, tap: events.BadgeRead) -> None:
        self._what = f"same badge at {plain(tap.reader)}"
        self._lamp.flash(Notice.GOOD)
        self._end()

    def say_asked(self, tap: events.BadgeRead) -> None:
        self._what = f"same badge at {plain(tap.reader)}, and a question is open"
        self._lamp.flash(Notice.QUESTION)

    def leave(self, _event: object) -> None:
        self._end()

    def turn_away(self, _event: object) -> None:
        """The mesh is gone and somebody tapped: whoever that was, this list is not left standing."""
        self._what = "turned away"
        self._end()

    def ask_list(self, answer: events.SessionOpened) -> None:
        self.session_id = answer.session_id
        self._is_auto = answer.auto_release
        self._idle_seconds = idle_bound(answer.idle_seconds)
        self._lamp.flash(Notice.GOOD)
        self._out.emit(ListJobs(self.ref, self.session_id))
        self._arm("list", self._policy.list_seconds)

    def say_refused(self, answer: events.SessionRefused | events.ListFailed) -> None:
        self._lamp.flash(of_refusal(answer.code))
        self._end()

    def say_no_answer(self, _passed: object) -> None:
        self._lamp.flash(Notice.NOT_CONNECTED)
        self._end()

    def say_no_jobs(self, _answer: object) -> None:
        self._lamp.flash(Notice.NO_JOBS)
        self._end()

    def release_all(self, answer: events.JobsListed) -> None:
        """Of what came out in part, the rest: nobody's tap prints a page again that is there already."""
        self._disarm()
        self._release(tuple(job.job_id for job in answer.jobs), _pages_out(answer.jobs))

    def offer(self, answer: events.JobsListed) -> None:
        """Others' jobs wait to be chosen; the person's own come at once where that is their way."""
        self._listed = _pages_out(answer.jobs[: self._policy.max_queue])
        if self._is_auto:
            own = tuple(job for job in answer.jobs if not job.delegated)
            self._release(tuple(job.job_id for job in own), _pages_out(own))
        self._arm("idle", self._idle_seconds)

    def release_chosen(self, chosen: events.JobsChosen) -> None:
        """All of each job, unless only the rest is asked for."""
        self._release(chosen.job_ids, self._listed if chosen.rest else {})
        self._arm("idle", self._idle_seconds)

    def put_list_away(self, _passed: object) -> None:
        """Nobody chooses any more; but there are pages to come, and perhaps something to ask about them."""
        self._listed = {}

    def _release(self, job_ids: tuple[str, ...], pages_out: Mapping[str, int]) -> None:
        first_pages = {job_id: pages_out.get(job_id, 0) + 1 for job_id in self._fresh(job_ids)}
        self._printing.add(self.ref, self.session_id, first_pages)

    def _fresh(self, job_ids: tuple[str, ...]) -> tuple[str, ...]:
        once = dict.fromkeys(job_ids)
        return tuple(job for job in once if job not in self.taken and not self._printing.has_job(job))

    def _end(self) -> None:
        self._disarm()
        if self.session_id:
            self.left[self.ref] = self.session_id
        self._credential = self._reader = self._ticket = self.session_id = ""
        self._listed = {}
        self.taken = set()

    def _arm(self, name: str, seconds: float) -> None:
        if self._deadline not in ("", name):
            self._disarm()
        self._deadline = name
        self._out.emit(SetDeadline(name, self.ref, seconds))

    def _disarm(self) -> None:
        if self._deadline:
            self._out.emit(DropDeadline(self._deadline))
            self._deadline = ""

    def deadline_fired(self) -> None:
        """The deadline this visit waited under has passed: nothing is left to drop."""
        self._deadline = ""


def _pages_out(jobs: Iterable[events.JobRef]) -> dict[str, int]:
    return {job.job_id: max(job.pages_out or 0, 0) for job in jobs}


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
