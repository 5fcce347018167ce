"""What comes to a list while its person looks at it, and what stands on it that nobody can choose."""

from dataclasses import replace

from firmware.core.effects import Deliver
from firmware.core.events import DeliveryEnded, JobHeld, ListFailed, Outcome
from firmware.core.signs import Notice
from firmware.panel.view import Screen
from tests.unit.panel.at_the_desk import BEN, LENT, MINE, OTHER, AtTheDesk, job, refused

NEW, HERS = job("new", "Ticket"), job("hers", "Agenda", owner="carol")


def delivered(at: AtTheDesk) -> list[str]:
    return [effect.job_id for effect in at.effects if isinstance(effect, Deliver)]


def test_what_comes_is_shown_as_new_before_the_others_and_not_chosen() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, OTHER, LENT)
    at.desk.choose(visit, "other", wanted=False)
    at.settle()
    at.arrive(HERS, NEW, MINE, OTHER, LENT)
    view = at.look()
    assert view.jobs == (replace(NEW, is_new=True), MINE, OTHER, replace(HERS, is_new=True), LENT)
    assert view.chosen == {"mine"}
    at.desk.print_chosen(visit)
    at.settle()
    assert delivered(at) == ["mine"]
    at.desk.choose(visit, "new", wanted=True)
    assert at.look().chosen == {"new"}


def test_nothing_that_was_touched_is_lost() -> None:
    at = AtTheDesk()
    visit = at.visit(*(job(f"job-{number}") for number in range(30)))
    at.desk.more(visit)
    at.desk.choose_none(visit)
    at.desk.choose(visit, "job-25", wanted=True)
    at.desk.wish(visit, replace(at.desk.wishes, grey=True))
    before = at.look()
    at.arrive(NEW, *before.jobs)
    now = at.look()
    assert (set(now.chosen), now.grey, now.shown) == ({"job-25"}, True, before.shown + 1)
    assert now.jobs[1:] == before.jobs


def test_it_stays_new_when_its_title_is_known() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE)
    at.arrive(replace(NEW, title="", is_opened=False), MINE)
    at.desk.opened(visit, (NEW,))
    assert at.look().jobs == (replace(NEW, is_new=True), MINE)


def test_where_a_tap_prints_everything_what_comes_later_waits_for_a_word() -> None:
    at = AtTheDesk()
    at.visit(MINE, LENT, auto=True)
    at.arrive(NEW, LENT)
    assert (at.look().jobs, at.look().chosen) == ((replace(NEW, is_new=True), LENT), frozenset())
    assert delivered(at) == ["mine"]


def test_a_mesh_that_does_not_answer_takes_nothing_away_and_says_nothing() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE)
    at.give(JobHeld("new"))
    before = at.look()
    at.give(ListFailed(visit, "mesh-unreachable"))
    assert at.look() is before


def test_a_later_list_of_somebody_who_left_is_shown_to_nobody() -> None:
    at = AtTheDesk()
    first = at.visit(MINE)
    at.visit(OTHER, badge=BEN)
    at.desk.listed(first, (NEW, MINE), (LENT,))
    assert (at.look().jobs, at.look().unsure) == ((OTHER,), ())


def test_what_nobody_knows_the_end_of_is_to_be_seen_and_not_to_be_chosen() -> None:
    at = AtTheDesk()
    at.tap()
    visit = at.admit()
    at.show((MINE,), (OTHER,))
    view = at.look()
    assert (view.jobs, set(view.chosen), view.unsure) == ((MINE,), {"mine"}, (OTHER,))
    refused(lambda: at.desk.choose(visit, "other", wanted=True), "job-not-listed")
    at.desk.choose_all(visit)
    assert at.look().chosen == {"mine"}
    at.desk.opened(visit, (replace(OTHER, title="Plan B"),))
    assert [one.title for one in at.look().unsure] == ["Plan B"]
    at.desk.print_chosen(visit)
    at.give(DeliveryEnded(1, Outcome.PRINTED))
    assert at.look().visit == 0


def test_where_there_is_nothing_else_it_is_the_whole_list_until_they_leave() -> None:
    at = AtTheDesk()
    at.tap()
    visit = at.admit()
    at.show((), (OTHER,))
    view = at.look()
    assert (view.screen, view.visit, view.jobs, view.unsure) == (Screen.JOBS, visit, (), (OTHER,))
    assert view.said is not None
    assert view.said.notice is Notice.PRINTER_NEEDS_YOU
    refused(lambda: at.desk.print_chosen(visit), "nothing-chosen")
    at.desk.leave(visit)
    assert (at.look().screen, at.look().unsure) == (Screen.READY, ())


def test_once_somebody_has_said_what_became_of_it_it_can_be_printed() -> None:
    at = AtTheDesk()
    at.tap()
    at.admit()
    at.show((), (OTHER, LENT))
    at.arrive(OTHER, unsure=(LENT,))
    assert (at.look().jobs, at.look().unsure) == ((replace(OTHER, is_new=True),), (LENT,))
