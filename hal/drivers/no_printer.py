"""No printer: what a station has until its mesh tells it one at pairing."""

from typing import NoReturn

from hal.drivers.context import DriverContext
from hal.ports.errors import DeviceConfigError, PrinterUnreachableError
from hal.ports.printer import Document, JobStatus, JobTicket, PrinterStatus

URI = "none:"


class NoPrinter:
    """Implements Printer: every call raises `PrinterUnreachableError`."""

    async def status(self) -> PrinterStatus:
        """Never."""
        _refuse()

    async def create_job(self, ticket: JobTicket) -> int:  # noqa: ARG002 (the shape of every printer)
        """Never."""
        _refuse()

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


def open(uri: str, context: DriverContext) -> NoPrinter:  # noqa: ARG001 (every driver's factory has this shape)
    """`none:`. Raises `DeviceConfigError`."""
    if uri != URI:
        raise DeviceConfigError("none", f"{URI} takes nothing more: {uri!r}")
    return NoPrinter()
