"""The document as the printer pulls it: exactly one segment prepared ahead, and a gate before the first byte leaves."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Self


class Document:
    """An async iterator over the plaintext of `source`, to be used inside its own context.

    A task prepares segment k+1 while the printer sends segment k, and no more than that. It is an object with a task
    and not a chain of generators, because a printer's transfer may be broken off while it is inside `anext`: a
    generator cannot be closed then, a task can. `gate` is awaited once, with the first segment authenticated and
    before it is handed over (or with the end, where there is none); what it raises ends the document."""

    def __init__(self, source: AsyncGenerator[bytes, None], gate: Callable[[], Awaitable[None]]) -> None:
        self._source = source
        self._gate = gate
        self._slot: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._preparing: asyncio.Task[None] | None = None
        self._open = False
        self.handed_over = 0
        """Plaintext bytes that the printer has taken."""
        self.is_over = False
        """Whether its end has been given to the printer: then nothing of it is left to send."""
        self.is_awaited = False
        """Whether the printer waits for a segment now: then it is not the printer that is slow."""

    async def __aenter__(self) -> Self:
        self._preparing = asyncio.create_task(self._prepare())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._preparing:
            self._preparing.cancel()
            await asyncio.gather(self._preparing, return_exceptions=True)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self.is_awaited = True
        segment = await self._slot.get()
        self._slot.task_done()
        if segment is None:
            self._slot.put_nowait(None)  # whoever asks again is told again
            await self._why_it_ended()
        if not self._open:
            await self._gate()
            self._open = True
        if segment is None:
            self.is_awaited, self.is_over = False, True
            raise StopAsyncIteration
        self.handed_over += len(segment)
        self.is_awaited = False
        return segment

    async def _prepare(self) -> None:
        try:
            async with aclosing(self._source) as segments:
                async for segment in segments:
                    self._slot.put_nowait(segment)
                    await self._slot.join()  # until the printer took it: one ahead, not two
        finally:
            self._slot.put_nowait(None)

    async def _why_it_ended(self) -> None:
        if self._preparing:
            await asyncio.shield(self._preparing)
