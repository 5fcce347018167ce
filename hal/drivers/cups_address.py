"""A `cups:` printer's URI as configuration writes it: the device behind the private cupsd, its driver, the spool.

    cups:?device=usb://HP/LaserJet%20P1005&model=drv:///sample.drv/laserjet.ppd
    cups:?device=ipp://localhost:60000/ipp/print&model=everywhere&spool=512
    cups:?device=socket://10.0.0.9&model=/etc/lockgate/printer.ppd&insecure=yes-not-encrypted

`device` is a CUPS device URI; `%` and `&` within it may be written as they are or percent-encoded once. `model` is what
`lpinfo -m` lists, the path of a PPD, `everywhere` or `raw`. `spool` is in MiB.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from hal.drivers import uri as device_uri
from hal.drivers.printer_address import PLAIN_TEXT_CONSENT
from hal.ports.errors import DeviceConfigError

NAME = "cups"
OPTIONS = ("device", "model", "spool", "insecure")
DEFAULT_SPOOL = 256
MOST_SPOOL = 1 << 20
"""MiB."""
PRIVATE = frozenset({"usb", "parallel", "serial", "hp"})
"""Backends whose wire is a cable on the table."""
UNVERIFIED = frozenset({"ipps", "https"})
"""Backends that ask who the printer is at the first of their connections only; a document may go over a later one. With
GnuTLS they ask none of this machine's authorities, either."""
UNFIT = frozenset({"file", "cups-pdf", "beh", "implicitclass"})
"""Backends that write to a disk, or try again by themselves: paper would come twice."""


@dataclass(frozen=True, slots=True)
class CupsAddress:
    """`spool` is in bytes."""

    device: str
    model: str
    spool: int

    @property
    def backend(self) -> str:
        """The name of the program that speaks with the device (backend(7))."""
        return self.device.partition(":")[0]


def address_of(uri: str) -> CupsAddress:
    """Take the configured URI apart. Raises `DeviceConfigError`."""
    parts = device_uri.parse(uri, OPTIONS)
    if parts.path:
        raise DeviceConfigError(NAME, f"{uri!r} has a path; a printer behind CUPS is cups:?device=…&model=…")
    spool = parts.whole("spool", DEFAULT_SPOOL)
    if spool > MOST_SPOOL:
        raise DeviceConfigError(NAME, f"spool is in MiB and at most {MOST_SPOOL}")
    device = _with_a_path(parts.options.get("device", "").replace(" ", "%20"))
    _check_device(device, consent=parts.options.get("insecure") == PLAIN_TEXT_CONSENT)
    model = parts.options.get("model", "")
    if not re.fullmatch(r"[!-~]([ -~]*[!-~])?", model) or model.startswith("-"):
        raise DeviceConfigError(NAME, "model is one of `lpinfo -m`, the path of a PPD, everywhere or raw")
    return CupsAddress(device, model, spool << 20)


def _with_a_path(device: str) -> str:
    """cupsd refuses `socket://HOST:PORT?…`, in words that tell nobody why: options stand behind a path there."""
    return re.sub(r"^([a-z][a-z0-9-]*://[^/?#]+)\?", r"\1/?", device)


def _check_device(device: str, *, consent: bool) -> None:
    scheme = device.partition(":")[0]
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}:[!-~]+", device) or scheme in UNFIT:
        raise DeviceConfigError(NAME, "device is a CUPS device URI such as usb://MAKE/MODEL or socket://HOST")
    try:
        parts = urlsplit(device)
        host = parts.hostname or ""
    except ValueError as exc:
        raise DeviceConfigError(NAME, "device is a malformed URI") from exc
    if "@" in parts.netloc:
        raise DeviceConfigError(NAME, "device has a user or password in it, which every process here could see")
    if scheme in UNVERIFIED:
        said = f"CUPS does not hold on to a printer's key over {scheme}: write ipps://…?pin=… as the printer itself"
        raise DeviceConfigError(NAME, said)
    if scheme not in PRIVATE and not _is_loopback(host) and not consent:
        raise DeviceConfigError(NAME, f"{scheme} is not encrypted: add insecure={PLAIN_TEXT_CONSENT} if that is meant")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
