"""The measurements of the panel: from a tap to what is painted, and what the page weighs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tools.measure.painting import Floor, Painted, floor, reading, visit, weight
from tools.measure.series import Row, Series, below
from tools.panel import browser as browsers
from tools.panel.cast import Paper, Person
from tools.panel.rig import Rig, rig
from tools.panel.site import Office

FEW = Person("few", "04A7000001", idle_seconds=3600)
MANY = Person("many", "04A7000002", idle_seconds=3600)
HELD = {FEW.name: 20, MANY.name: 500}
LIST_MS = {FEW.name: 150.0, MANY.name: 250.0}
SIGNAL_MS, WEIGHT_KB = 100.0, 100.0
FLOOR = "the same HTML from a bare aiohttp"


def available() -> bool:
    """Whether Chromium is installed."""
    return browsers.available()


@dataclass(frozen=True, slots=True)
class Stage:
    """A station with its panel in a browser, and a bare server in another."""

    running: Rig
    page: Page
    bare: Floor
    floor_page: Page


def measured(runs: int, directory: Path) -> Iterator[Row]:
    """All rows; each person taps four times as often as there are rounds."""
    root = directory / "panel"
    root.mkdir()
    with (
        rig(root, (FEW, MANY)) as running,
        browsers.chromium() as kind,
        kind.started() as browser,
        browsers.screen(browser, running.url) as page,
        floor() as bare,
        browsers.screen(browser, bare.url) as floor_page,
    ):
        stage = Stage(running, page, bare, floor_page)
        for person in (FEW, MANY):
            _fill(running.office, person)
            yield from _tapped(stage, person, 4 * runs)
        yield from _silent(stage, runs)
        yield from _weighed(browser, running)


def _fill(office: Office, person: Person) -> None:
    for number in range(HELD[person.name]):
        office.submit(person, Paper(f"Document {number + 1}", 1 + number % 9))


def _tapped(stage: Stage, person: Person, taps: int) -> Iterator[Row]:
    """The one that does not count shows the HTML of a list."""
    html = _list_html(stage, person)
    found: list[Painted] = []
    bare: list[float] = []
    for _ in range(taps):
        found.append(visit(stage.page, stage.running, person.name))
        bare.append(stage.bare.paint(stage.floor_page, html))
    name, most, peer = f"{HELD[person.name]} held jobs, tap", LIST_MS[person.name], (FLOOR, Series(tuple(bare)))
    yield below(f"{name} to list painted", "ms", Series(tuple(one.jobs for one in found)), most)
    yield below(f"{name} to list with titles painted", "ms", Series(tuple(one.titles for one in found)), most, peer)
    yield below(f"{name} to its acknowledgement painted", "ms", Series(tuple(one.reading for one in found)), SIGNAL_MS)


def _list_html(stage: Stage, person: Person) -> str:
    page = stage.page
    stage.running.tap(person)
    page.locator(".name bdi").first.wait_for(timeout=browsers.PATIENCE_MS)
    html = page.locator("#screen").inner_html()
    page.click("#leave")
    page.locator('[data-screen="ready"]').wait_for(timeout=browsers.PATIENCE_MS)
    return html


def _silent(stage: Stage, taps: int) -> Iterator[Row]:
    """A mesh that takes the request and answers nothing until the acknowledgement was painted."""
    found: list[float] = []
    for _ in range(taps):
        with stage.running.office.stopped():
            found.append(reading(stage.page, stage.running, FEW.name))
        stage.page.locator("#leave").click(timeout=browsers.PATIENCE_MS)
        stage.page.locator('[data-screen="ready"]').wait_for(timeout=browsers.PATIENCE_MS)
    name = "silent mesh, tap to its acknowledgement painted"
    yield below(name, "ms", Series(tuple(found)), SIGNAL_MS)
    yield below(f"{name}, slowest", "ms", Series((max(found),)), SIGNAL_MS)


def _weighed(browser: Browser, running: Rig) -> Iterator[Row]:
    with browsers.screen(browser, "about:blank") as page:
        kilobytes = weight(page, running.url) / 1000
    yield below("page weight, without compression", "KB", Series((kilobytes,)), WEIGHT_KB)
