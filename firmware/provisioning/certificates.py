"""The certificates and keys that a site's file carries, in PEM: whether a station could use them, and as it is given
them, without whatever else stood around them."""

import warnings
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.utils import CryptographyDeprecationWarning

LEAST_RSA, LEAST_EC = 2048, 224
WEAK_HASHES = ("md5", "sha1")
"""Bits of a key, and what OpenSSL, as Debian sets it up, does not take: the station would not start with it."""
_UNREADABLE = (
    ValueError,  # encodings among them
    TypeError,  # a key with a password
    UnsupportedAlgorithm,
    CryptographyDeprecationWarning,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)


def authorities(text: str) -> str:
    """Certificates of authorities, one or more. Raises `ValueError` without a cause, so that nothing of it is told."""
    try:
        found = _read(text)
        good = all(one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca for one in found)
    except _UNREADABLE:
        raise ValueError("no certificates") from None
    if not good or _holds_key(text):
        raise ValueError("not of authorities alone")
    return _pem(found)


def own(certificate: str, key: str) -> tuple[str, str]:
    """A certificate, those above it after it, and its key, which nothing locks. Raises `ValueError` as above."""
    try:
        chain = _read(certificate)
        private = load_pem_private_key(key.encode(), None)
        fits = _spki(private.public_key()) == _spki(chain[0].public_key())
        digest = chain[0].signature_hash_algorithm
    except _UNREADABLE:
        raise ValueError("no certificate with its key") from None
    if not fits or not _is_strong(private):
        raise ValueError("a key of another, or a weak one")
    if _holds_key(certificate) or (digest is not None and digest.name in WEAK_HASHES):
        raise ValueError("a key in the wrong place, or a weak signature")
    return _pem(chain), private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def is_over(text: str, now: datetime) -> bool:
    """Whether one of these certificates, which were read before, is valid no more."""
    return any(one.not_valid_after_utc < now for one in x509.load_pem_x509_certificates(text.encode()))


def _read(text: str) -> list[x509.Certificate]:
    """What the library only warns of, such as a serial number below zero, a later version of it does not read."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        return x509.load_pem_x509_certificates(text.encode())


def _is_strong(key: object) -> bool:
    match key:
        case rsa.RSAPrivateKey():
            return key.key_size >= LEAST_RSA
        case ec.EllipticCurvePrivateKey():
            return key.key_size >= LEAST_EC
    return isinstance(key, ed25519.Ed25519PrivateKey)


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _holds_key(text: str) -> bool:
    return "PRIVATE KEY" in text
