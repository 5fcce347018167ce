"""Where the station tells its story: one line for each thing that happens, for people and for the system's log."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol, TextIO


class Journal(Protocol):
    """Where the story is told, a line at a time, without secrets."""

    def write(self, line: str) -> None:
        """Keep one line; quick, and raises nothing."""
        ...


class TimeOfDay(Protocol):
    """What stands before a line."""

    def now(self) -> datetime:
        """In UTC."""
        ...


class KnownTime(TimeOfDay, Protocol):
    """A time that is the floor until it is known (firmware/trust/clock.py)."""

    known: bool


class ShownTime:
    """For lines only, never to judge by: the trusted time once it is known; until then the later of its floor, which
    may lie minutes back, and the board's calendar, so that no line goes back behind the one before. `trusted` is None
    until there is an identity to trust by."""

    def __init__(self, board: TimeOfDay, trusted: KnownTime | None = None) -> None:
        self._board = board
        self.trusted = trusted

    def now(self) -> datetime:
        """In UTC."""
        if self.trusted is None:
            return self._board.now()
        return self.trusted.now() if self.trusted.known else max(self.trusted.now(), self._board.now())


class StreamJournal:
    """Lines on a text stream, with the time of day in front unless the system's log puts it there itself."""

    def __init__(self, stream: TextIO, clock: TimeOfDay | None) -> None:
        self._stream = stream
        self._clock = clock

    def write(self, line: str) -> None:
        """One line, at once. A stream that is gone must not stop a station: what can't be told is not told."""
        stamp = f"{self._clock.now():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z " if self._clock else ""
        with suppress(OSError, ValueError):
            print(stamp + " ".join(line.split()), file=self._stream, flush=True)


def standard_journal(clock: TimeOfDay, environment: Mapping[str, str] = os.environ) -> StreamJournal:
    """Standard output; systemd sets JOURNAL_STREAM (systemd.exec(5)) and puts its own time before each line."""
    return StreamJournal(sys.stdout, None if "JOURNAL_STREAM" in environment else clock)
