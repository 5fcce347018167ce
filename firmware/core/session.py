"""One person at the station: from the tap to the end of the visit. One visit at a time; the next replaces it."""

import hmac
from collections.abc import Mapping

from firmware.core import events
from firmware.core.effects import (
    Associate,
    DeleteJobs,
    DropDeadline,
    ListJobs,
    OpenByPhone,
    OpenSession,
    SetDeadline,
    Tell,
)
from firmware.core.listing import Listing
from firmware.core.notices import PIN_WANTED, Lamp, of_refusal
from firmware.core.offer import pages_out
from firmware.core.outbox import Outbox, fire
from firmware.core.policy import Policy, idle_bound
from firmware.core.printing import Printing
from firmware.core.signs import Notice
from firmware.core.states import SessionState
from firmware.core.table import SESSION
from firmware.core.wishes import AS_SUBMITTED, Wishes
from firmware.core.words import arrived, describe


class Session(Listing):
    """The model of the session table. What is known of a person is forgotten when the visit ends."""

    def __init__(self, policy: Policy, out: Outbox, lamp: Lamp, printing: Printing) -> None:
        super().__init__(policy, out, printing)
        self.left: dict[int, str] = {}
        """Sessions whose visit ended and which the mesh still holds open: their deliveries may go on."""
        self._policy = policy
        self._out = out
        self._lamp = lamp
        self._credential = ""
        self._reader = ""
        self._ticket = ""
        self._is_auto = False
        self._stays = 0
        """How often more time was asked for since the person last did something."""
        self._idle_seconds = 0.0
        self._deadline = ""

    def handle(self, trigger: str, event: events.Event | None, what: str) -> None:
        """Fire one trigger; `what` (nothing: in silence) is journaled with the state it led to, unless a move
        words it better."""
        at, self._what = len(self._out.journal), what
        if fire(SESSION, self, self._out, trigger, event) and self._what:
            self._out.journal.insert(at, f"{self._what} -> {self.state}")

    def is_due(self, passed: events.DeadlinePassed) -> bool:
        """Whether this deadline is the one this visit waits under."""
        return self.is_current(passed.ref) and passed.name == self._deadline

    # What the table asks

    def is_same_badge(self, tap: events.Arrival) -> bool:
        """In constant time: the time to answer must not tell a card number digit by digit. A phone is no badge."""
        if isinstance(tap, events.PhoneArrived):
            return False
        return hmac.compare_digest(_octets(tap.credential), _octets(self._credential))

    def is_asked(self, tap: events.Arrival) -> bool:
        """Whether they tap because they were asked: that is no answer, and no farewell either."""
        return self.is_same_badge(tap) and self._printing.asks(self.ref)

    def is_auto(self, answer: events.JobsListed) -> bool:
        """Whether there is nothing to choose: what another delegated no tap prints unasked."""
        return self._is_auto and not any(job.delegated for job in answer.jobs)

    def is_patient(self, asked: events.StayAsked) -> bool:
        """Whether the station waits on: not for ever, where nobody does anything else."""
        waits = self.state is not SessionState.RELEASING or self._printing.asks(self.ref)
        return waits and (asked.by_touch or self._stays < self._policy.max_stays)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to choose or to read, and nothing comes of what was: no pages, no word on a
        deletion."""
        awaits = self._offer.deleting or self.offered or self._printing.has_session(self.ref)
        return self.state is SessionState.CHOOSING and not awaits and not self._offer.is_unsure

    def is_awaiting_paper(self, _passed: object) -> bool:
        return self._printing.has_session(self.ref)

    def needs_pin(self, answer: events.SessionRefused) -> bool:
        return answer.code in PIN_WANTED

    def is_unclaimed(self, answer: events.SessionRefused) -> bool:
        """The mesh knows nobody with this badge, and lets people make it theirs."""
        return answer.code == "badge-unknown" and bool(answer.ticket)

    # What the table does

    def ask_mesh(self, tap: events.Arrival) -> None:
        self.ref += 1
        if isinstance(tap, events.PhoneArrived):
            self._out.emit(OpenByPhone(self.ref, tap.ticket))
        else:
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

    def say_busy(self, tap: events.Arrival) -> None:
        self._what = f"busy, {describe(tap)}"
        self._out.emit(Tell(Notice.READING))

    def switch(self, tap: events.Arrival) -> None:
        """Another person: the first one's visit ends before anything of the second begins."""
        self._what = f"another {arrived(tap)}"
        self._lamp.repeat()
        self._end()
        self.ask_mesh(tap)

    def log_out(self, tap: events.Arrival) -> None:
        self._what = f"same {arrived(tap)}"
        self._lamp.flash(Notice.GOOD)
        self._end()

    def say_asked(self, tap: events.Arrival) -> None:
        self._what = f"same {arrived(tap)}, and a question is open"
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
        self._lamp.flash(of_refusal(answer.code), answer.code)
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
        self._say_unknown(answer)
        self._release(tuple(job.job_id for job in answer.jobs), pages_out(answer.jobs))

    def offer(self, answer: events.JobsListed) -> None:
        """Others' jobs wait to be chosen; the person's own come at once where that is their way."""
        self._say_unknown(answer)
        self._offer.put(answer)
        if self._is_auto:
            own = tuple(job for job in answer.jobs if not job.delegated)
            self._release(tuple(job.job_id for job in own), pages_out(own))
        self._arm("idle", self._idle_seconds)

    def _say_unknown(self, answer: events.JobsListed) -> None:
        if answer.unknown:
            self._lamp.flash_unsure()

    def release_chosen(self, chosen: events.JobsChosen) -> None:
        """All of each job, unless only the rest is asked for."""
        self._release(chosen.job_ids, self._offer.listed if chosen.rest else {}, chosen.wishes)
        self._stays = 0
        self._arm("idle", self._idle_seconds)

    def delete(self, deleted: events.JobsDeleted) -> None:
        self._offer.delete(deleted.job_ids)
        self._out.emit(DeleteJobs(self.ref, self.session_id, tuple(dict.fromkeys(deleted.job_ids))))
        self._stays = 0
        self._arm("idle", self._idle_seconds)

    def note_deletion(self, ended: events.DeletionEnded) -> None:
        self._offer.deleted(ended.asked, ended.gone)
        if ended.code:
            self._lamp.flash(of_refusal(ended.code), ended.code)

    def stay(self, asked: events.StayAsked) -> None:
        self._stays = 0 if asked.by_touch else self._stays + 1
        self._printing.wait_longer(self.ref)
        if self.state is SessionState.CHOOSING:
            self._arm("idle", self._idle_seconds)
        elif self.state is not SessionState.RELEASING:
            self._arm("entry", self._policy.entry_seconds)

    def end_with_list(self, _event: object) -> None:
        """Whoever printed was told how that ended; of nothing else anything is to be seen any more."""
        if not self.taken:
            self._lamp.flash(Notice.NO_JOBS)
        self._end()

    def _release(self, job_ids: tuple[str, ...], pages_out: Mapping[str, int], wishes: Wishes = AS_SUBMITTED) -> None:
        first_pages = {job_id: pages_out.get(job_id, 0) + 1 for job_id in self._fresh(job_ids)}
        self._printing.add(self.ref, self.session_id, first_pages, wishes)

    def _end(self) -> None:
        self._disarm()
        self._news.end()
        if self.session_id:
            self.left[self.ref] = self.session_id
        self._credential = self._reader = self._ticket = self.session_id = ""
        self._offer.clear()
        self.taken, self._stays = set(), 0

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


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
