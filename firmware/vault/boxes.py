"""Boxes: one key part sealed to one recipient with HPKE (RFC 9180, base mode), bound by `info` to its place."""

import hashlib
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from firmware.errors import LockgateError
from firmware.vault.parts import PART_BYTES, length_prefixed

SUITE = "x25519-hkdf-sha256-aes-256-gcm"
"""KEM 0x0020, KDF 0x0001, AEAD 0x0002. Public key 32 bytes, box 80 bytes."""
SUITE_PQ = "mlkem768-x25519-hkdf-sha256-aes-256-gcm"
"""KEM 0x647a (ML-KEM-768 with X25519), KDF 0x0001, AEAD 0x0002. Public key 1216 bytes, box 1168 bytes."""

PRIVATE_KEY_BYTES = 32
PUBLIC_KEY_BYTES = {SUITE: 32, SUITE_PQ: 1216}
BOX_BYTES = {SUITE: 32 + PART_BYTES + 16, SUITE_PQ: 1120 + PART_BYTES + 16}
_MLKEM_PUBLIC_BYTES = 1184
_MLKEM_SEED_BYTES = 64

_HPKE = {
    SUITE: Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
    SUITE_PQ: Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
}


class BoxError(LockgateError):
    """Codes: `box-refused` (this box does not open with this key at this place), `box-key-refused` (no key of the
    suite), `box-suite-unknown`."""

    code = "box-refused"


class PartKind(StrEnum):
    """Which of the three parts a box holds."""

    JOB = "job"
    NODE = "node"
    ORG = "org"


def submit_info(kind: PartKind, org_id: str, job_id: str, recipient_id: str) -> bytes:
    """Where a box made at submission belongs. `recipient_id` is the vault's id, the node's id, or for the org part
    `epoch_recipient(epoch)`."""
    return f"lockgate/v1/part/{kind}".encode() + length_prefixed(org_id, job_id, recipient_id)


def release_info(kind: PartKind, org_id: str, job_id: str, release_id: str, station_id: str) -> bytes:
    """Where a box made for a release belongs: one station, one release."""
    return f"lockgate/v1/release/{kind}".encode() + length_prefixed(org_id, job_id, release_id, station_id)


def preview_info(kind: PartKind, org_id: str, job_id: str, session_id: str, station_id: str) -> bytes:
    """Where a box made for a preview belongs: one station, one session."""
    return f"lockgate/v1/preview/{kind}".encode() + length_prefixed(org_id, job_id, session_id, station_id)


def epoch_recipient(epoch: int) -> str:
    """The recipient id of an org part: the epoch in decimal, since the org's keys differ by epoch only."""
    return str(epoch)


def new_box_key(suite: str = SUITE) -> tuple[bytes, bytes]:
    """A fresh key pair: the private key (32 raw bytes, in either suite) and the raw public key."""
    private = X25519PrivateKey.generate().private_bytes_raw()
    return private, public_box_key(private, suite)


def public_box_key(private_key: bytes, suite: str = SUITE) -> bytes:
    """The raw public key that belongs to a raw private key. Raises `BoxError`."""
    _suite(suite)
    traditional, mlkem = _private_keys(private_key, suite)
    public = traditional.public_key().public_bytes_raw()
    return mlkem.public_key().public_bytes_raw() + public if mlkem else public


def seal(part: bytes, public_key: bytes, info: bytes, suite: str = SUITE) -> bytes:
    """Seal a part of 32 bytes to a raw public key; the box is `enc || ct`. Raises `BoxError`.

    HPKE's ephemeral key comes from the operating system: the library offers no way to hand it in."""
    hpke = _suite(suite)
    if len(part) != PART_BYTES:
        raise BoxError("a part has 32 bytes")
    try:
        return hpke.encrypt(part, _public(public_key, suite), info)
    except ValueError as exc:  # a point of low order
        raise BoxError(code="box-key-refused") from exc


def open_box(box: bytes, private_key: bytes, info: bytes, suite: str = SUITE) -> bytes:
    """The part in a box, for the raw private key and the place it was sealed to. Raises `BoxError`."""
    hpke = _suite(suite)
    traditional, mlkem = _private_keys(private_key, suite)
    key = MLKEM768X25519PrivateKey(mlkem, traditional) if mlkem else traditional
    if len(box) != BOX_BYTES[suite]:
        raise BoxError("wrong length")
    try:
        return hpke.decrypt(box, key, info)
    except (InvalidTag, ValueError) as exc:
        raise BoxError from exc


def rebox(box: bytes, private_key: bytes, info: bytes, suite: str, *, to: bytes, to_info: bytes) -> bytes:
    """What a holder does at a release: open its own box and seal the part to the station's key `to`."""
    return seal(open_box(box, private_key, info, suite), to, to_info)


def _suite(suite: str) -> Suite:
    try:
        return _HPKE[suite]
    except KeyError as exc:
        raise BoxError(code="box-suite-unknown") from exc


def _private_keys(raw: bytes, suite: str) -> tuple[X25519PrivateKey, MLKEM768PrivateKey | None]:
    """The hybrid's key is a seed that SHAKE256 expands to ML-KEM's 64 bytes and X25519's 32, as in X-Wing."""
    if len(raw) != PRIVATE_KEY_BYTES:
        raise BoxError("wrong length", code="box-key-refused")
    if suite == SUITE:
        return X25519PrivateKey.from_private_bytes(raw), None
    seed = hashlib.shake_256(raw).digest(_MLKEM_SEED_BYTES + PRIVATE_KEY_BYTES)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(seed[:_MLKEM_SEED_BYTES])
    return X25519PrivateKey.from_private_bytes(seed[_MLKEM_SEED_BYTES:]), mlkem


def _public(raw: bytes, suite: str) -> X25519PublicKey | MLKEM768X25519PublicKey:
    if len(raw) != PUBLIC_KEY_BYTES[suite]:
        raise BoxError("wrong length", code="box-key-refused")
    if suite == SUITE:
        return X25519PublicKey.from_public_bytes(raw)
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_BYTES:]),
    )
