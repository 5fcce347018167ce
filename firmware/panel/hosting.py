"""A page of the station on the air: its socket, its connections, its start address; again and again where it fails."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from firmware.errors import LockgateError
from firmware.panel.address import Address, Wire
from firmware.panel.connection import Connection, Room
from firmware.panel.doorway import Doorway, opened
from firmware.panel.entry import Entry
from firmware.panel.guard import START, Guard, fault, finish
from firmware.panel.streams import Streams
from hal.ports.clock import Clock

MOST_FORM = 16 * 1024
"""Bytes of a form."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a page that failed is tried again: twice as many each time."""
CALM_SECONDS = 60.0
"""A page that was there for so long begins with the first pause again."""
FAREWELL_SECONDS = 1.0
FAREWELL_TURNS = 20


class Page(Protocol):
    """What is served: its routes, and its event streams."""

    @property
    def streams(self) -> Streams: ...

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """All but the start address."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """Where a page answers and who may come: `judge` and `tls` are of a page in the LAN, `names` this machine's.
    `directory` is where its start address is left; `tell` writes a line of the journal."""

    entry: Entry
    address: Address
    directory: Path
    tell: Callable[[str], None]
    tls: ssl.SSLContext | None = None
    judge: Callable[[web.Request], None] | None = None
    names: frozenset[str] = frozenset()


@asynccontextmanager
async def hosted(page: Page, host: Host, room: Room | None = None) -> AsyncIterator[int]:
    """Serve it until the block ends; gives the port (0: a Unix socket). Raises `DoorwayError`, `EntryError`."""
    room = Room() if room is None else room
    listener = opened(host.address)
    name = listener.getsockname()
    port = 0 if isinstance(name, str) else int(name[1])
    guard = Guard(host.entry, replace(host.address, port=port), port, host.tell, host.names, host.judge)
    runner = _runner(page, guard)
    doorway = Doorway(listener, lambda: Connection(_manager(runner), room), host.tls)
    async with AsyncExitStack() as ending:
        ending.push_async_callback(_emptied, room)
        ending.push_async_callback(runner.cleanup)
        ending.callback(page.streams.end)
        ending.push_async_callback(doorway.close)
        await runner.setup()
        accepting = asyncio.ensure_future(doorway.keep_on())
        ending.push_async_callback(_ended, accepting)
        file = None if host.judge is not None else host.entry.write(host.directory, _origin(host.address, port))
        if file is not None:
            ending.callback(host.entry.remove, host.directory)
        host.tell(_announced(host, port, file))
        yield port


async def _ended(task: "asyncio.Future[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _runner(page: Page, guard: Guard) -> web.AppRunner:
    app = web.Application(client_max_size=MOST_FORM, middlewares=[guard.middleware])
    app.on_response_prepare.append(finish)
    app.add_routes([web.get(START + "{secret}", guard.start, allow_head=False), *page.routes(guard)])
    return web.AppRunner(app, access_log=None, shutdown_timeout=FAREWELL_SECONDS)


def _manager(runner: web.AppRunner) -> web.Server:
    if runner.server is None:
        raise ConnectionError("the page is being closed")
    return runner.server


def _origin(address: Address, port: int) -> str:
    """Before the path of a start address; nothing where a technician's machine decides under which name it is seen."""
    return "" if address.wire is Wire.UNIX else f"{address.scheme}://{address.at(port)}"


def _announced(host: Host, port: int, file: Path | None) -> str:
    where = host.address.where if port == 0 else f"{host.address.scheme}://{host.address.at(port)}/"
    begin = f", begin at the address in {file}" if file is not None else ", with an administrator's certificate"
    return f"{host.entry.name} at {where}{begin}"


async def _emptied(room: Room) -> None:
    """What was closed politely would still wait for the peer's farewell when the loop ends."""
    room.clear()
    for _ in range(FAREWELL_TURNS):
        if not len(room):
            return
        await asyncio.sleep(0)


async def keep_hosting(
    name: str, serve: Callable[[], Coroutine[Any, Any, None]], clock: Clock, tell: Callable[[str], None]
) -> None:
    """Until it is cancelled: whatever fails of a page is told and tried again, and never stops a station."""
    pause = FIRST_PAUSE
    while True:
        began = clock.monotonic()
        try:
            await serve()
        except LockgateError as exc:
            trouble = str(exc)
        except Exception as exc:  # noqa: BLE001 - a dispatcher: told by type and place
            trouble = fault(exc)
        else:
            trouble = "it has ended"
        pause = FIRST_PAUSE if clock.monotonic() - began >= CALM_SECONDS else pause
        tell(f"{name} failed, and is tried again in {pause:g} s: {trouble}")
        await clock.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
