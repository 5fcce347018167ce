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
PRESSED, REPEATED = 1, 2
"""Values of a key event; 0 is a release."""


class End(StrEnum):
    """What ends a read."""

    AUTO = "auto"
    """A key, once the reader has shown that it types one; until then a gap as well."""
    KEY = "key"
    """Enter, Tab or keypad Enter; a gap means that the rest is lost."""
    IDLE = "idle"
    """A gap, or such a key."""


class Wedge:
    """Sans-IO: events with times of one monotonic clock, in seconds. Any pace below the gap gives the same reads.

    After a start nothing is read until a gap or an end key has passed: what comes at once may be the tail of a badge,
    and the tail of one number can be another's.
    """

    def __init__(
        self,
        layout: Layout = LAYOUTS["us"],
        *,
        gap: float = GAP,
        end: End = End.AUTO,
        track: int | None = None,
        limit: int = LIMIT,
    ) -> None:
        self._keyboard = Keyboard(layout)
        self._gap = gap
        self._idle_ends = end is not End.KEY
        self._learns = end is End.AUTO
        self._track = track
        self._limit = limit
        self._heard = 0.0
        self._text = ""
        self._tracks = ""
        """Of a stripe, without the wanted one, which may come on a line of its own."""
        self._garbled = False
        self._skipping = False
        """Nothing counts until a gap or an end key."""
        self._swiped = False
        """This swipe has given its badge, or its fault."""

    @property
    def deadline(self) -> float | None:
        """When `pause` wants to be called though nothing came; None while only keys matter."""
        pending = self._text or self._garbled or self._skipping or self._tracks or self._swiped
        return self._heard + self._gap if pending or not self._keyboard.is_clear else None

    @property
    def settled(self) -> bool:
        """Whether the next key begins a badge, or goes on with one whose beginning was seen."""
        return not self._skipping

    def start(self, now: float) -> None:
        """The device is open, for the first time or again: all that was pending is gone."""
        self._clear()
        self._keyboard.clear()
        self._heard, self._skipping = now - max(0.0, self._gap - SETTLE), True

    def key(self, code: int, value: int, now: float) -> list[Read]:
        """One key event: what it completes. A key that repeats because it is held is no event."""
        if value == REPEATED:
            return []
        self._heard = now
        if code in ENDS:
            return self._end() if value == PRESSED else []
        character = self._keyboard.key(code, down=value == PRESSED)
        return [] if self._skipping else self._add(character)

    def tear(self, now: float) -> list[Read]:
        """Events were lost (SYN_DROPPED): nothing counts until this read is over."""
        told = self._skipping
        self._clear()
        self._keyboard.clear()
        self._heard, self._skipping = now, True
        return [] if told else [Fault.TORN]

    def pause(self, now: float) -> list[Read]:
        """Nothing came until the deadline: what that ends. No key is held any more either."""
        if self.deadline is None or now < self.deadline:
            return []
        reads = self._idle()
        self._clear()
        self._keyboard.clear()
        return reads

    def _add(self, character: str | None) -> list[Read]:
        if character is None:
            self._garbled = True
            return []
        self._text += character
        if len(self._text) <= self._limit:
            return []
        self._clear()
        self._skipping = True
        return [Fault.OVERLONG]  # at once: endless digits have no end to wait for

    def _end(self) -> list[Read]:
        if self._learns and (self._text or self._garbled):
            self._idle_ends = False
        text, garbled = self._text.strip(), self._garbled
        self._text, self._garbled, self._skipping = "", False, False
        if garbled:
            return [Fault.GARBLED]
        return self._read(text) if text else []

    def _idle(self) -> list[Read]:
        if self._garbled:
            return [Fault.GARBLED]
        if self._text.strip() and not self._idle_ends:
            return [Fault.TORN]
        reads = self._read(self._text.strip()) if self._text.strip() else []
        return [*reads, Fault.TRACK] if self._tracks else reads

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
        self._garbled = self._skipping = self._swiped = False
