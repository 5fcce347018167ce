"""Server-sent events (WHATWG HTML 9.2) to the browsers before a page: only what is newest, and nothing for one who does
not read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from aiohttp import web

from firmware.errors import LockgateError

MOST_STREAMS = 6
"""At one page. The oldest ends for a new one: a browser that was closed without a word holds none."""
HEARTBEAT_SECONDS = 15.0
STALL_SECONDS = 20.0
"""Within which a browser has to take what it is sent."""
HEARTBEAT = b": still here\n\n"


def event(name: str, data: str) -> bytes:
    """One event."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"event: {name}\n{lines}\n".encode()


class Streams:
    """The event streams of one page. `still_may` is asked at each heartbeat; it raises `LockgateError` to end one."""

    def __init__(
        self,
        most: int = MOST_STREAMS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._most, self._heartbeat, self._stall = most, heartbeat_seconds, stall_seconds
        self._open: dict[asyncio.Task[None], None] = {}

    def __len__(self) -> int:
        return len(self._open)

    async def send(
        self,
        request: web.Request,
        events: AsyncIterator[bytes],
        still_may: Callable[[web.Request], None] | None = None,
    ) -> web.StreamResponse:
        """As long as the browser takes them. The next event is asked for once the last one has gone."""
        if len(self._open) >= self._most:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.cancel()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        task = asyncio.ensure_future(self._pumped(request, response, events, still_may))
        self._open[task] = None
        task.add_done_callback(lambda done: self._open.pop(done, None))
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if request.transport is not None:
                request.transport.abort()
        if not task.cancelled() and (failure := task.exception()) is not None:
            raise failure
        raise ConnectionError("the stream is over")

    def end(self) -> None:
        """Of all of them."""
        for task in list(self._open):
            task.cancel()

    async def _pumped(
        self,
        request: web.Request,
        response: web.StreamResponse,
        events: AsyncIterator[bytes],
        still_may: Callable[[web.Request], None] | None,
    ) -> None:
        coming: asyncio.Future[bytes] | None = None
        try:
            while True:
                if coming is None:
                    coming = asyncio.ensure_future(anext(events))
                await asyncio.wait({coming}, timeout=self._heartbeat)
                if still_may is not None:
                    still_may(request)
                chunk, coming = (coming.result(), None) if coming.done() else (HEARTBEAT, coming)
                async with asyncio.timeout(self._stall):
                    await response.write(chunk)
                    del chunk  # nothing of a person is kept in a loop that waits
                    await request.writer.drain()
        except (ConnectionError, TimeoutError, LockgateError):
            return
        finally:
            if coming is not None:
                coming.cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.gather(coming, return_exceptions=True)
