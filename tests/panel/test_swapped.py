"""One page after another without a station: where the focus stays, what a finger holds back, and for how long."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from firmware.panel.view import Screen, View
from tests.panel.looking import rested
from tests.panel.staging import PIN, Stage, finger_down
from tests.unit.panel.looks import LISTED, job


def test_a_digit_never_takes_another_document_than_the_one_that_had_it(stage: Stage) -> None:
    stage.open(LISTED)
    rested(stage.page)
    stage.send(replace(LISTED, jobs=(job(9), *LISTED.jobs)))
    stage.hurry("2")
    assert stage.posted == []
    with stage.page.expect_response("**/do/choose"):
        stage.press("2")
    assert stage.did("choose")["job"] == LISTED.jobs[0].job_id


def test_the_focus_stays_where_it_was_when_the_page_is_swapped(stage: Stage) -> None:
    stage.open(LISTED)
    assert stage.focused() == "print"
    stage.page.locator("#job-j2").focus()
    stage.send(replace(LISTED, chosen=frozenset({"j3"})))
    expect(stage.page.locator("#job-j2")).to_have_attribute("aria-checked", "false")
    assert stage.focused() == "job-j2"
    stage.send(replace(LISTED, confirming=True))
    expect(stage.page.locator("#keep-them")).to_be_focused()


def test_the_page_that_asks_whether_to_delete_is_the_one_that_does(stage: Stage) -> None:
    stage.open(LISTED)
    with stage.page.expect_response("**/do/delete"):
        stage.page.locator("#delete").click()
    assert stage.did("delete") == {"visit": "7"}
    stage.send(replace(LISTED, confirming=True))
    with stage.page.expect_response("**/do/delete-for-good"):
        stage.page.locator("#delete.danger").click()
    assert stage.did("delete-for-good") == {"visit": "7"}


def test_a_swap_waits_until_the_finger_is_up(stage: Stage) -> None:
    stage.open(LISTED)
    finger_down(stage)
    stage.send(PIN)
    assert stage.page.locator("#job-j2").is_visible()
    with stage.page.expect_response("**/do/choose"):
        stage.page.mouse.up()
    expect(stage.page.locator("section.pin")).to_be_visible()


@pytest.mark.parametrize("view", [View(Screen.READY), replace(LISTED, visit=8, jobs=(job(9, "Theirs"),))])
def test_no_finger_keeps_a_list_on_the_screen_whose_person_has_gone(stage: Stage, view: View) -> None:
    stage.open(LISTED)
    finger_down(stage)
    stage.send(replace(LISTED, grey=True))
    stage.send(view)
    expect(stage.page.locator("#job-j2")).to_have_count(0)
    stage.page.mouse.up()
    expect(stage.page.locator(f'[data-screen="{view.screen}"]')).to_be_visible()
    stage.page.evaluate("() => new Promise(done => setTimeout(done))")
    assert stage.page.locator("#job-j2").count() == 0
    assert stage.posted == []


def test_what_lies_on_the_screen_holds_no_page_back_for_long(stage: Stage) -> None:
    stage.page.clock.install()
    stage.open(LISTED)
    finger_down(stage)
    stage.send(PIN)
    assert stage.page.locator("#job-j2").is_visible()
    stage.page.clock.run_for(6_000)
    expect(stage.page.locator("section.pin")).to_be_visible()


def test_a_visit_that_nobody_ends_is_not_left_on_the_screen(stage: Stage) -> None:
    """The station hangs, and its connection stays: the page keeps to the time that it was told."""
    stage.page.clock.install()
    stage.open(LISTED)
    stage.page.clock.run_for(32_000)
    assert stage.page.locator("#job-j2").is_visible()
    stage.page.clock.run_for(5_000)
    expect(stage.page.locator("#job-j2")).to_have_count(0)
    expect(stage.page.locator("main")).to_contain_text("One moment")
    stage.send(LISTED)
    expect(stage.page.locator("#job-j2")).to_be_visible()


def test_when_the_line_is_cut_nothing_of_anybody_stays(stage: Stage) -> None:
    stage.open(replace(LISTED, jobs=(job(1, "Dismissals"),)))
    stage.page.evaluate("() => { station.onerror(new Event('error')); }")
    expect(stage.page.locator("h1")).to_have_text("One moment …")
    assert "Dismissals" not in stage.page.content()
    stage.send(View(Screen.READY))
    expect(stage.page.locator("section.ready")).to_be_visible()
