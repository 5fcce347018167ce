"""One page of raster as mutool writes it, under our header, on its sheet, its back turned as the printer wants it."""

import struct
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from hal.drivers.mutool_pages import Place
from hal.framing import pwg, urf
from hal.framing.raster_lines import LineReader, between, white_lines, white_run
from hal.framing.raster_page import RasterPage

HEAD_BYTES = len(pwg.SYNC) + pwg.HEADER_BYTES
MOST_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is made of one page; `turned` says how the back is, as in `hal.framing.raster_page.BACKS`."""

    number: int
    place: Place
    page: RasterPage

    @property
    def manner(self) -> tuple[str, ...]:
        """How mutool draws it: pages of one manner can be drawn in one run."""
        place, (cross, _) = self.place, self.page.turned
        rotate = (place.rotate + (180 if cross < 0 else 0)) % 360
        size = ("-f", "-w", str(place.width), "-h", str(place.height), "-R", str(rotate))
        return ("-c", "rgb" if self.page.color else "gray", *size)

    def arguments(self, document: str, numbers: Sequence[int]) -> list[str]:
        """Those of `mutool` for the pages of these numbers, drawn like this one: they say nothing of the document
        but numbers."""
        pages = ",".join(str(number) for number in numbers)
        return ["draw", "-q", "-F", "pwg", *self.manner, "-o", "-", document, pages]

    @property
    def is_mirrored(self) -> bool:
        """Whether its lines go from the bottom to the top: half a turn is mutool's work, a mirror is ours."""
        cross, feed = self.page.turned
        return cross != feed

    @property
    def margins(self) -> tuple[int, int, int, int]:
        """White pixels on the left and right, white lines above and below, as they are sent."""
        place = self.place
        right, below = place.sheet[0] - place.width - place.left, place.sheet[1] - place.height - place.top
        return place.left, right, place.top, below


def check_head(head: bytes, sheet: Sheet) -> None:
    """Hold what mutool begins with against what it was asked for. Raises `ValueError`."""
    if len(head) != HEAD_BYTES or not head.startswith(pwg.SYNC):
        raise ValueError("no page")
    width, height = struct.unpack_from(">2I", head, len(pwg.SYNC) + 372)
    (bits,) = struct.unpack_from(">I", head, len(pwg.SYNC) + 388)
    if (width, height, bits) != (sheet.place.width, sheet.place.height, 8 * sheet.page.pixel_bytes):
        raise ValueError("another page than was asked for")


async def on_sheet(chunks: AsyncIterator[bytes], sheet: Sheet, *, apple: bool) -> AsyncGenerator[bytes, None]:
    """The page's header and lines; nothing before the first of them is there. Raises `RasterError` for lines that are
    none, or not as many as announced."""
    left, right, above, below = sheet.margins
    width, pixel = sheet.place.sheet[0], sheet.page.pixel_bytes
    header = urf.page_header(sheet.page) if apple else pwg.page_header(sheet.page)
    first = await anext(chunks, b"")
    yield header + white_lines(above, width, pixel)
    work = _worked_over if sheet.is_mirrored or left or right else _as_they_are
    async with aclosing(work(first, chunks, sheet)) as pieces:
        async for piece in pieces:
            yield piece
    if below:
        yield white_lines(below, width, pixel)


async def _as_they_are(first: bytes, chunks: AsyncIterator[bytes], _sheet: Sheet) -> AsyncGenerator[bytes, None]:
    yield first
    async for chunk in chunks:
        yield chunk


async def _worked_over(first: bytes, chunks: AsyncIterator[bytes], sheet: Sheet) -> AsyncGenerator[bytes, None]:
    """Line by line; one that is mirrored is kept whole, compressed, for its last line comes first."""
    pixel = sheet.page.pixel_bytes
    left, right = (white_run(count, pixel) for count in sheet.margins[:2])
    reader, kept = LineReader(sheet.place.width, pixel, sheet.place.height), list[bytes]()
    async with aclosing(_as_they_are(first, chunks, sheet)) as pieces:
        async for chunk in pieces:
            lines = [between(line, left, right) for line in reader.feed(chunk)]
            if sheet.is_mirrored:
                kept += lines
            elif lines:
                yield b"".join(lines)
    reader.end()
    kept.reverse()
    for piece in in_chunks(b"".join(kept)):
        yield piece


def in_chunks(data: bytes) -> list[bytes]:
    """Pieces as large as a printer takes at once."""
    return [data[start : start + MOST_CHUNK] for start in range(0, len(data), MOST_CHUNK)]
