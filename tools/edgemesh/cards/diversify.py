"""One key per card out of one key per site: AN10922, AES-128."""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

BLOCK = 16
LONGEST = 2 * BLOCK - 1
"""Of the diversification input, in bytes (AN10922, 2.2)."""
_AES128 = b"\x01"
_POLYNOMIAL = 0x87


def diversified(master: bytes, uid: bytes, aid: bytes, system_id: bytes) -> bytes:
    """A card's own key, 16 bytes: the input is UID, application identifier, system identifier, in this order
    (AN10922, 2.2.1)."""
    return an10922(master, uid + aid + system_id)


def an10922(master: bytes, given: bytes) -> bytes:
    """AES-128 diversification (AN10922, 2.2) of 1 to 31 bytes `given`; 16 bytes. It is CMAC (SP 800-38B), except that
    two blocks are always filled: an input of less than one is padded to two. Raises `ValueError` for other lengths."""
    if not 1 <= len(given) <= LONGEST or len(master) != BLOCK:
        raise ValueError("a diversification input is 1 to 31 bytes, a key 16")
    message = _AES128 + given
    first_subkey, second_subkey = _subkeys(master)
    subkey = first_subkey if len(message) == 2 * BLOCK else second_subkey
    if len(message) < 2 * BLOCK:
        message = (message + b"\x80").ljust(2 * BLOCK, b"\x00")
    last = (int.from_bytes(message[BLOCK:]) ^ subkey).to_bytes(BLOCK)
    encryptor = Cipher(AES(master), CBC(bytes(BLOCK))).encryptor()
    return (encryptor.update(message[:BLOCK] + last) + encryptor.finalize())[BLOCK:]


def _subkeys(key: bytes) -> tuple[int, int]:
    """K1 and K2 (SP 800-38B, 6.1)."""
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - one block, as CMAC's subkeys are defined
    zero = int.from_bytes(encryptor.update(bytes(BLOCK)) + encryptor.finalize())
    return _doubled(zero), _doubled(_doubled(zero))


def _doubled(value: int) -> int:
    """Times x in GF(2^128)."""
    shifted = value << 1
    return shifted if shifted < 1 << 128 else (shifted ^ _POLYNOMIAL) % (1 << 128)
