"""What a DESFire card computes with its AES keys: three messages of proof, session keys, secure messaging."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC

ZEROS = bytes(16)


def xor(one: bytes, other: bytes) -> bytes:
    """Byte by byte; as long as the shorter."""
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


class Chip:
    """The AES engine of a card: one key, block after block, with the chaining the card does itself."""

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(AES(key), ECB())  # noqa: S305 - the card chains the blocks below
        self._encrypt: Callable[[bytes], bytes] = cipher.encryptor().update
        self._decrypt: Callable[[bytes], bytes] = cipher.decryptor().update
        self._mac = CMAC(AES(key))

    def send(self, plain: bytes, vector: bytes = ZEROS) -> bytes:
        """Encipher whole blocks."""
        sent = b""
        for at in range(0, len(plain), 16):
            vector = self._encrypt(xor(plain[at : at + 16], vector))
            sent += vector
        return sent

    def receive(self, sent: bytes, vector: bytes = ZEROS) -> bytes:
        """Decipher whole blocks."""
        plain = b""
        for at in range(0, len(sent), 16):
            plain += xor(self._decrypt(sent[at : at + 16]), vector)
            vector = sent[at : at + 16]
        return plain

    def mac(self, message: bytes) -> bytes:
        """CMAC, 16 bytes."""
        running = self._mac.copy()
        running.update(message)
        return running.finalize()

    def short_mac(self, message: bytes) -> bytes:
        """The eight bytes of it at odd places, as EV2 sends them."""
        return bytes(byte for place, byte in enumerate(self.mac(message)) if place % 2)


@dataclass(slots=True)
class Talk:
    """An authentication under way: the key's engine, the card's nonce, and what was sent of it."""

    chip: Chip = field(repr=False)
    nonce: bytes = field(repr=False)
    is_ev2: bool = False
    challenge: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.challenge = self.chip.send(self.nonce)

    def nonce_of_reader(self, token: bytes) -> bytes | None:
        """RndA, if the token also has our nonce, turned by a byte."""
        plain = self.chip.receive(token, ZEROS if self.is_ev2 else self.challenge)
        return plain[:16] if plain[16:] == self.nonce[1:16] + self.nonce[:1] else None

    def last(self, token: bytes, rnd_a: bytes, transaction: bytes) -> bytes:
        """The card's own proof."""
        turned = rnd_a[1:16] + rnd_a[:1]
        if self.is_ev2:
            return self.chip.send(transaction + turned + bytes(6) + bytes(6))
        return self.chip.send(turned, token[16:])


@dataclass(slots=True)
class Ev1Talk:
    """After AuthenticateAES."""

    chip: Chip = field(repr=False)

    def uid(self, said: bytes, uid: bytes) -> bytes | None:
        """The answer to GetCardUID as first command of the session; None where its parameters are wrong."""
        if said:
            return None
        crc = 0xFFFFFFFF - zlib.crc32(uid + bytes(1))
        plain = uid + bytes((crc >> shift) & 0xFF for shift in (0, 8, 16, 24))
        return self.chip.send(plain + bytes(-len(plain) % 16), self.chip.mac(bytes((0x51,))))


@dataclass(slots=True)
class Ev2Talk:
    """After AuthenticateEV2First."""

    chip: Chip = field(repr=False)
    macs: Chip = field(repr=False)
    transaction: bytes
    counter: int = 0

    def uid(self, said: bytes, uid: bytes) -> bytes | None:
        """The answer to GetCardUID; None where the command's MAC is wrong."""
        if said != self.macs.short_mac(b"\x51" + self._count() + self.transaction):
            return None
        self.counter += 1
        vector = self.chip.send(b"\x5a\xa5" + self.transaction + self._count() + bytes(8))
        plain = uid + b"\x80"
        body = self.chip.send(plain + bytes(-len(plain) % 16), vector)
        return body + self.macs.short_mac(b"\x00" + self._count() + self.transaction + body)

    def _count(self) -> bytes:
        return self.counter.to_bytes(2, "little")


def ev1_key(rnd_a: bytes, rnd_b: bytes) -> bytes:
    """The session key after AuthenticateAES."""
    return b"".join((rnd_a[0:4], rnd_b[0:4], rnd_a[12:16], rnd_b[12:16]))


def ev2_keys(chip: Chip, rnd_a: bytes, rnd_b: bytes) -> tuple[bytes, bytes]:
    """The session's keys for encryption and for MACs after AuthenticateEV2First, from the key's own engine."""
    rest = (rnd_a[0:2], xor(rnd_a[2:8], rnd_b[0:6]), rnd_b[6:16], rnd_a[8:16])
    first, second = (b"".join((label, bytes((0, 1, 0, 0x80)), *rest)) for label in (b"\xa5\x5a", b"\x5a\xa5"))
    return chip.mac(first), chip.mac(second)
