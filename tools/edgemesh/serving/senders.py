"""A `Reply` onto the wire: JSON, bodies in large pieces read ahead off the event loop, events until the reader goes."""

import asyncio
import json
import socket
import sys
from contextlib import aclosing
from functools import partial

from aiohttp import web

from hal.ports.workers import Workers
from tools.edgemesh.interface.exchange import SERVER_HEADERS, FileRange, Reply

PIECE = 2**20
"""Bytes read and written at once: measured, a body of 500 MB goes out eight times as fast as in small pieces."""
SILENT_READER_MS = 30_000
"""How long the reader of an event stream may leave what was sent unacknowledged."""
STALL_SECONDS = 300.0
"""How long a reader may take nothing at all: a station waits for its printer, and may resume with a range."""


async def send(request: web.BaseRequest, reply: Reply, workers: Workers) -> web.StreamResponse:
    """Send it; what is returned is ready or sent already."""
    if reply.file is not None:
        return await _send_file(request, reply, reply.file, workers)
    if reply.events is not None:
        return await _send_events(request, reply)
    headers = SERVER_HEADERS | dict(reply.headers)
    if reply.json is None:
        return web.Response(status=reply.status, headers=headers)
    body = json.dumps(reply.json, separators=(",", ":")).encode()
    return web.Response(status=reply.status, body=body, content_type=reply.media_type, headers=headers)


async def _send_file(request: web.BaseRequest, reply: Reply, file: FileRange, workers: Workers) -> web.StreamResponse:
    response = _begun(reply)
    response.content_length = file.length
    try:
        await response.prepare(request)
        await _pump(response, file, workers)
    except (OSError, TimeoutError):  # the reader or the disk is gone: only a broken connection can say so now
        if request.transport is not None:
            request.transport.abort()
        raise
    finally:
        file.body.close()
    await response.write_eof()
    return response


async def _pump(response: web.StreamResponse, file: FileRange, workers: Workers) -> None:
    offset, end = file.start, file.start + file.length
    ahead = asyncio.ensure_future(workers.run(partial(_read, file, offset)))
    try:
        while offset < end:
            piece = await ahead
            offset += len(piece)
            if offset < end:
                ahead = asyncio.ensure_future(workers.run(partial(_read, file, offset)))
            async with asyncio.timeout(STALL_SECONDS):
                await response.write(piece)
    finally:
        await asyncio.wait([ahead])  # it uses the file that is closed next


def _read(file: FileRange, offset: int) -> bytes:
    wanted = min(PIECE, file.start + file.length - offset)
    piece = file.body.read(offset, wanted)
    if len(piece) != wanted:
        raise OSError("the body is shorter than it was")
    return piece


async def _send_events(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    response = _begun(reply)
    await response.prepare(request)
    _notice_silence(request)
    if reply.events is None:
        return response
    async with aclosing(reply.events) as events:  # type: ignore[type-var]  # every stream of events is a generator
        async for block in events:
            await response.write(block)
    return response


def _notice_silence(request: web.BaseRequest) -> None:
    """A reader whose network is gone counts as one stream until TCP gives up on it: after a quarter of an hour, if
    nobody says otherwise. Heartbeats see to it that there is always something to acknowledge."""
    connection = request.get_extra_info("socket")
    if sys.platform == "linux" and connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_READER_MS)


def _begun(reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=SERVER_HEADERS | dict(reply.headers))
    response.content_type = reply.media_type
    return response
