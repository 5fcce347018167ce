"""The printer of a demonstration, by what was said of it."""

from pathlib import Path

import pytest

from tools.demo import printers
from tools.demo.processes import DemoError


def test_a_kind_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    for kind in printers.KINDS:
        printers.check(kind)
    with pytest.raises(DemoError, match=f"or say one of {', '.join(printers.KINDS)}"):
        printers.check("ipp")


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("ipps://printer.example/ipp/print", "your printer at printer.example"),
        (
            "cups:?device=usb://HP/LaserJet&model=raw",
            "your printer at usb://HP/LaserJet, behind the station's own cupsd",
        ),
        ("ipp-usb://03F0:7a12/X1", "your USB printer 03f0:7a12/X1"),
        ("usblp://03f0:2b17", "your USB printer 03f0:2b17"),
    ],
)
def test_a_printer_of_ones_own_is_any_that_a_configuration_may_name(uri: str, words: str) -> None:
    printers.check(uri)
    with printers.printer(uri, Path()) as chosen:
        assert (chosen.uri, chosen.kind, chosen.delivered()) == (uri, words, None)


@pytest.mark.parametrize("uri", ["cups:?model=raw", "usblp://03f0", "ipp-usb://x", "smb://host/queue"])
def test_one_that_no_driver_takes_is_answered_before_anything_is_started(uri: str) -> None:
    with pytest.raises(DemoError, match="or say one of"):
        printers.check(uri)
