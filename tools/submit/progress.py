"""A bar on the terminal while a document is sealed and sent; nothing at all anywhere else."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

_REDRAW_SECONDS = 0.1
_SLOTS = 24


class Silent:
    """Shows nothing."""

    def begin(self, total: int) -> None:
        """Nothing."""

    def add(self, count: int) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class Bar:
    """One line, drawn again and again, and gone at the end. `clock` counts seconds."""

    def __init__(self, stream: TextIO, label: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._label = label
        self._clock = clock
        self._total = self._done = 0
        self._began = self._drawn = 0.0

    def begin(self, total: int) -> None:
        """Start at nothing."""
        self._total, self._done = total, 0
        self._began = self._clock()
        self._draw()

    def add(self, count: int) -> None:
        """Draw again, but not more often than an eye can follow."""
        self._done += count
        if self._clock() - self._drawn >= _REDRAW_SECONDS or self._done >= self._total:
            self._draw()

    def end(self) -> None:
        """Clear the line."""
        self._write("")

    def _draw(self) -> None:
        self._drawn = self._clock()
        share = self._done / self._total if self._total else 1.0
        filled = round(_SLOTS * share)
        seconds = self._drawn - self._began
        speed = f"  {size(self._done / seconds)}/s" if seconds > _REDRAW_SECONDS else ""
        counts = f"{size(self._done)} of {size(self._total)}"
        self._write(f"{self._label}  [{'#' * filled}{'.' * (_SLOTS - filled)}] {share:4.0%}  {counts}{speed}")

    def _write(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r" + text[:width].ljust(width) + "\r")
        self._stream.flush()


def size(count: float) -> str:
    """A number of bytes for people, in units of 1000 (IEC 80000-13)."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if unit == "B" or count >= 99.95 else f"{count:.1f} {unit}"
