"""A keypad as a hand on the desk: which verbs come of which presses."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.questions import Answer, Question, QuestionKind
from firmware.core.wishes import Wishes
from firmware.panel.deeds import Deed, deeds
from firmware.panel.keys import MOST_DIGITS, Hand, Keys
from firmware.panel.listed import ListedJob
from firmware.panel.refusals import DeskError
from firmware.panel.view import Progress, Screen, View
from hal.ports.buttons import Button

NEXT, PREVIOUS, OK, CANCEL = Button.NEXT, Button.PREVIOUS, Button.OK, Button.CANCEL
ONE, TWO, THREE, SEVEN, NINE, NOUGHT = (Button(digit) for digit in "123790")
JOBS = tuple(ListedJob(f"job-{number}", None, 1, "application/pdf") for number in (1, 2, 3))
LIST = View(Screen.JOBS, visit=7, jobs=JOBS, chosen=frozenset({"job-1", "job-2"}))
LONG = replace(LIST, jobs=tuple(ListedJob(f"job-{number}", None, 1, "application/pdf") for number in range(1, 21)))


class RecordedDesk:
    """Does nothing but remember what it was asked; `refusing`: to do nothing of it; `is_open`: whether there is one."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.wishes = Wishes()
        self.refusing = False
        self.is_open = True
        self.asked: list[tuple[object, ...]] = []

    @property
    def hand(self) -> Hand | None:
        return self if self.is_open else None

    def _note(self, *asked: object) -> None:
        if self.refusing:
            raise DeskError
        self.asked.append(asked)

    def choose(self, visit: int, job_id: str, *, wanted: bool) -> None:
        self._note("choose", visit, job_id, wanted)

    def choose_all(self, visit: int) -> None:
        self._note("all", visit)

    def choose_none(self, visit: int) -> None:
        self._note("none", visit)

    def wish(self, visit: int, wishes: Wishes) -> None:
        self._note("wish", visit, wishes)

    def turn(self, visit: int) -> None:
        self._note("turn", visit)

    def print_chosen(self, visit: int, *, rest: bool = False) -> None:
        self._note("print-rest" if rest else "print", visit)

    def delete(self, visit: int) -> None:
        self._note("delete", visit)

    def leave(self, visit: int) -> None:
        self._note("leave", visit)

    def stay(self, visit: int) -> None:
        self._note("stay", visit)

    def touch(self, visit: int) -> None:
        self._note("touch", visit)

    def cancel(self, visit: int) -> None:
        self._note("cancel", visit)

    def enter_pin(self, visit: int, pin: str) -> None:
        self._note("pin", visit, pin)

    def associate(self, visit: int, user: str, code: str) -> None:
        self._note("associate", visit, user, code)

    def cancel_entry(self, visit: int) -> None:
        self._note("cancel-entry", visit)

    def answer(self, visit: int, number: int, answer: Answer) -> None:
        self._note("answer", visit, number, answer.kind.value, answer.pages)


def asked(view: View, *presses: Button, wishes: Wishes | None = None) -> list[tuple[object, ...]]:
    """What is asked of the desk but for more time."""
    desk = RecordedDesk(view)
    desk.wishes = wishes or desk.wishes
    keys = Keys(desk)
    for press in presses:
        keys.press(press)
    return [one for one in desk.asked if one[0] not in ("stay", "touch")]


def digits(text: str) -> tuple[Button, ...]:
    return tuple(map(Button, text))


@pytest.mark.parametrize(
    ("presses", "verb"),
    [
        ((OK,), ("print", 7)),
        ((CANCEL,), ("leave", 7)),
        ((TWO,), ("choose", 7, "job-2", False)),
        ((THREE,), ("choose", 7, "job-3", True)),
        ((NINE, OK), ("print", 7)),  # there is no ninth
        ((NEXT, OK), ("choose", 7, "job-1", False)),
        ((NEXT, NEXT, NEXT, OK), ("choose", 7, "job-3", True)),
        ((NEXT, NEXT, TWO), ("choose", 7, "job-2", False)),
        ((NEXT, CANCEL, CANCEL), ("leave", 7)),
        ((PREVIOUS, OK), ("leave", 7)),  # the last of what can be done
        ((PREVIOUS, PREVIOUS, OK), ("delete", 7)),
        ((*[PREVIOUS] * 6, NEXT, OK), ("wish", 7, Wishes(grey=True))),
        ((NEXT, NEXT, NEXT, NEXT, OK), ("wish", 7, Wishes(two_sided=True))),
        ((NOUGHT, CANCEL, OK), ("print", 7)),
        ((NOUGHT, OK), ("print", 7)),
        ((NOUGHT, NEXT, NEXT, OK), ("choose", 7, "job-2", False)),
    ],
)
def test_on_the_list(presses: tuple[Button, ...], verb: tuple[object, ...]) -> None:
    assert asked(LIST, *presses) == [verb]


PRINTED_IN_PART = replace(JOBS[0], pages_out=2, copies=3)
RICH = replace(LIST, jobs=(PRINTED_IN_PART, *JOBS[1:]), progress=Progress(is_theirs=True))


