"""What the page does by itself, without a station: keys on the list, what is said aloud, the countdown."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.panel.staging import PIN, Stage
from tests.unit.panel.looks import LISTED, NOW, job, renderer


def test_a_digit_picks_a_job_and_enter_prints(stage: Stage) -> None:
    stage.open(LISTED)
    with stage.page.expect_response("**/do/choose"):
        stage.press("2")
    assert stage.did("choose") == {"visit": "7", "job": "j2", "wanted": "no"}
    stage.page.locator("#job-j2").focus()
    with stage.page.expect_response("**/do/print-rest"):
        stage.press("Enter")
    assert stage.did("print-rest") == {"visit": "7"}
    with stage.page.expect_response("**/do/leave"):
        stage.press("0", "0")


def test_nought_and_a_digit_do_something_with_all_that_is_chosen(stage: Stage) -> None:
    stage.open(LISTED)
    for digit, wish in (("3", "two_sided"), ("4", "grey"), ("5", "keep")):
        with stage.page.expect_response("**/do/wish"):
            stage.press("0", digit)
        assert wish in stage.did("wish")
    for digit, verb in (("6", "all"), ("7", "print"), ("9", "delete")):
        with stage.page.expect_response(f"**/do/{verb}"):
            stage.press("0", digit)
        assert stage.did(verb) == {"visit": "7"}


def test_after_nought_the_hints_stand_out_until_another_key(stage: Stage) -> None:
    stage.open(LISTED)
    section = stage.page.locator("section")
    stage.press("0")
    expect(section).to_have_class(re.compile(r"\bzero\b"))
    stage.send(replace(LISTED, grey=True))
    expect(stage.page.locator("#grey")).to_have_attribute("aria-pressed", "true")
    expect(section).to_have_class(re.compile(r"\bzero\b"))
    stage.press("ArrowDown")
    expect(section).not_to_have_class(re.compile(r"\bzero\b"))
    with stage.page.expect_response("**/do/choose"):
        stage.press("2")
    assert stage.did("choose")["job"] == "j2"
    assert [verb for verb, _ in stage.posted] == ["choose"]


def test_of_a_long_list_nine_goes_on_and_what_the_digits_name_is_brought_into_sight(stage: Stage) -> None:
    long = replace(LISTED, jobs=tuple(job(number) for number in range(1, 21)), chosen=frozenset())
    stage.open(long)
    with stage.page.expect_response("**/do/turn"):
        stage.press("9")
    stage.send(replace(long, turned=16))
    expect(stage.page.locator("#job-j17 kbd")).to_have_text("1")
    expect(stage.page.locator("#job-j17")).to_be_in_viewport(ratio=1)
    with stage.page.expect_response("**/do/choose"):
        stage.press("4")
    assert stage.did("choose")["job"] == "j20"


def test_a_page_is_said_once_and_then_only_what_is_new(stage: Stage) -> None:
    stage.open(LISTED)
    assert stage.aloud() == "Your documents. 2 of 5 chosen"
    stage.page.evaluate("() => { document.getElementById('aloud').textContent = ''; }")
    stage.send(replace(LISTED, grey=True))
    expect(stage.page.locator("#grey")).to_have_attribute("aria-pressed", "true")
    assert stage.aloud() == ""
    stage.send(replace(LISTED, chosen=frozenset({"j3"})))
    expect(stage.page.locator("#aloud")).to_have_text("1 of 5 chosen")


def test_the_end_of_a_visit_is_counted_and_said_in_time(stage: Stage) -> None:
    stage.page.clock.install()
    stage.open(LISTED)
    left = stage.page.locator(".left")
    expect(left).to_have_text("30")
    stage.page.clock.run_for(9_000)
    expect(left).to_have_text("21")
    assert "seconds left" not in stage.aloud()
    stage.page.clock.run_for(2_000)
    expect(stage.page.locator("#stay")).to_have_class("stay soon")
    assert stage.aloud() == "20 seconds left. More time"
    with stage.page.expect_response("**/do/stay"):
        stage.press("+")
    stage.send(replace(LISTED, deadline=NOW + 45))
    expect(left).to_have_text("45")
    expect(stage.page.locator("#stay")).to_have_class("stay")
    stage.page.clock.run_for(47_000)
    expect(left).to_have_text("0")


@pytest.mark.parametrize("key", ["8", " ", "x"])
def test_while_the_time_runs_out_any_key_is_more_of_it_and_asks_once(stage: Stage, key: str) -> None:
    stage.page.clock.install()
    stage.open(PIN)
    stage.press(key)
    assert stage.posted == []
    stage.page.clock.run_for(11_000)
    with stage.page.expect_response("**/do/stay"):
        stage.press(key)
    stage.press(key, key)
    stage.send(replace(PIN, deadline=NOW + 60))
    expect(stage.page.locator(".left")).to_have_text("60")
    assert [verb for verb, _ in stage.posted] == ["stay"]


def test_the_page_keeps_nothing_and_goes_nowhere(stage: Stage) -> None:
    stage.open(LISTED)
    with stage.page.expect_response("**/do/choose"):
        stage.press("1")
    kept = stage.page.evaluate(
        "() => [localStorage.length, sessionStorage.length, document.cookie, history.length, location.search]"
    )
    assert kept[:3] == [0, 0, ""]
    assert kept[4] == ""
    allowed = stage.page.evaluate(
        "() => ['contextmenu', 'dragstart', 'selectstart'].map("
        "(name) => document.body.dispatchEvent(new Event(name, { bubbles: true, cancelable: true })))"
    )
    assert allowed == [False, False, False]


def test_the_page_turns_with_its_language(stage: Stage) -> None:
    stage.open(LISTED)
    html = renderer(stars=True).screen(LISTED, NOW)
    stage.page.evaluate("html => { station.dispatchEvent(new MessageEvent('screen', { data: html })); }", html)
    expect(stage.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(stage.page.locator("html")).to_have_attribute("lang", "ar")


def test_a_list_is_dragged_up_and_down_and_nothing_is_pinched(stage: Stage) -> None:
    stage.open(LISTED)
    allowed = "names => names.map((name) => getComputedStyle(document.querySelector(name)).touchAction)"
    assert stage.page.evaluate(allowed, ["body", "#list", ".job", "#print"]) == ["none", "pan-y", "pan-y", "pan-y"]
