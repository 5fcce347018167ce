"""PDF to raster, or to a part of itself, by `mutool` in a box; see firmware/docs/conversion.md.

The document is in a sealed memfd. Pages are drawn by runs of mutool, whose lines are passed on as they come under a
header of ours: the first page is a run of its own, and leaves before the second is begun.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from hal.drivers import confined
from hal.drivers.confined import CHUNK_BYTES, Limits, Run, command, running
from hal.drivers.context import DriverContext
from hal.drivers.memory_file import append, memory_file, seal
from hal.drivers.mutool_pages import SURVEY_SCRIPT, chosen, parse_survey, place
from hal.drivers.mutool_raster import Sheet, on_sheet
from hal.drivers.mutool_runs import INPUT, MUTOOL, PHRASES, Runs, soon, well
from hal.drivers.uri import parse
from hal.framing import pwg, urf
from hal.framing.media_names import parse_media
from hal.framing.raster_lines import RasterError
from hal.framing.raster_page import RasterPage, turned
from hal.ports.converter import Conversion, ConversionError
from hal.ports.errors import DeviceConfigError
from hal.ports.finding import Finding
from hal.ports.printer import Document

SHELL, CAT = "/usr/bin/dash", "/usr/bin/cat"
PDF, PWG, URF = "application/pdf", "image/pwg-raster", "image/urf"
MIB = 1 << 20
PART = f'{MUTOOL} clean -g {INPUT} /part/document.pdf "$0" >&2 && exec {CAT} /part/document.pdf'
"""mutool removes what it is to write and makes it anew, so a pipe will not do. Without `.pdf` it takes the name for
pages. `clean` keeps layers and forms, which
`merge` loses."""
SURVEY_BYTES = 8 * MIB


class MutoolConverter:
    """Implements Converter."""

    def __init__(self, most_bytes: int, page: Limits) -> None:
        self.most_bytes = most_bytes
        self._page = page
        self._part = Limits(page.memory, page.cpu_seconds, most_bytes * 2)

    def targets(self, source: str) -> tuple[str, ...]:
        """Of PDF: a part of it, PWG raster, Apple raster."""
        return (PDF, PWG, URF) if source == PDF else ()

    async def convert(self, document: Document, wanted: Conversion) -> AsyncGenerator[bytes, None]:
        """As the port says."""
        if wanted.target not in self.targets(wanted.source):
            raise ConversionError("converter-failed", "no way from that to that")
        with memory_file() as kept:
            await self._take_in(document, kept)
            made = self._pdf_part(kept, wanted) if wanted.target == PDF else self._raster(kept, wanted)
            async with aclosing(made) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _take_in(self, document: Document, kept: int) -> None:
        size = 0
        async for chunk in document:
            size += len(chunk)
            if size > self.most_bytes:
                raise ConversionError("document-too-large", "more than the converter's memory")
            try:
                append(kept, chunk)
            except OSError as exc:
                raise ConversionError("document-too-large", "no memory for it") from exc
        seal(kept)

    async def _raster(self, kept: int, wanted: Conversion) -> AsyncGenerator[bytes, None]:
        sizes = await self._survey(kept)
        sheets = list(_sheets(sizes, wanted))
        if not sheets:
            raise ConversionError("document-broken", "no such pages")
        yield urf.file_header(len(sheets)) if wanted.target == URF else pwg.SYNC
        async with Runs(kept, sheets, self._page) as runs:
            for index, sheet in enumerate(sheets):
                async with aclosing(self._page_of(runs, index, sheet, wanted.target)) as pieces:
                    async for piece in pieces:
                        yield piece

    async def _page_of(self, runs: Runs, index: int, sheet: Sheet, target: str) -> AsyncGenerator[bytes, None]:
        try:
            lines = runs.page(index)
            async with aclosing(lines), aclosing(on_sheet(lines, sheet, apple=target == URF)) as pieces:
                async for piece in pieces:
                    yield piece
        except RasterError as exc:
            raise ConversionError("converter-failed", "mutool's lines are none") from exc

    async def _survey(self, kept: int) -> tuple[tuple[float, float], ...]:
        """The sizes of all pages."""
        with memory_file() as script:
            append(script, SURVEY_SCRIPT)
            seal(script)
            words = [MUTOOL, "run", f"/proc/self/fd/{script}", INPUT]
            try:
                async with running(command(words, self._page), kept, (script,), phrases=PHRASES) as run:
                    said = b""
                    while (more := await soon(run.more())) and len(said) <= SURVEY_BYTES:
                        said += more
                    if more:
                        raise ConversionError("document-too-heavy", "too many pages")
                    await well(run)
                    return parse_survey(said)
            except OSError as exc:
                raise ConversionError("converter-failed", "cannot run mutool") from exc
            except ValueError as exc:
                raise ConversionError("document-broken", "no pages to speak of") from exc

    async def _pdf_part(self, kept: int, wanted: Conversion) -> AsyncGenerator[bytes, None]:
        pages = chosen(len(await self._survey(kept)), wanted.pages)
        if not pages:
            raise ConversionError("document-broken", "no such pages")
        words = [SHELL, "-c", PART, ",".join(_ranges(pages))]
        try:
            async with running(command(words, self._part, tools=(MUTOOL, CAT)), kept, phrases=PHRASES) as run:
                async for chunk in _chunks(run):
                    yield chunk
                await well(run)
        except OSError as exc:
            raise ConversionError("converter-failed", "cannot run mutool") from exc


def _sheets(sizes: tuple[tuple[float, float], ...], wanted: Conversion) -> Iterator[Sheet]:
    try:
        medium = parse_media(wanted.media) if wanted.media else None
    except ValueError as exc:
        raise ConversionError("converter-failed", "a medium of no known size") from exc
    numbers = chosen(len(sizes), wanted.pages)
    for index, number in enumerate(numbers):
        where = place(sizes[number - 1], medium, wanted.dpi)
        page = RasterPage(
            *where.sheet,
            wanted.dpi,
            wanted.color,
            wanted.sides,
            where.points,
            wanted.media,
            len(numbers),
            turned(index, wanted.sides, wanted.needs.sheet_back),
        )
        yield Sheet(number, where, page)


def _ranges(pages: list[int]) -> Iterator[str]:
    """The same, as short as can be: `1-3`, `7-7`."""
    start = previous = pages[0]
    for page in [*pages[1:], 0]:
        if page != previous + 1:
            yield f"{start}-{previous}"
            start = page
        previous = page


async def _chunks(run: Run) -> AsyncGenerator[bytes, None]:
    while chunk := await soon(run.more(CHUNK_BYTES)):
        yield chunk


def findings() -> tuple[Finding, ...]:
    """What keeps this machine from converting."""
    return confined.findings((MUTOOL, "-v"), "mupdf-tools", "converter")


def open(uri: str, context: DriverContext) -> MutoolConverter:  # noqa: ARG001 (every driver's factory has this shape)
    """`mutool:?most-mib=128&page-seconds=60&page-mib=1024`. Raises `DeviceConfigError`, also where the box cannot be
    built."""
    asked = parse(uri, ("most-mib", "page-seconds", "page-mib"))
    if asked.path:
        raise DeviceConfigError("mutool", f"mutool: takes options alone: {uri!r}")
    found = findings()
    if found:
        raise DeviceConfigError("mutool", f"{found[0].problem}: {found[0].remedy}")
    limits = Limits(asked.whole("page-mib", 1024) * MIB, asked.whole("page-seconds", 60))
    return MutoolConverter(asked.whole("most-mib", 128) * MIB, limits)
