"""The badge reader port: a source of taps, and of reads that came to nothing."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from hal.ports.indicator import Signal


class Form(StrEnum):
    """What the bytes of a credential are."""

    TEXT = "text"
    """ASCII as the reader sent it: the reader has converted the card's bits already."""
    BITS = "bits"
    """The card's own bits: a UID in the order of transmission, or a Wiegand frame, first bit first."""


class Medium(StrEnum):
    """What the reader knows of the card's kind."""

    UNKNOWN = "unknown"
    ISO14443A = "iso14443a"
    ISO14443B = "iso14443b"
    ISO15693 = "iso15693"
    FELICA = "felica"
    LF = "lf"
    """125 or 134 kHz: EM4102, HID Prox, Indala and their like."""
    MAGNETIC = "magnetic"
    NDEF = "ndef"
    """Not the card's number but a record written on it."""


class Fault(StrEnum):
    """Why a read came to nothing. Stable codes, explained in firmware/docs/errors.md."""

    TORN = "read-torn"
    """It began and did not end."""
    UNENDED = "read-unended"
    """It stopped without an end key, and nobody has said that the reader's reads end so."""
    OVERLONG = "read-overlong"
    GARBLED = "read-garbled"
    """Bytes that the reader's format does not have: noise, a wrong baud rate, a wrong layout."""
    CHECKSUM = "read-checksum"
    TRACK = "read-track"
    """A magnetic stripe's track that its reader could not read."""
    SEVERAL = "card-several"
    """Two cards at once."""
    GONE = "card-gone"
    """The card left before all was read."""
    MUTE = "card-mute"
    """The card is there and does not answer."""
    RECORD = "card-record"
    """No record of the wanted kind on the tag, or a malformed one."""
    FLOOD = "reader-flood"
    """The reader sends more than any person can tap."""


class CardLostError(Exception):
    """The card answers no more: it was lifted, or is mute."""

    code = "card-gone"


class Card(Protocol):
    """A card that lies on the reader and can be spoken to, until it is lifted."""

    @property
    def iso_dep(self) -> bool:
        """Whether it speaks ISO 7816-4 over ISO 14443-4. Other cards take the pseudo-APDUs of PC/SC part 3 alone, such
        as READ BINARY `FF B0 00 page length`."""
        ...

    @property
    def ats(self) -> bytes:
        """The answer to select (ISO 14443-4, 5.2) from TL on; empty where there is none or the reader does not say."""
        ...

    async def transceive(self, apdu: bytes) -> bytes:
        """The response APDU (ISO 7816-4, 2 to 65538 bytes, SW1 SW2 last) to one command APDU. Raises `CardLostError`
        once the card has left, also when another lies there by now, and after 2 s without an answer."""
        ...


@dataclass(frozen=True, slots=True)
class Tap:
    """One badge presented once. The credential stays out of `repr`, so out of every log.

    `bits` says how many bits of a `Form.BITS` credential count, from the first (most significant) on; 0: all of its
    bytes. `at` is the board's monotonic clock, in seconds, when the last byte had come. `card` is there where the
    reader lets us speak to the card.
    """

    reader: str
    credential: bytes = field(repr=False)
    form: Form = Form.TEXT
    bits: int = 0
    medium: Medium = Medium.UNKNOWN
    at: float = 0.0
    card: Card | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Misread:
    """Somebody presented something, and no badge came of it."""

    reader: str
    fault: Fault
    at: float = 0.0


Reading = Tap | Misread


class BadgeReader(Protocol):
    """A source of readings, oldest first. A card that is held on the reader is one reading."""

    @property
    def name(self) -> str:
        """A short stable name for journals, such as `reader-1`."""
        ...

    async def next_reading(self) -> Reading:
        """Wait for one reading; safe to cancel. Raises `DeviceLostError` while the reader is gone;
        a later call waits for it to come back or raises again."""
        ...

    def acknowledge(self, *, good: bool) -> None:
        """Beep or light up for the person, where the reader can: `good` is the short sound of a good read. Returns at
        once and never raises: a reader that is gone, or has no buzzer, stays silent."""
        ...

    async def aclose(self) -> None:
        """Release the device; idempotent."""
        ...


@runtime_checkable
class Showing(Protocol):
    """A reader that may have lamps and a beeper of its own, for all that the station shows and not for reads alone."""

    def show(self, signal: Signal) -> None:
        """Follow `signal`, where it can. Returns at once and never raises."""
        ...
