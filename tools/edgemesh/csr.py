"""Reading a certificate request (PKCS #10, RFC 2986) from a stranger: what of it counts, and nothing else."""

import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from firmware.vault.identity import BOX_KEY_OID, UNREADABLE, Kind
from tools.edgemesh.interface.problems import Problem

MAX_BYTES = 4096
WITH_BOX = frozenset({Kind.STATION, Kind.NODE})
"""Who opens boxes, and so asks for a box key in the certificate; nobody else may."""
_OCTET_STRING_32 = b"\x04\x20"


@dataclass(frozen=True, slots=True)
class Requested:
    """What was asked for: a certificate for this key. `key_pem` is its SubjectPublicKeyInfo, `key` the SHA-256 of that
    in DER (hex), `box_key` a raw X25519 public key."""

    key_pem: bytes = field(repr=False)
    key: str
    box_key: bytes | None = field(repr=False)


def read(csr: bytes, name: str, *, boxed: bool) -> Requested:
    """The request in DER, signed with its own ECDSA P-256 key, whose only common name is `name`, with a box key exactly
    when it is to be `boxed`. Whatever else it asks for is not granted. Raises `Problem` csr-malformed."""
    if len(csr) > MAX_BYTES:
        raise Problem("csr-malformed", f"longer than {MAX_BYTES} bytes")
    try:
        return _read(x509.load_der_x509_csr(csr), name, boxed)
    except UNREADABLE as exc:
        raise Problem("csr-malformed", "not a PKCS #10 request") from exc


def _read(request: x509.CertificateSigningRequest, name: str, boxed: bool) -> Requested:
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Problem("csr-malformed", "not for an ECDSA P-256 key")
    if not request.is_signature_valid:
        raise Problem("csr-malformed", "not signed with its own key")
    if [value.value for value in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] != [name]:
        raise Problem("csr-malformed", "its common name is another")
    box_key = _box_key(request)
    if (box_key is not None) != boxed:
        raise Problem("csr-malformed", "a box key is wanted" if boxed else "it has no box key to ask for")
    return Requested(key_pem(key), key_print(key), box_key)


def _box_key(request: x509.CertificateSigningRequest) -> bytes | None:
    try:
        value = request.extensions.get_extension_for_oid(BOX_KEY_OID).value
    except x509.ExtensionNotFound:
        return None
    octets = value.public_bytes()
    if len(octets) != 34 or not octets.startswith(_OCTET_STRING_32):
        raise Problem("csr-malformed", "its box key is none")
    return octets[2:]


def key_pem(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as SubjectPublicKeyInfo in PEM."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_print(key: ec.EllipticCurvePublicKey) -> str:
    """The SHA-256 of a public key's SubjectPublicKeyInfo in DER, in hex: what the registry knows a key by."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()
