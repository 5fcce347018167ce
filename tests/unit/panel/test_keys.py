"""A keypad as a hand on the desk: which verbs come of which presses, on the list and wherever."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.wishes import Wishes
from firmware.panel.deeds import Deed, deeds
from firmware.panel.keys import MOST_DIGITS, Keys
from firmware.panel.listed import ListedJob
from firmware.panel.view import Progress, Screen, View
from hal.ports.buttons import Button
from tests.unit.panel.recorded_desk import (
    CANCEL,
    JOBS,
    LIST,
    NEXT,
    NINE,
    NOUGHT,
    OK,
    ONE,
    PREVIOUS,
    SEVEN,
    THREE,
    TWO,
    RecordedDesk,
    asked,
    digits,
)

LONG = replace(LIST, jobs=tuple(ListedJob(f"job-{number}", None, 1, "application/pdf") for number in range(1, 21)))


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
    assert desk.done == []


@pytest.mark.parametrize("press", Button)
@pytest.mark.parametrize("screen", Screen)
def test_before_the_desk_opens_nothing_is_asked_of_anybody(screen: Screen, press: Button) -> None:
    desk = RecordedDesk(View(screen))
    desk.is_open = False
    Keys(desk).press(press)
    assert desk.asked == []


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
