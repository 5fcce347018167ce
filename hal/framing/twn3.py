"""Elatec TWN3 HID Prox, transparent protocol (technical manual, 6.1): what one line says."""

import re

from hal.framing.dialect import CardRead, Read
from hal.ports.badge_reader import Fault, Form, Medium

_LINE = re.compile(rb"(?:[0-9A-Fa-f]{2}){2,33}")


def prox(line: bytes) -> Read:
    """Hexadecimal: one byte is the number of bits, then the bits, first sent first; the last byte is padded at its low
    end. `1A808001C0` is 26 bits. The padding is told as zeros, whatever it was: the same card is the same read."""
    if not _LINE.fullmatch(line):
        return Fault.GARBLED
    count, *frame = bytes.fromhex(line.decode("ascii"))
    if not count or len(frame) != (count + 7) // 8:
        return Fault.GARBLED
    frame[-1] &= 0xFF << -count % 8 & 0xFF
    return CardRead(bytes(frame), Form.BITS, count, Medium.LF)
