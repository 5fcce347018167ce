"""The body on its way in: fetched with resumption, authenticated and opened off the loop, segment by segment."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from firmware.mesh.messages import Grant
from firmware.mesh.port import Mesh, MeshError, MeshUnreachableError
from firmware.vault.stream import BodyOpener
from hal.ports.clock import Clock
from hal.ports.workers import Workers

RESUME_AFTER = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each new connection in a row that follows one without a whole segment. A printer that is kept
waiting for much longer gives up by itself."""

SERVER_FAILED = 500


async def opened(
    mesh: Mesh, grant: Grant, opener: BodyOpener, *, workers: Workers, clock: Clock
) -> AsyncGenerator[bytes, None]:
    """The authenticated plaintext of a granted body, in segments of at most 1 MiB. The last one is given only once the
    end of the body was seen with nothing behind it.

    A connection that breaks or ends too early is taken up again at the first segment not yet opened, for as long as
    that brings segments, and a few times more. Raises the vault's `StreamError`, the mesh's errors."""
    last, waits = b"", iter(RESUME_AFTER)
    while (border := opener.offset) < grant.size:
        broken: MeshError | MeshUnreachableError | None = None
        try:
            async with _closing(mesh.body(grant, border)) as chunks:
                async for chunk in chunks:
                    segments = await workers.run(partial(opener.feed, chunk))
                    if segments and opener.offset >= grant.size:
                        last = segments.pop()
                    for segment in segments:
                        yield segment
        except (MeshError, MeshUnreachableError) as exc:
            broken = exc
        if opener.offset < grant.size:
            waits = iter(RESUME_AFTER) if opener.offset > border else waits
            await _pause(waits, broken, opener, clock)
    opener.finish()
    if last:
        yield last


async def _pause(
    waits: Iterator[float], broken: MeshError | MeshUnreachableError | None, opener: BodyOpener, clock: Clock
) -> None:
    """Wait before the next connection, or raise what ended the last one when there is to be none."""
    wait = None if isinstance(broken, MeshError) and broken.status < SERVER_FAILED else next(waits, None)
    if wait is None:
        if broken:
            raise broken
        opener.finish()  # raises `body-truncated`
    else:
        opener.restart()
        await clock.sleep(wait)


@asynccontextmanager
async def _closing(chunks: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
    """Close a generator at once when we stop in its middle: it may hold a connection."""
    try:
        yield chunks
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
