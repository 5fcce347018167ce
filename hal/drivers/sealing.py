"""How a secret is sealed under a key-encryption key: AES-256-GCM (NIST SP 800-38D), no I/O."""

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hal.ports.errors import KeyDamagedError, KeySealedError

KEK_BYTES: Final = 32
MAGIC: Final = b"lockgate-sealed/1\n"
ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
HEADER_BYTES: Final = len(MAGIC) + ID_BYTES + NONCE_BYTES
MAX_BYTES: Final = 1 << 20
"""Keys and chains are a few kilobytes; nothing larger is one of ours."""


class Sealer:
    """Seals and opens under one key of 32 random bytes.

    A sealed file is MAGIC (18), the key's id (8), a random nonce (12), the ciphertext with its tag (16). Magic, id
    and the secret's name are authenticated, so a file opens under no other name. The nonce comes from the system
    and not from a port: one that repeats under a key would give both secrets away, and a port may be seeded.
    """

    __slots__ = ("_aead", "_id")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEK_BYTES:
            raise ValueError(f"a key-encryption key has {KEK_BYTES} bytes")
        self._aead = AESGCM(key)
        self._id = HKDF(SHA256(), ID_BYTES, salt=None, info=b"lockgate/v1/kek-id").derive(key)

    def seal(self, name: str, secret: bytes) -> bytes:
        """What may lie on a disk, with a fresh nonce each time."""
        nonce = os.urandom(NONCE_BYTES)
        return MAGIC + self._id + nonce + self._aead.encrypt(nonce, secret, self._bound(name))

    def open(self, name: str, sealed: bytes) -> bytes:
        """The secret. Raises `KeyDamagedError`, and `KeySealedError` for one sealed under another key."""
        if not sealed.startswith(MAGIC) or not HEADER_BYTES + TAG_BYTES <= len(sealed) <= MAX_BYTES:
            raise KeyDamagedError("sealed file", f"{name}: not a file that this version seals; {RESTORE}")
        rest = sealed[len(MAGIC) :]
        if rest[:ID_BYTES] != self._id:
            raise KeySealedError("sealed file", f"{name}: sealed under another key than the one at hand; {BRING}")
        try:
            return self._aead.decrypt(rest[ID_BYTES:][:NONCE_BYTES], rest[ID_BYTES + NONCE_BYTES :], self._bound(name))
        except InvalidTag as exc:
            raise KeyDamagedError("sealed file", f"{name}: changed since it was sealed; {RESTORE}") from exc

    def _bound(self, name: str) -> bytes:
        return MAGIC + self._id + name.encode()


RESTORE: Final = "restore it from a copy, or pair the box again"
BRING: Final = "bring back the credential or TPM it was sealed with, or pair the box again"


def parse_key(raw: bytes) -> bytes:
    """The 32 bytes of a key-encryption key, given raw or as base64 (RFC 4648 section 4) with white space around it.
    Raises `ValueError`, which does not quote it."""
    if len(raw) == KEK_BYTES:
        return raw
    try:
        key = base64.b64decode(raw.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEK_BYTES:
        raise ValueError(f"not {KEK_BYTES} bytes, raw or in base64")
    return key
