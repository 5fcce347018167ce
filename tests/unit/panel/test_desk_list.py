"""What a person does with their list, and what they see of it."""

from dataclasses import replace

import pytest

from firmware.core.effects import DeleteJobs, Deliver
from firmware.core.events import (
    DeletionEnded,
    DeliveryAdvanced,
    DeliveryWaits,
    JobsChosen,
    JobsDeleted,
    PrinterChanged,
    Stage,
)
from firmware.core.signs import Notice
from firmware.core.wishes import Wishes
from firmware.mesh.messages import Prices
from firmware.panel.view import Cost, Progress, Said, Screen
from tests.unit.panel.at_the_desk import LENT, MINE, OTHER, AtTheDesk, job, refused


def test_the_list_is_theirs_with_all_their_own_chosen_and_what_was_lent_apart() -> None:
    at = AtTheDesk()
    visit = at.visit(LENT, MINE, OTHER)
    view = at.look()
    assert (view.screen, view.visit) == (Screen.JOBS, visit)
    assert view.jobs == (MINE, OTHER, LENT)
    assert view.chosen == {"mine", "other"}


def test_what_cannot_be_printed_is_shown_and_not_chosen() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, replace(OTHER, refused="manifest-signature"))
    assert at.look().chosen == {"mine"}
    refused(lambda: at.desk.choose(visit, "other", wanted=True), "job-not-listed")
    at.desk.choose_all(visit)
    assert at.look().chosen == {"mine"}


def test_what_is_found_wrong_later_is_chosen_no_more() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, OTHER)
    at.desk.opened(visit, (replace(OTHER, refused="client-revoked"),))
    assert at.look().chosen == {"mine"}


def test_choosing() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, OTHER, LENT)
    at.desk.choose(visit, "other", wanted=False)
    at.desk.choose(visit, "lent", wanted=True)
    assert at.look().chosen == {"mine", "lent"}
    at.desk.choose_none(visit)
    assert at.look().chosen == set()
    refused(lambda: at.desk.print_chosen(visit), "nothing-chosen")
    refused(lambda: at.desk.delete(visit), "nothing-chosen")
    at.desk.choose_all(visit)
    assert at.look().chosen == {"mine", "other", "lent"}
    refused(lambda: at.desk.choose(visit, "nobody's", wanted=True), "job-not-listed")


def test_what_is_chosen_is_printed_as_it_is_wished_in_the_order_of_the_list() -> None:
    at = AtTheDesk()
    visit = at.visit(OTHER, MINE)
    wishes = Wishes(1, two_sided=True, grey=True, keep=True)
    at.desk.wish(visit, wishes)
    view = at.look()
    assert (view.copies, view.two_sided, view.grey, view.keep) == (1, True, True, True)
    at.desk.print_chosen(visit)
    at.settle()
    assert JobsChosen(visit, ("other", "mine"), False, wishes) in at.posted
    assert at.done(Deliver) == [Deliver(1, f"session-{visit}", "other", 1, wishes)]
    assert "2 jobs chosen, 1 copy, two-sided, grey, kept -> choosing" in at.journal


def test_the_rest_alone_may_be_wanted() -> None:
    at = AtTheDesk()
    visit = at.visit(replace(MINE, pages_out=2))
    at.desk.print_chosen(visit, rest=True)
    at.settle()
    assert at.done(Deliver) == [Deliver(1, f"session-{visit}", "mine", 3)]


def test_what_prints_is_on_the_list_no_more_and_the_page_is_the_print_once_nothing_is_left() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, OTHER)
    at.desk.choose(visit, "other", wanted=False)
    at.desk.print_chosen(visit)
    view = at.look()
    assert (view.screen, view.jobs, view.chosen) == (Screen.JOBS, (OTHER,), frozenset())
    assert view.progress == Progress(is_theirs=True, pages=3, stage="asking")
    at.desk.choose_all(visit)
    at.desk.print_chosen(visit)
    at.give(DeliveryAdvanced(1, Stage.SENDING), DeliveryAdvanced(1, Stage.PRINTING, 2))
    assert at.look().screen is Screen.PRINTING
    assert at.look().progress == Progress(is_theirs=True, page=2, pages=3, queued=1, stage="printing")
    at.give(DeliveryWaits(1, ("media-jam",)))
    assert at.look().screen is Screen.PRINTER_NEEDS_YOU
    assert len(at.look().needs) == 1


