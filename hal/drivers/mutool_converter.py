"""PDF to raster, or to a part of itself, by `mutool` in a box; see firmware/docs/conversion.md.

The document is in a sealed memfd. Each page is one run of mutool, whose lines are passed on as they come under a header
of ours: the first page leaves before the second is begun, and a page has ended when its process says that it did well.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import aclosing
from typing import Any

from hal.drivers import confined
from hal.drivers.confined import CHUNK_BYTES, OVER_TIME, Limits, Run, command, running
from hal.drivers.context import DriverContext
from hal.drivers.memory_file import append, memory_file, seal
from hal.drivers.mutool_pages import ENCRYPTED, SURVEY_SCRIPT, TOO_MANY, chosen, parse_survey, place
from hal.drivers.mutool_raster import HEAD_BYTES, Sheet, check_head, on_sheet
from hal.drivers.uri import parse
from hal.framing import pwg, urf
from hal.framing.media_names import parse_media
from hal.framing.raster_page import RasterPage, turned
from hal.ports.converter import Conversion, ConversionError
from hal.ports.errors import DeviceConfigError
from hal.ports.finding import Finding
from hal.ports.printer import Document

MUTOOL, SHELL, CAT = "/usr/bin/mutool", "/usr/bin/dash", "/usr/bin/cat"
PDF, PWG, URF = "application/pdf", "image/pwg-raster", "image/urf"
MIB = 1 << 20
INPUT = "/proc/self/fd/0"
PART = f'{MUTOOL} clean -g {INPUT} /part/document.pdf "$0" >&2 && exec {CAT} /part/document.pdf'
"""mutool removes what it is to write and makes it anew, so a pipe will not do. Without `.pdf` it takes the name for
pages. `clean` keeps layers and forms, which
`merge` loses."""
SURVEY_BYTES = 8 * MIB
STALL_SECONDS = 300.0
"""For a run that uses no time and writes nothing: CPU time is limited, waiting is not."""
NO_MEMORY = (b"alloc (", b"alloc of ", b"out of memory", b"Cannot allocate")
LOST = (b"cannot load object", b"non-page object", b"cannot find page")
"""Said of a file that was cut: mutool then draws an empty page and is content."""


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
        for sheet in sheets:
            async with aclosing(self._drawn(kept, sheet, wanted.target)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _drawn(self, kept: int, sheet: Sheet, target: str) -> AsyncGenerator[bytes, None]:
        try:
            async with running(command([MUTOOL, *sheet.arguments(INPUT)], self._page), kept) as run:
                head = await _soon(run.exactly(HEAD_BYTES))
                if len(head) == HEAD_BYTES:
                    check_head(head, sheet)
                    async with aclosing(on_sheet(_chunks(run), sheet, apple=target == URF)) as pieces:
                        async for piece in pieces:
                            yield piece
                await _well(run)
                if len(head) < HEAD_BYTES:
                    raise ConversionError("document-broken", "a page of nothing")
        except (OSError, ValueError) as exc:
            raise ConversionError("converter-failed", "mutool does not what it is known for") from exc

    async def _survey(self, kept: int) -> tuple[tuple[float, float], ...]:
        """The sizes of all pages."""
        with memory_file() as script:
            append(script, SURVEY_SCRIPT)
            seal(script)
            words = [MUTOOL, "run", f"/proc/self/fd/{script}", INPUT]
            try:
                async with running(command(words, self._page), kept, (script,)) as run:
                    said = b""
                    while (more := await _soon(run.more())) and len(said) <= SURVEY_BYTES:
                        said += more
                    if more:
                        raise ConversionError("document-too-heavy", "too many pages")
                    await _well(run)
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
            async with running(command(words, self._part, tools=(MUTOOL, CAT)), kept) as run:
                async for chunk in _chunks(run):
                    yield chunk
                await _well(run)
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


async def _soon(reading: Coroutine[Any, Any, bytes]) -> bytes:
    try:
        async with asyncio.timeout(STALL_SECONDS):
            return await reading
    except TimeoutError as exc:
        raise ConversionError("document-too-heavy", "mutool stands still") from exc


async def _chunks(run: Run) -> AsyncGenerator[bytes, None]:
    while chunk := await _soon(run.more(CHUNK_BYTES)):
        yield chunk


async def _well(run: Run) -> None:
    """Wait for its end, and raise `ConversionError` unless it was a good one."""
    status = await run.status()
    if code := _code(status, run.words):
        raise ConversionError(code, f"mutool ended with {status}")


def _code(status: int, words: bytes) -> str:
    """What a run's end means, by its exit status and what it said; empty where all is well."""
    if status == OVER_TIME or any(word in words for word in NO_MEMORY):
        return "document-too-heavy"
    if status > 128 or status in (126, 127):
        return "converter-failed"
    if status == ENCRYPTED:
        return "document-encrypted"
    if status == TOO_MANY:
        return "document-too-heavy"
    return "document-broken" if status or any(word in words for word in LOST) else ""


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
