"""A tap until its jobs are asked for, or not: exact effects and lines."""

import pytest

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
    MeshChanged,
    SessionOpened,
    SessionRefused,
)
from firmware.core.signs import Notice
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


def test_an_unreadable_badge_is_told() -> None:
    step = Driven().give(BadgeUnreadable("reader-1", "badge-unreadable"))
    assert step.journal == ("badge unreadable at reader-1: badge-unreadable -> ready",)
    assert step.effects[0] == Tell(Notice.REFUSED)
