"""One job after another on its way to paper: exact effects and lines."""

import pytest

from firmware.core.conditions import UNSURE, conditions
from firmware.core.effects import CancelDelivery, Deliver, DropDeadline, SetDeadline, Tell
from firmware.core.events import (
    CancelPrinting,
    DeliveryAdvanced,
    DeliveryEnded,
    DeliveryWaits,
    JobsChosen,
    Outcome,
    PrinterChanged,
    Stage,
)
from firmware.core.policy import Policy
from firmware.core.signs import Notice
from firmware.core.states import DeliveryState
from tests.unit.core.driving import BOB, Driven


def printing(*names: str) -> Driven:
    driven = Driven()
    driven.visit(*(names or ("job-1",)), auto=True)
    driven.look()
    return driven


def test_a_delivery_is_asked_for_once_and_told_as_printing() -> None:
    driven = Driven()
    step = driven.visit("job-1", auto=True)
    assert Deliver(1, "session-1", "job-1") in step.effects
    assert SetDeadline("delivery", 1, 4 * 3600.0) in step.effects
    assert Tell(Notice.PRINTING) in step.effects


def test_its_stages_are_journaled_and_never_go_back() -> None:
    driven = printing()
    driven.advance(1, Stage.ASKING, Stage.SENDING, Stage.PRINTING, Stage.SENDING)
    assert driven.journal == ["delivery 1 sending", "delivery 1 printing", "ignored delivery advanced in printing"]


def test_a_page_that_was_out_while_it_was_sent_is_not_forgotten() -> None:
    driven = printing()
    driven.give(DeliveryAdvanced(1, Stage.SENDING, 2))
    assert driven.give(DeliveryAdvanced(1, Stage.PRINTING)).journal == ("delivery 1 printing page 2",)


def test_printed_is_told_done_after_the_last_of_a_visit() -> None:
    driven = printing("job-1", "job-2")
    driven.ended(1)
    assert Notice.DONE not in driven.told
    driven.ended(2)
    assert driven.told[-1] is Notice.DONE
    assert driven.passes("notice", 2).effects == (Tell(Notice.READY),)


def test_one_at_a_time_in_the_order_of_the_list() -> None:
    driven = printing("job-1", "job-2", "job-3")
    assert driven.core.queued == 2
    for ref in (1, 2, 3):
        driven.ended(ref)
    assert [effect.job_id for effect in driven.delivered] == ["job-2", "job-3"]
    assert driven.core.delivery is None


@pytest.mark.parametrize("stage", list(Stage))
def test_waiting_for_a_person_and_going_on_where_it_was(stage: Stage) -> None:
    driven = printing()
    driven.advance(1, stage)
    driven.look()
    step = driven.give(DeliveryWaits(1, ("media-empty", "cover-open")))
    assert step.journal == ("delivery 1 waiting: media-empty, cover-open",)
    assert step.effects == (
        SetDeadline("wait", 1, 900.0),
        Tell(Notice.PRINTER_NEEDS_YOU, conditions(("media-empty", "cover-open"))),
    )
    step = driven.give(DeliveryWaits(1, ("cover-open",)))
    assert step.journal == ("delivery 1 waiting: cover-open",)
    assert not [effect for effect in step.effects if isinstance(effect, SetDeadline)]  # it waits once
    step = driven.give(DeliveryWaits(1, ()))
    assert step.journal == (f"delivery 1 {stage}",)
    assert step.effects == (DropDeadline("wait"), Tell(Notice.PRINTING))


def test_the_document_may_be_through_while_the_printer_waits() -> None:
    driven = printing()
    driven.advance(1, Stage.SENDING)
    driven.give(DeliveryWaits(1, ("media-jam",)))
    driven.advance(1, Stage.PRINTING)
    assert driven.give(DeliveryWaits(1, ())).journal == ("delivery 1 printing",)


def test_nobody_comes_to_a_waiting_printer_so_the_rest_is_cancelled() -> None:
    driven = printing()
    driven.advance(1, Stage.SENDING)
    driven.give(DeliveryWaits(1, ("media-empty",)))
    step = driven.passes("wait", 1)
    assert step.journal == ("delivery 1 cancelling",)
    assert step.effects == (
        DropDeadline("delivery"),
        CancelDelivery(1),
        SetDeadline("cancel", 1, 30.0),
        Tell(Notice.PRINTING),
    )
    driven.look()
    driven.give(DeliveryEnded(1, Outcome.HELD, "canceled", impressions=2))
    assert driven.journal[0] == "delivery 1 held: canceled after 2 impressions"


def test_a_person_cancels_and_is_told_what_really_happened() -> None:
    driven = printing()
    assert driven.give(CancelPrinting()).effects[1] == CancelDelivery(1)
    assert driven.give(CancelPrinting()).journal == ("ignored cancel printing in cancelling",)
    step = driven.ended(1, Outcome.PRINTED)
    assert step.journal[0] == "delivery 1 printed"
    assert Tell(Notice.DONE) in step.effects


