"""rf IDEAS readers on a serial line or Ethernet: what one line says. The card's number comes in decimal or hexadecimal
digits; a delimiter of any ASCII character may stand between facility and number."""

import re

from hal.framing.dialect import CardRead, Read
from hal.ports.badge_reader import Fault

FIELDS = ":"
"""How facility and number are told apart where the reader's own delimiter is not printable."""

_CONVERSATION = re.compile(rb"rfid:|RF ?IDeas>|\{", re.IGNORECASE)
"""What the ASCII Command Protocol says to a technician: a command's echo, the prompt, a value in braces."""


class RfIdeas:
    """The meaning of lines; `delimiter` is one character or none, `digits` `dec`, `hex` or `any`."""

    def __init__(self, delimiter: bytes = b"", digits: str = "any") -> None:
        one = b"[0-9]+" if digits == "dec" else b"[0-9A-Fa-f]+"
        self._number = re.compile(one + (b"(?:" + re.escape(delimiter) + one + b")?" if delimiter else b""))
        self._delimiter = delimiter
        self._told = delimiter if delimiter.decode("ascii").isprintable() else FIELDS.encode()

    def __call__(self, line: bytes) -> Read | None:
        """The number as sent; nothing for an answer of the command protocol."""
        if self._number.fullmatch(line):
            return CardRead(line.replace(self._delimiter, self._told) if self._delimiter else line)
        return None if _CONVERSATION.match(line) else Fault.GARBLED
