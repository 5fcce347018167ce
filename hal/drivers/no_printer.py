"""No printer: what a station has until its mesh tells it one at pairing."""

from typing import NoReturn

from hal.drivers.context import DriverContext
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError, PrinterUnreachableError
from hal.ports.printer import Capabilities, CreatedJob, Document, JobStatus, JobTicket, PrinterStatus

URI = "none:"


class NoPrinter:
    """Implements Printer: every call raises `PrinterUnreachableError`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def status(self) -> PrinterStatus:
        """Never."""
        _refuse()

    async def create_job(self, ticket: JobTicket) -> CreatedJob:  # noqa: ARG002 (the shape of every printer)
        """Never."""
        _refuse()

    async def capabilities(self) -> Capabilities:
        """Never."""
        _refuse()

    async def next_change(self, seconds: float) -> None:
        """Nothing ever changes."""
        await self._clock.sleep(seconds)

    async def find_job(self, name: str) -> JobStatus | None:  # noqa: ARG002 (as above)
        """Never."""
        _refuse()

    async def identify(self) -> None:
        """Never."""
        _refuse()

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    async def send_document(self, job_id: int, ticket: JobTicket, document: Document) -> None:  # noqa: ARG002 (as above)
        """Never."""
        _refuse()

    async def job_status(self, job_id: int) -> JobStatus:  # noqa: ARG002 (as above)
        """Never."""
        _refuse()

    async def cancel_job(self, job_id: int) -> None:  # noqa: ARG002 (as above)
        """Never."""
        _refuse()


def _refuse() -> NoReturn:
    raise PrinterUnreachableError("none", "this station has no printer yet")


def check(uri: str) -> None:
    """`none:`. Raises `DeviceConfigError`."""
    if uri != URI:
        raise DeviceConfigError("none", f"{URI} takes nothing more: {uri!r}")


def open(uri: str, context: DriverContext) -> NoPrinter:
    """As `check`. Raises `DeviceConfigError`."""
    check(uri)
    return NoPrinter(context.clock)
