"""One person after another at the station: exact effects and lines."""

import pytest

from firmware.core.conditions import UNSURE
from firmware.core.effects import (
    CloseSession,
    DropDeadline,
    OpenSession,
    SetDeadline,
    Tell,
)
from firmware.core.events import (
    DeadlinePassed,
    Event,
    JobRef,
    JobsChosen,
    JobsListed,
    ListFailed,
    LogOut,
    Outcome,
    SessionOpened,
    Stage,
)
from firmware.core.policy import MAX_IDLE_SECONDS
from firmware.core.signs import Notice
from firmware.core.states import SessionState
from tests.unit.core.driving import ALICE, BOB, Driven


def test_a_repeated_answer_does_not_close_the_session_in_use() -> None:
    driven = Driven()
    driven.visit("job-1")
    step = driven.give(SessionOpened(1, "session-1", True, 30))
    assert step.journal == ("ignored session opened in choosing",)
    assert step.effects == ()


@pytest.mark.parametrize("failure", [ListFailed(1, "session-expired"), DeadlinePassed("list", 1)])
def test_a_list_that_fails_or_never_comes_ends_the_visit(failure: Event) -> None:
    driven = Driven()
    driven.tap()
    driven.opened()
    step = driven.give(failure)
    assert driven.core.session is SessionState.IDLE
    assert CloseSession("session-1") in step.effects


def test_a_tap_never_prints_what_another_delegated_unasked() -> None:
    driven = Driven()
    driven.tap()
    driven.opened(auto=True)
    own, other = JobRef("own", "application/pdf", 1), JobRef("other", "application/pdf", 1, delegated=True)
    step = driven.give(JobsListed(1, (other, own)))
    assert step.journal[0] == "2 jobs listed -> choosing"
    assert [one.job_id for one in driven.delivered] == ["own"]
    driven.advance(1, Stage.SENDING, Stage.PRINTING)
    driven.ended(1)
    assert driven.core.session is SessionState.CHOOSING
    driven.give(JobsChosen(1, ("other",)))
    assert [one.job_id for one in driven.delivered] == ["own", "other"]


def test_a_list_of_delegated_jobs_alone_waits_for_a_choice() -> None:
    driven = Driven()
    driven.tap()
    driven.opened(auto=True)
    step = driven.give(JobsListed(1, (JobRef("other", "application/pdf", 1, delegated=True),)))
    assert step.journal == ("1 job listed -> choosing",)
    assert driven.delivered == []
    assert driven.passes("idle", 1).journal == ("nobody chose -> idle", "session 1 closed")


def test_a_job_of_which_nobody_knows_is_not_told_as_nothing() -> None:
    driven = Driven()
    driven.tap()
    driven.opened()
    step = driven.give(JobsListed(1, (), unknown=1))
    assert Tell(Notice.PRINTER_NEEDS_YOU, needs=(UNSURE,)) in step.effects
    assert Tell(Notice.NO_JOBS) not in step.effects
    assert step.journal == ("0 jobs listed, 1 job of unknown outcome -> choosing",)
    assert driven.core.offered == frozenset()
    assert driven.passes("idle", 1).journal == ("nobody chose -> idle", "session 1 closed")


def test_nor_is_it_kept_back_where_others_are_listed() -> None:
    for auto in (True, False):
        driven = Driven()
        driven.tap()
        driven.opened(auto=auto)
        step = driven.give(JobsListed(1, (JobRef("one", "application/pdf", 1),), unknown=2))
        assert Tell(Notice.PRINTER_NEEDS_YOU, needs=(UNSURE,)) in step.effects
        assert "1 job listed, 2 jobs of unknown outcome" in step.journal[0]


def test_no_jobs_is_told_and_ends_the_visit() -> None:
    driven = Driven()
    step = driven.visit()
    assert step.journal == ("0 jobs listed -> idle", "session 1 closed")
    assert Tell(Notice.NO_JOBS) in step.effects


def test_the_same_badge_logs_out() -> None:
    driven = Driven()
    driven.visit("job-1")
    step = driven.tap(ALICE)
    assert step.journal == ("same badge at reader-1 -> idle", "session 1 closed")
    assert CloseSession("session-1") in step.effects
    assert DropDeadline("idle") in step.effects


