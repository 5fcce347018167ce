"""The converter twin: pages out of a document by the twin's own guess of how many it has, and its faults."""

from collections.abc import AsyncGenerator

from hal.framing import pwg
from hal.framing.raster_lines import white_lines
from hal.framing.raster_page import RasterPage
from hal.ports.converter import Conversion, ConversionError
from hal.ports.printer import Document
from hal.sim.printer_pages import PageCounter

WIDTH, HEIGHT = 16, 16
ENCRYPTED = b"/Encrypt"


class SimConverter:
    """Implements Converter: each page is white. `fault` is a code that conversions end with, after
    `fault_after` pages of them."""

    def __init__(self, most_bytes: int = 64 * 2**20) -> None:
        self.most_bytes = most_bytes
        self.fault = ""
        self.fault_after = 0

    def targets(self, source: str) -> tuple[str, ...]:
        """PWG raster of PDF."""
        return ("image/pwg-raster",) if source == "application/pdf" else ()

    async def convert(self, document: Document, wanted: Conversion) -> AsyncGenerator[bytes, None]:
        """A header for each page, and nothing on it."""
        if wanted.target not in self.targets(wanted.source):
            raise ConversionError("converter-failed", "no way from that to that")
        count = await self._take_in(document, wanted.source)
        page = pwg.page_header(RasterPage(WIDTH, HEIGHT, wanted.dpi, sides=wanted.sides, media=wanted.media))
        yield pwg.SYNC
        for index in range(self._pages(count, wanted)):
            if self.fault and index >= self.fault_after:
                raise ConversionError(self.fault)
            yield page + white_lines(HEIGHT, WIDTH, 1)

    def _pages(self, count: int, wanted: Conversion) -> int:
        if not wanted.pages:
            return count
        return sum(max(0, min(last, count) - first + 1) for first, last in wanted.pages)

    async def _take_in(self, document: Document, source: str) -> int:
        counter, size, seen = PageCounter(source), 0, b""
        async for chunk in document:
            size += len(chunk)
            if size > self.most_bytes:
                raise ConversionError("document-too-large")
            counter.feed(chunk)
            seen = (seen + chunk)[-len(ENCRYPTED) - len(chunk) :]
            if ENCRYPTED in seen:
                raise ConversionError("document-encrypted")
            if size == len(chunk) and not chunk.startswith(b"%PDF-"):
                raise ConversionError("document-broken")
        return counter.pages
