"""What only the person who stands there can know or decide: asked, waited for, and believed."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from firmware.core.events import DeliveryAsks, DeliveryLacks, Event, Outcome
from firmware.core.questions import Answer, AnswerKind, Question, QuestionKind
from firmware.delivery.answers import Answers
from firmware.delivery.outcomes import Ended
from firmware.delivery.voice import ANSWER_SECONDS
from firmware.vault.attributes import Attributes
from hal.ports.printer import JobState
from hal.sim.printer_faults import Ability, Condition
from hal.sim.printer_faults import Answers as Manners
from hal.sim.virtual_time import run
from tests.unit.delivery.world import TITLE, World, after, pdf

PRINTED, HELD, UNKNOWN = Outcome.PRINTED, Outcome.HELD, Outcome.UNKNOWN
YES, NO = Answer(AnswerKind.YES), Answer(AnswerKind.NO)


def asked(world: World) -> list[Question]:
    return [event.question for event in world.events if isinstance(event, DeliveryAsks)]


def says(world: World, answer: Answer | None, seconds: float = 5.0) -> Answers:
    """A person who answers so long after they were asked; never, with None."""
    answers = Answers()

    def react(event: Event) -> None:
        if isinstance(event, DeliveryAsks) and answer is not None:
            asyncio.get_running_loop().call_later(seconds, partial(answers.give, event.number, answer))

    world.react = react
    return answers


def unsure(world: World, answer: Answer | None, **settings: object) -> Ended:
    """A document that arrived whole, and the printer hung up instead of saying so."""
    attributes = Attributes(TITLE, pages=3, **settings)  # type: ignore[arg-type]
    job = world.submit(pdf(pages=3), attributes=attributes)
    world.printer.faults.document_answer = Manners.CUT
    return run(world.deliver(job, answers=says(world, answer)))


@pytest.mark.parametrize(
    ("answer", "ended", "told"),
    [
        (YES, Ended(PRINTED, "", 3, pages=3, told=True), "printed"),
        (NO, Ended(HELD, "not-printed", 3, pages=0, told=True), "stopped not-printed"),
        (Answer(AnswerKind.PAGES, 1), Ended(HELD, "printed-in-part", 3, pages=1, told=True), "stopped printed-in-part"),
        (Answer(AnswerKind.PAGES, 0), Ended(HELD, "not-printed", 3, pages=0, told=True), "stopped not-printed"),
        (Answer(AnswerKind.PAGES, 9), Ended(UNKNOWN, "outcome-unknown", 3, pages=3), "unknown outcome-unknown"),
        (None, Ended(UNKNOWN, "outcome-unknown", 3, pages=3), "unknown outcome-unknown"),
    ],
)
def test_whoever_stands_there_settles_what_nobody_else_knows(answer: Answer | None, ended: Ended, told: str) -> None:
    world = World()
    assert unsure(world, answer) == ended
    assert asked(world) == [Question(QuestionKind.CAME_OUT, page=3)]
    assert world.mesh.kinds()[-1] == told
    (entry,) = world.entries()
    assert (entry.outcome, entry.pages, entry.told) == (ended.outcome, ended.pages, ended.told)
    assert world.mesh.reports[-1].pages == ended.pages


def test_a_question_that_nobody_answers_ends_in_the_end() -> None:
    world = World()
    assert unsure(world, None).outcome is UNKNOWN
    assert ANSWER_SECONDS <= world.clock.monotonic() < ANSWER_SECONDS + 20


def test_where_nobody_can_be_asked_nobody_is() -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.document_answer = Manners.CUT
    assert run(world.deliver(job)) == Ended(UNKNOWN, "outcome-unknown", 2, pages=2)
    assert asked(world) == []
    assert world.clock.monotonic() < 30


def test_what_is_known_is_not_asked() -> None:
    world = World()
    job = world.submit(pdf())
    assert run(world.deliver(job, answers=says(world, NO))).outcome is PRINTED
    assert asked(world) == []


def test_after_their_no_what_the_printer_may_still_have_is_taken_back() -> None:
    world = World()
    job = world.submit(pdf(pages=3), attributes=Attributes(TITLE, pages=3))
    world.printer.faults.document_answer = Manners.CUT

    async def story() -> Ended:
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, world.printer.engine.put, Condition.JAM)
        loop.call_later(3.0, partial(setattr, world.printer.faults, "answers", Manners.MALFORMED))
        loop.call_later(150.0, partial(setattr, world.printer.faults, "answers", Manners.GOOD))
        return await world.deliver(job, answers=says(world, Answer(AnswerKind.PAGES, 0), 55.0))

    assert run(story()).outcome is HELD
    assert [made.state for made in world.printer.engine.jobs.values()] == [JobState.CANCELED]
    assert world.sheets() == 0


def test_who_would_rather_end_it_is_not_asked_on() -> None:
    world, cancel = World(), asyncio.Event()
    job = world.submit(pdf(pages=3), attributes=Attributes(TITLE, pages=3))
    world.printer.faults.document_answer = Manners.CUT

    async def story() -> tuple[Ended, float]:
        ended = await after(20, cancel.set, world.deliver(job, cancel=cancel, answers=says(world, None)))
        return ended, world.clock.monotonic()

    ended, at = run(story())
    assert ended.outcome is UNKNOWN
    assert at < 21


LACKING = [
    (Ability.TWO_SIDED, {"sides": "two-sided-long-edge"}, "sides"),
    (Ability.COLOR, {"color_mode": "color"}, "print-color-mode"),
    (Ability.COPIES, {"copies": 2}, "copies"),
]


@pytest.mark.parametrize(("ability", "settings", "lacks"), LACKING)
@pytest.mark.parametrize("answer", [YES, NO, None])
def test_a_printer_that_cannot_do_it_is_asked_about_before_a_byte_is_sent(
    ability: Ability, settings: dict[str, object], lacks: str, answer: Answer | None
) -> None:
    world = World()
    world.printer.faults.lacks.add(ability)
    job = world.submit(pdf(), attributes=Attributes(TITLE, pages=2, **settings))  # type: ignore[arg-type]
    ended = run(world.deliver(job, answers=says(world, answer)))
    assert asked(world) == [Question(QuestionKind.PRINT_ANYWAY, lacks=(lacks,))]
    if answer is YES:
        assert ended == Ended(PRINTED, "", 2, pages=2)
        return
    assert ended == Ended(HELD, "printer-lacks")
    assert world.printer.deliveries == []
    assert world.printer.engine.jobs == {}
    assert world.mesh.kinds()[-1] == "stopped printer-lacks"
    assert world.mesh.jobs[job.job_id].phase == "held"


def test_a_staple_is_no_reason_to_keep_anybody_waiting() -> None:
    world = World()
    world.printer.faults.lacks.add(Ability.STAPLER)
    job = world.submit(pdf(), attributes=Attributes(TITLE, finishings=("staple",)))
    assert run(world.deliver(job, answers=says(world, NO))).outcome is PRINTED
    (made,) = world.printer.engine.jobs.values()
    assert made.ticket.finishings == ()
    assert asked(world) == []
    assert [event.lost for event in world.events if isinstance(event, DeliveryLacks)] == [("staple",)]


def test_a_question_that_takes_its_time_does_not_lose_the_lease() -> None:
    world = World()
    world.printer.faults.lacks.add(Ability.COLOR)
    job = world.submit(pdf(), attributes=Attributes(TITLE, color_mode="color"))
    assert run(world.deliver(job, answers=says(world, YES, 58.0))).outcome is PRINTED
    assert world.mesh.kinds() == ["started", *["progress"] * 4, "printed"]


def without_parts(world: World) -> None:
    """No part of a document can be printed, nor made."""
    world.printer.faults.lacks.add(Ability.PAGE_RANGES)
    world.converter = Unable()  # type: ignore[assignment]


class Unable:
    """A converter that has no way for anything."""

    most_bytes = 0

    def targets(self, _source: str) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize("answer", [YES, NO, None])
def test_a_rest_that_cannot_be_had_is_no_dead_end(answer: Answer | None) -> None:
    """Each tap of an automatic release would ask for it again, and be refused for ever."""
    world = World()
    without_parts(world)
    job = world.submit(pdf(pages=3), attributes=Attributes(TITLE, pages=3))
    ended = run(world.deliver(job, first_page=2, answers=says(world, answer)))
    assert asked(world) == [Question(QuestionKind.PRINT_ANYWAY, lacks=("page-ranges",))]
    if answer is YES:
        assert ended == Ended(PRINTED, "", 3, pages=3)
        assert [entry.first_page for entry in world.entries()] == [1]
        return
    assert ended == Ended(HELD, "rest-unsupported")
    assert world.mesh.asked == 0


@pytest.mark.parametrize("pages_out", [3, 7])
@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (YES, Ended(PRINTED, "", pages=3, told=True)),
        (NO, Ended(HELD, "not-printed", pages=0, told=True)),
        (Answer(AnswerKind.PAGES, 2), Ended(HELD, "printed-in-part", pages=2, told=True)),
    ],
)
def test_a_job_with_no_page_left_is_settled_by_who_stands_there(answer: Answer, ended: Ended, pages_out: int) -> None:
    world = World()
    job = replace(world.submit(pdf(pages=3), attributes=Attributes(TITLE, pages=3)), pages_out=pages_out)
    assert run(world.deliver(job, first_page=pages_out + 1, answers=says(world, answer, 55.0))) == ended
    assert asked(world) == [Question(QuestionKind.CAME_OUT, page=3)]
    assert world.sheets() == 0
    assert world.mesh.reports[-1].pages == ended.pages
    assert "progress" in world.mesh.kinds()  # it is ours for as long as they take
