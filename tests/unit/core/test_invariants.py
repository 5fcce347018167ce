"""Whatever happens in whatever order: no page without a tap, none twice, none for another, no visit for ever."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firmware.core import effects, events, questions
from firmware.core.events import Outcome, Stage
from firmware.core.machine import Core, Step
from firmware.core.policy import Policy
from firmware.core.signs import Notice
from firmware.core.states import ServiceState, SessionState
from firmware.core.wishes import AS_SUBMITTED, Wishes
from tests.unit.core.driving import job_refs

QUEUE = 4
DEADLINES = {"auth", "entry", "list", "idle", "news", "notice", "wait", "delivery", "question", "cancel", "drain"}
BADGES = st.sampled_from(["credential-alice", "credential-bob", "credential-carol"])
LATENESS = st.sampled_from([0, 0, 0, 0, 1, 2])
NUMBERS = st.lists(st.integers(0, 6), max_size=6)
REASONS = st.sampled_from([(), ("media-empty",), ("media-jam", "cover-open"), ("x\ncredential-alice",)])
REFUSALS = ["badge-unknown", "pin-required", "pin-wrong", "mesh-unreachable", "part-withdrawn"]
QUESTIONS = st.builds(questions.Question, st.sampled_from(questions.QuestionKind), st.none() | st.integers(0, 9))
ANSWERS = st.builds(questions.Answer, st.sampled_from(questions.AnswerKind), st.none() | st.integers(0, 9))
WISHES = st.builds(Wishes, st.none() | st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())
CODES = st.sampled_from(["", *REFUSALS, "credential-bob\n", "é"])


class World(RuleBasedStateMachine):
    """Gives a core events, timely, late, repeated and absurd, and keeps its own account of what was allowed."""

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

    # What people, mesh, printer and time may do

    @rule(badge=BADGES)
    def tap(self, badge: str) -> None:
        step = self.give(events.BadgeRead("reader-1", badge))
        told = any(isinstance(effect, effects.Tell) for effect in step.effects)
        assert told or self.core.service is ServiceState.STOPPED

    @rule(badge=BADGES, auto=st.booleans(), numbers=NUMBERS)
    def whole_visit(self, badge: str, auto: bool, numbers: list[int]) -> None:
        """The usual course, so that the unusual is tried in the middle of it."""
        self.tap(badge)
        self.mesh_opens(0, auto, 30)
        self.mesh_lists(0, numbers)
        self.person_chooses(0, numbers[:2])

    @rule(badge=BADGES, mine=st.integers(0, 3), foreign=st.integers(4, 6))
    def choosing_what_was_never_listed(self, badge: str, mine: int, foreign: int) -> None:
        """A panel that is a list behind, or lies."""
        self.whole_visit(badge, False, [mine])
        self.person_chooses(0, [foreign])
        self.person_chooses(0, [mine, foreign])

    @rule(badge=BADGES, mine=st.integers(0, 6), outcome=st.sampled_from(Outcome))
    def choosing_what_has_ended(self, badge: str, mine: int, outcome: Outcome) -> None:
        """Whatever came of it, once more needs another tap."""
        self.whole_visit(badge, False, [mine])
        self.delivery_ends(0, outcome, "part-withdrawn")
        self.person_chooses(0, [mine])

    @rule(late=LATENESS, auto=st.booleans(), idle=st.integers(-1, 10**6))
    def mesh_opens(self, late: int, auto: bool, idle: int) -> None:
        ref = self.last_session - late
        self.give(events.SessionOpened(ref, f"session-{ref}", auto, idle))

    @rule(late=LATENESS, code=CODES, ticket=st.sampled_from(["", "credential-ticket"]))
    def mesh_refuses(self, late: int, code: str, ticket: str) -> None:
        self.ticket = ticket or self.ticket
        self.give(events.SessionRefused(self.last_session - late, code, ticket))

    @rule(badge=BADGES, code=st.sampled_from(["pin-required", "badge-unknown"]))
    def person_is_asked(self, badge: str, code: str) -> None:
        """The usual way there, so that what is typed is typed in time."""
        self.tap(badge)
        self.mesh_refuses(0, code, "credential-ticket")

    @rule(late=LATENESS)
    def person_enters_a_pin(self, late: int) -> None:
        self.give(events.PinEntered(self.last_session - late, "credential-pin"))

    @rule(late=LATENESS)
    def person_says_who(self, late: int) -> None:
        self.give(events.AssociationEntered(self.last_session - late, "credential-user", "credential-code"))

    @rule(late=LATENESS)
    def person_would_rather_not(self, late: int) -> None:
        self.give(events.EntryCanceled(self.last_session - late))

    @rule(late=LATENESS, numbers=NUMBERS, out=st.none() | st.integers(0, 3))
    def mesh_lists(self, late: int, numbers: list[int], out: int | None = None) -> None:
        jobs = tuple(replace(job, pages_out=out) for job in job_refs(*(f"job-{n}" for n in numbers)))
        self.give(events.JobsListed(self.last_session - late, jobs))

    @rule(number=st.integers(0, 5))
    def mesh_announces(self, number: int) -> None:
        """A job, whoever's; and where somebody chooses, it is time to ask."""
        self.give(events.JobHeld(f"job-{number}"))
        if "news" in self.armed:
            armed = self.armed.pop("news")
            self.give(events.DeadlinePassed("news", armed.ref))

    @rule(late=LATENESS, code=CODES)
    def mesh_does_not_list(self, late: int, code: str) -> None:
        self.give(events.ListFailed(self.last_session - late, code))

    @rule(late=LATENESS, numbers=NUMBERS, rest=st.booleans(), wishes=WISHES)
    def person_chooses(self, late: int, numbers: list[int], rest: bool = False, wishes: Wishes = AS_SUBMITTED) -> None:
        self.give(events.JobsChosen(self.last_session - late, tuple(f"job-{n}" for n in numbers), rest, wishes))

    @rule(late=LATENESS, numbers=NUMBERS)
    def person_deletes(self, late: int, numbers: list[int]) -> None:
        self.give(events.JobsDeleted(self.last_session - late, tuple(f"job-{n}" for n in numbers)))

    @rule(badge=BADGES, numbers=st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True), code=CODES)
    def whole_deletion(self, badge: str, numbers: list[int], code: str) -> None:
        """In time; the mesh may not do all of it. Then all that is left is wanted."""
        self.tap(badge)
        self.mesh_opens(0, False, 30)
        self.mesh_lists(0, numbers)
        self.person_deletes(0, numbers[:2])
        self.person_chooses_all_once_more(0)
        job_ids = tuple(f"job-{n}" for n in numbers[:2])
        self.give(events.DeletionEnded(self.last_session, job_ids, job_ids[:1], code))
        self.person_chooses_all_once_more(0)

    @rule(late=LATENESS, by_touch=st.booleans())
    def person_needs_more_time(self, late: int, by_touch: bool) -> None:
        self.give(events.StayAsked(self.last_session - late, by_touch))

    @rule(late=LATENESS)
    def person_ends_what_is_theirs(self, late: int) -> None:
        before = self.running
        step = self.give(events.CancelPrinting(self.last_session - late))
        if any(isinstance(effect, effects.CancelDelivery) for effect in step.effects):
            assert before is not None
            assert self.opened[before.session_id] == self.last_session - late == self.core.visit

    @rule(late=LATENESS)
    def person_chooses_all_once_more(self, late: int) -> None:
        ref = self.last_session - late
        self.give(events.JobsChosen(ref, tuple(sorted(self.listed.get(ref, ())))))

    @rule(late=LATENESS)
    def person_logs_out(self, late: int) -> None:
        self.give(events.LogOut(self.last_session - late))

    @rule()
    def person_cancels(self) -> None:
        self.give(events.CancelPrinting())

    @rule(late=LATENESS, stage=st.sampled_from(Stage), page=st.integers(0, 3))
    def delivery_advances(self, late: int, stage: Stage, page: int) -> None:
        self.give(events.DeliveryAdvanced(self.last_delivery - late, stage, page))

    @rule(late=LATENESS, question=QUESTIONS)
    def delivery_asks(self, late: int, question: questions.Question) -> None:
        self.last_question += 1
        self.give(events.DeliveryAsks(self.last_delivery - late, question, self.last_question))

    @rule(late=LATENESS, answer=ANSWERS, before=st.none() | LATENESS)
    def person_answers(self, late: int, answer: questions.Answer, before: int | None) -> None:
        number = None if before is None else self.last_question - before
        self.give(events.DeliveryAnswered(self.last_session - late, answer, number))

    @rule(badge=BADGES, question=QUESTIONS, answer=ANSWERS)
    def whole_question(self, badge: str, question: questions.Question, answer: questions.Answer) -> None:
        """The usual course of one, so that it is answered in time."""
        self.whole_visit(badge, True, [1, 2])
        self.delivery_asks(0, question)
        self.person_answers(0, answer, 0)

    @rule(late=LATENESS, reasons=REASONS)
    def delivery_waits(self, late: int, reasons: tuple[str, ...]) -> None:
        self.give(events.DeliveryWaits(self.last_delivery - late, reasons))

    @rule(late=LATENESS, outcome=st.sampled_from(Outcome), code=CODES)
    def delivery_ends(self, late: int, outcome: Outcome, code: str) -> None:
        self.give(events.DeliveryEnded(self.last_delivery - late, outcome, code))

    @rule(reachable=st.booleans(), code=CODES)
    def mesh_comes_and_goes(self, reachable: bool, code: str) -> None:
        self.give(events.MeshChanged(reachable, code))

    @rule(blocking=REASONS)
    def printer_changes(self, blocking: tuple[str, ...]) -> None:
        self.give(events.PrinterChanged(blocking))

    @rule(present=st.booleans(), reader=st.sampled_from(["reader-1", "reader-2"]))
    def reader_changes(self, present: bool, reader: str) -> None:
        self.give(events.ReaderChanged(reader, present))

    @rule(reader=st.sampled_from(["reader-1", "credential-alice \n"]), code=CODES)
    def badge_is_unreadable(self, reader: str, code: str) -> None:
        self.give(events.BadgeUnreadable(reader, code))

    @rule(name=st.sampled_from([*sorted(DEADLINES), "tea"]), ref=st.integers(0, 5))
    def stale_deadline(self, name: str, ref: int) -> None:
        if name not in self.armed:
            self.give(events.DeadlinePassed(name, ref))

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        if self.armed:
            self.fire(data.draw(st.sampled_from(sorted(self.armed))))

    @rule(often=st.integers(0, 40))
    def rarely_asked_to_stop(self, often: int) -> None:
        if often == 40:
            self.give(events.StopAsked())

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


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
