"""A keypad where something is asked for: a PIN, a code, an answer; and what is shown while it prints."""

from dataclasses import replace

import pytest

from firmware.core.questions import Question, QuestionKind
from firmware.panel.keys import MOST_DIGITS, Keys
from firmware.panel.view import Progress, Screen, View
from hal.ports.buttons import Button
from tests.unit.panel.recorded_desk import (
    ASKED,
    CANCEL,
    LIST,
    NEXT,
    NINE,
    NOUGHT,
    OK,
    ONE,
    PIN,
    THREE,
    TWO,
    RecordedDesk,
    asked,
    digits,
)

WHO = View(Screen.WHO, visit=7)


@pytest.mark.parametrize(
    ("presses", "verbs"),
    [
        ((ONE, TWO, OK), [("12",)]),
        ((ONE, CANCEL, TWO, THREE, OK), [("23",)]),
        ((OK,), []),
        ((ONE, OK, TWO, OK), [("1",), ("2",)]),  # the first one was wrong
    ],
)
def test_a_pin_and_a_code_are_typed_alike(presses: tuple[Button, ...], verbs: list[tuple[object, ...]]) -> None:
    assert asked(PIN, *presses) == [("pin", 7, *typed) for typed in verbs]
    assert asked(WHO, *presses) == [("associate", 7, "", *typed) for typed in verbs]


@pytest.mark.parametrize("view", [PIN, WHO])
def test_who_would_rather_not_type_cancels(view: View) -> None:
    assert asked(view, CANCEL) == [("cancel-entry", 7)]
    assert asked(view, ONE, CANCEL, CANCEL) == [("cancel-entry", 7)]


def test_digits_without_end_are_not_kept() -> None:
    keys = Keys(RecordedDesk(PIN))
    for _ in range(1000):
        keys.press(ONE)
    assert keys.pointer.typed == MOST_DIGITS


def test_what_was_typed_is_in_no_repr() -> None:
    keys = Keys(RecordedDesk(PIN))
    for press in digits("4711"):
        keys.press(press)
    assert "4711" not in repr(keys.pointer)


@pytest.mark.parametrize(
    ("presses", "verbs"),
    [
        ((OK,), [("answer", 7, 4, "yes", None)]),
        ((ONE,), [("answer", 7, 4, "yes", None)]),
        ((CANCEL,), [("answer", 7, 4, "no", None)]),
        ((TWO,), [("answer", 7, 4, "no", None)]),
        ((THREE, ONE, TWO, OK), [("answer", 7, 4, "pages", 12)]),
        ((THREE, OK), []),
        ((THREE, ONE, CANCEL, OK), []),
        ((THREE, ONE, CANCEL, CANCEL, OK), [("answer", 7, 4, "yes", None)]),
        ((NINE, NOUGHT), []),
    ],
)
def test_a_question(presses: tuple[Button, ...], verbs: list[tuple[object, ...]]) -> None:
    assert asked(ASKED, *presses) == verbs


def test_a_number_is_no_answer_to_whether_it_shall_be_printed_anyway() -> None:
    view = replace(ASKED, question=Question(QuestionKind.PRINT_ANYWAY, lacks=("sides",)))
    assert asked(view, THREE, OK) == [("answer", 7, 4, "yes", None)]


@pytest.mark.parametrize("screen", [Screen.PRINTING, Screen.PRINTER_NEEDS_YOU])
@pytest.mark.parametrize(("press", "verb"), [(CANCEL, "cancel"), (NINE, "cancel"), (NOUGHT, "leave")])
def test_while_it_prints(screen: Screen, press: Button, verb: str) -> None:
    view = View(screen, visit=7, progress=Progress(is_theirs=True))
    assert asked(view, OK, press) == [(verb, 7)]


def test_the_next_person_finds_neither_digits_nor_a_place() -> None:
    desk = RecordedDesk(PIN)
    keys = Keys(desk)
    keys.press(ONE)
    desk.view = replace(PIN, visit=8)
    keys.press(TWO)
    keys.press(OK)
    assert desk.asked[-1] == ("pin", 8, "2")
    desk.view = LIST
    keys.press(NEXT)
    desk.view = replace(LIST, visit=9)
    keys.press(OK)
    assert desk.asked[-1:] == [("print", 9)]


def test_the_next_question_is_not_answered_with_digits_of_the_one_before() -> None:
    desk = RecordedDesk(ASKED)
    keys = Keys(desk)
    keys.press(THREE)
    keys.press(THREE)
    desk.view = replace(ASKED, number=5)
    keys.press(OK)
    assert desk.asked[-1] == ("answer", 7, 5, "yes", None)
