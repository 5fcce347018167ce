"""Hurried people: what happens when somebody does not do one thing after the other."""

from playwright.sync_api import Page, expect

from tests.panel import players
from tests.panel.looking import on
from tools.panel.cast import Paper
from tools.panel.rig import Rig
from tools.panel.site import Office


def test_a_badge_lifted_too_early_is_no_visit_and_the_next_tap_is(page: Page, rig: Rig) -> None:
    on(page, "ready")
    rig.say("garble tap")
    expect(page.locator("[data-page^=said]")).to_be_visible()
    rig.tap("ada")
    expect(on(page, "jobs")).to_contain_text("Boarding pass")


def test_a_second_tap_logs_out(page: Page, rig: Rig) -> None:
    rig.tap("ada")
    on(page, "jobs")
    rig.tap("ada")
    on(page, "ready")
    expect(page.locator("main")).not_to_contain_text("Boarding pass")


def test_a_double_tap_prints_once(page: Page, rig: Rig, mesh: Office) -> None:
    """Of one whose tap prints everything: both taps before anything could be shown."""
    job = mesh.submit(players.GINA, Paper("Only once", 1))
    on(page, "ready")
    rig.tap("gina")
    rig.tap("gina")
    rig.until("printed")
    assert len(list(rig.tray.glob("*"))) == 1, job


def test_another_badge_takes_the_place_and_never_sees_the_first_list(page: Page, rig: Rig) -> None:
    rig.tap("ada")
    expect(on(page, "jobs")).to_contain_text("Boarding pass")
    rig.tap("yuki")
    expect(page.locator("main")).to_contain_text("研究計画書")
    expect(page.locator("main")).not_to_contain_text("Boarding pass")


def test_a_bag_on_the_screen_keeps_nobodys_list_there(page: Page, rig: Rig) -> None:
    rig.tap("ada")
    expect(on(page, "jobs")).to_contain_text("Boarding pass")
    box = page.locator("#list").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    rig.tap("yuki")
    expect(page.locator("main")).to_contain_text("研究計画書")
    expect(page.locator("main")).not_to_contain_text("Boarding pass")
    page.mouse.up()
    expect(on(page, "jobs").locator("[role=checkbox]")).to_have_attribute("aria-checked", "true")


def test_of_two_badges_at_once_the_second_ones_list_is_shown_and_never_the_first(page: Page, rig: Rig) -> None:
    on(page, "ready")
    rig.tap("ada")
    rig.tap("amal")
    expect(page.locator("main")).to_contain_text("تقرير المختبر")
    expect(page.locator("main")).not_to_contain_text("Boarding pass")


def test_the_next_person_chooses_while_the_first_one_prints(page: Page, rig: Rig, mesh: Office) -> None:
    mesh.submit(players.EVE, Paper("Very long", 400))
    rig.tap("eve")
    on(page, "jobs").locator("#print").click()
    expect(on(page, "printing").locator("progress")).to_be_visible()
    rig.tap("ada")
    jobs = on(page, "jobs")
    expect(jobs).to_contain_text("Boarding pass")
    expect(jobs).not_to_contain_text("Very long")
    expect(page.locator("progress")).to_have_count(0)
    jobs.locator("#leave").click()
    rig.say("cancel")
    rig.until("held")


def test_two_touches_of_print_are_one_delivery(page: Page, rig: Rig, mesh: Office) -> None:
    mesh.submit(players.FINN, Paper("Touched twice", 2))
    rig.tap("finn")
    on(page, "jobs").locator("#print").dblclick()
    rig.until("printed")
    on(page, "ready")  # nothing is left to choose: they need not log out
    assert len(list(rig.tray.glob("*"))) == 1


def test_who_walks_away_is_logged_out_after_a_countdown(page: Page, rig: Rig, mesh: Office) -> None:
    mesh.submit(players.WALKER, Paper("Left behind", 2))
    rig.tap("walker")
    rig.until("nobody chose")
    on(page, "ready")
    expect(page.locator("main")).not_to_contain_text("Left behind")


_HIGHEST = """() => {
  const note = () => {
    window.highest = Math.max(window.highest || 0, Number(document.querySelector('.left')?.textContent || 0));
  };
  new MutationObserver(note).observe(document.getElementById('screen'), { childList: true });
}"""
"""From now on the most seconds that any page had left when it came: however late anybody looks."""


def test_who_asks_for_more_time_gets_it(page: Page, rig: Rig) -> None:
    rig.tap("ada")
    left = on(page, "jobs").locator(".left")
    whole = int(left.get_attribute("data-seconds") or 0)
    page.evaluate(_HIGHEST)
    page.wait_for_function("whole => Number(document.querySelector('.left').textContent) < whole - 1", arg=whole)
    before = int(left.text_content() or 0)
    page.locator("#stay").click()
    rig.until("more time asked for")
    page.wait_for_function("before => window.highest > before", arg=before)


def test_a_touch_of_somebody_who_has_gone_does_nothing(page: Page, rig: Rig) -> None:
    """A page that was there before the visit ended: what it asks for is refused, not done for the next one."""
    rig.tap("ada")
    print_button = on(page, "jobs").locator("#print")
    values = print_button.get_attribute("hx-vals")
    rig.tap("yuki")
    expect(page.locator("main")).to_contain_text("研究計画書")
    status = page.evaluate(
        """async values => {
          const form = new URLSearchParams(JSON.parse(values));
          for (const [name, value] of Object.entries(JSON.parse(
              document.querySelector('[hx-headers]')?.getAttribute('hx-headers') || '{}'))) form.set(name, value);
          return (await fetch('/do/print', {method: 'POST', body: form})).status; }""",
        values,
    )
    assert status == 409
    on(page, "jobs")
    assert not rig.tray.exists() or not any(rig.tray.iterdir())
