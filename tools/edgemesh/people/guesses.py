"""How often a station may present badges that nobody has: a badge number is short enough to be guessed by a machine."""

from collections import deque
from dataclasses import dataclass, field

from hal.ports.clock import Clock
from tools.edgemesh.interface.problems import Problem

MAX_UNKNOWN = 10
WINDOW_SECONDS = 60.0
"""More than `MAX_UNKNOWN` unknown badges within so long are no people in front of a reader."""
FIRST_LOCK_SECONDS = 5.0
LONGEST_LOCK_SECONDS = 60.0
FORGIVEN_SECONDS = 600.0
"""After so long without an unknown badge, the next lock of a minute's window is a short one again."""
HOUR_SECONDS, MAX_IN_HOUR, HOUR_LOCK_SECONDS = 3600.0, 60, 300.0
DAY_SECONDS, MAX_IN_DAY, DAY_LOCK_SECONDS = 86400.0, 300, 900.0
"""From so many within so long on, each further one costs such a wait. Sixty an hour are one tap in ten, at ten taps a
minute without a pause; a machine that keeps just below the first bound comes to some 400 a day, instead of 13 000."""


@dataclass(slots=True)
class _Record:
    """Of one station, in the clock's monotonic seconds; those of a day, a few hundred at most."""

    unknown: deque[float] = field(default_factory=deque)
    locked_until: float = 0.0
    lock_seconds: float = 0.0

    def within(self, seconds: float, now: float) -> int:
        """How many unknown badges there were in the last so many seconds."""
        return sum(now - one <= seconds for one in self.unknown)


class Guesses:
    """Counts unknown badges by station; the count is in memory only, so a restart forgives. A badge of somebody's in
    between forgives nothing: whoever guesses may have one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[str, _Record] = {}

    def check(self, station_id: str) -> None:
        """Before a badge is looked up. Raises `Problem` locked-out while the station has to wait, whatever the badge:
        otherwise the right guess would still come through."""
        record, now = self._records.get(station_id), self._clock.monotonic()
        if record is not None and now < record.locked_until:
            wait = int(record.locked_until - now) + 1
            raise Problem("locked-out", f"too many unknown badges at this station: wait {wait} s")

    def missed(self, station_id: str) -> None:
        """Nobody has the badge."""
        record, now = self._records.setdefault(station_id, _Record()), self._clock.monotonic()
        if record.unknown and now - record.unknown[-1] > FORGIVEN_SECONDS:
            record.lock_seconds = 0.0
        record.unknown.append(now)
        while now - record.unknown[0] > DAY_SECONDS:
            record.unknown.popleft()
        record.locked_until = now + _wait(record, now)


def _wait(record: _Record, now: float) -> float:
    """Seconds that the station is not listened to, by whichever bound says longest."""
    waits = [0.0]
    if record.within(WINDOW_SECONDS, now) >= MAX_UNKNOWN:
        record.lock_seconds = min(record.lock_seconds * 2 or FIRST_LOCK_SECONDS, LONGEST_LOCK_SECONDS)
        waits.append(record.lock_seconds)
    if record.within(HOUR_SECONDS, now) >= MAX_IN_HOUR:
        waits.append(HOUR_LOCK_SECONDS)
    if len(record.unknown) >= MAX_IN_DAY:
        waits.append(DAY_LOCK_SECONDS)
    return max(waits)
