"""A job that the mesh announces while somebody chooses: asked for soon, once at a time, and nothing printed unasked."""

from firmware.core.effects import DropDeadline, ListJobs, SetDeadline, Tell
from firmware.core.events import DeletionEnded, JobHeld, JobsChosen, JobsDeleted, JobsListed, ListFailed, LogOut
from firmware.core.policy import Policy
from firmware.core.states import SessionState
from tests.unit.core.driving import BOB, Driven, job_refs

SOON = Policy().news_seconds


def choosing(*names: str, policy: Policy | None = None) -> Driven:
    driven = Driven(policy)
    driven.visit(*names)
    driven.look()
    return driven


def listed(driven: Driven) -> list[ListJobs]:
    return [effect for effect in driven.effects if isinstance(effect, ListJobs)]


def test_the_list_is_asked_for_again_soon_and_what_is_new_can_be_chosen() -> None:
    driven = choosing("job-1")
    assert driven.give(JobHeld("job-2")).effects == (SetDeadline("news", 1, SOON),)
    step = driven.passes("news", 1)
    assert (step.effects, step.journal) == ((ListJobs(1, "session-1"),), ())
    step = driven.listed(1, "job-2", "job-1")
    assert step.journal == ("1 job more listed -> choosing",)
    assert driven.core.offered == {"job-1", "job-2"}
    assert driven.delivered == []
    driven.give(JobsChosen(1, ("job-2",)))
    assert [one.job_id for one in driven.delivered] == ["job-2"]


def test_a_site_that_prints_a_lot_costs_one_list_at_a_time() -> None:
    driven = choosing("job-1")
    driven.give(*(JobHeld(f"job-{number}") for number in range(2, 50)))
    driven.passes("news", 1)
    driven.give(*(JobHeld(f"job-{number}") for number in range(50, 99)))
    assert listed(driven) == [ListJobs(1, "session-1")]
    step = driven.listed(1, "job-1")
    assert (step.effects, step.journal) == ((SetDeadline("news", 1, SOON),), ())  # of the second fifty
    driven.passes("news", 1)
    driven.listed(1, "job-1")
    assert len(listed(driven)) == 2


def test_what_is_on_the_list_or_prints_is_no_news() -> None:
    driven = choosing("job-1", "job-2")
    driven.give(JobsChosen(1, ("job-1",)))
    driven.look()
    assert driven.give(JobHeld("job-1"), JobHeld("job-2")).effects == ()
    assert driven.passes("news", 1).journal == ("late news deadline dropped",)


def test_what_prints_or_was_deleted_is_not_offered_again_by_a_later_list() -> None:
    driven = choosing("job-1", "job-2", "job-3")
    driven.give(JobsChosen(1, ("job-1",)), JobsDeleted(1, ("job-2",)))
    driven.give(JobHeld("job-4"))
    driven.passes("news", 1)
    driven.give(DeletionEnded(1, ("job-2",), ("job-2",)))
    driven.listed(1, "job-4", "job-3", "job-2", "job-1")
    assert driven.core.offered == {"job-3", "job-4"}


def test_what_comes_later_than_the_list_can_hold_is_left_for_the_next_tap() -> None:
    driven = choosing("job-1", policy=Policy(max_queue=2))
    driven.give(JobHeld("job-2"))
    driven.passes("news", 1)
    assert driven.listed(1, "job-3", "job-2", "job-1").journal == ("1 job more listed -> choosing",)
    assert driven.core.offered == {"job-1", "job-3"}


def test_a_mesh_that_does_not_answer_leaves_the_list_as_it_is() -> None:
    driven = choosing("job-1")
    driven.give(JobHeld("job-2"))
    driven.passes("news", 1)
    driven.look()
    step = driven.give(ListFailed(1, "mesh-unreachable"))
    assert step.journal == ("list failed mesh-unreachable -> choosing",)
    assert not [effect for effect in step.effects if isinstance(effect, Tell)]
    assert driven.core.offered == {"job-1"}
    driven.give(JobHeld("job-2"))
    assert driven.passes("news", 1).effects == (ListJobs(1, "session-1"),)


def test_a_list_that_nobody_asked_for_changes_nothing() -> None:
    driven = choosing("job-1")
    assert driven.listed(1, "job-1", "job-2").journal == ("ignored jobs listed in choosing",)
    assert driven.core.offered == {"job-1"}


def test_nothing_of_it_is_left_for_the_next_person() -> None:
    driven = choosing("job-1")
    assert DropDeadline("news") in driven.give(JobHeld("job-2"), LogOut(1)).effects
    driven.visit("job-9", ref=2, credential=BOB)
    assert driven.passes("news", 1).journal == ("late news deadline dropped",)
    driven.give(JobHeld("job-2"))
    driven.passes("news", 2)
    driven.tap()  # the first one's badge: another visit
    assert driven.listed(2, "job-2").journal == ("late jobs listed for session 2 dropped",)


def test_nobody_s_list_is_asked_for_where_nobody_chooses() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.look()
    assert driven.core.session is SessionState.RELEASING
    assert driven.give(JobHeld("job-2")).effects == ()


def test_what_is_settled_meanwhile_ends_a_visit_in_which_there_was_only_something_to_read() -> None:
    driven = Driven()
    driven.tap()
    driven.opened()
    driven.give(JobsListed(1, (), unknown=1), JobHeld("job-1"))
    driven.passes("news", 1)
    driven.give(JobsListed(1, job_refs("job-1")))
    assert driven.core.offered == {"job-1"}
    driven.give(JobsChosen(1, ("job-1",)))
    driven.ended(1)
    assert driven.core.session is SessionState.IDLE
