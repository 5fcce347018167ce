"""Every reason that stops a printer has words, a picture and something to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.conditions import CONDITIONS, FINISHERS, UNKNOWN, Condition, Picture, condition, conditions
from firmware.core.events import DeliveryWaits, PrinterChanged
from firmware.delivery.obstacles import BLOCKING
from tests.unit.core.driving import Driven

OWN = {f"printer-{what}" for what in ("not-accepting", "stopped", "unreachable", "untrusted", "protocol")}


@pytest.mark.parametrize("reason", sorted(BLOCKING | OWN))
def test_whatever_blocks_a_release_has_words_of_its_own(reason: str) -> None:
    assert condition(reason) is not UNKNOWN


@pytest.mark.parametrize(
    ("reason", "picture"),
    [
        ("media-empty", Picture.PAPER),
        ("MEDIA-JAM", Picture.JAM),
        ("cover-open", Picture.COVER),
        ("toner-empty", Picture.TONER),
        ("marker-waste-full", Picture.WASTE),
        ("output-area-full", Picture.OUTPUT),
        ("input-tray-missing", Picture.TRAY),
        ("stapler-jam", Picture.JAM),
        ("stapler-empty", Picture.FINISHER),
        ("sheet-rotator-interlock-open", Picture.COVER),
        ("puncher-offline", Picture.POWER),
        ("laser-at-eol", Picture.SERVICE),
        ("fan-failure", Picture.SERVICE),
        ("trimmer-over-temperature", Picture.HEAT),
        ("paused", Picture.PAUSED),
        ("door-flap-opened", Picture.COVER),
        ("folderol", Picture.PRINTER),
        ("vendor-thing", Picture.PRINTER),
        ("", Picture.PRINTER),
    ],
)
def test_each_has_its_picture(reason: str, picture: Picture) -> None:
    assert condition(reason).picture is picture


def test_every_picture_is_of_something() -> None:
    shown = {found.picture for found in CONDITIONS.values()} | {condition(f"{FINISHERS[0]}-full").picture}
    assert shown | {condition("fan-failure").picture} == set(Picture)


@given(st.text(max_size=80))
def test_a_reason_of_no_registry_is_not_guessed_at_and_never_quoted(reason: str) -> None:
    found = condition(reason)
    assert isinstance(found, Condition)
    assert str(found) == f"{found.phrase} {found.deed}"
    assert found.phrase.endswith(".")
    assert found.deed.endswith(".")
    assert found.phrase.isascii()


def test_the_same_thing_is_said_once_and_the_known_before_the_unknown() -> None:
    found = conditions(("vendor-thing", "cover-open", "door-open", "media-jam"))
    assert [one.picture for one in found] == [Picture.COVER, Picture.JAM, Picture.PRINTER]


def test_the_station_knows_what_its_printer_needs() -> None:
    driven = Driven()
    assert not driven.core.needs
    driven.give(PrinterChanged(("media-empty",)))
    assert [one.picture for one in driven.core.needs] == [Picture.PAPER]
    driven.give(PrinterChanged(()))
    driven.visit("job-1", auto=True)
    driven.give(DeliveryWaits(1, ("media-jam", "cover-open")))
    assert [one.picture for one in driven.core.needs] == [Picture.JAM, Picture.COVER]
    driven.give(DeliveryWaits(1, ()))
    assert not driven.core.needs
