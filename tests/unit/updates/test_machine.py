"""What the update machine decides where no twin of an installer brings it about."""

from dataclasses import replace

from firmware.updates import steps
from firmware.updates.machine import Machine
from firmware.updates.states import Offer, Phase, Record, Version
from firmware.updates.steps import Began, Keep, Looked, Mark, Polled, Restart
from tests.support.update_rig import UNDER_WAY

BEGAN = Began("A", "A", Version("0.1.0"), "lockgate-arm64")
OFFER = Offer("d" * 64, Version("0.2.0"), "lockgate-arm64", 5000)


def test_each_step_is_kept_before_it_is_done() -> None:
    found = Machine(Record())
    found.handle(BEGAN)
    found.handle(Polled(OFFER))
    effects = found.handle(Looked(is_quiet=True, is_calm=True))
    assert [type(one).__name__ for one in effects] == ["Keep", "Note", "Install"]
    found.handle(steps.Installed())
    effects = found.handle(Looked(is_quiet=True, is_calm=True, faults=("reader-lost",)))
    assert effects == (Keep(found.record), Restart(trial=True))
    assert found.record.known == ("reader-lost",)


def test_a_slot_that_cannot_be_marked_good_goes_back() -> None:
    found = Machine(UNDER_WAY)
    found.handle(replace(BEGAN, slot="B", version=Version("0.2.0")))
    assert found.handle(steps.Examined(())) == (Mark(good=True),)
    found.handle(steps.Failed("installer-failed"))
    assert found.record.phase is Phase.BACK
    assert found.handle(Looked(is_quiet=False, is_calm=False))[-2:] == (Mark(good=False), Restart(trial=False))
    assert found.handle(Looked(is_quiet=False, is_calm=False)) == (), "it is on its way"


def test_a_slot_that_was_marked_good_unheard_stays() -> None:
    found = Machine(replace(UNDER_WAY, phase=Phase.BACK, code="installer-failed"))
    found.handle(Began("B", "B", Version("0.2.0"), "lockgate-arm64"))
    assert (found.record.phase, found.record.code) == (Phase.ENDED, "")


def test_a_restart_that_cannot_be_asked_for_is_tried_again() -> None:
    found = Machine(replace(UNDER_WAY, phase=Phase.READY, tries=0))
    found.handle(BEGAN)
    found.handle(Polled(OFFER))
    found.handle(Looked(is_quiet=True, is_calm=True))
    found.handle(steps.Failed("installer-failed"))
    assert (found.record.phase, found.record.tries) == (Phase.READY, 0)
    assert found.handle(Looked(is_quiet=True, is_calm=True))[-1] == Restart(trial=True)


def test_events_out_of_turn_change_nothing() -> None:
    found = Machine(Record())
    found.handle(BEGAN)
    for event in (steps.Installed(), steps.Marked(), steps.Examined(("reader-lost",))):
        assert found.handle(event) == ()
    assert found.record == Record()
