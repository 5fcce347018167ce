"""What a tester can do to a simulated printer, as values; `commands` has the rest."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Jam:
    """Paper jams, now or when page `page` (from 1) comes."""

    page: int | None = None


@dataclass(frozen=True, slots=True)
class PrinterRefuses:
    """The printer no longer takes documents of this MIME type."""

    format: str


@dataclass(frozen=True, slots=True)
class PrinterCuts:
    """The printer closes the connection after so many bytes of the next document."""

    after: int


@dataclass(frozen=True, slots=True)
class PrinterIs:
    """The printer is so from now on: a field of `printer_faults.Faults`, and its value."""

    manner: str
    value: object


@dataclass(frozen=True, slots=True)
class PrinterLacks:
    """The printer does without this ability (`printer_faults.Ability`)."""

    ability: str


@dataclass(frozen=True, slots=True)
class PrinterSays:
    """The printer shows this printer-state-reason from now on, or no more."""

    reason: str
    shows: bool = True


@dataclass(frozen=True, slots=True)
class TrayHas:
    """Somebody sets what is in tray `tray`, from 1: so many sheets, or plenty; of that medium, or as it was."""

    tray: int
    sheets: int | None = None
    media: str = ""


@dataclass(frozen=True, slots=True)
class OutputTakes:
    """There is room in the output tray for so many sheets."""

    sheets: int


PrinterCommand: TypeAlias = (
    Jam | PrinterRefuses | PrinterCuts | PrinterIs | PrinterLacks | PrinterSays | TrayHas | OutputTakes
)
