"""Every screen that a station can be brought to, reached for real, and looked at on both sizes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.panel import players
from tests.panel.looking import faults, on, sized
from tools.panel.browser import LARGE, PATIENCE_MS, SMALL
from tools.panel.cast import PIN, Paper, Person
from tools.panel.rig import Rig
from tools.panel.site import Office

LONG = Paper("Long one", 400)
"""The twin takes 0.3 seconds a page: it prints for as long as a test looks."""
SILENCE_MS = 30_000
"""How long a mesh that was heard of just now may say nothing before its station takes it for gone."""


def looked(page: Page) -> None:
    for size in (SMALL, LARGE):
        sized(page, size)
        assert faults(page) == []


def test_ready(page: Page) -> None:
    on(page, "ready")
    looked(page)


def test_reading_while_the_mesh_is_silent(page: Page, rig: Rig, mesh: Office) -> None:
    on(page, "ready")
    with mesh.stopped():
        rig.tap("ada")
        on(page, "reading")
        looked(page)


def test_who_are_you_and_a_code_that_makes_the_badge_theirs(page: Page, rig: Rig, mesh: Office) -> None:
    rig.tap("stranger")
    on(page, "who")
    looked(page)
    page.fill("#code", mesh.code(players.YUKI))
    page.click("#key-done")
    expect(on(page, "jobs")).to_contain_text("研究計画書")
    looked(page)


def test_pin_and_a_wrong_one_first(page: Page, rig: Rig) -> None:
    rig.tap("ben")
    on(page, "pin")
    looked(page)
    for pin in ("000000", PIN):
        expect(page.locator("#pin")).to_have_value("")
        for digit in pin:
            page.click(f"#key-{digit}")
        page.click("#key-done")
        if pin != PIN:
            expect(page.locator(".strip")).to_be_visible()
            looked(page)
    expect(on(page, "jobs")).to_contain_text("Mietvertrag")


def test_jobs_newest_first_chosen_and_those_of_others_apart(page: Page, rig: Rig) -> None:
    rig.tap("ada")
    jobs = on(page, "jobs")
    names = jobs.locator(".name")
    expect(names).to_have_count(5)
    assert names.all_inner_texts()[:3] == ["Thesis, third draft", "Boarding pass", "Seminar handout"]
    assert set(names.all_inner_texts()[3:]) == {"Bewerbung", "Mietvertrag"}
    expect(jobs.locator('[role="checkbox"][aria-checked="true"]')).to_have_count(3)
    looked(page)
    jobs.locator("#delete").click()
    expect(page.locator("#keep-them")).to_be_visible()
    looked(page)
    page.click("#keep-them")
    expect(names).to_have_count(5)


def test_nothing_is_held_for_them(page: Page, rig: Rig) -> None:
    on(page, "ready")
    rig.tap("chloe")
    expect(page.locator("[data-page^=said-no-jobs]")).to_be_visible()
    looked(page)


def test_printing_and_stopped_by_a_touch(page: Page, rig: Rig, mesh: Office) -> None:
    mesh.submit(players.EVE, LONG)
    rig.tap("eve")
    on(page, "jobs").locator("#print").click()
    printing = on(page, "printing")
    expect(printing.locator("progress")).to_be_visible()
    looked(page)
    printing.locator("#cancel").click()
    rig.until("held")


def test_the_printer_needs_somebody_and_then_no_more(page: Page, rig: Rig) -> None:
    for breaks, mends, words in (
        ("paper out", "paper in", "There is no paper."),
        ("jam", "clear jam", "Paper is jammed."),
        ("cover open", "cover closed", "A cover is open."),
    ):
        rig.say(breaks)
        expect(on(page, "printer-needs-you")).to_contain_text(words)
        looked(page)
        rig.say(mends)
        on(page, "ready")


def test_paper_runs_out_in_the_middle(page: Page, rig: Rig, mesh: Office) -> None:
    mesh.submit(players.FINN, Paper("In the middle", 3))
    rig.say("tray 1 has 1 sheets")
    rig.tap("finn")
    on(page, "jobs").locator("#print").click()
    expect(on(page, "printer-needs-you")).to_contain_text("There is no paper.")
    looked(page)
    rig.say("paper in")
    rig.until("printed")


@pytest.mark.parametrize(("asked", "answer"), [(players.GINA, "yes"), (players.HAL, "no")])
def test_a_question_that_only_they_can_answer(page: Page, rig: Rig, mesh: Office, asked: Person, answer: str) -> None:
    mesh.submit(asked, Paper(f"Asked {answer}", 2))
    on(page, "ready")
    rig.say("printer hangs up after document")
    rig.tap(asked.name)
    question = on(page, "question")
    looked(page)
    rig.say("printer behaves")
    question.locator(f"#{answer}").click()
    rig.until({"yes": "printed", "no": "held"}[answer])
    on(page, "ready")


def test_done_is_said(page: Page, rig: Rig, mesh: Office) -> None:
    mesh.submit(players.INES, Paper("Done soon", 1))
    on(page, "ready")
    rig.tap("ines")
    expect(page.locator("[data-page^=said-done]")).to_be_visible()
    looked(page)


def test_a_badge_that_could_not_be_read(page: Page, rig: Rig) -> None:
    on(page, "ready")
    rig.say("garble tap")
    expect(page.locator("[data-page^=said]")).to_be_visible()
    looked(page)


def test_not_connected_with_how_long_already_and_back(page: Page, rig: Rig, mesh: Office) -> None:
    on(page, "ready")
    with mesh.stopped():
        expect(page.locator('[data-screen="not-connected"]')).to_be_visible(timeout=SILENCE_MS + PATIENCE_MS)
        expect(on(page, "not-connected").locator(".told")).to_contain_text(re.compile("connect", re.IGNORECASE))
        looked(page)
    on(page, "ready")


def test_out_of_service_while_no_reader_is_left(page: Page, rig: Rig) -> None:
    on(page, "ready")
    rig.say("unplug reader")
    expect(on(page, "out-of-service").locator(".told")).to_contain_text("cannot print now")
    looked(page)
    rig.say("plug reader")
    on(page, "ready")


def test_the_page_goes_on_by_itself_after_the_station_was_gone(page: Page, rig: Rig) -> None:
    on(page, "ready")
    rig.tap("ada")
    on(page, "jobs")
    rig.say("quit")
    expect(page.locator("main")).not_to_contain_text("Thesis")
