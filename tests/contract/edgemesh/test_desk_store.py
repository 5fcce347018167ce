"""What every desk store promises, whatever its engine."""

from collections.abc import Callable
from datetime import timedelta

from tests.support.mesh_records import LATER, session
from tools.edgemesh.records import User
from tools.edgemesh.stores import DeskStore

Open = Callable[[], DeskStore]
ADA = User("ada", "de-CH", False, 45, True, ("station-1", "station-2"))
BADGE = bytes(range(32))


def test_a_person_and_their_badge_are_there_after_a_restart(open_desk: Open) -> None:
    store = open_desk()
    store.put_user(ADA)
    store.put_badge(BADGE, "ada")
    store = open_desk()
    assert (store.user("ada"), store.user_of(BADGE)) == (ADA, ADA)
    assert (store.user("eve"), store.user_of(b"other")) == (None, None)


def test_a_person_who_is_changed_keeps_their_badges(open_desk: Open) -> None:
    store = open_desk()
    store.put_user(User("ada"))
    store.put_badge(BADGE, "ada")
    store.put_user(ADA)
    assert store.user_of(BADGE) == ADA


def test_a_badge_leaves_whoever_had_it(open_desk: Open) -> None:
    store = open_desk()
    store.put_user(ADA)
    store.put_user(User("eve"))
    store.put_badge(BADGE, "ada")
    store.put_badge(BADGE, "eve")
    assert store.user_of(BADGE) == User("eve")


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
