"""What `commands` about the printer do to its twin."""

from collections.abc import Callable
from dataclasses import fields

from hal.sim.commands import Command, Plain
from hal.sim.commands_printer import (
    Jam,
    OutputTakes,
    PrinterCommand,
    PrinterCuts,
    PrinterIs,
    PrinterLacks,
    PrinterRefuses,
    PrinterSays,
    TrayHas,
)
from hal.sim.printer import SimPrinter
from hal.sim.printer_faults import Ability, Answers, Condition, Faults

BREAKS = {
    Plain.PAPER_OUT: Condition.PAPER_OUT,
    Plain.COVER_OPEN: Condition.COVER_OPEN,
    Plain.TONER_OUT: Condition.TONER_OUT,
    Plain.OUTPUT_FULL: Condition.OUTPUT_FULL,
}
MENDS = {
    Plain.CLEAR_JAM: Condition.JAM,
    Plain.PAPER_IN: Condition.PAPER_OUT,
    Plain.COVER_CLOSED: Condition.COVER_OPEN,
    Plain.TONER_IN: Condition.TONER_OUT,
    Plain.MEDIA_IN: Condition.MEDIA_NEEDED,
    Plain.OUTPUT_EMPTIED: Condition.OUTPUT_FULL,
}
MANNERS: dict[Plain, tuple[str, object]] = {
    Plain.PRINTER_LIES_COMPLETED: ("lies_completed", True),
    Plain.PRINTER_DROPS_DOCUMENT: ("drops_document", True),
    Plain.PRINTER_CHANGES_CERTIFICATE: ("untrusted", True),
    Plain.PRINTER_MALFORMED: ("answers", Answers.MALFORMED),
    Plain.PRINTER_OVERSIZED: ("answers", Answers.OVERSIZED),
    Plain.PRINTER_ENDLESS: ("answers", Answers.ENDLESS),
    Plain.PRINTER_HTML: ("answers", Answers.HTML),
    Plain.PRINTER_SILENT: ("answers", Answers.SILENT),
    Plain.PRINTER_HANGS_UP: ("answers", Answers.CUT),
    Plain.PRINTER_SILENT_AT_END: ("document_answer", Answers.SILENT),
    Plain.PRINTER_HANGS_UP_AT_END: ("document_answer", Answers.CUT),
    Plain.PRINTER_STUCK_INCOMING: ("stuck_incoming", True),
    Plain.PRINTER_IGNORES_CANCEL: ("ignores_cancel", True),
    Plain.PRINTER_IGNORES_PAGE_RANGES: ("ignores_page_ranges", True),
    Plain.PRINTER_LOSES_JAMMED_PAGES: ("jam_loses_page", True),
}
SETTABLE = frozenset(field.name for field in fields(Faults))
SPOKEN = (
    *("jam", "jam at page <n>", "printer refuses <format>", "printer cuts after <bytes> bytes"),
    *("printer calls cut jobs <leaves>", "printer counts <counting>", "printer sleeps <duration>"),
    *("printer warms up <duration>", "printer answers in <duration>", "printer clock <span>"),
    *("printer lacks <ability>", "printer says <reason>", "printer no longer says <reason>"),
    *(
        "tray <tray> has <n> sheets",
        "tray <tray> holds <media>",
        "output takes <n> sheets",
        "printer <power>",
        "printer busy",
        "printer takes one job",
    ),
    *(plain.value for plain in (*BREAKS, *MENDS, *MANNERS)),
    *(plain.value for plain in (Plain.PRINTER_OFF, Plain.PRINTER_ON, Plain.PRINTER_BEHAVES)),
)
"""All of the vocabulary (`hal.sim.words`) that is about the printer."""


def obey(printer: SimPrinter, command: Command) -> bool:
    """Carry out a command about the printer; False for one about something else."""
    action = _action(printer, command)
    if action is not None:
        action()
    return action is not None


def _action(printer: SimPrinter, command: Command) -> Callable[[], None] | None:
    if isinstance(command, Plain):
        return _plain(printer, command)
    if isinstance(command, PrinterCommand):
        return lambda: _do(printer, command)
    return None


def _do(printer: SimPrinter, command: PrinterCommand) -> None:
    match command:
        case Jam(page=None):
            printer.engine.put(Condition.JAM)
        case Jam(page=page):
            _set(printer, "jam_at_page", page)
        case PrinterRefuses(format=refused):
            printer.faults.refused_formats.add(refused)
        case PrinterCuts(after=after):
            _set(printer, "cut_after", after)
        case PrinterIs(manner=manner, value=value):
            _set(printer, manner, value)
        case PrinterLacks(ability=ability):
            printer.faults.lacks.add(Ability(ability))
            printer.engine.reconfigured()
        case PrinterSays(reason=reason, shows=True):
            printer.engine.say(reason)
        case PrinterSays(reason=reason):
            printer.engine.unsay(reason)
        case TrayHas() | OutputTakes():
            _fill(printer, command)


def _plain(printer: SimPrinter, command: Plain) -> Callable[[], None] | None:
    if command in BREAKS:
        return lambda: printer.engine.put(BREAKS[command])
    if command in MENDS:
        return lambda: printer.engine.mend(MENDS[command])
    if command in MANNERS:
        return lambda: _set(printer, *MANNERS[command])
    if command in (Plain.PRINTER_ON, Plain.PRINTER_OFF):
        return lambda: printer.switch(on=command is Plain.PRINTER_ON)
    if command is Plain.PRINTER_BEHAVES:
        return printer.engine.behave
    return None


def _set(printer: SimPrinter, manner: str, value: object) -> None:
    """Raises `ValueError` for something that a printer cannot be."""
    if manner not in SETTABLE:
        raise ValueError(f"no printer is {manner}")
    setattr(printer.faults, manner, value)
    printer.engine.changed()


def _fill(printer: SimPrinter, command: TrayHas | OutputTakes) -> None:
    printer.engine.play()
    if isinstance(command, OutputTakes):
        printer.engine.paper.room = command.sheets
        return
    sheets = printer.engine.paper.trays[command.tray - 1].sheets if command.media else command.sheets
    printer.engine.paper.fill(command.tray, sheets, command.media)
    printer.engine.reconfigured()
