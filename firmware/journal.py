"""Where the station tells its story: one line for each thing that happens, for people and for the system's log."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from hal.ports.clock import Clock


class StreamJournal:
    """Lines on a text stream, with the time of day in front unless the system's log puts it there itself."""

    def __init__(self, stream: TextIO, clock: Clock | None) -> None:
        self._stream = stream
        self._clock = clock

    def write(self, line: str) -> None:
        """One line, at once. A stream that is gone must not stop a station: what can't be told is not told."""
        stamp = f"{self._clock.now():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z " if self._clock else ""
        with suppress(OSError, ValueError):
            print(stamp + " ".join(line.split()), file=self._stream, flush=True)


def standard_journal(clock: Clock, environment: Mapping[str, str] = os.environ) -> StreamJournal:
    """Standard output; systemd sets JOURNAL_STREAM (systemd.exec(5)) and puts its own time before each line."""
    return StreamJournal(sys.stdout, None if "JOURNAL_STREAM" in environment else clock)
