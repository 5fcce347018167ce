"""A network printer's URI as configuration writes it: where it is, and why it is trusted.

    ipps://host:port/ipp/print?pin=sha256:<SHA-256 of the key, hex or base64>
    ipps://host/ipp/print?ca=/etc/lockgate/printers.pem
    ipps://host/ipp/print                                  the system's certificate authorities
    ipp://host/ipp/print?insecure=yes-not-encrypted        on a wire that is trusted for other reasons

`stall=SECONDS` is how long the printer may take no byte of a document: it may be waiting for paper.
`user=NAME&password-file=/path` is for a printer that asks who we are (Digest, and over TLS Basic too),
`cert=/path&key=/path`, PEM, for one that wants to see a certificate of ours. Those files may be read by us alone.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from hal.ports.errors import DeviceConfigError

IPP_PORT = 631
DEFAULT_STALL = 300
LOGIN = ("user", "password-file")
CERTIFICATE = ("cert", "key")
OPTIONS = {"ipps": ("pin", "ca", "stall", *LOGIN, *CERTIFICATE), "ipp": ("insecure", "stall", *LOGIN)}
PLAIN_TEXT_CONSENT = "yes-not-encrypted"


@dataclass(frozen=True, slots=True)
class PrinterAddress:
    """`pin` is the SHA-256 of the SubjectPublicKeyInfo (RFC 7469 2.4), 32 bytes or None; `ca_file` empty for
    the system's authorities; `stall` in seconds; the user and our own files empty where there are none."""

    host: str
    port: int
    path: str
    encrypted: bool
    pin: bytes | None
    ca_file: str
    stall: float
    user: str = ""
    password_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets: the HTTP Host field, and the printer's name in errors."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def uri(self) -> str:
        """The printer-uri (RFC 8011 4.1.5; RFC 7472 for ipps)."""
        return f"{'ipps' if self.encrypted else 'ipp'}://{self.authority}{self.path}"


def parse(uri: str) -> PrinterAddress:
    """Take the configured URI apart. Raises `DeviceConfigError`; plain `ipp` needs consent in the URI itself."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port or IPP_PORT
        options = _options(parts)
    except ValueError as exc:
        raise DeviceConfigError("printer", f"malformed URI: {exc}") from exc
    path = parts.path or "/ipp/print"
    if not re.fullmatch(r"[!-~]+", host) or not re.fullmatch(r"/[!-~]*", path) or parts.username or parts.fragment:
        raise DeviceConfigError("printer", "a printer URI has a host and a path in ASCII, and no password or fragment")
    if parts.scheme == "ipp" and options.get("insecure") != PLAIN_TEXT_CONSENT:
        raise DeviceConfigError("printer", f"ipp is not encrypted: use ipps, or add ?insecure={PLAIN_TEXT_CONSENT}")
    try:
        pin = parse_pin(options["pin"]) if "pin" in options else None
    except ValueError as exc:
        raise DeviceConfigError("printer", str(exc)) from exc
    encrypted = parts.scheme == "ipps"
    ours = (options.get(name, "") for name in (*LOGIN, *CERTIFICATE))
    return PrinterAddress(host, port, path, encrypted, pin, options.get("ca", ""), _stall(options), *ours)


def parse_pin(text: str) -> bytes:
    """`sha256:` and 32 bytes in hex or base64. Raises `ValueError`."""
    kind, _, digest = text.partition(":")
    try:
        is_hex = re.fullmatch(r"[0-9A-Fa-f]{64}", digest)
        pin = bytes.fromhex(digest) if is_hex else base64.b64decode(digest, validate=True)
    except binascii.Error as exc:
        raise ValueError(f"a pin is sha256: and 32 bytes in hex or base64, not {text!r}") from exc
    if kind != "sha256" or len(pin) != hashlib.sha256().digest_size:
        raise ValueError(f"a pin is sha256: and 32 bytes in hex or base64, not {text!r}")
    return pin


def _options(parts: SplitResult) -> Mapping[str, str]:
    known = OPTIONS.get(parts.scheme)
    if known is None:
        raise ValueError("the scheme is neither ipps nor ipp")
    query = parts.query.replace("+", "%2B")  # base64 has plus signs; a form's spaces have no place here
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
    options = dict(pairs)
    if len(options) < len(pairs) or not options.keys() <= set(known) or "" in options.values():
        raise ValueError(f"the options of {parts.scheme} are {', '.join(known)}, each once and with a value")
    for pair in (LOGIN, CERTIFICATE):
        if len(options.keys() & set(pair)) == 1:
            raise ValueError(f"{' and '.join(pair)} go together")
    user = options.get("user", "")
    if ":" in user or not user.isprintable():
        raise ValueError("a user has no colon and no control characters")
    return options


def _stall(options: Mapping[str, str]) -> float:
    text = options.get("stall", str(DEFAULT_STALL))
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise DeviceConfigError("printer", f"stall is a whole number of seconds above 0, not {text!r}")
    return float(text)
