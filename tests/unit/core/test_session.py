"""One person after another at the station: exact effects and lines."""

import pytest

from firmware.core.conditions import UNSURE
from firmware.core.effects import (
    CloseSession,
    DropDeadline,
    ListJobs,
    OpenSession,
    SetDeadline,
    Tell,
)
from firmware.core.events import (
    BadgeUnreadable,
    DeadlinePassed,
    Event,
    JobRef,
    JobsChosen,
    JobsListed,
    ListFailed,
    LogOut,
    MeshChanged,
    Outcome,
    SessionOpened,
    SessionRefused,
    Stage,
)
from firmware.core.policy import MAX_IDLE_SECONDS
from firmware.core.signs import Notice
from firmware.core.states import SessionState
from tests.unit.core.driving import ALICE, BOB, Driven


def test_a_tap_asks_the_mesh_and_shows_reading_at_once() -> None:
    step = Driven().tap()
    assert step.effects == (
        OpenSession(1, ALICE, reader="reader-1"),
        SetDeadline("auth", 1, 10.0),
        Tell(Notice.READING),
    )
    assert step.journal == ("badge read at reader-1 -> authenticating",)


def test_an_accepted_badge_is_told_good_and_its_jobs_are_asked_for() -> None:
    driven = Driven()
    driven.tap()
    step = driven.opened()
    assert step.journal == ("badge accepted -> listing",)
    assert Tell(Notice.GOOD) in step.effects
    assert ListJobs(1, "session-1") in step.effects
    assert DropDeadline("auth") in step.effects
    assert SetDeadline("list", 1, 10.0) in step.effects


@pytest.mark.parametrize(
    ("method", "told"),
    [("uid", " (number)"), ("uid-pin", " (number and PIN)"), ("proof", " (card proof)"), ("else", ""), ("", "")],
)
def test_the_journal_says_how_somebody_was_let_in(method: str, told: str) -> None:
    driven = Driven()
    driven.tap()
    step = driven.give(SessionOpened(1, "session-1", True, 30, method))
    assert step.journal == (f"badge accepted{told} -> listing",)


def test_whoever_lifts_a_card_too_soon_is_told_what_to_do() -> None:
    driven = Driven()
    driven.tap()
    step = driven.give(SessionRefused(1, "card-gone"))
    assert step.journal == ("refused card-gone: hold the card until the beep -> idle",)
    assert Tell(Notice.REFUSED) in step.effects


def test_an_unknown_badge_is_told_and_the_lamp_comes_back_to_ready() -> None:
    driven = Driven()
    driven.tap()
    step = driven.give(SessionRefused(1, "badge-unknown"))
    assert step.journal == ("refused badge-unknown -> idle",)
    assert step.effects == (Tell(Notice.UNKNOWN_BADGE), SetDeadline("notice", 1, 3.0), DropDeadline("auth"))
    assert driven.passes("notice", 1).effects == (Tell(Notice.READY),)


def test_refusals_are_told_apart() -> None:
    for code, notice in {
        "badge-unknown": Notice.UNKNOWN_BADGE,
        "locked-out": Notice.REFUSED,
        "not-allowed-here": Notice.REFUSED,
        "mesh-unreachable": Notice.NOT_CONNECTED,
        "mesh-untrusted": Notice.NOT_CONNECTED,
        "mesh-protocol": Notice.NOT_CONNECTED,
    }.items():
        driven = Driven()
        driven.tap()
        assert driven.give(SessionRefused(1, code)).effects[0] == Tell(notice)


def test_a_silent_mesh_is_not_waited_for_longer_than_the_deadline() -> None:
    driven = Driven()
    driven.tap()
    step = driven.passes("auth", 1)
    assert step.journal == ("no answer to the badge -> idle",)
    assert step.effects == (Tell(Notice.NOT_CONNECTED), SetDeadline("notice", 1, 3.0))


def test_an_answer_after_the_deadline_is_dropped_and_its_session_closed() -> None:
    driven = Driven()
    driven.tap()
    driven.passes("auth", 1)
    step = driven.opened(1)
    assert step.journal == ("late session opened for session 1 dropped",)
    assert step.effects == (CloseSession("session-1"),)


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


def test_a_tap_without_a_mesh_is_turned_away_and_leaves_no_list_standing() -> None:
    driven = Driven()
    driven.visit("job-1")
    driven.give(MeshChanged(False))
    step = driven.tap(BOB)
    assert step.journal == (
        "badge read at reader-1, not connected -> offline",
        "turned away -> idle",
        "session 1 closed",
    )
    assert Tell(Notice.NOT_CONNECTED) in step.effects
    assert driven.tap(BOB).journal == ("badge read at reader-1, not connected -> offline",)


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


def test_an_unreadable_badge_is_told() -> None:
    step = Driven().give(BadgeUnreadable("reader-1", "badge-unreadable"))
    assert step.journal == ("badge unreadable at reader-1: badge-unreadable -> ready",)
    assert step.effects[0] == Tell(Notice.REFUSED)


def test_what_is_known_of_a_person_is_forgotten_with_the_visit() -> None:
    driven = Driven()
    driven.visit("job-1")
    session = driven.core._session
    assert ALICE in vars(session).values()
    driven.tap(ALICE)
    assert ALICE not in vars(session).values()
    assert (session.session_id, session._offer.listed, session.taken, session.left) == ("", {}, set(), {})
