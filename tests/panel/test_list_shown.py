"""The list with something to be told above it: nothing that can be touched is hidden by it, in no language or size."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from firmware.panel.tags import TAGS
from tests.panel.looking import sized
from tools.panel.browser import LARGE, SMALL, screen
from tools.panel.gallery import Gallery

_TOUCHED = ".switch, .tools > button, summary, .strip button, .first button, .last button"
_HIDDEN = """wanted => [...document.querySelectorAll(wanted)]
  .filter(one => {
    const box = one.getBoundingClientRect(), around = (one.closest('.how') || document.body).getBoundingClientRect();
    const whole = box.top >= around.top - 1 && box.bottom <= around.bottom + 1;
    const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !whole || !one.contains(there);
  })
  .map(one => one.id)"""


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Page]:
    with screen(browser, "about:blank") as page:
        yield page


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["800", "1024"])
@pytest.mark.parametrize("large", [False, True], ids=["usual", "large"])
@pytest.mark.parametrize("name", ["jobs-jam", "jobs-running", "jobs-ending", "jobs-new"])
def test_every_switch_is_whole_and_can_be_touched(
    opened: Page, shown: Gallery, name: str, large: bool, size: tuple[int, int]
) -> None:
    sized(opened, size)
    hidden = {}
    for tag in TAGS:
        opened.goto(shown.address(name, tag, large=large))
        assert opened.locator(".switch").count() == 3
        hidden[tag] = opened.evaluate(_HIDDEN, _TOUCHED)
    assert {tag: found for tag, found in hidden.items() if found} == {}


def test_a_jam_is_told_once_in_the_whole_width(opened: Page, shown: Gallery) -> None:
    sized(opened, SMALL)
    opened.goto(shown.address("jobs-jam"))
    assert opened.locator("main").get_by_text("Paper is jammed.").count() == 1
    box = opened.locator(".strip").bounding_box()
    assert box is not None
    assert box["width"] > 0.9 * SMALL[0]
