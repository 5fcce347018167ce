"""That what looks at the screens sees: a page that is wrong in each way is found out."""

import hashlib

import pytest
from playwright.sync_api import Browser, Page

from tests.panel.looking import AXE, VENDOR, beyond, cut_off, too_small, violations


@pytest.fixture
def blank(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 800, "height": 480})


def body(words: str) -> str:
    head = "<!doctype html><html lang='en'><head><title>T</title></head>"
    return f"{head}<body><main><h1>T</h1>{words}</main></body></html>"


def test_axe_is_the_one_whose_hash_stands_beside_it() -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() in (VENDOR / "README.md").read_text()


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("<button></button>", "button-name"),
        ("<p style='color:#aaa;background:#fff'>pale</p>", "color-contrast"),
        ("<input>", "label"),
        ("<img src='data:,'>", "image-alt"),
    ],
)
def test_axe_finds_what_is_wrong(blank: Page, words: str, rule: str) -> None:
    blank.set_content(body(words))
    assert [found.partition(":")[0] for found in violations(blank)] == [rule]


def test_nothing_is_found_on_a_page_that_is_right(blank: Page) -> None:
    blank.set_content(body("<button style='width:60px;height:60px'>Go</button>"))
    assert violations(blank) + too_small(blank) + cut_off(blank) == []
    assert beyond(blank) == [0, 0]


def test_a_small_target_words_that_are_cut_off_and_a_page_too_large_are_found(blank: Page) -> None:
    blank.set_content(
        body(
            "<button id='tiny' style='width:40px;height:60px'>x</button>"
            "<p style='width:50px;overflow:hidden;white-space:nowrap'>Donaudampfschiff</p>"
            "<p style='width:900px;height:900px'>wide</p>"
        )
    )
    assert too_small(blank) == ["tiny: 40 by 60"]
    assert any("Donaudampfschiff" in found for found in cut_off(blank))
    wide, high = beyond(blank)
    assert wide > 0
    assert high > 0


def test_words_that_reach_over_the_edge_of_their_button_are_found(blank: Page) -> None:
    unseen = "<span class='unseen' style='position:absolute'>Donaudampfschifffahrt</span>"
    blank.set_content(
        body(
            "<button id='spilt' style='width:60px;height:60px'>Donaudampfschiff</button>"
            f"<button id='right' style='width:60px;height:60px'>Go{unseen}</button>"
        )
    )
    assert cut_off(blank) == ["spilt: Donaudampfschiff"]


def test_a_button_that_is_cut_off_by_what_it_stands_in_is_found(blank: Page) -> None:
    row = "display:flex;width:100px;overflow:hidden"
    wide = "flex:none;width:70px;height:60px"
    blank.set_content(
        body(f"<div style='{row}'><button style='{wide}'>A</button><button style='{wide}'>B</button></div>")
    )
    assert cut_off(blank) == ["BUTTON: B"]
