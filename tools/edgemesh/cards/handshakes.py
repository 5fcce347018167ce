"""The two authentications of a DESFire card with AES, as the verifier computes them: bytes in, bytes out."""

import zlib
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import ClassVar, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

from tools.edgemesh.cards.errors import ProofError

BLOCK = 16
UID = 7
"""Bytes of what GetCardUID says."""
MAC = 8
_NO_IV = bytes(BLOCK)


class Session(Protocol):
    """A card that has proven its key: what it says is encrypted under keys of this conversation alone."""

    def uid_command(self) -> bytes:
        """What goes with GetCardUID."""
        ...

    def open_uid(self, body: bytes) -> bytes:
        """The UID, 7 bytes, out of the answer. Raises `ProofError`."""
        ...


class Handshake(Protocol):
    """Challenge, answer, counter-answer."""

    instruction: ClassVar[int]
    capabilities: ClassVar[bytes]
    """What follows the key's number in the first command."""
    last_length: ClassVar[int]
    """Bytes of the card's last answer."""

    def answer(self, challenge: bytes) -> bytes:
        """Ours to the card's challenge, 16 bytes; 32 bytes. Raises `ProofError`."""
        ...

    def conclude(self, last: bytes) -> Session:
        """Judge the card's last answer. Raises `ProofError` card-key-refused."""
        ...


def decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC of whole blocks, without padding."""
    decryptor = Cipher(AES(key), CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC of whole blocks, without padding."""
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC (SP 800-38B), 16 bytes."""
    mac = CMAC(AES(key))
    mac.update(data)
    return mac.finalize()


def rotated(nonce: bytes) -> bytes:
    """One byte to the left."""
    return nonce[1:] + nonce[:1]


def ev1_key(ours: bytes, theirs: bytes) -> bytes:
    """The one session key after AuthenticateAES."""
    return ours[:4] + theirs[:4] + ours[12:] + theirs[12:]


def ev2_keys(key: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, bytes]:
    """Keys for encryption and for MACs after AuthenticateEV2First (AN12343: SV1, SV2)."""
    mixed = bytes(one ^ other for one, other in zip(ours[2:8], theirs[:6], strict=True))
    context = b"\x00\x01\x00\x80" + ours[:2] + mixed + theirs[6:] + ours[8:]
    return cmac(key, b"\xa5\x5a" + context), cmac(key, b"\x5a\xa5" + context)


def _nonce_of_card(key: bytes, challenge: bytes) -> bytes:
    nonce = decrypt(key, _NO_IV, challenge)
    if nonce == bytes(BLOCK):  # one in 2^128 by chance: a card whose source of chance is dead can be played back
        raise ProofError("the card's nonce is zero")
    return nonce


def _check_ours(said: bytes, nonce: bytes) -> None:
    if not compare_digest(said, rotated(nonce)):
        raise ProofError("the counter-answer is wrong", code="card-key-refused")


@dataclass(slots=True)
class Ev1:
    """AuthenticateAES (AA): the initialisation vector is carried on through the three messages."""

    instruction: ClassVar[int] = 0xAA
    capabilities: ClassVar[bytes] = b""
    last_length: ClassVar[int] = BLOCK
    key: bytes = field(repr=False)
    ours: bytes = field(repr=False)
    _theirs: bytes = field(init=False, repr=False, default=b"")
    _iv: bytes = field(init=False, repr=False, default=_NO_IV)

    def answer(self, challenge: bytes) -> bytes:
        self._theirs = _nonce_of_card(self.key, challenge)
        token = encrypt(self.key, challenge, self.ours + rotated(self._theirs))
        self._iv = token[-BLOCK:]
        return token

    def conclude(self, last: bytes) -> Session:
        _check_ours(decrypt(self.key, self._iv, last), self.ours)
        return Ev1Session(ev1_key(self.ours, self._theirs))


@dataclass(frozen=True, slots=True)
class Ev1Session:
    """Secure messaging of EV1, for its first command."""

    key: bytes = field(repr=False)

    def uid_command(self) -> bytes:
        return b""  # its CMAC is not sent; it is the vector under which the answer is encrypted

    def open_uid(self, body: bytes) -> bytes:
        if len(body) != BLOCK:
            raise ProofError("an answer to GetCardUID has 16 bytes")
        plain = decrypt(self.key, cmac(self.key, b"\x51"), body)
        uid, rest = plain[:UID], plain[UID:]
        check = ~zlib.crc32(uid + b"\x00") & 0xFFFFFFFF  # the status, 00, is checked with the data
        if not compare_digest(rest, check.to_bytes(4, "little") + bytes(BLOCK - UID - 4)):
            raise ProofError("the check of GetCardUID's answer is wrong", code="card-key-refused")
        return uid


@dataclass(slots=True)
class Ev2:
    """AuthenticateEV2First (71): each message has a vector of zeros; the card names the transaction."""

    instruction: ClassVar[int] = 0x71
    capabilities: ClassVar[bytes] = b"\x00"
    last_length: ClassVar[int] = 2 * BLOCK
    key: bytes = field(repr=False)
    ours: bytes = field(repr=False)
    _theirs: bytes = field(init=False, repr=False, default=b"")

    def answer(self, challenge: bytes) -> bytes:
        self._theirs = _nonce_of_card(self.key, challenge)
        return encrypt(self.key, _NO_IV, self.ours + rotated(self._theirs))

    def conclude(self, last: bytes) -> Session:
        plain = decrypt(self.key, _NO_IV, last)
        transaction, said, capabilities = plain[:4], plain[4:20], plain[26:]
        _check_ours(said, self.ours)
        if capabilities != bytes(6):  # the card repeats ours, and we named none
            raise ProofError("the card repeats capabilities that were not sent", code="card-key-refused")
        return Ev2Session(*ev2_keys(self.key, self.ours, self._theirs), transaction)


@dataclass(frozen=True, slots=True)
class Ev2Session:
    """Secure messaging of EV2, for its first command: the counter is 0 with the command, 1 with the answer."""

    encryption_key: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)
    transaction: bytes = field(repr=False)

    def uid_command(self) -> bytes:
        return self._mac(b"\x51\x00\x00")

    def open_uid(self, body: bytes) -> bytes:
        if len(body) != BLOCK + MAC:
            raise ProofError("an answer to GetCardUID has 24 bytes")
        data, mac = body[:BLOCK], body[BLOCK:]
        if not compare_digest(mac, self._mac(b"\x00\x01\x00", data)):
            raise ProofError("the MAC of GetCardUID's answer is wrong", code="card-key-refused")
        counted = (b"\x5a\xa5" + self.transaction + b"\x01\x00").ljust(BLOCK, b"\x00")
        plain = decrypt(self.encryption_key, encrypt(self.encryption_key, _NO_IV, counted), data)
        if plain[UID:] != b"\x80".ljust(BLOCK - UID, b"\x00"):
            raise ProofError("GetCardUID's answer is not padded as ISO 9797-1, method 2")
        return plain[:UID]

    def _mac(self, begin: bytes, data: bytes = b"") -> bytes:
        """Every second byte of the CMAC, from the second on."""
        return cmac(self.mac_key, begin + self.transaction + data)[1::2]
