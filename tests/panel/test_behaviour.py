"""What the page does by itself, without a station: keys, focus, what is said aloud, the countdown, a cut line."""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from firmware.core.questions import Question, QuestionKind
from firmware.core.signs import Notice
from firmware.panel.guard import HEADERS
from firmware.panel.render import HERE
from firmware.panel.view import Said, Screen, View
from tests.panel.looking import rested
from tests.unit.panel.looks import LISTED, NOW, job, renderer
from tools.panel.browser import screen

_HOST: Final = "http://panel.test"
_SOURCE: Final = """
window.EventSource = class extends EventTarget {
  constructor() { super(); window.station = this; }
  close() {}
};
"""
"""Events are given to the page by the test."""
PIN: Final = View(Screen.PIN, visit=7, deadline=NOW + 30)
ASKED: Final = View(Screen.QUESTION, visit=7, number=4, question=Question(QuestionKind.CAME_OUT, 3), deadline=NOW + 30)


@dataclass
class Stage:
    """A page, and what it posted."""

    page: Page
    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    view: View = field(default_factory=lambda: LISTED)

    def open(self, view: View) -> None:
        self.view = view
        self.page.goto(f"{_HOST}/")

    def send(self, view: View) -> None:
        html = renderer().screen(view, NOW)
        self.page.evaluate("html => { station.dispatchEvent(new MessageEvent('screen', { data: html })); }", html)

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            kind = mimetypes.guess_type(path)[0] or ""
            route.fulfill(body=(HERE / path[1:]).read_bytes(), content_type=kind)
        elif path.startswith("/do/"):
            form = parse_qs(route.request.post_data or "")
            self.posted.append((path.removeprefix("/do/"), {name: values[0] for name, values in form.items()}))
            route.fulfill(status=204)
        else:
            body = renderer().page(self.view, NOW)
            route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=dict(HEADERS))

    def press(self, *names: str) -> None:
        rested(self.page)
        self.hurry(*names)

    def hurry(self, *names: str) -> None:
        """Whatever has just been shown."""
        for name in names:
            self.page.keyboard.press(name)

    def focused(self) -> str:
        return str(self.page.evaluate("() => document.activeElement.id"))

    def aloud(self) -> str:
        return str(self.page.evaluate("() => document.getElementById('aloud').textContent"))

    def did(self, verb: str) -> dict[str, str]:
        """The form of the last post, which was that verb's."""
        self.page.wait_for_function("() => true")
        name, form = self.posted[-1]
        assert name == verb
        return form


@pytest.fixture
def stage(browser: Browser) -> Iterator[Stage]:
    with screen(browser, "about:blank") as page:
        made = Stage(page)
        page.add_init_script(_SOURCE)
        page.route("**/*", made.answer)
        yield made


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


def finger_down(stage: Stage) -> None:
    """On the second document."""
    box = stage.page.locator("#job-j2").bounding_box()
    assert box is not None
    stage.page.mouse.move(box["x"] + 40, box["y"] + 20)
    stage.page.mouse.down()


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


def test_when_the_line_is_cut_nothing_of_anybody_stays(stage: Stage) -> None:
    stage.open(replace(LISTED, jobs=(job(1, "Dismissals"),)))
    stage.page.evaluate("() => { station.onerror(new Event('error')); }")
    expect(stage.page.locator("h1")).to_have_text("One moment …")
    assert "Dismissals" not in stage.page.content()
    stage.send(View(Screen.READY))
    expect(stage.page.locator("section.ready")).to_be_visible()


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
