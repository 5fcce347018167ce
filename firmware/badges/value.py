"""What the steps of a rule work on: text, or bits."""

import re
from dataclasses import dataclass, field

from firmware.badges.number import BadgeUnreadableError

LONGEST_TEXT = 1024
"""Characters that a text between two steps has at most: far more than any card's, and little for us."""
LONGEST_BITS = LONGEST_TEXT * 4

_HEX = re.compile(r"[0-9A-Fa-f]+")
_DECIMAL = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Bits:
    """`count` bits as a number: the first one sent is the most significant."""

    value: int = field(repr=False)
    count: int

    @property
    def hex(self) -> str:
        """Lower-case hexadecimal with a digit for every four bits begun, so with leading zeros."""
        return f"{self.value:0{(self.count + 3) // 4}x}" if self.count else ""


Value = str | Bits


def text_of(value: Value) -> str:
    """Bits are a number in hexadecimal to a step that wants text."""
    return value.hex if isinstance(value, Bits) else value


def bits_of(value: Value) -> Bits:
    """Text is a number in hexadecimal to a step that wants bits, four for each digit. Raises `BadgeUnreadableError`."""
    return value if isinstance(value, Bits) else Bits(int(hexadecimal(value), 16), len(value) * 4)


def hexadecimal(value: Value) -> str:
    """The text, if it is hexadecimal digits. Raises `BadgeUnreadableError`."""
    return _only(_HEX, value, "not hexadecimal")


def decimal(value: Value) -> str:
    """The text, if it is decimal digits. Raises `BadgeUnreadableError`."""
    return _only(_DECIMAL, value, "not decimal")


def bounded(value: Value) -> Value:
    """The value, if it is not longer than any step may give. Raises `BadgeUnreadableError`."""
    is_long = value.count > LONGEST_BITS if isinstance(value, Bits) else len(value) > LONGEST_TEXT
    if is_long:
        raise BadgeUnreadableError("too long", code="badge-length")
    return value


def _only(digits: re.Pattern[str], value: Value, fault: str) -> str:
    text = text_of(value)
    if not digits.fullmatch(text):
        raise BadgeUnreadableError(fault, code="badge-format")
    return text
