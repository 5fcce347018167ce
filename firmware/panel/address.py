"""Where a page of the station answers: written in the configuration, held to what such a page may be exposed to."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from firmware.errors import LockgateError

LONGEST_PATH = 107
"""Bytes of a Unix socket's path (unix(7))."""
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_PANEL = 'write "tcp:127.0.0.1:8631" or "unix:/run/lockgate/panel.sock"'
_TECHNICIAN = 'write "unix:/run/lockgate/technician.sock" or, for the LAN, "tls:192.0.2.7:8632" with the box\'s address'

_METRICS = 'write "tcp:127.0.0.1:9632" or "unix:/run/lockgate/metrics.sock"'


class AddressError(LockgateError):
    """Codes: `listen-malformed` (no such address), `listen-exposed` (others than this machine would reach it)."""

    code = "listen-malformed"


class Wire(StrEnum):
    """What a page is spoken to over."""

    UNIX = "unix"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Address:
    """`where` is a path for `Wire.UNIX`, else an IP address; `port` is 0 for any free one."""

    wire: Wire
    where: str
    port: int = 0

    @property
    def scheme(self) -> str:
        return "https" if self.wire is Wire.TLS else "http"

    def at(self, port: int) -> str:
        """`host:port` as a browser writes it into Host, with the `port` that it really listens at."""
        host = f"[{self.where}]" if ":" in self.where else self.where
        return host if port == (443 if self.wire is Wire.TLS else 80) else f"{host}:{port}"


def parse_panel(text: str) -> Address:
    """The panel's: a Unix socket or the loopback. Raises `AddressError`."""
    address = _parsed(text, (Wire.UNIX, Wire.TCP), _PANEL)
    if address.wire is Wire.TCP and not ipaddress.ip_address(address.where).is_loopback:
        raise AddressError(f"{address.where} is not of this machine alone; {_PANEL}", code="listen-exposed")
    return address


def parse_technician(text: str) -> Address:
    """The technician's page's: a Unix socket, or one address of the box with mutual TLS. Raises `AddressError`."""
    address = _parsed(text, (Wire.UNIX, Wire.TLS), _TECHNICIAN)
    if address.wire is Wire.TLS and ipaddress.ip_address(address.where).is_unspecified:
        raise AddressError(f"say on which address of the box: {_TECHNICIAN}", code="listen-exposed")
    return address


def parse_metrics(text: str) -> Address:
    """The metrics': a Unix socket, or an address of the box that the site opens; they tell nothing of anybody. Raises
    `AddressError`."""
    return _parsed(text, (Wire.UNIX, Wire.TCP), _METRICS)


def _parsed(text: str, wires: tuple[Wire, ...], hint: str) -> Address:
    kind, _, rest = text.partition(":")
    if kind not in wires:
        code = "listen-exposed" if kind in tuple(Wire) else "listen-malformed"
        raise AddressError(hint, code=code)
    if kind == Wire.UNIX:
        if not rest.startswith("/") or "\0" in rest or len(rest.encode("utf-8", "replace")) > LONGEST_PATH:
            raise AddressError(f"the path is to be absolute, of at most {LONGEST_PATH} bytes; {hint}")
        return Address(Wire.UNIX, rest)
    host, _, port = rest.rpartition(":")
    if not _PORT.fullmatch(port) or int(port) > 65535:
        raise AddressError(f"the port is a number up to 65535; {hint}")
    try:
        ip = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError as exc:
        raise AddressError(f"an IP address, not a name; {hint}") from exc
    if "%" in str(ip):
        raise AddressError(f"an address without a zone; {hint}")
    return Address(Wire(kind), str(ip), int(port))
