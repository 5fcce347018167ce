"""Every screen in every language and in two that nobody speaks: nothing is cut off, and what is read from the right
stands there."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from firmware.panel.languages import Languages
from firmware.panel.tags import ENGLISH, TAGS
from tests.panel.looking import beyond, cut_off, faults, sized, too_small
from tests.support.pseudo import BACKWARDS, FORWARDS, PseudoSpeeches
from tools.panel.browser import LARGE, SMALL, screen
from tools.panel.gallery import Gallery, gallery
from tools.panel.scenes import SCENES

OTHERS = tuple(tag for tag in TAGS if tag != ENGLISH)
"""English is looked at more closely in test_scenes."""
_WRONG_WAY = """wanted => [...document.querySelectorAll('main *')]
  .filter(one => !one.closest('bdi, [dir=ltr], [dir=auto], svg, .drawn, .languages, details.pick'))
  .filter(one => getComputedStyle(one).direction !== wanted).map(one => one.outerHTML.slice(0, 80))"""
_TITLE_AND_TOOLS = """() => ['h1', '.tools'].map(one => document.querySelector(one).getBoundingClientRect().left)"""


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Page]:
    with screen(browser, "about:blank") as page:
        yield page


@pytest.fixture(scope="module")
def spoken() -> Iterator[Gallery]:
    with gallery(Languages()) as made:
        yield made


@pytest.fixture(scope="module")
def unspoken() -> Iterator[Gallery]:
    with gallery(PseudoSpeeches()) as made:
        yield made


def crowded(page: Page) -> list[str]:
    """What does not fit."""
    wide, high = beyond(page)
    return [*cut_off(page), *too_small(page), *(["beyond the screen"] if wide > 1 or high > 1 else [])]


@pytest.mark.parametrize("name", SCENES)
def test_every_language_fits(opened: Page, spoken: Gallery, name: str) -> None:
    found = {}
    for tag in OTHERS:
        for size, large in ((SMALL, False), (SMALL, True), (LARGE, False)):
            sized(opened, size)
            opened.goto(spoken.address(name, tag, large=large))
            assert opened.locator("html").get_attribute("lang") == tag
            found[tag, size, large] = crowded(opened)
    assert {key: wrong for key, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("tag", [FORWARDS.tag, BACKWARDS.tag])
@pytest.mark.parametrize("name", SCENES)
def test_what_is_longer_by_far_fits(opened: Page, unspoken: Gallery, name: str, tag: str) -> None:
    sized(opened, SMALL)
    opened.goto(unspoken.address(name, tag))
    assert crowded(opened) == []


@pytest.mark.parametrize("name", SCENES)
def test_from_the_right_the_screen_is_the_other_way_round(
    opened: Page, spoken: Gallery, unspoken: Gallery, name: str
) -> None:
    sized(opened, SMALL)
    for shown, tag in ((spoken, "ar"), (unspoken, BACKWARDS.tag)):
        opened.goto(shown.address(name, tag))
        assert opened.evaluate(_WRONG_WAY, "rtl") == []
        title, tools = opened.evaluate(_TITLE_AND_TOOLS)
        assert tools < title
    opened.goto(spoken.address(name, "de"))
    assert opened.evaluate(_WRONG_WAY, "ltr") == []
    title, tools = opened.evaluate(_TITLE_AND_TOOLS)
    assert title < tools


@pytest.mark.parametrize("tag", OTHERS)
def test_the_list_can_be_heard_in_every_language(opened: Page, spoken: Gallery, tag: str) -> None:
    sized(opened, SMALL)
    opened.goto(spoken.address("jobs", tag))
    assert faults(opened) == []
