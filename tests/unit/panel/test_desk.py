"""What a person does at the desk, and what they see of it, from the tap to the end."""

from collections.abc import Callable

from firmware.core.effects import Deliver
from firmware.core.events import (
    AssociationEntered,
    BadgeRead,
    CancelPrinting,
    DeliveryAdvanced,
    DeliveryAnswered,
    DeliveryAsks,
    DeliveryEnded,
    MeshChanged,
    Outcome,
    PinEntered,
    SessionRefused,
    Stage,
    StopAsked,
)
from firmware.core.questions import Answer, AnswerKind, Question, QuestionKind
from firmware.core.signs import Notice
from firmware.core.wishes import Wishes
from firmware.panel.choice import Choice
from firmware.panel.desk import Desk
from firmware.panel.listed import Person
from firmware.panel.view import Prefs, Progress, Said, Screen
from tests.unit.panel.at_the_desk import ADA, BEN, LENT, MINE, OTHER, AtTheDesk, job, refused


def test_from_the_start_to_ready() -> None:
    at = AtTheDesk()
    assert (at.look().screen, at.look().visit) == (Screen.READY, 0)
    at.give(StopAsked())
    assert at.look().screen is Screen.STOPPED


def test_leaving() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE)
    at.desk.leave(visit)
    assert (at.look().screen, at.look().visit, at.look().jobs) == (Screen.READY, 0, ())
    refused(lambda: at.desk.leave(visit), "visit-over")


def test_a_second_tap_logs_out_and_another_badge_switches_at_once() -> None:
    at = AtTheDesk()
    at.visit(MINE)
    at.tap(ADA)
    assert (at.look().visit, at.look().jobs) == (0, ())
    at.visit(MINE)
    second = at.tap(BEN)
    assert (at.look().screen, at.look().visit, at.look().jobs) == (Screen.READING, second, ())


def test_whoever_stood_there_before_changes_nothing() -> None:
    at = AtTheDesk()
    first = at.visit(MINE)
    at.visit(OTHER, badge=BEN)
    before = at.look()
    posted = list(at.posted)
    for act in every_act(at.desk, first):
        refused(act, "visit-over")
    assert at.look() is before
    assert at.posted == posted
    for act in every_act(at.desk, 0)[:-1]:
        refused(act, "visit-over")


def every_act(desk: Desk, visit: int) -> list[Callable[[], None]]:
    return [
        lambda: desk.choose(visit, "other", wanted=False),
        lambda: desk.choose_all(visit),
        lambda: desk.choose_none(visit),
        lambda: desk.wish(visit, Wishes(grey=True)),
        lambda: desk.more(visit),
        lambda: desk.turn(visit),
        lambda: desk.touch(visit),
        lambda: desk.print_chosen(visit),
        lambda: desk.delete(visit),
        lambda: desk.leave(visit),
        lambda: desk.stay(visit),
        lambda: desk.cancel(visit),
        lambda: desk.enter_pin(visit, "4711"),
        lambda: desk.associate(visit, "ada", "12345678"),
        lambda: desk.cancel_entry(visit),
        lambda: desk.answer(visit, 1, Answer(AnswerKind.YES)),
        lambda: desk.prefer(visit, Prefs(large=True)),
    ]


def test_the_digits_of_a_keypad_go_on_through_a_long_list_and_round_and_what_they_name_is_shown() -> None:
    at = AtTheDesk()
    visit = at.visit(*(job(f"job-{number}") for number in range(1, 51)))
    seen = []
    for _ in range(7):
        at.desk.turn(visit)
        view = at.look()
        seen.append(view.turned)
        assert Choice(view).numbered.stop <= view.shown
    assert seen == [8, 16, 24, 32, 40, 48, 0]


def test_a_list_of_nine_is_never_turned() -> None:
    at = AtTheDesk()
    visit = at.visit(*(job(f"job-{number}") for number in range(1, 10)))
    at.desk.turn(visit)
    assert at.look().turned == 0
    assert len(Choice(at.look()).numbered) == 9


def test_typing_a_pin_and_who_one_is() -> None:
    at = AtTheDesk()
    visit = at.tap()
    refused(lambda: at.desk.enter_pin(visit, "4711"), "not-now")
    at.give(SessionRefused(visit, "pin-required"))
    assert at.look().screen is Screen.PIN
    at.desk.enter_pin(visit, "4711")
    at.settle()
    assert PinEntered(visit, "4711") in at.posted
    at.give(SessionRefused(visit, "badge-unknown", "ticket"))
    assert at.look().screen is Screen.WHO
    at.desk.associate(visit, "ada", "12345678")
    at.settle()
    assert AssociationEntered(visit, "ada", "12345678") in at.posted
    at.give(SessionRefused(visit, "pin-wrong"))
    assert at.look().said == Said(Notice.PIN_WRONG)
    at.desk.cancel_entry(visit)
    assert at.look().visit == 0


def test_why_somebody_was_not_let_in_is_said() -> None:
    at = AtTheDesk()
    at.give(SessionRefused(at.tap(), "locked-out"))
    assert at.look().said == Said(Notice.REFUSED, code="locked-out")


