"""What was asked for, held against what the printer can do: before a byte of it is sent."""

from dataclasses import dataclass, replace

from hal.ports.printer import Capabilities, JobTicket

MILD = frozenset({"finishings", "printer-resolution"})
"""The pages are the same without: it is printed, and said. Everything else is asked first."""


@dataclass(frozen=True, slots=True)
class Match:
    """`lacks` are the IPP attributes that the printer cannot honour; `ticket` asks for none of it. `lost` is what was
    left out without a question, as it was asked for: `staple`, `1200dpi`."""

    ticket: JobTicket
    lacks: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def serious(self) -> tuple[str, ...]:
        """What nobody may decide but the person whose pages these are."""
        return tuple(name for name in self.lacks if name not in MILD)


def matched(ticket: JobTicket, can: Capabilities) -> Match:
    """The ticket as this printer can make it. What a printer does not say of itself is no reason to leave anything
    out; `none` is a setting that all of them have."""
    lacks: list[str] = []
    lost: tuple[str, ...] = ()
    if _misses(ticket.media, can.media):
        lacks, ticket = [*lacks, "media"], replace(ticket, media="")
    if _misses(ticket.sides, can.sides) and ticket.sides != "one-sided":
        lacks, ticket = [*lacks, "sides"], replace(ticket, sides="")
    if _misses(ticket.color_mode, can.color_modes):
        if "color" in (ticket.color_mode, *can.color_modes):  # one without colour needs no word for monochrome
            lacks += ["print-color-mode"]
        ticket = replace(ticket, color_mode="")
    if can.max_copies is not None and ticket.copies > can.max_copies:
        lacks, ticket = [*lacks, "copies"], replace(ticket, copies=max(1, can.max_copies))
    finishings = tuple(name for name in ticket.finishings if name == "none" or not _misses(name, can.finishings))
    if finishings != ticket.finishings:
        lost = tuple(name for name in ticket.finishings if name not in finishings)
        lacks, ticket = [*lacks, "finishings"], replace(ticket, finishings=finishings)
    if ticket.resolution is not None and can.resolutions and ticket.resolution not in can.resolutions:
        lost = (*lost, f"{ticket.resolution}dpi")
        lacks, ticket = [*lacks, "printer-resolution"], replace(ticket, resolution=None)
    return Match(ticket, tuple(lacks), lost)


def _misses(wanted: str, known: tuple[str, ...]) -> bool:
    return bool(wanted) and bool(known) and wanted not in known
