"""An IPP-over-USB printer through the ipp-usb daemon: the IPP driver, at whatever port it is served now."""

import asyncio
from functools import partial

from hal.drivers import usb_address
from hal.drivers.context import DriverContext
from hal.drivers.ipp_printer import IppPrinter
from hal.drivers.ipp_usb_daemon import served_port
from hal.drivers.printer_address import PrinterAddress
from hal.drivers.usb_address import UsbAddress
from hal.ports.errors import DeviceConfigError, DeviceError, PrinterUnreachableError
from hal.ports.printer import (
    Capabilities,
    CreatedJob,
    Document,
    JobStatus,
    JobTicket,
    Printer,
    PrinterStatus,
)

LOOPBACK = "127.0.0.1"
PATH = "/ipp/print"


def open(uri: str, context: DriverContext) -> Printer:
    """The printer at `uri` (see `usb_address`); nothing is sent yet. Raises `DeviceConfigError`."""
    if not uri.lower().startswith("ipp-usb:"):
        raise DeviceConfigError("printer", f"not an ipp-usb: URI: {uri!r}")
    return IppUsbPrinter(usb_address.parse(uri), context)


class ServedAddress(PrinterAddress):
    """Connected to by number, so that nobody's idea of a name leads elsewhere, and called `localhost`: the IPP USB
    specification wants that in the Host field, and some printers refuse what is not."""

    __slots__ = ()

    @property
    def authority(self) -> str:
        """The HTTP Host field."""
        return f"localhost:{self.port}"


class IppUsbPrinter:
    """The printer port. Every call first looks where the printer is served: after a power cycle it may be elsewhere."""

    def __init__(self, address: UsbAddress, context: DriverContext) -> None:
        self._address = address
        self._context = context
        self._port = 0
        self._printer: IppPrinter | None = None
        self._looking = asyncio.Lock()
        self._closed = False

    async def status(self) -> PrinterStatus:
        """Get-Printer-Attributes."""
        return await (await self._served()).status()

    async def capabilities(self) -> Capabilities:
        """Get-Printer-Attributes."""
        return await (await self._served()).capabilities()

    async def next_change(self, seconds: float) -> None:
        """As over a network; only waits while it is not there."""
        try:
            printer = await self._served()
        except DeviceError:
            await self._context.clock.sleep(seconds)
        else:
            await printer.next_change(seconds)

    async def create_job(self, ticket: JobTicket) -> CreatedJob:
        """Create-Job."""
        return await (await self._served()).create_job(ticket)

    async def find_job(self, name: str) -> JobStatus | None:
        """Get-Jobs."""
        return await (await self._served()).find_job(name)

    async def send_document(self, job_id: int, ticket: JobTicket, document: Document) -> None:
        """Send-Document. ipp-usb passes on a document that breaks off as if it had ended there: what was cut may be
        printed as far as it came."""
        await (await self._served()).send_document(job_id, ticket, document)

    async def job_status(self, job_id: int) -> JobStatus:
        """Get-Job-Attributes."""
        return await (await self._served()).job_status(job_id)

    async def cancel_job(self, job_id: int) -> None:
        """Cancel-Job."""
        await (await self._served()).cancel_job(job_id)

    async def identify(self) -> None:
        """Identify-Printer."""
        await (await self._served()).identify()

    async def aclose(self) -> None:
        """Connections go, for good."""
        self._closed = True
        async with self._looking:
            await self._let_go()

    async def _let_go(self) -> None:
        printer, self._printer = self._printer, None
        if printer is not None:
            await printer.aclose()

    async def _served(self) -> IppPrinter:
        """One after the other: an older look must not take the printer away from those who looked later."""
        async with self._looking:
            port = await self._context.workers.run(partial(served_port, self._address))
            if self._closed:
                raise PrinterUnreachableError(self._address.name, "this printer was let go of")
            if self._printer is None or port != self._port:
                await self._let_go()
                address = ServedAddress(LOOPBACK, port, PATH, False, None, "", self._address.stall)
                self._printer, self._port = IppPrinter(address, self._context), port
            return self._printer
