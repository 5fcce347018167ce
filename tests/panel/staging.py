"""A page on a stage: it has no station, the test gives it its screens and keeps what it posts."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, Route

from firmware.core.questions import Question, QuestionKind
from firmware.panel.guard import HEADERS
from firmware.panel.render import HERE
from firmware.panel.view import Screen, View
from tests.panel.looking import rested
from tests.unit.panel.looks import LISTED, NOW, renderer
from tools.panel.browser import screen

_HOST: Final = "http://panel.test"
_SOURCE: Final = """
window.EventSource = class extends EventTarget {
  constructor() { super(); window.station = this; }
  close() {}
};
"""
"""Events are given to the page by the test."""
PIN: Final = View(Screen.PIN, visit=7, deadline=NOW + 30)
ASKED: Final = View(Screen.QUESTION, visit=7, number=4, question=Question(QuestionKind.CAME_OUT, 3), deadline=NOW + 30)


@dataclass
class Stage:
    """A page, and what it posted."""

    page: Page
    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    view: View = field(default_factory=lambda: LISTED)

    def open(self, view: View) -> None:
        self.view = view
        self.page.goto(f"{_HOST}/")

    def send(self, view: View) -> None:
        html = renderer().screen(view, NOW)
        self.page.evaluate("html => { station.dispatchEvent(new MessageEvent('screen', { data: html })); }", html)

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            kind = mimetypes.guess_type(path)[0] or ""
            route.fulfill(body=(HERE / path[1:]).read_bytes(), content_type=kind)
        elif path.startswith("/do/"):
            form = parse_qs(route.request.post_data or "")
            self.posted.append((path.removeprefix("/do/"), {name: values[0] for name, values in form.items()}))
            route.fulfill(status=204)
        else:
            body = renderer().page(self.view, NOW)
            route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=dict(HEADERS))

    def press(self, *names: str) -> None:
        rested(self.page)
        self.hurry(*names)

    def hurry(self, *names: str) -> None:
        """Whatever has just been shown."""
        for name in names:
            self.page.keyboard.press(name)

    def focused(self) -> str:
        return str(self.page.evaluate("() => document.activeElement.id"))

    def aloud(self) -> str:
        return str(self.page.evaluate("() => document.getElementById('aloud').textContent"))

    def did(self, verb: str) -> dict[str, str]:
        """The form of the last post, which was that verb's."""
        self.page.wait_for_function("() => true")
        name, form = self.posted[-1]
        assert name == verb
        return form


@contextmanager
def staged(browser: Browser) -> Iterator[Stage]:
    """An empty one, until the block ends."""
    with screen(browser, "about:blank") as page:
        made = Stage(page)
        page.add_init_script(_SOURCE)
        page.route("**/*", made.answer)
        yield made


def finger_down(stage: Stage) -> None:
    """On the second document."""
    box = stage.page.locator("#job-j2").bounding_box()
    assert box is not None
    stage.page.mouse.move(box["x"] + 40, box["y"] + 20)
    stage.page.mouse.down()