@pytest.mark.parametrize(
    ("deed", "verb"),
    [
        (Deed.LEAVE, ("leave", 7)),
        (Deed.FEWER, ("wish", 7, Wishes(copies=2, keep=True))),
        (Deed.TWO_SIDED, ("wish", 7, Wishes(two_sided=True, keep=True))),
        (Deed.GREY, ("wish", 7, Wishes(grey=True, keep=True))),
        (Deed.KEEP, ("wish", 7, Wishes())),
        (Deed.ALL, ("all", 7)),
        (Deed.AGAIN, ("print", 7)),
        (Deed.STOP, ("cancel", 7)),
        (Deed.DELETE, ("delete", 7)),
    ],
)
def test_nought_and_a_digit_do_something_with_all_that_is_chosen(deed: Deed, verb: tuple[object, ...]) -> None:
    assert asked(RICH, *digits(f"0{deed}"), wishes=Wishes(keep=True)) == [verb]
    place = len(RICH.jobs) + 1 + deeds(RICH).index(deed)
    assert asked(RICH, *[NEXT] * place, OK, wishes=Wishes(keep=True)) == [verb]


def test_one_copy_more_up_to_what_was_asked_for_and_none_of_all() -> None:
    fewer = replace(RICH, copies=1, chosen=frozenset({"job-1", "job-2", "job-3"}))
    assert asked(fewer, *digits("02")) == [("wish", 7, Wishes(copies=2))]
    assert asked(fewer, *digits("06")) == [("none", 7)]


def test_what_makes_no_sense_now_is_not_done() -> None:
    assert asked(LIST, *digits("01020708")) == []
    assert asked(replace(LIST, chosen=frozenset()), *digits("030509")) == []


def test_enter_prints_the_rest_where_there_is_one_as_on_the_screen() -> None:
    assert asked(RICH, OK) == [("print-rest", 7)]


def test_on_a_long_list_nine_goes_on_and_the_digits_follow() -> None:
    assert asked(LONG, NINE) == [("turn", 7)]
    turned = replace(LONG, turned=16)
    assert asked(turned, ONE) == [("choose", 7, "job-17", True)]
    assert asked(turned, *digits("5678")) == []
    assert asked(turned, *[NEXT] * 3, OK) == [("choose", 7, "job-3", True)]


def test_what_cannot_be_printed_is_not_chosen() -> None:
    refused = replace(LIST, jobs=(replace(JOBS[0], refused="job-lost"), *JOBS[1:]))
    assert asked(refused, ONE) == []


def test_an_emptied_list_is_left() -> None:
    empty = replace(LIST, jobs=(), chosen=frozenset())
    for press in (OK, NOUGHT, CANCEL):
        assert asked(empty, press) == [("leave", 7)]


@pytest.mark.parametrize(("press", "time"), [(NEXT, "touch"), (NOUGHT, "touch"), (SEVEN, "stay")])
def test_whoever_presses_something_is_there_and_what_means_nothing_is_more_time(press: Button, time: str) -> None:
    desk = RecordedDesk(LIST)
    Keys(desk).press(press)
    assert desk.asked == [(time, 7)]


@pytest.mark.parametrize("press", Button)
def test_only_a_clear_yes_deletes(press: Button) -> None:
    expected = [("delete", 7)] if press in (NEXT, ONE) else []
    assert asked(replace(LIST, confirming=True), press) == expected


def test_a_digit_before_the_question_is_none_after_it() -> None:
    """Nought, and then whether it shall be deleted is asked at the page: nine is no deed any more."""
    desk = RecordedDesk(LIST)
    keys = Keys(desk)
    keys.press(NOUGHT)
    desk.view = replace(LIST, confirming=True)
    keys.look()
    desk.view = LIST
    keys.press(NINE)
    assert [one for one in desk.asked if one[0] not in ("stay", "touch")] == []


PIN = View(Screen.PIN, visit=7)
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


ASKED = View(Screen.QUESTION, visit=7, number=4, question=Question(QuestionKind.CAME_OUT, 5))


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


@pytest.mark.parametrize("press", Button)
@pytest.mark.parametrize("screen", Screen)
def test_before_the_desk_opens_nothing_is_asked_of_anybody(screen: Screen, press: Button) -> None:
    desk = RecordedDesk(View(screen))
    desk.is_open = False
    Keys(desk).press(press)
    assert desk.asked == []


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


def test_a_list_that_grew_shorter_is_never_pointed_beyond() -> None:
    desk = RecordedDesk(LIST)
    keys = Keys(desk)
    for _ in range(9):
        keys.press(NEXT)
    desk.view = replace(LIST, jobs=JOBS[:1], chosen=frozenset())
    keys.press(OK)
    assert desk.asked[-1] == ("leave", 7)


@pytest.mark.parametrize("screen", Screen)
@pytest.mark.parametrize("press", Button)
def test_what_the_desk_refuses_changes_nothing(screen: Screen, press: Button) -> None:
    desk = RecordedDesk(replace(LIST, screen=screen))
    desk.refusing = True
    keys = Keys(desk)
    keys.press(press)
    assert desk.asked == []


PRESSES = st.lists(st.sampled_from(Button), max_size=30)
VIEWS = st.builds(
    View,
    st.sampled_from(Screen),
    visit=st.integers(0, 2),
    jobs=st.integers(0, 3).map(lambda count: JOBS[:count]),
    number=st.integers(0, 2),
    confirming=st.booleans(),
)


@given(st.lists(st.tuples(VIEWS, PRESSES), max_size=5))
@settings(deadline=None)
def test_whatever_is_pressed_whenever_nothing_is_asked_but_of_who_stands_there(
    story: list[tuple[View, list[Button]]],
) -> None:
    desk = RecordedDesk(LIST)
    keys = Keys(desk)
    for view, presses in story:
        desk.view, desk.asked = view, []
        for press in presses:
            keys.press(press)
            assert 0 <= keys.pointer.at <= len(view.jobs) + len(Deed)
            assert keys.pointer.typed <= MOST_DIGITS
        assert all(asked[1] == view.visit for asked in desk.asked)
