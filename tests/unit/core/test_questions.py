"""What only a person can say: asked of the one whose pages they are, answered by nobody else."""

import pytest

from firmware.core.effects import (
    AnswerDelivery,
    CancelDelivery,
    DropDeadline,
    SetDeadline,
    Tell,
)
from firmware.core.events import (
    CancelPrinting,
    DeliveryAnswered,
    DeliveryAsks,
    DeliveryEnded,
    DeliveryLacks,
    DeliveryWaits,
    JobsChosen,
    LogOut,
    MeshChanged,
    Outcome,
    Stage,
    StopAsked,
)
from firmware.core.questions import Answer, AnswerKind, Question, QuestionKind
from firmware.core.signs import Notice
from firmware.core.states import DeliveryState, SessionState
from tests.unit.core.driving import ALICE, BOB, Driven

CAME_OUT = Question(QuestionKind.CAME_OUT, 3)
NO_DUPLEX = Question(QuestionKind.PRINT_ANYWAY, lacks=("sides",))
YES = Answer(AnswerKind.YES)


def asking(question: Question = CAME_OUT, *names: str, stage: Stage = Stage.PRINTING) -> Driven:
    """Delivery 1 of Alice, who stands there, has a question for her."""
    driven = Driven()
    driven.visit(*(names or ("job-1",)), auto=True)
    driven.advance(1, stage)
    driven.look()
    driven.give(DeliveryAsks(1, question, 1))
    return driven


def answers(driven: Driven) -> list[Answer | None]:
    return [effect.answer for effect in driven.effects if isinstance(effect, AnswerDelivery)]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (CAME_OUT, "did page 3 come out?"),
        (Question(QuestionKind.CAME_OUT), "did all pages come out?"),
        (NO_DUPLEX, "print without two-sided printing?"),
        (Question(QuestionKind.PRINT_ANYWAY, lacks=("me\ndia",)), "print without unprintable?"),
        (Question(QuestionKind.PRINT_ANYWAY), "print anyway?"),
        (
            Question(QuestionKind.PRINT_ANYWAY, lacks=("page-ranges",)),
            "print all pages again, also those that came out?",
        ),
    ],
)
def test_a_question_is_shown_and_has_a_minute(question: Question, words: str) -> None:
    driven = asking(question)
    assert driven.journal == [f"delivery 1 asking-person: {words}"]
    assert driven.effects == [SetDeadline("question", 1, 60.0), Tell(Notice.QUESTION, question=question, number=1)]
    assert driven.core.question == question


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (YES, "yes"),
        (Answer(AnswerKind.NO), "no"),
        (Answer(AnswerKind.PAGES, 2), "2 pages came out"),
        (Answer(AnswerKind.PAGES, 1), "1 page came out"),
    ],
)
def test_an_answer_is_handed_on_and_all_goes_on_where_it_was(stage: Stage, answer: Answer, words: str) -> None:
    driven = asking(stage=stage)
    step = driven.give(DeliveryAnswered(1, answer))
    assert step.journal == (f"delivery 1 answered: {words} -> {stage}",)
    assert step.effects == (DropDeadline("question"), AnswerDelivery(1, answer, 1), Tell(Notice.PRINTING))
    assert driven.core.question is None


def test_a_question_is_answered_once() -> None:
    driven = asking()
    driven.give(DeliveryAnswered(1, YES))
    assert driven.give(DeliveryAnswered(1, YES)).journal == ("ignored delivery answered in printing",)
    assert answers(driven) == [YES]


@pytest.mark.parametrize("is_answered", [True, False])
def test_why_it_is_kept_is_told(is_answered: bool) -> None:
    driven = asking(NO_DUPLEX, stage=Stage.ASKING)
    if is_answered:
        driven.give(DeliveryAnswered(1, Answer(AnswerKind.NO), 1))
    else:
        driven.passes("question", 1)
    step = driven.ended(1, Outcome.HELD, "printer-lacks")
    assert Tell(Notice.HELD, lacks=("sides",)) in step.effects


def test_what_somebody_asked_for_is_not_told_to_the_next_person() -> None:
    driven = asking(NO_DUPLEX, stage=Stage.ASKING)
    driven.tap(BOB)
    step = driven.ended(1, Outcome.HELD, "printer-lacks")
    assert Tell(Notice.HELD) in step.effects


def test_a_job_that_is_kept_for_another_reason_is_not_kept_for_what_the_printer_lacks() -> None:
    driven = asking(NO_DUPLEX, stage=Stage.ASKING)
    driven.give(DeliveryAnswered(1, YES, 1))
    step = driven.ended(1, Outcome.HELD, "canceled")
    assert Tell(Notice.HELD) in step.effects


def test_who_taps_because_they_were_asked_is_asked_still_though_the_mesh_is_gone() -> None:
    driven = asking()
    driven.give(MeshChanged(False))
    driven.look()
    driven.tap(ALICE)
    assert driven.core.question == CAME_OUT
    assert answers(driven) == []
    driven.tap(BOB)
    assert answers(driven) == [None]


def test_what_is_left_out_is_told() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    step = driven.give(DeliveryLacks(1, ("staple", "a\nname")))
    assert step.journal == ("delivery 1 printed without: staple, unprintable",)
    assert driven.core.delivery is DeliveryState.ASKING


