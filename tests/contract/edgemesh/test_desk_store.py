"""What every desk store promises, whatever its engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.support.mesh_records import LATER, NOW, session
from tools.edgemesh.storage.records import Badge, KeptDelegation, OneTimeCode, Tries, User
from tools.edgemesh.storage.stores import DeskStore, StoreError

Open = Callable[[], DeskStore]
ADA = User("ada", "de-CH", False, 45, ("station-1", "station-2"), NOW)
EVE = User("eve")
BADGE = Badge(bytes(range(32)), "b-1", "ada", "0badf00d", NOW, date(2026, 1, 6))
DELEGATION = KeptDelegation("d-1", "ada", "eve", NOW, LATER, b"raw", b"signature", (b"leaf", b"issuer"))


def test_a_person_and_their_badge_are_there_after_a_restart(open_desk: Open) -> None:
    store = open_desk()
    store.put_user(ADA)
    store.put_badge(BADGE)
    store = open_desk()
    assert (store.user("ada"), store.badge(BADGE.badge)) == (ADA, BADGE)
    assert (store.user("eve"), store.badge(b"other")) == (None, None)


def test_a_person_who_is_changed_keeps_badges_and_pin(open_desk: Open) -> None:
    store = open_desk()
    store.put_user(User("ada"))
    store.put_badge(BADGE)
    store.put_pin("ada", b"slow")
    store.put_user(ADA)
    assert (store.badge(BADGE.badge), store.pin("ada"), store.users()) == (BADGE, b"slow", [ADA])


def test_a_badge_leaves_whoever_had_it_and_keeps_its_id_under_another_hash(open_desk: Open) -> None:
    store = open_desk()
    store.put_people([EVE, ADA], [], [])
    store.put_badge(BADGE)
    store.put_badge(replace(BADGE, user_id="eve", used=None))
    assert (list(store.badges("ada")), len(store.badges("eve"))) == ([], 1)
    marked = replace(BADGE, used=date(2026, 1, 7))
    store.mark_badge(marked)
    assert store.badge(BADGE.badge) == marked
    moved = replace(BADGE, badge=b"another hash", key="cafe")
    store.put_badge(moved)
    assert (store.badge(BADGE.badge), store.badge(moved.badge)) == (None, moved)
    store.remove_badge("b-1")
    store.remove_badge("b-1")
    assert list(store.badges()) == []


def test_badges_are_listed_oldest_first_and_people_by_name(open_desk: Open) -> None:
    store = open_desk()
    older = replace(BADGE, badge=b"older", badge_id="b-2", user_id="eve", since=NOW - timedelta(days=1))
    store.put_people([EVE, ADA], [BADGE, older], [("eve", b"slow")])
    store = open_desk()
    assert (list(store.users()), list(store.badges()), store.pin("eve")) == ([ADA, EVE], [older, BADGE], b"slow")


def test_people_are_put_whole_or_not_at_all(open_desk: Open) -> None:
    def people() -> list[User]:
        raise StoreError("cut off")

    store = open_desk()
    with pytest.raises(StoreError):
        store.put_people([ADA], (badge for _ in people() for badge in [BADGE]), [])
    assert (store.user("ada"), list(store.badges())) == (None, [])


def test_a_person_who_is_removed_leaves_nothing(open_desk: Open) -> None:
    store = open_desk()
    store.put_people([ADA], [BADGE], [("ada", b"slow")])
    store.put_code(OneTimeCode("ada", b"secret", LATER, 5))
    store.put_session(session())
    store.remove_user("ada")
    store.remove_user("ada")
    store = open_desk()
    assert (store.user("ada"), store.badge(BADGE.badge), store.pin("ada")) == (None, None, b"")
    assert (store.code("ada"), store.session("s-1")) == (None, None)


def test_pins_and_codes_are_kept_replaced_and_taken_away(open_desk: Open) -> None:
    store = open_desk()
    store.put_user(ADA)
    store.put_pin("ada", b"one")
    store.put_pin("ada", b"two")
    code = OneTimeCode("ada", b"secret", LATER, 5, "0471")
    store.put_code(code)
    store.put_code(replace(code, tries_left=4))
    store = open_desk()
    assert (store.code_numbered("0471"), store.code_numbered("471")) == (replace(code, tries_left=4), None)
    assert (store.pin("ada"), store.code("ada")) == (b"two", replace(code, tries_left=4))
    store.put_pin("ada", b"")
    store.remove_code("ada")
    store.remove_code("ada")
    assert (store.pin("ada"), store.code("ada")) == (b"", None)


def test_failed_tries_outlive_a_restart(open_desk: Open) -> None:
    store = open_desk()
    assert store.tries("badge/b-1") == Tries("badge/b-1")
    tries = Tries("badge/b-1", (NOW, LATER), LATER + timedelta(minutes=15), 900)
    store.put_tries(tries)
    assert open_desk().tries("badge/b-1") == tries
    store = open_desk()
    store.put_tries(Tries("badge/b-1"))
    assert store.tries("badge/b-1") == Tries("badge/b-1")


def test_delegations_are_found_by_owner_and_by_delegate_and_forgotten_after_their_end(open_desk: Open) -> None:
    store = open_desk()
    later = replace(DELEGATION, delegation_id="d-2", owner="bob", ends=LATER + timedelta(days=1), ended=NOW, told=True)
    store.put_delegation(later)
    store.put_delegation(DELEGATION)
    store = open_desk()
    assert (store.delegation("d-2"), store.delegation("d-3")) == (later, None)
    assert list(store.delegations()) == [DELEGATION, later]
    assert (list(store.delegations(owner="ada")), list(store.delegations(owner="eve"))) == ([DELEGATION], [])
    assert list(store.delegations(delegate="eve")) == [DELEGATION, later]
    store.remove_delegations(LATER)
    assert len(store.delegations()) == 2
    store.remove_delegations(LATER + timedelta(microseconds=1))
    assert list(store.delegations()) == [later]


def test_sessions_are_kept_and_ended(open_desk: Open) -> None:
    open_desk().put_session(session())
    store = open_desk()
    assert store.session("s-1") == session()
    store.end_session("s-1")
    store.end_session("s-1")
    assert store.session("s-1") is None


def test_only_sessions_that_expired_before_are_ended(open_desk: Open) -> None:
    store = open_desk()
    store.put_session(session("s-1", LATER))
    store.put_session(session("s-2", LATER + timedelta(microseconds=1)))
    store.end_sessions(LATER + timedelta(microseconds=1))
    assert (store.session("s-1"), store.session("s-2") is not None) == (None, True)
    store.end_sessions(LATER)
    assert store.session("s-2") is not None
