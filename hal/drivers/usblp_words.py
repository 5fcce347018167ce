"""What a printer class device says of itself, in the printer port's words."""

import uuid

from hal.drivers.usb_address import UsbAddress
from hal.framing.ieee1284 import DeviceId
from hal.ports.printer import Capabilities, PrinterState, PrinterStatus, RasterNeeds

NO_ERROR, SELECTED, PAPER_EMPTY = 0x08, 0x10, 0x20
"""GET_PORT_STATUS (USB printer class 1.1, 4.2.2)."""
JAM, COVER = 0x40, 0x80
"""Reserved there; printers that use them do so while they report an error."""
QUIRKS = frozenset({"forgets-jobs", "no-impressions"})
"""Of this wire: bytes go in, and nothing is ever said of a job."""
NAMESPACE = uuid.UUID("5b0c3c6e-0c38-4a4e-9b4b-8d9c5f6f2f11")
"""Of the names that such printers get, which have no printer-uuid of their own."""


def read_status(port: int, identity: DeviceId, address: UsbAddress) -> PrinterStatus:
    """The meaning of a port's status byte."""
    reasons = _reasons(port)
    selected = bool(port & SELECTED)
    stopped = bool(reasons) or not selected
    return PrinterStatus(
        PrinterState.STOPPED if stopped else PrinterState.IDLE,
        reasons if selected else (*reasons, "paused"),
        accepting=selected,
        name=identity.name or address.name,
        uuid=uuid.uuid5(NAMESPACE, address.name).urn,
    )


def read_identity(identity: DeviceId) -> Capabilities:
    """What its device ID says that it can do. It takes one document as it is: settings are not part of this wire."""
    return Capabilities(
        formats=identity.formats,
        max_copies=1,
        raster=RasterNeeds(urf=identity.urf),
        model=identity.name,
        quirks=QUIRKS,
    )


def _reasons(port: int) -> tuple[str, ...]:
    if port & PAPER_EMPTY:
        return ("media-empty-error",)
    if port & NO_ERROR:
        return ()
    found = [word for bit, word in ((JAM, "media-jam-error"), (COVER, "cover-open-error")) if port & bit]
    return tuple(found) or ("other-error",)
