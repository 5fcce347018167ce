"""Elatec TWN3 IndiTag, transparent protocol (technical manual, 6.2): what one line says."""

import re

from hal.framing.dialect import CardRead, Read
from hal.ports.badge_reader import Fault, Form, Medium

_LINE = re.compile(rb":(?:[0-9A-Fa-f]{2}){2,33}")


def tag(line: bytes) -> Read:
    """A colon, the ID in hexadecimal and one byte more, which makes the sum of all bytes 0 modulo 256.
    `:112233445501` is the ID 1122334455."""
    if not _LINE.fullmatch(line):
        return Fault.GARBLED
    *number, _ = sent = bytes.fromhex(line[1:].decode("ascii"))
    if sum(sent) % 256:
        return Fault.CHECKSUM
    return CardRead(bytes(number), Form.BITS, 8 * len(number), Medium.LF)
