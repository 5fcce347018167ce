"""Wiegand frames: where each format keeps facility code and card number, and what its parity bits stand for.

Bits count from 0, the first one sent. A frame's length does not say its format (37 bits alone
are five formats), so the format is always named.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.value import Bits


@dataclass(frozen=True, slots=True)
class Field:
    """A number in a frame, its highest bit first."""

    first: int
    count: int

    @property
    def largest(self) -> int:
        return (1 << self.count) - 1


@dataclass(frozen=True, slots=True)
class Parity:
    """The bit `at` makes the ones in it and `over` even in number, or odd."""

    at: int
    over: tuple[int, ...]
    is_odd: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """`parities` in the order in which they are made: a later one may be over an earlier one."""

    name: str
    bits: int
    facility: Field | None
    card: Field
    parities: tuple[Parity, ...]

    @property
    def digits(self) -> int:
        """Decimal digits of the largest card number."""
        return len(str(self.card.largest))

    @property
    def all_digits(self) -> int:
        """Decimal digits of the largest facility code and card number, one after the other."""
        return self.digits + (len(str(self.facility.largest)) if self.facility else 0)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a frame says. `facility` is None in a format without one."""

    name: str
    facility: int | None = field(repr=False)
    card: int = field(repr=False)


def _halves(bits: int, overlap: int = 0) -> tuple[Parity, ...]:
    """Even parity over the first half at the first bit, odd over the second at the last; with a middle bit in both."""
    half = bits // 2
    return (
        Parity(0, tuple(range(1, half + overlap))),
        Parity(bits - 1, tuple(range(half, bits - 1)), is_odd=True),
    )


def _corporate(bits: int, even: int, odd: int) -> tuple[Parity, ...]:
    """Corporate 1000: parities over two bits of every three, from `even` and `odd` on, then one over the whole."""
    return (
        Parity(1, _two_of_three(even, bits - 1)),
        Parity(bits - 1, _two_of_three(odd, bits - 1), is_odd=True),
        Parity(0, tuple(range(1, bits)), is_odd=True),
    )


def _two_of_three(first: int, end: int) -> tuple[int, ...]:
    return tuple(bit for bit in range(first, end) if (bit - first) % 3 < 2)


FORMATS = {
    one.name: one
    for one in (
        Format("H10301", 26, Field(1, 8), Field(9, 16), _halves(26)),
        Format("H10302", 37, None, Field(1, 35), _halves(37, overlap=1)),
        Format("H10304", 37, Field(1, 16), Field(17, 19), _halves(37, overlap=1)),
        Format("H10306", 34, Field(1, 16), Field(17, 16), _halves(34)),
        Format("C1k35s", 35, Field(2, 12), Field(14, 20), _corporate(35, even=2, odd=1)),
        Format("C1k48s", 48, Field(2, 22), Field(24, 23), _corporate(48, even=3, odd=2)),
    )
}
"""By name. `C1k…s` are the standard layouts of HID Corporate 1000, where an organisation may have one of its own."""


def decode(name: str, frame: Bits) -> Credential:
    """Facility code and card number of a frame of the format `name` (a key of `FORMATS`). Raises
    `BadgeUnreadableError`: `badge-format` for a wrong number of bits, `badge-parity`."""
    layout = FORMATS[name]
    if frame.count != layout.bits:
        raise BadgeUnreadableError(f"not the {layout.bits} bits of {name}", code="badge-format")
    if any(_wants(parity, frame) for parity in layout.parities):
        raise BadgeUnreadableError(f"wrong parity for {name}", code="badge-parity")
    facility = _number(layout.facility, frame) if layout.facility else None
    return Credential(name, facility, _number(layout.card, frame))


def encode(credential: Credential) -> Bits:
    """The frame with its parity bits. Raises `ValueError` for a number that its field cannot hold."""
    layout = FORMATS[credential.name]
    if (credential.facility is None) is not (layout.facility is None):
        raise ValueError(f"{layout.name} has {'a' if layout.facility else 'no'} facility code")
    value = _placed(layout.card, credential.card, layout.bits)
    if layout.facility and credential.facility is not None:
        value |= _placed(layout.facility, credential.facility, layout.bits)
    for parity in layout.parities:
        value |= _wants(parity, Bits(value, layout.bits)) << (layout.bits - 1 - parity.at)
    return Bits(value, layout.bits)


def _placed(place: Field, number: int, bits: int) -> int:
    if not 0 <= number <= place.largest:
        raise ValueError(f"not within 0 and {place.largest}")
    return number << (bits - place.first - place.count)


def _number(place: Field, frame: Bits) -> int:
    return (frame.value >> (frame.count - place.first - place.count)) & place.largest


def _wants(parity: Parity, frame: Bits) -> bool:
    """Whether the parity bit would have to be the other one."""
    return _ones((parity.at, *parity.over), frame) % 2 != parity.is_odd


def _ones(places: Iterable[int], frame: Bits) -> int:
    return sum(frame.value >> (frame.count - 1 - place) & 1 for place in places)
