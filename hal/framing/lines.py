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
QUIET = 2.0
"""Seconds without a byte after which the rest of a line of which something was lost does not come any more."""
SETTLE = 0.1
"""What comes so many seconds after the wire was opened began before."""

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
    may never come, and is dropped whole. A pause within a line tears it: neither must its beginning be glued to the
    next badge, nor its rest be taken for one. So what follows is skipped up to the next end, or until nothing came for
    `QUIET` seconds (where a pause ends a line, for a gap), and told as torn in its turn: it may be somebody's badge."""

    def __init__(self, framing: Framing = PLAIN, meaning: Meaning = text) -> None:
        self._framing = framing
        self._meaning = meaning
        self._marks = re.compile(b"([" + re.escape(b"\r\n" + framing.ends + framing.begins) + b"])")
        self._buffer = bytearray()
        self._rest = framing.gap if framing.idle_ends else max(QUIET, 2 * framing.gap)
        self._heard = 0.0
        self._clear()

    @property
    def deadline(self) -> float | None:
        """A gap after the last byte of a line that has not ended; when what is skipped has passed."""
        if self._skipping:
            return self._heard + self._patience
        return self._heard + self._framing.gap if self._buffer else None

    @property
    def settled(self) -> bool:
        """As in `hal.framing.dialect.Joining`."""
        return not self._skipping

    def start(self, now: float) -> None:
        """Forget what had begun."""
        self._heard = now
        self._clear()

    def join(self, now: float, *, within: bool) -> None:
        """As in `hal.framing.dialect.Joining`."""
        self.start(now)
        self._skip()
        if not within:
            self._patience = SETTLE

    def feed(self, data: bytes, now: float) -> list[Read]:
        """Lines that `data` completes, oldest first. Bytes after the deadline may have come before it or after it:
        nobody looked. So they neither belong to what is pending, nor end it."""
        reads = self._tear() if self._buffer and now > self._heard + self._framing.gap else []
        if now > self._heard + self._framing.gap:
            self._told = False
        self._heard, self._patience = now, self._rest
        pieces = self._marks.split(data)  # text and marks in turn
        reads += self._add(pieces[0])
        for mark, piece in zip(pieces[1::2], pieces[2::2], strict=True):
            reads += self._begin() if mark == self._framing.begins else self._close()
            reads += self._add(piece)
        return reads

    def pause(self, now: float) -> list[Read]:
        """The line that a pause ends, or the fault that it is torn."""
        if self.deadline is None or now < self.deadline:
            return []
        if self._skipping:
            return self._skipped()
        reads = self._close() if self._framing.idle_ends else self._tear()
        if self._skipping and now >= self._heard + self._rest:
            self._clear()
        return reads

    def to_send(self) -> bytes:
        """Such a reader listens to nothing."""
        return b""

    def acknowledge(self, *, good: bool) -> None:
        """Such a reader beeps by itself, or never."""

    def _add(self, piece: bytes) -> list[Read]:
        if self._skipping:
            self._dropped |= bool(piece.strip(b" "))
            return []
        self._buffer += piece
        if len(self._buffer) <= self._framing.limit:
            return []
        self._skip()
        self._told = True
        return [Fault.OVERLONG]

    def _begin(self) -> list[Read]:
        lost = self._skipped() if self._skipping else self._tear()
        self._clear()
        self._begun = True
        return lost

    def _tear(self) -> list[Read]:
        torn = bool(self._buffer.strip(b" "))
        self._clear()
        if not torn:
            return []
        self._skip()
        return [Fault.TORN]

    def _skip(self) -> None:
        """What comes up to the next end is no badge."""
        self._clear()
        self._skipping = True

    def _skipped(self) -> list[Read]:
        """What was skipped has passed; it is told, unless it belongs to what was told already."""
        lost = self._dropped and not self._told
        self._clear()
        return [Fault.TORN] if lost else []

    def _close(self) -> list[Read]:
        if self._skipping:
            return self._skipped()
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
        self._skipping = self._dropped = self._told = False
        self._patience = self._rest
        self._begun = not self._framing.begins
