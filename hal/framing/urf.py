"""Apple raster (`image/urf`), as AirPrint printers take it: PWG raster's lines under headers of its own.

There is no public standard; this is what libcups (`cups/raster-stream.c`) reads and writes."""

import struct

from hal.framing.raster_page import SHORT_EDGE, RasterPage

SYNC = b"UNIRAST\0"
HEADER_BYTES = 32
GRAY, SRGB = 0, 1
ONE_SIDED, TUMBLE, NO_TUMBLE = 1, 2, 3
NORMAL_QUALITY = 4


def file_header(pages: int) -> bytes:
    """Once, before the first page; 0 pages where nobody knows."""
    return SYNC + struct.pack(">I", pages)


def page_header(page: RasterPage) -> bytes:
    """Bits of a pixel, colour space, duplex, quality; then width, height and dpi."""
    duplex = (TUMBLE if page.sides == SHORT_EDGE else NO_TUMBLE) if page.two_sided else ONE_SIDED
    bits, space = 8 * page.pixel_bytes, SRGB if page.color else GRAY
    return struct.pack(">4B8x3I8x", bits, space, duplex, NORMAL_QUALITY, page.width, page.height, page.dpi)
