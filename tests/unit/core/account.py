"""What a core may do, kept account of beside it: every effect is held against that."""

from hypothesis.stateful import RuleBasedStateMachine, invariant

from firmware.core import effects, events
from firmware.core.machine import Core
from firmware.core.outbox import Step
from firmware.core.policy import Policy
from firmware.core.signs import Notice
from firmware.core.states import SessionState
from firmware.core.wishes import AS_SUBMITTED, Wishes

QUEUE = 4
DEADLINES = {"auth", "entry", "list", "idle", "news", "notice", "wait", "delivery", "question", "cancel", "drain"}


class Account(RuleBasedStateMachine):
    """A core, and what it was allowed so far by the events that it took."""

    def __init__(self) -> None:
        super().__init__()
        self.core = Core(Policy(max_queue=QUEUE, readers=("reader-1",)))
        self.armed: dict[str, effects.SetDeadline] = {}
        self.last_session = self.last_delivery = 0
        self.opened: dict[str, int] = {}
        self.auto: dict[int, bool] = {}
        self.listed: dict[int, set[str]] = {}
        self.pages_out: dict[tuple[int, str], int] = {}
        self.chosen: dict[int, set[str]] = {}
        self.wished: dict[tuple[int, str], set[Wishes]] = {}
        self.deleted: set[tuple[int, str]] = set()
        self.whole: set[tuple[int, str]] = set()
        self.delivered: set[tuple[str, str]] = set()
        self.running: effects.Deliver | None = None
        self.in_use: set[str] = set()
        self.closed: list[str] = []
        self.tapped = self.ticket = ""
        self.last_question = 0
        self.give(events.Started())

    def give(self, event: events.Event) -> Step:
        """Hand one event over and hold its step against the account."""
        step = self.core.handle(event)
        assert not any("credential" in line or "session-" in line or "\n" in line for line in step.journal)
        assert "credential" not in repr(step)
        refused = any(line.startswith(("ignored", "late")) for line in step.journal)
        if not refused:
            self.believe(event)
        for effect in step.effects:
            self.hold(effect, event)
        return step

    def believe(self, event: events.Event) -> None:
        match event:
            case events.SessionOpened(ref, session_id, auto_release):
                self.opened[session_id], self.auto[ref] = ref, auto_release
            case events.JobsListed(ref, jobs):
                self.listed.setdefault(ref, set()).update(job.job_id for job in jobs)
                self.pages_out |= {(ref, job.job_id): job.pages_out or 0 for job in jobs}
            case events.JobsChosen(ref, job_ids, rest, wishes):
                self.chosen.setdefault(ref, set()).update(job_ids)
                for job_id in job_ids:
                    self.wished.setdefault((ref, job_id), set()).add(wishes)
                self.whole |= set() if rest else {(ref, job_id) for job_id in job_ids}
            case events.JobsDeleted(ref, job_ids):
                self.deleted |= {(ref, job_id) for job_id in job_ids}
            case events.DeletionEnded(ref, asked, gone):
                self.deleted -= {(ref, job_id) for job_id in set(asked) - set(gone)}
            case events.DeliveryEnded(ref) | events.DeadlinePassed("cancel", ref):
                assert self.running is not None
                assert self.running.ref == ref
                self.running = None

    def hold(self, effect: effects.Effect, cause: events.Event) -> None:
        match effect:
            case effects.OpenSession(ref, credential, ""):
                assert isinstance(cause, events.BadgeRead)
                assert credential == cause.credential
                assert ref == self.last_session + 1
                self.last_session, self.tapped, self.ticket = ref, credential, ""
            case effects.OpenSession(ref, credential, pin):
                assert isinstance(cause, events.PinEntered)  # a PIN goes with the badge of its own visit, once
                assert (ref, credential, pin) == (self.last_session, self.tapped, cause.pin)
            case effects.Associate(ref, ticket):
                assert isinstance(cause, events.AssociationEntered)
                assert (ref, ticket) == (self.last_session, self.ticket)
            case effects.ListJobs(_, session_id):
                self.in_use.add(session_id)
            case effects.DeleteJobs(ref, session_id, job_ids):
                assert isinstance(cause, events.JobsDeleted)
                assert self.opened[session_id] == ref == self.last_session
                assert job_ids
                assert set(job_ids) <= self.listed[ref]
                assert not any((session_id, job_id) in self.delivered for job_id in job_ids)
            case effects.Deliver():
                self.hold_delivery(effect)
            case effects.CloseSession(session_id):
                assert self.running is None or self.running.session_id != session_id
                self.in_use.discard(session_id)
                self.closed.append(session_id)
            case effects.SetDeadline(name):
                self.armed[name] = effect
            case effects.DropDeadline(name):
                self.armed.pop(name, None)
            case effects.CancelDelivery(ref):
                assert self.running is not None
                assert self.running.ref == ref
            case effects.AnswerDelivery():
                self.hold_answer(effect, cause)
            case effects.Tell(Notice.QUESTION):
                assert self.running is not None
                assert self.opened[self.running.session_id] == self.last_session

    def hold_answer(self, effect: effects.AnswerDelivery, cause: events.Event) -> None:
        assert self.running is not None
        assert self.running.ref == effect.ref
        if effect.answer is not None:  # by the person whose pages they are, while they stand there
            assert isinstance(cause, events.DeliveryAnswered)
            assert cause.number in (None, effect.number)  # and to the question that they saw
            assert cause.ref == self.opened[self.running.session_id] == self.last_session

    def hold_delivery(self, effect: effects.Deliver) -> None:
        ref = self.opened[effect.session_id]
        assert 0 < ref <= self.last_session  # invariant 1: a tap opened it
        assert effect.job_id in self.listed[ref]  # invariant 9: the mesh listed it to that very session
        assert self.auto[ref] or effect.job_id in self.chosen[ref]
        assert effect.wishes in self.wished.get((ref, effect.job_id), {AS_SUBMITTED})
        assert (ref, effect.job_id) not in self.deleted
        if effect.first_page == 1:  # no page again that came out already, unless somebody chose just that
            assert not self.pages_out[ref, effect.job_id] or (ref, effect.job_id) in self.whole
        else:
            assert effect.first_page == self.pages_out[ref, effect.job_id] + 1
        assert (effect.session_id, effect.job_id) not in self.delivered  # invariant 2
        assert effect.session_id not in self.closed
        assert self.running is None  # one printer, one delivery
        self.delivered.add((effect.session_id, effect.job_id))
        self.last_delivery = effect.ref
        self.running = effect

    def fire(self, name: str) -> None:
        effect = self.armed.pop(name)
        self.give(events.DeadlinePassed(name, effect.ref))

    # What always holds

    @invariant()
    def nobody_is_shown_what_another_is_asked(self) -> None:
        if self.core.question is not None:
            assert self.running is not None
            assert self.opened[self.running.session_id] == self.last_session
            assert self.core.session is not SessionState.IDLE

    @invariant()
    def everything_is_bounded(self) -> None:
        assert self.core.queued <= QUEUE
        assert set(self.armed) <= DEADLINES
        assert len(self.in_use) <= QUEUE + 2

    def teardown(self) -> None:
        """Invariant 7: nobody answers any more, only time passes, and everything comes to its end."""
        for _ in range(20 * (QUEUE + 2)):
            if not self.armed:
                break
            self.fire(min(self.armed, key=lambda name: self.armed[name].seconds))
        assert not self.armed
        assert self.core.session is SessionState.IDLE
        assert self.core.delivery is None
        assert self.core.queued == 0
        assert not self.in_use
