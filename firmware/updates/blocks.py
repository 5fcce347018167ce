"""A bundle at the mesh as blocks that may be asked for in any order; they are nearly always asked for one by one."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator

from firmware.errors import LockgateError
from firmware.updates.source import UpdateSource
from firmware.updates.states import Offer
from hal.ports.installer import BundleEnds, InstallerError

LOG = logging.getLogger("lockgate.updates")
BLOCK = 2**20
KEPT = 8
"""Blocks in memory: what is read again soon. The last ones of a bundle stay besides: its hash tree is there, which is
read all the time."""
SKIPPED = 4
"""So many blocks are passed over rather than asking anew."""
MOST_BREAKS = 5
HEAD_BYTES = 4096
MOST_SIGNATURE = 64 * 1024


class Blocks:
    """`ends` gives the beginning and the signature, and from then on those very bytes stand in the bundle, whatever
    the mesh says later: what was looked at is what is installed."""

    def __init__(self, source: UpdateSource, offer: Offer) -> None:
        self._source, self._offer = source, offer
        self._one = asyncio.Lock()
        self._have: OrderedDict[int, bytes] = OrderedDict()
        self._last: dict[int, bytes] = {}
        self._stream: AsyncGenerator[bytes, None] | None = None
        self._next = 0
        self._pinned: tuple[bytes, bytes] | None = None

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self._offer.size

    async def ends(self) -> BundleEnds:
        """What says what the bundle is. Raises `InstallerError`, and what the source raises."""
        size = self.size
        length = int.from_bytes(await self.read(size - 8, 8), "big") if size > HEAD_BYTES + 8 else 0
        if not 0 < length <= min(MOST_SIGNATURE, size - HEAD_BYTES - 8):
            raise InstallerError("bundle-refused", "no signature at its end")
        head, tail = await self.read(0, HEAD_BYTES), await self.read(size - 8 - length, length + 8)
        self._pinned = head, tail
        return BundleEnds(size, head, tail)

    async def read(self, offset: int, length: int) -> bytes:
        """Raises what the source raises, and `InstallerError` bundle-unreadable where it breaks again and again."""
        pieces, end = [], min(offset + length, self.size)
        while offset < end:
            index, start = divmod(offset, BLOCK)
            pieces.append((await self._block(index))[start : start + end - offset])
            offset += len(pieces[-1])
        return b"".join(pieces)

    async def aclose(self) -> None:
        """Ends the stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def _block(self, index: int) -> bytes:
        async with self._one:
            found = self._last.get(index) or self._have.get(index)
            if found is None:
                found = self._as_seen(index, await self._fetched(index))
                self._keep(index, found)
            return found

    def _keep(self, index: int, block: bytes) -> None:
        blocks = -(-self.size // BLOCK)
        if index >= blocks - max(2, blocks // 64):  # a hash tree of SHA-256 over 4 KiB is less than a 100th
            self._last[index] = block
            return
        self._have[index] = block
        if len(self._have) > KEPT:
            self._have.popitem(last=False)

    def _as_seen(self, index: int, block: bytes) -> bytes:
        """With the bytes that were looked at."""
        if self._pinned is None:
            return block
        head, tail = self._pinned
        for at, piece in ((0, head), (self.size - len(tail), tail)):
            start, stop = max(at, index * BLOCK), min(at + len(piece), index * BLOCK + len(block))
            if start < stop:
                place = start - index * BLOCK
                block = block[:place] + piece[start - at : stop - at] + block[place + stop - start :]
        return block

    async def _fetched(self, index: int) -> bytes:
        wanted = min(BLOCK, self.size - index * BLOCK)
        for attempt in range(MOST_BREAKS):
            try:
                found = await self._streamed(index)
            except LockgateError as exc:
                await self.aclose()
                if attempt == MOST_BREAKS - 1:
                    raise
                LOG.info("the bundle broke off: %s", exc.code)
                continue
            if len(found) == wanted:
                return found
            await self.aclose()
        raise InstallerError("bundle-unreadable", "the mesh ends it too early")

    async def _streamed(self, index: int) -> bytes:
        if self._stream is None or not self._next <= index <= self._next + SKIPPED:
            await self.aclose()
            self._stream, self._next = self._source.bundle(self._offer, index * BLOCK), index
        chunk = b""
        while self._next <= index:
            chunk = await anext(self._stream, b"")
            self._next += 1
        return chunk
