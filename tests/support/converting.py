"""Documents to be converted, good and bad, and what is made of them looked at by libcups, the independent judge."""

import ctypes
import os
import subprocess
from collections.abc import AsyncGenerator, Sequence
from ctypes import byref, c_char, c_float, c_int, c_uint, c_void_p
from dataclasses import dataclass
from pathlib import Path

from hal.ports.converter import Conversion, Converter
from hal.ports.printer import RasterNeeds
from tools.pdf import pdf_file

PDF, PWG, URF = "application/pdf", "image/pwg-raster", "image/urf"
A4 = "iso_a4_210x297mm"
SQUARE = b"0 0 0 rg 72 700 72 36 re f 1 0 0 rg 300 100 50 90 re f"


def pdf(
    pages: int = 1, size: tuple[int, int] = (595, 842), content: bytes = SQUARE, *, count: int | None = None
) -> bytes:
    """A PDF of that many pages with the same content; `count` is what it says of itself."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * page) for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] /MediaBox [0 0 %d %d] >>"
        % (pages if count is None else count, kids, *size),
    ]
    for page in range(pages):
        objects.append(b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>" % (4 + 2 * page))
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    return pdf_file(objects)


def encrypted(document: bytes, folder: Path) -> bytes:
    """The same with a password, by mutool itself."""
    plain, locked = folder / "plain.pdf", folder / "locked.pdf"
    plain.write_bytes(document)
    command = ["mutool", "clean", "-E", "aes-256", "-U", "secret", "-O", "owner", str(plain), str(locked)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return locked.read_bytes()


def wanted(target: str = PWG, **more: object) -> Conversion:
    """A conversion of a PDF, at 75 dpi where nothing else is said."""
    values: dict[str, object] = {"needs": RasterNeeds(), "dpi": 75, "media": A4, **more}
    return Conversion(PDF, target, **values)  # type: ignore[arg-type]


async def chunks(document: bytes, size: int = 1 << 20) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(document), size):
        yield document[start : start + size]


async def made(converter: Converter, document: bytes, conversion: Conversion) -> bytes:
    """All of what comes of it."""
    pieces = [piece async for piece in converter.convert(chunks(document), conversion)]
    assert all(len(piece) <= 1 << 20 for piece in pieces)
    return b"".join(pieces)


class Header(ctypes.Structure):
    """cups_page_header2_t of cups/raster.h, as far as it is looked at."""

    _fields_ = (
        ("names", c_char * 256),
        ("before", c_uint * 4),
        ("duplex", c_uint),
        ("dpi", c_uint * 2),
        ("box", c_uint * 4),
        ("between", c_uint * 10),
        ("copies", c_uint),
        ("orientation", c_uint),
        ("output", c_uint),
        ("points", c_uint * 2),
        ("separations", c_uint),
        ("tray", c_uint),
        ("tumble", c_uint),
        ("width", c_uint),
        ("height", c_uint),
        ("media_type", c_uint),
        ("bits", c_uint),
        ("bits_per_pixel", c_uint),
        ("line_bytes", c_uint),
        ("order", c_uint),
        ("space", c_uint),
        ("compression", c_uint * 4),
        ("colors", c_uint),
        ("factors", c_float * 7),
        ("total", c_uint),
        ("cross", c_int),
        ("feed", c_int),
        ("rest", c_uint * 29),
        ("strings", c_char * (16 * 64)),
        ("marker", c_char * 64),
        ("intent", c_char * 64),
        ("media", c_char * 64),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """One page as libcups reads it; `rows` are pixels from the top."""

    header: Header
    rows: tuple[bytes, ...]

    def pixel(self, x: int, y: int) -> bytes:
        size = self.header.bits_per_pixel // 8
        return self.rows[y][x * size : (x + 1) * size]


def seen_by_cups(raster: bytes) -> list[Seen]:
    """The pages in a raster file. Fails on anything that libcups does not take."""
    cups = ctypes.CDLL("libcups.so.2")
    cups.cupsRasterOpen.restype = c_void_p
    descriptor = os.memfd_create("raster")
    try:
        os.write(descriptor, raster)
        os.lseek(descriptor, 0, os.SEEK_SET)
        stream = c_void_p(cups.cupsRasterOpen(descriptor, 0))
        assert stream, "no raster"
        return list(_pages(cups, stream))
    finally:
        os.close(descriptor)


def _pages(cups: ctypes.CDLL, stream: c_void_p) -> Sequence[Seen]:
    pages = []
    header = Header()
    while cups.cupsRasterReadHeader2(stream, byref(header)):
        rows = []
        for _ in range(header.height):
            row = ctypes.create_string_buffer(header.line_bytes)
            assert cups.cupsRasterReadPixels(stream, row, header.line_bytes) == header.line_bytes
            rows.append(row.raw)
        pages.append(Seen(header, tuple(rows)))
        header = Header()
    cups.cupsRasterClose(stream)
    return pages
