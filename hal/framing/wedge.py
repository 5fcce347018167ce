"""Readers that type (HID keyboard wedges): key events as they come in, whole badges out."""

from enum import StrEnum

from hal.framing import magstripe
from hal.framing.dialect import CardRead, Read
from hal.framing.keys import ENDS, Keyboard
from hal.ports.badge_reader import Fault, Medium
from hal.quirks.layouts import LAYOUTS, Layout

GAP = 0.25
"""Seconds between two events, press or release, after which a read has ended or is torn. Most wedges type a key in 4 to
20 ms; those that are set to type slower need a longer gap."""
LIMIT = 256
"""Characters in a read; all three tracks of a magnetic stripe come to 232 with their sentinels."""
SETTLE = 0.25
"""Seconds without a key, at most, after which a reader that was just opened begins anew, however slowly it types."""
QUIET = 2.0
"""Seconds without a key, at least, after which nothing that still comes can be the tail of a read that was cut."""
PRESSED, REPEATED = 1, 2
"""Values of a key event; 0 is a release."""


class End(StrEnum):
    """What ends a read."""

    AUTO = "auto"
    """As `KEY`. What a gap ends is told as `Fault.UNENDED` until the reader has shown that it types such a key."""
    KEY = "key"
    """Enter, Tab or keypad Enter; a gap means that the rest is lost, and what follows may be it."""
    IDLE = "idle"
    """A gap, or such a key."""


class Wedge:
    """Sans-IO: events with times of one monotonic clock, in seconds. Any pace below the gap gives the same reads. The
    times are the events' own, so it does not matter how late somebody looks.

    The tail of one number can be another's. So after a read that was cut, and after a start in the middle of one,
    nothing is read until an end key has passed or no key has come for `QUIET` seconds. `learns`: a reader that has
    typed an end key once types one always, and a gap ends its reads no more.
    """

    def __init__(
        self,
        layout: Layout = LAYOUTS["us"],
        *,
        gap: float = GAP,
        end: End = End.AUTO,
        learns: bool = False,
        track: int | None = None,
        limit: int = LIMIT,
    ) -> None:
        self._keyboard = Keyboard(layout)
        self._gap = gap
        self._idle_ends = end is End.IDLE
        self._unsure = end is End.AUTO
        self._learns = learns
        self._track = track
        self._limit = limit
        self._heard = 0.0
        self._text = ""
        self._tracks = ""
        """Of a stripe, without the wanted one, which may come on a line of its own."""
        self._garbled = False
        self._skipping = False
        """Nothing counts until an end key, or until no key has come for `_quiet` seconds."""
        self._quiet = gap
        self._skipped = False
        """Keys have come that do not count."""
        self._late = False
        """Some of them after a gap: if they were another badge, its owner has to be told."""
        self._swiped = False
        """This swipe has given its badge, or its fault."""

    @property
    def deadline(self) -> float | None:
        """When `pause` wants to be called though nothing came; None while only keys matter."""
        pending = self._text or self._garbled or self._skipping or self._tracks or self._swiped
        if not pending and self._keyboard.is_clear:
            return None
        return self._heard + (self._quiet if self._skipping else self._gap)

    @property
    def settled(self) -> bool:
        """Whether the next key begins a badge, or goes on with one whose beginning was seen."""
        return not self._skipping

    def start(self, now: float) -> None:
        """The device is open, for the first time or again: all that was pending is gone."""
        self._clear()
        self._keyboard.clear()
        self._heard, self._skipping, self._quiet = now - max(0.0, self._gap - SETTLE), True, self._gap

    def key(self, code: int, value: int, now: float) -> list[Read]:
        """One key event of the time `now`: what it completes, after what the pause before it ended. A key that repeats
        because it is held is no event."""
        if value == REPEATED:
            return []
        reads, waited = self.pause(now), now - self._heard
        self._heard = now
        if code in ENDS:
            return reads + (self._end() if value == PRESSED else [])
        character = self._keyboard.key(code, down=value == PRESSED)
        if self._skipping:
            self._skip(late=waited >= self._gap)
            self._skipped = True
            return reads
        return reads + self._add(character)

    def tear(self, now: float) -> list[Read]:
        """Events were lost (SYN_DROPPED), of the read under way or of the next: neither counts."""
        reads, told = self.pause(now), self._skipping
        self._heard = now
        self._keyboard.clear()
        self._skip()
        return reads if told else [*reads, Fault.TORN]

    def pause(self, now: float) -> list[Read]:
        """Nothing came until the deadline: what that ends. No key is held any more either."""
        reads: list[Read] = []
        while (deadline := self.deadline) is not None and now >= deadline:
            reads += self._idle()
            self._keyboard.clear()
        return reads

    def _add(self, character: str | None) -> list[Read]:
        if character is None:
            self._garbled = True
            return []
        self._text += character
        if len(self._text) <= self._limit:
            return []
        self._skip()
        return [Fault.OVERLONG]  # at once: endless digits have no end to wait for

    def _end(self) -> list[Read]:
        if self._text or self._garbled or self._skipped:
            self._unsure = False
            self._idle_ends = self._idle_ends and not self._learns
        if self._skipping:
            return self._over()
        text, garbled = self._text.strip(), self._garbled
        self._text, self._garbled = "", False
        if garbled:
            return [Fault.GARBLED]
        return self._read(text) if text else []

    def _idle(self) -> list[Read]:
        if self._skipping:
            return self._over()
        text, fault = self._text.strip(), self._cut()
        if fault is not None:
            self._skip()
            return [fault]
        reads: list[Read] = [Fault.GARBLED] if self._garbled else self._read(text) if text else []
        lacking = self._tracks and not self._garbled
        self._clear()
        return [*reads, Fault.TRACK] if lacking else reads

    def _cut(self) -> Fault | None:
        """What is wrong with a read that a gap ends, where it does not end there; a key that is still held says that it
        goes on."""
        if self._keyboard.is_held:
            return Fault.GARBLED if self._garbled else Fault.TORN
        if self._idle_ends or not (self._text.strip() or self._garbled):
            return None
        if self._garbled:
            return Fault.GARBLED
        return Fault.UNENDED if self._unsure else Fault.TORN

    def _skip(self, *, late: bool = False) -> None:
        late = self._late or late
        skipped = self._skipped
        self._clear()
        self._skipping, self._quiet, self._late, self._skipped = True, max(QUIET, self._gap), late, skipped

    def _over(self) -> list[Read]:
        """What comes next is a whole read."""
        late = self._late
        self._clear()
        return [Fault.TORN] if late else []

    def _read(self, text: str) -> list[Read]:
        if not magstripe.is_stripe(text):
            return [CardRead(text.encode())]
        if self._swiped:  # the other tracks, each on a line of its own
            return []
        self._tracks += text
        found = magstripe.track(self._tracks, self._track)
        if found is None and len(self._tracks) <= self._limit:  # it may still come, on a line of its own
            return []
        self._tracks, self._swiped = "", True
        return [CardRead(found.encode(), medium=Medium.MAGNETIC) if isinstance(found, str) else found or Fault.TRACK]

    def _clear(self) -> None:
        self._text = self._tracks = ""
        self._garbled = self._swiped = self._skipping = self._skipped = self._late = False
