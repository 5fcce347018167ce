"""The panel's web server: one page, the events that change it, and what a finger on it asks for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from firmware.panel import verbs
from firmware.panel.address import parse_panel
from firmware.panel.connection import Room
from firmware.panel.entry import Entry, start_directory
from firmware.panel.guard import Guard
from firmware.panel.hosting import Host, hosted, keep_hosting
from firmware.panel.lobby import Lobby
from firmware.panel.render import HERE, Renderer
from firmware.panel.streams import Streams, event
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource

if TYPE_CHECKING:
    from firmware.panel.desk import Desk

NAME: Final = "panel"
KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class Statics:
    """The files of a directory, read once and given out by their exact names: no path of a request is ever opened."""

    def __init__(self, directory: Path) -> None:
        files = (file for file in directory.rglob("*") if file.suffix in KINDS and file.is_file())
        found = ((file.relative_to(directory).as_posix(), file) for file in files)
        self._files = {name: (file.read_bytes(), KINDS[file.suffix]) for name, file in found}

    async def give(self, request: web.Request) -> web.Response:
        """404 for every other name."""
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found[0], content_type=found[1], charset=None if "svg" in found[1] else "utf-8")


class PanelServer:
    """Serves one desk, or the lobby before it."""

    def __init__(
        self, desk: "Desk | Lobby", clock: Clock, renderer: Renderer | None = None, streams: Streams | None = None
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._renderer = renderer or Renderer()
        self._statics = Statics(HERE / "static")
        self.streams = Streams() if streams is None else streams

    def routes(self, _guard: Guard) -> list[web.RouteDef]:
        """The routes."""
        return [
            web.get("/", self._page, allow_head=False),
            web.get("/events", self._events, allow_head=False),
            web.get("/static/{name:.+}", self._statics.give, allow_head=False),
            web.post("/do/{act}", self._do),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        body = self._renderer.page(self._desk.view, self._clock.monotonic())
        return web.Response(text=body, content_type="text/html")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await self.streams.send(request, self._screens())

    async def _screens(self) -> AsyncIterator[bytes]:
        async for view in self._desk.views():
            screen = event("screen", self._renderer.screen(view, self._clock.monotonic()))
            del view  # nothing of a person is kept in a loop that waits
            yield screen
            del screen

    async def _do(self, request: web.Request) -> web.Response:
        desk = self._desk
        return await verbs.answer(desk.reached if isinstance(desk, Lobby) else desk, request)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the panel needs of the station: `listen` as configured, the directory of the start address's file, and how
    a line of the journal is written."""

    listen: str
    directory: Path
    clock: Clock
    random: RandomSource
    tell: Callable[[str], None]

    @classmethod
    def of(
        cls, listen: str, data_dir: str, clock: Clock, random: RandomSource, tell: Callable[[str], None]
    ) -> "Surroundings":
        """With the directory where the service has it."""
        return cls(listen, start_directory(data_dir), clock, random, tell)

    def host(self) -> Host:
        """With a new start address. Raises `AddressError`."""
        return Host(Entry.made(NAME, self.random), parse_panel(self.listen), self.directory, self.tell)


@asynccontextmanager
async def serving(server: PanelServer, host: Host, room: Room | None = None) -> AsyncIterator[int]:
    """Served until the block ends; gives the port. Raises `DoorwayError`, `EntryError`."""
    async with hosted(server, host, room) as port:
        yield port


async def serve(desk: "Desk | Lobby", around: Surroundings, renderer: Renderer | None = None) -> None:
    """Until it is cancelled, whatever happens to the page. Raises `AddressError`."""
    host = around.host()

    async def once() -> None:
        async with serving(PanelServer(desk, around.clock, renderer), host):
            await asyncio.Event().wait()

    await keep_hosting(NAME, once, around.clock, around.tell)
