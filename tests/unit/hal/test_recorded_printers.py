"""What real printers answered, read as the driver reads it (tests/vectors/printers)."""

from pathlib import Path

import pytest

from firmware.delivery.converting import choose
from hal.drivers.ipp_capabilities import read_capabilities, read_stamp
from hal.drivers.ipp_words import WANTED, read_printer
from hal.drivers.mutool_converter import PDF, PWG, URF
from hal.framing.ipp import IppFormatError, Message, decode
from hal.ports.printer import JobTicket, PrinterState
from hal.sim.converter import SimConverter

RECORDED = Path(__file__).parents[2] / "vectors" / "printers"
TARGETS = {
    "brother-mfc-j5320dw": PWG,
    "epson-xp-6000": PWG,
    "hp-officejet-pro-6830": URF,
}
"""What each of them is sent for a PDF: none takes that."""


class Maker(SimConverter):
    """Makes what the station's converter does."""

    def targets(self, source: str) -> tuple[str, ...]:
        return (PDF, PWG, URF) if source == PDF else ()


def answer(name: str) -> Message:
    return decode((RECORDED / f"{name}.ipp").read_bytes(), WANTED)


@pytest.mark.parametrize("name", TARGETS)
def test_its_state_is_read(name: str) -> None:
    status = read_printer(answer(name))
    assert (status.state, status.accepting) == (PrinterState.IDLE, True)
    assert status.reasons == ("marker-supply-low-warning",)
    assert status.uuid.startswith("urn:uuid:")


@pytest.mark.parametrize(
    ("name", "model", "sheet_back", "dpi"),
    [
        ("brother-mfc-j5320dw", "Brother MFC-J5320DW", "normal", (300,)),
        ("epson-xp-6000", "EPSON XP-6000 Series", "rotated", (360,)),
        ("hp-officejet-pro-6830", "HP Officejet Pro 6830", "normal", ()),
    ],
)
def test_what_it_can_do_is_read(name: str, model: str, sheet_back: str, dpi: tuple[int, ...]) -> None:
    can = read_capabilities(answer(name))
    assert (can.model, can.max_copies) == (model, 99)
    assert (can.raster.sheet_back, can.raster.dpi) == (sheet_back, dpi)
    assert PDF not in can.formats
    assert {"image/urf", "image/jpeg"} <= set(can.formats)
    assert "iso_a4_210x297mm" in can.media
    assert "two-sided-long-edge" in can.sides
    assert any(word.startswith("RS") for word in can.raster.urf)


@pytest.mark.parametrize(("name", "target"), TARGETS.items())
def test_a_pdf_is_made_into_what_it_takes(name: str, target: str) -> None:
    plan = choose(JobTicket("j", PDF, 1000), read_capabilities(answer(name)), Maker(), 1000)
    assert plan.format == target
    assert plan.conversion is not None


def test_only_some_say_when_their_configuration_changed() -> None:
    assert read_stamp(answer("epson-xp-6000")).since == 25
    assert read_stamp(answer("brother-mfc-j5320dw")).since is None
    assert read_stamp(answer("hp-officejet-pro-6830")).dated != ""


def test_one_that_says_next_to_nothing_is_understood() -> None:
    can = read_capabilities(answer("kyocera-ecosys-m2540dn"))
    assert (can.model, can.formats, can.max_copies) == ("ECOSYS M2540dn", (), None)


def test_one_that_answers_without_a_printer_is_refused() -> None:
    with pytest.raises(IppFormatError, match="0 printer groups"):
        read_printer(answer("empty-attribute-group"))
