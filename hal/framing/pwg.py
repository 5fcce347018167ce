"""PWG Raster (PWG 5102.4-2012), as every printer of IPP Everywhere takes it: page headers, and a page in 8-bit grey."""

import struct
from collections.abc import Iterator

from hal.framing.raster_page import SHORT_EDGE, RasterPage

SYNC = b"RaS2"
HEADER_BYTES = 1796
SGRAY = 18
SRGB = 19
NAME_BYTES = 64
"""SGRAY and SRGB are ColorSpace of PWG 5102.4 table 9."""
_MOST_REPEATED_LINES = 256
_LONGEST_RUN = 128


def gray_page(pixels: bytes, width: int, height: int, *, dpi: int) -> bytes:
    """A file of one page. `pixels` are rows from the top, a byte each, 0 black. Raises `ValueError` when they are not
    `width` times `height`."""
    if width < 1 or height < 1 or len(pixels) != width * height:
        raise ValueError("width x height pixels are wanted")
    points = (width * 72 // dpi, height * 72 // dpi)
    page = RasterPage(width, height, dpi, points=points, total=1)
    return SYNC + page_header(page) + b"".join(_lines(pixels, width))


def page_header(page: RasterPage) -> bytes:
    """PWG 5102.4 4.3: big-endian; what is not set is zero, which leaves it to the printer."""
    header = bytearray(HEADER_BYTES)
    header[0:10] = b"PwgRaster\0"
    colors = page.pixel_bytes
    for offset, values in (
        (272, (int(page.two_sided),)),  # Duplex
        (276, (page.dpi, page.dpi)),  # HWResolution
        (340, (1,)),  # NumCopies
        (352, page.points),  # PageSize
        (368, (int(page.sides == SHORT_EDGE),)),  # Tumble
        (372, (page.width, page.height)),
        # BitsPerColor, BitsPerPixel, BytesPerLine, ColorOrder, ColorSpace
        (384, (8, 8 * colors, page.width * colors, 0, SRGB if page.color else SGRAY)),
        (420, (colors,)),  # NumColors
        (452, (page.total,)),  # TotalPageCount
        (464, (0, 0, page.width, page.height)),  # ImageBox
    ):
        struct.pack_into(f">{len(values)}I", header, offset, *values)
    struct.pack_into(">2i", header, 456, *page.turned)  # CrossFeedTransform, FeedTransform
    header[1732 : 1732 + NAME_BYTES] = page.media.encode("ascii")[: NAME_BYTES - 1].ljust(NAME_BYTES, b"\0")
    return bytes(header)


def _lines(pixels: bytes, width: int) -> Iterator[bytes]:
    """PWG 5102.4 4.4: how often a line comes again, then the line."""
    rows = [pixels[start : start + width] for start in range(0, len(pixels), width)]
    start = 0
    while start < len(rows):
        end = start + 1
        while end < len(rows) and end - start < _MOST_REPEATED_LINES and rows[end] == rows[start]:
            end += 1
        yield bytes([end - start - 1]) + b"".join(_runs(rows[start]))
        start = end


def _runs(row: bytes) -> Iterator[bytes]:
    """A pixel that repeats 1 to 128 times as count - 1 and the pixel; 2 to 128 that differ as 257 - count and all of
    them (a form of PackBits, TIFF 6.0 9)."""
    start = 0
    while start < len(row):
        end = _end_of_run(row, start)
        if end - start > 1:
            yield bytes([end - start - 1, row[start]])
        else:
            end = _end_of_difference(row, start)
            count = end - start
            yield bytes([0, row[start]]) if count == 1 else bytes([257 - count]) + row[start:end]
        start = end


def _end_of_run(row: bytes, start: int) -> int:
    end = start + 1
    while end < len(row) and end - start < _LONGEST_RUN and row[end] == row[start]:
        end += 1
    return end


def _end_of_difference(row: bytes, start: int) -> int:
    end = start + 1
    while end < len(row) and end - start < _LONGEST_RUN and (end + 1 == len(row) or row[end] != row[end + 1]):
        end += 1
    return end
