"""While a document is on its way: what its slowness means, and when the printer only seems to listen."""

from firmware.delivery.document import Document
from firmware.delivery.errors import DeliveryError
from firmware.delivery.lookout import Lookout
from firmware.delivery.obstacles import halting
from hal.ports.clock import Clock
from hal.ports.printer import PrinterState

ATTEND_SECONDS = 2.0
STALL_SECONDS = 120.0
"""How long a printer that is idle, or says nothing, may leave a segment that is there for it."""


async def attend(document: Document, lookout: Lookout, clock: Clock) -> None:
    """A guard: tell for what the printer waits, and raise `DeliveryError` with `printer-stalled` for one that takes
    nothing and has no reason."""
    seen, since = -1, clock.monotonic()
    while True:
        await clock.sleep(ATTEND_SECONDS)
        moves = document.handed_over != seen or document.is_awaited
        seen = document.handed_over
        if moves:
            lookout.note(())
        else:
            status = await lookout.look()
            moves = status is not None and (status.state is PrinterState.PROCESSING or bool(halting(status)))
        since = clock.monotonic() if moves else since
        if clock.monotonic() - since >= STALL_SECONDS:
            raise DeliveryError("takes no more bytes", code="printer-stalled")
