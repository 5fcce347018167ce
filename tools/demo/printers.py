"""The printer of a demonstration: the person's own, the real ippeveprinter where it is installed, or our twin."""

import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hal.drivers import printer_address
from hal.drivers.printer_trust import key_hash
from hal.ports.errors import DeviceConfigError
from tools.demo.processes import DemoError, talker
from tools.peers import ippeveprinter

TIMEOUT = 5.0
IPP_PORT = 631


@dataclass(frozen=True)
class DemoPrinter:
    """`kind` is for the story; `spool` is where its deliveries can be looked at, None for a person's own."""

    kind: str
    uri: str
    spool: Path | None

    def delivered(self) -> Path | None:
        """The newest document in the spool."""
        files = sorted(self.spool.iterdir(), key=lambda path: path.stat().st_mtime) if self.spool else []
        return files[-1] if files else None


def check(uri: str) -> None:
    """Raises `DemoError` for a URI that no printer driver takes."""
    try:
        printer_address.parse(uri)
    except DeviceConfigError as exc:
        raise DemoError(str(exc)) from exc


@contextmanager
def printer(own: str | None, directory: Path) -> Iterator[DemoPrinter]:
    """One that is ready. Raises `DemoError`."""
    if own is not None:
        yield DemoPrinter(f"your printer at {urlsplit(own).hostname}", own, None)
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


@contextmanager
def _twin(directory: Path) -> Iterator[DemoPrinter]:
    spool = directory / "printed"
    spool.mkdir()
    with talker("the printer twin", "tools.peers.twin", str(spool)) as running:
        uri = running.wait_for(lambda said: said.get("ready") is True)["uri"]
        yield DemoPrinter("Lockgate's own IPP twin (ippeveprinter is not installed)", str(uri), spool)


def how_to_approve(uri: str) -> str:
    """What to say when a printer's key is not trusted: the key it shows, and how to approve it."""
    parts = urlsplit(uri)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only to show what it presents
    try:
        with (
            socket.create_connection((parts.hostname or "", parts.port or IPP_PORT), TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as encrypted,
        ):
            certificate = encrypted.getpeercert(binary_form=True)
    except OSError as exc:
        raise DemoError(f"the printer does not answer: {exc}") from exc
    shown = key_hash(certificate or b"").hex()
    plain_uri = parts._replace(query="").geturl()
    return (
        "the printer's certificate is not from an authority this machine trusts. Compare the SHA-256 of its public key "
        f"with the printer's own panel or page, then approve it: --printer '{plain_uri}?pin=sha256:{shown}'"
    )
