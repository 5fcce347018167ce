"""Everybody in their own language at the real station: as the mesh has it, until they touch another."""

import pytest
from playwright.sync_api import Page, expect

from tests.panel.looking import on
from tools.panel.rig import Rig


@pytest.mark.parametrize(
    ("who", "spoken", "title"),
    [
        ("ada", ("en", "ltr"), "Your documents"),
        ("ben", ("en", "ltr"), "Type your PIN"),  # who they are is not known yet, nor how they speak
        ("yuki", ("ja", "ltr"), "あなたの文書"),
        ("amal", ("ar", "rtl"), "مستنداتك"),
    ],
)
def test_a_person_is_met_in_their_language(page: Page, rig: Rig, who: str, spoken: tuple[str, str], title: str) -> None:
    expect(on(page, "ready")).to_have_attribute("lang", "en")
    rig.tap(who)
    expect(page.locator("h1")).to_have_text(title)
    root = page.locator("html")
    expect(root).to_have_attribute("lang", spoken[0])
    expect(root).to_have_attribute("dir", spoken[1])


def test_what_is_touched_stands_above_what_the_mesh_has_and_is_over_with_the_visit(page: Page, rig: Rig) -> None:
    rig.tap("amal")
    expect(on(page, "jobs")).to_have_attribute("lang", "ar")
    page.locator("#languages").click()
    page.locator('[id^="language-list-fr"]').click()
    expect(on(page, "jobs")).to_have_attribute("lang", "fr")
    expect(page.locator("h1")).to_have_text("Vos documents")
    expect(page.locator("main")).to_contain_text("تقرير المختبر")
    rig.tap("amal")
    expect(on(page, "ready")).to_have_attribute("lang", "en")
    rig.tap("amal")
    expect(on(page, "jobs")).to_have_attribute("lang", "ar")


def test_a_passer_by_chooses_before_the_tap(page: Page, rig: Rig) -> None:
    on(page, "ready")
    page.locator('[id^="language-row-es"]').click()
    expect(on(page, "ready")).to_have_attribute("lang", "es")
    rig.tap("yuki")
    expect(on(page, "jobs")).to_have_attribute("lang", "es")
