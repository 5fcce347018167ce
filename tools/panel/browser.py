"""Debian's Chromium before the panel: found, and started so that it talks to nobody else."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SMALL, LARGE = (800, 480), (1024, 600)
"""Screens of 5 and of 7 inches, in pixels."""
QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-default-apps", "--no-default-browser-check"),
    *("--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb", "--hide-scrollbars"),
)
PATIENCE_MS = 30_000
"""How long something may take that should take no time; a slow machine is not a fault."""


@dataclass(frozen=True)
class Chromium:
    """Starts browsers. As root it runs without its sandbox, which does not run there."""

    kind: BrowserType

    def started(self) -> Browser:
        """One with nothing kept: each context of its own is forgotten. Raises `playwright.sync_api.Error`."""
        return self.kind.launch(executable_path=CHROMIUM, args=list(QUIET), chromium_sandbox=_is_sandboxed())

    def kept(self, directory: Path, size: tuple[int, int] = SMALL, program: str = CHROMIUM) -> BrowserContext:
        """One that writes into the directory what a kiosk's browser would; `program` starts it. Raises
        `playwright.sync_api.Error`."""
        return self.kind.launch_persistent_context(
            directory,
            executable_path=program,
            args=list(QUIET),
            chromium_sandbox=_is_sandboxed(),
            viewport=_viewport(size),
        )


@contextmanager
def chromium() -> Iterator[Chromium]:
    """For this thread; no event loop may run in it meanwhile."""
    with sync_playwright() as playwright:
        yield Chromium(playwright.chromium)


def available() -> bool:
    """Whether Debian's Chromium is installed."""
    return shutil.which(CHROMIUM) is not None


@contextmanager
def screen(browser: Browser, url: str, size: tuple[int, int] = SMALL) -> Iterator[Page]:
    """The panel on a screen of that size, without any motion."""
    context = browser.new_context(viewport=_viewport(size), reduced_motion="reduce", has_touch=True)
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        begin(page, url)
        yield page
    finally:
        context.close()


def begin(page: Page, url: str) -> None:
    """Open the address; of one to begin at, the page that it leads to."""
    page.goto(url)
    page.wait_for_url(lambda at: "/start/" not in at)


def _viewport(size: tuple[int, int]) -> ViewportSize:
    return ViewportSize(width=size[0], height=size[1])


def _is_sandboxed() -> bool:
    return os.geteuid() != 0
