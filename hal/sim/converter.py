"""The converter twin: pages out of a document by the twin's own guess of how many it has."""

from collections.abc import AsyncGenerator

from hal.ports.converter import Conversion
from hal.ports.printer import Document
from hal.sim.printer_pages import PageCounter

PAGE = b"PwgRaster\0".ljust(1796, b"\0")


class SimConverter:
    """Implements Converter."""

    most_bytes = 64 * 2**20

    def targets(self, source: str) -> tuple[str, ...]:
        """PWG raster of PDF."""
        return ("image/pwg-raster",) if source == "application/pdf" else ()

    async def convert(self, document: Document, wanted: Conversion) -> AsyncGenerator[bytes, None]:
        """A header for each page, and nothing on it."""
        counter = PageCounter(wanted.source)
        async for chunk in document:
            counter.feed(chunk)
        yield b"RaS2"
        for _ in range(counter.pages):
            yield PAGE