def test_another_badge_switches_at_once_and_the_first_list_is_gone() -> None:
    driven = Driven()
    driven.visit("job-1")
    step = driven.tap(BOB)
    assert step.journal == ("another badge at reader-1 -> authenticating", "session 1 closed")
    assert OpenSession(2, BOB, reader="reader-1") in step.effects
    assert CloseSession("session-1") in step.effects
    assert driven.give(JobsChosen(1, ("job-1",))).journal == ("late jobs chosen for session 1 dropped",)
    driven.opened(2)
    driven.listed(2, "job-9")
    assert driven.give(JobsChosen(2, ("job-1",))).journal == ("ignored jobs chosen in choosing",)
    assert driven.delivered == []


def test_nobody_chose() -> None:
    driven = Driven()
    driven.visit("job-1")
    step = driven.passes("idle", 1)
    assert step.journal == ("nobody chose -> idle", "session 1 closed")
    assert step.effects == (CloseSession("session-1"),)


def test_the_site_sets_how_long_one_may_stand_there_within_bounds() -> None:
    for asked, given in ((45, 45.0), (12, 30.0), (0, 30.0), (-5, 30.0), (10**9, float(MAX_IDLE_SECONDS))):
        driven = Driven()
        driven.tap()
        driven.opened(idle=asked)
        assert SetDeadline("idle", 1, given) in driven.listed(1, "job-1").effects


def test_each_choice_gives_more_time() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2")
    step = driven.give(JobsChosen(1, ("job-1",)))
    assert step.journal == ("1 job chosen -> choosing", "delivery 1 asking")
    assert SetDeadline("idle", 1, 30.0) in step.effects


def test_logging_out_on_the_panel_closes_the_session() -> None:
    driven = Driven()
    driven.visit("job-1")
    assert driven.give(LogOut(1)).journal == ("logged out -> idle", "session 1 closed")
    assert driven.give(LogOut(1)).journal == ("late log out for session 1 dropped",)


def test_a_job_already_chosen_is_not_released_again() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2")
    driven.give(JobsChosen(1, ("job-1", "job-1")))
    assert driven.give(JobsChosen(1, ("job-1",))).journal == ("ignored jobs chosen in choosing",)
    driven.ended(1, Outcome.HELD, "part-withdrawn")
    assert driven.give(JobsChosen(1, ("job-1",))).journal == ("ignored jobs chosen in choosing",)
    assert [effect.job_id for effect in driven.delivered] == ["job-1"]


def test_auto_release_lasts_until_its_deliveries_have_ended() -> None:
    driven = Driven()
    step = driven.visit("job-1", "job-2", auto=True)
    assert step.journal == ("2 jobs listed -> releasing", "delivery 1 asking")
    assert driven.ended(1).journal == ("delivery 1 printed", "delivery 2 asking")
    step = driven.ended(2)
    assert step.journal == ("delivery 2 printed", "deliveries ended -> idle", "session 1 closed")
    assert step.effects[-1] == CloseSession("session-1")


def test_the_next_person_can_tap_while_a_print_goes_on() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.look()
    assert driven.tap(BOB).journal == ("another badge at reader-1 -> authenticating",)
    assert not any(isinstance(effect, CloseSession) for effect in driven.effects)
    step = driven.ended(1)
    assert step.journal == ("delivery 1 printed", "session 1 closed")
    assert driven.core.session is SessionState.AUTHENTICATING


def test_the_same_badge_during_its_print_logs_out_and_the_print_goes_on() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    assert driven.tap(ALICE).journal == ("same badge at reader-1 -> idle",)
    assert driven.ended(1).journal == ("delivery 1 printed", "session 1 closed")


def test_a_job_on_its_way_is_not_released_by_a_second_visit() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2", auto=True)
    driven.tap(ALICE)
    step = driven.visit("job-2", "job-3", ref=2, auto=True)
    assert step.journal == ("2 jobs listed -> releasing",)
    driven.ended(1)
    driven.ended(2)
    assert [effect.job_id for effect in driven.delivered] == ["job-1", "job-2", "job-3"]


def test_what_is_known_of_a_person_is_forgotten_with_the_visit() -> None:
    driven = Driven()
    driven.visit("job-1")
    session = driven.core._session
    assert ALICE in vars(session).values()
    driven.tap(ALICE)
    assert ALICE not in vars(session).values()
    assert (session.session_id, session._offer.listed, session.taken, session.left) == ("", {}, set(), {})
