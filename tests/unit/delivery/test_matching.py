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


def test_one_side_is_what_a_printer_makes_of_no_word() -> None:
    duplex = Capabilities((PDF,), sides=("two-sided-long-edge", "two-sided-short-edge"))
    match = matched(ticket(sides="one-sided"), duplex)
    assert (match.lacks, match.ticket.sides) == ((), "one-sided")


def test_no_finishing_is_a_setting_of_every_printer() -> None:
    stapler = Capabilities((PDF,), finishings=("staple",))
    assert matched(ticket(finishings=("none",)), stapler).ticket.finishings == ("none",)
    assert matched(ticket(finishings=("none",)), stapler).lacks == ()


def test_as_many_copies_as_it_makes_and_at_least_one() -> None:
    for most, made, lacks in ((3, 3, ()), (2, 2, ("copies",)), (0, 1, ("copies",))):
        match = matched(ticket(copies=3), Capabilities((PDF,), max_copies=most))
        assert (match.ticket.copies, match.lacks) == (made, lacks)


def test_a_resolution_is_lost_only_where_the_printer_lists_others() -> None:
    assert matched(ticket(resolution=1200), Capabilities((PDF,))).ticket.resolution == 1200
    assert matched(ticket(resolution=1200), PLAIN).ticket.resolution is None
