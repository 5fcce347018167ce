"""Readers that send a badge as one line of text: bytes as they arrive in, whole lines out."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hal.framing.dialect import CardRead, Read
from hal.ports.badge_reader import Fault

LIMIT = 128
"""Bytes in a line; the longest badge formats we know of stay under half of it."""
GAP = 0.25
"""Seconds without a byte after which a line has been torn, or has ended where a pause ends it. At 9600 baud one
character takes 1 ms; the gap leaves room for USB adapters that hold bytes back."""

STX = b"\x02"
_TEXT = re.compile(rb"[ -~]+")

Meaning = Callable[[bytes], Read | None]
"""What a line says, without its frame and outer blanks; None: nothing about a card. Never given an empty line."""


def text(line: bytes) -> Read:
    """Printable ASCII is a badge; anything else is noise or a wrong baud rate."""
    return CardRead(line) if _TEXT.fullmatch(line) else Fault.GARBLED


@dataclass(frozen=True, slots=True)
class Framing:
    """How a line begins and ends. CR and LF end it in any case; `ends` are further characters that do.

    `begins`: every line begins with this character; what stands before it is noise, and where it comes in the middle of
    a line the rest of that line is lost. `prefix` and `suffix` must stand around each badge and are taken off. Where
    the reader sends no end (`idle_ends`), a pause of `gap` seconds is the end. `limit` is in bytes.
    """

    ends: bytes = b""
    begins: bytes = b""
    prefix: bytes = b""
    suffix: bytes = b""
    idle_ends: bool = False
    gap: float = GAP
    limit: int = LIMIT


PLAIN = Framing()


class Lines:
    """The dialect of readers that only send lines. One that is longer than its limit is a fault at once, since its end
    may never come, and is dropped whole. A pause within a line means that the rest is lost: the beginning must not be
    glued to the next badge."""

    def __init__(self, framing: Framing = PLAIN, meaning: Meaning = text) -> None:
        self._framing = framing
        self._meaning = meaning
        self._marks = re.compile(b"([" + re.escape(b"\r\n" + framing.ends + framing.begins) + b"])")
        self._buffer = bytearray()
        self._overlong = False
        self._begun = not framing.begins
        self._heard = 0.0

    @property
    def deadline(self) -> float | None:
        """A gap after the last byte of a line that has not ended."""
        return self._heard + self._framing.gap if self._overlong or self._buffer else None

    def start(self, now: float) -> None:
        """Forget what had begun."""
        self._heard = now
        self._clear()

    def feed(self, data: bytes, now: float) -> list[Read]:
        """Lines that `data` completes, oldest first."""
        self._heard = now
        pieces = self._marks.split(data)  # text and marks in turn
        reads = self._add(pieces[0])
        for mark, piece in zip(pieces[1::2], pieces[2::2], strict=True):
            reads += self._begin() if mark == self._framing.begins else self._close()
            reads += self._add(piece)
        return reads

    def pause(self, now: float) -> list[Read]:
        """The line that a pause ends, or the fault that it is torn."""
        if self.deadline is None or now < self.deadline:
            return []
        return self._close() if self._framing.idle_ends else self._tear()

    def to_send(self) -> bytes:
        """Such a reader listens to nothing."""
        return b""

    def acknowledge(self, *, good: bool) -> None:
        """Such a reader beeps by itself, or never."""

    def _add(self, piece: bytes) -> list[Read]:
        if self._overlong:
            return []
        self._buffer += piece
        self._overlong = len(self._buffer) > self._framing.limit
        if not self._overlong:
            return []
        self._buffer.clear()
        return [Fault.OVERLONG]

    def _begin(self) -> list[Read]:
        torn = self._tear()
        self._begun = True
        return torn

    def _tear(self) -> list[Read]:
        torn = bool(self._buffer.strip(b" "))
        self._clear()
        return [Fault.TORN] if torn else []

    def _close(self) -> list[Read]:
        line, begun = bytes(self._buffer), self._begun
        self._clear()
        if not line.strip(b" "):
            return []
        read = self._unwrapped(line) if begun else Fault.GARBLED
        return [] if read is None else [read]

    def _unwrapped(self, line: bytes) -> Read | None:
        prefix, suffix = self._framing.prefix, self._framing.suffix
        whole = line.startswith(prefix) and line.endswith(suffix) and len(line) >= len(prefix) + len(suffix)
        badge = line[len(prefix) : len(line) - len(suffix)].strip(b" ")
        return self._meaning(badge) if whole and badge else Fault.GARBLED

    def _clear(self) -> None:
        self._buffer.clear()
        self._overlong = False
        self._begun = not self._framing.begins
