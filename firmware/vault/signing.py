"""Signatures: ECDSA P-256 with SHA-256 (FIPS 186-5, DER), each under a label that says what was signed."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from firmware.errors import LockgateError
from firmware.vault.identity import Identity, TrustAnchor

MANIFEST = b"lockgate/v1/manifest"
RELEASE_REQUEST = b"lockgate/v1/release-request"
PREVIEW_REQUEST = b"lockgate/v1/preview-request"
STATION_CODE = b"lockgate/v1/station-code"
SESSION = b"lockgate/v1/session"
EPOCH = b"lockgate/v1/epoch"
LEASE = b"lockgate/v1/lease"
DELEGATION = b"lockgate/v1/delegation"
DENY_LIST = b"lockgate/v1/deny-list"
TIME = b"lockgate/v1/time"
RENEWAL = b"lockgate/v1/renewal"
AUDIT = b"lockgate/v1/audit"
RECEIPT = b"lockgate/v1/receipt"

# Deterministic (RFC 6979): a signature needs no randomness, so none can be bad, and a simulated shift replays.
_SIGN = ec.ECDSA(SHA256(), deterministic_signing=True)
_VERIFY = ec.ECDSA(SHA256())


class SignatureError(LockgateError):
    """Codes: `signature-refused`, `signing-key-malformed`."""

    code = "signature-refused"


class Signer:
    """An identity's private key, from PEM (PKCS #8, unencrypted). Raises `SignatureError`."""

    def __init__(self, private_key_pem: bytes) -> None:
        try:
            key = serialization.load_pem_private_key(private_key_pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
            raise SignatureError("not a private key", code="signing-key-malformed") from exc
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise SignatureError("not an ECDSA P-256 key", code="signing-key-malformed")
        self._key = key

    @property
    def public_key_pem(self) -> bytes:
        """The public half (SubjectPublicKeyInfo), for a certificate to be issued."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, label: bytes, message: bytes) -> bytes:
        """A DER signature over `label || 0x00 || message`."""
        return self._key.sign(label + b"\x00" + message, _SIGN)


def new_identity_key() -> bytes:
    """A fresh identity key in PEM (PKCS #8, unencrypted), as the key store keeps it."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def verify(identity: Identity, label: bytes, message: bytes, signature: bytes) -> None:
    """Check that `identity` signed `message` under `label`. Raises `SignatureError`."""
    verify_key(identity.public_key, label, message, signature)


def verify_ca(anchor: TrustAnchor, label: bytes, message: bytes, signature: bytes) -> None:
    """Check that the organisation's CA itself signed `message` under `label`. Raises `SignatureError`."""
    for key in anchor.ca_keys:
        try:
            return verify_key(key, label, message, signature)
        except SignatureError:
            continue
    raise SignatureError


def verify_key(key: ec.EllipticCurvePublicKey, label: bytes, message: bytes, signature: bytes) -> None:
    """Check that the holder of `key` signed `message` under `label`. Raises `SignatureError`."""
    try:
        key.verify(signature, label + b"\x00" + message, _VERIFY)
    except InvalidSignature as exc:
        raise SignatureError from exc
