"""Whatever happens in whatever order: no page without a tap, none twice, none for another, no visit for ever."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from firmware.core import effects, events, questions
from firmware.core.events import Outcome, Stage
from firmware.core.states import ServiceState
from firmware.core.wishes import AS_SUBMITTED, Wishes
from tests.unit.core.account import DEADLINES, Account
from tests.unit.core.driving import job_refs

BADGES = st.sampled_from(["credential-alice", "credential-bob", "credential-carol"])
LATENESS = st.sampled_from([0, 0, 0, 0, 1, 2])
NUMBERS = st.lists(st.integers(0, 6), max_size=6)
REASONS = st.sampled_from([(), ("media-empty",), ("media-jam", "cover-open"), ("x\ncredential-alice",)])
REFUSALS = ["badge-unknown", "pin-required", "pin-wrong", "mesh-unreachable", "part-withdrawn"]
QUESTIONS = st.builds(questions.Question, st.sampled_from(questions.QuestionKind), st.none() | st.integers(0, 9))
ANSWERS = st.builds(questions.Answer, st.sampled_from(questions.AnswerKind), st.none() | st.integers(0, 9))
WISHES = st.builds(Wishes, st.none() | st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())
CODES = st.sampled_from(["", *REFUSALS, "credential-bob\n", "é"])


class World(Account):
    """Gives a core events, timely, late, repeated and absurd."""

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


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
