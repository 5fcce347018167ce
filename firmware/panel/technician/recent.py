"""The journal's last lines, for the technician's eyes."""

from collections import deque

from firmware.journal import Journal, TimeOfDay

MOST = 200
LONGEST = 1000
"""Characters of a line that are kept."""


class RecentLines:
    """A journal that passes everything on, and remembers the last lines with the time in front."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST)

    @property
    def lines(self) -> tuple[str, ...]:
        """The oldest first."""
        return tuple(self._lines)

    def hearing(self, journal: Journal, clock: TimeOfDay) -> Journal:
        """`journal`, remembered."""
        return _Heard(journal, clock, self._lines)


class _Heard:
    def __init__(self, journal: Journal, clock: TimeOfDay, lines: deque[str]) -> None:
        self._journal, self._clock, self._lines = journal, clock, lines

    def write(self, line: str) -> None:
        self._lines.append(f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ} {' '.join(line.split())[:LONGEST]}")
        self._journal.write(line)
