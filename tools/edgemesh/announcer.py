"""Server-sent events (WHATWG HTML 9.2) out of the store: a reader that reconnects with its last id misses nothing."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator

from tools.edgemesh.storage.records import Announcement
from tools.edgemesh.storage.stores import JobStore
from tools.edgemesh.turns import Turns

HEARTBEAT_SECONDS = 10.0
PAUSE_SECONDS = 0.2
"""Whoever was told something is told the next thing no sooner: of many changes at once, every reader hears in a few
pieces. All readers look at the same moments, so what they are told is read once."""
LIST_CHANGED = "deny-list-changed"
_BATCH = 100


class Announcer(Turns):
    """Hands the log of announcements to any number of readers; whatever is logged, or ended, wakes them."""

    def __init__(self, store: JobStore) -> None:
        super().__init__()
        self._store = store
        self._read: tuple[int, int, int, bytes] = (0, -1, 0, b"")

    def announce_list(self, number: int) -> None:
        """Tell that there is another deny list."""
        self._store.announce(LIST_CHANGED, str(number))
        self.wake()

    async def stream(self, after: int | None, rung: deque[bytes] | None = None) -> AsyncIterator[bytes]:
        """Blocks of an event stream, without end: those later than `after`, or from now on when it is None. The
        first block only tells where the stream stands, so that a reader cut off before its first event can resume.
        `rung` are blocks for this reader alone, out of no store, that come between."""
        rung = deque() if rung is None else rung
        last = self._store.last_announcement() if after is None else min(after, self._store.last_announcement())
        yield f"id: {last}\n\n".encode()
        while True:
            turn = self.turn
            while rung:
                yield rung.popleft()
            last, blocks = self._later(last)
            if blocks:
                yield blocks
                await _pause()
            elif not await self.past(turn, HEARTBEAT_SECONDS):
                yield b": heartbeat\n\n"

    def _later(self, last: int) -> tuple[int, bytes]:
        """What was logged after `last`, and where that ends; read once for all readers that stand at one place."""
        turn, begin, end, blocks = self._read
        if (turn, begin) != (self.turn, last):
            batch = self._store.announcements(last, _BATCH)
            end, blocks = batch[-1].event_id if batch else last, b"".join(map(_block, batch))
            self._read = self.turn, last, end, blocks
        return end, blocks


async def _pause() -> None:
    await asyncio.sleep(PAUSE_SECONDS - asyncio.get_running_loop().time() % PAUSE_SECONDS)


def _block(entry: Announcement) -> bytes:
    about = {"number": int(entry.job_id)} if entry.kind == LIST_CHANGED else {"job": entry.job_id}
    data = json.dumps(about, separators=(",", ":"))
    return f"id: {entry.event_id}\nevent: {entry.kind}\ndata: {data}\n\n".encode()
