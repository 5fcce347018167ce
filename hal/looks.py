"""Looks at devices that change nothing: why one does not work, which printers there are, which key one shows."""

from importlib import import_module
from typing import Any

from hal.ports.errors import DeviceConfigError
from hal.ports.finding import Finding
from hal.registry import (
    CONVERTERS,
    PRINTER_DISCOVERY,
    PRINTERS,
    READERS,
    loaded,
    new_context,
    open_device,
    open_printer,
    open_reader,
)


def reader_findings(uris: tuple[str, ...]) -> tuple[Finding, ...]:
    """What keeps the readers of a configuration from reading: URIs that cannot be used, and what each driver that looks
    at the machine finds there. Opens no device."""
    found: list[Finding] = []
    for uri in uris:
        try:
            open_reader(uri, new_context())
        except DeviceConfigError as exc:
            found.append(Finding(exc.device, exc.detail, "mend it in the configuration's readers"))
        else:
            looking = READERS[uri.partition(":")[0].lower()].findings
            found += import_module(looking).findings() if looking else ()
    return tuple(dict.fromkeys(found))


async def find_printers(seconds: float) -> tuple[Any, ...]:
    """The printers that advertise themselves (`hal.drivers.dns_sd_printers.Advertised`). Raises `OSError`, and
    `DeviceConfigError` where the extra is missing."""
    found: tuple[Any, ...] = await loaded("printer", PRINTER_DISCOVERY, "looking for printers").browse(seconds)
    return found


def presented_key(uri: str) -> Any:
    """The key that the printer of this URI shows (`hal.drivers.printer_look.PresentedKey`). Blocks. Raises
    `DeviceConfigError` for one without TLS, `PrinterUnreachableError`, `PrinterUntrustedError`."""
    from hal.drivers import printer_address, printer_look  # noqa: PLC0415 - drivers are imported when they are wanted

    if not uri.startswith("ipps:"):
        raise DeviceConfigError("printer", "only a printer at ipps: has a key to approve")
    return printer_look.presented_key(printer_address.parse(uri))


def printer_findings(uri: str) -> tuple[Finding, ...]:
    """What keeps this printer from printing, as far as a look at the machine tells. Opens no device."""
    try:
        open_printer(uri)
    except DeviceConfigError as exc:
        return (Finding(exc.device, exc.detail, "mend printer.uri in the configuration"),)
    looking = PRINTERS[uri.partition(":")[0].lower()].findings
    return tuple(import_module(looking).findings()) if looking else ()


def converter_findings(uri: str) -> tuple[Finding, ...]:
    """What keeps this converter from converting."""
    driver = CONVERTERS.get(uri.partition(":")[0].lower())
    if driver is not None and driver.findings and (found := import_module(driver.findings).findings()):
        return tuple(found)
    try:
        open_device("converter", CONVERTERS, uri, new_context())
    except DeviceConfigError as exc:
        return (Finding(exc.device, exc.detail, "mend printer.converter in the configuration"),)
    return ()
