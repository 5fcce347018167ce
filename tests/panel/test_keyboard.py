"""The whole way with keys alone: a keypad of digits and Enter, and Tab with Enter as a screen reader's user goes."""

from playwright.sync_api import Page, expect

from tests.panel import players
from tests.panel.looking import on, rested
from tests.panel.visiting import visit
from tools.panel.cast import PIN, Paper
from tools.panel.rig import Rig
from tools.panel.site import Office

NEW_BADGE = "04AABBCC77"


def focused(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement.id"))


def test_a_keypad_chooses_prints_and_leaves(page: Page, rig: Rig, mesh: Office) -> None:
    mesh.submit(players.FINN, Paper("By keys", 1))
    visit(rig, "finn", "choosing")
    jobs = on(page, "jobs")
    ticked = jobs.locator('[role="checkbox"][aria-checked="true"]')
    expect(ticked).to_have_count(1)
    rested(page)
    page.keyboard.press("1")
    expect(ticked).to_have_count(0)
    page.keyboard.press("1")
    expect(ticked).to_have_count(1)
    page.keyboard.press("Enter")
    rig.until("printed")
    visit(rig, "ada", "choosing")
    expect(on(page, "jobs")).to_contain_text("Thesis")
    rested(page)
    page.keyboard.press("0")
    page.keyboard.press("0")
    on(page, "ready")


def test_a_keypad_deletes_keeps_and_makes_a_badge_known(page: Page, rig: Rig, mesh: Office) -> None:
    """Digits and Enter, and nothing else."""
    for title in ("Not wanted", "Wanted again"):
        mesh.submit(players.EVE, Paper(title, 1))
    visit(rig, NEW_BADGE, "associating")
    on(page, "who")
    page.keyboard.type(mesh.code(players.EVE))
    page.keyboard.press("Enter")
    jobs = on(page, "jobs")
    expect(jobs.locator('[aria-checked="true"]')).to_have_count(2)
    rested(page)
    page.keyboard.press("1")
    expect(jobs.locator('[aria-checked="true"]')).to_have_count(1)
    page.keyboard.type("09")
    expect(page.locator("#keep-them")).to_be_visible()
    page.keyboard.press("1")
    expect(jobs.locator('[role="checkbox"]')).to_have_count(1)
    expect(page.locator("main")).not_to_contain_text("Not wanted")
    rested(page)
    page.keyboard.press("1")
    expect(jobs.locator('[aria-checked="true"]')).to_have_count(1)
    page.keyboard.type("05")
    expect(page.locator("#keep")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    rig.until("printed")
    assert len(list(rig.tray.glob("*"))) == 1


def test_a_pin_by_the_digits_of_a_keypad(page: Page, rig: Rig) -> None:
    rig.tap("ben")
    on(page, "pin")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    expect(on(page, "jobs")).to_contain_text("Bewerbung")
    rested(page)
    page.keyboard.press("Escape")
    on(page, "ready")


def test_tab_reaches_everything_that_can_be_touched_and_shows_where_it_is(page: Page, rig: Rig) -> None:
    rig.tap("ada")
    jobs = on(page, "jobs")
    wanted = {
        one.get_attribute("id") for one in jobs.locator("button:not([disabled]), summary").filter(visible=True).all()
    }
    seen = set()
    for _ in range(3 * len(wanted)):
        page.keyboard.press("Tab")
        at = focused(page)
        if at in wanted:
            seen.add(at)
            outlined = page.evaluate(
                "() => { const own = getComputedStyle(document.activeElement);"
                " return own.outlineStyle !== 'none' || own.boxShadow !== 'none'; }"
            )
            assert outlined, at
    assert seen == wanted


def test_the_focus_stays_where_it_was_when_a_choice_changes_the_page(page: Page, rig: Rig) -> None:
    rig.tap("ada")
    jobs = on(page, "jobs")
    first = jobs.locator('[role="checkbox"]').first
    name = first.get_attribute("id")
    first.focus()
    rested(page)
    page.keyboard.press("Space")
    expect(page.locator(f"#{name}")).to_have_attribute("aria-checked", "false")
    expect(page.locator(f"#{name}")).to_be_focused()


def test_what_changes_is_said_to_a_screen_reader(page: Page, rig: Rig) -> None:
    aloud = page.locator("#aloud")
    on(page, "ready")
    rig.tap("ada")
    on(page, "jobs")
    expect(aloud).to_contain_text("Your documents")
    expect(aloud).not_to_contain_text("Boarding pass")


def test_no_key_leaves_the_page(page: Page, rig: Rig) -> None:
    on(page, "ready")
    address = page.url
    for keys in ("Control+n", "Control+t", "Control+p", "Control+s", "Control+u", "F1", "F3", "F5", "F11", "Alt+Home"):
        page.keyboard.press(keys)
        assert page.url == address
        assert len(page.context.pages) == 1
    on(page, "ready")
