"""What a printer cannot honour is found before a byte is sent; what it does not say is not held against it."""

import pytest

from firmware.delivery.matching import matched
from hal.ports.printer import Capabilities, JobTicket

PDF = "application/pdf"
PLAIN = Capabilities(
    (PDF,),
    media=("iso_a4_210x297mm",),
    sides=("one-sided",),
    color_modes=("auto", "monochrome"),
    finishings=("none",),
    resolutions=(600,),
    max_copies=1,
)


def ticket(**settings: object) -> JobTicket:
    return JobTicket("lockgate-r-1", PDF, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "lacks", "serious"),
    [
        (ticket(), (), ()),
        (ticket(media="iso_a4_210x297mm", sides="one-sided", color_mode="monochrome", resolution=600), (), ()),
        (ticket(media="iso_a3_297x420mm"), ("media",), ("media",)),
        (ticket(sides="two-sided-long-edge"), ("sides",), ("sides",)),
        (ticket(color_mode="color"), ("print-color-mode",), ("print-color-mode",)),
        (ticket(copies=2), ("copies",), ("copies",)),
        (ticket(finishings=("none", "staple")), ("finishings",), ()),
        (ticket(resolution=1200), ("printer-resolution",), ()),
        (ticket(copies=3, finishings=("staple",)), ("copies", "finishings"), ("copies",)),
    ],
)
def test_what_it_lacks(wanted: JobTicket, lacks: tuple[str, ...], serious: tuple[str, ...]) -> None:
    match = matched(wanted, PLAIN)
    assert (match.lacks, match.serious) == (lacks, serious)
    assert matched(match.ticket, PLAIN).lacks == ()


def test_one_that_says_nothing_of_itself_is_asked_for_everything() -> None:
    wanted = ticket(media="iso_a3_297x420mm", sides="two-sided-long-edge", color_mode="color", finishings=("staple",))
    match = matched(wanted, Capabilities((PDF,)))
    assert (match.ticket, match.lacks) == (wanted, ())


def test_monochrome_is_missed_only_where_colour_would_come_instead() -> None:
    colour = Capabilities((PDF,), color_modes=("auto", "color"))
    assert matched(ticket(color_mode="monochrome"), colour).lacks == ("print-color-mode",)
    grey = Capabilities((PDF,), color_modes=("process-monochrome",))
    assert matched(ticket(color_mode="monochrome"), grey).lacks == ()
