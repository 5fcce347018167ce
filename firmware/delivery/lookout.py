"""An eye on the printer: for what it waits, told when that changes."""

from collections.abc import Callable

from firmware.delivery.obstacles import halting
from hal.ports.errors import DeviceError
from hal.ports.printer import Printer, PrinterStatus

Tell = Callable[[tuple[str, ...]], None]
"""Takes the blocking reasons for which the printer waits; nothing when it goes on."""


class Lookout:
    """One delivery's view of the printer as a whole."""

    def __init__(self, printer: Printer, tell: Tell) -> None:
        self._printer = printer
        self._tell = tell
        self._told: tuple[str, ...] = ()

    async def look(self) -> PrinterStatus | None:
        """Ask once, and tell news. None when the printer gave no answer that makes sense."""
        try:
            status = await self._printer.status()
        except DeviceError:
            return None
        self.note(halting(status))
        return status

    def note(self, reasons: tuple[str, ...]) -> None:
        """Tell `reasons` when they are not those told last."""
        if reasons != self._told:
            self._told = reasons
            self._tell(reasons)
