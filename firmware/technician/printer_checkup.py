"""What stands in the way of the printer: its URI, the machine, its key, and what it says of itself."""

from firmware.config import Config
from firmware.core.conditions import condition
from firmware.delivery.outcomes import blocking
from firmware.errors import LockgateError
from firmware.technician.printer import PrinterHands, opened_uri
from hal.ports.errors import DeviceError, PrinterUntrustedError
from hal.ports.finding import Finding
from hal.ports.printer import PrinterStatus

ASKED = ("ipp", "ipps", "ipp-usb")
"""Kinds of printers that may be asked beside a station that runs: others have one owner."""
REMEDIES = {
    "printer-unreachable": "switch it on, look at its cable and its network; ping it by the name in the URI",
    "printer-untrusted": "if it is the same printer with a new key, compare the key and run lockgate printer approve",
    "printer-refused": "look at user and password in the URI, and at the printer's own list of who may print",
    "printer-protocol": "look whether that address is the printer's, and its firmware up to date",
}


def look(config: Config, hands: PrinterHands) -> tuple[Finding, ...]:
    """Asks a network printer once; takes some seconds where it does not answer."""
    try:
        uri = opened_uri(config, hands)
    except (LockgateError, DeviceError) as exc:
        return (Finding("printer", str(exc), "set printer.uri, such as one that lockgate printer find lists"),)
    found = hands.findings(uri)
    if found or uri.partition(":")[0].lower() not in ASKED:
        return found
    return _asked(uri, hands)


def _asked(uri: str, hands: PrinterHands) -> tuple[Finding, ...]:
    answers: list[PrinterStatus | DeviceError] = []

    async def asking() -> int:
        printer = hands.open_bench(uri).printer
        try:
            answers.append(await printer.status())
        except DeviceError as exc:
            answers.append(exc)
        finally:
            await printer.aclose()
        return 0

    hands.run(asking(), 0)
    return tuple(found for answer in answers for found in _judged(answer))


def _judged(answer: PrinterStatus | DeviceError) -> tuple[Finding, ...]:
    if isinstance(answer, DeviceError):
        known = isinstance(answer, PrinterUntrustedError) or answer.code in REMEDIES
        return (Finding("printer", str(answer), REMEDIES[answer.code] if known else "see docs/errors.md"),)
    return tuple(
        Finding("printer", f"{reason}: {condition(reason).phrase}", condition(reason).deed)
        for reason in blocking(answer)
    )
