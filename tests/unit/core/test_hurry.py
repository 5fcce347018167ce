"""Hurried people: another badge before the first list is there, and an end without a farewell."""

from firmware.core.effects import CloseSession, DropDeadline, OpenSession, SetDeadline, Tell
from firmware.core.events import (
    CancelPrinting,
    DeletionEnded,
    JobsChosen,
    JobsDeleted,
    ListFailed,
    MeshChanged,
    Outcome,
)
from firmware.core.signs import Notice
from firmware.core.states import SessionState
from tests.unit.core.driving import ALICE, BOB, Driven


def test_the_same_badge_again_while_reading_is_busy_and_changes_nothing() -> None:
    driven = Driven()
    driven.tap()
    step = driven.tap()
    assert step.journal == ("busy, badge read at reader-1 -> authenticating",)
    assert step.effects == (Tell(Notice.READING),)
    driven.opened()
    assert driven.tap().journal == ("busy, badge read at reader-1 -> listing",)


def test_another_badge_while_the_first_is_looked_up_takes_its_place() -> None:
    driven = Driven()
    driven.tap(ALICE)
    driven.look()
    assert driven.tap(BOB).journal == ("another badge at reader-1 -> authenticating",)
    effects, _ = driven.look()
    assert [one for one in effects if not isinstance(one, DropDeadline)] == [
        OpenSession(2, BOB, reader="reader-1"),
        SetDeadline("auth", 2, 10.0),
        Tell(Notice.READING),
    ]
    step = driven.opened(1)
    assert step.journal == ("late session opened for session 1 dropped",)
    assert step.effects == (CloseSession("session-1"),)
    assert driven.passes("auth", 1).journal == ("late auth deadline dropped",)
    assert driven.opened(2).journal == ("badge accepted -> listing",)


def test_another_badge_while_the_first_list_is_fetched_never_gets_that_list() -> None:
    driven = Driven()
    driven.tap(ALICE)
    driven.opened(1, auto=True)
    step = driven.tap(BOB)
    assert step.journal == ("another badge at reader-1 -> authenticating", "session 1 closed")
    assert CloseSession("session-1") in step.effects
    assert Tell(Notice.READING) in step.effects
    assert driven.listed(1, "job-1").journal == ("late jobs listed for session 1 dropped",)
    assert driven.give(ListFailed(1, "mesh-unreachable")).effects == ()
    assert driven.core.session is SessionState.AUTHENTICATING
    assert driven.delivered == []


def test_another_badge_without_a_mesh_ends_the_visit_of_whoever_is_looked_up() -> None:
    """Their list may come yet: it would be shown to whoever stands there now."""
    driven = Driven()
    driven.tap(ALICE)
    driven.give(MeshChanged(False))
    driven.tap(ALICE)
    assert driven.core.session is SessionState.AUTHENTICATING
    assert "turned away -> idle" in driven.tap(BOB).journal
    assert driven.opened(1).effects == (CloseSession("session-1"),)


def test_whoever_printed_everything_need_not_log_out() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2")
    driven.give(JobsChosen(1, ("job-1", "job-2")))
    driven.ended(1)
    assert driven.core.session is SessionState.CHOOSING  # pages come, and perhaps a question
    driven.look()
    step = driven.ended(2)
    assert step.journal == ("delivery 2 printed", "list emptied -> idle", "session 1 closed")
    assert driven.told == [Notice.DONE]


def test_whoever_took_their_pages_back_chooses_again() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2")
    driven.give(JobsChosen(1, ("job-1", "job-2")))
    driven.give(CancelPrinting(1))
    driven.ended(1, Outcome.HELD, "canceled")
    assert driven.core.session is SessionState.CHOOSING
    assert driven.core.offered == {"job-2"}


def test_whoever_deleted_everything_is_told_that_nothing_is_left() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2")
    driven.give(JobsDeleted(1, ("job-1", "job-2")))
    driven.look()
    driven.give(DeletionEnded(1, ("job-1", "job-2"), ("job-1", "job-2")))
    assert driven.journal[-3:] == ["2 jobs deleted -> choosing", "list emptied -> idle", "session 1 closed"]
    assert driven.told == [Notice.NO_JOBS]


def test_a_deletion_that_failed_leaves_its_job_on_the_list() -> None:
    driven = Driven()
    driven.visit("job-1")
    driven.give(JobsDeleted(1, ("job-1",)), DeletionEnded(1, ("job-1",), (), "mesh-unreachable"))
    assert driven.core.offered == {"job-1"}
