"""The bundle on this machine's own loopback, for RAUC alone: it fetches ranges over HTTP, and cannot use a key that
stays in the key store. Whoever does not know the path, which is new each time, gets nothing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from firmware.errors import LockgateError
from firmware.updates.blocks import BLOCK, Blocks
from hal.ports.errors import DeviceError
from hal.ports.random_source import RandomSource

_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})", re.ASCII)


@asynccontextmanager
async def served(blocks: Blocks, random: RandomSource) -> AsyncIterator[str]:
    """The URL, while the context lasts. Raises `OSError`."""
    path = f"/{random.token(16).hex()}.raucb"

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _answer(request, blocks)

    app = web.Application()
    app.router.add_route("GET", path, answer)
    app.router.add_route("HEAD", path, answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
    finally:
        await runner.cleanup()
        await blocks.aclose()


async def _answer(request: web.Request, blocks: Blocks) -> web.StreamResponse:
    """Whole or one range (RFC 9110 14)."""
    start, stop, status = 0, blocks.size, 200
    if found := _RANGE.fullmatch(request.headers.get("Range", "")):
        start, status = int(found[1]), 206
        stop = min(int(found[2]) + 1 if found[2] else stop, stop)
    if start >= stop:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{blocks.size}"})
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(stop - start),
        "Content-Type": "application/octet-stream",
    }
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{blocks.size}"
    response = web.StreamResponse(status=status, headers=headers)
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    try:
        piece = await blocks.read(start, min(stop - start, BLOCK))
    except (LockgateError, DeviceError):
        return web.Response(status=502)
    await response.prepare(request)
    if not await _sent(response, blocks, piece, (start + len(piece), stop)) and request.transport is not None:
        request.transport.abort()  # short, and RAUC sees that
    return response


async def _sent(response: web.StreamResponse, blocks: Blocks, piece: bytes, rest: tuple[int, int]) -> bool:
    """Whether all of it is."""
    offset, stop = rest
    await response.write(piece)
    try:
        while offset < stop:
            piece = await blocks.read(offset, min(stop - offset, BLOCK))
            offset += len(piece)
            await response.write(piece)
    except (LockgateError, DeviceError):
        return False
    return True
