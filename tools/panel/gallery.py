"""A server that shows each scene as the panel's own renderer draws it, with the panel's own headers and files."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web

from firmware.panel.guard import HEADERS
from firmware.panel.languages import Languages
from firmware.panel.render import HERE, Place, Renderer
from firmware.panel.speech import Speeches
from tools.panel.scenes import NOW, TODAY, scene

CONTACT = "Help desk, 4711"


@dataclass(frozen=True)
class Gallery:
    """Serves at `url`."""

    url: str

    def address(self, name: str, language: str = "", *, contrast: bool = False, large: bool = False) -> str:
        """Where a scene is seen."""
        asked = {"language": language, "contrast": "1" * contrast, "large": "1" * large}
        return f"{self.url}/scenes/{name}?{urlencode(asked)}"


@dataclass
class _Running:
    """What the thread hands over once it serves."""

    speeches: Speeches
    url: str = ""
    is_ready: threading.Event = field(default_factory=threading.Event)
    end: Callable[[], object] = bool

    async def serve(self) -> None:
        """Until `end` is called, from any thread."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        runner = web.AppRunner(_app(self.speeches), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self.end = lambda: loop.call_soon_threadsafe(ended.set)
            self.is_ready.set()
            await ended.wait()
        finally:
            await runner.cleanup()


def _app(speeches: Speeches) -> web.Application:
    renderer = Renderer(speeches, Place(CONTACT, "right"), lambda: TODAY)

    async def page(request: web.Request) -> web.Response:
        asked = request.query
        manner = {name: bool(asked.get(name)) for name in ("contrast", "large")}
        view = scene(request.match_info["name"], asked.get("language", ""), **manner)
        return web.Response(text=renderer.page(view, NOW), content_type="text/html", headers=HEADERS)

    app = web.Application()
    app.router.add_get("/scenes/{name}", page)
    app.router.add_get("/events", _silent)
    app.router.add_static("/static", HERE / "static")
    return app


async def _silent(request: web.Request) -> web.StreamResponse:
    """Nothing ever happens."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await asyncio.Event().wait()
    return response


@contextmanager
def gallery(speeches: Speeches | None = None) -> Iterator[Gallery]:
    """Open until the block ends; in the station's languages unless it is given others."""
    running = _Running(speeches or Languages())
    thread = threading.Thread(target=lambda: asyncio.run(running.serve()))
    thread.start()
    running.is_ready.wait()
    try:
        yield Gallery(running.url)
    finally:
        running.end()
        thread.join()
