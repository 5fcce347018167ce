"""Every screen, in each size and manner: WCAG 2.2 AA by axe, targets for a finger, nothing cut off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.panel.looking import faults, sized
from tools.panel.browser import LARGE, SMALL, screen
from tools.panel.gallery import Gallery
from tools.panel.scenes import SCENES

MANNERS = ("plain", "contrast", "large")
"""As somebody can have the screen by one touch."""


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Page]:
    with screen(browser, "about:blank") as page:
        yield page


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["800", "1024"])
@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("name", SCENES)
def test_each_scene_can_be_seen_touched_and_heard(
    opened: Page, shown: Gallery, name: str, manner: str, size: tuple[int, int]
) -> None:
    sized(opened, size)
    opened.goto(shown.address(name, contrast=manner == "contrast", large=manner == "large"))
    assert faults(opened) == []
