"""What the bench's section of the panel measures with."""

from playwright.sync_api import Browser

from tests.panel import players
from tools.measure import painting, panel
from tools.panel.browser import screen
from tools.panel.rig import Rig


def test_a_visit_is_measured_in_its_order(browser: Browser, rig: Rig) -> None:
    with screen(browser, rig.url) as page:
        found = painting.visit(page, rig, players.ADA.name)
    assert 0 < found.reading <= found.jobs <= found.titles


def test_the_floor_is_painted_too(browser: Browser) -> None:
    with painting.floor() as bare, screen(browser, bare.url) as page:
        html = '<section data-screen="jobs"><span class="name"><bdi>A</bdi></span></section>'
        assert bare.paint(page, html) > 0
        assert bare.paint(page, html) > 0


def test_the_whole_panel_weighs_less_than_it_may(browser: Browser, rig: Rig) -> None:
    with screen(browser, "about:blank") as page:
        weight = painting.weight(page, rig.url)
    assert 50_000 < weight <= 1000 * panel.WEIGHT_KB
