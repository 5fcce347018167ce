"""The technician's page in a browser: axe, with and without JavaScript, and beside a page that means harm."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.panel.technician import tongues
from tests.panel.looking import beyond, violations
from tests.support.technician_thread import Forwarded, forwarded

CARD = "0946EBD28"
PAGES = ("/", "/readers", "/readers?show=1", "/printer", "/journal")
HARM = """<!doctype html><title>x</title><iframe name="hole"></iframe>
<form id="form" method="post" action="{origin}/printer/test" target="hole"><input name="token" value="x"></form>
<script>
document.getElementById("form").submit();
window.results = [];
for (const path of ["/", "/support.zip", "/events/readers?show=1"]) {{
  fetch("{origin}" + path, {{credentials: "include"}}).then(
    async (answer) => results.push(await answer.text()), () => results.push("refused"));
}}
</script>"""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Forwarded]:
    with forwarded(tmp_path) as made:
        yield made


def begun(browser: Browser, box: Forwarded, **options: Any) -> Page:
    """At the overview, by way of the start address."""
    page = browser.new_context(**options).new_page()
    page.goto(box.start)
    expect(page.locator("h1")).to_have_text("Overview")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, box: Forwarded, scheme: str) -> None:
    page = begun(browser, box, color_scheme=scheme)
    for path in PAGES:
        page.goto(box.origin + path)
        if "show" in path:
            box.tap(CARD)
            expect(page.get_by_text(CARD).first).to_be_visible()
        assert violations(page) == [], path
    page.context.close()


@pytest.mark.parametrize("locale", ["de-DE", "ja-JP", "ar-EG"])
def test_axe_finds_nothing_in_the_technicians_own_language(browser: Browser, box: Forwarded, locale: str) -> None:
    page = browser.new_context(locale=locale).new_page()
    page.goto(box.start)
    page.wait_for_url(lambda at: "/start/" not in at)
    translations = tongues.speeches().of(locale, "").translations
    for path, title in zip(PAGES, ("Overview", "Readers", "Readers", "Printer", "Journal"), strict=True):
        page.goto(box.origin + path)
        expect(page.locator("h1")).to_have_text(translations.gettext(title))
        assert violations(page) == [], path
        assert beyond(page)[0] == 0, path
    page.goto(f"{box.origin}/readers")
    box.tap(CARD)  # what comes as an event speaks it, too
    expect(page.get_by_text(translations.gettext("none")).first).to_be_visible()
    page.context.close()


def test_a_tap_is_seen_as_it_comes(browser: Browser, box: Forwarded) -> None:
    page = begun(browser, box)
    page.get_by_role("link", name="Readers").click()
    expect(page.get_by_text("present a badge")).to_be_visible()
    box.tap(CARD)
    expect(page.get_by_text("•" * 7 + "28").first).to_be_visible()
    assert CARD not in page.content()
    page.context.close()


def test_everything_is_there_without_javascript(browser: Browser, box: Forwarded) -> None:
    page = begun(browser, box, java_script_enabled=False)
    page.get_by_role("link", name="Printer").click()
    page.get_by_role("button", name="Have it show itself").click()
    expect(page.get_by_text("the printer was asked to show itself")).to_be_visible()
    page.get_by_role("link", name="Readers").click()
    page.get_by_role("button", name="Have the taps for two minutes").click()
    expect(page.get_by_text("Taps are yours alone now")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Support bundle").click()
    assert download.value.suggested_filename == "lockgate-station-1.zip"
    page.context.close()


def test_another_page_in_the_same_browser_gets_nothing(browser: Browser, box: Forwarded, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "harm.html").write_text(HARM.format(origin=box.origin), encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        page = begun(browser, box)
        for host in ("127.0.0.1", "localhost"):
            page.goto(f"http://{host}:{server.server_address[1]}/harm.html")
            page.wait_for_function("() => window.results.length === 3")
            assert page.evaluate("() => window.results") == ["refused"] * 3
        page.goto(f"{box.origin}/printer")
        expect(page.locator("h1")).to_have_text("Printer")
        assert "the test page is on its way" not in page.content()
        page.context.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Silent(SimpleHTTPRequestHandler):
    """Says nothing on the terminal."""

    def log_message(self, format: str, *args: Any) -> None:
        pass