def test_what_the_printer_could_not_begin_is_offered_again() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE)
    at.give(PrinterChanged(("media-empty",)))
    at.desk.print_chosen(visit)
    assert at.look().jobs == (MINE,)
    assert at.look().chosen == {"mine"}


def test_deleting_is_asked_once_more_and_is_for_their_own() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, OTHER, LENT)
    at.desk.choose_all(visit)
    at.desk.delete(visit)
    assert at.look().confirming
    assert not at.done(DeleteJobs)
    at.desk.delete(visit)
    at.settle()
    assert JobsDeleted(visit, ("mine", "other")) in at.posted
    assert at.done(DeleteJobs) == [DeleteJobs(visit, f"session-{visit}", ("mine", "other"))]
    assert at.look().jobs == (LENT,)
    assert not at.look().confirming


@pytest.mark.parametrize("act", ["stay", "choose_all", "choose_none", "more", "print_chosen"])
def test_anything_else_takes_a_deletion_back(act: str) -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, OTHER)
    at.desk.delete(visit)
    getattr(at.desk, act)(visit)
    assert not at.look().confirming
    at.settle()
    assert not at.done(DeleteJobs)


def test_what_the_mesh_did_not_delete_is_on_the_list_again_and_it_is_said() -> None:
    at = AtTheDesk()
    visit = at.visit(MINE, OTHER)
    at.desk.delete(visit)
    at.desk.delete(visit)
    at.give(DeletionEnded(visit, ("mine", "other"), ("mine",), "mesh-unreachable"))
    assert at.look().jobs == (OTHER,)
    assert at.look().said == Said(Notice.NOT_CONNECTED, code="mesh-unreachable")
    assert "1 job deleted, then mesh-unreachable -> choosing" in at.journal


def test_what_was_lent_cannot_be_deleted() -> None:
    at = AtTheDesk()
    visit = at.visit(LENT)
    at.desk.choose_all(visit)
    refused(lambda: at.desk.delete(visit), "nothing-chosen")
    assert not at.look().confirming


def test_a_long_list_is_shown_a_page_at_a_time_and_opened_so() -> None:
    at = AtTheDesk()
    jobs = [job(f"job-{number}", "Title" if number < 20 else "") for number in range(45)]
    visit = at.visit(*jobs)
    assert (at.look().shown, len(at.look().jobs)) == (20, 45)
    at.desk.more(visit)
    assert at.look().shown == 40
    assert at.wanted == [(visit, tuple(f"job-{number}" for number in range(20, 40)))]
    at.desk.opened(visit, tuple(replace(one, title="Found", is_opened=True) for one in jobs[20:40]))
    assert [one.title for one in at.look().jobs[19:21]] == ["Title", "Found"]
    at.desk.more(visit)
    at.desk.more(visit)
    assert at.look().shown == 65
    assert at.wanted[1:] == [(visit, tuple(f"job-{number}" for number in range(40, 45)))] * 2


def test_what_it_costs_where_the_site_counts() -> None:
    at = AtTheDesk()
    visit = at.visit(
        replace(MINE, pages=3, copies=2, color_mode="color"),
        replace(OTHER, pages=None),
        replace(LENT, pages=2, color_mode="monochrome"),
        prices=Prices("EUR", 5, 20),
    )
    assert at.look().cost == Cost(120, "EUR", at_least=True)
    at.desk.choose(visit, "other", wanted=False)
    at.desk.choose(visit, "lent", wanted=True)
    assert at.look().cost == Cost(130, "EUR")
    at.desk.wish(visit, Wishes(copies=1, grey=True))
    assert at.look().cost == Cost(25, "EUR")
    at.desk.choose_none(visit)
    assert at.look().cost is None
