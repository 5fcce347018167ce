"""The compressed lines of PWG and Apple raster (PWG 5102.4 4.4): put on a larger sheet, or turned upside down,
without being unpacked."""

from collections.abc import Iterator

LONGEST_RUN = 128
MOST_REPEATED = 256
NO_COUNT = 128
"""A count byte that PWG raster has not."""


class RasterError(ValueError):
    """Bytes that are no lines of the announced width. Says nothing of them."""


class LineReader:
    """Cuts lines out of bytes as they come; any chunking gives the same lines. `width` and `height` in
    pixels."""

    def __init__(self, width: int, pixel_bytes: int, height: int) -> None:
        self._width = width
        self._pixel_bytes = pixel_bytes
        self._wanted = height
        self._left = b""

    def end(self) -> None:
        """Raises `RasterError` unless all lines have come, and nothing more."""
        if self._left or self._wanted:
            raise RasterError("fewer lines than announced")

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Whole lines: how often one comes again, then its runs. Raises `RasterError`."""
        have, start = self._left + data, 0
        while (end := self._end(have, start)) is not None:
            self._wanted -= have[start] + 1
            if self._wanted < 0:
                raise RasterError("more lines than announced")
            yield have[start:end]
            start = end
        self._left = have[start:]

    def _end(self, have: bytes, start: int) -> int | None:
        """Where the line that begins at `start` ends; None where that has not come yet."""
        position, pixels, width, size = start + 1, 0, self._width, len(have)
        step = self._pixel_bytes
        while pixels < width:
            if position >= size:
                return None
            count = have[position]
            if count < NO_COUNT:
                pixels += count + 1
                position += 1 + step
            elif count > NO_COUNT:
                pixels += 257 - count
                position += 1 + (257 - count) * step
            else:
                raise RasterError("a count that there is not")
        if pixels > width:
            raise RasterError("a run past the end of its line")
        return position if position <= size else None


def white_run(pixels: int, pixel_bytes: int) -> bytes:
    """That many white pixels of one line."""
    white = b"\xff" * pixel_bytes
    full, rest = divmod(pixels, LONGEST_RUN)
    return bytes([LONGEST_RUN - 1, *white]) * full + (bytes([rest - 1, *white]) if rest else b"")


def white_lines(count: int, width: int, pixel_bytes: int) -> bytes:
    """That many white lines."""
    line = white_run(width, pixel_bytes)
    full, rest = divmod(count, MOST_REPEATED)
    return (bytes([MOST_REPEATED - 1]) + line) * full + (bytes([rest - 1]) + line if rest else b"")


def between(line: bytes, left: bytes, right: bytes) -> bytes:
    """A line with runs of white before and after it."""
    return line[:1] + left + line[1:] + right
