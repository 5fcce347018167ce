"""Certificates as a site's file carries them: the same in each run, for the keys are made of a number."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

PublicKey = Ed25519PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
FROM, UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2066, 1, 1, tzinfo=UTC)


def key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def pem(private: PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certificate(number: int, *, is_ca: bool, until: datetime = UNTIL, of: PublicKey | None = None) -> str:
    """Of the key `number`, or of another one, and signed by the key `number`."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"paper {number}")])
    builder = x509.CertificateBuilder(name, name, of or key(number).public_key(), number, FROM, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    return builder.sign(key(number), None).public_bytes(Encoding.PEM).decode()


LOG_CA = certificate(1, is_ca=True)
PRINTER_CA = certificate(2, is_ca=True)
OWN = certificate(3, is_ca=False)
OWN_KEY = pem(key(3))
