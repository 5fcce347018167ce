"""A look at the key that a printer shows, for whoever is to approve it: a handshake, and not a word of IPP."""

import socket
import ssl
from dataclasses import dataclass

from hal.drivers.printer_address import PrinterAddress
from hal.drivers.printer_trust import key_hash
from hal.ports.errors import PrinterUnreachableError, PrinterUntrustedError

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """`pin` is the SHA-256 of the SubjectPublicKeyInfo, hex; `is_vouched_for`, whether a certificate authority of this
    machine says that it is the printer of that name."""

    pin: str
    is_vouched_for: bool


def presented_key(address: PrinterAddress) -> PresentedKey:
    """Blocks for a few seconds at most. Raises `PrinterUnreachableError`, `PrinterUntrustedError` for a certificate
    that cannot be read."""
    vouched = _handshake(address, ssl.create_default_context())
    certificate = vouched or _handshake(address, _trusting_nobody())
    try:
        return PresentedKey(key_hash(certificate or b"").hex(), vouched is not None)
    except ValueError as exc:
        raise PrinterUntrustedError(address.authority, "its certificate cannot be read") from exc


def _trusting_nobody() -> ssl.SSLContext:
    """Takes any certificate, to show it; nothing is ever said on such a connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _handshake(address: PrinterAddress, context: ssl.SSLContext) -> bytes | None:
    """The certificate, DER; None where `context` does not trust it."""
    try:
        with (
            socket.create_connection((address.host, address.port), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=address.host) as encrypted,
        ):
            return encrypted.getpeercert(binary_form=True)
    except ssl.SSLCertVerificationError:
        return None
    except OSError as exc:
        raise PrinterUnreachableError(address.authority, f"{type(exc).__name__}: {exc}"[:200]) from exc
