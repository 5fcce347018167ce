"""How a page is looked at: which screen it is, what axe says of it, whether it can be touched and read."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, ViewportSize, expect

VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_TIMED = re.compile(r"\d{4}-\d\d-\d\dT")
TARGET = 48
"""Pixels that a finger needs."""

_RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
_SMALL = """least => [...document.querySelectorAll('main button, main summary, main input, main a')]
  .filter(one => one.checkVisibility({visibilityProperty: true}))
  .map(one => [one.id || one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < least || box.height < least))
  .map(([name, box]) => `${name}: ${Math.round(box.width)} by ${Math.round(box.height)}`)"""
_CUT = """() => [...document.querySelectorAll('main *')]
  .filter(one => one.checkVisibility() && !one.closest('.unseen, svg') && one.childNodes.length)
  .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(one => {
    const box = one.getBoundingClientRect(), own = getComputedStyle(one);
    const wide = own.overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1;
    return wide || box.left < -1 || box.right > innerWidth + 1;
  })
  .map(one => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 60)}`)"""
_SPILT = """() => [...document.querySelectorAll('main button, main summary')].filter(one => one.checkVisibility())
  .filter(one => {
    const box = one.getBoundingClientRect();
    for (let around = one.parentElement; around; around = around.parentElement) {
      const room = around.getBoundingClientRect();
      if (getComputedStyle(around).overflowX === 'visible') continue;
      if (box.left < room.left - 1 || box.right > room.right + 1) return true;
    }
    const words = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      if (!words.currentNode.data.trim() || words.currentNode.parentElement.closest('.unseen')) continue;
      const range = document.createRange();
      range.selectNodeContents(words.currentNode);
      const wide = range.getBoundingClientRect();
      if (wide.width && (wide.left < box.left + 1 || wide.right > box.right - 1)) return true;
    }
    return false;
  })
  .map(one => `${one.id || one.tagName}: ${one.textContent.trim().slice(0, 60)}`)"""
_OUT = """() => { const root = document.scrollingElement;
  return [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight]; }"""


def journal(log: str) -> str:
    """What a station has written of itself, out of all that it has said: its lines begin with a time."""
    return "\n".join(line for line in log.splitlines() if _TIMED.match(line))


def on(page: Page, name: str) -> Locator:
    """The screen of that name, once it is there."""
    found = page.locator(f'[data-screen="{name}"]')
    expect(found).to_be_visible()
    return found


def rested(page: Page) -> None:
    """Wait as long as anybody needs to take in what is shown: before that, keys do nothing."""
    expect(page.locator("html.fresh")).to_have_count(0)


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(_RUN, TAGS)
    return [
        f"{one['id']}: {node['html'][:120]}: {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def too_small(page: Page) -> list[str]:
    """What can be touched and is smaller than a finger."""
    found: list[str] = page.evaluate(_SMALL, TARGET)
    return found


def cut_off(page: Page) -> list[str]:
    """Words that do not fit where they are, that reach over the edge of their button, or lie beside the screen; and
    buttons of which a side is cut off."""
    found: list[str] = [*page.evaluate(_CUT), *page.evaluate(_SPILT)]
    return found


def beyond(page: Page) -> list[int]:
    """By how many pixels the page is wider and higher than the screen."""
    found: list[int] = page.evaluate(_OUT)
    return found


def sized(page: Page, size: tuple[int, int]) -> None:
    """On a screen of that size."""
    page.set_viewport_size(ViewportSize(width=size[0], height=size[1]))


def faults(page: Page) -> list[str]:
    """All that is wrong with how the page looks now."""
    wide, high = beyond(page)
    over = [f"{wide} wider and {high} higher than the screen"] if wide > 1 or high > 1 else []
    return violations(page) + too_small(page) + cut_off(page) + over
