"""The measurements of conversion: pages a second against bare mutool, the first page's share of the time, memory."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path

from hal.drivers import mutool_converter
from hal.drivers.confined import Limits
from hal.drivers.mutool_converter import PDF, PWG, MutoolConverter
from hal.drivers.mutool_runs import MUTOOL
from hal.ports.converter import Conversion
from hal.ports.printer import RasterNeeds
from tools.measure.series import Row, Series, below, interleaved, ratios
from tools.pdf import pdf_file

PAGES = 100
DPI, WIDTH, HEIGHT = 300, 2480, 3508
A4, SIZE = "iso_a4_210x297mm", b"595 842"
LEAST, FIRST_PERCENT, MOST_MIB = 0.5, 20.0, 24.0
MIB, KIB = 1 << 20, 1 << 10
LINES = 60


def available() -> bool:
    """Whether mutool and its box are there."""
    return not mutool_converter.findings()


def written(pages: int) -> bytes:
    """A PDF of pages full of lines of text, as people print."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * page) for page in range(pages))
    line = b"(The quick brown fox jumps over the lazy dog, and does so once more, and again.) Tj T*\n"
    text = b"BT /F1 11 Tf 60 780 Td 12 TL\n" + line * LINES + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] /MediaBox [0 0 %b] /Resources << /Font << /F1 3 0 R >> >> >>"
        % (pages, kids, SIZE),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(pages):
        objects.append(b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>" % (5 + 2 * page))
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text))
    return pdf_file(objects)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds until the first page had left whole, and until the last; the most that this process grew by, in MiB."""

    first: float
    whole: float
    grown: float


async def converted(document: bytes) -> Took:
    """One conversion to A4 in grey, all of it thrown away."""
    converter = MutoolConverter(128 * MIB, Limits(1024 * MIB, 60))
    wanted = Conversion(PDF, PWG, RasterNeeds(), DPI, media=A4)
    before, most, first, headers, started = resident(), 0.0, 0.0, 0, time.perf_counter()
    async for piece in converter.convert(_whole(document), wanted):
        headers += piece.count(b"PwgRaster\0")  # a header of ours is never cut
        if headers > 1 and not first:
            first = time.perf_counter() - started
        most = max(most, resident() - before)
    whole = time.perf_counter() - started
    return Took(first or whole, whole, most)


async def _whole(document: bytes) -> AsyncGenerator[bytes, None]:
    yield document


def resident() -> float:
    """MiB of this process (proc(5), statm)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


def bare(path: Path, pages: int) -> float:
    """Pages a second of mutool alone: one process, no box, to a pipe that is read as it fills."""
    size = ("-f", "-w", str(WIDTH), "-h", str(HEIGHT))
    started = time.perf_counter()
    words = [MUTOOL, "draw", "-q", "-F", "pwg", "-c", "gray", *size, "-o", "-", str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        while process.stdout is not None and process.stdout.read(256 * KIB):
            pass
    if process.returncode:
        raise RuntimeError("mutool alone did not draw it")
    return pages / (time.perf_counter() - started)


def measured(runs: int, directory: Path, pages: int = PAGES) -> Iterator[Row]:
    """All rows; the document goes to `directory`."""
    document, path = written(pages), directory / "pages.pdf"
    path.write_bytes(document)
    took: list[Took] = []

    def ours() -> float:
        took.append(asyncio.run(converted(document)))
        return pages / took[-1].whole

    found = interleaved(runs, {"ours": ours, "bare": lambda: bare(path, pages)})
    ratio = ratios(found["ours"], found["bare"])
    name = f"{pages} pages of PDF to PWG raster, A4 {DPI} dpi"
    met = ratio.median >= LEAST
    yield Row(name, "pages/s", found["ours"], "bare mutool", found["bare"], ratio, f">= {LEAST:g} of it", met)
    share = Series(tuple(100 * one.first / one.whole for one in took))
    yield below("the first of them had left, of the whole time", "%", share, FIRST_PERCENT)
    yield below(
        "the station's memory meanwhile, above before", "MiB", Series(tuple(one.grown for one in took)), MOST_MIB
    )
