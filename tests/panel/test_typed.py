"""What is typed on a page without a station: a PIN and a code, on drawn keys and a keypad, and what follows it."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from firmware.core.signs import Notice
from firmware.panel.view import Said, Screen, View
from tests.panel.looking import rested
from tests.panel.staging import ASKED, PIN, Stage
from tests.unit.panel.looks import LISTED


def test_a_pin_is_typed_on_the_drawn_keys_and_leaves_nothing_behind(stage: Stage) -> None:
    stage.open(PIN)
    assert stage.focused() == "pin"
    for digit in "40":
        stage.page.locator(f"#key-{digit}").click()
    stage.page.locator("#key-back").click()
    stage.page.locator("#key-2").click()
    with stage.page.expect_response("**/do/pin"):
        stage.page.locator("#key-done").click()
    assert stage.did("pin") == {"visit": "7", "pin": "42"}
    expect(stage.page.locator("#pin")).to_have_value("")


def test_a_pin_is_typed_on_a_keypad_wherever_the_focus_is(stage: Stage) -> None:
    stage.open(PIN)
    stage.page.locator("#contrast").focus()
    stage.press("4", "2", "9", "Backspace")
    expect(stage.page.locator("#pin")).to_have_value("42")
    stage.page.locator("#pin").focus()
    with stage.page.expect_response("**/do/pin"):
        stage.press("7", "Enter")
    assert stage.did("pin")["pin"] == "427"


def test_leaving_does_not_say_what_was_typed(stage: Stage) -> None:
    stage.open(PIN)
    stage.press("4", "2")
    with stage.page.expect_response("**/do/cancel-entry"):
        stage.press("Escape")
    assert stage.did("cancel-entry") == {"visit": "7"}


def test_what_was_typed_outlives_a_swap_of_its_page_only(stage: Stage) -> None:
    stage.open(PIN)
    stage.press("4", "2")
    stage.send(replace(PIN, said=Said(Notice.PIN_WRONG)))
    expect(stage.page.locator(".strip")).to_be_visible()
    expect(stage.page.locator("#pin")).to_have_value("42")
    stage.send(replace(PIN, visit=8))
    expect(stage.page.locator("#pin")).to_have_value("")


def test_who_one_is_is_typed_in_digits_on_the_drawn_keys_or_a_keypad(stage: Stage) -> None:
    stage.open(View(Screen.WHO, visit=7))
    stage.page.get_by_role("button", name="7", exact=True).click()
    stage.press("1", "2")
    with stage.page.expect_response("**/do/associate"):
        stage.press("Enter")
    assert stage.did("associate") == {"visit": "7", "code": "712"}


@pytest.mark.parametrize("focus", ["pin", "contrast"])
def test_the_point_of_a_keypad_takes_a_digit_back_and_then_gives_up(stage: Stage, focus: str) -> None:
    stage.open(PIN)
    stage.press("4", "2")
    stage.page.locator(f"#{focus}").focus()
    stage.press(".")
    expect(stage.page.locator("#pin")).to_have_value("4")
    stage.press(".")
    expect(stage.page.locator("#pin")).to_have_value("")
    with stage.page.expect_response("**/do/cancel-entry"):
        stage.press(".")


@pytest.mark.parametrize("view", ["LISTED", "ASKED"])
def test_what_is_typed_on_after_a_pin_does_nothing_on_the_page_that_follows(stage: Stage, view: str) -> None:
    stage.open(PIN)
    stage.press("4", "7")
    shown = {"LISTED": LISTED, "ASKED": ASKED}[view]
    stage.send(shown)
    stage.hurry(*"091", "Enter", " ", "Escape", ".")
    assert stage.posted == []
    expect(stage.page.locator("section")).not_to_have_class(re.compile(r"\bzero\b"))
    with stage.page.expect_response(f"**/do/{'print-rest' if shown is LISTED else 'answer'}"):
        stage.press("Enter" if shown is LISTED else "2")


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_key_that_is_held_does_nothing_on_the_page_that_follows(stage: Stage, key: str) -> None:
    stage.open(PIN)
    stage.press("4", "7")
    stage.page.keyboard.down(key)
    stage.send(LISTED)
    rested(stage.page)
    stage.page.keyboard.down(key)  # once more without an up: as it repeats
    stage.page.keyboard.up(key)
    with stage.page.expect_response("**/do/choose"):
        stage.press("2")
    assert [verb for verb, _ in stage.posted if verb != "pin"] == ["choose"]


def test_arrows_move_among_the_drawn_keys_which_are_one_stop_of_tab(stage: Stage) -> None:
    stage.open(PIN)
    stops = stage.page.locator(".keys [tabindex='0']")
    expect(stops).to_have_count(1)
    stage.page.locator("#key-1").focus()
    stage.press("ArrowRight", "ArrowDown")
    assert stage.focused() == "key-5"
    expect(stops).to_have_id("key-5")
    stage.press("Enter")
    expect(stage.page.locator("#pin")).to_have_value("5")


def test_how_many_pages_came_out_is_asked_on_keys_of_its_own(stage: Stage) -> None:
    stage.open(ASKED)
    stage.press("3")
    expect(stage.page.locator("#pages")).to_be_focused()
    stage.press("1", "2")
    with stage.page.expect_response("**/do/answer"):
        stage.press("Enter")
    assert stage.did("answer") == {"visit": "7", "number": "4", "kind": "pages", "pages": "12"}


def test_a_question_is_answered_with_one_digit(stage: Stage) -> None:
    stage.open(ASKED)
    with stage.page.expect_response("**/do/answer"):
        stage.press("2")
    assert stage.did("answer") == {"visit": "7", "number": "4", "kind": "no"}
