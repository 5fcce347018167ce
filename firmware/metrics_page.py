"""The metrics on the air: one path, read and nothing else, again and again where its socket fails."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from firmware.metrics import CONTENT_TYPE
from firmware.panel.address import Address, Wire, parse_metrics
from hal.ports.clock import Clock

AGAIN_SECONDS = 60.0
PATH = "/metrics"


async def keep_metrics(listen: str, text: Callable[[], str], clock: Clock, tell: Callable[[str], None]) -> None:
    """For ever. What fails is told, and tried again: no station stops for its metrics."""
    address, told = parse_metrics(listen), ""
    while True:
        try:
            async with measured(address, text):
                told = ""
                while True:
                    await clock.sleep(AGAIN_SECONDS)
        except OSError as exc:
            if told != (told := f"metrics: {listen}: {exc.strerror}"):
                tell(told)
        await clock.sleep(AGAIN_SECONDS)


@asynccontextmanager
async def measured(address: Address, text: Callable[[], str]) -> AsyncIterator[int]:
    """Answer within the block; gives the port (0: a Unix socket). Raises `OSError`."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=text().encode(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})

    app = web.Application(client_max_size=1)
    app.router.add_get(PATH, answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        if address.wire is Wire.UNIX:
            await web.UnixSite(runner, address.where).start()
            yield 0
        else:
            await web.TCPSite(runner, address.where, address.port).start()
            yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
