"""A page on the air for a test, the station behind it being a desk and its core; and peers that are no browser."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from firmware.core.events import Event
from firmware.core.machine import Core
from firmware.panel.address import parse_panel
from firmware.panel.connection import Room
from firmware.panel.desk import Desk
from firmware.panel.entry import Entry
from firmware.panel.hosting import Host
from firmware.panel.server import PanelServer, serving
from firmware.panel.streams import Streams
from hal.drivers.system_clock import SystemClock
from hal.sim.random_source import SeededRandom

PATIENCE = 30.0


@dataclass
class Site:
    """`origin` is where it answers, `start` the path to begin at."""

    origin: str
    start: str
    entry: Entry
    desk: Desk
    server: PanelServer
    posted: list[Event]
    lines: list[str]
    room: Room

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    @property
    def cookie(self) -> str:
        return f"{self.entry.cookie_name}={self.entry.cookie}"


@dataclass
class Told:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Browser:
    """One that keeps to nothing that a browser keeps to: each header is the test's."""

    site: Site
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, data: object = None, **headers: str) -> Told:
        """One request on a connection of its own. An empty header is not sent."""
        said = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(
                method,
                self.site.origin + path,
                data=data,
                headers={name: value for name, value in said.items() if value},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(PATIENCE),
            ) as answer,
        ):
            return Told(answer.status, dict(answer.headers), await answer.text())


def own(site: Site) -> Browser:
    """The kiosk's, which was at the start address."""
    return Browser(site, {"Cookie": site.cookie, "Sec-Fetch-Site": "same-origin", "Origin": ""})


@asynccontextmanager
async def panel(
    directory: Path,
    listen: str = "tcp:127.0.0.1:0",
    streams: Streams | None = None,
    room: Room | None = None,
    desk: Desk | None = None,
) -> AsyncIterator[Site]:
    """On the air until the block ends, with a `desk` at which nobody stands, or the given one."""
    posted: list[Event] = []
    lines: list[str] = []
    clock = SystemClock()
    desk = Desk(Core(), posted.append, clock) if desk is None else desk
    server = PanelServer(desk, clock, streams=streams)
    entry = Entry.made("panel", SeededRandom(1))
    room = Room() if room is None else room
    host = Host(entry, parse_panel(listen), directory, lines.append)
    async with serving(server, host, room) as port:
        yield Site(f"http://127.0.0.1:{port}", entry.path, entry, desk, server, posted, lines, room)


async def raw(site: Site, data: bytes) -> bytes:
    """All that comes back for these bytes until the page hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        writer.write(data)
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for `condition()`."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - it is not told: it is looked at
            await asyncio.sleep(0.005)
    assert condition(), what
