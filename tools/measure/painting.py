"""How soon something is painted in Chromium: at a station's panel after a tap, and, as a floor, the same words sent by
a bare server with the same libraries."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web
from playwright.sync_api import Page, expect

from firmware.panel.render import HERE
from tools.panel.browser import PATIENCE_MS, begin
from tools.panel.rig import Rig

WATCH = """() => {
  window.marks = {};
  const painted = name => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => { window.marks[name] = Date.now(); };
    after.port2.postMessage(0);
  });
  const see = () => {
    const screen = document.querySelector('[data-screen]')?.dataset.screen, found = new Set([screen]);
    const names = document.querySelectorAll('.name');
    if (names.length && [...names].every(one => one.querySelector('bdi'))) found.add('titles');
    for (const name of found) if (name && !(name in window.marks)) { window.marks[name] = 0; painted(name); }
  };
  window.watching?.disconnect();
  window.watching = new MutationObserver(see);
  window.watching.observe(document.getElementById('screen'), {childList: true, subtree: true});
}"""
"""Notes when each screen, and a list with all its titles, was first painted: a message posted in an animation frame
comes after it."""
WEIGHT = """() => performance.getEntries().filter(one => 'decodedBodySize' in one && !one.name.endsWith('/events'))
  .reduce((sum, one) => sum + one.decodedBodySize, 0)"""
BARE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Floor</title>
<meta name="htmx-config" content='{"includeIndicatorStyles":false}'>
<link rel="stylesheet" href="/static/panel.css">
<script src="/static/htmx.min.js" defer></script><script src="/static/htmx-sse.min.js" defer></script>
</head><body hx-ext="sse" sse-connect="/events"><main id="screen" sse-swap="screen"></main></body></html>"""


@dataclass(frozen=True, slots=True)
class Painted:
    """Milliseconds from the tap until it was painted: that the badge is being read, the list, the list with titles."""

    reading: float
    jobs: float
    titles: float


def visit(page: Page, rig: Rig, name: str) -> Painted:
    """One tap, until the list is there; then they leave."""
    page.evaluate(WATCH)
    tapped = rig.tap(name)
    marks = _marks(page, "titles")
    page.click("#leave")
    expect(page.locator('[data-screen="ready"]')).to_be_visible(timeout=PATIENCE_MS)
    return Painted(*((marks[one] / 1000 - tapped) * 1000 for one in ("reading", "jobs", "titles")))


def reading(page: Page, rig: Rig, name: str) -> float:
    """Milliseconds from a tap until its acknowledgement was painted; whoever tapped is still there then."""
    page.evaluate(WATCH)
    tapped = rig.tap(name)
    return (_marks(page, "reading")["reading"] / 1000 - tapped) * 1000


def _marks(page: Page, wanted: str) -> dict[str, float]:
    """All of them, once the wanted one is there. Raises `TimeoutError`."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end:
        marks: dict[str, float] = page.evaluate("() => window.marks")
        if marks.get(wanted):
            return marks
        page.wait_for_timeout(5)
    raise TimeoutError(f"{wanted} was never painted")


def weight(page: Page, url: str) -> int:
    """Bytes of all that a browser is sent to show the panel, without compression."""
    begin(page, url)
    page.reload()
    expect(page.locator("[data-screen]")).to_be_visible(timeout=PATIENCE_MS)
    return int(page.evaluate(WEIGHT))


@dataclass
class Floor:
    """A bare server: `send` has its page show these words."""

    url: str = ""
    send: Callable[[str], None] = print
    is_ready: threading.Event = field(default_factory=threading.Event)
    end: Callable[[], object] = bool

    def paint(self, page: Page, html: str) -> float:
        """Milliseconds from sending the words until they were painted."""
        page.evaluate("() => { document.getElementById('screen').replaceChildren(); }")
        page.evaluate(WATCH)
        sent = time.time()
        self.send(html)
        return (_marks(page, "titles")["titles"] / 1000 - sent) * 1000

    async def serve(self) -> None:
        """Until `end` is called, from any thread."""
        loop, ended, words = asyncio.get_running_loop(), asyncio.Event(), asyncio.Queue[str]()
        self.send = lambda html: _call(loop, lambda: words.put_nowait(html))
        self.end = lambda: _call(loop, ended.set)
        runner = web.AppRunner(_bare(words), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            self.is_ready.set()
            await ended.wait()
        finally:
            await runner.cleanup()


def _call(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    loop.call_soon_threadsafe(what)


def _bare(words: "asyncio.Queue[str]") -> web.Application:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=BARE, content_type="text/html")

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": here\n\n")
        while True:
            html = await words.get()
            lines = "".join(f"data: {line}\n" for line in html.splitlines())
            await response.write(f"event: screen\n{lines}\n".encode())

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/events", events)
    app.router.add_static("/static", HERE / "static")
    return app


@contextmanager
def floor() -> Iterator[Floor]:
    """Open until the block ends."""
    made = Floor()
    thread = threading.Thread(target=lambda: asyncio.run(made.serve()))
    thread.start()
    made.is_ready.wait()
    try:
        yield made
    finally:
        made.end()
        thread.join()