def test_a_question_is_answered_once() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE)
    at.desk.print_chosen(visit)
    at.settle()
    at.give(DeliveryAsks(1, Question(QuestionKind.CAME_OUT, 3), 7))
    assert (at.look().screen, at.look().number) == (Screen.QUESTION, 7)
    refused(lambda: at.desk.answer(visit, 6, Answer(AnswerKind.YES)), "question-over")
    at.desk.answer(visit, 7, Answer(AnswerKind.PAGES, 2))
    at.settle()
    assert at.posted[-1] == DeliveryAnswered(visit, Answer(AnswerKind.PAGES, 2), 7)
    refused(lambda: at.desk.answer(visit, 7, Answer(AnswerKind.NO)), "question-over")


def test_cancelling_ends_all_that_is_theirs_and_nothing_of_another() -> None:
    at = AtTheDesk()
    first = at.visit(MINE, OTHER)
    at.desk.print_chosen(first)
    at.settle()
    second = at.visit(job("hers", "Hers"), badge=BEN)
    refused(lambda: at.desk.cancel(second), "not-now")
    at.desk.print_chosen(second)
    at.settle()
    at.desk.cancel(second)
    at.settle()
    assert at.posted[-1] == CancelPrinting(second)
    assert at.journal[-1] == "delivery 3 held: canceled"
    assert [one.job_id for one in at.look().jobs] == ["hers"]
    at.give(DeliveryEnded(1, Outcome.PRINTED))
    assert [effect.job_id for effect in at.effects if isinstance(effect, Deliver)] == ["mine", "other"]


def test_cancelling_ones_own_takes_back_what_waits_too() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, OTHER)
    at.desk.print_chosen(visit)
    at.settle()
    at.desk.cancel(visit)
    at.settle()
    assert at.journal[-2:] == ["delivery 2 held: canceled", "delivery 1 cancelling"]
    assert [one.job_id for one in at.look().jobs] == ["other"]


def test_the_next_person_sees_nothing_of_the_one_whose_print_goes_on() -> None:
    at = AtTheDesk()
    at.desk.print_chosen(at.visit(MINE, OTHER))
    at.give(DeliveryAdvanced(1, Stage.SENDING), DeliveryAdvanced(1, Stage.PRINTING, 2))
    second = at.visit(LENT, badge=BEN)
    assert at.look().progress == Progress(is_theirs=False)
    assert (at.look().screen, at.look().visit, at.look().jobs) == (Screen.JOBS, second, (LENT,))
    at.give(DeliveryEnded(1, Outcome.PRINTED), DeliveryEnded(2, Outcome.PRINTED))
    assert at.look().said is None
    at.desk.leave(second)
    assert at.look().screen is Screen.READY


def test_who_waits_behind_anothers_print_is_told_that_their_pages_come_and_may_take_them_back() -> None:
    at = AtTheDesk()
    at.desk.print_chosen(at.visit(OTHER))
    second = at.visit(MINE, badge=BEN)
    at.desk.print_chosen(second)
    view = at.look()
    assert (view.screen, view.progress) == (Screen.PRINTING, Progress(is_theirs=False, queued=1))
    at.desk.cancel(second)
    assert (at.look().screen, at.look().jobs) == (Screen.JOBS, (MINE,))
    at.desk.print_chosen(second)
    at.give(DeliveryEnded(1, Outcome.PRINTED))
    assert at.look().progress == Progress(is_theirs=True, pages=3, stage="asking")
    at.give(DeliveryEnded(3, Outcome.PRINTED))
    assert (at.look().visit, at.look().said) == (0, Said(Notice.DONE))


def test_another_persons_print_is_seen_by_nobody_in_particular() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE)
    at.desk.print_chosen(visit)
    at.settle()
    at.desk.leave(visit)
    assert at.look().progress == Progress(is_theirs=False)
    assert at.look().screen is Screen.PRINTING
    at.give(DeliveryEnded(1, Outcome.PRINTED))
    assert at.look().said == Said(Notice.DONE)


def test_where_a_tap_releases_everything_there_is_nothing_to_choose() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, auto=True)
    assert (at.look().screen, at.look().jobs) == (Screen.PRINTING, ())
    assert at.look().progress == Progress(is_theirs=True, pages=3, stage="asking")
    refused(lambda: at.desk.choose_all(visit), "not-now")


def test_since_when_the_mesh_was_not_reached() -> None:
    at = AtTheDesk()
    at.give(MeshChanged(False), MeshChanged(False, "identity-expired"))
    assert (at.look().screen, at.look().stale_since) == (Screen.NOT_CONNECTED, 0.0)
    at.give(MeshChanged(True))
    assert (at.look().screen, at.look().stale_since) == (Screen.READY, None)


def test_a_list_or_a_name_for_somebody_who_left_is_not_shown() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE)
    at.desk.leave(visit)
    at.settle()
    at.desk.admitted(Person(visit, "de"))
    at.desk.listed(visit, (MINE,))
    at.desk.opened(visit, (MINE,))
    assert (at.look().jobs, at.look().language) == ((), "")
    at.give(BadgeRead("reader-1", BEN))
    assert (at.look().jobs, at.look().language) == ((), "")