@pytest.mark.parametrize("name", ["delivery", "wait", "cancel"])
def test_the_deadline_of_an_earlier_delivery_does_not_touch_this_one(name: str) -> None:
    driven = printing("job-1", "job-2")
    driven.ended(1)
    driven.give(DeliveryWaits(2, ("media-empty",)))
    assert driven.passes(name, 1).journal == (f"late {name} deadline dropped",)
    driven.give(CancelPrinting())
    assert driven.passes(name, 1).journal == (f"late {name} deadline dropped",)


def test_nothing_to_cancel() -> None:
    assert Driven().give(CancelPrinting()).journal == ("ignored cancel printing: nothing is printing",)


def test_an_outcome_that_never_comes_is_unknown_and_the_next_one_begins() -> None:
    driven = printing("job-1", "job-2")
    driven.passes("delivery", 1)
    step = driven.passes("cancel", 1)
    assert step.journal == ("delivery 1 unknown: no-answer", "delivery 2 asking")
    assert Tell(Notice.PRINTER_NEEDS_YOU, (UNSURE,)) in step.effects
    assert driven.ended(1).journal == ("late delivery ended for delivery 1 dropped",)


@pytest.mark.parametrize(
    ("outcome", "code", "notice"),
    [
        (Outcome.HELD, "part-withdrawn", Notice.REFUSED),
        (Outcome.HELD, "mesh-unreachable", Notice.NOT_CONNECTED),
        (Outcome.HELD, "printer-unreachable", Notice.PRINTER_NEEDS_YOU),
        (Outcome.HELD, "printer-lacks", Notice.HELD),
        (Outcome.HELD, "canceled", Notice.HELD),
        (Outcome.GONE, "shredded", Notice.REFUSED),
        (Outcome.UNKNOWN, "outcome-unknown", Notice.PRINTER_NEEDS_YOU),
    ],
)
def test_each_end_is_told_as_it_is(outcome: Outcome, code: str, notice: Notice) -> None:
    driven = printing()
    step = driven.ended(1, outcome, code)
    assert step.journal[0] == f"delivery 1 {outcome}: {code}"
    assert Tell(notice, (UNSURE,) if outcome is Outcome.UNKNOWN else ()) in step.effects


@pytest.mark.parametrize(("part", "named"), [("node", "node"), ("\x1b[2J", "unprintable")])
def test_the_missing_part_is_named(part: str, named: str) -> None:
    step = printing().give(DeliveryEnded(1, Outcome.HELD, "part-withdrawn", part=part))
    assert step.journal[0] == f"delivery 1 held: part-withdrawn ({named} part)"


def test_a_blocked_printer_leaves_the_job_held_and_asks_nothing_of_the_mesh() -> None:
    driven = Driven()
    driven.give(PrinterChanged(("media-empty",)))
    step = driven.visit("job-1", "job-2", auto=True)
    assert step.journal == (
        "2 jobs listed -> releasing",
        "delivery 1 held: printer-needs-you",
        "delivery 2 held: printer-needs-you",
        "deliveries ended -> idle",
        "session 1 closed",
    )
    assert driven.delivered == []
    assert [effect for effect in step.effects if isinstance(effect, Tell)] == [
        Tell(Notice.PRINTER_NEEDS_YOU, conditions(("media-empty",)))
    ]


def test_a_job_held_at_a_blocked_printer_can_be_chosen_again_once_it_prints() -> None:
    driven = Driven()
    driven.give(PrinterChanged(("media-empty",)))
    driven.visit("job-1")
    driven.give(JobsChosen(1, ("job-1",)))
    assert driven.delivered == []
    driven.give(PrinterChanged(()))
    driven.give(JobsChosen(1, ("job-1",)))
    assert [effect.job_id for effect in driven.delivered] == ["job-1"]


def test_a_printer_that_blocks_during_a_delivery_stops_only_those_behind_it() -> None:
    driven = printing("job-1", "job-2")
    driven.give(PrinterChanged(("media-jam",)))
    assert driven.core.delivery is DeliveryState.ASKING
    assert driven.ended(1).journal[:2] == ("delivery 1 printed", "delivery 2 held: printer-needs-you")


def test_the_queue_is_bounded_and_what_does_not_fit_is_said() -> None:
    driven = Driven(Policy(max_queue=2))
    step = driven.visit("job-1", "job-2", "job-3", auto=True)
    assert step.journal[:2] == ("3 jobs listed -> releasing", "queue full, 1 job held")
    driven.ended(1)
    driven.ended(2)
    assert [effect.job_id for effect in driven.delivered] == ["job-1", "job-2"]


def test_two_people_queue_at_the_one_printer() -> None:
    driven = printing("job-1")
    driven.visit("job-2", ref=2, credential=BOB, auto=True)
    assert driven.delivered == []
    driven.ended(1)
    assert driven.delivered == [Deliver(2, "session-2", "job-2")]
