"""What PN532 tells of the cards in its field (UM0701-02, 7.3.5), and how an APDU goes to a card and back (7.3.8)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hal.framing.dialect import CardRead
from hal.ports.badge_reader import Form, Medium

PIECE = 262
"""Bytes that one InDataExchange carries to the card."""
LONGEST_RESPONSE = 65538
MORE = 0x40
"""In Tg: further pieces of the command follow. In the status: further pieces of the response wait."""
ERROR = 0x3F
TIMED_OUT = 0x01

ISO_DEP = 0x20
"""Of SEL_RES: the card speaks ISO 14443-4."""
DONE = b"\x90\x00"
FAILED = b"\x63\x00"
"""PC/SC part 3: the card refused."""
WRONG_LENGTH, NO_FUNCTION, NO_INSTRUCTION = b"\x67\x00", b"\x6a\x81", b"\x6d\x00"


class CardGoneError(Exception):
    """The chip says that the card answers no more."""


@dataclass(frozen=True, slots=True)
class Target:
    """A card of type A as InListPassiveTarget tells it; `ats` from TL on, empty without ISO 14443-4."""

    uid: bytes = field(repr=False)
    sel_res: int
    ats: bytes = b""

    @property
    def card(self) -> CardRead:
        """It can be spoken to, also without ISO 14443-4."""
        bits = 8 * len(self.uid)
        return CardRead(self.uid, Form.BITS, bits, Medium.ISO14443A, speaks=True, iso_dep=bool(self.ats), ats=self.ats)


def decode_targets(data: bytes) -> int | Target:
    """The one card that an answer to InListPassiveTarget at 106 kbit/s type A describes, from NbTg on; or how many
    there are, where it is not one. Raises `ValueError`."""
    if not data or data[0] > 2:
        raise ValueError("no number of targets")
    if data[0] != 1:
        return data[0]
    if len(data) < 6 or data[5] not in (4, 7, 10) or len(data) < 6 + data[5]:
        raise ValueError("a target is cut off, or its UID is of no length that exists")
    uid, ats = data[6 : 6 + data[5]], data[6 + data[5] :]
    if data[4] & ISO_DEP and ats and ats[0] != len(ats):
        raise ValueError("an ATS of another length than it says")
    return Target(uid, data[4], ats if data[4] & ISO_DEP else b"")


class Apdu:
    """One command APDU to a card with ISO 14443-4; in pieces where it, or its response, is longer than a frame."""

    def __init__(self, apdu: bytes) -> None:
        self._left = apdu
        self._response = bytearray()

    def ask(self) -> bytes:
        """The next parameters of InDataExchange, Tg first. Without data they fetch a further piece."""
        piece, self._left = self._left[:PIECE], self._left[PIECE:]
        return bytes([1 | (MORE if self._left else 0)]) + piece

    def take(self, status: int, data: bytes) -> bytes | None:
        """The response once it is whole. Raises `CardGoneError`."""
        if status & ERROR or len(self._response) + len(data) > LONGEST_RESPONSE:
            raise CardGoneError
        if self._left:
            return None
        self._response += data
        return None if status & MORE else bytes(self._response)


class ReadPages:
    """READ BINARY of PC/SC part 3, 3.2.2.1.8, as READ commands of a Type 2 tag: four pages of 4 bytes each time."""

    def __init__(self, page: int, length: int) -> None:
        self._page = page
        self._length = length
        self._response = bytearray()

    def ask(self) -> bytes:
        """As in `Apdu`."""
        return bytes([1, 0x30, (self._page + len(self._response) // 4) & 0xFF])

    def take(self, status: int, data: bytes) -> bytes | None:
        """As in `Apdu`; `63 00` where the card refuses."""
        if status & ERROR == TIMED_OUT:
            raise CardGoneError
        if status or len(data) != 16:
            return FAILED
        self._response += data
        return bytes(self._response[: self._length]) + DONE if len(self._response) >= self._length else None


Exchange = Apdu | ReadPages


def exchange(apdu: bytes, target: Target) -> Exchange | bytes:
    """How `target` is asked, or the response where the card need not be asked. Class FF is for the reader, never for
    the card."""
    if not apdu.startswith(b"\xff"):
        return Apdu(apdu) if target.ats else NO_INSTRUCTION
    answer = _PSEUDO.get(apdu[:2])
    return NO_INSTRUCTION if answer is None else answer(apdu, target)


def _get_data(apdu: bytes, target: Target) -> bytes:
    """PC/SC part 3, 3.2.2.1.3: P1 0 is the UID."""
    if apdu[2:4] != b"\x00\x00":
        return NO_FUNCTION
    return target.uid + DONE if apdu[4:] in (b"\x00", bytes([len(target.uid)])) else WRONG_LENGTH


def _read_binary(apdu: bytes, target: Target) -> Exchange | bytes:
    """An Le of 0 is as much as one READ gives."""
    if target.ats or apdu[2:3] != b"\x00":
        return NO_FUNCTION
    return ReadPages(apdu[3], apdu[4] or 16) if len(apdu) == 5 else WRONG_LENGTH


_PSEUDO: dict[bytes, Callable[[bytes, Target], Exchange | bytes]] = {
    b"\xff\xca": _get_data,
    b"\xff\xb0": _read_binary,
}
