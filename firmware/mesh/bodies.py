"""A sealed body or the announcements over a transport: what may be asked for, and what answer is the right one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firmware.mesh.answers import problem
from firmware.mesh.port import MeshProtocolError
from firmware.mesh.transport import CHUNK, EVENT_STREAM, Reply, StreamReply, Transport, media_type

_BODY = "application/octet-stream"
_PROBLEM_BYTES = 64 * 1024


@asynccontextmanager
async def body(transport: Transport, url: str, offset: int, size: int) -> AsyncIterator[AsyncIterator[bytes]]:
    """The ciphertext of `size` bytes at `url` from `offset` on, in chunks of CHUNK bytes counted from there."""
    headers = {"Accept": _BODY, **({"Range": f"bytes={offset}-"} if offset else {})}
    async with transport.stream("GET", url, headers) as reply:
        await _require(reply, 206 if offset else 200, _BODY)
        _require_length(reply, offset, size)
        yield _in_chunks(reply.chunks, size - offset)


@asynccontextmanager
async def announcements(transport: Transport, after: int) -> AsyncIterator[AsyncIterator[bytes]]:
    """The bytes of the event stream after event `after`; 0: from now on."""
    headers = {"Accept": EVENT_STREAM, **({"Last-Event-ID": str(after)} if after else {})}
    async with transport.stream("GET", "/v1/events", headers) as reply:
        await _require(reply, 200, EVENT_STREAM)
        yield reply.chunks


async def _require(reply: StreamReply, status: int, kind: str) -> None:
    given = media_type(reply.headers.get("content-type", ""))
    if reply.status != status:
        raise problem(Reply(reply.status, given, await _start(reply.chunks)))
    if given != kind or reply.headers.get("content-encoding", "identity") != "identity":
        raise MeshProtocolError(f"status {status} without {kind}")


def _require_length(reply: StreamReply, offset: int, size: int) -> None:
    """The announced range and length must be those that were asked for (RFC 9110, 14.4)."""
    if offset and reply.headers.get("content-range") != f"bytes {offset}-{size - 1}/{size}":
        raise MeshProtocolError("another range of the body than was asked for")
    if reply.headers.get("content-length", str(size - offset)) != str(size - offset):
        raise MeshProtocolError("another length of the body than was granted")


async def _start(chunks: AsyncIterator[bytes]) -> bytes:
    """The first part of an answer that is no body: all of a problem document, not all of anything."""
    start = bytearray()
    async for chunk in chunks:
        start += chunk
        if len(start) > _PROBLEM_BYTES:
            break
    return bytes(start[:_PROBLEM_BYTES])


async def _in_chunks(chunks: AsyncIterator[bytes], expected: int) -> AsyncIterator[bytes]:
    """The same bytes in pieces of CHUNK; whole pieces pass through uncopied. Never more than `expected` bytes."""
    pending = bytearray()
    async for chunk in chunks:
        expected -= len(chunk)
        if expected < 0:
            raise MeshProtocolError("more of the body than was granted")
        if not pending and len(chunk) == CHUNK:
            yield chunk
            continue
        pending += chunk
        while len(pending) >= CHUNK:
            yield bytes(pending[:CHUNK])
            del pending[:CHUNK]
    if pending:
        yield bytes(pending)
