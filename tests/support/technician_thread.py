"""The technician's page on a thread of its own, forwarded to a port as ssh forwards it: for a browser."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.panel_site import PATIENCE
from tests.support.technician_site import Inner, technician


@dataclass
class Forwarded:
    """`origin` is the technician's own machine's, `start` the address to begin at there."""

    inner: Inner
    loop: asyncio.AbstractEventLoop
    origin: str
    start: str

    def tap(self, card: str) -> None:
        """A badge at the reader, which the station takes."""

        async def tapped() -> None:
            self.inner.box.reader.tap(card)
            await self.inner.read()

        asyncio.run_coroutine_threadsafe(tapped(), self.loop).result(PATIENCE)


@contextmanager
def forwarded(directory: Path) -> Iterator[Forwarded]:
    """On the air until the block ends."""
    ready: Future[Forwarded] = Future()
    over: Future[asyncio.Event] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(directory, ready, over)))
    thread.start()
    try:
        made = ready.result(PATIENCE)
        yield made
    finally:
        made.loop.call_soon_threadsafe(over.result(PATIENCE).set)
        thread.join(PATIENCE)


async def _serve(directory: Path, ready: "Future[Forwarded]", over: "Future[asyncio.Event]") -> None:
    end, tasks = asyncio.Event(), set[asyncio.Task[None]]()
    over.set_result(end)
    async with technician(directory) as somebody:

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_unix_connection(somebody.socket)
            tasks.add(asyncio.ensure_future(_copy(there, writer)))
            await _copy(reader, back)

        async with await asyncio.start_server(forward, "127.0.0.1", 0, family=socket.AF_INET) as server:
            origin = f"http://localhost:{server.sockets[0].getsockname()[1]}"
            start = (directory / "technician-start").read_text(encoding="ascii").strip()
            ready.set_result(Forwarded(somebody.inside, asyncio.get_running_loop(), origin, origin + start))
            await end.wait()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
