"""The certificate a printer makes for itself, for twins that are reached over TLS."""

import hashlib
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """A server's context, its certificate in PEM, and `pin`, the SHA-256 of its key in hex."""

    context: ssl.SSLContext
    certificate: bytes
    pin: str


def self_signed(name: str = "localhost", valid: timedelta = timedelta(days=3650)) -> SelfSigned:
    """A fresh P-256 key for `name` and 127.0.0.1, valid from an hour ago; expired with a negative `valid`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    end = datetime.now(UTC) + valid
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), end) - timedelta(hours=1))
        .not_valid_after(end)
        .add_extension(names, critical=False)
        .sign(key, SHA256())
    )
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = certificate.public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SelfSigned(_context(pem, secret), pem, hashlib.sha256(public).hexdigest())


def _context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0  # CUPS's clients take one for a broken answer, and begin again for ever
    with tempfile.TemporaryDirectory() as directory:  # `ssl` loads keys from files only
        path = Path(directory) / "printer.pem"
        path.write_bytes(certificate + key)
        context.load_cert_chain(path)
    return context
