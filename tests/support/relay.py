"""A TCP relay that cuts: whatever runs through it, TLS too, ends after so many bytes from the client."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Relay:
    """Counts over all connections: `cut_after` bytes towards the server, every connection ends."""

    def __init__(self, target: int, cut_after: int, *, reset: bool) -> None:
        self._target = target
        self._left = cut_after
        self._reset = reset
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        answers = asyncio.create_task(self._copy(there, writer))
        try:
            await self._forward(reader, back)
        finally:
            for end in (writer, back):
                await self._close(end)
            await asyncio.gather(answers, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while self._left > 0 and (data := await reader.read(min(65536, self._left))):
                self._left -= len(data)
                back.write(data)
                await back.drain()

    async def _copy(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _close(self, writer: asyncio.StreamWriter) -> None:
        if self._reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def end(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def relay(target: int, cut_after: int, *, reset: bool) -> AsyncIterator[int]:
    """The port of a relay to `target` on the loopback."""
    middle = Relay(target, cut_after, reset=reset)
    server = await asyncio.start_server(middle.accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await middle.end()
