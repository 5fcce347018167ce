"""The printer of a demonstration: the person's own, the real ippeveprinter where it is installed, or our twin; or of a
kind that is asked for by name."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from hal.drivers import cups_address, mutool_converter, printer_address, usb_address
from hal.drivers.printer_look import presented_key
from hal.ports.errors import DeviceConfigError, DeviceError
from tools.demo.processes import DemoError, talker
from tools.peers import ipp_usb, ippeveprinter
from tools.peers.ippeveprinter import PeerFailedError

RASTERS = ("image/pwg-raster", "image/urf", "image/jpeg")
CONVERTER = "mutool:"
KINDS = ("ipps", "ipp-usb", "cups", "raster")
"""Printers that are asked for by the name of their wire: an ippeveprinter over TLS, one at an emulated USB bus,
one behind a private cupsd, and one over TLS that takes raster and no PDF."""
PARSERS: Mapping[str, Callable[[str], object]] = {
    "cups": cups_address.address_of,
    "ipp-usb": usb_address.parse,
    "usblp": usb_address.parse,
}
"""What takes a person's own URI apart, by its scheme; any other is a network printer's."""


@dataclass(frozen=True)
class DemoPrinter:
    """`kind` is for the story; `spool` is where its deliveries can be looked at, None for a person's own. Whoever opens
    it runs under `command`, with `environment`, and makes pages for it with `converter`."""

    kind: str
    uri: str
    spool: Path | None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    converter: str = "none:"

    def delivered(self) -> Path | None:
        """The newest document in the spool."""
        files = sorted(self.spool.iterdir(), key=lambda path: path.stat().st_mtime) if self.spool else []
        return files[-1] if files else None


def check(uri: str) -> None:
    """Raises `DemoError` for a URI that no printer driver takes, and that is no kind either."""
    if uri in KINDS:
        return
    try:
        PARSERS.get(scheme_of(uri), printer_address.parse)(uri)
    except DeviceConfigError as exc:
        raise DemoError(f"{exc}; or say one of {', '.join(KINDS)}") from exc


def scheme_of(uri: str) -> str:
    """Such as `ipps`."""
    return uri.partition(":")[0].lower()


def called(uri: str) -> str:
    """A person's own printer in words. Raises `DeviceConfigError` as `check` raises `DemoError`."""
    if scheme_of(uri) == "cups":
        return f"your printer at {cups_address.address_of(uri).device}, behind the station's own cupsd"
    if scheme_of(uri) in PARSERS:
        return f"your USB printer {usb_address.parse(uri).name}"
    return f"your printer at {urlsplit(uri).hostname}"


@contextmanager
def printer(own: str | None, directory: Path) -> Iterator[DemoPrinter]:
    """One that is ready. Raises `DemoError`."""
    if own == "ipp-usb":
        with _usb() as usb:
            yield usb
    elif own in ("ipps", "cups", "raster") and not ippeveprinter.available():
        raise DemoError("ippeveprinter is not installed: apt-get install cups-ipp-utils")
    elif own == "cups":
        with ippeveprinter.IppEvePrinter.start(directory, command=at_once()) as real:
            yield DemoPrinter("ippeveprinter behind the station's own cupsd", behind_cupsd(real.uri), real.spool)
    elif own == "raster":
        with _raster(directory) as raster:
            yield raster
    elif own not in (None, "ipps"):
        making = "none:" if mutool_converter.findings() else CONVERTER  # not everybody's printer takes PDF
        yield DemoPrinter(called(str(own)), str(own), None, converter=making)
    elif ippeveprinter.available():
        with ippeveprinter.IppEvePrinter.start(directory, command=at_once()) as real:
            yield DemoPrinter("ippeveprinter (CUPS)", real.pinned_uri, real.spool)
    else:
        with _twin(directory) as twin:
            yield twin


def at_once() -> Path | None:
    """What ippeveprinter runs for a document; without a command it takes some seconds to pretend that it prints."""
    found = shutil.which("true")
    return Path(found) if found else None


def behind_cupsd(uri: str) -> str:
    """A printer on the loopback as the device of a `cups:` printer, without driver: what comes out is what went in.
    Without SNMP too, for which CUPS' backend would wait some seconds."""
    device = f"{uri.replace('ipps:', 'ipp:')}?snmp=false"
    return f"cups:?device={quote(device, safe='')}&model=raw"


@contextmanager
def _raster(directory: Path) -> Iterator[DemoPrinter]:
    if found := mutool_converter.findings():
        raise DemoError(f"{found[0].problem}: {found[0].remedy}")
    with ippeveprinter.IppEvePrinter.start(directory, formats=RASTERS, command=at_once()) as real:
        kind = "ippeveprinter that takes no PDF: its pages are made here, by mutool"
        yield DemoPrinter(kind, real.pinned_uri, real.spool, converter=CONVERTER)


@contextmanager
def _usb() -> Iterator[DemoPrinter]:
    if not ipp_usb.available():
        raise DemoError("an emulated USB printer needs ipp-usb, umockdev, bubblewrap and ippeveprinter installed")
    try:
        with ipp_usb.ipp_usb(at_once()) as served:
            kind = "ippeveprinter at an emulated USB bus, through the real ipp-usb"
            yield DemoPrinter(kind, served.uri, served.inner.spool, served.usb.command, served.usb.environment)
    except PeerFailedError as exc:
        raise DemoError(str(exc)) from exc


@contextmanager
def _twin(directory: Path) -> Iterator[DemoPrinter]:
    spool = directory / "printed"
    spool.mkdir()
    with talker("the printer twin", "tools.peers.twin", str(spool)) as running:
        uri = running.wait_for(lambda said: said.get("ready") is True)["uri"]
        yield DemoPrinter("Lockgate's own IPP twin (ippeveprinter is not installed)", str(uri), spool)


def how_to_approve(uri: str) -> str:
    """What to say when a printer's key is not trusted: the key it shows, and how to approve it. Raises `DemoError`."""
    try:
        shown = presented_key(printer_address.parse(uri)).pin
    except DeviceError as exc:
        raise DemoError(f"the printer does not answer: {exc}") from exc
    plain_uri = urlsplit(uri)._replace(query="").geturl()
    return (
        "the printer's certificate is not from an authority this machine trusts. Compare the SHA-256 of its public key "
        f"with the printer's own panel or page, then approve it: --printer '{plain_uri}?pin=sha256:{shown}'"
    )
