"""Who a printer is: TLS 1.2 or later (RFC 7472), and its key pinned or its certificate verified. Never neither.

A pin names the key a person approved. The certificate around it is then not looked at, its dates included:
printers without a battery-backed clock date theirs 1970 or renew them unasked, and an expired certificate of
the approved key is still held by the approved printer. With `ca=` beside the pin both have to hold.
"""

import hashlib
import hmac
import ssl

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hal.drivers.printer_address import PrinterAddress
from hal.drivers.printer_login import read_secret
from hal.ports.errors import DeviceConfigError, PrinterUntrustedError

MAX_KEY = 64 * 1024
"""Bytes of a PEM file with a private key."""


def key_hash(certificate: bytes) -> bytes:
    """The SHA-256 of the SubjectPublicKeyInfo of a DER certificate: 32 bytes. Raises `ValueError`."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


class PrinterTrust:
    """What a connection to one printer asks before the first byte of HTTP."""

    def __init__(self, address: PrinterAddress) -> None:
        """Raises `DeviceConfigError` when the CA file or our own certificate cannot be used."""
        self._device = address.authority
        self._pin = address.pin
        self.context = _context(address) if address.encrypted else None

    def check(self, certificate: bytes | None) -> None:
        """Look at the DER certificate of a finished handshake. Raises `PrinterUntrustedError`."""
        if self._pin is None:
            return  # the handshake itself verified chain, dates and name
        try:
            presented = key_hash(certificate or b"")
        except (ValueError, UnsupportedAlgorithm) as exc:
            raise PrinterUntrustedError(self._device, "its certificate cannot be read") from exc
        if not hmac.compare_digest(presented, self._pin):
            said = f"its key is sha256:{presented.hex()}, approved is sha256:{self._pin.hex()}"
            raise PrinterUntrustedError(self._device, said, presented)


def _context(address: PrinterAddress) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # TLS 1.2: no second handshake with another key after `check`
    try:
        if address.ca_file:
            context.load_verify_locations(cafile=address.ca_file)
        elif address.pin is None:
            context.load_default_certs()
    except OSError as exc:
        raise DeviceConfigError(address.authority, f"the CA file cannot be used: {exc}") from exc
    if address.cert_file:
        _show(context, address)
    if address.pin is not None and not address.ca_file:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # `check` compares the key instead
    return context


def _show(context: ssl.SSLContext, address: PrinterAddress) -> None:
    """Our own certificate. The key is in a file that only we may use, and not encrypted: nobody is there to ask."""
    read_secret(address.key_file, address.authority, MAX_KEY)
    try:
        context.load_cert_chain(address.cert_file, address.key_file, password=lambda: b"")
    except OSError as exc:
        raise DeviceConfigError(address.authority, f"our certificate or its key cannot be used: {exc}") from exc
