"""Somebody asks with their phone to be let in: a visit like any other, and never the same badge."""

from firmware.core.effects import ListJobs, OpenByPhone, OpenSession
from firmware.core.events import (
    BadgeRead,
    Event,
    JobRef,
    JobsListed,
    MeshChanged,
    PhoneArrived,
    SessionOpened,
    SessionRefused,
    Started,
)
from firmware.core.machine import Core
from firmware.core.states import SessionState

TAP = BadgeRead("reader-1", "04a1b2c3")


def ready() -> Core:
    core = Core()
    core.handle(Started())
    return core


def effects(core: Core, event: Event) -> list[object]:
    return list(core.handle(event).effects)


def test_a_phone_opens_a_visit_and_its_ticket_is_told_to_nobody_else() -> None:
    core = ready()
    step = core.handle(PhoneArrived("secret-ticket"))
    assert OpenByPhone(1, "secret-ticket") in step.effects
    assert "secret" not in f"{step.journal} {step!r}"
    assert any(isinstance(one, ListJobs) for one in effects(core, SessionOpened(1, "s-1", True, 30, "phone")))


def test_a_phone_after_a_badge_and_a_badge_after_a_phone_are_another_person() -> None:
    core = ready()
    core.handle(TAP)
    core.handle(SessionOpened(1, "s-1", False, 30))
    assert OpenByPhone(2, "next") in effects(core, PhoneArrived("next"))  # though a list is on its way: it is dropped
    assert any(isinstance(one, OpenSession) and one.ref == 3 for one in effects(core, TAP))
    core = ready()
    core.handle(PhoneArrived("a"))
    core.handle(SessionRefused(1, "ticket-expired"))
    assert core.session is SessionState.IDLE
    assert any(isinstance(one, OpenSession) for one in effects(core, TAP))


def test_a_phone_takes_over_from_whoever_chooses_another_phone_too() -> None:
    """Nobody's second scan logs out the first: a phone has no number that could be the same."""
    core = ready()
    core.handle(PhoneArrived("a"))
    core.handle(SessionOpened(1, "s-1", False, 30, "phone"))
    core.handle(JobsListed(1, (JobRef("j-1", "application/pdf", 1),)))
    assert core.session is SessionState.CHOOSING
    assert OpenByPhone(2, "b") in effects(core, PhoneArrived("b"))
    assert core.visit == 2


def test_nobody_is_let_in_by_phone_where_the_mesh_is_gone() -> None:
    core = ready()
    core.handle(MeshChanged(False))
    assert not [one for one in effects(core, PhoneArrived("a")) if isinstance(one, OpenByPhone)]
    assert core.session is SessionState.IDLE
