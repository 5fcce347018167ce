"""Every question has its own number: an answer to one is none to another, of the same job or of the next."""

from firmware.core.effects import AnswerDelivery, Tell
from firmware.core.events import DeliveryAnswered, DeliveryAsks, Outcome, Stage
from firmware.core.questions import Answer, AnswerKind, Question, QuestionKind
from firmware.core.signs import Notice
from tests.unit.core.test_questions import CAME_OUT, NO_DUPLEX, YES, answers, asking


def test_a_late_answer_is_none_to_the_question_of_the_next_job() -> None:
    driven = asking(CAME_OUT, "job-1", "job-2")
    assert driven.core.asking == 1
    driven.passes("question", 1)
    assert driven.core.asking is None
    driven.ended(1, Outcome.UNKNOWN, "outcome-unknown")
    driven.give(DeliveryAsks(2, CAME_OUT, 2))
    late = driven.give(DeliveryAnswered(1, YES, 1))
    assert late.journal == ("late delivery answered for question 1 dropped",)
    assert driven.core.question == CAME_OUT
    driven.give(DeliveryAnswered(1, Answer(AnswerKind.NO), driven.core.asking))
    assert answers(driven)[-1] == Answer(AnswerKind.NO)


def test_an_answer_given_twice_is_none_to_the_next_question_of_the_same_job() -> None:
    """First whether all pages shall be printed again, then whether it shall be without two-sided printing."""
    driven = asking(Question(QuestionKind.PRINT_ANYWAY, lacks=("page-ranges",)), stage=Stage.ASKING)
    seen = driven.core.asking
    driven.give(DeliveryAnswered(1, YES, seen))
    driven.give(DeliveryAsks(1, NO_DUPLEX, 2))
    assert driven.core.asking == 2
    again = driven.give(DeliveryAnswered(1, YES, seen))
    assert again.journal == ("late delivery answered for question 1 dropped",)
    assert driven.core.question == NO_DUPLEX
    step = driven.give(DeliveryAnswered(1, Answer(AnswerKind.NO), 2))
    assert AnswerDelivery(1, Answer(AnswerKind.NO), 2) in step.effects
    assert answers(driven) == [YES, Answer(AnswerKind.NO)]


def test_an_answer_to_a_question_that_is_put_away_is_late() -> None:
    driven = asking()
    driven.passes("question", 1)
    late = driven.give(DeliveryAnswered(1, YES, 1))
    assert late.journal == ("late delivery answered for question 1 dropped",)
    driven.ended(1)
    late = driven.give(DeliveryAnswered(1, YES, 1))
    assert late.journal == ("late delivery answered for question 1 dropped",)


def test_the_same_question_asked_anew_is_shown_anew() -> None:
    driven = asking()
    driven.give(DeliveryAnswered(1, YES, 1))
    driven.give(DeliveryAsks(1, CAME_OUT, 2))
    assert driven.effects[-1] == Tell(Notice.QUESTION, question=CAME_OUT, number=2)
