"""What a printer says it can do, as the port's words: all of it, little of it, and nonsense."""

from typing import Any

import pytest

from hal.drivers.ipp_capabilities import Stamp, read_capabilities, read_stamp
from hal.framing.ipp import IppFormatError, Message, Values
from hal.framing.ipp_finishings import NAMES, NUMBERS
from hal.ports.printer import Capabilities, RasterNeeds

FULL: Values = {
    "document-format-supported": ("application/pdf", "image/pwg-raster"),
    "media-supported": ("iso_a4_210x297mm", "na_letter_8.5x11in"),
    "media-ready": ("iso_a4_210x297mm",),
    "sides-supported": ("one-sided", "two-sided-long-edge"),
    "print-color-mode-supported": ("auto", "monochrome"),
    "finishings-supported": (3, 4, 20, 0x7FFF),
    "printer-resolution-supported": ((600, 600), (300, 300), (1200, 600)),
    "copies-supported": ((1, 99),),
    "page-ranges-supported": (True,),
    "pages-per-minute": (24,),
    "pages-per-minute-color": (20,),
    "pwg-raster-document-type-supported": ("sgray_8", "srgb_8"),
    "pwg-raster-document-resolution-supported": ((300, 300),),
    "pwg-raster-document-sheet-back": ("rotated",),
    "urf-supported": ("W8", "RS300", "DM1"),
    "ipp-features-supported": ("ipp-everywhere", "none"),
    "printer-make-and-model": ("EPSON ET-7700 Series",),
}


def read(group: dict[str, Any] | Values) -> Capabilities:
    return read_capabilities(Message(0, 1, printers=(group,)))


def test_everything_that_is_said_is_understood() -> None:
    assert read(FULL) == Capabilities(
        formats=("application/pdf", "image/pwg-raster"),
        media=("iso_a4_210x297mm", "na_letter_8.5x11in"),
        media_ready=("iso_a4_210x297mm",),
        sides=("one-sided", "two-sided-long-edge"),
        color_modes=("auto", "monochrome"),
        finishings=("none", "staple", "staple-top-left"),
        resolutions=(300, 600),
        max_copies=99,
        page_ranges=True,
        pages_per_minute=24,
        raster=RasterNeeds(("sgray_8", "srgb_8"), (300,), "rotated", ("W8", "RS300", "DM1")),
        features=("ipp-everywhere",),
        model="EPSON ET-7700 Series",
        quirks=frozenset({"no-pwg-raster"}),
    )


def test_the_rate_of_a_queue_that_a_cupsd_passes_on_is_none_of_the_printers() -> None:
    shared = {**FULL, "cups-version": ("2.4.2",)}
    assert read(shared).quirks == {"no-pwg-raster", "no-rate"}


def test_a_printer_that_says_nothing_can_nothing() -> None:
    assert read({}) == Capabilities(formats=())


@pytest.mark.parametrize(
    ("said", "most"),
    [
        (((1, 99),), 99),
        ((1,), 1),
        (((1, 1),), 1),
        ((), None),
        (("",), None),
        (((1, -5),), None),
        ((True,), None),
        (((1, 9), (20, 30)), 30),
    ],
)
def test_how_many_copies(said: tuple[Any, ...], most: int | None) -> None:
    assert read({"copies-supported": said}).max_copies == most


def test_a_resolution_that_no_sheet_can_have_is_none() -> None:
    said = ((600, 2), (-300, -300), (0, 0), (2, 2))
    assert read({"pwg-raster-document-resolution-supported": said}).raster.dpi == ()


def test_values_of_another_type_are_as_if_not_said() -> None:
    nonsense = dict.fromkeys(FULL, (7, (1, 2), "", True))
    assert read(nonsense) == Capabilities(formats=(), finishings=("bind",), max_copies=7, pages_per_minute=7)


@pytest.mark.parametrize(
    ("plain", "color", "rate"),
    [(30, 12, 30), (12, 30, 30), (30, None, 30), (None, 9, 9), (0, 0, None), (-5, None, None)],
)
def test_how_fast_it_says_it_is(plain: int | None, color: int | None, rate: int | None) -> None:
    said = {"pages-per-minute": plain, "pages-per-minute-color": color}
    assert read({name: (value,) for name, value in said.items() if value is not None}).pages_per_minute == rate


@pytest.mark.parametrize("groups", [(), (FULL, FULL)])
def test_one_printer_at_a_time(groups: tuple[Values, ...]) -> None:
    for reading in (read_capabilities, read_stamp):
        with pytest.raises(IppFormatError):
            reading(Message(0, 1, printers=groups))


def test_what_tells_a_configuration_from_the_next() -> None:
    said: Values = {
        "printer-config-change-time": (5,),
        "printer-config-change-date-time": ("07ea",),
        "printer-uuid": ("urn:uuid:1",),
    }
    assert read_stamp(Message(0, 1, printers=(said,))) == Stamp(5, "07ea", "urn:uuid:1")
    assert read_stamp(Message(0, 1, printers=({},))) == Stamp(None, "", "")


def test_every_finishing_has_one_number_and_one_name() -> None:
    assert len(NUMBERS) == len(NAMES)
    assert (NUMBERS["staple-dual-left"], NUMBERS["punch-quad-bottom"], NUMBERS["fold-engineering-z"]) == (28, 85, 101)
