"""Asking for a PIN, and for who somebody with an unknown badge is."""

import pytest

from firmware.core import events
from firmware.core.effects import Associate, OpenSession, SetDeadline
from firmware.core.signs import Notice
from firmware.core.states import SessionState
from tests.unit.core.driving import ALICE, BOB, Driven

PIN_WANTED = events.SessionRefused(1, "pin-required")
UNKNOWN = events.SessionRefused(1, "badge-unknown", "ticket-1")
SECRETS = ("4711", "ada", "12345678", "ticket-1", ALICE)


def asking(refusal: events.SessionRefused) -> Driven:
    driven = Driven()
    driven.tap()
    driven.give(refusal)
    return driven


def test_a_pin_is_sent_with_the_badge_that_was_tapped() -> None:
    driven = asking(PIN_WANTED)
    assert (driven.core.session, driven.told[-1]) == (SessionState.ASKING_PIN, Notice.PIN_ASKED)
    driven.look()
    driven.give(events.PinEntered(1, "4711"))
    opening, *_ = driven.effects
    assert opening == OpenSession(1, ALICE, "4711", "reader-1")
    driven.opened()
    assert driven.core.session is SessionState.LISTING


def test_a_wrong_pin_is_told_and_asked_for_again() -> None:
    driven = asking(PIN_WANTED)
    driven.give(events.PinEntered(1, "4712"))
    driven.look()
    driven.give(events.SessionRefused(1, "pin-wrong"))
    assert (driven.told, driven.core.session) == ([Notice.PIN_WRONG], SessionState.ASKING_PIN)
    driven.give(events.PinEntered(1, "4711"), events.SessionRefused(1, "locked-out"))
    assert (driven.told[-1], driven.core.session) == (Notice.REFUSED, SessionState.IDLE)


def test_an_unknown_badge_with_a_ticket_is_asked_whose_it_is() -> None:
    driven = asking(UNKNOWN)
    assert (driven.core.session, driven.told[-1]) == (SessionState.ASSOCIATING, Notice.WHO_ARE_YOU)
    driven.look()
    driven.give(events.AssociationEntered(1, "ada", "12345678"))
    sent, *_ = driven.effects
    assert sent == Associate(1, "ticket-1", "ada", "12345678")
    driven.give(events.SessionRefused(1, "code-wrong"))
    assert driven.core.session is SessionState.IDLE


def test_a_badge_that_was_made_known_may_still_want_a_pin() -> None:
    driven = asking(UNKNOWN)
    driven.give(events.AssociationEntered(1, "ada", "12345678"), PIN_WANTED)
    assert driven.core.session is SessionState.ASKING_PIN
    driven.give(events.PinEntered(1, "4711"))
    assert OpenSession(1, ALICE, "4711", "reader-1") in driven.effects


def test_an_unknown_badge_without_a_ticket_is_refused_as_ever() -> None:
    driven = asking(events.SessionRefused(1, "badge-unknown"))
    assert driven.core.session is SessionState.IDLE
    assert driven.told[-1] is Notice.UNKNOWN_BADGE


@pytest.mark.parametrize(("refusal", "told"), [(PIN_WANTED, Notice.REFUSED), (UNKNOWN, Notice.UNKNOWN_BADGE)])
def test_who_enters_nothing_is_refused_after_a_while(refusal: events.SessionRefused, told: Notice) -> None:
    driven = asking(refusal)
    assert SetDeadline("entry", 1, 30.0) in driven.effects
    driven.look()
    driven.passes("entry", 1)
    assert (driven.core.session, driven.told[0]) == (SessionState.IDLE, told)
    assert driven.journal == ["nothing was entered -> idle"]


@pytest.mark.parametrize("refusal", [PIN_WANTED, UNKNOWN])
def test_the_same_badge_or_a_word_ends_the_asking_and_another_badge_takes_over(refusal: events.SessionRefused) -> None:
    driven = asking(refusal)
    driven.tap()
    assert driven.core.session is SessionState.IDLE
    driven = asking(refusal)
    driven.give(events.EntryCanceled(1))
    assert driven.core.session is SessionState.IDLE
    driven = asking(refusal)
    driven.tap(BOB)
    assert driven.core.session is SessionState.AUTHENTICATING
    driven.look()
    driven.give(events.PinEntered(1, "4711"))  # typed for the one before
    assert driven.journal == ["late pin entered for session 1 dropped"]


def test_no_secret_is_in_a_repr_or_the_journal() -> None:
    driven = asking(UNKNOWN)
    said = [repr(driven.give(events.AssociationEntered(1, "ada", "12345678"))), repr(driven.give(PIN_WANTED))]
    said.append(repr(driven.give(events.PinEntered(1, "4711"))))
    said += [repr(events.PinEntered(1, "4711")), repr(events.AssociationEntered(1, "ada", "12345678")), repr(UNKNOWN)]
    assert not [secret for secret in SECRETS for text in (*said, *driven.journal) if secret in text]
