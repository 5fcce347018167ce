"""Readers that send a badge as one line of text: bytes as they arrive in, whole lines out."""

import re

from hal.framing.dialect import CardRead, Read
from hal.ports.badge_reader import Fault

LIMIT = 128
"""Bytes in a line; the longest badge formats we know of stay under half of it."""
GAP = 0.25
"""Seconds without a byte after which a line has been torn, or has ended where a pause ends it. At 9600 baud one
character takes 1 ms; the gap leaves room for USB adapters that hold bytes back."""

_END = re.compile(rb"[\r\n]")
_TEXT = re.compile(rb"[ -~]+")


class Lines:
    """The dialect of readers that only send. CR, LF or both end a line. Only printable ASCII is a badge: a line with
    anything else, or longer than `limit`, is noise or a wrong baud rate and is dropped whole.

    Where the reader sends no end (`idle_ends`), a pause of `gap` seconds ends the line; elsewhere it means that the
    rest is lost, and the beginning must not be glued to the next badge.
    """

    def __init__(self, *, limit: int = LIMIT, idle_ends: bool = False, gap: float = GAP) -> None:
        self._limit = limit
        self._idle_ends = idle_ends
        self._gap = gap
        self._buffer = bytearray()
        self._overlong = False
        self._heard = 0.0

    @property
    def deadline(self) -> float | None:
        """A gap after the last byte of a line that has not ended."""
        return self._heard + self._gap if self._overlong or self._buffer else None

    def start(self, now: float) -> None:
        """Forget what had begun."""
        self._heard = now
        self._clear()

    def feed(self, data: bytes, now: float) -> list[Read]:
        """Lines that `data` completes, oldest first, without their ends and outer blanks."""
        self._heard = now
        *ended, rest = _END.split(data)
        reads: list[Read] = []
        for piece in ended:
            self._add(piece)
            reads += self._close()
        self._add(rest)
        return reads

    def pause(self, now: float) -> list[Read]:
        """The line that a pause ends, or the fault that it is torn."""
        if self.deadline is None or now < self.deadline:
            return []
        if self._idle_ends:
            return self._close()
        self._clear()
        return [Fault.TORN]

    def to_send(self) -> bytes:
        """Such a reader listens to nothing."""
        return b""

    def acknowledge(self, *, good: bool) -> None:
        """Such a reader beeps by itself, or never."""

    def _add(self, piece: bytes) -> None:
        if self._overlong or len(self._buffer) + len(piece) > self._limit:
            self._overlong = True
            self._buffer.clear()
        else:
            self._buffer += piece

    def _close(self) -> list[Read]:
        line, overlong = bytes(self._buffer).strip(b" "), self._overlong
        self._clear()
        if overlong:
            return [Fault.OVERLONG]
        if not line:
            return []
        return [CardRead(line)] if _TEXT.fullmatch(line) else [Fault.GARBLED]

    def _clear(self) -> None:
        self._buffer.clear()
        self._overlong = False