def test_nobody_answers_and_nothing_is_guessed() -> None:
    driven = asking()
    step = driven.passes("question", 1)
    assert step.journal == ("delivery 1 not answered -> printing",)
    assert answers(driven) == [None]
    assert driven.passes("question", 1).journal == ("late question deadline dropped",)


def test_another_tap_puts_the_question_away_before_anything_is_shown() -> None:
    driven = asking()
    step = driven.tap(BOB)
    assert step.journal == (
        "another badge at reader-1 -> authenticating",
        "delivery 1 not answered -> printing",
    )
    assert driven.core.question is None
    assert answers(driven) == [None]
    assert Notice.QUESTION not in [effect.notice for effect in step.effects if isinstance(effect, Tell)]
    assert driven.give(DeliveryAnswered(1, YES)).journal == ("late delivery answered for session 1 dropped",)
    assert driven.give(DeliveryAnswered(2, YES)).journal == ("late delivery answered for session 2 dropped",)


def test_who_taps_because_they_were_asked_is_asked_still() -> None:
    driven = asking()
    step = driven.tap(ALICE)
    assert step.journal == ("same badge at reader-1, and a question is open -> releasing",)
    assert step.effects[0] == Tell(Notice.QUESTION, question=CAME_OUT, number=1)
    assert driven.core.question == CAME_OUT


def test_whoever_leaves_is_asked_no_more() -> None:
    driven = asking()
    assert "delivery 1 not answered -> printing" in driven.give(LogOut(1)).journal


def test_a_question_for_somebody_who_has_left_is_not_shown() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.tap(BOB)
    driven.look()
    step = driven.give(DeliveryAsks(1, CAME_OUT, 1))
    assert step.journal == ("delivery 1 has nobody to ask: did page 3 come out?",)
    assert step.effects == (AnswerDelivery(1, None, 1),)
    assert driven.core.delivery is DeliveryState.ASKING


def test_an_answer_to_no_question_is_none() -> None:
    assert Driven().give(DeliveryAnswered(1, YES)).journal == ("ignored delivery answered: nothing is printing",)


def test_who_cancels_instead_of_answering_has_not_answered() -> None:
    driven = asking(NO_DUPLEX, stage=Stage.ASKING)
    step = driven.give(CancelPrinting())
    assert step.journal == ("delivery 1 cancelling",)
    assert step.effects[:4] == (
        AnswerDelivery(1, None, 1),
        DropDeadline("delivery"),
        DropDeadline("question"),
        CancelDelivery(1),
    )


def test_after_a_cancellation_the_question_comes_first_and_then_its_time_runs_again() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.give(CancelPrinting())
    driven.look()
    driven.give(DeliveryAsks(1, CAME_OUT, 1))
    assert driven.effects[:2] == [DropDeadline("cancel"), SetDeadline("question", 1, 60.0)]
    assert driven.give(CancelPrinting()).effects == ()
    step = driven.give(DeliveryAnswered(1, Answer(AnswerKind.PAGES, 2)))
    assert SetDeadline("cancel", 1, 30.0) in step.effects
    assert driven.core.delivery is DeliveryState.CANCELLING


def test_a_printer_that_waits_meanwhile_waits_afterwards() -> None:
    driven = asking()
    assert driven.give(DeliveryWaits(1, ("media-jam",))).effects == (SetDeadline("wait", 1, 900.0),)
    driven.give(DeliveryAnswered(1, YES))
    assert driven.core.delivery is DeliveryState.WAITING
    assert driven.told[-1] is Notice.PRINTER_NEEDS_YOU


def test_a_printer_that_goes_on_meanwhile_has_gone_on() -> None:
    driven = asking()
    driven.give(DeliveryWaits(1, ("media-jam",)), DeliveryWaits(1, ()), DeliveryAnswered(1, YES))
    assert driven.core.delivery is DeliveryState.PRINTING
    assert DropDeadline("wait") in driven.effects


def test_a_station_that_stops_asks_nobody() -> None:
    driven = asking()
    driven.give(StopAsked())
    assert answers(driven) == [None]
    assert driven.core.delivery is DeliveryState.PRINTING


def test_the_end_may_come_before_the_answer() -> None:
    driven = asking()
    step = driven.ended(1, Outcome.UNKNOWN, "outcome-unknown")
    assert step.journal[0] == "delivery 1 unknown: outcome-unknown"
    assert DropDeadline("question") in step.effects


def test_what_a_person_said_is_told_as_theirs() -> None:
    driven = asking()
    driven.give(DeliveryAnswered(1, YES))
    step = driven.give(DeliveryEnded(1, Outcome.PRINTED, pages=3, told=True))
    assert step.journal[0] == "delivery 1 printed, by a person's word"


def test_whoever_chose_stays_until_their_pages_are_there_though_the_list_does_not() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2")
    driven.give(JobsChosen(1, ("job-1",)))
    assert driven.passes("idle", 1).journal == ("nobody chose -> releasing",)
    assert driven.give(JobsChosen(1, ("job-2",))).journal == ("ignored jobs chosen in releasing",)
    driven.give(DeliveryAsks(1, CAME_OUT, 1))
    assert driven.core.question == CAME_OUT
    driven.give(DeliveryAnswered(1, YES))
    assert driven.ended(1).journal == ("delivery 1 printed", "deliveries ended -> idle", "session 1 closed")
    assert driven.core.session is SessionState.IDLE
