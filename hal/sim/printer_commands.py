"""What `commands` about the printer do to its twin."""

from collections.abc import Callable

from hal.sim.commands import Command, Jam, Plain, PrinterCuts, PrinterRefuses
from hal.sim.printer import SimPrinter
from hal.sim.printer_faults import Answers, Condition, Faults

BREAKS = {
    Plain.PAPER_OUT: Condition.PAPER_OUT,
    Plain.COVER_OPEN: Condition.COVER_OPEN,
    Plain.TONER_OUT: Condition.TONER_OUT,
}
MENDS = {
    Plain.CLEAR_JAM: Condition.JAM,
    Plain.PAPER_IN: Condition.PAPER_OUT,
    Plain.COVER_CLOSED: Condition.COVER_OPEN,
    Plain.TONER_IN: Condition.TONER_OUT,
}
MANNERS: dict[Plain, tuple[str, object]] = {
    Plain.PRINTER_LIES_COMPLETED: ("lies_completed", True),
    Plain.PRINTER_DROPS_DOCUMENT: ("drops_document", True),
    Plain.PRINTER_CHANGES_CERTIFICATE: ("untrusted", True),
    Plain.PRINTER_MALFORMED: ("answers", Answers.MALFORMED),
    Plain.PRINTER_OVERSIZED: ("answers", Answers.OVERSIZED),
}


def obey(printer: SimPrinter, command: Command) -> bool:
    """Carry out a command about the printer; False for one about something else."""
    action = _action(printer, command)
    if action is not None:
        action()
    return action is not None


def _action(printer: SimPrinter, command: Command) -> Callable[[], None] | None:
    match command:
        case Jam(page=None):
            return lambda: printer.engine.put(Condition.JAM)
        case Jam(page=page):
            return lambda: setattr(printer.faults, "jam_at_page", page)
        case PrinterRefuses(format=refused):
            return lambda: printer.faults.refused_formats.add(refused)
        case PrinterCuts(after=after):
            return lambda: setattr(printer.faults, "cut_after", after)
        case Plain():
            return _plain(printer, command)
    return None


def _plain(printer: SimPrinter, command: Plain) -> Callable[[], None] | None:
    if command in BREAKS:
        return lambda: printer.engine.put(BREAKS[command])
    if command in MENDS:
        return lambda: printer.engine.mend(MENDS[command])
    if command in MANNERS:
        return lambda: setattr(printer.faults, *MANNERS[command])
    if command in (Plain.PRINTER_ON, Plain.PRINTER_OFF):
        return lambda: printer.switch(on=command is Plain.PRINTER_ON)
    if command is Plain.PRINTER_BEHAVES:
        return lambda: setattr(printer.engine, "faults", Faults())
    return None
