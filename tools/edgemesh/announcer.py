"""Server-sent events (WHATWG HTML 9.2) out of the store: a reader that reconnects with its last id misses nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

from tools.edgemesh.records import Announcement
from tools.edgemesh.stores import JobStore

HEARTBEAT_SECONDS = 10.0
_BATCH = 100


class Announcer:
    """Hands the log of announcements to any number of readers."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._changed = asyncio.Event()
        self.turn = 0

    def wake(self) -> None:
        """Something was logged, or ended: let everybody look."""
        self.turn += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def past(self, turn: int, seconds: float) -> bool:
        """Wait for a `wake` after `turn`; False when none came within so many seconds."""
        if self.turn == turn:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
        return self.turn != turn

    async def stream(self, after: int | None) -> AsyncIterator[bytes]:
        """Blocks of an event stream, without end: those later than `after`, or from now on when it is None. The
        first block only tells where the stream stands, so that a reader cut off before its first event can resume."""
        last = self._store.last_announcement() if after is None else min(after, self._store.last_announcement())
        yield f"id: {last}\n\n".encode()
        while True:
            turn = self.turn
            batch = self._store.announcements(last, _BATCH)
            for entry in batch:
                yield _block(entry)
                last = entry.event_id
            if not batch and not await self.past(turn, HEARTBEAT_SECONDS):
                yield b": heartbeat\n\n"


def _block(entry: Announcement) -> bytes:
    data = json.dumps({"job": entry.job_id}, separators=(",", ":"))
    return f"id: {entry.event_id}\nevent: {entry.kind}\ndata: {data}\n\n".encode()
