"""Syslog over TLS (RFC 5425): the address as it is configured, and the connection."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from firmware.audit.forward import SyslogError
from firmware.errors import LockgateError
from hal.ports.errors import DeviceError

PORT = 6514
"""syslog-tls (RFC 5425 4.1)."""
PATIENCE = 20.0
"""Seconds for a connection, and for a server to take what it is sent."""
_OPTIONS = {"ca", "cert", "key"}


@dataclass(frozen=True, slots=True)
class SyslogAddress:
    """`tls://host:6514?ca=FILE`, with `&cert=FILE&key=FILE` where the server asks who we are. `ca` is all that is
    trusted to vouch for the server, whose certificate must name `host`."""

    host: str
    port: int
    ca: Path
    cert: Path | None = None
    key: Path | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises `SyslogError` `syslog-address`."""
        try:
            parts = urlsplit(url)
            options = parse_qsl(parts.query, keep_blank_values=False, strict_parsing=True)
            files = {name: Path(value) for name, value in options}
            host, port = parts.hostname or "", parts.port or PORT
        except ValueError as exc:
            raise SyslogError("not a URL", code="syslog-address") from exc
        plain = not (parts.path.strip("/") or parts.fragment or parts.username or parts.password)
        if parts.scheme != "tls" or not host or not plain or len(files) != len(options):
            raise SyslogError("not tls://host:port?ca=FILE", code="syslog-address")
        if not {"ca"} <= set(files) <= _OPTIONS or ("cert" in files) != ("key" in files):
            raise SyslogError("ca must be given; cert and key together or not at all", code="syslog-address")
        return cls(host, port, **files)

    def context(self) -> ssl.SSLContext:
        """What a connection is made with: TLS 1.2 at least, as RFC 9662 has it. Raises `SyslogError` for files that are
        missing or no good."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies chain and name
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.hostname_checks_common_name = False
        try:
            context.load_verify_locations(self.ca)
            if self.cert is not None:
                context.load_cert_chain(self.cert, self.key, password="")  # an encrypted key is refused, not asked for
        except (OSError, ValueError) as exc:  # ssl.SSLError is an OSError
            raise SyslogError("its certificate files are unreadable", code="syslog-address") from exc
        return context


class TlsTransport:
    """Connections to one address; `identify` gives each its certificate and key, where those are in no file."""

    def __init__(self, address: SyslogAddress, identify: Callable[[ssl.SSLContext], None] | None = None) -> None:
        """Reads the files. Raises `SyslogError`."""
        self._address = address
        self._context = address.context()
        self._identify = identify

    async def connect(self) -> "TlsLink":
        """See `SyslogTransport.connect`."""
        address = self._address
        self._show_ourselves()
        try:
            async with asyncio.timeout(PATIENCE):
                streams = await asyncio.open_connection(address.host, address.port, ssl=self._context)
        except ssl.SSLError as exc:
            raise SyslogError(exc.reason or "TLS", code="syslog-untrusted") from exc
        except (OSError, TimeoutError) as exc:
            raise SyslogError(f"no connection to port {address.port}") from exc
        return TlsLink(*streams)

    def _show_ourselves(self) -> None:
        """As we are by now: certificates are renewed."""
        try:
            if self._identify is not None:
                self._identify(self._context)
        except (LockgateError, DeviceError) as exc:
            raise SyslogError(f"our own certificate cannot be used: {exc.code}", code="syslog-address") from exc


class TlsLink:
    """One connection. A server never says anything: whatever it sends is dropped, and its end is ours."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._ended: str | None = None
        self._listener = asyncio.get_running_loop().create_task(self._listen(reader))

    async def send(self, data: bytes) -> None:
        """See `SyslogLink.send`."""
        if self._ended is not None:
            raise SyslogError("the connection ended", code=self._ended)
        try:
            async with asyncio.timeout(PATIENCE):
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, TimeoutError) as exc:
            raise SyslogError("the connection broke") from exc

    def close(self) -> None:
        """See `SyslogLink.close`."""
        self._listener.cancel()
        self._writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        code = "syslog-unreachable"
        try:
            while await reader.read(4096):
                pass
        except ssl.SSLError:  # with TLS 1.3 a server refuses our certificate only after the handshake
            code = "syslog-untrusted"
        except OSError:
            pass
        self._ended = code
