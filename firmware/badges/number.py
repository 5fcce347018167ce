"""The canonical text of a card number: what is compared, and what the mesh knows a person by."""

import re

from firmware.errors import LockgateError

SHORTEST = 4
LONGEST = 64

_FRAMING = bytes(range(0x21)) + b"\x7f"  # control characters and space: STX, ETX, CR, LF, NUL …
_NUMBER = re.compile(rb"[0-9A-Za-z]+")
_HEX = re.compile(rb"[0-9A-Fa-f]+")


class BadgeUnreadableError(LockgateError):
    """What the reader sent is no card number; the person should present the badge again. Says nothing of the bytes.

    The code says why: `badge-unreadable` for other characters than a number has, `badge-length`, `badge-format` for
    what a step of the rules cannot take, `badge-parity` for a Wiegand frame, `badge-random` for a number that the card
    makes up at each tap.
    """

    code = "badge-unreadable"


def unframed(raw: bytes) -> bytes:
    """What is left without control characters and blanks at both ends."""
    return raw.strip(_FRAMING)


def card_number(raw: bytes) -> str:
    """The number in `raw`, one read as the reader sent it: framing at both ends removed, hexadecimal in lower case,
    4 to 64 ASCII letters and digits. Raises `BadgeUnreadableError`.

    Text with other letters than hexadecimal ones keeps its case, since there case may tell two cards apart.
    """
    number = unframed(raw)
    if not _NUMBER.fullmatch(number):
        raise BadgeUnreadableError("other characters than letters and digits" if number else "nothing")
    if not SHORTEST <= len(number) <= LONGEST:
        raise BadgeUnreadableError("too short" if len(number) < SHORTEST else "too long", code="badge-length")
    return (number.lower() if _HEX.fullmatch(number) else number).decode("ascii")
