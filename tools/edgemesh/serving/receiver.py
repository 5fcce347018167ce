"""Taking one body off the wire: exactly so many bytes, in bounded memory, written and synced off the event loop."""

from collections.abc import AsyncIterator
from functools import partial

from hal.ports.workers import Workers
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.bodies import BodySink

BATCH_BYTES = 2**20
"""Chunks are gathered to about this much before a thread is asked to write them."""


async def fill(sink: BodySink, size: int, stream: AsyncIterator[bytes], workers: Workers) -> str:
    """Write `size` bytes of `stream` and sync them; their SHA-256 in hex. The caller commits or aborts. Raises
    `Problem`: body-length, mesh-full, store-failed, and what the stream raises."""
    batch, received = bytearray(), 0
    async for chunk in stream:
        received += len(chunk)
        if received > size:
            raise Problem("body-length", f"more than {size} bytes came")
        batch += chunk
        if len(batch) >= BATCH_BYTES:
            full, batch = bytes(batch), bytearray()
            await workers.run(partial(sink.write, full))
    if received != size:
        raise Problem("body-length", f"{received} of {size} bytes came")
    await workers.run(partial(sink.write, bytes(batch)))
    return await workers.run(sink.sync)
