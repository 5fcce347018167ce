"""A badge that is held on the reader is one tap, however often the reader sends it."""

from collections import deque

from hal.framing.dialect import CardRead, Read
from hal.ports.badge_reader import Fault, Form

AGAIN = 1.0
"""Seconds without a read of the same card after which it counts as lifted and presented again."""
SEVERAL = 4
"""Cards that can lie on a reader together, as in a purse, and be read in turn."""
BURST = 20
BURST_SECONDS = 2.0
"""More reads than this in so many seconds come from no person: the reader floods."""

Number = tuple[bytes, Form, int]


def number_of(read: CardRead) -> Number:
    """What the same card gives each time; what else a reader says of it may be missing once, such as the ATS."""
    return read.credential, read.form, read.bits


class Holding:
    """Lets through the first read of a card until it has not been read for `again` seconds; each further read of it
    renews that time. Of a flood only its fault comes through, once."""

    def __init__(self, again: float = AGAIN) -> None:
        self._again = again
        self._seen: dict[Number, float] = {}
        """The last cards, longest unread first, and when each was read."""
        self._times: deque[float] = deque(maxlen=BURST)
        self._flooding = False

    def passes(self, read: Read, now: float) -> Read | None:
        """`read`, or None where it is the same tap as before; a flood's first superfluous read is `Fault.FLOOD`."""
        if isinstance(read, CardRead) and self._is_held(read, now):
            return None
        self._times.append(now)
        if len(self._times) == BURST and now - self._times[0] < BURST_SECONDS:
            told, self._flooding = self._flooding, True
            return None if told else Fault.FLOOD
        self._flooding = False
        return read

    def _is_held(self, read: CardRead, now: float) -> bool:
        number = number_of(read)
        held = now - self._seen.pop(number, float("-inf")) < self._again
        self._seen[number] = now
        if len(self._seen) > SEVERAL:
            del self._seen[next(iter(self._seen))]
        return held
