"""Titles come from anywhere, with whatever is in them: what stands for a picture is shown as that picture."""

import pytest
from playwright.sync_api import Browser, Page

from firmware.panel.render import HERE

STYLE = (HERE / "static" / "panel.css").read_text(encoding="utf-8")


def picture(page: Page, title: str) -> bytes:
    page.set_content(f'<style>{STYLE}</style><p id="title" style="inline-size: 4em">{title}</p>')
    return page.locator("#title").screenshot()


@pytest.mark.parametrize("one", ["🎂", "👩\u200d🚀", "🇩🇪"])
def test_an_emoji_is_not_the_box_that_stands_for_what_no_font_has(browser: Browser, one: str) -> None:
    page = browser.new_page()
    try:
        boxes = "\U0003fffd" * len(one.replace("\u200d", ""))  # assigned to nobody
        assert picture(page, boxes) == picture(page, boxes.replace("\U0003fffd", "\U0002fffd"))
        assert picture(page, one) not in (picture(page, boxes), picture(page, boxes[:1]))
    finally:
        page.close()
