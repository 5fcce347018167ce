"""What stands in the way of the printer: its URI, the machine, its key, and what it says of itself."""

from firmware.config import Config
from firmware.core.conditions import condition
from firmware.delivery.obstacles import blocking
from firmware.errors import LockgateError
from firmware.technician.printer import NONE, PrinterHands, opened_uri
from firmware.technician.told import joined, told
from hal.ports.errors import DeviceError, PrinterRefusedError, PrinterUntrustedError
from hal.ports.finding import Finding
from hal.ports.printer import Capabilities, PrinterStatus

ASKED = ("ipp", "ipps", "ipp-usb")
"""Kinds of printers that may be asked beside a station that runs: others have one owner."""
PDF, RASTERS = "application/pdf", frozenset(("image/pwg-raster", "image/urf"))
NO_CONVERTER = "none:"
REMEDY = 'apt-get install mupdf-tools bubblewrap, and write converter = "mutool:" under [printer]: docs/conversion.md'
SET = "set printer.uri, such as one that lockgate printer find lists"
NOT_SUPPORTED, WHO_MAY = 0x0501, (0, 0x0401, 0x0402, 0x0403)
"""IPP statuses (RFC 8011 appendix B): server-error-operation-not-supported; none at all, as where HTTP refused, and
client-error-forbidden, -not-authenticated and -not-authorized."""
REMEDIES = {
    "printer-unreachable": told(
        "switch it on, look at its cable; where it is in a network, ping it by the name in its URI"
    ),
    "printer-untrusted": told(
        "if it is yours, new or with a new key, compare the key and run lockgate printer approve"
    ),
    "printer-refused": told("look at user and password in the URI, and at the printer's own list of who may print"),
    "printer-protocol": told("look whether that address is the printer's, and its firmware up to date"),
}


def remedy_of(error: LockgateError | DeviceError) -> str:
    """What to do about it; empty where that is not known here. Of a key that is not the approved one, how to approve
    the very one that was shown: another may be there by then. Who may print is the matter of those refusals alone that
    say so, or say nothing."""
    if isinstance(error, PrinterRefusedError) and error.status not in WHO_MAY:
        return told("it cannot do that, and nothing is wrong with it") if error.status == NOT_SUPPORTED else ""
    remedy = REMEDIES.get(error.code, "")
    if isinstance(error, PrinterUntrustedError) and error.presented is not None:
        return joined([remedy, f"--pin {error.presented.hex()}"])
    return remedy


def look(config: Config, hands: PrinterHands) -> tuple[Finding, ...]:
    """Asks a network printer once; takes some seconds where it does not answer."""
    try:
        uri = opened_uri(config, hands)
    except (LockgateError, DeviceError) as exc:
        return (Finding("printer", str(exc), SET),)
    if uri == NONE:
        return (Finding("printer", "this station has none", SET, serious=False),)
    found = hands.findings(uri)
    if found or uri.partition(":")[0].lower() not in ASKED:
        return found
    return _asked(uri, hands, config.converter)


def _asked(uri: str, hands: PrinterHands, converter: str) -> tuple[Finding, ...]:
    answers: list[PrinterStatus | Capabilities | DeviceError] = []

    async def asking() -> int:
        printer = hands.open_bench(uri).printer
        try:
            answers.append(await printer.status())
            answers.append(await printer.capabilities())
        except DeviceError as exc:
            answers.append(exc)
        finally:
            await printer.aclose()
        return 0

    hands.run(asking(), 0)
    return tuple(found for answer in answers for found in _judged(answer, converter))


def _judged(answer: PrinterStatus | Capabilities | DeviceError, converter: str) -> tuple[Finding, ...]:
    if isinstance(answer, Capabilities):
        return _formats(answer, converter)
    if isinstance(answer, DeviceError):
        return (Finding("printer", str(answer), remedy_of(answer) or "see docs/errors.md"),)
    if not (reasons := blocking(answer)):
        return (Finding("printer", f"{answer.name or 'it'} answers, and can print", "", serious=False),)
    return tuple(
        Finding("printer", f"{reason}: {condition(reason).phrase}", condition(reason).deed) for reason in reasons
    )


def _formats(capabilities: Capabilities, converter: str) -> tuple[Finding, ...]:
    """A printer that lists no formats is believed to take all."""
    if not capabilities.formats or PDF in capabilities.formats:
        return ()
    if converter != NO_CONVERTER:
        made = not RASTERS.isdisjoint(capabilities.formats)
        remedy = "use another printer, or one at cups: with a driver"
        return () if made else (Finding("printer", "takes no PDF, and nothing that PDF is made into", remedy),)
    return (Finding("printer", "takes no PDF, and there is no converter: PDF is held as format-unsupported", REMEDY),)
