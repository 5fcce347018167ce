"""A station that joins its mesh before somebody's eyes: its code, a refusal, a mesh that is not there; and ready."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.panel.looking import faults, on
from tools.demo.processes import DemoError
from tools.panel.browser import screen
from tools.panel.rig import Rig, newcomer
from tools.panel.site import Office

NOWHERE = "https://127.0.0.1:9"
CODE = re.compile(r"[0-9]{6} [0-9]{6}")


def code_on(page: Page) -> str:
    shown = on(page, "pairing").locator(".code")
    expect(shown).to_have_text(CODE)
    return shown.inner_text()


def journal_of(rig: Rig, code: str) -> list[str]:
    return [line for line in rig.log.splitlines() if code in line or code.replace(" ", "") in line]


def test_the_code_is_seen_and_typed_and_the_page_goes_on_to_ready(browser: Browser, mesh: Office) -> None:
    with newcomer(mesh, "foyer") as rig, screen(browser, rig.url) as page:
        code = code_on(page)
        expect(page.locator(".told")).to_contain_text("Waiting for an administrator")
        assert faults(page) == []
        page.evaluate("() => { window.sameDocument = true; }")
        mesh.approve("foyer", code)
        on(page, "ready")
        assert page.evaluate("() => window.sameDocument")
        assert code not in page.content()
        page.goto(rig.url)
        on(page, "ready")
        assert len(journal_of(rig, code)) == 1


def test_how_the_screen_looks_can_be_touched_before_anybody_can_tap(browser: Browser, mesh: Office) -> None:
    with newcomer(mesh, "landing") as rig, screen(browser, rig.url) as page:
        code = code_on(page)
        page.click("#languages")
        page.locator("details.pick button", has_text="Deutsch").click()
        expect(page.locator("#title")).to_have_text("Anmeldung am Netz")
        assert code_on(page) == code
        assert faults(page) == []


def test_a_code_that_was_typed_wrongly_is_told(browser: Browser, mesh: Office) -> None:
    with newcomer(mesh, "stairs") as rig, screen(browser, rig.url) as page:
        code = code_on(page)
        wrong = code.translate(str.maketrans("0123456789", "1234567890"))
        with pytest.raises(DemoError):
            mesh.approve("stairs", wrong)
        expect(on(page, "pairing").locator(".told")).to_contain_text("It was not let in")
        assert code not in page.content()
        assert faults(page) == []


def test_a_mesh_that_is_not_there_is_told(browser: Browser, mesh: Office) -> None:
    with newcomer(mesh, "cellar", NOWHERE) as rig, screen(browser, rig.url) as page:
        expect(on(page, "pairing").locator(".told")).to_contain_text("The mesh is not found")
        assert faults(page) == []
