"""The lines of a document's pages, many pages to a run of mutool; what goes wrong in a run of many is done again alone.

PWG raster does not say how long a page is. mutool writes the same header before each page of a run, 1796 bytes of which
279 in a row are zero; in its lines there are never so many (it joins what repeats), so the next header is a page's end.
"""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Any

from hal.drivers.confined import OVER_TIME, Limits, Run, command, running
from hal.drivers.mutool_pages import ENCRYPTED, TOO_MANY
from hal.drivers.mutool_raster import HEAD_BYTES, Sheet, check_head
from hal.framing import pwg
from hal.ports.converter import ConversionError

MUTOOL = "/usr/bin/mutool"
INPUT = "/proc/self/fd/0"
STALL_SECONDS = 300.0
"""For a run that uses no time and writes nothing: CPU time is limited, waiting is not."""
NO_MEMORY = (b"alloc (", b"alloc of ", b"out of memory", b"Cannot allocate")
LOST = (b"cannot load object", b"non-page object", b"cannot find page")
"""Said of a file that was cut: mutool then draws an empty page and is content."""
ERROR = b"error: "
"""Said of every error, also of one that mutool gets over. Its exit status tells them apart, but speaks of the last
page alone."""
PHRASES = (*NO_MEMORY, *LOST, ERROR)
MOST_PAGES, GROWTH = 32, 4
"""Of one run: the first page alone, then 4, 16, and 32."""
MOST_KINDS = 2
"""Runs at once: fronts and backs of sheets are not drawn the same way."""
HEAVY = 8
"""A batch that took an eighth of a page's time was long enough."""


async def soon(reading: Coroutine[Any, Any, bytes]) -> bytes:
    """What comes of `reading`. Raises `ConversionError` where nothing does."""
    try:
        async with asyncio.timeout(STALL_SECONDS):
            return await reading
    except TimeoutError as exc:
        raise ConversionError("converter-failed", "mutool stands still") from exc


async def well(run: Run) -> None:
    """Wait for its end, and raise `ConversionError` unless it was a good one."""
    status = await run.status()
    if code := _code(status, run.said.heard):
        raise ConversionError(code, f"mutool ended with {status}")


def _code(status: int, heard: set[bytes]) -> str:
    """What a run's end means, by its exit status and what it said; empty where all is well."""
    if status == OVER_TIME or not heard.isdisjoint(NO_MEMORY):
        return "document-too-heavy"
    if status > 128 or status in (126, 127):
        return "converter-failed"
    if status == ENCRYPTED:
        return "document-encrypted"
    if status == TOO_MANY:
        return "document-too-heavy"
    return "document-broken" if status or not heard.isdisjoint(LOST) else ""


class Strand:
    """One run that draws `sheets`, all of them the same way, one after the other."""

    def __init__(self, run: Run, sheets: Sequence[Sheet]) -> None:
        self._run = run
        self._sheets = sheets
        self._done = 0
        self._head = b""
        self._have = b""

    async def page(self) -> AsyncGenerator[bytes, None]:
        """The lines of its next page. Raises `ConversionError`, `ValueError`."""
        if not self._done:
            await self._begin()
        self._run.said.listen()
        heard = self._run.said.heard
        if not heard.isdisjoint(LOST) or (len(self._sheets) > 1 and ERROR in heard):
            raise ConversionError("document-broken", "an error, of this page or of one that comes after it")
        self._done += 1
        while True:
            found = self._have.find(self._head)
            end = found if found >= 0 else max(0, len(self._have) - len(self._head) + 1)
            piece, self._have = self._have[:end], self._have[end:]
            if piece:
                yield piece
            if found >= 0:
                self._next()
                return
            if not (more := await soon(self._run.more())):
                break
            self._have += more
        await self._end()
        if self._have:
            yield self._have

    async def _begin(self) -> None:
        head = await soon(self._run.exactly(HEAD_BYTES))
        if len(head) < HEAD_BYTES:
            await well(self._run)
            raise ConversionError("document-broken", "a page of nothing")
        check_head(head, self._sheets[0])
        self._head = head[len(pwg.SYNC) :]

    def _next(self) -> None:
        self._have = self._have[len(self._head) :]
        if self._done == len(self._sheets):
            raise ValueError("more pages than were asked for")

    async def _end(self) -> None:
        await well(self._run)
        if self._done < len(self._sheets):
            raise ValueError("fewer pages than were asked for")


class Runs:
    """The pages of `sheets`, of the document in `kept`. A context; with it every run ends."""

    def __init__(self, kept: int, sheets: Sequence[Sheet], limits: Limits) -> None:
        self._kept = kept
        self._sheets = sheets
        self._limits = limits
        self._batch = AsyncExitStack()
        self._strands: dict[int, Strand] = {}
        self._size, self._most = 1, MOST_PAGES
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._began = 0.0

    async def __aenter__(self) -> "Runs":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._batch.aclose()

    async def page(self, index: int) -> AsyncGenerator[bytes, None]:
        """The lines of sheet `index`; they are asked for in order. Raises `ConversionError`, which names the page."""
        passed, sum_ = 0, 0
        try:
            try:
                async with aclosing((await self._strand(index)).page()) as pieces:
                    async for piece in pieces:
                        passed, sum_ = passed + len(piece), zlib.crc32(piece, sum_)
                        yield piece
            except (ConversionError, OSError, ValueError):
                if len(self._strands) == 1:
                    raise
                self._most = max(1, self._most // 2)
                async with aclosing(self._alone(index, passed, sum_)) as pieces:
                    async for piece in pieces:
                        yield piece
        except ConversionError as exc:
            raise ConversionError(exc.code, f"page {self._sheets[index].number}: {exc.detail}") from exc
        except (OSError, ValueError) as exc:
            raise ConversionError("converter-failed", "mutool does not what it is known for") from exc

    async def _alone(self, index: int, passed: int, sum_: int) -> AsyncGenerator[bytes, None]:
        """What is left of a page that went wrong among others: with the limits for itself, it may well be whole."""
        await self._open(index, 1)
        again = 0
        async with aclosing(self._strands[index].page()) as pieces:
            async for piece in pieces:
                old, new = piece[:passed], piece[passed:]
                passed, again = passed - len(old), zlib.crc32(old, again)
                if not passed and again != sum_:
                    raise ValueError("another page than before")
                if new:
                    yield new
        if passed:
            raise ValueError("a shorter page than before")

    async def _strand(self, index: int) -> Strand:
        if index not in self._strands:
            heavy = self._clock() - self._began > self._limits.cpu_seconds / HEAVY
            await self._open(index, 1 if not index or heavy else min(self._size * GROWTH, self._most))
        return self._strands[index]

    async def _open(self, index: int, size: int) -> None:
        """Run for `size` pages from `index` on, fewer where they would take too many runs."""
        await self._batch.aclose()
        self._batch, self._strands = AsyncExitStack(), {}
        kinds: dict[tuple[str, ...], list[int]] = {}
        for place in range(index, min(index + size, len(self._sheets))):
            kind = self._sheets[place].manner
            if kind not in kinds and len(kinds) == MOST_KINDS:
                break
            kinds.setdefault(kind, []).append(place)
        self._size, self._began = size, self._clock()
        for places in kinds.values():
            sheets = [self._sheets[place] for place in places]
            words = command([MUTOOL, *sheets[0].arguments(INPUT, [sheet.number for sheet in sheets])], self._limits)
            run = await self._batch.enter_async_context(running(words, self._kept, phrases=PHRASES))
            self._strands.update(dict.fromkeys(places, Strand(run, sheets)))
