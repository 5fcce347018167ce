"""What a person does at a panel, in the core: wishes, deletions, more time, an end of all that is theirs."""

from firmware.core.effects import CancelDelivery, DeleteJobs, Deliver, SetDeadline, Tell
from firmware.core.events import (
    CancelPrinting,
    DeletionEnded,
    DeliveryEnded,
    JobsChosen,
    JobsDeleted,
    Outcome,
    StayAsked,
)
from firmware.core.policy import Policy
from firmware.core.signs import Notice
from firmware.core.wishes import Wishes
from tests.unit.core.driving import BOB, Driven

KEEP = Wishes(keep=True)


def told(driven: Driven) -> list[Tell]:
    return [effect for effect in driven.effects if isinstance(effect, Tell)]


def test_each_choice_has_its_own_wishes() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2")
    driven.give(JobsChosen(1, ("job-1",), wishes=KEEP), JobsChosen(1, ("job-1", "job-2")))
    driven.ended(1)
    assert driven.delivered == [Deliver(1, "session-1", "job-1", 1, KEEP), Deliver(2, "session-1", "job-2")]
    assert "1 job chosen, kept -> choosing" in driven.journal


def test_what_is_being_deleted_is_not_printed_and_what_was_not_deleted_is() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2", "job-3")
    step = driven.give(JobsDeleted(1, ("job-1", "job-2", "job-1")))
    assert DeleteJobs(1, "session-1", ("job-1", "job-2")) in step.effects
    assert SetDeadline("idle", 1, 30.0) in step.effects
    assert step.journal == ("2 jobs to be deleted -> choosing",)
    assert driven.core.offered == {"job-3"}
    assert driven.give(JobsChosen(1, ("job-1",))).journal == ("ignored jobs chosen in choosing",)
    assert driven.give(JobsDeleted(1, ("job-1",))).journal == ("ignored jobs deleted in choosing",)
    step = driven.give(DeletionEnded(1, ("job-1", "job-2"), ("job-1",), "not-owner"))
    assert step.journal == ("1 job deleted, then not-owner -> choosing",)
    assert driven.core.offered == {"job-2", "job-3"}
    assert told(driven)[-1].code == "not-owner"


def test_what_prints_or_is_another_s_cannot_be_deleted() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2")
    driven.give(JobsChosen(1, ("job-1",)))
    for job_ids in ((), ("job-1",), ("job-1", "job-2"), ("nobody's",)):
        assert driven.give(JobsDeleted(1, job_ids)).journal == ("ignored jobs deleted in choosing",)
    driven.tap(BOB)
    assert driven.give(JobsDeleted(1, ("job-2",))).journal == ("late jobs deleted for session 1 dropped",)


def test_an_end_is_of_what_is_theirs_who_ask_for_it() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2", auto=True)
    driven.visit("job-3", ref=2, credential=BOB, auto=True)
    assert driven.give(CancelPrinting(1)).journal == ("late cancel printing for session 1 dropped",)
    step = driven.give(CancelPrinting(2))
    assert not any(isinstance(effect, CancelDelivery) for effect in step.effects)
    assert step.journal[0] == "delivery 3 held: canceled"
    assert (driven.core.queued, driven.core.queued_of(1)) == (1, 1)


def test_how_a_delivery_ended_is_told_with_whose_it_was_and_why() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.visit("job-2", ref=2, credential=BOB, auto=True)
    driven.give(DeliveryEnded(1, Outcome.GONE, "shredded"))
    (refused,) = [tell for tell in told(driven) if tell.notice is Notice.REFUSED]
    assert (refused.visit, refused.code) == (1, "shredded")
    driven.give(DeliveryEnded(2, Outcome.HELD, "a name\n"))
    assert told(driven)[-1].code != "a name\n"


def test_more_time_is_bounded_and_a_touch_is_not_journaled() -> None:
    driven = Driven(Policy(max_stays=1))
    driven.visit("job-1")
    assert driven.give(StayAsked(1)).journal == ("more time asked for -> choosing",)
    assert driven.give(StayAsked(1)).journal == ("ignored stay asked in choosing",)
    step = driven.give(StayAsked(1, by_touch=True))
    assert (step.journal, step.effects) == ((), (SetDeadline("idle", 1, 30.0),))
    assert driven.give(StayAsked(1)).journal == ("more time asked for -> choosing",)
